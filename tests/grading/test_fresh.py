"""Checks run apart from the student's process: what is patched there does not count, what hangs or dies is told."""

import dataclasses
import os
import sys
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
import torch

from dvlab.grading.fresh import Opaque, Student, decode, verdicts
from dvlab.grading.student import encode

SETUP = "import numpy as np\nimport time"
CHECK = "assert abs(f(2.0) - 4.0) < 1e-9\nassert np.allclose(f(np.array([1.0, 3.0])), [1.0, 9.0])"


def cell(source, name=None, grade=False):
    about = {"grade_id": name, "locked": True, "grade": grade} if name else {}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": about} if about else {})


def verdict(*student, check=CHECK, seconds=20.0, folder="."):
    cells = [cell(SETUP, "setup"), *map(cell, student), cell(check, "check", grade=True)]
    return verdicts(cells, folder, seconds)["check"]


def test_a_right_answer_passes_with_helpers_in_other_cells():
    assert verdict("def half(x):\n    return x / 2", "def f(x):\n    return half(x) * 2 * x") is None


def test_a_value_is_checked_like_a_function():
    assert verdict("answer = np.arange(3) + 1", check="assert answer.sum() == 6") is None
    assert "AssertionError" in verdict("answer = np.arange(3)", check="assert answer.sum() == 6")


@pytest.mark.parametrize(
    "student, says",
    [
        ("def f(x):\n    return x", "AssertionError"),
        ("np.allclose = lambda *a, **k: True\nabs = lambda x: 0\ndef f(x):\n    return x", "AssertionError"),
        ("def f(x):\n    raise NotImplementedError()", "NotImplementedError"),
        ("def f(x):\n    return open", "TypeError"),
        ("g = 1", "NameError"),
        ("def f(x:", "NameError"),
        ("import os\ndef f(x):\n    os._exit(0)", "EOFError"),
        ("class Cheat:\n    __sub__ = __abs__ = lambda *a: 0\ndef f(x):\n    return Cheat()", "TypeError"),
    ],
)
def test_a_wrong_answer_fails_whatever_it_patches(student, says):
    assert verdict(student).startswith(says)


def test_a_loop_in_a_cell_or_in_a_function_costs_only_itself():
    loop = "while True:\n    try:\n        time.sleep(0.01)\n    except BaseException:\n        pass"
    assert verdict(loop, "f = lambda x: x * x", seconds=1.5) is None
    assert verdict("def f(x):\n    " + loop.replace("\n", "\n    "), seconds=1.5).startswith("TimeoutError")


def test_no_process_is_left(tmp_path):
    before = set(psutil.Process().children(recursive=True))
    with Student(str(tmp_path), 20.0) as student:
        student.run(0, "def f(x):\n    return x + 1\nimport os\nhere = os.getcwd()")
        assert student.ask("get", "f")(1) == 2 and Path(student.ask("get", "here")) == tmp_path
        assert set(psutil.Process().children(recursive=True)) != before
    assert set(psutil.Process().children(recursive=True)) == before


@dataclasses.dataclass
class Result:
    score: float
    matrix: np.ndarray


def same(value):
    return decode(encode(value), Student(".", 1.0), "f")


def test_values_cross_over_unchanged():
    for value in (None, True, 3, 2.5, "σ", [1, (2.0, None)], {"a": [1]}, ..., float("inf")):
        assert same(value) == value and type(same(value)) is type(value)
    for value in (torch.arange(6.0).reshape(2, 3), torch.tensor(3), torch.zeros(0, 2, dtype=torch.float64)):
        back = same(value)
        assert back.dtype == value.dtype and back.shape == value.shape and torch.equal(back, value)
    for value in (np.eye(2), np.arange(3)[::-1], np.array(True), np.array(1.5)):
        assert same(value).dtype == value.dtype and np.array_equal(same(value), value)
    back = same(Result(1.0, np.eye(2)))
    assert back.score == 1.0 and back.matrix.shape == (2, 2)
    normal = same(torch.distributions.Normal(torch.zeros(2), torch.ones(2)))
    assert isinstance(normal, torch.distributions.Normal) and normal.scale.tolist() == [1, 1]
    assert isinstance(same(object()), Opaque) and callable(same(print))


def test_nothing_of_a_students_is_unpickled(tmp_path):
    """An object whose pickle would run code arrives as its type's name."""
    trap = "import os\nclass Trap:\n    def __reduce__(self):\n        return os.mkdir, ('trapped',)\n"
    trap += "def f(x):\n    return Trap()"
    assert verdict(trap, folder=str(tmp_path)).startswith("TypeError") and not os.listdir(tmp_path)
    assert "trap" not in sys.modules
