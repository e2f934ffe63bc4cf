"""Exercise 06, from counts: the entropy and the mutual information of a table."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np
from scipy.special import entr, rel_entr, xlogy

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.sentences import BITS

SIGN = "the sign is the wrong way round: it is never negative."
EMPTY = "0 · ln 0 is NaN for a computer; an empty cell contributes nothing."
FLOOR = "a small number was added inside the logarithm, and it is not small beside the rarest share: leave out what is 0 instead."
FLOORS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
PAIR = np.array([3, 1])
LEVELS = (  # counts that are hard in some way: a level never seen, one level only, a rare one, many, decimals
    np.array([0, 5, 0, 2]),
    np.array([0, 4]),
    np.array([10_000, 1]),
    np.arange(12),
    np.array([2.0, 0.0, 5.0]),
)
TABLES = (  # cells by levels: independent, one cell, an empty cell and an empty level, a rare one
    np.array([[1, 2], [2, 4]]),
    np.array([[3, 1, 2]]),
    np.array([[4.0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 6, 0]]),
    np.array([[9000, 0], [0, 1]]),
)


def H_of(counts, base=np.e, axis=None):
    """−Σ p ln p of counts, along `axis` or of all."""
    return entr(counts / counts.sum(axis=axis, keepdims=True)).sum(axis=axis) / np.log(base)


def entropy_of(student: Callable, seed: int = 0) -> None:
    """Check `entropy(counts)`, (levels,) -> nats."""

    def draw(rng):
        counts = rng.integers(1, 30, rng.integers(3, 9))
        counts[rng.integers(len(counts))] = 0
        return (counts,)

    mistakes = [
        Mistake("log base 2", lambda c: H_of(c, base=2), BITS),
        Mistake("log base 10", lambda c: H_of(c, base=10), "nats need the natural logarithm, not log10."),
        Mistake("wrong sign", lambda c: -H_of(c), SIGN),
        Mistake("0 · log 0", lambda c: (-c / c.sum() * np.log(c / c.sum())).sum(), EMPTY),
        Mistake("0 · log 0", lambda c: -(c / c.sum() * np.log2(c / c.sum())).sum(), EMPTY),
        Mistake("counts for shares", lambda c: -xlogy(c, c).sum(), "p(g) is a share, and the shares add up to 1: divide the counts by their sum."),
        Mistake("balanced", lambda c: np.log(len(c)), "this is ln of the number of levels: what a balanced factor has, and the most that is possible."),
        Mistake("balanced", lambda c: np.log((c > 0).sum()), "this is ln of the number of levels seen: what a balanced factor has."),
        Mistake("unweighted", lambda c: -np.log(c[c > 0] / c.sum()).sum(), "an expectation weighs each surprise −ln p by its probability."),
        Mistake("mean for sum", lambda c: H_of(c) / len(c), "you averaged over the levels; the shares are the weights already."),
        Mistake("normalised", lambda c: H_of(c) / np.log(len(c)), "this is a share of the largest possible entropy; nats are asked."),
        Mistake("one added", lambda c: H_of(c + 1), "one was added to every count: an empty level contributes nothing, no count is changed."),
        Mistake("divided by the levels", lambda c: -xlogy(c / len(c), c / len(c)).sum(), "p(g) is a share of the images, not of the levels: the shares add up to 1."),
        Mistake("perplexity", lambda c: np.exp(H_of(c)), "this is e to the entropy, an effective number of levels."),
        Mistake("no sum", lambda c: -xlogy(c / c.sum(), c / c.sum()), "the sum over the levels is missing."),
        Mistake("share of the mode", lambda c: -np.log(c.max() / c.sum()), "this is the surprise of the most frequent level alone."),
        Mistake("1 − Σp²", lambda c: 1 - ((c / c.sum()) ** 2).sum(), "this is Gini's impurity, another measure of disorder."),
        *(Mistake("ε in the logarithm", lambda c, e=e: -(c / c.sum() * np.log(c / c.sum() + e)).sum(), FLOOR) for e in FLOORS),
    ]  # fmt: skip
    where, example = "part 2 above, and lecture 0 on entropy", (np.array([6, 6, 12]),)
    fixed = [(PAIR,), *((c,) for c in LEVELS)]
    compare(student, H_of, draw, mistakes, fixed=fixed, reread=where, example=example, seed=seed, atol=5e-7, rtol=3e-4)


def information_of(student: Callable, seed: int = 0) -> None:
    """Check `information(table)`, (cells, levels) counts -> nats."""

    def draw(rng):
        cells, levels = rng.integers(2, 7, 2)
        table = rng.multinomial(60, rng.dirichlet(0.6 * np.ones(cells * levels))).reshape(cells, levels)
        table[0], table[:, 0], table[-1, 0] = table[0] + 1, table[:, 0] + 1, 0  # at least one empty cell
        return (table,)

    def MI(t):
        return rel_entr(t / t.sum(), t.sum(1, keepdims=True) * t.sum(0) / t.sum() ** 2).sum()

    def summed(t, log=np.log, add=np.sum):  # Σ p ln(p / (p_z p_g)), with a logarithm that is wrong somewhere
        p = t / t.sum()
        return add(p * log(p / (p.sum(1, keepdims=True) * p.sum(0))))

    nothing = "What if z and g are independent? Then there is nothing to learn, and I must be 0."
    mistakes = [
        Mistake("log base 2", lambda t: MI(t) / np.log(2), BITS),
        Mistake("wrong sign", lambda t: -MI(t), SIGN),
        Mistake("0 · log 0", summed, EMPTY),
        Mistake("0 · log 0", lambda t: summed(t, np.log2), EMPTY),
        Mistake("H(g)", lambda t: H_of(t.sum(0)), "this is H(g), the most that z could tell."),
        Mistake("H(z)", lambda t: H_of(t.sum(1)), "this is the entropy of the latent's cells."),
        Mistake("H(z, g)", lambda t: H_of(t.ravel()), "this is the joint entropy. " + nothing),
        Mistake("H(g|z)", lambda t: H_of(t.sum(0)) - MI(t), "this is H(g|z), what is still unknown of g after z was seen."),
        Mistake("H(z|g)", lambda t: H_of(t.sum(1)) - MI(t), "this is H(z|g), what g leaves open about z."),
        Mistake("H(g) + H(z)", lambda t: H_of(t.sum(0)) + H_of(t.sum(1)), "these two entropies count twice what z and g share. " + nothing),
        Mistake("divided", lambda t: MI(t) / H_of(t.sum(0)), "this is a share of H(g) already; nats are asked here."),
        Mistake("divided", lambda t: MI(t) / H_of(t.sum(1)), "this is a share of H(z); nats are asked here."),
        Mistake("mean for sum", lambda t: MI(t) / t.size, "you averaged over the cells of the table; the shares are the weights already."),
        Mistake("mean for sum", lambda t: MI(t) / t.shape[1], "you averaged over the levels; the shares are the weights already."),
        Mistake("one margin", lambda t: -H_of(t.ravel()) + H_of(t.sum(0)), "one of the two margins is missing. " + nothing),
        Mistake("one margin", lambda t: -H_of(t.ravel()) + H_of(t.sum(1)), "one of the two margins is missing. " + nothing),
        Mistake("one margin twice", lambda t: 2 * H_of(t.sum(0)) - H_of(t.ravel()), "this is 2 H − H(z, g), with H of one and the same margin; there are two margins."),
        Mistake("one margin twice", lambda t: 2 * H_of(t.sum(1)) - H_of(t.ravel()), "this is 2 H − H(z, g), with H of one and the same margin; there are two margins."),
        Mistake("unweighted", lambda t: H_of(t.sum(0)) - np.mean([H_of(row) if row.any() else 0 for row in t]), "H(g|z) is an average over the cells, and a cell with many images counts more than one with few."),
        Mistake("unweighted", lambda t: H_of(t.sum(1)) - np.mean([H_of(row) if row.any() else 0 for row in t.T]), "H(z|g) is an average over the levels, and a level with many images counts more than one with few."),
        Mistake("unweighted", lambda t: H_of(t.sum(0)) - np.mean([H_of(row) for row in t if row.any()]), "H(g|z) is an average over the cells, and a cell with many images counts more than one with few."),
        Mistake("counts for shares", lambda t: MI(t) * t.sum(), "p(z, g) is a share: this is n times too large."),
        Mistake("counts for shares", lambda t: rel_entr(t, t.sum(1, keepdims=True) * t.sum(0)).sum(), "p(z, g) is a share: divide the counts by their sum first."),
        Mistake("no sum", lambda t: rel_entr(t / t.sum(), t.sum(1, keepdims=True) * t.sum(0) / t.sum() ** 2), "the sum over the table is missing."),
        Mistake("margins left as counts", lambda t: (t / t.sum() * safe(t / t.sum() / (t.sum(1, keepdims=True) * t.sum(0)))).sum(), "p(z, g) is a share, but the margins beside it are counts: they must add up to 1 too."),
        Mistake("unweighted", lambda t: safe(t / t.sum() / (t.sum(1, keepdims=True) * t.sum(0)) * t.sum() ** 2).sum(), "an expectation weighs each logarithm by its p(z, g)."),
        Mistake("reversed", lambda t: rel_entr(t.sum(1, keepdims=True) * t.sum(0) / t.sum() ** 2, t / t.sum()).sum(), "the two distributions changed places in the KL: the expectation is under p(z, g)."),
        Mistake("divided", lambda t: 2 * MI(t) / (H_of(t.sum(0)) + H_of(t.sum(1))), "this is a share of the mean entropy; nats are asked here."),
        Mistake("divided", lambda t: MI(t) / np.sqrt(H_of(t.sum(0)) * H_of(t.sum(1))), "this is a share of both entropies; nats are asked here."),
        *(Mistake("ε in the logarithm", lambda t, e=e, add=add: summed(t, lambda p: np.log(p + e), add), FLOOR) for add in (np.sum, np.nansum) for e in FLOORS[:4]),
    ]  # fmt: skip
    fixed = [(np.array([[2, 0, 1], [0, 3, 0]]),), *((t,) for t in TABLES)]
    compare(
        student,
        MI,
        draw,
        mistakes,
        fixed=fixed,
        reread="part 2 above, and lecture 1 on the 2 × 3 table",
        seed=seed,
        rtol=3e-4,
    )


def safe(ratio):
    """ln, and 0 where the ratio is 0 (or 0/0)."""
    return np.log(np.where(ratio > 0, ratio, 1))
