"""What a trained model gives, measured on every image of its data: numbers as JSON, and pictures."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from dvlab.checkpoints import write_whole
from dvlab.decomposition import active, kl_terms, latent_kl
from dvlab.images import Images
from dvlab.plots import image_grid, traversal_grid
from dvlab.vae import VAE, posterior


@torch.no_grad()
def reconstruction(vae: VAE, data: torch.Tensor | Dataset, seed: int = 0, batch_size: int = 1024) -> float:
    """-E_q log p(x|z), in nats per image: the mean over every image of `data` (a world, or a tensor of images).

    One sample z of q(z|x) an image, drawn by `seed`; the mean over many images hardly depends on it.
    """
    images = Images(data, vae.centre.device, resident=False)
    generator, total = torch.Generator().manual_seed(seed), 0.0
    for index in torch.arange(len(images)).split(batch_size):
        x = images[index]
        total -= float(vae(x, generator)[2].log_prob(x).double().sum())
    return total / len(images)


def evaluate(vae: VAE, data: torch.Tensor | Dataset, folder: str | os.PathLike, seed: int = 0) -> dict[str, Any]:
    """Measure `vae` on `data`, and write evaluation.json, kl.png, traversals.png and reconstructions.png to `folder`.

    A world has factors, so it also gets every metric, and metrics.png; a tensor of images has none. Nats per image.
    A latent is active when it tells at least .05 nats about the image. Returns what is in the JSON.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    q = posterior(vae, data)
    terms = kl_terms(q, seed=seed)
    rest = reconstruction(vae, data, seed)
    kl = latent_kl(q)
    information = kl - terms.dimension_wise
    found = {
        "images": len(data),
        "elbo": -rest - terms.total,
        "reconstruction": rest,
        "kl": terms.total,
        "mutual_information": terms.mutual_information,
        "total_correlation": terms.total_correlation,
        "dimension_wise": float(terms.dimension_wise.sum()),
        "standard_error": terms.standard_error,  # of the mutual information and the total correlation
        "kl_per_latent": kl.tolist(),
        "information_per_latent": information.tolist(),
        "active_latents": int(active(information).sum()),
    }
    save_picture(terms.plot(), folder / "kl.png")
    save_picture(traversal_grid(vae, data), folder / "traversals.png")
    save_picture(_reconstructions(vae, data), folder / "reconstructions.png")
    if not isinstance(data, torch.Tensor):
        report = _report(q, data, seed)
        found["metrics"] = {name: float(score) for name, score in report.scores().items()}
        names = [factor.name for factor in data.factors]
        found["mig_per_factor"] = dict(zip(names, map(float, report.mig.per_factor), strict=True))
        save_picture(report.plot(), folder / "metrics.png")
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / "evaluation.json", text.encode())
    return found


def _report(q, world, seed):
    from dvlab.metrics import report

    in_words = [i for i, factor in enumerate(world.factors) if isinstance(factor.values[0], str)]
    return report(q, world.all_factors(), categorical=in_words, seed=seed)


@torch.no_grad()
def _reconstructions(vae, data, count=8):
    """Images from all over the data, and under each what the mean of its code decodes to."""
    x = Images(data, vae.centre.device, resident=False)[torch.linspace(0, len(data) - 1, count).long()]
    again = vae.decode(vae.encode(x).mean).mean.clamp(0, 1)
    return image_grid(torch.cat([x, again]), columns=count, rows=["images", "decoded"], size=0.85)


def save_picture(drawn: Any, path: str | os.PathLike) -> None:
    """Write an Axes or a Figure as PNG, and close it."""
    from matplotlib import pyplot

    figure = getattr(drawn, "figure", drawn)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
