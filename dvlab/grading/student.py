"""In the student's kernel: hand over what the grader asks for, as text.

Answers are JSON: numbers, text, arrays, tensors and containers of them; of anything else, its type's name. Nothing of
a student's is ever unpickled by the grader. `values.decode` reads the answers.

`python -m dvlab.grading.student FOLDER MEMORY_GB ...` is a notebook's kernel that may write only below FOLDER.
"""

import base64
import copy
import dataclasses
import inspect
import json
import numbers
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

MAX_BYTES = 64 * 2**20  # of an array
kept: list = []  # functions that were handed over; the grader calls them by their number


def encode(value):
    """A value as JSON, `values.decode` undoes it."""
    torch = sys.modules.get("torch")
    if value is None:
        return None
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if value is Ellipsis:
        return {"ellipsis": 0}
    if torch and isinstance(value, torch.Tensor):
        flat = value.detach().cpu()
        return {"tensor": [encode((flat.float() if flat.dtype is torch.bfloat16 else flat).numpy()), str(flat.dtype)]}
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
        kept.append(value)
        return {"callable": [len(kept) - 1, getattr(value, "__name__", ""), parameters(value), fields or {}]}
    if fields is not None:
        return {"object": fields}
    return encode_other(value)


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
    """('get', a variable's name) or ('call', a function's number, arguments), as JSON."""
    try:
        if what == "get":
            return json.dumps({"ok": encode(sys.modules["__main__"].__dict__[about])})
        args, kwargs = pickle.loads(base64.b64decode(arguments))
        mine = [*args, *kwargs.values()]
        before = copy.deepcopy(mine)
        value = encode(kept[about](*args, **kwargs))
        return json.dumps({"ok": value, "changed": changed(before, mine)})
    except BaseException as error:
        return json.dumps({"error": [type(error).__name__, str(error)[:2000]]})


def changed(before: list, after: list) -> list:
    """[position, new content] of each array or tensor among the arguments that the function wrote to."""
    pairs = [
        (n, encode(b), encode(a)) for n, (b, a) in enumerate(zip(before, after, strict=True)) if hasattr(a, "shape")
    ]
    return [[n, new] for n, old, new in pairs if new != old]


if __name__ == "__main__":
    from ipykernel.kernelapp import launch_new_instance

    from dvlab.grading.confine import confine

    folder, memory = Path(sys.argv.pop(1)), float(sys.argv.pop(1))
    confine(folder, memory)
    launch_new_instance()
