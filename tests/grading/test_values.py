"""What a student's kernel hands over arrives as it was, and nothing of a student's is ever unpickled."""

import base64
import collections
import dataclasses
import inspect
import json
import os
import pickle
import sys
import types
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from dvlab.checks.comparison import as_array
from dvlab.grading import student
from dvlab.grading.values import Opaque, decode, raised


def ask(what, about, arguments=""):
    """What `Kernel.ask` does, without a kernel between."""
    answer = json.loads(student.answer(what, about, arguments))
    if "error" in answer:
        raise raised(*answer["error"])
    return answer


def over(value):
    """The value after it crossed."""
    sys.modules["__main__"].__dict__["handed_over"] = value
    try:
        return decode(ask("get", "handed_over")["ok"], ask)
    finally:
        del sys.modules["__main__"].__dict__["handed_over"]


@dataclasses.dataclass
class Result:
    score: float
    matrix: np.ndarray


@dataclasses.dataclass
class Line:
    slope: float

    def __call__(self, x):
        return self.slope * x


class Series:  # what pandas' objects are to NumPy
    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0], dtype)


Pair = collections.namedtuple("Pair", "left right")


def test_plain_values_cross_over_unchanged():
    for value in (None, True, 3, 2.5, "σ", [1, (2.0, None)], {"a": [1]}, {(1, 2): 3}, {1, 2}, ..., float("inf")):
        assert over(value) == value and type(over(value)) is type(value)


def test_arrays_and_tensors_cross_over_with_their_type_and_shape():
    for value in (torch.arange(6.0).reshape(2, 3), torch.tensor(3), torch.zeros(0, 2, dtype=torch.float64)):
        back = over(value)
        assert back.dtype == value.dtype and back.shape == value.shape and torch.equal(back, value)
    assert over(torch.ones(2, dtype=torch.bfloat16)).dtype is torch.bfloat16
    assert over(torch.ones(2, requires_grad=True)).tolist() == [1, 1]
    for value in (np.eye(2), np.arange(3)[::-1], np.array(True), np.array(1.5), np.float32(0.1)):
        assert over(value).dtype == value.dtype and np.array_equal(over(value), value)
    normal = over(torch.distributions.Normal(torch.zeros(2), torch.ones(2)))
    assert isinstance(normal, torch.distributions.Normal) and normal.scale.tolist() == [1, 1]


@pytest.mark.parametrize(
    "value",
    [
        Series(),
        [Fraction(1, 3), Fraction(1, 2)],
        [Decimal("0.5"), 1],
        np.array([1, Fraction(1, 2)], dtype=object),
        np.array([[1.0, None]], dtype=object)[:, :1],
        range(3),
        [torch.tensor(1.0), torch.tensor(2.0)],
        Pair(1.0, 2.0),
    ],
)
def test_what_numpy_takes_for_numbers_in_a_notebook_it_takes_in_grading(value):
    np.testing.assert_array_equal(as_array(over(value)), as_array(value))


def test_objects_keep_their_fields_and_functions_their_names():
    back = over(Result(1.0, np.eye(2)))
    assert back.score == 1.0 and back.matrix.shape == (2, 2)
    assert over(Pair(1, 2)).right == 2 and over(types.SimpleNamespace(a=1)).a == 1
    line = over(Line(2.0))
    assert line(3.0) == 6.0 and line.slope == 2.0, "a dataclass that can be called is both"

    def half(x, *, by=2):
        return x / by

    back = over(half)
    assert back.__name__ == "half" and list(inspect.signature(back).parameters) == ["x", "by"]
    assert back(4.0) == 2.0 and back(4.0, by=4) == 1.0
    assert isinstance(over(object()), Opaque) and isinstance(over([object()])[0], Opaque)
    with pytest.raises(TypeError):
        as_array(over(object()))


def test_parameters_keep_their_kind_and_whether_they_can_be_left_out():
    def four(a, /, b, c=1, *, d, e=2):
        return a

    there, here = (inspect.signature(function).parameters for function in (four, over(four)))
    assert [(p.name, p.kind, p.default is p.empty) for p in here.values()] == [
        (p.name, p.kind, p.default is p.empty) for p in there.values()
    ]


def test_several_functions_at_once_are_told_apart():
    up, down = over([lambda x: x + 1, lambda x: x - 1])
    assert up(1) == 2 and down(1) == 0


def test_an_argument_that_was_written_to_is_written_to_here():
    def doubles(a, t):
        a *= 2
        t.mul_(2)
        return 0

    a, t, b = np.ones(3), torch.ones(2, requires_grad=True), np.ones(2)
    over(lambda a, t, b: doubles(a, t.detach()) + b.sum())(a, t, b)
    assert a.tolist() == [2, 2, 2] and t.tolist() == [2, 2] and b.tolist() == [1, 1]


