"""How the models on the shelf are made: a recipe is a world, a network, an objective and a training.

`python -m dvlab zoo NAME` trains one again, measures it, and writes its weights and its card.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dvlab import worlds, zoo
from dvlab.experiments.evaluation import measure
from dvlab.experiments.training_sets import Correlated
from dvlab.objectives import AdaGVAE, BetaTCVAE, BetaVAE, ColumnSums
from dvlab.schedules import Geometric, Linear, constant, geometric, linear, maximum
from dvlab.training import train
from dvlab.vae import VAE
from dvlab.validation import one_of, pick_device

REBUILT = Path(".runs") / "zoo"  # beside the runs: an installed package is not written to


@dataclass(frozen=True)
class Recipe:
    """What it takes to train a model: `world()` draws the data, `vae` are VAE's arguments, `training` are train's.

    `draw(world, seed)`: what to train on where it is not each image of the world once (`training_sets`).
    """

    about: str
    world: Callable[[], worlds.World]
    objective: Any
    training: dict[str, Any]
    vae: dict[str, Any] = field(default_factory=dict)
    draw: Callable[[worlds.World, int], torch.Tensor] | None = None

    def data(self, world: worlds.World, seed: int) -> worlds.World | torch.Tensor:
        """What `train` is given."""
        return world if self.draw is None else self.draw(world, seed)


QUICK = {"steps": 5500, "batch_size": 128, "learning_rate": 2e-3}  # about a minute on one core
MINUTE = {"steps": 3800, "batch_size": 256, "learning_rate": 2e-3}  # as long, with six latents
LONG = {"steps": 7500, "batch_size": 256, "learning_rate": 2e-3}  # under three minutes


def cooled(end: float | int, steps: int, start: float | int = 40) -> Geometric:
    """The weight of the KL in a training of `steps`: from `start` fast to 6, then slowly to `end`.

    A latent switches on where the weight falls below what its direction is worth, for Bernoulli pixels about an
    eigenvalue of their correlation matrix. Of the small sprites these are 71 (x), 48 (y) and 18 and below (scale,
    orientation and finer differences of place): fast above 6, since x and y are told apart by their ranges, and slow
    below, where scale and orientation come.
    """
    fast = max(1, round(0.08 * steps))
    return geometric((0, start), (fast, min(start, max(6, end))), (max(fast + 1, round(0.42 * steps)), end))


def warmed(end: float | int, steps: int) -> Linear:
    """KL warm-up, the usual schedule (Bowman et al. 2016): straight from 0 to `end`, for as long as `cooled` cools."""
    return linear(0, end, max(1, round(0.42 * steps)))


def beta_tcvae(least: float | int, steps: int, start: float | int = 40) -> BetaTCVAE:
    """The whole KL cools to 1, an ELBO's weight; total correlation never weighs less than `least`."""
    weight = cooled(1, steps, start)
    return BetaTCVAE(alpha=weight, beta=maximum(weight, least), gamma=weight)


def beta_tcvae_minute(least: float | int, steps: int) -> BetaTCVAE:
    """`beta_tcvae` for few steps: most of them go into the cooling, as many as in a long training, few behind it."""
    weight = geometric((0, 40), (round(0.12 * steps), 6), (round(0.6 * steps), 1))
    return BetaTCVAE(alpha=weight, beta=maximum(weight, least), gamma=weight)


def square() -> worlds.Sprites:
    """The small sprites with x and y over the same range, 24,576 images: nothing but the picture tells them apart."""
    places = np.linspace(0, 1, 16)
    return worlds.Sprites(
        "ellipse", orientations=np.linspace(0, np.pi / 2, 16), x=places, y=places, size=32, antialias=True, enlarge=1.2
    )


def sideways_first(least: float | int, steps: int, last: float | int = 1, start: float | int = 80) -> ColumnSums:
    """`beta_tcvae` that cools from 80 (`start`), while column sums weigh 0.15; they are gone before the last two fifths
    of the steps. `last`: where the weight of the KL ends; below 1 it is no ELBO."""
    points = (0.1, 12), (0.15, 6), (0.42, 1), *([(0.9, last)] if last != 1 else [])
    points = [(max(k, round(part * steps)), min(start, end)) for k, (part, end) in enumerate(points, start=1)]
    weight = geometric((0, start), *points)
    fade = linear(0.15, 0, steps=max(1, round(0.3 * steps)), hold=round(0.3 * steps))
    return ColumnSums(BetaTCVAE(alpha=weight, beta=maximum(weight, least), gamma=weight), fade)


def without_small_black_apples(**fruit) -> worlds.World:
    """Apples and grapes (or `Fruit(**fruit)`), without apples of the four smallest sizes and four darkest colours."""
    return worlds.Fruit(**fruit).hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))


def fruit_kl(steps: int, start: float | int = 81, end: float | int = 0.03) -> Geometric:
    """The weight of the KL in the world of fruit: from 81 to almost nothing, .03.

    The eigenvalues of the pixels' covariance over σ² are 159 (size), 86 (colour) and 51 (which fruit), then 29 (size
    again). The weights were found by trying: see README for what else was tried, and on which seeds.
    """
    between = min(start, max(9.7, end))
    return geometric((0, start), (max(1, round(0.33 * steps)), between), (max(3, round(0.67 * steps)), end))


