import matplotlib
import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch.distributions import Normal

from dvlab.metrics import sap

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.stack(np.meshgrid(range(3), range(6), range(6), range(5), indexing="ij"), axis=-1).reshape(-1, 4)[:, :3]
STANDARD = (FACTORS - FACTORS.mean(0)) / FACTORS.std(0)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_a_perfect_code():
    result = sap(FACTORS[:, [1, 2, 0]] * -3.0 + 5, FACTORS)
    assert result.score == pytest.approx(1)
    assert result.predictability == pytest.approx(np.eye(3)[[1, 2, 0]], abs=1e-12)


def test_r2_in_closed_form():
    """Turned by θ, two independent standard factors give S = (cos², sin²), and a gap of |cos 2θ|."""
    for degrees in (0, 20, 45, 70):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        result = sap(STANDARD[:, 1:] @ np.array([[c, s], [-s, c]]), FACTORS[:, 1:])
        assert result.predictability == pytest.approx(np.array([[c**2, s**2], [s**2, c**2]]), abs=1e-9)
        assert result.score == pytest.approx(abs(c**2 - s**2), abs=1e-9)


def test_r2_is_a_regression_s():
    from sklearn.linear_model import LinearRegression

    codes = STANDARD + noise(len(FACTORS), 3)
    result = sap(codes, FACTORS)
    for j in range(3):
        for k in range(3):
            slow = LinearRegression().fit(codes[:, [j]], FACTORS[:, k]).score(codes[:, [j]], FACTORS[:, k])
            assert result.predictability[j, k] == pytest.approx(slow)


def test_categorical_factors_by_thresholds():
    order = np.array([2, 0, 1])[FACTORS[:, 0]]  # no straight line through the levels
    codes = np.stack([order + 0.1 * noise(len(FACTORS)), noise(len(FACTORS))], axis=1)
    result = sap(codes, np.array(["a", "b", "c"])[FACTORS[:, :1]], categorical=(0,))
    assert result.measure == ("balanced accuracy",)
    assert result.predictability[0, 0] == pytest.approx(1, abs=0.01)
    assert result.predictability[1, 0] == pytest.approx(1 / 3, abs=0.1)
    assert result.score == pytest.approx(2 / 3, abs=0.1)


def test_balanced_accuracy_is_not_fooled_by_a_common_level():
    rare = (np.arange(400) % 10 == 0).astype(int)[:, None]
    result = sap(noise(400, 2), rare, categorical=(0,))
    assert result.predictability == pytest.approx(0.5, abs=0.15)  # accuracy would be .9


def test_the_threshold_is_that_of_balanced_levels():
    """Two normals a deviation apart are cut half-way, Φ(½) of each on its side, however rare the one is."""
    rare = (np.arange(20_000) % 10 == 0).astype(int)[:, None]
    result = sap(rare + noise(20_000, 1), rare, categorical=(0,))
    assert result.predictability[0, 0] == pytest.approx(norm.cdf(0.5), abs=0.03)


@pytest.mark.parametrize("written", [lambda z: 1e-7 * z, lambda z: z + 1e8, lambda z: 1e39 * z, lambda z: -z])
def test_a_threshold_does_not_care_for_unit_and_offset(written):
    rng = np.random.default_rng(0)
    g = rng.integers(0, 4, (400, 2))
    z = g + 0.2 * rng.normal(size=g.shape)
    assert float(sap(written(z), g, categorical=(0, 1))) == pytest.approx(
        float(sap(z, g, categorical=(0, 1))), abs=0.02
    )


def test_noise_scores_near_zero_and_copies_zero():
    assert sap(noise(len(FACTORS), 5), FACTORS).score == pytest.approx(0, abs=0.03)
    assert sap(np.repeat(STANDARD, 2, axis=1), FACTORS).score == pytest.approx(0, abs=1e-12)


def test_an_angle_is_not_seen():
    angle = np.arange(360)[:, None] % 12
    codes = np.concatenate([np.cos(angle * np.pi / 6), np.sin(angle * np.pi / 6)], axis=1)
    assert sap(codes, angle).score < 0.6  # though the two latents name the angle exactly


@pytest.mark.parametrize("categorical", [(), (0, 1, 2)])
def test_one_latent_is_one_latent_beside_a_dead_one(categorical):
    one = STANDARD[:, :1] + 0.1 * noise(len(FACTORS), 1)
    alone, beside = sap(one, FACTORS, categorical), sap(np.insert(one, 0, 2.5, axis=1), FACTORS, categorical)
    assert alone.per_factor == pytest.approx(beside.per_factor)
    assert alone.per_factor[0] == pytest.approx(2 / 3 if categorical else 1, abs=0.02)


def test_a_constant_factor_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="constant over these images: factor 1"):
        result = sap(STANDARD, np.insert(FACTORS, 1, 4, axis=1))
    assert result.score == pytest.approx(1)
    assert np.isnan(result.per_factor[1])
    assert "SAP 1.000" in str(result)


def test_tensors_normals_print_and_plot():
    codes = torch.tensor(STANDARD)
    result = sap(Normal(codes, torch.ones_like(codes)), torch.tensor(FACTORS), categorical=(0,))
    assert np.array_equal(result.predictability, sap(STANDARD, FACTORS, categorical=(0,)).predictability)
    assert "balanced accuracy" in str(result)
    assert result.plot(["shape", "x", "y"]).get_xlabel() == "factor"
    matplotlib.pyplot.close("all")


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        sap(STANDARD[:, 0], FACTORS)
    with pytest.raises(ValueError, match=r"name it in categorical=\(0,\)"):
        sap(STANDARD, FACTORS.astype(str))
    with pytest.raises(ValueError, match="got 3"):
        sap(STANDARD, FACTORS, categorical=(3,))
