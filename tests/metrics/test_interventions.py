"""Interventions: models whose code is known, so that what one latent changes is known too."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal

import dvlab
from dvlab.metrics.interventions import intervene
from dvlab.worlds import Factor, World


class Dots(World):
    """A world that is its own factors: each pixel is an index over its largest."""

    def __init__(self, sizes):
        super().__init__(tuple(Factor(f"g{k}", tuple(range(n))) for k, n in enumerate(sizes)), (1, 1, len(sizes)))

    def _draw(self, factors, images):
        images[:, 0, 0] = factors / (torch.tensor(self.factor_sizes, device=factors.device) - 1)


class Linear(dvlab.VAE):
    """Codes z = M g, pixels g = M⁻¹ z, g the pixels: a model that is told how it is entangled."""

    def __init__(self, M):
        super().__init__((1, 1, len(M)), latent_dim=len(M), hidden=())
        self.M = torch.tensor(M, dtype=torch.float32)

    def _q(self, x):
        return Normal(x.flatten(1) @ self.M.T, torch.tensor(0.01).expand(len(x), self.latent_dim))

    def decode(self, z):
        return Normal((z @ torch.linalg.inv(self.M).T).view(-1, 1, 1, self.latent_dim), torch.tensor(0.1))


def test_an_aligned_model_changes_one_factor_at_a_time():
    world = Dots((11, 11, 11))
    found = intervene(Linear(np.diag([2.0, -1.0, 0.5])[[1, 2, 0]]), world)
    expected = 0.8 * np.eye(3)[[1, 2, 0]]  # from the 10 % to the 90 % quantile of 11 values: 8 of 10 steps
    np.testing.assert_allclose(found.change, expected, atol=1e-6)
    assert found.latents == {"g0": 2, "g1": 0, "g2": 1}
    assert [found.beside(name) for name in found.names] == [0, 0, 0]


def test_a_rotated_model_changes_two():
    c = np.sqrt(0.5)
    world = Dots((41, 41))
    found = intervene(Linear([[c, -c], [c, c]]), world, images=400)
    np.testing.assert_allclose(found.change, found.change[0, 0], atol=0.03)  # each latent moves both alike
    assert found.beside("g0") == pytest.approx(0.5, abs=0.03)


def test_a_sheared_model_names_the_factor_that_comes_along():
    """z0 = g0, z1 = g1 - ½ g0: with z1 held, g1 = z1 + ½ g0, so moving z0 moves g1 by half as much."""
    found = intervene(Linear([[1.0, 0.0], [-0.5, 1.0]]), Dots((41, 81)), images=400)
    inside = found.change[0, 1] / found.change[0, 0]
    assert 0.35 < inside < 0.5  # less than a half where the picture would have left the grid
    assert found.change[1, 0] == 0 and found.beside("g1") == 0 and found.beside("g0") > 0.25


def test_the_seed_draws_the_images():
    model, world = Linear([[1.0, 0.0], [-0.5, 1.0]]), Dots((41, 81))
    one, again, other = (intervene(model, world, images=3, seed=seed).change for seed in (5, 5, 6))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_an_inactive_latent_changes_nothing_and_held_out_images_can_be_named():
    class OneInactive(Linear):
        def decode(self, z):
            return super().decode(z * torch.tensor([1.0, 0.0]))

    world = Dots((11, 11)).hold_out(lambda f: (f[:, 0] > 5) & (f[:, 1] < 3))
    found = intervene(OneInactive(np.eye(2)), world)
    assert (found.change[1] == 0).all() and found.change[0, 0] > 0.5
    assert str(found).splitlines()[2].split() == ["z1", "0.00", "0.00"]


@pytest.mark.bad_input
def test_a_model_of_other_images_is_told():
    with pytest.raises(ValueError, match=r"images have shape \(1, 1, 2\); the model takes \(1, 8, 8\)"):
        intervene(dvlab.VAE((1, 8, 8), latent_dim=2, hidden=(4,)), Dots((3, 3)))
