"""The best reconstruction for a KL of at most δ nats per image, and its Lagrange multiplier, which is β.

    maximise E log p(x|z)   subject to   E KL(q(z|x) || p(z)) <= δ

Solved for the linear-Gaussian VAE in closed form (reverse water-filling: Cover & Thomas, Elements of Information
Theory, 10.3.3) here; with SciPy in `dvlab.kkt`; for a discrete code, where a large δ does not bind, in
`dvlab.discrete`. `eigenvalues` are those of the data's covariance, in any order; sigma2 is the decoder's variance,
fixed (were it learned, it would absorb β).
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dvlab._gaussian import delta_checked, eigenvalues_checked, gaussian_reconstruction
from dvlab.validation import number


@dataclass(frozen=True, eq=False)
class WaterFilling:
    """The optimum of the constrained problem, for eigenvalues λ in the order given.

    Attributes
    ----------
    delta : float
        The budget δ, in nats per image.
    beta : float
        The multiplier: what one more nat of KL buys in nats of reconstruction.
    level : float
        The water level θ = βσ².
    rates : array (P,)
        R_i = ½ ln(λ_i / D_i), nats of KL spent on each direction.
    distortions : array (P,)
        D_i = min(θ, λ_i), the squared error that is left in each direction.
    active : array (P,) of bool
        Which directions are coded.
    reconstruction : float
        E log p(x|z), in nats per image.
    """

    delta: float
    beta: float  # the multiplier: what one more nat of KL buys in nats of reconstruction
    level: float  # the water level, beta sigma2
    rates: Float[np.ndarray, " pixels"]
    distortions: Float[np.ndarray, " pixels"]
    active: Bool[np.ndarray, " pixels"]
    reconstruction: float  # E log p(x|z), nats per image

    def __str__(self) -> str:
        head = f"δ = {self.delta:g} nats: β = {self.beta:.5g}, level {self.level:.5g}, recon {self.reconstruction:.3f}"
        rows = zip(self.rates, self.distortions, strict=True)
        return "\n".join([head, "      rate  distortion", *(f"{r:10.4f}{d:12.4f}" for r, d in rows)])

    def plot(self, ax=None):
        """Each eigenvalue as a bar: what stays under the water is lost, what stands out is coded.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        from matplotlib import colormaps, pyplot

        ax = ax or pyplot.subplots(figsize=(5, 3), layout="constrained")[1]
        λ = self.distortions * np.exp(2 * self.rates)
        place = np.arange(1, len(λ) + 1)
        ax.bar(place, λ, color=colormaps["viridis"](0.75), label="coded")
        ax.bar(place, self.distortions, color=colormaps["viridis"](0.2), label="lost (distortion)")
        ax.axhline(self.level, color="black", linestyle="--", label="water level βσ²")
        ax.set(xlabel="eigenvalue, i", ylabel="variance", yscale="log", xticks=place[:: 1 + len(λ) // 12])
        ax.legend()
        return ax


def beta_for(delta: float | int, eigenvalues: Float[np.ndarray, " pixels"], sigma2: float | int) -> float:
    """The multiplier β of the constraint KL ≤ δ, in closed form.

    With K latents on, βσ² = (λ_1 ... λ_K)^(1/K) exp(-2δ/K); the right K is the one that gives the highest level.
    At δ = 0 every β ≥ max(λ)/σ² is a multiplier; this is the least of them, the slope of the reconstruction at 0.

    Parameters
    ----------
    delta : float
        The budget δ, in nats per image, at least 0.
    eigenvalues : array (P,)
        Of the data's covariance, in any order.
    sigma2 : float
        σ², the variance of a pixel given the code, fixed.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a δ that is negative or infinite, and for eigenvalues that are not a covariance's.

    References
    ----------
    Cover and Thomas, Elements of Information Theory, 10.3.3 (reverse water-filling).

    Examples
    --------
    >>> round(beta_for(1.0, np.array([4.0, 1.0, 0.25]), sigma2=0.1), 5)
    7.35759
    """
    delta_checked(delta)
    λ = eigenvalues_checked(eigenvalues, sigma2)
    return math.exp(_log_level(delta, λ)) / sigma2


def _log_level(delta: float | int, λ: np.ndarray) -> float:
    # for every K, δ = sum_i max(0, ½ ln λ_i/θ) >= sum over the K largest of ½ ln λ_i/θ, with equality at the right one
    log_λ = np.log(np.sort(λ[λ > 0])[::-1])
    K = np.arange(1, len(log_λ) + 1)
    return float(((np.cumsum(log_λ) - 2 * delta) / K).max())


def delta_for(beta: float | int, eigenvalues: Float[np.ndarray, " pixels"], sigma2: float | int) -> float:
    """The KL of the optimal linear β-VAE: the inverse of `beta_for`.

        δ = sum_i max(0, ½ ln λ_i/(βσ²))

    Parameters
    ----------
    beta : float
        The weight of the KL.
    eigenvalues : array (P,)
        Of the data's covariance, in any order.
    sigma2 : float
        σ², the variance of a pixel given the code, fixed.

    Returns
    -------
    float
        Nats per image.

    Raises
    ------
    ValueError
        Unless beta and sigma2 are positive and the eigenvalues a covariance's.

    Examples
    --------
    >>> round(delta_for(7.35759, np.array([4.0, 1.0, 0.25]), sigma2=0.1), 5)
    1.0
    """
    λ = eigenvalues_checked(eigenvalues, sigma2)
    number("beta", beta, above=0)
    return float(0.5 * np.log(np.maximum(λ / (beta * sigma2), 1)).sum())


def water_filling(eigenvalues: Float[np.ndarray, " pixels"], delta: float | int, sigma2: float | int) -> WaterFilling:
    """Solve the constrained problem in closed form: directions above the water are coded down to its level, others not.

    With fewer latents than eigenvalues give those that may be coded, the largest: β stays right as long as that many
    latents suffice, and the reconstruction is then that of the pixels given.

    Parameters
    ----------
    eigenvalues : array (P,)
        Of the data's covariance, in any order.
    delta : float
        The budget δ, in nats per image, at least 0.
    sigma2 : float
        σ², the variance of a pixel given the code, fixed.

    Returns
    -------
    WaterFilling

    Raises
    ------
    ValueError
        For a δ that is negative or infinite, and for eigenvalues that are not a covariance's.

    References
    ----------
    Cover and Thomas, Elements of Information Theory, 10.3.3.

    Examples
    --------
    >>> print(water_filling(np.array([4.0, 1.0, 0.25]), delta=2, sigma2=0.1))
    δ = 2 nats: β = 2.7067, level 0.27067, recon -3.260
          rate  distortion
        1.3466      0.2707
        0.6534      0.2707
        0.0000      0.2500
    """
    delta_checked(delta)
    λ = eigenvalues_checked(eigenvalues, sigma2)
    log_level = _log_level(delta, λ)
    level = math.exp(log_level)
    rates = 0.5 * np.maximum(np.log(np.where(λ > 0, λ, level)) - log_level, 0)
    distortions = np.minimum(level, λ)
    return WaterFilling(
        delta=float(delta),
        beta=level / sigma2,
        level=level,
        rates=rates,
        distortions=distortions,
        active=rates > 0,
        reconstruction=gaussian_reconstruction(distortions.sum(), len(λ), sigma2),
    )
