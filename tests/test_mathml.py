"""Formulas as MathML: all of the course can be read, and letters are what they are in TeX."""

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from dvlab._mathml import mathml
from dvlab.site import pages

ROOT = Path(__file__).parents[1]
FORMULA = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![\\$])\$([^$]+?)\$", re.S)


def text(made):
    return "".join(ElementTree.fromstring(made).itertext())


@pytest.mark.parametrize("path", pages.notebooks_of(ROOT), ids=lambda path: path.stem)
def test_every_formula_of_the_course_is_well_formed_and_leaves_no_tex(path):
    found = 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for block, inline in FORMULA.findall(re.sub(r"`[^`]*`", "", cell.source)):
                made = mathml(re.sub(r"\\tag\{.*?\}", "", block or inline), "block" if block else "inline")
                assert "\\" not in text(made) and text(made).strip(), block or inline
                found += 1
    assert found


@pytest.mark.parametrize(
    "tex, shown",
    [
        (r"\mathbf z", "𝐳"),
        (r"\boldsymbol\mu", "𝝁"),
        (r"\mathcal N(\mathbf 0,\mathbf I)", "𝒩(𝟎,𝐈)"),
        (r"\mathcal L", "ℒ"),
        (r"\mathbb E", "𝔼"),
        (r"\sigma'", "σ′"),
        (r"\operatorname{Var}[z]", "Var[z]"),
        (r"\lvert x\rvert", "|x|"),
    ],
)
def test_letters(tex, shown):
    assert text(mathml(tex, "inline")) == shown


def test_a_function_s_name_stands_apart_but_not_from_its_subscript():
    assert re.search(r"<mi>log</mi><mspace[^>]*/><mi>p</mi>", mathml(r"\log p", "inline"))
    assert "<msub><mi>log</mi><mi>K</mi></msub><mspace" in mathml(r"\log_K p", "inline")
    assert '<mo form="prefix">&#x02212;</mo>' in mathml(r"H=-\sum_j p_j", "inline")
    assert 'form="prefix"' not in mathml(r"H-p", "inline")


def test_what_cannot_be_read_is_said():
    with pytest.raises(ValueError, match=r"no MathML for"):
        mathml(r"x_1_2", "inline")
