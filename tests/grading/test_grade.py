"""A pile is graded once and whole: rows, kept results, limits, interruptions, names; with a course of one exercise."""

import csv
import functools
import json
import os
import signal
import subprocess
import sys
import time
import unicodedata

import psutil
import pytest
import tiny

from dvlab.grading import pile as piles
from dvlab.grading.grade import Limits, grade

SLEEPS = "import time\ntime.sleep({})\n" + tiny.RIGHT
QUICK = Limits(cell_seconds=30, submission_seconds=120)


@pytest.fixture
def root(tmp_path):
    return tiny.course(tmp_path / "course")


def rows(out):
    with (out / "grades.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def ended(process):
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def running_below():
    """The command lines of what this process started; of what has just ended there is none."""
    pids = {p.pid for p in psutil.Process().children(recursive=True)}
    return [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]) if p.pid in pids]


@pytest.mark.whole
def test_a_pile_becomes_a_table_and_pages(tmp_path, root):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    tiny.hand_in(hand_in, "anna", tiny.notebook(tiny.RIGHT, words="Nine, since three times three."))
    tiny.hand_in(hand_in, "ben", tiny.notebook(tiny.WRONG))
    tiny.hand_in(hand_in, "cleo", "")
    (hand_in / "dora").mkdir()
    (hand_in / "dora" / "99_none").mkdir()
    (hand_in / "eve").mkdir()
    grades = grade(hand_in, out, limits=QUICK, root=root)
    seen = [[row[c] for c in ("student", "exercise", "score", "max_score", "by_hand", "status")] for row in rows(out)]
    assert seen == [
        ["anna", "01_square", "4.0", "6.0", "2.0", "graded"],
        ["ben", "01_square", "1.0", "6.0", "0.0", "graded"],
        ["cleo", "01_square", "0.0", "6.0", "0.0", "unreadable"],
        ["dora", "99_none", "0.0", "0.0", "0.0", "unknown exercise"],
        ["eve", "01_square", "0.0", "6.0", "0.0", "missing"],
    ]
    assert [grade.cells.get("square-check") for grade in grades[:2]] == [[3.0, 3.0], [0.0, 3.0]]
    for student, words in (("anna", "4.0 / 6.0"), ("ben", "three"), ("cleo", "the file is empty"), ("eve", "missing")):
        page = (out / "feedback" / student / "01_square.html").read_text(encoding="utf-8")
        assert words in page and "square(3)" not in page, "hidden checks stay hidden"
    assert not (out / ".work").exists() and not [line for line in running_below() if "student" in line]


@pytest.mark.slow
def test_what_was_graded_is_kept_until_something_it_rests_on_changes(tmp_path, root):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    path = tiny.hand_in(hand_in, "anna", tiny.notebook(tiny.RIGHT))
    result = out / "results" / grade(hand_in, out, limits=QUICK, root=root)[0].id / "01_square.json"
    when = result.stat().st_mtime_ns

    def again(limits=QUICK, **options):
        nonlocal when
        grades = grade(hand_in, out, limits=limits, root=root, **options)
        before, when = when, result.stat().st_mtime_ns
        return when != before, grades[0].score

    assert again() == (False, 4.0), "kept"
    assert again(again=True) == (True, 4.0), "--again"
    assert again(Limits(31, 120)) == (True, 4.0), "other limits"
    assert again(Limits(31, 120)) == (False, 4.0)
    (path.parent / "helper.py").write_text("x = 1")
    assert again(Limits(31, 120)) == (True, 4.0), "another file beside it"
    tiny.course(root, tiny.CHECK.replace("9", "10"))
    assert again(Limits(31, 120)) == (True, 1.0), "another hidden check"
    path.write_text(json.dumps(tiny.notebook("def square(x):\n    return {2: 4, 3: 10}[x]")), encoding="utf-8")
    assert again(Limits(31, 120)) == (True, 4.0), "another answer"
    result.write_text("{")
    assert again(Limits(31, 120))[1] == 4.0, "a broken result is no result"


