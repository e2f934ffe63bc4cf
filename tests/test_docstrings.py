"""Examples in docstrings run, and a Parameters section names the parameters that there are."""

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import dvlab

TEACHERS = ("dvlab.grading", "dvlab.checks", "dvlab.cli", "dvlab.__main__")
MODULES = [
    module.name for module in pkgutil.walk_packages(dvlab.__path__, "dvlab.") if not module.name.startswith(TEACHERS)
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def with_examples():
    return [name for name in MODULES if ">>>" in inspect.getsource(importlib.import_module(name))]


@pytest.mark.parametrize("name", with_examples())
def test_the_examples_run(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS, extraglobs={"dvlab": dvlab})
    assert found.failed == 0


def documented():
    """Functions and classes of dvlab whose docstring has a Parameters section."""
    for name in MODULES:
        module = importlib.import_module(name)
        for thing in vars(module).values():
            ours = (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == name
            if ours and "Parameters\n----------" in (inspect.getdoc(thing) or ""):
                yield pytest.param(thing, id=f"{name}.{thing.__name__}")


def named(section):
    """`mean, sigma : array` gives both names, without a default or a star."""
    lines = [line for line in section.splitlines() if line and not line.startswith(" ")]
    return [part.strip().strip("*") for line in lines for part in line.split(" : ")[0].split(",")]


@pytest.mark.parametrize("thing", list(documented()))
def test_the_parameters_are_those_of_the_signature(thing):
    text = inspect.getdoc(thing)
    section = text.split("Parameters\n----------\n")[1]
    section = re.split(r"\n\n?[A-Z][A-Za-z ]+\n-{3,}", section)[0]
    asked = [name for name in inspect.signature(thing).parameters if name not in ("self", "args", "kwargs")]
    assert named(section) == asked


LOOKED_UP = ["dvlab", "dvlab.aggregate", "dvlab.checkpoints", "dvlab.constrained", "dvlab.decomposition"]
LOOKED_UP += ["dvlab.discrete", "dvlab.kkt", "dvlab.linear", "dvlab.objectives", "dvlab.plots", "dvlab.quadrature"]
LOOKED_UP += ["dvlab.results", "dvlab.results.paired", "dvlab.schedules", "dvlab.experiments.evaluation"]
LOOKED_UP += ["dvlab.experiments.sweeps", "dvlab.metrics", "dvlab.zoo"]
INTERNAL = {
    "describe",
    "save_training",
    "resume_training",
    "csv",
    "store",
    "stored",
    "halve",
    "save_picture",
}  # for us, not for users
INTERNAL |= {"eigenvalues_checked", "delta_checked", "gaussian_reconstruction", "posterior_parameters"}


def functions():
    """What a user looks up in these rooms: their public functions, wherever they are written."""
    for room in LOOKED_UP:
        module = importlib.import_module(room)
        for name in getattr(module, "__all__", vars(module)):
            thing = getattr(module, name)
            ours = inspect.isfunction(thing) and thing.__module__.startswith(room)
            if ours and not name.startswith("_") and name not in INTERNAL:
                yield pytest.param(thing, id=f"{room}.{name}")


@pytest.mark.parametrize("thing", list(functions()))
def test_a_public_function_says_what_it_takes_and_what_it_gives(thing):
    text, signature = inspect.getdoc(thing), inspect.signature(thing)
    if signature.parameters:
        assert "Parameters\n----------" in text
    if signature.return_annotation not in (None, "None"):
        assert "Returns\n-------" in text
