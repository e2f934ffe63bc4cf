"""exercises/ out of solutions/, with nbgrader's own preprocessors, and the folder that students get."""

import re
import shutil
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import preprocessors as nbgrader

from dvlab.grading.notebooks import normalise, notebook_text, read_script, set_ids

DELIMITERS = {f"### {edge} {what}" for edge in ("BEGIN", "END") for what in ("SOLUTION", "HIDDEN TESTS")}
LEFTOVER = re.compile(r"\b(BEGIN|END|SOLUTIONS?|HIDDEN)\b|^\s*###", flags=re.MULTILINE)
STEPS = (
    nbgrader.LockCells,
    nbgrader.ClearSolutions,
    nbgrader.ClearOutput,
    nbgrader.CheckCellMetadata,
    nbgrader.ClearHiddenTests,
    nbgrader.ClearMarkScheme,
    nbgrader.ComputeChecksums,
    nbgrader.CheckCellMetadata,
)
PACKED = ("README.md", "LICENSE", "CITATION.cff", "pyproject.toml", "environment.yml", ".binder", ".gitignore")
PACKED += ("dvlab", "lectures", "exercises", "tests")
LEFT_OUT = ("dvlab/grading", "tests/checks", "tests/grading", "tests/notebooks", "tests/planted")
LEFT_OUT += ("tests/browser/test_feedback_pages.py",)
FOR_STUDENTS = {  # what a packed file says instead, where it speaks of what is left out
    "pyproject.toml": ('["tests", "lectures", "solutions"]', '["tests", "lectures"]'),
    "README.md": ("`solutions/` holds the answers.", "Your teacher has the answers."),
}
JUNK = shutil.ignore_patterns(
    "__pycache__", ".*_cache", ".ipynb_checkpoints", ".virtual_documents", "*.part", ".DS_Store"
)


class ReleaseError(ValueError):
    """A solution that must not be released as it is; the message names the file and the cell."""


def sources(root: Path = Path(".")) -> list[Path]:
    """solutions/NN_name/NN_name.py, in order; ReleaseError where there is none."""
    found = sorted(Path(root).glob("solutions/*/*.py"))
    if not found:
        raise ReleaseError(f"no solutions/*/*.py in {Path(root).resolve()}: run this in the course's top folder")
    return found


def check_delimiters(notebook: nbformat.NotebookNode, script: Path) -> None:
    """ReleaseError unless every line that starts with ### in a code cell is a delimiter, and they pair up."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        opened = None
        for line in (line.strip() for line in cell.source.splitlines() if line.strip().startswith("###")):
            where = f"{script}, cell {cell['id']}: {line!r}"
            if line not in DELIMITERS:
                raise ReleaseError(f"{where} is no delimiter; they are {', '.join(sorted(DELIMITERS))}")
            edge, what = line.removeprefix("### ").split(" ", 1)
            if opened != (None if edge == "BEGIN" else what):
                raise ReleaseError(f"{where} does not pair up")
            opened = what if edge == "BEGIN" else None
        if opened:
            raise ReleaseError(f"{script}, cell {cell['id']}: ### BEGIN {opened} is never closed")


def student_version(script: Path) -> nbformat.NotebookNode:
    """The solution without answers, hidden checks and outputs, its checks locked: what nbgrader releases."""
    notebook = read_script(script)
    check_delimiters(notebook, script)
    released = clear(notebook)
    for cell in released.cells:
        if leftover := LEFTOVER.search(cell.source):
            raise ReleaseError(f"{script}, cell {cell['id']}: {leftover.group().strip()!r} is left in the exercise")
    return released


def clear(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook after nbgrader's steps."""
    exporter = NotebookExporter()
    exporter._preprocessors = []  # only nbgrader's, in its order
    for step in STEPS:
        exporter.register_preprocessor(step(), enabled=True)
    text, _ = exporter.from_notebook_node(notebook)
    released = nbformat.reads(text, as_version=4)
    set_ids(released)
    return released


def write_exercises(root: Path = Path("."), out: Path | None = None) -> list[Path]:
    """Write exercises/NN_name/ (.ipynb and .py) from every solution, under `out` or else `root`; give the notebooks."""
    written = []
    for script in sources(root):
        folder = Path(out or root) / "exercises" / script.parent.name
        shutil.copytree(script.parent, folder, ignore=hide_notebooks, dirs_exist_ok=True)
        notebook = folder / f"{script.stem}.ipynb"
        notebook.write_text(notebook_text(student_version(script)), encoding="utf-8")
        normalise(notebook.with_suffix(".py"), notebook, config_at=script)
        written.append(notebook)
    return written


def hide_notebooks(folder: str, names: list[str]) -> set[str]:
    """What is generated, or junk, in a solution's folder; the rest (data, pictures) is copied."""
    return JUNK(folder, names) | {name for name in names if name.endswith((".py", ".ipynb"))}


def stale(root: Path, fresh: Path) -> list[str]:
    """Files under exercises/ that differ between `root` and a fresh release in `fresh`, or are in one of them only."""
    names = {
        path.relative_to(base).as_posix()
        for base in (Path(root), Path(fresh))
        for path in (base / "exercises").rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    return sorted(name for name in names if content(Path(root) / name) != content(Path(fresh) / name))


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def pack(root: Path, out: Path) -> Path:
    """Fill the new or empty folder `out` with what students get: all but solutions, hidden checks and grading."""
    root, out = Path(root), Path(out)
    if out.exists() and any(out.iterdir()):
        raise ReleaseError(f"{out} is not empty: name a new folder")
    sources(root)

    def skip(folder: str, names: list[str]) -> set[str]:
        here = Path(folder).relative_to(root).as_posix()
        return JUNK(folder, names) | {name for name in names if f"{here}/{name}" in LEFT_OUT}

    for name in PACKED:
        if (root / name).is_dir() and name != "exercises":
            shutil.copytree(root / name, out / name, ignore=skip)
        elif (root / name).is_file():
            out.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, out / name)
    for name, (old, new) in FOR_STUDENTS.items():
        if (out / name).is_file():
            text = (out / name).read_text(encoding="utf-8")
            (out / name).write_text(text.replace(old, new), encoding="utf-8")
    write_exercises(root, out)
    return out
