"""Pictures that stand still show the right numbers, with labels."""

import matplotlib.pyplot
import numpy as np
import pytest
import torch

import dvlab
from dvlab import plots

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
    assert "z_{2}" in figure.axes[0].get_ylabel() and "nats" in figure.axes[0].get_ylabel()


def test_survey_of_a_few_images_and_of_no_world():
    images = torch.rand(5, 1, 16, 16)
    known = plots.survey(dvlab.VAE((1, 16, 16), latent_dim=3), images)
    assert known.kl.shape == known.information.shape == (3,) and (known.low < known.high).all()
    assert (known.information <= known.kl + 1e-6).all()


def test_image_grid_in_colour_with_titles_and_an_incomplete_row():
    figure = plots.image_grid(torch.rand(5, 3, 8, 8), titles=list("abcde"), columns=3, rows=["r", "s"])
    assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c", "d", "e", ""]
    assert figure.axes[3].get_ylabel() == "s" and not figure.axes[5].axison


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
