"""What a widget cannot show is refused by name; many latents and a zero below zero do no harm."""

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

import dvlab
from dvlab import widgets
from dvlab.widgets.rotations import code_information
from dvlab.widgets.traversal import ordinal

WORLD = dvlab.worlds.Fruit(sizes=3, colours=3, size=8)


def small(latents=3, size=8):
    return dvlab.VAE((3, size, size), latent_dim=latents, hidden=(8,))


def test_ordinals():
    said = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 22: "22nd"}
    for n, word in (said | {23: "23rd", 100: "100th", 101: "101st", 111: "111th", 112: "112th", 122: "122nd"}).items():
        assert ordinal(n) == word


def test_two_models_of_a_hundred_and_five_latents_are_compared():
    panel = widgets.traversal(small(105), WORLD, compare=small(104))
    assert [panel.sliders[3 + r].label for r in (20, 21, 104)] == ["21st latent", "22nd latent", "105th latent"]


@pytest.mark.parametrize(("sigma", "levels"), [(2.0, 6), (0.002, 6), (0.1, 2), (30.0, 3)])
def test_what_a_code_knows_is_integrated_whatever_its_noise(sigma, levels):
    line = np.arange(levels) - (levels - 1) / 2
    line = line / line.std()
    x = np.linspace(line[0] - 12 * sigma, line[-1] + 12 * sigma, 200_001)
    q = np.exp(-0.5 * ((x - line[:, None]) / sigma) ** 2).mean(axis=0) / (sigma * np.sqrt(2 * np.pi))
    truth = -np.trapezoid(q * np.log(np.maximum(q, 1e-300)), x) - 0.5 * np.log(2 * np.pi * np.e * sigma**2)
    np.testing.assert_allclose(code_information(0, levels, sigma), truth * np.eye(2), atol=1e-6)


def test_a_tensor_dataset_is_its_images():
    images = WORLD.images(device="cpu")
    panel = widgets.traversal(small(), TensorDataset(images, torch.arange(len(images))))
    assert panel.sliders[0].high == len(images) - 1


def test_a_zero_below_zero_is_zero():
    panel = widgets.frames("x", [-0.0, 1.0], [np.zeros((4, 4))] * 2, ["a", "b"], says="frames")
    assert panel.sliders[0].options == ("0", "1")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: widgets.traversal(small(size=16), WORLD), r"world's images have shape \(3, 8, 8\); the model takes"),
        (lambda: widgets.traversal(small(), WORLD, compare=small(size=16)), "the model takes"),
        (lambda: widgets.traversal(small(), torch.rand(9, 3, 16, 16)), r"world's images have shape \(3, 16, 16\)"),
        (lambda: widgets.traversal(small(), [1, 2]), "data must be a world, a tensor of images.*got list"),
        (lambda: widgets.traversal("sprites", WORLD), "models must be VAEs.*'sprites'"),
        (lambda: widgets.traversal(small(), WORLD, compare=small(), names=("a", "a")), "names must be two different"),
        (lambda: widgets.models_at({}, WORLD), "models must be VAEs, at least one"),
        (lambda: widgets.traversal(small(), WORLD, seed=1.5), "seed must be a whole number; got 1.5"),
        (lambda: widgets.recombine(small(), WORLD, first=(0, 0)), "first must hold an index for each of fruit, size"),
        (lambda: widgets.recombine(small(), WORLD, second=(0, 9, 0)), r"second\[1\] must be at most 2; got 9"),
        (lambda: widgets.page(small(), torch.rand(9, 3, 16, 16), "x.html"), "the model takes"),
        (lambda: widgets.recombine("sprites", WORLD), "vae must be a VAE; got .*'sprites'"),
        (lambda: widgets.recombine(small(), WORLD.images()), "world must be a world, whose factors the sliders are"),
        (lambda: widgets.page("sprites", WORLD, "x.html"), "vae must be a VAE; got .*'sprites'"),
        (lambda: widgets.rotate_codes(names=("size",)), r"names must be two strings.*got \('size',\)"),
        (lambda: widgets.rotate_codes(names="ab"), "names must be two strings.*got 'ab'"),
        (lambda: widgets.rotate_codes(levels=1), "levels must be at least 2; got 1"),
        (lambda: widgets.rotate_codes(sigma=0), "sigma must be a finite number at least 0.001.*got 0.0"),
        (lambda: widgets.mig_rotation(angle=91), "angle must be at most 90; got 91"),
        (lambda: widgets.posteriors(images=1), "images must be at least 3; got 1"),
        (lambda: widgets.beta_water_filling(eigenvalues=(1, 0)), "eigenvalues must be positive"),
        (lambda: widgets.beta_water_filling(noise=-1), "sigma2 must be a finite number above 0; got -1.0"),
        (lambda: widgets.frames("x", [1, 2], [np.zeros((4, 4, 2))] * 2, "ab", "says"), r"got shape \(4, 4, 2\)"),
        (lambda: widgets.frames("x", [1, 2], [np.full((4, 4), np.nan)] * 2, "ab", "says"), "images must be finite"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(call, told):
    with pytest.raises((TypeError, ValueError), match=told):
        call()
