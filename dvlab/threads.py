"""How many threads compute. Threads that meet at every step collapse when cores are shared: one waits for the other,
which waits for a core. So small work runs in one thread, and large work is cut into pieces for workers of one thread
each, which meet once, at the end."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch
from threadpoolctl import threadpool_limits

# A decorator. A regression on some ten latents is thousands of small products, and where another program has a core,
# BLAS's threads wait for each other in each.
one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


@contextmanager
def one_thread():
    """Within, torch computes in one thread; sums are then added in the same order wherever they are started.

    Returns
    -------
    context manager

    Examples
    --------
    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def in_pieces(function: Callable, pieces: Iterable, device: torch.device) -> list[Any]:
    """`function(piece)` of every piece, in order: side by side on a CPU's cores, one after the other on a GPU.

    Parameters
    ----------
    function : callable
        Called without gradients, in as many workers as torch had threads; each computes in one thread, so that the
        results do not depend on how many there are.
    pieces : iterable
    device : torch.device
        Where the computation takes place.

    Returns
    -------
    list

    Examples
    --------
    >>> in_pieces(torch.sum, torch.arange(6).split(2), torch.device("cpu"))
    [tensor(1), tensor(5), tensor(9)]
    """

    def without_gradient(piece):
        with torch.no_grad():  # which each thread decides for itself
            return function(piece)

    workers = torch.get_num_threads() if device.type == "cpu" else 1
    with one_thread():
        if workers == 1:
            return [without_gradient(piece) for piece in pieces]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(without_gradient, pieces))
