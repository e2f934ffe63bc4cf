"""Images a second on one thread, beside a plain loop that draws one image at a time in NumPy.

Run by hand: python tests/benchmarks/bench_worlds.py
"""

import math
import time

import numpy as np
import torch

from dvlab.worlds import Fruit, Sprites
from dvlab.worlds.sprites import DISTANCE

IMAGES, REPEATS = 8192, 5


def loop(world, factors):
    """What the world draws, written per image; the distances are the world's own."""
    shapes = next((f.values for f in world.factors if f.name == "shape"), ("ellipse",))
    size = world.image_shape[-1]
    rows, columns = (np.mgrid[:size, :size] + 0.5) * (64 / size) - 0.5
    for row in factors.numpy():
        value = {f.name: f.values[i] for f, i in zip(world.factors, row, strict=True)}
        dx, dy = columns - 15.5 - 32 * value["x"], rows - 15.5 - 32 * value["y"]
        scale, angle = value["scale"] * world.enlarge, value["orientation"]
        u = (math.cos(angle) * dx - math.sin(angle) * dy) / scale
        v = (math.sin(angle) * dx + math.cos(angle) * dy) / scale
        shape = value.get("shape", shapes[0])
        distance = DISTANCE[shape](torch.from_numpy(u), torch.from_numpy(v)).numpy()
        yield np.clip(0.5 - distance * scale * size / 64, 0, 1) if world.antialias else (distance <= 0) * 1.0


def rate(draw, images, repeats):
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        draw()
        best = min(best, time.perf_counter() - start)
    return images / best


def main():
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    worlds = {
        "Sprites 64 px, binary": (Sprites(), 30_000),
        "Sprites 64 px, soft": (Sprites(antialias=True), 30_000),
        "Sprites 32 px, binary": (Sprites(size=32), 120_000),
        "Sprites 32 px, soft": (Sprites(size=32, antialias=True), 120_000),
        "Sprites.small()": (Sprites.small(), 120_000),
        "Fruit 32 px": (Fruit(), None),
    }
    print(f"{'':24}{'images/s':>10}{'aim':>10}{'× loop':>8}")
    for name, (world, aim) in worlds.items():
        factors = world.factors_of(torch.randint(len(world), (IMAGES,), generator=generator))
        fast = rate(lambda w=world, f=factors: w.render(f), IMAGES, REPEATS)
        line = f"{name:24}{fast:10,.0f}"
        if aim:
            few = factors[:200]
            drawn = torch.from_numpy(np.stack(list(loop(world, few)))).float()
            assert float((drawn - world.render(few)[:, 0]).abs().mean()) < 1e-4  # the same images
            slow = rate(lambda w=world, f=few: list(loop(w, f)), len(few), REPEATS)
            line += f"{aim:10,}{fast / slow:8.0f}"
        print(line)


if __name__ == "__main__":
    main()
