"""No cell of the table is a formula, and each format has the columns that its system reads."""

import csv

import pytest

from dvlab.grading.table import FORMATS, Grade, harmless, rows, summary, write

GRADES = [
    Grade("anna", "02_elbo", 10.0, 12.0, 2.0, "graded", 'a, "b"', {}, "", "anna-1"),
    Grade("anna", "03_find_beta", 3.0, 14.0, 0.0, "graded", "", {}, "", "anna-1"),
    Grade("=HYPERLINK(1)", "02_elbo", 0.0, 12.0, 0.0, "unreadable", "-1 is what it says", {}, "", "hyper-2"),
]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", " =1", "\t=1", "\r=1", "\n@a"])
def test_text_that_would_be_a_formula_is_not_one(text):
    assert harmless(text)[0] in "'\\"
    assert harmless("a=1") == "a=1" and harmless(-1.5) == -1.5 and harmless("") == ""


@pytest.mark.parametrize("format", FORMATS)
def test_every_file_is_read_back_whole_and_holds_no_formula(tmp_path, format):
    write(GRADES, tmp_path / "grades.csv", format)
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as stream:
        read = list(csv.reader(stream))
    assert len(read) == len(rows(GRADES, format)) and len({len(row) for row in read}) == 1
    assert not [cell for row in read for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell]


def test_plain_has_a_row_a_grade():
    head, first, *_ = rows(GRADES, "plain")
    assert dict(zip(head, first, strict=True)) == {
        "id": "anna-1",
        "student": "anna",
        "exercise": "02_elbo",
        "score": 10.0,
        "max_score": 12.0,
        "by_hand": 2.0,
        "status": "graded",
        "note": 'a, "b"',
    }


def test_moodle_and_canvas_have_a_row_a_student():
    head, anna, other = sorted(rows(GRADES, "moodle"), key=lambda row: {"username": 0, "anna": 1}.get(row[0], 2))
    anna, other = dict(zip(head, anna, strict=True)), dict(zip(head, other, strict=True))
    assert anna["02_elbo"] == 10.0 and anna["02_elbo maximum"] == 12.0 and anna["id"] == "anna-1"
    assert anna["02_elbo feedback"] == 'a, "b"; 2 points are still to be read' and anna["03_find_beta"] == 3.0
    assert other["02_elbo feedback"] == "unreadable; -1 is what it says" and other["03_find_beta"] == ""
    head, points, *students = rows(GRADES, "canvas")
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert points[0].strip() == "Points Possible" and points[5:] == [12.0, 14.0]
    assert {row[3]: row[5:] for row in students} == {"anna": [10.0, 3.0], "=HYPERLINK(1)": [0.0, ""]}


def test_a_summary_counts_and_names_what_needs_a_look():
    text = summary(GRADES)
    assert "2 graded, 1 unreadable" in text and "02_elbo: 2 submissions, mean 5.0 of 12, 1 to read" in text
    assert "=HYPERLINK(1)/02_elbo: unreadable -1" in text


def test_an_exercise_is_worth_the_most_that_any_grade_says():
    grades = [*GRADES, Grade("zoe", "02_elbo", 0.0, 0.0, 0.0, "failed")]
    assert rows(grades, "canvas")[1][5:] == [12.0, 14.0]
