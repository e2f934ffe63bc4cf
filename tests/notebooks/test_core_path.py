"""Each lecture's core path is short enough to be read, and the times on its top and in the README are counted."""

import re

import nbformat
import pytest
from reading import LECTURES, ROOT, cells, chosen, in_the_readme, parts, stated

README = (ROOT / "README.md").read_text(encoding="utf-8")


def name(path):
    return path.stem


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_the_core_path_is_short(path):
    core, _ = parts(cells(path))
    assert core.code <= 25
    assert core.words <= 1900 or path.stem.startswith("00"), "lecture 0 is looked things up in, and not read"


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_the_time_on_the_top_is_counted(path):
    assert stated(cells(path)) in " ".join(cells(path)[0].source.split()), f"write: {stated(cells(path))}"


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_the_readme_states_the_same_times(path):
    (row,) = [line for line in README.splitlines() if f"(lectures/{path.name})" in line and line.startswith("| ")]
    assert f"| {in_the_readme(cells(path))} |" in row, f"write: {in_the_readme(cells(path))}"


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_it_asks_and_lets_the_reader_answer(path):
    """Six questions or more, three of them numbers that the reader writes down; and five sentences to remember."""
    source = cells(path)
    prose = "\n".join(cell.source for cell in source if cell.cell_type == "markdown")
    folded = prose.count("<details>")
    guesses = sum(bool(re.search(r"^guess\w* = ", cell.source, re.M)) for cell in source if cell.cell_type == "code")
    assert folded >= 6, f"{folded} folded answers"
    assert guesses >= 3 or path.stem.startswith("00"), f"{guesses} cells with `guess = ...`"
    if not path.stem.startswith("00"):
        after = prose.split("## Five sentences to remember")[1]
        assert re.findall(r"(?m)^(\d)\. ", after.split("\n## ")[0]) == list("12345")


def never_compared(sources):
    """Guesses that no cell below the one that asks compares: names; of code cells in their order."""
    asked = [(i, name) for i, source in enumerate(sources) for name in re.findall(r"(?m)^(guess\w*) = None", source)]
    compared = {
        name: i
        for i, source in reversed(list(enumerate(sources)))
        for name in re.findall(r"(?<!def )compare\((guess\w*)", source)
    }
    return [name for i, name in asked if compared.get(name, -1) <= i]


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_a_guess_is_compared_by_a_later_cell(path):
    code = [cell for cell in cells(path) if cell.cell_type == "code"]
    assert never_compared([cell.source for cell in code]) == []
    assert not any(cell.outputs for cell in code if re.fullmatch(r"(guess\w* = None.*\n?)+", cell.source))


def test_a_guess_without_an_answer_is_found():
    assert never_compared(["guess = None", "compare(guess, 1)"]) == []
    assert never_compared(["guess_a = None  # nats\nguess_b = None", "compare(guess_a, 1)"]) == ["guess_b"]
    assert never_compared(["guess = None\ncompare(guess, 1)"]) == ["guess"]


def test_the_count():
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    picture = nbformat.v4.new_output("display_data", {"image/png": ""})
    notebook = [
        markdown("# One\ntwo $x + y$ three\n<details><summary>four</summary>five</details>\n## ★ six\nseven\n### also"),
        code("1", outputs=[picture]),
        markdown("## eight\n### nine"),
        code("2"),
    ]
    core, further = parts(notebook)
    assert (core.words, core.code, core.figures) == (8, 1, 0)  # with the # of the headings
    assert (further.words, further.code, further.figures) == (6, 1, 1)
    assert further.minutes == pytest.approx(6 / 130 + 1 / 3 + 1 / 4)
    assert len(LECTURES) >= 9
