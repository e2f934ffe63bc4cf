import matplotlib
import numpy as np
import pytest
import torch
from torch.distributions import Normal

from dvlab.metrics import explicitness, modularity, mutual_information
from dvlab.metrics._modularity import modularity_per_latent
from dvlab.metrics._split import held_out

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.stack(np.meshgrid(range(3), range(4), range(5), range(10), indexing="ij"), axis=-1).reshape(-1, 4)[:, :3]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_the_slow_loop_agrees():
    """δ = Σ_f (m_f − t_f)² / (θ² (K − 1)) with the template t: θ at the best factor, 0 elsewhere."""
    I = np.abs(noise(6, 4))
    for row, fast in zip(I, modularity_per_latent(I), strict=True):
        template = np.where(row == row.max(), row.max(), 0)
        assert fast == pytest.approx(1 - ((row - template) ** 2).sum() / (row.max() ** 2 * 3))


def test_one_factor_a_latent_all_alike_and_half():
    I = np.array([[0.0, 2, 0], [1, 1, 1], [2, 1, 1], [0, 0, 0]])
    assert modularity_per_latent(I).tolist() == pytest.approx([1, 0, 0.75, 0])
    assert modularity_per_latent(I[:, 1:2]).tolist() == pytest.approx([1, 1, 1, 0])  # a single factor


def test_a_perfect_code_is_modular_also_twice():
    assert modularity(FACTORS.astype(float), FACTORS).score == pytest.approx(1, abs=1e-3)
    assert modularity(np.repeat(FACTORS, 2, axis=1), FACTORS).score == pytest.approx(1, abs=1e-3)


def test_a_packed_latent_is_not():
    a, b = FACTORS[:, 1], FACTORS[:, 2] % 4
    packed = (4 * a + b)[:, None]
    score = modularity(packed, np.stack([a, b], axis=1), bins=16)
    assert score.score == pytest.approx(1 - (score.information.min() / score.information.max()) ** 2)
    assert score.score < 0.2


def test_noise_is_not_modular():
    """Averaging the raw rows gives noise .8 and more."""
    codes = noise(1000, 6)
    factors = np.random.default_rng(1).integers(6, size=(1000, 5))
    assert modularity_per_latent(mutual_information(codes, factors)).mean() < 1
    assert modularity(codes, factors).score == 0


@pytest.mark.parametrize("kind", ["array", "normal"])
def test_dead_and_noisy_latents_change_nothing(kind):
    turned = FACTORS @ np.array([[1.0, 1, 0], [-1, 1, 0], [0, 0, 1]])
    dead = np.zeros((len(FACTORS), 2))

    def score(codes):
        codes = Normal(torch.tensor(codes), torch.full(codes.shape, 0.2).double()) if kind == "normal" else codes
        return modularity(codes, FACTORS).score

    alone = score(turned)
    assert 0.5 < alone < 0.98
    assert score(np.concatenate([dead, turned, dead], axis=1)) == pytest.approx(alone, abs=0.01)
    if kind == "array":
        assert score(np.concatenate([turned, noise(len(FACTORS), 5)], axis=1)) == pytest.approx(alone, abs=0.01)


def test_a_constant_factor_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="constant over these images: factor 0"):
        result = modularity(FACTORS.astype(float), np.insert(FACTORS, 0, 1, axis=1))
    assert result.per_latent == pytest.approx(modularity(FACTORS.astype(float), FACTORS).per_latent, abs=0.02)
    with pytest.warns(UserWarning, match="constant over these images: factor 0"):
        assert np.isnan(explicitness(FACTORS.astype(float), np.insert(FACTORS, 0, 1, axis=1)).per_factor[0])


def test_explicit_when_every_level_has_its_own_latent():
    one_hot = np.concatenate([np.eye(n)[FACTORS[:, k]] for k, n in enumerate((3, 4, 5))], axis=1)
    result = explicitness(one_hot, FACTORS)
    assert result.score == pytest.approx(1)
    assert [len(levels) for levels in result.per_level] == [3, 4, 5]


@pytest.mark.parametrize("G", [2, 4, 6])
def test_levels_in_order_along_a_latent_in_closed_form(G):
    """The share of the others that lies below level g, or above it, by the slope: max(g, G − 1 − g) / (G − 1)."""
    g = np.arange(600)[:, None] % G
    areas = explicitness(3.0 * g, g).per_level[0]
    count = np.bincount(g[held_out(600, 0.2, seed=0).test, 0])
    below = np.array([count[:i].sum() / (120 - count[i]) for i in range(G)])
    expected = np.where(np.arange(G) > (G - 1) / 2, below, 1 - below)
    assert areas == pytest.approx(expected, abs=1e-9)
    assert areas == pytest.approx([max(i, G - 1 - i) / (G - 1) for i in range(G)], abs=0.1)


def test_noise_and_dead_codes_are_at_chance():
    assert explicitness(noise(600, 4), FACTORS).score == pytest.approx(0.5, abs=0.05)
    assert explicitness(np.ones((600, 2)), FACTORS).score == 0.5


def test_explicitness_does_not_ask_how_many_latents_are_needed():
    codes = np.eye(3)[FACTORS[:, 0]]
    assert explicitness(codes @ noise(3, 3), FACTORS[:, :1]).score == pytest.approx(1)
    assert explicitness(np.insert(codes, 0, 5, axis=1), FACTORS[:, :1]).score == pytest.approx(1)


def test_a_level_seen_once_is_left_out():
    factors = FACTORS[:, :1].copy()
    factors[7] = 9
    result = explicitness(FACTORS.astype(float), factors)
    assert np.isnan(result.per_level[0]).tolist() == [False, False, False, True]


def test_they_print_and_plot():
    result = modularity(FACTORS.astype(float), FACTORS)
    assert "modularity 1.000" in str(result)
    assert result.plot(["shape", "x", "y"]).get_xlabel() == "factor"
    assert "chance is .5" in str(explicitness(torch.tensor(FACTORS), torch.tensor(FACTORS)))
    matplotlib.pyplot.close("all")


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        modularity(np.zeros(600), FACTORS)
    with pytest.raises(ValueError, match="every factor is constant"):
        modularity(noise(600, 2), np.ones((600, 2)))
    with pytest.raises(ValueError, match="at least 20 images"):
        explicitness(FACTORS[:10], FACTORS[:10])
    with pytest.raises(ValueError, match="factor 0 has no level in both parts"):
        explicitness(noise(600, 2), np.arange(600)[:, None])


def test_chance_is_taken_off_what_a_histogram_finds():
    """Of a latent that is its factor: ln 4, less Miller's (bins - 1)(levels - 1) / 2n."""
    g = np.arange(400)[:, None] % 4
    found = modularity(g * 1.0, g).information[0, 0]
    assert found == pytest.approx(np.log(4) - 9 / 800, abs=0.005) and found < np.log(4) - 0.004
