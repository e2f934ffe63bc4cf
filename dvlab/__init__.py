"""dvlab: variational autoencoders and disentanglement, derived, run, and checked against numbers you can trust."""

from importlib import import_module

__version__ = "0.1.0"

_ROOMS = (
    "aggregate",
    "checkpoints",
    "checks",
    "decomposition",
    "linear",
    "metrics",
    "objectives",
    "plots",
    "schedules",
    "training",
    "vae",
    "widgets",
    "worlds",
    "zoo",
)
_NAMES = {"VAE": "vae", "posterior": "vae", "train": "training"}

__all__ = ["VAE", "aggregate", "checkpoints", "decomposition", "linear", "metrics", "objectives", "plots", "posterior"]
__all__ += ["schedules", "train", "training", "vae", "widgets", "worlds", "zoo"]


def __getattr__(name):
    """Load a room when it is first asked for, so that `import dvlab` is light (PEP 562)."""
    if name in _NAMES:
        return getattr(import_module(f"dvlab.{_NAMES[name]}"), name)
    if name in _ROOMS:
        return import_module(f"dvlab.{name}")
    raise AttributeError(f"module 'dvlab' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_ROOMS, *_NAMES})
