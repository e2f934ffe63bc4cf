"""Grade a pile of submissions, each apart from all others. What is held: README, "Teach with it"."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, replace
from pathlib import Path

from tqdm.auto import tqdm

from dvlab.files import write_json, write_whole
from dvlab.grading import feedback, table
from dvlab.grading.pile import Changed, Limits, Pile, work_in
from dvlab.grading.submissions import Submission, Unreadable, beside, find, notebook_of, printable, read
from dvlab.grading.table import Grade, summary
from dvlab.validation import positive_int

__all__ = ["Grade", "Limits", "grade", "summary"]


def grade(
    submitted: Path,
    out: Path,
    jobs: int = 2,
    limits: Limits | None = None,
    root: Path = Path("."),
    again: bool = False,
    format: str = "plain",
) -> list[Grade]:
    """Grade every submitted/STUDENT/EXERCISE/NAME.ipynb; write out/grades.csv and out/feedback/STUDENT/EXERCISE.html.

    What `out` holds of the same submission, exercise, checks and limits is kept, unless it failed or `again` is true:
    a run that was cut off goes on where it stopped.

    Parameters
    ----------
    submitted, out, root : path
        The pile; where results go; the course's top folder, whose solutions/ hold the checks.
    jobs : int
        Submissions at the same time.
    limits : Limits, optional
        Seconds and memory of each.
    again : bool
        Whether everything is graded anew.
    format : {"plain", "moodle", "canvas"}
        Whose columns grades.csv has.

    Returns
    -------
    list of Grade
        A grade for each row, by student and exercise.

    Raises
    ------
    ValueError, FileNotFoundError
        Where there is nothing to grade, or nothing to grade it by.
    RuntimeError
        Where the package or the solutions changed while a submission ran.
    """
    submitted, out, root = Path(submitted), Path(out), Path(root)
    positive_int("jobs", jobs)
    if format not in table.FORMATS:
        raise ValueError(f"format: expected one of {', '.join(table.FORMATS)}, got {format!r}")
    if not submitted.is_dir():
        raise FileNotFoundError(f"no folder {submitted}")
    exercises = sorted({path.parent.name for path in root.glob("solutions/*/*.ipynb")})
    if not exercises:
        raise FileNotFoundError(f"no solutions/*/*.ipynb in {root.resolve()}: run this in the course's top folder")
    submissions = find(submitted, exercises)
    if not submissions:
        raise ValueError(f"nothing to grade: expected {submitted}/STUDENT/EXERCISE/NAME.ipynb")
    with work_in(out):
        grades = grade_all(Pile(root, out, limits or Limits(), submissions), jobs, again)
        table.write(grades, out / "grades.csv", format)
    return grades


def grade_all(pile: Pile, jobs: int, again: bool) -> list[Grade]:
    """All grades, in order; whatever ends this ends the overseers, too."""
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(grade_one, submission, pile, again) for submission in pile.submissions]
        try:
            for done in tqdm(as_completed(waiting), total=len(waiting), desc="submissions"):
                done.result()
        except BaseException:
            pile.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return [done.result() for done in waiting]


def grade_one(submission: Submission, pile: Pile, again: bool) -> Grade:
    """One submission's grade, from its stored result where that still holds; result and page are written here alone."""
    student, exercise = submission.student, submission.exercise
    grade = Grade(student, exercise, 0.0, 0.0, 0.0, "missing", submission.note, id=submission.id)
    known = pile.exercises[exercise]
    page = None
    if known is not None:
        grade = replace(grade, max_score=known.max_score)
    if submission.folder is not None and known is None:
        grade = replace(grade, status="unknown exercise", note=f"there is no solutions/{printable(exercise)}")
    elif submission.folder is not None:
        try:
            path, note = notebook_of(submission.folder, known.file)
            files, notes = beside(submission.folder)
            grade = replace(grade, fingerprint=fingerprint(pile, submission.folder, [path, *files]))
            if not again and (old := stored(pile, submission)) and old.fingerprint == grade.fingerprint:
                return old
            notebook = read(path.read_bytes())
        except (Unreadable, OSError) as error:
            grade = replace(grade, status="unreadable", note=str(error))
        else:
            outcome = outcome_of(submission, notebook, files, pile)
            page = outcome.pop("page")
            outcome.pop("ran", None)
            outcome["note"] = "; ".join(filter(None, [note, *notes, outcome["note"]]))
            grade = replace(grade, **outcome)
    grade = replace(grade, note=printable(grade.note))
    if page is None:
        page = feedback.envelope(student, exercise, feedback.heading(student, exercise, grade.max_score, asdict(grade)))
    write_whole(pile.page(submission), page)
    write_json(
        pile.result(submission), asdict(grade) | {"student": printable(student), "exercise": printable(exercise)}
    )
    return grade


def outcome_of(submission: Submission, notebook, files: list[Path], pile: Pile) -> dict:
    """What the pile says of it; a fault of ours costs one row, not the others'."""
    try:
        return pile.grade(submission, notebook, files)
    except (OSError, Changed):  # a full disk, or worse: for whoever grades
        raise
    except Exception as error:
        note = f"the grader failed: {type(error).__name__}: {str(error)[:300]}"
        return {"status": "failed", "score": 0.0, "by_hand": 0.0, "cells": {}, "note": note, "page": None}


def fingerprint(pile: Pile, folder: Path, files: list[Path]) -> str:
    """A hash of all that the grade depends on."""
    digest = hashlib.sha256(f"{pile.package} {asdict(pile.limits)}".encode())
    for path in files:
        name = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        digest.update(b"\0" + name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def stored(pile: Pile, submission: Submission) -> Grade | None:
    """The grade that an earlier run stored, where it was graded and its page is there."""
    try:
        known = json.loads(pile.result(submission).read_bytes())
        old = Grade(**{**known, "student": submission.student, "exercise": submission.exercise})
    except (OSError, ValueError, TypeError):
        return None
    return old if old.status == "graded" and pile.page(submission).is_file() else None
