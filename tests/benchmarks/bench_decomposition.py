"""How long the KL's three terms take, beside the naive way and a matrix product, in one run on this machine.

    python tests/benchmarks/bench_decomposition.py [--device cuda]

Each part runs in a process of its own, so that a peak of memory is that part's alone.
"""

import argparse
import math
import multiprocessing
import resource
import time

import numpy as np
import torch
from torch import nn
from torch.distributions import Normal

from dvlab.aggregate import bin_posteriors, minibatch_log_densities
from dvlab.decomposition import kl_terms

N, D, S = 737_280, 10, 10_000
LEVELS = (3, 6, 40, 32, 32)


def posteriors(images, device, smallest=0.03):
    """Five informative latents, five idle ones, as a trained VAE has them."""
    g = torch.Generator().manual_seed(0)
    mean = torch.randn(images, D, generator=g)
    sigma = smallest * torch.exp(torch.rand(images, D, generator=g))
    mean[:, 5:] *= 0.02
    sigma[:, 5:] = 1 - 0.02 * torch.rand(images, 5, generator=g)
    return Normal(mean.to(device), sigma.to(device))


def clock(f, device, repeats=1):
    f_times = []
    for _ in range(repeats):
        start = time.perf_counter()
        f()
        if device == "cuda":
            torch.cuda.synchronize()
        f_times.append(time.perf_counter() - start)
    return float(np.median(f_times))


def ours(device, images=N, smallest=0.03):
    q = posteriors(images, device, smallest)
    kl_terms(Normal(q.loc[:2000], q.scale[:2000]), 1000)  # threads and libraries started
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = clock(lambda: kl_terms(q, S), device)
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def naive(device, samples=20):
    """log q(z) and log q(z_j) by the (S, n, D) tensor, 8,192 images at a time; `samples` of the S, extrapolated."""
    q = posteriors(N, device)
    z = q.loc[:samples] + 0.01

    def run():
        joint, marginals = [], []
        for mean, sigma in zip(q.loc.split(8192), q.scale.split(8192), strict=True):
            log_q = Normal(mean, sigma).log_prob(z[:, None])
            joint.append(log_q.sum(-1).logsumexp(1))
            marginals.append(log_q.logsumexp(1))
        return torch.stack(joint).logsumexp(0) - math.log(N), torch.stack(marginals).logsumexp(0) - math.log(N)

    return clock(run, device) * S / samples


def product(device):
    a, b = (torch.randn(4096, 4096, device=device) for _ in range(2))
    a @ b
    return clock(lambda: a @ b, device, repeats=3)


def information(device):
    """Every latent's density given every level of five factors: what the 50 mutual informations need."""
    q = posteriors(N, "cpu")
    mean, sigma = q.loc.numpy(), q.scale.numpy()
    rng = np.random.default_rng(0)
    labels = [rng.integers(0, levels, N) for levels in LEVELS]

    def run():
        for j in range(D):
            bins = bin_posteriors(mean[:, j], sigma[:, j])
            for each in labels:
                bins.densities(each)

    return clock(run, "cpu")


def steps(device, B=256, pixels=32 * 32):
    """Seconds a step of β-VAE, and of β-TCVAE: an MLP of 256 units, 32 px, one thread."""
    if device == "cpu":
        torch.set_num_threads(1)
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Linear(pixels, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 2 * D))
    decoder = nn.Sequential(nn.Linear(D, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, pixels))
    encoder, decoder = encoder.to(device), decoder.to(device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    x = (torch.rand(B, pixels, device=device) < 0.1).float()

    def step(total_correlation):
        mean, log_sigma = encoder(x).chunk(2, dim=1)
        q = Normal(mean, log_sigma.exp())
        z = q.rsample()
        loss = nn.functional.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum") / B
        loss = loss + 0.5 * (mean**2 + q.variance - 1 - 2 * log_sigma).sum() / B
        if total_correlation:
            log_qz, log_qzj = minibatch_log_densities(z, q, N)
            loss = loss + 5 * (log_qz - log_qzj.sum(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for _ in range(10):
        step(True)
    pairs = [(clock(lambda: step(False), device), clock(lambda: step(True), device)) for _ in range(60)]
    return tuple(np.median(pairs, axis=0))


def alone(f, *arguments):
    """f(*arguments) in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(f, arguments)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    print(f"{N} posteriors, {D} latents, {S} samples, {device}, {torch.get_num_threads()} threads")
    matrix = alone(product, device)
    seconds, memory = alone(ours, device)
    half, _ = alone(ours, device, N // 2)
    narrow, narrow_memory = alone(ours, device, N, 0.001)
    slow = alone(naive, device)
    print(f"kl_terms                     {seconds:8.1f} s   {memory:6.0f} MiB extra")
    print(f"  with half the images       {half:8.1f} s   x {seconds / half:.2f} for twice the images")
    print(f"  sigma from .001 (float64)  {narrow:8.1f} s   {narrow_memory:6.0f} MiB extra")
    print(f"naive, from 20 samples       {slow:8.1f} s   x {slow / seconds:.0f}")
    print(f"15 products of 4096 x 4096   {15 * matrix:8.1f} s   kl_terms / this = {seconds / (15 * matrix):.2f}")
    print(f"densities for 10 x 5 MIs     {alone(information, device):8.1f} s   one thread")
    plain, tc = alone(steps, device)
    print(f"step, batch 256: β-VAE {1e3 * plain:.1f} ms, β-TCVAE {1e3 * tc:.1f} ms, ratio {tc / plain:.2f} (goal 1.6)")
