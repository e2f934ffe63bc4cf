"""The zoo: what is put on the shelf comes back, and an unknown name is told which there are."""

import pytest
import torch

from dvlab import zoo
from dvlab.vae import VAE


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
    assert torch.equal(vae.decode(z).mean, shelf.decode(z).mean)
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


def test_every_model_that_ships_loads_and_has_a_card():
    for name in zoo.names():
        assert zoo.load(name, device="cpu").standardised and zoo.card(name)
