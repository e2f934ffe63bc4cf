"""Pictures of what cannot be drawn are refused by name; uint8 images are images."""

import matplotlib
import numpy as np
import pytest
import torch

import dvlab
from dvlab import plots

matplotlib.use("agg")
IMAGES = torch.rand(3, 1, 8, 8)
MODEL = dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(8,))


@pytest.fixture(autouse=True)
def _close():
    yield
    matplotlib.pyplot.close("all")


def test_uint8_images_are_drawn_as_floats_are():
    pixels = dvlab.worlds.Fruit(sizes=2, colours=2, size=8).images(device="cpu")[:4]
    drawn, floats = (plots.image_grid(images).axes[1].images[0].get_array() for images in (pixels, pixels / 255))
    np.testing.assert_allclose(drawn, floats, atol=1e-7)
    assert drawn.std() > 0.05


def test_surveys_compare_by_identity_and_hash():
    one, other = (plots.survey(MODEL, IMAGES) for _ in range(2))
    assert one == one and one != other and len({one, other}) == 2


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: plots.image_grid(IMAGES, columns=0), "columns must be at least 1; got 0"),
        (lambda: plots.image_grid(IMAGES, columns=2.0), "columns must be a whole number; got 2.0"),
        (lambda: plots.image_grid(IMAGES, size=-1), "size must be a finite number above 0.*got -1"),
        (lambda: plots.image_grid(IMAGES[0]), r"images must be a tensor of grey.*got a tensor of float32 \(1, 8, 8\)"),
        (lambda: plots.image_grid(torch.rand(3, 2, 8, 8)), "images must be a tensor of grey or coloured images"),
        (lambda: plots.image_grid(IMAGES.long()), "images must be a tensor of floats in .0, 1., or of uint8"),
        (lambda: plots.image_grid(IMAGES * torch.nan), "images must be finite"),
        (lambda: plots.image_grid(IMAGES, rows=["a", "b"]), "rows must name each of the 1 rows; got 2"),
        (lambda: plots.traversal_grid(MODEL, IMAGES, latents=[99]), "a latent in latents must be at most 2; got 99"),
        (lambda: plots.traversal_grid(MODEL, IMAGES, latents=[]), "latents must name at least one"),
        (lambda: plots.traversal_grid(MODEL, IMAGES, steps=0), "steps must be at least 1; got 0"),
        (lambda: plots.survey(MODEL, IMAGES, seed="a"), "seed must be a whole number; got 'a'"),
        (lambda: plots.latent_scatter(np.zeros((4, 2)), np.zeros(4), (0, 2)), "a latent in latents must be at most 1"),
        (lambda: plots.latent_scatter(np.zeros((4, 2)), np.zeros(5)), "factor must have a value for each of the 4"),
        (lambda: plots.latent_scatter(np.zeros(4), np.zeros(4)), r"codes must have axes \(images, latents\)"),
        (lambda: plots.kl_bars(np.array([1.0, np.nan])), "kl must be finite"),
        (lambda: plots.kl_bars(np.ones(3), names=["a"]), "names must be one for each of the 3 latents; got 1"),
        (lambda: plots.heat_map(np.eye(2), "", ["a"]), "factors must hold a name for each of the 2 factors; got 1"),
        (lambda: plots.hinton(np.eye(2), "", "abc"), "factors must hold a name for each of the 2 factors; got 3"),
        (lambda: plots.channels_last(IMAGES), "image must be a tensor of grey or coloured images"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(call, told):
    with pytest.raises((TypeError, ValueError), match=told):
        call()
