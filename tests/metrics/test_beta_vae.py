import numpy as np
import pytest
import torch
from torch.distributions import Normal

from dvlab.metrics import beta_vae_score

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.stack(np.meshgrid(range(3), range(6), range(8), indexing="ij"), axis=-1).reshape(-1, 3)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_a_perfect_code_in_any_units():
    result = beta_vae_score(FACTORS * [1e-3, -50, 7], FACTORS)
    assert result.score == 1
    assert np.diag(result.difference) == pytest.approx(0)


def test_the_mean_difference_in_closed_form():
    """Two independent draws from 0 … G − 1 differ by (G² − 1) / 3G on average; the deviation is √((G² − 1) / 12)."""
    result = beta_vae_score(FACTORS, FACTORS, groups=2000)
    for j, G in enumerate((3, 6, 8)):
        expected = (G**2 - 1) / (3 * G) / np.sqrt((G**2 - 1) / 12)
        assert np.delete(result.difference[j], j) == pytest.approx(expected, rel=0.02)


def test_noise_is_at_chance():
    result = beta_vae_score(noise(len(FACTORS), 5), FACTORS, groups=2000)
    assert result.score == pytest.approx(result.chance, abs=0.08)


@pytest.mark.parametrize("where", [0, 3])
def test_a_dead_latent_changes_nothing(where):
    codes = FACTORS + noise(len(FACTORS), 3)
    alone = beta_vae_score(codes, FACTORS)
    beside = beta_vae_score(np.insert(codes, where, 0.1, axis=1), FACTORS)
    assert beside.score == alone.score
    assert not beside.difference[where].any()


def test_only_dead_latents_and_a_single_factor():
    assert beta_vae_score(np.ones((len(FACTORS), 2)), FACTORS).score == pytest.approx(1 / 3, abs=0.06)
    assert beta_vae_score(FACTORS, FACTORS[:, :1]).score == 1


def test_known_weaknesses():
    C, S = np.cos(np.pi / 6), np.sin(np.pi / 6)
    assert beta_vae_score(FACTORS[:, 1:] @ np.array([[C, S], [-S, C]]), FACTORS[:, 1:]).score > 0.95
    assert beta_vae_score(FACTORS[:, :2], FACTORS).score > 0.95  # one factor lost
    assert beta_vae_score(FACTORS[:, :1], FACTORS).score < 0.8  # two are too many


def test_the_seed_decides():
    codes = FACTORS + 3 * noise(len(FACTORS), 3)
    first, again, other = (beta_vae_score(codes, FACTORS, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.difference, again.difference)
    assert not np.array_equal(first.difference, other.difference)


def test_tensors_normals_and_print():
    codes = torch.tensor(FACTORS).double()
    result = beta_vae_score(Normal(codes, torch.ones_like(codes)), torch.tensor(FACTORS))
    assert result.score == 1
    assert "β-VAE score 1.000 (chance 0.33; 800 groups of 64 pairs to fit and 800 to score, seed 0)" in str(result)


def test_a_constant_factor_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="factor 0"):
        result = beta_vae_score(FACTORS, np.insert(FACTORS, 0, 1, axis=1))
    assert result.score == 1
    assert np.isnan(result.difference[:, 0]).all()


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        beta_vae_score(FACTORS[:, 0], FACTORS)
    with pytest.raises(ValueError, match="no two images share a value of factor 0"):
        beta_vae_score(FACTORS, np.arange(len(FACTORS))[:, None])
    with pytest.raises(ValueError, match="groups must be at least 10"):
        beta_vae_score(FACTORS, FACTORS, groups=3)
