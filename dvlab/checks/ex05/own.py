"""Exercise 05: what all its checks share: the student's own work, networks that are a matrix, gradients."""

import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from dvlab.checks.comparison import CheckFailed, Table, Unreadable, as_array

# what is to be written, and what would write it
NOT_HERE = ("aggregate", "objectives", "training", "vae", "networks", "linear", "decomposition")


@contextmanager
def own_work(name: str):
    """Within, whoever calls the part of dvlab that is to be written gets a CheckFailed that says so."""
    used = set()

    def watch(frame, event, arg):
        module = frame.f_globals.get("__name__", "") if event == "call" else ""
        if module.startswith("dvlab.") and module.split(".")[1] in NOT_HERE:
            used.add(".".join(module.split(".")[:2]))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
    if used:
        says = f"{name} calls {' and '.join(sorted(used))}: here you write that part yourself, with torch alone."
        raise CheckFailed("from the package", says, of=name)


def wrapped(student: Callable, call: Callable) -> Callable:
    """The student's function as one of arrays, `call(student, *arrays)`, under its own name.

    `Table` comes back as it is, and so do the rows of our own tables, which take arrays already.
    """
    if student is Table or str(getattr(student, "__module__", "")).startswith("dvlab.checks"):
        return student
    name = getattr(student, "__name__", "your function")

    def ours(*arrays):
        with own_work(name):
            return call(student, *arrays)

    ours.__name__ = name
    return ours


class Matrix(nn.Module):
    """A network without a bias or a nonlinearity, so that what it gives can be worked out on paper."""

    def __init__(self, weight: torch.Tensor):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())

    def forward(self, x):
        return x @ self.weight.T


def matrices(rng: np.random.Generator, pixels: int, latents: int) -> tuple[torch.Tensor, torch.Tensor]:
    """An encoder (2 latents, pixels) whose σ is well away from 1, and a decoder (pixels, latents)."""
    return tuple(torch.tensor(rng.normal(size=shape)) for shape in ((2 * latents, pixels), (pixels, latents)))


def pair(what: str) -> Callable:
    """Reads two tensors of one shape as one array, the first above the second; `what` names them."""

    def read(value):
        if not isinstance(value, tuple | list) or len(value) != 2:
            got = f"a {type(value).__name__}" + (f" of {len(value)}" if isinstance(value, tuple | list) else "")
            raise Unreadable(f"two tensors are asked, {what}; it returned {got}.")
        parts = [as_array(part) for part in value]
        if parts[0].shape != parts[1].shape:
            raise Unreadable(f"{what} have the same shape; got {parts[0].shape} and {parts[1].shape}.")
        return np.stack(parts)

    return read


def flows(student: Callable, arguments: int) -> None:
    """CheckFailed where no gradient comes from what `student` gives for tensors that have one."""
    inputs = [torch.ones(2, 2).double().requires_grad_() for _ in range(arguments)]
    name = getattr(student, "__name__", "your function")
    try:
        value = student(*inputs)
    except RuntimeError as error:
        says = f"{name}: the numbers are right, but it stops where its inputs have a gradient: {error}"
        look = "A gradient must flow through it: stay with torch's functions; after .detach() none would."
        raise CheckFailed("no gradient", says, look, of=name) from None
    for part in value if isinstance(value, tuple | list) else [value]:
        if not part.requires_grad:
            gradient(part.sum(), inputs, name)


def gradient(value: torch.Tensor, of: Sequence[torch.Tensor], name: str) -> torch.Tensor:
    """The gradient of a number as one row; where none flows at all CheckFailed says so."""
    if not isinstance(value, torch.Tensor):
        kind = type(value).__name__
        says = f"{name}: the numbers are right, but it gives a {kind}, and training needs a tensor to differentiate."
        raise CheckFailed("tensor", f"{says} Stay with torch's functions.", of=name)
    if not value.requires_grad:
        says = f"{name}: the numbers are right, but no gradient flows from them to the networks."
        look = "Look for .item(), .detach(), .numpy(), torch.tensor(...) of a tensor, or torch.no_grad()."
        raise CheckFailed("no gradient", says, look, of=name)
    parts = torch.autograd.grad(value, of, allow_unused=True)
    return torch.cat([(torch.zeros_like(w) if g is None else g).flatten() for g, w in zip(parts, of, strict=True)])
