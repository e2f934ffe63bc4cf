"""What the sweeps compare: worlds that are on no shelf, methods (objectives that have one β left), and the sweeps."""

from collections.abc import Callable

import numpy as np

from dvlab.experiments.recipes import (
    FRUIT,
    FRUIT_VAE,
    LONG,
    MINUTE,
    QUICK,
    Recipe,
    beta_tcvae,
    beta_tcvae_minute,
    cooled,
    fruit_beta_tcvae,
    fruit_kl,
    sideways_first,
    small_black_apples,
    warmed,
    without_small_black_apples,
)
from dvlab.experiments.schedules import beta_tcvae_warmed, ground_kl
from dvlab.experiments.training_sets import CorrelatedImages, Pairs, Sessions
from dvlab.objectives import IVAE, AdaGVAE, BetaTCVAE, BetaVAE, FactorisedSupportVAE, FactorVAE
from dvlab.schedules import constant
from dvlab.worlds import Sprites, World
from dvlab.worlds.halfway import HalfwayFruit
from dvlab.worlds.striped import StripedSprites


def two_factors() -> Sprites:
    """A world that trains in seconds: an ellipse in 64 × 48 places, 3,072 images.

    Returns
    -------
    Sprites
    """
    return Sprites(shapes="ellipse", scales=[0.8], orientations=[0.0], x=64, y=48, size=32, antialias=True)


def plain_ground(contrast: float = 0.0, shows: tuple[str, ...] = ("x", "y")) -> StripedSprites:
    """A large ellipse that moves little, 1,024 images, so that x and y are each nearly one direction of the pixels.

    Eigenvalues of their covariance over σ² are 148 (x) and 116 (y), and 25 and 24 of what bends.

    Parameters
    ----------
    contrast : float
        Of the stripes behind it.
    shows : tuple of str
        The factors whose sum the stripes' contrast follows.

    Returns
    -------
    StripedSprites
    """
    sides = {"x": np.linspace(0.4, 0.6, 32), "y": np.linspace(0.35, 0.65, 32)}
    upright = {"shapes": "ellipse", "scales": [1.0], "orientations": [np.pi / 2], "enlarge": 1.5}
    return StripedSprites(contrast, shows, **upright, **sides, size=32, antialias=True)


def stripes_of_both() -> StripedSprites:
    """The same with faint stripes of x + y: eigenvalues of 165 and 121, whose directions are rotated by 16°.

    Returns
    -------
    StripedSprites
    """
    return plain_ground(0.05)


def stripes_of_x() -> StripedSprites:
    """The same stripes, as strong, of x alone: eigenvalues of 173 and 115, whose directions are those of x and y.

    Returns
    -------
    StripedSprites
    """
    return plain_ground(0.05, ("x",))


def three_fruits() -> World:
    """Pears, too, and still no small black apple: 752 images.

    With three shapes *which fruit* is two directions of the pixels, not one: eigenvalues of their covariance over σ² of
    57 and 33, where apples and grapes alone have 51, and size, the first, is no longer pure (an eighth of it is fruit).
    It is not the number alone that stands in the way: see `halfway_fruits`.

    Returns
    -------
    World
    """
    return without_small_black_apples(fruits=("apple", "grapes", "pear"))


def halfway_fruits() -> World:
    """Three fruits, the third halfway between the others (`HalfwayFruit`), no small black apple: 752 images.

    Eigenvalues of their covariance over σ² are 159 (size), 85 (colour) and 34 (which fruit). As many images as
    `three_fruits`, and trained with the same recipe, first weights and batches: six seeds of ten draw the small black
    apple, where none of three does with pears. (Ten of ten do with two fruits, and four latents.)

    Returns
    -------
    World
    """
    return HalfwayFruit().hold_out(small_black_apples)


def fruits_in_five_places() -> World:
    """Five places from left to right, a small black apple in none: 2,480 images.

    Place is worth more than all else, and bends: eigenvalues over σ² of 232, 48 and 31 are its own, and no direction
    that is mostly *which fruit* is among the first six (without places, it is the third, 51).

    That is not all that stands in the way. In places nearer to each other (x from .47 to .53) *which fruit* is the
    third again, 42, and place the fourth, 24; four runs (seeds 0 and 1; four latents; 8,000 steps) gave at most 13 %
    right exchanges.

    Returns
    -------
    World
    """
    return without_small_black_apples(x=5)


