"""One HTML file that needs no kernel, no network and no library: sliders, an image, the decoder in plain JavaScript."""

import base64
import html
import json
import os
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import Dataset

from dvlab.plots import middle, survey
from dvlab.vae import VAE, posterior

TEMPLATE = Path(__file__).with_name("page.html")
LARGEST = 3 * 2**20  # bytes


@torch.no_grad()
def page(vae: VAE, world: torch.Tensor | Dataset, path: str | os.PathLike, title: str | None = None) -> Path:
    """Write an explorer of `vae`'s latents to `path`, the weights inside it as float32; returns the path.

    `world`, or a tensor of images, gives the ranges of the sliders and the code where they start. Raises ValueError
    for a model that is not an MLP, and for one whose page would exceed 3 MiB.
    """
    if vae.config["network"] != "mlp":
        raise ValueError(f"page takes a model with network='mlp'; this one has network={vae.config['network']!r}")
    known = survey(vae, world)
    start = posterior(vae, middle(world)[None]).loc[0]
    layers = [layer for layer in vae.decoder if isinstance(layer, nn.Linear)]
    tensors = [t for layer in layers for t in (layer.weight, layer.bias if layer.bias is not None else vae.pixel_bias)]
    values = torch.cat([t.detach().float().cpu().flatten() for t in tensors]).numpy().astype("<f4")
    facts = {
        "sizes": [layers[0].in_features, *(layer.out_features for layer in layers)],
        "shape": list(vae.image_shape),
        "bernoulli": vae.likelihood == "bernoulli",
        "order": [int(j) for j in [*known.active_order, *(j for j in known.order if not known.active[j])]],
        "active": max(1, len(known.active_order)),
        "kl": [round(float(x), 2) for x in known.kl],
        "low": [min(round(float(x), 1), round(float(z), 1)) for x, z in zip(known.low, start, strict=True)],
        "high": [max(round(float(x), 1), round(float(z), 1)) for x, z in zip(known.high, start, strict=True)],
        "start": [round(float(x), 2) for x in start],
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("{{title}}", html.escape(title or "Latents of a variational autoencoder"))
    text = text.replace("{{facts}}", json.dumps(facts))
    text = text.replace("{{weights}}", base64.b64encode(values.tobytes()).decode())
    if len(text.encode()) > LARGEST:
        raise ValueError(f"the page would take {len(text.encode()) / 2**20:.1f} MiB; a page holds at most 3")
    path = Path(path)
    path.write_text(text, encoding="utf-8")
    return path
