"""How long a lecture takes, counted: words at 130 a minute, 20 s a code cell, 15 s a figure; core path and all.

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
UNCOUNTED = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|<details>.*?</details>", re.DOTALL)  # formulas, folded answers


@dataclass
class Part:
    words: int = 0
    code: int = 0
    figures: int = 0

    @property
    def minutes(self) -> float:
        return self.words / 130 + self.code * 20 / 60 + self.figures * 15 / 60

    def __add__(self, other: "Part") -> "Part":
        return Part(self.words + other.words, self.code + other.code, self.figures + other.figures)


def cells(path: Path) -> list:
    return nbformat.read(path, as_version=4).cells


def parts(notebook: list) -> tuple[Part, Part]:
    """The core path, and what stands under headings with a ★."""
    core, further, here = Part(), Part(), None
    here = core
    for cell in notebook:
        if cell.cell_type == "markdown":
            for text in HEADING.split(cell.source):
                if re.match("##? ", text):  # a ### belongs to the section that it stands in
                    here = further if "★" in text.splitlines()[0] else core
                here.words += len(UNCOUNTED.sub(" ", text).split())
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
        print(f"{path.stem}: {core.words} words and {core.code} code cells in the core; {in_the_readme(cells(path))}")
        print(f"    {stated(cells(path))}")
