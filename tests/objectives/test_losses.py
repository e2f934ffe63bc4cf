"""Objectives: identities with the ELBO, slow loops that define each term, and the published mistakes."""

import math
import pickle

import pytest
import torch
from torch.distributions import Bernoulli, Normal

import dvlab
from dvlab import objectives, schedules
from dvlab.objectives import DIPVAE, AnnealedVAE, BetaTCVAE, BetaVAE, CapacityVAE, ColumnSums

B, D, N = 6, 3, 50


@pytest.fixture
def batch():
    """x, q, px, z of a batch of six, in float64."""
    g = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)  # noqa: E731
    q = Normal(draw(B, D), (0.3 * draw(B, D)).exp(), validate_args=False)
    z = q.mean + q.stddev * draw(B, D)
    px = Bernoulli(logits=draw(B, 1, 4, 5), validate_args=False)
    return torch.sigmoid(draw(B, 1, 4, 5)), q, px, z


def normal_log_density(z, mean, sigma):
    return -0.5 * ((z - mean) / sigma) ** 2 - math.log(sigma * math.sqrt(2 * math.pi))


def loop_elbo_terms(x, q, px):
    """Reconstruction and KL, image by image, pixel by pixel, latent by latent."""
    reconstruction, kl = 0.0, 0.0
    for n in range(B):
        for x_p, p in zip(x[n].flatten().tolist(), px.mean[n].flatten().tolist(), strict=True):
            reconstruction -= (x_p * math.log(p) + (1 - x_p) * math.log(1 - p)) / B
        for mean, sigma in zip(q.mean[n].tolist(), q.stddev[n].tolist(), strict=True):
            kl += (0.5 * (mean**2 + sigma**2 - 1) - math.log(sigma)) / B
    return reconstruction, kl


def loop_densities(z, q, estimator):
    """log q(z_i) and log q(z_ij) by the definition of the two minibatch estimators."""
    joint, marginal = torch.zeros(B), torch.zeros(B, D)
    for i in range(B):
        density, densities = 0.0, [0.0] * D
        for m in range(B):
            own, other = (1 / N, (N - 1) / (N * (B - 1))) if estimator == "stratified" else (1 / (N * B), 1 / (N * B))
            logs = [normal_log_density(float(z[i, j]), float(q.mean[m, j]), float(q.stddev[m, j])) for j in range(D)]
            weight = own if m == i else other
            density += weight * math.exp(sum(logs))
            densities = [d + weight * math.exp(log) for d, log in zip(densities, logs, strict=True)]
        joint[i], marginal[i] = math.log(density), torch.tensor([math.log(d) for d in densities])
    return joint, marginal


def test_terms_are_sums_over_pixels_and_latents_and_means_over_images(batch):
    """An average over pixels or latents anywhere is an invisible β."""
    x, q, px, z = batch
    reconstruction, kl = loop_elbo_terms(x, q, px)
    terms = BetaVAE(1)(x, q, px, z)
    assert math.isclose(float(terms["reconstruction"]), reconstruction, rel_tol=1e-9)
    assert math.isclose(float(terms["kl"]), kl, rel_tol=1e-9)
    assert math.isclose(float(terms["loss"]), reconstruction + kl, rel_tol=1e-9)
    assert terms["kl_per_latent"].shape == (D,)
    assert math.isclose(float(terms["kl_per_latent"].sum()), kl, rel_tol=1e-9)


ELBOS = [
    BetaVAE(1),
    BetaTCVAE(beta=1),
    BetaTCVAE(beta=1, estimator="weighted"),
    CapacityVAE(gamma=1, capacity=0),
    DIPVAE(lambda_od=0, lambda_d=0, kind="I"),
    DIPVAE(lambda_od=0, lambda_d=0, kind="II"),
    ColumnSums(BetaTCVAE(beta=1), 0),
]


@pytest.mark.parametrize("objective", ELBOS, ids=repr)
def test_at_their_neutral_weights_all_are_the_negative_elbo_value_and_gradient(batch, objective):
    x, q, px, z = batch
    reconstruction, kl = loop_elbo_terms(x, q, px)
    q.mean.requires_grad_()
    loss = objective(x, q, px, z, dataset_size=N)["loss"]
    assert math.isclose(float(loss.detach()), reconstruction + kl, rel_tol=1e-9)
    (grad_mean,) = torch.autograd.grad(loss, q.mean)
    torch.testing.assert_close(grad_mean, q.mean / B)  # d KL / dμ = μ


