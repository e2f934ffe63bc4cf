"""Fruit: a factor changes what it names and nothing else, and every image is a picture of its own."""

import numpy as np
import pytest
import torch

from dvlab.worlds import Fruit
from dvlab.worlds.fruit import BLACK, FRUITS, RED, SKY

INSIDE = {"apple": (0, 0.3), "grapes": (0, 0.05), "pear": (0, 0.6), "banana": (-0.1, 0.2)}  # points of plain body


def covered(images):
    """How many pixels of each image the fruit covers, (B,): the sum of the share that is no longer sky."""
    sky = torch.tensor(SKY)[:, None, None]
    return ((images - sky).abs().amax(1) > 0.02).sum((1, 2))


def test_the_default_world_is_the_recipe_of_the_small_black_apple():
    world = Fruit()
    assert repr(world) == "Fruit: 512 images of 3 × 32 × 32 from fruit 2, size 16, colour 16"
    assert world.factors[0].values == ("apple", "grapes")
    assert np.allclose(world.factors[1].values, np.linspace(0.15, 0.3, 16))
    assert np.allclose(world.factors[2].values, np.linspace(0, 1, 16))
    images = world.images(device="cpu")
    assert len(images.unique(dim=0)) == 512  # no two look alike
    corner = world.hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))
    assert len(corner) == 496 and corner.held_out.tolist() == [[0, s, c] for s in range(4) for c in range(12, 16)]


@pytest.mark.parametrize("name", FRUITS)
def test_the_body_runs_from_red_to_black_and_nothing_else_changes(name):
    world = Fruit(name, sizes=[0.3], colours=5, size=128)
    images = world.render(world.all_factors())
    u, v = INSIDE[name]
    body = images[:, :, round(64 + v * 0.3 * 128), round(64 + u * 0.3 * 128)]
    mix = torch.linspace(0, 1, 5)[:, None]
    assert torch.allclose(body, (1 - mix) * torch.tensor(RED) + mix * torch.tensor(BLACK), atol=1e-5)
    assert (covered(images) == covered(images)[0]).all()
    fixed = (images == images[0]).all(0).all(0)  # sky, stem, leaf
    assert fixed[:8].all() and fixed[-8:].all() and 0.1 < float(fixed.float().mean()) < 0.95
    assert float(images.min()) >= 0 and float(images.max()) <= 1


@pytest.mark.parametrize("name", FRUITS)
def test_twice_the_size_is_the_same_picture_twice_as_large(name):
    small, large = (Fruit(name, sizes=[half, 0.4], colours=[0.5], size=size) for half, size in ((0.15, 128), (0.3, 64)))
    first = torch.tensor([[0]])
    a, b = small.render(first), large.render(first)
    assert torch.allclose(a[:, :, 32:96, 32:96], b, atol=1e-4)


@pytest.mark.parametrize("name", FRUITS)
def test_x_moves_the_fruit_to_the_right(name):
    world = Fruit(name, sizes=[0.2], colours=[0.3], x=[0.5, 0.5 + 3 / 32])
    here, there = world.render(world.all_factors())
    assert torch.allclose(there, here.roll(3, dims=2), atol=1e-4) and not torch.equal(there, here)


@pytest.mark.parametrize("size", [32, 64])
def test_every_fruit_stays_inside_its_image(size):
    world = Fruit(FRUITS, sizes=2, colours=2, x=3, size=size)
    images = world.render(world.all_factors())
    edge = torch.cat([images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]], dim=-1)
    assert torch.allclose(edge, torch.tensor(SKY)[:, None].expand_as(edge))
    assert float(covered(images).min()) > 0.01 * size**2


@pytest.mark.parametrize("name", FRUITS)
def test_the_soft_edge_is_the_average_of_a_finer_image(name):
    coarse, fine = (Fruit(name, sizes=[0.3, 0.4], colours=[0.8], size=size) for size in (32, 32 * 8))
    first = torch.tensor([[0]])
    average = torch.nn.functional.avg_pool2d(fine.render(first), 8)
    error = (coarse.render(first) - average).abs()
    assert float(error.mean()) < 0.01 and float(error.max()) < 0.25


def test_a_mixed_batch_is_drawn_as_one_by_one():
    world = Fruit(FRUITS, sizes=3, colours=3, x=2)
    images, factors = world.sample(40, generator=torch.Generator().manual_seed(0))
    assert torch.equal(images, torch.cat([world.render(f[None]) for f in factors]))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "options, error, message",
    [
        (
            {"fruits": ("apple", "plum")},
            ValueError,
            "fruits must be one of 'apple', 'grapes', 'pear', 'banana'; got 'plum'",
        ),
        ({"fruits": ("pear", "pear")}, ValueError, "none twice"),
        ({"fruits": 3}, ValueError, "fruits must be one of 'apple', 'grapes', 'pear', 'banana'; got 3"),
        ({"sizes": 0}, ValueError, "sizes must be at least 1; got 0"),
        ({"sizes": [0.2, -0.1]}, ValueError, "sizes must lie between 0.02 and 0.5.*got 0.2, -0.1"),
        ({"colours": [0, 1.5]}, ValueError, "colours must lie between 0 and 1, red and black; got 0, 1.5"),
        ({"colours": [0, float("nan")]}, ValueError, "colours must be finite"),
        ({"x": [-3, 0.5]}, ValueError, "x must lie between 0 and 1, the image's edges; got -3, 0.5"),
        ({"sizes": [0.2, 0.2, 0.3]}, ValueError, "sizes must hold no value twice; 0.2 comes 2 times"),
        ({"x": 0.5}, TypeError, "x must be a whole number"),
        ({"size": 4}, ValueError, "size must be at least 8; got 4"),
    ],
)
def test_bad_options_get_a_clear_error(options, error, message):
    with pytest.raises(error, match=message):
        Fruit(**options)


def test_light_comes_from_the_left():
    """An apple's highlight is on its left side: green and blue, which the red lacks, lie to the left of the middle."""
    (apple,) = Fruit(size=64, sizes=[0.3], colours=[0.0, 1.0], fruits=("apple",)).images()[:1].double()
    body = apple[1:, 24:38, 18:46].sum((0, 1))  # columns of the body, sky and stalk left out
    assert body[:14].sum() > 1.2 * body[14:].sum()
