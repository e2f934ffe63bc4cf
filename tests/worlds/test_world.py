"""What every world owes: an order, indices, samples, held-out combinations, clear errors."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from dvlab.worlds import Factor, Sprites, World


class Digits(World):
    """A world that can be read back: each pixel of a 1 × 1 × K image is a factor's index, over its size."""

    def __init__(self, sizes):
        factors = tuple(Factor(f"factor{k}", tuple(range(size))) for k, size in enumerate(sizes))
        super().__init__(factors, (1, 1, len(sizes)))

    def _draw(self, factors, images):
        images[:, 0, 0] = factors / torch.tensor(self.factor_sizes, device=factors.device)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


sizes = st.lists(st.integers(2, 5), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None)
@given(sizes)
def test_the_order_is_that_of_itertools_product(sizes):
    world = Digits(sizes)
    assert world.all_factors().tolist() == [list(f) for f in itertools.product(*map(range, sizes))]
    assert len(world) == np.prod(sizes) and world.factor_sizes == tuple(sizes)


@settings(max_examples=30, deadline=None)
@given(sizes, st.data())
def test_index_and_factors_are_inverse_to_each_other_also_when_some_are_held_out(sizes, data):
    world = Digits(sizes)
    held = torch.tensor(data.draw(st.lists(st.booleans(), min_size=len(world), max_size=len(world))))
    held[data.draw(st.integers(0, len(world) - 1))] = False
    part = world.hold_out(held)
    index = torch.arange(len(part))
    assert torch.equal(part.index_of(part.factors_of(index)), index)
    assert torch.equal(part.all_factors(), world.all_factors()[~held])
    assert torch.equal(part.held_out, world.all_factors()[held])
    for i in (0, len(part) - 1, -1, -len(part)):
        image, factors = part[i]
        assert torch.equal(factors, part.all_factors()[i]) and torch.equal(image, part.render(factors[None])[0])


def test_hold_outs_add_up_and_are_never_sampled():
    world = Digits((3, 4, 5))
    part = world.hold_out(lambda f: (f[:, 0] == 0) & (f[:, 2] >= 3)).hold_out(lambda f: f[:, 1] == 2)
    held = {(a, b, c) for a, b, c in itertools.product(range(3), range(4), range(5)) if (a == 0 and c >= 3) or b == 2}
    assert {tuple(f) for f in part.held_out.tolist()} == held and len(part) == 60 - len(held)
    images, factors = part.sample(2000, generator=generator())
    seen = {tuple(f) for f in factors.tolist()}
    assert not seen & held and len(seen) == len(part)
    assert torch.equal(images, part.render(factors))
    assert {tuple(f.tolist()) for _, f in DataLoader(part, batch_size=None)} == seen
    assert len(part.images()) == len(part) and len(world) == 60 and len(world.held_out) == 0
    assert torch.equal(part.render(part.held_out), world.render(part.held_out))  # held out, but it can be drawn


@pytest.mark.parametrize("k", [1, 2, 3])
def test_pairs_share_all_but_k_factors(k):
    world = Digits((3, 4, 5))
    images, factors = world.pairs(6000, k=k, generator=generator())
    assert images.shape == (6000, 2, 1, 1, 3) and factors.shape == (6000, 2, 3)
    assert torch.equal(images, world.render(factors.flatten(0, 1)).unflatten(0, (6000, 2)))
    differ = factors[:, 0] != factors[:, 1]
    assert (differ.sum(dim=1) == k).all()
    share = differ.double().mean(dim=0)  # each factor changes as often as any other: k of 3
    assert ((share - k / 3).abs() < 0.03).all()
    counts = torch.bincount(world.index_of(factors[:, 0]), minlength=60)  # the first of a pair is uniform
    assert ((counts - 100).abs() < 5 * 100**0.5).all()
    for column, size in zip(factors[differ[:, 2]][:, :, 2].T, (5, 5), strict=True):
        assert len(column.unique()) == size
    steps = (factors[:, 1, 2] - factors[:, 0, 2])[differ[:, 2]].remainder(5)
    spread = torch.bincount(steps, minlength=5)[1:] / len(steps)
    assert ((spread - 0.25).abs() < 0.05).all()  # any other value is as likely


def test_pairs_hold_nothing_that_is_held_out_and_follow_the_generator():
    world = Digits((3, 4)).hold_out(lambda f: f[:, 0] == f[:, 1])
    _, factors = world.pairs(500, generator=generator())
    assert (factors[..., 0] != factors[..., 1]).all() and ((factors[:, 0] != factors[:, 1]).sum(1) == 1).all()
    assert torch.equal(factors, world.pairs(500, generator=generator())[1])
    assert not torch.equal(world.pairs(500)[1], world.pairs(500)[1])


@pytest.mark.bad_input
def test_pairs_that_cannot_be_are_told():
    world = Digits((3, 4))
    for k, error, message in (
        (3, ValueError, "k must be at most the number of factors, 2; got 3"),
        (0, ValueError, "k must be at least 1; got 0"),
        (1.5, TypeError, "k must be a whole number"),
    ):
        with pytest.raises(error, match=message):
            world.pairs(4, k=k)
    with pytest.raises(ValueError, match="n must be at least 1"):
        world.pairs(0)
    lonely = world.hold_out(lambda f: (f[:, 0] != 0) | (f[:, 1] != 0))
    with pytest.raises(ValueError, match="held-out combinations leave no pairs that differ in 1 of 2 factors"):
        lonely.pairs(4)


