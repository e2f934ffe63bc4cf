"""The real dSprites archive (Matthey et al., 2017), for whoever has it; every image is checked before one is used."""

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Integer

from dvlab.worlds.base import Factor, World
from dvlab.worlds.sprites import SHAPES

FIELDS = ("imgs", "latents_classes", "latents_values")  # and `metadata`, which is pickled and so left alone
NAMES = ("color", "shape", "scale", "orientation", "x", "y")


class DSprites(World):
    """The images of the archive dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz, with the factors of `Sprites`.

    Opening reads the whole file once and keeps an image as bits, 380 MB for all 737,280. Nothing is unpickled.

    Parameters
    ----------
    path : path
        Of the archive.

    Raises
    ------
    FileNotFoundError
        Where there is no file.
    ValueError
        Where it is truncated, corrupt or no such archive.

    References
    ----------
    Matthey, Higgins, Hassabis and Lerchner (2017), dSprites: github.com/deepmind/dsprites-dataset.
    """

    def __init__(self, path: str | Path):
        if not Path(path).is_file():
            raise FileNotFoundError(
                f"there is no file {path}; dSprites is published at github.com/deepmind/dsprites-dataset"
            )
        try:
            with zipfile.ZipFile(path) as archive:
                missing = [field for field in FIELDS if f"{field}.npy" not in archive.namelist()]
                if missing:
                    raise ValueError(f"it has no field {', '.join(missing)}; its members are {archive.namelist()}")
                classes, values = (_latents(archive, field) for field in FIELDS[1:])
                factors = _factors(classes, values)
                with archive.open("imgs.npy") as file:
                    self._bits, side = _pack(file, len(classes))
        except (
            ValueError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise ValueError(f"{path} can't be used as the dSprites archive: {error}") from error
        super().__init__(factors, (1, *side))

    def _draw(
        self, factors: Integer[torch.Tensor, "batch factors"], images: Float[torch.Tensor, "batch 1 height width"]
    ) -> None:
        bits = self._bits[self._place(factors).cpu()].to(factors.device)
        shift = torch.arange(7, -1, -1, dtype=torch.uint8, device=factors.device)  # packbits puts the first bit highest
        pixels = (bits[:, :, None] >> shift).bitwise_and_(1).flatten(1)
        images.copy_(pixels[:, : images[0].numel()].reshape(images.shape))


def _latents(archive: zipfile.ZipFile, field: str) -> np.ndarray:
    file = io.BytesIO(archive.read(f"{field}.npy"))  # read whole, so that zipfile compares its checksum first
    array = np.lib.format.read_array(file, allow_pickle=False)
    kind = np.integer if field == "latents_classes" else np.floating
    if array.ndim != 2 or array.shape[1] != len(NAMES) or len(array) == 0 or not np.issubdtype(array.dtype, kind):
        raise ValueError(f"{field} must be (N, 6) of {kind.__name__} numbers; it is {array.shape} of {array.dtype}")
    return array


def _factors(classes: np.ndarray, values: np.ndarray) -> tuple[Factor, ...]:
    """The six factors with their values, once it is sure that the rows run through all combinations in order."""
    if classes.shape != values.shape:
        raise ValueError(f"latents_classes has shape {classes.shape} but latents_values {values.shape}")
    sizes = tuple(int(size) for size in classes.max(axis=0) + 1)
    if classes.min() < 0 or np.prod(sizes, dtype=float) != len(classes):
        raise ValueError(
            f"it has {len(classes)} images, but factors of {sizes} values make {np.prod(sizes, dtype=float):.0f}"
        )
    if not np.array_equal(classes, np.stack(np.unravel_index(np.arange(len(classes)), sizes), axis=1)):
        raise ValueError(
            "its images are not in order: latents_classes must run through all combinations, the last fastest"
        )
    factors = []
    for name, column, value in zip(NAMES, classes.T, values.T, strict=True):
        first = value[np.unique(column, return_index=True)[1]]
        if not np.isfinite(value).all() or not np.array_equal(first[column], value):
            raise ValueError(f"latents_values and latents_classes disagree about {name}")
        factors.append(Factor(name, tuple(first.tolist())))
    if sizes[0] > 1 or not set(factors[1].values) <= {1, 2, 3}:
        raise ValueError(
            f"color must be constant and shape 1, 2 or 3; they are {factors[0].values}, {factors[1].values}"
        )
    factors[1] = Factor("shape", tuple(SHAPES[int(number) - 1] for number in factors[1].values))
    return tuple(factors)


def _pack(file: zipfile.ZipExtFile, images: int) -> tuple[torch.Tensor, tuple[int, int]]:
    """The images as bits, (N, ⌈pixels / 8⌉), read a few thousand at a time: unpacked they would take 3 GB."""
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(file)
    if len(shape) != 3 or shape[0] != images or 0 in shape or dtype != np.uint8 or fortran:
        raise ValueError(f"imgs must be ({images}, height, width) of uint8, row by row; it is {shape} of {dtype}")
    pixels = shape[1] * shape[2]
    bits = np.empty((images, -(-pixels // 8)), dtype=np.uint8)
    for part in np.array_split(bits, -(-images // 4096)):
        data = file.read(len(part) * pixels)
        if len(data) < len(part) * pixels:
            raise ValueError(f"imgs ends too early for its {images} images")
        rows = np.frombuffer(data, dtype=np.uint8).reshape(len(part), pixels)
        if rows.max() > 1:
            raise ValueError(f"imgs must hold only 0 and 1; it holds {rows.max()}")
        part[:] = np.packbits(rows, axis=1)
    if file.read(1):  # only at the very end does zipfile compare the checksum
        raise ValueError(f"imgs goes on after its {images} images")
    return torch.from_numpy(bits), shape[1:]
