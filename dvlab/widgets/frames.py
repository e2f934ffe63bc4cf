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
    """A slider over pictures made beforehand: matplotlib Figures, or pixels (H, W), (H, W, 1) or (H, W, 3).

    `captions` describe each picture in words; `says` tells a reader without a kernel what the slider would show.
    """
    return Frames(label, values, images, captions, says, width)


def slider_over(
    label: str, values: Sequence, draw: Callable, caption: Callable, says: str, width: int | None = None
) -> Panel:
    """`frames` with the pictures `draw(value)` and the words `caption(value)`, all made when the cell is run."""
    return frames(label, values, [draw(value) for value in values], [caption(value) for value in values], says, width)
