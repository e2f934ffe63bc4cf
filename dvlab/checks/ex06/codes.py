"""Exercise 06, about codes: predictions, scores, Chen et al.'s two cases, a code that fools MIG, one that it condemns."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from sklearn.linear_model import LinearRegression
from torch.distributions import Normal

from dvlab.checks.base import CheckFailed, answer, as_array
from dvlab.metrics import dci, mig

SIGMA = 0.05
A, B = (index.ravel() for index in np.indices((4, 4)))  # two independent factors of 4 levels
CODES = {  # the means; every code adds N(0, SIGMA²)
    "aligned": np.stack([A, B], axis=1),
    "duplicated": np.stack([A, B, A, B], axis=1),
    "packed twice": np.stack([4 * A + B, A - 4 * B], axis=1),
    "packed, dead": np.stack([4 * A + B, 0 * A], axis=1),
    "rotated": np.stack([A - B, A + B], axis=1) / np.sqrt(2),
}
CASES = {"aligned": "neither", "duplicated": "compactness", "packed twice": "both", "packed, dead": "axis alignment", "rotated": "axis alignment"}  # fmt: skip
CONFUSED = {  # what to look at when a case is wrong
    "aligned": "each of its latents knows one factor, and each factor is in one latent.",
    "duplicated": "does any of its latents know two factors? And does a second latent repeat what a first says in full?",
    "packed twice": "a latent that names both factors is one thing, a second latent that repeats it all is another.",
    "packed, dead": "ask what z0 knows, and what z1 adds; whether MIG notices is the other question.",
    "rotated": "each latent knows a third of both factors. Does either say one of them in full, so that the other only repeats it?",
}  # fmt: skip


@lru_cache
def truth() -> dict[str, tuple[float, float, float]]:
    """(mean of best I / H, MIG, mean over all of I / H) of every code, by quadrature."""
    out = {}
    for name, means in CODES.items():
        of = mig(Normal(torch.tensor(means, dtype=torch.float64), SIGMA), np.stack([A, B], axis=1))
        share = of.mutual_information / of.entropy
        out[name] = (share.max(axis=0).mean(), of.score, share.mean())
    return out


def fail(kind: str, message: str, reread: str):
    raise CheckFailed(kind, f"{message}\nReread: {reread}{'' if reread.endswith('?') else '.'}")


def every_code(values, what: str, reread: str) -> dict:
    """The dict of answers, if it has one for each code."""
    if not isinstance(values, dict):
        fail("type", f"{what} must be a dict with an entry for each code; it is a {type(values).__name__}.", reread)
    if not values or all(value is None or value is Ellipsis for value in values.values()):
        fail("not written", f"{what} is still empty.", reread)
    if missing := [name for name in CODES if values.get(name) is None]:
        fail("missing code", f"{what} has no entry for {', '.join(map(repr, missing))}.", reread)
    return values


def predictions(best_rank, mig_rank) -> None:
    """Check that every code has a rank from 1 to 5 in both; a wrong guess costs nothing."""
    for what, ranks in (("best_rank", best_rank), ("mig_rank", mig_rank)):
        for name, rank in every_code(ranks, what, "part 1 above").items():
            if name not in CODES:
                fail("unknown code", f"{what} ranks {name!r}, which is none of the five.", "part 1 above")
            if isinstance(rank, bool) or rank not in (1, 2, 3, 4, 5):
                fail("not a rank", f"{what}[{name!r}] is {rank!r}; expected 1, 2, 3, 4 or 5.", "part 1 above")
        if min(ranks.values()) != 1:
            fail("no first place", f"nobody is first in {what}: the best code (or several) has rank 1.", "part 1 above")
    print("visible checks passed: predictions are in")


def scores(score) -> None:
    """Check `score`, code -> (mean over the factors of best I / H, MIG), against quadrature, within .01."""
    reread = "parts 2 and 3 above"
    ln4 = np.log(4)
    mistakes = {
        "swapped": (lambda best, gap, mean: (gap, best), "the best MI comes first, MIG second."),
        "nats": (lambda best, gap, mean: (best * ln4, gap), "the best MI is in nats; a share of H(g) is asked."),
        "nats and nats": (lambda best, gap, mean: (best * ln4, gap * ln4), "both are in nats; shares of H(g) are asked."),
        "sum over factors": (lambda best, gap, mean: (2 * best, gap), "you added the best MI of the two factors; their mean is asked."),
        "one minus": (lambda best, gap, mean: (1 - best, gap), "this is what is *missing* of the best MI."),
        "mean over latents": (lambda best, gap, mean: (mean, gap), "you averaged over all latents; the best one of each factor is asked."),
        "best twice": (lambda best, gap, mean: (best, best), "both numbers are the best MI; the second is MIG."),
        "MIG twice": (lambda best, gap, mean: (gap, gap), "both numbers are MIG; the first is the best MI."),
    }  # fmt: skip
    mine = {}
    for name in every_code(score, "score", reread):
        try:
            mine[name] = as_array(score[name])
        except (TypeError, ValueError):
            kind = type(score[name]).__name__
            fail(
                "type",
                f"score[{name!r}] must be two numbers, a mean and a MIG; it is a {kind} of something else.",
                reread,
            )
        if mine[name].shape != (2,):
            shape = mine[name].shape
            fail("shape", f"score[{name!r}] has shape {shape}; expected two numbers, (best MI / H, MIG).", reread)

    def agrees(function) -> bool:
        return all(np.allclose(mine[name], function(*true), atol=0.01) for name, true in truth().items())

    if agrees(lambda best, gap, mean: (best, gap)):
        print("visible checks passed: score, within .01 of the true values")
        return
    for kind, (wrong, says) in mistakes.items():
        if agrees(wrong):
            fail(kind, f"score: {says}", reread)
    name = next(name for name, true in truth().items() if not np.allclose(mine[name], true[:2], atol=0.01))
    yours, right = (", ".join(f"{x:.3f}" for x in pair) for pair in (mine[name], truth()[name][:2]))
    fail("wrong", f"score[{name!r}] is ({yours}), quadrature says ({right}).", reread)


def cases(case, unnoticed) -> None:
    """Check which of the two cases each code is, and which faulty code MIG lets pass."""
    reread = "the two questions of part 4, with the matrices printed there"
    for name, value in every_code(case, "case", reread).items():
        if value not in CASES.values():
            fail("unknown case", f"case[{name!r}] is {value!r}; expected one of {sorted(set(CASES.values()))}.", reread)
    for name, right in CASES.items():
        if case[name] != right:
            fail(f"case of {name}", f"case[{name!r}] = {case[name]!r}: {CONFUSED[name]}", reread)
    if unnoticed is None or unnoticed in ("", Ellipsis):
        fail("not written", "unnoticed is still empty.", reread)
    if unnoticed not in CODES:
        fail("unknown code", f"unnoticed is {unnoticed!r}; expected the name of one of the five codes.", reread)
    if CASES[unnoticed] == "neither":
        fail("nothing to notice", f"there is nothing wrong with {unnoticed!r} that MIG could miss.", reread)
    if truth()[unnoticed][1] < 0.5:
        fail("noticed", f"MIG gives {unnoticed!r} a low score: it did notice.", reread)
    print("visible checks passed: case, unnoticed")


# ---------------------------------------------------------------- attack and defend


def submitted(student: Callable, rng, reread: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and noisy codes (400, D) of the student's code, and the factors (400, 2), every combination 25 times."""
    g = rng.permutation(np.repeat(np.stack([A, B], axis=1), 25, axis=0))
    name = getattr(student, "__name__", "your function")
    means = answer(student, lambda a, b: None, (g[:, 0].copy(), g[:, 1].copy()), name, reread)
    if means.ndim != 2 or len(means) != 400 or means.shape[1] == 0:
        fail("shape", f"{name} gave an array of shape {means.shape} for 400 images; expected (400, D).", reread)
    if not np.isfinite(means).all():
        fail("not finite", f"{name} gave NaN or infinity.", reread)
    if means.shape[1] > 20 or np.ptp(means) > 1e4:
        fail("too large", f"{name}: at most 20 latents, and means that span at most 10,000.", reread)
    return means, means + SIGMA * rng.normal(size=means.shape), g


