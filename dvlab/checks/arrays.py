"""Answers as arrays: read, compared, described and printed."""

from collections.abc import Sequence

import numpy as np
import torch

PRINTED = 40  # numbers of an input that are still printed, rather than its shape


def as_array(value) -> np.ndarray:
    """A number, array, tensor or list of them as float64; TypeError or ValueError for anything else."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().double().numpy()
    if isinstance(value, list | tuple) and any(isinstance(part, torch.Tensor) for part in value):
        value = [as_array(part) for part in value]
    if isinstance(value, str | bytes):
        raise TypeError("text is not a number")
    return np.asarray(value, dtype=np.float64)


def same(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> bool:
    """Whether two answers have the same shape and the same numbers."""
    return a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def agrees(mine: Sequence[np.ndarray], theirs: Sequence[np.ndarray], rtol: float, atol: float) -> bool:
    """Whether every answer has the same shape and the same numbers."""
    return all(same(a, b, rtol, atol) for a, b in zip(mine, theirs, strict=True))


def is_constant(answers: Sequence[np.ndarray]) -> bool:
    """Whether all answers hold one and the same finite number."""
    values = np.concatenate([a.ravel() for a in answers])
    return values.size > 0 and bool(np.isfinite(values).all() and np.ptp(values) == 0)


def difference(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> str:
    """One number of the student's beside the expected one, or the two shapes, or the whole where that is small."""
    if a.shape != b.shape:
        return f"your answer has shape {a.shape}, expected {b.shape}."
    if b.size <= 12 and b.ndim < 2:
        return f"yours     {shown(a, '          ')}\nexpected  {shown(b, '          ')}"
    where = tuple(int(i) for i in np.argwhere(~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True))[0])
    return f"at {list(where)}: yours {a[where]:.6g}, expected {b[where]:.6g}."


def regularity(mine: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> str:
    """': each is 2 times what it should be' or ': each is 1 too high' where that holds throughout; else nothing."""
    if any(a.shape != b.shape for a, b in zip(mine, right, strict=True)):
        return ""
    a, b = (np.concatenate([part.ravel() for part in parts]) for parts in (mine, right))
    if a.size < 2 or np.ptp(b) == 0:
        return ""
    with np.errstate(all="ignore"):
        if (b != 0).all() and np.ptp(a / b) < 1e-3 * abs(a / b).max():
            times = f"{np.mean(a / b):.4g}"
            return f": each is {times} times what it should be" if times != "1" else ": too few digits are right"
        if np.ptp(a - b) < 1e-3 * abs(a - b).max():
            return f": each is {abs(np.mean(a - b)):.4g} too {'high' if np.mean(a - b) > 0 else 'low'}"
    return ""


def numbers(args: tuple) -> int:
    """How many numbers an input holds."""
    return sum(int(np.prod(np.shape(a))) for a in args)


def listed(names: list[str], args: tuple) -> str:
    """An input, an argument a line; by its numbers where they are few, else by its shape."""
    width = max(map(len, names), default=0)
    lines = []
    for name, a in zip(names, args, strict=False):
        head = f"  {name:<{width}} = "
        shape = tuple(np.shape(a))
        small = numbers(args) <= PRINTED or not shape
        lines.append(head + (shown(as_array(a), " " * len(head)) if small else f"an array of shape {shape}"))
    return "\n".join(lines)


def shown(a: np.ndarray, indent: str = "") -> str:
    """An array's numbers to five digits, rows below each other."""
    if a.ndim == 0:
        return f"{a:.6g}"
    text = np.array2string(a, separator=", ", max_line_width=100, formatter={"float_kind": lambda v: f"{v:.5g}"})
    return text.replace("\n", "\n" + indent)


def ragged(value) -> str:
    """The shapes of a list's parts, where they are arrays of different shapes; else nothing."""
    try:
        shapes = [as_array(part).shape for part in value] if isinstance(value, list | tuple) else []
    except (TypeError, ValueError):
        return ""
    return ", ".join(map(str, shapes)) if len(set(shapes)) > 1 else ""
