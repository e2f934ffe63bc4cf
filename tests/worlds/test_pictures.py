"""A folder of pictures: upright, resized, cut in the middle, grey where all are."""

import numpy as np
import pytest
import torch
from PIL import Image

from dvlab.worlds.pictures import read_images


def test_pictures_are_resized_cut_in_the_middle_and_stay_grey(tmp_path):
    bar = np.zeros((64, 128), dtype=np.uint8)
    bar[:, 24:104] = 200  # the middle square is 32:96; a resized pixel sees a little beyond it
    bar[:, :8] = 255  # cut away
    (tmp_path / "b").mkdir()
    Image.fromarray(bar).save(tmp_path / "b" / "bar.png")
    grey = read_images(tmp_path, size=32)
    assert grey.shape == (1, 1, 32, 32) and grey.dtype == torch.uint8 and set(grey.unique().tolist()) == {200}
    Image.fromarray(np.full((50, 50, 3), (10, 20, 30), dtype=np.uint8)).save(tmp_path / "colour.png")
    both = read_images(tmp_path, size=32)
    assert both.shape == (2, 3, 32, 32)
    assert both[:, :, 5, 5].tolist() == [[200, 200, 200], [10, 20, 30]]  # by name: b/bar.png first


def test_a_photograph_stored_turned_is_turned_back(tmp_path):
    top_white = np.zeros((32, 32), dtype=np.uint8)
    top_white[:16] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(top_white).save(tmp_path / "a.png", exif=exif)
    image = read_images(tmp_path, size=32)[0, 0]
    assert image[:16].max() == 0 and image[16:].min() == 255


@pytest.mark.bad_input
def test_what_can_not_be_read_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no pictures"):
        read_images(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        read_images(tmp_path / "nowhere")
    (tmp_path / "b.jpg").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"b\.jpg can't be read as a picture"):
        read_images(tmp_path)
    with pytest.raises(ValueError, match="size must be at least 8; got 4"):
        read_images(tmp_path, size=4)
