"""Every lecture in JupyterLab: it runs without an error, and a key on a slider of each widget changes its picture."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
LECTURES = sorted(path.name for path in (Path(__file__).parents[2] / "lectures").glob("*.ipynb"))


@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_runs_and_its_sliders_move(open_notebook, name):
    notebook = open_notebook(f"lectures/{name}")
    notebook.run()
    assert notebook.errors() == []
    source = "".join("".join(cell["source"]) for cell in notebook.cells() if cell["cell_type"] == "code")
    panels = notebook.panels()
    assert len(panels) >= source.count("dvlab.widgets.") - source.count("from dvlab.widgets."), (
        "a widget of the lecture shows no slider"
    )
    for panel in panels:
        notebook.move(panel, notebook.sliders(panel)[-1])
    notebook.screenshots(name.removesuffix(".ipynb"))
    assert notebook.console == []
