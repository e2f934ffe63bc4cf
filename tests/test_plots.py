"""Pictures that stand still show the right numbers, with labels."""

import matplotlib.pyplot
import numpy as np
import pytest
import torch

import dvlab
from dvlab import plots
from dvlab.metrics._heatmap import heat_map
from dvlab.metrics._hinton import hinton

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    matplotlib.pyplot.close("all")


def test_traversal_grid_holds_the_decoders_images():
    world = dvlab.worlds.Sprites.small()
    vae = dvlab.VAE(world.image_shape, latent_dim=3, hidden=(16,))
    figure = plots.traversal_grid(vae, world, latents=[2, 0], steps=5)
    assert len(figure.axes) == 10
    z = vae.encode(plots.middle(world)[None]).mean[0].detach()
    known = plots.survey(vae, world)
    expected = vae.traverse(z, 2, torch.linspace(float(known.low[2]), float(known.high[2]), 5))[3, 0]
    np.testing.assert_allclose(figure.axes[3].images[0].get_array(), expected.numpy(), atol=1e-6)
    assert figure.axes[0].get_ylabel().startswith(f"$z_{{2}}$  {known.kl[2]:.2f} nats")


def test_survey_of_a_few_images_and_of_no_world():
    images = torch.rand(5, 1, 16, 16)
    known = plots.survey(dvlab.VAE((1, 16, 16), latent_dim=3), images)
    assert known.kl.shape == known.information.shape == (3,) and (known.low < known.high).all()
    assert (known.information <= known.kl + 1e-6).all()


def test_image_grid_in_colour_with_titles_and_an_incomplete_row():
    figure = plots.image_grid(torch.rand(5, 3, 8, 8), titles=list("abcde"), columns=3, rows=["r", "s"])
    assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c", "d", "e", ""]
    assert figure.axes[3].get_ylabel() == "s" and not figure.axes[5].axison


def test_a_grid_names_each_row_and_shows_black_as_0_and_white_as_1():
    grey = torch.full((6, 1, 8, 8), 51, dtype=torch.uint8)
    figure = plots.image_grid(grey, columns=2, rows=["a", "b", "c"])
    assert [ax.get_ylabel() for ax in figure.axes[::2]] == ["a", "b", "c"]
    assert all(ax.images[0].get_clim() == (0, 1) for ax in figure.axes)  # not stretched to what an image holds
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), 0.2)


def test_the_middle_of_a_tensor_is_half_way():
    images = torch.rand(5, 1, 8, 8)
    assert torch.equal(plots.middle(images), images[2])


def test_a_survey_s_ranges_leave_half_a_per_cent_of_the_aggregate_on_either_side():
    images = torch.rand(2000, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    vae = dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,))
    known, q = plots.survey(vae, images), dvlab.posterior(vae, images)
    for bound, share in ((known.low, 0.005), (known.high, 0.995)):
        np.testing.assert_allclose(q.cdf(torch.tensor(bound).to(q.loc)).mean(dim=0), share, atol=0.006)


def test_copies_of_one_image_cost_nats_and_tell_nothing():
    vae = dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,))
    with torch.no_grad():
        vae.encoder[-1].bias[:3] = 2.0
    known = plots.survey(vae, torch.rand(1, 1, 8, 8).expand(50, -1, -1, -1).contiguous())
    assert (known.kl > 1).all()
    np.testing.assert_allclose(known.information, 0, atol=1e-3)


def test_a_scatter_has_a_dot_a_code_at_its_place_in_the_colour_of_its_factor():
    codes, factor = np.arange(12.0).reshape(4, 3) ** 2, np.array([3.0, 1.0, 4.0, 1.5])
    (dots,) = plots.latent_scatter(codes, factor, latents=(2, 0)).collections
    np.testing.assert_allclose(dots.get_offsets(), codes[:, [2, 0]])
    np.testing.assert_allclose(dots.get_array(), factor)


def test_a_matrix_is_drawn_with_latents_as_rows_and_factors_as_columns():
    matrix = np.array([[0.9, 0.1, 0.0], [0.25, 0.4, 0.0]])
    ax = heat_map(matrix, "I")
    assert ax.get_xlabel() == "factor" and ax.get_ylabel().startswith("latent")
    assert {text.get_position(): text.get_text() for text in ax.texts} == {
        (k, j): f"{value:.2f}" for (j, k), value in np.ndenumerate(matrix)
    }
    areas = {
        tuple(np.round(box.get_center(), 9)): box.get_width() * box.get_height() for box in hinton(matrix, "R").patches
    }
    assert areas == pytest.approx({(k, j): 0.92**2 * value / 0.9 for (j, k), value in np.ndenumerate(matrix)})


def test_kl_bars_are_sorted_and_scatter_is_labelled():
    ax = plots.kl_bars(torch.tensor([0.1, 3.0, 1.0]))
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([3.0, 1.0, 0.1])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["$z_{1}$", "$z_{2}$", "$z_{0}$"]
    ax = plots.latent_scatter(np.random.rand(20, 3), np.arange(20), latents=(2, 0), label="size")  # noqa: NPY002
    assert ax.get_xlabel() == "$z_{2}$" and ax.get_ylabel() == "$z_{0}$"


def test_a_figure_is_shown_once_and_with_words(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda figure, metadata: shown.append((figure, metadata)))
    figure, ax = matplotlib.pyplot.subplots()
    plots.show(ax, "One axis,\n  empty.")
    assert shown == [(figure, {"image/png": {"alt": "One axis, empty."}})]
    assert matplotlib.pyplot.get_fignums() == [], "an open figure would be shown again below the cell"
    with pytest.raises(ValueError, match="alt"):
        plots.show(figure, " ")


def test_the_drawing_of_a_vae_names_its_parts_from_left_to_right():
    texts = {text.get_text(): text.get_position()[0] for text in plots.vae_diagram().axes[0].texts if text.get_text()}
    places = [
        next(x for words, x in texts.items() if part in words)
        for part in ("image\n$", "encoder", "means", "code\n", "decoder")
    ]
    assert places == sorted(places)
    assert any("D_{KL}" in words for words in texts) and any("log p_" in words for words in texts)
