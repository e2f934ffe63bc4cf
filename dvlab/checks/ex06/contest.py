"""Exercise 06, codes of three factors: one that deceives MIG, one that MIG condemns, and the picture of both scores."""

from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import CheckFailed, answer
from dvlab.checks.ex06.codes import SIGMA
from dvlab.metrics import dci, mig

LEVELS = (3, 4, 6)  # of a, b, c
COMBINATIONS = np.indices(LEVELS).reshape(3, -1).T  # (72, 3)
TIMES = 6  # each combination is seen so often


def codes_of(student: Callable, seed: int, reread: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and noisy codes (432, D) of the student's code, and the factors (432, 3)."""
    rng = np.random.default_rng(seed)
    g = rng.permutation(np.repeat(COMBINATIONS, TIMES, axis=0))
    name = getattr(student, "__name__", "your function")
    means = answer(student, lambda a, b, c: None, tuple(column.copy() for column in g.T), name, reread)
    if means.ndim != 2 or len(means) != len(g) or means.shape[1] == 0:
        says = f"{name} gave an array of shape {means.shape} for {len(g)} images; expected ({len(g)}, D)."
        failed(student, "shape", says, "np.stack([...], axis=1) makes a latent of each array.", reread)
    if not np.isfinite(means).all():
        failed(student, "not finite", f"{name} gave NaN or infinity.", "", reread)
    if means.shape[1] > 20 or np.ptp(means) > 1e4:
        failed(student, "too large", f"{name}: at most 20 latents, and means that span at most 10,000.", "", reread)
    order = np.lexsort(g.T)
    if (np.ptp(means[order].reshape(len(COMBINATIONS), TIMES, -1), axis=1) > 1e-9).any():
        says = f"{name}: images with the same a, b and c get different means."
        failed(student, "random", says, "The check adds the noise; a mean depends on a, b and c alone.", reread)
    return means, means + SIGMA * rng.normal(size=means.shape), g


def failed(student: Callable, kind: str, symptom: str, look: str, reread: str):
    name = getattr(student, "__name__", "your function")
    raise CheckFailed(kind, symptom, f"{look}\nReread: {reread}" if look else "", of=name)


def weighted_sum(means: np.ndarray, g: np.ndarray) -> np.ndarray:
    """R² of each latent's mean by least squares from the factors; 0 for a constant latent."""
    centred, factors = means - means.mean(axis=0), g - g.mean(axis=0)
    rest = centred - factors @ np.linalg.lstsq(factors, centred, rcond=None)[0]
    total = (centred**2).sum(axis=0)
    return np.where(total > 1e-9, 1 - (rest**2).sum(axis=0) / np.maximum(total, 1e-9), 0.0)


def shares(means: np.ndarray, g: np.ndarray) -> np.ndarray:
    """I(g_k; z_j) / H(g_k), (latents, 3), by quadrature."""
    of = mig(Normal(torch.tensor(means), SIGMA), g)
    return of.mutual_information / of.entropy


def two_best(S: np.ndarray) -> np.ndarray:
    return np.sort(np.concatenate([np.zeros((2, S.shape[1])), S]), axis=0)[[-1, -2]]


def attack(student: Callable, seed: int = 0) -> None:
    """Check `attack(a, b, c)` -> means (n, D): MIG at least .95, D (forest) at most .1, no latent a weighted sum."""
    reread = "part 8 above, and part 4: which fault does MIG not notice?"
    means, z, g = codes_of(student, seed, reread)
    linear = weighted_sum(means, g)
    if linear.max() > 0.98:
        says = (
            f"latent {linear.argmax()} is a weighted sum of the factors (R² {linear.max():.3f}): that trick is taken."
        )
        failed(student, "weighted sum", says, "Can 72 combinations be numbered in another order?", reread)
    best, second = two_best(shares(means, g))
    score, k = (best - second).mean(), int((best - second).argmin())
    if score < 0.95 and best[k] < 0.95:
        says = f"MIG is {score:.2f}, at least .95 is asked: of {'abc'[k]} the best latent knows {best[k]:.2f} of H."
        look = "Do two combinations lie on top of each other, or closer than the noise?"
        failed(student, "information lost", says, look, reread)
    if score < 0.95:
        says = f"MIG is {score:.2f}, at least .95 is asked: of {'abc'[k]} the best latent has {best[k]:.2f} of H,"
        failed(student, "second latent", f"{says} and a second one {second[k]:.2f}.", "One latent is enough.", reread)
    D = dci(z, g, regressor="forest").disentanglement
    if D > 0.1:
        says = f"MIG is {score:.2f}, but DCI's D is {D:.2f}, at most .1 is asked."
        look = "A latent that matters is still about one factor more than about the others."
        dead = np.ptp(means, axis=0) == 0
        if dead.any():
            look = "Latents that never change take a share of the forest's importance: does the code need them?"
        failed(student, "disentangled", says, look, reread)
    print(f"visible checks passed: MIG {score:.2f}, DCI's D {D:.2f}")


def defend(student: Callable, seed: int = 0) -> None:
    """Check `defend(a, b, c)` -> means (n, D): MIG at most .1, D at least .9, every factor readable, no copies."""
    reread = "part 9 above, and part 4: which codes have a low MIG, and which of them mix nothing?"
    means, z, g = codes_of(student, seed, reread)
    S = shares(means, g)
    best, second = two_best(S)
    if best.max() > 0.9:
        j, k = np.unravel_index(S.argmax(), S.shape)
        says = f"latent {j} knows {best.max():.2f} of H({'abc'[k]}), at most .9 is allowed."
        failed(student, "whole factor", says, "Two latents can share a factor without either knowing it all.", reread)
    found = dci(z, g, regressor="forest")
    R2 = found.informativeness_per_factor
    if R2.min() < 0.9:
        says = f"a forest reads {'abc'[R2.argmin()]} with R² {R2.min():.2f}, at least .9 is asked."
        failed(student, "not readable", says, "MIG may be right to condemn this one: something is lost.", reread)
    if found.disentanglement < 0.9:
        says = f"DCI's D is {found.disentanglement:.2f}, at least .9 is asked."
        failed(student, "mixed", says, "Some latent speaks of more than one factor.", reread)
    score = (best - second).mean()
    if score > 0.1:
        k = int((best - second).argmax())
        knows = f"of {'abc'[k]} the best two know {best[k]:.2f} and {second[k]:.2f}"
        says = f"MIG is {score:.2f}, at most .1 is asked: {knows}."
        failed(student, "not condemned", says, "The two latents of a factor should know equally much of it.", reread)
    print(f"visible checks passed: MIG {score:.2f}, DCI's D {found.disentanglement:.2f}, R² at least {R2.min():.2f}")


def leaderboard(board: dict[str, tuple[float, float]]):
    """Best MI against MIG of every code in `board`, name -> (best MI, MIG); codes at one place share a label."""
    import matplotlib.pyplot as plt

    from dvlab.plots import show

    places: dict[tuple[float, float], list[str]] = {}
    for name, (best, score) in board.items():
        near = [at for at in places if max(abs(at[0] - best), abs(at[1] - score)) < 0.04]
        places.setdefault(near[0] if near else (float(best), float(score)), []).append(name)
    fig, ax = plt.subplots(figsize=(7.5, 5), layout="constrained")
    ax.plot([0, 1], [0, 1], ":", color="0.6")
    for (best, score), names in places.items():
        yours = any(name.isupper() for name in names)
        ax.plot(best, score, "o", color="#D55E00" if yours else "#0072B2")
        label = ",\n".join(names)
        ax.annotate(label, (best, score), (-7, 0), textcoords="offset points", ha="right", va="center", fontsize=8)
    ax.set(xlabel="best MI (share of H, mean over the factors)", ylabel="MIG", xlim=(-0.02, 1.05), ylim=(-0.08, 1.08))
    words = "; ".join(f"{name} {best:.2f}, {score:.2f}" for name, (best, score) in board.items())
    show(fig, f"Scatter plot of best MI and MIG of every code: {words}.")
