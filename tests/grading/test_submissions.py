"""What can be read is read, in whatever encoding; of the rest it is said what is wrong and where."""

import json
import os
import unicodedata

import nbformat
import pytest

from dvlab.grading.submissions import Submission, Unreadable, beside, find, inside, notebook_of, printable, read

TEXT = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 'é σ'")]))


def about(value):
    notebook = json.loads(TEXT)
    notebook["cells"][0]["metadata"] = {"nbgrader": value, "collapsed": True}
    return read(json.dumps(notebook).encode()).cells[0].metadata


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_is_read(encoding):
    assert read(TEXT.encode(encoding)).cells[0].source == "x = 'é σ'"


def test_latin_1_is_read():
    assert read(TEXT.replace("σ", "ü").encode("latin-1")).cells[0].source == "x = 'é ü'"


@pytest.mark.parametrize(
    "data, says",
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (TEXT.encode()[:60], "line"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "not a notebook"),
        (b"[1]", "not a notebook"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a notebook"),
        (b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "without cells"),
        (b"PK\x03\x04" + bytes(100), "not a notebook"),
        (b'{"cells": [], "n": ' + b"1" * 5000 + b"}", "not a notebook"),
    ],
)
def test_what_cannot_be_read_is_named(data, says):
    with pytest.raises(Unreadable, match=says):
        read(data)


def test_a_merge_conflict_is_named_with_its_line():
    lines = TEXT.splitlines()
    text = "\n".join([*lines[:3], "<<<<<<< HEAD", *lines[3:], "=======", ">>>>>>> theirs"])
    with pytest.raises(Unreadable, match=r"merge conflict .* line 4"):
        read(text.encode())


@pytest.mark.parametrize("value", [None, [], ["a"], "text", 3])
def test_odd_nbgrader_metadata_counts_as_absent(value):
    assert about(value) == {}
    assert about({"grade_id": "f"}) == {"nbgrader": {"grade_id": "f"}}


def test_what_editors_write_into_a_cell_is_dropped():
    notebook = json.loads(TEXT)
    extras = {"colab": {"base_uri": "x"}, "vscode": {"languageId": "python"}, "tags": ["skip-execution", 3]}
    notebook["cells"][0]["metadata"] = extras
    notebook["cells"] += [{"cell_type": "heading", "source": ["a", "b"]}, {"cell_type": "code", "source": None}]
    notebook["cells"] += [{"cell_type": "raw", "source": "r", "metadata": None}]
    cells = read(json.dumps(notebook).encode()).cells
    assert [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in cells[1:]] == [
        ("markdown", "ab", {}),
        ("code", "", {}),
        ("raw", "r", {}),
    ]


def test_odd_sources_and_pasted_pictures_are_made_plain():
    notebook = json.loads(TEXT)
    notebook["cells"][0]["source"] = "x = 'é \ud83d'\r\ny = 1"
    kept = {"a.png": {"image/png": "AAAA"}}
    odd = kept | {"b": 3, "c": {"image/png": 5}, "d": None}
    notebook["cells"].append({"cell_type": "markdown", "source": "![](attachment:a.png)", "attachments": odd})
    code, text = read(json.dumps(notebook).encode()).cells
    assert code.source == "x = 'é \ufffd'\ny = 1"
    assert text.attachments == kept | {"b": {}, "c": {}, "d": {}}


def put(folder, name="elbo.ipynb", text=TEXT):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_suffix_in_capitals_and_another_name_are_taken(tmp_path):
    assert notebook_of(put(tmp_path / "a"), "elbo.ipynb")[1] == ""
    path, note = notebook_of(put(tmp_path / "b", "ELBO.IPYNB"), "elbo.ipynb")
    assert path.name == "ELBO.IPYNB" and "was taken for elbo.ipynb" in note
    assert notebook_of(put(tmp_path / "c", "copy (1).ipynb"), "elbo.ipynb")[0].name == "copy (1).ipynb"
    put(tmp_path / "a", "._elbo.ipynb")
    put(tmp_path / "a", "old.ipynb")
    assert notebook_of(tmp_path / "a", "elbo.ipynb")[0].name == "elbo.ipynb"


