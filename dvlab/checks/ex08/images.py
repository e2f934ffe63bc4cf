"""Exercise 08, part 4: decoded images and candidates on which a wrong distance takes another one for the nearest."""

import numpy as np
import torch


def squared_error(decoded: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
    """Summed over all pixels and channels: (P, C, H, W), (P, M, C, H, W) -> (P, M)."""
    return (candidates - decoded[:, None]).square().flatten(2).sum(dim=2)


def drawn_images(rng: np.random.Generator, pairs: int, candidates: int) -> tuple:
    """Decoded images, candidates, and which is wanted.

    In each pair two candidates are nearly as near as each other, and differ from the decoded image in another way: the
    first is nearer, and a wrong distance takes the second.
    """
    wanted, shape = int(rng.integers(1, candidates)), (3, 4, 4)
    images = rng.uniform(0, 1, (pairs, candidates, *shape)) + 0.5
    decoded = rng.uniform(0.2, 0.6, (pairs, *shape))
    decoded *= np.sqrt(0.1 / (decoded**2).mean((1, 2, 3), keepdims=True))
    times = rng.permutation(np.arange(1, 8))  # of each kind another number, so that no two wrong distances lose as many
    kinds = np.repeat(np.arange(7), times)
    for p, d in enumerate(decoded):
        others, block, kind = rng.permutation(np.delete(np.arange(candidates), wanted)), p % 3, kinds[p % 28]
        near, far = (wanted, others[0]) if block != 1 else (others[0], others[1] if kind != 6 else wanted)
        haze, spike, hue = (
            rng.permutation(np.resize([-1, 1], 48)).reshape(shape),
            np.zeros(shape),
            np.array([1, -0.5, -0.5]),
        )
        spike[1, 2, 2] = 1
        images[p, near], images[p, far] = [
            (d + 0.1 * haze, d + 0.9 * spike),  # by squares the haze is nearer, by absolute values the spike
            (d + 0.6 * spike, d + 0.12 * haze),  # by the largest difference the haze
            (d + 0.08 * haze, d + 0.2),  # brighter
            (d + 0.04 * haze, 1.6 * d),  # more contrast, more energy
            (d + 0.1 * haze, 1.35 * d),
            (d + 0.08 * haze, d + 0.3 * hue[:, None, None]),  # another hue of the same grey
            (d + 0.08 * haze, d + 0.085 * haze[::-1]),  # nearly tied
        ][kind]
        if block == 1 and kind < 2:  # the wanted one is third, or last
            images[p, wanted] = d + (0.25, 2.0)[kind] * haze
    return torch.tensor(decoded), torch.tensor(images), wanted


def small_images() -> tuple:
    """Two pairs, three candidates, one pixel of two colours: the first pair is right, the second not."""
    decoded = torch.tensor([[0.2, 0.4], [0.5, 0.3]]).double()[:, :, None, None]
    choices = torch.tensor([[[0.9, 0.9], [0.3, 0.4], [0.2, 0.0]], [[0.5, 0.9], [0.7, 0.5], [0.4, 0.3]]]).double()
    return decoded, choices[..., None, None], 1
