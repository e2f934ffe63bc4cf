"""Signed distances of simple shapes (negative inside), from which pictures are painted in layers."""

import math
from collections.abc import Sequence

import torch

Plane = torch.Tensor  # (batch, height, width): a coordinate, or a distance, at every pixel
Size = torch.Tensor | float  # (batch, 1, 1), or one number for all


def ellipse(u: Plane, v: Plane, x: Size, y: Size, a: Size, b: Size, turn: float = 0.0) -> Plane:
    """To first order: an ellipse with centre (x, y) and half axes a and b, turned clockwise by `turn` radians."""
    cos, sin = math.cos(turn), math.sin(turn)
    u, v = cos * (u - x) + sin * (v - y), cos * (v - y) - sin * (u - x)
    k0 = torch.hypot(u / a, v / b)
    return k0 * (k0 - 1) / torch.hypot(u / a**2, v / b**2).clamp(min=1e-6)


def blend(one: Plane, other: Plane, k: float) -> Plane:
    """The union of two shapes, with the corner between them rounded over a width of about k."""
    return torch.minimum(one, other) - (k - (one - other).abs()).clamp(min=0).square() / (4 * k)


def paint(images: torch.Tensor, colour: Sequence[float] | torch.Tensor, cover: Plane) -> None:
    """Mix `colour` into `images` (batch, 3, height, width), in place: by the share `cover` of each pixel."""
    colour = torch.as_tensor(colour, device=images.device).view(-1, 3, 1, 1)
    images += cover[:, None] * (colour - images)