def test_errors_keep_their_kind_and_message():
    def fails(kind):
        raise {"own": type("Own", (Exception,), {}), "value": ValueError, "exit": SystemExit}[kind]("why")

    for kind, error in (("own", RuntimeError), ("value", ValueError), ("exit", RuntimeError)):
        with pytest.raises(error, match="why"):
            over(fails)(kind)
    assert isinstance(raised("UnicodeDecodeError", "x"), RuntimeError)
    assert isinstance(raised("SystemExit", "x"), RuntimeError) and isinstance(raised("open", "x"), RuntimeError)


def test_nothing_of_a_students_is_unpickled(tmp_path):
    """An object whose pickle would run code arrives as its type's name."""

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trapped"),)

    assert isinstance(over(Trap()), Opaque) and isinstance(over(lambda: Trap())(), Opaque)
    assert not os.listdir(tmp_path)
    pickle.dumps(Trap())  # while the grader's own arguments do travel as pickles
    assert base64.b64encode(b"x")


def test_two_functions_are_two_functions():
    """What one check asks for stays apart from what it asked for before."""
    main = sys.modules["__main__"].__dict__
    main |= {"double": lambda x: 2 * x, "triple": lambda x: 3 * x}
    try:
        double, triple = (decode(ask("get", name)["ok"], ask) for name in ("double", "triple"))
        assert (double(1), triple(1)) == (2, 3)
    finally:
        del main["double"], main["triple"]


def test_an_answer_of_hundreds_of_megabytes_is_refused():
    with pytest.raises(ValueError, match="too large"):
        over(np.zeros(2**28, dtype=bool))


def hand_over(**values):
    """Several at once, by name."""
    main = sys.modules["__main__"].__dict__
    main |= values
    try:
        return [decode(ask("get", name)["ok"], ask) for name in values]
    finally:
        for name in values:
            del main[name]


def slopes(function, *inputs):
    inputs = [tensor.clone().requires_grad_() for tensor in inputs]
    return torch.autograd.grad(function(*inputs).sum(), inputs)


def test_gradients_cross():
    def mine(a, b, c):
        return (a * b.exp()).sum(0) + 0 * c, b.detach() * a

    (theirs,) = hand_over(mine=mine)
    a, b, c = (torch.randn(3, 2, dtype=torch.double, generator=torch.Generator().manual_seed(s)) for s in range(3))
    for one in (0, 1):
        got = slopes(lambda *x, one=one: (theirs(*x)[one] * theirs(*x)[0]).square(), a, b, c)
        want = slopes(lambda *x, one=one: (mine(*x)[one] * mine(*x)[0]).square(), a, b, c)
        assert all(torch.allclose(x, y) for x, y in zip(got, want, strict=True))
    assert not theirs(a, b, c)[0].requires_grad
    (cut,) = hand_over(cut=lambda a: a.detach() * 2)
    assert not cut(a.requires_grad_()).requires_grad


def test_modules_cross_with_their_parameters_and_go_back():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.SiLU(), torch.nn.Linear(4, 2))
    theirs, make, apply = hand_over(net=net, make=lambda: net, apply=lambda net, x: net(x))
    x = torch.randn(5, 3)
    assert isinstance(theirs, torch.nn.Module) and isinstance(make(), torch.nn.Module)
    assert [p.shape for p in theirs.parameters()] == [p.shape for p in net.parameters()]
    assert torch.allclose(theirs(x), net(x)) and torch.allclose(apply(theirs, x), net(x))
    here = torch.nn.Linear(3, 2)
    assert torch.allclose(*[torch.autograd.grad(f(here, x).sum(), here.weight)[0] for f in (apply, lambda n, x: n(x))])
    for new, other in zip(theirs.parameters(), net.parameters(), strict=True):
        new.data.fill_(0.5)
        other.data.fill_(0.25)
    got = theirs(x)
    for other in net.parameters():
        other.data.fill_(0.5)
    assert torch.allclose(got, net(x)), "the parameters are those that are here"
    [mine] = torch.autograd.grad(theirs(x).sum(), [next(theirs.parameters())])
    assert torch.allclose(mine, torch.autograd.grad(net(x).sum(), [next(net.parameters())])[0])


@dataclasses.dataclass
class Notes:
    seen: list = dataclasses.field(default_factory=list)


def test_what_a_loop_does_to_networks_and_what_a_loss_notes_come_back():
    def loop(net, loss, steps):
        optimiser = torch.optim.SGD(net.train().parameters(), lr=0.1)
        for step in range(steps):
            optimiser.zero_grad()
            loss(step).backward()
            optimiser.step()

    def run(loop):
        notes, net = Notes(), torch.nn.Linear(2, 1).eval()
        torch.nn.init.constant_(net.weight, 0.5)
        torch.nn.init.zeros_(net.bias)

        def loss(step):
            value = (net(torch.ones(3, 2)) - step).square().mean()
            notes.seen.append(value.item())
            return value

        loop(net, loss, 3)
        return notes.seen, net.training, net.weight.tolist()

    assert run(hand_over(loop=loop)[0]) == run(loop)