@pytest.mark.parametrize("estimator", ["stratified", "weighted"])
@pytest.mark.parametrize("c", [0.003, 4.0, schedules.cooling(40, 1, 100)], ids=str)
def test_equal_weights_are_beta_vae_exactly(batch, c, estimator):
    x, q, px, z = batch
    tc = BetaTCVAE(alpha=c, beta=c, gamma=c, estimator=estimator)(x, q, px, z, step=30, dataset_size=N)
    assert float(tc["loss"]) == float(BetaVAE(c)(x, q, px, z, step=30)["loss"])


@pytest.mark.parametrize("estimator", ["stratified", "weighted"])
def test_the_three_terms_are_those_of_a_slow_loop(batch, estimator):
    x, q, px, z = batch
    log_qz, log_qzj = loop_densities(z, q, estimator)
    log_pz = torch.tensor([sum(normal_log_density(v, 0.0, 1.0) for v in row) for row in z.tolist()])
    terms = BetaTCVAE(beta=6, alpha=2, gamma=3, estimator=estimator)(x, q, px, z, dataset_size=N)
    tc = float((log_qz - log_qzj.sum(1)).mean())
    dw = float((log_qzj.sum(1) - log_pz).mean())
    _, kl = loop_elbo_terms(x, q, px)
    assert math.isclose(float(terms["total_correlation"]), tc, rel_tol=1e-5, abs_tol=1e-5)
    assert math.isclose(float(terms["dimension_wise"]), dw, rel_tol=1e-5, abs_tol=1e-5)
    assert math.isclose(float(terms["mutual_information"]), kl - tc - dw, rel_tol=1e-5, abs_tol=1e-5)
    parts = [float(terms[name]) for name in ("mutual_information", "total_correlation", "dimension_wise")]
    assert math.isclose(sum(parts), float(terms["kl"]), rel_tol=1e-6)
    weighted = sum(w * part for w, part in zip((2, 6, 3), parts, strict=True))
    assert math.isclose(float(terms["loss"] - terms["reconstruction"]), weighted, rel_tol=1e-6)


@pytest.mark.parametrize("beta", [0.003, 0.5, 1.0, 6.0])
def test_beta_weighs_the_total_correlation_and_never_rewards_it(batch, beta):
    """The mistake: (β - 1)·TC added to β·KL, whose slope in TC is 2β - 1, a reward below ½. Ours has slope β."""
    x, q, px, z = batch
    loss = lambda b: float(BetaTCVAE(beta=b)(x, q, px, z, dataset_size=N)["loss"])  # noqa: E731
    tc = float(BetaTCVAE()(x, q, px, z, dataset_size=N)["total_correlation"])
    assert math.isclose(loss(beta) - loss(0.0), beta * tc, rel_tol=1e-6, abs_tol=1e-9)
    assert BetaTCVAE() == BetaTCVAE(beta=6, alpha=1, gamma=1)


def test_a_whole_kl_schedule_with_a_floor_for_the_total_correlation(batch):
    """'The whole KL 40 → 1, the TC weight max(a, 6)': α and γ follow a, β the larger of a and 6."""
    x, q, px, z = batch
    a = schedules.cooling(40, 1, steps=100)
    recipe = BetaTCVAE(beta=schedules.maximum(a, 6), alpha=a, gamma=a)
    for step in (0, 50, 100):
        t = recipe(x, q, px, z, step=step, dataset_size=N)
        expected = t["reconstruction"] + a(step) * t["kl"] + (max(a(step), 6) - a(step)) * t["total_correlation"]
        torch.testing.assert_close(t["loss"], expected)
    assert pickle.loads(pickle.dumps(recipe)) == recipe


def test_capacity_is_the_distance_of_the_kl_from_it(batch):
    x, q, px, z = batch
    reconstruction, kl = loop_elbo_terms(x, q, px)
    for capacity in (kl - 0.5, kl + 0.5):
        loss = float(CapacityVAE(gamma=10, capacity=capacity)(x, q, px, z)["loss"])
        assert math.isclose(loss, reconstruction + 5, rel_tol=1e-9)
    rising = CapacityVAE(gamma=1, capacity=schedules.linear(0, 25, steps=10))(x, q, px, z, step=4)
    assert math.isclose(float(rising["loss"]), reconstruction + abs(kl - 10), rel_tol=1e-9)


