"""A misspelt delimiter stops the release, and no answer and no hidden check leaves the teacher's copy."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from dvlab.cli import teaching
from dvlab.grading.release import ReleaseError, pack, sources, student_version, write_exercises

ROOT = Path(__file__).parents[2]
META = '"schema_version": 3, "task": false'
SOLUTION = f"""# %% nbgrader={{"grade": false, "grade_id": "f", "locked": false, "solution": true, {META}}}
def f():
    ### BEGIN SOLUTION
    return 42
    ### END SOLUTION

# %% nbgrader={{"grade": true, "grade_id": "f-check", "locked": true, "points": 1, "solution": false, {META}}}
assert f() > 0
### BEGIN HIDDEN TESTS
assert f() == 42
### END HIDDEN TESTS
"""


def write(root, text):
    script = root / "solutions" / "01_f" / "f.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text)
    return script


def test_answers_and_hidden_checks_are_left_out(tmp_path):
    cells = student_version(write(tmp_path, SOLUTION)).cells
    assert "42" not in "".join(cell.source for cell in cells)
    assert "raise NotImplementedError()" in cells[0].source and cells[1].source.strip() == "assert f() > 0"
    assert [cell["id"] for cell in cells] == ["f", "f-check"]
    assert cells[1].metadata["editable"] is False and not cells[0].get("outputs")


@pytest.mark.parametrize(
    "old, new",
    [
        ("### BEGIN HIDDEN TESTS", "### BEGIN HIDDEN TEST"),
        ("### BEGIN HIDDEN TESTS", "### BEGN HIDDEN TESTS"),
        ("### BEGIN HIDDEN TESTS", "### begin hidden tests"),
        ("### BEGIN HIDDEN TESTS", "# BEGIN HIDDEN TESTS:"),
        ("### END HIDDEN TESTS", ""),
        ("### BEGIN SOLUTION", "### BEGIN SOLUTIONS"),
        ("### BEGIN SOLUTION", "###BEGIN SOLUTION"),
        ("    ### BEGIN SOLUTION\n", ""),
        ("### END SOLUTION", "### END HIDDEN TESTS"),
        ("### END SOLUTION", "### BEGIN SOLUTION"),
        ("### END SOLUTION", "### END SOLUTION\n### HIDDEN"),
    ],
)
def test_a_misspelt_delimiter_stops_the_release_and_is_found(tmp_path, old, new):
    assert old in SOLUTION
    with pytest.raises(ReleaseError, match=r"f\.py, cell f"):
        student_version(write(tmp_path, SOLUTION.replace(old, new, 1)))


def test_the_same_bytes_on_every_run(tmp_path):
    for run in ("a", "b"):
        write_exercises(ROOT, tmp_path / run)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) >= 2
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in files)


def test_a_folder_without_solutions_is_a_clear_error(tmp_path):
    with pytest.raises(ReleaseError, match="top folder"):
        sources(tmp_path)


def secrets():
    """The text of every solution and hidden block, and of every answer in words, without indentation."""
    for script in sources(ROOT):
        for cell in nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells:
            blocks = re.findall(r"### BEGIN [A-Z ]+\n(.*?)\n\s*### END", cell.source, flags=re.DOTALL)
            about = cell.metadata.get("nbgrader", {})
            whole = [cell.source] if about.get("solution") and not blocks else []
            for block in blocks + whole:
                yield script.parent.name, "\n".join(line.strip() for line in block.splitlines())


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return pack(ROOT, tmp_path_factory.mktemp("students") / "course")


def test_what_students_get_holds_no_answer_and_no_hidden_check(packed):
    texts = {}
    for path in packed.rglob("*"):
        if path.suffix == ".ipynb":
            texts[path] = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
        elif path.suffix in (".py", ".md", ".toml", ".yml"):
            texts[path] = path.read_text(encoding="utf-8")
    texts = {path: "\n".join(line.strip() for line in text.splitlines()) for path, text in texts.items()}
    leaks = [(name, str(path), s) for name, s in secrets() for path, t in texts.items() if s in t and s.count("\n")]
    leaks += [(n, str(p), s) for n, s in secrets() for p, t in texts.items() if s in t and "exercises" in p.parts]
    assert not leaks
    for part in ("solutions", "dvlab/grading", "tests/checks", "tests/grading", ".jupyter"):
        assert not (packed / part).exists()
    for part in (
        "README.md",
        "pyproject.toml",
        "lectures",
        "dvlab/checks/comparison.py",
        "exercises/02_elbo/elbo.ipynb",
    ):
        assert (packed / part).exists()


def test_what_students_get_speaks_of_no_folder_that_it_lacks(packed):
    ini = tomllib.loads((packed / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert ini["testpaths"] == ["tests", "lectures"] and all((packed / path).is_dir() for path in ini["testpaths"])
    readme = (packed / "README.md").read_text(encoding="utf-8")
    assert "Your teacher has the answers." in readme and "holds the answers" not in readme


@pytest.mark.whole
def test_the_teachers_commands_say_that_they_are_not_there(packed):
    env = {**os.environ, "PYTHONPATH": str(packed)}
    done = subprocess.run(
        [sys.executable, "-m", "dvlab", "release"], cwd=packed, env=env, capture_output=True, text=True
    )
    assert done.returncode == 1 and "teacher" in done.stderr and done.stderr.count("\n") == 1


def test_an_existing_folder_is_not_written_over(packed):
    with pytest.raises(ReleaseError, match="not empty"):
        pack(ROOT, packed)


def test_a_stale_exercise_is_found(tmp_path, monkeypatch, capsys):
    """`release --check` names what differs, is missing, or is there without a solution, and exits with 1."""
    write(tmp_path, SOLUTION)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    teaching.release(None, check=False)
    teaching.release(None, check=True)
    assert "is what the solutions generate" in capsys.readouterr().out
    script = tmp_path / "exercises" / "01_f" / "f.py"
    for spoil, name in (
        (lambda: script.write_text(script.read_text(encoding="utf-8") + "# edited\n"), "exercises/01_f/f.py"),
        (lambda: script.unlink(), "exercises/01_f/f.py"),
        (lambda: (script.parent / "old.ipynb").write_text("{}"), "exercises/01_f/old.ipynb"),
        (lambda: write(tmp_path, SOLUTION.replace("f() > 0", "f() > 1")), "exercises/01_f/f.ipynb"),
    ):
        teaching.release(None, check=False)
        spoil()
        with pytest.raises(ReleaseError, match=re.escape(name)):
            teaching.release(None, check=True)
        (script.parent / "old.ipynb").unlink(missing_ok=True)


@pytest.mark.slow
def test_lecture_0_runs_in_what_students_get(packed):
    env = {**os.environ, "PYTHONPATH": str(packed)}
    script = """
import nbformat, dvlab, pathlib
from nbclient import NotebookClient
assert pathlib.Path(dvlab.__file__).is_relative_to(pathlib.Path.cwd())
path = next(pathlib.Path("lectures").glob("00_*.ipynb"))
NotebookClient(nbformat.read(path, as_version=4), timeout=120, resources={"metadata": {"path": "lectures"}}).execute()
"""
    subprocess.run([sys.executable, "-c", script], cwd=packed, env=env, check=True)
