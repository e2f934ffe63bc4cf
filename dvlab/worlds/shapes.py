"""Signed distances of simple shapes (negative inside), from which pictures are painted in layers."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float

Plane = Float[torch.Tensor, "#batch height width"]  # a coordinate, or a distance, at every pixel; 1 image for all
Size = Float[torch.Tensor, "#batch 1 1"] | float | int  # one for each image, or one number for all


def ellipse(u: Plane, v: Plane, x: Size, y: Size, a: Size, b: Size, turn: float | int = 0.0) -> Plane:
    """An ellipse with centre (x, y) and half axes a and b; the distance is true to first order, near the edge.

    Parameters
    ----------
    u, v : tensor (B, H, W)
        Each pixel's place, to the right and downwards.
    x, y, a, b : float or tensor (B, 1, 1)
        In the unit of u and v; a and b positive.
    turn : float
        Radians, clockwise.

    Returns
    -------
    tensor (B, H, W)
        In the unit of u and v, negative inside.

    References
    ----------
    Quilez, distance to an ellipse: iquilezles.org/articles/ellipsedist.

    Examples
    --------
    >>> u, v = torch.tensor([[[0.0, 1.0, 2.0, 3.0]]]), torch.zeros(1, 1, 4)
    >>> ellipse(u, v, 0, 0, a=2, b=2)
    tensor([[[-2., -1.,  0.,  1.]]])
    """
    cos, sin = math.cos(turn), math.sin(turn)
    u, v = cos * (u - x) + sin * (v - y), cos * (v - y) - sin * (u - x)
    k0, slope = torch.hypot(u / a, v / b), torch.hypot(u / a**2, v / b**2)
    return torch.where(slope > 0, k0 * (k0 - 1) / slope.clamp(min=1e-6), -b)  # at the very centre both are 0


def blend(one: Plane, other: Plane, k: float | int) -> Plane:
    """The union of two shapes, with the corner between them rounded over a width of about k.

    Parameters
    ----------
    one, other : tensor (B, H, W)
        Signed distances.
    k : float
        In their unit, positive.

    Returns
    -------
    tensor (B, H, W)

    References
    ----------
    Quilez, smooth minimum (the quadratic one): iquilezles.org/articles/smin.

    Examples
    --------
    >>> blend(torch.tensor([[[0.0, 1.0]]]), torch.tensor([[[0.0, 3.0]]]), k=1)  # at the corner it swells by k / 4
    tensor([[[-0.2500,  1.0000]]])
    """
    return torch.minimum(one, other) - (k - (one - other).abs()).clamp(min=0).square() / (4 * k)


def paint(
    images: Float[torch.Tensor, "batch 3 height width"],
    colour: Sequence[float | int] | Float[torch.Tensor, "#batch 3"],
    cover: Plane,
) -> None:
    """Mix a colour into images, in place.

    Parameters
    ----------
    images : tensor (B, 3, H, W)
    colour : three numbers, or tensor (B, 3)
        Red, green and blue, from 0 to 1.
    cover : tensor (B, H, W)
        The share of each pixel that it covers, from 0 to 1.

    Examples
    --------
    >>> images = torch.zeros(1, 3, 1, 2)
    >>> paint(images, (1.0, 0.5, 0.0), cover=torch.tensor([[[0.0, 0.5]]]))
    >>> images[0, :, 0, 1]
    tensor([0.5000, 0.2500, 0.0000])
    """
    colour = torch.as_tensor(colour, device=images.device).view(-1, 3, 1, 1)
    images += cover[:, None] * (colour - images)
