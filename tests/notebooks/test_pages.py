"""Lectures read well as web pages: headings in order, formulas by themselves, answers that fold, links that lead on."""

import re
import struct
from base64 import b64decode
from itertools import pairwise
from pathlib import Path

import pytest
from reading import ROOT, cells, chosen

WIDEST = 1130  # pixels; a page is some 760 wide, and letters of 10 points shrink with the picture
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def prose(path):
    return [cell.source for cell in cells(path) if cell.cell_type == "markdown"]


def headings(texts):
    """(level, title) of each, in order."""
    return [(len(m[1]), m[2]) for text in texts for m in re.finditer(r"(?m)^(#+) (.*)$", text)]


def skipped(texts):
    """Headings that stand more than one level below the one before."""
    found = headings(texts)
    return [title for (before, _), (level, title) in pairwise(found) if level > before + 1]


def crowded(text):
    """Displayed formulas that share a paragraph with text: a page shows them as dollar signs."""
    blocks = [m.span() for m in re.finditer(r"\$\$.+?\$\$", text, re.DOTALL)]
    before = [text[:start].rstrip(" ") for start, _ in blocks]
    after = [text[end:].lstrip(" ") for _, end in blocks]
    return [
        text[slice(*block)]
        for block, b, a in zip(blocks, before, after, strict=True)
        if not (b in ("", ">") or b.endswith(("\n\n", "\n>"))) or not re.match(r"$|\n\s*(\n|$)|[.,]?\n\s*(\n|$)", a)
    ]


def badly_folded(text):
    """Answers whose text is taken for HTML: a fold begins a line, and an empty line stands before its text."""
    good = len(re.findall(r"(?m)^<details><summary>.+?</summary>\n\n(?=\S)", text, re.DOTALL))
    return text.count("<details") - good


def anchor(title):
    """How Jupyter makes an address of a heading."""
    return title.replace(" ", "-")


@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.stem)
def test_headings_skip_no_level(path):
    texts = prose(path)
    assert headings(texts)[0][0] == 1 and [level for level, _ in headings(texts)].count(1) == 1
    assert skipped(texts) == []
    assert all(level == 2 for level, title in headings(texts) if "★" in title), "a ★ section is a section"
    assert all(title.startswith("★ ") for _, title in headings(texts) if "★" in title)


@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.stem)
def test_a_formula_is_a_paragraph_and_an_answer_folds(path):
    assert [formula for text in prose(path) for formula in crowded(text)] == []
    assert [text for text in prose(path) if badly_folded(text)] == []


@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    for target in (m[1] for text in prose(path) for m in LINK.finditer(text)):
        if target.startswith("https://"):
            continue
        file, _, place = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.is_file() and there.is_relative_to(ROOT), target
        assert not place or place in [anchor(title) for _, title in headings(prose(there))], target


@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.stem)
def test_letters_are_legible_where_a_picture_is_as_wide_as_the_page(path):
    outputs = [
        o.data["image/png"] for cell in cells(path) for o in cell.get("outputs", []) if "image/png" in o.get("data", {})
    ]
    widths = [struct.unpack(">I", b64decode(png)[16:20])[0] for png in outputs]
    assert max(widths) <= WIDEST, widths


def test_what_is_wrong_is_found():
    assert skipped(["# One\n## Two\n#### Four"]) == ["Four"] and skipped(["# 1\n## 2\n### 3\n## 2"]) == []
    assert crowded("text\n$$x$$\n\nmore") and crowded("$$x$$ and text") and crowded("\n\n$$x$$\nmore")
    assert (
        not crowded("text\n\n$$x\\\\\ny$$\n\nmore") and not crowded("$$x$$") and not crowded("1. a\n\n   $$x$$\n\n2. b")
    )
    assert badly_folded("> <details><summary>Answer</summary>\n> $x$") and badly_folded(
        "<details><summary>A</summary>\nx"
    )
    assert not badly_folded("<details><summary>A\nB</summary>\n\nx\n</details>")
    assert Path(ROOT / "lectures").is_dir()
