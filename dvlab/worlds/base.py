"""A world: a grid of factors of variation, and a picture for every combination of them."""

import copy
import math
import operator
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int, Integer, UInt8
from torch.utils.data import Dataset

from dvlab.threads import in_pieces
from dvlab.validation import kind, pick_device, positive_int
from dvlab.worlds._factors import Factor, check_combinations
from dvlab.worlds._grid import Grid
from dvlab.worlds._pairs import draw_pairs, generator_or_new

CHUNK_PIXELS = 2**20  # drawn at a time, in at most 1,024 images: more would not stay in a CPU's cache


class World(Grid, Dataset):
    """Factors -> images, as a torch `Dataset` of (image, factors), in dSprites' order: the last factor runs fastest.

    A subclass names its factors and draws a batch in `_draw`. Factors are always *indices* into `Factor.values`. An
    image's index is its place among the images that are not held out.

    Parameters
    ----------
    factors : tuple of Factor
        One with a single value is left out of `World.factors`: a constant tells nothing, and no metric can score it.
    image_shape : (int, int, int)
        Channels, height, width.

    Raises
    ------
    ValueError
        When no factor varies, or there are more than 10⁸ combinations.
    """

    def __init__(self, factors: tuple[Factor, ...], image_shape: tuple[int, int, int]):
        super().__init__(factors)
        self.image_shape = image_shape
        self._cache = {}

    def _draw(
        self,
        factors: Integer[torch.Tensor, "batch factors"],
        images: Float[torch.Tensor, "batch channels height width"],
    ) -> None:
        """Draw `factors` into `images`, which come black."""
        raise NotImplementedError

    @property
    def _chunk(self) -> int:
        return max(1, min(1024, CHUNK_PIXELS // math.prod(self.image_shape)))

    def __getitem__(
        self, index: int
    ) -> tuple[Float[torch.Tensor, "channels height width"], Int[torch.Tensor, " factors"]]:
        """The image and the factors at `index`, which may be negative; IndexError beyond the end."""
        index = operator.index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for a world of {len(self)} images")
        factors = self.factors_of(torch.tensor([index % len(self)]))
        return self.render(factors)[0], factors[0]

    def render(
        self, factors: Integer[torch.Tensor, "batch factors"]
    ) -> Float[torch.Tensor, "batch channels height width"]:
        """Draw the images of combinations of factors, held out or not.

        Parameters
        ----------
        factors : tensor (B, K) of whole numbers
            Indices into the values of each factor.

        Returns
        -------
        tensor (B, C, H, W)
            Floats in [0, 1], on the factors' device.

        Raises
        ------
        TypeError
            For anything but whole numbers.
        ValueError
            For a wrong shape, an empty batch or an index that is out of range.

        Examples
        --------
        >>> dvlab.worlds.Fruit().render(torch.tensor([[0, 15, 0]])).shape  # an apple, large and red
        torch.Size([1, 3, 32, 32])
        """
        check_combinations(factors, self.factors)
        images = torch.zeros(len(factors), *self.image_shape, device=factors.device)
        for part, out in zip(factors.split(self._chunk), images.split(self._chunk), strict=True):
            self._draw(part, out)
        return images

    def sample(
        self, n: int, generator: torch.Generator | None = None
    ) -> tuple[Float[torch.Tensor, "batch channels height width"], Int[torch.Tensor, "batch factors"]]:
        """Images drawn uniformly, with replacement.

        Parameters
        ----------
        n : int
            How many.
        generator : torch.Generator, optional
            Without one every call draws afresh; torch's global random state is neither used nor changed.

        Returns
        -------
        images : tensor (n, C, H, W)
            Floats in [0, 1], on the generator's device.
        factors : tensor (n, K) of int

        Examples
        --------
        >>> x, factors = dvlab.worlds.Sprites.small().sample(5, torch.Generator().manual_seed(0))
        >>> x.shape, factors.shape
        (torch.Size([5, 1, 32, 32]), torch.Size([5, 4]))
        """
        positive_int("n", n)
        generator = generator_or_new(generator)
        index = torch.randint(len(self), (n,), generator=generator, device=generator.device)
        factors = self.factors_of(index)
        return self.render(factors), factors

    def pairs(
        self, n: int, k: int = 1, generator: torch.Generator | None = None
    ) -> tuple[Float[torch.Tensor, "batch 2 channels height width"], Int[torch.Tensor, "batch 2 factors"]]:
        """Pairs of images that share all but `k` factors.

        The first is drawn uniformly, then which factors change, then another value for each; when the second image is
        held out, all again.

        Parameters
        ----------
        n : int
            How many pairs.
        k : int
            How many factors differ.
        generator : torch.Generator, optional
            As in `sample`.

        Returns
        -------
        images : tensor (n, 2, C, H, W)
            Floats in [0, 1], on the generator's device.
        factors : tensor (n, 2, K) of int

        Raises
        ------
        ValueError
            For a `k` beyond the number of factors, or when held-out combinations leave hardly any pairs.

        Examples
        --------
        >>> _, factors = dvlab.worlds.Faces().pairs(4, k=2)
        >>> (factors[:, 0] != factors[:, 1]).sum(dim=1)
        tensor([2, 2, 2, 2])
        """
        factors = draw_pairs(self, n, k, generator_or_new(generator))
        return self.render(factors.flatten(0, 1)).unflatten(0, (n, 2)), factors

    def images(
        self, dtype: torch.dtype = torch.uint8, device: str | torch.device | None = None
    ) -> UInt8[torch.Tensor, "images channels height width"] | Float[torch.Tensor, "images channels height width"]:
        """Every image, in order, drawn once and kept: do not write into what is returned.

        Meant for worlds that fit: an image of side s takes s² bytes a channel.

        Parameters
        ----------
        dtype : torch.dtype
            torch.uint8 counts 0 to 255, a floating dtype runs from 0 to 1.
        device : str or torch.device, optional
            CUDA where there is one, else the CPU, unless told.

        Returns
        -------
        tensor (N, C, H, W)

        Raises
        ------
        ValueError
            For another dtype, and for a device that is not there.

        Examples
        --------
        >>> dvlab.worlds.Fruit().images(device="cpu").shape
        torch.Size([512, 3, 32, 32])
        """
        device = pick_device(device)
        if dtype != torch.uint8 and not dtype.is_floating_point:
            raise ValueError(f"dtype must be torch.uint8 or a floating dtype; got {dtype}")
        if (dtype, device) not in self._cache:
            images = torch.empty(len(self), *self.image_shape, dtype=dtype, device=device)

            def draw(index):
                drawn = self.render(self.factors_of(index).to(device))
                images[index[0] : index[-1] + 1] = drawn if dtype.is_floating_point else (255 * drawn).round_()

            in_pieces(draw, torch.arange(len(self)).split(self._chunk), device)
            self._cache[dtype, device] = images
        return self._cache[dtype, device]

    def hold_out(self, held: Bool[torch.Tensor, " images"] | Callable[[torch.Tensor], torch.Tensor]) -> "World":
        """This world without some combinations of factors.

        Parameters
        ----------
        held : tensor (N,) of bool, or function
            A mask over the images, True for those to be left out; or a function (N, K) -> (N,), factors -> mask.

        Returns
        -------
        World

        Raises
        ------
        ValueError
            For anything but such a mask, and for one that leaves no image.

        Examples
        --------
        >>> fruit = dvlab.worlds.Fruit().hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))
        >>> len(fruit), len(fruit.held_out)  # no small black apples
        (496, 16)
        """
        mask = held(self.all_factors()) if callable(held) else held
        if not isinstance(mask, torch.Tensor) or mask.dtype != torch.bool or mask.shape != (len(self),):
            raise ValueError(
                f"held must be or give a boolean tensor ({len(self)},), one entry an image; got {kind(mask)}"
            )
        if bool(mask.all()):
            raise ValueError("held takes every image out of this world; at least one must be left")
        kept = torch.arange(self._grid_size) if self._kept is None else self._kept
        world = copy.copy(self)
        world._kept, world._cache = kept[~mask.cpu()], {}
        return world

    def __repr__(self) -> str:
        factors = ", ".join(f"{factor.name} {len(factor)}" for factor in self.factors)
        shape = " × ".join(map(str, self.image_shape))
        held = self._grid_size - len(self)
        left_out = f", {held:,} more held out" if held else ""
        return f"{type(self).__name__}: {len(self):,} images of {shape} from {factors}{left_out}"
