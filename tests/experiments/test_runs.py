"""`train`, `evaluate` and `page`: the same weights after any interruption, figures that can be recomputed."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from dvlab import __main__, checkpoints, decomposition, metrics
from dvlab.experiments import evaluation, recipes, runs
from dvlab.objectives import BetaTCVAE, BetaVAE
from dvlab.schedules import at
from dvlab.vae import VAE, posterior
from dvlab.worlds import Fruit

pytestmark = pytest.mark.whole

TINY = ["--size", "8", "--batch-size", "128", "--latents", "2", "--device", "cpu"]


def call(*words):
    """Run `dvlab WORDS` in this process; returns the exit code, or the line that would stand on stderr."""
    before, sys.argv = sys.argv, ["dvlab", *map(str, words)]
    try:
        with pytest.raises(SystemExit) as end:
            __main__.main()
            raise SystemExit(0)
        return end.value.code or 0
    finally:
        sys.argv = before


def trained(folder, *words):
    assert call("train", "fruit", *TINY, "--steps", 8, "--out", folder, *words) == 0
    return checkpoints.load_model(folder / "model.safetensors", device="cpu").state_dict()


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def pictures(folder, count=6, mode="RGB", size=(40, 30)):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for i in range(count):
        shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / f"{i}.png")
    return folder


def test_the_folder_repeats_the_run(tmp_path, capsys):
    weights = trained(tmp_path / "a", "--seed", 3)
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    assert {file.name for file in (tmp_path / "a").iterdir()} == {
        "config.json",
        "checkpoint.safetensors",
        "model.safetensors",
        "history.png",
    }
    words = config["command"].split()
    assert words[:3] == ["python", "-m", "dvlab"]
    assert call(*words[3:], "--out", tmp_path / "b", "--device", "cpu") == 0
    assert same(weights, checkpoints.load_model(tmp_path / "b" / "model.safetensors", device="cpu").state_dict())
    capsys.readouterr()
    assert same(weights, trained(tmp_path / "a", "--seed", 3))  # complete: only loaded


def test_other_settings_want_another_folder(tmp_path):
    trained(tmp_path / "a")
    told = call("train", "fruit", *TINY, "--steps", 8, "--beta", 2, "--out", tmp_path / "a")
    assert told.startswith("error: ") and "beta was None, is now 2.0" in told and "\n" not in told


DEADLY = """
import os, signal, sys
from dvlab import __main__, objectives
stop, step_of = int(sys.argv.pop(1)), objectives.BetaVAE.__call__
def deadly(self, *args, step, **kwargs):
    if step == stop:
        os.kill(os.getpid(), signal.SIGKILL)
    return step_of(self, *args, step=step, **kwargs)