def test_samples_are_uniform():
    world = Digits((2, 5)).hold_out(lambda f: f.sum(1) == 0)
    index = world.index_of(world.sample(90_000, generator=generator())[1])
    counts = torch.bincount(index, minlength=9)
    assert ((counts - 10_000).abs() < 5 * 10_000**0.5).all()


def test_a_generator_decides_everything_and_global_random_state_nothing():
    world = Digits((7, 8, 9))
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, again, other = (world.sample(50, generator=generator(seed))[1] for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(world.sample(50)[1], world.sample(50)[1])
    assert torch.equal(torch.get_rng_state(), before)


def test_drawing_in_chunks_changes_nothing():
    world = Sprites(size=32, antialias=True)
    factors = world.factors_of(torch.randint(len(world), (1030,), generator=generator()))
    one_by_one = torch.cat([world.render(f[None]) for f in factors])
    for n in (1, 1023, 1024, 1025, 1030):
        assert torch.equal(world.render(factors[:n]), one_by_one[:n])


def test_all_images_are_drawn_once_in_order():
    world = Sprites(shapes="square", scales=2, orientations=1, x=20, y=30, size=16, antialias=True)
    images = world.images(device="cpu")
    assert len(world) == 1200 and images.dtype == torch.uint8 and world.images(device="cpu") is images
    assert torch.equal(images, (world.render(world.all_factors()) * 255).round().to(torch.uint8))
    assert torch.equal(world.images(torch.float32, device="cpu"), world.render(world.all_factors()))
    part = world.hold_out(world.all_factors()[:, 0] == 0)
    assert torch.equal(part.images(device="cpu"), images[600:])


def test_a_world_prints_itself():
    world = Digits((3, 4)).hold_out(lambda f: f[:, 0] == 0)
    assert repr(world) == "Digits: 8 images of 1 × 1 × 2 from factor0 3, factor1 4, 4 more held out"


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32])
def test_any_whole_number_will_do_for_factors(dtype):
    world = Digits((3, 4))
    factors = world.all_factors()
    assert torch.equal(world.render(factors.to(dtype)), world.render(factors))
    assert torch.equal(world.index_of(factors.to(dtype)), torch.arange(12))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "factors, error, message",
    [
        (torch.zeros(2, 3, dtype=torch.int64), ValueError, r"shape \(batch, 2\).*factor0, factor1; got \(2, 3\)"),
        (torch.zeros(2, dtype=torch.int64), ValueError, r"got \(2,\)"),
        (torch.zeros(0, 2, dtype=torch.int64), ValueError, r"batch ≥ 1.*got \(0, 2\)"),
        (torch.tensor([[0, 0], [1, 4]]), ValueError, r"factors\[1, 1\] \(factor1\) must lie in \[0, 4\); got 4"),
        (torch.tensor([[-1, 0]]), ValueError, r"factors\[0, 0\] \(factor0\) must lie in \[0, 3\); got -1"),
        (torch.zeros(2, 2), TypeError, r"whole numbers.*got a tensor of float32 \(2, 2\)"),
        (torch.full((2, 2), torch.nan), TypeError, "whole numbers"),
        (torch.zeros(2, 2, dtype=torch.bool), TypeError, "whole numbers"),
        (np.zeros((2, 2), dtype=int), TypeError, "got an array of int64"),
        ([[0, 0]], TypeError, "got list"),
    ],
)
def test_bad_factors_get_a_clear_error(factors, error, message):
    for use in (Digits((3, 4)).render, Digits((3, 4)).index_of):
        with pytest.raises(error, match=message):
            use(factors)


@pytest.mark.bad_input
def test_bad_indices_masks_and_sizes_get_a_clear_error():
    world = Digits((3, 4))
    for index in (12, -13):
        with pytest.raises(IndexError, match="out of range for a world of 12 images"):
            world[index]
    with pytest.raises(IndexError, match=r"\[0, 12\); got 3 to 12"):
        world.factors_of(torch.tensor([3, 12]))
    with pytest.raises(TypeError, match="index must be a tensor of whole numbers"):
        world.factors_of(torch.tensor([0.5]))
    for n, error in ((0, ValueError), (-1, ValueError), (2.0, TypeError)):
        with pytest.raises(error, match="n must be"):
            world.sample(n)
    for held in (torch.zeros(11, dtype=torch.bool), torch.zeros(12), lambda f: f, None):
        with pytest.raises(ValueError, match=r"boolean tensor \(12,\)"):
            world.hold_out(held)
    with pytest.raises(ValueError, match="at least one must be left"):
        world.hold_out(lambda f: f[:, 0] >= 0)
    part = world.hold_out(lambda f: f[:, 0] == 1)
    with pytest.raises(ValueError, match="held out of this world"):
        part.index_of(torch.tensor([[0, 0], [1, 2]]))
    with pytest.raises(ValueError, match="dtype must be"):
        world.images(torch.int64)
    with pytest.raises(ValueError, match="device"):
        world.images(device="abacus")
