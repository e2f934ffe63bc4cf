"""The sources that Sphinx reads, written into one folder as the course is laid out, so that all its links hold."""

import re
import shutil
from pathlib import Path

import nbformat

from dvlab.files import write_whole
from dvlab.site import court, landing, moving, notebooks, readme, reference

GLOSSARY = re.compile(r"^## Glossary\n(?P<before>.*?)^\| word .*?\n\|[-:| ]+\n(?P<rows>(?:\|.*\n?)+)", re.M | re.S)


def write(root: Path, sources: Path) -> None:
    """Fill `sources` with the notebooks of the checkout `root` and the pages around them."""
    figures = sources / "figures"
    figures.mkdir(parents=True)
    lectures, exercises = (sorted(root.glob(pattern)) for pattern in ("lectures/*.ipynb", "exercises/*/*.ipynb"))
    for path in (*lectures, *exercises):
        place = path.relative_to(root)
        notebook = nbformat.read(path, as_version=4)
        made = notebooks.source(notebook, figures, "../" * (len(place.parts) - 1))
        write_whole(sources / place, nbformat.writes(made))
    for name in ("LICENSE", "CITATION.cff", "lectures/images"):
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, sources / name)
    text = readme.read(root)
    picture = moving.tiles(moving.strips(figures), figures.name)
    for name, content in around(root, text, picture, lectures, exercises).items():
        write_whole(sources / name, content)


def around(root: Path, text: str, picture: str, lectures: list[Path], exercises: list[Path]) -> dict[str, str]:
    """All pages that are no notebooks: file name -> text."""
    toolbox = nbformat.read(root / "lectures/00_toolbox.ipynb", as_version=4)
    places = [[str(path.relative_to(root).with_suffix("")) for path in paths] for paths in (lectures, exercises)]
    return {
        "index.md": landing.page(text, *places, moving=picture, playground=False),
        "start.md": readme.page(text, "Start", "Start", "Troubleshooting"),
        "glossary.md": glossary(toolbox, lectures) + "\n\n## Notation\n\n" + readme.section(text, "Notation") + "\n",
        "court.md": readme.page(text, "A court for metrics", "A court for metrics") + f"\n## The table\n\n{court.table()}\n",
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
    names = "\n".join(f"reference/{name}" for names in reference.MODULES.values() for name in names)
    return f"```{{toctree}}\n:hidden:\n:maxdepth: 1\n\n{names}\n```\n"


def glossary(toolbox: nbformat.NotebookNode, lectures: list[Path]) -> str:
    """Lecture 0's table of words as an alphabetic list, each word with the lecture that says more."""
    (found,) = (found for cell in toolbox.cells if (found := GLOSSARY.search(cell.source)))
    entries = []
    for row in found["rows"].strip().splitlines():
        word, meaning, where = (part.strip() for part in row.strip("|").split(" | "))
        numbers = re.findall(r"\d+", where)
        links = ", ".join(f"[{n}](lectures/{lectures[int(n)].name})" for n in numbers)
        said = f" *Lecture* {links}." if links else ""
        entries.append(f"{word}\n  : {meaning[0].upper() + meaning[1:]}.{said}")
    entries.sort(key=str.lower)
    return "# Glossary\n\n" + found["before"].strip() + "\n\n" + "\n\n".join(entries)
