"""Two linear-Gaussian pictures that move: the three parts of the KL, and β as the level of water over eigenvalues."""

from collections.abc import Sequence

import numpy as np

from dvlab.constrained import eigenvalues_checked
from dvlab.validation import positive_int
from dvlab.widgets.base import COLOURS, Panel, Picture, Stage, slider


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
    def __init__(self, images: int = 60):
        positive_int("images", images, least=3, most=10_000)
        super().__init__(
            "Three sliders over a cloud of posteriors q(z|n) in two dimensions and their aggregate q(z). Sharpness "
            "makes every posterior smaller and moves their means apart: the mutual information grows, q(z) stays as it "
            "is. Correlation tilts q(z): total correlation. Offset shifts q(z) from the prior: dimension-wise KL. "
            f"The bars are for many more images, spread like the {images} that are drawn."
        )
        rng = np.random.default_rng(3)
        points = rng.standard_normal((images, 2))
        points = points - points.mean(axis=0)
        self.points = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points.T, bias=True))).T  # mean 0, covariance I
        self.turn = np.linspace(0, 2 * np.pi, 49)
        self.circle = np.stack([np.cos(self.turn), np.sin(self.turn)], axis=1)
        self.sharpness = slider("sharpness 1/σ", 3.5, 20, 5, step=0.5, width="520px")
        self.correlation = slider("correlation ρ", -0.9, 0.9, 0.0, step=0.05, width="520px")
        self.offset = slider("offset of q(z₁)", -2, 2, 0.0, step=0.1, width="520px")
        self.stage, self.picture = Stage(880, 390), Picture(880, smooth=True)
        self._furnish()
        self.pictures = (self.picture,)
        self.watch(self.sharpness, self.correlation, self.offset)
        self.refresh()
        self.children = (self.style_sheet, self.sharpness, self.correlation, self.offset, self.picture, self.caption)

    def _furnish(self) -> None:
        from matplotlib.collections import LineCollection

        left, right = self.stage.figure.subplots(1, 2, width_ratios=(1.15, 1))
        left.fill(*(2 * self.circle.T), color="#dddddd", label="prior p(z), 2σ")
        self.rings = self.stage.moves(
            left.add_collection(LineCollection([], colors=COLOURS[0], linewidths=0.9, alpha=0.8))
        )
        self.aggregate = self.stage.moves(left.plot([], [], "-", color=COLOURS[1], linewidth=2.5)[0])
        left.plot([], [], color=COLOURS[0], label="posteriors q(z|n), 1σ")
        left.plot([], [], color=COLOURS[1], linewidth=2.5, label="aggregate q(z), 2σ")
        left.set(xlim=(-4.2, 4.2), ylim=(-3.1, 4.6), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
        left.legend(loc="upper left", fontsize=8)
        names = ("mutual\ninformation", "total\ncorrelation", "dimension-\nwise KL")
        self.bars = right.barh(names, (1, 1, 1), color=COLOURS[:3])
        self.numbers = [right.text(0, i, "", va="center") for i in range(3)]
        for artist in (*self.bars, *self.numbers):
            self.stage.moves(artist)
        right.invert_yaxis()
        right.set(xlim=(0, 7.2), xlabel="nats per image")
        right.set_title("KL(q(z|n) ‖ p(z)), averaged, in three parts:\nthe limit of many images", fontsize=10)

    def draw(self) -> str:
        sigma, rho, offset = 1 / self.sharpness.value, self.correlation.value, self.offset.value
        aggregate = np.array([[1, rho], [rho, 1]])
        means = self.points @ np.linalg.cholesky(aggregate - sigma**2 * np.eye(2)).T + (offset, 0)  # Cov μ = C - σ² I
        self.rings.set_segments(means[:, None] + sigma * self.circle)
        self.aggregate.set_data(*(2 * self.circle @ np.linalg.cholesky(aggregate).T + (offset, 0)).T)
        terms = gaussian_terms(sigma, rho, offset)
        for bar, text, term in zip(self.bars, self.numbers, terms, strict=True):
            bar.set_width(term)
            text.set(x=term + 0.08, text=f"{term:.2f}")
        words = (
            f"σ = {sigma:.2f}, ρ = {rho:z.2f}, offset {offset:z.1f}: mutual information {terms[0]:.2f} + total "
            f"correlation {terms[1]:.2f} + dimension-wise KL {terms[2]:.2f} = KL {sum(terms):.2f} nats per image, in "
            f"the limit of many images, spread like the {len(self.points)} drawn; of so few, a code can tell no more "
            f"than ln {len(self.points)} = {np.log(len(self.points)):.2f} nats."
        )
        self.picture.show(self.stage.frame(), words)
        return words


class WaterFilling(Panel):
    def __init__(self, eigenvalues: Sequence[float | int] | np.ndarray = (4.0, 1.0, 0.25), noise: float | int = 0.1):
        eigenvalues = eigenvalues_checked(eigenvalues, noise)
        if eigenvalues.min() == 0:
            raise ValueError(f"eigenvalues must be positive to be drawn on a log axis; got {eigenvalues}")
        listed = ", ".join(f"{value:g}" for value in eigenvalues)
        super().__init__(
            f"A slider moves β over a linear VAE whose data have the eigenvalues {listed} and whose decoder has the "
            f"variance σ² = {noise:g}. The water stands at βσ²: an eigenvalue above it is a latent that is on and "
            "carries ½ ln(λ/βσ²) nats, one below it is off. As β falls, the latents switch on one at a time, the "
            "largest first."
        )
        self.eigenvalues, self.noise = np.asarray(eigenvalues, float), noise
        top = np.log10(self.eigenvalues.max() / noise)
        bottom = np.log10(self.eigenvalues.min() / noise) - 1.4
        self.log_beta = slider("log₁₀ β", np.floor(bottom * 10) / 10, np.ceil(top * 10 + 2) / 10, 1.0, 0.05, "520px")
        self.stage, self.picture = Stage(880, 340), Picture(880, smooth=True)
        self._furnish()
        self.pictures = (self.picture,)
        self.watch(self.log_beta)
        self.refresh()
        self.children = (self.style_sheet, self.log_beta, self.picture, self.caption)

    def rates(self, beta) -> np.ndarray:
        """R_i = ½ ln(λ_i / D_i) with D_i = min(βσ², λ_i), in nats; beta may be an array."""
        level = np.asarray(beta)[..., None] * self.noise
        return 0.5 * np.log(self.eigenvalues / np.minimum(level, self.eigenvalues))

    def _furnish(self) -> None:
        left, right = self.stage.figure.subplots(1, 2)
        betas = np.logspace(self.log_beta.min, self.log_beta.max, 200)
        names = [f"$\\lambda_{i + 1}={value:g}$" for i, value in enumerate(self.eigenvalues)]
        floor, ceiling = betas[0] * self.noise / 1.5, self.eigenvalues.max() * 3
        left.bar(names, self.eigenvalues - floor, bottom=floor, color=COLOURS[4], width=0.6)
        left.set(yscale="log", ylim=(floor, ceiling), ylabel="variance (log axis)")
        self.floor = floor
        self.water = self.stage.moves(left.axhspan(floor, 1, color=COLOURS[5], alpha=0.6))
        self.level = self.stage.moves(left.axhline(1, color=COLOURS[0], linewidth=2))
        self.numbers = [
            self.stage.moves(left.text(i, value * 1.12, "", ha="center", fontsize=9))
            for i, value in enumerate(self.eigenvalues)
        ]
        left.set_title("water level βσ²: what stands out is carried", fontsize=10)
        curves = self.rates(betas)
        for curve, name, colour, dash in zip(curves.T, names, COLOURS, ("-", "--", "-.", ":", "-", "--"), strict=False):
            right.plot(betas, curve, dash, color=colour, label=name, linewidth=2)
        right.plot(betas, curves.sum(axis=1), color="black", linewidth=1, label="all")
        right.set(xscale="log", xlabel="β", ylabel="rate: KL of each latent (nats)")
        right.legend(loc="upper center", fontsize=9)
        self.line = self.stage.moves(right.axvline(1, color=COLOURS[0], linewidth=2))

    def draw(self) -> str:
        beta = 10**self.log_beta.value
        level, rates = beta * self.noise, self.rates(beta)
        self.water.set_height(level - self.floor)
        self.level.set_ydata([level, level])
        self.line.set_xdata([beta, beta])
        for text, rate in zip(self.numbers, rates, strict=True):
            text.set_text(f"{rate:.2f} nats" if rate > 0 else "off")
        on = int((rates > 0).sum())
        words = (
            f"β = {beta:.3g}: water level βσ² = {level:.3g}; {on} of {len(rates)} latents are on; "
            f"KL {rates.sum():.2f} nats ({', '.join(f'{r:.2f}' for r in rates)})."
        )
        self.picture.show(self.stage.frame(), words)
        return words


def posteriors(images: int = 60) -> Panel:
    """Sharpness, correlation, offset of posteriors in two dimensions; MI, TC and dimension-wise KL in closed form."""
    return Posteriors(images)


def beta_water_filling(
    eigenvalues: Sequence[float | int] | np.ndarray = (4.0, 1.0, 0.25), noise: float | int = 0.1
) -> Panel:
    """β moves the water level βσ² over the eigenvalues of a linear VAE; `noise` is σ²."""
    return WaterFilling(eigenvalues, noise)
