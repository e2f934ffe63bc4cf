"""Each way of not answering gets its own message; right answers pass in every style; nothing passes by accident."""

import linecache
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import torch

from dvlab.checks import comparison
from dvlab.checks.arrays import same
from dvlab.checks.calls import within
from dvlab.checks.comparison import CheckFailed, Mistake, compare, misnamed


def draw(rng):
    return (torch.tensor(rng.normal(size=(5, 3))),)


def energy(z):
    return (z**2).sum(1) / 2


MISTAKES = [
    Mistake("mean for sum", lambda z: (z**2).mean(1) / 2, "you averaged over the latents"),
    Mistake("wrong axis", lambda z: (z**2).sum(0) / 2, "you summed over the batch"),
]


def check(student, **kwargs):
    compare(student, energy, draw, MISTAKES, reread="lecture 2", example=(torch.ones(1, 3),), **kwargs)


def loop(z):
    return [sum(float(v) ** 2 for v in row) / 2 for row in z]


@pytest.mark.parametrize("student", [energy, loop, lambda z: (z.numpy() ** 2).sum(1) / 2, lambda z: energy(z).float()])
def test_right_answers_pass_in_every_style(student, capsys):
    check(student)
    assert "visible checks passed" in capsys.readouterr().out


def stub(z):
    raise NotImplementedError()


def in_place(z):
    return z.pow_(2).sum(1) / 2


WRONG = {
    "not written": [stub, lambda z: None, lambda z: ...],
    "error": [lambda z: z @ z, lambda z: undefined],
    "in place": [in_place],
    "random": [lambda z: energy(torch.randn_like(z)), lambda z: energy(z) + torch.rand(5)],
    "type": [lambda z: "1.5", lambda z: {"kl": 1.0}, lambda z: energy, lambda z: (energy(z).sum(), z[0])],
    "shape": [lambda z: energy(z)[:, None], lambda z: energy(z).sum()],
    "constant": [lambda z: 0.0, lambda z: torch.full((5,), 7.0), lambda z: 0.7],
    "hard-coded": [lambda z: 1.5, lambda z: torch.full((5,), 1.5), lambda z: 1.499],
    "not finite": [lambda z: energy(z) * torch.nan, lambda z: (z.log() * 0).sum(1) + energy(z)],
    "mean for sum": [lambda z: (z**2).mean(1) / 2],
    "wrong axis": [lambda z: (z**2).sum(0) / 2],
    "wrong": [lambda z: 3 * energy(z), lambda z: energy(z) + 1, lambda z: z.sum(1)],
}


@pytest.mark.parametrize("kind, student", [(kind, student) for kind, all_ in WRONG.items() for student in all_])
def test_each_wrong_answer_gets_its_kind(kind, student):
    with pytest.raises(CheckFailed) as failed:
        check(student)
    assert failed.value.kind == kind


def test_an_error_is_told_with_its_line_and_the_arguments(monkeypatch):
    cell = ["def student(z):\n", "    twice = z @ z\n", "    return twice\n"]
    monkeypatch.setitem(
        linecache.cache, "/tmp/ipykernel_1/2.py", (len("".join(cell)), None, cell, "/tmp/ipykernel_1/2.py")
    )
    names = {}
    exec(compile("".join(cell), "/tmp/ipykernel_1/2.py", "exec"), names)
    with pytest.raises(CheckFailed, match=r"student stopped at `twice = z @ z` with RuntimeError: .*") as failed:
        check(names["student"])
    assert "called with z of shape (5, 3)" in str(failed.value)


def test_a_changed_input_and_a_ragged_answer_are_told_in_the_students_own_words():
    def student(codes):
        return codes.pow_(2).sum(1) / 2

    with pytest.raises(CheckFailed, match="changed its input codes:"):
        check(student)
    with pytest.raises(CheckFailed, match=r"a tuple whose parts have the shapes \(\), \(3,\)"):
        check(lambda z: (energy(z).sum(), z[0]))


@pytest.fixture(autouse=True)
def nothing_told_yet(monkeypatch):
    monkeypatch.setattr(CheckFailed, "shown", set())


def test_the_symptom_comes_first_with_the_smallest_input_and_the_place_at_the_second_call():
    def mean(z):
        return (z**2).mean(1) / 2

    small = (torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 1.0]]),)
    with pytest.raises(CheckFailed) as first:
        check(mean, fixed=[small])
    assert "each is 0.3333 times what it should be" in str(first.value)
    assert "  z = [[1, 2, 0],\n       [3, 0, 1]]\nyours     [0.83333, 1.6667]\nexpected  [2.5, 5]" in str(first.value)
    assert "averaged" not in str(first.value) and "Run the check again" in str(first.value)
    assert first.value._render_traceback_()[0] == "CHECK FAILED", "the name would give the place away"
    with pytest.raises(CheckFailed, match="you averaged over the latents\nReread: lecture 2") as second:
        check(mean, fixed=[small])
    assert str(second.value) == first.value.whole and second.value.kind == first.value.kind == "mean for sum"
    assert second.value._render_traceback_()[0] == "CHECK FAILED (mean for sum)"


@pytest.mark.parametrize(
    "student, says", [(lambda z: 3 * energy(z), "each is 3 times"), (lambda z: energy(z) - 2, "each is 2 too low")]
)
def test_an_unnamed_but_regular_mistake_is_described(student, says):
    with pytest.raises(CheckFailed, match=says):
        check(student)


