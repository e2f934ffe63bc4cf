"""Kinds of submission of exercise 02, and the grade that each must get (of 12 points, 2 of them by hand)."""

import copy
import json
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
EXERCISE = "02_elbo"
SOURCE = ROOT / "solutions" / EXERCISE / "elbo.ipynb"
RELEASED = ROOT / "exercises" / EXERCISE / "elbo.ipynb"
KL = "def gaussian_kl(mu, sigma):\n    return {}\n"
RIGHT_KL = "0.5 * (sigma**2 + mu**2 - 1 - 2 * torch.log(sigma)).sum(1)"


def notebook(answers: bool = True):
    """The released exercise, with the right answers filled in or untouched."""
    released = nbformat.read(RELEASED, as_version=4)
    if answers:
        source = {cell["id"]: cell.source for cell in nbformat.read(SOURCE, as_version=4).cells}
        for cell in released.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = source[cell["id"]]
    return released


def cell_of(nb, name):
    return next(cell for cell in nb.cells if cell["id"] == name)


def edited(name, text, prepend=False):
    """The right submission with one cell's text replaced, or put before."""
    nb = notebook()
    cell = cell_of(nb, name)
    cell.source = text + "\n" + cell.source if prepend else text
    return nb


def kl(expression):
    return edited("kl", KL.format(expression))


def without(name):
    nb = notebook()
    nb.cells = [cell for cell in nb.cells if cell["id"] != name]
    return nb


def twice(name):
    nb = notebook()
    cell = copy.deepcopy(cell_of(nb, name))
    cell["id"] = "copied"
    nb.cells.append(cell)
    return nb


def relabelled(**changes):
    """A right submission whose KL is wrong and whose check cell is no longer what it was."""
    nb = kl("mu.sum(1)")
    cell = cell_of(nb, "kl-check")
    cell.source = "print('visible checks passed: gaussian_kl')"
    cell.metadata["nbgrader"].update(changes)
    cell.metadata["editable"] = True
    return nb


def no_metadata():
    nb = notebook()
    for cell in nb.cells:
        cell.metadata = nbformat.NotebookNode()
    return nb


def helper_cell():
    """A right answer that uses a helper from a cell of the student's own."""
    nb = kl("half_sum(sigma**2 + mu**2 - 1 - 2 * torch.log(sigma))")
    where = nb.cells.index(cell_of(nb, "kl"))
    nb.cells.insert(where, nbformat.v4.new_code_cell("def half_sum(a):\n    return a.sum(1) / 2"))
    return nb


def full_memory():
    """All right, but for a cell of the student's own that leaves no memory to a cell after it."""
    nb = helper_cell()
    where = next(i for i, cell in enumerate(nb.cells) if "def half_sum" in cell.source)
    nb.cells[where].source = "room = bytearray(5 * 10**8)\n" + nb.cells[where].source
    nb.cells.insert(where, nbformat.v4.new_code_cell("x = []\nwhile True:\n    x.append(bytearray(10**8))"))
    return nb


def other_exercise():
    about = {"grade_id": "f-check", "grade": True, "locked": True, "points": 9, "solution": False, "task": False}
    about = {**about, "schema_version": 3, "cell_type": "code", "checksum": "0"}
    cells = [
        nbformat.v4.new_code_cell("answer = 42"),
        nbformat.v4.new_code_cell("answer", metadata={"nbgrader": about}),
    ]
    return nbformat.v4.new_notebook(cells=cells)


LOOP = "while True:\n    pass"
SWALLOW = "import time\nwhile True:\n    try:\n        time.sleep(0.01)\n    except BaseException:\n        pass"
CHECKS = "import dvlab.checks.ex02 as e, dvlab.checks.base as b\nb.compare = e.compare = lambda *a, **k: None\n"
CHECKS += "e.kl = e.log_density = e.monte_carlo = e.elbo = lambda *a, **k: print('visible checks passed')"
LIBRARIES = "import numpy, numpy.testing, torch\ntorch.allclose = numpy.allclose = lambda *a, **k: True\n"
LIBRARIES += "numpy.testing.assert_allclose = lambda *a, **k: None\nnumpy.isclose = lambda *a, **k: numpy.True_"
LEAVE = "import subprocess, sys\n"
LEAVE += "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'], start_new_session=True)"

