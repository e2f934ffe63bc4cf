"""What the commands about models print: `python -m dvlab sweep`."""

from contextlib import nullcontext
from pathlib import Path

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

from dvlab import sweeps


def sweep(
    name: str | None,
    out: Path | None,
    runs: Path,
    seeds: int | None,
    steps: int | None,
    jobs: int,
    device: str,
    dask: str | None,
) -> None:
    """Run a sweep and say where its table is, or list the sweeps."""
    if name is None:
        print("\n".join(f"{name}: {len(sweeps.points(name))} runs" for name in sweeps.SWEEPS))
        return
    asked = sweeps.points(name, seeds, steps)  # a wrong name is told before anything is connected to
    try:
        with _cluster(dask):
            print(sweeps.sweep(name, out or sweeps.RESULTS, runs, seeds, steps, jobs, device))
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
