"""One call of a student's function: on a copy of its input, with a time limit; a plain word where nothing comes."""

import contextvars
import copy
import ctypes
import inspect
import signal
import sys
import textwrap
import threading
import time
import traceback
import warnings
from collections.abc import Callable

import numpy as np
import torch

from dvlab.checks.arrays import as_array, listed, ragged

CALL_SECONDS, CHECK_SECONDS = 3.0, 8.0  # one call, and all calls of a check; the slowest right answer takes 0.2 s


class CheckFailed(AssertionError):
    """What the student reads.

    `kind` is the mistake's name, or one of: not written, error, time, slow, in place, type, tensor, array, shape,
    constant, hard-coded, random, not finite, wrong. `whole` is the symptom and the place to look; the text alone is
    the symptom only, until the same function shows it a second time.
    """

    shown: set[tuple[str, str]] = set()  # noqa: RUF012 - what was told, so that the next time can tell more

    def __init__(self, kind: str, symptom: str, look: str = "", of: str = ""):
        again = (of, kind) in self.shown
        self.shown.add((of, kind))
        self.kind, self.whole = kind, f"{symptom}\n{look}".strip()
        self.named = again or not look
        super().__init__(self.whole if self.named else f"{symptom}\nRun the check again to be told where to look.")

    def _render_traceback_(self):  # IPython shows this in place of a traceback through our own code
        lines = [f"CHECK FAILED ({self.kind})" if self.named else "CHECK FAILED", *str(self).splitlines()]
        return [part for line in lines for part in textwrap.wrap(line, 110) or [""]]  # JupyterLab breaks within words


class TooLong(BaseException):
    """No answer in time; no Exception, so that a student's `except Exception` lets it through."""