objectives.BetaVAE.__call__ = deadly
__main__.main()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_at_three_steps_and_repeated_the_command_ends_in_the_same_weights(tmp_path):
    def train(stop, name):
        words = ["train", "fruit", *TINY, "--objective", "beta-vae", "--steps", "60", "--save-every", "7"]
        command = [sys.executable, "-c", DEADLY, str(stop), *words, "--out", str(tmp_path / name)]
        return subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True).returncode

    assert train(-1, "whole") == 0
    assert [train(stop, "cut") for stop in (3, 30, 55, -1)] == [-signal.SIGKILL] * 3 + [0]
    whole, cut = (checkpoints.load_model(tmp_path / name / "model.safetensors", "cpu") for name in ("whole", "cut"))
    assert same(whole.state_dict(), cut.state_dict())


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on(tmp_path, monkeypatch, capsys):
    step_of = BetaTCVAE.__call__

    def pressed(self, *args, step, **kwargs):
        if step == 3:
            signal.raise_signal(signal.SIGINT)
        return step_of(self, *args, step=step, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(BetaTCVAE, "__call__", pressed)
        assert call("train", "fruit", *TINY, "--steps", 8, "--out", tmp_path / "cut") == 130
    assert "stopped after 4 steps" in capsys.readouterr().err
    assert "is not finished" in call("evaluate", tmp_path / "cut")
    assert same(trained(tmp_path / "cut"), trained(tmp_path / "whole"))


@pytest.mark.parametrize("world", runs.DEFAULTS)
def test_naming_nothing_gives_the_recipe_and_naming_its_values_gives_it_again(world):
    usual = runs.DEFAULTS[world]
    recipe = recipes.RECIPES[usual.recipe]
    named = {"objective": "beta-tcvae", "beta": usual.least, "cool_from": usual.tcvae_start}
    for options in ({}, *({name: value} for name, value in named.items()), named):
        objective, training, network = runs.training(runs.Settings(world, **options))
        assert objective == recipe.objective, options
        assert training == recipe.training | {"seed": 0} and network == recipe.vae | {"seed": 0}


def test_beta_vae_of_the_small_sprites_is_its_recipe_and_of_fruit_has_the_recipes_kl():
    objective, _, _ = runs.training(runs.Settings("sprites-small", objective="beta-vae"))
    assert objective == recipes.RECIPES["sprites-beta-vae"].objective
    objective, _, _ = runs.training(runs.Settings("fruit", objective="beta-vae"))
    assert objective == BetaVAE(recipes.RECIPES["fruit-beta-tcvae"].objective.alpha)


def test_beta_is_where_tc_ends_and_nothing_else():
    for world in runs.DEFAULTS:
        plain, other = (runs.training(runs.Settings(world, **named))[0] for named in ({}, {"beta": 12}))
        plain, other = (getattr(objective, "objective", objective) for objective in (plain, other))
        assert (other.alpha, other.gamma) == (plain.alpha, plain.gamma) and at(other.beta, 10**6) == 12


def test_cool_from_the_final_weight_is_no_cooling():
    vae, _, _ = runs.training(runs.Settings("fruit", objective="beta-vae", beta=4, cool_from=4))
    tcvae, _, _ = runs.training(runs.Settings("sprites-small", objective="beta-tcvae", beta=6, cool_from=1))
    for step in (0, 7, 10_000):
        assert at(vae.beta, step) == pytest.approx(4)
        assert (at(tcvae.alpha, step), at(tcvae.beta, step), at(tcvae.gamma, step)) == (1, 6, 1)
    for world in ("sprites", "fruit"):
        low, _, _ = runs.training(runs.Settings(world, cool_from=2))
        kl = getattr(low, "objective", low).alpha
        assert at(kl, 0) == 2 and all(at(kl, step) <= 2 for step in range(0, 5000, 50))


def test_evaluation_is_what_the_model_gives(tmp_path, capsys, monkeypatch):
    asked, report = {}, metrics.report
    monkeypatch.setattr(metrics, "report", lambda *words, **options: asked.update(options) or report(*words, **options))
    trained(tmp_path / "a", "--sigma", 0.3)
    assert call("evaluate", tmp_path / "a", "--out", tmp_path / "e", "--device", "cpu", "--seed", 3) == 0
    assert asked == {"categorical": [0], "seed": 3}  # fruit is a factor in words
    found = json.loads((tmp_path / "e" / "evaluation.json").read_text())
    vae, world = runs.open_model(str(tmp_path / "a"), "cpu")
    assert vae.sigma == 0.3 and len(world) == found["images"] == len(Fruit())
    assert found["elbo"] == pytest.approx(-found["reconstruction"] - found["kl"])
    terms = decomposition.kl_terms(posterior(vae, world), seed=3)
    assert found["mutual_information"] == pytest.approx(terms.mutual_information, abs=1e-5)
    assert sum(found["kl_per_latent"]) == pytest.approx(found["kl"], abs=1e-4)
    assert len(found["metrics"]) == 20 and set(found["mig_per_factor"]) == {"fruit", "size", "colour"}
    assert found["metrics"]["MIG"] == pytest.approx(np.mean(list(found["mig_per_factor"].values())))
    for name in ("kl", "metrics", "traversals", "reconstructions"):
        assert Image.open(tmp_path / "e" / f"{name}.png").size[0] > 300
    assert "total correlation" in capsys.readouterr().out


@torch.no_grad()
def test_reconstruction_is_the_slow_loop():
    world = Fruit(sizes=3, colours=2, size=8)
    vae = VAE(world.image_shape, latent_dim=2, hidden=(8,))
    images, generator, total = world.images(torch.float32, "cpu"), torch.Generator().manual_seed(4), 0.0
    noise = torch.randn(len(world), 2, generator=generator)
    for x, ε in zip(images, noise, strict=True):
        q = vae.encode(x[None])
        p = vae.decode(q.mean + q.stddev * ε).mean.clamp(1e-30, 1)[0]
        total -= float((x * p.log() + (1 - x) * (1 - p).log()).sum())
    assert evaluation.reconstruction(vae, world, seed=4) == pytest.approx(total / len(world), rel=1e-5)


def test_a_folder_of_pictures_from_training_to_traversals(tmp_path):
    folder = pictures(tmp_path / "mine", count=9)
    (folder / "notes.txt").write_text("not a picture")
    words = ["--steps", 4, "--batch-size", 4, "--latents", 2, "--size", 16, "--device", "cpu"]
    assert call("train", folder, *words, "--out", tmp_path / "run") == 0
    assert checkpoints.load_model(tmp_path / "run" / "model.safetensors", "cpu").image_shape == (3, 16, 16)
    assert call("evaluate", tmp_path / "run") == 0
    found = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert found["images"] == 9 and "metrics" not in found and found["kl"] > 0
    assert (tmp_path / "run" / "traversals.png").exists() and not (tmp_path / "run" / "metrics.png").exists()
    assert call("page", tmp_path / "run", "--out", tmp_path / "x.html") == 0 and (tmp_path / "x.html").exists()
    Image.new("RGB", (20, 20)).save(folder / "3.png")
    assert "data was" in call("train", folder, *words, "--out", tmp_path / "run")


def test_a_page_of_the_zoo(tmp_path):
    assert call("page", "sprites-beta-tcvae", "--out", tmp_path / "explorer.html") == 0
    assert (tmp_path / "explorer.html").read_text(encoding="utf-8").count("<script") >= 1


@pytest.mark.bad_input
def test_mistakes_are_told_in_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"not a png")
    (tmp_path / "a.npz").write_bytes(b"not an archive")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "config.json").write_text("[")
    (tmp_path / "odd" / "model.safetensors").write_text("")
    assert call("train", "fruit", *TINY[:2], "--network", "conv", "--steps", 1, "--out", tmp_path / "c") == (
        "error: network='conv' takes images of 32x32 or 64x64 pixels; got 8x8"
    )
    for words, told in (
        (["train", "nowhere"], "world must be one of sprites-small, sprites, fruit, "),
        (["train", tmp_path / "empty"], "holds no pictures"),
        (["train", tmp_path / "broken"], "a.png can't be read as a picture"),
        (["train", tmp_path / "a.npz"], "a.npz can't be used as the dSprites archive"),
        (["train", "sprites-small", "--size", 64], "sprites-small have 32 pixels a side; got size 64"),
        (["train", "fruit", "--objective", "gan"], "objective must be one of 'beta-vae', 'beta-tcvae'; got 'gan'"),
        (["train", "fruit", "--cool-from", 0], "cool-from must be a finite number above 0; got 0.0"),
        (["train", "fruit", "--steps", 0], "steps must be at least 1; got 0"),
        (["train", "fruit", "--device", "tpu", "--out", tmp_path / "t"], "device must be"),
        (
            ["evaluate", "nothing"],
            "MODEL must be a run's folder, or one of the zoo: faces-ada-gvae, faces-beta-vae, fruit-beta-tcvae",
        ),
        (["evaluate", tmp_path / "odd"], "is not the config.json of a run"),
        (["page", "nothing"], "MODEL must be"),
    ):
        line = call(*words)
        assert line.startswith("error: ") and told in line and "\n" not in line, line
    assert call("train") == 2 and call("train", "fruit", "--seed", "x") == 2  # typer's own


@pytest.mark.bad_input
def test_a_page_holds_no_conv_model_and_no_large_one(tmp_path):
    for name, words, told in (
        ("conv", ["--network", "conv"], "error: page takes a model with network='mlp'; this one has network='conv'"),
        ("large", ["--size", 64], "error: the page would take "),
    ):
        options = ["--steps", 1, "--batch-size", 256, "--device", "cpu", "--out", tmp_path / name]
        assert call("train", "fruit", "--objective", "beta-vae", *words, *options) == 0
        assert call("page", tmp_path / name, "--out", tmp_path / "x.html").startswith(told)
    assert not (tmp_path / "x.html").exists()
