"""Faces: each factor changes what it names, where it should, by as much as it says; and a mirror turns the head."""

import numpy as np
import pytest
import torch

from dvlab.worlds import Faces
from dvlab.worlds.faces import EYES, GLASSES, HAIR, INK, LIP, MOUTH, WALL, WHITE

FINE = 256
PLAIN = {"smiles": [0], "glasses": "none", "hair": [0.4], "turns": [0], "widths": [0.55], "size": FINE}


def drawn(**options):
    world = Faces(**PLAIN | options)
    return world.render(world.all_factors())


def coordinates():
    pixel = 2 * (torch.arange(FINE) + 0.5) / FINE - 1
    return pixel[None, :].expand(FINE, FINE), pixel[:, None].expand(FINE, FINE)  # u to the right, v downwards


def of_colour(images, colour, tolerance=0.02):
    return (images - torch.tensor(colour)[:, None, None]).abs().amax(1) < tolerance


def changed(images):
    """Where any of the images differs from the first: (height, width)."""
    return ((images - images[0]).abs() > 1e-6).any(0).any(0)


def test_the_default_world():
    world = Faces()
    assert repr(world) == "Faces: 4,608 images of 3 × 32 × 32 from smile 6, glasses 2, hair 8, turn 8, width 6"
    images = world.images(device="cpu")
    assert len(images.unique(dim=0)) == 4608  # no two look alike
    drawn = world.sample(50, generator=torch.Generator().manual_seed(0))[0]
    assert float(drawn.min()) >= 0 and float(drawn.max()) <= 1


@pytest.mark.parametrize("kind", GLASSES)
def test_a_mirror_turns_the_head_the_other_way_and_changes_nothing_else(kind):
    left, ahead, right = drawn(smiles=[0.7], glasses=kind, hair=[0.6], turns=[-20, 0, 20])
    torch.testing.assert_close(left.flip(-1), right, atol=1e-5, rtol=0)
    torch.testing.assert_close(ahead.flip(-1), ahead, atol=1e-5, rtol=0)
    assert not torch.allclose(left, right, atol=0.1)


def test_a_smile_moves_the_mouth_alone_and_raises_its_corners_by_what_it_says():
    u, v = coordinates()
    smiles = [-1, -0.4, 0, 0.4, 1]
    images = drawn(smiles=smiles)
    where = changed(images)
    assert where.any() and (v[where] - MOUTH).abs().max() < 0.22 and u[where].abs().max() < 0.38
    for smile, lip in zip(smiles, of_colour(images, LIP), strict=True):
        middle, corner = (v[lip & ((u.abs() - at).abs() < 0.012)].mean() for at in (0, 0.2))
        assert float(middle - corner) == pytest.approx(0.15 * smile * (0.2 / 0.25) ** 2, abs=0.015)


@pytest.mark.parametrize("kind", GLASSES[1:])
def test_glasses_are_around_the_eyes_and_nowhere_else(kind):
    u, v = coordinates()
    where = changed(drawn(glasses=("none", kind)))
    assert (v[where] - EYES).abs().max() < 0.26 and 0.3 < u[where].abs().max() < 0.55
    assert (where == where.flip(-1)).all()


def test_each_face_wears_its_own_glasses():
    turns = [0, 5]
    together = drawn(glasses=GLASSES, turns=turns).split(len(turns))
    assert all(
        torch.equal(faces, drawn(glasses=kind, turns=turns)) for faces, kind in zip(together, GLASSES, strict=True)
    )
    assert len(torch.stack(together).unique(dim=0)) == 3


def test_lips_are_as_thick_where_they_rise_as_in_the_middle():
    """Measured upright, a line of thickness d that rises by the slope s is d √(1 + s²) high."""
    u, _ = coordinates()
    lip = of_colour(drawn(smiles=[1, 0]), LIP)[0]
    for at in (0, 0.12, 0.2):
        column = int((u[0] - at).abs().argmin())
        slope = 2 * 0.15 * at / 0.25**2
        assert float(lip[:, column].sum()) * 2 / FINE == pytest.approx(0.13 * np.sqrt(1 + slope**2), abs=0.02)


