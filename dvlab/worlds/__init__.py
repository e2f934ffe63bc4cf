"""Worlds: factors of variation -> images."""

from dvlab.worlds.base import Factor, World
from dvlab.worlds.dsprites import DSprites
from dvlab.worlds.fruit import Fruit
from dvlab.worlds.sprites import Sprites

__all__ = ["DSprites", "Factor", "Fruit", "Sprites", "World"]
