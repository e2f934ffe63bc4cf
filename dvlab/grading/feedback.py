"""The page that a student gets back: the notebook as it ran, with the points, in one file that is safe and offline.

Nothing of a student's reaches the page but what bleach lets through; the page's own policy forbids scripts, frames,
forms, everything from elsewhere, and every style but the one in its head. Formulas are MathML.
"""

import base64
import copy
import hashlib
import html
import itertools
import re
from pathlib import Path

import bleach
from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_notebook
from pygments.formatters import HtmlFormatter

from dvlab._mathml import mathml

STYLE = (Path(__file__).parent / "feedback.css").read_text(encoding="utf-8")
STYLE += HtmlFormatter(style="default").get_style_defs(".highlight")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>{style}</style></head><body><main>
"""
TEXT = "p br hr div span pre code h1 h2 h3 h4 h5 h6 ul ol li dl dt dd b i em strong del sub sup kbd blockquote a img"
TABLE = "table thead tbody tfoot tr th td caption details summary"
MATHML = """math semantics annotation mrow mi mn mo mtext mspace mstyle mfrac msqrt mroot msub msup msubsup munder mover
munderover mtable mtr mtd mpadded mphantom menclose mmultiscripts mprescripts none"""
ATTRIBUTES = {
    "*": ["class"],
    "a": ["href", "title"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
    **{
        tag: ["display", "mathvariant", "stretchy", "fence", "form", "accent", "xmlns", "width", "lspace", "rspace"]
        for tag in MATHML.split()
    },
}
ATTRIBUTES["math"] = ["display", "xmlns"]
ATTRIBUTES["mo"] = [*ATTRIBUTES["mo"], "mathsize"]
MAX_TEXT, MAX_HTML, MAX_DEPTH = 200_000, 1_000_000, 400  # characters of a text; of HTML; tags within tags
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")


def clean(text) -> str:
    """HTML without anything that runs, loads, styles or covers; `style` and `script` go with what is in them."""
    from bs4 import BeautifulSoup

    text = text.decode() if isinstance(text, bytes) else str(text)
    if len(text) > MAX_HTML or depth(text) > MAX_DEPTH:  # minutes of work
        raise ValueError("too long, or nested too deeply")
    soup = BeautifulSoup(text, "html.parser")
    for element in soup.find_all(["script", "style", "iframe", "object", "embed", "svg", "template", "noscript"]):
        element.decompose()
    for image in soup.find_all("img"):
        if not image.get("src", "").startswith("data:image/"):
            image.replace_with(f"[a picture that is not in the notebook: {image.get('src', '')[:100]}]")
    tags = {*TEXT.split(), *TABLE.split(), *MATHML.split()}
    protocols = {"http", "https", "mailto", "data"}
    safe = bleach.clean(str(soup), tags, ATTRIBUTES, protocols, strip=True)
    return safe.replace('href="data:', 'data-href="')


def depth(text: str) -> int:
    """How many tags are open at once, at most."""
    tags = re.findall(r"</?(?!(?:br|hr|img|input|col|link|meta|source|wbr)\b)[a-zA-Z]+", text)
    steps = (-1 if tag.startswith("</") else 1 for tag in tags)
    return max(itertools.accumulate(steps), default=0)


def formula(tex: str, display: str) -> str:
    """MathML, or the TeX where it cannot be read."""
    try:
        return mathml(tex, display)
    except ValueError:
        return f"<code>{html.escape(tex)}</code>"


class Renderer(IPythonRenderer):
    """nbconvert's Markdown, with MathML for formulas."""

    def inline_math(self, body):
        return formula(body, "inline")

    def block_math(self, body):
        return formula(body, "block")

    def latex_environment(self, name, body):
        return formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def markdown(source: str, attachments: dict | None = None) -> str:
    renderer = Renderer(escape=False, exclude_anchor_links=True, attachments=attachments or {})
    return MarkdownWithMath(renderer=renderer).render(source)


@pass_context
def markdown_of_cell(context, source: str) -> str:
    return markdown(source, context.get("cell", {}).get("attachments"))


def exporter() -> HTMLExporter:
    """nbconvert's plainest HTML, cleaned by this module."""
    made = HTMLExporter(template_name="basic", sanitize_html=True, exclude_input_prompt=True)
    made.exclude_output_prompt = True
    made.register_filter("clean_html", clean)
    made.register_filter("markdown2html", markdown_of_cell)
    return made


def rendered(cell, using: HTMLExporter) -> str:
    """One cell as HTML, of its outputs only the kinds that can be shown safely."""
    if cell.cell_type == "markdown" and len(cell.source) > MAX_TEXT:
        raise ValueError("too long")
    cell = copy.deepcopy(cell)
    for output in cell.get("outputs", []):
        if "data" in output:
            output["data"] = {kind: output["data"][kind] for kind in SHOWN if kind in output["data"]}
            output["metadata"] = {}
    if cell.cell_type == "raw":
        return f"<pre>{html.escape(cell.source)}</pre>"
    return using.from_notebook_node(new_notebook(cells=[cell]))[0]


def in_any_case(cell, using: HTMLExporter) -> str:
    """The cell as HTML, or its source alone where that cannot be made (nested a thousand deep, data of odd types)."""
    try:
        return rendered(cell, using)
    except Exception:  # libraries that we do not own, fed by students: RecursionError, AttributeError, ...
        return f"<pre>{html.escape(cell.source)}</pre><p>[The rest of this cell cannot be shown.]</p>"


def page(student: str, exercise: str, max_score: float, parts: list, known: dict) -> str:
    """The page for a graded submission; `known` holds score, by_hand, cells, status and note."""
    using = exporter()
    body = []
    for part in parts:
        score, points = known["cells"].get(part.name, (None, None)) if part.points is not None else (None, None)
        label = ""
        if points is not None:
            got = "to be read" if score is None else f"{score:g} of {points:g} points"
            kind = "read" if score is None else "full" if score == points else "none" if not score else "part"
            label = f'<p class="points {kind}" id="{html.escape(part.name)}">{html.escape(part.name)}: {got}</p>'
        body.append(f'<section class="{part.cell.cell_type}">{label}{in_any_case(part.cell, using)}</section>')
    return envelope(student, exercise, heading(student, exercise, max_score, known) + "\n".join(body))


def heading(student: str, exercise: str, max_score: float, known: dict) -> str:
    """Who, what, how many points, and what is to be said of it."""
    lines = [f"<h1>{shown(exercise)}, {shown(student)}: {known['score']:.1f} / {max_score:.1f} points</h1>"]
    if known["by_hand"]:
        lines.append(f"<p>{known['by_hand']:g} points are still to be read by your teacher.</p>")
    said = known["note"] if known["status"] == "graded" else f"{known['status']}: {known['note']}"
    return "\n".join([*lines, f'<p class="note">{shown(said)}</p>' if said else "", ""])


def shown(name: str) -> str:
    from dvlab.grading.submissions import printable

    return html.escape(printable(name))


def envelope(student: str, exercise: str, body: str) -> str:
    """The page around it."""
    head = HEAD.format(policy=POLICY, title=f"{shown(exercise)}, {shown(student)}", style=STYLE)
    return f"{head}{body}\n</main></body></html>\n".encode("utf-8", "replace").decode()  # halves of characters
