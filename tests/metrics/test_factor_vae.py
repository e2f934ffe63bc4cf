import numpy as np
import pytest
import torch
from torch.distributions import Normal

from dvlab.metrics import factor_vae_score
from dvlab.metrics._groups import SameLevel
from dvlab.metrics._inputs import labels

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.stack(np.meshgrid(range(3), range(6), range(8), indexing="ij"), axis=-1).reshape(-1, 3)
C30, S30 = np.cos(np.pi / 6), np.sin(np.pi / 6)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_partners_share_the_level_and_are_drawn_evenly():
    factors = np.array([[0, 1], [0, 1], [5, 1], [0, 2], [5, 2]])
    same, rng = SameLevel(labels(factors), np.arange(2)), np.random.default_rng(0)
    images = np.repeat(np.arange(5), 2000)
    for k in range(2):
        partners = same.partners(k, images, rng)
        assert np.array_equal(factors[partners, k], factors[images, k])
    counts = np.bincount(same.partners(0, np.zeros(6000, int), rng), minlength=5)
    assert counts == pytest.approx([2000, 2000, 0, 2000, 0], abs=150)


def test_an_image_alone_with_its_level_starts_no_group():
    factors = np.array([[0], [0], [1]])
    first = SameLevel(labels(factors), np.arange(1)).first(0, (100,), np.random.default_rng(0))
    assert set(first.tolist()) == {0, 1}


def test_a_perfect_code_in_other_units_and_order():
    result = factor_vae_score(FACTORS[:, [2, 0, 1]] * [1e-3, -50, 7], FACTORS)
    assert result.score == 1
    assert result.votes.sum() == 800
    assert (result.votes > 0).tolist() == [[False, False, True], [True, False, False], [False, True, False]]


def test_noise_is_at_chance():
    result = factor_vae_score(noise(len(FACTORS), 6), FACTORS, groups=2000)
    assert result.score == pytest.approx(result.chance, abs=0.08)
    assert result.chance == pytest.approx(1 / 3)


@pytest.mark.parametrize("where", [0, 3])
def test_a_dead_latent_gets_no_vote_and_changes_nothing(where):
    codes = FACTORS + noise(len(FACTORS), 3)
    alone = factor_vae_score(codes, FACTORS)
    beside = factor_vae_score(np.insert(codes, where, 0.1, axis=1), FACTORS)
    assert beside.score == alone.score
    assert np.array_equal(np.delete(beside.votes, where, axis=0), alone.votes)
    assert not beside.votes[where].any()


def test_only_dead_latents_are_at_chance():
    assert factor_vae_score(np.ones((len(FACTORS), 2)), FACTORS).score == pytest.approx(1 / 3, abs=0.06)


def test_fewer_latents_than_factors():
    assert factor_vae_score(FACTORS[:, :1], FACTORS).score == pytest.approx(1 / 3, abs=0.06)
    assert factor_vae_score(FACTORS[:, :1], FACTORS[:, :1]).score == 1


def test_known_weaknesses():
    turned = FACTORS[:, 1:] @ np.array([[C30, S30], [-S30, C30]])
    assert factor_vae_score(turned, FACTORS[:, 1:]).score > 0.95
    assert factor_vae_score(np.repeat(FACTORS, 2, axis=1), FACTORS).score == 1


def test_the_seed_decides_and_global_state_is_left_alone():
    codes = FACTORS + 2 * noise(len(FACTORS), 3)
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (factor_vae_score(codes, FACTORS, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert np.array_equal(first.votes, again.votes)
    assert not np.array_equal(first.votes, other.votes)


def test_tensors_normals_and_print():
    codes = torch.tensor(FACTORS).double()
    result = factor_vae_score(Normal(codes, torch.ones_like(codes)), torch.tensor(FACTORS))
    assert result.score == 1
    assert "FactorVAE score 1.000 (chance 0.33; 800 groups of 64 to vote and 800 to score, seed 0)" in str(result)


def test_a_constant_factor_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="factor 0"):
        result = factor_vae_score(FACTORS, np.insert(FACTORS, 0, 1, axis=1))
    assert result.score == 1
    assert not result.votes[:, 0].any()


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        factor_vae_score(FACTORS[:, 0], FACTORS)
    with pytest.raises(ValueError, match="no two images share a value of factor 0"):
        factor_vae_score(FACTORS, np.arange(len(FACTORS))[:, None])
    with pytest.raises(ValueError, match="group_size must be at least 2"):
        factor_vae_score(FACTORS, FACTORS, group_size=1)
    with pytest.raises(ValueError, match="groups must be at least 1"):
        factor_vae_score(FACTORS, FACTORS, groups=0)


def test_the_unit_of_a_latent_says_nothing():
    codes = FACTORS + 0.1 * noise(len(FACTORS), 3)
    other_units = codes * np.array([1, 1000, 1e-3])
    assert np.array_equal(factor_vae_score(other_units, FACTORS).votes, factor_vae_score(codes, FACTORS).votes)
