"""The teacher's commands hand on what they are asked, and their exit status says how it went."""

from pathlib import Path

import pytest

from dvlab.cli import teaching
from dvlab.grading.grade import Limits


def test_grade_hands_on_every_option(monkeypatch, tmp_path, capsys):
    given = []
    monkeypatch.setattr(teaching.grading, "grade", lambda *args, **options: given.append((args, options)) or [])
    limits = {"cell_seconds": 3.0, "submission_seconds": 40.0, "memory_gb": 1.5}
    teaching.grade(tmp_path, tmp_path / "out", 5, True, "moodle", **limits)
    assert given == [((tmp_path, tmp_path / "out", 5, Limits(**limits)), {"again": True, "format": "moodle"})]


@pytest.mark.parametrize("found, code", [("", 0), ("a.ipynb is not what a.py says", 1)])
def test_notebooks_check_says_in_its_status_whether_they_agree(found, code, monkeypatch, capsys):
    monkeypatch.setattr(teaching, "differences", lambda script: found)
    with pytest.raises(SystemExit) as stopped:
        teaching.notebooks([Path(__file__)], check=True)
    assert stopped.value.code == code and (found or "1 notebooks say") in capsys.readouterr().out
