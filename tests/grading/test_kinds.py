"""Every kind of submission gets its grade, whatever the others do: kinds, habits and attacks, in one command.

pytest -n 0 -m slow tests/grading/test_kinds.py
"""

import json
import time
from pathlib import Path

import attacks
import habits
import psutil
import pytest
import submissions

from dvlab.grading import sandbox
from dvlab.grading.grade import Limits, grade

ROOT = Path(__file__).parents[2]
LIMITS = Limits(cell_seconds=20, submission_seconds=400)


def graded(tmp_path, made, jobs=2, limits=LIMITS):
    """What each of these submissions of exercise 02 gets, by name, and the folder of the pages."""
    for student, notebook in made.items():
        path = tmp_path / "submitted" / student / submissions.EXERCISE / "elbo.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    started = time.monotonic()
    grades = grade(tmp_path / "submitted", tmp_path / "graded", jobs, limits, root=ROOT)
    print(f"\n{len(made)} submissions graded in {time.monotonic() - started:.0f} s")
    for one in grades:
        print(f"  {one.student:36s} {one.status:10s} {one.score:4.0f} {one.by_hand:4.0f} {one.note[:100]}")
    return {one.student: one for one in grades}


def left_behind():
    return [p for p in psutil.process_iter(["cmdline"]) if "import time; time.sleep(3600)" in (p.info["cmdline"] or [])]


@pytest.mark.slow
@pytest.mark.xfail(strict=False, reason="not yet settled on this grader: see each kind's row")
def test_every_kind_gets_its_grade(tmp_path):
    got = graded(tmp_path, {kind: what() for kind, (what, _, _) in submissions.KINDS.items()})
    want = {kind: (status, float(score)) for kind, (_, status, score) in submissions.KINDS.items()}
    assert {kind: (one.status, one.score) for kind, one in got.items()} == want
    assert not left_behind()


@pytest.mark.slow
@pytest.mark.xfail(strict=False, reason="not yet settled on this grader: see each kind's row")
def test_harmless_habits_keep_their_points(tmp_path):
    assert len(habits.TOP) >= 30
    got = graded(tmp_path, {f"batch {n}": habits.with_habits(names) for n, names in enumerate(habits.batches())})
    assert {name: (one.score, one.by_hand, one.note) for name, one in got.items()} == dict.fromkeys(
        got, (10.0, 2.0, "")
    )


@pytest.mark.slow
def test_forged_points_are_no_points(tmp_path):
    got = graded(tmp_path, {name: what() for name, what in attacks.FORGED.items()})
    assert {name: (one.status, one.score) for name, one in got.items()} == dict.fromkeys(got, ("graded", 0.0))


@pytest.mark.slow
@pytest.mark.xfail(strict=False, reason="not yet settled on this grader: see each kind's row")
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


@pytest.mark.slow
@pytest.mark.xfail(strict=False, reason="not yet settled on this grader: see each kind's row")
def test_every_exercises_own_solution_gets_all_points(tmp_path):
    for solution in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        target = tmp_path / "submitted" / "teacher" / solution.parent.name / solution.name
        target.parent.mkdir(parents=True)
        target.write_bytes(solution.read_bytes())
    grades = grade(tmp_path / "submitted", tmp_path / "graded", limits=Limits(60, 500), root=ROOT)
    assert [(g.exercise, g.status, g.score + g.by_hand) for g in grades] == [
        (g.exercise, "graded", g.max_score) for g in grades
    ]
    assert all(g.max_score - g.score <= 6 for g in grades), "what awaits the teacher's eye is the written answers"
