"""Pairs of combinations that share all but k factors, held-out ones left aside."""

import torch
from jaxtyping import Int

from dvlab.validation import positive_int

ROUNDS = 1000  # of drawing again what was held out


def generator_or_new(generator: torch.Generator | None) -> torch.Generator:
    """The generator given, or one that is seeded afresh; torch's global random state is neither used nor changed."""
    if generator is None:
        generator = torch.Generator()
        generator.seed()
    return generator


def draw_pairs(world, n: int, k: int, generator: torch.Generator) -> Int[torch.Tensor, "batch 2 factors"]:
    """The factors of `n` pairs of a world; see `World.pairs`."""
    positive_int("n", n)
    positive_int("k", k)
    if k > len(world.factors):
        raise ValueError(f"k must be at most the number of factors, {len(world.factors)}; got {k}")
    device, held = generator.device, world.held_out
    kept = torch.ones(world.factor_sizes, dtype=torch.bool)
    kept[tuple(held.T)] = False
    kept, found = kept.to(device), []
    for _ in range(ROUNDS):
        missing = n - sum(map(len, found))
        if missing == 0:
            return torch.cat(found)
        first = world.factors_of(torch.randint(len(world), (missing,), generator=generator, device=device))
        second = change(first, k, world.factor_sizes, generator)
        found.append(torch.stack([first, second], dim=1)[kept[tuple(second.T)]])
    raise ValueError(
        f"held-out combinations leave no pairs that differ in {k} of {len(world.factors)} factors, or hardly any"
    )


def change(
    factors: Int[torch.Tensor, "batch factors"], k: int, sizes: tuple[int, ...], generator: torch.Generator
) -> Int[torch.Tensor, "batch factors"]:
    """`factors` with k of them, drawn for each row, moved to another of their values."""
    device = factors.device
    rank = torch.rand(factors.shape, generator=generator, device=device).argsort(dim=1).argsort(dim=1)
    others = torch.tensor(sizes, device=device) - 1
    step = 1 + (torch.rand(factors.shape, generator=generator, device=device) * others).long()
    return torch.where(rank < k, (factors + step) % (others + 1), factors)
