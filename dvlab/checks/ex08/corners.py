"""Exercise 08, part 1: a corner that is held out, so that to decode it is recombination, nothing easier or harder."""

from collections.abc import Callable

import numpy as np
import torch

from dvlab.checks.comparison import CheckFailed, answer

REREAD = "part 1 above, and lecture 8 on what is held out"
Levels = dict[str, tuple]  # a world's factors: {name: its values}


def corner(student: Callable, levels: Levels, seed: int | None = None) -> None:
    """Check `held_out(factors)`, (N, K) -> (N,) of booleans, for a world of `levels`.

    It must be a function of each row alone, hold out something and not everything, leave every level of every factor
    in some other image (else: extrapolation), leave no way to it along one ordered factor (else: interpolation), and
    leave the two images of each swap to be looked at, and hold out two images at least.
    """
    name, sizes = getattr(student, "__name__", "your function"), [len(values) for values in levels.values()]
    grid = torch.cartesian_prod(*(torch.arange(size) for size in sizes)).reshape(-1, len(sizes))
    held = ask(student, name, grid)
    if not held.any() or held.all():
        kind, count = ("everything held out", "every one") if held.all() else ("nothing held out", "none")
        raise failed(kind, name, f"of all {len(grid)} combinations it holds out {count}.")
    by_rows_alone(student, name, grid, held, np.random.default_rng(seed))
    not_extrapolation(name, levels, held.reshape(sizes))
    not_interpolation(name, levels, held.reshape(sizes))
    can_be_swapped(name, levels, grid[held], held.reshape(sizes))
    if held.sum() == 1:
        raise failed("single image", name, "it holds out one image: that is one swap, and a score of 0 or 1. Take two.")
    print(f"visible checks passed: {name} holds out {held.sum()} of {len(held)} combinations")


def failed(kind: str, name: str, message: str) -> CheckFailed:
    return CheckFailed(kind, f"{name}: {message}\nReread: {REREAD}.")


def ask(student: Callable, name: str, factors: torch.Tensor) -> np.ndarray:
    """The student's mask of these factors, (N,), once it is one."""
    given = []

    def kept(factors):
        given.append(student(factors))
        return given[0]

    try:
        mask = answer(kept, kept, (factors,), name, REREAD)
    except CheckFailed as stopped:
        if "ambiguous" not in str(stopped):
            raise
        says = "an `and`, or a comparison without brackets, asks whether a whole tensor is true. Conditions are joined "
        raise failed("joined conditions", name, f"{says}by &, each in brackets of its own.") from stopped
    if not isinstance(given[0], torch.Tensor) or given[0].dtype != torch.bool:
        kind = f"tensor of {given[0].dtype}" if isinstance(given[0], torch.Tensor) else type(given[0]).__name__
        raise failed("type", name, f"a mask is a torch tensor of booleans, as a comparison gives; got a {kind}.")
    if mask.shape != (len(factors),):
        raise failed("shape", name, f"one entry for each of the {len(factors)} rows, please; got shape {mask.shape}.")
    return mask.astype(bool)


def by_rows_alone(student: Callable, name: str, grid: torch.Tensor, held: np.ndarray, rng: np.random.Generator) -> None:
    """The same rows again: mixed, some of them twice, and single ones."""
    if (ask(student, name, grid) != held).any():
        raise failed("random", name, "called twice with the same factors it gives two masks; a corner is fixed.")
    mixed, some = rng.permutation(len(grid)), rng.integers(len(grid), size=2 * len(grid) // 3)
    for rows in (mixed, some, *(rng.choice(np.flatnonzero(part), 1) for part in (held, ~held))):
        if (ask(student, name, grid[torch.from_numpy(rows)]) != held[rows]).any():
            says = "whether a combination is held out depends on the rows around it, or on its place among them."
            raise failed("depends on the rows", name, f"{says} Decide by the factors of each row alone.")


def not_extrapolation(name: str, levels: Levels, held: np.ndarray) -> None:
    for k, (factor, values) in enumerate(levels.items()):
        for level, value in enumerate(values):
            if np.moveaxis(held, k, 0)[level].all():
                says = f"every image with {factor} = {text(value)} is held out. A level that was never seen has to be "
                says += "extrapolated; recombination needs each level somewhere outside the corner."
                raise failed("extrapolation", name, says)


def not_interpolation(name: str, levels: Levels, held: np.ndarray) -> None:
    for k, (factor, values) in enumerate(levels.items()):
        if isinstance(values[0], str):
            continue  # words have no order
        seen = np.moveaxis(~held, k, 0)
        below, above = np.logical_or.accumulate(seen), np.logical_or.accumulate(seen[::-1])[::-1]
        between = np.moveaxis(below & above & ~seen, 0, k)
        if between.any():
            says = f"({combination(levels, np.argwhere(between)[0])}) is held out, but with all else alike both a "
            says += f"smaller and a larger {factor} are seen: interpolating along one factor is enough. Take a corner."
            raise failed("interpolation", name, says)


def can_be_swapped(name: str, levels: Levels, target: torch.Tensor, held: np.ndarray) -> None:
    first, second = sources(target, held.shape)
    for which, images in (("first", first), ("second", second)):
        bad = held[tuple(images.T.numpy())]
        if bad.any():
            says = f"the {which} image of a swap, ({combination(levels, images[bad][0])}), is held out itself."
            raise failed("too large", name, f"{says} Make the corner smaller.")
    same = first[:, 1:] == target[:, 1:]
    if same.any():
        row, k = (int(i[0]) for i in same.nonzero(as_tuple=True))
        factor, values = list(levels.items())[k + 1]
        says = f"{factor} = {text(values[int(target[row, k + 1])])} is the middle of its levels:"
        raise failed("in the middle", name, f"{says} the image from the other end has the same, and nothing to swap.")


def combination(levels: Levels, row) -> str:
    return ", ".join(f"{name} {text(values[int(i)])}" for (name, values), i in zip(levels.items(), row, strict=True))


def text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}"


def sources(target: torch.Tensor, sizes) -> tuple[torch.Tensor, torch.Tensor]:
    """The two images that each `target` (M, K) is made of: the first shares the first factor alone with it (all others
    count from the other end), the second all but the first factor, which is the next one."""
    first, second = torch.as_tensor(sizes) - 1 - target, target.clone()
    first[:, 0] = target[:, 0]
    second[:, 0] = (target[:, 0] + 1) % sizes[0]
    return first, second


def swaps(target: torch.Tensor, sizes) -> tuple[torch.Tensor, torch.Tensor]:
    """First and second images (P, K) of all swaps of a corner `target` (M, K): any first with any second, where they
    differ in every factor and what they make is in the corner."""
    first, second = sources(target, sizes)
    i, j = torch.cartesian_prod(torch.arange(len(target)), torch.arange(len(target))).T
    first, second = first[i], second[j]
    wanted = torch.cat([first[:, :1], second[:, 1:]], dim=1)
    keep = (wanted[:, None] == target).all(dim=2).any(dim=1) & (first != second).all(dim=1)
    return first[keep], second[keep]
