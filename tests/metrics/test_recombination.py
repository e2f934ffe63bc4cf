"""Swaps: a model whose latents are the factors makes every small black apple; one that folds two of them makes none."""

import pytest
import torch
from torch.distributions import Normal

from dvlab.metrics.recombination import swap
from dvlab.vae import VAE
from dvlab.worlds import Fruit


def corner(f):
    return (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12)


WORLD = Fruit(size=16).hold_out(corner)


class Oracle(VAE):
    """A model that knows the world: it looks an image up in the whole grid, and renders what a code stands for."""

    def __init__(self, to_code, to_factors, latent_dim=3):
        super().__init__(WORLD.image_shape, latent_dim=latent_dim, likelihood="gaussian", sigma=0.3, hidden=())
        self.whole, self.to_code, self.to_factors = Fruit(size=16), to_code, to_factors

    def _q(self, images):
        grid = self.whole.images(torch.float32, device="cpu")
        code = self.to_code(self.whole.all_factors()[torch.cdist(images.flatten(1), grid.flatten(1)).argmin(1)].float())
        return Normal(code, torch.full_like(code, 0.35))  # so wide that samples would often be another image

    def decode(self, z):
        factors = self.to_factors(z).round().long()
        return Normal(self.whole.render(factors.clamp(min=torch.zeros(3), max=torch.tensor([1, 15, 15])).long()), 0.3)


def test_latents_that_are_the_factors_make_every_one():
    found = swap(Oracle(lambda f: f, lambda z: z), WORLD)
    assert (found.right, found.strict, found.shared) == (1, 1, False)
    assert found.latents == {"fruit": 0, "size": 1, "colour": 2}
    assert torch.equal(found.target, found.nearest) and corner(found.target).all()
    assert len(found.first) == 256 == len(torch.cat([found.first, found.second], dim=1).unique(dim=0))
    assert (found.first[:, 0] == 0).all() and found.first[:, 1].min() == 12 and found.first[:, 2].max() == 3
    assert (found.second[:, 0] == 1).all() and found.second[:, 1].max() == 3 and found.second[:, 2].min() == 12


def test_the_order_and_the_sign_of_the_latents_do_not_matter():
    sign = torch.tensor([-1.0, 1.0, -2.0])  # latents: size, idle, colour, fruit; two of them turned round

    def code(f):
        z = torch.zeros(len(f), 4)
        z[:, [3, 0, 2]] = f * sign
        return z

    found = swap(Oracle(code, lambda z: z[:, [3, 0, 2]] / sign, latent_dim=4), WORLD)
    assert (found.right, found.strict) == (1, 1)
    assert found.latents == {"fruit": 3, "size": 0, "colour": 2}


def test_a_fold_of_fruit_and_colour_makes_none():
    """One latent is ± (1 + darkness), the sign being the fruit: apples at one end, grapes at the other."""
    fold = Oracle(
        lambda f: torch.stack([(2 * f[:, 0] - 1) * (1 + f[:, 2]), f[:, 1]], dim=1),
        lambda z: torch.stack([(z[:, 0] > 0).float(), z[:, 1], z[:, 0].abs() - 1], dim=1),
        latent_dim=2,
    )
    found = swap(fold, WORLD)
    assert found.shared and found.latents["fruit"] == found.latents["colour"] == 0
    assert (found.right, found.strict) == (0, 0)  # the apple's latent is a red apple's: small red apples
    assert (found.nearest[:, 0] == 0).all() and (found.nearest[:, 2] <= 3).all() and (found.nearest[:, 1] <= 3).all()
    assert "two factors, one latent" in str(found)


def test_right_may_be_too_red_and_strict_may_not():
    """A decoder that draws every apple four shades too red: nearest of the eight, and outside the block."""

    def factors(z):
        return torch.stack([z[:, 0], z[:, 1], z[:, 2] - 4 * (z[:, 0] < 0.5)], dim=1)

    found = swap(Oracle(lambda f: f, factors), WORLD)
    assert (found.right, found.strict) == (1, 0)