def test_the_capacity_rises_unless_told_otherwise_and_the_code_is_not_empty():
    assert AnnealedVAE is CapacityVAE
    capacity = CapacityVAE().capacity
    assert (capacity(0), capacity(1000), capacity(2000), capacity(10**6)) == (0, 12.5, 25, 25)
    world = dvlab.worlds.Sprites("ellipse", scales=[0.8], orientations=[0.0], x=8, y=6, size=16, antialias=True)
    vae = dvlab.VAE(world.image_shape, latent_dim=3, hidden=(32,))
    history = dvlab.train(vae, world, CapacityVAE(), steps=400, batch_size=32, device="cpu", progress=False)
    kl, first = history.kl[-50:].mean(), history.reconstruction[:20].mean()
    assert kl == pytest.approx(25 * 375 / 2000, abs=0.5)  # it follows C, where 0 would have left nothing
    assert history.reconstruction[-50:].mean() < first - 5


@pytest.mark.parametrize("kind", ["I", "II"])
def test_dip_penalises_the_covariance_of_a_slow_loop(batch, kind):
    x, q, px, z = batch
    mean, sigma = q.mean.tolist(), q.stddev.tolist()
    average = [sum(row[j] for row in mean) / B for j in range(D)]
    penalty = 0.0
    for i in range(D):
        for j in range(D):
            c = sum((row[i] - average[i]) * (row[j] - average[j]) for row in mean) / B
            if kind == "II" and i == j:
                c += sum(row[i] ** 2 for row in sigma) / B
            penalty += 2.0 * c**2 if i != j else 7.0 * (c - 1) ** 2
    terms = DIPVAE(lambda_od=2, lambda_d=7, kind=kind)(x, q, px, z)
    assert math.isclose(float(terms["penalty"]), penalty, rel_tol=1e-9)
    reconstruction, kl = loop_elbo_terms(x, q, px)
    assert math.isclose(float(terms["loss"]), reconstruction + kl + penalty, rel_tol=1e-9)


def test_column_sums_notice_what_moves_sideways_and_not_what_moves_up(batch):
    x, q, px, z = batch
    error, columns = (px.mean - x).tolist(), 0.0
    for n in range(B):
        rows = error[n][0]
        columns += sum(sum(row[i] for row in rows) ** 2 for i in range(5)) / B
    inner = BetaTCVAE(beta=6)
    terms, plain = ColumnSums(inner, 15)(x, q, px, z, dataset_size=N), inner(x, q, px, z, dataset_size=N)
    assert math.isclose(float(terms["columns"]), columns, rel_tol=1e-9)
    assert math.isclose(float(terms["loss"]), float(plain["loss"]) + 15 * columns, rel_tol=1e-9)
    assert terms["kl"] == plain["kl"] and terms["total_correlation"] == plain["total_correlation"]
    up, aside = (ColumnSums(inner)(x.roll(1, axis), q, Normal(x, 1.0), z, dataset_size=N) for axis in (2, 3))
    assert abs(float(up["columns"])) < 1e-12 and float(aside["columns"]) > 0.01


def test_a_batch_twice_over_is_the_same_loss(batch):
    """A mean over images: nothing here grows with the batch."""
    x, q, px, z = batch
    twice = [torch.cat([t, t]) for t in (x, q.mean, q.stddev, px.logits, z)]
    double = twice[0], Normal(*twice[1:3]), Bernoulli(logits=twice[3], validate_args=False), twice[4]
    for objective in (
        BetaVAE(4),
        ColumnSums(BetaVAE(4), 2),
        CapacityVAE(10, 2),
        DIPVAE(kind="I"),
        DIPVAE(kind="II"),
    ):
        torch.testing.assert_close(objective(*double)["loss"], objective(x, q, px, z)["loss"])


@pytest.mark.bad_input
def test_bad_objectives_are_refused(batch):
    x, q, px, z = batch
    with pytest.raises(ValueError, match="'stratified', 'weighted'; got 'mss'"):
        BetaTCVAE(estimator="mss")
    with pytest.raises(ValueError, match="kind must be one of 'I', 'II'"):
        DIPVAE(kind="III")
    with pytest.raises(ValueError, match="needs dataset_size"):
        BetaTCVAE()(x, q, px, z)
    assert objectives.BetaVAE() == BetaVAE(beta=4.0)
