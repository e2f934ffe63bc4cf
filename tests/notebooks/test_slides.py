"""Quotation marks hold what the slides say, word for word; and the map of the slides names passages of core paths."""

import re

import pytest
from reading import HEADING, ROOT, cells, chosen

SLIDES = sorted((ROOT.parent / "shared" / "slides").glob("*.txt"))  # the slides lie beside the project, where they lie
# "[3, section 6](FILE#HEADING): *words that begin a passage*, *words that begin another*"
PLACE = re.compile(r"\[\d, section (\d+)\]\((\w+\.ipynb)#(\S+)\):((?:,? \*[^*]+\*)+)")
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


def core_passages(notebook):
    """(section's number, nearest heading, paragraphs) of each piece of the core, cut at cells and headings."""
    number, heading, core = 0, "", True
    for cell in notebook:
        for text in HEADING.split(cell.source) if cell.cell_type == "markdown" else []:
            if title := re.match(r"(#+) (.*)", text):
                heading = title[2]
                if len(title[1]) < 3:
                    core = "★" not in heading
                    number = int(m[0]) if (m := re.match(r"\d+(?=\. )", heading)) else 0
            if core:
                yield number, heading, text.split("\n\n")


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


def held(says):
    """What a row says of its slide: quotations, and formulas outside of them."""
    return [plain(text) for text in quotations(says) + re.findall(r"\$[^$]+\$", QUOTE.sub("", says))]


def wrong_places(row, notebooks):
    """Passages that a row names and that the core of the notebook does not have, or that hold nothing of the row."""
    _, _, says, where, _ = re.split(r"(?<!\\)\|", row)
    found = []
    for section, file, anchor, named in PLACE.findall(where):
        here = (section, anchor)
        pieces = [p for n, title, p in core_passages(notebooks(file)) if (str(n), title.replace(" ", "-")) == here]
        for words in re.findall(r"\*([^*]+)\*", named):
            starts = [p for p in pieces if any(plain(text.lstrip("> ")).startswith(plain(words)) for text in p)]
            if not any(part in plain("".join(p)) for p in starts for part in held(says)):
                found.append((file, anchor, words))
    return found


@pytest.mark.parametrize("row", the_map(), ids=lambda row: row[:40])
def test_the_map_names_passages_of_a_core_that_have_the_slide(row):
    _, _, says, where, _ = re.split(r"(?<!\\)\|", row)
    assert wrong_places(row, lambda file: cells(ROOT / "lectures" / file)) == []
    assert PLACE.search(where) or "title is the question" in says or "[readings]" in where, "it names no passage"
    more = re.search(r"more in sections? (\d)(?: (to|and) (\d))?", where)
    wanted = {int(n) for n in more.groups() if n and n.isdigit()} if more else set()
    last = re.findall(r"(\w+\.ipynb)#", where.split("; more in")[0])[-1:]
    assert all(wanted <= {n for n, *_ in core_passages(cells(ROOT / "lectures" / file))} for file in last), where


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


def test_a_wrong_place_in_the_map_is_found():
    import nbformat

    markdown = nbformat.v4.new_markdown_cell
    notebook = [
        markdown("## 1. Water\n\nIt *falls*.\n\n$$a\\le b$$"),
        markdown('> "Low water",\n\nsays the slide.'),
        markdown('## ★ More\n\n"Low water" again.'),
    ]

    def wrong(says, where):
        return wrong_places(f"|  | {says} | {where} |", lambda file: notebook)

    assert wrong('"Low water"', "[3, section 1](a.ipynb#1.-Water): *Low water*; exercise 03") == []
    assert wrong(r"$a\le b$", "[3, section 1](a.ipynb#1.-Water): *It falls*") == []
    assert wrong('"Low water"', "[3, section 1](a.ipynb#1.-Water): *It falls*"), "the passage does not say it"
    assert wrong('"Low water"', "[3, section 1](a.ipynb#1.-Water): *It rises*"), "no such passage"
    assert wrong('"Low water"', "[3, section 2](a.ipynb#1.-Water): *Low water*"), "another section"
    assert wrong('"Low water"', "[3, section 1](a.ipynb#★-More): *Low water*"), "not in the core"
