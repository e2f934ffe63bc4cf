"""`python -m dvlab ...`: each command is one call into a module that is imported when the command runs."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # which would read [teach] as a style
    help=__doc__,
)


def room(name: str):
    """dvlab's module of that name, or one line saying which extra is missing."""
    try:
        return import_module(f"dvlab.{name}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("dvlab"):
            raise SystemExit(f"this copy of the course has no {error.name}: it belongs to the teacher's") from None
        raise SystemExit(f"{error.name} is not installed; try: pip install -e '.[teach]'") from None


@app.command()
def notebooks(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="scripts NAME.py; all lectures and solutions if none")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="only compare each NAME.ipynb with its NAME.py")] = False,
):
    """Build NAME.ipynb from NAME.py, run and with its outputs; or check that the pairs agree."""
    room("grading.commands").notebooks(paths, check)


@app.command()
def release(
    out: Annotated[Path | None, typer.Option(help="pack what students get into this new folder")] = None,
    check: Annotated[bool, typer.Option("--check", help="only compare exercises/ with what would be written")] = False,
):
    """Write exercises/ from solutions/, without answers and hidden checks."""
    room("grading.commands").release(out, check)


@app.command()
def grade(
    submitted: Annotated[Path, typer.Argument(help="a folder of STUDENT/EXERCISE/NAME.ipynb")],
    out: Annotated[Path, typer.Option(help="where grades.csv and feedback/ go; what is there already is kept")],
    jobs: Annotated[int, typer.Option(help="submissions at the same time")] = 2,
    cell_seconds: Annotated[int, typer.Option(help="time for one cell")] = 60,
    submission_seconds: Annotated[int, typer.Option(help="time for one submission")] = 600,
    memory_gb: Annotated[float, typer.Option(help="memory for each process, GiB (Linux only)")] = 3.0,
):
    """Grade every submission by nbgrader, each apart from all others; student code runs with your rights."""
    room("grading.commands").grade(submitted, out, jobs, cell_seconds, submission_seconds, memory_gb)


@app.command()
def zoo(
    name: Annotated[str | None, typer.Argument(help="a model; all names are listed if none is given")] = None,
    seed: Annotated[
        int | None, typer.Option(help="train it again from this seed, and write its weights and card")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; a GPU is found by itself")] = None,
    out: Annotated[Path | None, typer.Option(help="write there instead of over the model that ships")] = None,
):
    """List the models that ship, show a model's card, or with --seed train the model again."""
    shelf = room("zoo")
    if name is None:
        typer.echo("\n".join(shelf.names()))
    elif seed is None:
        typer.echo(shelf.card(name))
    else:
        typer.echo(room("zoo.recipes").rebuild(name, seed, device, out))


@app.command()
def sweep(
    name: Annotated[str | None, typer.Argument(help="a sweep; all are listed if none is given")] = None,
    out: Annotated[Path | None, typer.Option(help="the folder for NAME.csv; dvlab/results unless told")] = None,
    runs: Annotated[Path, typer.Option(help="the folder for one JSON a run; it decides what is still missing")] = Path(
        ".runs/sweeps"
    ),
    seeds: Annotated[int | None, typer.Option(help="seeds for each point, from 0; fewer make a first look")] = None,
    steps: Annotated[int | None, typer.Option(help="steps of each training, instead of the recipe's")] = None,
    jobs: Annotated[int, typer.Option(help="runs at the same time, one thread each; -1 is one a core")] = -1,
    device: Annotated[str, typer.Option(help="cpu, cuda or mps; small models side by side suit a CPU's cores")] = "cpu",
    dask: Annotated[str | None, typer.Option(help="a Dask scheduler's address, tcp://HOST:8786; see below")] = None,
):
    """Train objective × β × seeds, measure each model, and write a CSV with a row a run.

    One seed proves little: the spread over seeds is often as large as the difference between methods. Each run is kept
    as a file of its own the moment it ends, so a sweep that was stopped goes on with the same command, and a second
    call does only what is missing.

    Runs are separate processes on this machine. On a cluster (pip install -e '.[cluster]'), start `dask scheduler`, on
    each machine `dask worker ADDRESS --nthreads 1` where dvlab is installed, and give --dask ADDRESS.
    """
    room("commands").sweep(name, out, runs, seeds, steps, jobs, device, dask)


def main() -> None:
    """Run a command; an error of the user's is one line on stderr and exit code 1."""
    try:
        app()
    except (ValueError, TypeError, OSError, FloatingPointError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
