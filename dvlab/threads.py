"""How many threads torch computes with. Two that wait for each other at every step collapse when cores are shared."""

from contextlib import contextmanager

import torch


@contextmanager
def one_thread():
    """Within, torch computes in one thread; sums are then added in the same order wherever they are started."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
