"""Every kind of submission gets its grade, whatever the others do: kinds, habits and attacks, in one command.

pytest -m slow tests/grading/test_kinds.py
"""

import contextlib
import json
import time
from pathlib import Path

import attacks
import habits
import nbformat
import psutil
import pytest
import small
import submissions
import tiny

from dvlab.grading import sandbox
from dvlab.grading.grade import Limits, grade

ROOT = Path(__file__).parents[2]
LIMITS = Limits(cell_seconds=60, submission_seconds=400)
pytestmark = pytest.mark.slow


def graded(tmp_path, made, limits=LIMITS, root=ROOT):
    """What each of these submissions gets, by name; the folder of the pages is tmp_path/graded."""
    of = tiny.EXERCISE if root != ROOT else submissions.EXERCISE
    for student, notebook in made.items():
        path = tmp_path / "submitted" / student / of / f"{of.partition('_')[2]}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    started = time.monotonic()
    grades = grade(tmp_path / "submitted", tmp_path / "graded", 1, limits, root=root)
    print(f"\n{len(made)} submissions graded in {time.monotonic() - started:.0f} s")
    for one in grades:
        print(f"  {one.student:36s} {one.status:10s} {one.score:4.0f} {one.by_hand:4.0f} {one.note[:100]}")
    return {one.student: one for one in grades}


def left_behind(folder):
    """The processes whose home is below this folder, as every submission's is."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME", "").startswith(str(folder.resolve())):
                found.append(process)
    return found


@pytest.mark.parametrize("kinds", ["CALLED", "DOES", "FORM"])
def test_what_is_right_gets_all_points(tmp_path, kinds):
    made = getattr(small, kinds)
    got = graded(tmp_path, made, root=tiny.course(tmp_path / "course"))
    assert {name: (one.status, one.score) for name, one in got.items()} == dict.fromkeys(made, ("graded", 4.0))
    assert not left_behind(tmp_path)
    for name in (name for name in made if "in the locked" in name):
        assert "was edited" in got[name].note


@pytest.mark.parametrize("kinds, limits", [("WRONGS", LIMITS), ("ENDS", Limits(6, 300, 1.0))])
def test_what_is_wrong_or_ends_the_kernel_costs_its_own_points_alone(tmp_path, kinds, limits):
    made = getattr(small, kinds)
    got = graded(tmp_path, {name: what for name, (what, _) in made.items()}, limits, tiny.course(tmp_path / "course"))
    want = {name: ("graded", float(score)) for name, (_, score) in made.items()}
    assert {name: (one.status, one.score) for name, one in got.items()} == want
    for name in ("os._exit", "suspends itself", "a memory bomb", "a loop"):
        assert name not in got or got[name].note, f"{name}: the teacher is told"


def test_what_cannot_be_read_is_a_row_that_says_why(tmp_path):
    made = {name: what for name, (what, _) in small.UNREADABLE.items()}
    got = graded(tmp_path, made, root=tiny.course(tmp_path / "course"))
    for name, (_, says) in small.UNREADABLE.items():
        assert (got[name].status, got[name].score) == ("unreadable", 0.0) and says in got[name].note, got[name].note


def test_every_kind_gets_its_grade(tmp_path):
    got = graded(tmp_path, {kind: what() for kind, (what, _) in submissions.KINDS.items()})
    want = {kind: ("graded", float(score)) for kind, (_, score) in submissions.KINDS.items()}
    assert {kind: (one.status, one.score) for kind, one in got.items()} == want
    page = (tmp_path / "graded" / "feedback" / "four mistakes" / "02_elbo.html").read_text(encoding="utf-8")
    assert page.count("CHECK FAILED") == 4


def test_harmless_habits_keep_their_points(tmp_path):
    assert len(habits.TOP) >= 30
    got = graded(tmp_path, {f"batch {n}": habits.with_habits(names) for n, names in enumerate(habits.batches())})
    assert {name: (one.score, one.by_hand, one.note) for name, one in got.items()} == dict.fromkeys(
        got, (10.0, 2.0, "")
    )


def test_forged_points_are_no_points(tmp_path):
    got = graded(tmp_path, {name: what() for name, what in attacks.FORGED.items()})
    assert {name: (one.status, one.score) for name, one in got.items()} == dict.fromkeys(got, ("graded", 0.0))


def test_nobody_changes_anothers_grade(tmp_path):
    """Beside four that reach for the grader, three whose locked cells are out of place, and one that leaks."""
    package, home, out = sandbox.PACKAGE, Path.home(), (tmp_path / "graded").resolve()
    before = {path: path.read_bytes() for path in package.rglob("*.py")}
    made = attacks.harmful(package, home, out)
    made |= {name: what() for name, (what, _) in attacks.RIGHT.items()}
    made |= {"leaks": attacks.leaking(), "another": submissions.notebook()}
    got = graded(tmp_path, made)
    for name, (_, note) in attacks.RIGHT.items():
        assert (got[name].score, got[name].status) == (10.0, "graded") and note in got[name].note
    assert got["another"].score == 10.0 and got["leaks"].score == 0.0
    assert got["deletes its folder"].score == 10.0
    for name in ("writes elsewhere", "kills its parent", "suspends its parent"):
        assert got[name].score >= 3.0, f"{name}: what was right before counts"
    assert {path: path.read_bytes() for path in package.rglob("*.py")} == before
    assert not (home / ".ipython" / "profile_default" / "startup" / "00.py").exists()
    assert "touched" not in (out / "grades.csv").read_text(encoding="utf-8")
    for page in (out / "feedback").rglob("*.html"):
        assert "batch=1" not in page.read_text(encoding="utf-8"), f"{page}: a hidden line"


@pytest.mark.parametrize("exercise", sorted(path.name for path in (ROOT / "solutions").glob("[0-9]*")))
def test_an_exercises_own_solution_gets_all_points(tmp_path, exercise):
    (solution,) = (ROOT / "solutions" / exercise).glob("*.ipynb")
    target = tmp_path / "submitted" / "teacher" / exercise / solution.name
    target.parent.mkdir(parents=True)
    target.write_bytes(solution.read_bytes())
    [one] = grade(tmp_path / "submitted", tmp_path / "graded", limits=Limits(120, 500), root=ROOT)
    assert (one.status, one.score + one.by_hand) == ("graded", one.max_score), one.note
    cells = [cell.metadata.get("nbgrader", {}) for cell in nbformat.read(solution, as_version=4).cells]
    written = sum(cell["points"] for cell in cells if cell.get("grade") and cell.get("solution"))
    assert one.by_hand == written, f"only written answers await the teacher's eye: {one.note}"
