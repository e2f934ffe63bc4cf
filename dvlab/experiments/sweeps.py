"""Sweeps: objectives × β × seeds, each point trained and measured by itself, and the table of them as CSV.

The runs go through joblib, so the engine is a setting: processes of this machine unless told otherwise, and
`with joblib.parallel_config(backend="dask"): sweep("seeds")` on a cluster. `python -m dvlab sweep NAME` does it all.
"""

import os
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from tqdm.auto import tqdm

from dvlab import __version__
from dvlab.checkpoints import describe
from dvlab.experiments._points import Point, point, points
from dvlab.experiments.evaluation import measure
from dvlab.experiments.recipe import EARLY
from dvlab.experiments.studies import METHODS, SWEEPS
from dvlab.files import write_whole
from dvlab.images import fingerprint
from dvlab.results import csv, store, stored
from dvlab.threads import one_thread
from dvlab.validation import pick_device, positive_int

__all__ = ["METHODS", "SWEEPS", "Point", "point", "points", "run", "sweep"]

RUNS = Path(".runs") / "sweeps"


def run(point: Point, device: str | None = "cpu") -> dict[str, Any]:
    """Train and measure one point.

    Repeated on the same machine the row is the same, but for `cpu_seconds`.

    Parameters
    ----------
    point : Point
    device : str, optional

    Returns
    -------
    dict
        A row of the table, in nats per image; `cpu_seconds` are the training's, in one thread.

    Raises
    ------
    FloatingPointError
        Naming the point, when the training diverges.
    """
    recipe = point.recipe
    training, world = recipe.training, recipe.world()
    with one_thread():
        start = time.process_time()  # of this process alone: runs beside it do not count
        try:
            vae, _ = recipe.train(world, point.seed, device, progress=False)
        except FloatingPointError as error:
            raise FloatingPointError(f"{point.name}: {error}") from error
        seconds = time.process_time() - start
        measured = measure(vae, world)
    row = asdict(point) | {"steps": training["steps"], "batch_size": training["batch_size"]}
    row["world"] = recipe.world.__qualname__
    for name in ("reconstruction", "kl", "mutual_information", "total_correlation", "dimension_wise", "mig"):
        row[name] = float(f"{measured[name]:.6g}")
    row |= {f"mig_{factor}": round(gap, 4) for factor, gap in measured["mig_per_factor"].items()}
    row |= {name: round(share, 4) for name, share in measured.items() if name.startswith("swap_")}
    row["dci_completeness"] = round(measured["dci_lasso"]["completeness"], 4)
    return row | {"active_latents": measured["active_latents"], "cpu_seconds": round(seconds, 1)}


def sweep(
    name: str,
    out: str | os.PathLike | None = None,
    runs: str | os.PathLike = RUNS,
    seeds: int | None = None,
    steps: int | None = None,
    jobs: int = -1,
    device: str | None = "cpu",
    progress: bool = True,
) -> Path:
    """Do what is missing of a sweep, then write its table.

    Each run becomes a file of its own, written when its result arrives, whole or not at all. It counts only for the
    same world, recipe, β and seed: a changed recipe is run afresh, and sweeps share what they have in common.

    Parameters
    ----------
    name : str
        One of `SWEEPS`.
    out : path, optional
        The folder of the table, NAME.csv; `runs` unless told. `dvlab.results.RESULTS` holds the tables that ship.
    runs : path
        The folder of the runs.
    seeds, steps : int, optional
        As in `points`.
    jobs : int
        Runs at the same time, -1 for one a core; a backend such as dask knows its own number.
    device : str, optional
    progress : bool
        Whether a bar shows it.

    Returns
    -------
    Path
        Of the table.
    """
    asked, device = points(name, seeds, steps), str(pick_device(device))
    if jobs != -1:
        positive_int("jobs (-1 for one a core)", jobs)
    missing = [point for point in asked if stored(runs, point.name, _made_from(point)) is None]
    results = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")(
        joblib.delayed(_numbered)(i, point, device) for i, point in enumerate(missing)
    )
    with tqdm(total=len(asked), initial=len(asked) - len(missing), desc=name, unit="run", disable=not progress) as bar:
        for i, row, versions in results:
            store(runs, missing[i].name, _made_from(missing[i]), row=row, versions=versions)
            bar.update()
    done = [stored(runs, point.name, _made_from(point)) for point in asked]
    command = f"python -m dvlab sweep {name}"
    command += "".join(f" --{key} {value}" for key, value in (("seeds", seeds), ("steps", steps)) if value is not None)
    path = Path(runs if out is None else out) / f"{name}.csv"
    write_whole(path, csv(_comments(command, done), [result["row"] for result in done]))
    return path


def _numbered(i: int, point: Point, device: str | None) -> tuple[int, dict, dict]:
    """A point's row with its number, since results arrive in any order, and the versions that made it."""
    versions = {"dvlab": __version__, "torch": torch.__version__, "numpy": np.__version__}
    return i, run(point, device), versions | {"python": platform.python_version(), "device": device}


def _made_from(point: Point) -> dict[str, Any]:
    """All that a row follows from, as text and numbers."""
    recipe = point.recipe
    made_from = {
        "world": fingerprint(recipe.world()),
        "objective": describe("objective", recipe.objective),
        "seed": point.seed,
    }
    if recipe.draw is not None:
        made_from["draw"] = describe("draw", recipe.draw)
    if recipe.starts > 1:
        made_from |= {"starts": f"the best of {recipe.starts} starts", "early": EARLY}
    for part in ("training", "vae"):
        made_from[part] = {name: describe(name, value) for name, value in getattr(recipe, part).items()}
    return made_from


def _comments(command, done):
    """What stands above the table: the command, the seeds, the versions, and the first β of each objective."""
    seeds = sorted({result["row"]["seed"] for result in done})
    versions = {_listed(result["versions"]) for result in done}
    first = {result["row"]["objective"]: result["made_from"] for result in reversed(done)}
    return [
        command,
        f"{len(done)} runs, seeds {seeds[0]} to {seeds[-1]}; nats per image over the whole world; MIG by quadrature",
        *sorted(versions),
        *(f"{name}: {_told(made)}" for name, made in first.items()),
    ]


def _told(made_from):
    """Objective, training, network where it is not the usual one, how images are drawn, and starts, in a line."""
    parts = [made_from["objective"], _listed(made_from["training"]), _listed(made_from["vae"])]
    parts += [made_from.get("draw"), made_from.get("starts")]
    return ", ".join(part for part in parts if part)


def _listed(values):
    return ", ".join(f"{name} {value}" for name, value in values.items())
