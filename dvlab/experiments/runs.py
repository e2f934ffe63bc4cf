"""One training from the command line: its settings, and the folder that keeps it.

config.json             the settings, the command, the versions: all that is needed to repeat the run
checkpoint.safetensors  from where an interrupted run goes on
model.safetensors       the trained model, for `dvlab.checkpoints.load_model`
history.png             the terms of the objective at every step
"""

import json
import os
import platform
import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from dvlab import __version__, worlds, zoo
from dvlab.checkpoints import load_model, save_model
from dvlab.experiments.evaluation import save_picture
from dvlab.experiments.recipes import RECIPES, beta_tcvae, cooled, fruit_beta_tcvae, fruit_kl, sideways_first
from dvlab.files import write_json
from dvlab.history import History
from dvlab.images import fingerprint
from dvlab.objectives import BetaTCVAE, BetaVAE, ColumnSums
from dvlab.training import check, train
from dvlab.vae import VAE
from dvlab.validation import number, one_of, positive_int, seed_checked
from dvlab.worlds.pictures import read_images

# name -> the world, for images of `size` pixels
WORLDS: dict[str, Callable] = {
    "sprites-small": lambda size: _of_size("sprites-small", worlds.Sprites.small(), size),
    "sprites": lambda size: worlds.Sprites(size=size or 32, antialias=(size or 32) < 64),
    "fruit": lambda size: worlds.Fruit(size=size or 32),
}


@dataclass(frozen=True)
class Usual:
    """What a run on a world takes when nothing else is named. Each objective is made of its β, the number of steps and
    the first weight of the KL: β is the least weight of TC for `tcvae`, and the last one of the KL for `vae`."""

    recipe: str
    tcvae: Callable = beta_tcvae
    least: float | int = 5
    tcvae_start: float | int = 40
    vae: Callable = cooled
    last: float | int = 4
    vae_start: float | int = 40


DEFAULTS = {  # by world; those of the small sprites for any other
    "sprites-small": Usual("sprites-beta-tcvae"),
    "sprites": Usual(
        "sprites-whole", lambda least, steps, start: sideways_first(least, steps, 0.6, start), tcvae_start=80
    ),
    "fruit": Usual(
        "fruit-beta-tcvae",
        fruit_beta_tcvae,
        least=0.2,
        tcvae_start=81,
        vae=lambda last, steps, start: fruit_kl(steps, start, last),
        last=0.03,
        vae_start=81,
    ),
}
OBJECTIVES = ("beta-vae", "beta-tcvae")


@dataclass(frozen=True)
class Settings:
    """What a run follows from. None: as in the recipe of the world, or that of the small sprites where it has none."""

    world: str  # a name in WORLDS, the dSprites archive's path, or a folder of pictures
    objective: str | None = None
    beta: float | int | None = None
    cool_from: float | int | None = None
    steps: int | None = None
    batch_size: int | None = None
    latents: int | None = None
    network: str | None = None
    sigma: float | int | None = None
    size: int | None = None
    seed: int = 0

    def __post_init__(self):
        if not isinstance(self.world, str) or not self.world.strip():
            raise ValueError(f"world must be one of {', '.join(WORLDS)}, a file or a folder; got {self.world!r}")
        for name, choices in (("objective", OBJECTIVES), ("network", ("mlp", "conv"))):
            if getattr(self, name) is not None:
                one_of(name, getattr(self, name), choices)
        for name in ("beta", "cool_from", "sigma"):
            if getattr(self, name) is not None:
                number(name.replace("_", "-"), getattr(self, name), above=0)
        for name in ("steps", "batch_size", "latents", "size"):
            if getattr(self, name) is not None:
                positive_int(name.replace("_", "-"), getattr(self, name))
        seed_checked("seed", self.seed)

    @property
    def given(self) -> dict[str, Any]:
        """The options that were given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None and name != "world"}

    @property
    def command(self) -> str:
        options = [f"--{name.replace('_', '-')} {value}" for name, value in self.given.items()]
        return " ".join(["python -m dvlab train", shlex.quote(self.world), *options])


def data(settings: Settings) -> torch.Tensor | Dataset:
    """The world of a run, or a tensor of images where `settings.world` is a folder of pictures."""
    name, size = settings.world, settings.size
    if name in WORLDS:
        return WORLDS[name](size)
    if Path(name).is_dir():
        return read_images(name, size or 32)
    if Path(name).is_file():
        return _of_size("dSprites", worlds.DSprites(name), size)
    known = ", ".join(WORLDS)
    raise ValueError(f"world must be one of {known}, dSprites' file, or a folder of pictures; got {name!r}")


def _of_size(name, world, size):
    if size not in (None, world.image_shape[-1]):
        raise ValueError(f"the images of {name} have {world.image_shape[-1]} pixels a side; got size {size}")
    return world


def training(settings: Settings) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The objective, and the arguments of `train` and of `VAE`."""
    recipe = RECIPES[DEFAULTS.get(settings.world, DEFAULTS["sprites-small"]).recipe]
    options, network = dict(recipe.training), dict(recipe.vae)
    options |= {name: value for name, value in settings.given.items() if name in ("steps", "batch_size", "seed")}
    for ours, theirs in (("latents", "latent_dim"), ("network", "network")):
        if ours in settings.given:
            network[theirs] = settings.given[ours]
    if settings.network is not None:
        network.pop("hidden", None)  # the widths were the other network's
    if settings.sigma is not None:
        network |= {"likelihood": "gaussian", "sigma": settings.sigma}
    return _objective(settings, options["steps"]), options, network | {"seed": settings.seed}


def _objective(settings, steps):
    """The world's usual objective, or the one named, with the settings' numbers where there are any."""
    usual = DEFAULTS.get(settings.world, DEFAULTS["sprites-small"])
    if settings.objective == "beta-vae":
        return BetaVAE(usual.vae(settings.beta or usual.last, steps, settings.cool_from or usual.vae_start))
    return usual.tcvae(settings.beta or usual.least, steps, settings.cool_from or usual.tcvae_start)


def train_run(
    settings: Settings, folder: str | os.PathLike, device: str | None = None, save_every: int = 500, progress=True
) -> History:
    """Train into `folder`, or go on with what is there: to bitwise the same weights, on the same device and versions.

    Raises ValueError when the folder holds a run of other settings or other images, or is that of the pictures.
    Nothing is written before all settings are known to be valid.
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
    """ValueError when what is drawn would lie among the pictures of a run's world."""
    if world is not None and world not in WORLDS and Path(folder).resolve() == Path(world).resolve():
        raise ValueError(f"out must be another folder than that of the pictures, {world}; a folder in it will do")


def read_config(path: str | os.PathLike) -> dict[str, Any]:
    """A run's config.json. Raises ValueError, naming the file, when it isn't one."""
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
        _settings(config)
        return config
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not the config.json of a run: {error}") from error


def _settings(config):
    return Settings(**{name: value for name, value in dict(config["settings"]).items() if name != "data"})


def world_of(model: str) -> str | None:
    """The world of the run in a folder; None for a model of the zoo."""
    path = Path(model) / "config.json"
    return read_config(path)["settings"]["world"] if path.is_file() else None


def open_model(name: str, device: str | None = None) -> tuple[VAE, torch.Tensor | Dataset]:
    """A trained model and the data it was trained on: `name` is a run's folder, or a model of the zoo.

    Raises ValueError for a run that isn't finished, and for one whose pictures have changed since.
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
