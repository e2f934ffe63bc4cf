"""Grade a pile of submissions: each by nbgrader, apart from all others, and then one table.

Held: accidents, runaways (time, memory, output), checks edited or deleted, libraries patched, messages forged.
Not held: somebody who sets out to harm the machine or to reach the grader's files; student code runs with the grader's
rights, so grade inside a container (the README has a command).
"""

import csv
import hashlib
import html
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from tqdm.auto import tqdm

from dvlab.files import write_whole
from dvlab.validation import positive_int

COLUMNS = ("student", "exercise", "score", "max_score", "by_hand", "status", "note")


@dataclass(frozen=True)
class Grade:
    """One submission's grade: points given by the checks, of `max_score`, of which `by_hand` await a reader."""

    student: str
    exercise: str
    score: float
    max_score: float
    by_hand: float
    status: str  # graded, unreadable, died, failed, unknown exercise
    note: str = ""
    cells: dict = field(default_factory=dict)  # grade_id -> [score, max_score]
    fingerprint: str = ""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; memory in GiB, on Linux only."""

    cell_seconds: int = 60
    submission_seconds: int = 600
    memory_gb: float = 3.0


def grade(
    submitted: Path, out: Path, jobs: int = 2, limits: Limits | None = None, root: Path = Path(".")
) -> list[Grade]:
    """Grade every submitted/STUDENT/EXERCISE/*.ipynb; write out/grades.csv and out/feedback/STUDENT/EXERCISE.html.

    What `out` already holds of the same submission and the same exercise is kept, so that a run which was cut off
    goes on where it stopped. Raises ValueError or FileNotFoundError where there is nothing to grade.
    """
    submitted, out, root, limits = Path(submitted), Path(out), Path(root), limits or Limits()
    positive_int("jobs", jobs)
    if not submitted.is_dir():
        raise FileNotFoundError(f"no folder {submitted}")
    folders = sorted(path for path in submitted.glob("*/*") if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise ValueError(f"nothing to grade: expected {submitted}/STUDENT/EXERCISE/NAME.ipynb")
    (out / "results").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dvlab-grading-") as work:
        templates = {name: template(root, name, Path(work)) for name in sorted({folder.name for folder in folders})}
        with ThreadPoolExecutor(jobs) as pool:
            waiting = [pool.submit(grade_folder, f, out, templates[f.name], limits, Path(work)) for f in folders]
            try:
                for done in tqdm(as_completed(waiting), total=len(waiting), desc="submissions"):
                    done.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    grades = [done.result() for done in waiting]
    merge(grades, out)
    return grades


def template(root: Path, exercise: str, work: Path) -> Path | None:
    """A course folder with this exercise in its gradebook, made by nbgrader; None where there is no such exercise."""
    source = root / "solutions" / exercise
    if not list(source.glob("*.ipynb")):
        return None
    folder = work / "templates" / exercise
    (folder / "solutions").mkdir(parents=True)
    shutil.copytree(source, folder / "solutions" / exercise, ignore=shutil.ignore_patterns(".*"))
    command = [sys.executable, "-P", "-m", "dvlab.grading.course", str(folder), exercise]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    if done.returncode:
        raise ValueError(f"nbgrader cannot release {exercise}: {done.stderr[-500:]}")
    return folder


def environment() -> dict[str, str]:
    """For the grading processes: this Python's programs first (nbgrader calls alembic), no GPU, one thread."""
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"OMP_NUM_THREADS": "1", **os.environ, "PATH": here, "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "Agg"}


