"""Latent quantisation: the nearest values of a slow loop, gradients in closed form, and the table's rows."""

import pytest
import torch

from dvlab import results
from dvlab.experiments import quantised
from dvlab.experiments.quantised import LatentQuantiser, autoencoder
from dvlab.worlds.striped import StripedSprites

B, D, V = 9, 3, 5


def quantiser():
    made = LatentQuantiser(D, V)
    with torch.no_grad():
        made.values.copy_(torch.randn(D, V, generator=torch.Generator().manual_seed(1)))
    return made


def draw():
    return torch.randn(B, D, generator=torch.Generator().manual_seed(0)).requires_grad_()


def loop(z, values):
    """Image by image and latent by latent."""
    return torch.tensor([[min(values[j].tolist(), key=lambda v: abs(v - z[n, j])) for j in range(D)] for n in range(B)])


def test_each_latent_takes_the_nearest_of_its_own_values():
    z, made = draw(), quantiser()
    codes, loss = made(z)
    nearest = loop(z.detach(), made.values.detach())
    torch.testing.assert_close(codes.detach(), nearest)
    assert float(loss.detach()) == pytest.approx(2 * float((z.detach() - nearest).square().mean()), rel=1e-5)


def test_the_gradient_goes_straight_through_and_reaches_no_value():
    z, made, slope = draw(), quantiser(), torch.randn(B, D)
    (made(z)[0] * slope).sum().backward()
    torch.testing.assert_close(z.grad, slope)
    assert made.values.grad is None


def test_the_loss_pulls_latents_to_their_values_and_values_to_their_latents():
    z, made = draw(), quantiser()
    made(z)[1].backward()
    away = z.detach() - loop(z.detach(), made.values.detach())
    torch.testing.assert_close(z.grad, 2 * away / (B * D))
    expected = torch.zeros(D, V)
    for n in range(B):
        for j in range(D):
            k = int((made.values[j] - z[n, j]).abs().argmin())
            expected[j, k] -= 2 * away[n, j] / (B * D)
    torch.testing.assert_close(made.values.grad, expected)


def test_a_run_repeats_itself_and_leaves_the_global_state_alone():
    small = {"shapes": "ellipse", "scales": [1.0], "orientations": [0.0], "x": 6, "y": 6, "size": 16}
    world, state = StripedSprites(0.05, **small), torch.get_rng_state()
    one, two = (autoencoder(world, 3, True, steps=5) for _ in range(2))
    assert one == two and torch.equal(torch.get_rng_state(), state)
    assert one["mig"] == pytest.approx((one["mig_x"] + one["mig_y"]) / 2)


def test_the_shipped_table_holds_each_run_once():
    rows = results.read("quantised")
    assert rows[["model", "seed"]].tolist() == [(m, s) for s in quantised.SEEDS for m in ("quantised", "plain")]
    assert (rows["steps"] == quantised.STEPS).all() and (
        abs(rows["mig"] - (rows["mig_x"] + rows["mig_y"]) / 2) < 1e-4
    ).all()


@pytest.mark.bad_input
def test_a_single_value_is_refused():
    with pytest.raises(ValueError, match="values must be at least 2; got 1"):
        LatentQuantiser(2, 1)
