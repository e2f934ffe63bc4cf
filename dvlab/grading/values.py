"""What comes back from a student's kernel, as values again; functions become stand-ins that ask the kernel."""

import base64
import builtins
import inspect
from collections import namedtuple
from types import SimpleNamespace

import cloudpickle
import numpy as np

KINDS = list(inspect._ParameterKind)


class Opaque:
    """Something of the student's that is neither numbers nor arrays."""

    def __init__(self, kind: str):
        self.kind = kind

    def __repr__(self):
        return f"<{self.kind}>"


def decode(value, ask):
    """`student.encode` undone. `ask(what, about, arguments)` is how a stand-in has its function called."""
    if not isinstance(value, dict):
        return value
    (kind, content), *_ = value.items()
    if kind == "array":
        dtype, shape, data = content
        return np.frombuffer(base64.b64decode(data), dtype=np.dtype(dtype)).reshape(shape).copy()
    if kind == "objects":
        shape, parts = content
        array = np.empty(len(parts), dtype=object)
        array[:] = [decode(part, ask) for part in parts]
        return array.reshape(shape)
    if kind == "callable":
        return stand_in(content, ask)
    if kind in ("list", "tuple", "set"):
        return {"list": list, "tuple": tuple, "set": set}[kind](decode(part, ask) for part in content)
    if kind == "named":
        names, parts = content
        return namedtuple("Answer", names, rename=True)(*(decode(part, ask) for part in parts))
    if kind == "dict":
        return {decode(key, ask): decode(part, ask) for key, part in content}
    if kind == "object":
        return SimpleNamespace(**{key: decode(part, ask) for key, part in content.items()})
    if kind == "ellipsis":
        return ...
    if kind == "tensor":
        return tensor(decode(content[0], ask), content[1])
    if kind == "normal":
        import torch

        return torch.distributions.Normal(*(decode(part, ask) for part in content), validate_args=False)
    return Opaque(str(content))


def tensor(array: np.ndarray, dtype: str):
    import torch

    return torch.from_numpy(np.atleast_1d(array)).reshape(array.shape).to(getattr(torch, dtype.removeprefix("torch.")))


def stand_in(content: list, ask):
    """A function that is called here and computed there, with the name, parameters and fields of the student's."""
    number, name, parameters, fields = content

    def function(*args, **kwargs):
        packed = base64.b64encode(cloudpickle.dumps((args, kwargs))).decode()
        answer = ask("call", number, packed)
        for position, new in answer.get("changed", []):
            write_over([*args, *kwargs.values()][position], decode(new, ask))
        return decode(answer["ok"], ask)

    function.__name__ = function.__qualname__ = name or "your function"
    if parameters is not None:
        kinds = [
            inspect.Parameter(name, KINDS[kind], default=... if default else inspect.Parameter.empty)
            for name, kind, default in parameters
        ]
        function.__signature__ = inspect.Signature(kinds)
    vars(function).update({key: decode(part, ask) for key, part in fields.items()})
    return function


def write_over(mine, new) -> None:
    """Make the argument what the student's function left of it."""
    if hasattr(mine, "requires_grad"):
        mine.data = new
    else:
        mine.resize(new.shape, refcheck=False)
        mine[...] = new


def raised(kind: str, message: str) -> Exception:
    """The error that a student's function raised, as one of Python's own."""
    error = getattr(builtins, kind, RuntimeError)
    if isinstance(error, type) and issubclass(error, Exception):
        try:
            return error(message)
        except TypeError:  # UnicodeDecodeError and its like want more
            pass
    return RuntimeError(f"{kind}: {message}")
