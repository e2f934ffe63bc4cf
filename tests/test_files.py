"""A file is written whole or not at all; `import dvlab` is light, and every public module is there after it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dvlab
from dvlab.files import write_json, write_whole

PUBLIC = [line.split()[3] for line in (Path(dvlab.__file__).parent / "__init__.pyi").read_text().splitlines()[:-2]
          if line.startswith("from . import")]  # fmt: skip


def test_what_is_written_is_there(tmp_path):
    write_whole(tmp_path / "new" / "a", b"\x00\xff")
    write_json(tmp_path / "b.json", {"β": [1, 2.5]})
    write_json(tmp_path / "c.json", {"score": float("nan"), "all": [float("-inf"), 1e300, True, None]})
    assert json.loads((tmp_path / "c.json").read_text(), parse_constant=pytest.fail) == {
        "score": None,
        "all": [None, 1e300, True, None],
    }
    assert (tmp_path / "new" / "a").read_bytes() == b"\x00\xff"
    assert (tmp_path / "b.json").read_text(encoding="utf-8") == '{\n  "β": [\n    1,\n    2.5\n  ]\n}\n'


def test_the_old_file_stays_when_the_new_one_cannot_be_finished(tmp_path, monkeypatch):
    write_whole(tmp_path / "a", "old")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dvlab.files.os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*a'") as told:
        write_whole(tmp_path / "a", "new")
    assert told.value.errno == 28
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a", "old")]


def test_what_a_killed_process_left_is_removed_and_what_another_writes_is_not(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    parts = {number: tmp_path / f".a.{number}.part" for number in (ended.pid, os.getppid(), "x")}
    for part in (*parts.values(), other := tmp_path / f".b.{ended.pid}.part"):
        part.write_bytes(b"half")
    write_whole(tmp_path / "a", "new")
    assert not parts[ended.pid].exists() and parts[os.getppid()].exists() and parts["x"].exists() and other.exists()


@pytest.mark.whole
def test_importing_loads_nothing_heavy_and_every_public_module_follows():
    code = "import sys, dvlab; assert not {'torch', 'numpy', 'scipy', 'sklearn'} & set(sys.modules); "
    code += "; ".join(f"assert dvlab.{name}.__name__ == 'dvlab.{name}'" for name in PUBLIC)
    code += "; assert callable(dvlab.metrics.mig) and callable(dvlab.metrics.dci) and callable(dvlab.train)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(PUBLIC) > 20


def test_no_public_module_is_missing_from_the_stub():
    folder = Path(dvlab.__file__).parent
    rooms = {path.stem for path in folder.glob("[!_]*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    hidden = {"cli", "grading", "site"}  # the command line's, and the teacher's
    assert rooms - hidden == set(PUBLIC)


def test_who_reads_the_old_file_reads_it_to_its_end(tmp_path):
    """The new one takes its place; nothing is written into it."""
    path = tmp_path / "table.csv"
    write_whole(path, "old\n" * 10_000)
    with open(path, encoding="utf-8") as old:
        first = old.readline()
        write_whole(path, "new\n")
        assert first + old.read() == "old\n" * 10_000
    assert path.read_text(encoding="utf-8") == "new\n"
