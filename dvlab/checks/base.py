"""Tell a student which mistake it was: compare with an oracle, then with the known wrong answers.

A check of an exercise is one call (`dvlab/checks/exNN.py` holds a function for each):

    def draw(rng):                                       # fresh inputs; rng is a numpy Generator
        return (torch.tensor(rng.normal(size=(5, 3))),)

    def check_energy(student):
        mistakes = [
            Mistake("mean for sum", lambda z: (z**2).mean(1) / 2, "you averaged over the latents; an energy is a sum"),
            Mistake("missing ½", lambda z: (z**2).sum(1), "a factor is missing in front of the sum"),
        ]
        compare(student, lambda z: (z**2).sum(1) / 2, draw, mistakes, reread="lecture 2, 'Energy'")

A student's answer may be a number, a NumPy array or a tensor. `says` names the mistake, never the right formula.
The first wrong answer that agrees on every input is the one that is told.
A function that draws at random cannot be compared: give it its ε as an argument, and whoever draws their own is told.
"""

import copy
import inspect
import textwrap
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

RANDOM = "called twice with the same input it gives two answers. Draw nothing: what is random comes as an argument."


class CheckFailed(AssertionError):
    """What the student reads. `kind` is the mistake's name, or one of: not written, error, in place, type, shape,
    constant, hard-coded, random, not finite, wrong."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind

    def _render_traceback_(self):  # IPython shows this in place of a traceback through our own code
        lines = [f"CHECK FAILED ({self.kind})", *str(self).splitlines()]
        return [part for line in lines for part in textwrap.wrap(line, 110)]  # JupyterLab breaks within words


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its name, a function of the same arguments as the oracle, and what to tell the student."""

    name: str
    wrong: Callable
    says: str


def compare(
    student: Callable,
    oracle: Callable,
    draw: Callable,
    mistakes: Sequence[Mistake] = (),
    *,
    reread: str,
    example: tuple | None = None,
    draws: int = 4,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    seed: int | None = None,
) -> None:
    """Print 'visible checks passed' when `student` agrees with `oracle` on fresh inputs, else raise CheckFailed.

    `draw(rng)` gives a tuple of arguments. `reread` says where to look. `example` holds the arguments of an example
    that the notebook shows with its result, so that a hard-coded copy of it is called so. `seed=None` is a new one.
    """
    name = getattr(student, "__name__", "your function")
    rng = np.random.default_rng(seed)
    inputs = [draw(rng) for _ in range(draws)]
    right = [as_array(oracle(*copy.deepcopy(args))) for args in inputs]
    yours = [answer(student, oracle, args, name, reread) for args in inputs]

    def fail(kind: str, message: str):
        raise CheckFailed(kind, f"{name}: {message}\nReread: {reread}.")

    constant = is_constant(yours) and not is_constant(right)
    always = f"it returns {yours[0].flat[0]:.6g} whatever the input" if constant else ""
    shown = as_array(oracle(*example)) if constant and example is not None else np.array([])
    if constant and yours[0].flat[0] != 0 and np.isclose(yours[0].flat[0], shown, rtol=1e-2, atol=atol).any():
        fail("hard-coded", f"{always}: the example's result, not a computation.")
    if example is not None and agrees(yours, [as_array(oracle(*example))] * draws, 1e-2, atol):
        fail("hard-coded", "it returns the same whatever the input: the example's result, not a computation.")
    if agrees(yours, right, rtol, atol):
        print(f"visible checks passed: {name}")
        return
    numbers = first_difference(yours, right, rtol, atol)
    if not agrees(yours[:1], [answer(student, oracle, inputs[0], name, reread)], 1e-9, 0.0):
        fail("random", f"{RANDOM}\n{numbers}")
    for mistake in mistakes:
        with np.errstate(all="ignore"):
            wrong = [as_array(mistake.wrong(*copy.deepcopy(args))) for args in inputs]
        if agrees(yours, wrong, rtol, atol):
            unless = f"Unless you wrote that number down ({always}): " if constant else ""
            fail(mistake.name, f"{unless}{mistake.says}\n{numbers}")
    if constant:
        fail("constant", f"{always}.")
    for mine, expected in zip(yours, right, strict=True):
        if mine.shape != expected.shape:
            fail("shape", f"the answer has shape {mine.shape}, expected {expected.shape}.")
    if not all(np.isfinite(mine).all() for mine in yours):
        fail("not finite", f"the answer holds NaN or infinity.\n{numbers}")
    fail("wrong", f"the numbers differ{regularity(yours, right)}.\n{numbers}")


