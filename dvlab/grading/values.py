"""What comes back from a student's kernel, as values again; functions become stand-ins that ask the kernel."""

import base64
import builtins
import inspect
import io
from collections import namedtuple
from types import SimpleNamespace

import cloudpickle
import numpy as np

from dvlab.grading.student import back, differentiable

KINDS = list(inspect._ParameterKind)


class Opaque:
    """Something of the student's that is neither numbers nor arrays."""

    def __init__(self, kind: str):
        self.kind = kind

    def __repr__(self):
        return f"<{self.kind}>"


def decode(value, ask, inputs=()):
    """`student.encode` undone. `ask(what, about, arguments)` is how a stand-in has its function called.

    `inputs` are the tensors here to which a gradient flows back from what is decoded.
    """
    if not isinstance(value, dict):
        return value
    (kind, content), *_ = value.items()
    if kind == "array":
        dtype, shape, data = content
        return np.frombuffer(base64.b64decode(data), dtype=np.dtype(dtype)).reshape(shape).copy()
    if kind == "objects":
        shape, parts = content
        array = np.empty(len(parts), dtype=object)
        array[:] = [decode(part, ask, inputs) for part in parts]
        return array.reshape(shape)
    if kind == "callable":
        return stand_in(content, ask)
    if kind in ("list", "tuple", "set"):
        return {"list": list, "tuple": tuple, "set": set}[kind](decode(part, ask, inputs) for part in content)
    if kind == "named":
        names, parts = content
        return namedtuple("Answer", names, rename=True)(*(decode(part, ask, inputs) for part in parts))
    if kind == "dict":
        return {decode(key, ask, inputs): decode(part, ask, inputs) for key, part in content}
    if kind == "object":
        return SimpleNamespace(**{key: decode(part, ask, inputs) for key, part in content.items()})
    if kind == "ellipsis":
        return ...
    if kind == "complex":
        return complex(*content)
    if kind == "tensor":
        made = tensor(decode(content[0], ask), content[1])
        return made if content[2] is None else joined(made, content[2], ask, inputs)
    if kind == "module":
        return module(content, ask)
    if kind == "normal":
        import torch

        return torch.distributions.Normal(*(decode(part, ask, inputs) for part in content), validate_args=False)
    return Opaque(str(content))


def tensor(array: np.ndarray, dtype: str):
    import torch

    return torch.from_numpy(np.atleast_1d(array)).reshape(array.shape).to(getattr(torch, dtype.removeprefix("torch.")))


class Pickler(cloudpickle.Pickler):
    """What stands here for something there goes back as that."""

    def reducer_override(self, obj):
        number = vars(obj).get("kept_there") if hasattr(obj, "__dict__") and not isinstance(obj, type) else None
        return super().reducer_override(obj) if number is None else (back, (number,))


def packed(args: tuple, kwargs: dict) -> str:
    """The arguments of a call, for the student's kernel."""
    stream = io.BytesIO()
    Pickler(stream).dump((args, kwargs))
    return base64.b64encode(stream.getvalue()).decode()


def stand_in(content: list, ask):
    """A function that is called here and computed there, with the name, parameters and fields of the student's."""
    number, name, parameters, fields = content

    def function(*args, **kwargs):
        answer = ask("call", number, packed(args, kwargs))
        mine = [*args, *kwargs.values()]
        for position, new in answer.get("changed", []):
            write_over(mine[position], new, ask)
        return decode(answer["ok"], ask, [tensor for one in mine for tensor in differentiable(one)])

    function.__name__ = function.__qualname__ = name or "your function"
    function.kept_there = number
    if parameters is not None:
        kinds = [
            inspect.Parameter(name, KINDS[kind], default=... if default else inspect.Parameter.empty)
            for name, kind, default in parameters
        ]
        function.__signature__ = inspect.Signature(kinds)
    vars(function).update({key: decode(part, ask) for key, part in fields.items()})
    return function


def joined(made, number: int, ask, inputs):
    """A tensor that was computed there, as part of the graph here."""
    import torch

    class Crossing(torch.autograd.Function):
        @staticmethod
        def forward(context, *_):
            return made.clone()

        @staticmethod
        def backward(context, grad):
            return tuple(decode(ask("gradient", number, packed((grad,), {}))["ok"], ask))

    return Crossing.apply(*inputs) if inputs else made.requires_grad_(made.is_floating_point())


def module(content: list, ask):
    """A module that is called here, with the parameters that are here, and computed there."""
    import torch

    number, name, weights, training = content
    call = stand_in([number, name, None, {}], ask)

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for place, weight in enumerate(weights.values()):
                self.register_parameter(str(place), torch.nn.Parameter(decode(weight, ask)))
            self.train(training)
            self.kept_there = number

        def forward(self, *args, **kwargs):
            return call(list(self.parameters()), self.training, *args, **kwargs)

    Module.__name__ = Module.__qualname__ = name
    return Module()


def write_over(mine, new: dict, ask) -> None:
    """Make the argument, the module or what a function of ours noted, what the student's function left of it."""
    if "module" in new:
        weights, training = new["module"]
        for weight, left in zip(mine.parameters(), weights, strict=True):
            weight.data = decode(left, ask)
        mine.train(training)
    elif "notes" in new:
        cells = dict(zip(mine.__code__.co_freevars, mine.__closure__, strict=True))
        for name, left in new["notes"].items():
            vars(cells[name].cell_contents).update(vars(decode(left, ask)))
    elif hasattr(mine, "requires_grad"):
        mine.data = decode(new, ask)
    else:
        left = decode(new, ask)
        mine.resize(left.shape, refcheck=False)
        mine[...] = left


def raised(kind: str, message: str) -> Exception:
    """The error that a student's function raised, as one of Python's own."""
    error = getattr(builtins, kind, RuntimeError)
    if isinstance(error, type) and issubclass(error, Exception):
        try:
            return error(message)
        except TypeError:  # UnicodeDecodeError and its like want more
            pass
    return RuntimeError(f"{kind}: {message}")
