"""Exercise 06, about the eight codes: predictions, scores, Chen et al.'s two cases, measures that codes deceive."""

# ruff: noqa: E501 - a mistake a line, as a table

import numbers
from functools import lru_cache

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import CheckFailed, as_array
from dvlab.metrics import mig

SIGMA = 0.05
A, B = (index.ravel() for index in np.indices((4, 4)))  # two independent factors of 4 levels
CODES = {  # the means; every code adds N(0, SIGMA²)
    "aligned": np.stack([A, B], axis=1),
    "duplicated": np.stack([A, B, A, B], axis=1),
    "packed twice": np.stack([4 * A + B, A - 4 * B], axis=1),
    "packed, dead": np.stack([4 * A + B, 0 * A], axis=1),
    "rotated": np.stack([A - B, A + B], axis=1) / np.sqrt(2),
    "rotated and not": np.stack([A - B, A + B, 1.4 * A, 1.4 * B], axis=1) / np.sqrt(2),
    "imprecise": np.stack([A, 0.06 * B], axis=1),
    "lost": np.stack([A, 0 * B], axis=1),
}
SCORED = tuple(name for name in CODES if name != "imprecise")  # a table of its means says nothing of its noise
CASES = {  # what may be said; of "rotated" both are true, as compactness is asked in lecture 7
    "aligned": ("neither",),
    "duplicated": ("compactness",),
    "packed twice": ("both",),
    "packed, dead": ("axis alignment",),
    "rotated": ("axis alignment", "both"),
    "rotated and not": ("both",),
}
CONFUSED = {  # what to look at when a case is wrong
    "aligned": "each of its latents knows one factor, and each factor is in one latent.",
    "duplicated": "does any of its latents know two factors? And does a second latent repeat what a first says in full?",
    "packed twice": "a latent that names both factors is one thing, a second latent that repeats it all is another.",
    "packed, dead": "ask what z0 knows, and what z1 adds; whether MIG notices is the other question.",
    "rotated": "each latent knows a third of both factors. Does either say one of them in full, so that the other only repeats it?",
    "rotated and not": "look at z0 by itself; then look down column a: who knows it in full, and who else knows of it?",
}  # fmt: skip
FAULTY = tuple(name for name in CODES if name != "aligned")
MEASURES = ("best", "mean", "sum", "joint", "best - mean", "best - worst", "1 - second/best")


def fail(kind: str, message: str, reread: str):
    raise CheckFailed(kind, f"{message}\nReread: {reread}.")


@lru_cache
def shares(name: str) -> np.ndarray:
    """I(g_k; z_j) / H(g_k) of a code, (latents, 2), by quadrature."""
    of = mig(Normal(torch.tensor(CODES[name], dtype=torch.float64), SIGMA), np.stack([A, B], axis=1))
    return of.mutual_information / of.entropy


def ordered(S: np.ndarray) -> np.ndarray:
    return np.sort(S, axis=0)[::-1]  # best first


def truth(name: str) -> tuple[float, float]:
    """(mean over the factors of the best share, MIG)."""
    best, second = ordered(shares(name))[:2]
    return best.mean(), (best - second).mean()


def measured(name: str) -> dict[str, float]:
    """What the seven other measures give a code; only two of the eight lose anything of their images."""
    S, (best, second) = shares(name), ordered(shares(name))[:2]
    ratio = np.where(best > 0.01, 1 - second / np.maximum(best, 0.01), 0)
    values = best, S.mean(axis=0), S.sum(axis=0), None, best - S.mean(axis=0), best - S.min(axis=0), ratio
    joint = best.mean() if name in ("imprecise", "lost") else 1.0
    return {what: joint if v is None else v.mean() for what, v in zip(MEASURES, values, strict=True)}


