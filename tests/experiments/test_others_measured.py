"""`evaluate` on a model that others trained, and what it keeps while it encodes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from dvlab import results
from dvlab.cli import models
from dvlab.experiments import encoding, evaluation, others
from dvlab.metrics import infomec, mig
from dvlab.vae import VAE, posterior
from dvlab.worlds import Fruit, Sprites

pytestmark = pytest.mark.whole

ELSEWHERE = Path(__file__).parents[3] / "shared" / "data" / "others"  # three of the published models
PUBLISHED = sorted(file.parent for file in ELSEWHERE.glob("*/model.pt"))
FEW = {"scales": 2, "orientations": [0.0, 1.0], "x": 3, "y": 3}  # 108 images


def model(folder, specs=None, channels=1):
    """A model.pt of random weights, with as few channels as its names allow."""
    layers = {f"encoder.{n}": nn.Conv2d(32 if i else channels, 32, 4) for i, n in enumerate(ENCODED)}
    layers |= {
        "encoder.lin1": nn.Linear(512, 8),
        "encoder.lin2": nn.Linear(8, 8),
        "encoder.mu_logvar_gen": nn.Linear(8, 4),
    }
    layers |= {"decoder.lin1": nn.Linear(2, 8), "decoder.lin2": nn.Linear(8, 8), "decoder.lin3": nn.Linear(8, 512)}
    for name in ("convT_64", "convT1", "convT2"):
        layers[f"decoder.{name}"] = nn.ConvTranspose2d(32, 32, 4)
    layers["decoder.convT3"] = nn.ConvTranspose2d(32, channels, 4)
    folder.mkdir(exist_ok=True)
    torch.save(
        {f"{n}.{k}": v for n, layer in layers.items() for k, v in layer.state_dict().items()}, folder / "model.pt"
    )
    if specs is not None:
        (folder / "specs.json").write_text(json.dumps(specs))
    return folder


ENCODED = ("conv1", "conv2", "conv3", "conv_64")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(others, "Sprites", lambda: Sprites(**FEW))


@pytest.mark.parametrize("name", ["model.pt", ""])
def test_evaluate_takes_a_model_that_others_trained(few, tmp_path, monkeypatch, capsys, name):
    folder = model(tmp_path / "theirs", {"dataset": "dsprites"})
    monkeypatch.chdir(tmp_path)
    models.evaluate(str(folder / name), None, "cpu", 0)
    assert "InfoM" in capsys.readouterr().out
    assert sorted(file.name for file in folder.iterdir()) == ["model.pt", "specs.json"]  # theirs is left alone
    out = tmp_path / ".runs" / "theirs"
    assert {file.suffix for file in out.iterdir()} == {".json", ".png"}  # what was encoded is gone
    found = json.loads((out / "evaluation.json").read_text())
    vae, world = others.open_other(folder)
    q = posterior(vae, world)
    assert found["images"] == len(world) == 108
    assert found["kl"] == pytest.approx(float(kl_divergence(q, Normal(0.0, 1.0)).sum(1).mean()), rel=1e-4)
    assert found["mig"] == pytest.approx(mig(q, world.all_factors()).score, abs=1e-5)
    assert found["infomec"]["compactness"] == pytest.approx(infomec(q, world.all_factors()).compactness, abs=1e-5)
    row = others.row(folder, found)
    gaps = [value for name, value in found["mig_per_factor"].items() if name != "shape"]
    assert row["model"] == "theirs" and row["without_shape_mig"] == pytest.approx(np.mean(gaps))
    assert not any(column.startswith("logged") for column in row)


def test_a_row_has_what_the_log_says_times_738(tmp_path):
    folder = model(tmp_path / "a")
    (folder / "test_losses.log").write_text(json.dumps({"kl_loss": 0.5, "tc_loss": -0.1, "loss": 3.0}))
    names = ("images", "kl", "mutual_information", "total_correlation", "dimension_wise", "standard_error")
    found = dict.fromkeys((*names, "active_latents", "mig"), 1.0)
    found |= {"mig_per_factor": {"shape": 0.9, "x": 0.2, "y": 0.4}, "dci_lasso": {}, "infomec": {}}
    row = others.row(folder / "model.pt", found)
    assert (row["logged_kl"], row["logged_total_correlation"]) == pytest.approx((369, -73.8))
    assert row["without_shape_mig"] == pytest.approx(0.3)
    path = others.table({str(folder): found}, tmp_path)
    assert results.read("others", tmp_path)["logged_kl"] == 369 and path.name == "others.csv"


@pytest.mark.bad_input
def test_models_of_other_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must be a model of dSprites, .* its images are chairs, 1 × 64 × 64"):
        others.open_other(model(tmp_path / "a", {"dataset": "chairs"}))
    with pytest.raises(ValueError, match="its images are of other size, 3 × 64 × 64"):
        others.open_other(model(tmp_path / "b", channels=3))
    assert not others.is_other(tmp_path) and others.is_other("nowhere.pt")
    with pytest.raises(FileNotFoundError, match=r"no file nowhere\.pt"):
        others.open_other("nowhere.pt")


def test_what_was_encoded_is_kept_and_gone_on_with(tmp_path, monkeypatch):
    world, encoded = Fruit(sizes=4, colours=4, size=8), []
    vae = VAE(world.image_shape, latent_dim=2, hidden=(8,))
    monkeypatch.setattr(encoding, "PART", 10)
    whole = encoding._encoded

    def stopped(vae, images, index):
        if len(encoded) == 2:
            raise KeyboardInterrupt
        encoded.append(int(index[0]))
        return whole(vae, images, index)

    monkeypatch.setattr(encoding, "_encoded", stopped)
    with pytest.raises(KeyboardInterrupt):
        encoding.kept_posterior(vae, world, tmp_path)
    monkeypatch.setattr(encoding, "_encoded", lambda *a: (encoded.append(int(a[2][0])), whole(*a))[1])
    q, kept = encoding.kept_posterior(vae, world, tmp_path)
    assert encoded == list(range(0, len(world), 10))  # each part once
    right = posterior(vae, world)
    assert torch.allclose(q.loc, right.loc, atol=1e-6) and torch.allclose(q.scale, right.scale, rtol=1e-5)
    other = VAE(world.image_shape, latent_dim=2, hidden=(8,), seed=1)
    assert encoding.kept_posterior(other, world, tmp_path)[1] != kept
    assert encoding.kept_posterior(vae, Fruit(sizes=4, colours=3, size=8), tmp_path)[1] != kept


def test_the_reconstruction_is_the_same_from_posteriors_that_are_known():
    world = Fruit(sizes=4, colours=4, size=8)
    vae = VAE(world.image_shape, latent_dim=2, hidden=(8,))
    known = evaluation.reconstruction(vae, world, seed=3, q=posterior(vae, world))
    assert known == pytest.approx(evaluation.reconstruction(vae, world, seed=3), rel=1e-6)


@pytest.mark.skipif(not PUBLISHED, reason="the published models are not at hand")
@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_the_table_is_what_a_sample_of_images_says(folder):
    """KL and the part that is dimension-wise, of 2,000 images drawn from all: within what a sample can tell."""
    rows = results.read("others")
    row = rows[rows["model"] == folder.name][0]
    vae, world = others.open_other(folder)
    images, _ = world.sample(2000, torch.Generator().manual_seed(5))
    q = posterior(vae, images, batch_size=128)
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    assert float(kl.mean()) == pytest.approx(row["kl"], abs=4 * float(kl.std()) / 2000**0.5)
    log = json.loads((folder / "test_losses.log").read_text())
    assert row["logged_kl"] == pytest.approx(738 * log["kl_loss"], rel=1e-5)
