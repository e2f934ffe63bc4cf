"""Exercise 04, parts 4 and 5: repaired estimators pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math

import numpy as np
import pytest
import torch
from naming import each_row_names_itself, named, share_of_right_names
from scipy.special import logsumexp
from scipy.stats import norm
from torch.distributions import Normal

from dvlab.aggregate import minibatch_log_densities
from dvlab.checks import ex04

LSE = torch.logsumexp


def logs(z, mu, sigma):
    return Normal(mu, sigma).log_prob(z[:, None])


def from_matrix(z, mu, sigma, W):
    log_q = logs(z, mu, sigma)
    return LSE(log_q.sum(2) + W.log(), 1), LSE(log_q + W.log()[..., None], 1)


def matrix(z, N, own, other):
    return torch.full((len(z), len(z)), other, dtype=z.dtype).fill_diagonal_(own)


def weighted(z, mu, sigma, N):
    return from_matrix(z, mu, sigma, matrix(z, N, 1 / (N * len(z)), 1 / (N * len(z))))


def weighted_numpy(z, mu, sigma, N):
    log_q = norm.logpdf(z.numpy()[:, None], mu.numpy(), sigma.numpy())
    return [logsumexp(part, axis=1) - np.log(N * len(z)) for part in (log_q.sum(-1), log_q)]


def weighted_library(z, mu, sigma, N):
    return minibatch_log_densities(z, Normal(mu, sigma), N, "weighted")


def rest(z, N):
    return (N - 1) / (N * (len(z) - 1))


def stratified(z, mu, sigma, N):
    return from_matrix(z, mu, sigma, matrix(z, N, 1 / N, rest(z, N)))


def stratified_loop(z, mu, sigma, N):
    B, D = z.shape
    qz, qzj = torch.zeros(B, dtype=z.dtype), torch.zeros(B, D, dtype=z.dtype)
    for i in range(B):
        for m in range(B):
            w = 1 / N if m == i else (N - 1) / N / (B - 1)
            density = Normal(mu[m], sigma[m]).log_prob(z[i]).exp()
            qz[i] += w * density.prod()
            qzj[i] += w * density
    return qz.log(), qzj.log()


def stratified_library(z, mu, sigma, N):
    return minibatch_log_densities(z, Normal(mu, sigma), N)


RIGHT = [
    *((ex04.weighted, f) for f in (weighted, weighted_library)),
    *((ex04.stratified, f) for f in (stratified, stratified_loop, stratified_library)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_estimators_pass(check, student, capsys):
    for shape in ({}, {"batch": 2}, {"batch": 3, "latents": 1}):
        check(student, **shape)
    assert capsys.readouterr().out.count("visible checks passed") == 3


def first_column(z, N):
    """As the exercise's given estimator has it."""
    weight = torch.full((len(z) ** 2,), rest(z, N), dtype=z.dtype)
    weight[torch.arange(len(z)) * len(z)] = 1 / N
    return weight.reshape(len(z), len(z))


def strided(z, N, place):
    weight = torch.full((len(z) ** 2,), rest(z, N), dtype=z.dtype)
    weight[place(torch.arange(len(z)), len(z))] = 1 / N
    return weight.reshape(len(z), len(z))


def above(z, N):
    """1/N just above the diagonal."""
    weight = torch.full((len(z), len(z)), rest(z, N), dtype=z.dtype)
    i = torch.arange(len(z) - 1)
    weight[i, i + 1] = 1 / N
    return weight


def papers(z, N):
    """Chen et al.'s: own 1/N, the next one (N − M)/(NM), all others 1/M, M = B − 1."""
    M, i = len(z) - 1, torch.arange(len(z))
    weight = torch.full((len(z), len(z)), 1 / M, dtype=z.dtype)
    weight[i, (i + 1) % len(z)] = (N - M) / (N * M)
    return weight.fill_diagonal_(1 / N)


def inside(z, mu, sigma, log_w):
    """The weights added before the sum over the latents."""
    log_q = logs(z, mu, sigma) + log_w[..., None]
    return LSE(log_q.sum(2), 1), LSE(log_q, 1)


