"""The traversal explorer: move a latent and see the image; move a factor and see which latents answer."""

import numpy as np
import torch
import traitlets
from ipywidgets import widget_serialization
from jaxtyping import Float

from dvlab.images import Data
from dvlab.vae import VAE
from dvlab.validation import kind, seed_checked
from dvlab.widgets.base import Panel, Slider, to_pixels
from dvlab.widgets.sides import Side, subscript
from dvlab.widgets.starts import Starts
from dvlab.widgets.still import Picture
from dvlab.widgets.weights import Weights

DRAWS = 32  # codes of the prior that "surprise me" goes through


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, …, 11th, 12th, 13th, …, 21st, …"""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def traversal(
    vae: VAE,
    world: Data,
    compare: VAE | None = None,
    names: tuple[str, str] = ("this model", "the other model"),
    seed: int = 0,
) -> Panel:
    """Sliders over the latents of `vae`, the largest KL first, and over the factors of `world`.

    A latent's slider covers q(z_j) from .5 % to 99.5 %; inactive latents (I(z_j; n) < .05 nats) are folded away. Moving
    a factor encodes the world's new image and puts the latents' sliders where the encoder's answer is.

    Parameters
    ----------
    vae : VAE
    world : world, or tensor of images (N, C, H, W)
        A tensor's images have one slider, over their number.
    compare : VAE, optional
        A second model under the same sliders: the r-th moves each model's r-th latent by the same distance from that
        model's own code.
    names : (str, str)
        Of the two models.
    seed : int
        Of the codes that 'surprise me' draws.

    Returns
    -------
    Panel
        Its positions are `start` (a world's factors, or the image's number) and `latents`, in the sliders' order.

    Raises
    ------
    TypeError
        For a model that is no VAE, and data that are neither a world nor images.
    ValueError
        When the model takes images of another size, or both models have one name.

    Examples
    --------
    >>> world = dvlab.worlds.Fruit(sizes=4, colours=4, size=8)
    >>> traversal(dvlab.VAE(world.image_shape, latent_dim=2, hidden=(16,)), world).start  # the middle of every factor
    [1, 2, 2]
    """
    if len(set(names)) < 2:
        raise ValueError(f"names must be two different ones, of two models; got {names}")
    models = {names[0]: vae} if compare is None else {names[0]: vae, names[1]: compare}
    return Explorer(models, world, seed)


def models_at(models: dict[str, VAE], world: Data, seed: int = 0) -> Panel:
    """Several models, such as three values of β, under the same sliders.

    Parameters
    ----------
    models : dict of str to VAE
        By the label that stands above each.
    world, seed
        As for `traversal`.

    Returns
    -------
    Panel

    Raises
    ------
    TypeError, ValueError
        As for `traversal`; TypeError also without a model.

    Examples
    --------
    >>> world = dvlab.worlds.Fruit(sizes=4, colours=4, size=8)
    >>> models = {f"D = {D}": dvlab.VAE(world.image_shape, latent_dim=D, hidden=(16,)) for D in (1, 2, 3)}
    >>> len(models_at(models, world).latents)  # as many sliders as the first has latents
    1
    """
    return Explorer(models, world, seed)


def _same_images(vae: VAE, starts: Starts) -> None:
    world = starts.data
    shape = tuple(world.image_shape if starts.factors else world.shape[1:])
    if shape != vae.image_shape:
        raise ValueError(f"world's images have shape {shape}; the model takes {vae.image_shape}")


class Explorer(Panel):
    kind = traitlets.Unicode("explorer").tag(sync=True)
    start = traitlets.List(traitlets.Int()).tag(sync=True)
    latents = traitlets.List(traitlets.Float()).tag(sync=True)
    sample = traitlets.Int(0, min=0, max=DRAWS).tag(sync=True)  # which draw of the prior is the code; 0 is none
    weights = traitlets.List(traitlets.Instance(Weights, allow_none=True)).tag(sync=True, **widget_serialization)
    answer = traitlets.Dict().tag(sync=True)  # what the page cannot compute, of where the sliders stand

    def __init__(self, models: dict[str, VAE], world: Data, seed: int):
        starts = Starts(world)
        if not models or not all(isinstance(vae, VAE) for vae in models.values()):
            raise TypeError(f"models must be VAEs, at least one; got {[kind(vae) for vae in models.values()]}")
        for vae in models.values():
            _same_images(vae, starts)
        seed_checked("seed", seed)
        self.starts, self.sides = starts, [Side(name, vae, starts) for name, vae in models.items()]
        first, middle = self.sides[0], starts.middle
        generator = torch.Generator().manual_seed(seed)
        self.draws = torch.randn(DRAWS, len(first.order), generator=generator).double().numpy().round(3)
        self.moving, self.listening = 0, False  # the factor that moved last; whether the page is speaking
        local, weights = starts.facts(list(models.values())), [side.weights for side in self.sides]
        facts = {
            "sides": [side.facts() for side in self.sides],
            "draws": self.draws.tolist(),
            "first": middle,
            "factors": [factor.name for factor in starts.factors],
            "starts": local,
            "shape": list(first.vae.image_shape),
            "needs_kernel": None in weights,
        }
        self.complete = local is not None and None not in weights  # the page needs nothing
        start = starts.sliders("start")
        super().__init__(
            _says(starts, list(models)), [*start, *self._latent_sliders()], facts, start=middle, weights=weights
        )
        self.latents = self.rest()
        self.observe(self._answer, ["start", "latents", "sample"])
        self._answer()

    def _latent_sliders(self) -> list[Slider]:
        """The first model's latents in their order; slider r also moves the r-th latent of the others."""
        first, made = self.sides[0], []
        for r, j in enumerate(first.order):
            named = f"z{subscript(j)} · {first.survey.kl[j]:.2f} nats"
            label = named if len(self.sides) == 1 else f"{ordinal(r + 1)} latent"
            low = min(side.survey.low[side.order[r]] for side in self.sides if r < len(side.order))
            high = max(side.survey.high[side.order[r]] for side in self.sides if r < len(side.order))
            made.append(Slider("latents", label, np.floor(low * 10) / 10, np.ceil(high * 10) / 10, at=r))
        return made

    def base(self, side: Side) -> Float[np.ndarray, " latents"]:
        """The code from which the sliders move: the encoder's answer to the start image, or a draw of the prior."""
        code = side.encode([self.start])[0]
        if self.sample:
            count = min(len(side.order), self.draws.shape[1])
            code[side.order[:count]] = self.draws[self.sample - 1, :count]
        return code

    def rest(self) -> list[float]:
        """Where the sliders stand when nobody has moved them: at the first model's code, to the nearest step."""
        first = self.sides[0]
        return (np.floor(self.base(first)[first.order] * 10 + 0.5) / 10).tolist()

    def code(self, side: Side) -> Float[np.ndarray, " latents"]:
        """The code whose image is shown; every model moves by the same distance from its own."""
        code, moves = self.base(side), np.subtract(self.latents, self.rest())
        count = min(len(moves), len(side.order))
        code[side.order[:count]] += moves[:count]
        return code

    def spans(self, side: Side) -> Float[np.ndarray, " latents"] | None:
        """How far each latent moves while the factor that moved last goes through its values."""
        return np.ptp(side.encode(self.starts.sweep(self.start, self.moving)), axis=0) if self.starts.factors else None

    def set_state(self, sync_data: dict) -> None:
        """What the page reports; it has moved the latents' sliders itself."""
        self.listening = True
        try:
            super().set_state(sync_data)
        finally:
            self.listening = False

    def _answer(self, change=None) -> None:
        if change is not None and change.name == "start":
            self.moving = next((k for k, (a, b) in enumerate(zip(change.old, change.new, strict=True)) if a != b), 0)
            if not self.listening:  # set in Python: the sliders go where the encoder's answer is
                self.sample = 0
                self.latents = self.rest()
        if self.complete:
            return
        answer = {"start": self.start, "sides": []}
        answer["image"] = to_pixels(self.starts.images([self.start])[0]).tobytes()
        for side in self.sides:
            code, base, spans = self.code(side), side.encode([self.start])[0], self.spans(side)
            given = {"code": base.tolist(), "spans": None if spans is None else spans.tolist()}
            if side.weights is None:
                images = {"decoded": code, "reconstruction": base}
                given |= {name: to_pixels(side.decode(z)).tobytes() for name, z in images.items()}
            answer["sides"].append(given)
        self.answer = answer

    def pictures(self) -> list[Picture]:
        several = len(self.sides) > 1
        small, large, *bars = {1: (140, 256, 270, 272), 2: (120, 200, 340, 210)}.get(len(self.sides), (110, 190))
        image = self.starts.images([self.start])[0]
        shown = [Picture(to_pixels(image), small, "image")]
        for side in self.sides:
            above = f"{side.name}\n" if several else ""
            reconstruction, decoded = side.decode(side.encode([self.start])[0]), side.decode(self.code(side))
            shown += [
                Picture(to_pixels(reconstruction), small, above + "reconstruction", begins=side is not self.sides[0]),
                Picture(to_pixels(decoded), large, above + "decoded from the sliders"),
            ]
            if bars:
                names = self.facts["factors"] or [""]
                shown.append(side.bars(*bars, self.spans(side), names[self.moving]))
        return shown


def _says(starts: Starts, names: list[str]) -> str:
    shown = ", ".join(factor.name for factor in starts.factors) or "the number of the image"
    bars = ", and bars show which latents answer" if len(names) < 3 else ""
    sides = f" {len(names)} models stand side by side under the same sliders: {', '.join(names)}." * (len(names) > 1)
    return (
        "Run this cell to move the sliders. One slider a latent, the largest KL first, changes the decoded image; "
        f"the sliders of the world ({shown}) choose the image that is encoded{bars}.{sides}"
    )
