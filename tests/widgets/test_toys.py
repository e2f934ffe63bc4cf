"""What the small pictures show is right: against histograms, closed forms elsewhere, and what must not change."""

import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch.distributions import Normal

from dvlab import decomposition, linear, widgets
from dvlab.widgets.rotations import code_information, factor_grid
from dvlab.widgets.toys import gaussian_terms


def histogram_information(z, g, levels, bins=120):
    counts = np.histogram2d(z, g, bins=(bins, levels))[0]
    p = counts / counts.sum()
    independent = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    return float((p[p > 0] * np.log(p[p > 0] / independent[p > 0])).sum())


@pytest.mark.parametrize("angle", [0, 20, 45])
def test_information_of_a_turned_code_against_a_million_draws(angle):
    rng, levels, sigma = np.random.default_rng(1), 5, 0.3
    g = rng.integers(0, levels, (1_000_000, 2))
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    z = factor_grid(levels)[g[:, 0] * levels + g[:, 1]] @ np.array([[c, -s], [s, c]]).T
    z += sigma * rng.standard_normal(z.shape)
    truth = [[histogram_information(z[:, j], g[:, k], levels) for k in (0, 1)] for j in (0, 1)]
    np.testing.assert_allclose(code_information(angle, levels, sigma), truth, atol=0.01)


def test_turning_swaps_the_latents_after_90_degrees_and_mixes_them_at_45():
    straight, turned, mixed = (code_information(angle, 6, 0.1) for angle in (0, 90, 45))
    np.testing.assert_allclose(straight, turned[::-1], atol=1e-6)
    np.testing.assert_allclose(straight, np.diag(np.full(2, np.log(6))), atol=0.06)
    np.testing.assert_allclose(mixed, mixed[0, 0], atol=1e-6)


def test_the_cloud_turns_counter_clockwise():
    panel = widgets.rotate_codes(angle=30)
    expected = (panel.factors @ [1, 1j]) * np.exp(1j * np.pi / 6) + panel.noise @ [1, 1j]
    np.testing.assert_allclose(panel.cloud() @ [1, 1j], expected)


def test_mig_rotation_is_flat_falling_and_zero():
    panel = widgets.mig_rotation()
    assert np.ptp(panel.joint) == 0 and panel.joint[0] > 0.9
    assert (panel.best <= panel.joint + 1e-6).all() and panel.best[45] > 0.1
    assert panel.mig[45] == pytest.approx(0, abs=1e-6) and panel.mig[0] > 0.9
    assert (np.diff(panel.mig[:46]) < 1e-6).all()
    assert panel.facts["mig"] == pytest.approx(panel.mig, abs=1e-6)


def test_gaussian_terms_against_a_hundred_thousand_posteriors():
    sigma, rho, offset, n = 0.3, 0.7, 0.8, 20_000
    rng = np.random.default_rng(0)
    covariance = np.array([[1, rho], [rho, 1]]) - sigma**2 * np.eye(2)
    means = torch.as_tensor(rng.multivariate_normal([offset, 0], covariance, n))
    terms = decomposition.kl_terms(Normal(means, torch.full_like(means, sigma)), samples=2000)
    closed = gaussian_terms(sigma, rho, offset)
    assert terms.mutual_information == pytest.approx(closed[0], abs=4 * terms.standard_error + 0.03)
    assert terms.total_correlation == pytest.approx(closed[1], abs=4 * terms.standard_error + 0.03)
    assert terms.dimension_wise.sum() == pytest.approx(closed[2], abs=0.03)


def test_sharpness_changes_the_information_and_leaves_the_aggregate():
    panel = widgets.posteriors()
    _, aggregate = panel.ellipses()
    panel.sharpness = 20
    before, after = gaussian_terms(1 / 5, 0, 0), gaussian_terms(1 / 20, 0, 0)
    rings, same = panel.ellipses()
    assert np.array_equal(same, aggregate) and after[0] > before[0] and after[1:] == before[1:]
    means, radii = rings[:, :-1].mean(axis=1), np.ptp(rings[..., 0], axis=1) / 2
    np.testing.assert_allclose(np.cov(means.T, bias=True) + np.diag(np.full(2, radii[0] ** 2)), np.eye(2), atol=1e-3)


@pytest.mark.parametrize("corner", [(3.5, 0.9, 2), (3.5, -0.9, -2), (20, 0.9, 0)])
def test_every_corner_of_the_sliders_is_a_gaussian(corner):
    panel = widgets.posteriors()
    panel.sharpness, panel.correlation, panel.offset = corner
    assert all(np.isfinite(each).all() for each in panel.ellipses())


@pytest.mark.parametrize("beta", [0.5, 2.4, 9.9, 10.1, 39.0, 60.0])
def test_water_filling_against_the_linear_vae(beta):
    eigenvalues = np.array([4.0, 1.0, 0.25])
    rates = widgets.beta_water_filling(eigenvalues, 0.1).rates(beta)
    exact = linear.optimal(eigenvalues, 0.1, beta).kl_terms(np.diag(eigenvalues)).total
    assert rates.sum() == pytest.approx(exact, abs=1e-9)


def test_frames_take_figures_and_arrays():
    from matplotlib.figure import Figure

    for image in (Figure(figsize=(2, 1)), np.zeros((4, 5)), np.zeros((4, 5, 3), np.uint8)):
        panel = widgets.frames("a", ["x", "y"], [image, image], ["first", "second"], "A slider over two pictures.")
        panel.index = 1
        assert panel.sliders[0].stands(panel) == ("a", 1, "y") and panel.facts["captions"][1] == "second"
    panel = widgets.slider_over("v", [0.0, 0.5, 1.0], lambda v: np.full((2, 2), v), "shade {}".format, "Three shades.")
    shown = [np.asarray(Image.open(io.BytesIO(each))).max() for each in panel.facts["images"]]
    assert shown == [0, 128, 255] and panel.facts["captions"][2] == "shade 1.0"


def test_frames_refuse_a_place_beyond_the_last():
    panel = widgets.frames("a", ["x", "y"], [np.zeros((4, 5))] * 2, ["first", "second"], "A slider over two pictures.")
    with pytest.raises(traitlets.TraitError, match="index must be at most 1; got 2"):
        panel.index = 2


@pytest.mark.bad_input
def test_frames_says_what_is_missing():
    with pytest.raises(ValueError, match="2 values, 1 images, 2 captions"):
        widgets.frames("a", [1, 2], [np.zeros((2, 2))], ["x", "y"], "says")
