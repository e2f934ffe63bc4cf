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
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from dvlab import __version__, worlds, zoo
from dvlab.checkpoints import load_model, save_model
from dvlab.experiments.evaluation import save_picture
from dvlab.experiments.recipes import RECIPES, beta_tcvae, cooled, fruit_beta_tcvae, sideways_first
from dvlab.files import write_json
from dvlab.history import History
from dvlab.objectives import BetaVAE
from dvlab.schedules import at
from dvlab.training import train
from dvlab.vae import VAE
from dvlab.validation import one_of, positive_int
from dvlab.worlds.pictures import read_images

# name -> the world, for images of `size` pixels
WORLDS: dict[str, Callable] = {
    "sprites-small": lambda size: _of_size("sprites-small", worlds.Sprites.small(), size),
    "sprites": lambda size: worlds.Sprites(size=size or 32, antialias=(size or 32) < 64),
    "fruit": lambda size: worlds.Fruit(size=size or 32),
}
OBJECTIVES = {"beta-vae": "sprites-beta-vae", "beta-tcvae": "sprites-beta-tcvae"}  # name -> where its β comes from
# world -> the recipe of whoever names nothing, and its objective for another number of steps
DEFAULTS: dict[str, tuple[str, Callable]] = {
    "sprites-small": ("sprites-beta-tcvae", lambda steps: beta_tcvae(5, steps)),
    "sprites": ("sprites-whole", lambda steps: sideways_first(5, steps, 0.6)),
    "fruit": ("fruit-beta-tcvae", lambda steps: fruit_beta_tcvae(0.2, steps)),
}


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
        if self.objective is not None:
            one_of("objective", self.objective, tuple(OBJECTIVES))
        for name in ("beta", "cool_from"):
            if getattr(self, name) is not None and not getattr(self, name) > 0:
                raise ValueError(f"{name.replace('_', '-')} must be above 0; got {getattr(self, name)}")
        if self.steps is not None:
            positive_int("steps", self.steps)

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


def fingerprint(data: torch.Tensor | Dataset) -> str:
    """What tells other images from these: a world's factors with their values and how bright it is; a checksum."""
    if isinstance(data, torch.Tensor):
        return f"{tuple(data.shape)} pixels, checksum {zlib.crc32(data.numpy()):08x}"
    some = data.render(data.factors_of(torch.linspace(0, len(data) - 1, 64).long()))
    values = {f.name: [v if isinstance(v, str) else round(v, 6) for v in f.values] for f in data.factors}
    return f"{data}; {values}; brightness {float(some.mean()):.4f}"


def _of_size(name, world, size):
    if size not in (None, world.image_shape[-1]):
        raise ValueError(f"the images of {name} have {world.image_shape[-1]} pixels a side; got size {size}")
    return world


def training(settings: Settings) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The objective, and the arguments of `train` and of `VAE`."""
    name, rescaled = DEFAULTS.get(settings.world, DEFAULTS["sprites-small"])
    recipe = RECIPES[name]
    options, network = dict(recipe.training), dict(recipe.vae)
    options |= {name: value for name, value in settings.given.items() if name in ("steps", "batch_size", "seed")}
    for ours, theirs in (("latents", "latent_dim"), ("network", "network")):
        if ours in settings.given:
            network[theirs] = settings.given[ours]
    if settings.network is not None:
        network.pop("hidden", None)  # the widths were the other network's
    if settings.sigma is not None:
        network |= {"likelihood": "gaussian", "sigma": settings.sigma}
    named = {"objective", "beta", "cool_from"} & set(settings.given)
    objective = _objective(settings, options["steps"]) if named else rescaled(options["steps"])
    return objective, options, network | {"seed": settings.seed}


def _objective(settings, steps):
    """The KL's weight cools as in the recipes: to β for β-VAE; to 1 for β-TCVAE, where β is TC's least."""
    name = settings.objective or "beta-tcvae"
    recipe = RECIPES[OBJECTIVES[name]]
    beta = settings.beta or at(recipe.objective.beta, recipe.training["steps"])
    start = settings.cool_from or at(recipe.objective.beta, 0)
    return BetaVAE(cooled(beta, steps, start)) if name == "beta-vae" else beta_tcvae(beta, steps, start)


def train_run(
    settings: Settings, folder: str | os.PathLike, device: str | None = None, save_every: int = 500, progress=True
) -> History:
    """Train into `folder`, or go on with what is there: to bitwise the same weights, on the same device and versions.

    Raises ValueError when the folder holds a run of other settings or other images.
    """
    folder, images = Path(folder), data(settings)
    objective, options, network = training(settings)
    shape = images.shape[1:] if isinstance(images, torch.Tensor) else images.image_shape
    _keep_config(folder / "config.json", settings, images, objective)
    vae = VAE(shape, **network)
    options |= {"device": device, "checkpoint_every": save_every, "progress": progress}
    history = train(vae, images, objective, checkpoint=folder / "checkpoint.safetensors", **options)
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


def read_config(path: str | os.PathLike) -> dict[str, Any]:
    """A run's config.json. Raises ValueError, naming the file, when it isn't one."""
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
        return {**config, "settings": dict(config["settings"])}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not the config.json of a run: {error}") from error


def open_model(name: str, device: str | None = None) -> tuple[VAE, torch.Tensor | Dataset]:
    """A trained model and the data it was trained on: `name` is a run's folder, or a model of the zoo."""
    folder = Path(name)
    if (folder / "config.json").is_file():
        if not (folder / "model.safetensors").is_file():
            raise ValueError(f"the run in {name} is not finished; the command that started it goes on with it")
        known = read_config(folder / "config.json")["settings"]
        settings = Settings(**{key: value for key, value in known.items() if key in Settings.__dataclass_fields__})
        return load_model(folder / "model.safetensors", device), data(settings)
    if name in zoo.names():
        return zoo.load(name, device), RECIPES[name].world()
    raise ValueError(f"MODEL must be a run's folder, or one of the zoo: {', '.join(zoo.names())}; got {name!r}")