def within(seconds: float, function: Callable, *args):
    """function(*args), or TooLong when it has not returned after so many seconds.

    The main thread is interrupted by a signal where there are signals, but not amid an import; where it had less than
    half a core meanwhile, it has twice the time. Elsewhere the function
    runs in a thread of its own, which is asked to stop between two of its steps; what does not listen (one huge matrix
    product, a bare `except` in a loop) is left running, and the caller goes on.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return _by_signal(seconds, function, *args)
    return _in_thread(seconds, function, *args)


def _by_signal(seconds: float, function: Callable, *args):
    def leave(frame, event, arg):  # raised from an `except` block, it is not caught by that block's `try`
        if event == "line":
            raise TooLong
        return leave

    def stop(_, frame):
        nonlocal patience
        above = []
        while frame and frame is not here:
            above.append(frame)
            frame = frame.f_back
        if any(f.f_code.co_filename.startswith("<frozen importlib") for f in above):
            signal.setitimer(signal.ITIMER_REAL, 0.1)  # half a module would stay behind
            return
        starved = time.process_time() - worked < seconds / 2  # other programs had the core, or it sleeps
        if starved and patience:
            patience -= 1
            signal.setitimer(signal.ITIMER_REAL, seconds / 4)
            return
        for f in above:
            f.f_trace = leave
        sys.settrace(lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 0.1)  # and once more, for loops within loops
        raise TooLong

    patience = 4  # quarters of `seconds`, counted and not read off a clock: a computer that slept has lost no time
    worked = time.process_time()
    here, handler, trace = sys._getframe(), signal.signal(signal.SIGALRM, stop), sys.gettrace()
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(trace)
        signal.signal(signal.SIGALRM, handler)


def _in_thread(seconds: float, function: Callable, *args):
    result: dict = {}

    def work():
        try:
            result["value"] = function(*args)
        except BaseException as error:
            result["error"] = error

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    thread.start()
    thread.join(seconds)
    for _ in range(20):
        if not thread.is_alive():
            break
        _ask_to_stop(thread.ident, TooLong)
        thread.join(0.05)
    if thread.is_alive():
        _take_back(thread.ident)
    if "value" in result:
        return result["value"]
    raise result.get("error") or TooLong


def _ask_to_stop(thread: int, how: type | None) -> None:
    """Raise `how` in a thread as soon as it is between two steps of Python; None takes that back."""
    error = None if how is None else ctypes.py_object(how)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)


def _take_back(thread: int) -> None:
    """Nobody is asked to stop any more: while a request waits, CPython 3.11 stands still wherever it traces.

    Its flag that one waits is for all threads, and goes down only where one is heard: so the last is ours.
    """
    _ask_to_stop(thread, None)
    try:
        _ask_to_stop(threading.get_ident(), TooLong)
        while True:
            pass
    except TooLong:
        return


def answer(
    student: Callable,
    oracle: Callable,
    args: tuple,
    name: str,
    reread: str,
    *,
    read: Callable = lambda value: value,
    seconds: float = CALL_SECONDS,
) -> np.ndarray:
    """The student's answer as an array; CheckFailed where there is none, or where an input was changed on the way.

    What it warns of (0 · ln 0 in a sum that leaves it out) is kept quiet: nbgrader counts text on stderr as a failure.
    """
    return raw_answer(student, oracle, args, name, reread, read=read, seconds=seconds)[1]


def raw_answer(student, oracle, args, name, reread, *, read=lambda value: value, seconds=CALL_SECONDS):
    """The student's value as it came, and as an array."""
    mine, began = copy.deepcopy(args), time.monotonic()
    names = parameters(student, args) or [*parameters(oracle, args), *("an argument" for _ in args)]

    def fail(kind: str, symptom: str, look: str = ""):
        raise CheckFailed(kind, f"{name}{symptom}", look, of=name) from None

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = within(seconds, student, *mine)
    except NotImplementedError as error:
        inner = unwritten(error, student)
        by = f": {name} calls it" if inner else ""
        raise CheckFailed(
            "not written", f"{inner or name} is not written yet{by}. Replace the line that raises."
        ) from None
    except CheckFailed:  # from a check's own wrapper around the student's function
        raise
    except (TooLong, TimeoutError):
        took = f" had not returned after {time.monotonic() - began:.1f} s"
        fail("time", f"{took}, and was stopped. It was called with\n{listed(names, args)}", f"Reread: {reread}.")
    except Exception as error:
        says = f" stopped{at_line(error)} with {type(error).__name__}: {error}"
        look = f"Reread: {reread}."
        if "requires grad" in str(error):
            look = f"A gradient must flow through here: stay with torch's functions; after .detach() none would. {look}"
        fail("error", f"{says}\nIt was called with {described(names, args)}\n{listed(names, args)}\n{look}")
    if value is None or value is Ellipsis:
        fail("not written", f" returned {value}: is it written to the end, with a `return`?")
    for parameter, before, after in zip(names, args, mine, strict=False):
        if isinstance(before, np.ndarray | torch.Tensor) and not np.array_equal(before, after, equal_nan=True):
            fail("in place", f" changed its input {parameter}: make a new array instead of editing it.")
    try:
        return value, as_array(read(value))
    except CheckFailed:
        raise
    except (TypeError, ValueError) as error:
        kind, shapes = type(value).__name__, ragged(value)
        if isinstance(error, Unreadable):
            fail("type", f": {error}")
        if shapes:
            fail("type", f" returned a {kind} whose parts have the shapes {shapes}: they should all have the same.")
        fail("type", f" returned a {kind}; expected a number, an array or a tensor.")


class Unreadable(ValueError):
    """A value that is not of the asked form, in the words of a check's own `read`."""


def unwritten(error: Exception, student: Callable) -> str:
    """The function that raised NotImplementedError, where it is another one of the notebook's."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    home = getattr(getattr(student, "__code__", None), "co_filename", None)
    theirs = "ipykernel" in frame.filename or frame.filename == home
    return frame.name if theirs and frame.name not in (getattr(student, "__name__", ""), "<lambda>") else ""


def at_line(error: Exception) -> str:
    """' at `the line`' of a notebook's cell that raised last; nothing where it was no cell's."""
    lines = [f.line for f in traceback.extract_tb(error.__traceback__) if "ipykernel" in f.filename and f.line]
    return f" at `{lines[-1]}`" if lines else ""


def described(names: list[str], args: tuple) -> str:
    """The arguments' names and shapes."""
    shapes = [f"of shape {shape}" if (shape := tuple(np.shape(a))) else "a number" for a in args]
    return ", ".join(f"{name} {shape}".strip() for name, shape in zip(names, shapes, strict=False))


def parameters(function: Callable, args: tuple) -> list[str]:
    """The names of the function's parameters where it has as many as there are arguments, else none."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some built-in functions have no signature
        return []
    return names if len(names) == len(args) else []
