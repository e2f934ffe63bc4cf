"""Which images each step of a training sees."""

import torch
from torch.utils.data import TensorDataset

from dvlab.images import Data, World, tensor_or_world
from dvlab.validation import kind


def loose(data: Data, in_pairs: bool, batch_size: int) -> torch.Tensor | World:
    """Pairs as images, one after the other; anything else as it is. An objective that needs pairs gets nothing else."""
    data = tensor_or_world(data)
    paired = isinstance(data, torch.Tensor) and data.ndim == 5
    if in_pairs and not paired:
        raise TypeError(
            f"data must be pairs of images for this objective, a tensor (N, 2, C, H, W) as world.pairs gives; "
            f"got {kind(data)}"
        )
    if paired and data.shape[1] != 2:
        raise ValueError(f"data of five dimensions must be pairs (N, 2, C, H, W); got {tuple(data.shape)}")
    if in_pairs and batch_size % 2:
        raise ValueError(f"batch_size counts images, and they come in pairs: it must be even; got {batch_size}")
    return data.flatten(0, 1) if paired else data


def groups_of(data: Data, objective: object) -> torch.Tensor | None:
    """u, the group of each image, (N,), for an objective that is told of groups; None for any other."""
    if not getattr(objective, "grouped", False):
        return None
    if not isinstance(data, TensorDataset) or len(data.tensors) != 2:
        raise TypeError(
            f"data must be images and their groups for this objective, a TensorDataset(images, u); got {kind(data)}"
        )
    u = data.tensors[1]
    if u.ndim != 1 or u.is_floating_point() or u.is_complex() or u.dtype == torch.bool:
        raise ValueError(f"data's groups u must be a tensor (N,) of whole numbers; got {kind(u)}")
    if not 0 <= int(u.min()) <= int(u.max()) < objective.groups:
        told = f"from {int(u.min())} to {int(u.max())}"
        raise ValueError(
            f"data's groups u must lie in 0 … {objective.groups - 1}, as groups = {objective.groups}; got {told}"
        )
    return u.long()


class Batches:
    """The indices of step s: in each epoch a permutation of N images, in pieces of B, known from seed and step.

    `group`: as many neighbours stay together, so that what is permuted are pairs when it is 2.
    """

    def __init__(self, size: int, batch_size: int, seed: int, group: int = 1):
        self.size, self.batch_size, self.group = size // group, batch_size // group, group
        self.seed, self.epoch = seed, None

    def __getitem__(self, step: int) -> torch.Tensor:
        epoch, k = divmod(step, self.size // self.batch_size)
        if epoch != self.epoch:
            mixed = torch.Generator().manual_seed(((self.seed + 1) * 1_000_003 + epoch) % 2**63)
            self.epoch, self.order = epoch, torch.randperm(self.size, generator=mixed)
        drawn = self.order[k * self.batch_size : (k + 1) * self.batch_size]
        return (drawn[:, None] * self.group + torch.arange(self.group)).flatten()
