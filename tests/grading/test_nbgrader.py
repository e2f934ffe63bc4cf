"""nbgrader's own commands work on the course's folders as they are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import submissions

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_round_trip_with_nbgraders_own_commands(tmp_path):
    for part in ("solutions", ".jupyter", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "JUPYTER_CONFIG_PATH": str(tmp_path / ".jupyter"), "PATH": path}

    def nbgrader(*arguments):
        command = [sys.executable, "-P", "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("generate_assignment", "02_elbo")
    assert [p.name for p in (tmp_path / "exercises" / "02_elbo").iterdir()] == ["elbo.ipynb"], "no answer is copied"
    released = (tmp_path / "exercises" / "02_elbo" / "elbo.ipynb").read_text(encoding="utf-8")
    assert released == submissions.RELEASED.read_text(encoding="utf-8"), "nbgrader releases what we release"
    for student, kind in (("anna", "right"), ("ben", "patched checks")):
        submissions.write(kind, tmp_path / ".nbgrader" / "submitted" / student)
    nbgrader("autograde", "02_elbo")
    nbgrader("generate_feedback", "02_elbo")
    nbgrader("export", f"--to={tmp_path / 'grades.csv'}")
    rows = [line.split(",") for line in (tmp_path / "grades.csv").read_text().splitlines()]
    scores = {row[rows[0].index("student_id")]: float(row[rows[0].index("score")]) for row in rows[1:]}
    assert scores == {"anna": 10.0, "ben": 4.0}
    assert "Score" in (tmp_path / ".nbgrader" / "feedback" / "anna" / "02_elbo" / "elbo.html").read_text(
        encoding="utf-8"
    )
