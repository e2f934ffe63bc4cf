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


def room(name: str, extra: str = "teach"):
    """dvlab's module of that name, or one line saying which extra is missing."""
    try:
        return import_module(f"dvlab.{name}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("dvlab"):
            raise SystemExit(f"this copy of the course has no {error.name}: it belongs to the teacher's") from None
        raise SystemExit(f"{error.name} is not installed; try: pip install -e '.[{extra}]'") from None


@app.command()
def notebooks(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="scripts NAME.py; all lectures and solutions if none")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="only compare each NAME.ipynb with its NAME.py")] = False,
):
    """Build NAME.ipynb from NAME.py, run and with its outputs; or check that the pairs agree."""
    room("cli.teaching").notebooks(paths, check)


@app.command()
def release(
    out: Annotated[Path | None, typer.Option(help="pack what students get into this new folder")] = None,
    check: Annotated[bool, typer.Option("--check", help="only compare exercises/ with what would be written")] = False,
):
    """Write exercises/ from solutions/, without answers and hidden checks."""
    room("cli.teaching").release(out, check)


@app.command()
def grade(
    submitted: Annotated[Path, typer.Argument(help="a folder of STUDENT/EXERCISE/NAME.ipynb")],
    out: Annotated[Path, typer.Option(help="where grades.csv and feedback/ go; what is there already is kept")],
    jobs: Annotated[int, typer.Option(help="submissions at the same time")] = 2,
    cell_seconds: Annotated[float, typer.Option(help="time for one cell")] = 60,
    submission_seconds: Annotated[float, typer.Option(help="time for one submission")] = 600,
    memory_gb: Annotated[float, typer.Option(help="memory for each process, GiB (Linux only)")] = 3.0,
    format: Annotated[str, typer.Option(help="the columns of grades.csv: plain, moodle or canvas")] = "plain",
    again: Annotated[bool, typer.Option("--again", help="grade everything anew, whatever is there already")] = False,
):
    """Grade every submission, each apart from all others and from the checks; student code runs with your rights.

    What was graded with the same checks and limits is kept, so a run that was stopped goes on with the same command.
    """
    limits = {"cell_seconds": cell_seconds, "submission_seconds": submission_seconds, "memory_gb": memory_gb}
    room("cli.teaching").grade(submitted, out, jobs, again, format, **limits)


@app.command()
def zoo(
    name: Annotated[str | None, typer.Argument(help="a model; all names are listed if none is given")] = None,
    seed: Annotated[
        int | None, typer.Option(help="train it again from this seed, and write its weights and card")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; a GPU is found by itself")] = None,
    out: Annotated[Path | None, typer.Option(help="the folder for both; .runs/zoo unless told")] = None,
):
    """List the models that ship, show a model's card, or with --seed train the model again."""
    shelf = room("zoo")
    if name is None:
        typer.echo("\n".join(shelf.names()))
    elif seed is None:
        typer.echo(shelf.card(name))
    else:
        recipes = room("experiments.recipes")
        typer.echo(recipes.rebuild(name, seed, device, out or recipes.REBUILT))


@app.command()
def train(
    world: Annotated[
        str, typer.Argument(help="sprites-small, sprites, fruit, the dSprites archive's .npz, or a folder of pictures")
    ],
    objective: Annotated[str | None, typer.Option(help="beta-vae or beta-tcvae")] = None,
    beta: Annotated[
        float | None, typer.Option(help="beta-vae: the KL's final weight; beta-tcvae: the least weight of TC")
    ] = None,
    cool_from: Annotated[
        float | None, typer.Option(help="the KL's first weight; the final one (beta-tcvae: 1) is: no cooling")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="steps of Adam; the schedules stretch with them")] = None,
    batch_size: Annotated[int | None, typer.Option(help="images a step; beta-tcvae needs 128 or more")] = None,
    latents: Annotated[int | None, typer.Option(help="how many there are; unneeded ones stay inactive")] = None,
    network: Annotated[str | None, typer.Option(help="mlp, or conv (32 or 64 pixels; slower)")] = None,
    sigma: Annotated[
        float | None, typer.Option(help="Gaussian pixels of this standard deviation, instead of Bernoulli ones")
    ] = None,
    size: Annotated[int | None, typer.Option(help="side of an image in pixels: sprites, fruit, pictures")] = None,
    seed: Annotated[int, typer.Option(help="of the weights, the batches and the noise")] = 0,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; a GPU is found by itself")] = None,
    out: Annotated[
        Path | None, typer.Option(help="the run's folder; one in .runs, named by the options, if none")
    ] = None,
    save_every: Annotated[int, typer.Option(help="steps between checkpoints")] = 500,
):
    """Train a VAE on a world, or on your own pictures, into a folder that keeps all that is needed to repeat it.

    What you don't name comes from the recipe behind the course's own models. There the KL's weight starts high, so high
    that no latent is worth it, and cools: the latents switch on one at a time, and mix less. Watch `kl` rise in steps
    from 0; if it starts well above 0, raise --cool-from.

    Stop it with Ctrl-C, or lose the machine: the same command goes on from the last checkpoint, to bitwise the same
    weights on the same device.
    """
    settings = {"world": world, "objective": objective, "beta": beta, "cool_from": cool_from, "steps": steps}
    settings |= {"batch_size": batch_size, "latents": latents, "network": network, "sigma": sigma, "size": size}
    room("cli.models").train(out, device, save_every, seed=seed, **settings)


