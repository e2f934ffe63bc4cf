"""Data in any form gives the same float images, in order."""

import pytest
import torch
from torch.utils.data import Dataset

from dvlab import images as images_module
from dvlab.images import Images, check_range

CPU = torch.device("cpu")


class Tiny(Dataset):
    """Nine images of 4x4, brightness and a corner: a world as far as reading goes."""

    image_shape = (1, 4, 4)

    def __len__(self):
        return 9

    def factors_of(self, index):
        return torch.stack([index // 3, index % 3], dim=1)

    def render(self, factors):
        pictures = (factors[:, :1] / 3).repeat(1, 16).view(-1, 1, 4, 4)
        pictures[:, 0, 0, 0] = factors[:, 1] / 2
        return pictures

    def images(self, device=None):
        return (255 * self.render(self.factors_of(torch.arange(9)))).round().to(torch.uint8)


@pytest.mark.parametrize("resident", [True, False])
def test_a_world_is_read_by_index_pre_rendered_or_not(resident):
    world, index = Tiny(), torch.tensor([8, 0, 4, 4])
    images = Images(world, CPU, resident=resident)
    assert len(images) == 9 and images.shape == (1, 4, 4) and (images.pixels is not None) == resident
    torch.testing.assert_close(images[index], world.render(world.factors_of(index)), atol=1 / 500, rtol=0)


def test_a_world_too_large_to_keep_is_rendered_as_it_is_read(monkeypatch):
    monkeypatch.setattr(images_module, "RESIDENT_BYTES", 100)
    assert Images(Tiny(), CPU).pixels is None


def test_uint8_and_float_tensors_are_the_same_images():
    pixels = torch.randint(256, (5, 3, 4, 4), dtype=torch.uint8)
    index = torch.tensor([3, 1])
    assert torch.equal(Images(pixels, CPU)[index], pixels[index] / 255)
    assert torch.equal(Images(pixels / 255, CPU)[index], pixels[index] / 255)
    assert torch.equal(Images(pixels.double() / 255, CPU)[index], (pixels[index] / 255))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (torch.zeros(0, 1, 4, 4), ValueError, "no images"),
        (torch.zeros(5, 4, 4), ValueError, r"shape \(N, C, H, W\); got \(5, 4, 4\)"),
        (torch.full((5, 1, 4, 4), 1.5), ValueError, r"\[0, 1\].*1.5"),
        (torch.full((5, 1, 4, 4), -0.1), ValueError, r"\[0, 1\].*-0.1"),
        (torch.full((5, 1, 4, 4), float("nan")), ValueError, r"\[0, 1\].*nan"),
        (torch.zeros(5, 1, 4, 4, dtype=torch.int64), TypeError, "uint8"),
        ([1, 2, 3], TypeError, "a world, a tensor.*list, which has no image_shape, factors_of"),
    ],
)
def test_what_is_not_images_is_refused(data, error, words):
    with pytest.raises(error, match=words):
        Images(data, CPU)


def test_the_range_of_no_pixels_is_refused():
    with pytest.raises(ValueError, match=r"x must not be empty; got shape \(0, 1, 8, 8\)"):
        check_range("x", torch.zeros(0, 1, 8, 8))
