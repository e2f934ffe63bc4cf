"""The playground's file; what it does is tested in Chromium, tests/browser/test_playground.py."""

import re
from pathlib import Path

from typer.testing import CliRunner

from dvlab.__main__ import app
from dvlab.widgets.playground import HERE, playground


def test_one_file_that_asks_the_network_for_nothing(tmp_path):
    written = playground(tmp_path / "new" / "playground.html")
    page = written.read_text(encoding="utf-8")
    assert len(page.encode()) < 1_000_000
    assert not re.search(r"https?:|//[a-z]+\.|<link[^>]+href=\"(?!data:)|<script[^>]+src|@import|\bfetch\(", page)
    assert "{{" not in page and page.count("</script") == page.count("<script")


def test_links_to_the_lectures_only_where_it_is_told_where_they_are(tmp_path):
    alone = playground(tmp_path / "alone.html").read_text(encoding="utf-8")
    among = playground(tmp_path / "among.html", lectures="lectures/").read_text(encoding="utf-8")
    assert 'id="lectures">null<' in alone and 'id="lectures">"lectures/"<' in among


def test_the_command(tmp_path):
    out = tmp_path / "p.html"
    result = CliRunner().invoke(app, ["playground", "--out", str(out), "--lectures", "lectures/"])
    assert result.exit_code == 0 and str(out) in result.stdout
    assert out.read_bytes() == playground(tmp_path / "q.html", lectures="lectures/").read_bytes()


def test_each_module_fits_on_a_few_screens():
    for file in filter(Path.is_file, HERE.iterdir()):
        assert len(file.read_text(encoding="utf-8").splitlines()) < 250, file.name
