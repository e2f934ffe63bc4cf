"""The linear-Gaussian VAE, in which everything has a closed form, and in which β is a Lagrange multiplier.

Data x ~ N(0, Σ) of P pixels; prior z ~ N(0, I) of D latents; decoder p(x|z) = N(Wz, σ²I); encoder q(z|x) = N(Ax, S).
Everything is in nats per image: sums over pixels and latents, means over images. NumPy, float64.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch.distributions import Normal

from dvlab.constrained import beta_for, delta_for, eigenvalues_checked, water_filling
from dvlab.decomposition import KLTerms
from dvlab.discrete import discrete_code
from dvlab.kkt import solve_numerically
from dvlab.validation import number, one_of, positive_int, real_array

__all__ = ["LinearVAE", "beta_for", "delta_for", "discrete_code", "optimal", "solve_numerically", "water_filling"]

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class LinearVAE:
    """A linear-Gaussian VAE: encoder q(z|x) = N(Ax, S), decoder p(x|z) = N(Wz, σ²I), prior N(0, I).

    Parameters
    ----------
    A : array (D, P)
        The encoder's weights.
    S : array (D,) or (D, D)
        The posterior's variances (not standard deviations), or its whole covariance.
    W : array (P, D)
        The decoder's weights.
    sigma2 : float
        σ², the variance of a pixel given the code.

    Raises
    ------
    ValueError
        When the shapes do not fit, a number is not finite, sigma2 is not positive, or S not positive definite.

    References
    ----------
    Tipping and Bishop (1999), Probabilistic principal component analysis; Lucas et al. (2019), Don't blame the ELBO!

    Examples
    --------
    >>> vae = optimal(np.array([4.0, 1.0]), sigma2=0.1, beta=1)
    >>> x = np.array([[1.0, -2.0]])
    >>> bool(np.allclose(vae.elbo(x) + vae.gap(x), vae.log_evidence(x)))
    True
    """

    A: Float[np.ndarray, "latents pixels"]
    S: Float[np.ndarray, " latents"] | Float[np.ndarray, "latents latents"]
    W: Float[np.ndarray, "pixels latents"]
    sigma2: float | int

    def __post_init__(self):
        for name, axes in (("A", ["latents", "pixels"]), ("W", ["pixels", "latents"])):
            object.__setattr__(self, name, real_array(name, getattr(self, name), axes))
        S_axes = ["latents"] * min(max(np.ndim(self.S), 1), 2)
        object.__setattr__(self, "S", real_array("S", self.S, S_axes))
        D, P = self.A.shape
        if self.W.shape != (P, D) or self.S.shape not in ((D,), (D, D)):
            raise ValueError(
                f"with A of shape (D, P) = {(D, P)}, W must be (P, D) and S (D,) or (D, D); "
                f"got W {self.W.shape} and S {self.S.shape}"
            )
        number("sigma2", self.sigma2, above=0)
        if self.S.ndim == 2 and not np.allclose(self.S, self.S.T):
            raise ValueError(f"S must be symmetric, as a covariance is; got {self.S}")
        if np.linalg.eigvalsh(self.S_matrix).min() <= 0:
            raise ValueError(f"S must be positive definite (variances, not deviations); got {self.S}")

    @property
    def S_matrix(self) -> Float[np.ndarray, "latents latents"]:
        return np.diag(self.S) if self.S.ndim == 1 else self.S

    def encode(self, x: Float[np.ndarray, "images pixels"]) -> Normal:
        """q(z|x) of each row of `x` (N, P), as a Normal of batch shape (N, D), for `kl_terms` and friends.

        Raises ValueError unless S is diagonal.
        """
        if self.S.ndim == 2 and np.count_nonzero(self.S - np.diag(np.diag(self.S))):
            raise ValueError("S must be diagonal to be written as a Normal; got a covariance with correlations")
        mean = torch.from_numpy(self._images(x) @ self.A.T)
        return Normal(mean, torch.from_numpy(np.diag(self.S_matrix) ** 0.5).expand_as(mean))

    def posterior(
        self, x: Float[np.ndarray, "images pixels"]
    ) -> tuple[Float[np.ndarray, "images latents"], Float[np.ndarray, "latents latents"]]:
        """Mean (N, D) and covariance (D, D) of p(z|x): M⁻¹Wᵀx and σ²M⁻¹, M = WᵀW + σ²I (Tipping & Bishop 1999)."""
        inverse = np.linalg.inv(self.W.T @ self.W + self.sigma2 * np.eye(len(self.A)))
        return self._images(x) @ self.W @ inverse, self.sigma2 * inverse

    def log_evidence(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """log p(x) = log N(x; 0, WWᵀ + σ²I)."""
        C = self.W @ self.W.T + self.sigma2 * np.eye(len(self.W))
        return -0.5 * (len(C) * _LOG_2PI + np.linalg.slogdet(C)[1] + _quadratic(self._images(x), np.linalg.inv(C)))

    def reconstruction(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """E_q log p(x|z) = -½ P ln 2πσ² - (|x - WAx|² + tr WSWᵀ) / 2σ²."""
        x = self._images(x)
        error = x - x @ self.A.T @ self.W.T
        noise = np.trace(self.W @ self.S_matrix @ self.W.T)
        return -0.5 * (len(self.W) * (_LOG_2PI + math.log(self.sigma2)) + ((error**2).sum(1) + noise) / self.sigma2)

    def kl(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """KL(q(z|x) || N(0, I))."""
        return _gaussian_kl(self._images(x) @ self.A.T, self.S_matrix, np.eye(len(self.A)))

    def elbo(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """Reconstruction minus KL."""
        return self.reconstruction(x) - self.kl(x)

    def gap(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """KL(q(z|x) || p(z|x)): what separates the ELBO from log p(x)."""
        mean, covariance = self.posterior(x)
        return _gaussian_kl(self._images(x) @ self.A.T - mean, self.S_matrix, covariance)

    def expected(self, term: str, Σ: Float[np.ndarray, "pixels pixels"]) -> float:
        """The mean of a `term` ("log_evidence", "reconstruction", "kl", "elbo", "gap") over x ~ N(0, Σ), in nats.

        Each is a quadratic in x without a linear part, so that its mean over the P points √P r_i is the mean over
        all x, for the columns r_i of a root of Σ = RRᵀ. Raises ValueError for a Σ that is no covariance of P pixels.
        """
        one_of("term", term, ("log_evidence", "reconstruction", "kl", "elbo", "gap"))
        variance, axes = np.linalg.eigh(self._covariance(Σ))
        if variance.min() < -1e-9 * abs(variance).max():
            raise ValueError(f"Σ must be a covariance; it has an eigenvalue of {variance.min():.3g}")
        points = (axes * np.sqrt(len(Σ) * variance.clip(min=0))).T
        return float(getattr(self, term)(points).mean())

    def kl_terms(self, Σ: Float[np.ndarray, "pixels pixels"]) -> KLTerms:
        """The three parts of the KL for x ~ N(0, Σ), the limit of infinitely many images: a `KLTerms` in closed form.

        The aggregate posterior is N(0, C) with C = AΣAᵀ + S, so that MI = ½ ln |C|/|S|, TC = ½ ln prod_j C_jj / |C|,
        and the dimension-wise KL is ½ (C_jj - 1 - ln C_jj). Raises ValueError unless Σ is a covariance of P pixels.
        """
        C = self.A @ self._covariance(Σ) @ self.A.T + self.S_matrix
        log_det, variance = np.linalg.slogdet(C)[1], np.diag(C)
        return KLTerms(
            mutual_information=0.5 * float(log_det - np.linalg.slogdet(self.S_matrix)[1]),
            total_correlation=0.5 * float(np.log(variance).sum() - log_det),
            dimension_wise=0.5 * (variance - 1 - np.log(variance)),
            total=self.expected("kl", Σ),
            standard_error=0.0,
            samples=0,
            images=math.inf,
        )

    def _images(self, x: np.ndarray) -> np.ndarray:
        x = real_array("x", x, ["images", "pixels"])
        if x.shape[1] != len(self.W):
            raise ValueError(f"x must have {len(self.W)} columns, one for each pixel; got shape {x.shape}")
        return x

    def _covariance(self, Σ: np.ndarray) -> np.ndarray:
        Σ = real_array("Σ", Σ, ["pixels", "pixels"])
        if Σ.shape != (len(self.W), len(self.W)) or not np.allclose(Σ, Σ.T):
            raise ValueError(f"Σ must be a symmetric matrix of {len(self.W)} rows; got shape {Σ.shape}")
        return Σ


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


def _quadratic(x: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """xᵀ precision x for each row of x."""
    return ((x @ precision) * x).sum(1)


def _gaussian_kl(shift: np.ndarray, S: np.ndarray, C: np.ndarray) -> np.ndarray:
    """KL(N(m + shift, S) || N(m, C)) for each row of `shift`: ½ (shiftᵀC⁻¹shift + tr C⁻¹S - D + ln |C|/|S|)."""
    inverse = np.linalg.inv(C)
    constant = np.trace(inverse @ S) - len(S) + np.linalg.slogdet(C)[1] - np.linalg.slogdet(S)[1]
    return 0.5 * (_quadratic(shift, inverse) + constant)
