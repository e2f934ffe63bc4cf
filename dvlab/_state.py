"""The state of an optimiser as named tensors, and names with a prefix: what a checkpoint keeps."""

import torch

from dvlab._tensors import Tensors


def moments(optimiser: torch.optim.Optimizer) -> Tensors:
    """What an optimiser remembers of each parameter, as "number of the parameter.name"; its settings are not in it."""
    state = optimiser.state_dict()["state"]
    return {f"{i}.{name}": value for i, kept in state.items() for name, value in kept.items()}


def restore_moments(optimiser: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Put back what `moments` gave; the optimiser keeps the settings that it has."""
    state: dict[int, Tensors] = {}
    for name, value in tensors.items():
        i, key = name.split(".")
        state.setdefault(int(i), {})[key] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def under(prefix: str, tensors: Tensors) -> Tensors:
    """The tensors as "prefix.name"."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def within(prefix: str, tensors: Tensors) -> Tensors:
    """Those called "prefix.name", as "name"."""
    return {name.removeprefix(f"{prefix}."): t for name, t in tensors.items() if name.startswith(f"{prefix}.")}
