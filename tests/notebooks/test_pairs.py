"""Every notebook and its script say the same, and what is stored was really run."""

from pathlib import Path

import nbformat
import pytest

from dvlab.grading.notebooks import differences, pairs, read_script

ROOT = Path(__file__).parents[2]
PAIRS = pairs(ROOT)
RUN = pairs(ROOT, ("lectures", "solutions"))


def name(path):
    return path.relative_to(ROOT).as_posix()


def test_every_notebook_has_its_script():
    notebooks = [path for room in ("lectures", "solutions", "exercises") for path in (ROOT / room).rglob("*.ipynb")]
    notebooks = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    assert sorted(path.with_suffix(".py") for path in notebooks) == PAIRS


@pytest.mark.parametrize("script", PAIRS, ids=name)
def test_a_pair_says_the_same(script):
    assert differences(script) is None
    cells, notebook = read_script(script).cells, nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert [cell.cell_type for cell in cells] == [cell.cell_type for cell in notebook.cells]
    assert [cell.source for cell in cells] == [cell.source for cell in notebook.cells]
    assert [cell.metadata.get("tags") for cell in cells] == [cell.metadata.get("tags") for cell in notebook.cells]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in notebook.cells], "cell ids are made, not drawn"


@pytest.mark.parametrize("script", RUN, ids=name)
def test_stored_outputs_are_there_and_clean(script):
    cells = nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), "run from top to bottom"
    assert any(cell.outputs for cell in code)
    for output in (output for cell in code for output in cell.outputs):
        assert output.output_type != "error" or "raises-exception" in str(cells)
        assert output.get("name") != "stderr", output.text


def long_lines(cells, widest=120):
    """Lines of prose that are wider in the script, where each begins with "# "; a row of a table cannot be wrapped."""
    lines = [line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    return [line for line in lines if len(line) + 2 > widest and not line.startswith("|")]


@pytest.mark.parametrize("script", [script for script in PAIRS if script.parent.name == "lectures"], ids=name)
def test_prose_is_wrapped(script):
    assert long_lines(read_script(script).cells) == []


def test_a_long_line_is_found():
    source = "x" * 118 + "\n" + "y" * 119 + "\n| " + "z" * 200
    assert long_lines([nbformat.v4.new_markdown_cell(source)]) == ["y" * 119]


def test_an_edited_script_is_noticed(tmp_path):
    script = RUN[0]
    for path in (script, script.with_suffix(".ipynb")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    copy = tmp_path / script.name
    assert differences(copy) is None
    copy.write_text(copy.read_text().replace("# %% [markdown]\n", "# %% [markdown]\n# An edit.\n#\n", 1))
    assert "differ" in differences(copy)
    copy.with_suffix(".ipynb").unlink()
    assert "missing" in differences(copy)
