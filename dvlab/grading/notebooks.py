"""A notebook is written as NAME.py (py:percent) and built into NAME.ipynb: converted, run, stored with outputs."""

from pathlib import Path

import jupytext
import nbformat
from jupytext.config import load_jupytext_config
from nbclient import NotebookClient

from dvlab.files import write_whole

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def config_of(path: Path):
    """The Jupytext configuration that holds for `path` (pyproject.toml)."""
    return load_jupytext_config(str(Path(path).resolve()))


def read_script(script: Path) -> nbformat.NotebookNode:
    """NAME.py as a notebook without outputs; a cell's id is its nbgrader id, else its running number."""
    notebook = jupytext.read(script, config=config_of(script))
    set_ids(notebook)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def set_ids(notebook: nbformat.NotebookNode) -> None:
    """Give each cell its nbgrader id, else its running number, as its id: the same on every run."""
    for number, cell in enumerate(notebook.cells):
        cell["id"] = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number:03d}")


def notebook_text(notebook: nbformat.NotebookNode) -> str:
    """The bytes of an .ipynb, one newline at its end."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def script_of(notebook: Path, config_at: Path | None = None) -> str:
    """What NAME.py must say for NAME.ipynb: the text that Jupytext writes for it.

    Jupytext's configuration is the one that holds for `config_at`, or else for the notebook itself.
    """
    return jupytext.writes(jupytext.read(notebook), fmt="py:percent", config=config_of(config_at or notebook))


def pairs(root: Path = Path("."), rooms: tuple[str, ...] = ("lectures", "solutions", "exercises")) -> list[Path]:
    """The .py of every pair in these rooms, in order: lectures/*.py, the others a folder deeper."""
    scripts = [path for room in rooms for pattern in ("*.py", "*/*.py") for path in (Path(root) / room).glob(pattern)]
    return sorted(path for path in scripts if not any(part.startswith(".") for part in path.parts))


def differences(script: Path) -> str | None:
    """What is wrong with the pair, in a line; None where NAME.ipynb and NAME.py say the same."""
    notebook = Path(script).with_suffix(".ipynb")
    if not notebook.exists():
        return f"{notebook} is missing"
    if script_of(notebook) != Path(script).read_text(encoding="utf-8"):
        return f"{notebook} and {Path(script).name} differ: build it again"
    return None


def build(script: Path, execute: bool = True, timeout: int = 300) -> Path:
    """Write NAME.ipynb from NAME.py, run from top to bottom in the notebook's own folder unless `execute` is False.

    Raises nbclient's CellExecutionError where a cell fails; the old NAME.ipynb is then left as it was.
    """
    script = Path(script)
    notebook = read_script(script)
    if execute:
        from dvlab.widgets.embed import prune

        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            resources={"metadata": {"path": str(script.parent)}},
            record_timing=False,
        )
        client.execute()
        notebook.metadata["language_info"] = {"name": "python"}
        prune(notebook)
    target = script.with_suffix(".ipynb")
    whole = notebook_text(notebook)
    write_whole(target, whole)
    normalise(script, target)
    return target


def normalise(script: Path, notebook: Path, config_at: Path | None = None) -> None:
    """Write NAME.py the way Jupytext writes it, so that the pair compares equal."""
    text = script_of(notebook, config_at)
    if not Path(script).exists() or text != Path(script).read_text(encoding="utf-8"):
        Path(script).write_text(text, encoding="utf-8")
