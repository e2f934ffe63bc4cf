"""A slider over pictures that were made beforehand: as fast as a picture can be, whatever it took to make."""

from collections.abc import Callable, Sequence

import numpy as np
import traitlets

from dvlab.validation import finite
from dvlab.widgets.base import Panel, choice, png
from dvlab.widgets.still import Picture


class Frames(Panel):
    kind = traitlets.Unicode("frames").tag(sync=True)
    index = traitlets.Int(min=0).tag(sync=True)

    def __init__(
        self, label: str, values: Sequence, images: Sequence, captions: Sequence[str], says: str, width: int | None
    ):
        if not len(values) == len(images) == len(captions) or len(values) < 2:
            counts = f"{len(values)} values, {len(images)} images, {len(captions)} captions"
            raise ValueError(f"frames needs as many values as images and captions, and at least 2; got {counts}")
        self.images = [_pixels(image) for image in images]
        natural = self.images[0].shape[1]
        self.width = width or max(natural, 240)
        facts = {"images": [png(each) for each in self.images], "captions": list(captions), "width": self.width}
        words = [value if isinstance(value, str) else f"{value:zg}" for value in values]
        super().__init__(says, [choice("index", label, words)], facts | {"smooth": natural >= 240})

    @traitlets.validate("index")
    def _within(self, proposal):
        if proposal.value >= len(self.images):
            raise traitlets.TraitError(f"index must be at most {len(self.images) - 1}; got {proposal.value}")
        return proposal.value

    def pictures(self) -> list[Picture]:
        return [Picture(self.images[self.index], self.width)]


def _pixels(image) -> np.ndarray:
    """Pixels (height, width, 1 or 3) of a matplotlib Figure, of uint8 pixels, or of floats in [0, 1]; channels last."""
    if hasattr(image, "savefig"):
        return Picture.of(image).pixels
    image = np.asarray(image)
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in (1, 3)):
        raise ValueError(f"images must be Figures or pixels (H, W), (H, W, 1) or (H, W, 3); got shape {image.shape}")
    if image.dtype != np.uint8:
        if image.dtype.kind not in "fb":
            raise TypeError(f"images must be uint8, or floats in [0, 1]; got {image.dtype}")
        finite("images", image)
        image = (image.clip(0, 1) * 255).round().astype(np.uint8)
    return image[..., None] if image.ndim == 2 else image


def frames(
    label: str, values: Sequence, images: Sequence, captions: Sequence[str], says: str, width: int | None = None
) -> Panel:
    """A slider over pictures made beforehand.

    Parameters
    ----------
    label : str
        What stands beside the slider.
    values : sequence of str or numbers
        What the slider reads at each picture; at least two.
    images : sequence of matplotlib Figures or of arrays (H, W), (H, W, 1) or (H, W, 3)
        One a value. Pixels are uint8, or floats, which are cut to [0, 1].
    captions : sequence of str
        Each picture in words.
    says : str
        For a reader without a kernel: what the slider would show.
    width : int, optional
        Of a picture as it is shown, in pixels of the screen; its own, but at least 240, unless given.

    Returns
    -------
    Panel
        Its position is `index`, from 0.

    Raises
    ------
    ValueError
        Unless there are as many values as images and captions, and for an image of another shape or that holds NaN.
    TypeError
        For pixels of another dtype.

    Examples
    --------
    >>> frames("β", [1, 4], [np.zeros((8, 8)), np.ones((8, 8))], ["black", "white"], says="A slider over β.")
    A slider over β.
    """
    return Frames(label, values, images, captions, says, width)


def slider_over(
    label: str, values: Sequence, draw: Callable, caption: Callable, says: str, width: int | None = None
) -> Panel:
    """`frames` with the pictures `draw(value)` and the words `caption(value)`, all made when the cell is run.

    Parameters
    ----------
    label : str
    values : sequence of str or numbers
    draw : callable
        Value -> image, a matplotlib Figure or pixels.
    caption : callable
        Value -> the picture in words.
    says : str
    width : int, optional

    Returns
    -------
    Panel
        As `frames`, which also says what is raised.

    Examples
    --------
    >>> panel = slider_over("grey", [0.2, 0.8], lambda v: np.full((8, 8), v), "{:.1f} of white".format, "A grey field.")
    >>> panel.facts["captions"]
    ['0.2 of white', '0.8 of white']
    """
    return frames(label, values, [draw(value) for value in values], [caption(value) for value in values], says, width)