def answer(student: Callable, oracle: Callable, args: tuple, name: str, reread: str) -> np.ndarray:
    """The student's answer as an array; CheckFailed where there is none, or where an input was changed on the way.

    What it warns of (0 · ln 0 in a sum that leaves it out) is kept quiet: nbgrader counts text on stderr as a failure.
    """
    mine = copy.deepcopy(args)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = student(*mine)
    except NotImplementedError:
        raise CheckFailed("not written", f"{name} is not written yet: replace the line that raises.") from None
    except CheckFailed:  # from a check's own wrapper around the student's function
        raise
    except Exception as error:
        says = f"{name} stopped{at_line(error)} with {type(error).__name__}: {error}"
        says += f"\n(called with {described(student, args)})\nReread: {reread}."
        raise CheckFailed("error", says) from error
    if value is None or value is Ellipsis:
        raise CheckFailed("not written", f"{name} returned {value}: is it written to the end, with a `return`?")
    names = parameters(student, args) or [*parameters(oracle, args), *("an argument" for _ in args)]
    for parameter, before, after in zip(names, args, mine, strict=False):
        if isinstance(before, np.ndarray | torch.Tensor) and not np.array_equal(before, after, equal_nan=True):
            raise CheckFailed(
                "in place", f"{name} changed its input {parameter}: make a new array instead of editing it."
            )
    try:
        return as_array(value)
    except (TypeError, ValueError):
        kind = type(value).__name__
        says = f"{name} returned a {kind}; expected a number, an array or a tensor."
        if shapes := ragged(value):
            says = f"{name} returned a {kind} whose parts have the shapes {shapes}: they should all have the same."
        raise CheckFailed("type", says) from None


def at_line(error: Exception) -> str:
    """' at `the line`' of a notebook's cell that raised last; nothing where it was no cell's."""
    lines = [f.line for f in traceback.extract_tb(error.__traceback__) if "ipykernel" in f.filename and f.line]
    return f" at `{lines[-1]}`" if lines else ""


def described(student: Callable, args: tuple) -> str:
    """The arguments' names, where the student's function has as many, and their shapes."""
    names = parameters(student, args) or [""] * len(args)
    shapes = [f"of shape {shape}" if (shape := tuple(np.shape(a))) else "a number" for a in args]
    return ", ".join(f"{name} {shape}".strip() for name, shape in zip(names, shapes, strict=True))


def parameters(function: Callable, args: tuple) -> list[str]:
    """The names of the function's parameters where it has as many as there are arguments, else none."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some built-in functions have no signature
        return []
    return names if len(names) == len(args) else []


def ragged(value) -> str:
    """The shapes of a list's parts, where they are arrays of different shapes; else nothing."""
    try:
        shapes = [as_array(part).shape for part in value] if isinstance(value, list | tuple) else []
    except (TypeError, ValueError):
        return ""
    return ", ".join(map(str, shapes)) if len(set(shapes)) > 1 else ""


def as_array(value) -> np.ndarray:
    """A number, array, tensor or list of them as float64; TypeError or ValueError for anything else."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().double().numpy()
    if isinstance(value, list | tuple) and any(isinstance(part, torch.Tensor) for part in value):
        value = [as_array(part) for part in value]
    if isinstance(value, str | bytes):
        raise TypeError("text is not a number")
    return np.asarray(value, dtype=np.float64)


def agrees(mine: list[np.ndarray], theirs: list[np.ndarray], rtol: float, atol: float) -> bool:
    """Whether every answer has the same shape and the same numbers."""
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        for a, b in zip(mine, theirs, strict=True)
    )


def is_constant(answers: list[np.ndarray]) -> bool:
    """Whether all answers hold one and the same finite number."""
    values = np.concatenate([a.ravel() for a in answers])
    return values.size > 0 and bool(np.isfinite(values).all() and np.ptp(values) == 0)


def first_difference(mine: list[np.ndarray], right: list[np.ndarray], rtol: float, atol: float) -> str:
    """One number of the student's beside the expected one, on the first input where they differ."""
    for a, b in zip(mine, right, strict=True):
        if a.shape != b.shape:
            return f"On a fresh input: your answer has shape {a.shape}, expected {b.shape}."
        bad = ~np.isclose(a, b, rtol=rtol, atol=atol)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            place = f" at {list(where)}" if where else ""
            return f"On a fresh input{place}: yours {a[where]:.6g}, expected {b[where]:.6g}."
    return ""


def regularity(mine: list[np.ndarray], right: list[np.ndarray]) -> str:
    """', each is 2 times what it should be' or ', each is 1 too high' where that holds throughout; else nothing."""
    a, b = (np.concatenate([part.ravel() for part in parts]) for parts in (mine, right))
    if a.size < 2 or np.ptp(b) == 0:
        return ""
    if (b != 0).all() and np.ptp(a / b) < 1e-3 * abs(a / b).max():
        return f": each is {np.mean(a / b):.4g} times what it should be"
    if np.ptp(a - b) < 1e-3 * abs(a - b).max():
        return f": each is {abs(np.mean(a - b)):.4g} too {'high' if np.mean(a - b) > 0 else 'low'}"
    return ""