def attack(student: Callable, seed: int | None = None) -> None:
    """Check `attack(a, b)` -> means (n, D): MIG at least .95, DCI's disentanglement (forest) at most .1."""
    reread = "parts 3 and 4 above: which fault does MIG not notice?"
    means, z, g = submitted(student, np.random.default_rng(seed), reread)
    of = mig(Normal(torch.tensor(means), SIGMA), g)
    best, second = np.sort([*(of.mutual_information / of.entropy), (0, 0)], axis=0)[[-1, -2]]
    k = int(of.per_factor.argmin())
    if of.score < 0.95 and best[k] < 0.95:
        says = f"no latent knows {'ab'[k]} in full: the best has {best[k]:.2f} of H. Do two combinations lie on top of each other, or closer than the noise?"
        fail("information lost", f"MIG is {of.score:.2f}, at least .95 is asked: {says}", reread)
    if of.score < 0.95:
        says = f"the best latent has {best[k]:.2f} of H({'ab'[k]}), and a second one {second[k]:.2f}."
        fail("second latent", f"MIG is {of.score:.2f}, at least .95 is asked: {says}", reread)
    D = dci(z, g, regressor="forest").disentanglement
    if D > 0.1:
        says = "a latent that matters is still about one factor more than about the other."
        fail("disentangled", f"MIG is {of.score:.2f}, but DCI's D is {D:.2f}, at most .1 is asked: {says}", reread)
    print(f"visible checks passed: MIG {of.score:.2f}, DCI's D {D:.2f}")


def defend(student: Callable, seed: int | None = None) -> None:
    """Check `defend(a, b)` -> means (n, D): MIG at most .1, and a linear regression finds both factors (R² ≥ .95)."""
    reread = "parts 3 to 5 above: which codes have a low MIG, and which of them lost something?"
    means, z, g = submitted(student, np.random.default_rng(seed), reread)
    fit = LinearRegression().fit(z[:200], g[:200])
    error = ((fit.predict(z[200:]) - g[200:]) ** 2).mean(axis=0)
    R2 = 1 - error / g[200:].var(axis=0)
    if R2.min() < 0.95:
        k = int(R2.argmin())
        says = f"a linear regression reads {'ab'[k]} with R² {R2[k]:.2f}, at least .95 is asked."
        fail("not useful", f"{says} MIG may be right to condemn this one.", reread)
    score = mig(Normal(torch.tensor(means), SIGMA), g).score
    if score > 0.1:
        fail("not condemned", f"MIG is {score:.2f}, at most .1 is asked: it does not condemn this code.", reread)
    print(f"visible checks passed: MIG {score:.2f}, R² {R2[0]:.2f} and {R2[1]:.2f}")
