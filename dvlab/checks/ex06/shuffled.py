"""Exercise 06, part 8: the MIG of codes whose latents were put out of order, each by itself."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np

from dvlab.checks.base import Mistake, compare
from dvlab.metrics import mig


def null(student: Callable, images: int = 100, latents: int = 3, factors: int = 2, shuffles: int = 5) -> None:
    """Check `null(z, g, orders)`, orders (shuffles, images, latents) -> a number: MIG of codes put out of order."""

    def score(z, g, bins=20):
        return mig(z, g, bins=bins).score

    def every(z, g, orders, reduce=np.mean):
        return reduce([score(np.take_along_axis(z, order, axis=0), g) for order in orders])

    def cumulative(z, g, orders):
        total = 0.0
        for order in orders:
            z = np.take_along_axis(z, order, axis=0)
            total += score(z, g)
        return total / len(orders)

    mistakes = [
        Mistake("no shuffle", lambda z, g, orders: score(z, g), "this is the MIG of the codes as they are: nothing was put out of order."),
        Mistake("one order for all", lambda z, g, orders: np.mean([score(z[o[:, 0]], g) for o in orders]), "every latent has an order of its own, column j of `orders[s]`; in one common order latents that tie still tie."),
        Mistake("factors shuffled", lambda z, g, orders: np.mean([score(z, g[o[:, 0]]) for o in orders]), "the factors were put out of order, and all latents stay together: latents that tie still tie."),
        Mistake("shuffled again and again", cumulative, "each shuffle starts from what the one before left; start each from the codes."),
        Mistake("inverse order", lambda z, g, orders: every(z, g, orders.argsort(axis=1)), "`orders` says where a value comes *from*; you put it where the order says. (As good a null, but another one.)"),
        *(Mistake("other bins", lambda z, g, orders, n=n: np.mean([score(np.take_along_axis(z, o, axis=0), g, n) for o in orders]), f"this is the null of {n} bins; `count` makes 20, unless told.") for n in (4, 5, 10, 30, 40, 50)),
        Mistake("one shuffle", lambda z, g, orders: every(z, g, orders[:1]), "this is the first shuffle alone; average over all of them."),
        Mistake("one shuffle", lambda z, g, orders: every(z, g, orders[-1:]), "this is the last shuffle alone; average over all of them."),
        Mistake("sum for mean", lambda *a: every(*a, reduce=np.sum), "you added the shuffles up; their mean is asked."),
        Mistake("largest for mean", lambda *a: every(*a, reduce=np.max), "this is the largest of the shuffles; their mean is asked."),
        Mistake("median for mean", lambda *a: every(*a, reduce=np.median), "this is the median of the shuffles; their mean is asked."),
        Mistake("not averaged", lambda *a: every(*a, reduce=np.array), "this is one MIG a shuffle; their mean is asked."),
        Mistake("subtracted", lambda z, g, orders: score(z, g) - every(z, g, orders), "this is what the codes have above noise; the noise itself is asked."),
        Mistake("orders not used", lambda z, g, orders: student(z, g, orders[:, ::-1]), "your answer is the same for other orders: use those that you are given."),
    ]  # fmt: skip

    def draw(rng):
        g = rng.integers(4, size=(images, factors))
        z = 0.5 * g[:, np.arange(latents) % factors] + rng.normal(size=(images, latents))
        orders = np.stack([[rng.permutation(images) for _ in range(latents)] for _ in range(shuffles)])
        return z, g, orders.transpose(0, 2, 1)

    compare(student, every, draw, mistakes, reread="part 8 above, and lecture 6 on the null of pure noise")
