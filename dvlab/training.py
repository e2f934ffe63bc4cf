"""One loop, whatever the objective: resident data, Adam, checkpoints that resume exactly, and a history."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from dvlab import checkpoints
from dvlab._batches import Batches, groups_of, loose
from dvlab.history import History, Record, stopped
from dvlab.images import Data, Images, fingerprint
from dvlab.schedules import Weight, warmup_cosine
from dvlab.threads import one_thread
from dvlab.vae import VAE
from dvlab.validation import kind, number, pick_device, positive_int, seed_checked

READ_EVERY = 50  # steps between readings of the terms, each of which waits for the device


def train(
    vae: VAE,
    data: Data,
    objective: Callable,
    steps: int = 3000,
    batch_size: int = 128,
    seed: int = 0,
    learning_rate: Weight = 2e-3,
    device: str | torch.device | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int = 500,
) -> History:
    """Minimise `objective` (`dvlab.objectives`) over the weights of `vae`, in place, on `device`.

    The model is standardised with the data first, unless it already is, and is left in the mode, training or
    evaluation, that it was in. Ctrl-C ends the training after the step it is at and keeps what was trained: the history
    says `interrupted`.

    Parameters
    ----------
    vae : VAE
    data : world, tensor or TensorDataset
        A world; or images (N, C, H, W), uint8 or floats in [0, 1]; or pairs (N, 2, C, H, W), as `world.pairs` gives:
        `objectives.AdaGVAE` takes them two by two, any other objective as 2 N images. `objectives.IVAE` takes a
        TensorDataset of images and the group of each.
    objective : callable
        `objective(x, q, px, z, step=, dataset_size=)` gives a dict of terms in nats per image, `loss` among them.
    steps : int
        Of Adam.
    batch_size : int
        Images a step, drawn without replacement; the last of an epoch that fill no batch are left out of it.
    seed : int
        Of the batches and the noise.
    learning_rate : float or schedule
        A number is the peak after a short warm-up, followed by half a cosine down to 2 % of it.
    device : str or torch.device, optional
        CUDA where there is one, else the CPU, unless told.
    progress : bool
        Whether a bar shows it.
    checkpoint : path, optional
        All that the training needs is written there as it goes, and at its end. When the file exists already, the
        training goes on from there, to bitwise the weights of an uninterrupted run on the same device; when it is
        complete, it is only loaded.
    checkpoint_every : int
        Steps between two writings.

    Returns
    -------
    History
        Every term of every step, nats per image.

    Raises
    ------
    ValueError
        For no data, images outside [0, 1] or of another size than the model's, a batch larger than the data, an unknown
        device, another run's checkpoint, or with a checkpoint an objective whose repr does not say what it computes.
    FloatingPointError
        Naming the step and the term, when a term or a weight is no longer finite.

    Examples
    --------
    >>> world = dvlab.worlds.Fruit(sizes=4, colours=4, size=8)
    >>> vae = dvlab.VAE(world.image_shape, latent_dim=2, hidden=(16,))
    >>> history = train(vae, world, dvlab.objectives.BetaVAE(1), steps=5, batch_size=8, progress=False)
    >>> history.kl.shape
    (5,)
    """
    options = {"learning_rate": learning_rate, "device": device, "checkpoint": checkpoint}
    options |= {"steps": steps, "batch_size": batch_size, "seed": seed, "checkpoint_every": checkpoint_every}
    device = check(vae, data, objective, **options)
    in_pairs = getattr(objective, "pairs", False)
    images, u = Images(loose(data, in_pairs, batch_size), device), groups_of(data, objective)
    rate = learning_rate if callable(learning_rate) else warmup_cosine(learning_rate, steps)
    vae.to(device)
    optimiser = torch.optim.Adam(vae.parameters(), fused=device.type in ("cpu", "cuda"))
    generator = torch.Generator().manual_seed(seed)  # on the CPU, so that every device sees the same noise
    batches = Batches(len(images), batch_size, seed, group=2 if in_pairs else 1)
    learns = hasattr(objective, "after_step")  # an objective with a network of its own
    if learns:
        objective.begin(vae.latent_dim, device)
    record = Record()
    run = {"steps": steps, "batch_size": batch_size, "seed": seed, "images": len(images)}
    if checkpoint is not None:
        run |= {"objective": checkpoints.describe("objective", objective), "data": fingerprint(data)}
        run |= {} if u is None else {"groups": fingerprint(u)}
        run |= {"learning_rate": checkpoints.describe("learning_rate", rate)}
    if checkpoint is not None and Path(checkpoint).exists():
        resumed = checkpoints.resume_training(checkpoint, run, vae, optimiser, generator)
        record.steps, record.read_terms, learned = resumed
        if learns:
            objective.restore(learned)
    elif not vae.standardised:
        vae.standardise(images)

    bar = tqdm(total=steps, initial=record.steps, disable=not progress, unit="step")
    # of a small network two threads gain little, and lose on a busy machine
    threads = one_thread() if device.type == "cpu" and vae.config["network"] == "mlp" else nullcontext()
    with bar, _ctrl_c_noted() as pressed, threads, _in_training_mode(vae):
        for step in range(record.steps, steps):
            index = batches[step]
            x, told = images[index], {} if u is None else {"u": u[index].to(device)}
            q, z, px = vae(x, generator, getattr(objective, "adapt", None))
            with torch.autocast(device.type, enabled=False):  # densities and sums need float32
                terms = record.checked(_terms(objective, x, q, px, z, step, len(images), told), step)
            optimiser.zero_grad()
            terms["loss"].backward()
            for group in optimiser.param_groups:
                group["lr"] = number("learning_rate", rate(step), least=0)
            optimiser.step()
            if learns:
                objective.after_step(z)
            record.add(terms)
            stop = step + 1 == steps or pressed.is_set()
            write = checkpoint is not None and (stop or (step + 1) % checkpoint_every == 0)
            if stop or write or (step + 1) % READ_EVERY == 0:
                bar.update(len(record.unread))
                bar.set_postfix(record.read())
            if write or stop:
                learned = objective.tensors() if learns else {}
                _check_weights(vae.state_dict() | learned, step)
            if write:
                state = (vae, optimiser, generator, record.read_terms, learned)
                checkpoints.save_training(checkpoint, step + 1, run, *state)
            if stop:
                break
    terms = {name: values.numpy() for name, values in record.read_terms.items()}
    return History(np.arange(record.steps), terms, interrupted=record.steps < steps)


def check(
    vae: VAE,
    data: Data,
    objective: Callable,
    steps: int = 3000,
    batch_size: int = 128,
    seed: int = 0,
    learning_rate: Weight = 2e-3,
    device: str | torch.device | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int = 500,
) -> torch.device:
    """Raise what `train` with these arguments would raise before its first step, but for a checkpoint of another run.

    Parameters
    ----------
    vae, data, objective, steps, batch_size, seed, learning_rate, device, checkpoint, checkpoint_every : as of `train`

    Returns
    -------
    torch.device
        The one to train on.

    Raises
    ------
    TypeError, ValueError
        Naming the argument.
    """
    for name, value in (("steps", steps), ("batch_size", batch_size), ("checkpoint_every", checkpoint_every)):
        positive_int(name, value)
    seed_checked("seed", seed)
    if not callable(objective):
        raise TypeError(f"objective must be callable, as those of dvlab.objectives are; got {kind(objective)}")
    if not callable(learning_rate):
        number("learning_rate", learning_rate, above=0)
    images = Images(loose(data, getattr(objective, "pairs", False), batch_size), torch.device("cpu"), resident=False)
    groups_of(data, objective)
    if images.shape != vae.image_shape:
        raise ValueError(f"data's images have shape {images.shape}; the model takes {vae.image_shape}")
    if batch_size > len(images):
        raise ValueError(f"batch_size must be at most the number of images, {len(images)}; got {batch_size}")
    if checkpoint is not None:
        checkpoints.describe("objective", objective)
        checkpoints.describe("learning_rate", learning_rate)
    return pick_device(device)


def _terms(objective, x, q, px, z, step, dataset_size, told):
    """The objective's terms; where an objective refuses latents that are not finite, the step is named."""
    try:
        return objective(x, q, px, z, step=step, dataset_size=dataset_size, **told)
    except ValueError as error:
        for name, value in (("mean", q.mean), ("standard deviation", q.stddev)):
            if not bool(torch.isfinite(value).all()):
                raise FloatingPointError(stopped(step, f"the {name} of q(z|x)", "not finite")) from error
        raise


def _check_weights(weights, step):
    """FloatingPointError unless all are finite, since the terms are those before the step's update."""
    for name, weight in weights.items():
        if not bool(torch.isfinite(weight).all()):
            raise FloatingPointError(stopped(step, f"the updated {name}", "not finite"))


@contextmanager
def _in_training_mode(vae):
    """Within, the model is in training mode; then in the mode that it was in."""
    before = vae.training
    vae.train()
    try:
        yield
    finally:
        vae.train(before)


@contextmanager
def _ctrl_c_noted():
    """Within, Ctrl-C sets the event instead of breaking a step in two; a second one acts as usual."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return

    def note(signum, frame):
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, previous if previous is not None else signal.default_int_handler)
