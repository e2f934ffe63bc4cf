"""A code of two factors, rotated by a slider: what each latent knows changes, what both know together does not."""

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from dvlab.validation import number, positive_int
from dvlab.widgets.base import COLOURS, Panel, Slider
from dvlab.widgets.still import Picture

ANGLES = range(91)  # degrees
MOST_DOTS = 2000


def code_information(angle: float | int, levels: int, sigma: float | int) -> Float[np.ndarray, "2 2"]:
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


def factor_grid(levels: int) -> Float[np.ndarray, "combinations 2"]:
    """All combinations (levels², 2) of two factors with zero mean and unit variance."""
    line = np.arange(levels) - (levels - 1) / 2
    line = line / line.std()
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


class _Rotation(Panel):
    """What the two rotating codes share: the cloud, its angle, the information at every angle."""

    angle = traitlets.Int(min=0, max=90).tag(sync=True)

    def __init__(self, says: str, levels: int, sigma: float | int, angle: int, **facts):
        positive_int("angle", angle, least=0, most=90)
        self.levels = levels
        self.information = np.stack([code_information(a, levels, sigma) for a in ANGLES])  # (91, 2, 2)
        self.factors = np.repeat(factor_grid(levels), max(1, min(6, MOST_DOTS // levels**2)), axis=0)
        self.noise = sigma * np.random.default_rng(0).standard_normal(self.factors.shape)
        facts |= {"levels": levels, "factors": self.factors.round(4).tolist(), "noise": self.noise.round(4).tolist()}
        super().__init__(
            says, [Slider("angle", "rotate by (degrees)", 0, 90, 1, 0)], facts | self.curves(), angle=angle
        )

    def curves(self) -> dict:
        """The facts that come of `information`."""
        raise NotImplementedError

    def cloud(self) -> Float[np.ndarray, "dots 2"]:
        c, s = np.cos(np.deg2rad(self.angle)), np.sin(np.deg2rad(self.angle))
        return self.factors @ np.array([[c, -s], [s, c]]).T + self.noise

    def scatter(self, axes, k: int, name: str, latents: tuple[str, str]) -> None:
        axes.scatter(*self.cloud().T, c=self.factors[:, k], cmap="viridis", s=9)
        axes.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal", xlabel=latents[0], ylabel=latents[1])
        axes.set_title(f"coloured by {name}", fontsize=10)


class RotateCodes(_Rotation):
    kind = traitlets.Unicode("rotateCodes").tag(sync=True)

    def __init__(self, names: tuple[str, str], levels: int, sigma: float | int, angle: int):
        if isinstance(names, str) or len(names) != 2 or not all(isinstance(name, str) for name in names):
            raise ValueError(f"names must be two strings, one for each factor; got {names!r}")
        self.names = names
        super().__init__(
            f"A slider rotates a code of {names[0]} and {names[1]}. At 0° and 90° each latent knows one factor, at 45° "
            "something of both; what both latents together know stays the same.",
            levels,
            sigma,
            angle,
            names=list(names),
        )

    def curves(self) -> dict:
        return {"information": self.information.round(6).tolist()}

    def pictures(self) -> list[Picture]:
        figure = Figure(figsize=(8.8, 3.1), layout="constrained")
        *clouds, right = figure.subplots(1, 3)
        for k, axes in enumerate(clouds):
            self.scatter(axes, k, self.names[k], ("first latent", "second latent"))
        table = self.information[self.angle]
        right.imshow(table, cmap="viridis", vmin=0, vmax=np.log(self.levels))
        for (j, k), value in np.ndenumerate(table):
            colour = "black" if value > 0.6 * np.log(self.levels) else "white"
            right.text(k, j, f"{value:.2f}", ha="center", va="center", fontsize=13, color=colour)
        right.set_xticks([0, 1], self.names)
        right.set_yticks([0, 1], ["first\nlatent", "second\nlatent"])
        right.set_title("mutual information (nats)", fontsize=10)
        return [Picture.of(figure)]


class MigRotation(_Rotation):
    kind = traitlets.Unicode("migRotation").tag(sync=True)

    def __init__(self, levels: int, sigma: float | int, angle: int):
        super().__init__(
            "A slider rotates a perfect code of size and colour. Three curves over the angle, as shares of H(g): "
            "I(g; all z) is flat; the best I(g; z_j) falls, but never to 0; MIG, the best minus the second, falls "
            "to 0 at 45°.",
            levels,
            sigma,
            angle,
            name="size",
        )

    def curves(self) -> dict:
        share = np.sort(self.information, axis=1) / np.log(self.levels)  # over the latents, of H(g)
        self.best, self.mig = share[:, 1].mean(axis=1), (share[:, 1] - share[:, 0]).mean(axis=1)
        # isotropic noise: rotating loses nothing, and at 0° z_0 is all that knows about the size
        self.joint = np.full(len(ANGLES), share[0, 1].mean())
        return {name: getattr(self, name).round(6).tolist() for name in ("joint", "best", "mig")}

    def pictures(self) -> list[Picture]:
        figure = Figure(figsize=(8.8, 3.3), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 2))
        self.scatter(left, 0, "size", ("$z_0$", "$z_1$"))
        curves = ((self.joint, "$I(g;$ all $z)$", "-"), (self.best, "best $I(g; z_j)$", "--"), (self.mig, "MIG", "-."))
        for (curve, name, dash), colour in zip(curves, COLOURS, strict=False):
            right.plot(ANGLES, curve, dash, color=colour, label=name, linewidth=2)
            right.plot([self.angle], [curve[self.angle]], "o", color=colour)
        right.set(xlabel="rotation (degrees)", ylabel="share of $H(g)$", ylim=(-0.03, 1.08), xlim=(0, 90))
        right.legend(loc="upper center", bbox_to_anchor=(0.5, 0.9), fontsize=9)
        right.axvline(self.angle, color="black", linewidth=1)
        return [Picture.of(figure)]


def rotate_codes(
    names: tuple[str, str] = ("size", "colour"), levels: int = 6, sigma: float | int = 0.1, angle: int = 0
) -> Panel:
    """One slider rotates a code of two factors: clouds coloured by each factor, and I(z_j; g_k) as a 2 x 2 heat map.

    Parameters
    ----------
    names : (str, str)
        Of the factors, which are uniform, independent and of unit variance.
    levels : int
        How many values each has, 2 to 100, equally spaced.
    sigma : float
        Standard deviation of each latent's noise, .001 to 1,000.
    angle : int
        Where the slider starts, 0 to 90 degrees.

    Returns
    -------
    Panel
        Its position is `angle`; `information` (91, 2, 2) holds the numbers, in nats, by quadrature.

    Raises
    ------
    TypeError, ValueError
        For a number of another kind, and beyond its bounds; for names that are not two strings.

    Examples
    --------
    >>> rotate_codes().information[45].round(2).tolist()  # at 0°, 1.78 twice and 0 twice
    [[0.47, 0.47], [0.47, 0.47]]
    """
    return RotateCodes(names, levels, sigma, angle)


def mig_rotation(levels: int = 8, sigma: float | int = 0.1, angle: int = 0) -> Panel:
    """One slider rotates a perfect code of two factors: I(g; all z) is flat, best I(g; z_j) falls, MIG falls to 0.

    Parameters
    ----------
    levels, sigma, angle
        As for `rotate_codes`.

    Returns
    -------
    Panel
        Its position is `angle`; `joint`, `best` and `mig`, (91,) each, are the curves, as shares of H(g).

    Raises
    ------
    TypeError, ValueError
        For a number of another kind, and beyond its bounds.

    References
    ----------
    Chen, Li, Grosse and Duvenaud (2018), eq. 6, for MIG.

    Examples
    --------
    >>> panel = mig_rotation()
    >>> print(f"{panel.mig[0]:.2f} at 0°, {panel.mig[45]:z.2f} at 45°")
    0.97 at 0°, 0.00 at 45°
    """
    return MigRotation(levels, sigma, angle)
