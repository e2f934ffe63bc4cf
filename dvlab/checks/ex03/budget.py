"""Exercise 03, parts 3 and 4: β for a budget, and a code of symbols, where the budget may be slack."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
import math
from collections.abc import Callable

import numpy as np
from scipy.special import softmax, xlogy

from dvlab.checks.comparison import Mistake, compare
from dvlab.constrained import beta_for
from dvlab.discrete import discrete_code

LN2 = math.log(2)
BITS = "bits and nats are mixed up: a logarithm or a power to base 2 stands where nats are meant."
VARIANCE = "sigma2 is already the variance σ²: it is neither squared nor put under a root."
SWAPPED = "β and 1/β are swapped: which of the two grows with the weight of the KL?"
PER_LATENT = "δ is the budget of all latents together, not of each."
EARLY = "nearly: the bisection stops too early. Six digits are asked; halve more often."
DIRECTION = "the answer does not move with the budget: an end of the interval, far from the answer? When the middle spends too much, should β rise or fall?"
FIXED = "an end of your interval is fixed, and the answer is sometimes beyond it. Move each end until the answer is between them."
UNDERFLOW = "log-likelihoods of −1,000 underflow: e to that is 0, and 0/0 is NaN. What does the text recommend?"
ZERO = "0 · log 0 came out as NaN; a symbol of probability 0 must contribute nothing."


def spectrum(rng: np.random.Generator, pixels: int) -> tuple[np.ndarray, float]:
    """Eigenvalues in no order, from 0.2 to 20, and a σ² that is neither σ nor σ⁴ by accident."""
    return np.exp(rng.uniform(math.log(0.2), math.log(20), pixels)), float(rng.uniform(0.05, 0.4))


def find_beta(student: Callable, pixels: int = 4, seed: int = 0) -> None:
    """Check `find_beta(delta, eigenvalues, sigma2)` -> a number, against the closed form."""

    def right_end(of):  # a bisection whose right end is too low where β is above it
        return lambda delta, λ, sigma2: min(beta_for(delta, λ, sigma2), of(λ, sigma2))

    def all_on(delta, λ, sigma2):  # negative rates allowed
        return math.exp(np.log(λ).mean() - 2 * delta / len(λ)) / sigma2

    def close(mine, args, within=1e-5):
        return mine.ndim == 0 and math.isclose(float(mine), beta_for(*args), rel_tol=within)

    def stuck(mine, args, ask):  # a little more to spend makes no difference: that is an end of an interval
        delta, λ, sigma2 = args
        return mine.ndim == 0 and math.isclose(float(mine), float(ask(1.02 * delta, λ, sigma2)), rel_tol=1e-6)

    def nearly(mine, args, ask):
        whole = args[1].max() / args[2]  # how long the interval is at first
        return mine.ndim == 0 and math.isclose(float(mine), beta_for(*args), rel_tol=0.2, abs_tol=0.05 + 0.02 * whole)

    def never_right(mine, args, ask):
        return stuck(mine, args, ask) and not close(mine, args, 0.2)

    mistakes = [
        Mistake("negative rates", all_on, "as if latents under water had negative rates that pay for the others."),
        Mistake("missing ½", lambda d, λ, s: beta_for(d / 2, λ, s), "twice the rate is counted for each latent: a ½ is missing."),
        Mistake("bits for nats", lambda d, λ, s: beta_for(d * LN2, λ, s), BITS),
        Mistake("bits for nats", lambda d, λ, s: beta_for(d / LN2, λ, s), BITS),
        Mistake("budget per latent", lambda d, λ, s: beta_for(d * len(λ), λ, s), PER_LATENT),
        Mistake("budget per latent", lambda d, λ, s: beta_for(d / len(λ), λ, s), PER_LATENT),
        Mistake("budget per latent", lambda d, λ, s: beta_for(d, λ[[λ.argmax()]], s), "all is spent on the largest eigenvalue; the sum over the latents is δ."),
        Mistake("δ for β", lambda d, λ, s: d, "this is the KL that is spent, δ again; asked is the β at which it is spent."),
        Mistake("level for β", lambda d, λ, s: beta_for(d, λ, 1.0), "this is the water level, a variance; β is that level in units of σ²."),
        Mistake("σ for σ²", lambda d, λ, s: beta_for(d, λ, s**2), VARIANCE),
        Mistake("σ for σ²", lambda d, λ, s: beta_for(d, λ, s**0.5), VARIANCE),
        Mistake("1/β for β", lambda d, λ, s: 1 / beta_for(d, λ, s), SWAPPED),
        Mistake("ln β for β", lambda d, λ, s: math.log(beta_for(d, λ, s)), "this is ln β: bisect on it if you like, but give β."),
        Mistake("right end", right_end(lambda λ, s: λ[0] / s), "the right end of your interval is too low: the first eigenvalue need not be the largest."),
        Mistake("right end", right_end(lambda λ, s: λ.max()), "the right end of your interval is too low: β has another unit than an eigenvalue."),
        Mistake("left end", lambda d, λ, s: max(beta_for(d, λ, s), λ.max() / s / 2), "the left end of your interval does not spend enough yet: one halving may be too few."),
        Mistake("wrong direction", lambda d, λ, s: λ.max() / s, DIRECTION, shows=never_right),
        Mistake("fixed end", lambda d, λ, s: min(max(beta_for(d, λ, s), 0.1), 1000.0), FIXED, shows=lambda *a: close(*a[:2]) or never_right(*a)),
        Mistake("stopped too early", lambda d, λ, s: beta_for(d, λ, s) * (1 + 1e-3), EARLY, shows=nearly),
    ]  # fmt: skip
    betas = itertools.cycle(((0.05, 0.7), (1500, 4000), (2, 20), (120, 900)))  # β below 1, above 1,000 and between

    def draw(rng):
        λ, _ = spectrum(rng, pixels)
        order = np.argsort(λ)
        off = int(rng.integers(1, pixels)) if pixels > 1 else 0  # so many latents are under water, one at least
        low, high = np.log(λ[order[max(off - 1, 0)]]), np.log(λ[order[off]])
        level = math.exp(rng.uniform(0.7 * low + 0.3 * high, 0.3 * low + 0.7 * high))
        λ[[0, order[0]]] = λ[[order[0], 0]]  # the first is no large one
        delta = 0.5 * np.log(np.maximum(λ / level, 1)).sum()
        return float(delta), λ, level / float(np.exp(rng.uniform(*np.log(next(betas)))))

    def spending(beta, λ, sigma2):  # an input whose answer is this β
        return float(0.5 * np.log(np.maximum(np.array(λ) / (beta * sigma2), 1)).sum()), np.array(λ), sigma2

    fixed = [spending(2.0, [4.0, 1.0], 0.5), spending(1.5, [1.0, 1000.0], 0.1), spending(0.002, [0.3, 2.0, 9.0], 0.2)]
    fixed += [spending(9000.0, [3.0, 20.0], 0.001), spending(0.02, [8.0, 5.0, 1.0], 0.4)]
    reread = "part 3 above, and lecture 3, 'Why βδ may be dropped'"
    compare(student, beta_for, draw, mistakes, reread=reread, fixed=fixed, rtol=1e-5, atol=0.0, seed=seed)


def code_kl(student: Callable, images: int = 6, symbols: int = 4, seed: int = 0) -> None:
    """Check `code_kl(beta, log_px)`, log_px (images, symbols) -> a number."""

    def build(
        weight=lambda b: 1 / b, axis=1, prior=lambda t: math.log(t.shape[1]), log=1.0, total=np.sum, mean=np.mean
    ):
        def wrong(beta, table):
            q = softmax(table * weight(beta), axis=axis)
            return mean(log * (prior(table) + total(xlogy(q, q), axis=1)))

        return wrong

    def average_code(beta, table):
        q = softmax(table / beta, axis=1).mean(axis=0)
        return math.log(len(q)) + xlogy(q, q).sum()

    def reverse(beta, table):  # KL(p ‖ q)
        return float((-math.log(table.shape[1]) - np.log(softmax(table / beta, axis=1))).mean())

    def bare(beta, table, powers=False):  # exp alone: 0/0 where it underflows
        q = np.exp(table) ** (1 / beta) if powers else np.exp(table / beta)
        q = q / q.sum(axis=1, keepdims=True)
        return np.mean(math.log(q.shape[1]) + xlogy(q, q).sum(axis=1))

    def nan_at_zero(beta, table, of=lambda beta, table: softmax(table / beta, axis=1)):
        q = of(beta, table)
        return np.mean(math.log(q.shape[1]) + (q * np.log(q)).sum(axis=1))

    def normalised_first(beta, table):  # p^(1/β) of what has underflowed already
        q = softmax(table, axis=1) ** (1 / beta)
        q = q / q.sum(axis=1, keepdims=True)
        return np.mean(math.log(q.shape[1]) + xlogy(q, q).sum(axis=1))

    def bare_q(beta, table):
        return np.exp(table / beta) / np.exp(table / beta).sum(axis=1, keepdims=True)

    mistakes = [
        Mistake("underflow", bare, UNDERFLOW),
        Mistake("underflow", lambda b, t: bare(b, t, powers=True), UNDERFLOW),
        Mistake("underflow", normalised_first, "a probability of e to −1,000 is 0 for a computer, and a root of 0 is 0: take 1/β of the logarithm, before anything is a probability."),
        Mistake("underflow", lambda b, t: nan_at_zero(b, t, bare_q), f"{UNDERFLOW} And {ZERO}"),
        Mistake("0 · log 0", nan_at_zero, ZERO),
        Mistake("prior left out", build(prior=lambda t: 0.0), "this is minus the entropy of q: the prior's part of the KL is missing."),
        Mistake("entropy, not KL", build(prior=lambda t: 0.0, log=-1.0), "this is the entropy of q, which grows as the code says less; the KL falls."),
        Mistake("wrong sign", build(log=-1.0), "the sign is the wrong way round. A KL is never negative."),
        Mistake("ln N for ln C", build(prior=lambda t: math.log(len(t))), "the prior is uniform over the symbols; you took the number of images."),
        Mistake("wrong axis", build(axis=None), "q sums to 1 over the whole table; for each image it must sum to 1 over the symbols."),
        Mistake("wrong axis", build(axis=0), "for each image q must sum to 1 over the symbols; yours sums to 1 over the images."),
        Mistake("1/β for β", build(weight=lambda b: b), SWAPPED + " A high β must give a uniform code."),
        Mistake("β left out", build(weight=lambda b: 1.0), "β must matter: this is the code of β = 1."),
        Mistake("bits for nats", build(log=1 / LN2), BITS),
        Mistake("mean over symbols", build(total=np.mean), "you averaged q ln q over the symbols; an expectation is their sum."),
        Mistake("mean over symbols", lambda b, t: build()(b, t) / t.shape[1], "you averaged over the symbols; a KL is a sum over them."),
        Mistake("sum over images", build(mean=np.sum), "you summed over the images; nats *per image* are asked."),
        Mistake("no mean", build(mean=lambda kl: kl), "the mean over the images is missing."),
        Mistake("wrong axis", lambda b, t: build()(b, t.T), "symbols and images changed places: for each image q must sum to 1 over the symbols."),
        Mistake("ln C with the wrong sign", build(prior=lambda t: -math.log(t.shape[1])), "look at the prior's part: log q *less* log p, and p is below 1."),
        Mistake("ln C for each symbol", build(prior=lambda t: t.shape[1] * math.log(t.shape[1])), "ln C is added once for each symbol: q is the weight there too."),
        Mistake("KL to the average code", lambda b, t: build()(b, t) - average_code(b, t), "this compares each code with their average; the prior is uniform."),
        Mistake("KL of the average code", average_code, "you averaged the codes before the KL; average the KL of each image's code."),
        Mistake("wrong direction", reverse, "this is KL(p ‖ q), the other way round: over which density is the mean?"),
    ]  # fmt: skip

    kind = itertools.cycle(("usual", "all far down", "one far down", "usual"))

    def draw(rng):
        kind_, table = next(kind), log_likelihoods(rng, images, symbols)
        beta = rng.uniform(1.6, 4.5) if kind_ == "usual" else rng.uniform(0.3, 0.6)  # e^(−1000/β) is 0 for a small β
        if kind_ == "one far down":
            table += 1000
            table[0, table[0].argmin()] -= 1000
        return float(beta), table

    fixed = [(2.0, np.array([[1.0, 3.0, 0.0], [0.0, -1.0, 2.0]])), (1000.0, np.array([[0.0, -1000], [-1000, 0.0]]))]
    reread = "part 4 above, and lecture 0 on the KL"
    compare(student, build(), draw, mistakes, reread=reread, fixed=fixed, seed=seed)


def code_beta(student: Callable, images: int = 4, symbols: int = 7, seed: int = 0) -> None:
    """Check `code_beta(delta, log_px)` -> a number, 0 where the budget is slack."""

    def right(delta, table):
        return discrete_code(table, delta).beta

    def close(mine, args, within=0.05):
        β = right(*args)
        return mine.ndim == 0 and β > 0 and math.isclose(float(mine), β, rel_tol=within)

    def not_slack(mine, args, ask):  # anything but 0 where the budget is slack, right elsewhere
        return close(mine, args) or (right(*args) == 0 and mine.ndim == 0 and mine != 0)

    def another_limit(mine, args, ask):
        β = right(*args)
        return close(mine, args) or (mine.ndim == 0 and ((mine == 0) or (β == 0)))

    def stuck(mine, args, ask):
        delta, table = args
        less = ask(0.98 * delta, table)
        return mine.ndim == 0 and mine != 0 and math.isclose(float(mine), float(less), rel_tol=1e-6)

    def fixed_end(mine, args, ask, slack=0.0):
        if right(*args) == 0:
            return mine.ndim == 0 and (slack or mine == 0)
        return close(mine, args, 1e-5) or (stuck(mine, args, ask) and not close(mine, args, 0.2))

    def nearly(mine, args, ask):
        β = right(*args)
        return mine.ndim == 0 and math.isclose(float(mine), β, rel_tol=0.2, abs_tol=0.05 if β else 1e-9)

    def slack_from(threshold):
        return lambda delta, table: 0.0 if delta >= threshold(table) else right(delta, table)

    mistakes = [
        Mistake("ln N for ln C", slack_from(lambda t: math.log(len(t))), "0 is given for a budget that binds: the code has C symbols, however few the images."),
        Mistake("slack too early", slack_from(lambda t: 1.0), "0 is given for a budget that binds: how much can the code spend at most?"),
        Mistake("bits for nats", lambda d, t: right(d * LN2, t), BITS),
        Mistake("bits for nats", lambda d, t: right(d / LN2, t), BITS),
        Mistake("sum over images", lambda d, t: right(d / len(t), t), "δ is a budget for each image, not for all of them together."),
        Mistake("1/β for β", lambda d, t: 1 / (right(d, t) or math.inf), SWAPPED),
        Mistake("ln β for β", lambda d, t: math.log(right(d, t) or 1), "this is ln β: bisect on it if you like, but give β."),
        Mistake("slackness forgotten", lambda d, t: right(d, t) or 1e-9, "a budget that no code can use up does not bind: what is its multiplier?", shows=not_slack),
        Mistake("wrong direction", lambda d, t: 0.0 if right(d, t) == 0 else 5e4, DIRECTION, shows=lambda mine, args, ask: right(*args) == 0 or (stuck(mine, args, ask) and not close(mine, args, 0.2))),
        Mistake("fixed end", lambda d, t: min(max(right(d, t), 0.1), 1000.0) if right(d, t) else 0.0, FIXED, shows=fixed_end),
        Mistake("stopped too early", lambda d, t: right(d, t) * (1 + 1e-3), EARLY, shows=nearly),
        Mistake("another number for ln C", lambda d, t: 0.0 if d >= math.log(8) else right(d, t) or 1e-9, "0 is given for a budget that binds, or another number for one that does not: how much can a code of C symbols spend at most?", shows=another_limit),
        Mistake("fixed end", lambda d, t: min(max(right(d, t), 0.1), 1000.0), f"{FIXED} And a budget that no code can use up does not bind.", shows=lambda *a: fixed_end(*a, slack=1.0)),
    ]  # fmt: skip
    part = itertools.cycle((0.35, 1.2, 0.8, 0.6))  # of ln C: the second is slack, the others bind
    betas = itertools.cycle(((1500, 4000), (1, 2), (0.002, 0.008), (1.5, 10)))

    def draw(rng):
        delta, table = next(part) * math.log(symbols), log_likelihoods(rng, images, symbols)
        scale = np.exp(rng.uniform(*np.log(next(betas)))) / (right(delta, table) or 1)  # β is in the table's unit
        return delta, -1000 + (table + 1000) * scale

    def near_the_limit(part, C):
        table = log_likelihoods(np.random.default_rng(C), 5, C)
        return part * math.log(C), table

    two = np.array([[0.0, -3.0], [-2.0, 0.0]])
    fixed = [(0.3, two), (2.2, log_likelihoods(np.random.default_rng(1), 30, 20))]  # ln 8 < 2.2 < ln 20
    fixed += [*(near_the_limit(part, C) for part in (0.98, 1.02) for C in (3, 12)), (0.8, two)]
    reread = "part 4 above, and lecture 3, 'When the budget does not bind'"
    compare(student, right, draw, mistakes, reread=reread, fixed=fixed, rtol=1e-5, atol=0.0, seed=seed)


def log_likelihoods(rng: np.random.Generator, images: int, symbols: int) -> np.ndarray:
    """Around −1,000, so that exp alone gives 0, and with one best symbol for each image by at least 1 nat."""
    table = rng.normal(scale=3, size=(images, symbols))
    table[np.arange(images), table.argmax(axis=1)] += 1
    return table - 1000
