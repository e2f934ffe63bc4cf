"""The zoo: what is put on the shelf comes back, and an unknown name is told which there are."""

import signal

import pytest
import torch

from dvlab import zoo
from dvlab.experiments import recipes
from dvlab.experiments.evaluation import measure
from dvlab.objectives import BetaVAE
from dvlab.vae import VAE
from dvlab.worlds import Sprites


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "_SHELF", tmp_path)
    vae = VAE((1, 8, 8), latent_dim=3, hidden=(16,))
    zoo.save(
        "tiny", vae, {"world": "none", "seconds": 1.23456, "mig_per_factor": {"x": 0.5}, "steps": [1, 2]}, tmp_path
    )
    return vae


def test_a_model_and_its_card_come_back(shelf):
    assert zoo.names() == ["tiny"]
    vae = zoo.load("tiny", device="cpu")
    assert not vae.training
    z = torch.randn(4, 3)
    exact = shelf.decode(z).mean
    assert torch.allclose(vae.decode(z).mean, exact, atol=1e-3) and not torch.equal(vae.decode(z).mean, exact)
    assert all(weight.dtype == torch.float32 for weight in vae.parameters())
    assert torch.equal(vae.decode(z).mean, zoo.halve(shelf).decode(z).mean)  # kept in half precision
    card = zoo.card("tiny")
    assert card["seconds"] == 1.23456
    assert str(card).splitlines() == [
        "world           none",
        "seconds         1.235",
        "mig per factor  x 0.5",
        "steps           1, 2",
    ]


@pytest.mark.bad_input
@pytest.mark.parametrize("read", [zoo.load, zoo.card])
def test_an_unknown_name_is_told_the_known_ones(shelf, read):
    with pytest.raises(ValueError, match="name must be one of 'tiny'; got 'big'"):
        read("big")


def test_the_model_of_the_lectures_ships():
    assert "sprites-beta-tcvae" in zoo.names()


def test_the_shelf_holds_at_most_18_megabytes():
    """15 without the two models of faces, which hold 1.25 each."""
    sizes = {path.stem: path.stat().st_size for path in zoo._SHELF.glob("*.safetensors")}
    assert sum(sizes.values()) <= 18e6
    assert sum(size for name, size in sizes.items() if not name.startswith("faces")) <= 15e6


@pytest.mark.whole
@pytest.mark.parametrize("name", [name for name in zoo.names() if name != "sprites-whole"])
def test_a_cards_figures_are_what_the_weights_give(name):
    card = zoo.card(name)
    measured = measure(zoo.load(name, device="cpu"), recipes.RECIPES[name].world())
    sampled = {"mutual_information", "total_correlation"}  # E log q(z) from 10,000 samples
    for figure, value in measured.items():
        assert card[figure] == pytest.approx(value, abs=0.02 if figure in sampled else 0.002), figure
    assert card["command"] == f"python -m dvlab zoo {name} --seed {card['seed']}"


@torch.no_grad()
def test_the_card_of_the_whole_world_agrees_with_a_sample_of_it():
    """All 737,280 images take two minutes; of 10,000, means lie within five standard errors."""
    card, vae = zoo.card("sprites-whole"), zoo.load("sprites-whole", device="cpu")
    images, _ = recipes.RECIPES["sprites-whole"].world().sample(10_000, generator=torch.Generator().manual_seed(0))
    q, _, px = vae(images, torch.Generator().manual_seed(1))
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))
    found = {"kl": kl.sum(dim=1), "reconstruction": -px.log_prob(images).sum(dim=(1, 2, 3))}
    for name, values in found.items():
        assert abs(float(values.mean()) - card[name]) < 5 * float(values.std()) / 100, name
    assert torch.allclose(kl.mean(dim=0), torch.tensor(card["kl_per_latent"]), atol=0.05)
    assert card["elbo"] == pytest.approx(-card["kl"] - card["reconstruction"])


def test_a_rebuilt_model_is_written_with_its_card(tmp_path, monkeypatch):
    world = Sprites(shapes="ellipse", scales=2, orientations=[0.0], x=4, y=4, size=16, antialias=True)
    recipe = recipes.Recipe("a test", lambda: world, BetaVAE(1), {"steps": 3, "batch_size": 8, "progress": False})
    monkeypatch.setitem(recipes.RECIPES, "tiny", recipe)
    card = recipes.rebuild("tiny", seed=5, device="cpu", folder=tmp_path)
    assert card["seed"] == 5 and set(card["mig_per_factor"]) == {"scale", "x", "y"}
    monkeypatch.setattr(zoo, "_SHELF", tmp_path)
    assert zoo.names() == ["tiny"] and zoo.card("tiny") == card
    assert measure(zoo.load("tiny", device="cpu"), world)["kl"] == pytest.approx(card["kl"], rel=1e-6)


def test_a_training_that_was_interrupted_makes_no_model(tmp_path, monkeypatch):
    world = Sprites(shapes="ellipse", scales=2, orientations=[0.0], x=4, y=4, size=16, antialias=True)

    def pressed(step):
        if step == 2:
            signal.raise_signal(signal.SIGINT)
        return 1.0

    recipe = recipes.Recipe("a test", lambda: world, BetaVAE(pressed), {"steps": 5, "batch_size": 8, "progress": False})
    monkeypatch.setitem(recipes.RECIPES, "tiny", recipe)
    with pytest.raises(KeyboardInterrupt):
        recipes.rebuild("tiny", device="cpu", folder=tmp_path)
    assert not list(tmp_path.iterdir())
