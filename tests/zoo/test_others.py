"""Models of YannDubs/disentangling-vae: its layers written out again, and its own logs where its files are at hand."""

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Bernoulli, Normal

from dvlab.worlds import Sprites
from dvlab.zoo.others import disentangling_vae

ELSEWHERE = Path(__file__).parents[3] / "shared" / "data" / "others"  # three of the published models
PUBLISHED = sorted(file.parent for file in ELSEWHERE.glob("*/model.pt"))


def state(side=64, channels=1, latents=10):
    """Random weights under the names that a model.pt has."""
    g, found = torch.Generator().manual_seed(0), {}

    def add(name, *shape, bias):
        found[f"{name}.weight"] = 0.1 * torch.randn(*shape, generator=g)
        found[f"{name}.bias"] = 0.1 * torch.randn(bias, generator=g)

    for name, inside in (("conv1", channels), ("conv2", 32), ("conv3", 32), *([("conv_64", 32)] if side == 64 else [])):
        add(f"encoder.{name}", 32, inside, 4, 4, bias=32)
    add("encoder.lin1", 256, 512, bias=256)
    add("encoder.lin2", 256, 256, bias=256)
    add("encoder.mu_logvar_gen", 2 * latents, 256, bias=2 * latents)
    add("decoder.lin1", 256, latents, bias=256)
    add("decoder.lin2", 256, 256, bias=256)
    add("decoder.lin3", 512, 256, bias=512)
    for name, out in (
        *([("convT_64", 32)] if side == 64 else []),
        ("convT1", 32),
        ("convT2", 32),
        ("convT3", channels),
    ):
        add(f"decoder.{name}", 32, out, 4, 4, bias=out)
    return found


def encode_by_hand(w, x):
    """Mean and variance, layer by layer."""
    for name in ("conv1", "conv2", "conv3", "conv_64"):
        if f"encoder.{name}.weight" in w:
            x = F.conv2d(x, w[f"encoder.{name}.weight"], w[f"encoder.{name}.bias"], stride=2, padding=1).relu()
    x = x.flatten(1)
    for name in ("lin1", "lin2"):
        x = (x @ w[f"encoder.{name}.weight"].T + w[f"encoder.{name}.bias"]).relu()
    pairs = (x @ w["encoder.mu_logvar_gen.weight"].T + w["encoder.mu_logvar_gen.bias"]).view(len(x), -1, 2)
    return pairs[..., 0], pairs[..., 1].exp()


def decode_by_hand(w, z):
    for name in ("lin1", "lin2", "lin3"):
        z = (z @ w[f"decoder.{name}.weight"].T + w[f"decoder.{name}.bias"]).relu()
    z = z.view(-1, 32, 4, 4)
    for name in ("convT_64", "convT1", "convT2", "convT3"):
        if f"decoder.{name}.weight" in w:
            z = F.conv_transpose2d(z, w[f"decoder.{name}.weight"], w[f"decoder.{name}.bias"], stride=2, padding=1)
            z = z if name == "convT3" else z.relu()
    return z.sigmoid()


@pytest.mark.parametrize(("side", "channels", "latents"), [(64, 1, 10), (64, 3, 6), (32, 1, 10)])
def test_the_layers_are_theirs(side, channels, latents, tmp_path):
    weights = state(side, channels, latents)
    torch.save(weights, tmp_path / "model.pt")
    vae = disentangling_vae(tmp_path)
    assert vae.image_shape == (channels, side, side) and vae.latent_dim == latents and not vae.training
    x = torch.rand(3, channels, side, side, generator=torch.Generator().manual_seed(1))
    mean, variance = encode_by_hand(weights, x)
    q = vae.encode(x)
    assert torch.allclose(q.mean, mean, atol=1e-6) and torch.allclose(q.variance, variance, rtol=1e-5)
    assert torch.allclose(vae.decode(mean).mean, decode_by_hand(weights, mean), atol=1e-6)


class Malicious:
    def __reduce__(self):
        return (print, ("code from the file ran",))


@pytest.mark.bad_input
@pytest.mark.parametrize("content", ["text", "pickle", "other", "cut", "tensor"])
def test_any_other_file_is_named(content, tmp_path, capsys):
    file = tmp_path / "model.pt"
    if content == "text":
        file.write_text("not a model")
    elif content == "pickle":
        torch.save(Malicious(), file)
    elif content == "other":
        torch.save(nn.Linear(2, 2).state_dict(), file)
    elif content == "tensor":
        torch.save(torch.zeros(3), file)
    else:
        torch.save(state(), file)
        file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"model\.pt is not a model of disentangling-vae"):
        disentangling_vae(file)
    assert "ran" not in capsys.readouterr().out


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a model\.pt or its folder"):
        disentangling_vae(tmp_path)


@pytest.mark.whole
@pytest.mark.skipif(not PUBLISHED, reason="the published models are not at hand")
@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_their_log_is_what_we_measure_on_our_own_images(folder):
    """Their log holds losses of the first 1,000 images, decoded at the mean, divided by 738: neither renderer nor
    importer errs where KL, each latent's KL and the reconstruction come out the same."""
    vae, log = disentangling_vae(folder), json.loads((folder / "test_losses.log").read_text())
    world = Sprites()
    images = world.render(world.factors_of(torch.arange(1000)))
    with torch.no_grad():
        q = vae.encode(images)
        kl = torch.distributions.kl_divergence(q, Normal(0.0, 1.0)).mean(0).double()
        px = Bernoulli(logits=vae.decode(q.mean).logits, validate_args=False)
        reconstruction = -float(px.log_prob(images).double().sum()) / 1000
    assert float(kl.sum()) == pytest.approx(738 * log["kl_loss"], abs=1e-3)
    assert kl.tolist() == pytest.approx([738 * log[f"kl_loss_{j}"] for j in range(10)], abs=1e-3)
    assert reconstruction == pytest.approx(738 * log["recon_loss"], abs=1e-3)
