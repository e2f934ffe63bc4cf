"""The picture that moves on the first page: latents of a shipped model, each through its range, as strips of frames."""

import html
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import dvlab

MODEL, FRAMES = "sprites-beta-tcvae", 24
FACTORS = {"x": "from left to right", "y": "up and down", "scale": "small to large", "orientation": "turning"}


@torch.no_grad()
def strips(folder: Path) -> dict[str, str]:
    """Write a strip of frames for each factor of the small sprites, and return its file's name for each factor's words.

    Of each factor it is the latent that knows most about it which moves, over 95 % of its range.
    """
    world, vae = dvlab.worlds.Sprites.small(), dvlab.zoo.load(MODEL, device="cpu")
    images, factors = world.sample(3000, generator=torch.Generator().manual_seed(0))
    codes = vae.encode(images).mean.numpy()
    knows = dvlab.metrics.mutual_information(codes, factors.numpy())  # (latents, factors)
    names = [factor.name for factor in world.factors]
    files = {}
    for name, words in FACTORS.items():
        latent = int(knows[:, names.index(name)].argmax())
        z = np.repeat(np.median(codes, axis=0, keepdims=True), FRAMES, axis=0)
        z[:, latent] = np.linspace(*np.quantile(codes[:, latent], (0.025, 0.975)), FRAMES)
        frames = vae.decode(torch.tensor(z, dtype=torch.float32)).mean[:, 0].numpy()
        strip = np.concatenate(list(frames), axis=1)  # beside each other
        files[words] = f"moving-{name}.png"
        Image.fromarray((strip.clip(0, 1) * 255).round().astype("uint8")).save(folder / files[words], optimize=True)
    return files


def tiles(files: dict[str, str], folder: str) -> str:
    """The strips as HTML: what moves stands still for whoever has asked for less motion, or presses the button."""
    shown = "".join(
        f'<figure><div class="strip" role="img" aria-label="An ellipse, {html.escape(words)}" '
        f"style=\"background-image: url('{folder}/{name}')\"></div>"
        f"<figcaption>{html.escape(words)}</figcaption></figure>"
        for words, name in files.items()
    )
    return f'<div class="moving">{shown}<button type="button" class="pause" hidden>Pause</button></div>'
