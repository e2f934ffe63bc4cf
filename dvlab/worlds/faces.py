"""Cartoon faces, drawn from five factors: a world for what a latent does to a face, without photographs of anybody."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer

from dvlab.validation import positive_int
from dvlab.worlds.base import Factor, World
from dvlab.worlds.shapes import Plane, blend, ellipse, paint
from dvlab.worlds.values import Numbers, numbers, words

GLASSES = ("none", "round", "square")
WALL, SHIRT, SKIN, SHADE = (0.78, 0.88, 0.93), (0.20, 0.46, 0.42), (0.93, 0.74, 0.58), (0.80, 0.57, 0.42)
HAIR, INK, WHITE, LIP = (0.36, 0.18, 0.10), (0.10, 0.10, 0.16), (1.0, 1.0, 1.0), (0.62, 0.07, 0.13)
CHIN, EYES, MOUTH = 0.72, -0.02, 0.40  # heights in the image, which runs from -1, above, to 1, below


class Faces(World):
    """Faces, (3, size, size): 6 smiles × 2 kinds of glasses × 8 lengths of hair × 8 turns × 6 widths, 4,608 images.

    Nobody is in these pictures: hair, glasses and smiles are independent unless you hold some combinations out.
    `Numbers` are how many values to spread over a range, both ends included, or the values themselves. A factor with a
    single value is held at it and is left out of `factors`.

    Parameters
    ----------
    smiles : Numbers
        From -1, the corners of the mouth down, to 1, up.
    glasses : str or sequence of str
        Kinds of "none", "round" and "square".
    hair : Numbers
        Its length, from 0, above the ears, to 1, on the shoulders.
    turns : Numbers
        Of the head, in degrees, to the right of the image where they are positive: eyes, nose, mouth and hairline move
        as if on a sphere. Spread over -18 to 18.
    widths : Numbers
        Half the face's width, as a share of half the image's. Spread over 0.48 to 0.6.
    size : int
        The image's side in pixels, at least 16.

    Raises
    ------
    ValueError
        For a value beyond what can be drawn, one that comes twice, or unknown glasses.

    Examples
    --------
    >>> Faces()
    Faces: 4,608 images of 3 × 32 × 32 from smile 6, glasses 2, hair 8, turn 8, width 6
    """

    def __init__(
        self,
        smiles: Numbers = 6,
        glasses: str | Sequence[str] = ("none", "round"),
        hair: Numbers = 8,
        turns: Numbers = 8,
        widths: Numbers = 6,
        size: int = 32,
    ):
        positive_int("size", size, least=16, most=512)
        factors = (
            Factor("smile", numbers("smiles", smiles, -1, 1)),
            Factor("glasses", words("glasses", glasses, GLASSES)),
            Factor("hair", numbers("hair", hair, 0, 1)),
            Factor("turn", numbers("turns", turns, -18, 18)),
            Factor("width", numbers("widths", widths, 0.48, 0.6)),
        )
        limits = {"smiles": (-1, 1), "hair": (0, 1), "turns": (-45, 45), "widths": (0.3, 0.7)}
        for (name, (low, high)), factor in zip(limits.items(), (factors[0], *factors[2:]), strict=True):
            if not low <= min(factor.values) <= max(factor.values) <= high:
                raise ValueError(f"{name} must lie between {low} and {high}; got {factor.values}")
        super().__init__(factors, (3, size, size))

    def _draw(
        self, factors: Integer[torch.Tensor, "batch factors"], images: Float[torch.Tensor, "batch 3 height width"]
    ) -> None:
        smile, glasses, hair, turn, width = self._values(factors)
        smile, hair, yaw, w = (value[:, None, None] for value in (smile, hair, turn.deg2rad(), width))
        side = self.image_shape[-1]
        pixel = 2 * (torch.arange(side, device=factors.device) + 0.5) / side - 1
        u, v = torch.broadcast_tensors(pixel[None, None, :], pixel[None, :, None])
        images[:] = torch.tensor(WALL, device=factors.device)[:, None, None]

        def layer(colour, distance, opacity=1.0):
            paint(images, colour, opacity * (0.5 - distance * side / 2).clamp(0, 1))

        layer(SHIRT, ellipse(u, v, 0.0, 1.25, 0.78, 0.5))
        for at in (-1, 1):
            layer(SHADE, ellipse(u, v, at * (w + 0.03) - 0.05 * yaw.sin(), 0.1, 0.08, 0.13))  # an ear
        layer(HAIR, _behind(u, v, hair, yaw, w))
        layer(SHADE, _bar(u, v, 0.0, 0.70, 0.0, 0.85, 0.17))  # the neck
        layer(SKIN, _head(u, v, yaw, w))
        for at in (-EYE, EYE):
            x, flat = _on_the_face(at, yaw, w)
            layer(WHITE, ellipse(u, v, x, EYES, 0.125 * flat, 0.095))
            layer(INK, ellipse(u, v, x + 0.04 * yaw.sin(), EYES, 0.07 * flat, 0.085))
            layer(HAIR, _bar(u, v, x - 0.11 * flat, -0.19, x + 0.11 * flat, -0.19, 0.03))
        x, _ = _on_the_face(0.0, yaw, 1.3 * w)  # the nose stands out
        layer(SHADE, _bar(u, v, 0.6 * x, 0.06, x, 0.19, 0.04))
        layer(LIP, _mouth(u, v, smile, yaw, w))
        layer(HAIR, _fringe(u, v, yaw, w))
        for i, kind in enumerate(self._every_factor[1].values):
            if kind != "none":
                worn = (glasses == i)[:, None, None]
                lenses, frame = _glasses(u, v, kind, yaw, w)
                layer(WHITE, lenses, 0.35 * worn)
                layer(INK, frame, 1.0 * worn)


EYE = 0.46  # an eye's longitude on the head, radians from its middle


def _on_the_face(longitude: float, yaw: torch.Tensor, w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where a point of the face is seen, x = w sin(longitude + yaw), and how narrow, cos(longitude + yaw)."""
    return w * (longitude + yaw).sin(), (longitude + yaw).cos()


