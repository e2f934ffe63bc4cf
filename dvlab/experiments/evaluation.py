"""What a trained model gives, measured on every image of its data: numbers as JSON, and pictures."""

import os
import shutil
from pathlib import Path
from typing import Any

import torch
from torch.distributions import Normal

from dvlab.decomposition import active, kl_terms, latent_kl
from dvlab.experiments.encoding import images_at_once, kept_posterior
from dvlab.files import write_json
from dvlab.images import Data, Images, tensor_or_world
from dvlab.plots import image_grid, traversal_grid
from dvlab.threads import in_pieces
from dvlab.vae import VAE, posterior


@torch.no_grad()
def reconstruction(
    vae: VAE, data: Data, seed: int = 0, batch_size: int | None = None, q: Normal | None = None
) -> float:
    """-E_q log p(x|z), the mean over every image of the data.

    One sample z of q(z|x) an image; the mean over many images hardly depends on it.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
    seed : int
        Of the samples.
    batch_size : int, optional
        Images decoded at a time; what suits the network unless told.
    q : Normal of batch shape (N, D), optional
        The posteriors of all images, where they are known already.

    Returns
    -------
    float
        Nats per image.

    Examples
    --------
    >>> world = dvlab.worlds.Fruit(sizes=4, colours=4, size=8)
    >>> reconstruction(dvlab.VAE(world.image_shape, latent_dim=2), world) > 0
    True
    """
    images = Images(data, vae.centre.device, resident=False)
    batches = torch.arange(len(images)).split(batch_size or images_at_once(vae))
    generator = torch.Generator().manual_seed(seed)
    noise = [torch.randn(len(index), vae.latent_dim, generator=generator) for index in batches]

    def log_density(piece):
        index, ε = piece
        x = images[index]
        mean, sigma = _parameters(vae._q(x) if q is None else q, None if q is None else index)
        z = mean.to(x) + sigma.to(x) * ε.to(x)
        return float(vae._px(z).log_prob(x).cpu().double().sum())

    total = sum(in_pieces(log_density, list(zip(batches, noise, strict=True)), vae.centre.device))
    return -total / len(images)


def _parameters(q, index):
    return (q.loc, q.scale) if index is None else (q.loc[index], q.scale[index])


def measure(vae: VAE, data: Data, seed: int = 0) -> dict[str, Any]:
    """The figures of a model, over every image of its data: what a card, a row of a sweep and an evaluation say.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
    seed : int
        Of the samples behind the reconstruction, the mutual information and the total correlation.

    Returns
    -------
    dict
        In nats per image: elbo, reconstruction, kl, its three parts, and each latent's KL and information about the
        image; active_latents, which tell at least .05 nats. For a world also MIG, DCI (lasso), and where a block of
        combinations is held out the shares of `dvlab.metrics.recombination.swap`.
    """
    data = tensor_or_world(data)
    q = posterior(vae, data)
    return _figures(vae, data, q, kl_terms(q, seed=seed), seed)


def _figures(vae, data, q, terms, seed):
    rest, kl = reconstruction(vae, data, seed, q=q), latent_kl(q)
    information = kl - terms.dimension_wise
    found = {
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
    return found if isinstance(data, torch.Tensor) else found | _with_factors(vae, q, data)


def _with_factors(vae, q, world):
    """What takes labels: MIG, DCI, and the recombination of what was held out."""
    from dvlab import metrics
    from dvlab.metrics.recombination import swap

    factors = world.all_factors()
    gap = metrics.mig(q, factors)
    dci = metrics.dci(q.mean, factors, regressor="lasso", categorical=_in_words(world))
    names = [factor.name for factor in world.factors]
    found = {
        "mig": gap.score,
        "mig_per_factor": dict(zip(names, gap.per_factor.tolist(), strict=True)),
        "dci_lasso": {
            name: float(getattr(dci, name)) for name in ("disentanglement", "completeness", "informativeness")
        },
    }
    if len(world.held_out):
        swapped = swap(vae, world)
        found |= {"swap_right": swapped.right, "swap_strict": swapped.strict}
    return found


def _in_words(world):
    """The indices of the factors whose values are names, not numbers."""
    return [i for i, factor in enumerate(world.factors) if isinstance(factor.values[0], str)]


def evaluate(vae: VAE, data: Data, folder: str | os.PathLike, seed: int = 0) -> dict[str, Any]:
    """Measure a model, and write evaluation.json, kl.png, traversals.png and reconstructions.png.

    A world has factors, so it also gets every metric, and metrics.png; a tensor of images has none. What is encoded
    is kept in the folder until all is measured: after an interruption the same call goes on with it.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
    folder : path
        Where the files go.
    seed : int
        Of the samples, and of what the metrics draw.

    Returns
    -------
    dict
        What is in the JSON, in nats per image: what `measure` gives, the number of images, InfoMEC over all of them,
        and the metrics' scores, the slow ones over 10,000.
    """
    folder, data = Path(folder), tensor_or_world(data)
    folder.mkdir(parents=True, exist_ok=True)
    q, kept = kept_posterior(vae, data, folder)
    terms = kl_terms(q, seed=seed)
    found = {"images": len(data)} | _figures(vae, data, q, terms, seed)
    save_picture(terms.plot(), folder / "kl.png")
    save_picture(traversal_grid(vae, data), folder / "traversals.png")
    save_picture(_reconstructions(vae, data), folder / "reconstructions.png")
    if not isinstance(data, torch.Tensor):
        from dvlab.metrics import infomec, report

        info = infomec(q, data.all_factors(), seed=seed)
        names = ("modularity", "compactness", "explicitness")
        found["infomec"] = {name: getattr(info, name) for name in names}
        scores = report(q, data.all_factors(), categorical=_in_words(data), seed=seed)
        found["metrics"] = {name: float(score) for name, score in scores.scores().items()}
        save_picture(scores.plot(), folder / "metrics.png")
    write_json(folder / "evaluation.json", found)
    shutil.rmtree(kept)
    return found


@torch.no_grad()
def _reconstructions(vae, data, count=8):
    """Images from all over the data, and under each what the mean of its code decodes to."""
    x = Images(data, vae.centre.device, resident=False)[torch.linspace(0, len(data) - 1, count).long()]
    again = vae.decode(vae.encode(x).mean).mean.clamp(0, 1)
    return image_grid(torch.cat([x, again]), columns=count, rows=["images", "decoded"], size=0.85)


def save_picture(drawn: Any, path: str | os.PathLike) -> None:
    """Write a picture as PNG, and close it.

    Parameters
    ----------
    drawn : matplotlib Axes or Figure
    path : path
    """
    from matplotlib import pyplot

    figure = getattr(drawn, "figure", drawn)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
