"""Checkpoints: what is saved comes back bit for bit, whole or not at all, and nothing else is taken for one."""

import os

import numpy as np
import pytest
import safetensors.torch
import torch

from dvlab import checkpoints
from dvlab.objectives import BetaVAE
from dvlab.schedules import constant
from dvlab.vae import VAE


def print_later(step):
    return 1


def small(**options):
    return VAE(**{"image_shape": (1, 8, 8), "latent_dim": 3, "hidden": (16,), **options})


def same(a, b):
    return a.keys() == b.keys() and all(a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]) for name in a)


def test_tensors_and_metadata_come_back(tmp_path):
    tensors = {
        "a": torch.rand(3, 4).T,  # not contiguous
        "b": torch.tensor(True),
        "c": torch.arange(5, dtype=torch.uint8),
        "d": torch.tensor(1.5, dtype=torch.float64),
        "e": torch.rand(4, dtype=torch.bfloat16),
        "empty": torch.empty(0),
    }
    metadata = {"word": "β", "number": 1.5, "list": [1, None]}
    path = tmp_path / "new folder" / "file.safetensors"
    checkpoints.save(path, tensors, metadata)
    loaded, told = checkpoints.load(str(path))
    assert same(loaded, tensors) and told == metadata
    assert os.listdir(path.parent) == [path.name]
    assert same(safetensors.torch.load_file(path), tensors)  # plain safetensors, for whoever reads it without us


def test_another_shape_of_the_same_numbers_is_noticed(tmp_path):
    path = tmp_path / "file"
    checkpoints.save(path, {"a": torch.arange(6.0).reshape(2, 3)}, {})
    written = path.read_bytes()
    path.write_bytes(written.replace(b"[2,3]", b"[3,2]"))
    assert path.read_bytes() != written
    with pytest.raises(ValueError, match="checksum"):
        checkpoints.load(path)


def test_a_model_comes_back_whole(tmp_path):
    vae = small(likelihood="gaussian", sigma=0.3)
    vae.standardise(torch.rand(20, 1, 8, 8))
    checkpoints.save_model(tmp_path / "model", vae)
    again = checkpoints.load_model(tmp_path / "model", device="cpu")
    assert same(again.state_dict(), vae.state_dict()) and again.config == vae.config and not again.training


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "model"
    checkpoints.save(path, {"a": torch.ones(3)}, {})

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        checkpoints.save(path, {"a": torch.zeros(3)}, {})
    assert os.listdir(tmp_path) == ["model"] and torch.equal(checkpoints.load(path)[0]["a"], torch.ones(3))


def test_every_damage_is_noticed_and_the_path_named(tmp_path):
    path = tmp_path / "model.safetensors"
    checkpoints.save(path, {"a": torch.rand(50), "b": torch.rand(50)}, {"x": 1})
    whole = path.read_bytes()
    damaged = [b"", b"hello", whole[:4], whole[:100], whole[:-1], whole + b"!", bytes(len(whole))]
    for place in range(0, len(whole), 37):  # a bit flipped somewhere
        damaged.append(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"model\.safetensors"):
            checkpoints.load(path)


def test_no_flipped_bit_of_a_header_changes_what_is_loaded(tmp_path):
    path = tmp_path / "model"
    checkpoints.save_model(path, small(likelihood="gaussian", sigma=0.3))
    whole, (tensors, metadata) = path.read_bytes(), checkpoints.load(path)
    for place in range(8 + int.from_bytes(whole[:8], "little")):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        try:
            again, told = checkpoints.load(path)
        except ValueError:
            continue
        assert same(again, tensors) and told == metadata, place  # such as a blank that became a tab


def test_the_same_model_gives_the_same_bytes(tmp_path):
    for name in "ab":
        checkpoints.save_model(tmp_path / name, small(seed=3))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_other_files_are_not_taken_for_ours(tmp_path):
    path = tmp_path / "other"
    safetensors.torch.save_file({"a": torch.rand(3)}, path)
    with pytest.raises(ValueError, match=r"other.*not a whole dvlab file"):
        checkpoints.load(path)
    torch.save({"a": torch.rand(3)}, path)
    with pytest.raises(ValueError, match=r"other.*not a whole dvlab file"):
        checkpoints.load(path)
    checkpoints.save(path, {"a": torch.rand(3)}, {})
    with pytest.raises(ValueError, match=r"other.*holds no model"):
        checkpoints.load_model(path)
    with pytest.raises(FileNotFoundError):
        checkpoints.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "value", [lambda step: 1, BetaVAE(lambda step: 1), torch.nn.Linear(2, 2), np.arange(5000), print_later]
)
def test_what_does_not_say_what_it_computes_is_refused(value):
    with pytest.raises(ValueError, match=r"objective must say in its repr what it computes.*frozen dataclass"):
        checkpoints.describe("objective", value)


def test_what_says_it_is_described_by_it():
    assert checkpoints.describe("objective", BetaVAE(constant(2))) == "BetaVAE(beta=Constant(value=2))"