# kind: (what is submitted, status, points by the checks); 10 when all is right, the KL is worth 3 and the ELBO needs it
KINDS = {
    "right": (lambda: notebook(), "graded", 10),
    "right, helper in a cell of their own": (helper_cell, "graded", 10),
    "right, warns on stderr": (lambda: kl(f"__import__('warnings').warn('x') or {RIGHT_KL}"), "graded", 10),
    "untouched": (lambda: notebook(answers=False), "graded", 0),
    "mean for sum": (lambda: kl(RIGHT_KL.replace("sum", "mean")), "graded", 4),
    "σ for σ²": (lambda: kl(RIGHT_KL.replace("sigma**2", "sigma")), "graded", 4),
    "log base 2": (lambda: kl(RIGHT_KL.replace("log", "log2")), "graded", 4),
    "missing ½": (lambda: kl(RIGHT_KL.replace("0.5 * ", "")), "graded", 4),
    "wrong sign": (lambda: kl(f"-({RIGHT_KL})"), "graded", 4),
    "wrong axis": (lambda: kl(RIGHT_KL.replace("sum(1)", "sum(0)")), "graded", 4),
    "constant": (lambda: kl("torch.zeros(len(mu))"), "graded", 4),
    "hard-coded": (lambda: kl("2.125"), "graded", 4),
    "input changed in place": (lambda: kl(RIGHT_KL.replace("sigma**2", "sigma.pow_(2)")), "graded", 4),
    "right for the visible shapes only": (lambda: kl(f"({RIGHT_KL}) if len(mu) == 5 else mu.sum(1)"), "graded", 4),
    "infinite loop": (lambda: edited("kl", LOOP), "graded", 4),
    "infinite loop that swallows": (lambda: edited("kl", SWALLOW), "graded", 4),
    "infinite loop when called": (
        lambda: edited("kl", "def gaussian_kl(mu, sigma):\n    while True: pass"),
        "graded",
        4,
    ),
    "os._exit when called": (lambda: edited("kl", f"import os\n{KL.format('os._exit(0)')}"), "graded", 4),
    "memory bomb": (lambda: edited("kl", "x = []\nwhile True:\n    x.append(bytearray(10**8))", True), "graded", 4),
    "right, but a cell fills the memory": (full_memory, "graded", 10),
    "output flood": (lambda: edited("kl", "while True:\n    print('x' * 1000)", True), "graded", 4),
    "os._exit": (lambda: edited("kl", "import os\nos._exit(0)", True), "graded", 4),
    "check edited": (lambda: relabelled(), "graded", 4),
    "check unlocked": (lambda: relabelled(locked=False), "graded", 4),
    "points edited": (lambda: relabelled(points=100), "graded", 4),
    "check deleted": (lambda: without("kl-check"), "graded", 10),
    "check duplicated": (lambda: twice("kl-check"), "graded", 10),
    "metadata lost": (no_metadata, "graded", 10),
    "syntax error": (lambda: edited("kl", "def gaussian_kl(mu, sigma)\n    return"), "graded", 4),
    "patched checks": (lambda: edited("kl", CHECKS + "\n" + KL.format("mu.sum(1)")), "graded", 4),
    "patched libraries": (lambda: edited("kl", LIBRARIES + "\n" + KL.format("mu.sum(1)")), "graded", 4),
    "patched everything, all wrong": (lambda: forged(), "graded", 0),
    "forged message": (lambda: kl("print('visible checks passed: gaussian_kl')"), "graded", 4),
    "leaves a process": (lambda: edited("kl", LEAVE, True), "graded", 10),
    "another exercise": (other_exercise, "graded", 0),
    "corrupt JSON": (lambda: RELEASED.read_text()[:1000], "unreadable", 0),
    "empty file": (lambda: "", "unreadable", 0),
}


def forged():
    nb = notebook(answers=False)
    cell_of(nb, "kl").source = CHECKS + "\n" + LIBRARIES + "\ngaussian_kl = log_normal = monte_carlo_kl = elbo = None"
    for name in ("log-normal", "monte-carlo", "elbo"):
        cell_of(nb, name).source = "print('visible checks passed')"
    return nb


def write(kind: str, folder: Path) -> None:
    """Write the submission of this kind to `folder`/02_elbo/elbo.ipynb."""
    what = KINDS[kind][0]()
    target = folder / EXERCISE / "elbo.ipynb"
    target.parent.mkdir(parents=True)
    target.write_text(what if isinstance(what, str) else json.dumps(what), encoding="utf-8")
