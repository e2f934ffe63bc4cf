"""Training sets: pairs by the seed, and a correlation that is the one asked for."""

import numpy as np
import pytest
import torch

from dvlab.experiments.training_sets import Correlated, CorrelatedImages, Pairs, Sessions
from dvlab.worlds import Faces

WORLD = Faces(smiles=5, hair=5, turns=2, widths=2, size=16)
SMILE, HAIR = 0, 2


def test_pairs_are_the_worlds_as_bytes():
    images, _ = WORLD.pairs(30, generator=torch.Generator().manual_seed(3))
    found = Pairs(30)(WORLD, seed=3)
    assert found.dtype == torch.uint8 and torch.equal(found, (255 * images).round().to(torch.uint8))
    assert not torch.equal(found, Pairs(30)(WORLD, seed=4))


def test_two_factors_go_together_as_often_as_the_formula_says():
    n, width = 40_000, 0.3
    first = Correlated("smile", "hair", width, n).factors(WORLD, seed=0)[:, 0].numpy()
    counts = np.zeros((5, 5))
    np.add.at(counts, (first[:, SMILE], first[:, HAIR]), 1)
    a = np.arange(5) / 4
    expected = np.exp(-((a[:, None] - a) ** 2) / (2 * width**2))
    np.testing.assert_allclose(counts / n, expected / expected.sum(), atol=0.006)
    assert abs(np.corrcoef(first[:, SMILE], first[:, 1])[0, 1]) < 0.02  # and no other two
    assert np.corrcoef(first[:, SMILE], first[:, HAIR])[0, 1] > 0.5


def test_the_second_of_a_pair_has_one_factor_moved_and_the_images_are_those_factors():
    draw = Correlated("smile", "hair", number=400)
    factors = draw.factors(WORLD, seed=1)
    differ = factors[:, 0] != factors[:, 1]
    assert (differ.sum(dim=1) == 1).all() and (differ.double().mean(dim=0) > 0.1).all()
    expected = (255 * WORLD.render(factors.flatten(0, 1))).round().to(torch.uint8)
    assert torch.equal(draw(WORLD, seed=1).flatten(0, 1), expected)


def test_correlated_images_are_the_first_ones_of_the_pairs():
    one, two = CorrelatedImages("smile", "hair", 0.3, 50), Correlated("smile", "hair", 0.3, 50)
    assert torch.equal(one(WORLD, seed=2), two(WORLD, seed=2)[:, 0])
    assert torch.equal(one.factors(WORLD, seed=2), two.factors(WORLD, seed=2)[:, 0])


def test_within_a_session_the_factors_are_independent_and_their_means_are_the_sessions_own():
    world = Faces(smiles=5, hair=6, turns=2, widths=2, size=16)
    factors, u = Sessions(3, 30_000).factors(world, seed=1)
    means = np.stack([factors[u == k].double().mean(dim=0).numpy() for k in range(3)])
    assert np.ptp(means[:, SMILE]) > 0.5 and np.ptp(means[:, HAIR]) > 0.5
    for k in range(3):
        assert (u == k).sum() == 10_000
        assert abs(np.corrcoef(factors[u == k][:, SMILE], factors[u == k][:, HAIR])[0, 1]) < 0.04
    images, again = Sessions(3, 60)(world, seed=1).tensors
    few, u = Sessions(3, 60).factors(world, seed=1)
    assert torch.equal(again, u) and torch.equal(images, (255 * world.render(few)).round().to(torch.uint8))
    assert not torch.equal(Sessions(3, 60).factors(world, seed=2)[0], few)


def test_how_often_a_session_shows_a_value_is_the_formula():
    factors, u = Sessions(3, 60_000).factors(WORLD, seed=4)
    centre, width = torch.rand(2, 3, 5, generator=torch.Generator().manual_seed(4), dtype=torch.float64).numpy()
    a = np.arange(5) / 4
    for k in range(3):
        c, w = centre[k, SMILE], 0.1 + 0.4 * width[k, SMILE]
        expected = np.exp(-((a - c) ** 2) / (2 * w**2))
        found = np.bincount(factors[u == k][:, SMILE], minlength=5) / (u == k).sum()
        np.testing.assert_allclose(found, expected / expected.sum(), atol=0.015)


@pytest.mark.bad_input
def test_a_factor_that_is_not_there_is_told():
    with pytest.raises(ValueError, match=r"second must be one of .*; got .hat."):
        Correlated("smile", "hat")(WORLD, seed=0)
    with pytest.raises(ValueError, match=r"first must be one of .*; got .hat."):
        CorrelatedImages("hat", "hair")(WORLD, seed=0)