def every(values, keys: tuple[str, ...], what: str, reread: str) -> dict:
    """The dict of answers, if it has one for each key and no other."""
    if not isinstance(values, dict):
        fail("type", f"{what} must be a dict with an entry for each name; it is a {type(values).__name__}.", reread)
    if not values or all(
        value is None or value is Ellipsis or (isinstance(value, str) and not value) for value in values.values()
    ):
        fail("not written", f"{what} is still empty.", reread)
    if missing := [key for key in keys if values.get(key) is None]:
        fail("missing code", f"{what} has no entry for {', '.join(map(repr, missing))}.", reread)
    if unknown := [key for key in values if key not in keys and key not in CODES]:
        fail("unknown code", f"{what} speaks of {unknown[0]!r}; expected {', '.join(map(repr, keys))}.", reread)
    return values


def pair(values: dict, name: str, what: str, reread: str) -> np.ndarray:
    """values[name] as two numbers."""
    try:
        two = as_array(values[name])
    except (TypeError, ValueError):
        kind = type(values[name]).__name__
        fail(
            "type", f"{what}[{name!r}] must be two numbers, best MI and MIG; it is a {kind} of something else.", reread
        )
    if two.shape != (2,):
        fail("shape", f"{what}[{name!r}] has shape {two.shape}; expected two numbers, (best MI, MIG).", reread)
    return two


def word(value) -> str:
    """A name as text; one name in a list or a set counts as that name."""
    if isinstance(value, list | tuple | set | frozenset) and len(value) == 1:
        value = next(iter(value))
    return " ".join(value.lower().split()) if isinstance(value, str) else ""


def predictions(guess) -> None:
    """Check that `guess`, code -> (best MI, MIG), is possible and tells codes apart; being wrong costs nothing."""
    reread = "part 1 above"
    pairs = []
    every(guess, tuple(CODES), "guess", reread)
    for name in CODES:
        best, gap = pair(guess, name, "guess", reread)
        if not (0 <= best <= 1 and 0 <= gap <= 1):
            fail("not a share", f"guess[{name!r}] is ({best:g}, {gap:g}); both are shares, from 0 to 1.", reread)
        if gap > best:
            says = (
                f"guess[{name!r}] is ({best:g}, {gap:g}): MIG is the best share less something, so it cannot be larger."
            )
            fail("impossible", says, reread)
        pairs.append((best, gap))
    for column, what in zip(np.transpose(pairs), ("best MI", "MIG"), strict=True):
        if np.ptp(column) == 0:
            fail("no prediction", f"all eight codes have the same {what} in guess: which of them is better?", reread)
    print("visible checks passed: predictions are in")


def scores(score) -> None:
    """Check `score`, code -> (mean over the factors of best I / H, MIG), against quadrature, within .01."""
    reread, ln4 = "parts 2 and 3 above", np.log(4)
    mistakes = {
        "swapped": (lambda S, best, gap: (gap.mean(), best.mean()), "the best MI comes first, MIG second."),
        "nats": (lambda S, best, gap: (best.mean() * ln4, gap.mean()), "the best MI is in nats; a share of H(g) is asked."),
        "nats and nats": (lambda S, best, gap: (best.mean() * ln4, gap.mean() * ln4), "both are in nats; shares of H(g) are asked."),
        "sum over factors": (lambda S, best, gap: (best.sum(), gap.mean()), "you added the best MI of the two factors; their mean is asked."),
        "first factor": (lambda S, best, gap: (best[0], gap.mean()), "this is the best MI of one factor alone, here a; the mean over the factors is asked."),
        "last factor": (lambda S, best, gap: (best[-1], gap.mean()), "this is the best MI of one factor alone, here b; the mean over the factors is asked."),
        "largest for mean": (lambda S, best, gap: (best.max(), gap.mean()), "this is the best MI of the better known factor; the mean over the factors is asked."),
        "smallest for mean": (lambda S, best, gap: (best.min(), gap.mean()), "this is the best MI of the worse known factor; the mean over the factors is asked."),
        "one minus": (lambda S, best, gap: (1 - best.mean(), gap.mean()), "this is what is *missing* of the best MI."),
        "mean over latents": (lambda S, best, gap: (S.mean(), gap.mean()), "you averaged over all latents; the best one of each factor is asked."),
        "best twice": (lambda S, best, gap: (best.mean(), best.mean()), "both numbers are the best MI; the second is MIG."),
        "MIG twice": (lambda S, best, gap: (gap.mean(), gap.mean()), "both numbers are MIG; the first is the best MI."),
    }  # fmt: skip
    every(score, SCORED, "score", reread)
    mine = {name: pair(score, name, "score", reread) for name in SCORED}

    def agrees(function) -> bool:
        for name in SCORED:
            best, second = ordered(shares(name))[:2]
            if not np.allclose(mine[name], function(shares(name), best, best - second), atol=0.01):
                return False
        return True

    if all(np.allclose(mine[name], truth(name), atol=0.01) for name in SCORED):
        print("visible checks passed: score, within .01 of the true values")
        return
    name = min((n for n in SCORED if not np.allclose(mine[n], truth(n), atol=0.01)), key=lambda n: shares(n).size)
    yours, right = (", ".join(f"{x:.3f}" for x in two) for two in (mine[name], truth(name)))
    symptom = f"score[{name!r}] is ({yours}), quadrature says ({right})."
    for kind, (wrong, says) in mistakes.items():
        if agrees(wrong):
            raise CheckFailed(kind, symptom, f"{says}\nReread: {reread}.", of="score")
    fail("wrong", symptom, reread)


