"""Grade one submission, in a process of its own that is given a job and says line by line how it goes.

The student's cells run in a kernel. The checks run here, out of its reach, on functions that ask that kernel. Where a
check could not be run for a reason that is not the answer's numbers, the visible checks run once more as a notebook has
them, in a second kernel: what passes there awaits the teacher's eye.

Each line is JSON: {"running": number of a part}, {"verdict": name, ...}, and last {"outcome": ...}.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import cloudpickle
import nbformat
import torch
from nbformat.v4 import new_output

import dvlab.checks
from dvlab.checks import calls
from dvlab.checks.comparison import CheckFailed
from dvlab.grading import sandbox
from dvlab.grading.assemble import Part, assemble, names_of_teacher, needed_by_checks, uses
from dvlab.grading.feedback import page
from dvlab.grading.kernel import TIMEOUT, Kernel, Lost, NotStarted, no_memory, started
from dvlab.grading.values import decode

NOT_NUMBERS = ("error", "type", "tensor", "array")  # kinds of CheckFailed that may be the crossing's fault
PASSED, FAILED, UNCLEAR, EYE = "passed", "failed", "unclear", "for the teacher's eye"
APART = "This passes in the notebook, but could not be run apart from it: your teacher will look at it."
ENDLESS = "This check did not come to an end, or ended the kernel."
cloudpickle.register_pickle_by_value(dvlab.checks)  # the student's kernel has none of it


class Stopped(Exception):
    """Grading ends before its end; the message says why."""


class Run:
    """One submission on its way: the parts, what is known of each, and what to tell the teacher."""

    def __init__(self, job: dict, say):
        self.job, self.say = job, say
        self.end = time.monotonic() + job["seconds"]
        self.folder = Path(job["folder"])
        submission, source = nbformat.from_dict(job["notebook"]), nbformat.from_dict(job["source"])
        self.parts, self.notes = assemble(submission, source, job["released"])
        self.left_out = set(job["left_out"])
        self.verdicts: dict[str, str] = {}
        self.ours: dict = {"__name__": "__main__"}  # where the teacher's cells run
        self.filled: int | None = None  # the first cell of the student's that ran out of memory
        if self.left_out:
            names = ", ".join(self.parts[n].name or f"number {n + 1}" for n in sorted(self.left_out))
            self.notes.append(f"left out, for ending, blocking or filling the kernel: {names}")

    def seconds(self) -> float:
        """The time for the next cell; Stopped where none is left."""
        left = self.end - time.monotonic()
        if left < 1:  # a cell's time is cut to whole seconds
            raise Stopped("stopped: the time for a submission was over; what was checked before counts")
        return min(self.job["cell_seconds"], left)

    def grade(self) -> None:
        """Run every part in order, the checks from here."""
        needed = needed_by_checks(self.parts)
        with self.kernel("apart", checks=False) as kernel:
            for number, part in enumerate(self.parts):
                if part.cell.cell_type != "code":
                    continue
                self.say(running=number)
                if part.check:
                    if number in self.left_out:
                        part.cell.outputs = [new_output("error", ename="LeftOut", evalue=ENDLESS, traceback=[ENDLESS])]
                    else:
                        self.verdict(part, self.check(part, kernel, self.seconds()))
                    self.memory(number, part)
                elif number not in self.left_out:
                    kernel.run(part.cell, number, self.seconds())
                    self.memory(number, part)
                    if part.name in needed:
                        kernel.seconds = self.seconds()
                        with contextlib.suppress(Exception):  # a student's function fails in it: so do the checks below
                            self.execute(part.teacher.source, kernel)
                elif all(one.teacher or one.cell.cell_type != "code" for one in self.parts[: number + 1]):
                    raise Stopped(f"the course's own cell {part.name} ended the kernel: raise --memory-gb")

    def verdict(self, part: Part, verdict: str) -> None:
        self.verdicts[part.name] = verdict
        self.say(verdict=part.name, score=part.points if verdict == PASSED else 0.0)

    @contextlib.contextmanager
    def kernel(self, name: str, checks: bool):
        """A kernel in a new sandbox; its processes and its folder are gone afterwards."""
        folder = self.folder / name
        files = Path(self.job["files"]) if self.job["files"] else None
        sandbox.make(folder, files, [Path(font) for font in self.job["fonts"]], checks)
        try:
            with started([part.cell for part in self.parts], folder, self.job["memory_gb"]) as kernel:
                yield kernel
        except NotStarted as error:
            raise Stopped(f"no kernel started ({error}); if memory is short, raise --memory-gb") from None
        finally:
            sandbox.end_all_below()
            shutil.rmtree(folder, ignore_errors=True)

    def memory(self, number: int, part: Part) -> None:
        """Lost where this cell had no memory because an earlier one holds it; Stopped where the teacher's had none."""
        if any(output.get("ename") == TIMEOUT["ename"] for output in part.cell.outputs):
            self.notes.append(f"{part.name or f'cell {number + 1}'} took too long and was stopped")
        if not any(no_memory(output) for output in part.cell.outputs):
            return
        if self.filled is not None:
            self.say(running=self.filled)
            raise Lost
        if part.teacher is not None and not part.check:
            raise Stopped(f"the course's own cell {part.name} had too little memory: raise --memory-gb")
        if not part.check:
            self.filled = number
        self.notes.append(f"out of memory in {part.name or f'cell {number + 1}'}")

    def execute(self, source: str, kernel: Kernel) -> str:
        """Run a teacher's cell here; what it prints. Names that no teacher's cell defines are the student's."""
        own = names_of_teacher(self.parts)
        borrowed = {name for name in uses(source) - own if name not in self.ours}
        printed = io.StringIO()
        try:
            for name in sorted(borrowed):
                with contextlib.suppress(KeyError):  # not the student's: the cell's own, or a NameError in a moment
                    self.ours[name] = decode(kernel.ask("get", name)["ok"], kernel.ask)
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "check", "exec"), self.ours)
        finally:
            for name in borrowed:
                self.ours.pop(name, None)
        return printed.getvalue()

    def check(self, part: Part, kernel: Kernel, seconds: float) -> str:
        """Whether the answer passes, with what a student may read of it as the cell's output."""
        kernel.seconds, kernel.timed_out = seconds, False
        part.cell.outputs = []
        try:
            printed = self.execute(part.teacher.source, kernel)
        except Exception as error:
            kind = type(error).__name__
            text = error._render_traceback_() if isinstance(error, CheckFailed) else [f"{kind}: {error}"]
            part.cell.outputs = [new_output("error", ename=kind, evalue=str(error), traceback=text)]
            if kernel.timed_out or is_the_answers(error):
                return FAILED
            try:
                self.execute(part.cell.source, kernel)
            except Exception:
                return UNCLEAR
            return FAILED  # the visible checks can be run apart, and only a hidden one fails
        if printed:
            part.cell.outputs = [new_output("stream", name="stdout", text=printed)]
        return PASSED

    def look_again(self) -> None:
        """The unclear checks as a notebook has them: failed there, too, or for the teacher's eye."""
        unclear = {name for name, verdict in self.verdicts.items() if verdict == UNCLEAR}
        passes: set[str] = set()
        shown = {n: part.cell.outputs for n, part in enumerate(self.parts) if part.cell.cell_type == "code"}
        with contextlib.suppress(Lost, Stopped), self.kernel("notebook", checks=True) as kernel:
            for number, part in enumerate(self.parts):
                asked = part.name in unclear if part.check else part.cell.cell_type == "code"
                if asked and number not in self.left_out:
                    kernel.run(part.cell, number, self.seconds())
                    if part.check and not any(output.output_type == "error" for output in part.cell.outputs):
                        passes.add(part.name)
        for number, outputs in shown.items():
            self.parts[number].cell.outputs = outputs
        for part in self.parts:
            if part.name in unclear:
                self.verdict(part, EYE if part.name in passes else FAILED)
                if part.name in passes:
                    part.cell.outputs.append(new_output("stream", name="stdout", text=APART))
                    why = part.cell.outputs[0].evalue.splitlines()[0][:200]
                    self.notes.append(f"{part.name} passes in the notebook but could not be run apart: {why}")

    def whole(self) -> dict:
        """Everything, to the outcome."""
        try:
            self.grade()
            if UNCLEAR in self.verdicts.values():
                self.look_again()
        except Stopped as why:
            return self.outcome(str(why))
        return self.outcome(None)

    def outcome(self, stopped: str | None) -> dict:
        """The grade, the page for the student, and the notebook as it ran."""
        cells = {part.name: [self.score(part), part.points] for part in self.parts if part.points is not None}
        notes = ([stopped] if stopped else []) + self.notes
        known = {
            "status": "failed" if stopped else "graded",
            "score": float(sum(score or 0.0 for score, _ in cells.values())),
            "by_hand": float(sum(points for score, points in cells.values() if score is None)),
            "cells": cells,
            "note": "; ".join(notes),
        }
        html = page(self.job["student"], self.job["exercise"], self.job["max_score"], self.parts, known)
        return known | {"page": html, "ran": [[part.name, part.cell] for part in self.parts]}

    def score(self, part: Part) -> float | None:
        """Points for this part, None where somebody has to look."""
        if part.by_hand:
            return 0.0 if part.untouched else None
        verdict = self.verdicts.get(part.name, FAILED)
        return None if verdict == EYE else part.points if verdict == PASSED else 0.0


def is_the_answers(error: Exception) -> bool:
    """Whether a check failed on the answer's numbers, not on how they came here."""
    if isinstance(error, CheckFailed):
        return error.kind not in NOT_NUMBERS
    return isinstance(error, AssertionError | NotImplementedError)


def main(job: str, lines: Connection) -> None:
    """Grade a job; what ends the kernel ends this, too, and whoever asked tries again without that part."""
    os.setsid()  # Ctrl-C is for whoever asked, who ends this in order
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # kernels write there, too
        os.dup2(nowhere, stream)
    os.environ |= {"MPLBACKEND": "Agg", "CUDA_VISIBLE_DEVICES": ""}
    torch.set_num_threads(1)
    calls._by_signal = lambda seconds, function, *arguments: function(*arguments)  # what is asked has limits of its own
    sandbox.adopt_orphans()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (sandbox.end_all_below(), os._exit(4)))

    def say(**what):
        lines.send_bytes(json.dumps(what).encode())

    try:
        job = json.loads(job)
        say(outcome=Run(job, say).whole())
    except Lost:
        sys.exit(3)
    except Exception as error:
        say(error=f"the grader failed: {type(error).__name__}: {str(error)[:300]}")
        raise
