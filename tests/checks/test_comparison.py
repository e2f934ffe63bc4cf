"""Each way of not answering gets its own message; right answers pass in every style; nothing passes by accident."""

import linecache

import numpy as np
import pytest
import torch

from dvlab.checks.base import CheckFailed, Mistake, compare


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


def test_a_named_mistake_comes_with_numbers_and_where_to_reread():
    with pytest.raises(CheckFailed, match=r"averaged over the latents\n.*yours [-\d.]+, expected [-\d.]+") as failed:
        check(lambda z: (z**2).mean(1) / 2, seed=1)
    assert "Reread: lecture 2" in str(failed.value)


@pytest.mark.parametrize(
    "student, says", [(lambda z: 3 * energy(z), "each is 3 times"), (lambda z: energy(z) - 2, "each is 2 too low")]
)
def test_an_unnamed_but_regular_mistake_is_described(student, says):
    with pytest.raises(CheckFailed, match=says):
        check(student)


def test_inputs_are_fresh_unless_seeded():
    seen = []

    def student(z):
        seen.append(z.clone())
        return energy(z)

    check(student), check(student)
    assert len({tuple(np.ravel(z)) for z in seen}) == len(seen)
    first = seen.copy()
    seen.clear()
    check(student, seed=3), check(student, seed=3)
    assert torch.equal(torch.stack(seen[:4]), torch.stack(seen[4:])) and len(first) == 8
