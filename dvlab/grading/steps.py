"""Steps beside nbgrader's, for its own commands: cells run as in `python -m dvlab grade`, hidden checks stay hidden."""

import tempfile
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors as nbgrader
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Unicode

from dvlab.grading.assemble import about, plain
from dvlab.grading.pile import Limits, Pile
from dvlab.grading.submissions import Submission, beside


class Apart(NbGraderPreprocessor):
    """In place of nbgrader's Execute: run a submission apart from its checks, and store what each cell said."""

    root = Unicode(".", help="the course's top folder").tag(config=True)
    timeout = Float(60, help="seconds for one cell").tag(config=True)

    def preprocess(self, nb, resources):
        one = Submission(
            resources["nbgrader"]["student"],
            resources["nbgrader"]["assignment"],
            Path(resources["metadata"]["path"]),
        )
        with tempfile.TemporaryDirectory(prefix="dvlab-grade-") as out:
            pile = Pile(Path(self.root), Path(out), Limits(cell_seconds=self.timeout), [one])
            outcome = pile.grade(one, nb, beside(one.folder)[0])
        if outcome["page"] is None:
            raise RuntimeError(outcome["note"])
        named = {name: cell for name, cell in outcome["ran"] if name}
        others = iter([cell for name, cell in outcome["ran"] if not name])
        for number, cell in enumerate(nb.cells):
            name = about(cell).get("grade_id")
            ran = named.pop(name, None) if name else next(others)
            if cell.cell_type == "code":
                nb.cells[number] = plain(cell)
                nb.cells[number].outputs = nbformat.from_dict(ran["outputs"]) if ran else []
        return nb, resources


class DropUnknown(NbGraderPreprocessor):
    """Make copied and foreign cells plain ones: nbgrader empties their metadata, then takes it for an old format."""

    def preprocess_cell(self, cell, resources, cell_index):
        if "nbgrader" in cell.metadata and "grade_id" not in about(cell):
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
    Apart,
    nbgrader.IgnorePattern,
    ClearMetadataPreprocessor,
    nbgrader.LimitOutput,
    nbgrader.SaveAutoGrades,
    nbgrader.AssignLatePenalties,
    nbgrader.CheckCellMetadata,
]
