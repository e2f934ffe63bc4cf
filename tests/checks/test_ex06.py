"""Exercise 06's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math
from functools import partial

import numpy as np
import pytest
import torch
from naming import named, share_of_right_names
from sklearn.metrics import mutual_info_score

from dvlab.checks import ex06
from dvlab.checks.base import CheckFailed
from dvlab.checks.ex06.codes import CASES, CODES, A, B, truth
from dvlab.checks.ex06.counts import random_tables

# ---------------------------------------------------------------- right answers, in several styles


def entropy(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * np.log(p)).sum()


def entropy_loop(counts):
    total, H = sum(counts), 0.0
    for count in counts:
        if count:
            H -= count / total * math.log(count / total)
    return H


def entropy_torch(counts):
    p = torch.tensor(np.asarray(counts, dtype=float))
    return torch.special.entr(p / p.sum()).sum()


def information(table):
    return entropy(table.sum(1)) + entropy(table.sum(0)) - entropy(table.ravel())


def information_loop(table):
    n, I = table.sum(), 0.0
    for z in range(len(table)):
        for g in range(table.shape[1]):
            if table[z, g] > 0:
                I += table[z, g] / n * math.log(n * table[z, g] / (table[z].sum() * table[:, g].sum()))
    return I


def information_torch(table):
    p = torch.tensor(table, dtype=torch.float64) / table.sum()
    independent = p.sum(1, keepdim=True) @ p.sum(0, keepdim=True)
    return torch.where(p > 0, p * (p / independent).log(), 0.0).sum()


def information_sklearn(table):
    return mutual_info_score(None, None, contingency=table)


def matrix(tables):
    return np.array([[information(t) for t in row] for row in tables])


def factor_entropy(tables):
    return np.array([entropy(t.sum(0)) for t in tables[0]])


def latent_entropy(tables):
    return np.array([entropy(row[0].sum(1)) for row in tables])


def best_mi(tables):
    return matrix(tables).max(0) / factor_entropy(tables)


def best_loop(tables):
    shares = []
    for k in range(tables.shape[1]):
        H = entropy_loop(tables[0][k].sum(axis=0))
        shares.append(max(information_loop(tables[j][k]) for j in range(len(tables))) / H)
    return shares


def best_torch(tables):
    return torch.stack([torch.stack([information_torch(t) for t in row]) for row in tables]).amax(0) / torch.tensor(
        factor_entropy(tables)
    )


def mig(tables):
    I = np.sort(np.vstack([matrix(tables), np.zeros(tables.shape[1])]), axis=0)
    return ((I[-1] - I[-2]) / factor_entropy(tables)).mean()


def mig_loop(tables):
    total = 0.0
    for k in range(tables.shape[1]):
        known = [information_loop(tables[j, k]) for j in range(len(tables))]
        best = max(known)
        known.remove(best)
        total += (best - max(known, default=0)) / entropy_loop(tables[0, k].sum(0))
    return total / tables.shape[1]


def mig_torch(tables):
    I = torch.tensor(np.vstack([matrix(tables), np.zeros(tables.shape[1])]))
    two = I.topk(2, dim=0).values
    return ((two[0] - two[1]) / torch.tensor(factor_entropy(tables))).mean()


def count(z, g, bins=20):
    levels = np.arange(g.max() + 2) - 0.5
    return np.array([[np.histogram2d(z_j, g_k, [bins, levels])[0] for g_k in g.T] for z_j in z.T])


def null(z, g, orders):
    return np.mean([mig(count(np.take_along_axis(z, order, axis=0), g)) for order in orders])


def null_loop(z, g, orders):
    scores = []
    for s in range(len(orders)):
        noise = np.empty_like(z)
        for j in range(z.shape[1]):
            noise[:, j] = z[orders[s, :, j], j]
        scores.append(mig(count(noise, g)))
    return sum(scores) / len(scores)


RIGHT = [
    *((ex06.entropy_of, f, {"levels": 2}) for f in (entropy, entropy_loop, entropy_torch)),
    *((ex06.information_of, f, {"cells": 2, "levels": 6}) for f in (information, information_loop, information_torch, information_sklearn)),
    *((ex06.best_of, f, {"latents": 1, "factors": 3}) for f in (best_mi, best_loop, best_torch)),
    *((ex06.gap, f, {"latents": (1, 4), "factors": 3}) for f in (mig, mig_loop, mig_torch)),
    *((ex06.gap, f, {"latents": (3, 3), "ties": True}) for f in (mig, mig_loop, mig_torch)),
    *((ex06.null, f, {"latents": 2, "factors": 3, "shuffles": 2}) for f in (null, null_loop)),
]  # fmt: skip


@pytest.mark.parametrize("check, student, other", RIGHT)
def test_right_answers_pass(check, student, other, capsys):
    check(student)
    check(student, **other)
    assert capsys.readouterr().out.count("visible checks passed") == 2


# ---------------------------------------------------------------- wrong answers, written as students write them


def strictly_less(tables):  # two latents that tie: the next lower one is taken
    gaps = []
    for column, H in zip(matrix(tables).T, factor_entropy(tables), strict=True):
        best = column.max()
        gaps.append((best - max([0, *(I for I in column if best - I > 1e-9)])) / H)
    return np.mean(gaps)


def two_best(tables, axis=0):  # (best, second best) in nats; fails for a single latent
    return np.moveaxis(np.sort(matrix(tables), axis=axis), axis, 0)[[-1, -2]]


def alone_is_zero(tables):
    return mig(tables) if len(tables) > 1 else 0.0


def log(p):
    with np.errstate(all="ignore"):
        return np.log(p)


def naive_information(table):
    p = table / table.sum()
    return np.sum(p * log(p / np.outer(p.sum(1), p.sum(0))))


def below_the_best(tables):  # as strictly_less, to the last digit
    I = matrix(tables)
    return np.mean(
        [(c.max() - max(c[c < c.max()], default=0)) / h for c, h in zip(I.T, factor_entropy(tables), strict=True)]
    )


def padded(tables):
    return np.vstack([np.zeros(tables.shape[1]), matrix(tables) / factor_entropy(tables)])


def mean_of_the_others(tables):
    gaps = []
    for column in (matrix(tables) / factor_entropy(tables)).T:
        column = np.sort(column)
        gaps.append(column[-1] - column[:-1].mean())
    return np.mean(gaps)


def again_and_again(z, g, orders):
    scores, noise = [], z.copy()
    for order in orders:
        noise = np.take_along_axis(noise, order, axis=0)
        scores.append(mig(count(noise, g)))
    return np.mean(scores)


def put_where_it_says(z, g, orders):
    scores = []
    for order in orders:
        noise = np.empty_like(z)
        for j in range(z.shape[1]):
            noise[order[:, j], j] = z[:, j]
        scores.append(mig(count(noise, g)))
    return np.mean(scores)


def own_shuffles(z, g, orders):
    return np.mean([mig(count(np.random.default_rng().permuted(z, axis=0), g)) for _ in orders])


TIES = partial(ex06.gap, latents=(3,), ties=True)
ONE = partial(ex06.gap, latents=(1, 2))
WRONG = [
    (ex06.entropy_of, "log base 2", lambda c: entropy(c) / math.log(2)),
    (ex06.entropy_of, "log base 10", lambda c: entropy(c) / math.log(10)),
    (ex06.entropy_of, "wrong sign", lambda c: -entropy(c)),
    (ex06.entropy_of, "0 · log 0", lambda c: -np.sum(c / c.sum() * log(c / c.sum()))),
    (ex06.entropy_of, "counts for shares", lambda c: -sum(x * math.log(x) for x in c if x)),
    (ex06.entropy_of, "balanced", lambda c: math.log(len(c))),
    (ex06.entropy_of, "unweighted", lambda c: -np.log(c[c > 0] / c.sum()).sum()),
    (ex06.entropy_of, "mean for sum", lambda c: entropy(c) / len(c)),
    (ex06.entropy_of, "normalised", lambda c: entropy(c) / math.log(len(c))),
    (ex06.entropy_of, "one added", lambda c: entropy(c + 1)),
    (ex06.entropy_of, "divided by the levels", lambda c: -np.sum([x / len(c) * math.log(x / len(c)) for x in c if x])),
    (ex06.entropy_of, "perplexity", lambda c: np.exp(entropy(c))),
    (ex06.entropy_of, "no sum", lambda c: np.array([-x / c.sum() * math.log(x / c.sum()) if x else 0 for x in c])),
    (ex06.entropy_of, "hard-coded", lambda c: 1.0397),
    (ex06.entropy_of, "constant", lambda c: 1.3863),
    (ex06.entropy_of, "in place", lambda c: entropy(np.add(c, 1, out=c))),
    (ex06.information_of, "log base 2", lambda t: information(t) / math.log(2)),
    (ex06.information_of, "wrong sign", lambda t: entropy(t.ravel()) - entropy(t.sum(0)) - entropy(t.sum(1))),
    (ex06.information_of, "0 · log 0", naive_information),
    (ex06.information_of, "H(g)", lambda t: entropy(t.sum(0))),
    (ex06.information_of, "H(z)", lambda t: entropy(t.sum(1))),
    (ex06.information_of, "H(z, g)", lambda t: entropy(t.ravel())),
    (ex06.information_of, "H(g|z)", lambda t: entropy(t.ravel()) - entropy(t.sum(1))),
    (ex06.information_of, "H(z|g)", lambda t: entropy(t.ravel()) - entropy(t.sum(0))),
    (ex06.information_of, "H(g) + H(z)", lambda t: entropy(t.sum(0)) + entropy(t.sum(1))),
    (ex06.information_of, "divided", lambda t: information(t) / entropy(t.sum(0))),
    (ex06.information_of, "mean for sum", lambda t: information(t) / t.size),
    (ex06.information_of, "counts for shares", lambda t: information(t) * t.sum()),
    (ex06.information_of, "one margin", lambda t: entropy(t.sum(1)) - entropy(t.ravel())),
    (ex06.information_of, "one margin twice", lambda t: 2 * entropy(t.sum(0)) - entropy(t.ravel())),
    (ex06.information_of, "unweighted", lambda t: entropy(t.sum(0)) - np.mean([entropy(row) for row in t])),
    (ex06.best_of, "one entropy for all", lambda t: matrix(t).max(0) / factor_entropy(t)[0]),
    (ex06.best_of, "not divided", lambda t: matrix(t).max(0)),
    (ex06.best_of, "bits for nats", lambda t: matrix(t).max(0) / math.log(2) / factor_entropy(t)),
    (ex06.best_of, "H(z) for H(g)", lambda t: matrix(t).max(0) / latent_entropy(t)[0]),
    (ex06.best_of, "H(z) for H(g)", lambda t: (matrix(t) / latent_entropy(t)[:, None]).max(0)),
    (ex06.best_of, "H(z) for H(g)", lambda t: matrix(t).max(0) / latent_entropy(t)[matrix(t).argmax(0)]),
    (ex06.best_of, "balanced", lambda t: matrix(t).max(0) / np.log(t.shape[-1])),
    (ex06.best_of, "wrong axis", lambda t: (matrix(t) / factor_entropy(t)).max(1)),
    (ex06.best_of, "averaged", lambda t: best_mi(t).mean()),
    (ex06.best_of, "index for value", lambda t: matrix(t).argmax(0)),
    (ex06.best_of, "sum over latents", lambda t: matrix(t).sum(0) / factor_entropy(t)),
    (ex06.best_of, "mean over latents", lambda t: matrix(t).mean(0) / factor_entropy(t)),
    (ex06.best_of, "no maximum", lambda t: matrix(t) / factor_entropy(t)),
    (ex06.best_of, "second best", lambda t: np.sort(matrix(t), 0)[-2] / factor_entropy(t)),
    (ex06.best_of, "ln of the cells", lambda t: matrix(t).max(0) / math.log(t.shape[2])),
    (ONE, "one latent", alone_is_zero),
    (ONE, "error", lambda t: np.mean((two_best(t)[0] - two_best(t)[1]) / factor_entropy(t))),
    (TIES, "ties", strictly_less),
    (TIES, "ties", below_the_best),
    (partial(ex06.gap, ties=True), "ties", below_the_best),
    (ex06.gap, "sorted along the wrong axis", lambda t: np.mean(np.sort(padded(t))[-1] - np.sort(padded(t))[-2])),
    (ex06.gap, "smallest two", lambda t: np.mean(np.sort(padded(t), axis=0)[0] - np.sort(padded(t), axis=0)[1])),
    (partial(ex06.gap, latents=(3, 4)), "smallest two", lambda t: np.mean(np.sort(padded(t)[1:], axis=0)[0] - np.sort(padded(t)[1:], axis=0)[1])),
    (ex06.gap, "divided by the latents", lambda t: mig(t) * t.shape[1] / len(t)),
    (ex06.gap, "mean for second", mean_of_the_others),
    (ex06.gap, "sum for mean", lambda t: np.sum((two_best(t)[0] - two_best(t)[1]) / factor_entropy(t))),
    (ex06.gap, "not divided", lambda t: np.mean(two_best(t)[0] - two_best(t)[1])),
    (ex06.gap, "not averaged", lambda t: (two_best(t)[0] - two_best(t)[1]) / factor_entropy(t)),
    (ex06.gap, "H(z) for H(g)", lambda t: np.mean((two_best(t)[0] - two_best(t)[1]) / latent_entropy(t)[matrix(t).argmax(0)])),
    (ex06.gap, "bits for nats", lambda t: mig(t) / math.log(2)),
    (ex06.gap, "balanced", lambda t: np.mean(two_best(t)[0] - two_best(t)[1]) / math.log(t.shape[-1])),
    (ex06.gap, "averaged too early", lambda t: np.mean(two_best(t)[0] - two_best(t)[1]) / factor_entropy(t).mean()),
    (ex06.gap, "wrong axis", lambda t: np.mean(np.ptp(np.sort(matrix(t) / factor_entropy(t), 1)[:, -2:], axis=1))),
    (ex06.gap, "no gap", lambda t: best_mi(t).mean()),
    (ex06.gap, "worst for second", lambda t: np.mean(np.ptp(matrix(t), axis=0) / factor_entropy(t))),
    (ex06.gap, "mean for second", lambda t: np.mean((matrix(t).max(0) - matrix(t).mean(0)) / factor_entropy(t))),
    (ex06.gap, "wrong sign", lambda t: -mig(t)),
    (ex06.gap, "latents in order", lambda t: np.mean((matrix(t)[0] - matrix(t)[1]) / factor_entropy(t))),
    (ex06.null, "no shuffle", lambda z, g, orders: mig(count(z, g))),
    (ex06.null, "one order for all", lambda z, g, orders: np.mean([mig(count(z[o[:, 0]], g)) for o in orders])),
    (ex06.null, "one shuffle", lambda z, g, orders: null(z, g, orders[:1])),
    (ex06.null, "sum for mean", lambda z, g, orders: null(z, g, orders) * len(orders)),
    (ex06.null, "largest for mean", lambda z, g, orders: max(null(z, g, o[None]) for o in orders)),
    (ex06.null, "median for mean", lambda z, g, orders: np.median([null(z, g, o[None]) for o in orders])),
    (ex06.null, "not averaged", lambda z, g, orders: [null(z, g, o[None]) for o in orders]),
    (ex06.null, "subtracted", lambda z, g, orders: mig(count(z, g)) - null(z, g, orders)),
    (ex06.null, "shuffled again and again", again_and_again),
    (ex06.null, "inverse order", put_where_it_says),
    (ex06.null, "random", own_shuffles),
    (ex06.null, "orders not used", lambda z, g, orders: np.mean([mig(count(np.random.default_rng(s).permuted(z, axis=0), g)) for s in range(5)])),
    (ex06.null, "other bins", lambda z, g, orders: np.mean([mig(count(np.take_along_axis(z, o, axis=0), g, 10)) for o in orders])),
    (ex06.null, "other bins", lambda z, g, orders: np.mean([mig(count(np.take_along_axis(z, o, axis=0), g, 4)) for o in orders])),
    (ex06.null, "factors shuffled", lambda z, g, orders: np.mean([mig(count(z, g[o[:, 0]])) for o in orders])),
    (ex06.null, "in place", lambda z, g, orders: null(np.multiply(z, 2, out=z), g, orders)),
]  # fmt: skip

RANKS = dict.fromkeys(CODES, 1)
SCORE = {"aligned": (1, 1), "duplicated": (1, 0), "packed twice": (1, 0), "packed, dead": (1, 1), "rotated": (0.328, 0)}
LN4 = math.log(4)


def changed(function):
    return {name: function(*pair) for name, pair in SCORE.items()}


def stub(*args):
    raise NotImplementedError()


VALUES = [  # answers that are no functions, or codes
    (ex06.predictions, "not written", ({}, {})),
    (ex06.predictions, "not written", (RANKS, {})),
    (ex06.predictions, "missing code", (RANKS, {"aligned": 1})),
    (ex06.predictions, "unknown code", (RANKS | {"packed": 2}, RANKS)),
    (ex06.predictions, "not a rank", (RANKS | {"rotated": 0}, RANKS)),
    (ex06.predictions, "not a rank", (RANKS, RANKS | {"rotated": "last"})),
    (ex06.predictions, "no first place", (dict.fromkeys(CODES, 2), RANKS)),
    (ex06.predictions, "type", (["aligned"], RANKS)),
    (ex06.scores, "not written", ({},)),
    (ex06.scores, "missing code", ({"aligned": (1, 1)},)),
    (ex06.scores, "swapped", (changed(lambda best, gap: (gap, best)),)),
    (ex06.scores, "nats", (changed(lambda best, gap: (best * LN4, gap)),)),
    (ex06.scores, "nats and nats", (changed(lambda best, gap: (best * LN4, gap * LN4)),)),
    (ex06.scores, "sum over factors", (changed(lambda best, gap: (2 * best, gap)),)),
    (ex06.scores, "best twice", (changed(lambda best, gap: (best, best)),)),
    (ex06.scores, "MIG twice", (changed(lambda best, gap: (gap, gap)),)),
    (ex06.scores, "shape", (changed(lambda best, gap: (np.array([best, best]), np.array([gap, gap]))),)),
    (ex06.scores, "shape", (changed(lambda best, gap: gap),)),
    (ex06.scores, "type", (changed(lambda best, gap: "1, 1"),)),
    (ex06.scores, "wrong", (SCORE | {"rotated": (0.5, 0)},)),
    (ex06.cases, "not written", ({}, "")),
    (ex06.cases, "not written", (CASES, "")),
    (ex06.cases, "unknown case", (CASES | {"rotated": "entangled"}, "packed, dead")),
    (ex06.cases, "case of packed twice", (CASES | {"packed twice": "compactness"}, "packed, dead")),
    (ex06.cases, "case of packed, dead", (CASES | {"packed, dead": "neither"}, "packed, dead")),
    (ex06.cases, "case of rotated", (CASES | {"rotated": "both"}, "packed, dead")),
    (ex06.cases, "case of duplicated", (CASES | {"duplicated": "both"}, "packed, dead")),
    (ex06.cases, "nothing to notice", (CASES, "aligned")),
    (ex06.cases, "noticed", (CASES, "rotated")),
    (ex06.cases, "unknown code", (CASES, "packed")),
    (ex06.attack, "not written", (stub,)),
    (ex06.attack, "disentangled", (lambda a, b: np.stack([a, b], 1),)),
    (ex06.attack, "second latent", (lambda a, b: np.stack([a, b, a, b], 1),)),
    (ex06.attack, "second latent", (lambda a, b: np.stack([4 * a + b, a - 4 * b], 1),)),
    (ex06.attack, "information lost", (lambda a, b: np.stack([a - b, a + b], 1),)),
    (ex06.attack, "information lost", (lambda a, b: np.stack([a + b], 1),)),
    (ex06.attack, "information lost", (lambda a, b: np.stack([4 * a + b], 1) / 40,)),
    (ex06.attack, "information lost", (lambda a, b: np.zeros((len(a), 2)),)),
    (ex06.attack, "shape", (lambda a, b: 4 * a + b,)),
    (ex06.attack, "shape", (lambda a, b: np.stack([4 * a + b]),)),
    (ex06.attack, "not finite", (lambda a, b: np.stack([4 * a + b + np.nan], 1),)),
    (ex06.attack, "too large", (lambda a, b: np.stack([10.0**6 * a + b], 1),)),
    (ex06.defend, "not written", (stub,)),
    (ex06.defend, "not condemned", (lambda a, b: np.stack([a, b], 1),)),
    (ex06.defend, "not useful", (lambda a, b: np.stack([4 * a + b], 1),)),
    (ex06.defend, "not useful", (lambda a, b: np.stack([a + b, a + b], 1),)),
    (ex06.defend, "not useful", (lambda a, b: np.zeros((len(a), 1)),)),
    (ex06.defend, "not useful", (lambda a, b: np.stack([a - b, a + b], 1) / 40,)),
    (ex06.defend, "not condemned", (lambda a, b: np.stack([a, b, 0.1 * a, 0.1 * b], 1),)),
    (ex06.defend, "shape", (lambda a, b: a,)),
]  # fmt: skip


def test_wrong_answers_fail_and_most_get_the_right_name(capsys):
    share_of_right_names("06", WRONG + [(check, kind, *values) for check, kind, values in VALUES], capsys)


def test_a_right_answer_that_lets_numpy_warn_passes_in_silence(recwarn, capsys):
    def entropy_nansum(counts):
        p = counts / counts.sum()
        return -np.nansum(p * np.log(p))

    ex06.entropy_of(entropy_nansum)
    ex06.information_of(lambda t: entropy_nansum(t.sum(0)) + entropy_nansum(t.sum(1)) - entropy_nansum(t))
    assert not recwarn.list and not capsys.readouterr().err


def test_right_answers_about_the_codes_pass(capsys):
    ex06.predictions(RANKS, RANKS | {"rotated": np.int64(5)})
    ex06.scores(SCORE)
    ex06.scores({name: np.array(pair) for name, pair in SCORE.items()})
    ex06.cases(CASES, "packed, dead")
    for seed in (None, 0, 1):
        ex06.attack(lambda a, b: np.stack([4 * a + b], 1), seed)
        ex06.attack(lambda a, b: torch.tensor(np.stack([0 * a, 4 * b + a, 0 * a], 1)), seed)  # with dead latents
        ex06.defend(lambda a, b: np.stack([a, b, a, b], 1), seed)
        ex06.defend(lambda a, b: torch.tensor(np.stack([a - b, a + b], 1)) / math.sqrt(2), seed)
        ex06.defend(lambda a, b: [[float(x - 4 * y), float(4 * x + y)] for x, y in zip(a, b, strict=True)], seed)
    assert capsys.readouterr().out.count("visible checks passed") == 4 + 15


def test_the_true_scores_are_those_of_counting_the_sixteen_images():
    g = np.stack([A, B], axis=1)
    for name, means in CODES.items():
        tables = count(means, g)
        np.testing.assert_allclose(truth()[name][:2], (best_mi(tables).mean(), mig(tables)), atol=1e-3)
    p = np.array([1, 2, 3, 4, 3, 2, 1]) / 16  # the rotated code's a − b takes −3 … 3; given a it takes 4 values
    assert abs(truth()["rotated"][0] - (-(p * np.log(p)).sum() - LN4) / LN4) < 1e-3


@pytest.mark.parametrize("latents, factors", [(3, 2), (1, 3), (2, 4)])
def test_the_drawn_tables_are_hard_enough(latents, factors):
    for seed in range(20):
        (tables,) = random_tables(np.random.default_rng(seed), latents, factors, ties=True)
        levels = tables[0].sum(axis=1)  # (factors, levels)
        assert (tables.sum(axis=(2, 3)) == 200).all() and (tables.sum(axis=2) == levels).all(), "the same images"
        assert (tables == 0).any() and (levels > 0).sum(1).min() >= 2 and np.ptp(levels, axis=1).min() > 0
        if latents > 1:
            np.testing.assert_allclose(matrix(tables)[0], matrix(tables)[-1])


@pytest.mark.parametrize("check", [ex06.entropy_of, ex06.information_of, ex06.best_of, ex06.gap, ex06.null])
def test_an_untouched_stub_says_that_it_is_not_written(check):
    assert named(check, stub) == "not written"


def test_the_messages_never_show_the_formula():
    for check, *_, answer in [*WRONG, *VALUES]:
        try:
            check(*(answer if isinstance(answer, tuple) else (answer,)))
        except CheckFailed as failed:
            assert not any(formula in str(failed) for formula in ("4a + b", "4 * a", "np.log", "H(z) + H(g) −"))
