"""Factors of variation: what they are, and what is checked of them and of their combinations."""

from dataclasses import dataclass

import torch
from jaxtyping import Int, Integer

from dvlab.validation import kind

MOST_IMAGES = 10**8  # their factors alone take gigabytes


@dataclass(frozen=True)
class Factor:
    """One factor of variation.

    Parameters
    ----------
    name : str
    values : tuple
        What each of its indices stands for, in the factor's unit: numbers, or words.

    Examples
    --------
    >>> size = Factor("size", (0.15, 0.3))
    >>> len(size), size.values[1]
    (2, 0.3)
    """

    name: str
    values: tuple

    def __len__(self) -> int:
        return len(self.values)


def check_grid(factors: tuple[Factor, ...], images: int) -> None:
    """ValueError unless a factor varies, and their combinations, `images` of them, fit into memory."""
    if not factors:
        raise ValueError("at least one factor must vary; each of them has a single value")
    if images > MOST_IMAGES:
        sizes = " × ".join(f"{factor.name} {len(factor)}" for factor in factors)
        raise ValueError(f"a world holds at most {MOST_IMAGES:,} images; got {images:,} from {sizes}")


def check_combinations(given: torch.Tensor, factors: tuple[Factor, ...]) -> None:
    """TypeError or ValueError unless `given` (batch, K) holds indices into the values of each of the K `factors`."""
    K = len(factors)
    if not whole(given):
        raise TypeError(
            f"factors must be a tensor of whole numbers (batch, {K}), indices into the values of each "
            f"factor; got {kind(given)}"
        )
    if given.ndim != 2 or given.shape[1] != K or len(given) == 0:
        names = ", ".join(factor.name for factor in factors)
        raise ValueError(
            f"factors must have shape (batch, {K}), batch ≥ 1, with columns {names}; got {tuple(given.shape)}"
        )
    sizes = torch.tensor([len(factor) for factor in factors], device=given.device)
    wrong = (given.long() < 0) | (given.long() >= sizes)
    if bool(wrong.any()):
        row, k = (int(i[0]) for i in wrong.nonzero(as_tuple=True))
        factor = factors[k]
        raise ValueError(
            f"factors[{row}, {k}] ({factor.name}) must lie in [0, {len(factor)}); got {int(given[row, k])}"
        )


def check_index(index: torch.Tensor, images: int) -> None:
    """TypeError unless `index` is a tensor of whole numbers, IndexError unless all lie in [0, images)."""
    if not whole(index):
        raise TypeError(f"index must be a tensor of whole numbers; got {kind(index)}")
    index = index.long()
    if index.numel() and not (int(index.min()) >= 0 and int(index.max()) < images):
        raise IndexError(f"index must lie in [0, {images}); got {int(index.min())} to {int(index.max())}")


def whole(value: object) -> bool:
    """Whether `value` is an ordinary tensor of whole numbers, none of them too large for int64."""
    kinds = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
    return isinstance(value, torch.Tensor) and value.layout == torch.strided and value.dtype in kinds


def places(factors: Integer[torch.Tensor, "batch factors"], sizes: tuple[int, ...]) -> Int[torch.Tensor, " batch"]:
    """Where each combination stands in the full grid."""
    place = torch.zeros(len(factors), dtype=torch.int64, device=factors.device)
    for column, size in zip(factors.long().T, sizes, strict=True):
        place = place * size + column  # Horner: the last factor runs fastest
    return place


def index_among(kept: Int[torch.Tensor, " kept"], place: Int[torch.Tensor, " batch"]) -> Int[torch.Tensor, " batch"]:
    """The index of each place of the full grid among those that are kept; ValueError where one is not."""
    kept = kept.to(place.device)
    index = torch.searchsorted(kept, place).clamp(max=len(kept) - 1)
    if not bool((kept[index] == place).all()):
        raise ValueError("factors holds a combination that is held out of this world, so it has no index")
    return index
