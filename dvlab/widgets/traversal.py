"""The traversal explorer: move a latent and see the image; move a factor and see which latents answer."""

import ipywidgets as widgets
import numpy as np
import torch
from jaxtyping import Float

from dvlab.images import Data, Images, tensor_or_world
from dvlab.vae import VAE
from dvlab.validation import kind, seed_checked
from dvlab.widgets.drawn import Panel, Picture, slider, to_pixels
from dvlab.widgets.sides import Side, heading, labelled, subscript


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

    A latent's slider covers q(z_j) from .5 % to 99.5 %; idle latents (I(z_j; n) < .05 nats) are folded away. Moving a
    factor encodes the world's new image and puts the latents' sliders where the encoder's answer is. `world` may be a
    tensor of images (N, C, H, W) instead. With `compare` a second model stands under the same sliders: the r-th moves
    each model's r-th latent by the same distance from that model's own code. `seed` is for 'surprise me'.
    """
    models = {names[0]: vae} if compare is None else {names[0]: vae, names[1]: compare}
    return Explorer(models, world, seed)


def models_at(models: dict[str, VAE], world: Data, seed: int = 0) -> Panel:
    """Several models, such as three values of β, under the same sliders: `models` maps a label to a model."""
    return Explorer(models, world, seed)


def _same_images(vae: VAE, world: Data) -> None:
    shape = tuple(world.shape[1:] if isinstance(world, torch.Tensor) else world.image_shape)
    if shape != vae.image_shape:
        raise ValueError(f"world's images have shape {shape}; the model takes {vae.image_shape}")


class Explorer(Panel):
    def __init__(self, models: dict[str, VAE], world: Data, seed: int):
        world = tensor_or_world(world)
        if not models or not all(isinstance(vae, VAE) for vae in models.values()):
            raise TypeError(f"models must be VAEs, at least one; got {[kind(vae) for vae in models.values()]}")
        for vae in models.values():
            _same_images(vae, world)
        seed_checked("seed", seed)
        self.factors = () if isinstance(world, torch.Tensor) else world.factors
        shown = ", ".join(factor.name for factor in self.factors) or "the number of the image"
        bars = ", and bars show which latents answer" if len(models) < 3 else ""
        sides = f" {len(models)} models stand side by side under the same sliders: {', '.join(models)}." * (
            len(models) > 1
        )
        super().__init__(
            "Run this cell to move the sliders. One slider a latent, the largest KL first, changes the decoded image; "
            f"the sliders of the world ({shown}) choose the image that is encoded{bars}.{sides}"
        )
        self.world, self.generator = world, torch.Generator().manual_seed(seed)
        self.sides = [Side(name, vae, world, len(models)) for name, vae in models.items()]
        self.original = Picture(140 if len(models) < 3 else 110, label="image")
        self.pictures = (self.original, *(p for side in self.sides for p in self._pictures(side)))
        self.start_sliders, self.sliders = self._start_sliders(), self._latent_sliders()
        self.starts = [each.index if self.factors else each.value for each in self.start_sliders]
        self.encoded, self.moving, self.quiet, self.source = None, 0, False, "image"
        self.watch(*self.start_sliders, *self.sliders)
        self.refresh()
        self.children = self._laid_out()

    @staticmethod
    def _pictures(side: Side):
        return (side.reconstruction, side.decoded, *((side.bars.picture,) if side.bars else ()))

    def _start_sliders(self) -> list:
        layout, style = widgets.Layout(width="330px"), {"description_width": "90px"}
        if not self.factors:
            top = len(self.world) - 1
            return [widgets.IntSlider(value=top // 2, max=top, description="image", layout=layout, style=style)]
        return [
            widgets.SelectionSlider(
                options=[
                    (value if isinstance(value, str) else f"{value:z.2f}", i) for i, value in enumerate(factor.values)
                ],
                index=len(factor) // 2,
                description=factor.name,
                layout=layout,
                style=style,
            )
            for factor in self.factors
        ]

    def _latent_sliders(self) -> list:
        """The first model's latents in their order; slider r also moves the r-th latent of the others."""
        first, made = self.sides[0], []
        for r, j in enumerate(first.order):
            named = f"z{subscript(j)} · {first.survey.kl[j]:.2f} nats"
            label = named if len(self.sides) == 1 else f"{ordinal(r + 1)} latent"
            low = min(side.survey.low[side.order[r]] for side in self.sides if r < len(side.order))
            high = max(side.survey.high[side.order[r]] for side in self.sides if r < len(side.order))
            made.append(slider(label, np.floor(low * 10) / 10, np.ceil(high * 10) / 10, 0.0, width="490px"))
        return made

    def _laid_out(self) -> tuple:
        reset = widgets.Button(description="Reset", tooltip="back to the first image, and to the encoder's answer")
        surprise = widgets.Button(description="Surprise me", tooltip="draw a code from the prior")
        reset.on_click(self.reset)
        surprise.on_click(self.surprise)
        active = max(1, max(side.active for side in self.sides))
        rows = [widgets.VBox(self.sliders[:active])]
        if active < len(self.sliders):
            folded = widgets.Accordion([widgets.VBox(self.sliders[active:])], layout=widgets.Layout(width="490px"))
            count = len(self.sliders) - active
            folded.set_title(0, f"{count} idle latent{'s' * (count > 1)}: they know < 0.05 nats about the image")
            rows.append(folded)
        wrap = widgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="8px")
        start = widgets.VBox([heading("start image"), *self.start_sliders, widgets.HBox([reset, surprise])])
        return (
            self.style_sheet,
            widgets.HBox(
                [labelled("image", self.original), *(box for side in self.sides for box in side.boxes)], layout=wrap
            ),
            widgets.HBox([start, widgets.VBox([heading("latents"), *rows])], layout=wrap),
            self.caption,
        )

    def moved(self, change=None) -> None:
        rounding = change is not None and isinstance(change.new, float) and abs(change.new - change.old) < 1e-6
        if not (self.quiet or rounding):
            self.source = "image" if change is not None and change.owner in self.start_sliders else self.source
            super().moved(change)

    def reset(self, button=None) -> None:
        self.encoded, self.source = None, "image"
        self._put(self.start_sliders, self.starts)
        self.refresh()

    def surprise(self, button=None) -> None:
        """A code from the prior N(0, I), the same for every model, latent by latent in their order."""
        z = torch.randn(len(self.sliders), generator=self.generator).double().numpy()
        for side in self.sides:
            count = min(len(z), len(side.order))
            side.code[side.order[:count]] = z[:count]
        self.rest, self.source, self.unsettled = self._values(), "prior", True
        self.refresh()

    def _put(self, sliders, values) -> None:
        """Set sliders without a drawing for each; a slider stretches where a value lies beyond its ends."""
        self.quiet = True
        for each, value in zip(sliders, values, strict=True):
            if isinstance(each, widgets.SelectionSlider):
                each.index = int(value)
                continue
            value = round(float(value) * 10) / 10  # the browser would move it to a step, and report that as a move
            if value > each.max:
                each.max = value
            if value < each.min:
                each.min = value
            each.value = value
        self.quiet = False

    def _values(self) -> Float[np.ndarray, "latents"]:
        return np.array([each.value for each in self.sliders])

    def draw(self) -> str:
        """The pictures; the bars, and the sliders' new places after a factor's move, may wait for `settle`."""
        place = tuple(each.index if self.factors else each.value for each in self.start_sliders)
        if place != self.encoded:
            self._encode(place)
        moves = self._values() - self.rest  # since the code was taken; the sliders' steps leave the code itself exact
        words = []
        for side in self.sides:
            code = side.code.copy()
            count = min(len(moves), len(side.order))
            code[side.order[:count]] += moves[:count]
            at = ", ".join(f"z{subscript(j)} = {code[j]:z.1f}" for j in side.order[: max(1, side.active)])
            side.decoded.show(to_pixels(side.decode(code)), f"{side.name}: image decoded from {at}")
            words.append(f"{side.name + ': ' if len(self.sides) > 1 else ''}decoded from {at}")
        if self.source == "prior":
            words.append("this began as a sample of the prior, not as the image on the left")
        self.words = ". ".join(words) + "."
        return self.words

    def _encode(self, place: tuple) -> None:
        """Show the image at `place`, and take the encoder's answer as the code from which the sliders move."""
        if self.encoded is not None and self.factors:
            self.moving = next(k for k, (a, b) in enumerate(zip(place, self.encoded, strict=True)) if a != b)
        self.encoded, self.rest, self.unsettled = place, self._values(), True
        if self.factors:
            image = self.world.render(torch.tensor([place]))
            named = zip(self.factors, self.start_sliders, strict=True)
            self.shown = ", ".join(f"{factor.name} {each.label}" for factor, each in named)
        else:
            image = Images(self.world, torch.device("cpu"))[torch.tensor(place)]
            self.shown = f"number {place[0]}"
        self.original.show(to_pixels(image[0]), f"The image: {self.shown}")
        for side in self.sides:
            side.code = side.encode(image)[0]
            side.reconstruction.show(to_pixels(side.decode(side.code)), f"{side.name}: reconstruction of the image")

    def settle(self) -> str:
        """Put the latents' sliders where the code is, to the nearest step, and show which latents one factor moves."""
        first, moves = self.sides[0], self._values() - self.rest
        self._put(self.sliders, first.code[first.order] + moves)
        self.rest = self._values() - moves
        words = [f"Image: {self.shown}"]
        for side in self.sides if self.factors else ():
            if side.bars is not None:
                spans = np.ptp(side.encode(self._sweep()), axis=0)
                answer = side.bars.show(spans, self.factors[self.moving].name)
                words.append(f"{side.name}: {answer}" if len(self.sides) > 1 else answer)
        return ". ".join([*words, self.words[0].upper() + self.words[1:]])

    def _sweep(self) -> Float[torch.Tensor, "batch channels height width"]:
        """The image with the factor that moved last at 12 of its values, or at all where they are fewer."""
        size = len(self.factors[self.moving])
        values = torch.linspace(0, size - 1, min(size, 12)).round().long()
        grid = torch.tensor(self.encoded).repeat(len(values), 1)
        grid[:, self.moving] = values
        return self.world.render(grid)
