"""Exercise 05, part 1: layers, the two outputs of an encoder, and a sample."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dvlab.checks.comparison import CheckFailed, Mistake, compare
from dvlab.checks.ex02.bound import UNUSED, deaf
from dvlab.checks.ex05.own import Matrix, flows, pair, wrapped

LAST = "a nonlinearity follows the last layer, too: its outputs are means, ln σ and logits, which may be any number."
BENDS = "the layers are right, but what stands between them is not SiLU."
LAYERS = "a nonlinearity is missing between two layers: two linear maps in a row are one linear map."


def network(student: Callable, sizes: tuple[int, ...] = (6, 5, 4, 3), seed: int = 0) -> None:
    """Check `network(sizes)` -> a module (B, sizes[0]) -> (B, sizes[-1]), its parameters set to given numbers."""

    def call(student, sizes, x):
        return filled(student(sizes), sizes, getattr(student, "__name__", "your function"))(x)

    def layers(between=F.silu, skip=(), first=lambda x: x, last=lambda x: x):
        def forward(sizes, x):
            weights = given(sizes)
            x = first(x)
            for i, (W, b) in enumerate(weights):
                x = F.linear(x, W, b)
                x = between(x) if i < len(weights) - 1 and i not in skip else x
            return last(x)

        return forward

    mistakes = [
        Mistake("nonlinearity at the end", layers(last=F.silu), LAST),
        *(Mistake("nonlinearity at the end", layers(last=f), LAST) for f in (torch.sigmoid, torch.tanh, F.relu, F.softplus)),
        *(Mistake("nonlinearity at the end", layers(between=f, last=f), LAST + " And it is not SiLU.") for f in (torch.tanh, F.relu)),
        Mistake("no nonlinearity", layers(between=lambda x: x), "no nonlinearity between the layers: all of them together are one linear map."),
        Mistake("a nonlinearity missing", layers(skip=(0,)), LAYERS),
        Mistake("a nonlinearity missing", layers(skip=(1,)), LAYERS),
        Mistake("nonlinearity at the start", layers(first=F.silu), "a nonlinearity stands before the first layer: SiLU stands *between* layers."),
        Mistake("nonlinearity at the start", layers(between=lambda x: x, first=F.silu), "a nonlinearity stands before the first layer, and none between the layers: SiLU stands *between* them."),
        *(Mistake("not SiLU", layers(between=f), BENDS) for f in (F.relu, torch.tanh, torch.sigmoid, F.gelu, F.elu, F.softplus, F.leaky_relu, F.mish, F.hardswish)),
        Mistake("nonlinearity twice", layers(between=lambda x: F.silu(F.silu(x))), "SiLU stands twice between two layers."),
    ]  # fmt: skip

    def right(sizes, x):
        return layers()(sizes, x)

    def draw(rng, sizes=sizes):
        return sizes, torch.tensor(rng.normal(size=(3, sizes[0])), dtype=torch.float32)

    few = ((2, 3, 2, 1), torch.tensor([[1.0, -2.0], [0.0, 3.0]]))
    fixed = [few, draw(np.random.default_rng(1), (3, 8, 8, 8, 2))]
    reread = "part 1 above, and lecture 2, where the encoder is written"
    compare(wrapped(student, call), right, draw, mistakes, reread=reread, fixed=fixed, draws=2, atol=1e-5, seed=seed)


def given(sizes: tuple[int, ...]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """A weight and a bias for each layer, the same at every call."""
    rng = np.random.default_rng(sum(sizes))
    pairs = itertools.pairwise(sizes)
    return [tuple(torch.tensor(rng.normal(size=s), dtype=torch.float32) for s in ((b, a), (b,))) for a, b in pairs]


def filled(net, sizes: tuple[int, ...], name: str) -> nn.Module:
    """The student's network with the given weights in it; CheckFailed unless it has just these layers."""
    if not isinstance(net, nn.Module) or isinstance(net, nn.ModuleList | nn.ModuleDict):
        says = f"{name}({sizes}) returned a {type(net).__name__}; a torch module is asked, which can be called and whose parameters can be trained."
        raise CheckFailed("no module", says, "nn.Sequential(*layers) makes one of a list of layers.", of=name)
    mine, asked = ([tuple(p.shape) for p in ps] for ps in (net.parameters(), itertools.chain(*given(sizes))))
    if mine != asked:
        says = f"{name}({sizes}): the shapes of its parameters are {mine or 'none'}, expected {asked} (a weight and a bias for each layer)."
        kind, look = "layers", "Which pairs of neighbours in sizes make a layer?"
        if not mine:
            kind, look = (
                "not registered",
                "A module knows the layers that are its own attributes, or in nn.Sequential or nn.ModuleList; layers in a plain list are not trained.",
            )
        elif mine == [s for s in asked if len(s) == 2]:
            kind, look = "no bias", "nn.Linear has a bias unless it is told otherwise."
        elif len(mine) < len(asked) and set(mine) == set(asked):
            kind, look = (
                "a layer twice",
                "One layer stands in two places, so that both have the same weights: make each anew.",
            )
        raise CheckFailed(kind, says, f"{look}\nReread: part 1 above.", of=name)
    with torch.no_grad():
        for parameter, number in zip(net.parameters(), itertools.chain(*given(sizes)), strict=True):
            parameter.copy_(number)
    return net


