"""What it takes to train a model: a world, a network, an objective, a training, and how many of it begin."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.data import TensorDataset

from dvlab import worlds
from dvlab.history import History
from dvlab.images import Data
from dvlab.training import train
from dvlab.vae import VAE

__all__ = ["EARLY", "Recipe"]

EARLY = 0.22  # of the steps of the small sprites: by then scale has switched on, and orientation has not


@dataclass(frozen=True)
class Recipe:
    """What it takes to train a model.

    Parameters
    ----------
    about : str
        What the model is, in a line.
    world : function
        () -> the world.
    objective : objective
    training : dict
        The arguments of `dvlab.train`.
    vae : dict
        The arguments of `VAE`.
    draw : function, optional
        (world, seed) -> what to train on, where it is not each image of the world once (`training_sets`).
    starts : int
        How many trainings begin (`best_start`).
    """

    about: str
    world: Callable[[], worlds.World]
    objective: Any
    training: dict[str, Any]
    vae: dict[str, Any] = field(default_factory=dict)
    draw: Callable[[worlds.World, int], torch.Tensor | TensorDataset] | None = None
    starts: int = 1

    def data(self, world: worlds.World, seed: int) -> Data:
        """What `dvlab.train` is given.

        Parameters
        ----------
        world : World
        seed : int
            Of what is drawn from it.

        Returns
        -------
        World, or tensor of images or of pairs of them, or images and the group of each
        """
        return world if self.draw is None else self.draw(world, seed)

    def train(
        self, world: worlds.World, seed: int = 0, device: str | torch.device | None = None, progress: bool = True
    ) -> tuple[VAE, History]:
        """A new model, trained.

        Parameters
        ----------
        world : World
            `world()`, or as much of it.
        seed : int
            Of the weights, the batches, the noise, and what is drawn from the world; of the first start, where there
            are several.
        device : str or torch.device, optional
        progress : bool

        Returns
        -------
        VAE, History

        Raises
        ------
        KeyboardInterrupt
            Where Ctrl-C ended the training: what is half trained is no model of this recipe.
        """
        return self._trained(world, self.best_start(world, seed, device), self.training, device, progress)

    def best_start(self, world: worlds.World, seed: int, device: str | torch.device | None = None) -> int:
        """The seed to train with: of `starts`, 1,000 apart, the one with the least loss after `EARLY` of the steps.

        Each seed trains a model for that long, which is then forgotten; its last hundred losses are averaged. No label
        is looked at. A learning rate that is a number would fall within these few steps; a schedule is that of the
        whole training.

        Of thirteen seeds of the small sprites (one start, 3,800 steps, losses of steps 800 to 899), two had two latents
        that shared what scale alone should hold, and lost .4 to .9 nats more than the others; these two, trained to the
        end, mixed scale and orientation.

        Parameters
        ----------
        world : World
        seed : int
            The first.
        device : str or torch.device, optional

        Returns
        -------
        int

        Raises
        ------
        FloatingPointError
            Where one of the starts diverges.
        """
        if self.starts == 1:
            return seed
        beginning = self.training | {"steps": max(1, round(EARLY * self.training["steps"]))}
        losses = {}
        for start in range(seed, seed + 1000 * self.starts, 1000):
            _, history = self._trained(world, start, beginning, device, progress=False)
            losses[start] = history.last()["loss"]
        return min(losses, key=losses.get)

    def _trained(self, world, seed, training, device, progress):
        vae = VAE(world.image_shape, seed=seed, **self.vae)
        options = training | {"seed": seed, "device": device, "progress": progress}
        history = train(vae, self.data(world, seed), self.objective, **options)
        if history.interrupted:
            raise KeyboardInterrupt
        return vae, history
