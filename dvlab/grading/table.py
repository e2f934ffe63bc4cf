"""Grades as a table that a spreadsheet or a learning system reads, and as a few lines for the teacher."""

import csv
import io
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dvlab.files import write_whole
from dvlab.grading.submissions import printable

FORMATS = ("plain", "moodle", "canvas")
COLUMNS = ("id", "student", "exercise", "score", "max_score", "by_hand", "status", "note")


@dataclass(frozen=True)
class Grade:
    """One submission's grade: points given by the checks, of `max_score`, of which `by_hand` await a reader."""

    student: str
    exercise: str
    score: float
    max_score: float
    by_hand: float
    status: str  # graded, unreadable, missing, failed, unknown exercise
    note: str = ""
    cells: dict = field(default_factory=dict)  # grade_id -> [score, max_score]
    fingerprint: str = ""
    id: str = ""


def harmless(value):
    """Text that a spreadsheet would take for a formula, with an apostrophe before it; all else as it is."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def rows(grades: list[Grade], format: str) -> list[list]:
    """The table's rows, the heading first."""
    if format == "plain":
        return [list(COLUMNS), *([asdict(grade)[name] for name in COLUMNS] for grade in grades)]
    exercises = sorted({grade.exercise for grade in grades})
    of = {(grade.student, grade.exercise): grade for grade in grades}
    worth = {name: max(grade.max_score for grade in grades if grade.exercise == name) for name in exercises}
    table: list[list] = []
    if format == "moodle":  # "import into the gradebook" maps each column by hand
        heads = [[name, f"{name} maximum", f"{name} feedback"] for name in exercises]
        table = [["username", "id", *(head for three in heads for head in three)]]
    else:  # Canvas knows a column by its name, and its second row by "Points Possible"
        table = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *exercises]]
        table.append(["    Points Possible", "", "", "", "", *worth.values()])
    for student in sorted({grade.student for grade in grades}):
        theirs = [of.get((student, name)) for name in exercises]
        scores = ["" if grade is None else grade.score for grade in theirs]
        if format == "canvas":
            table.append([student, "", "", student, "", *scores])
            continue
        comments = ["" if grade is None else comment(grade) for grade in theirs]
        three = [part for zipped in zip(scores, worth.values(), comments, strict=True) for part in zipped]
        table.append([student, next(grade.id for grade in theirs if grade is not None), *three])
    return table


def comment(grade: Grade) -> str:
    """What a student reads beside the score."""
    parts = ["" if grade.status == "graded" else grade.status, grade.note]
    parts.append(f"{grade.by_hand:g} points are still to be read" if grade.by_hand else "")
    return "; ".join(part for part in parts if part)


def write(grades: list[Grade], path: Path, format: str = "plain") -> None:
    """Write the table, whole or not at all."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([harmless(value) for value in row] for row in rows(grades, format))
    write_whole(path, text.getvalue())


def summary(grades: list[Grade]) -> str:
    """A few lines: how many of each status, the mean of each exercise, and whatever needs a look."""
    lines = [", ".join(f"{count} {status}" for status, count in Counter(g.status for g in grades).most_common())]
    for exercise in sorted({g.exercise for g in grades}):
        those = [g for g in grades if g.exercise == exercise]
        mean = sum(g.score for g in those) / len(those)
        by_hand = sum(g.by_hand > 0 for g in those)
        points = f"mean {mean:.1f} of {those[0].max_score:g}, {by_hand} to read"
        lines.append(f"{printable(exercise)}: {len(those)} submissions, {points}")
    lines += [
        f"  {printable(g.student)}/{printable(g.exercise)}: {g.status} {printable(g.note)}" for g in grades if g.note
    ]
    return "\n".join(lines)
