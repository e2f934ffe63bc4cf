"""Each lecture's core path is short enough to be read, and the times on its top and in the README are counted."""

import re

import nbformat
import pytest
from reading import FOLDED, LECTURES, ROOT, cells, chosen, in_the_readme, parts, stated

README = (ROOT / "README.md").read_text(encoding="utf-8")


def name(path):
    return path.stem


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_the_core_path_is_short(path):
    core, _ = parts(cells(path))
    assert core.code <= 25
    assert core.prose <= 1900 or path.stem.startswith("00"), "lecture 0 is looked things up in, and not read"


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_the_time_on_the_top_is_counted(path):
    assert stated(cells(path)) in " ".join(cells(path)[0].source.split()), f"write: {stated(cells(path))}"


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_the_readme_states_the_same_times(path):
    (row,) = [line for line in README.splitlines() if f"(lectures/{path.name})" in line and line.startswith("| ")]
    assert f"| {in_the_readme(cells(path))} |" in row, f"write: {in_the_readme(cells(path))}"


def test_the_course_opens_at_lecture_1():
    opened = re.findall(r"default_url=/lab/tree/(\S+)", README)
    assert opened == 2 * ["lectures/" + LECTURES[1].name], "lecture 0 is looked things up in"


def blocks(notebook):
    """Paragraphs, folds and code cells, in order, each with its kind."""
    for cell in notebook:
        if cell.cell_type == "code":
            yield ("guess" if re.search(r"^guess\w* = None", cell.source, re.M) else "code"), cell.source
            continue
        for piece in re.split(rf"({FOLDED.pattern})|\n\s*\n", cell.source, flags=re.DOTALL):
            if piece and piece.strip():
                numbered = re.match(r"<details><summary>\d+\. ", piece)  # a self-check: question and answer in one
                kind = "self-check" if numbered else "fold" if piece.startswith("<details>") else "text"
                yield ("asked" if piece.startswith("> **") else kind), piece.strip()


def questions(notebook):
    """(question, whether it is answered) of each passage that the reader is asked.

    A question is a block quote that begins in bold type, with its answer folded right below it, or with a cell below it
    in which a guess is written down, which a later cell compares; such a cell by itself; or a numbered fold of a
    self-check, whose summary asks and whose text answers.
    """
    found = [("text", ""), *blocks(notebook), ("text", "")]
    late = never_compared([text for kind, text in found if kind in ("guess", "code")])
    for (before, _), (kind, text), (after, below) in zip(found, found[1:], found[2:], strict=False):
        cell = text if kind == "guess" else below if kind == "asked" and after == "guess" else ""
        if cell and (kind == "asked" or before != "asked"):
            yield text, not set(re.findall(r"(?m)^(guess\w*) = None", cell)) & set(late)
        elif kind == "asked":
            yield text, after == "fold"
        elif kind == "self-check":
            yield text, not re.search(r"</summary>\s*</details>", text)


def without_a_question(notebook):
    """Folded answers that stand neither below a question nor below the cell that compares a guess."""
    found = list(blocks(notebook))
    return [
        text
        for (before, above), (kind, text) in zip([("text", ""), *found], found, strict=False)
        if kind == "fold" and before != "asked" and not (before == "code" and re.search(r"\bcompare\(", above))
    ]


@pytest.mark.parametrize("path", chosen(), ids=name)
def test_it_asks_and_lets_the_reader_answer(path):
    """Six questions or more, three of them numbers that the reader writes down; and five sentences to remember."""
    source = cells(path)
    asked = list(questions(source))
    assert [question for question, answered in asked if not answered] == []
    assert without_a_question(source) == []
    guesses = sum(kind == "guess" for kind, _ in blocks(source))
    assert len(asked) >= 6, f"{len(asked)} questions"
    assert guesses >= 3 or path.stem.startswith("00"), f"{guesses} cells with `guess = ...`"
    if not path.stem.startswith("00"):
        prose = "\n".join(cell.source for cell in source if cell.cell_type == "markdown")
        after = prose.split("## Five sentences to remember")[1]
        assert re.findall(r"(?m)^(\d)\. ", after.split("\n## ")[0]) == list("12345")


def test_a_question_without_an_answer_is_found():
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    fold = "<details><summary>Answer</summary>\n\nSeven.\n\nOr eight.\n</details>"
    compared = [code("guess = None  # nats"), code("compare(guess, 1)"), markdown(fold)]

    def missing(*notebook):
        return [question for question, answered in questions(notebook) if not answered]

    assert missing(markdown(f"> **How many?** Count\n> them.\n\n{fold}\n\n> A quotation.\n\nText.")) == []
    assert missing(markdown("> **How many?**\n\nText."), markdown(fold)) == ["> **How many?**"]
    assert missing(markdown("> **How many?**"), code("print(7)"), markdown(fold)) == ["> **How many?**"]
    assert missing(markdown("> **How many?**"), *compared) == [] == missing(*compared)
    assert missing(markdown("> **How many?**"), compared[0], markdown(fold)) == ["> **How many?**"]
    assert missing(compared[0], markdown(fold)) == ["guess = None  # nats"]
    assert missing(markdown("<details><summary>1. How many?</summary>\n\n</details>"))
    assert missing(markdown("<details><summary>1. How many?</summary>\n\n$7$\n</details>")) == []
    assert len(list(questions([markdown("> **How many?**"), *compared, markdown(f"> **Why?**\n\n{fold}")]))) == 2
    assert without_a_question([markdown(f"How many?\n\n{fold}")]) == [fold]
    assert without_a_question([*compared, markdown(f"> **Why?**\n\n{fold}")]) == []


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
        markdown("## eight\n### nine\n\n$$a = b$$"),
        code("2"),
    ]
    core, further = parts(notebook)
    assert (core.words, core.prose, core.code, core.figures) == (14, 8, 1, 0)  # with the # of the headings
    assert (further.words, further.prose, further.code, further.figures) == (6, 6, 1, 1)
    assert further.minutes == pytest.approx(6 / 130 + 1 / 3 + 1 / 4)
    assert len(LECTURES) >= 9