def test_a_result_holds_for_the_same_limits_and_files_unless_all_is_asked_for_again(tmp_path, root, monkeypatch):
    path, runs = tiny.hand_in(tmp_path / "submitted", "anna", tiny.notebook(tiny.RIGHT)), []
    outcome = {"status": "graded", "score": 4.0, "by_hand": 0.0, "cells": {}, "note": "", "page": "<p>seen</p>"}
    monkeypatch.setattr("dvlab.grading.grade.outcome_of", lambda *_: runs.append(1) or dict(outcome))

    def runs_after(limits=QUICK, again=False):
        found = grade(tmp_path / "submitted", tmp_path / "out", limits=limits, root=root, again=again)
        assert found[0].score == 4.0
        return len(runs)

    assert [runs_after(), runs_after(), runs_after(again=True)] == [1, 1, 2]
    assert [runs_after(Limits(31, 120)), runs_after(Limits(31, 120))] == [3, 3]
    (path.parent / "helper.py").write_text("x = 1")
    assert [runs_after(Limits(31, 120)), runs_after(Limits(31, 120))] == [4, 4]


def test_a_package_with_other_checks_grades_again(tmp_path, root, monkeypatch):
    before = piles.package_hash(root)
    monkeypatch.setattr(piles.sandbox, "PACKAGE", tmp_path / "dvlab")
    (tmp_path / "dvlab" / "checks").mkdir(parents=True)
    (tmp_path / "dvlab" / "checks" / "ex01.py").write_text("a")
    first = piles.package_hash(root)
    (tmp_path / "dvlab" / "checks" / "ex01.py").write_text("b")
    assert len({before, first, piles.package_hash(root)}) == 3


def test_what_decides_on_no_grade_is_no_change(tmp_path, root, monkeypatch):
    before = piles.package_hash(root)
    for name in (".ipynb_checkpoints/square.ipynb", "__pycache__/a.py"):
        path = root / "solutions" / "01_square" / name
        path.parent.mkdir()
        path.write_text("{}")
    assert piles.package_hash(root) == before
    (root / "solutions" / "01_square" / "square-Copy1.ipynb").write_text("{}")
    assert piles.Exercise.read(root, "01_square").file == "square.ipynb" and piles.package_hash(root) != before


@pytest.mark.slow
def test_a_limit_that_was_too_small_is_raised_and_the_grade_is_right(tmp_path, root):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    tiny.hand_in(hand_in, "anna", tiny.notebook(SLEEPS.format(6)))
    first = grade(hand_in, out, limits=Limits(60, 5), root=root)[0]
    assert first.status == "failed" and first.score == 0 and "time for a submission" in first.note
    assert grade(hand_in, out, limits=QUICK, root=root)[0].score == 4.0
    low = grade(hand_in, out, limits=Limits(30, 120, 0.05), root=root)[0]
    assert low.status == "failed" and "--memory-gb" in low.note
    assert grade(hand_in, out, limits=QUICK, root=root)[0].score == 4.0


@pytest.mark.bad_input
@pytest.mark.parametrize("limits", [(-1, 5), (0, 5), (5, float("nan")), (5, float("inf")), (5, 5, -3.0), (5, "a")])
def test_limits_that_make_no_sense_are_refused_up_front(limits):
    with pytest.raises(ValueError, match="expected a positive number"):
        Limits(*limits)


def test_nothing_to_grade_is_a_clear_error(tmp_path, root):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no folder"):
        grade(tmp_path / "none", tmp_path / "out", root=root)
    with pytest.raises(ValueError, match="STUDENT/EXERCISE"):
        grade(tmp_path / "empty", tmp_path / "out", root=root)
    with pytest.raises(FileNotFoundError, match="top folder"):
        grade(tmp_path, tmp_path / "out", root=tmp_path / "empty")
    with pytest.raises(ValueError, match="format: expected one of plain, moodle, canvas"):
        grade(tmp_path, tmp_path / "out", root=root, format="excel")


