"""One thread inside, as many as before outside; pieces come back in order, whatever the number of workers."""

import threading

import numpy as np
import pytest
import sklearn.linear_model
import torch
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits
from torch.distributions import Normal

import dvlab
from dvlab import metrics
from dvlab.aggregate import log_density
from dvlab.threads import in_pieces, one_thread

CPU = torch.device("cpu")


@pytest.fixture(params=[1, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_one_thread_inside_and_as_before_outside(threads):
    with pytest.raises(RuntimeError, match="broken"), one_thread():
        assert torch.get_num_threads() == 1
        raise RuntimeError("broken")
    assert torch.get_num_threads() == threads


def test_pieces_come_back_in_order_from_workers_of_one_thread(threads):
    gate = threading.Barrier(threads, timeout=20)  # passes only when as many workers as threads are at work

    def work(piece):
        gate.wait()
        return piece, torch.get_num_threads(), torch.is_grad_enabled()

    assert in_pieces(work, range(6), CPU) == [(piece, 1, False) for piece in range(6)]
    assert torch.get_num_threads() == threads


def test_an_error_in_a_piece_comes_out(threads):
    def fails(piece):
        raise ValueError(f"piece {piece}")

    with pytest.raises(ValueError, match="piece 0"):
        in_pieces(fails, range(4), CPU)
    assert torch.get_num_threads() == threads


def test_a_small_network_trains_on_one_thread(threads):
    seen = set()

    def objective(*batch, **options):
        seen.add(torch.get_num_threads())
        return dvlab.objectives.BetaVAE(1)(*batch, **options)

    vae = dvlab.VAE((1, 8, 8), latent_dim=2, hidden=(16,))
    dvlab.train(vae, torch.rand(32, 1, 8, 8), objective, steps=2, batch_size=16, device="cpu", progress=False)
    assert seen == {1} and torch.get_num_threads() == threads


def test_results_do_not_depend_on_the_threads():
    """The same bits: a density, the posteriors of a world, its images, and a trained model."""
    world = dvlab.worlds.Fruit(sizes=4, colours=4, size=16)

    def results():
        vae = dvlab.VAE(world.image_shape, latent_dim=2, hidden=(32,))
        drawn = dvlab.worlds.Fruit(sizes=4, colours=4, size=16).images(device="cpu")
        dvlab.train(vae, drawn, dvlab.objectives.BetaVAE(1), steps=3, batch_size=16, device="cpu", progress=False)
        q = dvlab.posterior(vae, drawn, batch_size=5)
        z = torch.randn(3000, 2, generator=torch.Generator().manual_seed(0))
        return [drawn, q.mean, q.stddev, log_density(z, Normal(q.mean, q.stddev)), *vae.parameters()]

    before, found = torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(results())
    torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_a_regression_is_fitted_with_one_thread_of_blas(monkeypatch):
    """With two, and another program on one of the cores, DCI took ten times as long."""
    seen = []

    def spy(where, name):
        fit = getattr(where, name)

        def noted(*args, **options):
            seen.append((name, {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}))
            return fit(*args, **options)

        monkeypatch.setattr(where, name, noted)

    spy(sklearn.linear_model, "lasso_path"), spy(LogisticRegression, "fit")
    factors = np.array(list(np.ndindex(4, 5, 6)))
    with threadpool_limits(2, user_api="blas"):
        metrics.dci(factors, factors, regressor="lasso"), metrics.explicitness(factors, factors)
        metrics.beta_vae_score(factors, factors, group_size=8, groups=100)
    assert {name for name, _ in seen} == {"lasso_path", "fit"} and all(threads == {1} for _, threads in seen)
