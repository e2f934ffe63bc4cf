"""The field's words, not our own: what a reader would look up in vain stays out of lectures, solutions and README."""

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
    *(ROOT / f"solutions/{name}.py" for name in ("04_decompose/decompose", "06_mig_vs_mi/mig_vs_mi")),
]
PROSE = [path.with_suffix(".py") for path in chosen()] + CLEAN  # more as they are gone through


def found(text):
    """The old words in a text, with what stands around them."""
    return [text[max(m.start() - 30, 0) : m.end() + 30] for old in OLD for m in re.finditer(old, text)]


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_fields_words(path):
    assert found(path.read_text(encoding="utf-8")) == []


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
