"""What a model is trained on where that is not each image of its world once."""

from dataclasses import dataclass

import torch
from jaxtyping import Int, UInt8
from torch.utils.data import TensorDataset

from dvlab.validation import one_of
from dvlab.worlds import World
from dvlab.worlds._pairs import change


@dataclass(frozen=True)
class Pairs:
    """Pairs of images that share all but one factor: called with a world and a seed, (number, 2, C, H, W) of uint8.

    Parameters
    ----------
    number : int
        Of pairs.

    Examples
    --------
    >>> Pairs(3)(dvlab.worlds.Fruit(size=8), seed=0).shape
    torch.Size([3, 2, 3, 8, 8])
    """

    number: int

    def __call__(self, world: World, seed: int) -> UInt8[torch.Tensor, "pairs 2 channels height width"]:
        images, _ = world.pairs(self.number, generator=torch.Generator().manual_seed(seed))
        return _bytes(images)


@dataclass(frozen=True)
class Correlated:
    """`Pairs` in whose first images two factors go together.

    As in Träuble et al. (2021): with a, b in [0, 1] for the two factors' indices over their ranges, a first image is
    drawn with a probability in proportion to exp(-(a - b)² / 2 width²). No combination is impossible; those far apart
    are rare. The second has one factor, any of them, moved to any other value. An objective that is not made for pairs
    trains on the same images one by one.

    Parameters
    ----------
    first, second : str
        The two factors' names.
    width : float
        As a share of a factor's range: the smaller, the more they go together.
    number : int
        Of pairs.

    References
    ----------
    Träuble et al. (2021), On Disentangled Representations Learned from Correlated Data, ICML.

    Examples
    --------
    >>> chosen = Correlated("size", "colour", number=500).factors(dvlab.worlds.Fruit(size=8), seed=0)[:, 0]
    >>> print(f"ρ = {torch.corrcoef(chosen[:, 1:].T.float())[0, 1]:.1f}")
    ρ = 0.8
    """

    first: str
    second: str
    width: float = 0.2
    number: int = 4000

    def __call__(self, world: World, seed: int) -> UInt8[torch.Tensor, "pairs 2 channels height width"]:
        factors = self.factors(world, seed).flatten(0, 1)
        return torch.cat([_bytes(world.render(part)) for part in factors.split(1024)]).unflatten(0, (-1, 2))

    def factors(self, world: World, seed: int) -> Int[torch.Tensor, "pairs 2 factors"]:
        """The factors of the pairs.

        Parameters
        ----------
        world : World
        seed : int

        Returns
        -------
        tensor (number, 2, K) of int

        Raises
        ------
        ValueError
            For a factor that the world does not have.
        """
        names = tuple(factor.name for factor in world.factors)
        every, scaled = world.all_factors(), []
        for argument, name in (("first", self.first), ("second", self.second)):
            one_of(argument, name, names)
            k = names.index(name)
            scaled.append(every[:, k].double() / (world.factor_sizes[k] - 1))
        weight = torch.exp(-(scaled[0] - scaled[1]).square() / (2 * self.width**2))
        generator = torch.Generator().manual_seed(seed)
        first = every[torch.multinomial(weight, self.number, replacement=True, generator=generator)]
        return torch.stack([first, change(first, 1, world.factor_sizes, generator)], dim=1)


@dataclass(frozen=True)
class CorrelatedImages:
    """`number` images (number, C, H, W) in which two factors go together: the first images of `Correlated`.

    Parameters
    ----------
    first, second, width
        As for `Correlated`.
    number : int
        Of images.

    Examples
    --------
    >>> CorrelatedImages("size", "colour", number=3)(dvlab.worlds.Fruit(size=8), seed=0).shape
    torch.Size([3, 3, 8, 8])
    """

    first: str
    second: str
    width: float = 0.2
    number: int = 4000

    def __call__(self, world: World, seed: int) -> UInt8[torch.Tensor, "images channels height width"]:
        return _bytes(world.render(self.factors(world, seed)))

    def factors(self, world: World, seed: int) -> Int[torch.Tensor, "images factors"]:
        """The factors of the images.

        Parameters
        ----------
        world : World
        seed : int

        Returns
        -------
        tensor (number, K) of int
        """
        return Correlated(self.first, self.second, self.width, self.number).factors(world, seed)[:, 0]


@dataclass(frozen=True)
class Sessions:
    """`number` images, each from one of a few sessions u, and u: `TensorDataset(images (number, C, H, W), u)`.

    A session prefers some values of each factor: with a in [0, 1] for a factor's index over its range, and for each
    session and factor a centre c drawn from [0, 1] and a width w from [0.1, 0.5], a combination is drawn with a
    probability in proportion to ∏ exp(-(a - c)² / 2 w²). So factors are independent given u, and their means and
    spreads depend on it; over all sessions together they need not be independent.

    Parameters
    ----------
    sessions : int
        How many there are; each has as many images as any other, or one more.
    number : int
        Of images.

    Examples
    --------
    >>> images, u = Sessions(2, number=6)(dvlab.worlds.Fruit(size=8), seed=0).tensors
    >>> images.shape, u
    (torch.Size([6, 3, 8, 8]), tensor([0, 1, 0, 1, 0, 1]))
    """

    sessions: int = 10
    number: int = 4000

    def __call__(self, world: World, seed: int) -> TensorDataset:
        factors, u = self.factors(world, seed)
        return TensorDataset(_bytes(world.render(factors)), u)

    def factors(
        self, world: World, seed: int
    ) -> tuple[Int[torch.Tensor, "images factors"], Int[torch.Tensor, " images"]]:
        """The factors of the images, and their sessions.

        Parameters
        ----------
        world : World
        seed : int

        Returns
        -------
        factors : tensor (number, K) of int
        u : tensor (number,) of int
        """
        generator, every = torch.Generator().manual_seed(seed), world.all_factors()
        a = every.double() / (torch.tensor(world.factor_sizes) - 1)
        centre, width = torch.rand(2, self.sessions, a.shape[1], generator=generator, dtype=torch.float64)
        u = torch.arange(self.number) % self.sessions
        weights = torch.exp(-((a - centre[:, None]) / (0.1 + 0.4 * width[:, None])).square().sum(dim=2) / 2)
        drawn = [
            torch.multinomial(weight, int((u == k).sum()), replacement=True, generator=generator)
            for k, weight in enumerate(weights)
        ]
        factors = torch.empty(self.number, a.shape[1], dtype=every.dtype)
        for k, index in enumerate(drawn):
            factors[u == k] = every[index]
        return factors, u


def _bytes(images: torch.Tensor) -> torch.Tensor:
    return (255 * images).round().to(torch.uint8)
