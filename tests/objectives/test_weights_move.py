"""Every weight of every objective may be a schedule, read at the step that the training is at."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from dvlab.objectives import (
    DIPVAE,
    AdaGVAE,
    BetaTCVAE,
    BetaVAE,
    CapacityVAE,
    ColumnSums,
    FactorisedSupportVAE,
    FactorVAE,
)

WEIGHTS = [
    (BetaVAE, "beta", {}),
    *((BetaTCVAE, name, {}) for name in ("alpha", "beta", "gamma")),
    (CapacityVAE, "gamma", {"capacity": 1.0}),
    (CapacityVAE, "capacity", {"gamma": 2.0}),
    *((DIPVAE, name, {"kind": kind}) for name in ("lambda_od", "lambda_d") for kind in ("I", "II")),
    (ColumnSums, "weight", {"objective": BetaVAE(1.0)}),
    (AdaGVAE, "beta", {}),
    *((FactorisedSupportVAE, name, {}) for name in ("gamma", "beta")),
    *((FactorVAE, name, {"hidden": (8,)}) for name in ("gamma", "beta")),
]


@pytest.fixture
def batch():
    g = torch.Generator().manual_seed(0)
    q = Normal(torch.randn(8, 3, generator=g), torch.rand(8, 3, generator=g) + 0.1)
    x = torch.rand(8, 1, 4, 4, generator=g)
    return x, q, Bernoulli(logits=torch.randn(8, 1, 4, 4, generator=g), validate_args=False), q.mean + 0.1


@pytest.mark.parametrize(("objective", "name", "rest"), WEIGHTS)
def test_a_schedule_is_read_at_the_step(objective, name, rest, batch):
    moving = objective(**rest, **{name: lambda step: 0.5 + 3 * step})
    losses = []
    for step in (0, 7):
        still = objective(**rest, **{name: 0.5 + 3 * step})
        found = moving(*batch, step=step, dataset_size=50)["loss"]
        assert found == still(*batch, step=step, dataset_size=50)["loss"]
        losses.append(float(found))
    assert losses[0] != losses[1]


def test_column_sums_hand_the_step_on(batch):
    inner = BetaVAE(lambda step: 1.0 + step)
    outer = ColumnSums(inner, 0.0)
    for step in (0, 7):
        assert outer(*batch, step=step)["loss"] == inner(*batch, step=step)["loss"]
