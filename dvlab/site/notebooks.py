"""A stored notebook as a source for Sphinx: questions are boxes, answers fold, pictures have their words."""

import base64
import hashlib
import html
import re
import struct
from pathlib import Path

import nbformat

from dvlab.widgets import embed

ANSWER = re.compile(r"<details>\s*<summary>(?P<asked>.*?)</summary>\n(?P<told>.*?)\n</details>", re.S)
QUESTION = re.compile(r"^> \*\*.*(?:\n>.*)*(?P<answer>\n\n<details>(?:.|\n)*?\n</details>)?", re.M)
HEADING = re.compile(r"^(#{1,6})(?= )", re.M)
WIDGET = embed.VIEW


def source(notebook: nbformat.NotebookNode, figures: Path, up: str) -> nbformat.NotebookNode:
    """The notebook with Markdown that Sphinx folds and boxes, and pictures in `figures`, `up` from the page's folder.

    Widgets become the elements that `dvlab.widgets.embed` brings to life.
    """
    level, alive = 0, {name: embed.element(name, notebook) for name in embed.views(notebook)}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text, level = one_level_at_a_time(cell.source, level)
            cell.source = markdown(text)
        else:
            cell.outputs = [shown(output, alive, figures, up) for output in cell.get("outputs", [])]
    notebook.metadata.pop("widgets", None)  # which Sphinx would look for elsewhere
    return notebook


def markdown(text: str) -> str:
    """Folded answers as directives, and questions in boxes with the answer below them."""
    return ANSWER.sub(answer, QUESTION.sub(question, text))


def one_level_at_a_time(text: str, level: int) -> tuple[str, int]:
    """Headings that go down by one level at most, after one of `level`; and the level of the last."""

    def heading(found: re.Match) -> str:
        nonlocal level
        level = min(len(found[1]), level + 1)
        return "#" * level

    return HEADING.sub(heading, text), level


def answer(found: re.Match) -> str:
    asked = " ".join(found["asked"].split()).replace("<code>", "`").replace("</code>", "`")
    return f":::{{dropdown}} {asked}\n:class-container: answer\n{found['told']}\n:::"


def question(found: re.Match) -> str:
    told = found["answer"] or ""
    asked = found[0].removesuffix(told)
    asked = "\n".join(line.removeprefix(">").removeprefix(" ") for line in asked.splitlines())
    return f"::::{{div}} question\n{asked}{told}\n::::"


def shown(output: nbformat.NotebookNode, alive: dict[str, str], figures: Path, up: str) -> nbformat.NotebookNode:
    """A widget as its element, a picture in a file of its own with its alternative text, any other output as it is."""
    data = output.get("data", {})
    if (name := data.get(WIDGET, {}).get("model_id")) in alive:
        return as_html(alive[name])
    if "image/png" not in data:
        return output
    content = base64.b64decode(data["image/png"])
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.png"
    (figures / name).write_bytes(content)
    width, height = struct.unpack(">II", content[16:24])
    words = output.metadata.get("image/png", {}).get("alt") or (data["text/plain"] if WIDGET in data else "")
    return as_html(
        f'<img class="figure" src="{up}{figures.name}/{name}" alt="{html.escape(words)}" '
        f'width="{width}" height="{height}" loading="lazy" decoding="async">'
    )


def as_html(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": text})
