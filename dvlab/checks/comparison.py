"""Tell a student which mistake it was: compare with an oracle, then with the known wrong answers.

A check of an exercise is one call (`dvlab/checks/exNN/` holds a function for each):

    def draw(rng):                                       # more inputs; rng is a numpy Generator
        return (torch.tensor(rng.normal(size=(5, 3))),)

    def check_energy(student):
        mistakes = [
            Mistake("mean for sum", lambda z: (z**2).mean(1) / 2, "you averaged over the latents; an energy is a sum"),
            Mistake("missing ½", lambda z: (z**2).sum(1), "a factor is missing in front of the sum"),
        ]
        small = (torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 1.0]]),)
        compare(student, lambda z: (z**2).sum(1) / 2, draw, mistakes, fixed=[small], reread="lecture 2, 'Energy'")

A student's answer may be a number, a NumPy array, a tensor, or whatever NumPy reads as one. `fixed` inputs come first:
a small one that can be done on paper, and those on which a clever wrong answer breaks. All inputs are the same at
every call, so that the verdict is. `says` names the mistake, never the right formula, and is told at the second call;
the first tells the symptom, on the smallest input that shows it.
The first wrong answer that agrees on every input is the one that is told. `misnamed` is the test of a table.
A function that draws at random cannot be compared: give it its ε as an argument, and whoever draws their own is told.
"""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dvlab.checks.arrays import agrees, as_array, difference, is_constant, listed, numbers, regularity, same
from dvlab.checks.calls import (
    CALL_SECONDS,
    CHECK_SECONDS,
    CheckFailed,
    TooLong,
    Unreadable,
    answer,
    parameters,
    raw_answer,
    within,
)
from dvlab.threads import one_thread

__all__ = ["CheckFailed", "Mistake", "Unreadable", "answer", "as_array", "compare", "misnamed"]

RANDOM = "called twice with the same input it gives two answers. Draw nothing: what is random comes as an argument."


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its name, a function of the same arguments as the oracle, and what to tell the student.

    `shows(mine, args, ask)`, where given, decides instead of `wrong` whether the student's answer `mine` to `args`
    is of this kind; `ask(*args)` is the student's answer elsewhere, NaN where there is none. `alike` holds the names
    of mistakes earlier in the table that give the same numbers on every input, so that nobody can tell them apart.
    """

    name: str
    wrong: Callable
    says: str
    alike: tuple[str, ...] = ()
    shows: Callable | None = None


class Table(Exception):
    """The mistakes behind a check, for whoever hands it `Table` as the student's function."""

    def __init__(self, mistakes: Sequence[Mistake]):
        super().__init__("a table of mistakes")
        self.mistakes = mistakes


def misnamed(check: Callable, **options) -> Iterator[tuple[str, str]]:
    """Of each row of a check's table, fed back as a student's answer: its name and the one that it gets, if another."""
    try:
        check(Table, **options)
    except Table as table:
        for mistake in table.mistakes:
            try:
                check(mistake.wrong, **options)
                got = "passed"
            except CheckFailed as failed:
                got = failed.kind
            if got not in (mistake.name, *mistake.alike):
                yield mistake.name, got


