"""Models that others trained: their weights go into `dvlab.VAE`; `dvlab.experiments.others` measures them."""

import os
import pickle
from pathlib import Path

import torch
from torch import nn

from dvlab.vae import VAE

Weights = dict[str, torch.Tensor]


def disentangling_vae(path: str | os.PathLike) -> VAE:
    """A model of the public repository YannDubs/disentangling-vae, as a `dvlab.VAE`.

    Its network (Burgess et al., 2018): convolutions of 32 channels, 4 x 4, stride 2, then two linear layers, ReLU; the
    decoder in reverse. Its encoder gives mean and log σ² of one latent after the other; here means come first, then
    log σ, so its last layer is sorted and half of it halved. Pixels are Bernoulli.

    Parameters
    ----------
    path : path
        A `model.pt` of that repository, or its folder. Loading runs no code from the file.

    Returns
    -------
    VAE
        On the CPU, in eval mode.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        For any other file, with its name.
    """
    path = Path(path) / "model.pt" if Path(path).is_dir() else Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"path must be a model.pt or its folder; there is no file {path}")
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
        names = ["conv1", "conv2", "conv3", *(["conv_64"] if "encoder.conv_64.weight" in weights else [])]
        latent_dim, channels = weights["decoder.lin1.weight"].shape[1], weights["encoder.conv1.weight"].shape[1]
        encoder = _encoder(weights, names, latent_dim)
        decoder = _decoder(weights, names)
        side = 4 * 2 ** len(names)
        return VAE((channels, side, side), latent_dim, encoder=encoder, decoder=decoder).eval()
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, IndexError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path} is not a model of disentangling-vae: {error}") from error


def _encoder(weights: Weights, names: list[str], latent_dim: int) -> nn.Module:
    convolutions = [_filled(nn.Conv2d, weights, f"encoder.{name}") for name in names]
    linear = [_filled(nn.Linear, weights, f"encoder.{name}") for name in ("lin1", "lin2")]
    last = _filled(nn.Linear, weights, "encoder.mu_logvar_gen")
    for values in (last.weight.data, last.bias.data):
        mean, log_variance = values.reshape(latent_dim, 2, *values.shape[1:]).unbind(1)
        values.copy_(torch.cat([mean, 0.5 * log_variance]))  # log σ = ½ log σ²
    return nn.Sequential(*_with_relu(convolutions), nn.Flatten(), *_with_relu(linear), last)


def _decoder(weights: Weights, names: list[str]) -> nn.Module:
    linear = [_filled(nn.Linear, weights, f"decoder.{name}") for name in ("lin1", "lin2", "lin3")]
    back = [name.replace("conv", "convT") for name in ([names[3]] if len(names) == 4 else []) + names[:3]]
    convolutions = [_filled(nn.ConvTranspose2d, weights, f"decoder.{name}") for name in back]
    channels = weights["decoder.convT1.weight"].shape[0]
    unflatten = nn.Unflatten(1, (channels, 4, 4))
    return nn.Sequential(*_with_relu(linear), unflatten, *_with_relu(convolutions[:-1]), convolutions[-1])


def _filled(kind: type[nn.Module], weights: Weights, name: str) -> nn.Module:
    """A layer with the weights that are kept under its name."""
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    if kind is nn.Linear:
        layer = nn.Linear(weight.shape[1], weight.shape[0])
    else:
        one, other = weight.shape[:2]
        inside, out = (one, other) if kind is nn.ConvTranspose2d else (other, one)
        layer = kind(inside, out, kernel_size=4, stride=2, padding=1)
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


def _with_relu(layers: list[nn.Module]) -> list[nn.Module]:
    return [part for layer in layers for part in (layer, nn.ReLU())]
