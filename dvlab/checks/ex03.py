"""Exercise 03: the Lagrangian, water-filling, β for a budget, and a code of symbols, where the budget may be slack."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
import math
from collections.abc import Callable

import numpy as np
from scipy.special import softmax, xlogy

from dvlab.checks.base import CheckFailed, Mistake, as_array, compare
from dvlab.constrained import beta_for, discrete_code

LN2 = math.log(2)
BITS = "bits and nats are mixed up: a logarithm or a power to base 2 stands where nats are meant."
VARIANCE = "sigma2 is already the variance σ²: it is neither squared nor put under a root."
SWAPPED = "β and 1/β are swapped: which of the two grows with the price?"
PER_LATENT = "δ is the budget of all latents together, not of each."
EARLY = "nearly: the bisection stops too early. Six digits are asked; halve more often."
DIRECTION = "the bisection ends at an end of its interval, far from the answer. When the middle spends too much, should β rise or fall?"


def spectrum(rng: np.random.Generator, pixels: int) -> tuple[np.ndarray, float]:
    """Eigenvalues in no order, from 0.2 to 20, and a σ² that is neither σ nor σ⁴ by accident."""
    return np.exp(rng.uniform(math.log(0.2), math.log(20), pixels)), float(rng.uniform(0.05, 0.4))


def lagrangian(student: Callable, pixels: int = 4) -> None:
    """Check `lagrangian(R, beta, delta, eigenvalues, sigma2)`, R and eigenvalues (pixels,) -> a number."""

    def build(half=0.5, base=math.e, power=2, scale=lambda s: s, total=np.sum, price=lambda kl, b, d: -b * (kl - d)):
        def wrong(R, beta, delta, λ, sigma2):
            return -half * total(λ * base ** (-power * R)) / scale(sigma2) + price(total(R), beta, delta)

        return wrong

    right = build()
    mistakes = [
        Mistake("missing ½", build(half=1.0), "the distortion counts twice: look at the log density of a Gaussian."),
        Mistake("R for 2R", build(power=1), "look at the exponent: what does one nat do to a squared error?"),
        Mistake("R for 2R", build(power=0.5), "look at the exponent: what does one nat do to a squared error?"),
        Mistake("wrong sign in the exponent", build(power=-2), "the distortion must fall as the rate grows."),
        Mistake("σ for σ²", build(scale=lambda s: s**2), VARIANCE),
        Mistake("σ for σ²", build(scale=lambda s: s**0.5), VARIANCE),
        Mistake("σ² left out", build(scale=lambda s: 1.0), "this is the squared error: the variance of the decoder is missing."),
        Mistake("wrong sign of the price", build(price=lambda kl, b, d: b * (kl - d)), "spending beyond the budget must lower the Lagrangian."),
        Mistake("δ left out", build(price=lambda kl, b, d: -b * kl), "this is the β-VAE's objective; the Lagrangian has the budget in it."),
        Mistake("βδ with the wrong sign", build(price=lambda kl, b, d: -b * (kl + d)), "it is what is spent *beyond* the budget that costs: look at the sign of δ."),
        Mistake("β left out of βδ", build(price=lambda kl, b, d: -b * kl + d), "the price is paid on the whole difference: where are the brackets?"),
        Mistake("β left out of βδ", build(price=lambda kl, b, d: -b * kl - d), "the price is paid on the whole difference: where are the brackets?"),
        Mistake("1/β for β", build(price=lambda kl, b, d: -(kl - d) / b), SWAPPED),
        Mistake("budget per latent", lambda R, b, d, λ, s: right(R, b, len(R) * d, λ, s), PER_LATENT),
        Mistake("budget per latent", lambda R, b, d, λ, s: right(R, b, d / len(R), λ, s), PER_LATENT),
        Mistake("penalty for an overdraft", build(price=lambda kl, b, d: -b * max(0.0, kl - d)), "a Lagrangian is linear in the constraint: below the budget it is larger than rec, not equal."),
        Mistake("penalty for an overdraft", build(price=lambda kl, b, d: -b * abs(kl - d)), "a Lagrangian is linear in the constraint: below the budget it is larger than rec."),
        Mistake("constraint left out", build(price=lambda kl, b, d: 0.0), "this is the reconstruction alone."),
        Mistake("mean for sum", lambda R, b, d, λ, s: -np.mean(λ * np.exp(-2 * R)) / (2 * s) - b * (R.sum() - d), "you averaged the squared errors; rec is a sum over the latents."),
        Mistake("mean for sum", build(total=np.mean), "you averaged over the latents; both rec and kl are sums."),
        Mistake("wrong sign", lambda *a: -right(*a), "this is minus the Lagrangian: here it is to be maximised."),
        Mistake("bits for nats", build(base=2), BITS),
        Mistake("bits for nats", build(price=lambda kl, b, d: -b * (kl / LN2 - d)), BITS),
        Mistake("no sum", lambda R, b, d, λ, s: -λ * np.exp(-2 * R) / (2 * s) - b * (R - d), "the sums over the latents are missing: one number is asked."),
        Mistake("no sum", lambda R, b, d, λ, s: -λ * np.exp(-2 * R) / (2 * s) - b * (R.sum() - d), "the sum of the distortions is missing: one number is asked."),
    ]  # fmt: skip

    overdrawn = itertools.cycle((0.5, 1.6))  # δ below and above what is spent, in turn

    def draw(rng):
        λ, sigma2 = spectrum(rng, pixels)
        R = rng.uniform(0.1, 1.2, pixels)
        return R, float(rng.uniform(2, 9)), float(next(overdrawn) * R.sum()), λ, sigma2

    example = (np.array([1.0, 0.0]), 2.0, 1.5, np.array([4.0, 1.0]), 0.5)
    compare(student, right, draw, mistakes, reread="part 1 above, and lecture 3, 'The Lagrangian'", example=example)


def rates(student: Callable, pixels: int = 5) -> None:
    """Check `rates(beta, eigenvalues, sigma2)` -> (pixels,)."""

    def build(half=0.5, log=np.log, level=lambda b, s: b * s, clip=lambda r: np.maximum(r, 0)):
        return lambda beta, λ, sigma2: clip(half * log(λ / level(beta, sigma2)))

    right = build()
    mistakes = [
        Mistake("missing ½", build(half=1.0), "every rate is twice as large as it should be: it is the squared error that a nat divides."),
        Mistake("negative rates", build(clip=lambda r: r), "some rates are negative: a latent under water is off."),
        Mistake("clipped the wrong way", build(clip=lambda r: np.minimum(r, 0)), "the latents that stand out of the water are the ones that are on."),
        Mistake("clipped the wrong way", build(clip=np.abs), "a latent under water has the rate 0, not the size of a negative one."),
        Mistake("wrong sign", build(half=-0.5), "the fraction under the logarithm is upside down."),
        Mistake("σ for σ²", build(level=lambda b, s: b * s**2), VARIANCE),
        Mistake("σ for σ²", build(level=lambda b, s: b * s**0.5), VARIANCE),
        Mistake("σ² left out", build(level=lambda b, s: b), "the water stands at a variance, in the units of λ; β alone has none of them."),
        Mistake("β left out", build(level=lambda b, s: s), "the price must matter: this is the level of β = 1."),
        Mistake("1/β for β", build(level=lambda b, s: s / b), SWAPPED + " A higher price must lower the rates."),
        Mistake("bits for nats", build(log=np.log2), BITS),
        Mistake("bits for nats", build(log=np.log10), "nats need the natural logarithm, not log10."),
        Mistake("1 + in the logarithm", build(log=np.log1p), "that is the capacity of a noisy channel; here a latent under water has the rate 0 exactly."),
        Mistake("height, not its logarithm", lambda b, λ, s: np.maximum(λ - b * s, 0), "this is what stands out of the water, a variance; a rate is in nats."),
        Mistake("distortion, not rate", lambda b, λ, s: np.minimum(b * s, λ), "this is what stays under water, the distortion."),
        Mistake("sorted", lambda *a: np.sort(right(*a))[::-1], "the rates are right but in another order: keep the order of the eigenvalues."),
        Mistake("sorted", lambda *a: np.sort(right(*a)), "the rates are right but in another order: keep the order of the eigenvalues."),
        Mistake("summed", lambda *a: right(*a).sum(), "this is the KL of all; give one rate for each latent."),
    ]  # fmt: skip

    def draw(rng):
        λ, sigma2 = spectrum(rng, pixels)
        low, high = np.sort(λ)[:2]  # the water stands between the two smallest: one latent is off
        rng.shuffle(λ)
        return float(rng.uniform(0.7 * low + 0.3 * high, 0.3 * low + 0.7 * high) / sigma2), λ, sigma2

    example = (4.0, np.array([4.0, 1.0]), 0.5)
    compare(student, right, draw, mistakes, reread="part 2 above, and lecture 3, 'Water'", example=example)


def find_beta(student: Callable, pixels: int = 4) -> None:
    """Check `find_beta(delta, eigenvalues, sigma2)` -> a number, against the closed form."""

    def all_on(delta, λ, sigma2):  # negative rates allowed
        return math.exp(np.log(λ).mean() - 2 * delta / len(λ)) / sigma2

    def at_an_end(mine, delta, λ, sigma2):  # whatever end that is
        return mine >= 0.999 * λ.max() / sigma2 or mine < 0.01 * beta_for(delta, λ, sigma2)

    mistakes = [
        Mistake("negative rates", all_on, "as if latents under water had negative rates that pay for the others."),
        Mistake("missing ½", lambda d, λ, s: beta_for(d / 2, λ, s), "twice the rate is counted for each latent: a ½ is missing."),
        Mistake("bits for nats", lambda d, λ, s: beta_for(d * LN2, λ, s), BITS),
        Mistake("bits for nats", lambda d, λ, s: beta_for(d / LN2, λ, s), BITS),
        Mistake("budget per latent", lambda d, λ, s: beta_for(d * len(λ), λ, s), PER_LATENT),
        Mistake("budget per latent", lambda d, λ, s: beta_for(d / len(λ), λ, s), PER_LATENT),
        Mistake("budget per latent", lambda d, λ, s: beta_for(d, λ[[λ.argmax()]], s), "all is spent on the largest eigenvalue; the sum over the latents is δ."),
        Mistake("δ for β", lambda d, λ, s: d, "this is the KL that is spent, δ again; asked is the price β at which it is spent."),
        Mistake("level for β", lambda d, λ, s: beta_for(d, λ, 1.0), "this is the water level, a variance; β is that level in units of σ²."),
        Mistake("σ for σ²", lambda d, λ, s: beta_for(d, λ, s**2), VARIANCE),
        Mistake("σ for σ²", lambda d, λ, s: beta_for(d, λ, s**0.5), VARIANCE),
        Mistake("1/β for β", lambda d, λ, s: 1 / beta_for(d, λ, s), SWAPPED),
        Mistake("ln β for β", lambda d, λ, s: math.log(beta_for(d, λ, s)), "this is ln β: bisect on it if you like, but give β."),
        Mistake("wrong direction", such(student, at_an_end), DIRECTION),
        Mistake("stopped too early", such(student, lambda mine, *a: math.isclose(mine, beta_for(*a), rel_tol=0.05)), EARLY),
    ]  # fmt: skip

    def draw(rng):
        λ, sigma2 = spectrum(rng, pixels)
        λ[: pixels // 2] /= 40  # under water for the smaller budgets
        return float(rng.uniform(0.3, 1.0) * math.log(pixels)), rng.permutation(λ), sigma2

    ended("part 3 above, and lecture 3, 'The price is a slope'", student, beta_for, draw, mistakes)


def code_kl(student: Callable, images: int = 6, symbols: int = 4) -> None:
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

    mistakes = [
        Mistake("prior left out", build(prior=lambda t: 0.0), "this is minus the entropy of q: the prior's part of the KL is missing."),
        Mistake("entropy, not KL", build(prior=lambda t: 0.0, log=-1.0), "this is the entropy of q, which grows as the code says less; the KL falls."),
        Mistake("wrong sign", build(log=-1.0), "the sign is the wrong way round. A KL is never negative."),
        Mistake("ln N for ln C", build(prior=lambda t: math.log(len(t))), "the prior is uniform over the symbols; you took the number of images."),
        Mistake("wrong axis", build(axis=None), "q sums to 1 over the whole table; for each image it must sum to 1 over the symbols."),
        Mistake("wrong axis", build(axis=0), "for each image q must sum to 1 over the symbols; yours sums to 1 over the images."),
        Mistake("1/β for β", build(weight=lambda b: b), SWAPPED + " A high price must give a uniform code."),
        Mistake("β left out", build(weight=lambda b: 1.0), "the price must matter: this is the code of β = 1."),
        Mistake("bits for nats", build(log=1 / LN2), BITS),
        Mistake("mean over symbols", build(total=np.mean), "you averaged q ln q over the symbols; an expectation is their sum."),
        Mistake("mean over symbols", lambda b, t: build()(b, t) / t.shape[1], "you averaged over the symbols; a KL is a sum over them."),
        Mistake("sum over images", build(mean=np.sum), "you summed over the images; nats *per image* are asked."),
        Mistake("no mean", build(mean=lambda kl: kl), "the mean over the images is missing."),
        Mistake("KL of the average code", average_code, "you averaged the codes before the KL; average the KL of each image's code."),
        Mistake("wrong direction", reverse, "this is KL(p ‖ q), the other way round: over which density is the mean?"),
    ]  # fmt: skip

    def draw(rng):
        return float(np.exp(rng.uniform(0.5, 1.5))), log_likelihoods(rng, images, symbols)

    compare(student, build(), draw, mistakes, reread="part 4 above, and lecture 0 on the KL")


def code_beta(student: Callable, images: int = 4, symbols: int = 7) -> None:
    """Check `code_beta(delta, log_px)` -> a number, 0 where the budget is slack."""

    def right(delta, table):
        return discrete_code(table, delta).beta

    def not_slack(mine, delta, table):  # anything but 0 where the budget is slack, right elsewhere
        β = right(delta, table)
        return abs(mine) > 1e-6 if β == 0 else math.isclose(mine, β, rel_tol=0.05)

    def at_an_end(mine, delta, table):
        return right(delta, table) == 0 or not 0.02 < mine / right(delta, table) < 50

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
        Mistake("slackness forgotten", such(student, not_slack), "a budget that no code can use up does not bind: what is its multiplier?"),
        Mistake("wrong direction", such(student, at_an_end), DIRECTION),
        Mistake("stopped too early", such(student, lambda mine, *a: math.isclose(mine, right(*a), rel_tol=0.05, abs_tol=1e-6)), EARLY),
    ]  # fmt: skip
    part = itertools.cycle((0.35, 1.2, 0.8, 1.6))  # of ln C: binding and slack in turn

    def draw(rng):
        return next(part) * math.log(symbols), log_likelihoods(rng, images, symbols)

    ended("part 4 above, and lecture 3, 'When the budget does not bind'", student, right, draw, mistakes)


def log_likelihoods(rng: np.random.Generator, images: int, symbols: int) -> np.ndarray:
    """Around −1,000, so that exp alone gives 0, and with one best symbol for each image by at least 1 nat."""
    table = rng.normal(scale=3, size=(images, symbols))
    table[np.arange(images), table.argmax(axis=1)] += 1
    return table - 1000


def such(student: Callable, accept: Callable) -> Callable:
    """A wrong answer that is the student's own number, where accept(it, *arguments), so that it is recognised."""

    def wrong(*arguments):
        mine = as_array(student(*arguments))
        return mine if mine.ndim == 0 and accept(float(mine), *arguments) else -math.inf

    return wrong


def ended(reread: str, student: Callable, right: Callable, draw: Callable, mistakes: list[Mistake]) -> None:
    """`compare`, where one and the same answer to every budget is a bisection that ran to the end of its interval."""
    try:
        compare(student, right, draw, mistakes, reread=reread, rtol=1e-5)
    except CheckFailed as failed:
        if failed.kind != "constant":
            raise
        raise CheckFailed("wrong direction", f"{failed}\nUnless you wrote that number down: {DIRECTION}") from None
