"""Locked cells come from the source: whatever was handed in, they are there once, in the source's order."""

import nbformat
import pytest

from dvlab.grading.assemble import assemble, defines, longest_rising, needed_by_checks, uses

NAMES = ["setup", "f", "f-check", "given", "g", "g-check", "words"]
LOCKED, CHECKS, HAND = {"setup", "f-check", "given", "g-check"}, {"f-check", "g-check"}, {"words"}
RELEASED = {name: f"{name} as released" for name in NAMES}


def cell(name, source=None):
    about = {"grade_id": name, "locked": name in LOCKED, "grade": name in CHECKS | HAND, "solution": name not in LOCKED}
    about |= {"points": 1} if name in CHECKS | HAND else {}
    return nbformat.v4.new_code_cell(source or f"{name} source", metadata={"nbgrader": about})


def own(source):
    return nbformat.v4.new_code_cell(source)


def order(*cells):
    """The names, or the sources of cells without one, after assembly; and the notes."""
    made = nbformat.v4.new_notebook(
        cells=[cell(c) if c in NAMES else own(c) if isinstance(c, str) else c for c in cells]
    )
    source = nbformat.v4.new_notebook(cells=[cell(name) for name in NAMES])
    parts, notes = assemble(made, source, RELEASED)
    return parts, [part.name or part.cell.source for part in parts], notes


def test_an_untouched_notebook_stays_as_it_is():
    parts, names, notes = order(*NAMES)
    assert names == NAMES and not notes
    assert [part.name for part in parts if part.check] == ["f-check", "g-check"]
    assert [part.name for part in parts if part.by_hand] == ["words"]


def test_the_teachers_cells_say_what_the_source_says():
    parts, _, _ = order(cell("setup", "ex = cheat"), "f", cell("f-check", "pass"), "given", "g", "g-check", "words")
    said = {part.name: part for part in parts}
    assert said["setup"].cell.source == "setup as released" and said["setup"].teacher.source == "setup source"
    assert said["f-check"].cell.source == "f-check as released" and said["f-check"].teacher.source == "f-check source"
    assert said["f"].cell.source == "f source" and said["f"].teacher is None


@pytest.mark.parametrize(
    "handed_in, is_put_back",
    [
        (["f", "f-check", "given", "g", "g-check", "words"], "setup was missing"),
        (["f", "f-check", "given", "g", "g-check", "words", "setup"], "setup was moved"),
        (["setup", "f", "given", "g", "g-check", "words"], "f-check was missing"),
        (["setup", "f-check", "f", "given", "g", "g-check", "words"], "f-check was moved"),
        (["setup", "f", "f-check", "g", "g-check", "words"], "given was missing"),
        ([*NAMES, "setup"], None),
        (["setup", "f", "f-check", "f-check", "given", "g", "g-check", "words", "f-check"], None),
    ],
)
def test_a_locked_cell_that_is_missing_moved_or_copied_is_put_right(handed_in, is_put_back):
    _, names, notes = order(*handed_in)
    assert names == NAMES
    assert [note.split(" and ")[0] for note in notes] == ([f"cell {is_put_back}"] if is_put_back else [])


@pytest.mark.parametrize("name", ["setup", "f-check"])
def test_what_a_student_wrote_into_a_locked_cell_runs_before_it(name):
    parts, names, notes = order(
        *(cell(each, "mine") if each == name else cell(each, f"{each} as released ") for each in NAMES)
    )
    at = NAMES.index(name)
    assert names == [*NAMES[:at], "mine", *NAMES[at:]] and parts[at].teacher is None and not parts[at].check
    assert notes == [f"cell {name} was edited; the course's own was run, too"]


def test_a_setup_goes_first_and_a_check_as_late_as_it_may():
    _, names, _ = order("%matplotlib inline", "f", "helper", "g", "more")
    assert names == ["setup", "%matplotlib inline", "f", "given", "helper", "f-check", "g", "more", "g-check"]


def test_without_any_metadata_the_checks_come_last():
    _, names, notes = order("answer f", "answer g")
    assert names == ["setup", "given", "answer f", "answer g", "f-check", "g-check"]
    assert "there is no answer cell words" in notes


def test_a_copied_answer_runs_but_is_not_graded_twice():
    parts, names, _ = order(*NAMES, cell("words", "again"))
    assert names[-1] == "again" and parts[-1].points is None


def test_an_answer_that_is_as_it_was_released_earns_nothing():
    parts, _, _ = order("setup", "f", "f-check", "given", "g", "g-check", cell("words", " words as released\n"))
    assert parts[-1].untouched and not order(*NAMES)[0][-1].untouched


def test_longest_rising():
    assert longest_rising([2, None, 0, 1, 5, 3, None, 4]) == [2, 3, 5, 7]
    assert longest_rising([]) == [] and longest_rising([1, 1]) in ([0], [1])


def test_names_that_a_cell_binds_and_reads():
    source = "import a.b as c, d\nfrom e import f\ndef g(h):\n    i = j\n    return [k for k in l]\nm, *n = o\nsum(p)"
    assert defines(source) == {"c", "d", "f", "g", "m", "n"}
    assert uses(source) >= {"j", "l", "o", "p"} and not uses(source) & {"sum", "m"}


def test_only_locked_cells_that_checks_rest_on_are_run_here():
    def locked(name, source):
        made = cell(name)
        made.source = source
        return made

    cells = [locked("setup", "import a"), cell("f"), locked("f-check", "b(f)"), locked("given", "c = f"), cell("g")]
    parts, _ = assemble(nbformat.v4.new_notebook(cells=cells), nbformat.v4.new_notebook(cells=cells), RELEASED)
    assert needed_by_checks(parts) == {"f-check"}
    cells[0].source = "def b(x): return d\nd = 1"
    parts, _ = assemble(nbformat.v4.new_notebook(cells=cells), nbformat.v4.new_notebook(cells=cells), RELEASED)
    assert needed_by_checks(parts) == {"f-check", "setup"}
