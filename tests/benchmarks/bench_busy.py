"""What a busy machine does to a training and to the parts of a KL: ratios to idle beside one and two busy processes.

    python tests/benchmarks/bench_busy.py

Aimed at: at most 2 beside one busy process, at most 3 beside two. Run it where nothing else runs.
"""

import subprocess
import sys
import time
from contextlib import contextmanager
from statistics import median

import torch
from torch.distributions import Normal

import dvlab

ROUNDS = 3


@contextmanager
def beside(busy: int):
    """`busy` processes that do nothing but compute."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def training() -> None:
    world = dvlab.worlds.Sprites.small()
    vae = dvlab.VAE(world.image_shape)
    dvlab.train(vae, IMAGES, dvlab.objectives.BetaTCVAE(6), steps=150, batch_size=256, device="cpu", progress=False)


def parts_of_the_kl() -> None:
    dvlab.decomposition.kl_terms(POSTERIOR)


IMAGES = dvlab.worlds.Sprites.small().images(device="cpu")
g = torch.Generator().manual_seed(0)
POSTERIOR = Normal(torch.randn(737_280, 10, generator=g), 0.1 + 0.2 * torch.rand(737_280, 10, generator=g))

for action in (training, parts_of_the_kl):
    seconds = {}
    action()
    for busy in (0, 1, 2):
        taken = []
        with beside(busy):
            for _ in range(ROUNDS):
                start = time.perf_counter()
                action()
                taken.append(time.perf_counter() - start)
        seconds[busy] = median(taken)
    ratios = ", ".join(f"beside {busy}: {seconds[busy] / seconds[0]:.2f}" for busy in (1, 2))
    print(f"{action.__name__.replace('_', ' '):<18} idle {seconds[0]:6.2f} s; {ratios}", flush=True)
