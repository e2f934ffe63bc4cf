"""Take one latent from here and another from there: the code of an image that the model may never have seen."""

import textwrap
from collections.abc import Sequence

import numpy as np
import traitlets
from ipywidgets import widget_serialization
from jaxtyping import Float, UInt8

from dvlab.vae import VAE
from dvlab.validation import kind, positive_int
from dvlab.widgets.base import Panel, to_pixels
from dvlab.widgets.sides import Side, subscript
from dvlab.widgets.starts import Starts
from dvlab.widgets.still import Picture, still
from dvlab.widgets.weights import Weights
from dvlab.worlds import World


def recombine(
    vae: VAE,
    world: World,
    first: Sequence[int] | None = None,
    second: Sequence[int] | None = None,
    take: Sequence[int] = (),
    names: dict[int, str] | None = None,
) -> Panel:
    """Two images of `world`, chosen by sliders over its factors, and a switch for each active latent: whose it is.

    Inactive latents (I(z_j; n) < .05 nats) are always the first image's.

    Parameters
    ----------
    vae : VAE
    world : World
    first, second : sequence of K int, optional
        The factors (indices) to start with; the first and the last value of every factor unless given.
    take : sequence of int
        The latents that start as the second image's; all others start as the first's.
    names : dict of int to str, optional
        What a latent has been found to mean, as `{3: "shape"}`.

    Returns
    -------
    Panel
        Its positions are `first`, `second` and `take`.

    Raises
    ------
    TypeError
        For a model that is no VAE, data without factors, and an index that is no whole number.
    ValueError
        For an index that the factor does not have, too few or too many of them, an inactive latent in `take`, and a
        model of images of another size.

    Examples
    --------
    >>> world = dvlab.worlds.Sprites.small()
    >>> panel = recombine(dvlab.zoo.load("sprites-vae", device="cpu"), world)
    >>> panel.first, panel.second
    ([0, 0, 0, 0], [5, 15, 15, 11])
    """
    return Recombine(vae, world, first, second, take, names or {})


class Recombine(Panel):
    kind = traitlets.Unicode("recombine").tag(sync=True)
    first = traitlets.List(traitlets.Int()).tag(sync=True)
    second = traitlets.List(traitlets.Int()).tag(sync=True)
    take = traitlets.List(traitlets.Int()).tag(sync=True)
    weights = traitlets.Instance(Weights, allow_none=True).tag(sync=True, **widget_serialization)
    answer = traitlets.Dict().tag(sync=True)  # what the page cannot compute, of where the sliders stand

    def __init__(self, vae: VAE, world: World, first, second, take, names: dict[int, str]):
        if not isinstance(vae, VAE):
            raise TypeError(f"vae must be a VAE; got {kind(vae)}")
        if not hasattr(world, "factors"):
            raise TypeError(f"world must be a world, whose factors the sliders are; got {kind(world)}")
        listed = ", ".join(factor.name for factor in world.factors)
        for name, start in (("first", first), ("second", second)):
            for k, index in enumerate(start or ()):
                positive_int(f"{name}[{k}]", index, least=0, most=len(world.factors[k % len(world.factors)]) - 1)
            if start is not None and len(start) != len(world.factors):
                raise ValueError(f"{name} must hold an index for each of {listed}; got {list(start)}")
        starts = Starts(world)
        self.starts, self.side = starts, Side("the model", vae, starts)
        active = self.side.order[: self.side.active]
        if not set(take) <= set(active):
            raise ValueError(f"take must name active latents, {active}; got {list(take)}")
        local, weights = starts.facts([vae]), self.side.weights
        facts = {
            "latents": active,
            "names": [f"{names.get(j, '')} z{subscript(j)}".strip() for j in active],
            "starts": local,
            "shape": list(vae.image_shape),
            "needs_kernel": local is None or weights is None,
        }
        super().__init__(
            f"Run this cell to move the sliders: over the factors ({listed}) of two images, and a switch for each "
            "latent that takes it from the one or from the other. The middle image is decoded from the mixed code.",
            [*starts.sliders("first"), *starts.sliders("second")],
            facts,
            first=list(map(int, first or [0] * len(starts.sizes))),
            second=list(map(int, second or [size - 1 for size in starts.sizes])),
            take=list(map(int, take)),
            weights=weights,
        )
        self.observe(self._answer, ["first", "second", "take"])
        self._answer()

    def code(self) -> Float[np.ndarray, " latents"]:
        """The first image's code, with the latents in `take` from the second's."""
        first, second = self.side.encode([self.first, self.second])
        first[self.take] = second[self.take]
        return first

    def _images(self) -> dict:
        images = self.starts.images([self.first, self.second])
        return {
            "first": to_pixels(images[0]),
            "mixed": to_pixels(self.side.decode(self.code())),
            "second": to_pixels(images[1]),
        }

    def _answer(self, change=None) -> None:
        if self.facts["needs_kernel"]:
            self.answer = {name: pixels.tobytes() for name, pixels in self._images().items()}

    def still(self) -> UInt8[np.ndarray, "height width 3"]:
        """As every panel's, with a column of sliders for each image."""
        first, second = ([each for each in self.sliders if each.trait == trait] for trait in ("first", "second"))
        stand = [(each.trait, each.stands(self)) for two in zip(first, second, strict=True) for each in two]
        return still(self.pictures(), [(f"{trait}: {label}", *rest) for trait, (label, *rest) in stand], self.says)

    def pictures(self) -> list[Picture]:
        switches = zip(self.facts["latents"], self.facts["names"], strict=True)
        taken = ", ".join(name for j, name in switches if j in self.take) or "nothing"
        decoded = "decoded from the mixed code;\n" + textwrap.shorten(f"from the second: {taken}", 36, placeholder=" …")
        labels = ("first image", 140), (decoded, 256), ("second image", 140)
        return [
            Picture(pixels, width, label)
            for pixels, (label, width) in zip(self._images().values(), labels, strict=True)
        ]
