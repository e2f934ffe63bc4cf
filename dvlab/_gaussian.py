"""What the linear-Gaussian models share: Gaussians' closed forms, and the checks of a spectrum and of a budget."""

import math

import numpy as np
from jaxtyping import Float

from dvlab.validation import number, real_array


def eigenvalues_checked(eigenvalues: Float[np.ndarray, " pixels"], sigma2: float | int) -> Float[np.ndarray, " pixels"]:
    """The eigenvalues as float64, once it is sure that they are a covariance's, and sigma2 a variance.

    Parameters
    ----------
    eigenvalues : array (P,)
        Of the data's covariance, in any order.
    sigma2 : float
        σ², the variance of a pixel given the code.

    Returns
    -------
    array (P,)

    Raises
    ------
    ValueError
        Unless the eigenvalues are finite, none negative and one positive, and sigma2 is positive.
    """
    λ = real_array("eigenvalues", eigenvalues, ["pixels"])
    if λ.min() < 0 or λ.max() == 0:
        raise ValueError(f"eigenvalues must be a list of numbers >= 0, at least one of them positive; got {λ}")
    number("sigma2", sigma2, above=0)
    return λ


def delta_checked(delta: float | int) -> None:
    """Nothing for a budget that can be, an error for another.

    Parameters
    ----------
    delta : float
        Nats per image.

    Raises
    ------
    ValueError
        When it is negative or not finite.
    """
    number("delta", delta, least=0)


def gaussian_reconstruction(distortion: float, pixels: int, sigma2: float | int) -> float:
    """The expected log-likelihood E log p(x|z) of a decoder N(., σ²I), from its squared error.

    Parameters
    ----------
    distortion : float
        The squared error, summed over the pixels, averaged over the images.
    pixels : int
        P.
    sigma2 : float
        σ², the variance of a pixel given the code.

    Returns
    -------
    float
        Nats per image.
    """
    return float(-0.5 * pixels * math.log(2 * math.pi * sigma2) - distortion / (2 * sigma2))


def linear_model_checked(
    A: np.ndarray, S: np.ndarray, W: np.ndarray, sigma2: float | int
) -> dict[str, Float[np.ndarray, "..."]]:
    """A, S and W of a linear VAE as float64; ValueError unless they fit each other and the variances are variances."""
    A, W = real_array("A", A, ["latents", "pixels"]), real_array("W", W, ["pixels", "latents"])
    S = real_array("S", S, ["latents"] * min(max(np.ndim(S), 1), 2))
    D, P = A.shape
    if W.shape != (P, D) or S.shape not in ((D,), (D, D)):
        raise ValueError(
            f"with A of shape (D, P) = {(D, P)}, W must be (P, D) and S (D,) or (D, D); got W {W.shape} and S {S.shape}"
        )
    number("sigma2", sigma2, above=0)
    if S.ndim == 2 and not np.allclose(S, S.T):
        raise ValueError(f"S must be symmetric, as a covariance is; got {S}")
    if np.linalg.eigvalsh(np.diag(S) if S.ndim == 1 else S).min() <= 0:
        raise ValueError(f"S must be positive definite (variances, not deviations); got {S}")
    return {"A": A, "S": S, "W": W}


def images_checked(x: np.ndarray, pixels: int) -> Float[np.ndarray, "images {pixels}"]:
    """Images as float64; ValueError unless each row has as many pixels."""
    x = real_array("x", x, ["images", "pixels"])
    if x.shape[1] != pixels:
        raise ValueError(f"x must have {pixels} columns, one for each pixel; got shape {x.shape}")
    return x


def covariance_checked(Σ: np.ndarray, pixels: int) -> Float[np.ndarray, "{pixels} {pixels}"]:
    """Σ as float64; ValueError unless it is symmetric and of as many pixels."""
    Σ = real_array("Σ", Σ, ["pixels", "pixels"])
    if Σ.shape != (pixels, pixels) or not np.allclose(Σ, Σ.T):
        raise ValueError(f"Σ must be a symmetric matrix of {pixels} rows; got shape {Σ.shape}")
    return Σ


def covariance_points(Σ: Float[np.ndarray, "pixels pixels"]) -> Float[np.ndarray, "pixels pixels"]:
    """The P points √P r_i, in rows, for the columns r_i of a root of Σ = RRᵀ; ValueError for no covariance."""
    variance, axes = np.linalg.eigh(Σ)
    if variance.min() < -1e-9 * abs(variance).max():
        raise ValueError(f"Σ must be a covariance; it has an eigenvalue of {variance.min():.3g}")
    return (axes * np.sqrt(len(Σ) * variance.clip(min=0))).T


def quadratic(x: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """xᵀ precision x for each row of x."""
    return ((x @ precision) * x).sum(1)


def kl(shift: np.ndarray, S: np.ndarray, C: np.ndarray) -> np.ndarray:
    """KL(N(m + shift, S) || N(m, C)) for each row of `shift`: ½ (shiftᵀC⁻¹shift + tr C⁻¹S - D + ln |C|/|S|)."""
    inverse = np.linalg.inv(C)
    constant = np.trace(inverse @ S) - len(S) + np.linalg.slogdet(C)[1] - np.linalg.slogdet(S)[1]
    return 0.5 * (quadratic(shift, inverse) + constant)