def fruit_beta_tcvae(last: float | int, steps: int, start: float | int = 81) -> BetaTCVAE:
    """Three latents switch on one at a time as the KL cools; then TC, held at 2.9, gives way to `last`, and the KL to
    almost nothing, so that what is decoded is as black as it should be. A loss below β = 1, no ELBO."""
    kl, (b, d) = fruit_kl(steps, start), (max(k, round(part * steps)) for k, part in ((2, 0.45), (4, 0.8)))
    weight = maximum(kl, geometric((b, 2.9), (d, last)))
    return BetaTCVAE(alpha=kl, beta=weight, gamma=kl)


FRUIT = {"steps": 4000, "batch_size": 128, "learning_rate": 2e-3}
FRUIT_VAE = {"latent_dim": 4, "likelihood": "gaussian", "sigma": 0.3}

FACES = {"steps": 1500, "batch_size": 64, "learning_rate": 3e-3}  # half a minute of one core
FACES_VAE = {"latent_dim": 6, "hidden": (96, 128), "likelihood": "gaussian", "sigma": 0.1}
HAIR_AND_GLASSES = Correlated("hair", "glasses", width=0.4, number=5000)


def faces_kl(steps: int) -> Geometric:
    """From above the largest eigenvalue of the pixels' covariance over σ², 1,500, down to 1."""
    a, b, c = (max(least, round(part * steps)) for least, part in enumerate((0.12, 0.3, 0.5), start=1))
    return geometric((0, 1500), (a, 150), (b, 10), (c, 1))


WHOLE = {"steps": 24_000, "batch_size": 256, "learning_rate": 1e-3}  # a quarter of an hour of one core


def whole() -> worlds.Sprites:
    """All five factors of dSprites, 737,280 images, at 32 pixels."""
    return worlds.Sprites(size=32, antialias=True)


RECIPES = {
    "sprites-vae": Recipe(
        "a VAE at a constant β = 1: what goes wrong without cooling",
        worlds.Sprites.small,
        BetaVAE(constant(1)),
        LONG,
    ),
    "sprites-beta-vae": Recipe(
        "a β-VAE whose β cools from 40 to 4", worlds.Sprites.small, BetaVAE(cooled(4, LONG["steps"])), LONG
    ),
    "sprites-beta-tcvae": Recipe(
        "a β-TCVAE: the whole KL cools from 40 to 1, total correlation weighs at least 5",
        worlds.Sprites.small,
        beta_tcvae(5, LONG["steps"]),
        LONG,
    ),
    "square-beta-tcvae": Recipe(
        "a β-TCVAE where x and y have the same range, and column sums weigh at first",
        square,
        sideways_first(5, LONG["steps"]),
        LONG,
    ),
    "sprites-whole": Recipe(
        "a β-TCVAE of the whole world of sprites, shapes and full turns included",
        whole,
        sideways_first(5, WHOLE["steps"], 0.6),
        WHOLE,
        {"hidden": (512, 512)},
    ),
    "fruit-vae": Recipe(
        "a VAE of fruit at a constant β = 1", without_small_black_apples, BetaVAE(constant(1)), FRUIT, FRUIT_VAE
    ),
    "fruit-autoencoder": Recipe(
        "a VAE of fruit without the KL", without_small_black_apples, BetaVAE(constant(0)), FRUIT, FRUIT_VAE
    ),
    "fruit-beta-tcvae": Recipe(
        "a β-TCVAE of fruit that has never seen a small black apple",
        without_small_black_apples,
        fruit_beta_tcvae(0.2, FRUIT["steps"]),
        FRUIT,
        FRUIT_VAE,
    ),
    "faces-beta-vae": Recipe(
        "a cooled β-VAE of faces, most of which have long hair and glasses or neither",
        worlds.Faces,
        BetaVAE(faces_kl(FACES["steps"])),
        FACES,
        FACES_VAE,
        HAIR_AND_GLASSES,
    ),
    "faces-ada-gvae": Recipe(
        "an Ada-GVAE of the same faces, two by two: pairs that share all but one factor",
        worlds.Faces,
        AdaGVAE(faces_kl(FACES["steps"])),
        FACES,
        FACES_VAE,
        HAIR_AND_GLASSES,
    ),
}


def rebuild(name: str, seed: int = 0, device: str | None = None, folder: str | os.PathLike = REBUILT) -> zoo.Card:
    """Train a model of the zoo again, and write it and its card.

    Parameters
    ----------
    name : str
        One of `RECIPES`.
    seed : int
        Of the weights, the batches, the noise, and what is drawn from the world.
    device : str, optional
        CUDA where there is one, else the CPU, unless told.
    folder : path
        Where both go; dvlab/zoo is the shelf itself.

    Returns
    -------
    Card

    Raises
    ------
    ValueError
        With the names there are, for another name.
    """
    one_of("name", name, tuple(RECIPES))
    recipe, device = RECIPES[name], pick_device(device)
    world = recipe.world()
    vae = VAE(world.image_shape, seed=seed, **recipe.vae)
    start = time.perf_counter()
    train(vae, recipe.data(world, seed), recipe.objective, seed=seed, device=device, **recipe.training)
    seconds = time.perf_counter() - start
    card = zoo.Card(
        about=recipe.about,
        world=str(world).splitlines()[0],
        objective=str(recipe.objective),
        training=recipe.training,
        seed=seed,
        seconds=round(seconds),
        versions={"torch": torch.__version__.split("+")[0], "python": platform.python_version()},
        command=f"python -m dvlab zoo {name} --seed {seed}",
    )
    card |= measure(zoo.halve(vae), world)
    zoo.save(name, vae.cpu(), dict(card), folder)
    return card