def _head(u, v, yaw, w) -> Plane:
    x = 0.06 * yaw.sin()
    skull, chin = ellipse(u, v, x, -0.05, w, 0.62), ellipse(u, v, 3 * x, 0.30, 0.72 * w, CHIN - 0.30)
    return blend(skull, chin, 0.2)


def _behind(u, v, hair, yaw, w) -> Plane:
    """The hair behind the face, down to its length; the back of the head moves against the turn."""
    x, half, foot, corner = -0.12 * yaw.sin(), w + 0.13, 0.02 + 0.83 * hair, 0.1
    crown = torch.maximum(ellipse(u, v, x, -0.2, half, 0.70), v + 0.15)
    across, down = (u - x).abs() - half + corner, torch.maximum(-0.3 - v, v - foot) + corner
    locks = torch.hypot(across.clamp(min=0), down.clamp(min=0)) + torch.maximum(across, down).clamp(max=0) - corner
    return torch.minimum(crown, locks)


def _fringe(u, v, yaw, w) -> Plane:
    """The hair before the forehead: the crown without the window that the face looks through."""
    crown = ellipse(u, v, -0.04 * yaw.sin(), -0.2, w + 0.08, 0.70)
    window = ellipse(u, v, 0.5 * w * yaw.sin(), 0.22, 0.98 * w, 0.62)
    return torch.maximum(torch.maximum(crown, -window), v)


def _mouth(u, v, smile, yaw, w) -> Plane:
    """A parabola, its corners raised by the smile."""
    x, flat = _on_the_face(0.0, yaw, 0.8 * w)
    half = 0.25 * flat
    along = (u - x).clamp(-half, half)
    y = MOUTH + 0.15 * smile * (0.5 - (along / half).square())
    slope = -0.3 * smile * along / half.square()
    return torch.hypot(u - x - along, (v - y) / (1 + slope.square()).sqrt()) - 0.065


def _glasses(u, v, kind, yaw, w) -> tuple[Plane, Plane]:
    """The two lenses, and the frame around and between them."""
    lenses, ends = None, []
    for at in (-EYE, EYE):
        x, flat = _on_the_face(at, yaw, 1.05 * w)
        if kind == "round":
            lens = ellipse(u, v, x, EYES, 0.20 * flat, 0.20)
        else:
            lens = torch.maximum((u - x).abs() - 0.20 * flat, (v - EYES).abs() - 0.16)
        lenses = lens if lenses is None else torch.minimum(lenses, lens)
        ends.append((x, 0.20 * flat))
    (left, half_left), (right, half_right) = ends
    bridge = _bar(u, v, left + half_left, EYES - 0.04, right - half_right, EYES - 0.04, 0.03)
    return lenses, torch.minimum(lenses.abs() - 0.035, bridge)


def _bar(u, v, x0, y0, x1, y1, half) -> Plane:
    """A line from (x0, y0) to (x1, y1) with round ends, `half` as wide on either side."""
    dx, dy = x1 - x0, y1 - y0
    along = (((u - x0) * dx + (v - y0) * dy) / (dx * dx + dy * dy)).clamp(0, 1)
    return torch.hypot(u - x0 - along * dx, v - y0 - along * dy) - half
