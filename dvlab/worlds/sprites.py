"""The dSprites world (Matthey et al., 2017), drawn from its factors instead of downloaded."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer

from dvlab.validation import number, positive_int
from dvlab.worlds.base import Factor, World
from dvlab.worlds.values import Numbers, numbers, within, words

SHAPES = ("square", "ellipse", "heart")
REACH = 13.7  # no sprite goes further from its centre, at scale 1, in pixels of a 64 × 64 image


class Sprites(World):
    """White sprites on black, (1, size, size): 3 shapes × 6 scales × 40 orientations × 32 x × 32 y, as in dSprites.

    `Numbers` are how many values to spread over dSprites' range, both ends included, or the values themselves. So the
    last of dSprites' orientations draws the same image as the first. A factor with a single value is held at it and is
    left out of `factors`.

    Binary images follow the rule read off dSprites' own: a pixel is white when its centre lies in the sprite. Fitted to
    37 real images it drew 22 of 25 others to the pixel and missed one pixel in each of the rest; with the constants
    here, fitted to all 62, it is 60. Soft edges are of nearly the same shapes: a heart's notch is .7 pixels less deep.

    Parameters
    ----------
    shapes : str or sequence of str
        Of "square", "ellipse" and "heart".
    scales : Numbers
        Spread over 0.5 to 1.
    orientations : Numbers
        Radians, counter-clockwise on the screen. Spread over 0 to 2π.
    x, y : Numbers
        To the right and downwards; 0 to 1, over which they are spread, is the middle half of the image.
    size : int
        The image's side in pixels, at least 8.
    antialias : bool
        Whether the edge is softened over one pixel; dSprites is binary.
    enlarge : float
        By how much every sprite is multiplied.

    Raises
    ------
    ValueError
        For a value beyond what can be drawn, one that comes twice, or an unknown shape.

    References
    ----------
    Matthey, Higgins, Hassabis and Lerchner (2017), dSprites: github.com/deepmind/dsprites-dataset.

    Examples
    --------
    >>> Sprites("heart", x=8, y=8)
    Sprites: 15,360 images of 1 × 64 × 64 from scale 6, orientation 40, x 8, y 8
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
        positive_int("size", size, least=8, most=512)
        number("enlarge", enlarge, above=0)
        self.antialias, self.enlarge = antialias, enlarge
        factors = (
            Factor("shape", words("shapes", shapes, SHAPES)),
            Factor("scale", numbers("scales", scales, 0.5, 1)),
            Factor("orientation", numbers("orientations", orientations, 0, 2 * math.pi)),
            Factor("x", numbers("x", x, 0, 1)),
            Factor("y", numbers("y", y, 0, 1)),
        )
        fits = 32 / (REACH * enlarge)  # from the image's middle to its edge
        within("scales", factors[1].values, 0.05 * fits, fits, "from a speck to what fits into the image")
        for factor in factors[3:]:
            within(factor.name, factor.values, -0.5, 1.5, "the image's edges")
        super().__init__(factors, (1, size, size))

    @classmethod
    def small(cls) -> "Sprites":
        """The world that trains in a minute: an ellipse at 32 px, 6 scales × 16 orientations over 90° × 16 x × 12 y.

        Returns
        -------
        Sprites

        Examples
        --------
        >>> Sprites.small()
        Sprites: 18,432 images of 1 × 32 × 32 from scale 6, orientation 16, x 16, y 12
        """
        return cls(
            shapes="ellipse",
            orientations=np.linspace(0, math.pi / 2, 16),
            x=np.linspace(0, 1, 16),
            y=np.linspace(0.2, 0.8, 12),  # less than x: else x and y are free to rotate into each other
            size=32,
            antialias=True,
            enlarge=1.2,
        )

    def _draw(
        self, factors: Integer[torch.Tensor, "batch factors"], images: Float[torch.Tensor, "batch 1 height width"]
    ) -> None:
        shape, *values = self._values(factors)
        for i, name in enumerate(self._every_factor[0].values):
            index = (shape == i).nonzero().flatten()
            self._draw_shape(name, index, *(value[index] for value in values), images)

    def _draw_shape(self, shape: str, index, scale, orientation, x, y, images) -> None:
        """Draw one shape into `images[index]`: only the square window that holds the sprite, the rest stays black."""
        size = self.image_shape[-1]
        scale, orientation = scale * (self.enlarge * size / 64), orientation.remainder(2 * math.pi)
        x, y = ((16 + 32 * at) * (size / 64) for at in (x, y))  # the sprite's centre, in pixels
        reach = REACH * max(self._every_factor[1].values) * self.enlarge * size / 64
        side = min(size, 2 * math.ceil(reach) + 2)
        column, row = (
            (at - side / 2).round().clamp(0, size - side).long()[:, None] + torch.arange(side, device=at.device)
            for at in (x, y)
        )
        dx, dy = (column + 0.5 - x[:, None])[:, None, :], (row + 0.5 - y[:, None])[:, :, None]
        # (u, v): the pixel seen from the sprite, which was turned counter-clockwise while y runs downwards
        cos, sin = ((f(orientation) / scale)[:, None, None] for f in (torch.cos, torch.sin))
        u, v = cos * dx - sin * dy, sin * dx + cos * dy
        if self.antialias:
            window = DISTANCE[shape](u, v).mul_(-scale[:, None, None]).add_(0.5).clamp_(0, 1)
        else:
            window = INSIDE[shape](u, v).to(images.dtype)
        place = ((index[:, None] * size + row) * size)[:, :, None] + column[:, None, :]
        images.view(-1).index_put_((place,), window)


# Which points lie in a sprite at scale 1, in pixels of a 64 × 64 image: the rule of dSprites' binary images. These
# functions, and the distances below, may write into their arguments.
def _in_square(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.maximum(u.abs_(), v.abs_()) <= 9.6


def _in_ellipse(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return u.div_(12.767).square_().add_(v.div_(7.209).square_()) <= 1


def _in_heart(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The well-known curve x = 16 sin³ t, y = 13 cos t − 5 cos 2t − 2 cos 3t − cos 4t (y upwards), 19.2 wide and high.

    With c = cos t that is y = 4 − 2c² − 8c⁴ ± |c| (19 − 8c²), and at a given x, c² = 1 − |x / 16|^⅔.
    """
    c2 = u.abs_().div_(9.595).pow_(2 / 3).neg_().add_(1)
    y = v.add_(1.4365).div_(-19.2 / 29)
    half = c2.clamp(min=0).sqrt_().mul_(19 - 8 * c2)  # of the stretch of y that lies inside
    return (y.sub_(4 - 2 * c2 - 8 * c2 * c2).abs_() <= half).logical_and_(c2 >= 0)


INSIDE = {"square": _in_square, "ellipse": _in_ellipse, "heart": _in_heart}


# Signed distances (negative inside), for soft edges.
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
