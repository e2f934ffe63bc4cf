"""Exercise 06's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math
from functools import partial

import numpy as np
import pytest
import torch
from naming import named
from sklearn.metrics import mutual_info_score

from dvlab.checks import ex06
from dvlab.checks.comparison import CheckFailed, misnamed
from dvlab.checks.ex06.codes import CASES, CODES, SCORED, SIGMA, A, B, measured, truth
from dvlab.checks.ex06.gaps import random_tables

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
    return np.array(shares)


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
    return np.array([mig(count(np.take_along_axis(z, order, axis=0), g)) for order in orders])


def null_loop(z, g, orders):
    scores = []
    for s in range(len(orders)):
        noise = np.empty_like(z)
        for j in range(z.shape[1]):
            noise[:, j] = z[orders[s, :, j], j]
        scores.append(mig(count(noise, g)))
    return np.array(scores)


TIES, ONE = partial(ex06.gap, ties=True), partial(ex06.gap, single=True)
RIGHT = [
    *((ex06.entropy_of, f) for f in (entropy, entropy_loop, entropy_torch)),
    *((ex06.information_of, f) for f in (information, information_loop, information_torch, information_sklearn)),
    *((ex06.best_of, f) for f in (best_mi, best_torch)),
    *((check, f) for f in (mig, mig_loop, mig_torch) for check in (ex06.gap, TIES, ONE)),
    *((ex06.null, f) for f in (null, null_loop)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    check(student)
    check(student, seed=1)
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
    return np.array(scores)


def put_where_it_says(z, g, orders):
    scores = []
    for order in orders:
        noise = np.empty_like(z)
        for j in range(z.shape[1]):
            noise[order[:, j], j] = z[:, j]
        scores.append(mig(count(noise, g)))
    return np.array(scores)


def own_shuffles(z, g, orders):
    return np.array([mig(count(np.random.default_rng().permuted(z, axis=0), g)) for _ in orders])


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
    (ex06.gap, "sorted along the wrong axis", lambda t: np.mean(np.sort(padded(t))[-1] - np.sort(padded(t))[-2])),
    (ex06.gap, "smallest two", lambda t: np.mean(np.sort(padded(t), axis=0)[0] - np.sort(padded(t), axis=0)[1])),
    (ex06.gap, "smallest two", lambda t: np.mean(np.sort(padded(t)[1:], axis=0)[0] - np.sort(padded(t)[1:], axis=0)[1])),
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
    (ex06.null, "no shuffle", lambda z, g, orders: [mig(count(z, g)) for _ in orders]),
    (ex06.null, "one order for all", lambda z, g, orders: [mig(count(z[o[:, 0]], g)) for o in orders]),
    (ex06.null, "averaged", lambda z, g, orders: null(z, g, orders).mean()),
    (ex06.null, "one shuffle", lambda z, g, orders: null(z, g, orders[:1])),
    (ex06.null, "sum for each", lambda z, g, orders: null(z, g, orders).sum()),
    (ex06.null, "largest of them", lambda z, g, orders: max(null(z, g, orders))),
    (ex06.null, "quantile of them", lambda z, g, orders: np.quantile(null(z, g, orders), 0.95)),
    (ex06.null, "sorted", lambda z, g, orders: sorted(null(z, g, orders))),
    (ex06.null, "subtracted", lambda z, g, orders: mig(count(z, g)) - null(z, g, orders)),
    (ex06.null, "shuffled again and again", again_and_again),
    (ex06.null, "inverse order", put_where_it_says),
    (ex06.null, "random", own_shuffles),
    (ex06.null, "orders not used", lambda z, g, orders: np.array([mig(count(np.random.default_rng(s).permuted(z, axis=0), g)) for s in range(len(orders))])),
    (ex06.null, "other bins", lambda z, g, orders: np.array([mig(count(np.take_along_axis(z, o, axis=0), g, 10)) for o in orders])),
    (ex06.null, "other bins", lambda z, g, orders: np.array([mig(count(np.take_along_axis(z, o, axis=0), g, 4)) for o in orders])),
    (ex06.null, "factors shuffled", lambda z, g, orders: np.array([mig(count(z, g[o[:, 0]])) for o in orders])),
    (ex06.null, "array", lambda z, g, orders: list(null(z, g, orders))),
    (ex06.null, "in place", lambda z, g, orders: null(np.multiply(z, 2, out=z), g, orders)),
    # answers that passed before: right by the luck of two equal factors, of one shape, of one scale
    (ex06.gap, "median for mean", lambda t: np.median((two_best(t)[0] - two_best(t)[1]) / factor_entropy(t))),
    (ex06.gap, "divided by two", lambda t: np.sum((two_best(t)[0] - two_best(t)[1]) / factor_entropy(t)) / 2),
    (ex06.gap, "largest for mean", lambda t: np.max((two_best(t)[0] - two_best(t)[1]) / factor_entropy(t))),
    (ex06.gap, "first factor", lambda t: ((two_best(t)[0] - two_best(t)[1]) / factor_entropy(t))[0]),
    (ex06.gap, "error", lambda t: np.mean([(two_best(t)[0] - two_best(t)[1])[k] / factor_entropy(t)[k] for k in range(3)])),
    (ex06.gap, "error", lambda t: np.mean([sorted(matrix(t)[j, k] for j in range(3))[-1] for k in range(t.shape[1])])),
    (ex06.gap, "divided by the best", lambda t: np.mean((two_best(t)[0] - two_best(t)[1]) / two_best(t)[0])),
    (ex06.best_of, "error", lambda t: np.array([max(information(t[j, k]) for j in range(3)) for k in range(t.shape[1])]) / factor_entropy(t)),
    (ex06.best_of, "array", lambda t: list(best_loop(t))),
    (ex06.best_of, "first latent", lambda t: matrix(t)[0] / factor_entropy(t)),
    (ex06.entropy_of, "ε in the logarithm", lambda c: -np.sum(c / c.sum() * np.log(c / c.sum() + 1e-4))),
    (ex06.entropy_of, "error", lambda c: -sum(c[k] / c.sum() * math.log(c[k] / c.sum()) for k in range(3))),
    (ex06.entropy_of, "wrong", lambda c: np.log(np.exp(entropy(c)).round())),
    (ex06.information_of, "margins left as counts", lambda t: sum(t[i, j] / t.sum() * math.log(t[i, j] / t.sum() / (t[i].sum() * t[:, j].sum())) for i, j in np.argwhere(t > 0))),
    (ex06.information_of, "reversed", lambda t: np.nansum(np.outer(t.sum(1), t.sum(0)) / t.sum() ** 2 * log(np.outer(t.sum(1), t.sum(0)) / t.sum() / t))),
    (ex06.information_of, "ε in the logarithm", lambda t: np.nansum(t / t.sum() * log(t * t.sum() / np.outer(t.sum(1), t.sum(0)) + 1e-3))),
    (ex06.information_of, "divided", lambda t: information(t) / entropy(t.sum(0))),
]  # fmt: skip

GUESS = {name: (1, 0.5) for name in CODES} | {"rotated": (0.4, 0)}
SCORE = {name: truth(name) for name in SCORED}
DECEIVED = {"best": "duplicated", "mean": "packed twice", "sum": "duplicated", "joint": "rotated"}
DECEIVED |= {"best - mean": "rotated and not", "best - worst": "duplicated", "1 - second/best": "imprecise"}
CASE = {name: right[0] for name, right in CASES.items()}
LN4 = math.log(4)


def changed(function):
    return {name: function(*pair) for name, pair in SCORE.items()}


def best_by(reduce):  # as `reduce(best_mi(count(z, g)))` of each code
    return {n: (reduce(best_mi(count(CODES[n], np.stack([A, B], 1)))), SCORE[n][1]) for n in SCORED}


def stub(*args):
    raise NotImplementedError()


VALUES = [  # answers that are no functions
    (ex06.predictions, "not written", ({},)),
    (ex06.predictions, "missing code", ({"aligned": (1, 1)},)),
    (ex06.predictions, "unknown code", (GUESS | {"packed": (1, 1)},)),
    (ex06.predictions, "not a share", (GUESS | {"rotated": (2, 1)},)),
    (ex06.predictions, "impossible", (GUESS | {"rotated": (0.3, 0.4)},)),
    (ex06.predictions, "no prediction", (dict.fromkeys(CODES, (1, 1)),)),
    (ex06.predictions, "no prediction", (GUESS | {"rotated": (1, 0.1)},)),
    (ex06.predictions, "shape", (GUESS | {"rotated": 1},)),
    (ex06.predictions, "type", (GUESS | {"rotated": ("high", "low")},)),
    (ex06.predictions, "type", (["aligned"],)),
    (ex06.scores, "not written", ({},)),
    (ex06.scores, "missing code", ({"aligned": (1, 1)},)),
    (ex06.scores, "swapped", (changed(lambda best, gap: (gap, best)),)),
    (ex06.scores, "nats", (changed(lambda best, gap: (best * LN4, gap)),)),
    (ex06.scores, "nats and nats", (changed(lambda best, gap: (best * LN4, gap * LN4)),)),
    (ex06.scores, "sum over factors", (best_by(np.sum),)),
    (ex06.scores, "first factor", (best_by(lambda best: best[0]),)),
    (ex06.scores, "last factor", (best_by(lambda best: best[-1]),)),
    (ex06.scores, "first factor", (best_by(max),)),  # of these codes it is a that is known as well as b, or better
    (ex06.scores, "best twice", (changed(lambda best, gap: (best, best)),)),
    (ex06.scores, "MIG twice", (changed(lambda best, gap: (gap, gap)),)),
    (ex06.scores, "shape", (changed(lambda best, gap: (np.array([best, best]), np.array([gap, gap]))),)),
    (ex06.scores, "shape", (changed(lambda best, gap: gap),)),
    (ex06.scores, "type", (changed(lambda best, gap: "1, 1"),)),
    (ex06.scores, "wrong", (SCORE | {"rotated": (0.5, 0)},)),
    (ex06.cases, "not written", ({}, "")),
    (ex06.cases, "not written", (CASE, "")),
    (ex06.cases, "not written", (CASE, [])),
    (ex06.cases, "unknown case", (CASE | {"rotated": "entangled"}, "packed, dead")),
    (ex06.cases, "unknown case", (CASE | {"rotated": 3}, "packed, dead")),
    (ex06.cases, "case of packed twice", (CASE | {"packed twice": "compactness"}, "packed, dead")),
    (ex06.cases, "case of packed, dead", (CASE | {"packed, dead": "neither"}, "packed, dead")),
    (ex06.cases, "case of rotated", (CASE | {"rotated": "compactness"}, "packed, dead")),
    (ex06.cases, "case of rotated and not", (CASE | {"rotated and not": "axis alignment"}, "packed, dead")),
    (ex06.cases, "case of duplicated", (CASE | {"duplicated": "both"}, "packed, dead")),
    (ex06.cases, "nothing to notice", (CASE, "aligned")),
    (ex06.cases, "noticed", (CASE, "rotated")),
    (ex06.cases, "noticed", (CASE, "rotated and not")),
    (ex06.cases, "unknown code", (CASE, "packed")),
    (ex06.cases, "unknown code", (CASE, ["packed, dead", "rotated"])),
    (ex06.deceptions, "not written", ({},)),
    (ex06.deceptions, "not written", (dict.fromkeys(DECEIVED, ""),)),
    (ex06.deceptions, "missing code", ({"best": "duplicated"},)),
    (ex06.deceptions, "another one", (DECEIVED | {"joint": "packed, dead"},)),
    (ex06.deceptions, "no fault", (DECEIVED | {"joint": "aligned"},)),
    (ex06.deceptions, "not deceived", (DECEIVED | {"1 - second/best": "duplicated"},)),
    (ex06.deceptions, "not deceived", (DECEIVED | {"best - worst": "packed twice"},)),
    (ex06.deceptions, "not deceived", (DECEIVED | {"joint": "imprecise"},)),
    (ex06.deceptions, "unknown code", (DECEIVED | {"joint": 2.0},)),
]  # fmt: skip


def stack(*latents):
    return np.stack([np.asarray(latent, dtype=float) for latent in latents], 1)


def street(a, b, c):  # 0 … 71 with the house numbers running to and fro
    n = np.where(a % 2, 4 * a + 3 - b, 4 * a + b)
    return np.where(n % 2, 6 * n + 5 - c, 6 * n + c)


CONTEST = [  # wrong ones that are told before any forest is grown, and three that need one
    (ex06.attack, "not written", stub),
    (ex06.attack, "weighted sum", lambda a, b, c: stack(24 * a + 6 * b + c)),
    (ex06.attack, "weighted sum", lambda a, b, c: stack(street(a, b, c), a)),
    (ex06.attack, "second latent", lambda a, b, c: stack(street(a, b, c), street(c % 3, b, a + c))),
    (ex06.attack, "information lost", lambda a, b, c: stack(street(a, b, c)) / 40),
    (ex06.attack, "information lost", lambda a, b, c: np.zeros((len(a), 2))),
    (ex06.attack, "information lost", lambda a, b, c: stack(a * b * c)),
    (ex06.attack, "shape", street),
    (ex06.attack, "shape", lambda a, b, c: np.stack([street(a, b, c)])),
    (ex06.attack, "not finite", lambda a, b, c: stack(street(a, b, c) + np.nan)),
    (ex06.attack, "too large", lambda a, b, c: stack(1e6 * street(a, b, c))),
    (ex06.attack, "random", lambda a, b, c: stack(np.random.default_rng(len(a)).permutation(len(a)))),
    (ex06.attack, "disentangled", lambda a, b, c: stack((a - 0.9) ** 2, (b - 1.2) ** 2, (c - 2.3) ** 2)),
    (ex06.defend, "not written", stub),
    (ex06.defend, "whole factor", lambda a, b, c: stack(a, b, c, a, b, c)),
    (ex06.defend, "whole factor", lambda a, b, c: stack(street(a, b, c))),
    (ex06.defend, "not readable", lambda a, b, c: stack(a, b, c, a, b, c) * 0.04),
    (ex06.defend, "mixed", lambda a, b, c: stack(a + b, a - b, b + c, b - c)),
    (ex06.defend, "not condemned", lambda a, b, c: stack(a == 0, a == 1, b == 0, np.maximum(b, 1), c == 0, np.maximum(c, 1))),
    (ex06.defend, "shape", lambda a, b, c: a),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_get_the_right_name_and_are_never_told_the_formula():
    wrong = []
    for check, kind, *answer in [*WRONG, *CONTEST, *((check, kind, *values) for check, kind, values in VALUES)]:
        try:
            check(*answer)
            wrong.append((kind, "passed"))
        except CheckFailed as failed:
            if failed.kind != kind or any(part in failed.whole for part in ("4a + b", "np.log", "H(z) + H(g) −")):
                wrong.append((kind, failed.kind, failed.whole))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.whole
@pytest.mark.parametrize("check", [ex06.entropy_of, ex06.information_of, ex06.best_of, ex06.gap, TIES, ONE, ex06.null])
def test_each_mistake_of_a_table_gets_its_own_name(check):
    assert list(misnamed(check)) == []


def test_a_right_answer_that_lets_numpy_warn_passes_in_silence(recwarn, capsys):
    def entropy_nansum(counts):
        p = counts / counts.sum()
        return -np.nansum(p * np.log(p))

    ex06.entropy_of(entropy_nansum)
    ex06.information_of(lambda t: entropy_nansum(t.sum(0)) + entropy_nansum(t.sum(1)) - entropy_nansum(t))
    assert not recwarn.list and not capsys.readouterr().err


def test_right_answers_about_the_codes_pass(capsys):
    ex06.predictions(GUESS)
    ex06.predictions({name: np.array(pair) for name, pair in GUESS.items()})
    ex06.scores(SCORE)
    ex06.scores({name: list(pair) for name, pair in SCORE.items()} | {"imprecise": (1, 1)})
    ex06.scores(best_by(np.mean))
    for unnoticed in ("packed, dead", ["packed, dead"], {"packed, dead"}, " Packed, dead"):
        ex06.cases(CASE, unnoticed)
    ex06.cases(CASE | {"rotated": "both", "aligned": "Neither"}, "packed, dead")
    ex06.deceptions(DECEIVED)
    ex06.deceptions(DECEIVED | {"best": "rotated and not", "best - mean": "duplicated", "mean": "duplicated"})


@pytest.mark.parametrize("seed", [0, 1])
def test_attacks_and_defences_of_several_kinds_pass(seed, capsys):
    ex06.attack(lambda a, b, c: street(a, b, c)[:, None], seed)
    table = np.random.default_rng(0).permutation(72)
    ex06.attack(lambda a, b, c: torch.tensor(stack(0 * a, table[24 * a + 6 * b + c], 0 * a)), seed)
    ex06.defend(lambda a, b, c: stack(a == 0, a == 2, b % 2, b // 2, np.minimum(c, 3), np.maximum(c, 2)), seed)

    def circles(a, b, c):
        return stack(a == 0, a == 1, *(f(u) for u in (np.pi / 2 * b, np.pi / 3 * c) for f in (np.cos, np.sin)))

    ex06.defend(circles, seed)
    assert capsys.readouterr().out.count("visible checks passed") == 4


def test_the_joint_information_is_whole_where_nothing_is_lost():
    z, g = CODES["rotated"], np.stack([A, B], 1)
    apart = np.abs(z[:, None] - z).max(axis=2) + np.eye(16)
    assert apart.min() > 10 * SIGMA  # all 16 means are apart: no noise confuses two images
    assert measured("rotated")["joint"] == 1 and measured("lost")["joint"] == pytest.approx(0.5, abs=0.01)
    assert len(g) == 16


def test_the_picture_names_every_code(monkeypatch):
    shown = []
    monkeypatch.setattr("dvlab.plots.show", lambda figure, alt: shown.append((figure, alt)))
    ex06.leaderboard(
        {"aligned": (1.0, 1.0), "packed, dead": (1.0, 1.0), "YOUR ATTACK": (1.0, 0.99), "lost": (0.5, 0.5)}
    )
    figure, alt = shown[0]
    labels = [text.get_text() for text in figure.axes[0].texts]
    assert sorted(labels) == ["aligned,\npacked, dead,\nYOUR ATTACK", "lost"] and "YOUR ATTACK 1.00, 0.99" in alt


def test_the_true_scores_are_those_of_counting_the_sixteen_images():
    g = stack(A, B).astype(int)
    for name in SCORED:
        tables = count(CODES[name], g)
        np.testing.assert_allclose(truth(name), (best_mi(tables).mean(), mig(tables)), atol=1e-3)
    p = np.array([1, 2, 3, 4, 3, 2, 1]) / 16  # the rotated code's a − b takes −3 … 3; given a it takes 4 values
    assert abs(truth("rotated")[0] - (-(p * np.log(p)).sum() - LN4) / LN4) < 1e-3


@pytest.mark.parametrize("latents, factors", [(3, 2), (1, 3), (2, 4)])
def test_the_drawn_tables_are_hard_enough(latents, factors):
    for seed in range(20):
        (tables,) = random_tables(np.random.default_rng(seed), latents, factors, ties=True)
        levels = tables[0].sum(axis=1)  # (factors, levels)
        assert (tables.sum(axis=2) == levels).all(), "the same images"
        assert (tables == 0).any() and (levels > 0).sum(1).min() >= 2 and np.ptp(levels, axis=1).min() > 0
        if latents > 1:
            np.testing.assert_allclose(matrix(tables)[0], matrix(tables)[-1])


@pytest.mark.parametrize("check", [ex06.entropy_of, ex06.information_of, ex06.best_of, ex06.gap, ex06.null])
def test_an_untouched_stub_says_that_it_is_not_written(check):
    assert named(check, stub) == "not written"