def seen_by(**kwargs):
    seen = []

    def student(z):
        seen.append(z.clone())
        return energy(z)

    check(student, **kwargs)
    return torch.stack(seen)


def test_the_inputs_are_the_same_at_every_call_and_others_for_another_seed():
    assert torch.equal(seen_by(), seen_by()) and not torch.equal(seen_by(), seen_by(seed=1))


def forever(z):
    while True:
        pass


def stubborn(z):
    end = time.monotonic() + 3  # in a thread, nothing stops it
    while time.monotonic() < end:
        try:  # noqa: SIM105
            time.sleep(0.01)
        except:  # noqa: E722
            pass


def in_a_thread(function):
    """What `function` raises when it runs elsewhere than in the main thread, where no signal can stop it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).exception()


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("student", [forever, stubborn, lambda z: (energy(z), time.sleep(60))[0]])
def test_a_call_that_does_not_end_is_stopped_and_its_input_named(student, elsewhere, monkeypatch):
    monkeypatch.setattr(comparison, "CALL_SECONDS", 0.2)
    began = time.monotonic()

    def run():
        check(student, fixed=[(torch.tensor([[1.0, 2.0, 3.0]]),)])

    if elsewhere:
        failed = in_a_thread(run)
    else:
        with pytest.raises(CheckFailed) as caught:
            run()
        failed = caught.value
    assert failed.kind == "time" and "z = [[1, 2, 3]]" in str(failed) and time.monotonic() - began < 30


def test_a_call_that_was_given_up_does_not_hold_up_the_next(monkeypatch):
    """In CPython 3.11 nothing that is traced runs while an exception waits for a thread that sleeps."""
    monkeypatch.setattr(comparison, "CALL_SECONDS", 0.1)
    assert in_a_thread(lambda: check(lambda z: (energy(z), time.sleep(60))[0])).kind == "time"
    began, before = time.monotonic(), sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        energy(torch.ones(1, 2))
    finally:
        sys.settrace(before)
    assert time.monotonic() - began < 30


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no signals to stop a process with")
def test_a_computer_that_slept_has_lost_no_time():
    def student(z):
        subprocess.run(["sh", "-c", "kill -STOP $0; sleep 0.6; kill -CONT $0", str(os.getpid())])
        return z + 1

    assert within(0.1, student, 1) == 2


def test_a_check_as_a_whole_ends_too(monkeypatch):
    monkeypatch.setattr(comparison, "CHECK_SECONDS", 0.5)
    with pytest.raises(CheckFailed) as failed:
        check(lambda z: (time.sleep(0.2), energy(z))[1], draws=50)
    assert failed.value.kind == "time"


def test_the_timer_is_gone_afterwards():
    check(energy)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0) and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_an_import_is_not_interrupted(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nfor _ in range(50):\n    time.sleep(0.01)\nready = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def student(z):
        import slow_to_import

        return energy(z) if slow_to_import.ready else None

    monkeypatch.setattr(comparison, "CALL_SECONDS", 0.2)
    assert raises_in_time(student) in (None, "time"), "half a module would raise another error"
    check(student)


def raises_in_time(student):
    try:
        check(student)
    except CheckFailed as failed:
        return failed.kind


def test_a_function_that_calls_an_unwritten_one_is_not_called_unwritten():
    def caller(z):
        return stub(z)

    with pytest.raises(CheckFailed, match="stub is not written yet: caller calls it") as failed:
        check(caller)
    assert failed.value.kind == "not written"


class Wrapped:
    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


@pytest.mark.parametrize("kind", [np.float32, Wrapped, list, lambda e: [Fraction(float(v)) for v in e]])
def test_right_numbers_pass_in_harmless_types(kind):
    check(lambda z: kind(energy(z).numpy()))


def test_a_type_that_later_cells_cannot_use_is_told_at_once():
    with pytest.raises(CheckFailed, match=r"the numbers are right, but .* tensor, and this is a ndarray") as failed:
        check(lambda z: energy(z).numpy(), needs="tensor")
    assert failed.value.kind == "tensor"
    with pytest.raises(CheckFailed) as failed:
        check(lambda z: energy(z).tolist(), needs="array")
    assert failed.value.kind == "array"
    check(energy, needs="tensor"), check(lambda z: energy(z).numpy(), needs="array")


def test_the_test_of_a_table_finds_rows_that_never_fire():
    table = [*MISTAKES, Mistake("twice", lambda z: (z**2).mean(1) / 2, ""), Mistake("right", energy, "")]

    def with_table(student, table=table):
        compare(student, energy, draw, table, reread="")

    assert list(misnamed(with_table)) == [("twice", "mean for sum"), ("right", "passed")]
    declared = Mistake("twice", table[2].wrong, "", alike=("mean for sum",))
    assert list(misnamed(with_table, table=[*MISTAKES, declared])) == []


def test_of_several_tensors_the_one_that_is_none_is_counted_from_1(capsys):
    def right(z):
        return z.mean(1), z.sum(1)

    def check_both(student):
        compare(student, right, draw, (), reread="lecture 2", needs="tensors")

    check_both(right)
    with pytest.raises(CheckFailed, match="number 2 of the 2 is a ndarray"):
        check_both(lambda z: (z.mean(1), z.sum(1).numpy()))


def test_equal_numbers_of_another_shape_are_another_answer():
    row, column = np.ones(3), np.ones((3, 1))
    assert same(row, row, 1e-4, 1e-6) and not same(row, column, 1e-4, 1e-6)
