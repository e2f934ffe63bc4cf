"""exercises/ is what the solutions generate, byte for byte, and fails at its stubs and only there."""

import ast
import builtins
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest

from dvlab.checks.comparison import CheckFailed
from dvlab.grading.release import sources, stale, student_version, write_exercises

ROOT = Path(__file__).parents[2]
SOLUTIONS = sources(ROOT)


def test_exercises_are_what_the_solutions_generate(tmp_path):
    write_exercises(ROOT, tmp_path)
    assert stale(ROOT, tmp_path) == []


def names(source, kind):
    return {
        node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)
    }


def defined(source):
    """Names that a cell gives a value at its top level."""
    tree = ast.parse(source)
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return functions | names(source, ast.Store)


def own(source):
    """Names that a cell binds itself: in loops, comprehensions, assignments, and as parameters."""
    return names(source, ast.Store) | {node.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg)}


def given_before_the_stub(source):
    """Names that a cell gives a value before it stops at its stub: `guess = None`."""
    found = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Raise):
            return found
        found |= names(ast.unparse(node), ast.Store)
    return set()


def needs_a_stub(cells):
    """Which code cells cannot run before the answers are written: stubs by themselves, or what they use in turn.

    None where that depends: what a stub's cell has given a value already, `guess = None`, may be enough to run on.
    """
    unwritten, given, result = set(), set(), []
    for cell in cells:
        stub = "raise NotImplementedError()" in cell
        uses = (names(cell, ast.Load) - own(cell)) & (unwritten | given)
        only_defines = all(isinstance(node, ast.FunctionDef) for node in ast.parse(cell).body)
        depends = bool(uses) and uses <= given and not stub
        result.append(None if depends else (stub or bool(uses)) and not only_defines)
        made = defined(cell) - set(dir(builtins))
        unwritten, given = unwritten - made, given - made
        if depends:
            given |= made
        elif stub or uses:
            given |= given_before_the_stub(cell)
            unwritten |= made - given
    return result


def run(cells):
    """Which cells fail, each of which may use what those before it defined: no kernel has to start."""
    namespace, failed = {"__name__": "__main__"}, []
    for number, cell in enumerate(cells):
        try:
            exec(compile(cell, f"<cell {number}>", "exec"), namespace)
            failed.append(False)
        except Exception:
            failed.append(True)
    plt.close("all")
    return failed


@pytest.mark.whole
@pytest.mark.bad_input  # students run without the hook, and ten times as fast
@pytest.mark.parametrize("script", SOLUTIONS, ids=lambda path: path.parent.name)
def test_an_exercise_fails_at_its_stubs_and_only_there(script, monkeypatch):
    monkeypatch.chdir(script.parent)
    monkeypatch.setattr(CheckFailed, "shown", set())
    code = [cell.source for cell in student_version(script).cells if cell.cell_type == "code"]
    failed = run(code)
    expected = needs_a_stub(code)
    wrong = [cell for cell, f, e in zip(code, failed, expected, strict=True) if e is not None and f != e]
    assert any(failed) and not wrong, "these cells fail where they should not, or the other way round"


@pytest.mark.parametrize("script", SOLUTIONS, ids=lambda path: path.parent.name)
def test_an_exercise_says_what_it_is_worth_how_long_it_takes_and_what_it_follows(script):
    cells = student_version(script).cells
    opening = cells[0].source
    assert "**Points:**" in opening and "**Time:**" in opening and "lecture" in opening.lower()
    graded = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    points = sum(cell.metadata["nbgrader"]["points"] for cell in graded)
    assert f"**Points:** {points:g}" in opening
    assert any(cell.cell_type == "markdown" for cell in graded), "a question to answer in words"
    answer = [c for c in nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells if "**Rubric" in c.source]
    assert answer, "the answer in words comes with a rubric"