def batch_only(z, mu, sigma, N):
    """The batch taken for the data set."""
    log_q = logs(z, mu, sigma)
    return LSE(log_q.sum(2), 1) - math.log(len(z)), LSE(log_q, 1) - math.log(len(z))


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
WRONG = [
    (ex04.weighted, "type", lambda *a: torch.cat([weighted(*a)[0][:, None], weighted(*a)[1]], 1)),
    (ex04.weighted, "tensor", weighted_numpy),
    (ex04.weighted, "type", lambda *a: weighted(*a)[0]),
    (ex04.stratified, "beside the diagonal", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / N, rest(z, N)).roll(1, 0))),
    (ex04.stratified, "beside the diagonal", lambda z, m, s, N: from_matrix(z, m, s, above(z, N))),
    (ex04.stratified, "the paper's weights", lambda z, m, s, N: from_matrix(z, m, s, papers(z, N))),

    (ex04.weighted, "weights counted D times", lambda z, m, s, N: inside(z, m, s, matrix(z, N, 1 / (N * len(z)), 1 / (N * len(z))).log())),
    (ex04.weighted, "weights missing in the marginals", lambda z, m, s, N: (weighted(z, m, s, N)[0], LSE(logs(z, m, s), 1))),
    (ex04.weighted, "weights missing in the joint", lambda z, m, s, N: (LSE(logs(z, m, s).sum(2), 1), weighted(z, m, s, N)[1])),
    (ex04.weighted, "weights missing", lambda z, m, s, N: (LSE(logs(z, m, s).sum(2), 1), LSE(logs(z, m, s), 1))),
    (ex04.weighted, "no N", batch_only),
    (ex04.weighted, "no B", lambda z, m, s, N: (LSE(logs(z, m, s).sum(2), 1) - math.log(N), LSE(logs(z, m, s), 1) - math.log(N))),
    (ex04.weighted, "stratified", lambda *a: stratified(*a)),
    (ex04.weighted, "swapped", lambda *a: weighted(*a)[::-1]),
    (ex04.weighted, "product of marginals", lambda *a: (weighted(*a)[1].sum(1), weighted(*a)[1])),
    (ex04.weighted, "weights shared out", lambda z, m, s, N: (weighted(z, m, s, N)[0], LSE(logs(z, m, s) - math.log(N * len(z)) / z.shape[1], 1))),
    (ex04.weighted, "wrong axis", lambda z, m, s, N: (LSE(logs(z, m, s).sum(2), 0) - math.log(N * len(z)), LSE(logs(z, m, s), 0) - math.log(N * len(z)))),
    (ex04.weighted, "wrong axis", lambda z, m, s, N: (LSE(logs(z, m, s).sum(2), 0) - math.log(N * len(z)), weighted(z, m, s, N)[1])),
    (ex04.weighted, "weights with the wrong sign", lambda z, m, s, N: (LSE(logs(z, m, s).sum(2), 1) + math.log(N * len(z)), LSE(logs(z, m, s), 1) + math.log(N * len(z)))),
    (ex04.stratified, "own weight 1/B", lambda z, m, s, N: from_matrix(z, m, s, first_column(z, N))),
    (ex04.stratified, "own weight 1/B", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / len(z), rest(z, N)))),
    (ex04.stratified, "own weight 1/B", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, rest(z, N), rest(z, N)))),
    (ex04.stratified, "weights do not add up to 1", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / N, 1 / (len(z) - 1)))),
    (ex04.stratified, "weights do not add up to 1", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / N, (N - 1) / N / len(z)))),
    (ex04.stratified, "weights do not add up to 1", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / N, (N - len(z)) / N / (len(z) - 1)))),
    (ex04.stratified, "first column left", lambda z, m, s, N: from_matrix(z, m, s, first_column(z, N).fill_diagonal_(1 / N))),
    (ex04.stratified, "beside the diagonal", lambda z, m, s, N: from_matrix(z, m, s, strided(z, N, lambda i, B: i * (B - 1)))),
    (ex04.stratified, "beside the diagonal", lambda z, m, s, N: from_matrix(z, m, s, strided(z, N, lambda i, B: i * B + 1))),
    (ex04.stratified, "beside the diagonal", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / N, rest(z, N)).flip(0))),
    (ex04.stratified, "weights shared out", lambda z, m, s, N: (stratified(z, m, s, N)[0], LSE(logs(z, m, s) + matrix(z, N, 1 / N, rest(z, N)).log()[..., None] / z.shape[1], 1))),
    (ex04.stratified, "weighted", lambda *a: weighted(*a)),
    (ex04.stratified, "no N", batch_only),
    (ex04.stratified, "weights counted D times", lambda z, m, s, N: inside(z, m, s, matrix(z, N, 1 / N, rest(z, N)).log())),
    (ex04.stratified, "weights missing in the marginals", lambda *a: (stratified(*a)[0], LSE(logs(*a[:3]), 1))),
    (ex04.stratified, "own posterior left out", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 0.0, 1 / (len(z) - 1)))),
    (ex04.stratified, "weights, not their logs", lambda z, m, s, N: from_matrix(z, m, s, matrix(z, N, 1 / N, rest(z, N)).exp())),
    (ex04.stratified, "swapped", lambda *a: stratified(*a)[::-1]),
    (ex04.stratified, "densities", lambda *a: [part.exp() for part in stratified(*a)]),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_and_most_get_the_right_name(capsys):
    share_of_right_names(
        "04, estimators", WRONG, capsys, least=1, hidden=("logsumexp", "fill_diagonal", "(N−1)/(N(B−1))", "log(N)")
    )


CHECKS = [ex04.weighted, ex04.stratified]


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
