import numpy as np
import pytest

from dvlab.cli.codes import arrays, score, trial
from dvlab.metrics import report
from dvlab.metrics._verdicts import Trial
from dvlab.results import read

FACTORS = np.tile(np.stack(np.unravel_index(np.arange(12), (3, 4)), axis=1), (20, 1))
CODES = FACTORS + 0.1 * np.random.default_rng(0).normal(size=FACTORS.shape)


def test_the_report_of_codes_in_files(tmp_path, capsys):
    np.savez(tmp_path / "codes.npz", codes=CODES, factors=FACTORS)
    score([tmp_path / "codes.npz"], (), 10_000, 0)
    assert capsys.readouterr().out == f"{report(CODES, FACTORS)}\n"


def test_npy_and_csv_give_the_same_arrays(tmp_path):
    np.save(tmp_path / "codes.npy", CODES)
    np.savetxt(tmp_path / "factors.csv", FACTORS, fmt="%d", delimiter=",", header="scale,x", comments="")
    codes, factors = arrays([tmp_path / "codes.npy", tmp_path / "factors.csv"])
    assert np.array_equal(codes, CODES) and np.array_equal(factors, FACTORS)


def test_words_beside_numbers(tmp_path):
    (tmp_path / "factors.csv").write_text("shape,x\nheart,1\nsquare, 2.5\n")
    (tmp_path / "codes.csv").write_text("1,2\n3,4\n")
    codes, factors = arrays([tmp_path / "codes.csv", tmp_path / "factors.csv"])
    assert codes.tolist() == [[1, 2], [3, 4]]
    assert factors.tolist() == [["heart", 1.0], ["square", 2.5]]


@pytest.mark.bad_input
def test_factors_in_words_are_named_and_the_options_reach_the_report(tmp_path, capsys):
    """Of 240 images 60 are fitted on, drawn by seed 5, and the first factor is of words."""
    words = np.array(["heart", "square", "ellipse"], dtype=object)[FACTORS[:, 0]]
    np.savetxt(tmp_path / "codes.csv", CODES, delimiter=",")
    lines = [f"{word},{x}" for word, x in zip(words, FACTORS[:, 1], strict=True)]
    (tmp_path / "factors.csv").write_text("\n".join(lines))
    files = [tmp_path / "codes.csv", tmp_path / "factors.csv"]
    with pytest.raises(ValueError, match=r"name it in categorical=\(0,\)"):
        score(files, (), 60, 5)
    score(files, (0,), 60, 5)
    factors = np.stack([words, FACTORS[:, 1].astype(object)], axis=1)
    codes = np.loadtxt(tmp_path / "codes.csv", delimiter=",")
    told = capsys.readouterr().out
    assert told == f"{report(codes, factors, categorical=(0,), fit_on=60, seed=5)}\n"
    for other in ({"fit_on": 60}, {"seed": 5}):
        assert told != f"{report(codes, factors, categorical=(0,), **other)}\n"


def test_files_that_do_not_suit(tmp_path):
    np.savez(tmp_path / "z.npz", z=CODES)
    with pytest.raises(ValueError, match=r"z\.npz must hold arrays codes and factors; it has z"):
        arrays([tmp_path / "z.npz"])
    with pytest.raises(ValueError, match="got 3"):
        arrays([tmp_path / "a.npy"] * 3)
    with pytest.raises(ValueError, match=r"got a\.txt"):
        arrays([tmp_path / "a.txt", tmp_path / "b.csv"])
    (tmp_path / "a.csv").write_text("1,2\n3\n")
    with pytest.raises(ValueError, match=r"as many entries in each line; got \[1, 2\]"):
        arrays([tmp_path / "a.csv", tmp_path / "a.csv"])
    with pytest.raises(FileNotFoundError):
        arrays([tmp_path / "none.npy", tmp_path / "none.npy"])


