"""Every picture says in words what it shows, for those who do not see it, and not at more length than its caption."""

import re

import nbformat
import pytest
from reading import ROOT, cells, chosen

PAIRS = chosen() + sorted((ROOT / "solutions").glob("*/*.ipynb"))
CAPTION = re.compile(r"^\*(?!\*)(.+?)(?<!\*)\*(?!\*)", re.DOTALL)
WIDGET = "application/vnd.jupyter.widget-view+json"


def name(path):
    return path.relative_to(ROOT).with_suffix("").as_posix()


def pictures(notebook):
    """(place, output, the text cell that follows) of each stored picture."""
    for place, cell in enumerate(notebook):
        after = next((c.source for c in notebook[place + 1 :] if c.cell_type == "markdown"), "")
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield place, output, after


def alternative(output):
    return output.metadata.get("image/png", {}).get("alt", "").strip()


def caption(text):
    """What a picture's caption says: the first paragraph in italics of the text cell after it."""
    paragraphs = (re.sub(r"(?<!\*)\*\*(?!\*)", "", part) for part in text.split("\n\n"))
    found = next((m[1] for part in paragraphs if (m := CAPTION.match(part))), "")
    return " ".join(re.sub(r"\\[a-zA-Z]+ ?", "x", re.sub(r"[${}]", "", found)).split())  # a command of TeX is a letter


def without_words(notebook):
    """The places of the cells that store a picture without an alternative text."""
    return [place for place, output, _ in pictures(notebook) if not alternative(output)]


def without_caption(notebook):
    """The places of pictures that no caption follows; sliders explain themselves."""
    return [place for place, output, after in pictures(notebook) if not caption(after) and WIDGET not in output.data]


def longer_than_its_caption(notebook):
    return [
        (place, alternative(output), caption(after))
        for place, output, after in pictures(notebook)
        if caption(after) and len(alternative(output)) > len(caption(after))
    ]


@pytest.mark.parametrize("path", PAIRS, ids=name)
def test_every_picture_has_an_alternative_text_and_a_caption(path):
    assert without_words(cells(path)) == []
    assert without_caption(cells(path)) == []


@pytest.mark.parametrize("path", PAIRS, ids=name)
def test_no_alternative_text_is_longer_than_its_caption(path):
    assert longer_than_its_caption(cells(path)) == []


def drawn(alt, widget=False):
    metadata = {"image/png": {"alt": alt}} if alt else {}
    data = {"image/png": ""} | ({WIDGET: {}} if widget else {})
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


def test_a_picture_without_words_is_found():
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    notebook = [
        code("one", outputs=[drawn("A disc.")]),
        code("two", outputs=[drawn("A disc."), drawn("")]),
        text("**Seen**"),
    ]
    assert without_words(notebook) == [1]
    assert without_caption(notebook) == [0, 1, 1]


def test_a_text_longer_than_its_caption_is_found():
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    first, second = drawn("A grey disc on white."), drawn("Discs")
    notebook = [code("", outputs=[first, second]), text("> **Which?**\n\n*A disc of $\\pi$.* It is grey on white.")]
    assert [place for place, *_ in longer_than_its_caption(notebook)] == [0]
    assert caption("*A **grey** disc of $\\beta z$.* And more.") == "A grey disc of xz."
    assert caption("Text, *then a word*") == "" == caption("**Bold**")
    assert without_caption([code("", outputs=[drawn("Sliders", widget=True)]), text("## Next")]) == []
