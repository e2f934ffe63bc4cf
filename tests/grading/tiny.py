"""A course of one small exercise, whose submissions are graded in a second: two functions and an answer in words."""

import json
from pathlib import Path

import nbformat

EXERCISE = "01_square"
SETUP = "import math"
CHECK = "assert square(2) == 4, 'two'\n### BEGIN HIDDEN TESTS\nassert square(3) == 9, 'three'\n### END HIDDEN TESTS"
SHOWN = CHECK.split("###")[0]
CUBES = "assert cube(2) == 8\n### BEGIN HIDDEN TESTS\nassert cube(3) == 27\n### END HIDDEN TESTS"
CUBED = CUBES.split("###")[0]
STUB = "def square(x):\n    raise NotImplementedError()"
RIGHT = "def square(x):\n    return x * x"
WRONG = "def square(x):\n    return 2 * x"
CUBE = "def cube(x):\n    return x**3"
WORDS = "YOUR ANSWER HERE"
POINTS = {"square-check": 3, "cube-check": 1, "words": 2}


def cell(name, source, locked=False):
    points = POINTS.get(name)
    about = {"grade_id": name, "locked": locked, "grade": points is not None, "solution": not locked}
    about |= {"schema_version": 3, "task": False} | ({"points": points} if points is not None else {})
    make = nbformat.v4.new_markdown_cell if name == "words" else nbformat.v4.new_code_cell
    return make(source, metadata={"nbgrader": about}, id=name)


def notebook(answer, setup=SETUP, check=SHOWN, words=WORDS, before=(), after=(), cube=CUBE, cubes=CUBED):
    own = [[nbformat.v4.new_code_cell(text) for text in part] for part in (before, after)]
    cells = [*own[0], cell("setup", setup, True), cell("square", answer), cell("square-check", check, True)]
    cells += [cell("cube", cube), cell("cube-check", cubes, True), cell("words", words), *own[1]]
    return nbformat.v4.new_notebook(cells=cells)


def course(root: Path, check=CHECK) -> Path:
    """A course's top folder."""
    folder = root / "solutions" / EXERCISE
    folder.mkdir(parents=True, exist_ok=True)
    solved = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
    cube = "def cube(x):\n    ### BEGIN SOLUTION\n    return x**3\n    ### END SOLUTION"
    made = notebook(solved, check=check, words="**Answer.** Nine.", cube=cube, cubes=CUBES)
    nbformat.write(made, folder / "square.ipynb")
    return root


def hand_in(folder: Path, student: str, made) -> Path:
    """Write a submission, a notebook or a text or bytes; where it is."""
    path = folder / student / EXERCISE / "square.ipynb"
    path.parent.mkdir(parents=True)
    text = made if isinstance(made, str | bytes) else json.dumps(made)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
