"""A code of two factors, rotated by a slider: what each latent knows changes, what both know together does not."""

import numpy as np

from dvlab.validation import number, positive_int
from dvlab.widgets.base import COLOURS, Panel, Picture, Stage, slider

ANGLES = range(91)  # degrees


def code_information(angle: float | int, levels: int, sigma: float | int) -> np.ndarray:
    """I(z_j; g_k) (2, 2) in nats of the code z = R(angle) g + N(0, sigma²), for two independent uniform factors g with
    `levels` levels each, equally spaced and standardised; by quadrature, angle in degrees."""
    positive_int("levels", levels, least=2, most=100)
    number("sigma", sigma, least=1e-3, most=1e3)
    number("angle", angle)
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    means = factor_grid(levels) @ np.array([[c, -s], [s, c]]).T  # (levels², 2)
    reach = np.abs(means).max() + 8 * sigma
    grid = np.linspace(-reach, reach, int(8 * reach / sigma) + 1)  # a quarter of sigma apart, or a little less
    kernel = np.exp(-0.5 * ((grid - means.T[..., None]) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    by_factor = kernel.reshape(2, levels, levels, -1)

    def h(density):  # -∫ p ln p
        return -np.trapezoid(density * np.log(np.maximum(density, 1e-300)), grid, axis=-1)

    h_z = h(kernel.mean(axis=1))  # (2,)
    h_given = np.stack([h(by_factor.mean(axis=2)).mean(axis=1), h(by_factor.mean(axis=1)).mean(axis=1)], axis=1)
    return np.maximum(h_z[:, None] - h_given, 0)  # I = h(z_j) - h(z_j | g_k)


def factor_grid(levels: int) -> np.ndarray:
    """All combinations (levels², 2) of two factors with zero mean and unit variance."""
    line = np.arange(levels) - (levels - 1) / 2
    line = line / line.std()
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


class _Rotation(Panel):
    """What the two rotating codes share: the cloud, its angle, the information at every angle."""

    def __init__(self, says: str, levels: int, sigma: float | int, angle: int):
        super().__init__(says)
        positive_int("angle", angle, least=0, most=90)
        self.levels, self.sigma = levels, sigma
        self.information = np.stack([code_information(a, levels, sigma) for a in ANGLES])  # (91, 2, 2)
        self.factors = np.repeat(factor_grid(levels), 6, axis=0)
        self.noise = sigma * np.random.default_rng(0).standard_normal(self.factors.shape)
        self.angle = slider("rotate by (degrees)", 0, 90, angle, step=1, width="520px")

    def cloud(self) -> np.ndarray:
        c, s = np.cos(np.deg2rad(self.angle.value)), np.sin(np.deg2rad(self.angle.value))
        return self.factors @ np.array([[c, -s], [s, c]]).T + self.noise

    def scatter(self, stage: Stage, axes, k: int, name: str, latents: tuple[str, str]):
        z = self.cloud()
        dots = axes.scatter(*z.T, c=self.factors[:, k], cmap="viridis", s=9)
        axes.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal", xlabel=latents[0], ylabel=latents[1])
        axes.set_title(f"coloured by {name}", fontsize=10)
        return stage.moves(dots)


class RotateCodes(_Rotation):
    def __init__(
        self, names: tuple[str, str] = ("size", "colour"), levels: int = 6, sigma: float | int = 0.1, angle: int = 0
    ):
        super().__init__(
            f"A slider rotates a two-dimensional code of {names[0]} and {names[1]} from 0° (disentangled: one latent, "
            "one factor) through 45° (entangled: each latent knows something of both) to 90° (disentangled "
            "again, latents swapped). The points only rotate; what both latents together know stays the same.",
            levels,
            sigma,
            angle,
        )
        self.names, self.stage, self.picture = names, Stage(880, 310), Picture(880, smooth=True)
        left, middle, right = self.stage.figure.subplots(1, 3)
        latents = ("first latent", "second latent")
        self.dots = [self.scatter(self.stage, axes, k, names[k], latents) for k, axes in enumerate((left, middle))]
        self.heat = self.stage.moves(right.imshow(np.zeros((2, 2)), cmap="viridis", vmin=0, vmax=np.log(levels)))
        self.numbers = [
            self.stage.moves(right.text(k, j, "", ha="center", va="center", fontsize=13))
            for j in (0, 1)
            for k in (0, 1)
        ]
        right.set_xticks([0, 1], names)
        right.set_yticks([0, 1], ["first\nlatent", "second\nlatent"])
        right.set_title("mutual information (nats)", fontsize=10)
        self.pictures = (self.picture,)
        self.watch(self.angle)
        self.refresh()
        self.children = (self.style_sheet, self.angle, self.picture, self.caption)

    def draw(self) -> str:
        table = self.information[int(self.angle.value)]
        for dots in self.dots:
            dots.set_offsets(self.cloud())
        self.heat.set_data(table)
        for text, value in zip(self.numbers, table.ravel(), strict=True):
            text.set(text=f"{value:.2f}", color="black" if value > 0.6 * np.log(self.levels) else "white")
        a, b = self.names
        words = (
            f"Rotated by {self.angle.value:.0f}°: the first latent knows {table[0, 0]:.2f} nats about {a} and "
            f"{table[0, 1]:.2f} about {b}, the second {table[1, 0]:.2f} about {a} and {table[1, 1]:.2f} about {b}. "
            f"Both together always know {self.information[0, 0, 0]:.2f} nats about each."
        )
        self.picture.show(self.stage.frame(), words)
        return words


class MigRotation(_Rotation):
    def __init__(self, levels: int = 8, sigma: float | int = 0.1, angle: int = 0):
        super().__init__(
            "A slider rotates a perfect code of two factors. Three curves over the angle, as shares of H(g): "
            "I(g; all z) is flat; the best I(g; z_j) falls, but never to 0; MIG, the best minus the second, falls "
            "to 0 at 45°.",
            levels,
            sigma,
            angle,
        )
        share = np.sort(self.information, axis=1) / np.log(levels)  # over the latents, of H(g)
        self.best, self.mig = share[:, 1].mean(axis=1), (share[:, 1] - share[:, 0]).mean(axis=1)
        # isotropic noise: rotating loses nothing, and at 0° z_0 is all that knows about g_0
        self.joint = np.full(len(ANGLES), share[0, 1].mean())
        self.stage, self.picture = Stage(880, 330), Picture(880, smooth=True)
        left, right = self.stage.figure.subplots(1, 2, width_ratios=(1, 2))
        self.dots = self.scatter(self.stage, left, 0, "factor $g_0$", ("$z_0$", "$z_1$"))
        curves = ((self.joint, "$I(g;$ all $z)$", "-"), (self.best, "best $I(g; z_j)$", "--"), (self.mig, "MIG", "-."))
        for (curve, name, dash), colour in zip(curves, COLOURS, strict=False):
            right.plot(ANGLES, curve, dash, color=colour, label=name, linewidth=2)
        right.set(xlabel="rotation (degrees)", ylabel="share of $H(g)$", ylim=(-0.03, 1.08), xlim=(0, 90))
        right.legend(loc="upper center", bbox_to_anchor=(0.5, 0.9), fontsize=9)
        self.line = self.stage.moves(right.axvline(0, color="black", linewidth=1))
        self.marks = [self.stage.moves(right.plot([], [], "o", color=colour)[0]) for colour in COLOURS[:3]]
        self.pictures = (self.picture,)
        self.watch(self.angle)
        self.refresh()
        self.children = (self.style_sheet, self.angle, self.picture, self.caption)

    def draw(self) -> str:
        a = int(self.angle.value)
        self.dots.set_offsets(self.cloud())
        self.line.set_xdata([a, a])
        for mark, curve in zip(self.marks, (self.joint, self.best, self.mig), strict=True):
            mark.set_data([a], [curve[a]])
        words = (
            f"Rotated by {a}°: I(g; all z) is {self.joint[a]:.2f} of H(g), the best I(g; z_j) {self.best[a]:.2f}, "
            f"MIG {self.mig[a]:.2f}."
        )
        self.picture.show(self.stage.frame(), words)
        return words


def rotate_codes(
    names: tuple[str, str] = ("size", "colour"), levels: int = 6, sigma: float | int = 0.1, angle: int = 0
) -> Panel:
    """One slider rotates a code of two factors: clouds coloured by each factor, and I(z_j; g_k) as a 2 x 2 heat map."""
    return RotateCodes(names, levels, sigma, angle)


def mig_rotation(levels: int = 8, sigma: float | int = 0.1, angle: int = 0) -> Panel:
    """One slider rotates a perfect code: I(g; all z) is flat, the best I(g; z_j) falls, MIG falls to 0."""
    return MigRotation(levels, sigma, angle)
