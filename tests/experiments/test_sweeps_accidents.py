"""A sweep among accidents: a full disk, a file that is not whole, uneven tables; and where things are written."""

import json

import numpy as np
import pytest
from test_options import call
from test_sweeps import counted, do, done_once, finished, small  # noqa: F401  (fixtures)

from dvlab import files, results, zoo
from dvlab.experiments import sweeps

pytestmark = pytest.mark.whole


def test_a_disk_that_is_full_keeps_what_was_done_and_the_same_call_goes_on(small, tmp_path, monkeypatch):  # noqa: F811
    fsync, written = files.os.fsync, []

    def full(number):
        written.append(number)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        fsync(number)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", full)
        with pytest.raises(OSError, match=r"No space left on device: '.*runs/beta-"):
            do(tmp_path)
    assert len(list((tmp_path / "runs").iterdir())) == 3  # whole ones, and no part of a fourth
    done = counted(monkeypatch)
    do(tmp_path)
    assert len(done) == 5


@pytest.mark.parametrize("spoil", [lambda row: None, lambda row: {**row, "row": 3}, lambda row: {"made_from": 1}, list])
def test_a_run_s_file_that_is_not_whole_is_run_again(finished, tmp_path, monkeypatch, spoil):  # noqa: F811
    table = finished.read_text()
    file = sorted((tmp_path / "runs").iterdir())[0]
    file.write_text(json.dumps(spoil(json.loads(file.read_text()))))
    done = counted(monkeypatch)
    again = do(tmp_path).read_text()
    assert len(done) == 1

    def without_seconds(text):
        return [line.rsplit(",", 1)[0] for line in text.splitlines()]

    assert without_seconds(again) == without_seconds(table)


def test_uneven_seeds_are_refused_and_not_mixed():
    kinds = [("objective", "U9"), ("beta", float), ("seed", int), ("mig", float)]
    rows = [("a", 1, 0, 0.1), ("a", 1, 1, 0.1), ("a", 2, 0, 0.9), ("a", 2, 2, 0.9), ("a", 3, 0, 0.5)]
    for some in (rows[:4], rows[:1] + rows[:1] + rows[2:3], rows):  # other seeds, as many; one twice; fewer
        with pytest.raises(ValueError, match=r"rows must hold the same seeds for every β of 'a'; β = 1 has \[0"):
            results.by_beta(np.array(some, dtype=kinds), "a", "mig")


def test_tables_and_rebuilt_models_lie_beside_the_runs_and_not_in_the_package(small, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    rooms = results.RESULTS, zoo._SHELF

    def files():
        return {path: path.stat().st_mtime_ns for room in rooms for path in room.iterdir() if path.is_file()}

    before = files()
    assert sweeps.sweep("tiny", jobs=1, seeds=1, progress=False) == sweeps.RUNS / "tiny.csv"
    assert len(results.read("tiny", sweeps.RUNS)) == 4
    assert call("zoo", "sprites-vae", "--seed", 0, "--device", "cpu") == 0
    assert {path.name for path in (tmp_path / ".runs" / "zoo").iterdir()} == {
        "sprites-vae.json",
        "sprites-vae.safetensors",
    }
    assert before == files()


@pytest.mark.parametrize("text", ["", "{", "3", "[1]", '"card"'])
def test_a_card_that_is_none_is_named(tmp_path, monkeypatch, text):
    monkeypatch.setattr(zoo, "_SHELF", tmp_path)
    (tmp_path / "tiny.safetensors").write_bytes(b"")
    (tmp_path / "tiny.json").write_text(text)
    with pytest.raises(ValueError, match=r"tiny\.json is not the card of a model"):
        zoo.card("tiny")
    assert "tiny.json is not the card of a model" in call("zoo", "tiny")
