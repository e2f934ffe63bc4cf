"""The page that needs no kernel, as far as it can be judged without a browser."""

import re

import pytest

import dvlab
from dvlab.widgets import page
from dvlab.widgets.page import A_WEIGHT, LARGEST


@pytest.fixture(scope="module")
def world():
    return dvlab.worlds.Sprites.small()


def test_one_file_that_asks_for_nothing(world, tmp_path):
    vae = dvlab.VAE(world.image_shape, latent_dim=10)
    file = page(vae, world, tmp_path / "explorer.html", title="<A & B>")
    text = file.read_text(encoding="utf-8")
    assert file.stat().st_size <= 3_000_000
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "") and "{{" not in text
    assert "&lt;A &amp; B&gt;" in text


def test_a_model_of_coloured_images_fits(tmp_path):
    fruit = dvlab.worlds.Fruit()
    assert page(dvlab.VAE(fruit.image_shape), fruit, tmp_path / "explorer.html").stat().st_size <= 4_000_000


@pytest.mark.bad_input
def test_what_a_page_cannot_hold(world, tmp_path):
    with pytest.raises(ValueError, match="network='mlp'"):
        page(dvlab.VAE(world.image_shape, network="conv"), world, tmp_path / "a.html")
    with pytest.raises(ValueError, match=r"at most 6\..*fewer hidden units, at most hidden=\(757, 757\)"):
        page(dvlab.VAE(world.image_shape, hidden=(1300, 1300)), world, tmp_path / "a.html")
    assert not (tmp_path / "a.html").exists()


@pytest.mark.slow
def test_what_the_refusal_advises_fits(world, tmp_path):
    with pytest.raises(ValueError, match="at most hidden=") as refused:
        page(dvlab.VAE(world.image_shape, hidden=(2000, 2000)), world, tmp_path / "a.html")
    units = int(re.search(r"hidden=\((\d+), \1\)", str(refused.value))[1])
    vae = dvlab.VAE(world.image_shape, hidden=(units, units))
    weights = sum(weight.numel() for weight in vae.decoder.parameters())
    assert A_WEIGHT[0] * weights < page(vae, world, tmp_path / "a.html").stat().st_size <= LARGEST
