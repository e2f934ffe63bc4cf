"""Every test runs with dvlab's jaxtyping annotations checked by beartype, but for those marked `bad_input`. What is not
marked as taking longer is marked `unit`."""

import itertools
import os
import pkgutil
import random
import socket
from pathlib import Path

import jaxtyping
import pytest
import torch
from jupyter_client.connect import LocalPortCache

ROOMS = pkgutil.iter_modules([str(Path(__file__).parents[1] / "dvlab")])
# The checks have no shapes to check, and functions within functions, which would be compiled anew at every call.
CHECKED = [f"dvlab.{room.name}" for room in ROOMS if room.name != "checks"]
jaxtyping.install_import_hook(CHECKED, "beartype.beartype")

# A notebook's kernel takes its ports a second or more after they were chosen. So they are chosen below those that the
# system gives to whoever asks for any, and each worker of pytest-xdist has a range of its own.
FIRST = 12_000 + 1000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 18)
PORTS = itertools.cycle(sorted(range(FIRST, FIRST + 1000), key=lambda _: random.SystemRandom().random()))


def free_port(cache, ip):
    for port in PORTS:
        with socket.socket() as tried:
            try:
                tried.bind((ip, port))
                return port
            except OSError:
                continue


LocalPortCache.find_available_port = free_port


def pytest_collection_modifyitems(items):
    for item in items:
        if not any(item.get_closest_marker(longer) for longer in ("whole", "slow", "browser")):
            item.add_marker("unit")


@pytest.fixture(autouse=True)
def _annotations_are_checked(request):
    """A `bad_input` test is about the message a user gets, and users run without the hook."""
    jaxtyping.config.update("jaxtyping_disable", request.node.get_closest_marker("bad_input") is not None)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(autouse=True)
def _what_a_test_draws_is_the_same_every_time():
    torch.manual_seed(0)