def grade_folder(folder: Path, out: Path, course: Path | None, limits: Limits, work: Path) -> Grade:
    """One submission's grade, from its stored result where that is still right; it is stored whole or not at all."""
    student, exercise = folder.parent.name, folder.name
    if course is None:
        return Grade(student, exercise, 0.0, 0.0, 0.0, "unknown exercise", f"there is no solutions/{exercise}")
    source = next((course / "solutions" / exercise).glob("*.ipynb"))
    points = worth(source)
    found = sorted(path for path in folder.glob("*.ipynb"))
    chosen = [path for path in found if path.name == source.name] or (found if len(found) == 1 else [])
    unread = Grade(student, exercise, 0.0, points, 0.0, "unreadable", f"there is no {source.name}")
    if not chosen:
        grade = unread
    else:
        digest = hashlib.sha256(chosen[0].read_bytes() + source.read_bytes()).hexdigest()
        result = out / "results" / student / f"{exercise}.json"
        if result.exists() and (old := json.loads(result.read_text(encoding="utf-8")))["fingerprint"] == digest:
            return Grade(**old)
        unread = Grade(**{**asdict(unread), "fingerprint": digest, "note": "not a notebook that can be read"})
        grade = unread if not readable(chosen[0]) else run(chosen[0], source.stem, unread, course, limits, work, out)
        if chosen[0].name != source.name:
            grade = Grade(**{**asdict(grade), "note": f"{chosen[0].name} was taken for {source.name}; {grade.note}"})
        result.parent.mkdir(parents=True, exist_ok=True)
        write_whole(result, json.dumps(asdict(grade), ensure_ascii=False, indent=1))
    page = feedback_page(out, student, exercise)
    if grade.status != "graded":
        page.parent.mkdir(parents=True, exist_ok=True)
        text = f"{student}, {exercise}: {grade.score:g} of {grade.max_score:g} points. {grade.status}: {grade.note}"
        write_whole(page, f"<!doctype html><meta charset=utf-8><title>{exercise}</title><p>{html.escape(text)}</p>\n")
    return grade


def run(path: Path, notebook: str, unread: Grade, course: Path, limits: Limits, work: Path, out: Path) -> Grade:
    """Have one readable submission graded by an overseer process of its own."""
    job_file = work / f"{unread.student}-{unread.exercise}.json"
    job = {
        **asdict(limits),
        **{"student": unread.student, "exercise": unread.exercise, "notebook": notebook},
        **{"submission": str(path.resolve()), "template": str(course)},
        "feedback": str(feedback_page(out, unread.student, unread.exercise).resolve()),
    }
    job_file.write_text(json.dumps(job), encoding="utf-8")
    command = [sys.executable, "-P", "-m", "dvlab.grading.one", str(job_file)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    answer = job_file.with_suffix(".outcome")
    if not answer.exists():
        return Grade(**{**asdict(unread), "status": "failed", "note": f"the overseer ended: {done.stderr[-500:]}"})
    outcome = json.loads(answer.read_text(encoding="utf-8"))
    outcome.pop("log", None)
    return Grade(**{**asdict(unread), **outcome})


def readable(path: Path) -> bool:
    """Whether the file is a notebook at all."""
    try:
        return bool(nbformat.read(path, as_version=4).cells)
    except Exception:
        return False


def worth(source: Path) -> float:
    """An exercise's points."""
    about = [cell.metadata.get("nbgrader", {}) for cell in nbformat.read(source, as_version=4).cells]
    return float(sum(a["points"] for a in about if a.get("grade")))


def feedback_page(out: Path, student: str, exercise: str) -> Path:
    return out / "feedback" / student / f"{exercise}.html"


def merge(grades: list[Grade], out: Path) -> None:
    """Write grades.csv, whole or not at all."""
    stream = io.StringIO(newline="")
    table = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
    table.writeheader()
    table.writerows(asdict(grade) for grade in grades)
    write_whole(out / "grades.csv", stream.getvalue())


def summary(grades: list[Grade]) -> str:
    """A few lines: how many of each status, the mean of each exercise, and whatever needs a look."""
    lines = [", ".join(f"{count} {status}" for status, count in Counter(g.status for g in grades).most_common())]
    for exercise in sorted({g.exercise for g in grades}):
        those = [g for g in grades if g.exercise == exercise]
        mean = sum(g.score for g in those) / len(those)
        by_hand = sum(g.by_hand > 0 for g in those)
        lines.append(
            f"{exercise}: {len(those)} submissions, mean {mean:.1f} of {those[0].max_score:g}, {by_hand} to read"
        )
    lines += [f"  {g.student}/{g.exercise}: {g.status} {g.note}" for g in grades if g.note]
    return "\n".join(lines)
