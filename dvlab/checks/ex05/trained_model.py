"""Exercise 05, part 7: what a student's model reached, measured by the package; in nats per image."""

from collections.abc import Callable

import torch
from torch.distributions import Normal
from torch.nn import functional as F

import dvlab
from dvlab.checks.comparison import CheckFailed

LEAST = {"ELBO": -65.0, "MIG": 0.15}  # ten seeds: −49.0 to −42.1, and .30 to .50


@torch.no_grad()
def measured(encode: Callable, encoder: torch.nn.Module, decoder: torch.nn.Module, world) -> dict[str, float]:
    """Reconstruction, the parts of the KL, ELBO and MIG of a model, over all images of a world."""
    images = world.images(dtype=torch.float32, device="cpu").flatten(1)
    encoder.eval(), decoder.eval()
    mu, sigma = encode(encoder, images)
    z = mu + sigma * torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))
    loss = F.binary_cross_entropy_with_logits(decoder(z), images, reduction="sum").item() / len(images)
    q = Normal(mu, sigma)
    terms, gap = dvlab.decomposition.kl_terms(q, samples=2000), dvlab.metrics.mig(q, world.all_factors())
    found = {"reconstruction": loss, "MI": terms.mutual_information, "TC": terms.total_correlation}
    found |= {"DW": terms.dimension_wise.sum(), "ELBO": -loss - terms.total, "MIG": gap.score}
    return {name: round(float(value), 3) for name, value in found.items()}


def reached(found: dict[str, float]) -> None:
    """Check that a trained model, as `measured`, has the least ELBO and the least MIG."""
    told = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
    low = [name for name, least in LEAST.items() if not found[name] >= least]
    if not low:
        print("visible checks passed: your model")
        return
    asked = " and ".join(f"{name} at least {LEAST[name]:g}" for name in low)
    says = f"your model: {asked} is expected. Measured over all images: {told}."
    kl = found["MI"] + found["TC"] + found["DW"]
    if kl < 2:
        look = "The KL is nearly 0: the code says next to nothing about the image. Do the weights fall as they should?"
    elif "ELBO" in low:
        look = "Was it trained to the end, on all the images, with the loss of part 6? Draw the losses."
    else:
        look = "The ELBO is fine, so it is trained; do β and the cooling reach your loss? Is the TC above small?"
    raise CheckFailed(" and ".join(low), says, look, of="your model")
