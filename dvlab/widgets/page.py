"""One HTML file that needs no kernel and no network: the explorer, its facts and its code."""

import html
import os
from pathlib import Path

from dvlab.files import write_whole
from dvlab.images import Data
from dvlab.vae import VAE
from dvlab.validation import kind
from dvlab.widgets import embed
from dvlab.widgets.traversal import traversal

TEMPLATE = Path(__file__).with_name("page.html")
LARGEST = 6_000_000  # bytes
A_WEIGHT = 2.4, 4.0  # bytes in the page, at least and at most


def page(vae: VAE, world: Data, path: str | os.PathLike, title: str | None = None) -> Path:
    """Write an explorer of `vae`'s latents to `path`, its decoder's weights inside it.

    The images are torch's to 1e-5 per pixel.

    Parameters
    ----------
    vae : VAE
        With network "mlp".
    world : world, or tensor of images (N, C, H, W)
        Gives the ranges of the sliders, the code where they start, and, unless it is too large to be stored, sliders
        over its factors.
    path : path
        The file; one that is there is replaced.
    title : str, optional
        Of the page.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        For a model that is no VAE.
    ValueError
        For a model that is not an MLP or takes images of another size, and for one whose page would exceed 6 MB.
    OSError
        Where the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> world = dvlab.worlds.Fruit(sizes=4, colours=4, size=8)
    >>> vae = dvlab.VAE(world.image_shape, latent_dim=2, hidden=(16,))
    >>> with TemporaryDirectory() as folder:
    ...     page(vae, world, Path(folder) / "explorer.html").name
    'explorer.html'
    """
    if not isinstance(vae, VAE):
        raise TypeError(f"vae must be a VAE; got {kind(vae)}")
    if vae.config["network"] != "mlp":
        raise ValueError(f"page takes a model with network='mlp'; this one has network={vae.config['network']!r}")
    values = vae.centre.numel()
    least = A_WEIGHT[0] * sum(weight.numel() for weight in vae.decoder.parameters())
    if least > LARGEST:
        raise ValueError(_too_large(least, values))
    notebook = embed.as_notebook(traversal(vae, world))
    (name,) = embed.views(notebook)
    parts = {
        "title": html.escape(title or "Latents of a variational autoencoder"),
        "element": embed.element(name, notebook),
        "state": embed.state(notebook),
        "script": embed.script(),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for part, content in parts.items():
        text = text.replace("{{" + part + "}}", content)
    if (size := len(text.encode())) > LARGEST:
        raise ValueError(_too_large(size, values))
    write_whole(path, text)
    return Path(path)


def _too_large(size: float, values: int) -> str:
    room = 0.9 * LARGEST / A_WEIGHT[1]
    most = int(((values**2 + 4 * room) ** 0.5 - values) / 2)  # units² + units · values = room
    return (
        f"the page would take at least {size / 1e6:.1f} MB, and a page holds at most 6. Train the model with fewer "
        f"hidden units, at most hidden=({most}, {most}) for images of {values} values"
    )
