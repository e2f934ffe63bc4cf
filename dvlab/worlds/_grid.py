"""The combinations of factors that a world has pictures of, numbered."""

import math

import torch
from jaxtyping import Int, Integer

from dvlab.worlds._factors import Factor, check_combinations, check_grid, check_index, index_among, places


class Grid:
    """All combinations of factors, in dSprites' order: the last factor runs fastest. Some may be held out.

    Parameters
    ----------
    factors : tuple of Factor
        One with a single value is left out of `factors`: a constant tells nothing, and no metric can score it.

    Raises
    ------
    ValueError
        When no factor varies, or there are more than 10⁸ combinations.
    """

    def __init__(self, factors: tuple[Factor, ...]):
        self._every_factor = factors
        self.factors = tuple(factor for factor in factors if len(factor) > 1)
        check_grid(self.factors, self._grid_size)
        self._kept = None  # places in the full grid of the images that are left; None is all of them

    @property
    def factor_sizes(self) -> tuple[int, ...]:
        """How many values each factor has."""
        return tuple(len(factor) for factor in self.factors)

    @property
    def _grid_size(self) -> int:
        return math.prod(self.factor_sizes)

    def __len__(self) -> int:
        return self._grid_size if self._kept is None else len(self._kept)

    def factors_of(self, index: Integer[torch.Tensor, " batch"]) -> Int[torch.Tensor, "batch factors"]:
        """The factors of the images at some indices.

        Parameters
        ----------
        index : tensor (B,) of whole numbers
            In [0, len(world)).

        Returns
        -------
        tensor (B, K) of int

        Raises
        ------
        TypeError
            For anything but whole numbers.
        IndexError
            When one lies outside.

        Examples
        --------
        >>> dvlab.worlds.Fruit().factors_of(torch.tensor([0, 1, 16]))
        tensor([[0, 0, 0],
                [0, 0, 1],
                [0, 1, 0]])
        """
        check_index(index, len(self))
        place = index.long() if self._kept is None else self._kept.to(index.device)[index.long()]
        return torch.stack(torch.unravel_index(place, self.factor_sizes), dim=-1)

    def index_of(self, factors: Integer[torch.Tensor, "batch factors"]) -> Int[torch.Tensor, " batch"]:
        """The index of each combination of factors, the inverse of `factors_of`.

        Parameters
        ----------
        factors : tensor (B, K) of whole numbers

        Returns
        -------
        tensor (B,) of int

        Raises
        ------
        TypeError, ValueError
            As `render`; ValueError also when a combination is held out.
        """
        check_combinations(factors, self.factors)
        place = self._place(factors)
        return place if self._kept is None else index_among(self._kept, place)

    def _place(self, factors: Integer[torch.Tensor, "batch factors"]) -> Int[torch.Tensor, " batch"]:
        """Where each combination stands in the full grid."""
        return places(factors, self.factor_sizes)

    def all_factors(self) -> Int[torch.Tensor, "images factors"]:
        """The factors of every image, in order.

        Returns
        -------
        tensor (N, K) of int
        """
        return self.factors_of(torch.arange(len(self)))

    @property
    def held_out(self) -> Int[torch.Tensor, "held factors"]:
        """The combinations of factors that are held out, (M, K), in order; none for a whole world."""
        held = torch.ones(self._grid_size, dtype=torch.bool)
        held[slice(None) if self._kept is None else self._kept] = False
        return torch.stack(torch.unravel_index(held.nonzero().flatten(), self.factor_sizes), dim=-1)

    def _values(self, factors: Integer[torch.Tensor, "batch factors"]) -> list[torch.Tensor]:
        """The physical value of every factor, the constant ones too, each (batch,); for one in words, its index."""
        column = dict(zip(self.factors, factors.long().T, strict=True))
        constant = torch.zeros(len(factors), dtype=torch.int64, device=factors.device)
        index = [column.get(factor, constant) for factor in self._every_factor]
        return [
            i if isinstance(factor.values[0], str) else torch.tensor(factor.values, device=i.device)[i]
            for factor, i in zip(self._every_factor, index, strict=True)
        ]