def test_a_second_run_into_the_same_folder_waits_for_nobody(tmp_path, root):
    tiny.hand_in(tmp_path / "submitted", "anna", "")
    with piles.work_in(tmp_path / "out"), pytest.raises(ValueError, match="another run"):
        grade(tmp_path / "submitted", tmp_path / "out", root=root)
    assert grade(tmp_path / "submitted", tmp_path / "out", root=root)


@pytest.mark.slow
def test_names_of_every_kind_are_rows_with_pages_of_their_own(tmp_path, root):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    names = [f"{''.join(c)}{n}" for n in range(5) for c in ("anna", "Anna", "ANNA", "aNNa")]
    names += [unicodedata.normalize(form, f"zoë{n}") for n in range(5) for form in ("NFC", "NFD")]
    names += ["[a]", "a ", " a", "a\nb", "x" * 248, "=1+1", os.fsdecode(b"caf\xe9"), "日本", "a*", "%s", "{b}", "a;b"]
    for name in names:
        tiny.hand_in(hand_in, name, "" if name != "a " else tiny.notebook(tiny.RIGHT))
    grades = grade(hand_in, out, limits=QUICK, root=root)
    assert len(names) >= 40 and sorted(one.student for one in grades) == sorted(names)
    assert [one.status for one in grades if one.student == "a "] == ["graded"]
    pages = [path for path in (out / "feedback").rglob("*.html")]
    folded = {unicodedata.normalize("NFC", str(path.relative_to(out)).casefold()) for path in pages}
    assert len(pages) == len(folded) == len(names) == len({row["id"] for row in rows(out)})
    assert not [row["student"] for row in rows(out) if row["student"][0] in "=+-@"]


@pytest.mark.slow
def test_hidden_lines_are_not_in_the_students_kernel(tmp_path, root):
    """`%history`, `In`, a NameError's traceback and a BaseException show no hidden line."""
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    prints = "%history\nprint(In)\nimport traceback, inspect\nfor frame in inspect.stack(): print(frame.code_context)"
    answers = {
        "a": "def square(x):\n    return missing",
        "b": "def square(x):\n    raise BaseException(str(In))",
        "c": "",
    }
    for student, answer in answers.items():
        tiny.hand_in(hand_in, student, tiny.notebook(prints + "\n" + answer, after=[prints]))
    grades = grade(hand_in, out, limits=QUICK, root=root)
    for page in (out / "feedback").rglob("*.html"):
        assert not [words for words in ("square(3)", "three", "HIDDEN") if words in page.read_text(encoding="utf-8")]
    assert {one.score for one in grades} == {1.0}


@pytest.mark.slow
def test_a_check_that_cannot_be_run_apart_is_for_the_teachers_eye(tmp_path, root):
    """What passes in a notebook and fails for a reason that is not its numbers is neither right nor wrong."""
    tiny.course(
        root, tiny.CHECK.replace("square(2) == 4", "square(2).value == 4").replace("square(3)", "square(3).value")
    )
    shown = "assert square(2).value == 4"
    box = "class Box:\n    def __init__(self, value):\n        self.value = value\ndef square(x):\n    return Box({})"
    tiny.hand_in(tmp_path / "submitted", "a", tiny.notebook(box.format("x * x"), check=shown))
    tiny.hand_in(tmp_path / "submitted", "b", tiny.notebook(box.format("x + 1"), check=shown))
    right, wrong = grade(tmp_path / "submitted", tmp_path / "out", limits=QUICK, root=root)
    assert (right.status, right.score, right.by_hand, right.cells["square-check"]) == ("graded", 1.0, 3.0, [None, 3.0])
    assert "square-check passes in the notebook" in right.note
    assert (wrong.status, wrong.score, wrong.by_hand) == ("graded", 1.0, 0.0)


