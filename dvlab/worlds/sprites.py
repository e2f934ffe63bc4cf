"""The dSprites world (Matthey et al., 2017), drawn from its factors instead of downloaded."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from dvlab.validation import finite, one_of, positive_int
from dvlab.worlds.base import Factor, World

SHAPES = ("square", "ellipse", "heart")


class Sprites(World):
    """White sprites on black, (1, size, size): 3 shapes × 6 scales × 40 orientations × 32 x × 32 y, as in dSprites.

    `scales`, `orientations` (radians, counter-clockwise on the screen), `x` and `y` (0 to 1, to the right and
    downwards) are each a number of values spread over dSprites' range, both ends included, or the values themselves.
    dSprites' last orientation draws the same image as its first. A factor with a single value is held at it and
    left out of `factors`. `size` is the image's side, at least 8; `antialias` softens the edge over one pixel
    (dSprites is binary); `enlarge` multiplies every sprite.
    """

    def __init__(
        self,
        shapes: Sequence[str] = SHAPES,
        scales: int | Sequence[float] | np.ndarray | torch.Tensor = 6,
        orientations: int | Sequence[float] | np.ndarray | torch.Tensor = 40,
        x: int | Sequence[float] | np.ndarray | torch.Tensor = 32,
        y: int | Sequence[float] | np.ndarray | torch.Tensor = 32,
        size: int = 64,
        antialias: bool = False,
        enlarge: float = 1.0,
    ):
        positive_int("size", size, least=8)
        shapes = (shapes,) if isinstance(shapes, str) else tuple(shapes)
        for shape in shapes:
            one_of("shapes", shape, SHAPES)
        ranges = dict(scale=(0.5, 1), orientation=(0, 2 * math.pi), x=(0, 1), y=(0, 1))
        given = dict(scale=scales, orientation=orientations, x=x, y=y)
        self._all = (Factor("shape", shapes), *(Factor(k, _values(k, given[k], *ranges[k])) for k in given))
        varied = tuple(factor for factor in self._all if len(factor) > 1)
        super().__init__(varied, (1, size, size))
        self.antialias = antialias
        self.enlarge = enlarge

    @classmethod
    def small(cls) -> "Sprites":
        """The world most lectures train on: an ellipse at 32 px, 6 scales × 16 orientations over 90° × 16 x × 12 y."""
        return cls(
            shapes=("ellipse",),
            orientations=torch.linspace(0, math.pi / 2, 16),
            x=torch.linspace(0.25, 0.75, 16),
            y=torch.linspace(0.35, 0.65, 12),
            size=32,
            antialias=True,
            enlarge=1.2,
        )

    def _draw(self, factors: Int[torch.Tensor, "batch factors"]) -> Float[torch.Tensor, "batch 1 height width"]:
        column = dict(zip((factor.name for factor in self.factors), factors.long().T, strict=True))
        at = column.get("shape", torch.zeros(len(factors), dtype=torch.int64, device=factors.device))
        scale, angle, x, y = (
            torch.tensor(f.values, device=factors.device)[column[f.name]]
            if f.name in column
            else torch.full((len(factors),), f.values[0], device=factors.device)
            for f in self._all[1:]
        )
        size = self.image_shape[-1]
        pixel = (torch.arange(size, device=factors.device) + 0.5) * (64 / size) - 0.5  # in dSprites' pixels
        dx = pixel - (15.5 + 32 * x)[:, None]
        dy = pixel - (15.5 + 32 * y)[:, None]
        k = 1 / (scale * self.enlarge)[:, None]
        c, s = angle.cos()[:, None] * k, angle.sin()[:, None] * k
        u = (c * dx)[:, None, :] - (s * dy)[:, :, None]
        v = (s * dx)[:, None, :] + (c * dy)[:, :, None]
        images = torch.empty(len(factors), 1, size, size, device=factors.device)
        for i, shape in enumerate(self._all[0].values):
            rows = (at == i).nonzero().flatten()
            if len(rows):
                d = DISTANCE[shape](u[rows], v[rows])
                if self.antialias:
                    d = (0.5 - d * (scale[rows] * self.enlarge * size / 64)[:, None, None]).clamp(0, 1)
                else:
                    d = (d <= 0).float()
                images[rows, 0] = d
        return images


def _square(u, v):
    return torch.maximum(u.abs(), v.abs()) - 9.62


def _ellipse(u, v):
    a, b = 12.78, 7.206
    k0 = (u / a).square().add((v / b).square()).sqrt()
    k1 = (u / a**2).square().add((v / b**2).square()).sqrt()
    return k0 * (k0 - 1) / k1.clamp(min=1e-6)


def _heart(u, v):
    cx, cy, r, tip = 4.722, -4.044, 5.085, 8.972
    u = u.abs()
    disc = torch.hypot(u - cx, v - cy) - r
    angle = math.atan2(cx, tip - cy) + math.asin(r / math.hypot(cx, tip - cy))
    nx, ny = math.cos(angle), math.sin(angle)
    notch = cy - math.sqrt(r * r - cx * cx)
    ex, ey = cx + r * nx, cy + r * ny - notch
    length = math.hypot(ex, ey)
    side = u * nx + (v - tip) * ny
    top = (u * ey - (v - notch) * ex) / length
    return torch.minimum(disc, torch.maximum(side, top))


DISTANCE = dict(square=_square, ellipse=_ellipse, heart=_heart)


def _values(name: str, given: int | Sequence[float] | np.ndarray | torch.Tensor, low: float, high: float) -> tuple:
    if isinstance(given, int):
        positive_int(name, given)
        return tuple(np.linspace(low, high, given).tolist())
    values = np.asarray(given, dtype=float)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} must be a number of values or a list of at least one; got shape {values.shape}")
    finite(name, values)
    return tuple(values.tolist())
