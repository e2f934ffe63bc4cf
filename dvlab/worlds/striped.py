"""Sprites on a ground whose faint stripes show factors once more: the images change a little, the factors do not."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer

from dvlab.validation import number
from dvlab.worlds.sprites import Sprites
from dvlab.worlds.values import words

GREY = 0.2  # of the ground


class StripedSprites(Sprites):
    """Sprites on a grey ground with upright stripes, two pixels wide, whose contrast follows some of the factors.

    A factor's index runs from t = -1 to 1 over its values, and s = Σ t / √K over the K factors in `shows`. The ground
    is GREY + contrast · s in every other stripe and GREY - contrast · s between them. The factors, their values and
    their number are those of the sprites.

    Parameters
    ----------
    contrast : float
        0 for a plain ground, and at most GREY / √K: nothing is darker than black.
    shows : str or sequence of str
        Names of factors that vary.
    **sprites
        Arguments of `Sprites`.

    Raises
    ------
    ValueError
        For a contrast beyond what can be drawn, and a factor that does not vary.

    References
    ----------
    Zietlow, Rolínek and Martius (2021), Demystifying Inductive Biases for (Beta-)VAE Based Architectures, change the
    usual data sets in another way, to the same end.

    Examples
    --------
    >>> StripedSprites(0.05, shows=("x", "y"), shapes="ellipse", scales=1, orientations=1, x=8, y=8, size=32)
    StripedSprites: 64 images of 1 × 32 × 32 from x 8, y 8, stripes of contrast 0.05 show x, y
    """

    def __init__(self, contrast: float | int = 0.0, shows: str | Sequence[str] = ("x", "y"), **sprites):
        super().__init__(**sprites)
        self.shows = words("shows", shows, tuple(factor.name for factor in self.factors))
        number("contrast", contrast, least=0, most=GREY / math.sqrt(len(self.shows)))
        self.contrast = contrast

    def _draw(
        self, factors: Integer[torch.Tensor, "batch factors"], images: Float[torch.Tensor, "batch 1 height width"]
    ) -> None:
        super()._draw(factors, images)
        sizes = dict(zip((factor.name for factor in self.factors), enumerate(self.factor_sizes), strict=True))
        t = [2 * factors[:, k].to(images.dtype) / (n - 1) - 1 for k, n in (sizes[name] for name in self.shows)]
        s = sum(t) / math.sqrt(len(t))
        stripe = 1.0 - 2 * (torch.arange(self.image_shape[-1], device=images.device) // 2 % 2)
        ground = GREY + self.contrast * s[:, None, None, None] * stripe
        images.add_((1 - images) * ground)

    def __repr__(self) -> str:
        return f"{super().__repr__()}, stripes of contrast {self.contrast:g} show {', '.join(self.shows)}"
