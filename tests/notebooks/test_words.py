"""The field's words, not our own: what a reader would look up in vain stays out of lectures, solutions and README."""

import ast
import re

import pytest
from reading import ROOT, chosen

# what it says: what to say
OLD = {
    r"\broads?\b": "schedule (of a weight), path",
    r"\bprices?\b": "weight",
    r"\bdearer\b": "costs more nats",
    r"\bturn(s|ed|ing)? (the|a|its|this) codes?\b": "rotate",
    r"(?<!standard )\bdeviations?\b": "standard deviation",
    r"\bidle (latents?|ones?|codes?)\b": "inactive",
    r"\bfrom the shelf\b|\bon the shelf\b|\boff the shelf\b": "pretrained",
    r"\bfields?\b(?!['’]s)": "matrix entry",
    r"\b(pays|paid) (for|in) (information|independence)": "say what rises and what falls, in nats",
    r"\blivelier\b|\bsharper winners\b|\bemptier than\b|\bhonest price\b": "say it plainly",
    r"\bfronts? of the best\b": "Pareto front",
}
CLEAN = [
    ROOT / "README.md",
    *(ROOT / "dvlab/widgets/playground" / name for name in ("stories.js", "objectives.js")),
    *sorted(ROOT.glob("solutions/*/*.py")),
]
PROSE = [path.with_suffix(".py") for path in chosen()] + CLEAN  # more as they are gone through
CHECKS = sorted((ROOT / "dvlab/checks").rglob("*.py"))


def found(text):
    """The old words in a text, with what stands around them."""
    return [text[max(m.start() - 30, 0) : m.end() + 30] for old in OLD for m in re.finditer(old, text)]


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_fields_words(path):
    assert found(path.read_text(encoding="utf-8")) == []


def strings(source):
    """The string literals of a program: what its messages are made of, and its docstrings."""
    return [n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_check_speaks_in_the_fields_words(path):
    assert [word for string in strings(path.read_text(encoding="utf-8")) for word in found(string)] == []


def test_the_strings_of_a_check_are_its_literals():
    assert strings('price = f"a price on {TC}" + "TC"  # a price') == ["TC", "a price on "]


@pytest.mark.parametrize(
    "sentence", ["how you get there, the road", "a price on TC", "its deviation is 1", "in each field of the table"]
)
def test_an_old_word_is_found(sentence):
    assert found(sentence)


@pytest.mark.parametrize(
    "sentence", ["the standard deviation is 1", "two standard deviations", "a broad prior", "the field's words"]
)
def test_a_good_word_is_not(sentence):
    assert not found(sentence)
