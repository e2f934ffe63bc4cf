"""A folder of pictures -> a tensor of images to train on. It has no factors, so no metric can score what comes out."""

import os
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps

from dvlab.validation import positive_int

# files that hold pixels; Pillow also knows documents, films and tables of numbers
KINDS = {".avif", ".bmp", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga"}
KINDS |= {".tif", ".tiff", ".webp"}
OURS = {"config.json", "evaluation.json"}  # in a folder with one of these, pictures are what a run has drawn


def read_images(folder: str | os.PathLike, size: int = 32) -> UInt8[torch.Tensor, "images channels {size} {size}"]:
    """Every picture in a folder and its subfolders, by name: resized, cut to the square in its middle.

    Grey pictures of 16 bits keep their range, 65,535 being white; transparent ones are laid on white; of a moving
    picture the first frame is taken. Other kinds of files are passed over, and so are hidden files and the subfolders
    that hold a run of ours.

    Parameters
    ----------
    folder : path
    size : int
        The images' side in pixels, 8 to 512.

    Returns
    -------
    tensor (N, 3, size, size) of uint8
        (N, 1, size, size) when all of them are grey.

    Raises
    ------
    FileNotFoundError
        Where there is no such folder.
    ValueError
        For a folder without pictures, and for a picture that can't be read, which is named: also one of 32-bit or
        float pixels, of which nobody knows what is white.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Image.new("RGB", (40, 30), "red").save(Path(folder) / "a.png")
    ...     read_images(folder, size=8)[0, :, 0, 0]
    tensor([255,   0,   0], dtype=torch.uint8)
    """
    positive_int("size", size, least=8, most=512)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    files = sorted(file for file in folder.rglob("*") if _is_picture(file, folder))
    pictures = [_picture(file, size) for file in files]
    if not pictures:
        raise ValueError(f"the folder {folder} holds no pictures")
    mode = "L" if all(picture.mode == "L" for picture in pictures) else "RGB"
    pixels = np.stack([np.asarray(picture.convert(mode)) for picture in pictures])
    return torch.from_numpy(pixels.reshape(len(pixels), size, size, -1)).permute(0, 3, 1, 2).contiguous()


def _is_picture(file, folder):
    within = file.relative_to(folder)
    hidden = any(part.startswith(".") for part in within.parts)  # such as ._a.png, which macOS adds
    drawn = any((folder / above / name).is_file() for above in within.parents[:-1] for name in OURS)
    return file.suffix.lower() in KINDS and not hidden and not drawn and file.is_file()


def _picture(file, size):
    """One picture, (size, size), grey "L" or "RGB"."""
    try:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)  # phones store a turned picture and a note to turn it back
            return ImageOps.fit(_eight_bits(upright), (size, size))
    except Exception as error:  # what Pillow's readers raise at a bad file is anything
        raise ValueError(f"{file} can't be read as a picture: {error}") from error


def _eight_bits(image):
    if image.mode.startswith("I;16"):
        return Image.fromarray(np.rint(np.asarray(image, dtype=np.float64) / 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        kind = {"I": "whole numbers of 32 bits", "F": "floats"}[image.mode]
        raise ValueError(f"its pixels are {kind}, and which of them is white isn't known; convert it to 8 or 16 bits")
    mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert(mode)
