"""KL = mutual information + total correlation + dimension-wise KL (Hoffman & Johnson 2016; Chen et al. 2018, eq. 2)."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.interpolate import CubicSpline
from scipy.special import xlogy
from torch.distributions import Normal

from dvlab.aggregate import bin_posteriors, log_density, posterior_parameters
from dvlab.validation import positive_int, real_array, seed_checked

ACTIVE = 0.05  # nats: a latent that knows less about the image is inactive; see `active`


@dataclass(frozen=True, eq=False)
class KLTerms:
    """The three parts of (1/N) sum_n KL(q(z|n) || N(0, I)), in nats per image.

    Attributes
    ----------
    mutual_information : float
        I(z; n) = KL(q(z|n) || q(z)), averaged over n.
    total_correlation : float
        KL(q(z) || prod_j q(z_j)).
    dimension_wise : array (D,)
        KL(q(z_j) || p(z_j)) of each latent.
    total : float
        Their sum, the KL.
    standard_error : float
        Of the mutual information and, with the opposite sign, of the total correlation.
    samples : int
        How many z log q(z) was averaged over; 0 for a closed form.
    images : int or inf
        N; infinite for a closed form.
    """

    mutual_information: float  # I(z; n) = KL(q(z|n) || q(z)), averaged over n
    total_correlation: float  # KL(q(z) || prod_j q(z_j))
    dimension_wise: Float[np.ndarray, " latents"]  # KL(q(z_j) || p(z_j))
    total: float
    standard_error: float
    samples: int
    images: int | float  # infinite for a closed form

    def __str__(self) -> str:
        error = f"{self.standard_error:.3f}"
        rows = [
            ("mutual information", self.mutual_information, f" ± {error}" if self.samples else ""),
            ("total correlation", self.total_correlation, f" ∓ {error}" if self.samples else ""),
            ("dimension-wise KL", self.dimension_wise.sum(), ""),
            ("KL", self.total, ""),
        ]
        how = f"{self.images} images, {self.samples} samples" if self.samples else "closed form"
        head = f"nats per image ({how})"
        return "\n".join([head, *(f"{name:<19}{value:z8.3f}{error}" for name, value, error in rows)])

    def plot(self, ax=None):
        """One stacked bar: mutual information, total correlation, each latent's dimension-wise KL, largest first.

        The standard error stands beside the numbers: it is smaller than a line is wide.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        from matplotlib import colormaps, pyplot

        ax = ax or pyplot.subplots(figsize=(7, 1.8), layout="constrained")[1]
        latents = np.argsort(-self.dimension_wise)
        shades = colormaps["viridis"](np.linspace(0.45, 0.95, len(latents)))
        error = f"{self.standard_error:.3f}" if self.standard_error else ""
        mi, tc = self.mutual_information, self.total_correlation
        parts = [(f"mutual information\n{mi:z.3f}{error and ' ± ' + error}", mi, colormaps["viridis"](0.0))]
        parts += [(f"total correlation\n{tc:z.3f}{error and ' ∓ ' + error}", tc, colormaps["viridis"](0.25))]
        name = f"dimension-wise KL\n{self.dimension_wise.sum():z.3f}"
        parts += [(name, self.dimension_wise[j], shade) for j, shade in zip(latents, shades, strict=True)]
        left = 0.0
        for i, (name, width, colour) in enumerate(parts):
            ax.barh(0, width, left=left, color=colour, edgecolor="white", label=name if i < 3 else None)
            if i >= 2 and width > 0.04 * self.total:
                ax.text(left + width / 2, 0, f"z$_{{{latents[i - 2]}}}$", ha="center", va="center")
            left += width
        ax.set(yticks=[], xlabel="nats per image", ylim=(-0.5, 0.5))
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
        return ax


