"""Each option of the command line does what it says; one that is ignored is noticed."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from dvlab import __main__, checkpoints, training
from dvlab.experiments import recipes, runs
from dvlab.objectives import BetaVAE
from dvlab.vae import VAE
from dvlab.worlds import Fruit

pytestmark = pytest.mark.whole


def call(*words):
    before, sys.argv = sys.argv, ["dvlab", *map(str, words)]
    try:
        with pytest.raises(SystemExit) as end:
            __main__.main()
            raise SystemExit(0)
        return end.value.code or 0
    finally:
        sys.argv = before


@pytest.fixture
def train(tmp_path):
    """Train three steps of small fruit into a folder of its own; returns the model."""

    def train(*words, name="run"):
        small = ["--size", 8, "--steps", 3, "--batch-size", 128, "--device", "cpu", "--out", tmp_path / name]
        assert call("train", "fruit", *small, *words) == 0
        return checkpoints.load_model(tmp_path / name / "model.safetensors", device="cpu")

    return train


def test_train_seed_decides_weights_batches_and_noise(train):
    vae = train("--seed", 3, "--latents", 2)
    objective, options, network = runs.training(runs.Settings("fruit", steps=3, batch_size=128, latents=2, seed=3))
    again = VAE((3, 8, 8), **network)
    assert torch.equal(again.encoder[1].weight, VAE((3, 8, 8), **(network | {"seed": 3})).encoder[1].weight)
    training.train(again, Fruit(size=8), objective, device="cpu", progress=False, **(options | {"seed": 3}))
    assert all(torch.equal(a, b) for a, b in zip(vae.parameters(), again.parameters(), strict=True))
    other = train("--seed", 4, "--latents", 2, name="other")
    assert not torch.equal(vae.pixel_bias, other.pixel_bias)


@pytest.mark.parametrize("latents", [2, 3])
def test_train_latents(train, latents):
    assert train("--latents", latents).latent_dim == latents


def test_train_network_and_sigma(train, tmp_path):
    vae = train("--sigma", 0.25)
    assert (vae.likelihood, vae.sigma) == ("gaussian", 0.25)
    words = ["--network", "conv", "--size", 32, "--steps", 1, "--batch-size", 16, "--device", "cpu"]
    assert call("train", "fruit", *words, "--out", tmp_path / "conv") == 0
    found = checkpoints.load_model(tmp_path / "conv" / "model.safetensors", device="cpu")
    assert found.config["network"] == "conv" and isinstance(found.encoder[0], torch.nn.Conv2d)


@pytest.mark.parametrize(("every", "times"), [(1, [1, 2, 3]), (2, [2, 3])])
def test_train_save_every(train, every, times, monkeypatch):
    saved = []
    save = checkpoints.save_training
    monkeypatch.setattr(
        checkpoints, "save_training", lambda path, step, *rest: saved.append(step) or save(path, step, *rest)
    )
    train("--latents", 2, "--save-every", every)
    assert saved == times


@pytest.mark.parametrize("command", ["train", "evaluate", "zoo", "sweep"])
def test_device_reaches_the_computation(command, train, tmp_path):
    words = {
        "train": ["train", "fruit", "--size", 8, "--steps", 1, "--out", tmp_path / "t"],
        "evaluate": ["evaluate", "sprites-vae", "--out", tmp_path / "e"],
        "zoo": ["zoo", "sprites-vae", "--seed", 0, "--out", tmp_path / "z"],
        "sweep": ["sweep", "two-factors", "--seeds", 1, "--jobs", 1, "--runs", tmp_path / "r", "--out", tmp_path / "s"],
    }[command]
    told = call(*words, "--device", "abacus")
    assert isinstance(told, str) and "device" in told and "abacus" in told


def test_evaluate_seed_draws_other_samples(tmp_path):
    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        (tmp_path / "pictures").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{i}.png")
    words = ["--size", 8, "--steps", 2, "--batch-size", 6, "--latents", 2, "--objective", "beta-vae", "--device", "cpu"]
    assert call("train", tmp_path / "pictures", *words, "--out", tmp_path / "run") == 0
    found = []
    for name, seed in (("a", 0), ("b", 1), ("c", 0)):
        assert call("evaluate", tmp_path / "run", "--seed", seed, "--device", "cpu", "--out", tmp_path / name) == 0
        found.append(json.loads((tmp_path / name / "evaluation.json").read_text()))
    assert found[0] == found[2]
    for drawn in ("reconstruction", "mutual_information"):
        assert found[0][drawn] != found[1][drawn]
    assert found[0]["kl"] == found[1]["kl"]


def test_sweep_hands_on_what_it_is_told(tmp_path, monkeypatch):
    told = {}
    monkeypatch.setattr("dvlab.experiments.sweeps.sweep", lambda *words, **options: told.update(options, words=words))
    words = ["--seeds", 2, "--steps", 3, "--jobs", 4, "--runs", tmp_path / "r", "--out", tmp_path / "o"]
    assert call("sweep", "two-factors", *words) == 0
    expected = {"seeds": 2, "steps": 3, "jobs": 4, "device": "cpu"}
    assert told == expected | {"words": ("two-factors", tmp_path / "o", tmp_path / "r")}


def test_zoo_seed_trains_from_that_seed(tmp_path, monkeypatch):
    small = {"steps": 2, "batch_size": 8, "progress": False}
    world = Fruit(sizes=4, colours=4, size=8)
    recipe = recipes.Recipe("a test", lambda: world, BetaVAE(1), small, {"hidden": (8,), "latent_dim": 2})
    monkeypatch.setitem(recipes.RECIPES, "tiny", recipe)
    monkeypatch.setattr("dvlab.zoo.names", lambda: ["tiny"])
    for seed in (5, 6):
        assert call("zoo", "tiny", "--seed", seed, "--device", "cpu", "--out", tmp_path / str(seed)) == 0
        vae = VAE(world.image_shape, seed=seed, **recipe.vae)
        training.train(vae, world, recipe.objective, seed=seed, device="cpu", **small)
        kept = checkpoints.load_model(tmp_path / str(seed) / "tiny.safetensors", device="cpu")
        assert torch.equal(kept.pixel_bias, vae.pixel_bias.half().float())
        assert json.loads((tmp_path / str(seed) / "tiny.json").read_text())["seed"] == seed
