"""Pictures that move. Each is one call in a notebook, and lives in JupyterLab, VS Code and any page by the same code.

    traversal(vae, world, compare=None, names=("this model", "the other model"), seed=0)   # world: or an image tensor
    models_at({"β = 1": vae1, "β = 4": vae4}, world)       # several models under the same sliders
    recombine(vae, world, first=None, second=None, take=(), names=None)   # this latent from here, that one from there
    rotate_codes(names=("size", "colour"), levels=6, sigma=0.1, angle=0)   # clouds and a 2 x 2 table of MI
    mig_rotation(levels=8, sigma=0.1, angle=0)             # I(g; all z), best I(g; z_j), MIG over the angle
    posteriors(images=60)                                  # sharpness, correlation, offset: MI, TC, dimension-wise KL
    beta_water_filling(eigenvalues=(4, 1, 0.25), noise=0.1)   # noise is σ²
    frames(label, values, images, captions, says, width=None)     # pictures made beforehand: Figures or arrays
    slider_over(label, values, draw, caption, says, width=None)   # the same, from draw(value) and caption(value)
    page(vae, world, path)                                 # one HTML file of a traversal (MLP models)

What a widget shows is computed in the page, by js/. Its positions are attributes (`angle`, `latents`, ...): they say
where the sliders stand, and setting one moves its slider. `says` is the fixed text of the stored notebook: what the
slider would show; no numbers that depend on training. `embed` puts stored widgets into a page.
"""

from importlib.util import find_spec

__all__ = []
if find_spec("anywidget"):
    from dvlab.widgets.frames import frames, slider_over
    from dvlab.widgets.page import page
    from dvlab.widgets.recombine import recombine
    from dvlab.widgets.rotations import mig_rotation, rotate_codes
    from dvlab.widgets.toys import beta_water_filling, posteriors
    from dvlab.widgets.traversal import models_at, traversal

    __all__ += ["beta_water_filling", "frames", "mig_rotation", "models_at", "page", "posteriors", "recombine"]
    __all__ += ["rotate_codes", "slider_over", "traversal"]


def __getattr__(name):
    if name.startswith("_") or find_spec("anywidget"):
        raise AttributeError(f"module 'dvlab.widgets' has no attribute {name!r}")
    raise ImportError('sliders need anywidget: pip install -e ".[course]"')