def test_the_nearest_image_has_the_least_squared_error():
    class Speckled(Oracle):
        def decode(self, z):
            images = super().decode(z).mean
            generator = torch.Generator().manual_seed(0)
            return Normal(torch.where(torch.rand(images.shape, generator=generator) < 0.4, 0.0, images), 0.3)

    found, whole = swap(Speckled(lambda f: f, lambda z: z), WORLD), Fruit(size=16)
    errors = [(whole.images(torch.float32) - image).abs().flatten(1) for image in found.decoded[::16]]
    assert torch.equal(whole.index_of(found.nearest[::16]), torch.stack([e.square().sum(1).argmin() for e in errors]))
    assert any(e.square().sum(1).argmin() != e.sum(1).argmin() for e in errors)  # not so by absolute errors


def test_another_factor_can_be_taken():
    """The same corner, the size's latent taken: with one size held out, from small red grapes' size and so on."""
    world = Fruit(size=16).hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] == 0) & (f[:, 2] >= 12))
    found = swap(Oracle(lambda f: f, lambda z: z), world, take="size")
    assert (found.right, found.strict) == (1, 1)
    assert (found.first[:, 1] == 0).all() and (found.first[:, 0] == 1).all() and (found.second[:, 1] > 0).all()


def test_a_latent_can_be_named_and_the_wrong_one_exchanges_another_factor():
    perfect = Oracle(lambda f: f, lambda z: z)
    given = swap(perfect, WORLD, latent=0)
    assert (given.right, given.strict, given.information) == (1, 1, None) and given.latents == {"fruit": 0}
    wrong = swap(perfect, WORLD, latent=2)  # red grapes
    assert (wrong.right, wrong.strict) == (0, 0) and (wrong.nearest[:, 0] == 1).all() and wrong.nearest[:, 2].max() == 3


def test_a_model_as_it_comes_and_its_picture():
    found = swap(VAE(WORLD.image_shape, latent_dim=4, likelihood="gaussian", sigma=0.3, hidden=(8,)), WORLD)
    assert 0 <= found.strict <= 1 and found.decoded.shape == (256, 3, 16, 16) and not found.decoded.requires_grad
    assert len(found.plot(WORLD, columns=3).axes) == 15


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "world, take, message",
    [
        (Fruit(size=16), None, "world must hold out the combinations to be decoded"),
        (Fruit(size=16).hold_out(lambda f: f.sum(1) < 3), None, "a block.*one value of fruit"),
        (
            Fruit(size=16).hold_out(lambda f: f[:, 2] == 15),
            None,
            "one value of fruit; got 32 combinations of 2 × 16 × 1",
        ),
        (WORLD, "shape", "take must be one of 'fruit', 'size', 'colour'; got 'shape'"),
        (Fruit().hold_out(corner), None, r"world's images have shape \(3, 32, 32\); the model takes \(3, 16, 16\)"),
    ],
)
def test_bad_input_gets_a_clear_error(world, take, message):
    vae = VAE((3, 16, 16), latent_dim=4, likelihood="gaussian", sigma=0.3, hidden=(8,))
    with pytest.raises(ValueError, match=message):
        swap(vae, world, take)


@pytest.mark.bad_input
@pytest.mark.parametrize("latent", [-1, 4])
def test_a_latent_that_is_not_there(latent):
    vae = VAE((3, 16, 16), latent_dim=4, likelihood="gaussian", sigma=0.3, hidden=(8,))
    with pytest.raises(ValueError, match=r"latent must lie in \[0, 4\); got"):
        swap(vae, WORLD, latent=latent)


@pytest.mark.bad_input
def test_a_grey_model_is_told_apart():
    vae = VAE((1, 16, 16), latent_dim=4, hidden=(8,))
    with pytest.raises(ValueError, match=r"the model takes \(1, 16, 16\)"):
        swap(vae, WORLD)
