"""Kinds of submission of exercise 02, and the grade that each must get (of 12 points, 2 of them by hand)."""

import json
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
EXERCISE = "02_elbo"
SOURCE = ROOT / "solutions" / EXERCISE / "elbo.ipynb"
RELEASED = ROOT / "exercises" / EXERCISE / "elbo.ipynb"
KL = "def gaussian_kl(mu, sigma):\n    return {}\n"
RIGHT_KL = "0.5 * (sigma**2 + mu**2 - 1 - 2 * torch.log(sigma)).sum(1)"


def notebook(answers: bool = True, whole: bool = False):
    """The released exercise, with the right answers filled in or untouched; `whole` with its demonstrations."""
    released = nbformat.read(RELEASED, as_version=4)
    if not whole:
        released.cells = [cell for cell in released.cells if "nbgrader" in cell.metadata]
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


CHECKS = "import dvlab.checks.ex02 as e, dvlab.checks.comparison as b\nb.compare = e.compare = lambda *a, **k: None\n"
CHECKS += "e.kl = e.log_density = e.monte_carlo = e.elbo = lambda *a, **k: print('visible checks passed')"
LIBRARIES = "import numpy, numpy.testing, torch\ntorch.allclose = numpy.allclose = lambda *a, **k: True\n"
LIBRARIES += "numpy.testing.assert_allclose = lambda *a, **k: None\nnumpy.isclose = lambda *a, **k: numpy.True_"

# kind: (what is submitted, points by the checks); 10 when all is right, the KL is worth 3 and the ELBO needs it
KINDS = {
    "right": (lambda: notebook(whole=True), 10),
    "right, warns on stderr": (lambda: kl(f"__import__('warnings').warn('x') or {RIGHT_KL}"), 10),
    "untouched": (lambda: notebook(answers=False), 0),
    "mean for sum": (lambda: kl(RIGHT_KL.replace("sum", "mean")), 4),
    "wrong axis": (lambda: kl(RIGHT_KL.replace("sum(1)", "sum(0)")), 4),
    "hard-coded": (lambda: kl("2.125"), 4),
    "input changed in place": (lambda: kl(RIGHT_KL.replace("sigma**2", "sigma.pow_(2)")), 4),
    "right for the visible shapes only": (lambda: kl(f"({RIGHT_KL}) if len(mu) == 5 else mu.sum(1)"), 4),
    "patched checks": (lambda: edited("kl", CHECKS + "\n" + KL.format("mu.sum(1)")), 4),
    "patched libraries": (lambda: edited("kl", LIBRARIES + "\n" + KL.format("mu.sum(1)")), 4),
    "patched everything, all wrong": (lambda: forged(), 0),
    "four mistakes": (lambda: four_mistakes(), 0),
}


def four_mistakes():
    """σ for σ², log base 2, a wrong sign, a constant."""
    nb = kl(RIGHT_KL.replace("sigma**2", "sigma"))
    others = {"log-normal": ("torch.log(", "torch.log2("), "monte-carlo": ("return ", "return -")}
    for name, (right, wrong) in (others | {"elbo": ("return ", "return 1 or ")}).items():
        cell = cell_of(nb, name)
        assert right in cell.source
        cell.source = cell.source.replace(right, wrong)
    return nb


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
