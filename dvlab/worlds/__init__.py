"""Worlds: factors of variation -> images."""

from dvlab.worlds.base import Factor, World
from dvlab.worlds.sprites import Sprites

__all__ = ["Factor", "Sprites", "World"]
