"""Exercise 05, part 4: the training loop, watched from within by the loss that it is given."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from dvlab.checks.comparison import CheckFailed
from dvlab.checks.ex05.own import own_work

IMAGES, PIXELS, LATENTS = 24, 3, 2
STEPS, BATCH, RATE = 5, 8, 0.05
REREAD = "part 4 above, and lecture 2, where a VAE is trained"


@dataclass
class Record:
    """What the loss saw at each step, and what came of it."""

    x: list = field(default_factory=list)
    epsilon: list = field(default_factory=list)
    step: list = field(default_factory=list)
    weights: list = field(default_factory=list)  # of both networks, at each call and after the last step
    training: list = field(default_factory=list)
    losses: list = field(default_factory=list)
    returned: object = None


def networks() -> tuple[nn.Module, nn.Module]:
    """Small networks with given weights, left in evaluation mode, as one finds them after a look at them."""
    rng = np.random.default_rng(3)
    nets = nn.Linear(PIXELS, 2 * LATENTS), nn.Linear(LATENTS, PIXELS)
    for net in nets:
        net.eval()
        with torch.no_grad():
            for p in net.parameters():
                p.copy_(torch.tensor(rng.normal(size=tuple(p.shape))))
    return nets


def data(images: int = IMAGES) -> torch.Tensor:
    return torch.tensor(np.random.default_rng(4).uniform(0, 1, (images, PIXELS)), dtype=torch.float32)


def objective(encoder, decoder, x, epsilon, step):
    """A loss with a gradient in every parameter that changes from step to step."""
    mu, log_sigma = encoder(x).chunk(2, 1)
    return (decoder(mu + log_sigma.exp() * epsilon) - x).square().sum(1).mean() + (
        0.1 + 0.05 * step
    ) * mu.square().mean()


def flat(nets) -> np.ndarray:
    return torch.cat([p.detach().flatten() for net in nets for p in net.parameters()]).double().numpy()


def watch(student: Callable, steps: int = STEPS, batch: int = BATCH, seed: int = 0, images: int = IMAGES) -> Record:
    """One call of the student's loop, with a loss that notes what it is given."""
    record, (encoder, decoder) = Record(), networks()

    def loss(x, epsilon, step):
        record.x.append(x.detach().clone())
        record.epsilon.append(epsilon.detach().clone())
        record.step.append(int(step))
        record.weights.append(flat((encoder, decoder)))
        record.training.append(encoder.training and decoder.training)
        value = objective(encoder, decoder, x, epsilon, step)
        record.losses.append(value.item())
        if len(record.losses) > 10 * steps:
            says = f"{name(student)} went on after {10 * steps} steps, and {steps} were asked."
            raise CheckFailed("number of steps", says, f"Reread: {REREAD}.", of=name(student))
        return value

    loss.__qualname__ = "loss"  # what Python calls it where it is called wrongly
    generator = torch.Generator().manual_seed(seed)
    with torch.enable_grad(), own_work(name(student)):
        record.returned = student(encoder, decoder, data(images), loss, steps, generator, LATENTS, batch, RATE)
    record.weights.append(flat((encoder, decoder)))
    return record


def replay(record: Record, optimiser: Callable = lambda ps: torch.optim.Adam(ps, lr=RATE), how: str = "") -> np.ndarray:
    """The weights at each step for the batches and the noise of a record, by a loop of our own: (steps + 1, weights)."""
    nets = networks()
    parameters = [p for net in nets for p in net.parameters()]
    chosen = {"encoder": list(nets[0].parameters()), "decoder": list(nets[1].parameters())}.get(how, parameters)
    opt, path = optimiser(chosen), []
    for step, (x, epsilon) in enumerate(zip(record.x, record.epsilon, strict=True)):
        if how == "before":
            opt.step()
        path.append(flat(nets))
        value = objective(*nets, x, epsilon, step)
        opt = optimiser(chosen) if how == "anew" else opt
        if how != "never zeroed":
            opt.zero_grad()
        (-value if how == "uphill" else value).backward()
        if how != "before":
            opt.step()
    return np.array([*path, flat(nets)])


def follows(**kwargs) -> Callable:
    """Whether a record's weights are those of such a replay."""
    return lambda r: (
        len(r.weights) > 1
        and np.allclose(np.array(r.weights), replay(r, **kwargs), rtol=1e-3, atol=1e-4, equal_nan=True)
    )


def loop(optimiser=lambda ps: torch.optim.Adam(ps, lr=RATE), how="", **changes) -> Callable:
    """A training loop with one thing changed, for the table: what a student hands in."""

    def train(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate):
        parts = {"encoder": [encoder], "decoder": [decoder]}.get(how, [encoder, decoder])
        parameters, losses = [p for net in parts for p in net.parameters()], []
        opt = optimiser(parameters)
        if how != "eval":
            encoder.train(), decoder.train()

        def noise(step):
            return torch.randn(batch_size, latents, generator=generator)

        def batch(step):
            return images[torch.randperm(len(images), generator=generator)[:batch_size]]

        noise, batch = changes.get("noise", lambda *a: noise)(generator, batch_size, latents, noise), changes.get("batch", lambda *a: batch)(generator, batch_size, images, batch)  # fmt: skip
        for step in range(changes.get("first", 0), steps + changes.get("more", 0)):
            if how == "before":
                opt.step()
            value = loss(batch(step), noise(step), changes.get("count", lambda s: s)(step))
            opt = optimiser(parameters) if how == "anew" else opt
            if how != "never zeroed":
                opt.zero_grad()
            (-value if how == "uphill" else value).backward()
            if how == "zeroed too late":
                opt.zero_grad()
            if how not in ("before", "no step"):
                opt.step()
            losses.append(value.item())
        return changes.get("returns", lambda losses: losses)(losses)

    return train


def still(kind: str) -> Callable:
    """A `noise` or `batch` that is drawn once and kept."""

    def make(generator, size, other, draw):
        kept = draw(0)
        return lambda step: kept

    return make


def drawn(function: Callable) -> Callable:
    """A `noise` or `batch` of its own: function(generator, batch size, latents or images)."""
    return lambda generator, size, other, draw: lambda step: function(generator, size, other)


def same(tensors) -> bool:
    return len(tensors) > 1 and all(torch.equal(tensors[0], t) for t in tensors[1:])


def from_images(x: torch.Tensor) -> bool:
    return x.ndim == 2 and x.shape[1] == PIXELS and bool((x[:, None] == data(IMAGES)).all(2).any(1).all())


def spread(r: Record) -> np.ndarray:
    return np.concatenate([e.double().numpy().ravel() for e in r.epsilon])


def name(student) -> str:
    return getattr(student, "__name__", "train")
