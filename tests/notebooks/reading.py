"""How long a lecture takes, counted: words at 130 a minute, 20 s a code cell, 15 s a figure; core path and all.

What is read counts: the prose, the folded answers, and the formulas. A formula in a line counts as one word; a
displayed one as many as its source has pieces between spaces. The core path's limit of 1,900 words is one of prose:
it leaves out the folded answers, which nobody must open, and the formulas.

`python tests/notebooks/reading.py` prints the line that belongs on top of each lecture.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
# lectures that keep the rules of core path, stated times, plain words, and texts for pictures: in the end all of them
KEPT = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09")
HEADING = re.compile(r"(?m)^(?=#{1,3} )")
DISPLAYED = re.compile(r"\$\$(.*?)\$\$", re.DOTALL)
INLINE = re.compile(r"\$[^$]*\$")
TAG = re.compile(r"</?\w+>")
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)


@dataclass
class Part:
    words: int = 0  # all that is read
    prose: int = 0  # without formulas and folded answers
    code: int = 0
    figures: int = 0

    @property
    def minutes(self) -> float:
        return self.words / 130 + self.code * 20 / 60 + self.figures * 15 / 60

    def __add__(self, other: "Part") -> "Part":
        return Part(*(getattr(self, name) + getattr(other, name) for name in ("words", "prose", "code", "figures")))


def cells(path: Path) -> list:
    return nbformat.read(path, as_version=4).cells


def words(text: str) -> int:
    """All that is read: formulas and folded answers, too."""
    return len(INLINE.sub("x", DISPLAYED.sub(r" \1 ", TAG.sub(" ", text))).split())


def prose(text: str) -> int:
    """Words without formulas and without folded answers."""
    return len(INLINE.sub(" ", DISPLAYED.sub(" ", FOLDED.sub(" ", text))).split())


def parts(notebook: list) -> tuple[Part, Part]:
    """The core path, and what stands under headings with a ★."""
    core, further = Part(), Part()
    here = core
    for cell in notebook:
        if cell.cell_type == "markdown":
            for text in HEADING.split(cell.source):
                if re.match("##? ", text):  # a ### belongs to the section that it stands in
                    here = further if "★" in text.splitlines()[0] else core
                here.words += words(text)
                here.prose += prose(text)
        elif cell.source.strip():
            here.code += 1
            here.figures += sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return core, further


def stated(notebook: list) -> str:
    """The line that the top of a lecture must hold."""
    core, further = parts(notebook)
    extra = f", with the ★ sections {(core + further).minutes:.0f}" if further.words else ""
    return f"**Time:** the core path takes about {core.minutes:.0f} minutes{extra}"


def in_the_readme(notebook: list) -> str:
    """How README's table says the same: minutes of the core path / of all."""
    core, further = parts(notebook)
    return f"{core.minutes:.0f} / {(core + further).minutes:.0f}"


def chosen() -> list[Path]:
    return [path for path in LECTURES if path.stem.split("_")[0] in KEPT]


if __name__ == "__main__":
    for path in LECTURES:
        core, _ = parts(cells(path))
        print(f"{path.stem}: {core.prose} words of prose, {core.words} with answers and formulas, and {core.code} code")
        print(f"    cells in the core; {in_the_readme(cells(path))}; {stated(cells(path))}")
