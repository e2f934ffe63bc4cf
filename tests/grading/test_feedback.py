"""What a student hands in cannot act on the page that is made of it; formulas are there without a network."""

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pages
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from dvlab.grading.assemble import Part
from dvlab.grading.feedback import clean, envelope, heading, markdown, page

ROOT = Path(__file__).parents[2]
ALLOWED = {"html", "head", "body", "main", "meta", "title", "style", "section", "p", "h1", "math"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def tags(html):
    parser = Tags()
    parser.feed(html)
    return parser.seen


@pytest.mark.parametrize("kind", pages.HOSTILE)
def test_nothing_on_a_page_acts(kind):
    text = pages.HOSTILE[kind]
    seen = tags(pages.hostile(text, student=text, exercise=text))
    names = [tag for tag, _ in seen]
    for tag in ("script", "iframe", "object", "embed", "svg", "link", "base", "form", "input", "video", "textarea"):
        assert tag not in names, tag
    assert names.count("style") == 1 and names.count("meta") == 4 and names.count("body") == 1
    for tag, attributes in seen:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "xlink:href")]
        assert tag == "a" or "href" not in attributes
        assert not re.match(r"\s*(javascript|data|vbscript)", attributes.get("href") or "", re.IGNORECASE)
        assert tag == "img" or "src" not in attributes


def test_the_policy_comes_first_and_allows_our_own_style_alone():
    page = pages.hostile("x")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy and "img-src data:" in policy and "unsafe" not in policy
    assert page.index("Content-Security-Policy") < page.index("<title>")


def test_points_and_names_are_on_the_page():
    page = pages.hostile("x", student="Zoé <b>")
    assert "Zoé &lt;b&gt;: 1.5 / 6.0 points" in page and "2 points are still to be read" in page
    assert "name-0: to be read" in page and "name-1: 0 of 2 points" in page and "name-2: 1.5 of 2 points" in page


def test_full_points_some_and_none_look_otherwise():
    known = {"score": 3.5, "by_hand": 0.0, "status": "graded", "note": ""}
    known["cells"] = {"a": [2.0, 2.0], "b": [0.0, 2.0], "c": [1.5, 2.0], "d": [None, 1.0]}
    made = page("eve", "02_elbo", 7.0, [Part(new_code_cell("1"), name, None, 2.0) for name in "abcd"], known)
    assert re.findall(r'class="points (\w+)" id="(\w)"', made) == [
        ("full", "a"),
        ("none", "b"),
        ("part", "c"),
        ("read", "d"),
    ]


def test_a_submission_that_was_not_graded_gets_a_page_that_says_why():
    known = {"score": 0.0, "by_hand": 0.0, "status": "unreadable", "note": "<script>"}
    page = envelope("a", "02_elbo", heading("a", "02_elbo", 12.0, known))
    assert "unreadable: &lt;script&gt;" in page and "0.0 / 12.0" in page


def test_every_formula_of_the_exercises_becomes_mathml():
    seen = 0
    for path in sorted(ROOT.glob("exercises/*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                html = clean(markdown(cell.source))
                seen += html.count("<math")
                assert not re.search(r"<code>[^<]*\\", html), (path.name, cell.source)
                assert not re.search(r"(?<!\\)\$[^$]+\$", re.sub(r"<(code|pre).*?</\1>", "", html, flags=re.DOTALL))
    assert seen > 100


def test_a_formula_that_cannot_be_read_is_shown_as_it_was_written():
    assert r"\frac{" in clean(markdown(r"$\frac{$")) or "<math" in clean(markdown(r"$\frac{$"))
    assert "<script" not in clean(markdown(r"$\begin{<script>}x$"))


def test_a_pasted_picture_is_shown_and_one_from_elsewhere_named():
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    html = clean(markdown("![a](attachment:a.png) ![b](https://x.test/b.png)", {"a.png": {"image/png": pixel}}))
    assert f'src="data:image/png;base64,{pixel}"' in html and html.count("<img") == 1
    assert "not in the notebook: https://x.test/b.png" in html


@pytest.mark.parametrize(
    "tex, letter",
    [(r"\mathbf z", "𝐳"), (r"\mathbf 0", "𝟎"), (r"\boldsymbol\mu", "𝝁"), (r"\mathcal L", "ℒ"), (r"\mathbb E", "𝔼")],
)
def test_bold_and_script_letters_are_letters(tex, letter):
    assert f">{letter}<" in clean(markdown(f"${tex}$"))


def test_what_cannot_be_shown_costs_its_own_place_only():
    """Nested a thousand deep, data of odd types, halves of characters: a page comes, and the grade with it."""
    odd = [new_output("display_data", data={"text/html": "<div>" * 20_000}), new_output("stream", text="ab")]
    cells = [new_code_cell("x = 1  # \ud800", outputs=odd), new_markdown_cell("<div>" * 20_000 + ">" * 3000 + "y")]
    odd[0].data["image/png"], odd[1].text = 5, "\ud800"
    parts = [Part(cell) for cell in (*cells, new_markdown_cell("seen"))]
    html = page("eve", "02_elbo", 6.0, parts, {"score": 1, "by_hand": 0, "cells": {}, "status": "graded", "note": ""})
    assert "x = 1" in html and "cannot be shown" in html and "seen" in html and html.encode()