SHORT = {"steps": 1000, "batch_size": 128, "learning_rate": 2e-3}
NETWORK = {"latent_dim": 4, "hidden": (128, 128)}
SHORTER = SHORT | {"steps": 800}
ON_GROUND = NETWORK | {"likelihood": "gaussian", "sigma": 0.2}
SIX = {"latent_dim": 6}
FIVE = FRUIT_VAE | {"latent_dim": 5}
OFF_THE_SHELF = {
    "two-factors": Recipe("two factors, four latents", two_factors, BetaVAE(constant(1)), SHORT, NETWORK),
    "two-factors-pairs": Recipe("pairs that share x or y", two_factors, AdaGVAE(1), SHORT, NETWORK, Pairs(4000)),
    "plain-ground": Recipe("an ellipse on grey", plain_ground, BetaVAE(ground_kl(800)), SHORTER, ON_GROUND),
    "stripes-of-both": Recipe("faint stripes of x + y", stripes_of_both, BetaVAE(ground_kl(800)), SHORTER, ON_GROUND),
    "stripes-of-x": Recipe("faint stripes of x", stripes_of_x, BetaVAE(ground_kl(800)), SHORTER, ON_GROUND),
    "correlated": Recipe(
        "the ellipse on grey, x and y correlated",
        plain_ground,
        BetaVAE(ground_kl(800)),
        SHORTER,
        ON_GROUND,
        CorrelatedImages("x", "y", width=0.3),
    ),
    "sessions": Recipe(
        "faint stripes of x + y, in ten sessions that prefer some places",
        stripes_of_both,
        IVAE(10, ground_kl(800)),
        SHORTER,
        ON_GROUND,
        Sessions(10),
    ),
    "six-latents": Recipe(
        "small sprites, six latents, the better of two starts",
        Sprites.small,
        beta_tcvae_minute(5, MINUTE["steps"]),
        MINUTE,
        SIX,
        starts=2,
    ),
    "three-fruits": Recipe("fruit of three shapes", three_fruits, fruit_beta_tcvae(0.2, FRUIT["steps"]), FRUIT, FIVE),
    "halfway-fruits": Recipe(
        "fruit of two shapes and one halfway", halfway_fruits, fruit_beta_tcvae(0.2, FRUIT["steps"]), FRUIT, FIVE
    ),
    "five-places": Recipe(
        "fruit in five places", fruits_in_five_places, fruit_beta_tcvae(0.2, FRUIT["steps"]), FRUIT, FIVE
    ),
}

# objective -> the recipe whose world and network it takes, its training, and (β, steps) -> what is minimised
METHODS: dict[str, tuple[str, dict, Callable]] = {
    "beta-vae-constant": ("sprites-vae", QUICK, lambda beta, steps: BetaVAE(constant(beta))),
    "beta-vae-cooled": ("sprites-beta-vae", QUICK, lambda beta, steps: BetaVAE(cooled(beta, steps))),
    "beta-vae-warmed": ("sprites-beta-vae", QUICK, lambda beta, steps: BetaVAE(warmed(beta, steps))),
    "beta-tcvae-constant": ("sprites-beta-tcvae", QUICK, lambda beta, steps: BetaTCVAE(constant(beta))),
    "beta-tcvae-cooled": ("sprites-beta-tcvae", QUICK, beta_tcvae),  # β: the least weight of TC
    "beta-tcvae-warmed": ("sprites-beta-tcvae", QUICK, beta_tcvae_warmed),
    "beta-tcvae-minute": ("six-latents", MINUTE, beta_tcvae_minute),
    "beta-tcvae-long": ("sprites-beta-tcvae", LONG, beta_tcvae),
    "beta-tcvae-square-cooled": ("square-beta-tcvae", LONG, beta_tcvae),
    "beta-tcvae-square-slower": (
        "square-beta-tcvae",
        LONG,
        lambda least, steps: sideways_first(least, steps).objective,
    ),
    "beta-tcvae-square": ("square-beta-tcvae", LONG, sideways_first),
    "two-factors-vae-constant": ("two-factors", SHORT, lambda beta, steps: BetaVAE(constant(beta))),
    "two-factors-vae-cooled": ("two-factors", SHORT, lambda beta, steps: BetaVAE(cooled(beta, steps))),
    "two-factors-tcvae-constant": ("two-factors", SHORT, lambda beta, steps: BetaTCVAE(constant(beta))),
    "two-factors-tcvae-cooled": ("two-factors", SHORT, beta_tcvae),
    "two-factors-vae-warmed": ("two-factors", SHORT, lambda beta, steps: BetaVAE(warmed(beta, steps))),
    "two-factors-tcvae-warmed": ("two-factors", SHORT, beta_tcvae_warmed),
    "two-factors-factor-vae": ("two-factors", SHORT, lambda gamma, steps: FactorVAE(constant(gamma))),
    "two-factors-ada-gvae": ("two-factors-pairs", SHORT, lambda beta, steps: AdaGVAE(cooled(beta, steps))),
    "two-factors-unpaired": (
        "two-factors-pairs",
        SHORT,
        lambda beta, steps: BetaVAE(cooled(beta, steps)),
    ),
    "plain-ground": ("plain-ground", SHORTER, lambda beta, steps: BetaVAE(ground_kl(steps))),
    "stripes-of-both": ("stripes-of-both", SHORTER, lambda beta, steps: BetaVAE(ground_kl(steps))),
    "stripes-of-x": ("stripes-of-x", SHORTER, lambda beta, steps: BetaVAE(ground_kl(steps))),
    "correlated-vae": ("correlated", SHORTER, lambda beta, steps: BetaVAE(ground_kl(steps))),
    "correlated-support": (
        "correlated",
        SHORTER,
        lambda gamma, steps: FactorisedSupportVAE(gamma, ground_kl(steps)),  # β: the weight of the distances
    ),
    "sessions-vae": ("sessions", SHORTER, lambda beta, steps: BetaVAE(ground_kl(steps))),
    "sessions-ivae": ("sessions", SHORTER, lambda beta, steps: IVAE(10, ground_kl(steps))),
    "fruit-autoencoder": ("fruit-autoencoder", FRUIT, lambda beta, steps: BetaVAE(constant(beta))),
    "fruit-vae-constant": ("fruit-vae", FRUIT, lambda beta, steps: BetaVAE(constant(beta))),
    "fruit-beta-vae": ("fruit-beta-tcvae", FRUIT, lambda last, steps: BetaVAE(fruit_kl(steps))),  # .03, the same KL
    "fruit-tcvae-constant": (
        "fruit-beta-tcvae",
        FRUIT,
        lambda last, steps: BetaTCVAE(constant(last), alpha=0.03, gamma=0.03),
    ),
    "fruit-beta-tcvae": ("fruit-beta-tcvae", FRUIT, fruit_beta_tcvae),  # β: the last weight of TC
    "three-fruits-tcvae": ("three-fruits", FRUIT, fruit_beta_tcvae),
    "halfway-fruits-tcvae": ("halfway-fruits", FRUIT, fruit_beta_tcvae),
    "five-places-tcvae": ("five-places", FRUIT, fruit_beta_tcvae),
}

