"""Exercise 03, parts 1 and 2: the Lagrangian and water-filling. β for a budget, and a code of symbols: `budget`."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
import math
from collections.abc import Callable

import numpy as np

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex03.budget import BITS, LN2, PER_LATENT, SWAPPED, VARIANCE, spectrum


def lagrangian(student: Callable, pixels: int = 4, seed: int = 0) -> None:
    """Check `lagrangian(R, beta, delta, eigenvalues, sigma2)`, R and eigenvalues (pixels,) -> a number."""

    def build(half=0.5, base=math.e, power=2, scale=lambda s: s, total=np.sum, penalty=lambda kl, b, d: -b * (kl - d)):
        def wrong(R, beta, delta, λ, sigma2):
            return -half * total(λ * base ** (-power * R)) / scale(sigma2) + penalty(total(R), beta, delta)

        return wrong

    right = build()
    mistakes = [
        Mistake("missing ½", build(half=1.0), "the distortion counts twice: look at the log density of a Gaussian."),
        Mistake("R for 2R", build(power=1), "look at the exponent: what does one nat do to a squared error?"),
        Mistake("R for 2R", build(power=0.5), "look at the exponent: what does one nat do to a squared error?"),
        Mistake("wrong sign of rec", lambda R, b, d, λ, s: right(R, b, d, -λ, s), "rec is minus the squared error over 2σ²: it must fall as the error grows."),
        Mistake("brackets", build(scale=lambda s: 1 / s), "after a division by 2 the variance *multiplies*: where are the brackets?"),
        Mistake("eigenvalues left out", lambda R, b, d, λ, s: right(R, b, d, 1 + 0 * λ, s), "the error of a latent that is off is its eigenvalue, not 1."),
        Mistake("the constant", lambda R, b, d, λ, s: right(R, b, d, λ, s) - len(R) / 2 * math.log(2 * math.pi * s), "the constant of the log density is to be left out here."),
        Mistake("wrong sign in the exponent", build(power=-2), "the distortion must fall as the rate grows."),
        Mistake("σ for σ²", build(scale=lambda s: s**2), VARIANCE),
        Mistake("σ for σ²", build(scale=lambda s: s**0.5), VARIANCE),
        Mistake("σ² left out", build(scale=lambda s: 1.0), "this is the squared error: the variance of the decoder is missing."),
        Mistake("wrong sign of the weight", build(penalty=lambda kl, b, d: b * (kl - d)), "spending beyond the budget must lower the Lagrangian."),
        Mistake("δ left out", build(penalty=lambda kl, b, d: -b * kl), "this is the β-VAE's objective; the Lagrangian has the budget in it."),
        Mistake("βδ with the wrong sign", build(penalty=lambda kl, b, d: -b * (kl + d)), "β weighs what is spent *beyond* the budget: look at the sign of δ."),
        Mistake("β left out of βδ", build(penalty=lambda kl, b, d: -b * kl + d), "β weighs the whole difference: where are the brackets?"),
        Mistake("β left out of βδ", build(penalty=lambda kl, b, d: -b * kl - d), "β weighs the whole difference: where are the brackets?"),
        Mistake("1/β for β", build(penalty=lambda kl, b, d: -(kl - d) / b), SWAPPED),
        Mistake("budget per latent", lambda R, b, d, λ, s: right(R, b, len(R) * d, λ, s), PER_LATENT),
        Mistake("budget per latent", lambda R, b, d, λ, s: right(R, b, d / len(R), λ, s), PER_LATENT),
        Mistake("penalty for an overdraft", build(penalty=lambda kl, b, d: -b * max(0.0, kl - d)), "a Lagrangian is linear in the constraint: below the budget it is larger than rec, not equal."),
        Mistake("penalty for an overdraft", build(penalty=lambda kl, b, d: -b * abs(kl - d)), "a Lagrangian is linear in the constraint: below the budget it is larger than rec."),
        Mistake("constraint left out", build(penalty=lambda kl, b, d: 0.0), "this is rec alone."),
        Mistake("mean for sum", lambda R, b, d, λ, s: -np.mean(λ * np.exp(-2 * R)) / (2 * s) - b * (R.sum() - d), "you averaged the squared errors; rec is a sum over the latents."),
        Mistake("mean for sum", build(total=np.mean), "you averaged over the latents; both rec and kl are sums."),
        Mistake("wrong sign", lambda *a: -right(*a), "this is minus the Lagrangian: here it is to be maximised."),
        Mistake("bits for nats", build(base=2), BITS),
        Mistake("bits for nats", build(penalty=lambda kl, b, d: -b * (kl / LN2 - d)), BITS),
        Mistake("held below a bound", lambda R, b, d, λ, s: right(np.minimum(R, 20), b, d, λ, s), "a large rate is held at a bound: there is none from above."),
        Mistake("held below a bound", lambda R, b, d, λ, s: -min(right(R, 0, 0, -λ, s), 5) - b * (R.sum() - d), "a large error is held at a bound: there is none from above."),
        Mistake("no sum", lambda R, b, d, λ, s: -λ * np.exp(-2 * R) / (2 * s) - b * (R - d), "the sums over the latents are missing: one number is asked."),
        Mistake("no sum", lambda R, b, d, λ, s: -λ * np.exp(-2 * R) / (2 * s) - b * (R.sum() - d), "the sum of the distortions is missing: one number is asked."),
    ]  # fmt: skip

    overdrawn = itertools.cycle((0.5, 1.6))  # δ below and above what is spent, in turn

    def draw(rng):
        λ, sigma2 = spectrum(rng, pixels)
        R = rng.uniform(0.1, 1.2, pixels)
        return R, float(rng.uniform(2, 9)), float(next(overdrawn) * R.sum()), λ, sigma2

    example = (np.array([1.0, 0.0]), 2.0, 1.5, np.array([4.0, 1.0]), 0.5)
    reread = "part 1 above, and lecture 3, 'The Lagrangian'"
    fixed = [(np.array([1.0, 0.5, 2.0]), 3.0, 1.0, np.array([4.0, 1.0, 9.0]), 0.25)]
    fixed += [(np.array([25.0, 0.0, 0.1]), 0.5, 30.0, np.array([900.0, 400.0, 25.0]), 0.1)]  # far from 1, both ways
    compare(student, right, draw, mistakes, reread=reread, fixed=fixed, example=example, seed=seed)


def held_below(mine: np.ndarray, args: tuple, ask: Callable) -> bool:
    """Right except for large rates, which are all one and the same number."""
    beta, λ, sigma2 = args
    right = np.maximum(0, 0.5 * np.log(λ / (beta * sigma2)))
    if mine.shape != right.shape:
        return False
    off = ~np.isclose(mine, right, rtol=1e-4, atol=1e-6)
    return not off.any() or bool((right[off] > mine[off]).all() and np.ptp(mine[off]) == 0 and mine[off][0] > 0)


def rates(student: Callable, pixels: int = 5, seed: int = 0) -> None:
    """Check `rates(beta, eigenvalues, sigma2)` -> (pixels,)."""

    def build(half=0.5, log=np.log, level=lambda b, s: b * s, clip=lambda r: np.maximum(r, 0)):
        return lambda beta, λ, sigma2: clip(half * log(λ / level(beta, sigma2)))

    right = build()
    mistakes = [
        Mistake("held below a bound", build(clip=lambda r: np.clip(r, 0, 3)), "large rates are held at a bound: there is none from above.", shows=held_below),
        Mistake("missing ½", build(half=1.0), "every rate is twice as large as it should be: it is the squared error that a nat divides."),
        Mistake("doubled level", build(level=lambda b, s: 2 * b * s), "the level is too high by a factor of 2: set the derivative to zero once more."),
        Mistake("divided by σ²", build(level=lambda b, s: b / s), "a noisier decoder must lower the rates: σ² stands on the wrong side of the fraction."),
        Mistake("sorted eigenvalues assumed", lambda b, λ, s: right(b, λ, s) * np.cumprod(λ > b * s), "the first latent that is off ends your list: the eigenvalues come in any order, and larger ones may follow."),
        Mistake("negative rates", build(clip=lambda r: r), "some rates are negative: a latent under water is off."),
        Mistake("clipped the wrong way", build(clip=lambda r: np.minimum(r, 0)), "the latents that stand out of the water are the ones that are on."),
        Mistake("clipped the wrong way", build(clip=np.abs), "a latent under water has the rate 0, not the size of a negative one."),
        Mistake("wrong sign", build(half=-0.5), "the fraction under the logarithm is upside down."),
        Mistake("σ for σ²", build(level=lambda b, s: b * s**2), VARIANCE),
        Mistake("σ for σ²", build(level=lambda b, s: b * s**0.5), VARIANCE),
        Mistake("σ² left out", build(level=lambda b, s: b), "the water stands at a variance, in the units of λ; β alone has none of them."),
        Mistake("β left out", build(level=lambda b, s: s), "β must matter: this is the level of β = 1."),
        Mistake("1/β for β", build(level=lambda b, s: s / b), SWAPPED + " A higher β must lower the rates."),
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
    reread = "part 2 above, and lecture 3, 'Water'"
    λ = np.array([1.0, 0.25, 4.0])
    fixed = [(1.0, λ, 0.5), (0.001, np.array([2000.0, 9e4, 0.002]), 0.01), (100.0, λ, 0.1)]  # large rates; all off
    compare(student, right, draw, mistakes, reread=reread, fixed=fixed, example=example, needs="array", seed=seed)
