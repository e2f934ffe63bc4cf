"""Named tensors in a safetensors file, with metadata and a checksum in its header: whole, or an error."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from dvlab.files import write_whole

Tensors = dict[str, torch.Tensor]


def save(path: str | os.PathLike, tensors: Tensors, metadata: dict[str, Any]) -> None:
    """Write named tensors and metadata to a safetensors file, whole or not at all.

    The same tensors and metadata give the same bytes: the header has a single entry, as safetensors keeps several in
    no order. Its checksum is of the metadata, too.

    Parameters
    ----------
    path : path
        Folders are made as needed.
    tensors : dict of str to tensor
        Of any shapes.
    metadata : dict
        Anything that JSON can hold.
    """
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps(metadata)
    header = {"dvlab": json.dumps({"metadata": text, "checksum": _checksum(tensors, text)})}
    write_whole(path, safetensors.torch.save(tensors, metadata=header))


def load(path: str | os.PathLike) -> tuple[Tensors, dict[str, Any]]:
    """What `save` wrote.

    Parameters
    ----------
    path : path

    Returns
    -------
    tensors : dict of str to tensor
        On the CPU.
    metadata : dict

    Raises
    ------
    FileNotFoundError
    ValueError
        That names the path, when the file is truncated, corrupt or not ours.
    """
    data = Path(path).read_bytes()
    try:
        tensors = safetensors.torch.load(data)
        entry = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
        header = json.loads(entry["dvlab"])
        text, checksum = header["metadata"], header["checksum"]
        metadata = json.loads(text)
    except (SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} is not a whole dvlab file of this version: {error}") from error
    if _checksum(tensors, text) != checksum:
        raise ValueError(f"{path} is corrupt: its contents do not match their checksum")
    return tensors, metadata


def _checksum(tensors: Tensors, text: str) -> int:
    checksum = zlib.crc32(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        checksum = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), checksum)
        checksum = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy(), checksum)
    return checksum
