"""The sources that Sphinx reads, written into one folder as the course is laid out, so that all its links hold."""

import re
import shutil
from pathlib import Path

import nbformat

from dvlab.files import write_whole
from dvlab.site import court, landing, moving, notebooks, readme, reference
from dvlab.widgets import embed

GLOSSARY = re.compile(r"^## Glossary\n(?P<before>.*?)^\| word .*?\n\|[-:| ]+\n(?P<rows>(?:\|.*\n?)+)", re.M | re.S)


def write(root: Path, sources: Path) -> None:
    """Fill `sources` with the notebooks of the checkout `root` and the pages around them."""
    figures, static = sources / "figures", sources / "static"
    for folder in (figures, static):
        folder.mkdir(parents=True)
    for path in notebooks_of(root):
        place = path.relative_to(root)
        notebook = nbformat.read(path, as_version=4)
        if embed.views(notebook):
            write_whole(sources / "states" / place.with_suffix(".json"), embed.state(notebook))
        made = notebooks.source(notebook, figures, "../" * (len(place.parts) - 1))
        write_whole(sources / place, nbformat.writes(made))
    for name in ("LICENSE", "CITATION.cff"):
        shutil.copy(root / name, sources / name)
    write_whole(static / "sliders.js", embed.script())
    for name, content in around(root, moving.tiles(moving.strips(figures), figures.name)).items():
        write_whole(sources / name, content)


def notebooks_of(root: Path) -> list[Path]:
    """The lectures and the exercises, in order."""
    return [*sorted(root.glob("lectures/*.ipynb")), *sorted(root.glob("exercises/*/*.ipynb"))]


def around(root: Path, picture: str) -> dict[str, str]:
    """All pages that are no notebooks: file name -> text."""
    text, names = readme.read(root), [path.relative_to(root).with_suffix("").as_posix() for path in notebooks_of(root)]
    lectures, exercises = ([name for name in names if name.startswith(room)] for room in ("lectures", "exercises"))
    toolbox = nbformat.read(root / "lectures/00_toolbox.ipynb", as_version=4)
    words = glossary(toolbox, lectures) + "\n\n## Notation\n\n" + readme.section(text, "Notation") + "\n"
    trial = readme.page(text, "A court for metrics", "A court for metrics")
    return {
        "index.md": landing.page(text, lectures, exercises, picture),
        "start.md": readme.page(text, "Start", "Start", "Troubleshooting"),
        "glossary.md": words,
        "court.md": f"{trial}\n## The table\n\n{court.table()}\n",
        "trained.md": readme.page(text, "What trains in minutes", "What trains in minutes"),
        "package.md": f"# The package\n\n{package(text)}\n\n## Reference\n\n{reference.contents()}\n\n" + toctree(),
        "teach.md": readme.page(text, "Teach with it", "Teach with it", "Contribute"),
        "about.md": readme.page(text, "About", "How fast the sliders are", "Changes", "Licence"),
        **reference.pages(),
    }


def package(text: str) -> str:
    """README's section on the package, without the sections in it, which have pages of their own."""
    return readme.section(text, "The package").split("\n## ")[0].split("\n### ")[0].strip()


def toctree() -> str:
    names = "\n".join(f"{name} <reference/{name}>" for names in reference.MODULES.values() for name in names)
    return f"```{{toctree}}\n:hidden:\n:maxdepth: 1\n\n{names}\n```\n"


def glossary(toolbox: nbformat.NotebookNode, lectures: list[str]) -> str:
    """Lecture 0's table of words as an alphabetic list, each word with the lecture that says more."""
    (found,) = (found for cell in toolbox.cells if (found := GLOSSARY.search(cell.source)))
    entries = []
    for row in found["rows"].strip().splitlines():
        word, meaning, where = (part.strip() for part in row.strip("|").split(" | "))
        numbers = re.findall(r"\d+", where)
        links = ", ".join(f"[{n}]({lectures[int(n)]}.ipynb)" for n in numbers)
        said = f" *Lecture* {links}." if links else ""
        entries.append(f"{word}\n  : {meaning[0].upper() + meaning[1:]}.{said}")
    entries.sort(key=str.lower)
    return "# Glossary\n\n" + found["before"].strip() + "\n\n" + "\n\n".join(entries)
