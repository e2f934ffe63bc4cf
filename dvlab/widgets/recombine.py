"""Take one latent from here and another from there: the code of an image that the model may never have seen."""

from collections.abc import Sequence

import ipywidgets as widgets
import torch
from jaxtyping import Int

from dvlab.plots import survey
from dvlab.vae import VAE
from dvlab.validation import positive_int
from dvlab.widgets.drawn import Panel, Picture, to_pixels
from dvlab.widgets.sides import heading, labelled, subscript
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

    `first` and `second` are the factors (indices) to start with, the ends of every factor unless given. The latents in
    `take` start as the second image's, all others as the first's; idle latents are always the first's. `names`: what a
    latent has been found to mean, as `{3: "shape"}`. Raises ValueError for a latent in `take` that is idle.
    """
    return Recombine(vae, world, first, second, take, names or {})


class Recombine(Panel):
    def __init__(self, vae: VAE, world: World, first, second, take, names: dict[int, str]):
        listed = ", ".join(factor.name for factor in world.factors)
        super().__init__(
            f"Run this cell to move the sliders: over the factors ({listed}) of two images, and a switch for each "
            "latent that takes it from the one or from the other. The middle image is decoded from the mixed code."
        )
        for name, start in (("first", first), ("second", second)):
            for k, index in enumerate(start or ()):
                positive_int(f"{name}[{k}]", index, least=0, most=len(world.factors[k % len(world.factors)]) - 1)
            if start is not None and len(start) != len(world.factors):
                raise ValueError(f"{name} must hold an index for each of {listed}; got {list(start)}")
        self.vae, self.world = vae, world
        self.latents = survey(vae, world).active_order
        if not set(take) <= set(self.latents):
            raise ValueError(f"take must name active latents, {self.latents}; got {list(take)}")
        ends = [0] * len(world.factors), [len(factor) - 1 for factor in world.factors]
        self.sources = [self._sliders(given or end) for given, end in zip((first, second), ends, strict=True)]
        self.switches = [
            widgets.Checkbox(
                value=j in take,
                description=f"{names.get(j, '')} z{subscript(j)} from the second".strip(),
                indent=False,
                layout=widgets.Layout(width="256px"),
            )
            for j in self.latents
        ]
        labels = {"first image": 140, "decoded from the mixed code": 256, "second image": 140}
        self.pictures = tuple(Picture(width, label=label) for label, width in labels.items())
        self.watch(*self.sources[0], *self.sources[1], *self.switches)
        self.refresh()
        self.children = (self.style_sheet, self._laid_out(), self.caption)

    def _sliders(self, start) -> list:
        return [
            widgets.SelectionSlider(
                options=[
                    (value if isinstance(value, str) else f"{value:z.2f}", i) for i, value in enumerate(factor.values)
                ],
                index=int(index),
                description=factor.name,
                layout=widgets.Layout(width="250px"),
                style={"description_width": "75px"},
            )
            for factor, index in zip(self.world.factors, start, strict=True)
        ]

    def _laid_out(self) -> widgets.HBox:
        first, mixed, second = self.pictures
        return widgets.HBox(
            [
                widgets.VBox([heading("first"), labelled("image", first), *self.sources[0]]),
                widgets.VBox([heading("mixed"), labelled("decoded from the mixed code", mixed), *self.switches]),
                widgets.VBox([heading("second"), labelled("image", second), *self.sources[1]]),
            ],
            layout=widgets.Layout(flex_flow="row wrap", grid_gap="12px"),
        )

    def factors(self) -> Int[torch.Tensor, "2 factors"]:
        return torch.tensor([[each.index for each in sliders] for sliders in self.sources])

    def draw(self) -> str:
        images = self.world.render(self.factors())
        codes = self.vae.encode(images.to(self.vae.centre.device)).mean
        mixed = codes[0].clone()
        taken = [j for j, switch in zip(self.latents, self.switches, strict=True) if switch.value]
        mixed[taken] = codes[1, taken]
        described = [", ".join(f"{s.description} {s.label}" for s in sliders) for sliders in self.sources]
        for image, picture, words in zip(images, self.pictures[::2], described, strict=True):
            picture.show(to_pixels(image), words)
        latents = ", ".join(f"z{subscript(j)}" for j in taken) or "nothing"
        words = f"First: {described[0]}. Second: {described[1]}. From the second: {latents}; the rest from the first."
        self.pictures[1].show(to_pixels(self.vae.decode(mixed[None]).mean[0]), words)
        return words
