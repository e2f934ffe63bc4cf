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


def test_other_files_hidden_ones_and_what_a_run_has_drawn_are_passed_over(tmp_path):
    Image.new("L", (20, 20), 7).save(tmp_path / "A.PNG")
    for name in ("notes.pdf", "clip.mpg", "data.h5", "._b.jpg", "a.eps", "stars.fits", "x.grib", "y.bufr", "z.wmf"):
        (tmp_path / name).write_bytes(b"something else")
    for run, mark in (("run", "config.json"), ("found", "evaluation.json")):
        (tmp_path / run / "deeper").mkdir(parents=True)
        (tmp_path / run / mark).write_text("{}")
        Image.new("L", (20, 20), 99).save(tmp_path / run / "deeper" / "kl.png")
    assert read_images(tmp_path).unique().tolist() == [7]


def test_sixteen_bits_keep_their_range(tmp_path):
    ramp = np.repeat(np.linspace(0, 65535, 32).round().astype(np.uint16)[:, None], 32, axis=1)
    for name in ("a.png", "b.tif"):
        Image.fromarray(ramp).save(tmp_path / name)
    images = read_images(tmp_path, size=32)
    assert images.shape == (2, 1, 32, 32) and images.max() == 255 and images.min() == 0
    np.testing.assert_allclose(images[0, 0].double() / 255, ramp / 65535, atol=0.5 / 255 + 1e-9)
    assert torch.equal(images[0], images[1])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path, mode):
    image = Image.new("RGBA", (16, 16), (10, 10, 10, 255))
    image.paste((200, 0, 0, 0), (0, 0, 16, 8))
    image.convert(mode).save(tmp_path / "a.png")
    pixels = read_images(tmp_path, size=16)
    assert (pixels[:, :, :7] == 255).all() and (pixels[:, :, 9:] == 10).all()


def test_grey_and_transparent_is_grey(tmp_path):
    Image.new("LA", (16, 16), (40, 255)).save(tmp_path / "a.png")
    Image.new("L", (16, 16), 40).save(tmp_path / "b.png", transparency=7)
    assert read_images(tmp_path, size=16).shape == (2, 1, 16, 16)


def test_of_a_moving_picture_the_first_frame_is_taken(tmp_path):
    frames = [Image.new("L", (16, 16), grey) for grey in (40, 80, 120)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read_images(tmp_path, size=16).unique().tolist() == [40]


@pytest.mark.bad_input
def test_pixels_without_a_known_white_and_bombs_are_refused_by_name(tmp_path, monkeypatch):
    for name, dtype, told in (("i.tif", np.int32, "whole numbers of 32 bits"), ("f.tif", np.float32, "floats")):
        Image.fromarray(np.ones((16, 16), dtype=dtype)).save(tmp_path / name)
        with pytest.raises(ValueError, match=rf"{name} can't be read as a picture: its pixels are {told}"):
            read_images(tmp_path)
        (tmp_path / name).unlink()
    Image.new("L", (400, 400)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ValueError, match=r"large\.png can't be read as a picture.*decompression bomb"):
        read_images(tmp_path)
