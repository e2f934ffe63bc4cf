"""Exercise 03's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math

import numpy as np
import pytest
import torch
from naming import each_row_names_itself, named, share_of_right_names
from scipy.optimize import brentq
from scipy.special import softmax, xlogy

from dvlab.checks import comparison, ex03
from dvlab.checks.comparison import CheckFailed


def lagrangian(R, beta, delta, eigenvalues, sigma2):
    return -(eigenvalues * np.exp(-2 * R)).sum() / (2 * sigma2) - beta * (R.sum() - delta)


def lagrangian_loop(R, beta, delta, eigenvalues, sigma2):
    total = beta * delta
    for r, eigenvalue in zip(R, eigenvalues, strict=True):
        total += -eigenvalue / math.exp(r) ** 2 / sigma2 / 2 - beta * r
    return total


def lagrangian_torch(R, beta, delta, eigenvalues, sigma2):
    R, eigenvalues = torch.tensor(R), torch.tensor(eigenvalues)
    return -0.5 * eigenvalues @ torch.exp(-2 * R) / sigma2 + beta * (delta - R.sum())


def rates(beta, eigenvalues, sigma2):
    return np.maximum(0, np.log(eigenvalues / (beta * sigma2)) / 2)


def rates_loop(beta, eigenvalues, sigma2):
    return [0.5 * math.log(e / beta / sigma2) if e > beta * sigma2 else 0.0 for e in eigenvalues]


def rates_torch(beta, eigenvalues, sigma2):
    eigenvalues = torch.tensor(eigenvalues)
    return 0.5 * (eigenvalues.log() - torch.minimum(eigenvalues, torch.tensor(beta * sigma2)).log())


def bisect(spent, delta, high, steps=100, low=None):
    low = low or high / 2
    while spent(low) < delta:
        low /= 2
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > delta else (low, middle)
    return (low + high) / 2


def find_beta(delta, eigenvalues, sigma2, steps=100):
    return bisect(lambda b: rates(b, eigenvalues, sigma2).sum(), delta, eigenvalues.max() / sigma2, steps)


def find_beta_logarithmic(delta, eigenvalues, sigma2):
    low, high = -30.0, math.log(max(eigenvalues) / sigma2)
    while high - low > 1e-10:
        middle = 0.5 * (low + high)
        if sum(rates_loop(math.exp(middle), eigenvalues, sigma2)) >= delta:
            low = middle
        else:
            high = middle
    return torch.tensor(math.exp(low), dtype=torch.float64)


def find_beta_library(delta, eigenvalues, sigma2):
    return brentq(lambda b: rates(b, eigenvalues, sigma2).sum() - delta, 1e-9, eigenvalues.max() / sigma2)


def code(beta, log_px):
    weights = np.exp((log_px - log_px.max(1, keepdims=True)) / beta)
    return weights / weights.sum(1, keepdims=True)


def code_kl(beta, log_px):
    q = code(beta, log_px)
    return np.where(q > 0, q * np.log(np.maximum(q, 1e-300) * q.shape[1]), 0).sum(1).mean()


def code_kl_loop(beta, log_px):
    total = 0.0
    for row in log_px:
        weights = [math.exp((value - max(row)) / beta) for value in row]
        for weight in weights:
            if weight > 0:
                q = weight / sum(weights)
                total += q * math.log(q * len(row)) / len(log_px)
    return total


def code_kl_torch(beta, log_px):
    log_q = torch.log_softmax(torch.tensor(log_px) / beta, dim=1)
    return (log_q.exp() * (log_q + math.log(log_px.shape[1]))).sum(1).mean()


def code_beta(delta, log_px, steps=200, most=None):
    if delta >= (most or math.log(log_px.shape[1])):
        return 0.0
    return bisect(lambda b: code_kl(b, log_px), delta, 1e4, steps)


def code_beta_doubling(delta, log_px):
    high = 1.0
    while code_kl_loop(high, log_px) > delta:
        high *= 2
    low = high
    while code_kl_loop(low, log_px) < delta:
        low /= 2
        if low < 1e-6:
            return 0
    for _ in range(60):
        middle = math.sqrt(low * high)
        if code_kl_loop(middle, log_px) > delta:
            low = middle
        else:
            high = middle
    return high


SHAPES = {
    ex03.lagrangian: ({}, {"pixels": 2}, {"pixels": 7}),
    ex03.rates: ({}, {"pixels": 2}, {"pixels": 9}),
    ex03.find_beta: ({}, {"pixels": 2}, {"pixels": 9}),
    ex03.code_kl: ({}, {"images": 1, "symbols": 3}, {"images": 9, "symbols": 2}),
    ex03.code_beta: ({}, {"images": 6, "symbols": 6}, {"images": 8, "symbols": 3}),
}
RIGHT = [
    *((ex03.lagrangian, f) for f in (lagrangian, lagrangian_loop, lagrangian_torch)),
    *((ex03.rates, f) for f in (rates, rates_torch)),
    *((ex03.find_beta, f) for f in (find_beta, find_beta_logarithmic, find_beta_library)),
    *((ex03.code_kl, f) for f in (code_kl, code_kl_loop, code_kl_torch)),
    *((ex03.code_beta, f) for f in (code_beta, code_beta_doubling)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    for shape in SHAPES[check]:
        check(student, **shape)
    assert capsys.readouterr().out.count("visible checks passed") == 3


def keeps_the_wrong_half(delta, eigenvalues, sigma2, low=1e-3, high=None):
    high = high or eigenvalues.max() / sigma2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rates(middle, eigenvalues, sigma2).sum() < delta else (low, middle)
    return low


def code_beta_wrong_half(delta, log_px):
    low, high = 1e-3, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if code_kl(middle, log_px) < delta else (low, middle)
    return 0.0 if delta >= math.log(log_px.shape[1]) else low


def code_beta_without_slack(delta, log_px):
    low, high = 1e-3, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if code_kl(middle, log_px) > delta else (low, middle)
    return high


def between(spent, delta, low, high, steps=100):
    """A bisection of the interval that it is given, whether or not the answer is in it."""
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > delta else (low, middle)
    return (low + high) / 2


def beta_between(low, high):  # each a number, or a function of the eigenvalues and σ²
    def find(d, e, s):
        ends = (end(e, s) if callable(end) else end for end in (low, high))
        return between(lambda b: rates(b, e, s).sum(), d, *ends)

    return find


def code_between(low, high, slack=True):
    def find(d, t):
        if slack and d >= math.log(t.shape[1]):
            return 0.0
        return between(lambda b: code_kl(b, t), d, low, high)

    return find


def stops_at_the_first_that_is_off(b, e, s):
    out = np.zeros(len(e))
    for i in range(len(e)):
        if e[i] <= b * s:
            break
        out[i] = 0.5 * np.log(e[i] / (b * s))
    return out


def bare_code(b, t, powers=False):
    weights = np.exp(t) ** (1 / b) if powers else np.exp(t / b)
    return weights / weights.sum(1, keepdims=True)


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
WRONG = [
    (ex03.rates, "held below a bound", lambda b, e, s: np.clip(rates(b, e, s), 0, 3)),
    (ex03.find_beta, "fixed end", lambda d, e, s: max(find_beta(d, e, s), 0.1)),
    (ex03.find_beta, "stopped too early", lambda d, e, s: find_beta(d, e, s, steps=20)),
    (ex03.find_beta, "stopped too early", lambda d, e, s: coarse(d, e, s)),
    (ex03.code_kl, "underflow", lambda b, t: code_kl(1.0, np.log(code(1.0, t) ** (1 / b)))),
    (ex03.code_beta, "another number for ln C", lambda d, t: code_beta(d, t, most=math.log(8))),

    (ex03.lagrangian, "missing ½", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / s - b * (R.sum() - d)),
    (ex03.lagrangian, "held below a bound", lambda R, b, d, e, s: lagrangian(np.clip(R, 0, 20), b, d, e, s)),
    (ex03.lagrangian, "held below a bound", lambda R, b, d, e, s: max(-np.sum(e * np.exp(-2 * R)) / (2 * s), -5) - b * (R.sum() - d)),
    (ex03.lagrangian, "R for 2R", lambda R, b, d, e, s: -np.sum(e * np.exp(-R)) / (2 * s) - b * (R.sum() - d)),
    (ex03.lagrangian, "σ for σ²", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / (2 * s**2) - b * (R.sum() - d)),
    (ex03.lagrangian, "σ² left out", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / 2 - b * (R.sum() - d)),
    (ex03.lagrangian, "wrong sign of the weight", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / (2 * s) + b * (R.sum() - d)),
    (ex03.lagrangian, "wrong sign of the weight", lambda R, b, d, e, s: lagrangian(R, -b, d, e, s)),
    (ex03.lagrangian, "δ left out", lambda R, b, d, e, s: lagrangian(R, b, 0, e, s)),
    (ex03.lagrangian, "βδ with the wrong sign", lambda R, b, d, e, s: lagrangian(R, b, 0, e, s) - b * d),
    (ex03.lagrangian, "β left out of βδ", lambda R, b, d, e, s: lagrangian(R, b, 0, e, s) - d),
    (ex03.lagrangian, "1/β for β", lambda R, b, d, e, s: lagrangian(R, 1 / b, d, e, s)),
    (ex03.lagrangian, "budget per latent", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / (2 * s) - b * np.sum(R - d)),
    (ex03.lagrangian, "penalty for an overdraft", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / (2 * s) - b * np.maximum(0, R.sum() - d)),
    (ex03.lagrangian, "mean for sum", lambda R, b, d, e, s: -np.mean(e * np.exp(-2 * R)) / (2 * s) - b * (R.sum() - d)),
    (ex03.lagrangian, "mean for sum", lambda R, b, d, e, s: -np.mean(e * np.exp(-2 * R)) / (2 * s) - b * (R.mean() - d)),
    (ex03.lagrangian, "wrong sign", lambda *a: -lagrangian(*a)),
    (ex03.lagrangian, "bits for nats", lambda R, b, d, e, s: -np.sum(e * 2 ** (-2 * R)) / (2 * s) - b * (R.sum() - d)),
    (ex03.lagrangian, "no sum", lambda R, b, d, e, s: -e * np.exp(-2 * R) / (2 * s) - b * (R - d)),
    (ex03.lagrangian, "constraint left out", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / (2 * s)),
    (ex03.lagrangian, "hard-coded", lambda *a: -0.5413),
    (ex03.lagrangian, "wrong sign of rec", lambda R, b, d, e, s: np.sum(e * np.exp(-2 * R)) / (2 * s) - b * (R.sum() - d)),
    (ex03.lagrangian, "brackets", lambda R, b, d, e, s: -np.sum(e * np.exp(-2 * R)) / 2 * s - b * (R.sum() - d)),
    (ex03.lagrangian, "eigenvalues left out", lambda R, b, d, e, s: -np.sum(np.exp(-2 * R)) / (2 * s) - b * (R.sum() - d)),
    (ex03.lagrangian, "the constant", lambda R, b, d, e, s: lagrangian(R, b, d, e, s) - len(R) * np.log(2 * np.pi * s) / 2),
    (ex03.rates, "sorted eigenvalues assumed", stops_at_the_first_that_is_off),
    (ex03.rates, "divided by σ²", lambda b, e, s: np.maximum(0, 0.5 * np.log(e / (b / s)))),
    (ex03.rates, "doubled level", lambda b, e, s: np.maximum(0, 0.5 * np.log(e / (2 * b * s)))),
    (ex03.rates, "missing ½", lambda b, e, s: np.maximum(0, np.log(e / (b * s)))),
    (ex03.rates, "negative rates", lambda b, e, s: 0.5 * np.log(e / (b * s))),
    (ex03.rates, "clipped the wrong way", lambda b, e, s: np.minimum(0, 0.5 * np.log(e / (b * s)))),
    (ex03.rates, "wrong sign", lambda b, e, s: np.maximum(0, 0.5 * np.log(b * s / e))),
    (ex03.rates, "σ for σ²", lambda b, e, s: np.maximum(0, 0.5 * np.log(e / (b * s**2)))),
    (ex03.rates, "σ² left out", lambda b, e, s: np.maximum(0, 0.5 * np.log(e / b))),
    (ex03.rates, "β left out", lambda b, e, s: np.maximum(0, 0.5 * np.log(e / s))),
    (ex03.rates, "1/β for β", lambda b, e, s: rates(1 / b, e, s)),
    (ex03.rates, "bits for nats", lambda b, e, s: np.maximum(0, 0.5 * np.log2(e / (b * s)))),
    (ex03.rates, "1 + in the logarithm", lambda b, e, s: 0.5 * np.log(1 + e / (b * s))),
    (ex03.rates, "height, not its logarithm", lambda b, e, s: np.clip(e - b * s, 0, None)),
    (ex03.rates, "distortion, not rate", lambda b, e, s: np.minimum(e, b * s)),
    (ex03.rates, "sorted", lambda b, e, s: rates(b, np.sort(e)[::-1], s)),
    (ex03.rates, "summed", lambda b, e, s: rates(b, e, s).sum()),
    (ex03.find_beta, "negative rates", lambda d, e, s: np.prod(e) ** (1 / len(e)) * np.exp(-2 * d / len(e)) / s),
    (ex03.find_beta, "missing ½", lambda d, e, s: bisect(lambda b: 2 * rates(b, e, s).sum(), d, e.max() / s)),
    (ex03.find_beta, "bits for nats", lambda d, e, s: bisect(lambda b: rates(b, e, s).sum() / np.log(2), d, e.max() / s)),
    (ex03.find_beta, "budget per latent", lambda d, e, s: bisect(lambda b: rates(b, e, s).mean(), d, e.max() / s)),
    (ex03.find_beta, "budget per latent", lambda d, e, s: bisect(lambda b: rates(b, e, s).max(), d, e.max() / s)),
    (ex03.find_beta, "δ for β", lambda d, e, s: rates(find_beta(d, e, s), e, s).sum()),
    (ex03.find_beta, "level for β", lambda d, e, s: find_beta(d, e, s) * s),
    (ex03.find_beta, "σ for σ²", lambda d, e, s: find_beta(d, e, s**2)),
    (ex03.find_beta, "1/β for β", lambda d, e, s: 1 / find_beta(d, e, s)),
    (ex03.find_beta, "ln β for β", lambda d, e, s: np.log(find_beta(d, e, s))),
    (ex03.find_beta, "wrong direction", keeps_the_wrong_half),
    (ex03.find_beta, "wrong direction", lambda d, e, s: keeps_the_wrong_half(d, e, s, high=1e4)),
    (ex03.find_beta, "wrong direction", lambda d, e, s: e.max() / s),
    (ex03.find_beta, "fixed end", beta_between(1e-9, 30)),
    (ex03.find_beta, "left end", beta_between(lambda e, s: e.max() / s / 2, lambda e, s: e.max() / s)),
    (ex03.find_beta, "fixed end", beta_between(1e-9, 100)),
    (ex03.find_beta, "fixed end", beta_between(1e-9, 1000)),
    (ex03.find_beta, "fixed end", beta_between(1.0, lambda e, s: e.max() / s)),
    (ex03.find_beta, "fixed end", beta_between(1.0, 1000)),
    (ex03.find_beta, "right end", beta_between(1e-9, lambda e, s: e[0] / s)),
    (ex03.find_beta, "right end", beta_between(1e-9, lambda e, s: e.max())),
    (ex03.find_beta, "stopped too early", lambda d, e, s: find_beta(d, e, s, steps=12)),
    (ex03.find_beta, "stopped too early", lambda d, e, s: between(lambda b: rates(b, e, s).sum(), d, 1e-9, e.max() / s, steps=15)),
    (ex03.find_beta, "not finite", lambda d, e, s: np.nan),
    (ex03.find_beta, "shape", lambda d, e, s: np.array([find_beta(d, e, s)])),
    (ex03.code_kl, "prior left out", lambda b, t: (code(b, t) * np.log(code(b, t) + 1e-30)).sum(1).mean()),
    (ex03.code_kl, "entropy, not KL", lambda b, t: -(code(b, t) * np.log(code(b, t) + 1e-30)).sum(1).mean()),
    (ex03.code_kl, "wrong sign", lambda b, t: -code_kl(b, t)),
    (ex03.code_kl, "ln N for ln C", lambda b, t: code_kl(b, t) + np.log(len(t) / t.shape[1])),
    (ex03.code_kl, "wrong axis", lambda b, t: (xlogy(softmax(t / b), softmax(t / b)).sum(1) + np.log(t.shape[1])).mean()),
    (ex03.code_kl, "wrong axis", lambda b, t: np.log(t.shape[1]) + (code(b, t.T).T * np.log(code(b, t.T).T + 1e-30)).sum(1).mean()),
    (ex03.code_kl, "wrong axis", lambda b, t: code_kl(b, t.T)),
    (ex03.code_kl, "ln C with the wrong sign", lambda b, t: code_kl(b, t) - 2 * np.log(t.shape[1])),
    (ex03.code_kl, "ln C for each symbol", lambda b, t: (xlogy(code(b, t), code(b, t)) + np.log(t.shape[1])).sum(1).mean()),
    (ex03.code_kl, "KL to the average code", lambda b, t: (xlogy(code(b, t), code(b, t)) - xlogy(code(b, t), code(b, t).mean(0))).sum(1).mean()),
    (ex03.code_kl, "1/β for β", lambda b, t: code_kl(1 / b, t)),
    (ex03.code_kl, "β left out", lambda b, t: code_kl(1, t)),
    (ex03.code_kl, "bits for nats", lambda b, t: code_kl(b, t) / np.log(2)),
    (ex03.code_kl, "mean over symbols", lambda b, t: (code(b, t) * np.log(code(b, t) * t.shape[1] + 1e-30)).mean()),
    (ex03.code_kl, "sum over images", lambda b, t: code_kl(b, t) * len(t)),
    (ex03.code_kl, "no mean", lambda b, t: (code(b, t) * np.log(code(b, t) * t.shape[1] + 1e-30)).sum(1)),
    (ex03.code_kl, "underflow", lambda b, t: (np.log(t.shape[1]) + xlogy(bare_code(b, t), bare_code(b, t)).sum(1)).mean()),
    (ex03.code_kl, "underflow", lambda b, t: (bare_code(b, t) * np.log(bare_code(b, t) * t.shape[1])).sum(1).mean()),
    (ex03.code_kl, "underflow", lambda b, t: (np.log(t.shape[1]) + xlogy(q := bare_code(b, t, powers=True), q).sum(1)).mean()),
    (ex03.code_kl, "0 · log 0", lambda b, t: (code(b, t) * np.log(code(b, t) * t.shape[1])).sum(1).mean()),
    (ex03.code_kl, "0 · log 0", lambda b, t: np.log(t.shape[1]) + np.mean(np.sum(code(b, t) * np.log(code(b, t)), axis=1))),
    (ex03.code_kl, "not finite", lambda b, t: (np.exp(t) ** b / (np.exp(t) ** b).sum(1, keepdims=True)).max() + code_kl(b, t)),
    (ex03.code_beta, "slackness forgotten", code_beta_without_slack),
    (ex03.code_beta, "slackness forgotten", lambda d, t: code_beta(d, t) or 1e-3),
    (ex03.code_beta, "slackness forgotten", lambda d, t: code_beta(d, t) or math.inf),
    (ex03.code_beta, "slackness forgotten", code_between(0.0, 1e4, slack=False)),
    (ex03.code_beta, "fixed end", code_between(0.01, 1e4)),
    (ex03.code_beta, "fixed end", code_between(1e-9, 1.0)),
    (ex03.code_beta, "fixed end", code_between(1e-9, 100)),
    (ex03.code_beta, "fixed end", code_between(0.01, 1e4, slack=False)),
    (ex03.code_beta, "ln N for ln C", lambda d, t: code_beta(d, t, most=np.log(len(t)))),
    (ex03.code_beta, "slack too early", lambda d, t: code_beta(d, t, most=1.0)),
    (ex03.code_beta, "bits for nats", lambda d, t: code_beta(d * np.log(2), t)),
    (ex03.code_beta, "sum over images", lambda d, t: code_beta(d / len(t), t)),
    (ex03.code_beta, "wrong direction", code_beta_wrong_half),
    (ex03.code_beta, "stopped too early", lambda d, t: code_beta(d, t, steps=18)),
    (ex03.code_beta, "ln β for β", lambda d, t: np.log(code_beta(d, t) or 1)),
]  # fmt: skip


@pytest.fixture
def impatient(monkeypatch):
    """A call has half a second: enough for right answers, and those that never end need not take long to show it."""
    monkeypatch.setattr(comparison, "CALL_SECONDS", 0.5)


@pytest.mark.whole
def test_wrong_answers_fail_and_most_get_the_right_name(capsys, impatient):
    share_of_right_names("03", WRONG, capsys, least=1, hidden=("ln(λ", "log(λ", "np.", "½ ln", "λ/"))


@pytest.mark.parametrize("check", SHAPES)
def test_an_untouched_stub_says_that_it_is_not_written(check):
    def stub(*args):
        raise NotImplementedError()

    assert named(check, stub) == "not written"


@pytest.mark.whole
@pytest.mark.parametrize("check", SHAPES)
def test_each_row_of_the_tables_names_itself(check, capsys):
    each_row_names_itself(check, capsys)


def test_a_list_of_rates_is_told_at_once():
    assert named(ex03.rates, rates_loop) == "array"


def coarse(delta, eigenvalues, sigma2):
    """A bisection that deserves "stops too early"; for σ² of a billion it would never end."""
    low, high = 1e-6, eigenvalues.max() / sigma2
    middle = (low + high) / 2
    while abs(rates(middle, eigenvalues, sigma2).sum() - delta) > 1e-3:
        low, high = (middle, high) if rates(middle, eigenvalues, sigma2).sum() > delta else (low, middle)
        middle = (low + high) / 2
    return middle


def test_no_probe_leaves_the_stated_domain():
    seen = []

    def spy(delta, eigenvalues, sigma2):
        seen.append(find_beta(delta, eigenvalues, sigma2))
        return coarse(delta, eigenvalues, sigma2)

    assert named(ex03.find_beta, spy) == "stopped too early"
    assert min(seen) > 1e-3 and max(seen) < 1e4


def test_a_loop_that_never_ends_is_stopped_with_its_input(impatient):
    def endless(delta, eigenvalues, sigma2):
        while rates(1.0, eigenvalues, sigma2).sum() != delta:
            pass

    with pytest.raises(CheckFailed, match=r"(?s)had not returned after .*delta\s+= .*eigenvalues = \[4, 1\]") as failed:
        ex03.find_beta(endless)
    assert failed.value.kind == "time"


def test_the_inputs_tell_a_slack_budget_from_one_that_binds():
    """Every draw of rates leaves a latent off; the budgets of a code are below and above ln C."""
    seen = []

    def spy(*arguments):
        seen.append(arguments)
        raise NotImplementedError()

    for _ in range(20):
        assert named(ex03.rates, spy) == "not written"
    assert all(0 < np.sum(rates(*arguments) == 0) < len(arguments[1]) for arguments in seen)
    assert named(ex03.code_beta, lambda d, t: seen.append((d / math.log(t.shape[1]),)) or code_beta(d, t)) == "passed"
    shares = [share for (share,) in seen[-4:]]
    assert min(shares) < 1 < max(shares)
    for check, right, low in ((ex03.find_beta, find_beta, 0.7), (ex03.code_beta, code_beta, 0.008)):
        betas = []
        assert named(check, lambda *a, f=right, b=betas: b.append(f(*a)) or b[-1]) == "passed"
        assert 0 < min(beta for beta in betas if beta) < low and max(betas) > 1000
