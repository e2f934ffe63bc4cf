"""Change one latent, decode, and see which factors change: what a metric of codes cannot tell, the decoder shows."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from dvlab.metrics._heatmap import heat_map
from dvlab.threads import in_pieces, one_thread
from dvlab.vae import VAE, posterior
from dvlab.validation import positive_int
from dvlab.worlds import World


@dataclass(frozen=True)
class Intervention:
    """What changes when one latent is moved. `change` (D, K): of each factor, as a share of its range, in the mean."""

    change: Float[np.ndarray, "latents factors"]
    names: tuple[str, ...]  # of the factors

    @property
    def latents(self) -> dict[str, int]:
        """The latent that changes each factor most."""
        return dict(zip(self.names, self.change.argmax(axis=0).tolist(), strict=True))

    def beside(self, name: str) -> float:
        """Of all that a factor's latent changes, the share that is not that factor; 0: nothing else.

        Parameters
        ----------
        name : str
            Of the factor.

        Returns
        -------
        float
            In [0, 1].
        """
        row = self.change[self.latents[name]]
        return float(1 - row[self.names.index(name)] / row.sum())

    def __str__(self) -> str:
        widths = [max(len(name), 6) for name in self.names]
        lines = ["    " + "  ".join(f"{name:>{w}}" for name, w in zip(self.names, widths, strict=True))]
        for j, row in enumerate(self.change):
            lines.append(f"z{j}  " + "  ".join(f"{share:{w}.2f}" for share, w in zip(row, widths, strict=True)))
        return "\n".join(lines)

    def plot(self, ax=None):
        """Heat map of `change`.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        return heat_map(self.change, "change, as a share of the range", self.names, largest=1, ax=ax)


@torch.no_grad()
def intervene(vae: VAE, world: World, images: int = 100, seed: int = 0) -> Intervention:
    """Move each latent of `images` codes from its 10 % to its 90 % quantile, and name what changed in the picture.

    Parameters
    ----------
    vae : VAE
    world : World
        The model's world.
    images : int
        How many are drawn and encoded.
    seed : int
        Of the drawing.

    Returns
    -------
    Intervention
        For each latent and factor the mean over the images of |after - before|, where before and after are the
        factor's index in the rendering nearest to what is decoded (by squared error, among the whole grid, held-out
        combinations too), divided by the largest index: 1 is a change over the whole range.

    Raises
    ------
    ValueError
        For a model of other images.

    See Also
    --------
    dvlab.metrics.recombination.swap : take one latent from another image.
    """
    positive_int("images", images)
    if tuple(vae.image_shape) != tuple(world.image_shape):
        raise ValueError(f"world's images have shape {world.image_shape}; the model takes {vae.image_shape}")
    x, _ = world.sample(images, generator=torch.Generator().manual_seed(seed))
    codes = vae.encode(x.to(vae.centre.device)).mean
    ends = torch.quantile(posterior(vae, world).mean, torch.tensor([0.1, 0.9]).to(codes), dim=0)
    grid = torch.cartesian_prod(*(torch.arange(size) for size in world.factor_sizes)).reshape(-1, len(world.factors))
    renderings = torch.cat(in_pieces(lambda part: world.render(part).flatten(1), grid.split(1024), torch.device("cpu")))
    change = np.zeros((vae.latent_dim, len(world.factors)))
    with one_thread():  # two small products for each latent
        for j in range(vae.latent_dim):
            before, after = (grid[_nearest(vae, _with(codes, j, value), renderings)] for value in ends[:, j])
            change[j] = ((after - before).abs().double().mean(dim=0) / (torch.tensor(world.factor_sizes) - 1)).numpy()
    return Intervention(change, tuple(factor.name for factor in world.factors))


def _with(codes, j, value):
    codes = codes.clone()
    codes[:, j] = value
    return codes


def _nearest(vae, codes, renderings):
    """The places of the renderings nearest to what is decoded: |a - b|² = |a|² - 2 a·b + |b|², |a|² alike for all."""
    decoded = vae.decode(codes).mean.flatten(1).cpu()
    return (renderings.square().sum(dim=1) - 2 * decoded @ renderings.T).argmin(dim=1)
