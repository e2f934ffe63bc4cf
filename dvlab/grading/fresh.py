"""The second pass: checks run here, in the grader's process, and the student's functions answer from another one.

Whatever a submission patches, it patches in its own process; the oracle and the comparison stay out of its reach.
A check cell sees the student's functions as stand-ins that send the arguments over and bring numbers and arrays back.
"""

import ast
import base64
import builtins
import contextlib
import io
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import cloudpickle
import numpy as np

ANSWER_LIMIT = 2**26  # bytes of one answer
START_SECONDS = 120


class Opaque:
    """Something of the student's that is neither numbers nor arrays."""

    def __init__(self, kind: str):
        self.kind = kind

    def __repr__(self):
        return f"<{self.kind}>"


class Student:
    """A process that has run some cells of a submission; `stuck` ones are left out when it must be started again."""

    def __init__(self, folder: str, seconds: float, stuck: set[int] | None = None):
        self.folder, self.seconds, self.stuck = folder, seconds, stuck or set()
        self.cells: list[tuple[int, str]] = []
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self) -> None:
        if self.process:
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)  # what it started, too
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process = None

    def run(self, number: int, source: str) -> None:
        """Run a cell; one that does not end is remembered as stuck, and the rest starts anew without it."""
        self.cells.append((number, source))
        if number not in self.stuck and self.process:
            self._run(number, source)

    def _run(self, number: int, source: str) -> None:
        try:
            self._exchange("run", source)
        except (TimeoutError, EOFError):
            self.stuck.add(number)

    def _start(self) -> None:
        while not self.process:
            command = [sys.executable, "-P", "-m", "dvlab.grading.student"]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
            )
            self.answers: queue.Queue = queue.Queue()
            threading.Thread(target=read_lines, args=(self.process.stdout, self.answers), daemon=True).start()
            if self.answers.get(timeout=START_SECONDS) != b"ready\n":
                raise RuntimeError("the process for a submission's code did not start")
            for number, source in self.cells:
                if number not in self.stuck and self.process:
                    self._run(number, source)

    def ask(self, what: str, name: str, *arguments):
        """The decoded answer; raises what the student's function raised, TimeoutError, or EOFError if it died."""
        self._start()
        return self._exchange(what, name, *arguments)

    def _exchange(self, *request):
        try:
            pickle.dump(request, self.process.stdin)
            self.process.stdin.flush()
            line = self.answers.get(timeout=self.seconds)
        except queue.Empty:
            self.kill()
            raise TimeoutError(f"no answer within {self.seconds:g} s") from None
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self.kill()
            raise EOFError("the process died, or its answer was too long")
        answer = json.loads(line)
        if "error" in answer:
            kind, message = answer["error"]
            error = getattr(builtins, kind, RuntimeError)
            raise error(message) if issubclass(error, Exception) else RuntimeError(f"{kind}: {message}")
        return decode(answer["ok"], self, request[1])


def read_lines(stream, lines: queue.Queue) -> None:
    """Put every line of the student's process into the queue, and an empty one at its end."""
    with stream:
        while line := stream.readline(ANSWER_LIMIT):
            lines.put(line)
    lines.put(b"")


def decode(value, student: Student, name: str):
    """`student.encode` undone; a callable becomes a stand-in that asks the student's process."""
    if not isinstance(value, dict):
        return value
    (kind, content), *_ = value.items()
    if kind == "array":
        dtype, shape, data = content
        return np.frombuffer(base64.b64decode(data), dtype=np.dtype(dtype)).reshape(shape).copy()
    if kind == "callable":
        return stand_in(student, name)
    if kind in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[kind](decode(part, student, name) for part in content)
    if kind == "dict":
        return {decode(key, student, name): decode(part, student, name) for key, part in content}
    if kind == "object":
        return SimpleNamespace(**{key: decode(part, student, name) for key, part in content.items()})
    if kind == "ellipsis":
        return ...
    import torch

    if kind == "tensor":
        return torch.from_numpy(np.atleast_1d(decode(content, student, name))).reshape(content["array"][1])
    if kind == "normal":
        return torch.distributions.Normal(*(decode(part, student, name) for part in content), validate_args=False)
    return Opaque(str(content))


def stand_in(student: Student, name: str):
    """A function that is called here and computed there."""

    def function(*args, **kwargs):
        return student.ask("call", name, cloudpickle.dumps((args, kwargs)))

    function.__name__ = function.__qualname__ = name
    return function


def verdicts(
    cells: list, folder: str, seconds: float, stuck: set[int] | None = None, failed: set[int] | None = None
) -> dict[str, str | None]:
    """What each check cell says of the student's functions: grade_id -> None when it passes, else the error in words.

    `cells` are a sanitised submission's, so that locked ones are the teacher's own and may run here; all others run
    in the student's process. A check cell may use what locked cells define, what it defines itself, and the
    student's names, as functions from and to numbers and arrays, or as values. The cells with the numbers in `stuck`
    are not run, and checks among those in `failed` are not asked again.
    """
    said: dict[str, str | None] = {}
    ours: dict = {"__name__": "__main__"}
    with Student(folder, seconds, stuck) as student:
        for number, cell in enumerate(cells):
            if cell.cell_type != "code":
                continue
            about = cell.metadata.get("nbgrader", {})
            locked = about.get("locked", False) and "grade_id" in about
            if not (locked and about.get("grade")):
                student.run(number, cell.source)
            if not locked or (about.get("grade") and number in (failed or ())):
                continue
            error = check(cell.source, ours, student)
            if about.get("grade"):
                said[about["grade_id"]] = error
    return said


def check(source: str, ours: dict, student: Student) -> str | None:
    """Run a teacher's cell with the student's names bound to stand-ins; None, or the error in words."""
    tree = ast.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    borrowed = {name for name in used if name not in ours and not hasattr(builtins, name)}
    try:
        for name in sorted(borrowed):
            with contextlib.suppress(KeyError):  # not the student's: the cell's own, or a NameError in a moment
                ours[name] = student.ask("get", name)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(tree, "check", "exec"), ours)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        for name in borrowed:
            ours.pop(name, None)
    return None
