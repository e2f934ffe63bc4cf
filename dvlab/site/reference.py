"""The package's reference: a page a module, out of the docstrings."""

from importlib import import_module

MODULES = {
    "Data": ("worlds", "worlds.pictures", "worlds.shapes", "worlds.values", "images"),
    "Models and objectives": (
        "vae",
        "networks",
        "objectives",
        "schedules",
        "training",
        "history",
        "checkpoints",
        "zoo",
        "zoo.others",
    ),
    "The theory, in numbers": ("linear", "constrained", "discrete", "aggregate", "quadrature", "decomposition"),
    "Metrics": ("metrics", "metrics.recombination", "metrics.interventions"),
    "Experiments and results": (
        "experiments.recipe",
        "experiments.recipes",
        "experiments.studies",
        "experiments.sweeps",
        "experiments.runs",
        "experiments.evaluation",
        "results",
        "results.paired",
    ),
    "Pictures": ("plots", "widgets"),
}
MEMBERS = "   :members:\n   :member-order: groupwise\n"
WORLD = f"""   :exclude-members: World

.. autoclass:: dvlab.worlds.World
{MEMBERS}   :inherited-members: Dataset
"""  # some of its methods are those of a private class: told once, not again for every world


def pages() -> dict[str, str]:
    """reference/NAME.rst -> its text."""
    made = {}
    for names in MODULES.values():
        for name in names:
            module = import_module(f"dvlab.{name}")
            title = f"dvlab.{name}"
            shown = MEMBERS + ("   :imported-members:\n" if hasattr(module, "__all__") else "")
            shown += WORLD if name == "worlds" else ""
            made[f"reference/{name}.rst"] = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n{shown}"
    return made


def contents() -> str:
    """A heading for each group, and a line for each module, in Markdown."""
    parts = []
    for group, names in MODULES.items():
        lines = [f"- [`dvlab.{name}`](reference/{name}.rst): {first_line(name)}" for name in names]
        parts.append(f"### {group}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def first_line(name: str) -> str:
    """What a module says of itself, up to the end of its first sentence or line."""
    text = import_module(f"dvlab.{name}").__doc__ or ""
    return " ".join(text.strip().split("\n\n")[0].split())
