"""Exercise 04, parts 1 to 3: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math

import numpy as np
import pytest
import torch
from naming import each_row_names_itself, named, share_of_right_names
from scipy.special import logsumexp
from scipy.stats import norm
from torch.distributions import Independent, MixtureSameFamily, Normal
from torch.distributions.categorical import Categorical

from dvlab.aggregate import log_densities
from dvlab.checks import ex04

LSE = torch.logsumexp


def logs(z, mu, sigma):
    return Normal(mu, sigma).log_prob(z[:, None])


def joint(z, mu, sigma):
    return LSE(logs(z, mu, sigma).sum(2), 1) - math.log(len(mu))


def joint_loop(z, mu, sigma):
    out = []
    for point in z:
        terms = [sum(Normal(m, s).log_prob(x) for x, m, s in zip(point, *row, strict=True)) for row in zip(mu, sigma, strict=True)]  # fmt: skip
        top = max(terms)
        out.append(top + torch.log(sum(torch.exp(t - top) for t in terms) / len(mu)))
    return torch.stack(out)


def joint_numpy(z, mu, sigma):
    z, mu, sigma = z.numpy(), mu.numpy(), sigma.numpy()
    return logsumexp(norm.logpdf(z[:, None], mu, sigma).sum(-1), axis=1, b=1 / len(mu))


def joint_library(z, mu, sigma):
    equal = Categorical(logits=torch.zeros(len(mu), dtype=mu.dtype))
    return MixtureSameFamily(equal, Independent(Normal(mu, sigma), 1)).log_prob(z)


def marginals(z, mu, sigma):
    return LSE(logs(z, mu, sigma), 1) - math.log(len(mu))


def marginals_loop(z, mu, sigma):
    columns = [joint(z[:, j : j + 1], mu[:, j : j + 1], sigma[:, j : j + 1]) for j in range(z.shape[1])]
    return torch.stack(columns, dim=1)


def marginals_numpy(z, mu, sigma):
    return logsumexp(norm.logpdf(z.numpy()[:, None], mu.numpy(), sigma.numpy()), axis=1) - np.log(len(mu))


def marginals_library(z, mu, sigma):
    return log_densities(z, Normal(mu, sigma))[1]


def terms(mu, sigma, epsilon):
    z = mu + sigma * epsilon
    own, prior = Normal(mu, sigma).log_prob(z).sum(1), Normal(0.0, 1.0).log_prob(z).sum(1)
    qz, qzj = joint(z, mu, sigma), marginals(z, mu, sigma).sum(1)
    return (own - qz).mean(), (qz - qzj).mean(), (qzj - prior).mean()


def terms_loop(mu, sigma, epsilon):
    out = np.zeros(3)
    for n in range(len(mu)):
        z = (mu[n] + sigma[n] * epsilon[n])[None]
        own, prior = Normal(mu[n], sigma[n]).log_prob(z).sum(), Normal(0.0, 1.0).log_prob(z).sum()
        qz, qzj = joint_loop(z, mu, sigma)[0], marginals_loop(z, mu, sigma).sum()
        out += np.array([own - qz, qz - qzj, qzj - prior]) / len(mu)
    return out


def terms_numpy(mu, sigma, epsilon):
    m, s, e = mu.numpy(), sigma.numpy(), epsilon.numpy()
    z = m + s * e
    log_q = norm.logpdf(z[:, None], m, s)
    own = norm.logpdf(z, m, s).sum(1).mean()
    qz = (logsumexp(log_q.sum(-1), axis=1) - np.log(len(m))).mean()
    qzj = (logsumexp(log_q, axis=1) - np.log(len(m))).sum(-1).mean()
    return [own - qz, qz - qzj, qzj - norm.logpdf(z).sum(-1).mean()]


RIGHT = [
    *((ex04.log_qz, f) for f in (joint, joint_loop, lambda *a: torch.tensor(joint_numpy(*a)), joint_library)),
    *(
        (ex04.log_qzj, f)
        for f in (marginals, marginals_loop, lambda *a: torch.tensor(marginals_numpy(*a)), marginals_library)
    ),
    *((ex04.three_terms, f) for f in (terms, terms_numpy)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    size = "images" if check is ex04.three_terms else "points"
    for shape in ({}, {size: 2}, {size: 3, "latents": 1}):
        check(student, **shape)
    assert capsys.readouterr().out.count("visible checks passed") == 3


def test_far_from_the_posteriors_only_logsumexp_survives(capsys):
    ex04.log_qz(joint_loop, far=True)
    assert named(ex04.log_qzj, marginals_numpy, far=True) == "tensor"  # the right numbers, which later cells can't use
    assert named(ex04.log_qz, lambda *a: logs(*a).sum(2).exp().mean(1).log(), far=True) == "underflow"
    assert named(ex04.log_qzj, lambda *a: logs(*a).exp().mean(1).log(), far=True) == "underflow"


def moments(z, mu, sigma):
    return Normal(mu.mean(0), ((sigma**2 + mu**2).mean(0) - mu.mean(0) ** 2) ** 0.5).log_prob(z)


def with_terms(change, own=False, prior=False):
    """Three terms of four changed logarithms (own, joint, marginals (N, D), prior); one or two as closed forms."""

    def f(mu, sigma, epsilon):
        z = mu + sigma * epsilon
        o, p = Normal(mu, sigma).log_prob(z).sum(1), Normal(0.0, 1.0).log_prob(z).sum(1)
        o = -(0.5 * math.log(2 * math.pi * math.e) + sigma.log()).sum(1) if own else o
        p = (-0.5 * math.log(2 * math.pi) - 0.5 * (mu**2 + sigma**2)).sum(1) if prior else p
        return torch.stack([part.mean() for part in change(o, joint(z, mu, sigma), marginals(z, mu, sigma), p)])

    return f


def without_own(mu, sigma, epsilon):
    z = mu + sigma * epsilon
    rest = [joint(z[i : i + 1], *(torch.cat([x[:i], x[i + 1 :]]) for x in (mu, sigma))) for i in range(len(z))]
    q, m = torch.cat(rest), marginals(z, mu, sigma).sum(1)
    own, prior = Normal(mu, sigma).log_prob(z).sum(1), Normal(0.0, 1.0).log_prob(z).sum(1)
    return (own - q).mean(), (q - m).mean(), (m - prior).mean()


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
WRONG = [
    (ex04.log_qz, "tensor", joint_numpy),
    (ex04.log_qz, "ε inside the logarithm", lambda *a: (1e-8 + joint(*a).exp()).log()),
    (ex04.log_qzj, "ε inside the logarithm", lambda *a: (1e-10 + marginals(*a).exp()).log()),
    (ex04.three_terms, "held above 0", lambda *a: (terms(*a)[0], terms(*a)[1].clamp(min=0), terms(*a)[2].clamp(min=0))),
    (ex04.three_terms, "held above 0", lambda *a: (terms(*a)[0], abs(terms(*a)[1]), terms(*a)[2])),
    (ex04.three_terms, "held above 0", lambda *a: (*terms(*a)[:2], abs(terms(*a)[2]))),
    (ex04.three_terms, "the whole KL as dimension-wise", lambda m, s, e: (*terms(m, s, e)[:2], (0.5 * (m**2 + s**2 - 1) - s.log()).sum(1).mean())),
    (ex04.three_terms, "MI against the prior", lambda m, s, e: ((0.5 * (m**2 + s**2 - 1) - s.log()).sum(1).mean(), *terms(m, s, e)[1:])),
    (ex04.three_terms, "slow", terms_loop),

    (ex04.log_qz, "sum for mean", lambda *a: LSE(logs(*a).sum(2), 1)),
    (ex04.log_qz, "mean of logs", lambda *a: logs(*a).sum(2).mean(1)),
    (ex04.log_qz, "mean of logs", lambda *a: logs(*a).mean(1).sum(1)),
    (ex04.log_qz, "sum of logs", lambda *a: logs(*a).sum(2).sum(1)),
    (ex04.log_qz, "product of marginals", lambda *a: marginals(*a).sum(1)),
    (ex04.log_qz, "not finite", lambda *a: logs(*a).exp().mean(1).prod(1).log()),
    (ex04.log_qz, "product of marginals", lambda *a: LSE(logs(*a), 1).sum(1) - math.log(len(a[1]))),
    (ex04.log_qz, "wrong axis", lambda *a: LSE(logs(*a).sum(2), 0) - math.log(len(a[1]))),
    (ex04.log_qz, "mean over latents", lambda *a: LSE(logs(*a).mean(2), 1) - math.log(len(a[1]))),
    (ex04.log_qz, "divided by the points", lambda z, m, s: LSE(logs(z, m, s).sum(2), 1) - math.log(len(z))),
    (ex04.log_qz, "wrong axis", lambda *a: LSE(logs(*a).sum(2), 0) - math.log(len(a[0]))),
    (ex04.log_qz, "weights counted D times", lambda *a: LSE((logs(*a) - math.log(len(a[1]))).sum(2), 1)),
    (ex04.log_qz, "not finite", lambda *a: torch.log(logs(*a).sum(2).exp().mean(1) / len(a[1]))),
    (ex04.log_qz, "only one posterior", lambda *a: logs(*a).sum(2).max(1).values),
    (ex04.log_qz, "one Gaussian", lambda *a: moments(*a).sum(1)),
    (ex04.log_qz, "density, not its log", lambda *a: logs(*a).sum(2).exp().mean(1)),
    (ex04.log_qz, "mean over points", lambda *a: joint(*a).mean()),
    (ex04.log_qz, "wrong sign", lambda *a: -joint(*a)),
    (ex04.log_qz, "not finite", lambda *a: torch.log2(logs(*a).sum(2).exp().mean(1))),
    (ex04.log_qz, "σ for σ²", lambda z, m, s: joint(z, m, s**0.5)),
    (ex04.log_qz, "σ² given to Normal", lambda z, m, s: joint(z, m, s**2)),
    (ex04.log_qz, "missing ln 2π", lambda *a: joint(*a) + a[0].shape[1] * math.log(2 * math.pi) / 2),
    (ex04.log_qz, "missing ln σ", lambda z, m, s: LSE((logs(z, m, s) + s.log()).sum(2), 1) - math.log(len(m))),
    (ex04.log_qz, "one image left out", lambda z, m, s: LSE(logs(z, m[:-1], s[:-1]).sum(2), 1) - math.log(len(m))),
    (ex04.log_qz, "divided outside the logarithm", lambda *a: LSE(logs(*a).sum(2), 1) / len(a[1])),
    (ex04.log_qz, "divided by the latents", lambda *a: LSE(logs(*a).sum(2), 1) - math.log(a[1].shape[1])),
    (ex04.log_qz, "only one posterior", lambda z, m, s: torch.stack([Normal(m[n], s[n]).log_prob(z[n]).sum() for n in range(len(z))])),
    (ex04.log_qz, "σ of all images", lambda z, m, s: LSE(torch.stack([torch.stack([Normal(m[n], s).log_prob(p).sum() for n in range(len(m))]) for p in z]), 1) - math.log(len(m))),
    (ex04.log_qz, "swapped axes", lambda *a: LSE(logs(*a).sum(1), 1) - math.log(len(a[1]))),
    (ex04.log_qz, "sum of densities over latents", lambda *a: LSE(LSE(logs(*a), 2), 1) - math.log(len(a[1]))),
    (ex04.log_qz, "shape", lambda *a: joint(*a)[:, None]),
    (ex04.log_qz, "hard-coded", lambda *a: -1.4189),
    (ex04.log_qz, "in place", lambda z, m, s: joint(z.sub_(1).add_(2), m, s)),
    (ex04.log_qzj, "sum for mean", lambda *a: LSE(logs(*a), 1)),
    (ex04.log_qzj, "1/N shared out", lambda *a: LSE(logs(*a), 1) - math.log(len(a[1])) / a[1].shape[1]),
    (ex04.log_qzj, "one image left out", lambda z, m, s: LSE(logs(z, m[:-1], s[:-1]), 1) - math.log(len(m))),
    (ex04.log_qzj, "divided outside the logarithm", lambda *a: LSE(logs(*a), 1) / len(a[1])),
    (ex04.log_qzj, "wrong axis", lambda *a: LSE(logs(*a), 2) - math.log(len(a[1]))),
    (ex04.log_qzj, "mean of logs", lambda *a: logs(*a).mean(1)),
    (ex04.log_qzj, "summed over latents", lambda *a: marginals(*a).sum(1)),
    (ex04.log_qzj, "the joint", lambda *a: joint(*a)),
    (ex04.log_qzj, "the joint", lambda *a: joint(*a)[:, None].repeat(1, a[0].shape[1])),
    (ex04.log_qzj, "divided by the points", lambda z, m, s: LSE(logs(z, m, s), 1) - math.log(len(z))),
    (ex04.log_qzj, "divided by the latents", lambda z, m, s: LSE(logs(z, m, s), 1) - math.log(z.shape[1])),
    (ex04.log_qzj, "shape", lambda *a: logs(*a).exp().mean(0).log()),
    (ex04.log_qzj, "wrong axis", lambda *a: LSE(logs(*a), 2) - math.log(a[0].shape[1])),
    (ex04.log_qzj, "transposed", lambda *a: marginals(*a).T),
    (ex04.log_qzj, "one Gaussian", moments),
    (ex04.log_qzj, "density, not its log", lambda *a: marginals(*a).exp()),
    (ex04.log_qzj, "not finite", lambda *a: logs(*a).exp().mean(1).log2()),
    (ex04.log_qzj, "σ for σ²", lambda z, m, s: marginals(z, m, s.sqrt())),
    (ex04.three_terms, "order", lambda *a: (terms(*a)[1], terms(*a)[0], terms(*a)[2])),
    (ex04.three_terms, "order", lambda *a: terms(*a)[::-1]),
    (ex04.three_terms, "wrong sign", lambda *a: [-t for t in terms(*a)]),
    (ex04.three_terms, "wrong sign", with_terms(lambda o, q, m, p: (o - q, m.sum(1) - q, m.sum(1) - p))),
    (ex04.three_terms, "MI against the prior", with_terms(lambda o, q, m, p: (o - p, q - m.sum(1), m.sum(1) - p))),
    (ex04.three_terms, "TC against the prior", with_terms(lambda o, q, m, p: (o - q, q - p, m.sum(1) - p))),
    (ex04.three_terms, "marginal KL for dimension-wise", with_terms(lambda o, q, m, p: (o - q, q - m.sum(1), q - p))),
    (ex04.three_terms, "mean over latents", with_terms(lambda o, q, m, p: (o - q, q - m.mean(1), m.mean(1) - p))),
    (ex04.three_terms, "mean over latents", with_terms(lambda o, q, m, p: (o - q, q - m.sum(1), (m.sum(1) - p) / m.shape[1]))),
    (ex04.three_terms, "one for each latent", lambda m, s, e: (*terms(m, s, e)[:2], (marginals(m + s * e, m, s) - Normal(0.0, 1.0).log_prob(m + s * e)).mean(0))),
    (ex04.three_terms, "random", lambda m, s, e: terms(m, s, torch.randn_like(e))),
    (ex04.three_terms, "noise not used", lambda m, s, e: terms(m, s, torch.ones_like(e))),
    (ex04.three_terms, "ε for z", lambda m, s, e: terms(m, s, (e - m) / s)),
    (ex04.three_terms, "closed form", with_terms(lambda o, q, m, p: (o - q, q - m.sum(1), m.sum(1) - p), own=True)),
    (ex04.three_terms, "closed form", with_terms(lambda o, q, m, p: (o - q, q - m.sum(1), m.sum(1) - p), prior=True)),
    (ex04.three_terms, "closed form", with_terms(lambda o, q, m, p: (o - q, q - m.sum(1), m.sum(1) - p), own=True, prior=True)),
    (ex04.three_terms, "own posterior left out", lambda m, s, e: without_own(m, s, e)),
    (ex04.three_terms, "sum over images", lambda *a: len(a[0]) * torch.stack(terms(*a))),
    (ex04.three_terms, "added up", lambda *a: sum(terms(*a))),
    (ex04.three_terms, "noise left out", lambda m, s, e: terms(m, s, 0 * e)),
    (ex04.three_terms, "σ for σ²", lambda m, s, e: terms(m, s, s * e)),
    (ex04.three_terms, "sum for mean", with_terms(lambda o, q, m, p: (o - q - math.log(len(m)), q - m.sum(1) + (1 - m.shape[1]) * math.log(len(m)), m.sum(1) - p + m.shape[1] * math.log(len(m))))),
    (ex04.three_terms, "sum for mean", with_terms(lambda o, q, m, p: (o - q - math.log(len(m)), q + math.log(len(m)) - m.sum(1), m.sum(1) - p))),
    (ex04.three_terms, "log base 2", lambda *a: torch.stack(terms(*a)) / math.log(2)),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_and_most_get_the_right_name(capsys):
    share_of_right_names(
        "04, log q(z) and terms",
        WRONG,
        capsys,
        least=1,
        hidden=("logsumexp", "fill_diagonal", "(N−1)/(N(B−1))", "log(N)"),
    )


CHECKS = [ex04.log_qz, ex04.log_qzj, ex04.three_terms]


@pytest.mark.parametrize("check", CHECKS)
def test_an_untouched_or_unfinished_stub_says_that_it_is_not_written(check):
    def stub(*args):
        raise NotImplementedError()

    assert named(check, stub) == named(check, lambda *args: None) == "not written"


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_knows_at_least_five_wrong_answers(check):
    assert len({kind for c, kind, _ in WRONG if c is check} - {"shape", "error", "in place"}) >= 5


@pytest.mark.whole
@pytest.mark.parametrize("check", CHECKS)
def test_each_row_of_the_tables_names_itself(check, capsys):
    each_row_names_itself(check, capsys)