def test_of_names_that_differ_in_capitals_the_right_one_is_taken(tmp_path):
    put(tmp_path, "ELBO.ipynb")
    put(tmp_path, "elbo.ipynb")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system tells no capitals")
    path, note = notebook_of(tmp_path, "elbo.ipynb")
    assert (path.name, note) == ("elbo.ipynb", "")


def test_what_is_no_notebook_is_named(tmp_path):
    (tmp_path / "folder" / "elbo.ipynb").mkdir(parents=True)
    (tmp_path / "none").mkdir()
    put(tmp_path / "two", "a.ipynb")
    put(tmp_path / "two", "b.ipynb")
    put(tmp_path / "deeper" / "02_elbo")
    put(tmp_path / "large")
    os.truncate(tmp_path / "large" / "elbo.ipynb", 2**27)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "elbo.ipynb").symlink_to("nowhere.ipynb")
    put(tmp_path / "secret")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "elbo.ipynb").symlink_to(tmp_path / "secret" / "elbo.ipynb")
    (tmp_path / "linked").symlink_to(tmp_path / "secret")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "elbo.ipynb")
    says = {"folder": "is a folder", "none": "no elbo.ipynb", "two": "several others: a.ipynb, b.ipynb"}
    says |= {"broken": "out of the submission", "out": "out of the submission", "linked": "links are not followed"}
    says |= {"pipe": "is no file", "deeper": r"but 02_elbo.elbo\.ipynb further down", "large": "more than 100 MB"}
    for name, words in says.items():
        with pytest.raises(Unreadable, match=words):
            notebook_of(tmp_path / name, "elbo.ipynb")


def test_files_beside_come_along_unless_they_lead_out(tmp_path):
    folder = put(tmp_path / "02_elbo")
    put(folder, "helper.py", "x = 1")
    put(folder / "data", "numbers.csv", "1,2")
    put(folder, ".hidden", "")
    put(folder / "__pycache__", "helper.pyc", "")
    (folder / "in.py").symlink_to("helper.py")
    (folder / "out.py").symlink_to("/etc/passwd")
    (folder / "circle").symlink_to("circle")
    assert inside(folder / "in.py", folder) and not inside(folder / "out.py", folder)
    files, notes = beside(folder)
    assert [path.relative_to(folder).as_posix() for path in files] == [
        "data/numbers.csv",
        "elbo.ipynb",
        "helper.py",
        "in.py",
    ]
    assert sorted(notes) == [
        f"{name} is a link out of the submission and was left out" for name in ("circle", "out.py")
    ]


def test_every_student_is_a_row(tmp_path):
    put(tmp_path / "anna" / "02_elbo")
    put(tmp_path / "anna" / "99_none")
    (tmp_path / "ben").mkdir()
    put(tmp_path / "cleo", "elbo.ipynb")
    (tmp_path / "dora").symlink_to("nowhere")
    put(tmp_path / ".hidden" / "02_elbo")
    put(tmp_path / "__MACOSX" / "02_elbo", "._elbo.ipynb")
    (tmp_path / "notes.txt").write_text("")
    rows = [(one.student, one.exercise, one.folder is not None) for one in find(tmp_path, ["02_elbo", "03_find_beta"])]
    assert rows == [
        ("anna", "02_elbo", True),
        ("anna", "99_none", True),
        ("ben", "02_elbo", False),
        ("cleo", "02_elbo", False),
        ("dora", "02_elbo", False),
    ]
    assert "there is elbo.ipynb" in find(tmp_path, ["02_elbo"])[3].note


def test_names_of_every_kind_get_an_id_of_their_own(tmp_path):
    odd = [
        "Anna",
        "anna",
        "ANNA",
        unicodedata.normalize("NFC", "zoé"),
        unicodedata.normalize("NFD", "zoé"),
        "a b",
        "a-b",
    ]
    odd += ["a ", "[a]", "a\nb", "x" * 200, "=1+1", os.fsdecode(b"caf\xe9"), "日本"]
    ids = {Submission(name, "02_elbo", None).id for name in odd}
    assert len(ids) == len(odd) and all(len(id) < 60 and id.isascii() and "/" not in id for id in ids)
    assert printable(os.fsdecode(b"caf\xe9")) == r"caf\xe9" and printable("a\nb") == r"a\nb"
    for name in odd:
        put(tmp_path / name / "02_elbo")
    assert sorted(one.student for one in find(tmp_path, ["02_elbo"])) == sorted(odd)
