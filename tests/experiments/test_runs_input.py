"""What the command line refuses leaves nothing behind, changed pictures are noticed, faults show their place."""

import json

import numpy as np
import pytest
from PIL import Image
from test_options import call

from dvlab import files
from dvlab.cli.errors import is_for_the_user
from dvlab.experiments import runs

pytestmark = pytest.mark.whole

TINY = ["--size", 8, "--batch-size", 128, "--latents", 2, "--steps", 2, "--device", "cpu"]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("latents", 2_000_000_000, "latent"),
        ("latents", 0, "latents must be at least 1; got 0"),
        ("batch-size", 10**6, "batch_size must be at most the number of images, 512"),
        ("batch-size", 1, "batch-size must be at least 2 for beta-tcvae"),
        ("sigma", -1, "sigma must be a finite number above 0; got -1.0"),
        ("sigma", "nan", "sigma must be a finite number above 0; got nan"),
        ("beta", "inf", "beta must be a finite number above 0; got inf"),
        ("cool-from", -3, "cool-from must be a finite number above 0; got -3.0"),
        ("seed", -1, "seed must be at least 0; got -1"),
        ("steps", -1, "steps must be at least 1; got -1"),
        ("save-every", 0, "checkpoint_every must be at least 1; got 0"),
        ("device", "abacus", "device must be"),
        ("network", "transformer", "network must be one of 'mlp', 'conv'; got 'transformer'"),
        ("network", "conv", "network='conv' takes images of 32x32 or 64x64 pixels; got 8x8"),
        ("size", 100_000, "size must be at most 512; got 100000"),
        ("size", 4, "size must be at least 8; got 4"),
        ("objective", "gan", "objective must be one of"),
    ],
)
def test_a_refused_option_leaves_nothing_and_the_right_one_is_then_taken(tmp_path, option, value, told):
    line = call("train", "fruit", *TINY, "--out", tmp_path / "run", f"--{option}", value)
    assert isinstance(line, str) and line.startswith("error: ") and told in line and "\n" not in line
    assert list(tmp_path.iterdir()) == []


def pictures(folder):
    folder.mkdir(exist_ok=True)
    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


def test_a_run_among_the_pictures_is_none_of_them_and_changed_pictures_are_noticed(tmp_path):
    folder = pictures(tmp_path / "mine")
    words = ["train", folder, "--size", 8, "--steps", 2, "--batch-size", 4, "--latents", 2, "--objective", "beta-vae"]
    words += ["--device", "cpu"]
    assert "out must be another folder" in call(*words, "--out", folder)
    assert call(*words, "--out", folder / "run") == 0
    assert call(*words, "--out", folder / "run") == 0  # the history's picture is not data
    assert call("evaluate", folder / "run", "--out", folder / "found", "--device", "cpu") == 0
    found = json.loads((folder / "found" / "evaluation.json").read_text())
    assert found["images"] == 6
    assert call("evaluate", folder / "run", "--device", "cpu") == 0
    assert "out must be another folder" in call("evaluate", folder / "run", "--out", folder)
    Image.new("RGB", (8, 8)).save(folder / "3.png")
    told = call("evaluate", folder / "run", "--device", "cpu")
    assert "are not those it was trained on" in told
    assert json.loads((folder / "run" / "evaluation.json").read_text()) == found


@pytest.mark.bad_input
def test_odd_worlds_and_configs_are_told_in_one_line(tmp_path):
    assert "world must be one of" in call("train", "", *TINY)
    for text in (
        "[]",
        '{"settings": {}}',
        '{"settings": {"world": 3}}',
        '{"settings": {"world": "fruit", "seed": "a"}}',
    ):
        (tmp_path / "config.json").write_text(text)
        (tmp_path / "model.safetensors").write_text("")
        line = call("evaluate", tmp_path)
        assert "config.json is not the config.json of a run" in line and "\n" not in line
    assert "jobs (-1 for one a core) must be at least 1; got 0" in call("sweep", "two-factors", "--jobs", 0)


def test_a_full_disk_is_told_with_the_path(tmp_path, monkeypatch):
    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    line = call("train", "fruit", *TINY, "--out", tmp_path / "run")
    assert line.startswith("error: ") and "No space left on device" in line and "config.json" in line


@pytest.mark.parametrize("fault", [TypeError("a fault of ours"), KeyError("loss"), RuntimeError("no memory")])
def test_a_fault_of_ours_is_not_put_into_one_line(monkeypatch, fault):
    def faulty(*words, **options):
        return len(fault.args[0]) + raised()

    def raised():
        raise fault

    monkeypatch.setattr(runs, "open_model", faulty)
    with pytest.raises(type(fault)):
        call("evaluate", "sprites-vae")


def test_what_python_raises_within_a_line_of_ours_is_a_fault_and_what_we_raise_is_not():
    for settings, for_the_user in (({"world": "fruit", "steps": -1}, True), ({"worlds": "fruit"}, False)):
        with pytest.raises((TypeError, ValueError)) as error:
            runs.Settings(**settings)
        assert is_for_the_user(error.value) == for_the_user
    with pytest.raises(TypeError) as error:
        runs.check_out(None, "nowhere")  # Path(None), inside the library
    assert not is_for_the_user(error.value)


@pytest.mark.parametrize("place", [0, 1, -1])
def test_traceback_shows_where_an_error_came_from(place):
    words = ["train", "nowhere"]
    words.insert(len(words) if place < 0 else place, "--traceback")
    with pytest.raises(ValueError, match="world must be one of"):
        call(*words)
    assert call("train", "nowhere").startswith("error: world must be one of")
