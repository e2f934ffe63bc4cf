"""In the student's kernel: hand over what the grader asks for, as text.

Answers are JSON: numbers, text, arrays, tensors and containers of them; of anything else, its type's name. Nothing of
a student's is ever unpickled by the grader. `values.decode` reads the answers. Gradients cross, too: of a tensor that
came of others, the grader can ask for its products with their derivatives.

`python -m dvlab.grading.student FOLDER MEMORY_GB ...` is a notebook's kernel that may write only below FOLDER.
"""

import base64
import dataclasses
import hashlib
import inspect
import json
import numbers
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

MAX_BYTES = 128 * 2**20  # of an array
kept: list = []  # functions, modules and tensors that were handed over; the grader names them by their number
given: list = []  # the tensors that the running call was given and that want a gradient


def encode(value):
    """A value as JSON, `values.decode` undoes it."""
    torch = sys.modules.get("torch")
    if value is None:
        return None
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if value is Ellipsis:
        return {"ellipsis": 0}
    if torch and isinstance(value, torch.Tensor):
        flat = value.detach().cpu()
        numbers = (flat.float() if flat.dtype is torch.bfloat16 else flat).numpy()
        return {
            "tensor": [encode(numbers), str(flat.dtype), keep((value, list(given))) if value.requires_grad else None]
        }
    if torch and isinstance(value, torch.nn.Module):
        weights = {name: encode(weight.detach()) for name, weight in value.named_parameters()}
        return {"module": [keep(Called(value)), type(value).__name__, weights, value.training]}
    if torch and isinstance(value, torch.distributions.Normal):
        return {"normal": [encode(value.loc), encode(value.scale)]}
    if isinstance(value, np.ndarray | np.generic):
        return encode_array(np.asarray(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"named": [list(value._fields), [encode(part) for part in value]]}
    for name, kind in (("tuple", tuple), ("list", list), ("list", range), ("set", set | frozenset)):
        if isinstance(value, kind):
            return {name: [encode(part) for part in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(part)] for key, part in value.items()]}
    fields = None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    elif isinstance(value, SimpleNamespace):
        fields = {name: encode(part) for name, part in vars(value).items()}
    if callable(value):
        return {"callable": [keep(value), getattr(value, "__name__", ""), parameters(value), fields or {}]}
    if fields is not None:
        return {"object": fields}
    return encode_other(value)


def keep(value) -> int:
    """The number by which the grader names this value from now on."""
    kept.append(value)
    return len(kept) - 1


def back(number: int):
    """What was handed over under this number."""
    return kept[number].module if isinstance(kept[number], Called) else kept[number]


class Called:
    """A module as a function of its parameters, and then of its own arguments."""

    def __init__(self, module):
        self.module, self.names = module, [name for name, _ in module.named_parameters()]

    def __call__(self, weights, training, *args, **kwargs):
        from torch.func import functional_call

        self.module.train(training)
        return functional_call(self.module, dict(zip(self.names, weights, strict=True)), args, kwargs)


def differentiable(value) -> list:
    """The tensors in an argument that want a gradient, in order."""
    torch = sys.modules.get("torch")
    if torch is None:
        return []
    if isinstance(value, torch.Tensor):
        return [value] if value.requires_grad else []
    if isinstance(value, torch.nn.Module):
        return [weight for weight in value.parameters() if weight.requires_grad]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for part in parts for tensor in differentiable(part)]


def encode_array(array: np.ndarray):
    if array.dtype.kind in "OU":
        return {"objects": [list(array.shape), [encode(part) for part in array.ravel().tolist()]]}
    if array.dtype.kind not in "biufc":
        return {"opaque": f"array of {array.dtype}"}
    if array.nbytes > MAX_BYTES:
        raise ValueError(f"an array of {array.nbytes >> 20} MB is too large to be compared")
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"array": [array.dtype.str, list(array.shape), data]}


def encode_other(value):
    """What NumPy takes for an array (pandas objects) or Python for a number (fractions), else the type's name."""
    if hasattr(type(value), "__array__"):
        return encode_array(np.asarray(value))
    if isinstance(value, numbers.Real) or hasattr(type(value), "__float__"):
        return float(value)
    return {"opaque": type(value).__name__}


def parameters(function) -> list | None:
    """[name, kind, has a default] for each of the function's parameters; None where it does not tell."""
    try:
        all_ = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), p.default is not p.empty] for p in all_]


def answer(what: str, about, arguments: str = "") -> str:
    """('get', a variable's name), ('call', a function's number, arguments), ('gradient', a tensor's), as JSON."""
    try:
        if what == "get":
            return json.dumps({"ok": encode(sys.modules["__main__"].__dict__[about])})
        args, kwargs = pickle.loads(base64.b64decode(arguments))
        if what == "gradient":
            return json.dumps({"ok": encode(gradient(*kept[about], *args))})
        mine = [*args, *kwargs.values()]
        before = [mark(value) for value in mine]
        given[:] = [tensor for value in mine for tensor in differentiable(value)]
        value = encode(kept[about](*args, **kwargs))
        given.clear()
        changed = [[n, state(one)] for n, (old, one) in enumerate(zip(before, mine, strict=True)) if mark(one) != old]
        return json.dumps({"ok": value, "changed": changed})
    except BaseException as error:
        return json.dumps({"error": [type(error).__name__, str(error)[:2000]]})


def gradient(value, inputs, grad):
    """The product of a kept tensor's derivatives with `grad`, for each of the tensors it was made of."""
    import torch

    return torch.autograd.grad(value, inputs, grad, retain_graph=True, allow_unused=True) if inputs else []


def mark(value):
    """What tells an argument from itself after it was written to."""
    if hasattr(value, "parameters") and hasattr(value, "training"):
        return [mark(weight) for weight in value.parameters()], value.training
    if not hasattr(value, "shape"):
        return state(value)
    flat = value.detach().cpu() if hasattr(value, "detach") else value
    flat = flat.float() if str(flat.dtype) == "torch.bfloat16" else flat
    return tuple(value.shape), hashlib.sha256(np.ascontiguousarray(flat).tobytes()).digest()


def state(value):
    """Of an argument that a function may write to, what can be seen of that: None for any other."""
    if hasattr(value, "parameters") and hasattr(value, "training"):
        return {"module": [[encode(weight.detach()) for weight in value.parameters()], value.training]}
    if hasattr(value, "shape"):
        return encode(value.detach() if hasattr(value, "detach") else value)
    names = getattr(getattr(value, "__code__", None), "co_freevars", ())
    cells = [cell.cell_contents for cell in getattr(value, "__closure__", None) or ()]
    notes = {name: one for name, one in zip(names, cells, strict=True) if dataclasses.is_dataclass(one)}
    return {"notes": {name: encode(one) for name, one in notes.items()}} if notes else None


if __name__ == "__main__":
    from ipykernel.kernelapp import launch_new_instance

    from dvlab.grading.confine import confine

    folder, memory = Path(sys.argv.pop(1)), float(sys.argv.pop(1))
    confine(folder, memory)
    launch_new_instance()
