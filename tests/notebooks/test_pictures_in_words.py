"""Every picture in a lecture says in words what it shows, for those who do not see it."""

import pytest
from reading import cells, chosen


def without_words(notebook):
    """The sources of the cells that store a picture without an alternative text."""
    return [
        cell.source
        for cell in notebook
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {}) and not output.metadata.get("image/png", {}).get("alt", "").strip()
    ]


@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.stem)
def test_every_picture_has_an_alternative_text(path):
    assert without_words(cells(path)) == []


def test_a_picture_without_words_is_found():
    import nbformat

    bare = nbformat.v4.new_output("display_data", {"image/png": ""})
    told = nbformat.v4.new_output("display_data", {"image/png": ""}, metadata={"image/png": {"alt": "A disc."}})
    notebook = [
        nbformat.v4.new_code_cell("one", outputs=[told]),
        nbformat.v4.new_code_cell("two", outputs=[told, bare]),
    ]
    assert without_words(notebook) == ["two"]
