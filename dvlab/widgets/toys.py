"""Two linear-Gaussian pictures that move: the three parts of the KL, and β as the level of water over eigenvalues."""

from collections.abc import Sequence

import numpy as np
import traitlets
from jaxtyping import Float, Num
from matplotlib.figure import Figure

from dvlab._gaussian import eigenvalues_checked
from dvlab.validation import positive_int
from dvlab.widgets.base import COLOURS, SUBSCRIPTS, Panel, Slider
from dvlab.widgets.still import Picture


def gaussian_terms(sigma: float | int, correlation: float | int, offset: float | int) -> tuple[float, float, float]:
    """MI, TC and dimension-wise KL in nats, in closed form, of posteriors N(μ_n, sigma² I) in two dimensions whose
    aggregate is N((offset, 0), C) with unit variances and the given correlation: the limit of many images."""
    log_det = np.log(1 - correlation**2)  # ln |C|
    mutual_information = 0.5 * log_det - 2 * np.log(sigma)  # h(z) - h(z|n)
    total_correlation = 0.5 * -log_det  # sum_j h(z_j) - h(z)
    return (
        float(mutual_information),
        abs(float(total_correlation)),
        float(offset**2 / 2),
    )  # KL(N(m, 1) || N(0, 1)) = m²/2


class Posteriors(Panel):
    kind = traitlets.Unicode("posteriors").tag(sync=True)
    sharpness = traitlets.Float(5.0, min=3.5, max=20).tag(sync=True)
    correlation = traitlets.Float(0.0, min=-0.9, max=0.9).tag(sync=True)
    offset = traitlets.Float(0.0, min=-2, max=2).tag(sync=True)

    def __init__(self, images: int):
        positive_int("images", images, least=3, most=10_000)
        rng = np.random.default_rng(3)
        points = rng.standard_normal((images, 2))
        points = points - points.mean(axis=0)
        self.points = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points.T, bias=True))).T  # mean 0, covariance I
        super().__init__(
            "Three sliders over a cloud of posteriors q(z|n) in two dimensions and their aggregate q(z). Sharpness "
            "makes every posterior smaller and moves their means apart: the mutual information grows, q(z) stays as it "
            "is. Correlation tilts q(z): total correlation. Offset shifts q(z) from the prior: dimension-wise KL. "
            f"The bars are for many more images, spread like the {images} that are drawn.",
            [
                Slider("sharpness", "sharpness 1/σ", 3.5, 20, 0.5),
                Slider("correlation", "correlation ρ", -0.9, 0.9, 0.05, 2),
                Slider("offset", "offset of q(z₁)", -2, 2, 0.1),
            ],
            {"points": self.points.round(5).tolist()},
        )

    def ellipses(self) -> tuple[Float[np.ndarray, "images 49 2"], Float[np.ndarray, "49 2"]]:
        """The posteriors (images, 49, 2) at 1σ and their aggregate (49, 2) at 2σ."""
        sigma, aggregate = 1 / self.sharpness, np.array([[1, self.correlation], [self.correlation, 1]])
        turn = np.linspace(0, 2 * np.pi, 49)
        circle, shift = np.stack([np.cos(turn), np.sin(turn)], axis=1), (self.offset, 0)
        means = self.points @ np.linalg.cholesky(aggregate - sigma**2 * np.eye(2)).T + shift  # Cov μ = C - σ² I
        return means[:, None] + sigma * circle, 2 * circle @ np.linalg.cholesky(aggregate).T + shift

    def pictures(self) -> list[Picture]:
        from matplotlib.collections import LineCollection

        figure = Figure(figsize=(8.8, 3.9), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        rings, aggregate = self.ellipses()
        turn = np.linspace(0, 2 * np.pi, 49)
        left.fill(2 * np.cos(turn), 2 * np.sin(turn), color="#dddddd", label="prior p(z), 2σ")
        left.add_collection(LineCollection(rings, colors=COLOURS[0], linewidths=0.9, alpha=0.8))
        left.plot([], [], color=COLOURS[0], label="posteriors q(z|n), 1σ")
        left.plot(*aggregate.T, color=COLOURS[1], linewidth=2.5, label="aggregate q(z), 2σ")
        left.set(xlim=(-4.2, 4.2), ylim=(-3.1, 4.6), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
        left.legend(loc="upper left", fontsize=8)
        terms = gaussian_terms(1 / self.sharpness, self.correlation, self.offset)
        right.barh(("mutual\ninformation", "total\ncorrelation", "dimension-\nwise KL"), terms, color=COLOURS[:3])
        for i, term in enumerate(terms):
            right.text(term + 0.08, i, f"{term:.2f}", va="center")
        right.invert_yaxis()
        right.set(xlim=(0, 7.2), xlabel="nats per image")
        right.set_title("KL(q(z|n) ‖ p(z)), averaged, in three parts:\nthe limit of many images", fontsize=10)
        return [Picture.of(figure)]


class WaterFilling(Panel):
    kind = traitlets.Unicode("waterFilling").tag(sync=True)
    log_beta = traitlets.Float(1.0).tag(sync=True)

    def __init__(self, eigenvalues: Sequence[float | int] | Num[np.ndarray, " pixels"], noise: float | int):
        eigenvalues = eigenvalues_checked(np.asarray(eigenvalues, float), noise)
        if eigenvalues.min() == 0:
            raise ValueError(f"eigenvalues must be positive to be drawn on a log axis; got {eigenvalues}")
        listed = ", ".join(f"{value:g}" for value in eigenvalues)
        self.eigenvalues, self.noise = eigenvalues, float(noise)
        top = np.log10(self.eigenvalues.max() / noise)
        bottom = np.log10(self.eigenvalues.min() / noise) - 1.4
        low, high = np.floor(bottom * 10) / 10, np.ceil(top * 10 + 2) / 10
        names = [f"λ{str(i + 1).translate(SUBSCRIPTS)} = {value:g}" for i, value in enumerate(self.eigenvalues)]
        super().__init__(
            f"A slider moves β over a linear VAE whose data have the eigenvalues {listed} and whose decoder has the "
            f"variance σ² = {noise:g}. The water stands at βσ²: an eigenvalue above it is a latent that is on and "
            "carries ½ ln(λ/βσ²) nats, one below it is off. As β falls, the latents switch on one at a time, the "
            "largest first.",
            [Slider("log_beta", "log₁₀ β", float(low), float(high), 0.05, 2)],
            {"eigenvalues": self.eigenvalues.tolist(), "noise": self.noise, "names": names},
            log_beta=float(np.clip(1.0, low, high)),
        )

    @traitlets.validate("log_beta")
    def _within(self, proposal):
        (slider,) = self.sliders
        if not slider.low <= proposal.value <= slider.high:
            raise traitlets.TraitError(
                f"log_beta must lie between {slider.low:g} and {slider.high:g}; got {proposal.value}"
            )
        return proposal.value

    def rates(self, beta: float | int | Float[np.ndarray, "*betas"]) -> Float[np.ndarray, "*betas pixels"]:
        """R_i = ½ ln(λ_i / D_i) with D_i = min(βσ², λ_i), in nats; beta may be an array."""
        level = np.asarray(beta)[..., None] * self.noise
        return 0.5 * np.log(self.eigenvalues / np.minimum(level, self.eigenvalues))

    def pictures(self) -> list[Picture]:
        figure = Figure(figsize=(8.8, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        (slider,), beta = self.sliders, 10**self.log_beta
        betas = np.logspace(slider.low, slider.high, 200)
        names = [f"$\\lambda_{i + 1}={value:g}$" for i, value in enumerate(self.eigenvalues)]
        floor, level = betas[0] * self.noise / 1.5, beta * self.noise
        left.bar(names, self.eigenvalues - floor, bottom=floor, color=COLOURS[4], width=0.6)
        left.set(yscale="log", ylim=(floor, self.eigenvalues.max() * 3), ylabel="variance (log axis)")
        left.axhspan(floor, level, color=COLOURS[5], alpha=0.6)
        left.axhline(level, color=COLOURS[0], linewidth=2)
        for i, (value, rate) in enumerate(zip(self.eigenvalues, self.rates(beta), strict=True)):
            left.text(i, value * 1.12, f"{rate:.2f} nats" if rate > 0 else "off", ha="center", fontsize=9)
        left.set_title("water level βσ²: what stands out is carried", fontsize=10)
        curves = self.rates(betas)
        for curve, name, colour, dash in zip(curves.T, names, COLOURS, ("-", "--", "-.", ":", "-", "--"), strict=False):
            right.plot(betas, curve, dash, color=colour, label=name, linewidth=2)
        right.plot(betas, curves.sum(axis=1), color="black", linewidth=1, label="all")
        right.set(xscale="log", xlabel="β", ylabel="rate: KL of each latent (nats)")
        right.legend(loc="upper center", fontsize=9)
        right.axvline(beta, color=COLOURS[0], linewidth=2)
        return [Picture.of(figure)]


def posteriors(images: int = 60) -> Panel:
    """Sharpness, correlation, offset of posteriors in two dimensions; MI, TC and dimension-wise KL in closed form.

    Parameters
    ----------
    images : int
        How many posteriors are drawn, 3 to 10,000. The terms, in nats per image, are the limit of many images.

    Returns
    -------
    Panel
        Its positions are `sharpness` (1/σ), `correlation` and `offset`.

    Raises
    ------
    TypeError, ValueError
        For another number of images.

    Examples
    --------
    >>> panel = posteriors()
    >>> panel.correlation = 0.8
    >>> print(f"TC = {gaussian_terms(1 / panel.sharpness, panel.correlation, panel.offset)[1]:.2f} nats")
    TC = 0.51 nats
    """
    return Posteriors(images)


def beta_water_filling(
    eigenvalues: Sequence[float | int] | Num[np.ndarray, " pixels"] = (4.0, 1.0, 0.25), noise: float | int = 0.1
) -> Panel:
    """β moves the water level βσ² over the eigenvalues of a linear VAE.

    Parameters
    ----------
    eigenvalues : array (P,)
        Of the data's covariance, all positive.
    noise : float
        σ², the variance of a pixel given the code.

    Returns
    -------
    Panel
        Its position is `log_beta`, log₁₀ β.

    Raises
    ------
    ValueError
        Unless all are positive and finite.

    References
    ----------
    Cover and Thomas, Elements of Information Theory, 10.3.3 (reverse water-filling).

    Examples
    --------
    >>> panel = beta_water_filling((4, 1), noise=0.1)
    >>> panel.rates(beta=20).round(2)  # ½ ln(4 / (20 · 0.1)), and a latent that is off
    array([0.35, 0.  ])
    """
    return WaterFilling(eigenvalues, noise)
