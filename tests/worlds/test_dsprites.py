"""The archive's reader, on a small archive with the same fields: right on a good one, clear on every bad one."""

import zipfile

import numpy as np
import pytest
import torch

from dvlab.worlds import DSprites, Sprites

WORLD = Sprites(scales=2, orientations=3, x=4, y=3, size=18)  # 18² pixels are no multiple of 8


@pytest.fixture(scope="module")
def fields():
    factors = WORLD.all_factors().numpy()
    physical = ((1.0, 2.0, 3.0), *(factor.values for factor in WORLD.factors[1:]))
    values = [np.array(value)[column] for value, column in zip(physical, factors.T, strict=True)]
    return {
        "metadata": np.array({"title": "sprites"}, dtype=object),
        "imgs": WORLD.images(device="cpu")[:, 0].bool().numpy().astype(np.uint8),
        "latents_classes": np.column_stack([np.zeros(len(WORLD), int), factors]),
        "latents_values": np.column_stack([np.ones(len(WORLD)), *values]),
    }


@pytest.fixture
def save(tmp_path, fields):
    def save(name="sprites.npz", **changed):
        content = {key: value for key, value in (fields | changed).items() if value is not None}
        np.savez_compressed(tmp_path / name, **content)
        return tmp_path / name

    return save


def same(world):
    return torch.equal(world.images(device="cpu"), WORLD.images(device="cpu")) and world.factors == WORLD.factors


def test_the_archive_gives_back_the_world_it_was_written_from(save):
    world = DSprites(save())
    assert same(world)
    assert world.image_shape == WORLD.image_shape and len(world) == len(WORLD)
    assert repr(world) == repr(WORLD).replace("Sprites", "DSprites")
    images, factors = world.sample(100, generator=torch.Generator().manual_seed(0))
    assert torch.equal(images, WORLD.render(factors))
    part = world.hold_out(lambda f: f[:, 0] != 2)
    assert torch.equal(part[-1][0], WORLD[-1][0]) and torch.equal(part[0][0], WORLD[2 * len(WORLD) // 3][0])


def test_metadata_is_neither_needed_nor_unpickled(save):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("metadata was unpickled",))

    assert same(DSprites(save(metadata=None)))
    assert same(DSprites(save(metadata=np.array(Bomb(), dtype=object))))


def test_constant_factors_are_left_out(save, fields):
    few = WORLD.all_factors()[:, 0] == 1
    keep = few.numpy()
    classes = fields["latents_classes"][keep] - [0, 1, 0, 0, 0, 0]
    world = DSprites(
        save(imgs=fields["imgs"][keep], latents_classes=classes, latents_values=fields["latents_values"][keep])
    )
    assert [f.name for f in world.factors] == ["scale", "orientation", "x", "y"]
    assert torch.equal(world.images(device="cpu"), WORLD.images(device="cpu")[few])


def rejected(path, message=None):
    with pytest.raises(ValueError, match=message) as error:
        DSprites(path)
    assert str(path) in str(error.value)


def test_a_truncated_file_is_rejected_wherever_it_ends(save, tmp_path):
    whole = save().read_bytes()
    short = tmp_path / "short.npz"
    for length in [0, 1, 30, 100, len(whole) // 4, len(whole) // 2, len(whole) - 300, len(whole) - 22, len(whole) - 1]:
        short.write_bytes(whole[:length])
        rejected(short)


def test_a_flipped_byte_is_noticed_or_harmless(save, tmp_path):
    whole = save().read_bytes()
    corrupt = tmp_path / "corrupt.npz"
    noticed = 0
    for at in np.random.default_rng(0).integers(len(whole), size=150):
        corrupt.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            assert same(DSprites(corrupt))
        except ValueError as error:
            assert str(corrupt) in str(error)
            noticed += 1
    assert noticed > 100


def test_files_of_another_kind_are_rejected(save, tmp_path):
    (tmp_path / "page.npz").write_text("<html>404</html>")
    rejected(tmp_path / "page.npz", "zip")
    np.save(tmp_path / "array.npy", np.zeros(3))
    rejected(tmp_path / "array.npy", "zip")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        for field in ("imgs", "latents_classes", "latents_values"):
            archive.writestr(f"{field}.npy", b"not an array")
    rejected(tmp_path / "other.npz")
    for missing in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(FileNotFoundError, match="published at"):
            DSprites(missing)


@pytest.mark.parametrize("field", ["imgs", "latents_classes", "latents_values"])
def test_a_missing_pickled_or_misshapen_field_is_rejected(save, fields, field):
    rejected(save(**{field: None}), f"no field {field}")
    rejected(save(**{field: fields[field][:-1]}))
    rejected(save(**{field: fields[field][..., :-1, None]}), f"{field} must be")
    rejected(save(**{field: fields[field].astype("U4")}), f"{field} must be")
    rejected(save(**{field: fields[field].astype(object)}))


def test_wrong_content_is_rejected(save, fields):
    images, classes, values = (fields[key] for key in ("imgs", "latents_classes", "latents_values"))
    rejected(save(imgs=images * 255), "only 0 and 1; it holds 255")
    rejected(save(imgs=images.astype(float)), "of float64")
    rejected(save(imgs=np.asfortranarray(images)), "row by row")
    rejected(save(**{key: fields[key][::-1] for key in ("imgs", "latents_classes", "latents_values")}), "not in order")
    rejected(save(**{key: fields[key][:-1] for key in ("imgs", "latents_classes", "latents_values")}), "make 216")
    rejected(save(latents_classes=classes - 1))
    rejected(save(latents_values=np.roll(values, 1, axis=0)), "disagree about")
    rejected(save(latents_values=np.where(values == values[0, 2], np.nan, values)), "disagree about scale")
    rejected(save(latents_values=values + np.eye(6)[1]), "shape 1, 2 or 3")
    rejected(save(latents_values=values.astype(int)), "of floating numbers")
