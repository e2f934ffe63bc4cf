"""A world: a grid of factors of variation, and a picture for every combination of them."""

import copy
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, Integer, UInt8
from torch.utils.data import Dataset

from dvlab.threads import in_pieces
from dvlab.validation import kind, pick_device, positive_int
from dvlab.worlds._pairs import draw_pairs

MOST_IMAGES = 10**8  # their factors alone take gigabytes
CHUNK_PIXELS = 2**20  # drawn at a time, in at most 1,024 images: more would not stay in a CPU's cache


@dataclass(frozen=True)
class Factor:
    """One factor of variation: its name and the physical value that each of its indices stands for."""

    name: str
    values: tuple

    def __len__(self) -> int:
        return len(self.values)


class World(Dataset):
    """Factors -> images, as a torch `Dataset` of (image, factors), in dSprites' order: the last factor runs fastest.

    A subclass names its factors and draws a batch in `_draw`. A factor with a single value is left out of `factors`: a
    constant tells nothing, and no metric can score it. Factors are always *indices* into `Factor.values`. An image's
    index is its place among the images that are not held out.
    """

    def __init__(self, factors: tuple[Factor, ...], image_shape: tuple[int, int, int]):
        self._every_factor = factors
        self.factors = tuple(factor for factor in factors if len(factor) > 1)
        if not self.factors:
            raise ValueError("at least one factor must vary; each of them has a single value")
        if self._grid_size > MOST_IMAGES:
            sizes = " × ".join(f"{factor.name} {len(factor)}" for factor in self.factors)
            raise ValueError(f"a world holds at most {MOST_IMAGES:,} images; got {self._grid_size:,} from {sizes}")
        self.image_shape = image_shape
        self._kept = None  # places in the full grid of the images that are left; None is all of them
        self._cache = {}

    def _draw(
        self,
        factors: Integer[torch.Tensor, "batch factors"],
        images: Float[torch.Tensor, "batch channels height width"],
    ) -> None:
        """Draw `factors` into `images`, which come black."""
        raise NotImplementedError

    def _values(self, factors: Integer[torch.Tensor, "batch factors"]) -> list[torch.Tensor]:
        """The physical value of every factor, the constant ones too, each (batch,); for one in words, its index."""
        column = dict(zip(self.factors, factors.long().T, strict=True))
        constant = torch.zeros(len(factors), dtype=torch.int64, device=factors.device)
        index = [column.get(factor, constant) for factor in self._every_factor]
        return [
            i if isinstance(factor.values[0], str) else torch.tensor(factor.values, device=i.device)[i]
            for factor, i in zip(self._every_factor, index, strict=True)
        ]

    @property
    def factor_sizes(self) -> tuple[int, ...]:
        """How many values each factor has."""
        return tuple(len(factor) for factor in self.factors)

    @property
    def _grid_size(self) -> int:
        return math.prod(self.factor_sizes)

    @property
    def _chunk(self) -> int:
        return max(1, min(1024, CHUNK_PIXELS // math.prod(self.image_shape)))

    def __len__(self) -> int:
        return self._grid_size if self._kept is None else len(self._kept)

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
        """Draw the images of `factors` (indices), held out or not, in [0, 1] and on the factors' device.

        Raises TypeError for anything but whole numbers, ValueError for a wrong shape, an empty batch or an index that
        is out of range.
        """
        self._check(factors)
        images = torch.zeros(len(factors), *self.image_shape, device=factors.device)
        for part, out in zip(factors.split(self._chunk), images.split(self._chunk), strict=True):
            self._draw(part, out)
        return images

    def sample(
        self, n: int, generator: torch.Generator | None = None
    ) -> tuple[Float[torch.Tensor, "batch channels height width"], Int[torch.Tensor, "batch factors"]]:
        """`n` images drawn uniformly, with replacement, and their factors, on the generator's device.

        Without a generator every call draws afresh; torch's global random state is neither used nor changed.
        """
        positive_int("n", n)
        if generator is None:
            generator = torch.Generator()
            generator.seed()
        index = torch.randint(len(self), (n,), generator=generator, device=generator.device)
        factors = self.factors_of(index)
        return self.render(factors), factors

    def pairs(
        self, n: int, k: int = 1, generator: torch.Generator | None = None
    ) -> tuple[Float[torch.Tensor, "batch 2 channels height width"], Int[torch.Tensor, "batch 2 factors"]]:
        """`n` pairs of images that share all but `k` factors, and their factors, on the generator's device.

        The first is drawn uniformly, then which factors change, then another value for each; when the second image is
        held out, all again. Raises ValueError for a `k` beyond the number of factors, or when nothing is left.
        """
        if generator is None:
            generator = torch.Generator()
            generator.seed()
        factors = draw_pairs(self, n, k, generator)
        return self.render(factors.flatten(0, 1)).unflatten(0, (n, 2)), factors

    def factors_of(self, index: Integer[torch.Tensor, " batch"]) -> Int[torch.Tensor, "batch factors"]:
        """The factors of the images at `index`. Raises IndexError when one lies outside [0, len(self))."""
        if not _whole(index):
            raise TypeError(f"index must be a tensor of whole numbers; got {kind(index)}")
        index = index.long()
        if index.numel() and not (int(index.min()) >= 0 and int(index.max()) < len(self)):
            raise IndexError(f"index must lie in [0, {len(self)}); got {int(index.min())} to {int(index.max())}")
        place = index.long() if self._kept is None else self._kept.to(index.device)[index.long()]
        return torch.stack(torch.unravel_index(place, self.factor_sizes), dim=-1)

    def index_of(self, factors: Integer[torch.Tensor, "batch factors"]) -> Int[torch.Tensor, " batch"]:
        """The index of each combination of factors. Raises ValueError when one of them is held out."""
        self._check(factors)
        place = self._place(factors)
        if self._kept is None:
            return place
        kept = self._kept.to(place.device)
        index = torch.searchsorted(kept, place).clamp(max=len(kept) - 1)
        if not bool((kept[index] == place).all()):
            raise ValueError("factors holds a combination that is held out of this world, so it has no index")
        return index

    def _place(self, factors: Integer[torch.Tensor, "batch factors"]) -> Int[torch.Tensor, " batch"]:
        """Where each combination stands in the full grid."""
        place = torch.zeros(len(factors), dtype=torch.int64, device=factors.device)
        for column, size in zip(factors.long().T, self.factor_sizes, strict=True):
            place = place * size + column  # Horner: the last factor runs fastest
        return place

    def all_factors(self) -> Int[torch.Tensor, "images factors"]:
        """The factors of every image, (N, K), in order."""
        return self.factors_of(torch.arange(len(self)))

    def images(
        self, dtype: torch.dtype = torch.uint8, device: str | torch.device | None = None
    ) -> UInt8[torch.Tensor, "images channels height width"] | Float[torch.Tensor, "images channels height width"]:
        """Every image, in order, drawn once and kept on `device` (None: CUDA where there is one, else the CPU).

        uint8 counts 0 to 255, a floating dtype runs from 0 to 1. Do not write into what is returned. Meant for worlds
        that fit: an image of side s takes s² bytes a channel.
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
        """This world without some combinations of factors: a mask over the images, or a function factors -> mask.

        >>> fruit = dvlab.worlds.Fruit().hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))
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

    @property
    def held_out(self) -> Int[torch.Tensor, "held factors"]:
        """The combinations of factors that are held out, (M, K), in order; none for a whole world."""
        held = torch.ones(self._grid_size, dtype=torch.bool)
        held[slice(None) if self._kept is None else self._kept] = False
        return torch.stack(torch.unravel_index(held.nonzero().flatten(), self.factor_sizes), dim=-1)

    def __repr__(self) -> str:
        factors = ", ".join(f"{factor.name} {len(factor)}" for factor in self.factors)
        shape = " × ".join(map(str, self.image_shape))
        held = self._grid_size - len(self)
        left_out = f", {held:,} more held out" if held else ""
        return f"{type(self).__name__}: {len(self):,} images of {shape} from {factors}{left_out}"

    def _check(self, factors: torch.Tensor) -> None:
        K = len(self.factors)
        if not _whole(factors):
            raise TypeError(
                f"factors must be a tensor of whole numbers (batch, {K}), indices into the values of each "
                f"factor; got {kind(factors)}"
            )
        if factors.ndim != 2 or factors.shape[1] != K or len(factors) == 0:
            names = ", ".join(factor.name for factor in self.factors)
            raise ValueError(
                f"factors must have shape (batch, {K}), batch ≥ 1, with columns {names}; got {tuple(factors.shape)}"
            )
        sizes = torch.tensor(self.factor_sizes, device=factors.device)
        wrong = (factors.long() < 0) | (factors.long() >= sizes)
        if bool(wrong.any()):
            row, k = (int(i[0]) for i in wrong.nonzero(as_tuple=True))
            factor = self.factors[k]
            raise ValueError(
                f"factors[{row}, {k}] ({factor.name}) must lie in [0, {len(factor)}); got {int(factors[row, k])}"
            )


def _whole(value: object) -> bool:
    """Whether `value` is an ordinary tensor of whole numbers, none of them too large for int64."""
    kinds = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
    return isinstance(value, torch.Tensor) and value.layout == torch.strided and value.dtype in kinds
