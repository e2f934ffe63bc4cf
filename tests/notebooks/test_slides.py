"""Quotation marks hold what the slides say, word for word; and the map of the slides names sections of core paths."""

import re

import pytest
from reading import HEADING, ROOT, cells, chosen

SLIDES = sorted((ROOT.parent / "shared" / "slides").glob("*.txt"))  # the slides lie beside the project, where they lie
QUOTE = re.compile(r'"([^"\n]*(?:\n[^"\n]+)*?)"')
# words in quotation marks that are not the slides': what somebody might say, and names
OWN = """
nats per image|from $q$ to $p$|from the prior|to the prior|invisible β|the gender latent|is about
the outline is the fruit, the extent is the size|the size latent|Our model discovered that make-up is a part of gender.
Largest step|to keep the numbers small|the best log-likelihood within a budget of δ nats|to be exact
My three terms add up to the KL, so my estimate of $q(\\mathbf z)$ is right.
at a smaller loss of reconstruction than β-VAE's|β-TCVAE is better|the TC of samples is never above that of the means.
Our β-TCVAE with β = 6 reconstructs better than β-VAE with β = 6.|has a MIG of only 0.5|compute MIG
is each latent about one factor only?|No truth|how much is there|for whom|the latent that knows most of the fruit
strictly right|a latent that changes hair and jaw|to be more exact
"""


def plain(text):
    """Without spaces, capitals, TeX's commands for looks, and the marks of Markdown."""
    text = re.sub(r"\\(mathbf|text|mathrm|lvert|rvert|hat)\b", "", text)
    for tex, letter in {
        r"\rightarrow": "→",
        r"\to": "→",
        r"\beta": "β",
        r"\delta": "δ",
        r"\geq": "≥",
        r"\ge": "≥",
    }.items():
        text = text.replace(tex, letter)
    return re.sub(r"[\s*${}|“”‘’\"'\\]", "", text).lower()


OWN_PLAIN = {plain(words) for line in OWN.strip().splitlines() for words in line.split("|")}


def quotations(text):
    """What stands between quotation marks outside of displayed formulas, cut where words are left out ([...])."""
    found = [m[1].replace("\n> ", " ") for m in QUOTE.finditer(re.sub(r"\$\$.*?\$\$", " ", text, flags=re.DOTALL))]
    return [
        part for quotation in found if len(quotation.split()) > 1 for part in re.split(r"\s*\[\.\.\.\]\s*", quotation)
    ]


def foreign(text, slides):
    """Quotations that are neither the slides' nor known as somebody else's."""
    return [q for q in quotations(text) if plain(q).rstrip(".,:;?") not in slides and plain(q) not in OWN_PLAIN]


def core_sections(path):
    """The numbers of the core's sections, "## 3. A title"."""
    texts = [part for cell in cells(path) if cell.cell_type == "markdown" for part in HEADING.split(cell.source)]
    return {int(m[1]) for text in texts if (m := re.match(r"## (\d+)\. ", text))}


def the_map():
    text = "\n".join(cell.source for cell in cells(chosen()[0]) if cell.cell_type == "markdown")
    return [line for line in text.split("## Map")[1].split("\n## ")[0].splitlines() if line.startswith("| ")][1:]


@pytest.mark.skipif(not SLIDES, reason="the slides are not here")
@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.stem)
def test_the_slides_are_quoted_word_for_word(path):
    slides = plain("".join(file.read_text(encoding="utf-8") for file in SLIDES))
    prose = [cell.source for cell in cells(path) if cell.cell_type == "markdown"]
    assert [q for text in prose for q in foreign(text, slides)] == []


@pytest.mark.skipif(not SLIDES, reason="the slides are not here")
def test_every_slide_is_in_the_map():
    titles = {
        plain(t) for f in SLIDES for t in re.findall(r"(?m)^#+ (.+?)(?:<sup>.*)?$", f.read_text(encoding="utf-8"))
    }
    rows = plain("".join(the_map()))
    elsewhere = {plain(t) for t in ("VAEs and Disentanglement", "Readings", "Questions", "References")}
    general = plain("Disentangled Representation Learning: ")  # stands before "How to evaluate?"
    assert [title for title in titles - elsewhere if title.removeprefix(general) not in rows] == []


@pytest.mark.parametrize("row", the_map(), ids=lambda row: row[:40])
def test_the_map_names_sections_of_a_core(row):
    _, _, says, where, _ = re.split(r"(?<!\\)\|", row)
    assert QUOTE.search(says) or "title is the question" in says
    for place in where.split(";"):
        if not (link := re.search(r"\[(\d)\]\((\w+\.ipynb)\)", place)):
            continue  # an exercise, or the readings
        named = re.search(r"sections? (\d)(?: (to|and) (\d))?(?:, (\d))?", place)
        wanted = {int(n) for n in named.groups() if n and n.isdigit()} if named else set()
        assert wanted <= core_sections(ROOT / "lectures" / link[2]), place


def test_a_wrong_word_is_found():
    slides = plain(
        'Weight $\\beta > 1$ to disentangle without affecting reconstruction; $R_{ij} = |W_{ij}|$; **I** "value"'
    )
    assert (
        foreign(
            '"Weight $\\beta>1$ to disentangle [...] affecting reconstruction" and "$R_{ij}=\\lvert W_{ij}\\rvert$."',
            slides,
        )
        == []
    )
    assert foreign('"codes that we can choose freely"', slides) == ["codes that we can choose freely"]
    assert foreign('"Weight β > 1 to disentangle without hurting reconstruction"', slides)