def encode(student: Callable, batch: int = 4, pixels: int = 5, latents: int = 3, seed: int = 0) -> None:
    """Check `encode(encoder, x)` -> μ, σ, each (batch, latents)."""

    def call(student, encoder, x):
        return student(Matrix(encoder), x)

    def with_parts(change, cut=lambda out: out.chunk(2, 1)):
        return lambda encoder, x: change(*cut(x @ encoder.T))

    order = "the first half of the outputs are the means, the second half ln σ."
    log = "the second half is ln σ, the logarithm of the standard deviation itself."
    mistakes = [
        Mistake("σ² for σ", with_parts(lambda m, s: (m, (s / 2).exp())), log + " Yours takes it for the logarithm of σ²."),
        Mistake("σ² for σ", with_parts(lambda m, s: (m, (2 * s).exp())), "this is σ², the variance; the standard deviation is asked."),
        Mistake("ln σ for σ", with_parts(lambda m, s: (m, s)), "these are still the logarithms of σ: some are negative."),
        Mistake("halves swapped", with_parts(lambda m, s: (s, m.exp())), order),
        Mistake("halves swapped", with_parts(lambda m, s: (s.exp(), m)), "σ comes first here: μ, then σ, is asked."),
        Mistake("images halved", with_parts(lambda m, s: (m, s.exp()), lambda out: out.chunk(2)), order + " Yours cuts the images in half: along which axis?"),
        Mistake("every other", with_parts(lambda m, s: (m, s.exp()), lambda out: (out[:, ::2], out[:, 1::2])), order + " Yours takes every other one."),
        *(Mistake("not exp", with_parts(lambda m, s, f=f: (m, f(s))), log + " What undoes a logarithm?") for f in (F.softplus, torch.abs, torch.square, torch.sigmoid, lambda s: s.abs().sqrt(), lambda s: 10**s, lambda s: 2**s, torch.expm1, lambda s: s.exp() + 1)),
        *(Mistake("μ changed", with_parts(lambda m, s, f=f: (f(m), s.exp())), "σ is right; μ is the first half as it is.") for f in (torch.exp, torch.tanh, torch.sigmoid, F.relu, F.silu, torch.abs)),
        Mistake("σ held", with_parts(lambda m, s: (m, s.exp().clamp(min=1e-3))), "somewhere σ, or its logarithm, is held within bounds, or something is added to it.", shows=held),
        Mistake("minus ln σ", with_parts(lambda m, s: (m, (-s).exp())), log + " Yours is 1/σ."),
        Mistake("mean over images", with_parts(lambda m, s: (m.mean(0), s.exp().mean(0))), "one μ and one σ are asked for each image."),
        Mistake("the same twice", with_parts(lambda m, s: (m, m.exp())), order + " Yours makes both of the first."),
    ]  # fmt: skip

    def right(encoder, x):
        return with_parts(lambda m, s: (m, s.exp()))(encoder, x)

    def draw(rng):
        return torch.tensor(rng.normal(size=(2 * latents, pixels))), torch.tensor(rng.normal(size=(batch, pixels)))

    few = (torch.tensor([[1.0, 0], [0, 1], [0, -1], [-1, 1]]).double(), torch.tensor([[1.0, 2], [0, -1]]).double())
    wide = (torch.eye(4).double(), torch.tensor([[3.0, -2, 9, -11], [-4, 1, -20, 6]]).double())  # σ from e^-20 to e^9
    reread = "part 2 above: what the outputs of the encoder stand for"
    read = pair("μ and σ, each (B, D)")
    compare(wrapped(student, call), right, draw, mistakes, reread=reread, fixed=[few, wide], read=read, needs="tensors", also=lambda f: flows(f, 2), rtol=1e-5, atol=1e-12, seed=seed)  # fmt: skip


