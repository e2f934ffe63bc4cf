"""Examples in docstrings run, and a Parameters section names the parameters that there are."""

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import dvlab
from dvlab.site import reference

TEACHERS = ("dvlab.grading", "dvlab.checks", "dvlab.cli", "dvlab.__main__")
MODULES = [
    module.name for module in pkgutil.walk_packages(dvlab.__path__, "dvlab.") if not module.name.startswith(TEACHERS)
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def with_examples():
    return [name for name in MODULES if ">>>" in inspect.getsource(importlib.import_module(name))]


@pytest.mark.whole
@pytest.mark.parametrize("name", with_examples())
def test_the_examples_run(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS, extraglobs={"dvlab": dvlab})
    assert found.failed == 0


def ours(thing, name="dvlab"):
    """Whether `thing` is a function or a class written in the module or package called `name`."""
    return (inspect.isfunction(thing) or inspect.isclass(thing)) and f"{thing.__module__}.".startswith(f"{name}.")


def methods(cls):
    """Name and function of each public method that is written in dvlab, also of a private class; no properties."""
    for above in cls.__mro__:
        for name, thing in vars(above).items() if ours(above) else ():
            thing = getattr(thing, "__func__", thing)  # of a classmethod
            if inspect.isfunction(thing) and not name.startswith("_"):
                yield name, thing


def has(thing, section):
    return f"{section}\n{'-' * len(section)}\n" in (inspect.getdoc(thing) or "") + "\n"


def documented():
    """Functions, classes and methods of dvlab whose docstring has a Parameters section."""
    for name in MODULES:
        for thing in vars(importlib.import_module(name)).values():
            if not ours(thing) or thing.__module__ != name:
                continue
            here = [f for _, f in methods(thing) if f.__module__ == name] if inspect.isclass(thing) else []
            for each in (thing, *here):
                if has(each, "Parameters"):
                    yield pytest.param(each, id=f"{name}.{each.__qualname__}")


def named(section):
    """`mean, sigma : array` gives both names, without a default or a star."""
    lines = [line for line in section.splitlines() if line and not line.startswith(" ")]
    return [part.strip().strip("*") for line in lines for part in line.split(" : ")[0].split(",")]


def asked(thing):
    return [name for name in inspect.signature(thing).parameters if name not in ("self", "cls", "args", "kwargs")]


@pytest.mark.parametrize("thing", list(documented()))
def test_the_parameters_are_those_of_the_signature(thing):
    text = inspect.getdoc(thing)
    section = text.split("Parameters\n----------\n")[1]
    section = re.split(r"\n\n?[A-Z][A-Za-z ]+\n-{3,}", section)[0]
    assert named(section) == asked(thing)


LOOKED_UP = ["dvlab", "dvlab.aggregate", "dvlab.checkpoints", "dvlab.constrained", "dvlab.decomposition"]
LOOKED_UP += ["dvlab.discrete", "dvlab.history", "dvlab.kkt", "dvlab.linear", "dvlab.objectives", "dvlab.plots"]
LOOKED_UP += ["dvlab.quadrature", "dvlab.results", "dvlab.results.paired", "dvlab.schedules", "dvlab.vae"]
LOOKED_UP += ["dvlab.experiments.evaluation", "dvlab.experiments.recipe", "dvlab.experiments.recipes"]
LOOKED_UP += ["dvlab.experiments.sweeps", "dvlab.metrics"]
LOOKED_UP += ["dvlab.metrics.interventions", "dvlab.metrics.recombination", "dvlab.worlds", "dvlab.worlds.pictures"]
LOOKED_UP += ["dvlab.experiments.encoding", "dvlab.experiments.others", "dvlab.experiments.runs"]
LOOKED_UP += ["dvlab.experiments.schedules", "dvlab.experiments.settings", "dvlab.experiments.studies", "dvlab.files"]
LOOKED_UP += ["dvlab.images", "dvlab.networks", "dvlab.threads", "dvlab.training", "dvlab.validation", "dvlab.widgets"]
LOOKED_UP += ["dvlab.widgets.embed", "dvlab.widgets.playground", "dvlab.worlds.shapes", "dvlab.worlds.values"]
LOOKED_UP += ["dvlab.zoo", "dvlab.zoo.others"]


def looked_up():
    """What a user looks up in these rooms: name -> public function or class, wherever in dvlab it is written."""
    found = {}
    for room in LOOKED_UP:
        module = importlib.import_module(room)
        for name in getattr(module, "__all__", vars(module)):
            thing = getattr(module, name)
            if ours(thing, "dvlab" if hasattr(module, "__all__") else room) and not name.startswith("_"):
                found[f"{room}.{name}"] = thing
    return found


def functions():
    """The functions among them, and the classes' methods, each once."""
    found = {}
    for name, thing in looked_up().items():
        for method, function in methods(thing) if inspect.isclass(thing) else [("", thing)]:
            found.setdefault(function, f"{name}.{method}".rstrip("."))
    return {name: function for function, name in found.items()}


def classes():
    """The classes that a user makes: results, which are dataclasses, are made by functions."""
    found = {thing: name for name, thing in looked_up().items() if inspect.isclass(thing) and "__init__" in vars(thing)}
    return {name: thing for thing, name in found.items() if not dataclasses.is_dataclass(thing) and asked(thing)}


@pytest.mark.parametrize("thing", [pytest.param(thing, id=name) for name, thing in functions().items()])
def test_a_public_function_or_method_says_what_it_takes_and_what_it_gives(thing):
    if asked(thing):
        assert has(thing, "Parameters")
    if inspect.signature(thing).return_annotation not in (None, "None"):
        assert has(thing, "Returns")


@pytest.mark.parametrize("thing", [pytest.param(thing, id=name) for name, thing in classes().items()])
def test_a_public_class_says_what_it_is_made_from(thing):
    assert has(thing, "Parameters")


def test_every_page_of_the_reference_is_looked_up():
    assert {f"dvlab.{name}" for names in reference.MODULES.values() for name in names} <= set(LOOKED_UP)


def test_what_is_imported_inherited_or_a_class_method_is_looked_up_too():
    names = {f"dvlab.plots.{name}" for name in ("heat_map", "hinton")}
    names |= {f"dvlab.worlds.DSprites.{name}" for name in ("render", "factors_of")} | {"dvlab.worlds.Sprites.small"}
    names |= {"dvlab.VAE.forward", "dvlab.linear.LinearVAE.reconstruction", "dvlab.metrics.MIG.plot"}
    assert names <= set(functions())
    assert {"dvlab.worlds.World", "dvlab.worlds.Fruit", "dvlab.vae.VAE"} <= set(classes())
