"""Sphinx writes formulas as MathML."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from dvlab._mathml import mathml

TAG = re.compile(r"\\tag\{([^}]*)\}")


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    tex, number = node.astext(), TAG.search(node.astext())
    tag = f'<span class="tag">({number[1]})</span>' if number else ""
    translator.body.append(f'<div class="formula scrolls">{mathml(TAG.sub("", tex), "block")}{tag}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
