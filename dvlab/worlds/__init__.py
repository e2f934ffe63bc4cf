"""Worlds: factors of variation -> images."""

from dvlab.worlds.base import Factor, World
from dvlab.worlds.dsprites import DSprites
from dvlab.worlds.faces import Faces
from dvlab.worlds.fruit import Fruit
from dvlab.worlds.sprites import Sprites

__all__ = ["DSprites", "Faces", "Factor", "Fruit", "Sprites", "World"]
