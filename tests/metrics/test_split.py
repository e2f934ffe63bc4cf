"""What is fitted on and what is scored have no image in common, and the seed says which is which."""

import numpy as np
import pytest

from dvlab.metrics._split import held_out, standardised


@pytest.mark.parametrize(("images", "share", "test"), [(100, 0.2, 20), (1001, 0.25, 250), (20, 0.9, 10), (50, 0.01, 2)])
def test_every_image_is_fitted_on_or_held_out_and_none_both(images, share, test):
    parts = held_out(images, share, seed=0)
    assert sorted([*parts.train, *parts.test]) == list(range(images)) and len(parts.test) == test


def test_the_seed_decides_which():
    one, again, other = (held_out(500, 0.2, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.test, again.test) and not np.array_equal(one.test, other.test)


def test_what_is_held_out_is_standardised_by_what_is_fitted_on():
    z = np.random.default_rng(0).normal(size=(40, 2)) * [1, 1000]
    parts = held_out(40, 0.5, seed=0)
    train, test = standardised(z, parts)
    np.testing.assert_allclose([train.mean(0), train.std(0)], [[0, 0], [1, 1]], atol=1e-12)
    mean, deviation = z[parts.train].mean(0), z[parts.train].std(0)
    np.testing.assert_allclose(test * deviation + mean, z[parts.test], atol=1e-9)
