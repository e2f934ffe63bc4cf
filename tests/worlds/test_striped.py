"""Striped sprites: the sprites' own factors, a ground by the formula, and what the pixels' directions become."""

import math

import numpy as np
import pytest
import torch

from dvlab.experiments import studies
from dvlab.images import fingerprint
from dvlab.worlds import Sprites
from dvlab.worlds.striped import GREY, StripedSprites

SMALL = {"shapes": "ellipse", "scales": 2, "orientations": [0.0], "x": 4, "y": 3, "size": 16, "antialias": True}


def test_every_pixel_is_that_of_a_slow_loop():
    world, sprites = StripedSprites(0.1, ("x", "y"), **SMALL), Sprites(**SMALL)
    factors = world.all_factors()
    images, plain = world.render(factors), sprites.render(factors)
    for n in (0, 5, 23):
        s = (2 * int(factors[n, 1]) / 3 - 1 + 2 * int(factors[n, 2]) / 2 - 1) / math.sqrt(2)
        for row in (0, 7):
            for column in range(16):
                ground = GREY + 0.1 * s * (1 if column % 4 < 2 else -1)
                p = float(plain[n, 0, row, column])
                assert float(images[n, 0, row, column]) == pytest.approx(p + (1 - p) * ground, abs=1e-6)


def test_the_factors_are_the_sprites_and_another_contrast_is_another_world():
    world, sprites = StripedSprites(0.1, "x", **SMALL), Sprites(**SMALL)
    assert world.factors == sprites.factors and torch.equal(world.all_factors(), sprites.all_factors())
    prints = {fingerprint(StripedSprites(c, of, **SMALL)) for c in (0, 0.05) for of in ("x", "y", ("x", "y"))}
    assert len(prints) == 6
    images = StripedSprites(GREY / math.sqrt(2), ("x", "y"), **SMALL).images(torch.float32, device="cpu")
    assert float(images.min()) == pytest.approx(0, abs=1e-6) and float(images.max()) <= 1


def axes(world):
    """The two largest eigenvalues of the pixels' covariance over σ², and the first direction's angle from x."""
    pixels = world.images(torch.float32, device="cpu").flatten(1)
    left, singular, _ = torch.linalg.svd(pixels - pixels.mean(dim=0), full_matrices=False)
    along = np.abs(np.corrcoef(left[:, 0], world.all_factors().T)[0, 1:])
    return singular[:2].square() / len(pixels) / 0.2**2, math.degrees(math.atan2(along[1], along[0]))


@pytest.mark.parametrize(
    ("world", "eigenvalues", "angle"),
    [
        (studies.plain_ground, (148, 116), 0),
        (studies.stripes_of_both, (165, 121), 16),
        (studies.stripes_of_x, (173, 115), 0),
    ],
)
def test_stripes_of_both_rotate_the_directions_of_the_pixels_and_stripes_of_x_do_not(world, eigenvalues, angle):
    found, rotated = axes(world())
    assert found.tolist() == pytest.approx(eigenvalues, abs=0.8) and rotated == pytest.approx(angle, abs=0.6)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contrast": 0.15}, "contrast must be a finite number at least 0 and at most 0.141421; got 0.15"),
        ({"contrast": -0.1}, "contrast must be a finite number at least 0"),
        ({"shows": "orientation"}, "shows must be one of 'scale', 'x', 'y'; got 'orientation'"),
        ({"shows": ()}, "shows must name at least one"),
    ],
)
def test_bad_options_get_a_clear_error(options, message):
    with pytest.raises(ValueError, match=message):
        StripedSprites(**options, **SMALL)
