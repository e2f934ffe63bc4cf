"""A folder of pictures -> a tensor of images to train on. It has no factors, so no metric can score what comes out."""

import os
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from dvlab.validation import positive_int


def read_images(folder: str | os.PathLike, size: int = 32) -> UInt8[torch.Tensor, "images channels {size} {size}"]:
    """Every picture in `folder` and its subfolders, by name: resized, cut to the square in its middle, uint8.

    (N, 3, size, size), or (N, 1, size, size) when all of them are grey. Other kinds of files are passed over.
    Raises ValueError for a folder without pictures, and for one that can't be read, which is named.
    """
    positive_int("size", size, least=8)
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    kinds = Image.registered_extensions()
    files = sorted(file for file in Path(folder).rglob("*") if file.suffix.lower() in kinds and file.is_file())
    pictures = [_picture(file, size) for file in files]
    if not pictures:
        raise ValueError(f"the folder {folder} holds no pictures")
    mode = "L" if all(picture.mode in ("1", "L") for picture in pictures) else "RGB"
    pixels = np.stack([np.asarray(picture.convert(mode)) for picture in pictures])
    return torch.from_numpy(pixels.reshape(len(pixels), size, size, -1)).permute(0, 3, 1, 2).contiguous()


def _picture(file, size):
    try:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)  # phones store a turned picture and a note to turn it back
            if upright.mode not in ("1", "L"):
                upright = upright.convert("RGB")
            return ImageOps.fit(upright.convert("L") if upright.mode == "1" else upright, (size, size))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise ValueError(f"{file} can't be read as a picture: {error}") from error
