"""Latent quantisation: an autoencoder whose latents take a few learned values, beside the same one without.

It is no VAE, so it has a loop of its own. `python -m dvlab.experiments.quantised FOLDER` trains both over seeds and
writes the table FOLDER/quantised.csv.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import nn

from dvlab.experiments.studies import stripes_of_both
from dvlab.files import write_whole
from dvlab.metrics import mig
from dvlab.results import csv
from dvlab.threads import one_thread
from dvlab.validation import positive_int
from dvlab.worlds import World

SEEDS = range(5, 10)  # found on seeds 0 to 2
STEPS, BATCH, LATENTS, VALUES, SIGMA = 600, 128, 2, 16, 0.2
BINS = 16  # of the histogram behind MIG


class LatentQuantiser(nn.Module):
    """Each latent is replaced by the nearest of its own learned values; its gradient goes straight through.

    Parameters
    ----------
    latents : int
        D.
    values : int
        V, how many a latent has; at first they are spread from -1 to 1.

    References
    ----------
    Hsu, Dorrell, Whittington, Wu and Finn (2023), Disentanglement via Latent Quantization.

    Examples
    --------
    >>> codes, loss = LatentQuantiser(latents=2, values=3)(torch.tensor([[0.2, -0.8]]))
    >>> codes.tolist()
    [[0.0, -1.0]]
    """

    def __init__(self, latents: int, values: int):
        super().__init__()
        positive_int("latents", latents)
        positive_int("values", values, least=2)
        self.values = nn.Parameter(torch.linspace(-1, 1, values).repeat(latents, 1))

    def forward(
        self, z: Float[torch.Tensor, "batch latents"]
    ) -> tuple[Float[torch.Tensor, "batch latents"], Float[torch.Tensor, ""]]:
        """The codes, and what pulls values and latents together.

        Parameters
        ----------
        z : tensor (B, D)

        Returns
        -------
        codes : tensor (B, D)
            The nearest values; their gradient is passed on to z as it is.
        loss : tensor
            Quantisation and commitment: twice the mean squared distance, one pulls the values, one the latents.
        """
        nearest = (z[:, :, None] - self.values).abs().argmin(dim=2)
        codes = self.values.gather(1, nearest.T).T
        loss = (codes - z.detach()).square().mean() + (z - codes.detach()).square().mean()
        return z + (codes - z).detach(), loss


def autoencoder(world: World, seed: int, quantise: bool, steps: int = STEPS) -> dict[str, Any]:
    """Train one, and measure it on every image.

    Parameters
    ----------
    world : World
    seed : int
        Of the weights and the batches.
    quantise : bool
        Whether latents take few values.
    steps : int

    Returns
    -------
    dict
        A row of the table: `squared_error` per image over 2 σ², MIG by histogram, and its part for each factor.
    """
    x = world.images(torch.float32, device="cpu")
    x = (x - x.mean(dim=0)).flatten(1) / SIGMA
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.default_generator.manual_seed(seed)
        encoder, decoder = _mlp(x.shape[1], LATENTS), _mlp(LATENTS, x.shape[1])
        quantiser = LatentQuantiser(LATENTS, VALUES) if quantise else lambda z: (z, torch.zeros(()))
        networks = {"params": [*encoder.parameters(), *decoder.parameters()], "weight_decay": 0.1}
        own = {"params": list(quantiser.parameters()) if quantise else [], "weight_decay": 0.0}
        optimiser = torch.optim.AdamW([networks, own] if quantise else [networks], lr=2e-3)
        for _ in range(steps):
            batch = x[torch.randint(len(x), (BATCH,))]
            codes, distance = quantiser(encoder(batch))
            error = (decoder(codes) - batch).square().sum(dim=1).mean() / 2
            optimiser.zero_grad()
            (error + 0.1 * x.shape[1] * distance).backward()
            optimiser.step()
    with torch.no_grad():
        codes, _ = quantiser(encoder(x))
        error = float((decoder(codes) - x).square().sum(dim=1).mean() / 2)
    gap = mig(codes.double(), world.all_factors(), bins=BINS)
    row = {"model": "quantised" if quantise else "plain", "seed": seed, "steps": steps, "squared_error": error}
    names = [factor.name for factor in world.factors]
    gaps = {f"mig_{name}": float(part) for name, part in zip(names, gap.per_factor, strict=True)}
    return row | {"mig": float(gap.score)} | gaps


def _mlp(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 128), nn.SiLU(), nn.Linear(128, 128), nn.SiLU(), nn.Linear(128, outputs))


def table(folder: str | Path) -> Path:
    """Train both over seeds 5 to 9, and write quantised.csv.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Path
    """
    rows = [autoencoder(stripes_of_both(), seed, quantise) for seed in SEEDS for quantise in (True, False)]
    comments = ["python -m dvlab.experiments.quantised FOLDER", f"seeds {SEEDS[0]} to {SEEDS[-1]}; MIG in {BINS} bins"]
    comments += [f"{LATENTS} latents, {VALUES} values each where quantised; torch {torch.__version__}"]
    path = Path(folder) / "quantised.csv"
    write_whole(path, csv(comments, rows))
    return path


if __name__ == "__main__":
    print(table(sys.argv[1]))