@pytest.mark.parametrize(
    "text, says",
    [
        ("a,b\n1,x\n,y\n", r"no missing entry; line 3 is ,y"),
        ("1,2\n,\n3,4\n", r"no missing entry; line 2 is ,"),
        ("0.1 0.2\n0.3 0.4\n", r"commas between entries; line 1 is '0\.1 0\.2'"),
        ("0.1;0.2\n0.3;0.4\n", r"commas between entries; line 1 is '0\.1;0\.2'"),
        ("", "a line for each image; it has none"),
        ("a,b\n", "a line for each image; it has none"),
        ("größe\n1\n".encode("latin-1"), "text in UTF-8"),
        ("1,2\n3,4\n5,6\n", r"3 in a\.csv and 2 in b\.csv; a first line of a \.csv without a number"),
    ],
)
def test_a_table_that_is_none_is_named_with_the_line(tmp_path, text, says):
    (tmp_path / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "b.csv").write_text("1,2\n3,4\n")
    with pytest.raises(ValueError, match=says):
        arrays([tmp_path / "a.csv", tmp_path / "b.csv"])


def test_words_with_commas_in_quotes_and_a_first_line_that_may_be_a_heading(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("0,1\n3,4\n")
    (tmp_path / "b.csv").write_text('1, "red, dark"\n2, blue\n')
    codes, factors = arrays([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert factors.tolist() == [[1.0, "red, dark"], [2.0, "blue"]] and len(codes) == 2
    assert "a.csv: its first line, 0,1, is taken for an image" in capsys.readouterr().err


def test_arrays_of_objects_and_broken_files_are_refused_in_a_line(tmp_path):
    np.save(tmp_path / "a.npy", np.array(["x", 1], dtype=object))
    (tmp_path / "b.npz").write_bytes(b"PK no archive")
    np.savez(tmp_path / "c.npz", codes=CODES, factors=np.array([["x"]], dtype=object))
    with pytest.raises(ValueError, match=r"a\.npy must hold .*; it holds Python objects: save words with"):
        arrays([tmp_path / "a.npy", tmp_path / "a.npy"])
    with pytest.raises(ValueError, match=r"b\.npz must hold .*NumPy cannot read it"):
        arrays([tmp_path / "b.npz"])
    with pytest.raises(ValueError, match=r"c\.npz must hold .*Python objects"):
        arrays([tmp_path / "c.npz"])


def test_the_table_that_ships_is_the_courts(monkeypatch, tmp_path, capsys):
    """Its fast columns are computed again; what the slow ones say is for `python -m dvlab trial`."""
    from dvlab.metrics import _designs, _ours

    fast = ("MIG", "latent MIG", "MED", "SAP", "support")
    cases = ("aligned", "rotated 45", "packed", "noise", "5.3 mixed α=0.3")
    monkeypatch.setattr(_ours, "OURS", {name: _ours.OURS[name] for name in fast})
    monkeypatch.setattr("dvlab.metrics._trial.CASES", {name: _designs.CASES[name] for name in cases})
    trial(tmp_path, 1)
    assert "of" in capsys.readouterr().out
    ships = {(row["case"], row["metric"]): row for row in read("court")}
    for row in read("court", tmp_path):
        there = ships[row["case"], row["metric"]]
        assert there["verdict"] == row["verdict"]
        assert there["score"] == pytest.approx(row["score"], abs=1e-5)


def test_a_trial_counts_what_passed_of_what_was_judged(tmp_path, monkeypatch, capsys):
    verdicts, zeros = np.array([["passes"], ["fails"], ["undefined"], ["no truth"]]), np.zeros((4, 1))
    found = Trial(("a", "b", "c", "d"), ("metric",), zeros, zeros, zeros, verdicts, {})
    monkeypatch.setattr("dvlab.cli.codes.try_metrics", lambda n_jobs: found)
    trial(tmp_path, 1)
    assert capsys.readouterr().out.split("\n")[0].split() == ["metric", "1", "of", "3", "passed"]
    assert read("court", tmp_path)["verdict"].tolist() == verdicts[:, 0].tolist()
