"""Exercise 06, from counts: entropy, mutual information, the best of it, MIG."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
from collections.abc import Callable

import numpy as np
from scipy.special import rel_entr, xlogy
from scipy.stats import entropy as H_of

from dvlab.checks.base import Mistake, compare
from dvlab.checks.sentences import BITS

SIGN = "the sign is the wrong way round: it is never negative."
OF_Z = "you divided by the entropy of the latent's cells; MIG compares with what there is to know about the factor."
UNIFORM = (
    "you divided by ln of the number of levels, which is the entropy of a balanced factor; these are not balanced."
)
EMPTY = "0 · ln 0 is NaN for a computer; an empty cell contributes nothing."


def entropy_of(student: Callable, levels: int = 5) -> None:
    """Check `entropy(counts)`, (levels, or one or two more,) -> nats."""
    sizes = itertools.cycle((levels, levels + 1, levels + 2))  # never all alike: ln of their number is no constant

    def draw(rng):
        counts = rng.integers(1, 30, next(sizes))
        counts[rng.integers(len(counts))] = 0 if len(counts) > 2 else 7  # a level that was never seen
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
    ]  # fmt: skip
    compare(
        student, H_of, draw, mistakes, reread="part 2 above, and lecture 0 on entropy", example=(np.array([6, 6, 12]),)
    )


def information_of(student: Callable, cells: int = 4, levels: int = 3) -> None:
    """Check `information(table)`, (cells, levels) counts -> nats."""

    def draw(rng):
        table = rng.multinomial(60, rng.dirichlet(0.6 * np.ones(cells * levels))).reshape(cells, levels)
        table[0], table[:, 0], table[-1, 0] = table[0] + 1, table[:, 0] + 1, 0  # at least one empty cell
        return (table,)

    def MI(t):
        return rel_entr(t / t.sum(), t.sum(1, keepdims=True) * t.sum(0) / t.sum() ** 2).sum()

    def summed(t, log=np.log, weight=1.0, sign=1.0):  # Σ p ln(p / (p_z p_g)) with something wrong
        p = t / t.sum()
        return sign * (weight * p * log(p / (p.sum(1, keepdims=True) * p.sum(0)))).sum()

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
        Mistake("one margin twice", lambda t: 2 * H_of(t.sum(0)) - H_of(t.ravel()), "one margin is there twice, the other one not at all."),
        Mistake("one margin twice", lambda t: 2 * H_of(t.sum(1)) - H_of(t.ravel()), "one margin is there twice, the other one not at all."),
        Mistake("unweighted", lambda t: H_of(t.sum(0)) - np.mean([H_of(row) for row in t]), "H(g|z) is an average over the cells, and a cell with many images counts more than one with few."),
        Mistake("unweighted", lambda t: H_of(t.sum(1)) - np.mean([H_of(row) for row in t.T]), "H(z|g) is an average over the levels, and a level with many images counts more than one with few."),
        Mistake("unweighted", lambda t: H_of(t.sum(0)) - np.mean([H_of(row) for row in t if row.any()]), "H(g|z) is an average over the cells, and a cell with many images counts more than one with few."),
        Mistake("counts for shares", lambda t: MI(t) * t.sum(), "p(z, g) is a share: this is n times too large."),
        Mistake("counts for shares", lambda t: rel_entr(t, t.sum(1, keepdims=True) * t.sum(0)).sum(), "p(z, g) is a share: divide the counts by their sum first."),
        Mistake("no sum", lambda t: rel_entr(t / t.sum(), t.sum(1, keepdims=True) * t.sum(0) / t.sum() ** 2), "the sum over the table is missing."),
    ]  # fmt: skip
    compare(student, MI, draw, mistakes, reread="part 2 above, and lecture 1 on the 2 × 3 table")


def random_tables(rng, latents: int, factors: int, ties: bool) -> tuple[np.ndarray]:
    """Counts (latents, factors, 5, 4) of 200 images: unbalanced factors, some with 3 levels, empty cells."""
    n, cells, levels = 200, 5, 4
    g = np.stack([rng.choice(levels - k % 2, n, p=rng.dirichlet(4 * np.ones(levels - k % 2))) for k in range(factors)])
    z = np.empty((latents, n), dtype=int)
    for j in range(latents):  # each latent follows one factor, more or less
        heard = rng.random(n) < rng.uniform(0.5, 0.95)
        z[j] = np.where(heard, rng.permutation(cells)[g[j % factors]], rng.integers(cells, size=n))
    if ties and latents > 1:
        z[-1] = z[0]  # the same to the last digit, so that whoever leaves out what ties is found
    tables = np.zeros((latents, factors, cells, levels), dtype=int)
    for j, k in np.ndindex(latents, factors):
        np.add.at(tables[j, k], (z[j], g[k]), 1)
    return (tables,)


def parts(tables):
    """I (D, K), H(g) (K,) and H(z) (D,) of tables of counts (D, K, cells, levels)."""
    p = tables / tables.sum((2, 3), keepdims=True)
    I = rel_entr(p, p.sum(3, keepdims=True) * p.sum(2, keepdims=True)).sum((2, 3))
    return I, H_of(p[0].sum(1), axis=-1), H_of(p[:, 0].sum(2), axis=-1)


def ordered(I, axis=0):
    """The largest and the second largest along an axis; the second of one alone is 0."""
    I = np.sort(np.concatenate([I, np.zeros_like(np.take(I, [0], axis))], axis), axis)
    return np.take(I, -1, axis), np.take(I, -2, axis)


def best_of(student: Callable, latents: int = 3, factors: int = 2) -> None:
    """Check `best_mi(tables)`, (latents, factors, cells, levels) counts -> (factors,), the best I / H(g)."""

    def by(function):  # a wrong answer from I, H(g), H(z)
        return lambda tables: function(*parts(tables))

    mistakes = [
        Mistake("not divided", by(lambda I, H, Hz: I.max(0)), "these are nats; a share of H(g) is asked."),
        Mistake("bits for nats", by(lambda I, H, Hz: I.max(0) / H / np.log(2)), "one of I and H is in bits, the other in nats."),
        Mistake("bits for nats", by(lambda I, H, Hz: I.max(0) / H * np.log(2)), "one of I and H is in bits, the other in nats."),
        Mistake("H(z) for H(g)", by(lambda I, H, Hz: (I / Hz[:, None]).max(0)), OF_Z),
        Mistake("H(z) for H(g)", by(lambda I, H, Hz: I.max(0) / Hz[I.argmax(0)]), OF_Z),
        Mistake("H(z) for H(g)", by(lambda I, H, Hz: I.max(0) / Hz[0]), OF_Z),
        Mistake("balanced", lambda t: parts(t)[0].max(0) / np.log(t.shape[3]), UNIFORM),
        Mistake("balanced", lambda t: parts(t)[0].max(0) / np.log((t[0].sum(1) > 0).sum(1)), UNIFORM),
        Mistake("ln of the cells", lambda t: parts(t)[0].max(0) / np.log(t.shape[2]), "you divided by ln of the number of cells of z."),
        Mistake("one entropy for all", by(lambda I, H, Hz: I.max(0) / H[0]), "every factor is divided by the entropy of the first; each has its own."),
        Mistake("wrong axis", by(lambda I, H, Hz: (I / H).max(1)), "this is the best factor of each latent; the best latent of each factor is asked."),
        Mistake("wrong axis", by(lambda I, H, Hz: I.max(1)), "this is the best factor of each latent, in nats."),
        Mistake("averaged", by(lambda I, H, Hz: (I.max(0) / H).mean()), "this is the mean over the factors; give one number for each, before any average hides one."),
        Mistake("index for value", by(lambda I, H, Hz: I.argmax(0)), "this is *which* latent is best; how much it knows is asked."),
        Mistake("sum over latents", by(lambda I, H, Hz: I.sum(0) / H), "you added the latents up; the best one is asked."),
        Mistake("mean over latents", by(lambda I, H, Hz: I.mean(0) / H), "you averaged over the latents; the best one is asked."),
        Mistake("second best", by(lambda I, H, Hz: ordered(I)[1] / H), "this is the second best."),
        Mistake("no maximum", by(lambda I, H, Hz: I / H), "this is the whole matrix; keep the best latent of each factor."),
    ]  # fmt: skip

    def right(tables):
        I, H, _ = parts(tables)
        return I.max(0) / H

    def draw(rng):
        return random_tables(rng, latents, factors, ties=False)

    compare(student, right, draw, mistakes, reread="part 2 above, and lecture 6, 'Step by step'")


def right_mig(tables) -> float:
    """MIG of tables of counts, as on the slides."""
    I, H, _ = parts(tables)
    best, second = ordered(I)
    return ((best - second) / H).mean()


def gap(student: Callable, latents: tuple[int, ...] = (3, 2), factors: int = 2, ties: bool = False) -> None:
    """Check `mig(tables)`, (latents, factors, cells, levels) counts -> a number; `latents` take turns."""
    sizes = itertools.cycle(latents)

    def by(function):  # a wrong answer from I, H(g), H(z) and the gap in nats
        return lambda tables: function(*(of := parts(tables)), np.subtract(*ordered(of[0])))

    def strictly(I, H, Hz, nats):  # the largest of those below the best: wrong where two latents tie
        return np.mean([(c.max() - max(c[c < c.max() - 1e-9], default=0)) / h for c, h in zip(I.T, H, strict=True)])

    def unsorted(S):  # np.sort without an axis sorts each latent's row
        S = np.sort(np.concatenate([np.zeros_like(S[:1]), S]))
        return (S[-1] - S[-2]).mean()

    def smallest(S, zero=True):
        S = np.sort(np.concatenate([np.zeros_like(S[: int(zero)]), S]), axis=0)
        return (S[0] - S[1]).mean() if len(S) > 1 else np.nan

    def others(S):  # the mean of the others for the second best
        return np.mean(S.max(0) - (S.sum(0) - S.max(0)) / max(len(S) - 1, 1))

    rows = "the numbers are sorted within each latent (`np.sort` takes the last axis unless told); sort each factor's latents."
    ends = "after sorting, the largest stand at the end: this compares the smallest two."
    gaps = "the gap is between the best and the *second best* latent of a factor."
    mistakes = [
        Mistake("one latent", by(lambda I, H, Hz, nats: 0.0 if len(I) == 1 else (nats / H).mean()), "with a single latent the second best counts as 0."),
        Mistake("one latent", by(lambda I, H, Hz, nats: np.nan if len(I) == 1 else (nats / H).mean()), "with a single latent the second best counts as 0."),
        Mistake("ties", by(strictly), "two latents know exactly the same of a factor: then the second best is as good as the best, and the gap is 0."),
        Mistake("sum for mean", by(lambda I, H, Hz, nats: (nats / H).sum()), "you added the factors up; MIG is their mean."),
        Mistake("not divided", by(lambda I, H, Hz, nats: nats.mean()), "this is a gap in nats; each factor's is divided by its own entropy."),
        Mistake("not averaged", by(lambda I, H, Hz, nats: nats / H), "this is one gap a factor; MIG is their mean."),
        Mistake("H(z) for H(g)", by(lambda I, H, Hz, nats: (nats / Hz[I.argmax(0)]).mean()), OF_Z),
        Mistake("H(z) for H(g)", by(lambda I, H, Hz, nats: np.subtract(*ordered(I / Hz[:, None])).mean()), OF_Z),
        Mistake("bits for nats", by(lambda I, H, Hz, nats: (nats / H).mean() / np.log(2)), "one of I and H is in bits, the other in nats."),
        Mistake("bits for nats", by(lambda I, H, Hz, nats: (nats / H).mean() * np.log(2)), "one of I and H is in bits, the other in nats."),
        Mistake("balanced", lambda t: np.subtract(*ordered(parts(t)[0])).mean() / np.log(t.shape[3]), UNIFORM),
        Mistake("balanced", lambda t: (np.subtract(*ordered(parts(t)[0])) / np.log((t[0].sum(1) > 0).sum(1))).mean(), UNIFORM),
        Mistake("averaged too early", by(lambda I, H, Hz, nats: nats.sum() / H.sum()), "divide each factor's gap by its own H(g) first, then average."),
        Mistake("wrong axis", by(lambda I, H, Hz, nats: np.subtract(*ordered(I / H, axis=1)).mean()), "you took the best two *factors* of each latent; MIG takes the best two latents of each factor."),
        Mistake("wrong axis", by(lambda I, H, Hz, nats: np.subtract(*ordered(I, axis=1)).mean() / H.mean()), "you took the best two *factors* of each latent; MIG takes the best two latents of each factor."),
        Mistake("no gap", by(lambda I, H, Hz, nats: (I.max(0) / H).mean()), "this is the best MI alone; where is the gap?"),
        Mistake("worst for second", by(lambda I, H, Hz, nats: ((I.max(0) - I.min(0)) / H).mean()), gaps),
        Mistake("mean for second", by(lambda I, H, Hz, nats: ((I.max(0) - I.mean(0)) / H).mean()), gaps),
        Mistake("mean for second", by(lambda I, H, Hz, nats: others(I / H)), gaps),
        Mistake("sorted along the wrong axis", by(lambda I, H, Hz, nats: unsorted(I / H)), rows),
        *(Mistake("smallest two", by(lambda I, H, Hz, nats, zero=zero: smallest(I / H, zero)), ends) for zero in (True, False)),
        Mistake("divided by the latents", by(lambda I, H, Hz, nats: (nats / H).sum() / len(I)), "you divided by the number of latents; MIG is the mean over the factors."),
        Mistake("others for second", by(lambda I, H, Hz, nats: ((2 * I.max(0) - I.sum(0)) / H).mean()), gaps),
        Mistake("wrong sign", by(lambda I, H, Hz, nats: -(nats / H).mean()), "the sign is the wrong way round: best less second best."),
        Mistake("latents in order", by(lambda I, H, Hz, nats: ((I[0] - I[min(1, len(I) - 1)]) / H).mean()), "you took the first two latents; for each factor look for its own best two."),
    ]  # fmt: skip

    def draw(rng):
        return random_tables(rng, next(sizes), factors, ties)

    compare(student, right_mig, draw, mistakes, reread="part 2 above, and lecture 6, 'Step by step'")
