"""Numbers for the page: bytes in planes, compressed, which any browser unpacks by itself; js/packing.js reads them."""

import zlib

import numpy as np


def packed(values: np.ndarray) -> bytes:
    """The first byte of every number, then the second of every number, and so on, compressed as zlib does."""
    planes = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False)
    return zlib.compress(planes.view(np.uint8).reshape(-1, values.itemsize).T.tobytes(), 6)
