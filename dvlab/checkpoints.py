"""Save whole, resume exactly: tensors in a safetensors file, the rest as JSON in its header. Loading runs no code.

A file is written beside its place and moved there when complete, so that a crash leaves the old one or the new one.
"""

import os
from typing import Any

import torch

from dvlab._state import moments, restore_moments, under, within
from dvlab._tensors import Tensors, load, save
from dvlab.vae import VAE
from dvlab.validation import pick_device

__all__ = ["describe", "load", "load_model", "resume_training", "save", "save_model", "save_training"]


def save_model(path: str | os.PathLike, vae: VAE, half: bool = False) -> None:
    """Write a VAE's weights, and the configuration that rebuilds it, to one safetensors file, whole or not at all.

    Parameters
    ----------
    path : path
        Folders are made as needed.
    vae : VAE
    half : bool
        Whether the weights are kept in half precision, 11 significant bits.

    Examples
    --------
    >>> import tempfile
    >>> vae = VAE((1, 8, 8), latent_dim=2, hidden=(4,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(f"{folder}/mine.safetensors", vae)
    ...     again = load_model(f"{folder}/mine.safetensors", device="cpu")
    >>> again.config == vae.config
    True
    """
    weights = vae.state_dict()
    if half:
        weights = {name: w.half() if w.is_floating_point() else w for name, w in weights.items()}
    save(path, under("model", weights), {"config": vae.config})


def load_model(path: str | os.PathLike, device: str | torch.device | None = None) -> VAE:
    """The VAE of a file that `save_model` wrote, or of a training's checkpoint, in eval mode.

    Parameters
    ----------
    path : path
    device : str or torch.device, optional
        CUDA where there is one, else the CPU, unless told.

    Returns
    -------
    VAE

    Raises
    ------
    FileNotFoundError
    ValueError
        When the file is corrupt or holds no dvlab model.

    Examples
    --------
    See `save_model`.
    """
    device = pick_device(device)
    tensors, metadata = load(path)
    try:
        vae = VAE(**metadata["config"])
        vae.load_state_dict(within("model", tensors))
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} holds no model of this version of dvlab: {error}") from error
    return vae.to(device).eval()


def describe(name: str, value: object) -> str:
    """repr of an objective or a schedule, by which a run is told from another.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    value : object

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Where it loses information: where it holds a memory address, as a lambda's does, an array that is abridged, or a
        torch module, whose repr leaves out its numbers. Two runs would then look like one.

    Examples
    --------
    >>> describe("objective", dvlab.objectives.BetaVAE(4))
    'BetaVAE(beta=4)'
    """
    text = repr(value)
    vague = " at 0x" in text or "..." in text
    if vague or (isinstance(value, torch.nn.Module) and type(value).__repr__ is torch.nn.Module.__repr__):
        raise ValueError(
            f"{name} must say in its repr what it computes, or a checkpoint could go on with another run's weights; "
            f"got {text}. Take a schedule of dvlab.schedules, or write a frozen dataclass"
        )
    return text


def save_training(
    path: str | os.PathLike,
    step: int,
    run: dict[str, Any],
    vae: VAE,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    history: Tensors,
    objective: Tensors,
) -> None:
    """Write all that a training needs to go on as if nothing had happened.

    Parameters
    ----------
    path : path
    step : int
        How many steps have been made.
    run : dict
        What tells this training from another; anything that JSON can hold.
    vae : VAE
    optimiser : torch.optim.Optimizer
    generator : torch.Generator
    history : dict of str to tensor
        The terms of the steps made, (T,) or (T, D).
    objective : dict of str to tensor
        Those of an objective that learns beside the model; none for a formula.
    """
    tensors = under("model", vae.state_dict()) | under("optimiser", moments(optimiser)) | under("history", history)
    tensors |= under("objective", objective)
    tensors["generator"] = generator.get_state()
    save(path, tensors, {"config": vae.config, "step": step, "run": run, "terms": list(history)})


def resume_training(
    path: str | os.PathLike,
    run: dict[str, Any],
    vae: VAE,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
) -> tuple[int, Tensors, Tensors]:
    """Put model, optimiser and generator back as `save_training` found them.

    Parameters
    ----------
    path : path
    run : dict
        As `save_training` was given it.
    vae : VAE
    optimiser : torch.optim.Optimizer
    generator : torch.Generator

    Returns
    -------
    step : int
        How many steps have been made.
    history : dict of str to tensor
        Their terms.
    objective : dict of str to tensor
        What was kept of the objective.

    Raises
    ------
    FileNotFoundError
    ValueError
        When the file is corrupt, another model's, or another run's; then nothing has changed.
    """
    tensors, metadata = load(path)
    if "step" not in metadata:
        raise ValueError(f"{path} holds a model but no training to go on with")
    for what, saved, asked in (("model", metadata["config"], vae.config), ("training", metadata["run"], run)):
        other = {key: (saved.get(key), asked.get(key)) for key in saved | asked if saved.get(key) != asked.get(key)}
        if other:
            told = "; ".join(f"{key} was {a!r}, is now {b!r}" for key, (a, b) in other.items())
            raise ValueError(f"{path} is the checkpoint of another {what}: {told}. Choose another path, or delete it")
    vae.load_state_dict(within("model", tensors))
    restore_moments(optimiser, within("optimiser", tensors))
    generator.set_state(tensors["generator"])
    history = within("history", tensors)  # by the alphabet, as safetensors keeps it
    terms = {name: history[name] for name in metadata.get("terms", history)}
    return metadata["step"], terms, within("objective", tensors)
