"""Fruit halfway between two others: each pixel is their mean."""

import torch

from dvlab.worlds import Fruit
from dvlab.worlds.halfway import HalfwayFruit


def test_the_fruit_halfway_is_the_mean_of_an_apple_and_of_grapes_and_the_others_are_as_ever():
    halfway, plain = HalfwayFruit(), Fruit(("apple", "grapes"))
    assert halfway.factors[0].values == ("apple", "grapes", "halfway") and halfway.factors[1:] == plain.factors[1:]
    factors = halfway.all_factors()[torch.randperm(768, generator=torch.Generator().manual_seed(0))]
    apple, grapes = (plain.render(torch.cat([torch.full((768, 1), k), factors[:, 1:]], dim=1)) for k in (0, 1))
    which = factors[:, 0].reshape(-1, 1, 1, 1)
    expected = torch.where(which == 0, apple, torch.where(which == 1, grapes, (apple + grapes) / 2))
    assert torch.allclose(halfway.render(factors), expected, atol=1e-6)
    assert len(halfway.images(torch.float32, device="cpu").unique(dim=0)) == 768
