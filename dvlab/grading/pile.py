"""What all submissions of one run share: the folders, the limits, and the overseers that are at work."""

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

import nbformat

from dvlab.grading import oversee, sandbox
from dvlab.grading.assemble import about
from dvlab.grading.release import clear
from dvlab.grading.submissions import Submission, copy_files, file_name, is_junk, printable

OVERSEERS = multiprocessing.get_context("forkserver")  # torch and the checks are loaded once, for all of them
OVERSEERS.set_forkserver_preload(["dvlab.grading.oversee"])
TRIES = 6  # a submission is run again without the cell that ended the last try
GRACE = 20  # seconds beyond the limit until an overseer that does not answer is ended


class Changed(RuntimeError):
    """What grades all submissions changed while one of them ran."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; memory in GiB for each process, on Linux only."""

    cell_seconds: float | int = 60
    submission_seconds: float | int = 600
    memory_gb: float | int = 3.0

    def __post_init__(self):
        for name, value in asdict(self).items():
            if not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise ValueError(f"{name}: expected a positive number, got {value!r}")


@dataclass(frozen=True)
class Exercise:
    """What the teacher's notebook says of an exercise."""

    file: str  # the notebook's name
    notebook: nbformat.NotebookNode
    released: dict[str, str]  # what students got of each cell with a name
    max_score: float

    @classmethod
    def read(cls, root: Path, name: str) -> "Exercise | None":
        """The exercise of this name among the solutions, None where there is none."""
        folder = root / "solutions" / name
        paths = sorted(folder.glob("*.ipynb")) if name and folder.is_dir() else []
        paths = [path for path in paths if path.stem == name.partition("_")[2]] or paths  # not elbo-Copy1.ipynb
        if not paths:
            return None
        notebook = nbformat.read(paths[0], as_version=4)
        released = {about(cell)["grade_id"]: cell.source for cell in clear(notebook).cells if "grade_id" in about(cell)}
        points = sum(about(cell)["points"] for cell in notebook.cells if about(cell).get("grade"))
        return cls(paths[0].name, notebook, released, float(points))


