"""Shapes by their signed distance: 0 on the edge, less inside; a blend has no edge where two shapes meet."""

import math

import pytest
import torch

from dvlab.worlds.shapes import blend, ellipse


@pytest.mark.parametrize("turn", [0.0, 0.5, -1.2])
def test_a_turned_ellipse_is_0_on_its_edge_and_less_inside(turn):
    t = torch.linspace(0, 2 * math.pi, 50, dtype=torch.float64)[None, None]
    along, across = 0.5 * t.cos(), 0.2 * t.sin()
    cos, sin = math.cos(turn), math.sin(turn)
    u, v = cos * along - sin * across, sin * along + cos * across
    for scale, sign in ((0.8, -1), (1.0, 0), (1.2, 1)):
        distance = ellipse(0.1 + scale * u, -0.3 + scale * v, 0.1, -0.3, 0.5, 0.2, turn)
        assert torch.equal(distance.round(decimals=9).sign(), torch.full_like(t, sign))


def test_a_blend_is_the_lesser_distance_but_where_both_are_alike_and_smooth_there():
    plane = torch.linspace(-1, 1, 2001, dtype=torch.float64)[None, None]
    one, found = plane.flatten(), blend(plane, torch.zeros_like(plane), 0.4).flatten()
    far = one.abs() >= 0.4
    torch.testing.assert_close(found[far], one[far].clamp(max=0))
    slope = found.diff() / one.diff()
    assert (slope.diff().abs() < 0.01).all() and slope.min() > -1e-9 and slope.max() < 1 + 1e-9
