"""The linear-Gaussian VAE itself: q(z|x) = N(Ax, S), p(x|z) = N(Wz, σ²I). `dvlab.linear` says what it is for."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch.distributions import Normal

from dvlab import _gaussian as gaussian
from dvlab.decomposition import KLTerms
from dvlab.validation import one_of

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
    >>> vae = dvlab.linear.optimal(np.array([4.0, 1.0]), sigma2=0.1, beta=1)
    >>> x = np.array([[1.0, -2.0]])
    >>> bool(np.allclose(vae.elbo(x) + vae.gap(x), vae.log_evidence(x)))
    True
    """

    A: Float[np.ndarray, "latents pixels"]
    S: Float[np.ndarray, " latents"] | Float[np.ndarray, "latents latents"]
    W: Float[np.ndarray, "pixels latents"]
    sigma2: float | int

    def __post_init__(self):
        for name, value in gaussian.linear_model_checked(self.A, self.S, self.W, self.sigma2).items():
            object.__setattr__(self, name, value)

    @property
    def S_matrix(self) -> Float[np.ndarray, "latents latents"]:
        """S as a whole covariance, (D, D)."""
        return np.diag(self.S) if self.S.ndim == 1 else self.S

    def encode(self, x: Float[np.ndarray, "images pixels"]) -> Normal:
        """q(z|x) of each row of `x`, for `dvlab.decomposition.kl_terms` and whatever takes a Normal.

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        Normal of batch shape (N, D)

        Raises
        ------
        ValueError
            Unless S is diagonal.
        """
        if self.S.ndim == 2 and np.count_nonzero(self.S - np.diag(np.diag(self.S))):
            raise ValueError("S must be diagonal to be written as a Normal; got a covariance with correlations")
        mean = torch.from_numpy(gaussian.images_checked(x, len(self.W)) @ self.A.T)
        return Normal(mean, torch.from_numpy(np.diag(self.S_matrix) ** 0.5).expand_as(mean))

    def posterior(
        self, x: Float[np.ndarray, "images pixels"]
    ) -> tuple[Float[np.ndarray, "images latents"], Float[np.ndarray, "latents latents"]]:
        """The true posterior p(z|x) = N(M⁻¹Wᵀx, σ²M⁻¹) with M = WᵀW + σ²I, which knows of the decoder alone.

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        mean : array (N, D)
        covariance : array (D, D)
            The same for every x.

        References
        ----------
        Tipping and Bishop (1999), section 3.2.
        """
        inverse = np.linalg.inv(self.W.T @ self.W + self.sigma2 * np.eye(len(self.A)))
        return gaussian.images_checked(x, len(self.W)) @ self.W @ inverse, self.sigma2 * inverse

    def log_evidence(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """log p(x) = log N(x; 0, WWᵀ + σ²I).

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        array (N,)
            Nats per image.
        """
        x, C = gaussian.images_checked(x, len(self.W)), self.W @ self.W.T + self.sigma2 * np.eye(len(self.W))
        return -0.5 * (len(C) * _LOG_2PI + np.linalg.slogdet(C)[1] + gaussian.quadratic(x, np.linalg.inv(C)))

    def reconstruction(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """The expected log-likelihood E_q log p(x|z) = -½ P ln 2πσ² - (|x - WAx|² + tr WSWᵀ) / 2σ².

        Higher is better. It is the *negative* of the loss that objectives, and so the history of a training, call
        "reconstruction".

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        array (N,)
            Nats per image.
        """
        x = gaussian.images_checked(x, len(self.W))
        error = x - x @ self.A.T @ self.W.T
        noise = np.trace(self.W @ self.S_matrix @ self.W.T)
        return -0.5 * (len(self.W) * (_LOG_2PI + math.log(self.sigma2)) + ((error**2).sum(1) + noise) / self.sigma2)

    def kl(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """KL(q(z|x) || N(0, I)).

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        array (N,)
            Nats per image.
        """
        return gaussian.kl(gaussian.images_checked(x, len(self.W)) @ self.A.T, self.S_matrix, np.eye(len(self.A)))

    def elbo(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """The evidence lower bound E_q log p(x|z) - KL(q(z|x) || N(0, I)).

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        array (N,)
            Nats per image.
        """
        return self.reconstruction(x) - self.kl(x)

    def gap(self, x: Float[np.ndarray, "images pixels"]) -> Float[np.ndarray, " images"]:
        """KL(q(z|x) || p(z|x)): what separates the ELBO from log p(x).

        Parameters
        ----------
        x : array (N, P)

        Returns
        -------
        array (N,)
            Nats per image.
        """
        mean, covariance = self.posterior(x)
        return gaussian.kl(gaussian.images_checked(x, len(self.W)) @ self.A.T - mean, self.S_matrix, covariance)

    def expected(self, term: str, Σ: Float[np.ndarray, "pixels pixels"]) -> float:
        """The mean of one of the terms above over x ~ N(0, Σ), exactly.

        Each is a quadratic in x without a linear part, so that its mean over the P points √P r_i is the mean over
        all x, for the columns r_i of a root of Σ = RRᵀ.

        Parameters
        ----------
        term : "log_evidence", "reconstruction", "kl", "elbo" or "gap"
        Σ : array (P, P)
            The covariance of the data.

        Returns
        -------
        float
            Nats per image.

        Raises
        ------
        ValueError
            For another term, and for a Σ that is no covariance of P pixels.
        """
        one_of("term", term, ("log_evidence", "reconstruction", "kl", "elbo", "gap"))
        points = gaussian.covariance_points(gaussian.covariance_checked(Σ, len(self.W)))
        return float(getattr(self, term)(points).mean())

    def kl_terms(self, Σ: Float[np.ndarray, "pixels pixels"]) -> KLTerms:
        """The three parts of the KL for x ~ N(0, Σ), the limit of infinitely many images, in closed form.

        The aggregate posterior is N(0, C) with C = AΣAᵀ + S, so that MI = ½ ln |C|/|S|, TC = ½ ln prod_j C_jj / |C|,
        and the dimension-wise KL is ½ (C_jj - 1 - ln C_jj).

        Parameters
        ----------
        Σ : array (P, P)
            The covariance of the data.

        Returns
        -------
        KLTerms

        Raises
        ------
        ValueError
            Unless Σ is a covariance of P pixels.

        Examples
        --------
        >>> vae = dvlab.linear.optimal(np.array([4.0, 1.0]), sigma2=0.1, beta=1)
        >>> print(f"{vae.kl_terms(np.diag([4.0, 1.0])).mutual_information:.3f}")
        2.996
        """
        C = self.A @ gaussian.covariance_checked(Σ, len(self.W)) @ self.A.T + self.S_matrix
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
