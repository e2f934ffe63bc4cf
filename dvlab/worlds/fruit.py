"""Big red apples and small black grapes: a world of fruit, in colour."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer

from dvlab.validation import positive_int
from dvlab.worlds.base import Factor, World
from dvlab.worlds.shapes import blend, ellipse
from dvlab.worlds.values import Numbers, numbers, within, words

FRUITS = ("apple", "grapes", "pear", "banana")
SKY, RED, BLACK = (0.38, 0.75, 0.95), (1.0, 0.25, 0.1), (0.0, 0.05, 0.1)  # light sky: black and red both stand out
BROWN, GREEN, WHITE = (0.35, 0.2, 0.1), (0.25, 0.6, 0.2), (1.0, 1.0, 1.0)


class Fruit(World):
    """Fruit on a blue sky, (3, size, size): fruits × 16 sizes × 16 colours, 512 images of apples and grapes by default.

    `Numbers` are how many values to spread over a range, both ends included, or the values themselves. A factor with a
    single value, as x unless told otherwise, is held at it and is left out of `factors`. An edge is softened over one
    pixel.

    Parameters
    ----------
    fruits : str or sequence of str
        Of "apple", "grapes", "pear" and "banana".
    sizes : Numbers
        Half the fruit's extent, as a share of the image's side. Spread over 0.15 to 0.3.
    colours : Numbers
        From 0, red, to 1, black.
    x : Numbers
        The fruit's centre, as a share of the image's side. Spread over 0.35 to 0.65.
    size : int
        The image's side in pixels, at least 8.

    Raises
    ------
    ValueError
        For a value beyond what can be drawn, one that comes twice, or an unknown fruit.

    Examples
    --------
    >>> Fruit()
    Fruit: 512 images of 3 × 32 × 32 from fruit 2, size 16, colour 16
    """

    kinds = FRUITS  # that can be named

    def __init__(
        self,
        fruits: str | Sequence[str] = ("apple", "grapes"),
        sizes: Numbers = 16,
        colours: Numbers = 16,
        x: Numbers = (0.5,),
        size: int = 32,
    ):
        positive_int("size", size, least=8, most=512)
        factors = (
            Factor("fruit", words("fruits", fruits, self.kinds)),
            Factor("size", numbers("sizes", sizes, 0.15, 0.3)),
            Factor("colour", numbers("colours", colours, 0, 1)),
            Factor("x", numbers("x", x, 0.35, 0.65)),
        )
        within("sizes", factors[1].values, 0.02, 0.5, "from a speck to the whole image")
        within("colours", factors[2].values, 0, 1, "red and black")
        within("x", factors[3].values, 0, 1, "the image's edges")
        super().__init__(factors, (3, size, size))

    def _draw(
        self, factors: Integer[torch.Tensor, "batch factors"], images: Float[torch.Tensor, "batch 3 height width"]
    ) -> None:
        fruit, half, darkness, x = self._values(factors)
        side, device = self.image_shape[-1], factors.device
        pixel = (torch.arange(side, device=device) + 0.5) / side
        half = half[:, None, None]
        u, v = torch.broadcast_tensors((pixel - x[:, None])[:, None, :] / half, (pixel - 0.5)[:, None] / half)
        red, black = torch.tensor([RED, BLACK], device=device)[:, None, :, None, None]
        body = red + darkness[:, None, None, None] * (black - red)
        images[:] = torch.tensor(SKY, device=device)[:, None, None]
        for i, name in enumerate(self._every_factor[0].values):
            rows = (fruit == i).nonzero().flatten()
            layers = LAYERS[name](u[rows], v[rows]) if len(rows) else []  # a subclass draws some kinds itself
            for paint, opacity, distance in layers:
                colour = (
                    torch.tensor(paint, device=device)[:, None, None]
                    if isinstance(paint, tuple)
                    else paint * body[rows]
                )
                cover = opacity * (0.5 - distance * half[rows] * side).clamp(0, 1)[:, None]
                images[rows] += cover * (colour - images[rows])


# A fruit is a list of layers, the lowest first: (paint, opacity, signed distance). A paint is a colour, or a number
# that darkens the fruit's own. The fruit's extent is about [-1, 1] both ways; v runs downwards.
def _apple(u: torch.Tensor, v: torch.Tensor) -> list[tuple]:
    w = u.abs()
    body = blend(ellipse(w, v, 0.42, 0.08, 0.5, 0.6), ellipse(w, v, 0.25, 0.4, 0.5, 0.56), 0.15)
    return [
        (1.0, 1.0, body),
        (WHITE, 0.45, ellipse(u, v, -0.5, -0.08, 0.13, 0.24, 0.5)),
        *_stalk(u, v, -0.42),
    ]


def _grapes(u: torch.Tensor, v: torch.Tensor) -> list[tuple]:
    layers = []
    for y, xs in (
        (-0.32, (-0.66, -0.23, 0.23, 0.66)),
        (0.02, (-0.52, 0.0, 0.52)),
        (0.37, (-0.27, 0.27)),
        (0.7, (0.0,)),
    ):
        for x in xs:
            grape = ellipse(u, v, x, y, 0.29, 0.29)
            layers += [(0.6, 1.0, grape), (1.0, 1.0, grape + 0.045)]  # a dark rim parts it from the next
            layers += [(WHITE, 0.4, ellipse(u, v, x - 0.1, y - 0.1, 0.07, 0.07))]
    return layers + _stalk(u, v, -0.5)


def _pear(u: torch.Tensor, v: torch.Tensor) -> list[tuple]:
    body = blend(ellipse(u, v, 0.0, 0.38, 0.66, 0.6), ellipse(u, v, 0.0, -0.4, 0.34, 0.36), 0.35)
    return [(1.0, 1.0, body), (WHITE, 0.45, ellipse(u, v, -0.32, 0.2, 0.11, 0.22, 0.4)), *_stalk(u, v, -0.7)]


def _banana(u: torch.Tensor, v: torch.Tensor) -> list[tuple]:
    u, v = 0.93 * u - 0.36 * v, 0.36 * u + 0.93 * v + 0.6
    angle = torch.atan2(u, v)
    turn = angle.clamp(-0.95, 0.95)  # along an arc of radius 1
    beside = torch.hypot(u - turn.sin(), v - turn.cos())
    body = beside - 0.29 * (1 - 0.65 * (turn / 0.95).square())
    shine = torch.hypot(u - 0.93 * angle.clamp(-0.5, 0.2).sin(), v - 0.93 * angle.clamp(-0.5, 0.2).cos()) - 0.055
    stem = torch.hypot(u - 1.02 * angle.clamp(0.9, 1.12).sin(), v - 1.02 * angle.clamp(0.9, 1.12).cos()) - 0.1
    return [(BROWN, 1.0, stem), (1.0, 1.0, body), (WHITE, 0.45, shine)]


LAYERS = {"apple": _apple, "grapes": _grapes, "pear": _pear, "banana": _banana}


def _stalk(u: torch.Tensor, v: torch.Tensor, foot: float) -> list[tuple]:
    """A stem that stands on (0, foot), and a leaf."""
    along = ((v - foot) / -0.5).clamp(0, 1)
    stem = torch.hypot(u - 0.12 * along.square(), v - foot + 0.5 * along) - 0.06
    a, b = 0.8 * (u - 0.36) - 0.6 * (v - foot + 0.32), 0.6 * (u - 0.36) + 0.8 * (v - foot + 0.32)
    leaf = torch.hypot(a, b.abs() + 0.3) - 0.45
    return [(BROWN, 1.0, stem), (GREEN, 1.0, leaf)]
