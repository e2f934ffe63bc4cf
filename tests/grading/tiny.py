"""A course of one small exercise, whose submissions are graded in a second or two."""

import json
from pathlib import Path

import nbformat

SETUP = "import math"
CHECK = "assert square(2) == 4, 'two'\n### BEGIN HIDDEN TESTS\nassert square(3) == 9, 'three'\n### END HIDDEN TESTS"
SHOWN = CHECK.split("###")[0]
STUB = "def square(x):\n    raise NotImplementedError()"
RIGHT = "def square(x):\n    return x * x"
WRONG = "def square(x):\n    return 2 * x"
WORDS = "YOUR ANSWER HERE"


def cell(name, source, points=None, locked=False):
    about = {"grade_id": name, "locked": locked, "grade": points is not None, "solution": not locked}
    about |= {"schema_version": 3, "task": False} | ({"points": points} if points is not None else {})
    make = nbformat.v4.new_markdown_cell if name == "words" else nbformat.v4.new_code_cell
    return make(source, metadata={"nbgrader": about}, id=name)


def notebook(answer, setup=SETUP, check=SHOWN, words=WORDS, before=(), after=()):
    own = [[nbformat.v4.new_code_cell(text) for text in part] for part in (before, after)]
    cells = [*own[0], cell("setup", setup, locked=True), cell("square", answer), cell("square-check", check, 3, True)]
    return nbformat.v4.new_notebook(cells=[*cells, cell("words", words, 2), *own[1]])


def course(root: Path, check=CHECK) -> Path:
    """A course's top folder."""
    folder = root / "solutions" / "01_square"
    folder.mkdir(parents=True, exist_ok=True)
    solved = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
    nbformat.write(notebook(solved, check=check, words="**Answer.** Nine."), folder / "square.ipynb")
    return root


def hand_in(folder: Path, student: str, made) -> Path:
    """Write a submission, a notebook or a text; where it is."""
    path = folder / student / "01_square" / "square.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(made if isinstance(made, str) else json.dumps(made), encoding="utf-8")
    return path
