"""What Sphinx is told: formulas as MathML, anchors as Jupyter names them, ★ sections that fold, sliders that live."""

import re

from docutils import nodes
from sphinx.application import Sphinx

from dvlab.site import formulas

GREEK = str.maketrans({"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "λ": "lambda", "σ": "sigma"})
CODE = re.compile(r"(``.+?``|`[^`]+`_?)")
SIGNS = re.compile(r"((?<=\w)_(?=\W|$)|\|)")


def slug(title: str) -> str:
    """The anchor of a heading, as Jupyter makes it: blanks become hyphens."""
    return title.strip().replace(" ", "-")


def spell_greek(app: Sphinx, doctree: nodes.document) -> None:
    """A heading with β in it has an anchor that says beta, too."""
    for section in doctree.findall(nodes.section):
        title = section[0].astext()
        spelled = nodes.make_id(title.translate(GREEK))
        if spelled != nodes.make_id(title) and spelled not in doctree.ids:
            section["ids"].append(spelled)
            doctree.ids[spelled] = section


def fold_stars(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """What stands below a heading with a star is folded under it."""
    for section in list(doctree.findall(nodes.section)):
        title = section[0]
        if isinstance(title, nodes.title) and title.astext().startswith("★"):
            section.insert(0, nodes.raw("", '<details class="star"><summary>', format="html"))
            section.insert(2, nodes.raw("", "</summary>", format="html"))
            section.append(nodes.raw("", "</details>", format="html"))


def literal_blocks(app: Sphinx, what: str, name: str, thing, options, lines: list[str]) -> None:
    """What is indented in a module's docstring is shown as it stands."""
    if what != "module":
        return
    for at in range(len(lines) - 1, 0, -1):
        before = next((line for line in reversed(lines[:at]) if line.strip()), "    ")
        if lines[at].startswith("    ") and not lines[at - 1].strip() and not before.startswith("    "):
            lines[at:at] = ["::", ""]


def plain_signs(app: Sphinx, what: str, name: str, thing, options, lines: list[str]) -> None:
    """In prose |x| and coef_ are what they look like; reStructuredText takes them for references."""
    example = False
    for at, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example and not line.startswith("    >"):
            parts = CODE.split(line)  # every second one stands between backticks
            parts[::2] = [SIGNS.sub(r"\\\1", part) for part in parts[::2]]
            lines[at] = "".join(parts)


def bring_to_life(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """A page with sliders holds what they know, and loads the script that moves them."""
    state = app.srcdir / "states" / f"{pagename}.json"
    if state.is_file():
        known = state.read_text(encoding="utf-8")
        context["body"] += f'<script type="application/json" class="dvlab-state">{known}</script>'
        app.add_js_file("sliders.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    formulas.setup(app)
    app.connect("doctree-read", spell_greek)
    app.connect("doctree-resolved", fold_stars)
    app.connect("autodoc-process-docstring", literal_blocks)
    app.connect("autodoc-process-docstring", plain_signs, priority=900)  # after numpydoc
    app.connect("html-page-context", bring_to_life)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