def test_a_folder_that_is_no_exercise_can_be_called_anything(tmp_path, root):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    names = ["x" * 255, "a\nb", "a ", os.fsdecode(b"caf\xe9"), "01_Square", "=1+1", "..."]
    for name in names:
        (hand_in / "anna" / name).mkdir(parents=True)
    grades = grade(hand_in, out, root=root)
    assert sorted(one.exercise for one in grades) == sorted(names[:-1])  # the last is hidden
    assert {one.status for one in grades} == {"unknown exercise"}
    assert len(list((out / "feedback" / "anna").iterdir())) == len(rows(out)) == 6


def test_a_fault_of_the_graders_costs_one_row(tmp_path, root, monkeypatch):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    for name in ("anna", "ben"):
        tiny.hand_in(hand_in, name, tiny.notebook(tiny.RIGHT))

    def breaks(self, one, *_):
        if one.student == "anna":
            raise ZeroDivisionError("ours")
        return {"status": "graded", "score": 4.0, "by_hand": 0.0, "cells": {}, "note": "", "page": "page"}

    monkeypatch.setattr(piles.Pile, "grade", breaks)
    anna, ben = grade(hand_in, out, root=root)
    assert (anna.status, ben.status) == ("failed", "graded") and "ZeroDivisionError: ours" in anna.note


def test_a_full_disk_is_an_error_and_keeps_what_was_graded(tmp_path, root, monkeypatch):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    tiny.hand_in(hand_in, "anna", "")
    tiny.hand_in(hand_in, "ben", "")
    before = grade(hand_in, out, root=root)

    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("dvlab.grading.table.write_whole", full)
    with pytest.raises(OSError, match=r"grades\.csv"):
        grade(hand_in, out, root=root)
    monkeypatch.undo()
    assert [row["student"] for row in rows(out)] == ["anna", "ben"] and grade(hand_in, out, root=root) == before


def command(hand_in, out, *more):
    return [sys.executable, "-m", "dvlab", "grade", str(hand_in), "--out", str(out), *more]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_and_started_again(tmp_path, root, how):
    hand_in, out = tmp_path / "submitted", tmp_path / "out"
    for n in range(3):
        tiny.hand_in(hand_in, f"s{n}", tiny.notebook(SLEEPS.format(2 if n == 0 else 6)))
    by_hand = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores Ctrl-C
    running = subprocess.Popen(
        command(hand_in, out, "--jobs", "1"),
        cwd=root,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=by_hand,
    )
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not list(out.glob("results/*/*.json")):
        time.sleep(0.1)
    started = psutil.Process(running.pid).children(recursive=True)
    os.kill(running.pid, how)
    running.communicate(timeout=60)
    _, alive = psutil.wait_procs(started, timeout=20)
    assert not [p for p in alive if not ended(p)], "the overseers end too"
    results = list(out.glob("results/*/*.json"))
    assert 1 <= len(results) < 3
    kept = {path: path.stat().st_mtime_ns for path in results}

    done = subprocess.run(command(hand_in, out, "--format", "moodle"), cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert all(path.stat().st_mtime_ns == at for path, at in kept.items()), "what was done is not done again"
    assert [row["01_square"] for row in rows(out)] == ["4.0"] * 3 and "3 graded" in done.stdout
    assert not (out / ".work").exists(), "no student's work is left about"


@pytest.mark.slow
def test_the_command_refuses_what_makes_no_sense(tmp_path, root):
    tiny.hand_in(tmp_path / "submitted", "a", "")
    for more in (["--cell-seconds", "-1"], ["--format", "excel"], ["--jobs", "0"]):
        done = subprocess.run(
            command(tmp_path / "submitted", tmp_path / "out", *more), cwd=root, capture_output=True, text=True
        )
        assert done.returncode == 1 and more[0].strip("-")[:4] in done.stderr and done.stderr.count("\n") == 1
    done = subprocess.run(command(tmp_path / "submitted", "out"), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "top folder" in done.stderr
