"""A notebook is written as NAME.py (py:percent) and built into NAME.ipynb: converted, run, stored with outputs."""

from pathlib import Path

import jupytext
import nbformat
from jupytext.config import load_jupytext_config
from nbclient import NotebookClient

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def config_of(path: Path):
    """The Jupytext configuration that holds for `path` (pyproject.toml)."""
    return load_jupytext_config(str(Path(path).resolve()))


def read_script(script: Path) -> nbformat.NotebookNode:
    """NAME.py as a notebook without outputs; a cell's id is its nbgrader id, else its running number."""
    notebook = jupytext.read(script, config=config_of(script))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number:03d}")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def script_of(notebook: Path) -> str:
    """What NAME.py must say for NAME.ipynb: the text that Jupytext writes for it."""
    return jupytext.writes(jupytext.read(notebook), fmt="py:percent", config=config_of(notebook))


def build(script: Path, execute: bool = True, timeout: int = 300) -> Path:
    """Write NAME.ipynb from NAME.py, run from top to bottom in the notebook's own folder unless `execute` is False.

    Raises nbclient's CellExecutionError where a cell fails; the old NAME.ipynb is then left as it was.
    """
    script = Path(script)
    notebook = read_script(script)
    if execute:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            resources={"metadata": {"path": str(script.parent)}},
            record_timing=False,
            store_widget_state=False,
        )
        client.execute()
        notebook.metadata["language_info"] = {"name": "python"}
    target = script.with_suffix(".ipynb")
    whole = nbformat.writes(notebook) + "\n"
    part = target.with_suffix(".ipynb.part")
    part.write_text(whole, encoding="utf-8")
    part.replace(target)
    normalise(script, target)
    return target


def normalise(script: Path, notebook: Path) -> None:
    """Rewrite NAME.py the way Jupytext writes it, so that the pair compares equal."""
    text = script_of(notebook)
    if text != Path(script).read_text(encoding="utf-8"):
        Path(script).write_text(text, encoding="utf-8")