@one_thread()
def compare(
    student: Callable,
    oracle: Callable,
    draw: Callable | None,
    mistakes: Sequence[Mistake] = (),
    *,
    reread: str,
    fixed: Sequence[tuple] = (),
    example: tuple | None = None,
    read: Callable = lambda value: value,
    needs: str = "",
    quick: tuple | None = None,
    also: Callable | None = None,
    draws: int = 4,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Print 'visible checks passed' when `student` agrees with `oracle` on every input, else raise CheckFailed.

    `fixed` are inputs, tuples of arguments; `draw(rng)` gives more. `reread` says where to look. `example` holds the
    arguments of an example that the notebook shows with its result, so that a copy of it is called so. `read` turns a
    student's value into what is compared. `needs`, "tensor", "tensors" or "array", is what cells further down compute
    with, `quick` an input on which it must not take longer than any call may, and `also(student)` is asked last, where
    the numbers are right.
    """
    if student is Table:
        raise Table(mistakes)
    name = getattr(student, "__name__", "your function")
    rng = np.random.default_rng(seed)
    inputs = [*fixed, *(draw(rng) for _ in range(draws))]
    right = [as_array(read(oracle(*copy.deepcopy(args)))) for args in inputs]
    left = CHECK_SECONDS  # of the student's time; what our own wrong answers take is not theirs

    def ask(*args):
        nonlocal left
        began, seconds = time.monotonic(), min(CALL_SECONDS, max(left, 0.05))
        found = raw_answer(student, oracle, args, name, reread, read=read, seconds=seconds)
        left -= min(time.monotonic() - began, CALL_SECONDS)  # it takes longer where a slow import is not interrupted
        return found

    def probe(*args):
        try:
            return ask(*args)[1]
        except CheckFailed:
            return np.array(np.nan)

    values, yours = [], []
    for args in inputs:
        try:
            value, mine = ask(*args)
        except CheckFailed as failed:  # what is wrong on earlier inputs tells more than what hangs on this one
            if failed.kind != "time" or agrees(yours, right[: len(yours)], rtol, atol):
                raise
            inputs, right = inputs[: len(yours)], right[: len(yours)]
            break
        values.append(value)
        yours.append(mine)
    if agrees(yours, right, rtol, atol):
        of_the_right_type(name, values[0], needs)
        fast_enough(name, ask, quick)
        if also is not None:
            also(student)
        print(f"visible checks passed: {name}")
        return
    wrong = [i for i, (a, b) in enumerate(zip(yours, right, strict=True)) if not same(a, b, rtol, atol)]
    least = min(wrong, key=lambda i: numbers(inputs[i]))
    names = parameters(student, inputs[0]) or parameters(oracle, inputs[0]) or [""] * len(inputs[0])
    where = f"The smallest input tried that shows it:\n{listed(names, inputs[least])}\n"
    where += difference(yours[least], right[least], rtol, atol)

    def fail(kind: str, symptom: str, look: str = ""):
        raise CheckFailed(kind, f"{name}: {symptom}\n{where}", f"{look}\nReread: {reread}.".strip(), of=name)

    constant = is_constant(yours) and not is_constant(right)
    always = f"the answer is {yours[0].flat[0]:.6g} for each of the {len(inputs)} inputs tried" if constant else ""
    if example is not None:
        shown = as_array(read(oracle(*copy.deepcopy(example))))
        copied = constant and yours[0].flat[0] != 0 and np.isclose(yours[0].flat[0], shown, rtol=1e-2, atol=atol).any()
        whole = not is_constant(right) and agrees(yours, [shown] * len(inputs), 1e-2, atol)
        if copied or whole:
            at_each = always or f"the answer is the same for each of the {len(inputs)} inputs tried"
            fail("hard-coded", f"{at_each}: the result of the example in the text. It has to follow from the input.")
    if not agrees(yours[:1], [ask(*inputs[0])[1]], 1e-9, 0.0):
        fail("random", RANDOM)
    for mistake in mistakes:
        if is_it(mistake, yours, inputs, read, probe, rtol, atol):
            fail(mistake.name, symptom_of(yours, right, always), mistake.says)
    if constant:
        fail("constant", f"{always}.")
    for mine, expected in zip(yours, right, strict=True):
        if mine.shape != expected.shape:
            fail("shape", symptom_of(yours, right, always))
    if not all(np.isfinite(mine).all() for mine in yours):
        fail("not finite", symptom_of(yours, right, always))
    fail("wrong", symptom_of(yours, right, always))


def symptom_of(yours: Sequence[np.ndarray], right: Sequence[np.ndarray], always: str) -> str:
    """What is seen of a wrong answer, before anybody asks where it comes from."""
    for mine, expected in zip(yours, right, strict=True):
        if mine.shape != expected.shape:
            return f"the answer has shape {mine.shape}, expected {expected.shape}."
    if not all(np.isfinite(mine).all() for mine in yours):
        return "the answer holds NaN or infinity."
    return f"{always or 'the numbers differ'}{regularity(yours, right)}."


def is_it(mistake: Mistake, yours, inputs, read: Callable, probe: Callable, rtol: float, atol: float) -> bool:
    """Whether the answers are that mistake's, on every input; a wrong answer that stops or hangs is none."""
    try:
        if mistake.shows:
            return all(mistake.shows(mine, args, probe) for mine, args in zip(yours, inputs, strict=True))
        with np.errstate(all="ignore"):
            return all(
                same(mine, as_array(read(within(CALL_SECONDS, mistake.wrong, *copy.deepcopy(args)))), rtol, atol)
                for mine, args in zip(yours, inputs, strict=True)
            )
    except (Exception, TooLong):
        return False


def fast_enough(name: str, ask: Callable, quick: tuple | None) -> None:
    """CheckFailed where the numbers are right but the cells further down would take too long."""
    try:
        if quick is not None:
            ask(*quick)
    except CheckFailed as failed:
        if failed.kind != "time":
            raise
        size = max((np.shape(a) for a in quick), key=np.prod)
        says = f"{name}: the numbers are right, but {CALL_SECONDS:g} s are not enough for an input of shape {size}"
        says += ", and the cells below have larger ones: is there a loop that can go?"
        raise CheckFailed("slow", says, of=name) from None


def of_the_right_type(name: str, value, needs: str) -> None:
    """CheckFailed where the numbers are right but the cells further down could not compute with them."""
    kind = type(value).__name__
    parts = value if needs == "tensors" and isinstance(value, tuple | list) else [value]
    wrong = [k for k, part in enumerate(parts) if not isinstance(part, torch.Tensor)]
    if needs.startswith("tensor") and wrong:
        kind = type(parts[wrong[0]]).__name__
        this = "this" if len(parts) == 1 else f"number {wrong[0] + 1} of the {len(parts)}"
        says = f"{name}: the numbers are right, but the cells below compute with a tensor, and {this} is a {kind}."
        raise CheckFailed("tensor", f"{says} Stay with torch's functions, or make a tensor of it at the end.", of=name)
    if needs == "array" and not (hasattr(value, "sum") and hasattr(value, "__array__")):
        says = f"{name}: the numbers are right, but the cells below compute with an array, and this is a {kind}."
        raise CheckFailed("array", f"{says} Make a NumPy array of it at the end.", of=name)
