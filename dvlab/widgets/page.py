"""One HTML file that needs no kernel, no network and no library: sliders, an image, the decoder in plain JavaScript."""

import html
import json
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn

from dvlab.images import Data, tensor_or_world
from dvlab.plots import middle, survey
from dvlab.vae import VAE, posterior

TEMPLATE = Path(__file__).with_name("page.html")
LARGEST = 3_000_000  # bytes


@torch.no_grad()
def page(vae: VAE, world: Data, path: str | os.PathLike, title: str | None = None) -> Path:
    """Write an explorer of `vae`'s latents to `path`, its decoder's weights inside it; returns the path.

    A weight has 24 bits, as a share of the largest of its unit, so that the images are torch's to 1e-5. The file is
    UTF-16, where they take the least room: 15 bits in two bytes, against 12 in base64. `world`, or a tensor of images,
    gives the ranges of the sliders and the code where they start. Raises ValueError for a model that is not an MLP,
    and for one whose page would exceed 3 MB.
    """
    world = tensor_or_world(world)
    if vae.config["network"] != "mlp":
        raise ValueError(f"page takes a model with network='mlp'; this one has network={vae.config['network']!r}")
    known = survey(vae, world)
    start = posterior(vae, middle(world)[None]).loc[0]
    layers = [layer for layer in vae.decoder if isinstance(layer, nn.Linear)]
    biases = [layer.bias if layer.bias is not None else vae.pixel_bias for layer in layers]
    weights = b"".join(_packed(layer.weight, bias) for layer, bias in zip(layers, biases, strict=True))
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
    content = text.replace("{{weights}}", _as_text(weights)).encode("utf-16")  # begins with a byte order mark
    if len(content) > LARGEST:
        values, room = layers[-1].out_features, 0.97 * LARGEST / 3.2  # of an image; for weights of 3.2 bytes
        most = int(((values**2 + 4 * room) ** 0.5 - values) / 2)  # units² + units · values = room
        raise ValueError(
            f"the page would take {len(content) / 1e6:.1f} MB, and a page holds at most 3. Train the model with fewer "
            f"hidden units, at most hidden=({most}, {most}) for images of {values} values"
        )
    path = Path(path)
    path.write_bytes(content)
    return path


def _packed(weight: torch.Tensor, bias: torch.Tensor) -> bytes:
    """Of a layer of m units: m biases and m scales as float32, then weight / scale in 24 bits, row by row."""
    rows = weight.detach().double().cpu().numpy()
    scale = (np.abs(rows).max(axis=1, keepdims=True) / (2**23 - 1)).astype("<f4")
    whole = np.round(rows / np.where(scale > 0, scale, 1)).clip(1 - 2**23, 2**23 - 1).astype("<i4")
    low = whole.view(np.uint8).reshape(*whole.shape, 4)[..., :3]  # the three low bytes of each
    return bias.detach().float().cpu().numpy().astype("<f4").tobytes() + scale.tobytes() + low.tobytes()


def _as_text(content: bytes) -> str:
    """15 bits a character, from U+4E00 on, which are all letters."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    bits = np.pad(bits, (0, -len(bits) % 15)).reshape(-1, 15)
    return (bits @ (1 << np.arange(14, -1, -1)) + 0x4E00).astype("<u2").tobytes().decode("utf-16-le")
