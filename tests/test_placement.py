"""Where tensors lie on a GPU and on a Mac, shown without either: torch's "meta" device has tensors without numbers.

Torch refuses an operation on two devices there as it does on a GPU, so whatever would meet on the wrong device does so
here. (`FakeTensorMode` with device "cuda" would be closer; but a build of torch without CUDA can neither copy its
tensors nor differentiate them.) What looks at numbers is stood in for, since there are none: the checks of what comes
in, the choice of float32 or float64 in `log_density`, the reading of a training's terms. No kernel of a GPU has run.
"""

import pytest
import torch
from torch.distributions import Normal
from torch.utils._python_dispatch import TorchDispatchMode

import dvlab
from dvlab import aggregate, decomposition, objectives, plots, schedules
from dvlab.experiments import evaluation
from dvlab.images import Images
from dvlab.widgets.starts import Starts


class NoFloat64(TorchDispatchMode):
    """As Apple's GPUs: on the device that stands in for them there is no float64."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else [out]:
            if isinstance(tensor, torch.Tensor) and tensor.device.type != "cpu" and tensor.dtype == torch.float64:
                raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return out


@pytest.fixture
def gpu(monkeypatch):
    """The device that stands in for a GPU; nothing asks for numbers."""
    for place in ("vae", "images", "aggregate"):
        monkeypatch.setattr(f"dvlab.{place}.finite", lambda name, value: None, raising=False)
        monkeypatch.setattr(f"dvlab.{place}.check_range", lambda name, images: None, raising=False)
    for place in ("aggregate", "decomposition"):
        monkeypatch.setattr(f"dvlab.{place}.posterior_parameters", lambda name, q: (q.loc, q.scale))
    monkeypatch.setattr(torch.distributions.Distribution, "_validate_args", False)
    monkeypatch.setattr(aggregate, "_samples_checked", lambda z, shape: None)
    monkeypatch.setattr(aggregate, "_precision", lambda z, *rest: torch.float32)
    return torch.device("meta")


def on(device, *tensors):
    return all(tensor.device.type == device.type for tensor in tensors)


def model(device, network="mlp", **options):
    return dvlab.VAE((1, 32, 32), latent_dim=3, network=network, **options).to(device)


def test_the_stand_in_notices_what_lies_elsewhere(gpu):
    vae = model(gpu)
    assert on(gpu, vae.centre, *vae.parameters())
    for network in ("mlp", "conv"):
        with pytest.raises(RuntimeError, match="device"):
            model(gpu, network)._q(torch.empty(4, 1, 32, 32))
    with pytest.raises(ValueError, match="images must be on the model's device, meta; got one on cpu"):
        vae.encode(torch.empty(4, 1, 32, 32))
    with pytest.raises(ValueError, match="z must be on the model's device"):
        vae.decode(torch.empty(4, 3))


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_encode_decode_and_traverse(gpu, network):
    vae = model(gpu, network)
    q = vae.encode(torch.empty(4, 1, 32, 32, device=gpu))
    assert on(gpu, q.mean, q.stddev, vae.decode(q.mean).mean)
    assert on(gpu, vae.traverse(q.mean[0], 1, torch.linspace(-1, 1, 5)))
    q = dvlab.posterior(vae, torch.empty(9, 1, 32, 32, dtype=torch.uint8))  # the data are on the CPU
    assert on(gpu, q.loc, q.scale) and q.batch_shape == (9, 3)


OBJECTIVES = [
    objectives.BetaVAE(schedules.cooling(4, 1, 10)),
    objectives.BetaTCVAE(),
    objectives.BetaTCVAE(estimator="weighted"),
    objectives.CapacityVAE(),
    objectives.DIPVAE(),
    objectives.DIPVAE(kind="II"),
    objectives.ColumnSums(objectives.BetaTCVAE()),
    objectives.FactorVAE(hidden=(8,)),
    objectives.AdaGVAE(),
]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: type(objective).__name__)
@pytest.mark.parametrize("options", [{}, {"likelihood": "gaussian", "sigma": 0.3}], ids=["bernoulli", "gaussian"])
def test_a_step_of_training(gpu, objective, options):
    """As `train` makes it: resident data, noise from a generator of the CPU, the objective, Adam."""
    vae = model(gpu, **options)
    images = Images(torch.empty(20, 1, 32, 32, dtype=torch.uint8), gpu)
    optimiser = torch.optim.Adam(vae.parameters(), fused=False)
    learns = hasattr(objective, "after_step")
    if learns:
        objective.begin(3, gpu)
    x = images[torch.arange(8)]
    q, z, px = vae(x, torch.Generator(), getattr(objective, "adapt", None))
    terms = objective(x, q, px, z, step=3, dataset_size=20)
    assert on(gpu, x, z, *terms.values())
    terms["loss"].backward()
    assert on(gpu, *(weight.grad for weight in vae.parameters()))
    optimiser.step()
    if learns:
        objective.after_step(z)
        assert on(gpu, *objective.discriminator.parameters())


def test_the_aggregate_posterior(gpu):
    q, z = Normal(*torch.ones(2, 2000, 3, device=gpu), validate_args=False), torch.empty(50, 3, device=gpu)
    assert on(gpu, aggregate.log_density(z, q), *aggregate.log_densities(z, q))
    few = Normal(*torch.ones(2, 50, 3, device=gpu), validate_args=False)
    for estimator in ("stratified", "weighted"):
        assert on(gpu, *aggregate.minibatch_log_densities(z, few, 2000, estimator))


def test_what_is_computed_in_float64_is_computed_on_the_cpu(gpu, monkeypatch):
    """Apple's GPUs have none: a tensor is moved first and widened then."""
    moved = []

    def cpu(tensor):
        moved.append(tensor.dtype)
        return torch.ones(tensor.shape, dtype=tensor.dtype)

    monkeypatch.setattr(torch.Tensor, "cpu", cpu)
    monkeypatch.setattr(torch.Tensor, "__float__", lambda tensor: 1.0)
    vae, images = model(gpu), torch.empty(9, 1, 32, 32, dtype=torch.uint8)
    with NoFloat64():
        with pytest.raises(TypeError, match="float64"):
            torch.empty(3, device=gpu).double()
        q = dvlab.posterior(vae, images)
        decomposition.latent_kl(q)
        evaluation.reconstruction(vae, images)
        _starts_codes(vae)
        plots.survey(vae, images)
    assert moved and torch.float64 not in moved


def _starts_codes(vae):
    assert Starts(torch.empty(9, 1, 32, 32, dtype=torch.uint8)).codes(vae, [[0], [1]]).shape == (2, 3)
