"""A decoder for the page: its weights, stored once however many widgets show it."""

import hashlib
import weakref

import ipywidgets
import numpy as np
import torch
import traitlets
from jaxtyping import Float
from torch import nn

from dvlab.vae import VAE
from dvlab.widgets.packing import packed

MOST = 8_000_000  # weights; a larger decoder stays in the kernel
EXACT = 5e-6  # of a pixel: how far rounding may move it
Layers = list[tuple[np.ndarray, np.ndarray]]


class Weights(ipywidgets.Widget):
    """A model without a view: what js/decoder.js needs. `weights_of` makes it."""

    facts = traitlets.Dict().tag(sync=True)


_kept: weakref.WeakValueDictionary[str, Weights] = weakref.WeakValueDictionary()


def weights_of(vae: VAE) -> Weights | None:
    """The decoder of `vae` as it is now: the same object for the same weights, None where the page cannot compute it
    (a network other than "mlp", or more than 8 million weights)."""
    if vae.config["network"] != "mlp":
        return None
    layers = layers_of(vae)
    if sum(weight.size for weight, _ in layers) > MOST:
        return None
    facts = {
        "shape": list(vae.image_shape),
        "bernoulli": vae.likelihood == "bernoulli",
        "layers": _stored(layers, vae),
    }
    name = hashlib.sha256(repr(facts).encode()).hexdigest()
    kept = _kept.get(name)
    if kept is None or kept.comm is None:
        kept = _kept[name] = Weights(facts=facts)
    return kept


@torch.no_grad()
def layers_of(vae: VAE) -> Layers:
    """Weight (out, in) and bias (out,) of every layer of an MLP's decoder, in float32."""
    linear = [layer for layer in vae.decoder if isinstance(layer, nn.Linear)]
    biases = [layer.bias if layer.bias is not None else vae.pixel_bias.flatten() for layer in linear]
    return [
        (layer.weight.float().cpu().numpy(), bias.float().cpu().numpy())
        for layer, bias in zip(linear, biases, strict=True)
    ]


def decoded(
    layers: Layers, z: Float[np.ndarray, "batch latents"], bernoulli: bool
) -> Float[np.ndarray, "batch values"]:
    """The mean images: Linear, SiLU, Linear, SiLU, …, Linear."""
    for number, (weight, bias) in enumerate(layers):
        z = z @ weight.T.astype(float) + bias
        if number < len(layers) - 1 or bernoulli:
            sigmoid = 0.5 + 0.5 * np.tanh(z / 2)
            z = sigmoid if number == len(layers) - 1 else z * sigmoid
    return z


def _stored(layers: Layers, vae: VAE) -> list[dict]:
    """As they are where half precision holds them, else in the largest steps that keep every pixel of 64 codes."""
    if all(np.array_equal(weight, weight.astype(np.float16)) for weight, _ in layers):
        return [{"weight": packed(weight), "step": 0, "bias": packed(bias)} for weight, bias in layers]
    codes = 2 * np.random.default_rng(0).standard_normal((64, vae.latent_dim))
    bernoulli = vae.likelihood == "bernoulli"
    exact = decoded(layers, codes, bernoulli)
    for bits in range(12, 31):
        step = 2.0**-bits
        whole = [(np.round(weight.astype(float) / step), bias) for weight, bias in layers]
        if np.abs(decoded([(w * step, b) for w, b in whole], codes, bernoulli) - exact).max() <= EXACT:
            break
    made = []
    for weight, bias in whole:
        low = float(weight.min())
        made.append(
            {"weight": packed((weight - low).astype(np.uint32)), "step": step, "low": low, "bias": packed(bias)}
        )
    return made
