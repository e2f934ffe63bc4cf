"""The linear-Gaussian VAE, in which everything has a closed form, and in which β is a Lagrange multiplier.

Data x ~ N(0, Σ) of P pixels; prior z ~ N(0, I) of D latents; decoder p(x|z) = N(Wz, σ²I); encoder q(z|x) = N(Ax, S).
Everything is in nats per image: sums over pixels and latents, means over images. NumPy, float64.
"""

import math

import numpy as np
from jaxtyping import Float

from dvlab._gaussian import eigenvalues_checked
from dvlab._linear_vae import LinearVAE
from dvlab.constrained import beta_for, delta_for, water_filling
from dvlab.discrete import discrete_code
from dvlab.kkt import solve_numerically
from dvlab.validation import number, positive_int

__all__ = ["LinearVAE", "beta_for", "delta_for", "discrete_code", "optimal", "solve_numerically", "water_filling"]


def optimal(
    eigenvalues: Float[np.ndarray, " pixels"], sigma2: float | int, beta: float | int, latents: int | None = None
) -> LinearVAE:
    """The VAE that maximises E log p(x|z) - β KL for data of covariance diag(eigenvalues), with σ² given.

    Latent i encodes the i-th largest eigenvalue λ as long as λ > βσ²: S_i = βσ²/λ, W_i = √(λ - βσ²), and A_i = W_i/λ,
    so that its aggregate posterior is the prior; else S_i = 1 and W_i = A_i = 0. β = 1 is probabilistic PCA.
    Rotating the latents changes nothing; this is the solution along the axes.

    Parameters
    ----------
    eigenvalues : array (P,)
        The variances of the data along its axes.
    sigma2 : float
        σ², the variance of a pixel given the code.
    beta : float
        The weight of the KL.
    latents : int, optional
        D; one for each eigenvalue unless told.

    Returns
    -------
    LinearVAE

    Raises
    ------
    ValueError
        Unless sigma2, beta and latents are positive, and the eigenvalues those of a covariance.

    References
    ----------
    Tipping and Bishop (1999); Lucas et al. (2019).

    Examples
    --------
    >>> vae = optimal(np.array([4.0, 1.0, 0.25]), sigma2=0.1, beta=5)
    >>> [round(float(s), 3) for s in vae.S]  # βσ² = 0.5 lies between the last two: the third latent stays off
    [0.125, 0.5, 1.0]
    """
    λ = eigenvalues_checked(eigenvalues, sigma2)
    number("beta", beta, above=0)
    latents = len(λ) if latents is None else latents
    positive_int("latents", latents)
    W, S = np.zeros((len(λ), latents)), np.ones(latents)
    for i, pixel in enumerate(np.argsort(-λ, kind="stable")[:latents]):
        if λ[pixel] > beta * sigma2:
            S[i] = beta * sigma2 / λ[pixel]
            W[pixel, i] = math.sqrt(λ[pixel] - beta * sigma2)
    A = W.T / np.where(λ > 0, λ, 1)
    return LinearVAE(A, S, W, sigma2)
