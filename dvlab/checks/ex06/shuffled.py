"""Exercise 06, part 11: the MIG of codes whose latents were put out of order, each by itself."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex06.gaps import right_mig


def score(z, g, bins: int = 20) -> float:
    """MIG of latents cut into `bins` of equal width."""
    cell = np.minimum((bins * (z - z.min(axis=0)) / np.ptp(z, axis=0)).astype(int), bins - 1)
    levels = int(g.max()) + 1
    joint = (cell[:, :, None] * levels + g[:, None, :]).reshape(len(z), -1).T  # (D · K, n)
    tables = np.stack([np.bincount(one, minlength=bins * levels) for one in joint])
    return right_mig(tables.reshape(z.shape[1], g.shape[1], bins, levels))


def shuffled(z, order):
    return np.take_along_axis(z, order, axis=0)


def null(
    student: Callable, images: int = 80, latents: int = 3, factors: int = 2, shuffles: int = 3, seed: int = 0
) -> None:
    """Check `null(z, g, orders)`, orders (shuffles, images, latents) -> (shuffles,): MIG of codes put out of order."""

    def every(z, g, orders, reduce=np.array, bins=20):
        return reduce([score(shuffled(z, order), g, bins) for order in orders])

    def cumulative(z, g, orders):
        scores = []
        for order in orders:
            z = shuffled(z, order)
            scores.append(score(z, g))
        return np.array(scores)

    def alike(mine, args, ask):  # the same for other orders
        z, g, orders = args
        return bool(np.array_equal(mine, ask(z, g, orders[:, ::-1])))

    own = "every latent has an order of its own, column j of `orders[s]`; here one order moves all latents together."
    mistakes = [
        Mistake("no shuffle", lambda z, g, orders: np.full(len(orders), score(z, g)), "this is the MIG of the codes as they are: nothing was put out of order."),
        Mistake("no shuffle", lambda z, g, orders: score(z, g), "this is the MIG of the codes as they are: nothing was put out of order."),
        *(Mistake("one order for all", lambda z, g, orders, j=j: np.array([score(z[o[:, j]], g) for o in orders]), own) for j in (0, -1)),
        Mistake("factors shuffled", lambda z, g, orders: np.array([score(z, g[o[:, 0]]) for o in orders]), "the factors were put out of order here, and the latents stayed together."),
        Mistake("shuffled again and again", cumulative, "each shuffle starts from what the one before left; start each from the codes."),
        Mistake("inverse order", lambda z, g, orders: every(z, g, orders.argsort(axis=1)), "`orders` says where a value comes *from*; you put it where the order says. (As good a null, but another one.)"),
        *(Mistake("other bins", lambda z, g, orders, n=n: every(z, g, orders, bins=n), f"this is the null of {n} bins; `count` makes 20, unless told.") for n in (4, 5, 10, 30, 40, 50)),
        Mistake("averaged", lambda *a: every(*a, reduce=np.mean), "this is the mean of the shuffles; one MIG for each of them is asked, so that quantiles can be taken too."),
        Mistake("one shuffle", lambda z, g, orders: every(z, g, orders[:1])[0], "this is one shuffle alone; one MIG for each of them is asked."),
        Mistake("one shuffle", lambda z, g, orders: every(z, g, orders[-1:])[0], "this is the last shuffle alone; one MIG for each of them is asked."),
        Mistake("one shuffle", lambda z, g, orders: every(z, g, orders[:1]), "this is one shuffle alone; one MIG for each of them is asked."),
        Mistake("sum for each", lambda *a: every(*a, reduce=np.sum), "you added the shuffles up; one MIG for each of them is asked."),
        Mistake("largest of them", lambda *a: every(*a, reduce=np.max), "this is the largest of the shuffles; one MIG for each of them is asked."),
        Mistake("median of them", lambda *a: every(*a, reduce=np.median), "this is the median of the shuffles; one MIG for each of them is asked."),
        Mistake("quantile of them", lambda *a: every(*a, reduce=lambda s: np.quantile(s, 0.95)), "this is a quantile of the shuffles already; one MIG for each of them is asked."),
        Mistake("sorted", lambda *a: every(*a, reduce=np.sort), "the shuffles are sorted here; give them in the order of `orders`."),
        Mistake("subtracted", lambda z, g, orders: score(z, g) - every(z, g, orders), "this is what the codes have above noise; the noise itself is asked."),
        Mistake("orders not used", lambda z, g, orders: np.full(len(orders), score(z[:, ::-1] * g[:, :1], g)), "the answer is the same for other orders: use those that you are given.", shows=alike),
    ]  # fmt: skip

    rng = np.random.default_rng(seed)
    inputs = []
    for n, D, K, S in ((images, latents, factors, shuffles), (images, latents, factors, shuffles), (6, 2, 1, 1)):
        g = np.stack([rng.permutation(np.arange(n) % 4) for _ in range(K)], axis=1)
        z = 0.5 * g[:, np.arange(D) % K] + rng.normal(size=(n, D))
        inputs.append((z, g, rng.permuted(np.tile(np.arange(n)[:, None], (S, 1, D)), axis=1)))
    where = "part 11 above, and lecture 6 on the null of pure noise"
    compare(student, every, draw=None, mistakes=mistakes, fixed=inputs, draws=0, reread=where, needs="array")