@dataclass
class Pile:
    """The folders and limits of a run, and its overseers."""

    root: Path
    out: Path
    limits: Limits
    submissions: list[Submission]
    stopping: bool = False
    running: set = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self):
        self.package = package_hash(self.root)
        self.fonts = fonts()
        names = {one.exercise for one in self.submissions}
        self.exercises = {name: Exercise.read(self.root, name) for name in names}
        self.folded = Counter(folded(name) for name in {one.student for one in self.submissions})

    def page(self, one: Submission) -> Path:
        """Where a student's page goes: below the name, or below the id where a file system could mistake the name."""
        plain = printable(one.student) == one.student.strip(" .") and self.folded[folded(one.student)] == 1
        return self.out / "feedback" / (one.student if plain else one.id) / f"{self.called(one.exercise)}.html"

    def result(self, one: Submission) -> Path:
        return self.out / "results" / one.id / f"{self.called(one.exercise)}.json"

    def called(self, exercise: str) -> str:
        """The exercise in a file's name: a folder that is no exercise of ours can be called anything."""
        return exercise if self.exercises[exercise] else file_name(exercise, "none")

    def check_unchanged(self, one: Submission) -> None:
        """RuntimeError where a submission may have changed what grades the others."""
        if package_hash(self.root) != self.package:
            name = f"{printable(one.student)}/{one.exercise}"
            raise Changed(
                f"dvlab, solutions or the installed packages changed while {name} was graded (look at it and at those "
                "beside it); nothing of it is kept. Put the files back as they were, then start again."
            )

    def stop(self) -> None:
        """End all overseers; each ends what is below it."""
        with self.lock:
            self.stopping = True
            for process in self.running:
                process.terminate()

    def grade(self, one: Submission, notebook: nbformat.NotebookNode, files: list[Path]) -> dict:
        """The outcome for a notebook and the files beside it, in a folder that is gone afterwards."""
        work = self.out.resolve() / ".work" / f"{one.id}-{one.exercise}"
        work.mkdir(parents=True)
        known = self.exercises[one.exercise]
        job = {
            **asdict(self.limits),
            **{"student": printable(one.student), "exercise": one.exercise, "max_score": known.max_score},
            **{"source": known.notebook, "released": known.released, "notebook": notebook, "fonts": self.fonts},
            **{"folder": str(work), "files": str(work / "files") if files else None},
        }
        try:
            copy_files(files, one.folder, work / "files")
            outcome = self.run(job, work)
            self.check_unchanged(one)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return outcome

    def run(self, job: dict, work: Path) -> dict:
        """The outcome of a job; whatever part ends the kernel or the overseer is left out, and the rest run again."""
        end = monotonic() + self.limits.submission_seconds
        left_out: list[int] = []
        for _ in range(TRIES):
            said, problem = self.oversee({**job, "seconds": end - monotonic(), "left_out": left_out}, work)
            if self.stopping:
                raise KeyboardInterrupt
            if said and "outcome" in said[-1]:
                return said[-1]["outcome"]
            running = [line["running"] for line in said if "running" in line]
            if problem or not running or monotonic() > end:
                break
            left_out.append(running[-1])
        cells = {line["verdict"]: [line["score"], line["score"]] for line in said if "verdict" in line}
        note = problem or f"it ended the process that grades it {TRIES} times"
        score = float(sum(score for score, _ in cells.values()))
        return {"status": "failed", "score": score, "by_hand": 0.0, "cells": cells, "note": note, "page": None}

    def oversee(self, job: dict, work: Path) -> tuple[list[dict], str]:
        """What one overseer said, line by line, and why it must not be tried again ("" where it may)."""
        ours, theirs = OVERSEERS.Pipe(duplex=False)
        process = OVERSEERS.Process(target=oversee.main, args=(json.dumps(job), theirs), daemon=False)
        with self.lock:
            if self.stopping:
                return [], ""
            process.start()
            self.running.add(process)
        theirs.close()
        end = monotonic() + max(job["seconds"], 0) + GRACE
        said, problem = [], ""
        try:
            while ours.poll(max(end - monotonic(), 0)):
                said.append(json.loads(ours.recv_bytes()))
            problem = f"stopped after {self.limits.submission_seconds:g} s; what was checked before counts"
        except EOFError:
            pass
        finally:
            if problem:
                process.kill()
            process.join()
            with self.lock:
                self.running.discard(process)
            if process.exitcode != 0:
                sandbox.end_all_at(work)
            ours.close()
        errors = [line["error"] for line in said if "error" in line]
        return said, problem or "; ".join(errors)


@contextmanager
def work_in(out: Path) -> Iterator[None]:
    """`out` for this run alone, its work folder empty before and gone after."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows
            pass
        except OSError:
            raise ValueError(f"another run is grading into {out}") from None
        shutil.rmtree(out / ".work", ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(out / ".work", ignore_errors=True)


def folded(name: str) -> str:
    """Names that fold to the same are one name to some file systems."""
    return unicodedata.normalize("NFC", printable(name).casefold()).strip(" .")


def fonts() -> list[str]:
    """Matplotlib's list of fonts, built once and not in each submission's home."""
    import matplotlib.font_manager

    return sorted(map(str, Path(matplotlib.get_cachedir()).resolve().glob("fontlist-*.json")))


def package_hash(root: Path) -> str:
    """A hash of all that decides on grades: the package with its checks, the solutions, what is installed."""
    digest = hashlib.sha256()
    for base in (sandbox.PACKAGE, Path(root) / "solutions"):
        for path in sorted(path for kind in ("*.py", "*.ipynb") for path in base.rglob(kind)):
            where = path.relative_to(base)
            if not any(is_junk(part) for part in where.parts):  # JupyterLab's checkpoints
                digest.update(where.as_posix().encode() + b"\0" + path.read_bytes())
    for place in sorted(set(sys.path)):
        if place.endswith("-packages") and Path(place).is_dir():
            names = sorted(name for name in os.listdir(place) if not is_junk(name))
            digest.update("\0".join(names).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
