"""The dSprites world (Matthey et al., 2017), drawn from its factors instead of downloaded."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer

from dvlab.validation import positive_int
from dvlab.worlds.base import Factor, Numbers, World, numbers, words

SHAPES = ("square", "ellipse", "heart")


class Sprites(World):
    """White sprites on black, (1, size, size): 3 shapes × 6 scales × 40 orientations × 32 x × 32 y, as in dSprites.

    `scales`, `orientations` (radians, counter-clockwise on the screen), `x` and `y` (to the right and downwards; 0 to 1
    is the middle half of the image) are each a number of values spread over dSprites' range, both ends included, or
    the values themselves. So the last of dSprites' orientations draws the same image as the first. A factor with a
    single value is held at it and is left out of `factors`. `size` is the image's side, at least 8; `antialias`
    softens the edge over one pixel (dSprites is binary); `enlarge` multiplies every sprite.
    """

    def __init__(
        self,
        shapes: str | Sequence[str] = SHAPES,
        scales: Numbers = 6,
        orientations: Numbers = 40,
        x: Numbers = 32,
        y: Numbers = 32,
        size: int = 64,
        antialias: bool = False,
        enlarge: float | int = 1,
    ):
        positive_int("size", size, least=8)
        if not 0 < enlarge < math.inf:
            raise ValueError(f"enlarge must be a positive number; got {enlarge}")
        self.antialias, self.enlarge = antialias, enlarge
        factors = (
            Factor("shape", words("shapes", shapes, SHAPES)),
            Factor("scale", numbers("scales", scales, 0.5, 1)),
            Factor("orientation", numbers("orientations", orientations, 0, 2 * math.pi)),
            Factor("x", numbers("x", x, 0, 1)),
            Factor("y", numbers("y", y, 0, 1)),
        )
        if min(factors[1].values) <= 0:
            raise ValueError(f"scales must be positive; got {min(factors[1].values)}")
        super().__init__(factors, (1, size, size))

    @classmethod
    def small(cls) -> "Sprites":
        """The world that trains in a minute: an ellipse at 32 px, 6 scales × 16 orientations over 90° × 16 x × 12 y."""
        return cls(
            shapes="ellipse",
            orientations=np.linspace(0, math.pi / 2, 16),
            x=np.linspace(0.25, 0.75, 16),
            y=np.linspace(0.35, 0.65, 12),  # less than x: else x and y are free to rotate into each other
            size=32,
            antialias=True,
            enlarge=1.2,
        )

    def _draw(self, factors: Integer[torch.Tensor, "batch factors"]) -> Float[torch.Tensor, "batch 1 height width"]:
        shape, *values = self._values(factors)
        names = self._every_factor[0].values
        if len(names) == 1:
            return self._draw_shape(names[0], *values)
        images = torch.empty(len(factors), *self.image_shape, device=factors.device)
        for i, name in enumerate(names):
            rows = (shape == i).nonzero().flatten()
            images.index_copy_(0, rows, self._draw_shape(name, *(value[rows] for value in values)))
        return images

    def _draw_shape(self, shape: str, scale: torch.Tensor, orientation: torch.Tensor, x: torch.Tensor, y: torch.Tensor):
        size = self.image_shape[-1]
        scale, orientation = scale * self.enlarge, orientation.remainder(2 * math.pi)
        pixel = (torch.arange(size, device=x.device) + 0.5) * (64 / size) - 0.5  # centres, in pixels of a 64 × 64 image
        dx, dy = pixel - (15.5 + 32 * x[:, None]), pixel - (15.5 + 32 * y[:, None])
        # (u, v): the pixel seen from the sprite, which was turned counter-clockwise while y runs downwards
        cos, sin = (orientation.cos() / scale)[:, None], (orientation.sin() / scale)[:, None]
        u = (cos * dx)[:, None, None, :] - (sin * dy)[:, None, :, None]
        v = (sin * dx)[:, None, None, :] + (cos * dy)[:, None, :, None]
        distance = DISTANCE[shape](u, v)
        if not self.antialias:
            return distance.le_(0)
        per_pixel = (scale * (size / 64))[:, None, None, None]  # from the sprite's unit to the image's pixels
        return distance.mul_(-per_pixel).add_(0.5).clamp_(0, 1)


# Signed distances (negative inside) at scale 1, in pixels of a 64 × 64 image; fitted to real images. They may write
# into their arguments.
def _square(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.maximum(u.abs_(), v.abs_()).sub_(9.62)


def _ellipse(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    a, b = 12.78, 7.206
    u, v = u.square_(), v.square_().add_(1e-12)  # so that the centre is no 0/0
    k0 = (u / a**2).add_(v, alpha=1 / b**2).sqrt_()  # 1 on the ellipse
    k1 = (u / a**4).add_(v, alpha=1 / b**4).sqrt_()  # k0 times its gradient
    return (k0 - 1).mul_(k0).div_(k1)  # first order in the distance


def _heart(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Two discs and the wedge that touches them, squeezed sideways; tip down, centred in its bounding box."""
    squeeze, x, y, radius, tip = 1.1, 5.27, -4.0, 5.35, 8.8  # the disc's centre is (±x, y), the wedge's tip (0, tip)
    angle = math.atan2(x, tip - y) + math.asin(radius / math.hypot(x, tip - y))  # between the axis and a side
    nx, ny = math.cos(angle), math.sin(angle)  # the side's normal, and so where it touches the disc
    notch = y - math.sqrt(radius**2 - x**2)
    ex, ey = x + radius * nx, y + radius * ny - notch  # from the notch to where side and disc touch
    ex, ey = ex / math.hypot(ex, ey), ey / math.hypot(ex, ey)

    u = u.abs_().mul_(squeeze)
    side = (u * nx).add_(v, alpha=ny).sub_(tip * ny)
    top = (u * ey).add_(v, alpha=-ex).add_(notch * ex)
    disc = u.sub_(x).square_().add_(v.sub_(y).square_()).sqrt_().sub_(radius)
    return torch.minimum(disc, torch.maximum(side, top))


DISTANCE = {"square": _square, "ellipse": _ellipse, "heart": _heart}