def cases(case, unnoticed) -> None:
    """Check which of the two cases each code is, and which faulty code MIG lets pass."""
    reread = "the two questions of part 4, with the matrices printed there"
    allowed = sorted({one for right in CASES.values() for one in right})
    every(case, tuple(CASES), "case", reread)
    for name in CASES:
        if word(case[name]) not in allowed:
            fail("unknown case", f"case[{name!r}] is {case[name]!r}; expected one of {allowed}.", reread)
    for name, right in CASES.items():
        if word(case[name]) not in right:
            symptom = f"case[{name!r}] = {case[name]!r} does not follow from its matrix."
            raise CheckFailed(f"case of {name}", symptom, f"{CONFUSED[name]}\nReread: {reread}.", of="case")
    if unnoticed is None or unnoticed is Ellipsis or (isinstance(unnoticed, str | list) and not unnoticed):
        fail("not written", "unnoticed is still empty.", reread)
    if word(unnoticed) not in CASES:
        fail("unknown code", f"unnoticed is {unnoticed!r}; expected the name of one of the six codes.", reread)
    if word(unnoticed) == "aligned":
        fail("nothing to notice", "there is nothing wrong with 'aligned' that MIG could miss.", reread)
    if truth(word(unnoticed))[1] < 0.99:
        fail("noticed", f"MIG gives {word(unnoticed)!r} {truth(word(unnoticed))[1]:.2f}: it did notice.", reread)
    print("visible checks passed: case, unnoticed")


def deceptions(deceived) -> None:
    """Check that each measure gives the code that is named for it, which has a fault, no less than "aligned"."""
    reread = "the table above, and what 'deceived' means"
    every(deceived, MEASURES, "deceived", reread)
    for what in MEASURES:
        name = word(deceived[what])
        if name not in CODES:
            got = deceived[what]
            extra = " A number is not asked." if isinstance(got, numbers.Number) else ""
            fail(
                "unknown code",
                f"deceived[{what!r}] is {got!r}; expected the name of one of the eight codes.{extra}",
                reread,
            )
        if name == "aligned":
            fail("no fault", f"deceived[{what!r}] is 'aligned', which has no fault: nobody is deceived.", reread)
        if name == "packed, dead":
            fail("another one", f"deceived[{what!r}]: 'packed, dead' deceives MIG too; here name another code.", reread)
        value, sound = measured(name)[what], measured("aligned")[what]
        if value < sound - 0.01:
            says = f"deceived[{what!r}] is {name!r}, which scores {value:.2f}; 'aligned' has {sound:.2f}, more."
            fail("not deceived", says, reread)
    print("visible checks passed: each of the seven is deceived")
