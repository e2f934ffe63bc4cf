"""Every kind of submission gets its grade, whatever the others do, and nothing is left running."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import submissions

from dvlab.grading.grade import Limits, grade, summary

ROOT = Path(__file__).parents[2]
QUICK = Limits(cell_seconds=20, submission_seconds=240)


def pile(folder, kinds):
    for number, kind in enumerate(kinds):
        submissions.write(kind, folder / f"student{number:02d}")
    return folder


def table(kinds, grades):
    return {kind: (g.status, g.score) for kind, g in zip(kinds, grades, strict=True)}


def expected(kinds):
    return {kind: (submissions.KINDS[kind][1], float(submissions.KINDS[kind][2])) for kind in kinds}


def left_behind():
    return [p for p in psutil.process_iter(["cmdline"]) if "import time; time.sleep(3600)" in (p.info["cmdline"] or [])]


FEW = ["right", "patched everything, all wrong", "corrupt JSON", "empty file"]


def test_a_few_kinds(tmp_path):
    out = tmp_path / "graded"
    grades = grade(pile(tmp_path / "submitted", FEW), out, limits=QUICK, root=ROOT)
    assert table(FEW, grades) == expected(FEW)
    rows = list(csv.DictReader((out / "grades.csv").open(encoding="utf-8")))
    assert [row["student"] for row in rows] == [f"student{n:02d}" for n in range(4)]
    assert rows[0]["max_score"] == "12.0" and rows[0]["by_hand"] == "2.0"
    page = (out / "feedback" / "student00" / "02_elbo.html").read_text(encoding="utf-8")
    assert "10.0 / 12.0" in page and "batch=1" not in page, "hidden checks stay hidden"
    assert "unreadable" in (out / "feedback" / "student02" / "02_elbo.html").read_text(encoding="utf-8")
    assert "2 graded, 2 unreadable" in summary(grades)

    written = {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}
    assert grade(tmp_path / "submitted", out, limits=QUICK, root=ROOT) == grades
    assert written == {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}, "kept, not graded again"


def test_nothing_to_grade_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        grade(tmp_path / "none", tmp_path / "out", root=ROOT)
    with pytest.raises(ValueError, match="STUDENT/EXERCISE"):
        grade(tmp_path, tmp_path / "out", root=ROOT)


def test_an_unknown_exercise_and_an_empty_folder_are_named(tmp_path):
    (tmp_path / "submitted" / "a" / "99_none").mkdir(parents=True)
    grades = grade(tmp_path / "submitted", tmp_path / "out", root=ROOT)
    assert [(g.status, g.score) for g in grades] == [("unknown exercise", 0.0)]


@pytest.mark.slow
def test_every_kind_gets_its_grade(tmp_path, capsys):
    kinds = list(submissions.KINDS)
    started = time.monotonic()
    grades = grade(pile(tmp_path / "submitted", kinds), tmp_path / "graded", limits=QUICK, root=ROOT)
    got, want = table(kinds, grades), expected(kinds)
    with capsys.disabled():
        print(f"\n{len(kinds)} submissions graded in {time.monotonic() - started:.0f} s")
        for kind in kinds:
            print(f"  {kind:36s} {got[kind][0]:10s} {got[kind][1]:4.0f}", "" if got[kind] == want[kind] else want[kind])
    assert got == want
    assert not left_behind()


@pytest.mark.slow
def test_killed_in_the_middle_and_started_again(tmp_path):
    kinds = ["right", "mean for sum", "corrupt JSON", "leaves a process", "untouched", "right"]
    pile(tmp_path / "submitted", kinds)
    out = tmp_path / "graded"
    command = [sys.executable, "-m", "dvlab", "grade", str(tmp_path / "submitted"), "--out", str(out)]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(out.glob("results/*/*.json"))) < 2:
        time.sleep(0.2)
    below = psutil.Process(running.pid).children(recursive=True)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    psutil.wait_procs(below, timeout=15)
    assert not [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE], "the overseers end too"
    results = list(out.glob("results/*/*.json"))
    assert 2 <= len(results) < len(kinds)
    kept = {path: path.stat().st_mtime_ns for path in results if json.loads(path.read_text())["status"]}

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items()), "what was done is not done again"
    rows = list(csv.DictReader((out / "grades.csv").open(encoding="utf-8")))
    assert [(r["status"], float(r["score"])) for r in rows] == [
        (v[1], float(v[2])) for v in map(submissions.KINDS.get, kinds)
    ]
    assert "mean" in done.stdout and not left_behind()


@pytest.mark.slow
def test_every_exercises_own_solution_gets_all_points(tmp_path):
    for solution in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        target = tmp_path / "submitted" / "teacher" / solution.parent.name / solution.name
        target.parent.mkdir(parents=True)
        target.write_bytes(solution.read_bytes())
    grades = grade(tmp_path / "submitted", tmp_path / "graded", limits=QUICK, root=ROOT)
    assert [(g.exercise, g.status, g.score + g.by_hand) for g in grades] == [
        (g.exercise, "graded", g.max_score) for g in grades
    ]
