"""What a training step costs beside a bare loop of the same network on resident tensors, and β-TCVAE beside β-VAE.

    python tests/benchmarks/bench_training.py

Rounds are interleaved, and the ratios are medians over rounds, so that a busy machine slows all columns alike.
"""

import time
from statistics import median

import torch

import dvlab
from dvlab.objectives import BetaTCVAE, BetaVAE

torch.set_num_threads(1)


def bare(vae, images, steps, batch_size):
    """The shortest loop that trains the same network: nothing checked, nothing kept."""
    optimiser = torch.optim.Adam(vae.parameters(), lr=1e-3, fused=True)
    for _ in range(steps):
        x = images[torch.randint(len(images), (batch_size,))]
        if x.dtype == torch.uint8:
            x = x.float() / 255
        q, _, px = vae(x)
        log_sigma = q.stddev.log()
        kl = (0.5 * (q.mean**2 + q.stddev**2 - 1) - log_sigma).sum()
        loss = (kl - px.log_prob(x).sum()) / len(x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(title, image_shape, network, batch_size, steps, dtype, rounds=7):
    images = torch.rand(4096, *image_shape, generator=torch.Generator().manual_seed(0)).mul_(255).to(torch.uint8)
    if dtype == torch.float32:
        images = images / 255

    def fresh():
        vae = dvlab.VAE(image_shape, network=network)
        vae.standardise(images)
        return vae

    def train(objective):
        return lambda vae: dvlab.train(vae, images, objective, steps, batch_size, device="cpu", progress=False)

    ways = {
        "bare loop": lambda vae: bare(vae, images, steps, batch_size),
        "β-VAE": train(BetaVAE(1)),
        "β-TCVAE": train(BetaTCVAE(6)),
    }
    times = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            vae = fresh()
            times[name].append(seconds(lambda way=way, vae=vae: way(vae)))
    times = {name: taken[1:] for name, taken in times.items()}  # the first round warms up
    cells = [f"{name} {1000 * median(taken) / steps:6.2f} ms" for name, taken in times.items()]
    loop = median(a / b for a, b in zip(times["β-VAE"], times["bare loop"], strict=True))
    tc = median(a / b for a, b in zip(times["β-TCVAE"], times["β-VAE"], strict=True))
    print(f"{title:<34} {'   '.join(cells)}   train/bare {loop:.2f} (≤ 1.1)   TC/β {tc:.2f} (≤ 1.6)", flush=True)


if __name__ == "__main__":
    print("a step, median of 7 rounds, one thread")
    small = (1, 32, 32)
    compare("mlp 32 px, batch 256, float", small, "mlp", 256, 60, torch.float32)
    compare("mlp 32 px, batch 256, uint8", small, "mlp", 256, 60, torch.uint8)
    compare("mlp 32 px, batch 128, uint8", small, "mlp", 128, 60, torch.uint8)
    compare("conv 32 px, batch 256, uint8", small, "conv", 256, 10, torch.uint8)