# name -> (objective -> its β's, how many seeds from 0, or which)
SWEEPS: dict[str, tuple[dict[str, tuple], int | range]] = {
    "recipes": ({"beta-tcvae-long": (5,)}, 5),
    "minute": ({"beta-tcvae-minute": (5,)}, range(20, 30)),  # chosen by what seeds 0 to 19 gave
    "square": ({f"beta-tcvae-square{how}": (5,) for how in ("-cooled", "-slower", "")}, 5),
    "fronts": (
        {
            "beta-vae-constant": (1, 2, 4, 6, 10),
            "beta-vae-cooled": (1, 2, 4, 6, 10),
            "beta-tcvae-cooled": (2, 5, 10, 20),
        },
        5,
    ),
    "seeds": ({"beta-vae-constant": (1,), "beta-vae-cooled": (4,), "beta-tcvae-cooled": (5,)}, 10),
    "schedules": ({"beta-vae-warmed": (4,), "beta-tcvae-constant": (5,), "beta-tcvae-warmed": (5,)}, 5),  # see fronts
    "two-factors": (
        {
            "two-factors-vae-constant": (1,),
            "two-factors-vae-cooled": (1, 4),
            "two-factors-tcvae-constant": (5,),
            "two-factors-tcvae-cooled": (5,),
        },
        6,
    ),
    "two-factors-warmed": ({"two-factors-vae-warmed": (1,), "two-factors-tcvae-warmed": (5,)}, 3),  # see two-factors
    "pairs": ({"two-factors-ada-gvae": (1,), "two-factors-unpaired": (1,)}, 5),
    "factor-vae": ({"two-factors-factor-vae": (4,)}, 5),  # TC weighs 4 and the KL's 1, two-factors' 5
    "stripes": ({"plain-ground": (1,), "stripes-of-both": (1,), "stripes-of-x": (1,)}, range(5, 10)),  # tried on 0 to 2
    "support": ({"correlated-vae": (1,), "correlated-support": (0.5, 3)}, 5),
    "sessions": ({"sessions-vae": (1,), "sessions-ivae": (1,)}, range(5, 10)),  # tried on 0
    "apples": ({"fruit-beta-tcvae": (0.2, 0.25)}, 10),
    "apples-otherwise": ({"fruit-autoencoder": (0,), "fruit-vae-constant": (1,)}, 5),
    "apples-why": ({"fruit-beta-vae": (0.03,), "fruit-tcvae-constant": (0.2,)}, 3),
    "further-why": ({"halfway-fruits-tcvae": (0.2,)}, 10),
    "further": ({"three-fruits-tcvae": (0.2,), "five-places-tcvae": (0.2,)}, 3),
}
