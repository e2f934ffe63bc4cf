"""One training from the command line: its settings, and the folder that keeps it.

config.json             the settings, the command, the versions: all that is needed to repeat the run
checkpoint.safetensors  from where an interrupted run goes on
model.safetensors       the trained model, for `dvlab.checkpoints.load_model`
history.png             the terms of the objective at every step
"""

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from jaxtyping import UInt8
from torch.utils.data import Dataset

from dvlab import __version__, zoo
from dvlab.checkpoints import load_model, save_model
from dvlab.experiments.evaluation import save_picture
from dvlab.experiments.recipes import RECIPES
from dvlab.experiments.settings import DEFAULTS, OBJECTIVES, WORLDS, Settings, data, training
from dvlab.files import write_json
from dvlab.history import History
from dvlab.images import fingerprint
from dvlab.objectives import BetaTCVAE, ColumnSums
from dvlab.training import check, train
from dvlab.vae import VAE

__all__ = [
    "DEFAULTS",
    "OBJECTIVES",
    "WORLDS",
    "Settings",
    "check_out",
    "data",
    "open_model",
    "read_config",
    "train_run",
]
__all__ += ["training", "world_of"]


def train_run(
    settings: Settings, folder: str | os.PathLike, device: str | None = None, save_every: int = 500, progress=True
) -> History:
    """Train into a folder, or go on with what is there: to bitwise the same weights, on the same device and versions.

    Nothing is written before all settings are known to be valid.

    Parameters
    ----------
    settings : Settings
    folder : path
        Where it is kept; made as needed.
    device : str, optional
        CUDA where there is one, else the CPU, unless told.
    save_every : int
        Steps between checkpoints.
    progress : bool
        Whether a bar shows it.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        When the folder holds a run of other settings or other images, or is that of the pictures.

    Examples
    --------
    >>> import tempfile
    >>> settings = Settings("fruit", steps=2, batch_size=8, size=8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     history = train_run(settings, folder, device="cpu", progress=False)
    ...     vae, world = open_model(folder, device="cpu")
    >>> len(history), vae.image_shape
    (2, (3, 8, 8))
    """
    folder = Path(folder)
    check_out(folder, settings.world)
    images = data(settings)
    objective, options, network = training(settings)
    shape = images.shape[1:] if isinstance(images, torch.Tensor) else images.image_shape
    vae = VAE(shape, **network)
    options |= {"device": device, "checkpoint": folder / "checkpoint.safetensors", "checkpoint_every": save_every}
    check(vae, images, objective, **options)
    if isinstance(objective, BetaTCVAE | ColumnSums) and options["batch_size"] < 2:
        raise ValueError("batch-size must be at least 2 for beta-tcvae, better 128; got 1")
    _keep_config(folder / "config.json", settings, images, objective)  # all is valid: now something is written
    history = train(vae, images, objective, progress=progress, **options)
    if not history.interrupted:
        save_model(folder / "model.safetensors", vae)
        save_picture(history.plot(), folder / "history.png")
    return history


def _keep_config(path, settings, images, objective):
    """Write the config, or see that the one that is there is the same."""
    made_of = {**asdict(settings), "data": fingerprint(images)}
    if path.exists():
        known = read_config(path)["settings"]
        other = [f"{k} was {known.get(k)}, is now {v}" for k, v in made_of.items() if known.get(k) != v]
        if other:
            raise ValueError(f"{path.parent} holds another run: {'; '.join(other)}. Choose another --out, or delete it")
        return
    versions = {"dvlab": __version__, "torch": torch.__version__, "python": platform.python_version()}
    config = {"command": settings.command, "settings": made_of, "objective": str(objective), "versions": versions}
    write_json(path, config)


def check_out(folder: str | os.PathLike, world: str | None) -> None:
    """Raise when what is drawn would lie among the pictures of a run's world.

    Parameters
    ----------
    folder : path
        Where it would be drawn.
    world : str or None
        The run's, a name or a folder of pictures.

    Raises
    ------
    ValueError
        When both are one folder.
    """
    if world is not None and world not in WORLDS and Path(folder).resolve() == Path(world).resolve():
        raise ValueError(f"out must be another folder than that of the pictures, {world}; a folder in it will do")


def read_config(path: str | os.PathLike) -> dict[str, Any]:
    """A run's config.json.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict
        Of `command`, `settings`, `objective` and `versions`.

    Raises
    ------
    ValueError
        Naming the file, when it isn't one.
    OSError
        When it can't be read.
    """
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
        _settings(config)
        return config
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not the config.json of a run: {error}") from error


def _settings(config):
    return Settings(**{name: value for name, value in dict(config["settings"]).items() if name != "data"})


def world_of(model: str) -> str | None:
    """The world that a model was trained on.

    Parameters
    ----------
    model : str
        A run's folder, or a model of the zoo.

    Returns
    -------
    str or None
        As `Settings.world`; None unless it is a run's folder.

    Raises
    ------
    ValueError
        As `read_config`.
    """
    path = Path(model) / "config.json"
    return read_config(path)["settings"]["world"] if path.is_file() else None


def open_model(
    name: str, device: str | None = None
) -> tuple[VAE, UInt8[torch.Tensor, "images channels height width"] | Dataset]:
    """A trained model and the data it was trained on.

    Parameters
    ----------
    name : str
        A run's folder, or a model of the zoo.
    device : str, optional
        CUDA where there is one, else the CPU, unless told.

    Returns
    -------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)

    Raises
    ------
    ValueError
        For a run that isn't finished, one whose pictures have changed since, and another name.

    Examples
    --------
    >>> vae, world = open_model("sprites-vae", device="cpu")
    >>> len(world)
    18432
    """
    folder = Path(name)
    if (folder / "config.json").is_file():
        if not (folder / "model.safetensors").is_file():
            raise ValueError(f"the run in {name} is not finished; the command that started it goes on with it")
        config = read_config(folder / "config.json")
        images = data(_settings(config))
        if (now := fingerprint(images)) != (then := config["settings"].get("data")):
            raise ValueError(f"the images of the run in {name} are not those it was trained on: {then}, now {now}")
        return load_model(folder / "model.safetensors", device), images
    if name in zoo.names():
        return zoo.load(name, device), RECIPES[name].world()
    raise ValueError(f"MODEL must be a run's folder, or one of the zoo: {', '.join(zoo.names())}; got {name!r}")
