"""The images that a widget can start from: a world's, by their factors, or those of a tensor, by number."""

import math

import numpy as np
import torch
from jaxtyping import Float

from dvlab.images import Data, Images, tensor_or_world
from dvlab.vae import VAE
from dvlab.widgets.base import Slider, choice
from dvlab.widgets.packing import packed
from dvlab.worlds import Sprites

MOST_CODES = 50_000  # images; of a larger world the kernel encodes the one that is asked for
MOST_BYTES = 16_000_000, 1_500_000  # all images as bytes, and compressed
STEP = 2.0**-14  # of a code


class Starts:
    """`data` is a world or a tensor of images; a place is a list of factors' indices, or of the image's number."""

    def __init__(self, data: Data):
        self.data = tensor_or_world(data)
        self.factors = () if isinstance(self.data, torch.Tensor) else self.data.factors
        self.sizes = tuple(len(factor) for factor in self.factors) or (len(self.data),)

    @property
    def middle(self) -> list[int]:
        return [size // 2 if self.factors else (size - 1) // 2 for size in self.sizes]

    def sliders(self, trait: str) -> list[Slider]:
        if not self.factors:
            return [Slider(trait, "image", 0, self.sizes[0] - 1, 1, 0, 0)]
        return [choice(trait, factor.name, factor.values, k) for k, factor in enumerate(self.factors)]

    def images(self, places: torch.Tensor | list) -> Float[torch.Tensor, "batch channels height width"]:
        places = torch.as_tensor(places)
        if self.factors:
            return self.data.render(places)
        return Images(self.data, torch.device("cpu"))[places[:, 0]]

    def codes(self, vae: VAE, places: torch.Tensor | list) -> Float[np.ndarray, "batch latents"]:
        images = self.images(places).to(vae.centre.device)
        return vae.encode(images).mean.cpu().double().numpy()

    def sweep(self, place: list[int], k: int) -> list[list[int]]:
        """`place` with factor k at 12 of its values, or at all where they are fewer."""
        values = np.linspace(0, self.sizes[k] - 1, min(self.sizes[k], 12)).round().astype(int)
        return [[*place[:k], int(value), *place[k + 1 :]] for value in values]

    @torch.no_grad()
    def facts(self, vaes: list[VAE]) -> dict | None:
        """Every image, or what draws it, and its code by each model; None where that is too much, and the kernel must
        be asked."""
        if math.prod(self.sizes) > MOST_CODES or any(vae.config["network"] != "mlp" for vae in vaes):
            return None
        grid = torch.cartesian_prod(*map(torch.arange, self.sizes)).reshape(-1, len(self.sizes))
        drawn = self._drawn(grid)
        if drawn is None:
            return None
        codes = [np.concatenate([self.codes(vae, part) for part in grid.split(1024)]) for vae in vaes]
        return drawn | {"codes": [packed((each / STEP).round().astype(np.int32)) for each in codes], "step": STEP}

    def _drawn(self, grid: torch.Tensor) -> dict | None:
        if type(self.data) is Sprites:
            return {"sprites": sprites_facts(self.data)}
        shape = self.images([self.middle])[0].shape
        if len(grid) * math.prod(shape) > MOST_BYTES[0]:
            return None
        images = packed(torch.cat([(self.images(part) * 255).round().byte() for part in grid.split(1024)]).numpy())
        return {"images": images, "shape": list(shape)} if len(images) <= MOST_BYTES[1] else None


def sprites_facts(world: Sprites) -> dict:
    """What js/sprites.js needs to draw the images of `world`; the values of every factor, varying or not."""
    shape, *others = world._every_factor
    return {
        "shapes": list(shape.values),
        "values": [[float(value) for value in factor.values] for factor in others],
        "varies": [factor in world.factors for factor in world._every_factor],
        "size": world.image_shape[-1],
        "enlarge": float(world.enlarge),
        "antialias": world.antialias,
    }
