"""The settings of one training from the command line, and what they come to: data, objective, arguments."""

import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import UInt8
from torch.utils.data import Dataset

from dvlab import worlds
from dvlab.experiments.recipes import RECIPES, beta_tcvae, cooled, fruit_beta_tcvae, fruit_kl, sideways_first
from dvlab.objectives import BetaVAE
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
    """What a run follows from. None: as in the recipe of the world, or that of the small sprites where it has none.

    Parameters
    ----------
    world : str
        A name in `WORLDS`, the dSprites archive's path, or a folder of pictures.
    objective : {"beta-vae", "beta-tcvae"}, optional
    beta : float, optional
        For beta-vae the last weight of the KL, for beta-tcvae the least one of the total correlation.
    cool_from : float, optional
        The first weight of the KL.
    steps, batch_size, latents : int, optional
    network : {"mlp", "conv"}, optional
    sigma : float, optional
        Gaussian pixels of this standard deviation, instead of Bernoulli ones.
    size : int, optional
        An image's side, in pixels.
    seed : int
        Of the weights, the batches and the noise.

    Raises
    ------
    TypeError, ValueError
        Naming the option, for a value that it cannot have.

    Examples
    --------
    >>> Settings("fruit", steps=500, seed=3).command
    'python -m dvlab train fruit --steps 500 --seed 3'
    """

    world: str
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


def data(settings: Settings) -> UInt8[torch.Tensor, "images channels height width"] | Dataset:
    """What a run is trained on.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    world, or tensor of images (N, C, H, W)
        The tensor where `settings.world` is a folder of pictures.

    Raises
    ------
    ValueError
        For a world that there isn't, or not in this size.

    Examples
    --------
    >>> data(Settings("fruit", size=16)).image_shape
    (3, 16, 16)
    """
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
    """What a run's settings come to.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    objective : callable
    options : dict
        Arguments of `dvlab.train`.
    network : dict
        Arguments of `dvlab.VAE`.

    Examples
    --------
    >>> objective, options, network = training(Settings("sprites-small", latents=6))
    >>> options["steps"], network
    (7500, {'latent_dim': 6, 'seed': 0})
    """
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
