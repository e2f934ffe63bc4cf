"""Grade one submission: in a course folder, a gradebook and a process tree of its own, within limits, no trace left.

`python -P -m dvlab.grading.one JOB.json` is the overseer: it starts `... JOB.json --inside`, in which nbgrader works
and below which the student's code runs, waits, and then ends every process below itself. On Linux only: memory and file
sizes are limited, and orphans are caught; elsewhere the time limits hold.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from dvlab.files import write_whole

LINUX = sys.platform == "linux"
SUBREAPER, DEATH_SIGNAL = 36, 1  # prctl(2)


def end_all_below() -> None:
    """End every process that descends from this one; orphans count, for this process adopts them (Linux)."""
    for _ in range(100):
        below = psutil.Process().children(recursive=True)
        if not below:
            return
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(below, timeout=5)


def limit(memory_gb: float) -> None:
    """Limit the memory and the size of files of this process and of all that it starts (Linux)."""
    if LINUX:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(memory_gb * 2**30),) * 2)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 2**20,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def oversee(job: dict, job_file: Path) -> dict:
    """Run the inside within its time, end all that is left, and say how it went."""
    if LINUX:
        libc = ctypes.CDLL(None)
        libc.prctl(SUBREAPER, 1, 0, 0, 0)
        libc.prctl(DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (end_all_below(), os._exit(1)))
    command = [sys.executable, "-P", "-m", "dvlab.grading.one", str(job_file), "--inside"]
    log = Path(job["folder"]) / "inside.log"
    code = None
    try:
        with log.open("wb") as stream:
            inner = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
            code = inner.wait(job["submission_seconds"])
        note = f"the grading process ended with code {code}"
    except subprocess.TimeoutExpired:
        note = f"stopped after {job['submission_seconds']} s"
    finally:
        end_all_below()
    outcome = Path(job["folder"]) / "outcome.json"
    if code == 0:
        return json.loads(outcome.read_text(encoding="utf-8"))
    tail = log.read_bytes()[-2000:].decode(errors="replace")
    return {"status": "failed", "score": 0.0, "note": note, "log": tail}


def inside(job: dict) -> None:
    """Autograde with nbgrader, write the feedback, and store the grades in outcome.json.

    A cell that ends the kernel, cannot be interrupted, or leaves no memory to a later one is left out (five at most),
    and the rest is graded.
    """
    limit(job["memory_gb"])
    from nbgrader.api import Gradebook

    from dvlab.grading.course import open_course
    from dvlab.grading.steps import LimitedExecute

    folder, exercise, student = Path(job["folder"]), job["exercise"], job["student"]
    api = open_course(folder, job["cell_seconds"])
    submitted = folder / ".nbgrader" / "submitted" / student / exercise / f"{job['notebook']}.ipynb"
    left_out = []
    while True:
        LimitedExecute.running = LimitedExecute.filled = None
        done = api.autograde(exercise, student)
        culprit = LimitedExecute.running if LimitedExecute.filled is None else LimitedExecute.filled
        if done["success"] or culprit is None or len(left_out) == 5:
            break
        left_out.append(leave_out(submitted, culprit))
    log = done.get("log", "") + done.get("error", "")
    if done["success"]:
        with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
            grades = list(gradebook.find_submission(exercise, student).notebooks[0].grades)
            cells = {g.name: [g.auto_score, g.max_score] for g in grades}
            by_hand = float(sum(g.max_score for g in grades if g.needs_manual_grade and g.auto_score is None))
        lost = missing_checks(folder, job)
        notes = [f"left out, for ending, blocking or filling the kernel: {', '.join(left_out)}"] if left_out else []
        notes += [f"check cells missing: {', '.join(lost)}"] if lost else []
        outcome = {
            "status": "graded",
            "score": float(sum(score or 0.0 for score, _ in cells.values())),
            "by_hand": by_hand,
            "cells": cells,
            "note": "; ".join(notes),
        }
        if not api.generate_feedback(exercise, student)["success"]:
            outcome["note"] = (outcome["note"] + "; no feedback page").strip("; ")
    else:
        dead = "DeadKernelError" in log or "Kernel died" in log
        status = "died" if dead else "failed"
        note = "the kernel was ended by the submission, or ran out of memory" if dead else "nbgrader could not grade it"
        outcome = {"status": status, "score": 0.0, "note": note, "log": log[-2000:]}
    write_whole(folder / "outcome.json", json.dumps(outcome))


def leave_out(path: Path, number: int) -> str:
    """Take a cell out of the submitted notebook; its id, or its number."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    cell = notebook.cells.pop(number)
    write_whole(path, nbformat.writes(notebook))
    return cell.metadata.get("nbgrader", {}).get("grade_id", f"number {number + 1}")


def missing_checks(folder: Path, job: dict) -> list[str]:
    """Ids of graded cells that the autograded notebook has lost; nbgrader gives nothing for those."""
    import nbformat

    name = f"{job['notebook']}.ipynb"

    def graded(path: Path) -> list[str]:
        about = [cell.metadata.get("nbgrader", {}) for cell in nbformat.read(path, as_version=4).cells]
        return [a["grade_id"] for a in about if a.get("grade") and "grade_id" in a]

    found = set(graded(folder / ".nbgrader" / "autograded" / job["student"] / job["exercise"] / name))
    return [name for name in graded(folder / "solutions" / job["exercise"] / name) if name not in found]


def grade_one(job: dict, job_file: Path) -> None:
    """Copy the course template and the submission into a new folder, grade there, and store result and feedback."""
    with tempfile.TemporaryDirectory(prefix="dvlab-grade-", ignore_cleanup_errors=True) as temporary:
        job["folder"] = str(Path(temporary) / "course")
        shutil.copytree(job["template"], job["folder"])
        submitted = Path(job["folder"]) / ".nbgrader" / "submitted" / job["student"] / job["exercise"]
        submitted.mkdir(parents=True)
        shutil.copy(job["submission"], submitted / f"{job['notebook']}.ipynb")
        inner = Path(temporary) / "job.json"
        inner.write_text(json.dumps(job), encoding="utf-8")
        outcome = oversee(job, inner)
        page = Path(job["folder"]) / ".nbgrader" / "feedback" / job["student"] / job["exercise"]
        page = page / f"{job['notebook']}.html"
        feedback = page.read_text(encoding="utf-8") if page.exists() else None
    if feedback:
        Path(job["feedback"]).parent.mkdir(parents=True, exist_ok=True)
        write_whole(Path(job["feedback"]), feedback)
    write_whole(job_file.with_suffix(".outcome"), json.dumps(outcome))


if __name__ == "__main__":
    path = Path(sys.argv[1])
    job = json.loads(path.read_text(encoding="utf-8"))
    inside(job) if "--inside" in sys.argv else grade_one(job, path)
