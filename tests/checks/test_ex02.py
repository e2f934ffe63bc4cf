"""Exercise 02's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math

import numpy as np
import pytest
import torch
from naming import each_row_names_itself, named, share_of_right_names
from torch.distributions import Independent, Normal, kl_divergence

from dvlab.checks import ex02
from dvlab.checks.comparison import CheckFailed

PI2 = math.log(2 * math.pi)


def kl(mu, sigma):
    return ((sigma**2 + mu**2 - 1) / 2 - sigma.log()).sum(1)


def kl_loop(mu, sigma):
    rows = []
    for m, s in zip(mu.tolist(), sigma.tolist(), strict=True):
        rows.append(sum((b * b + a * a - 1 - math.log(b * b)) / 2 for a, b in zip(m, s, strict=True)))
    return rows


def kl_numpy(mu, sigma):
    mu, sigma = mu.numpy(), sigma.numpy()
    return 0.5 * np.sum(sigma**2 + mu**2 - 1 - 2 * np.log(sigma), axis=-1)


def kl_library(mu, sigma):
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return kl_divergence(Independent(Normal(mu, sigma), 1), prior)


def log_normal(x, mean, sigma):
    return -(((x - mean) / sigma) ** 2 / 2 + sigma.log() + PI2 / 2).sum(-1)


def log_normal_loop(x, mean, sigma):
    if x.ndim > 2:
        return torch.stack([log_normal_loop(part, mean, sigma) for part in x])
    out = torch.zeros(len(x), dtype=x.dtype)
    for i in range(len(x)):
        for j in range(x.shape[1]):
            out[i] += -((x[i, j] - mean[i, j]) ** 2) / (2 * sigma[i, j] ** 2) - torch.log(sigma[i, j]) - PI2 / 2
    return out


def log_normal_numpy(x, mean, sigma):
    x, mean, sigma = x.numpy(), mean.numpy(), sigma.numpy()
    return np.log(np.exp(-(((x - mean) / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)).sum(-1)


def monte_carlo(mu, sigma, epsilon):
    z = mu + sigma * epsilon
    return (log_normal(z, mu, sigma) - log_normal(z, 0 * mu, 0 * mu + 1)).mean(0)


def monte_carlo_loop(mu, sigma, epsilon):
    total = torch.zeros(len(mu), dtype=mu.dtype)
    for e in epsilon:
        z = mu + sigma * e
        total += log_normal_loop(z, mu, sigma) - log_normal_loop(z, torch.zeros_like(mu), torch.ones_like(mu))
    return total / len(epsilon)


def monte_carlo_numpy(mu, sigma, epsilon):
    mu, sigma, epsilon = mu.numpy(), sigma.numpy(), epsilon.numpy()
    z = mu + sigma * epsilon
    return np.mean(np.sum(-(epsilon**2) / 2 - np.log(sigma) + z**2 / 2, axis=2), axis=0)


def elbo(x, W, b, sigma_x, mu, sigma, epsilon):
    z = mu + sigma * epsilon
    return Normal(z @ W.T + b, sigma_x).log_prob(x).sum(-1).mean(0) - kl(mu, sigma)


def elbo_loop(x, W, b, sigma_x, mu, sigma, epsilon):
    out = -kl(mu, sigma)
    for n in range(len(x)):
        for e in epsilon[:, n]:
            error = x[n] - W @ (mu[n] + sigma[n] * e) - b
            log_px = -(error @ error) / (2 * sigma_x**2) - len(error) * (math.log(sigma_x) + PI2 / 2)
            out[n] = out[n] + log_px / len(epsilon)
    return out


def elbo_numpy(x, W, b, sigma_x, mu, sigma, epsilon):
    z = mu.numpy() + sigma.numpy() * epsilon.numpy()
    error = x.numpy() - np.einsum("sbd,pd->sbp", z, W.numpy()) - b.numpy()
    recon = -(error**2 / sigma_x**2 + np.log(2 * np.pi * sigma_x**2)).sum(-1).mean(0) / 2
    return recon - kl_numpy(mu, sigma)


RIGHT = [
    *((ex02.kl, f) for f in (kl, kl_library, lambda m, s: torch.tensor(kl_loop(m, s)), lambda m, s: kl(m, s).float())),
    *((ex02.log_density, f) for f in (log_normal, log_normal_loop)),
    (ex02.log_density, lambda x, m, s: (-0.9189 - s.log() - ((x - m) / s) ** 2 / 2).sum(-1)),  # the text's constant
    *((ex02.monte_carlo, f) for f in (monte_carlo, monte_carlo_loop)),
    *((ex02.elbo, f) for f in (elbo, elbo_loop)),
    (ex02.elbo, lambda x, W, b, s, *a: elbo(x, W, b, s, *a) + (math.log(2 * math.pi) / 2 - 0.9189) * len(b)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    shapes = ({}, {"batch": 1}, {"batch": 3, "size" if check is ex02.log_density else "latents": 1})
    for seed, shape in enumerate(shapes):
        check(student, **shape, seed=seed)
    assert capsys.readouterr().out.count("visible checks passed") == 3


@pytest.mark.parametrize(
    "check, student",
    [(ex02.kl, kl_loop), (ex02.kl, kl_numpy), (ex02.monte_carlo, monte_carlo_numpy), (ex02.elbo, elbo_numpy)],
)
def test_what_later_cells_cannot_compute_with_is_told_at_once(check, student):
    assert named(check, student) == "tensor"


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
WRONG = [
    (ex02.elbo, "held below 0", lambda *a: elbo(*a).clamp(max=0)),
    (ex02.monte_carlo, "one sample", lambda m, s, e: (Normal(m, s).log_prob(m + s * e) - Normal(0.0, 1.0).log_prob(m + s * e)).sum(-1)[-1]),
    (ex02.monte_carlo, "another prior", lambda m, s, e: (Normal(m, s).log_prob(m + s * e) - Normal(0.0, s).log_prob(m + s * e)).sum(-1).mean(0)),
    (ex02.monte_carlo, "another prior", lambda m, s, e: (Normal(m, s).log_prob(m + s * e) - Normal(m, 1.0).log_prob(m + s * e)).sum(-1).mean(0)),
    (ex02.kl, "wrong", lambda m, s: kl(m[:, :3], s[:, :3])),
    (ex02.kl, "ε inside the logarithm", lambda m, s: kl(m, s) + (s.log() - (s + 1e-6).log()).sum(1)),
    (ex02.kl, "ε inside the logarithm", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log(s**2 + 1e-8)).sum(1)),
    (ex02.kl, "ε inside the logarithm", lambda m, s: kl(m, s.clamp(min=1e-3))),
    (ex02.kl, "tensor", lambda m, s: kl(m, s).numpy()),
    (ex02.log_density, "underflow", lambda x, m, s: Normal(m, s).log_prob(x).exp().prod(-1).log()),
    (ex02.log_density, "underflow", log_normal_numpy),
    (ex02.log_density, "ε inside the logarithm", lambda x, m, s: (1e-8 + Normal(m, s).log_prob(x).exp()).log().sum(-1)),
    (ex02.log_density, "ε inside the logarithm", lambda x, m, s: (1e-12 + Normal(m, s).log_prob(x).exp().prod(-1)).log()),
    (ex02.log_density, "σ² given to Normal", lambda x, m, s: Normal(m, s**2).log_prob(x).sum(-1)),
    (ex02.monte_carlo, "held above 0", lambda m, s, e: monte_carlo(m, s, e).clamp(min=0)),
    (ex02.monte_carlo, "held above 0", lambda m, s, e: monte_carlo(m, s, e).abs()),
    (ex02.monte_carlo, "held above 0", lambda m, s, e: torch.relu(monte_carlo(m, s, e))),
    (ex02.monte_carlo, "one sample", lambda m, s, e: monte_carlo(m, s, e[:1])),
    (ex02.monte_carlo, "σ² given to Normal", lambda m, s, e: (Normal(m, s**2).log_prob(m + s * e) - Normal(0, 1).log_prob(m + s * e)).sum(-1).mean(0)),
    (ex02.elbo, "one sample", lambda x, W, b, s, m, sd, e: elbo(x, W, b, s, m, sd, e[:1])),
    (ex02.elbo, "mean over images", lambda *a: Normal((a[4] + a[5] * a[6]) @ a[1].T + a[2], a[3]).log_prob(a[0]).sum(-1).mean() - kl(a[4], a[5])),
    (ex02.elbo, "wrong direction", lambda *a: elbo(*a) + kl(a[4], a[5]) - (0.5 * ((1 + a[4] ** 2) / a[5] ** 2 - 1) + a[5].log()).sum(1)),
    (ex02.kl, "mean for sum", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log(s**2)).mean(1)),
    (ex02.kl, "mean of everything", lambda m, s: 0.5 * torch.mean(s**2 + m**2 - 1 - torch.log(s**2))),
    (ex02.kl, "wrong axis", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log(s**2)).sum(0)),
    (ex02.kl, "mean over images", lambda m, s: kl(m, s).mean()),
    (ex02.kl, "sum over images", lambda m, s: 0.5 * torch.sum(s**2 + m**2 - 1 - torch.log(s**2))),
    (ex02.kl, "−1 once", lambda m, s: 0.5 * ((s**2 + m**2 - torch.log(s**2)).sum(1) - 1)),
    (ex02.kl, "no sum", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log(s**2))),
    (ex02.kl, "σ for σ²", lambda m, s: 0.5 * (s + m**2 - 1 - torch.log(s)).sum(1)),
    (ex02.kl, "σ for σ²", lambda m, s: 0.5 * (s + m**2 - 1 - torch.log(s**2)).sum(1)),
    (ex02.kl, "ln σ for ln σ²", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log(s)).sum(1)),
    (ex02.kl, "ln σ for ln σ²", lambda m, s: ((s**2 + m**2 - 1) / 2 - 2 * torch.log(s)).sum(1)),
    (ex02.kl, "log base 2", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log2(s**2)).sum(1)),
    (ex02.kl, "log base 2", lambda m, s: kl(m, s) / np.log(2)),
    (ex02.kl, "log base 10", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log10(s**2)).sum(1)),
    (ex02.kl, "missing ½", lambda m, s: (s**2 + m**2 - 1 - torch.log(s**2)).sum(1)),
    (ex02.kl, "wrong sign", lambda m, s: 0.5 * (1 + torch.log(s**2) - m**2 - s**2).sum(1)),
    (ex02.kl, "wrong sign", lambda m, s: 0.5 * (s**2 + m**2 - 1 + torch.log(s**2)).sum(1)),
    (ex02.kl, "missing −1", lambda m, s: 0.5 * (s**2 + m**2 - torch.log(s**2)).sum(1)),
    (ex02.kl, "μ for μ²", lambda m, s: 0.5 * (s**2 + m - 1 - torch.log(s**2)).sum(1)),
    (ex02.kl, "wrong direction", lambda m, s: 0.5 * ((1 + m**2) / s**2 - 1 + torch.log(s**2)).sum(1)),
    (ex02.kl, "mean for sum", lambda m, s: -0.5 * torch.mean(1 + torch.log(s**2) - m**2 - s**2, dim=1)),
    (ex02.kl, "constant", lambda m, s: torch.zeros(len(m))),
    (ex02.kl, "hard-coded", lambda m, s: 2.125),
    (ex02.kl, "shape", lambda m, s: kl(m, s)[:, None]),
    (ex02.kl, "in place", lambda m, s: 0.5 * (s.pow_(2) + m**2 - 1 - s.log()).sum(1)),
    (ex02.kl, "wrong", lambda m, s: 0.5 * (s**2 + m**2 - 1 - torch.log2(s**2)).mean(1)),  # two mistakes at once
    (ex02.kl, "½ on one term", lambda m, s: (0.5 * m**2 + s**2 - 1 - torch.log(s**2)).sum(1)),
    (ex02.kl, "log variance", lambda m, s: 0.5 * (s.exp() + m**2 - 1 - s).sum(1)),
    (ex02.log_density, "axis 1", lambda x, m, s: Normal(m, s).log_prob(x).sum(1)),
    (ex02.log_density, "axis 1", lambda x, m, s: -(((x - m) / s) ** 2 / 2 + s.log()).sum(-1) - x.shape[1] * PI2 / 2),
    (ex02.log_density, "wrong sign of ln σ", lambda x, m, s: (-(((x - m) / s) ** 2) / 2 + s.log() - PI2 / 2).sum(-1)),
    (ex02.log_density, "brackets", lambda x, m, s: (-((x - m) ** 2) / 2 * s**2 - s.log() - PI2 / 2).sum(-1)),
    (ex02.log_density, "brackets", lambda x, m, s: (-(((x - m) / s) ** 2) / 2 - s.log() - 0.5 * math.log(2) * math.pi).sum(-1)),
    (ex02.log_density, "log base 10", lambda x, m, s: (-(((x - m) / s) ** 2) / 2 - s.log() - 0.5 * math.log10(2 * math.pi)).sum(-1)),
    (ex02.log_density, "mean for sum", lambda x, m, s: Normal(m, s).log_prob(x).mean(-1)),
    (ex02.log_density, "wrong axis", lambda x, m, s: Normal(m, s).log_prob(x).sum(0)),
    (ex02.log_density, "ln 2π once", lambda x, m, s: -((x - m) ** 2 / (2 * s**2) + s.log()).sum(-1) - math.log(2 * math.pi) / 2),
    (ex02.log_density, "density, not its log", lambda x, m, s: torch.exp(-((x - m) ** 2) / 2 / s**2) / math.sqrt(2 * math.pi) / s),
    (ex02.log_density, "no sum", lambda x, m, s: Normal(m, s).log_prob(x)),
    (ex02.log_density, "sum over images", lambda x, m, s: Normal(m, s).log_prob(x).sum()),
    (ex02.log_density, "σ for σ²", lambda x, m, s: Normal(m, s.sqrt()).log_prob(x).sum(-1)),
    (ex02.log_density, "σ for σ²", lambda x, m, s: -((x - m) ** 2 / (2 * s) + s.log() + PI2 / 2).sum(-1)),
    (ex02.log_density, "missing ½", lambda x, m, s: -(((x - m) / s) ** 2 + s.log() + PI2 / 2).sum(-1)),
    (ex02.log_density, "missing ½", lambda x, m, s: -((x - m) ** 2 / (2 * s**2) + s.log() + PI2).sum(-1)),
    (ex02.log_density, "missing ln 2π", lambda x, m, s: -((x - m) ** 2 / (2 * s**2) + s.log()).sum(-1)),
    (ex02.log_density, "missing ln σ", lambda x, m, s: -((x - m) ** 2 / (2 * s**2) + PI2 / 2).sum(-1)),
    (ex02.log_density, "only the square", lambda x, m, s: -0.5 * (((x - m) / s) ** 2).sum(-1)),
    (ex02.log_density, "wrong sign", lambda x, m, s: (((x - m) / s) ** 2 / 2 + s.log() + PI2 / 2).sum(-1)),
    (ex02.log_density, "density, not its log", lambda x, m, s: log_normal(x, m, s).exp()),
    (ex02.log_density, "log base 2", lambda x, m, s: torch.log2(log_normal(x, m, s).exp())),
    (ex02.monte_carlo, "σ for σ²", lambda m, s, e: Normal(m, s).log_prob(m + s**2 * e).sum(-1).mean(0) - Normal(0, 1).log_prob(m + s**2 * e).sum(-1).mean(0)),
    (ex02.monte_carlo, "wrong sign", lambda m, s, e: -monte_carlo(m, s, e)),
    (ex02.monte_carlo, "sum over samples", lambda m, s, e: monte_carlo(m, s, e) * len(e)),
    (ex02.monte_carlo, "closed form", lambda m, s, e: kl(m, s)),
    (ex02.monte_carlo, "noise left out", lambda m, s, e: monte_carlo(m, s, 0 * e)),
    (ex02.monte_carlo, "mean over images", lambda m, s, e: monte_carlo(m, s, e).mean()),
    (ex02.monte_carlo, "log q left out", lambda m, s, e: -Normal(0, 1).log_prob(m + s * e).sum(-1).mean(0)),
    (ex02.monte_carlo, "mean for sum", lambda m, s, e: monte_carlo(m, s, e) / m.shape[1]),
    (ex02.monte_carlo, "random", lambda m, s, e: monte_carlo(m, s, torch.randn_like(e))),
    (ex02.monte_carlo, "noise not used", lambda m, s, e: monte_carlo(m, s, torch.randn(e.shape, generator=torch.Generator().manual_seed(0)))),
    (ex02.monte_carlo, "divided by S − 1", lambda m, s, e: monte_carlo(m, s, e) * len(e) / (len(e) - 1)),
    (ex02.monte_carlo, "density of ε", lambda m, s, e: (log_normal(e, 0 * m, 0 * m + 1) - log_normal(m + s * e, 0 * m, 0 * m + 1)).mean(0)),
    (ex02.monte_carlo, "one sample", lambda m, s, e: monte_carlo(m, s, e[:1])),
    (ex02.monte_carlo, "mean of the codes", lambda m, s, e: monte_carlo(m, s, e.mean(0, keepdim=True))),
    (ex02.monte_carlo, "samples from the prior", lambda m, s, e: (log_normal(e, m, s) - log_normal(e, 0 * m, 0 * m + 1)).mean(0)),
    (ex02.monte_carlo, "closed form", lambda m, s, e: -(0.5 * math.log(2 * math.pi * math.e) + s.log()).sum(-1) - log_normal(m + s * e, 0 * m, 0 * m + 1).mean(0)),
    (ex02.elbo, "b left out", lambda x, W, b, *rest: elbo(x, W, 0 * b, *rest)),
    (ex02.elbo, "wrong sign of b", lambda x, W, b, *rest: elbo(x, W, -b, *rest)),
    (ex02.elbo, "σ for σ²", lambda x, W, b, v, m, s, e: elbo(x, W, b, v**2, m, s, e)),
    (ex02.elbo, "ε for z", lambda x, W, b, v, m, s, e: Normal(e @ W.T + b, v).log_prob(x).sum(-1).mean(0) - kl(m, s)),
    (ex02.elbo, "sum over images", lambda *a: elbo(*a) + kl(a[4], a[5]) - kl(a[4], a[5]).sum()),
    (ex02.elbo, "random", lambda *a: elbo(*a[:6], torch.randn_like(a[6]))),
    (ex02.elbo, "mean of the codes", lambda *a: elbo(*a[:6], a[6].mean(0, keepdim=True))),
    (ex02.elbo, "log p(x)", lambda x, W, b, v, *_: torch.distributions.MultivariateNormal(b, W @ W.T + v**2 * torch.eye(len(b), dtype=x.dtype)).log_prob(x)),
    (ex02.elbo, "wrong sign", lambda *a: -elbo(*a)),
    (ex02.elbo, "KL added", lambda *a: elbo(*a) + 2 * kl(a[4], a[5])),
    (ex02.elbo, "KL left out", lambda *a: elbo(*a) + kl(a[4], a[5])),
    (ex02.elbo, "mean for sum", lambda *a: (elbo(*a) + kl(a[4], a[5])) / a[0].shape[1] - kl(a[4], a[5])),
    (ex02.elbo, "mean for sum", lambda *a: elbo(*a) + kl(a[4], a[5]) * (1 - 1 / a[4].shape[1])),
    (ex02.elbo, "noise left out", lambda *a: elbo(*a[:6], 0 * a[6])),
    (ex02.elbo, "squared error", lambda x, W, b, v, m, s, e: -((x - (m + s * e) @ W.T - b) ** 2).sum(-1).mean(0) - kl(m, s)),
    (ex02.elbo, "squared error", lambda x, W, b, v, m, s, e: -((x - (m + s * e) @ W.T - b) ** 2).sum(-1).mean(0) / (2 * v**2) - kl(m, s)),
    (ex02.elbo, "Monte-Carlo KL", lambda *a: elbo(*a) + kl(a[4], a[5]) - monte_carlo(*a[4:])),
    (ex02.elbo, "σ for σ²", lambda x, W, b, v, m, s, e: elbo(x, W, b, v**0.5, m, s, e)),
    (ex02.elbo, "mean over images", lambda *a: elbo(*a).mean()),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_and_most_get_the_right_name(capsys):
    share_of_right_names("02", WRONG, capsys, least=1, hidden=("σ² + μ²", "sigma**2", "½ Σ", "0.5 *"))


@pytest.mark.parametrize("check", [ex02.kl, ex02.log_density, ex02.monte_carlo, ex02.elbo])
def test_an_untouched_stub_says_that_it_is_not_written(check):
    def stub(*args):
        raise NotImplementedError()

    assert named(check, stub) == "not written"


@pytest.mark.whole
@pytest.mark.parametrize("check", [ex02.kl, ex02.log_density, ex02.monte_carlo, ex02.elbo])
def test_each_row_of_the_tables_names_itself(check, capsys):
    each_row_names_itself(check, capsys)


def test_an_unwritten_function_is_blamed_and_not_its_caller():
    def gaussian_kl(mu, sigma):
        raise NotImplementedError()

    def student(x, W, b, sigma_x, mu, sigma, epsilon):
        return log_normal(x, (mu + sigma * epsilon) @ W.T + b, torch.tensor(sigma_x)).mean(0) - gaussian_kl(mu, sigma)

    with pytest.raises(CheckFailed, match="gaussian_kl is not written yet: student calls it"):
        ex02.elbo(student)
