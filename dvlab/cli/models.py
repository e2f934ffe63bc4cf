"""What `python -m dvlab train`, `evaluate`, `page` and `sweep` print, and how they exit."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

from dvlab.experiments import evaluation, others, runs, sweeps


def train(out: Path | None, device: str | None, save_every: int, **options: Any) -> None:
    """Train a model into its folder; where Ctrl-C ends it early, say how it goes on, and exit with 130."""
    world = options.pop("world")
    known = world in runs.WORLDS or not world.strip()  # Path("") would be the working folder
    settings = runs.Settings(world if known else str(Path(world).resolve()), **options)
    words = [f"{name}{value}" for name, value in settings.given.items()]
    folder = out or Path(".runs") / "-".join([Path(world).stem, *words])
    history = runs.train_run(settings, folder, device, save_every)
    print(history)
    if history.interrupted:
        print(f"stopped after {len(history)} steps; the same command goes on from there", file=sys.stderr)
        raise SystemExit(130)
    print(f"{folder}: now try python -m dvlab evaluate {folder}")


def evaluate(model: str, out: Path | None, device: str | None, seed: int) -> None:
    """Measure a model and print the figures in short."""
    theirs = others.is_other(model)  # whose folder isn't ours to write to
    vae, data = others.open_other(model, device) if theirs else runs.open_model(model, device)
    own = Path(model) if Path(model).is_dir() and not theirs else None
    folder = out or own or Path(".runs") / (others.folder_name(model) if theirs else model)
    runs.check_out(folder, runs.world_of(model))
    try:
        found = evaluation.evaluate(vae, data, folder, seed)
    except KeyboardInterrupt:
        print("stopped; the same command goes on with what was encoded", file=sys.stderr)
        raise SystemExit(130) from None
    for name, value in {**found, **found.get("metrics", {})}.items():
        if isinstance(value, float | int):
            print(f"{name.replace('_', ' '):<21}", f"{value:10.3f}" if isinstance(value, float) else f"{value:6,}")
    print(f"{folder}: evaluation.json and pictures; nats per image")


def page(model: str, out: Path) -> None:
    """Write the page that needs no kernel."""
    from dvlab import widgets

    print(widgets.page(*runs.open_model(model, "cpu"), out, title=f"Latents of {Path(model).name}"))


def playground(out: Path, lectures: str | None) -> None:
    """Write the page in which a VAE trains."""
    from dvlab.widgets.playground import playground as write

    print(write(out, lectures))


def sweep(
    name: str | None, out: Path | None, runs: Path, jobs: int, device: str, dask: str | None, **size: Any
) -> None:
    """Run a sweep of a `size` (seeds, steps) and say where its table is, or list the sweeps."""
    if name is None:
        print("\n".join(f"{name}: {len(sweeps.points(name))} runs" for name in sweeps.SWEEPS))
        return
    asked = sweeps.points(name, **size)  # a wrong name is told before anything is connected to
    try:
        with _cluster(dask):
            print(sweeps.sweep(name, out, runs, jobs=jobs, device=device, **size))
    except BrokenProcessPool:
        kept = f"what is done of {len(asked)} runs is kept in {runs}, and the same command goes on"
        raise SystemExit(f"error: a process died, often for lack of memory (try fewer --jobs); {kept}") from None


def _cluster(address):
    """Within, joblib's work goes to the Dask scheduler at `address`; None leaves everything as it is."""
    if address is None:
        return nullcontext()
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ValueError("--dask needs dask.distributed: pip install -e '.[cluster]'") from None
    return joblib.parallel_config(backend="dask", client=Client(address))
