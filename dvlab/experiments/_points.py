"""The points of a sweep: a method, its β, and a seed, each of them a recipe."""

from dataclasses import dataclass, replace

from dvlab.experiments.recipe import Recipe
from dvlab.experiments.recipes import RECIPES
from dvlab.experiments.studies import METHODS, OFF_THE_SHELF, SWEEPS
from dvlab.validation import one_of, positive_int


@dataclass(frozen=True)
class Point:
    """One run of a sweep: a method, its β, and a seed.

    Parameters
    ----------
    objective : str
        One of `METHODS`.
    beta : float
    seed : int
    steps : int, optional
        As many as the method takes unless told.
    """

    objective: str
    beta: float
    seed: int
    steps: int | None = None

    @property
    def recipe(self) -> Recipe:
        """What is trained: the world and network of a recipe, this objective, β and number of steps."""
        name, training, objective = METHODS[self.objective]
        training = training | ({} if self.steps is None else {"steps": self.steps})
        recipe = (RECIPES | OFF_THE_SHELF)[name]
        return replace(recipe, objective=objective(self.beta, training["steps"]), training=training)

    @property
    def name(self) -> str:
        return f"{self.objective}-{self.beta:g}-seed{self.seed}"


def points(name: str, seeds: int | None = None, steps: int | None = None) -> list[Point]:
    """The points of a sweep, seed by seed.

    Parameters
    ----------
    name : str
        One of `SWEEPS`.
    seeds : int, optional
        How many, instead of what is usual.
    steps : int, optional
        Of each training, instead of what the method takes.

    Returns
    -------
    list of Point

    Raises
    ------
    ValueError
        With the sweeps there are, for another name.

    Examples
    --------
    >>> [point.name for point in points("recipes", seeds=2)]
    ['beta-tcvae-long-5-seed0', 'beta-tcvae-long-5-seed1']
    """
    one_of("name", name, tuple(SWEEPS))
    betas, usual = SWEEPS[name]
    first, number = (0, usual) if isinstance(usual, int) else (usual.start, len(usual))
    for what, value in (("seeds", seeds), ("steps", steps)):
        if value is not None:
            positive_int(what, value)
    return [
        Point(objective, float(beta), seed, steps)
        for seed in range(first, first + (number if seeds is None else seeds))
        for objective in betas
        for beta in betas[objective]
    ]


def point(name: str, objective: str, beta: float | int, seed: int = 0) -> Point:
    """One point of a sweep, for `run` to repeat.

    Parameters
    ----------
    name : str
        One of `SWEEPS`.
    objective : str
        One of its methods.
    beta : float
    seed : int

    Returns
    -------
    Point

    Raises
    ------
    ValueError
        When the sweep has no such point.

    Examples
    --------
    >>> point("fronts", "beta-vae-cooled", beta=4, seed=1).recipe.training["steps"]
    5500
    """
    for candidate in points(name):
        if (candidate.objective, candidate.beta, candidate.seed) == (objective, beta, seed):
            return candidate
    raise ValueError(f"the sweep {name!r} has no point with objective={objective!r}, beta={beta}, seed={seed}")
