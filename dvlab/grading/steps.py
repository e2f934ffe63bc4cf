"""Steps beside nbgrader's: floods are stopped, checks run again in a fresh process, hidden ones stay hidden."""

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.v4 import new_output
from nbgrader import preprocessors as nbgrader
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from dvlab.grading.fresh import verdicts


def no_memory(output) -> bool:
    """Whether this output is the error of Python, NumPy or torch that there is no memory."""
    return output.get("ename", "").endswith("MemoryError") or "can't allocate memory" in output.get("evalue", "")


class LimitedExecute(nbgrader.Execute):
    """nbgrader's Execute, which interrupts a cell that prints without end and keeps the first `max_output` bytes."""

    max_output = Integer(1_000_000, help="bytes of output of one cell").tag(config=True)
    running: int | None = None  # the number of the cell that runs; after a failure, of the one that ended the kernel
    filled: int | None = None  # the number of the first cell that ran out of memory, and may still hold it

    def preprocess_cell(self, cell, resources, index):
        LimitedExecute.running = index
        cell, resources = super().preprocess_cell(cell, resources, index)
        LimitedExecute.running = None
        if any(no_memory(output) for output in cell.get("outputs", [])):
            if LimitedExecute.filled is not None:
                raise RuntimeError(f"cell {LimitedExecute.filled + 1} left no memory to cell {index + 1}")
            LimitedExecute.filled = index
        return cell, resources

    def output(self, outs, msg, display_id, cell_index):
        if msg["msg_type"] == "error":
            msg["content"]["evalue"] = msg["content"]["evalue"][:10_000]
            msg["content"]["traceback"] = [line[:10_000] for line in msg["content"]["traceback"][:100]]
            return super().output(outs, msg, display_id, cell_index)
        flood = self.__dict__.setdefault("flood", {})
        before = flood.get(cell_index, 0)
        flood[cell_index] = before + len(str(msg["content"]))
        if flood[cell_index] <= self.max_output:
            return super().output(outs, msg, display_id, cell_index)
        if flood[cell_index] // self.max_output > before // self.max_output:  # again after every further million bytes
            self.interrupt()
        return None

    def interrupt(self) -> None:
        """Send the kernel an interrupt without waiting for it."""
        import asyncio

        self.interrupts = [*getattr(self, "interrupts", []), asyncio.ensure_future(self.km.interrupt_kernel())]


class FreshProcess(NbGraderPreprocessor):
    """Run every check a second time, out of the submission's reach; one that fails there fails."""

    timeout = Integer(60, help="seconds for one cell or one call of a student's function").tag(config=True)

    def preprocess(self, nb, resources):
        folder = resources["metadata"]["path"]
        stuck = {
            number
            for number, cell in enumerate(nb.cells)
            if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
        }
        failed = {
            number
            for number, cell in enumerate(nb.cells)
            if any(output.output_type == "error" for output in cell.get("outputs", []))
        }
        said = verdicts(nb.cells, folder, self.timeout, stuck, failed)
        for cell in nb.cells:
            if cell.cell_type != "code" or not utils.is_grade(cell):
                continue
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"  # a warning is no mistake; nbgrader takes stderr for one
            problem = said.get(cell.metadata.nbgrader["grade_id"])
            if problem and not any(output.output_type == "error" for output in cell.outputs):
                text = ["Run again in a fresh process, this check fails:", *problem.splitlines()]
                cell.outputs.append(new_output("error", ename="FreshProcess", evalue=problem, traceback=text))
        return nb, resources


class DropUnknown(NbGraderPreprocessor):
    """Make copied and foreign cells plain ones: nbgrader empties their metadata, then takes it for an old format."""

    def preprocess_cell(self, cell, resources, cell_index):
        if "grade_id" not in cell.metadata.get("nbgrader", {"grade_id": None}):
            del cell.metadata["nbgrader"]
        return cell, resources


class HideHiddenTests(nbgrader.ClearHiddenTests):
    """nbgrader's ClearHiddenTests for what students get back: locked cells only, so that no answer can break it."""

    def preprocess_cell(self, cell, resources, cell_index):
        if utils.is_grade(cell) and utils.is_locked(cell):
            self._remove_hidden_test_region(cell)
        return cell, resources


SANITIZE = [
    nbgrader.ClearOutput,
    nbgrader.DeduplicateIds,
    nbgrader.OverwriteKernelspec,
    nbgrader.OverwriteCells,
    DropUnknown,
    nbgrader.CheckCellMetadata,
]
AUTOGRADE = [
    LimitedExecute,
    FreshProcess,
    nbgrader.IgnorePattern,
    ClearMetadataPreprocessor,
    nbgrader.LimitOutput,
    nbgrader.SaveAutoGrades,
    nbgrader.AssignLatePenalties,
    nbgrader.CheckCellMetadata,
]
