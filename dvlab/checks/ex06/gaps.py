"""Exercise 06, a whole code: the best mutual information of each factor, and MIG."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import rel_entr

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex06.counts import H_of

OF_Z = "you divided by the entropy of the latent's cells; MIG compares with what there is to know about the factor."
UNIFORM = (
    "you divided by ln of the number of levels, which is the entropy of a balanced factor; these are not balanced."
)
REREAD = "part 2 above, and lecture 6, 'Step by step'"
SMALL = np.array([[[[2, 0], [0, 2]]], [[[2, 0], [1, 1]]]])  # two latents, one factor, two cells, two levels
SHAPES = ((3, 2), (2, 4), (4, 3), (5, 1), (2, 5))  # (latents, factors)


def random_tables(rng, latents: int, factors: int, ties: bool = False) -> tuple[np.ndarray]:
    """Counts (latents, factors, cells, levels): unbalanced factors, some with a level less, empty cells."""
    n, cells = int(rng.integers(80, 400)), int(rng.integers(3, 8))
    levels = min(cells, int(rng.integers(3, 6)))
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
    return parts_of(tables.shape, tables.astype(float).tobytes())


@lru_cache(64)  # every row of a table of mistakes asks for the same
def parts_of(shape, numbers):
    tables = np.frombuffer(numbers).reshape(shape)
    p = tables / tables.sum((2, 3), keepdims=True)
    I = rel_entr(p, p.sum(3, keepdims=True) * p.sum(2, keepdims=True)).sum((2, 3))
    return I, H_of(p[0].sum(1), axis=-1), H_of(p[:, 0].sum(2), axis=-1)


def ordered(I, axis=0):
    """The largest and the second largest along an axis; the second of one alone is 0."""
    I = np.sort(np.concatenate([I, np.zeros_like(np.take(I, [0], axis))], axis), axis)
    return np.take(I, -1, axis), np.take(I, -2, axis)


def best_of(student: Callable, seed: int = 0) -> None:
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
        Mistake("one entropy for all", by(lambda I, H, Hz: I.max(0) / H[0]), "this is right if every factor has the entropy of factor 0; each has its own."),
        Mistake("wrong axis", by(lambda I, H, Hz: (I / H).max(1)), "this is the best factor of each latent; the best latent of each factor is asked."),
        Mistake("wrong axis", by(lambda I, H, Hz: I.max(1)), "this is the best factor of each latent, in nats."),
        Mistake("averaged", by(lambda I, H, Hz: (I.max(0) / H).mean()), "this is the mean over the factors; give one number for each, before any average hides one."),
        Mistake("index for value", by(lambda I, H, Hz: I.argmax(0)), "this is *which* latent is best; how much it knows is asked."),
        Mistake("sum over latents", by(lambda I, H, Hz: I.sum(0) / H), "you added the latents up; the best one is asked."),
        Mistake("mean over latents", by(lambda I, H, Hz: I.mean(0) / H), "you averaged over the latents; the best one is asked."),
        Mistake("second best", by(lambda I, H, Hz: ordered(I)[1] / H), "this is the second best."),
        Mistake("no maximum", by(lambda I, H, Hz: I / H), "this is the whole matrix; keep the best latent of each factor."),
        Mistake("first latent", by(lambda I, H, Hz: I[0] / H), "this is what latent 0 knows; the best one of each factor is asked."),
        Mistake("gap", by(lambda I, H, Hz: np.subtract(*ordered(I)) / H), "this is the gap already; the best alone is asked here."),
        Mistake("one entropy for all", by(lambda I, H, Hz: I.max(0) / H.mean()), "all factors are divided by their mean entropy; each has its own."),
    ]  # fmt: skip

    def right(tables):
        I, H, _ = parts(tables)
        return I.max(0) / H

    fixed = [(SMALL,), *drawn(seed, *SHAPES)]
    compare(student, right, None, mistakes, fixed=fixed, draws=0, reread=REREAD, needs="array")


def drawn(seed: int, *shapes: tuple[int, int], ties: bool = False) -> list[tuple[np.ndarray]]:
    """Tables of each of these shapes, (latents, factors)."""
    rng = np.random.default_rng(seed)
    return [random_tables(rng, *shape, ties) for shape in shapes]


def right_mig(tables) -> float:
    """MIG of tables of counts, as on the slides."""
    I, H, _ = parts(tables)
    best, second = ordered(I)
    return ((best - second) / H).mean()


def gap(student: Callable, ties: bool = False, single: bool = False, seed: int = 0) -> None:
    """Check `mig(tables)`, (latents, factors, cells, levels) counts -> a number; `ties`: of two latents that know
    exactly the same; `single`: also of one latent."""

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
        Mistake("wrong axis", by(lambda I, H, Hz, nats: np.ptp(np.sort(I / H, axis=1)[:, -2:], axis=1).mean()), "you took the best two *factors* of each latent; MIG takes the best two latents of each factor."),
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
        Mistake("median for mean", by(lambda I, H, Hz, nats: np.median(nats / H)), "this is the median of the factors; MIG is their mean."),
        Mistake("largest for mean", by(lambda I, H, Hz, nats: (nats / H).max()), "this is the largest of the factors; MIG is their mean."),
        Mistake("smallest for mean", by(lambda I, H, Hz, nats: (nats / H).min()), "this is the smallest of the factors; MIG is their mean."),
        Mistake("first factor", by(lambda I, H, Hz, nats: (nats / H)[0]), "this is factor 0 alone; MIG is the mean over all of them."),
        Mistake("divided by two", by(lambda I, H, Hz, nats: (nats / H).sum() / 2), "the sum over the factors is divided by 2; how many are there?"),
        Mistake("divided by two", by(lambda I, H, Hz, nats: (nats / H)[:2].sum() / 2), "this is the mean of two factors; how many are there?"),
        Mistake("divided by three", by(lambda I, H, Hz, nats: (nats / H).sum() / 3), "the sum over the factors is divided by 3; how many are there?"),
        Mistake("divided by the best", by(lambda I, H, Hz, nats: (nats / np.maximum(I.max(0), 1e-12)).mean()), "the gap is divided by what the best latent knows; there is H(g) to know."),
        Mistake("third best", by(lambda I, H, Hz, nats: ((I.max(0) - np.sort(np.concatenate([0 * I[:2], I]), axis=0)[-3]) / H).mean()), gaps),
        Mistake("second best", by(lambda I, H, Hz, nats: (ordered(I)[1] / H).mean()), "this is the second best itself; the gap to it is asked."),
    ]  # fmt: skip
    if single:  # whoever gets so far is right elsewhere
        mistakes = [
            Mistake("one latent", by(lambda I, H, Hz, nats: 0.0 if len(I) == 1 else (nats / H).mean()), "with a single latent the second best counts as 0."),
            Mistake("one latent", by(lambda I, H, Hz, nats: np.nan if len(I) == 1 else (nats / H).mean()), "with a single latent the second best counts as 0."),
            Mistake("one latent", by(lambda I, H, Hz, nats: 1.0 if len(I) == 1 else (nats / H).mean()), "with a single latent the second best counts as 0, and the best may know less than all."),
        ]  # fmt: skip
    elif ties:
        mistakes = [
            Mistake("ties", by(strictly), "two latents know exactly the same of a factor: then the second best is as good as the best, and the gap is 0."),
        ]  # fmt: skip

    shapes = ((1, 2), (2, 3)) if single else tuple(shape for shape in SHAPES if shape[0] > 2 or not ties)
    fixed = drawn(seed, *shapes, ties=ties)
    if not (ties or single):
        fixed.append((SMALL,))
    compare(student, right_mig, None, mistakes, fixed=fixed, draws=0, reread=REREAD)
