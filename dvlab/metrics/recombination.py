"""The Small Black Apple: one factor's latent from one image, the rest from another, to decode what was never seen."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from dvlab.metrics import mutual_information
from dvlab.vae import VAE, posterior
from dvlab.validation import one_of
from dvlab.worlds import World


@dataclass(frozen=True)
class Swap:
    """P recombined pairs of images. `right` and `strict` are shares of the pairs (see `swap`)."""

    right: float
    strict: float
    latents: dict[str, int]  # the latent of each factor: the one that shares most information with it, or the one given
    information: Float[np.ndarray, "latents factors"] | None  # I(z_j; g_k), nats
    first: Int[torch.Tensor, "pairs factors"]  # the image that the one latent was taken from
    second: Int[torch.Tensor, "pairs factors"]  # the image that all other latents were taken from
    target: Int[torch.Tensor, "pairs factors"]  # what a disentangled model draws
    nearest: Int[torch.Tensor, "pairs factors"]  # what was drawn: the nearest image of the whole grid
    decoded: Float[torch.Tensor, "pairs channels height width"]

    @property
    def shared(self) -> bool:
        """Whether two factors have the same latent, so that no swap can move them apart."""
        return len(set(self.latents.values())) < len(self.latents)

    def __str__(self) -> str:
        named = ", ".join(f"{name} z{j}" for name, j in self.latents.items())
        one = " (two factors, one latent)" if self.shared else ""
        return f"right {self.right:.0%}, strict {self.strict:.0%} of {len(self.first)} swaps; {named}{one}"

    def plot(self, world: World, columns: int = 6):
        """Pairs from all over: the two images, what was decoded, what was hoped for, what is nearest.

        Parameters
        ----------
        world : World
            The one of the swap.
        columns : int
            How many pairs.

        Returns
        -------
        matplotlib Figure
        """
        from dvlab.plots import image_grid

        i = torch.linspace(0, len(self.first) - 1, columns).long()
        first, second, target, nearest = (
            world.render(factors[i]) for factors in (self.first, self.second, self.target, self.nearest)
        )
        name = next(iter(self.latents))
        rows = [f"{name} from", "the rest from", "decoded", "hoped for", "nearest"]
        return image_grid(torch.cat([first, second, self.decoded[i], target, nearest]), columns=columns, rows=rows)


@torch.no_grad()
def swap(vae: VAE, world: World, take: str | None = None, latent: int | None = None) -> Swap:
    """Exchange one latent between two images, and see whether what is decoded is the combination that was held out.

    `world` holds out a block of combinations, in which the factor `take` (the first unless named) has one value: small
    black apples. Each factor is given the latent with which it shares most information, I(z_j; g_k) by quadrature over
    the images of `world`. First images have the block's value of `take`, and all else counted from the other end: big
    red apples. Second images are the block's but for `take`: small black grapes. For every pair, the second's mean code
    takes over the latent of `take` from the first's; all other latents, inactive ones too, stay the second's, which has
    all but one of the factors that are wanted. The code is decoded, and compared by squared error:

        right    of the 2^K renderings that mix the two images' factors, the one wanted is the nearest
        strict   of all renderings of the whole grid, held-out ones too, the nearest lies in the block

    Chance is 1 in 2^K for `right`. When two factors have the same latent, they move together and it counts as it
    decodes: see `shared`.

    Parameters
    ----------
    vae : VAE
    world : World
        The model's, without the block.
    take : str, optional
        A factor's name.
    latent : int, optional
        The one to exchange, whatever it knows; then no information is computed. For a code almost without noise, an
        autoencoder's, each latent knows every factor, the largest information means little, and all can be tried.

    Returns
    -------
    Swap

    Raises
    ------
    ValueError
        For a world that holds out nothing or no block, an unknown factor, a block with several values of it, a latent
        that isn't there, and a model of other images.
    """
    names = [factor.name for factor in world.factors]
    one_of("take", take := take or names[0], tuple(names))
    if tuple(vae.image_shape) != tuple(world.image_shape):
        raise ValueError(f"world's images have shape {world.image_shape}; the model takes {vae.image_shape}")
    k = names.index(take)
    held = _block(world, k)
    information, latents = None, {take: latent}
    if latent is None:
        information = mutual_information(posterior(vae, world), world.all_factors())
        latents = dict(zip(names, information.argmax(axis=0).tolist(), strict=True))
    elif latent not in range(vae.latent_dim):
        raise ValueError(f"latent must lie in [0, {vae.latent_dim}); got {latent}")

    first = torch.tensor(world.factor_sizes) - 1 - held  # from the other end
    first[:, k] = held[:, k]
    others = [value for value in range(world.factor_sizes[k]) if value != held[0, k]]
    second = held.repeat(len(others), 1)
    second[:, k] = torch.tensor(others).repeat_interleave(len(held))
    a, b = torch.cartesian_prod(torch.arange(len(first)), torch.arange(len(second))).T
    first, second = first[a], second[b]
    target = torch.where(torch.arange(len(names)) == k, first, second)

    device = vae.centre.device
    codes = vae.encode(world.render(second).to(device)).mean.clone()
    codes[:, latents[take]] = vae.encode(world.render(first).to(device)).mean[:, latents[take]]
    decoded = vae.decode(codes).mean.cpu()

    grid = torch.cartesian_prod(*(torch.arange(size) for size in world.factor_sizes)).reshape(-1, len(names))
    distance = torch.cdist(decoded.flatten(1).double(), world.render(grid).flatten(1).double())
    masks = torch.cartesian_prod(*[torch.tensor([False, True])] * len(names)).reshape(-1, 1, len(names))
    mixes = torch.where(masks, first, second)  # (2^K, P, K)
    places = torch.from_numpy(np.ravel_multi_index(tuple(mixes.movedim(-1, 0).numpy()), world.factor_sizes)).T
    best = mixes[distance.gather(1, places).argmin(1), torch.arange(len(first))]
    nearest = grid[distance.argmin(1)]
    inside = (nearest[:, None] == held).all(-1).any(-1)
    return Swap(
        right=float((best == target).all(-1).double().mean()),
        strict=float(inside.double().mean()),
        latents=latents,
        information=information,
        first=first,
        second=second,
        target=target,
        nearest=nearest,
        decoded=decoded,
    )


def _block(world: World, k: int) -> Int[torch.Tensor, "held factors"]:
    held = world.held_out
    if len(held) == 0:
        raise ValueError("world must hold out the combinations to be decoded (world.hold_out); it holds out none")
    sides = [len(column.unique()) for column in held.T]
    if len(held) != np.prod(sides) or sides[k] != 1:
        raise ValueError(
            f"world must hold out a block, every combination of some values of each factor, with one value of "
            f"{world.factors[k].name}; got {len(held)} combinations of {' × '.join(map(str, sides))} values"
        )
    return held