def test_hair_grows_downwards_beside_the_face_and_leaves_the_face_as_it_is():
    u, v = coordinates()
    images = drawn(hair=[0, 0.25, 0.5, 0.75, 1])
    where = changed(images)
    assert v[where].min() > -0.12 and u[where].abs().min() > 0.15  # below the crown, and outside the neck
    face = ((u / 0.5).square() + ((v - 0.05) / 0.5).square()) < 1
    assert not (where & face & (u.abs() < 0.35)).any()
    hair = of_colour(images, HAIR)
    assert (hair[:-1] <= hair[1:]).all() and (hair.sum((1, 2)).diff() > 0).all()  # what it covers it goes on covering
    lowest = torch.stack([v[mask].max() for mask in hair])
    torch.testing.assert_close(lowest, 0.02 + 0.83 * torch.linspace(0, 1, 5), atol=0.02, rtol=0)


def test_the_mouth_turns_as_if_on_a_sphere():
    u, _ = coordinates()
    turns = [-25, -10, 0, 10, 25]
    for turn, lip in zip(turns, of_colour(drawn(turns=turns), LIP), strict=True):
        assert float(u[lip].mean()) == pytest.approx(0.8 * 0.55 * np.sin(np.deg2rad(turn)), abs=0.01)


def test_the_eyes_look_where_the_head_turns():
    u, _ = coordinates()
    turns = [-12, 0, 12]
    images = drawn(turns=turns)
    for turn, pupil, white in zip(turns, of_colour(images, INK), of_colour(images, WHITE), strict=True):
        beside = float(u[pupil].mean() - u[pupil | white].mean())
        assert beside == pytest.approx(0.04 * np.sin(np.deg2rad(turn)), abs=0.004)


def test_a_face_is_as_wide_as_it_says():
    u, v = coordinates()
    widths = [0.46, 0.54, 0.62]
    for width, wall in zip(widths, of_colour(drawn(widths=widths), WALL), strict=True):
        head = ~wall & ((v + 0.2).abs() < 0.01)  # hair is seen at either side of it
        assert float(u[head].max()) == pytest.approx(width + 0.13, abs=0.02)


def test_the_soft_edge_is_the_average_of_a_finer_image():
    options = {"smiles": [0.5], "glasses": ("none", "round"), "hair": [0.7], "turns": [-15], "widths": [0.5]}
    coarse, fine = (Faces(**options, size=size) for size in (32, 32 * 8))
    both = coarse.all_factors()
    error = (coarse.render(both) - torch.nn.functional.avg_pool2d(fine.render(both), 8)).abs()
    assert float(error.mean()) < 0.01 and float(error.max()) < 0.35


def test_a_mixed_batch_is_drawn_as_one_by_one():
    world = Faces(glasses=GLASSES)
    images, factors = world.sample(40, generator=torch.Generator().manual_seed(0))
    assert torch.equal(images, torch.cat([world.render(f[None]) for f in factors]))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"glasses": "pince-nez"}, ValueError, "glasses must be one of 'none', 'round', 'square'; got 'pince-nez'"),
        ({"glasses": ("round", "round")}, ValueError, "none twice"),
        ({"smiles": [0, 1.5]}, ValueError, r"smiles must lie between -1 and 1; got \(0.0, 1.5\)"),
        ({"hair": [-0.1]}, ValueError, "hair must lie between 0 and 1"),
        ({"turns": [90]}, ValueError, "turns must lie between -45 and 45"),
        ({"widths": [0.9]}, ValueError, "widths must lie between 0.3 and 0.7"),
        ({"hair": [float("nan")]}, ValueError, "hair must be finite"),
        ({"smiles": 0}, ValueError, "smiles must be at least 1; got 0"),
        ({"widths": 0.5}, TypeError, "widths must be a whole number"),
        ({"size": 8}, ValueError, "size must be at least 16; got 8"),
    ],
)
def test_bad_options_get_a_clear_error(options, error, message):
    with pytest.raises(error, match=message):
        Faces(**options)
