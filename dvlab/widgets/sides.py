"""One model of a widget: what its latents carry, and what it says of an image."""

import numpy as np
import torch
from jaxtyping import Float

from dvlab.plots import survey
from dvlab.vae import VAE
from dvlab.widgets.base import COLOURS, SUBSCRIPTS
from dvlab.widgets.starts import Starts
from dvlab.widgets.still import Picture
from dvlab.widgets.weights import weights_of


class Side:
    """A model and its survey: `order` lists the latents, the `active` ones first, the largest KL first."""

    def __init__(self, name: str, vae: VAE, starts: Starts):
        self.name, self.vae, self.starts = name, vae, starts
        self.survey, self.weights = survey(vae, starts.data), weights_of(vae)
        active = self.survey.active_order
        self.order = active + [int(j) for j in self.survey.order if not self.survey.active[j]]
        self.active = len(active)

    def facts(self) -> dict:
        reach = max(float((self.survey.high - self.survey.low).max()), 1.0)
        kl = [round(float(x), 3) for x in self.survey.kl]
        return {"name": self.name, "order": self.order, "active": max(1, self.active), "kl": kl, "reach": reach}

    def encode(self, places: list[list[int]]) -> Float[np.ndarray, "batch latents"]:
        with torch.no_grad():
            return self.starts.codes(self.vae, places)

    def decode(self, code: Float[np.ndarray, " latents"]) -> Float[torch.Tensor, "channels height width"]:
        z = torch.as_tensor(code[None], dtype=self.vae.centre.dtype, device=self.vae.centre.device)
        with torch.no_grad():
            return self.vae.decode(z).mean[0]

    def bars(self, width: int, height: int, spans: Float[np.ndarray, " latents"] | None, factor: str) -> Picture:
        """Of each active latent: its KL, and `spans`, how far it moves when one factor goes through its values."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width / 100, height / 100), layout="constrained")
        latents = self.order[: max(1, self.active)][:12]
        names = [f"$z_{{{j}}}$" for j in latents]
        axes = figure.subplots(1, 1 if spans is None else 2, sharey=True, squeeze=False)[0]
        for each in axes:
            each.tick_params(labelsize=8)
            each.spines[["top", "right"]].set_visible(False)
        axes[0].barh(names, self.survey.kl[latents], color=COLOURS[0])
        axes[0].invert_yaxis()
        axes[0].set_xlabel("KL (nats)", fontsize=8)
        if spans is not None:
            axes[1].barh(names, spans[latents], color=COLOURS[1])
            axes[1].set_title(f"with {factor}", fontsize=8)
            axes[1].set(xlim=(0, self.facts()["reach"]))
            axes[1].set_xlabel("moves (units of z)", fontsize=8)
        return Picture.of(figure)


def subscript(j: int) -> str:
    return str(j).translate(SUBSCRIPTS)
