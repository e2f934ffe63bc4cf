"""Exercise 07, parts 1 to 3: D and C from an importance matrix R (latents, factors)."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np

from dvlab.checks.base import Mistake, compare

EXAMPLE = (
    np.array([[3.0, 1.0], [0.0, 2.0], [0.0, 0.0]]),
)  # D_i = .189, 1, 0; ρ_i = 2/3, 1/3, 0; D = .459; C_j = 1, .421
NATS = "the natural logarithm: its largest entropy isn't 1, so the score leaves [0, 1]. Look at the base."
BITS = "the logarithm to base 2: its largest entropy isn't 1. Look at the base."
NOT_ONE_MINUS = "this is the entropy itself, which is large where the importance is spread."
ZERO_LOG = "0 · log 0 came out as NaN; an entry of 0 must contribute nothing to the entropy."
WHOLE = "you divided by the sum of all of R; a distribution is needed for each one, which sums to 1 by itself."
REREAD_D = "part 1 above, and lecture 7, section 3"
REREAD_C = "part 3 above, and lecture 7, section 4"


def drawn_importance(rng: np.random.Generator, latents: int, factors: int) -> tuple[np.ndarray]:
    """An R with zeros here and there, and, where there is room, a dead latent and a factor that no latent serves."""
    R = rng.gamma(0.7, size=(latents, factors)) * rng.uniform(0.5, 4, size=(latents, 1))
    R[rng.integers(latents), rng.integers(factors)] = 0
    if latents > 2:
        R[rng.integers(latents)] = 0
    if factors > 2:
        R[:, rng.integers(factors)] = 0
    return (R,)


def shares(R: np.ndarray, axis: int, empty: float = 0.0) -> np.ndarray:
    """R over its sums along `axis`; what sums to 0 becomes `empty` throughout."""
    total = R.sum(axis=axis, keepdims=True)
    return np.where(total > 0, R / np.where(total > 0, total, 1), empty)


def entropy(P: np.ndarray, axis: int) -> np.ndarray:
    """−Σ p ln p along `axis`, with 0 ln 0 = 0."""
    return -(P * np.log(np.where(P > 0, P, 1))).sum(axis=axis)


def concentration(R: np.ndarray, axis: int, base: float | int | None = None, dead: float = 0.0) -> np.ndarray:
    """1 − H / ln(base) of R's shares along `axis`; `dead` where everything is 0. The base is the axis's length; of a
    single entry the entropy is 0 to any base."""
    scores = 1 - entropy(shares(R, axis), axis) / np.log(max(R.shape[axis], 2) if base is None else base)
    return np.where(R.sum(axis=axis) > 0, scores, dead)


def nan_where_zero(R: np.ndarray, axis: int, base: float | int | None = None) -> np.ndarray:
    """As `concentration`, but NaN wherever a zero entry was given to the logarithm."""
    return np.where((R == 0).any(axis=axis), np.nan, concentration(R, axis, base))


def per_latent(student: Callable, latents: int = 5, factors: int = 3) -> None:
    """Check `disentanglement_per_latent(R)`, (latents, factors) -> (latents,)."""
    compare(
        student,
        lambda R: concentration(R, 1),
        lambda rng: drawn_importance(rng, latents, factors),
        spread_mistakes(axis=1, this="factors", other="latents"),
        reread=REREAD_D,
        example=EXAMPLE,
    )


def per_factor(student: Callable, latents: int = 5, factors: int = 3) -> None:
    """Check `completeness_per_factor(R)`, (latents, factors) -> (factors,)."""

    def living(R):  # the base is the number of latents that are not dead
        return concentration(R, 0, base=max(int((R.sum(axis=1) > 0).sum()), 2))

    dead = "you left dead latents out of the base; by definition it is the number of all latents."
    compare(
        student,
        lambda R: concentration(R, 0),
        lambda rng: drawn_importance(rng, latents, factors),
        [*spread_mistakes(axis=0, this="latents", other="factors"), Mistake("wrong base", living, dead)],
        reread=REREAD_C,
        example=EXAMPLE,
    )


def spread_mistakes(axis: int, this: str, other: str) -> list[Mistake]:
    """Ways to get 1 − H along `axis` wrong. `this`: what that axis counts; `other`: what the other one counts."""
    across = 1 - axis
    one = "row" if axis else "column"
    wrong_axis = f"you worked along the wrong axis: the distribution is over the {this}, one for each of the {other}."
    base = f"the base of the logarithm is the number of {other}; the distribution is over the {this}."
    mixed = f"you made the {'columns' if axis else 'rows'} sum to 1; here each {one} must."
    zero = f"a {one} of zeros has no distribution: 0/0. It serves nothing, and gets a score of 0."

    def mean_log(R):  # mean for sum
        return 1 - entropy(shares(R, axis), axis) / R.shape[axis] / np.log(R.shape[axis])

    def softmax(R):
        P = np.exp(R) / np.exp(R).sum(axis=axis, keepdims=True)
        return 1 - entropy(P, axis) / np.log(R.shape[axis])

    def unbounded(R):  # ln n − H
        return np.log(R.shape[axis]) - entropy(shares(R, axis), axis)

    def named(name, says, wrong):  # and the same with 0, or NaN, where the sum is 0
        return [
            Mistake(name, wrong, says),
            Mistake(name, lambda R: np.where(R.sum(axis=axis) > 0, wrong(R), 0), says),
            Mistake(name, lambda R: np.where(R.sum(axis=axis) > 0, wrong(R), np.nan), f"{says} And {zero}"),
        ]

    def alone(value):  # of one entry only
        return lambda R: np.where((R.shape[axis] == 1) & (R.sum(axis=axis) >= 0), value, concentration(R, axis))

    single = f"with a single one of the {this} there is no logarithm to base 1: what is said of that case above?"
    return [
        *(Mistake("only one", alone(value), single) for value in (np.nan, 0, -np.inf, np.inf, 1)),
        Mistake("only one", lambda R: np.where((R.shape[axis] == 1) & (R.sum(axis=axis) > 0), np.nan, concentration(R, axis)), single),
        Mistake("0/0", lambda R: concentration(R, axis, dead=np.nan), zero),
        Mistake("0/0", lambda R: concentration(R, axis, dead=1.0), zero),
        Mistake("0 log 0", lambda R: nan_where_zero(R, axis), ZERO_LOG),
        *(Mistake("wrong axis", wrong, wrong_axis) for wrong in (
            lambda R: concentration(R, across),
            lambda R: concentration(R, across, dead=np.nan),
            lambda R: concentration(R, across, dead=1.0),
            lambda R: concentration(R, across, base=R.shape[axis]),
            lambda R: concentration(R, across, base=R.shape[axis], dead=1.0),
            lambda R: nan_where_zero(R, across),
            lambda R: 1 - entropy(shares(R, axis), across) / np.log(R.shape[across]),
            lambda R: 1 - entropy(shares(R, axis), across) / np.log(R.shape[axis]),
        )),
        *named("wrong P", mixed, lambda R: 1 - entropy(shares(R, across), axis) / np.log(R.shape[axis])),
        *named("wrong P", mixed, lambda R: 1 - entropy(shares(R, across), axis) / np.log(R.shape[across])),
        *named("wrong base", base, lambda R: concentration(R, axis, base=R.shape[across])),
        *named("nats", NATS, lambda R: concentration(R, axis, base=np.e)),
        *named("nats", NATS, lambda R: concentration(R, axis, base=np.e, dead=1.0)),
        *named("nats", NATS, unbounded),
        *named("nats", "the logarithm of the base belongs under the entropy, not beside it: the score leaves [0, 1].", lambda R: 1 - entropy(shares(R, axis), axis) * np.log(R.shape[axis])),
        *named("bits", BITS, lambda R: concentration(R, axis, base=2)),
        *named("bits", BITS, lambda R: concentration(R, axis, base=2, dead=1.0)),
        *named("1 − left out", NOT_ONE_MINUS, lambda R: entropy(shares(R, axis), axis) / np.log(R.shape[axis])),
        *named("wrong sign", "the entropy has the wrong sign.", lambda R: 2 - concentration(R, axis, dead=1.0)),
        *named("not normalised", "R is not a distribution yet: what must its entries sum to?", lambda R: 1 - entropy(R, axis) / np.log(R.shape[axis])),
        *named("not normalised", WHOLE, lambda R: 1 - entropy(R / R.sum(), axis) / np.log(R.shape[axis])),
        *named("not an entropy", "this is the largest share, not an entropy.", lambda R: shares(R, axis).max(axis=axis)),
        *named("softmax", "a softmax turns importances of 0 into probabilities; shares are asked.", softmax),
        *named("mean for sum", "an entropy is a sum, not a mean.", mean_log),
        Mistake("averaged", lambda R: concentration(R, axis).mean(), f"one number for each of the {other}, please: the average comes later."),
        Mistake("weighted", lambda R: concentration(R, axis) * shares(R.sum(axis=axis), 0), "the weights belong to the average, not to the scores."),
    ]  # fmt: skip


def total(student: Callable, latents: int = 5, factors: int = 3) -> None:
    """Check `disentanglement(R)`, (latents, factors) -> a number."""

    def weights(R, axis=1):
        return shares(R.sum(axis=axis), 0)

    def D(R, base=None):
        return concentration(R, 1, base)

    def plain(R):
        return D(R)[R.sum(axis=1) > 0].mean()

    unweighted = "a plain average: a latent that hardly matters counts like one that matters much."
    swapped = "these weights belong to the factors: sum R over the factors to get one for each latent."
    mistakes = [
        Mistake("unweighted", lambda R: D(R).mean(), unweighted + " And a dead one counts too."),
        Mistake("unweighted", plain, unweighted),
        Mistake("sum for average", lambda R: D(R).sum(), "you added the scores up; the weights are missing."),
        Mistake("weights don't sum to 1", lambda R: R.sum(axis=1) @ D(R), "the weights must sum to 1."),
        Mistake("weights don't sum to 1", lambda R: R.sum(axis=1) @ D(R) / len(R), "the weights must sum to 1."),
        Mistake("weights don't sum to 1", lambda R: R.sum(axis=1) @ D(R) / R.sum(axis=1).max(), "the weights must sum to 1."),
        Mistake("weights squared", lambda R: shares(R.sum(axis=1) ** 2, 0) @ D(R), "the weights are shares of R, not of its square."),
        Mistake("weights from the maximum", lambda R: shares(R.max(axis=1), 0) @ D(R), "a latent's weight is its share of the sum, not of the largest entries."),
        Mistake("completeness", lambda R: weights(R, 0) @ concentration(R, 0), "this is the completeness, C: which axis belongs to a latent?"),
        Mistake("completeness", lambda R: concentration(R, 0).mean(), "this is a completeness, and a plain average: which axis belongs to a latent?"),
        Mistake("weights squared", lambda R: shares((R**2).sum(axis=1), 0) @ D(R), "the weights are shares of R, not of its square."),
        Mistake("mean for sum", lambda R: (weights(R) * D(R)).mean(), "the weights sum to 1 already: add the products up, no mean."),
        Mistake("weights that are all alike", lambda R: shares((R.sum(axis=1) > 0) * 1.0, 0) @ D(R), "the sums of P are all 1: the weights come from R itself."),
        Mistake("wrong weights", lambda R: weights(R, 0)[: len(R)] @ D(R)[: R.shape[1]], "these weights belong to the factors: sum R over the factors to get one for each latent."),
        Mistake("wrong base", lambda R: weights(R) @ D(R, len(R)), "the base is the number of factors."),
        Mistake("nats", lambda R: weights(R) @ D(R, np.e), NATS),
        Mistake("bits", lambda R: weights(R) @ D(R, 2), BITS),
        Mistake("not averaged", D, "one number is asked: the weighted average of the scores."),
        Mistake("not averaged", lambda R: weights(R) * D(R), "the sum over the latents is missing."),
        Mistake("only the weights", weights, "these are the weights; the scores D_i are missing."),
        Mistake("0/0", lambda R: np.nan, "NaN: a dead latent has the weight 0, but 0 times NaN is NaN. Give it a score of 0 first."),
    ]  # fmt: skip
    if latents == factors:
        mistakes.insert(0, Mistake("wrong weights", lambda R: weights(R, 0) @ D(R), swapped))
    compare(
        student,
        lambda R: weights(R) @ D(R),
        lambda rng: drawn_importance(rng, latents, factors),
        mistakes,
        reread="part 2 above, and lecture 7, section 3",
        example=EXAMPLE,
    )
