"""Trained models that come with the course: NAME.safetensors, and a card NAME.json that says how it came about."""

import json
import os
from pathlib import Path
from typing import Any

import torch

from dvlab.checkpoints import load_model, save_model
from dvlab.files import write_json
from dvlab.vae import VAE
from dvlab.validation import one_of

_SHELF = Path(__file__).parent


class Card(dict):
    """What is known about a model (world, recipe, seed, figures, the command that rebuilds it): a dict to read."""

    def __str__(self):
        width = max(map(len, self), default=0)
        return "\n".join(f"{key.replace('_', ' '):<{width}}  {_text(value)}" for key, value in self.items())

    __repr__ = __str__


def names() -> list[str]:
    """The models there are.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "sprites-beta-tcvae" in names()
    True
    """
    return sorted(path.stem for path in _SHELF.glob("*.safetensors"))


def load(name: str, device: str | torch.device | None = None) -> VAE:
    """A trained model, in eval mode.

    Parameters
    ----------
    name : str
        One of `names()`.
    device : str or torch.device, optional
        CUDA where there is one, else the CPU, unless told.

    Returns
    -------
    VAE

    Raises
    ------
    ValueError
        With the names there are, for another name.

    Examples
    --------
    >>> load("sprites-beta-tcvae", device="cpu").latent_dim
    10
    """
    one_of("name", name, tuple(names()))
    return load_model(_SHELF / f"{name}.safetensors", device)


def card(name: str) -> Card:
    """What is known about a model: its world, recipe, seed and figures, and the command that rebuilds it.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Card

    Raises
    ------
    ValueError
        With the names there are, for another name; and for a file that is no card.

    Examples
    --------
    >>> print(f"{card('sprites-beta-tcvae')['mig']:.2f}")
    0.85
    """
    one_of("name", name, tuple(names()))
    path = _SHELF / f"{name}.json"
    try:
        return Card(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is not the card of a model: {error}") from error


def halve(vae: VAE) -> VAE:
    """Round all weights to half precision, 11 significant bits, in place: as `save` keeps them.

    Parameters
    ----------
    vae : VAE

    Returns
    -------
    VAE
        The same.
    """
    for tensor in (*vae.parameters(), *vae.buffers()):
        if tensor.is_floating_point():
            tensor.data.copy_(tensor.half())
    return vae


def save(name: str, vae: VAE, card: dict[str, Any], folder: str | os.PathLike = _SHELF) -> None:
    """Put a model and its card on the shelf, or into another folder.

    The weights are kept in half precision, for the package's size; measure a model after `halve` for its card.

    Parameters
    ----------
    name : str
    vae : VAE
    card : dict
        Anything that JSON can hold.
    folder : path
        Where NAME.safetensors and NAME.json go.
    """
    folder = Path(folder)
    save_model(folder / f"{name}.safetensors", vae, half=True)
    write_json(folder / f"{name}.json", card)


def _text(value):
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(v)}" for key, v in value.items())
    return ", ".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)
