"""How the models on the shelf are made: a recipe is a world, a network, an objective and a training.

`python -m dvlab zoo NAME` trains one again, measures it, and writes its weights and its card.
"""

import os
import platform
import time
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Integer

from dvlab import worlds, zoo
from dvlab.experiments.evaluation import measure
from dvlab.experiments.recipe import Recipe
from dvlab.experiments.schedules import (
    beta_tcvae,
    beta_tcvae_minute,
    cooled,
    faces_kl,
    fruit_beta_tcvae,
    fruit_kl,
    sideways_first,
    warmed,
)
from dvlab.experiments.training_sets import Correlated
from dvlab.objectives import AdaGVAE, BetaVAE
from dvlab.schedules import Linear, constant
from dvlab.validation import one_of, pick_device

__all__ = ["FACES", "FACES_VAE", "FRUIT", "FRUIT_VAE", "HAIR_AND_GLASSES", "LONG", "MINUTE", "QUICK", "REBUILT"]
__all__ += ["RECIPES", "WHOLE", "Recipe", "beta_tcvae", "beta_tcvae_minute", "cooled", "faces_kl", "fruit_beta_tcvae"]
__all__ += ["fruit_kl", "rebuild", "sideways_first", "small_black_apples", "square", "warmed", "whole"]
__all__ += ["without_small_black_apples"]

REBUILT = Path(".runs") / "zoo"  # beside the runs: an installed package is not written to


QUICK = {"steps": 5500, "batch_size": 128, "learning_rate": 2e-3}  # about a minute on one core
HELD = Linear(((0, 2e-5), (100, 2e-3), (2660, 2e-3), (3799, 4e-5)))  # a learning rate that stays high for longer
MINUTE = {"steps": 3800, "batch_size": 256, "learning_rate": HELD}  # a minute and a half, with two starts
LONG = {"steps": 7500, "batch_size": 256, "learning_rate": 2e-3}  # under three minutes


def square() -> worlds.Sprites:
    """The small sprites with x and y over the same range, 24,576 images: nothing but the picture tells them apart.

    Returns
    -------
    Sprites
    """
    places = np.linspace(0, 1, 16)
    return worlds.Sprites(
        "ellipse", orientations=np.linspace(0, np.pi / 2, 16), x=places, y=places, size=32, antialias=True, enlarge=1.2
    )


def small_black_apples(factors: Integer[torch.Tensor, "images factors"]) -> Bool[torch.Tensor, "images"]:
    """Which images show an apple of the four smallest sizes and four darkest colours, of 16 each.

    Parameters
    ----------
    factors : integer tensor (N, K)
        Of a world of fruit.

    Returns
    -------
    bool tensor (N,)
    """
    return (factors[:, 0] == 0) & (factors[:, 1] < 4) & (factors[:, 2] >= 12)


def without_small_black_apples(**fruit) -> worlds.World:
    """Apples and grapes, without apples of the four smallest sizes and four darkest colours.

    Parameters
    ----------
    **fruit
        Arguments of `Fruit`, of whose usual sizes and colours there are 16.

    Returns
    -------
    Fruit
    """
    return worlds.Fruit(**fruit).hold_out(small_black_apples)


FRUIT = {"steps": 4000, "batch_size": 128, "learning_rate": 2e-3}
FRUIT_VAE = {"latent_dim": 4, "likelihood": "gaussian", "sigma": 0.3}

FACES = {"steps": 1500, "batch_size": 64, "learning_rate": 3e-3}  # half a minute of one core
FACES_VAE = {"latent_dim": 6, "hidden": (96, 128), "likelihood": "gaussian", "sigma": 0.1}
HAIR_AND_GLASSES = Correlated("hair", "glasses", width=0.4, number=5000)


WHOLE = {"steps": 24_000, "batch_size": 256, "learning_rate": 1e-3}  # a quarter of an hour of one core


def whole() -> worlds.Sprites:
    """All five factors of dSprites, 737,280 images, at 32 pixels.

    Returns
    -------
    Sprites
    """
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
    KeyboardInterrupt
        Where Ctrl-C ended the training; nothing is written.
    """
    one_of("name", name, tuple(RECIPES))
    recipe, device = RECIPES[name], pick_device(device)
    world = recipe.world()
    start = time.perf_counter()
    vae, _ = recipe.train(world, seed, device)
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
