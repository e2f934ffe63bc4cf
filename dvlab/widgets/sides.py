"""One model of the explorer: its code of the present image, its pictures, and the bars of its latents."""

import ipywidgets as widgets
import numpy as np
import torch
from jaxtyping import Float
from torch.utils.data import Dataset

from dvlab.plots import survey
from dvlab.vae import VAE
from dvlab.widgets.drawn import COLOURS, Picture, Stage


class Side:
    """One model of the explorer: its survey, its code of the present image, and its pictures."""

    def __init__(self, name: str, vae: VAE, world: torch.Tensor | Dataset, count: int):
        self.name, self.vae, self.survey = name, vae, survey(vae, world)
        active = self.survey.active_order
        self.order = active + [int(j) for j in self.survey.order if not self.survey.active[j]]
        self.active = len(active)
        self.code = np.zeros(vae.latent_dim)
        small, large = {1: (140, 256), 2: (120, 200)}.get(count, (110, 190))
        above = f"{name}\n" if count > 1 else ""
        self.reconstruction = Picture(small, label=above + "reconstruction")
        self.decoded = Picture(large, label=above + "decoded from the sliders")
        parts = [labelled("reconstruction", self.reconstruction), labelled("decoded from the sliders", self.decoded)]
        factors = not isinstance(world, torch.Tensor)
        size = {1: (270, 272), 2: (340, 210)}.get(count)
        self.bars = Bars(self, *size, factors) if size else None
        if count == 1:
            self.boxes = (*parts, self.bars.picture)
        elif count == 2:
            row = widgets.HBox(parts, layout=widgets.Layout(grid_gap="8px"))
            self.boxes = (widgets.VBox([heading(name), row, self.bars.picture]),)
        else:
            self.boxes = (widgets.VBox([heading(name), *reversed(parts)]),)

    @property
    def device(self) -> torch.device:
        return self.vae.centre.device

    def encode(self, images: torch.Tensor) -> Float[np.ndarray, "batch latents"]:
        return self.vae.encode(images.to(self.device)).mean.cpu().double().numpy()

    def decode(self, code: Float[np.ndarray, "latents"]) -> torch.Tensor:
        z = torch.as_tensor(code[None], dtype=self.vae.centre.dtype, device=self.device)
        return self.vae.decode(z).mean[0]


class Bars:
    """Of each active latent: its KL, and how far it moves when one factor goes through its values."""

    def __init__(self, side: Side, width: int, height: int, factors: bool):
        self.picture, self.stage = Picture(width, smooth=True), Stage(width, height)
        self.latents = side.order[: max(1, side.active)][:12]
        names = [f"$z_{{{j}}}$" for j in self.latents]
        axes = self.stage.figure.subplots(1, 2, sharey=True) if factors else [self.stage.figure.subplots()]
        for each in axes:
            each.tick_params(labelsize=8)
            each.spines[["top", "right"]].set_visible(False)
        axes[0].barh(names, side.survey.kl[self.latents], color=COLOURS[0])
        axes[0].invert_yaxis()
        axes[0].set_xlabel("KL (nats)", fontsize=8)
        self.spans, self.title = [], None
        if factors:
            self.spans = [self.stage.moves(bar) for bar in axes[1].barh(names, np.ones(len(names)), color=COLOURS[1])]
            self.title = self.stage.moves(axes[1].set_title(" ", fontsize=8))
            axes[1].set(xlim=(0, max(float((side.survey.high - side.survey.low).max()), 1.0)))
            axes[1].set_xlabel("moves (units of z)", fontsize=8)
        self.picture.show(self.stage.frame(), "Bars of KL by latent.")

    def show(self, spans: Float[np.ndarray, "latents"], factor: str) -> str:
        for bar, j in zip(self.spans, self.latents, strict=True):
            bar.set_width(spans[j])
        self.title.set_text(f"with {factor}")
        best = max(self.latents, key=lambda j: spans[j])
        words = f"As {factor} runs through its values, z{subscript(best)} moves most, by {spans[best]:.1f}"
        self.picture.show(self.stage.frame(), f"Bars of KL by latent, and of how far each moves. {words}.")
        return words


def heading(text: str) -> widgets.HTML:
    return widgets.HTML(f"<b>{text}</b>")


def labelled(text: str, picture: Picture) -> widgets.VBox:
    return widgets.VBox([widgets.HTML(f"<small>{text}</small>"), picture], layout=widgets.Layout(flex="0 0 auto"))


def subscript(j: int) -> str:
    return str(j).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
