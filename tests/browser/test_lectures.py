"""Lectures in JupyterLab: a key on a slider of each widget changes its picture; two of them run from top to bottom.

That every cell of every lecture runs is nbval's to test. Here the others run no more than what their widgets rest on.
"""

import ast
import builtins
import symtable
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
LECTURES = sorted(path.name for path in (Path(__file__).parents[2] / "lectures").glob("*.ipynb"))
WHOLE = ("00_", "01_")


def binds(source: str) -> set[str]:
    """The names that a cell binds, or whose objects it is likely to change: x.method(), x.y = 1, train(x, ...)."""
    symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    found = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            found |= reads(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found |= reads(node.value.func)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "train":
            found |= reads(node.args[0])
    return found


def reads(node: ast.AST) -> set[str]:
    names = (each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
    return {name for name in names if not hasattr(builtins, name)}


def rests_on(cells: list[dict], is_wanted) -> list[int]:
    """The code cells that `is_wanted` picks, and those before them that they rest on, in order."""
    chosen, names = [], set()
    for number in reversed(range(len(cells))):
        source = "".join(cells[number]["source"])
        if cells[number]["cell_type"] == "code" and (is_wanted(source) or binds(source) & names):
            chosen.append(number)
            names |= reads(ast.parse(source))
    return chosen[::-1]


def test_what_a_cell_rests_on():
    sources = ["import a, b", "x = a.make()", "y = 2", "b.train(x, y)", "print(x)", "z = 5", "a.widgets.show(x)"]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    assert rests_on(cells, lambda source: "widgets." in source) == [0, 1, 2, 3, 6]


@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_runs_and_its_sliders_move(open_notebook, name):
    notebook = open_notebook(f"lectures/{name}")
    cells = notebook.cells()
    source = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    if name.startswith(WHOLE):
        notebook.run()
    else:
        notebook.run_cells(rests_on(cells, lambda source: "dvlab.widgets." in source))
    assert notebook.errors() == []
    panels = notebook.panels()
    assert len(panels) >= source.count("dvlab.widgets.") - source.count("from dvlab.widgets."), (
        "a widget of the lecture shows no slider"
    )
    for panel in panels:
        notebook.move(panel, notebook.sliders(panel)[-1])
    notebook.screenshots(name.removesuffix(".ipynb"))
    assert notebook.console == []
