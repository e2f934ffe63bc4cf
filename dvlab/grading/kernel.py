"""A notebook's kernel, in a sandbox, that runs cells within limits and answers for the functions in it."""

import ast
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode
from nbformat.v4 import new_output

from dvlab.grading.sandbox import environment
from dvlab.grading.values import raised

ANSWER = "__import__('dvlab.grading.student', fromlist=['answer']).answer(*{!r})"
MAX_ANSWER = 200_000_000  # characters
STARTS = 5  # tries
PATIENCE = 5  # seconds from an interrupt to a kernel that is given up
TIMEOUT = {"ename": "CellTimeoutError", "evalue": "", "traceback": ["This cell took too long and was stopped."]}


class Lost(BaseException):
    """The kernel died or hangs; no `except Exception` of a check's may swallow this."""


class NotStarted(Exception):
    """No kernel starts; the message says why."""


class Manager(AsyncKernelManager):
    """Starts `dvlab.grading.student` in place of an installed kernel."""

    def __init__(self, argv: list[str], **options):
        super().__init__(**options)
        self.argv = argv

    @property
    def kernel_spec(self):
        return KernelSpec(argv=self.argv, display_name="Python 3", language="python")


def no_memory(output: NotebookNode) -> bool:
    """Whether this output is the error of Python, NumPy or torch that there is no memory."""
    return output.get("ename", "").endswith("MemoryError") or "can't allocate memory" in output.get("evalue", "")


class Kernel(NotebookClient):
    """nbclient's client: a cell that prints without end is interrupted, and values can be asked for."""

    max_text, max_output, too_much = 1_000_000, 20_000_000, 50_000_000  # bytes of a cell: kept, with pictures; stopped

    def __init__(self, cells: list[NotebookNode], folder: Path, memory_gb: float):
        notebook = NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
        command = [sys.executable, "-m", "dvlab.grading.student", str(folder), str(memory_gb)]
        manager = Manager([*command, "-f", "{connection_file}"], connection_file=str(folder / "kernel.json"))
        super().__init__(notebook, km=manager, allow_errors=True, startup_timeout=60, shutdown_kernel="immediate")
        self.error_on_timeout, self.interrupt_on_timeout = TIMEOUT, True
        self.raise_on_iopub_timeout, self.iopub_timeout = True, 20
        self.record_timing = False
        self.on_cell_executed = add_error
        self.folder, self.flood = folder, {}
        self.seconds = 0.0  # left for what is asked
        self.timed_out = False

    def start(self):
        """A context in which the kernel runs."""
        return self.setup_kernel(cwd=str(self.folder / "work"), env=environment(self.folder), cleanup_kc=True)

    def run(self, cell: NotebookNode, number: int, seconds: float) -> None:
        """Run a cell and store its outputs; Lost where the kernel does not survive that."""
        self.timeout, started = max(1, int(seconds)), time.monotonic()
        try:
            self.execute_cell(cell, number)
        except Exception:  # it died, hangs, or no longer speaks as kernels do
            raise Lost from None
        told = any(output.get("ename") == TIMEOUT["ename"] for output in cell.outputs)
        if time.monotonic() - started >= self.timeout and not told:  # it was interrupted, and says that alone
            cell.outputs.append(new_output("error", **TIMEOUT))

    def process_message(self, msg, cell, cell_index):
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:  # a message that no kernel sends of itself: `display({"text/html": 5}, raw=True)`
            cell.outputs.append(new_output("stream", name="stderr", text="[an output of an odd form was left out]\n"))

    def output(self, outs, msg, display_id, cell_index):
        if msg["msg_type"] == "error":
            content = msg["content"]
            content["evalue"] = content["evalue"][:10_000]
            content["traceback"] = [line[:10_000] for line in content["traceback"][:100]]
            return super().output(outs, msg, display_id, cell_index)
        before = self.flood.get(cell_index, 0)
        self.flood[cell_index] = now = before + len(str(msg["content"]))
        kept = self.max_text if msg["msg_type"] == "stream" else self.max_output
        if now <= kept:
            return super().output(outs, msg, display_id, cell_index)
        if before <= kept:
            outs.append(new_output("stream", name="stderr", text="\n[further output was left out]\n"))
        if now // self.too_much > before // self.too_much:
            self.interrupting = asyncio.ensure_future(self.km.interrupt_kernel())
        return None

    def ask(self, what: str, about, arguments: str = "") -> dict:
        """The student's answer to ('get', name) or ('call', number, arguments); raises what the function raised."""
        started = time.monotonic()
        try:
            answer = run_sync(self._ask)((what, about, arguments), self.seconds)
        finally:
            self.seconds -= time.monotonic() - started
        if "error" in answer:
            raise raised(*answer["error"])
        return answer

    async def _ask(self, question: tuple, seconds: float) -> dict:
        number = self.kc.execute(
            "", silent=True, store_history=False, user_expressions={"answer": ANSWER.format(question)}
        )
        reply = await self._reply(number, seconds)
        if reply is None:
            self.timed_out = True
            await self.km.interrupt_kernel()
            if await self._reply(number, PATIENCE) is None:
                raise Lost
            raise TimeoutError("no answer in time")
        said = reply["content"].get("user_expressions", {}).get("answer", {})
        if said.get("status") != "ok":
            return {"error": [said.get("ename", "RuntimeError"), said.get("evalue", "no answer")]}
        text = said["data"]["text/plain"]
        if len(text) > MAX_ANSWER:
            return {"error": ["ValueError", "an answer too large to be compared"]}
        answer = json.loads(ast.literal_eval(text))
        return answer if isinstance(answer, dict) else {"error": ["RuntimeError", "no answer"]}

    async def _reply(self, number: str, seconds: float) -> dict | None:
        """The kernel's reply to the request with this number; None where there is none in time."""
        end = time.monotonic() + max(seconds, 0.0)
        while (left := end - time.monotonic()) > 0:
            try:
                message = await self.kc.shell_channel.get_msg(timeout=min(left, 1.0))
            except Empty:
                if not await self.km.is_alive():
                    raise Lost from None
                continue
            if message["parent_header"].get("msg_id") == number:
                return message
        return None


@contextmanager
def started(cells: list[NotebookNode], folder: Path, memory_gb: float) -> Iterator[Kernel]:
    """A running kernel; NotStarted where none starts.

    The ports chosen for a kernel may be another program's by the time it starts: so it is tried again.
    """
    with ExitStack() as running:
        for tries_left in reversed(range(STARTS)):
            kernel = Kernel(cells, folder, memory_gb)
            try:
                running.enter_context(kernel.start())
                break
            except RuntimeError as error:  # nbclient has no other
                if not tries_left:
                    raise NotStarted(str(error)) from None
        yield kernel


def add_error(cell: NotebookNode, execute_reply: dict, **_) -> None:
    """Where a cell failed without saying so (it was stopped), say so."""
    content = execute_reply["content"]
    if content["status"] == "error" and not any(output.output_type == "error" for output in cell.outputs):
        text = content.get("traceback") or ["the cell failed"]
        cell.outputs.append(new_output("error", ename=content["ename"], evalue=content["evalue"], traceback=text))
