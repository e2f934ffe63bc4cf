"""Fruit of which the third is halfway between the first two: three fruits, and one direction of the pixels."""

import torch
from jaxtyping import Float, Integer

from dvlab.worlds.fruit import FRUITS, Fruit

APPLE, GRAPES, HALFWAY = range(3)


class HalfwayFruit(Fruit):
    """Apples, grapes, and a third fruit each of whose pixels is the mean of an apple's and of grapes'.

    So *which fruit* moves the pixels along one direction for each size and colour, as with apples and grapes alone;
    with a pear for the third fruit these are two.

    Examples
    --------
    >>> HalfwayFruit()
    HalfwayFruit: 768 images of 3 × 32 × 32 from fruit 3, size 16, colour 16
    """

    kinds = (*FRUITS, "halfway")

    def __init__(self):
        super().__init__(fruits=("apple", "grapes", "halfway"))

    def _draw(
        self, factors: Integer[torch.Tensor, "batch factors"], images: Float[torch.Tensor, "batch 3 height width"]
    ) -> None:
        halfway = factors[:, 0] == HALFWAY
        apples = factors.clone()
        apples[halfway, 0] = APPLE
        super()._draw(apples, images)
        grapes = factors[halfway]
        grapes[:, 0] = GRAPES
        other = torch.empty_like(images[halfway])
        super()._draw(grapes, other)
        images[halfway] = (images[halfway] + other) / 2