def held(mine, args, ask) -> bool:
    """Right wherever σ is near 1, and finite."""
    encoder, x = args
    m, s = (x @ encoder.T).chunk(2, 1)
    right = torch.stack([m, s.exp()]).numpy()
    near = np.stack([np.ones(m.shape, bool), (s.abs() < 3).numpy()])
    return mine.shape == right.shape and bool(np.isfinite(mine).all() and np.isclose(mine, right, rtol=0.1)[near].all())


def sample(student: Callable, batch: int = 4, latents: int = 3, seed: int = 0) -> None:
    """Check `sample(mu, sigma, epsilon)`, (batch, latents) thrice -> (batch, latents)."""
    scale = "the noise is scaled by the standard deviation, σ."
    mistakes = [
        Mistake("σ² for σ", lambda m, s, e: m + s**2 * e, scale + " Yours is scaled by the variance."),
        Mistake("σ² for σ", lambda m, s, e: m + s.sqrt() * e, scale + " Yours is scaled by its root."),
        Mistake("ln σ for σ", lambda m, s, e: m + s.exp() * e, "σ is the standard deviation already: no exponential is needed."),
        Mistake("ln σ for σ", lambda m, s, e: m + (s / 2).exp() * e, "σ is the standard deviation already: no exponential is needed."),
        Mistake("noise left out", lambda m, s, e: m, "every sample sits at μ: where is ε?"),
        Mistake("σ left out", lambda m, s, e: m + e, "the noise has the same size for every latent: where is σ?"),
        Mistake("μ left out", lambda m, s, e: s * e, "every sample lies about 0: where is μ?"),
        Mistake("σ for ε", lambda m, s, e: m + s, "σ is added as it is: the noise is missing."),
        Mistake("ε for z", lambda m, s, e: e, "ε itself is a sample of the prior."),
        Mistake("wrong sign", lambda m, s, e: m - s * e, "the noise is subtracted: as good a sample, but another one than μ + σ ε."),
        Mistake("brackets", lambda m, s, e: (m + e) * s, "where are the brackets? σ scales the noise only, and μ is added as it is."),
        Mistake("brackets", lambda m, s, e: (m + s) * e, "where are the brackets? The noise scales σ only."),
        Mistake("brackets", lambda m, s, e: m * e + s, "μ and σ have changed places."),
        Mistake("noise not used", lambda m, s, e: m + 2 * s, UNUSED, shows=deaf(2)),
    ]  # fmt: skip

    def right(mu, sigma, epsilon):
        return mu + sigma * epsilon

    def draw(rng):
        mu, e = (torch.tensor(rng.normal(size=(batch, latents))) for _ in range(2))
        return mu, torch.tensor(np.exp(rng.uniform(0.2, 1, mu.shape) * rng.choice([-1, 1], mu.shape))), e

    few = tuple(torch.tensor(v).double() for v in ([[1.0, -1.0]], [[0.5, 3.0]], [[2.0, 1.0]]))
    reread = "part 2 above, and lecture 2 on reparameterisation"
    compare(wrapped(student, lambda f, mu, sigma, epsilon: f(mu, sigma, epsilon)), right, draw, mistakes, reread=reread, fixed=[few], needs="tensor", also=lambda f: flows(f, 3), seed=seed)  # fmt: skip
