"""Pictures that stand still: grids of images, traversals, codes, matrices, KL by latent.

Every function takes arrays or tensors, returns a matplotlib Figure or Axes, and labels what it draws. Nats per image.
"""

from dvlab.metrics._heatmap import heat_map
from dvlab.metrics._hinton import hinton
from dvlab.plots._diagram import vae_diagram
from dvlab.plots._images import channels_last, image_grid, middle, show
from dvlab.plots._latents import Survey, kl_bars, latent_scatter, survey, traversal_grid

__all__ = ["Survey", "channels_last", "heat_map", "hinton", "image_grid", "kl_bars", "latent_scatter", "middle"]
__all__ += ["show", "survey", "traversal_grid", "vae_diagram"]