@app.command()
def evaluate(
    model: Annotated[
        str, typer.Argument(help="a run's folder, a model of the zoo, or disentangling-vae's model.pt of dSprites")
    ],
    out: Annotated[Path | None, typer.Option(help="the folder to write to; the run's, or one in .runs")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; a GPU is found by itself")] = None,
    seed: Annotated[int, typer.Option(help="of the samples, and of what the metrics draw")] = 0,
):
    """Measure a model on every image: the parts of the KL, every metric, and pictures of its latents.

    The parts need no labels: mutual information, what the latents know of the image; total correlation, what they say
    twice; dimension-wise KL, how far each of them is from the prior. The metrics need the world's factors, so a model
    of your own pictures gets the parts and the pictures only. No number alone says "disentangled": look at
    traversals.png, and at MIG for each factor.

    All 737,280 images of dSprites take some minutes; stop it, and the same command goes on with what was encoded.
    """
    room("cli.models").evaluate(model, out, device, seed)


@app.command()
def score(
    files: Annotated[
        list[Path], typer.Argument(help="codes.npz with arrays codes and factors; or codes.npy factors.npy, or .csv")
    ],
    categorical: Annotated[
        list[int] | None, typer.Option(help="index of a factor whose values are names; repeat it for more")
    ] = None,
    fit_on: Annotated[int, typer.Option(help="images that the slow metrics see at most")] = 10_000,
    seed: Annotated[int, typer.Option(help="of the splits, groups and samples")] = 0,
):
    """Score anyone's codes by every metric: no model is needed.

    codes: a row an image, a column a latent; factors: the same images, a column a factor. In a .csv a first line
    without numbers is a heading; factors that are words must be named by --categorical.
    """
    room("cli.codes").score(files, categorical or (), fit_on, seed)


@app.command()
def trial(
    out: Annotated[Path | None, typer.Option(help="the folder for court.csv; dvlab/results unless told")] = None,
    jobs: Annotated[int, typer.Option(help="processes at the same time; -1 is one a core")] = -1,
):
    """Try all metrics on codes of which it is known what they should score, and write the table (a few minutes)."""
    room("cli.codes").trial(out, jobs)


@app.command()
def page(
    model: Annotated[str, typer.Argument(help="a run's folder, or a model of the zoo; MLP, 32 pixels")],
    out: Annotated[Path, typer.Option(help="the file to write")] = Path("explorer.html"),
):
    """Write one HTML file with a model's sliders in it: no kernel, no network, to mail or to put on any web server."""
    room("cli.models").page(model, out)


@app.command()
def playground(
    out: Annotated[Path, typer.Option(help="the file to write")] = Path("playground.html"),
    lectures: Annotated[str | None, typer.Option(help="where the lectures' pages lie, such as lectures/")] = None,
):
    """Write one HTML page in which a small VAE trains before your eyes: no kernel, no network."""
    room("cli.models").playground(out, lectures)


@app.command()
def site(out: Annotated[Path, typer.Option(help="a new or an empty folder")]):
    """Write the course as web pages out of the stored notebooks, of which nothing is run; in the course's top folder.

    The pages work from a file, from any web server and under any path, and load nothing from elsewhere.
    """
    room("cli.site", "site").site(out)


@app.command()
def sweep(
    name: Annotated[str | None, typer.Argument(help="a sweep; all are listed if none is given")] = None,
    out: Annotated[Path | None, typer.Option(help="the folder for NAME.csv; that of the runs unless told")] = None,
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
    room("cli.models").sweep(name, out, runs, jobs, device, dask, seeds=seeds, steps=steps)


@app.callback()
def options(
    traceback: Annotated[bool, typer.Option("--traceback", help="show where an error came from; anywhere")] = False,
):
    pass  # `main` has taken the option out: typer would let it stand before the command only


def main() -> None:
    """Run a command; an error of the user's is one line on stderr and exit code 1, any other shows where it arose."""
    words = [word for word in sys.argv[1:] if word != "--traceback"]
    try:
        app(args=words)
    except Exception as error:
        if len(words) < len(sys.argv) - 1 or not room("cli.errors").is_for_the_user(error):
            raise
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
