"""Exercise 07, parts 1 to 3: D and C from an importance matrix R (latents, factors)."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np

from dvlab.checks.comparison import Mistake, compare

EXAMPLE = (
    np.array([[3.0, 1.0], [0.0, 2.0], [1.0, 1.0]]),
)  # D_i = .189, 1, 0; ρ_i = 1/2, 1/4, 1/4; D = .344; C_j = .488, .054
NATS = "the natural logarithm: its largest entropy isn't 1, so the score leaves [0, 1]. Look at the base."
NOT_ONE_MINUS = "this is the entropy itself, which is large where the importance is spread."
ZERO_LOG = "0 · log 0 came out as NaN; an entry of 0 must contribute nothing to the entropy."
WHOLE = "you divided by the sum of all of R; a distribution is needed for each one, which sums to 1 by itself."
REREAD_D = "part 1 above, and lecture 7, section 3"
REREAD_C = "part 3 above, and lecture 7, section 4"


SMALL = np.array([[3.0, 1.0], [0.0, 2.0]])
SHAPES = ((3, 2), (4, 6), (5, 4), (2, 7))  # (latents, factors)
DEAD = (1e-2, 1e-3, 1e-4, 1e-5)  # sums below which one might call a latent dead; only 0 is


def drawn_importance(rng: np.random.Generator, latents: int, factors: int, dead: bool) -> np.ndarray:
    """An R with a zero here and there, and, where `dead`, a latent and a factor that have nothing else."""
    R = rng.gamma(0.7, size=(latents, factors)) * rng.uniform(0.5, 4, size=(latents, 1)) + 1e-3
    if min(R.shape) > 1:
        R[rng.integers(latents), rng.integers(factors)] = 0
    if dead and latents > 2:
        R[rng.integers(latents)] = 0
    if dead and factors > 2:
        R[:, rng.integers(factors)] = 0
    return R


def importances(seed: int, edges: str = "") -> list[tuple[np.ndarray]]:
    """Inputs of several shapes and scales; `edges`: "rows" with dead latents and factors, "single" with one of them."""
    rng = np.random.default_rng(seed)
    if edges == "single":
        return [(drawn_importance(rng, *shape, dead=False),) for shape in ((1, 4), (4, 1), (1, 1))]
    drawn = [drawn_importance(rng, *shape, dead=bool(edges)) for shape in SHAPES]
    small = [np.array([[3.0, 1.0], [0.0, 0.0]])] if edges else [SMALL]
    return [(R,) for R in (*small, *drawn, 1e-6 * drawn[0], 1e6 * drawn[1])]


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


def per_latent(student: Callable, edges: str = "", seed: int = 0) -> None:
    """Check `disentanglement_per_latent(R)`, (latents, factors) -> (latents,); `edges`: also "rows" of zeros, "single"."""
    mistakes = spread_mistakes(1, "factors", "latents", edges)
    inputs = importances(seed, edges)
    compare(
        student,
        lambda R: concentration(R, 1),
        None,
        mistakes,
        fixed=inputs,
        draws=0,
        reread=REREAD_D,
        example=EXAMPLE,
        needs="array",
    )


def per_factor(student: Callable, edges: str = "", seed: int = 0) -> None:
    """Check `completeness_per_factor(R)`, (latents, factors) -> (factors,); `edges` as for `per_latent`."""

    def living(R):  # the base is the number of latents that are not dead
        return concentration(R, 0, base=max(int((R.sum(axis=1) > 0).sum()), 2))

    dead = "you left dead latents out of the base; by definition it is the number of all latents."
    mistakes = spread_mistakes(0, "latents", "factors", edges)
    if edges == "rows":
        mistakes.append(Mistake("wrong base", living, dead))
    inputs = importances(seed, edges)
    compare(
        student,
        lambda R: concentration(R, 0),
        None,
        mistakes,
        fixed=inputs,
        draws=0,
        reread=REREAD_C,
        example=EXAMPLE,
        needs="array",
    )


def spread_mistakes(axis: int, this: str, other: str, edges: str = "") -> list[Mistake]:
    """Ways to get 1 − H along `axis` wrong. `this`: what that axis counts; `other`: what the other one counts."""
    across = 1 - axis
    one = "row" if axis else "column"
    wrong_axis = f"you worked along the wrong axis: the distribution is over the {this}, one for each of the {other}."
    base = f"the base of the logarithm is the number of {other}; the distribution is over the {this}."
    mixed = f"you made the {'columns' if axis else 'rows'} sum to 1; here each {one} must."
    zero = f"a {one} of zeros has no distribution: 0/0. It serves nothing, and gets a score of 0."
    single = f"with a single one of the {this} there is no logarithm to base 1: what is said of that case above?"
    only_zero = (
        f"a {one} is dead (serves nothing) where its sum is 0; R may be in any unit, so a small sum says nothing."
    )
    fixed = f"the base of the logarithm is the number of {this}, which changes from one R to the next."

    def alone(value):  # of one entry only
        return lambda R: np.where(R.shape[axis] == 1, value, concentration(R, axis))

    def below(least):  # called dead, though it is not
        return lambda R: np.where(R.sum(axis=axis) < least, 0, concentration(R, axis))

    def floored(least):  # the sum is not allowed to be small
        total = np.maximum
        return lambda R: 1 - entropy(R / total(R.sum(axis=axis, keepdims=True), least), axis) / np.log(R.shape[axis])

    def padded(eps):  # a little added to every entry
        return lambda R: concentration(R + eps, axis) * (R.sum(axis=axis) > 0)

    if edges == "single":  # whoever gets so far is right elsewhere
        return [Mistake("only one", alone(value), single) for value in (np.nan, 0, -np.inf, np.inf, 0.5)]
    unit = [
        *(Mistake("small is not dead", below(least), only_zero) for least in DEAD),
        *(Mistake("unit of R", padded(eps), f"a little was added to every entry, which is much where R is small. {only_zero}") for eps in (1e-3, 1e-5, 1e-6, 1e-8)),
        *(Mistake("unit of R", floored(least), f"the sum was kept from being small, and then the shares do not sum to 1. {only_zero}") for least in DEAD),
    ]  # fmt: skip
    if edges == "rows":
        return [
            Mistake("0/0", lambda R: concentration(R, axis, dead=np.nan), zero),
            Mistake("0/0", lambda R: concentration(R, axis, dead=1.0), f"{zero} An entropy of 0 is not the same: 1 − 0 is 1."),
            Mistake("0/0", lambda R: concentration(R, axis, dead=-np.inf), zero),
            Mistake("left out", lambda R: concentration(R, axis)[R.sum(axis=axis) > 0], f"one number for each of the {other}, the dead ones too: leave none out."),
            *unit,
        ]  # fmt: skip

    def mean_log(R):  # mean for sum
        return 1 - entropy(shares(R, axis), axis) / R.shape[axis] / np.log(R.shape[axis])

    def softmax(R):
        P = np.exp(R - R.max(axis=axis, keepdims=True))
        return 1 - entropy(P / P.sum(axis=axis, keepdims=True), axis) / np.log(R.shape[axis])

    def unbounded(R):  # ln n − H
        return np.log(R.shape[axis]) - entropy(shares(R, axis), axis)

    def gini(R):
        return (shares(R, axis) ** 2).sum(axis=axis)

    return [
        Mistake("0 log 0", lambda R: nan_where_zero(R, axis), ZERO_LOG),
        *(Mistake("wrong axis", wrong, wrong_axis) for wrong in (
            lambda R: concentration(R, across),
            lambda R: concentration(R, across, base=R.shape[axis]),
            lambda R: nan_where_zero(R, across),
            lambda R: 1 - entropy(shares(R, axis), across) / np.log(R.shape[across]),
            lambda R: 1 - entropy(shares(R, axis), across) / np.log(R.shape[axis]),
        )),
        Mistake("wrong P", lambda R: 1 - entropy(shares(R, across), axis) / np.log(R.shape[axis]), mixed),
        Mistake("wrong P", lambda R: 1 - entropy(shares(R, across), axis) / np.log(R.shape[across]), mixed),
        Mistake("wrong base", lambda R: concentration(R, axis, base=R.shape[across]), base),
        Mistake("nats", lambda R: concentration(R, axis, base=np.e), NATS),
        Mistake("nats", unbounded, NATS),
        Mistake("nats", lambda R: 1 - entropy(shares(R, axis), axis) * np.log(R.shape[axis]), "the logarithm of the base belongs under the entropy, not beside it: the score leaves [0, 1]."),
        *(Mistake("one base for all", lambda R, n=n: concentration(R, axis, base=n), fixed) for n in (2, 3, 4, 5, 6, 10)),
        Mistake("1 − left out", lambda R: entropy(shares(R, axis), axis) / np.log(R.shape[axis]), NOT_ONE_MINUS),
        Mistake("wrong sign", lambda R: 2 - concentration(R, axis), "the entropy has the wrong sign."),
        Mistake("not normalised", lambda R: 1 - entropy(R, axis) / np.log(R.shape[axis]), "R is not a distribution yet: what must its entries sum to?"),
        Mistake("not normalised", lambda R: 1 - entropy(R / R.sum(), axis) / np.log(R.shape[axis]), WHOLE),
        Mistake("not an entropy", lambda R: shares(R, axis).max(axis=axis), "this is the largest share, not an entropy."),
        Mistake("not an entropy", gini, "this is the sum of squared shares, not an entropy."),
        Mistake("softmax", softmax, "a softmax turns importances of 0 into probabilities; shares are asked."),
        Mistake("mean for sum", mean_log, "an entropy is a sum, not a mean."),
        Mistake("averaged", lambda R: concentration(R, axis).mean(), f"one number for each of the {other}, please: the average comes later."),
        Mistake("weighted", lambda R: concentration(R, axis) * shares(R.sum(axis=axis), 0), "the weights belong to the average, not to the scores."),
        *unit,
    ]  # fmt: skip


def total(student: Callable, edges: str = "", seed: int = 0) -> None:
    """Check `disentanglement(R)`, (latents, factors) -> a number; `edges`: also "rows" of zeros."""

    def weights(R, axis=1):
        return shares(R.sum(axis=axis), 0)

    def D(R, base=None):
        return concentration(R, 1, base)

    def not_a_number(R):
        return weights(R) @ concentration(R, 1, dead=np.nan)

    unweighted = "a plain average: a latent that hardly matters counts like one that matters much."
    swapped = "these weights belong to the factors: sum R over the factors to get one for each latent."
    mistakes = [
        Mistake("unweighted", lambda R: D(R).mean(), unweighted),
        Mistake("wrong weights", lambda R: weights(R, 0)[: len(R)] @ D(R)[: R.shape[1]], swapped),
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
        Mistake("wrong base", lambda R: weights(R) @ D(R, len(R)), "the base is the number of factors."),
        Mistake("nats", lambda R: weights(R) @ D(R, np.e), NATS),
        Mistake("not averaged", D, "one number is asked: the weighted average of the scores."),
        Mistake("not averaged", lambda R: weights(R) * D(R), "the sum over the latents is missing."),
        Mistake("only the weights", weights, "these are the weights; the scores D_i are missing."),
        *(Mistake("one base for all", lambda R, n=n: weights(R) @ D(R, n), "the base is the number of factors, which changes from one R to the next.") for n in (2, 3, 5)),
    ]  # fmt: skip
    if edges:  # whoever gets so far is right elsewhere
        says = "a dead latent has the weight 0, but 0 times NaN is NaN. Give it a score of 0 first."
        living = "a plain average over the latents that are not dead: the weights are missing."
        mistakes = [
            Mistake("0/0", not_a_number, says),
            Mistake("unweighted", lambda R: D(R)[R.sum(axis=1) > 0].mean(), living),
        ]
    inputs = [(R,) for (R,) in importances(seed, edges) if R.shape[1] > 1]
    compare(
        student,
        lambda R: weights(R) @ D(R),
        None,
        mistakes,
        fixed=inputs,
        draws=0,
        reread="part 2 above, and lecture 7, section 3",
        example=EXAMPLE,
    )