def kl_terms(posterior: Normal, samples: int = 10_000, seed: int = 0) -> KLTerms:
    """Split the KL of N posteriors q(z|n) from the prior N(0, I) into its three parts.

        MI  = E log q(z|n) - E log q(z)              TC = E log q(z) - sum_j E log q(z_j)
        dimension-wise_j = E log q(z_j) - E log p(z_j)

    E log q(z|n) and E log p(z_j) are closed forms and E log q(z_j) a one-dimensional quadrature; only E log q(z) is
    sampled, each sample against all N posteriors. It enters MI and TC with opposite signs, so that the three parts
    sum to the closed-form KL whatever it is: **that they do proves nothing about the estimate of q(z)**. Look at the
    standard error. MI cannot exceed ln N, the entropy of n: the closed form of a linear-Gaussian model, which is the
    limit N → ∞, is what N images reach only if N is much larger than e^MI; else MI comes out lower and TC higher.

    Samples come from as many different images as there are. log q(z_s|n_s) and sum_j log q(z_sj), whose means are
    known, take up what they explain of log q(z_s) (control variates); the standard error is of the rest, and is
    cautious, since it leaves out what sampling the images without replacement gains.

    Parameters
    ----------
    posterior : Normal of batch shape (N, D)
    samples : int
        How many z, at least 10.
    seed : int
        Of the samples.

    Returns
    -------
    KLTerms

    Raises
    ------
    ValueError
        For fewer than 10 samples, an empty posterior, or parameters that are not finite and positive.
    TypeError
        For a posterior that is no Normal.

    References
    ----------
    Hoffman and Johnson (2016), ELBO surgery; Chen, Li, Grosse and Duvenaud (2018), eq. 2.

    Examples
    --------
    >>> q = Normal(torch.tensor([[-50.0], [50.0]]), torch.ones(2, 1))  # two images that nothing confuses
    >>> print(f"{kl_terms(q, samples=100).mutual_information:.2f}, ln 2 = {math.log(2):.2f}")
    0.69, ln 2 = 0.69
    """
    positive_int("samples", samples, least=10, most=10**8)
    seed_checked("seed", seed)
    mean, sigma = (x.detach().cpu().double() for x in posterior_parameters("posterior", posterior))
    N, D = mean.shape
    curves = [bin_posteriors(mean[:, j].numpy(), sigma[:, j].numpy()).densities() for j in range(D)]
    mean_log_qzj = np.array([np.trapezoid(xlogy(density, density)[0], grid) for grid, density in curves])
    mean_log_pzj = -0.5 * (math.log(2 * math.pi) + mean.square().mean(0) + sigma.square().mean(0)).numpy()
    mean_log_qzn = -float(sigma.log().sum(1).mean()) - D / 2 * math.log(2 * math.pi * math.e)

    generator = torch.Generator().manual_seed(seed)
    n = torch.cat([torch.randperm(N, generator=generator) for _ in range(math.ceil(samples / N))])[:samples]
    ε = torch.randn(samples, D, generator=generator, dtype=torch.float64)
    z = mean[n] + sigma[n] * ε
    at_least_single = torch.promote_types(posterior.loc.dtype, torch.float32)
    log_qz = log_density(z.to(posterior.loc.device, at_least_single), posterior).cpu().double().numpy()
    log_qzn = -(0.5 * ε.square() + sigma[n].log() + 0.5 * math.log(2 * math.pi)).sum(1).numpy()
    log_qzj = sum(_log_density_at(z[:, j].numpy(), *curves[j]) for j in range(D))
    controls = np.stack([log_qzn - mean_log_qzn, log_qzj - mean_log_qzj.sum()], axis=1)
    mean_log_qz, standard_error = _controlled_mean(log_qz, controls)
    return KLTerms(
        mutual_information=mean_log_qzn - mean_log_qz,
        total_correlation=mean_log_qz - float(mean_log_qzj.sum()),
        dimension_wise=mean_log_qzj - mean_log_pzj,
        total=mean_log_qzn - float(mean_log_pzj.sum()),
        standard_error=standard_error,
        samples=samples,
        images=N,
    )


def latent_kl(posterior: Normal) -> Float[np.ndarray, " latents"]:
    """KL(q(z_j|n) || N(0, 1)) of each latent, averaged over the N posteriors, in nats.

    Without its dimension-wise KL, that is I(z_j; n): `latent_kl(posterior) - kl_terms(posterior).dimension_wise`.

    Parameters
    ----------
    posterior : Normal of batch shape (N, D)

    Returns
    -------
    array (D,)

    Examples
    --------
    >>> latent_kl(Normal(torch.tensor([[1.0], [-1.0]]), torch.ones(2, 1)))
    array([0.5])
    """
    mean, sigma = (x.detach().cpu().double() for x in posterior_parameters("posterior", posterior))
    return (0.5 * (mean.square() + sigma.square() - 1) - sigma.log()).mean(dim=0).numpy()


def active(information: Float[np.ndarray, " latents"]) -> Bool[np.ndarray, " latents"]:
    """Which latents are active: those with I(z_j; n) of at least `ACTIVE` = .05 nats.

    Counted by information, not by KL: at a low β inactive latents drift from the prior and still know nothing. The
    threshold lies in a wide gap: no latent of a shipped model knows between .005 and .5 nats.

    Parameters
    ----------
    information : array (D,)
        I(z_j; n) in nats.

    Returns
    -------
    array (D,) of bool

    Examples
    --------
    >>> active(np.array([0.049, 0.05, 2.0])).tolist()
    [False, True, True]
    """
    return real_array("information", information, ("latents",)) >= ACTIVE


def _log_density_at(z: np.ndarray, grid: np.ndarray, density: np.ndarray) -> np.ndarray:
    """log q(z_j) of one latent between the points of its grid (a cubic spline, down to a billionth of the peak)."""
    return CubicSpline(grid, np.log(density[0].clip(min=1e-9 * density.max())))(z)


def _controlled_mean(values: np.ndarray, controls: np.ndarray) -> tuple[float, float]:
    """Mean of `values` without what `controls` (S, C), of expectation 0, explain by regression; its standard error."""
    slopes = np.linalg.lstsq(controls - controls.mean(0), values - values.mean(), rcond=1e-10)[0]
    rest = values - controls @ slopes
    spread = rest.std(ddof=1 + controls.shape[1])
    return float(rest.mean()), float(spread / math.sqrt(len(values)))
