"""Every image of a data set encoded, part by part, so that it can be stopped and gone on with."""

import io
import os
import zlib
from pathlib import Path

import numpy as np
import torch
from torch.distributions import Normal
from tqdm.auto import tqdm

from dvlab.files import write_whole
from dvlab.images import Data, Images, fingerprint
from dvlab.threads import in_pieces
from dvlab.vae import VAE

PART = 16_384  # images whose posteriors are kept in one file


def images_at_once(vae: VAE) -> int:
    """How many images are encoded or decoded at a time: convolutions stay in a processor's cache, three times faster.

    Parameters
    ----------
    vae : VAE

    Returns
    -------
    int

    Examples
    --------
    >>> images_at_once(dvlab.VAE((1, 32, 32), network="conv")), images_at_once(dvlab.VAE((1, 32, 32)))  # on a CPU
    (128, 1024)
    """
    return 1024 if vae.config["network"] == "mlp" or vae.centre.device.type != "cpu" else 128


def kept_posterior(vae: VAE, data: Data, folder: str | os.PathLike) -> tuple[Normal, Path]:
    """`dvlab.posterior`, kept in parts as it comes, so that a call that was stopped goes on where it was.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
    folder : path
        In it a folder is made whose name tells this model and these images from others.

    Returns
    -------
    Normal, Path
        q(z|x) of every image, batch shape (N, D), and the folder of the parts, which may then be removed.
    """
    images = Images(data, vae.centre.device, resident=False)
    known = zlib.crc32(fingerprint(data).encode())
    for values in vae.state_dict().values():
        known = zlib.crc32(values.cpu().contiguous().numpy().tobytes(), known)
    kept, parts = Path(folder) / f"posterior-{known:08x}", []
    with tqdm(total=len(images), desc="encoding", unit="image", unit_scale=True, delay=2) as bar:
        for index in torch.arange(len(images)).split(PART):
            path = kept / f"{int(index[0]):09d}.npy"
            if not path.is_file():
                write_whole(path, _encoded(vae, images, index))
            parts.append(torch.from_numpy(np.load(path)).to(vae.centre.device))
            bar.update(len(index))
    mean, sigma = torch.cat(parts, dim=1)
    return Normal(mean, sigma, validate_args=False), kept


def _encoded(vae, images, index):
    """Means and deviations (2, images, latents) as the bytes of an .npy."""
    parts = in_pieces(lambda i: vae._q(images[i]), index.split(images_at_once(vae)), vae.centre.device)
    file = io.BytesIO()
    np.save(file, torch.stack([torch.cat([q.mean for q in parts]), torch.cat([q.stddev for q in parts])]).cpu().numpy())
    return file.getvalue()
