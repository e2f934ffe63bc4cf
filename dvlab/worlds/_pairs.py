"""Pairs of combinations that share all but k factors, held-out ones left aside."""

import torch
from jaxtyping import Int

from dvlab.validation import positive_int

ROUNDS = 1000  # of drawing again what was held out


def draw_pairs(world, n: int, k: int, generator: torch.Generator) -> Int[torch.Tensor, "batch 2 factors"]:
    """The factors of `n` pairs of a world; see `World.pairs`."""
    positive_int("n", n)
    positive_int("k", k)
    K, device = len(world.factors), generator.device
    if k > K:
        raise ValueError(f"k must be at most the number of factors, {K}; got {k}")
    sizes, held = torch.tensor(world.factor_sizes, device=device), world.held_out.to(device)
    kept = torch.ones(world.factor_sizes, dtype=torch.bool, device=device)
    kept[tuple(held.T)] = False
    found = []
    for _ in range(ROUNDS):
        missing = n - sum(map(len, found))
        if missing == 0:
            return torch.cat(found)
        first = world.factors_of(torch.randint(len(world), (missing,), generator=generator, device=device))
        rank = torch.rand(missing, K, generator=generator, device=device).argsort(dim=1).argsort(dim=1)
        step = 1 + (torch.rand(missing, K, generator=generator, device=device) * (sizes - 1)).long()  # to another value
        second = torch.where(rank < k, (first + step) % sizes, first)
        found.append(torch.stack([first, second], dim=1)[kept[tuple(second.T)]])
    raise ValueError(f"held-out combinations leave no pairs that differ in {k} of {K} factors, or hardly any")
