"""What Sphinx is given to read says what the course says."""

import base64
import re
import runpy
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from dvlab import results
from dvlab.site import address, build, court, moving, notebooks, pages, readme, reference

ROOT = Path(__file__).parents[2]
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAAAAAC2ZgMwAAAAC0lEQVR4nGNgwAIAAA8AAVeYsI0AAAAASUVORK5CYII=")
README = """# dvlab

**The course: do it.**

![A picture](lectures/images/traversal.png)

## Start

```sh
# no heading
```

### In depth

## Next

text
"""


def test_a_section_ends_where_the_next_of_its_level_begins_and_a_comment_in_code_is_no_heading():
    assert readme.section(README, "Start") == "```sh\n# no heading\n```\n\n## In depth"
    assert readme.section(README, "In depth") == ""
    assert readme.section(README, "Next") == "text"
    with pytest.raises(ValueError, match="must have a section 'Nowhere'"):
        readme.section(README, "Nowhere")


def test_every_sentence_of_the_sections_shown_is_on_a_page():
    text = readme.read(ROOT)
    made = readme.page(text, "Start", "Start", "Troubleshooting")
    for line in re.search(r"\n## Troubleshooting\n(.*?)\n## ", text, re.S)[1].strip().splitlines():
        assert line in made


def test_a_question_takes_its_answer_into_its_box_and_a_slide_s_words_stay_a_quotation():
    told = "<details><summary>Answer\n<code>x</code></summary>\n\nThe right.\n</details>"
    asked = f"> **Which is it?** The\n> left?\n\n{told}"
    made = notebooks.markdown(f"> a quotation\n\n{asked}\n\n> **And now?**\n\nAfter.")
    begins = "> a quotation\n\n::::{div} question\n**Which is it?** The\nleft?\n\n:::{dropdown} Answer `x`\n"
    assert made.startswith(begins)
    assert made.count("::::{div} question") == 2 and made.count("\n::::\n") == 2
    assert made.index("The right.") < made.index("\n::::\n") and made.endswith("\n\nAfter.")
    assert "<details" not in made and "</details" not in made


@pytest.mark.parametrize("path", pages.notebooks_of(ROOT), ids=lambda path: path.stem)
def test_each_folded_answer_of_the_course_is_a_directive_and_no_word_is_lost(path):
    def words(text):
        text = re.sub(
            r"</?(details|summary|code)>|:{3,}(\{\w+\}( question)?)?|:class-container: answer|[>`#]", " ", text
        )
        return text.split()

    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            made = notebooks.markdown(cell.source)
            assert made.count("{dropdown}") == cell.source.count("<details>") and "<details" not in made
            assert words(made) == words(cell.source)


def test_an_answer_may_stand_within_the_quotation():
    made = notebooks.markdown("> **Which?**\n>\n> <details><summary>Answer</summary>\n> None.\n> </details>\n\nSo.")
    assert made == (
        "::::{div} question\n**Which?**\n\n:::{dropdown} Answer\n:class-container: answer\nNone.\n:::\n::::\n\nSo."
    )


def test_headings_go_down_by_one_level_at_most():
    assert notebooks.one_level_at_a_time("# a\n#### b\n#### c\n## d", 0)[0] == "# a\n## b\n### c\n## d"
    assert notebooks.one_level_at_a_time("### a", 2) == ("### a", 3)


def test_a_picture_is_a_file_with_its_words_and_size(tmp_path):
    output = new_output("display_data", {"image/png": base64.b64encode(DOT).decode(), "text/plain": "<Figure>"})
    output.metadata["image/png"] = {"alt": 'a "dot" < a line'}
    notebook = new_notebook(cells=[new_markdown_cell("# T"), new_code_cell("1", outputs=[output])])
    made = notebooks.source(notebook, tmp_path, "../").cells[1].outputs[0].data["text/html"]
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == DOT and f'src="../{tmp_path.name}/{file.name}"' in made
    assert 'alt="a &quot;dot&quot; &lt; a line"' in made and 'width="2" height="3"' in made


def test_the_court_s_table_has_every_score_and_verdict():
    made, rows = court.table(), results.read("court")
    cells = re.findall(r'<td class="([a-z-]+)" title="[^"]*">([^<]*)</td>', made)
    assert len(cells) == len(rows)
    by_place = {(row["case"], row["metric"]): row for row in rows}
    cases, metrics = (list(dict.fromkeys(rows[name].tolist())) for name in ("case", "metric"))
    for (kind, text), row in zip(cells, (by_place[c, m] for c in cases for m in metrics), strict=True):
        assert kind == row["verdict"].replace(" ", "-")
        if row["score"] == row["score"]:
            assert text.startswith(f"{row['score']:.2f}")
        if kind == "fails":
            assert ("↑" in text) == (row["score"] > row["high"]) and ("↓" in text) == (row["score"] < row["low"])
    verdicts = [[by_place[case, metric]["verdict"] for case in cases] for metric in metrics]
    totals = [f"{said.count('passes')}/{len(said) - said.count('no truth')}" for said in verdicts]
    assert re.findall(r"<td>([^<]*)</td>", made.partition("<tfoot>")[2]) == totals


def test_a_strip_moves_what_it_says(tmp_path):
    """Where the drawn mass lies, and how much of it there is, in the frames beside each other."""
    found = {}
    for words, name in moving.strips(tmp_path).items():
        strip = np.asarray(Image.open(tmp_path / name), dtype=float)
        frames = strip.reshape(len(strip), moving.FRAMES, -1).transpose(1, 0, 2)
        mass = frames.sum(axis=(1, 2))
        across = (frames.sum(axis=1) @ np.arange(frames.shape[2])) / mass
        down = (frames.sum(axis=2) @ np.arange(frames.shape[1])) / mass
        found[words] = [np.ptp(across), np.ptp(down), 100 * np.ptp(mass) / mass.mean()]
    assert np.argmax(found[moving.FACTORS["x"]][:2]) == 0 and np.argmax(found[moving.FACTORS["y"]][:2]) == 1
    assert max(found, key=lambda words: found[words][2]) == moving.FACTORS["scale"]


def test_the_glossary_has_every_word_of_lecture_0_in_order():
    toolbox = nbformat.read(ROOT / "lectures/00_toolbox.ipynb", as_version=4)
    table = next(cell.source for cell in toolbox.cells if cell.source.startswith("## Glossary"))
    words = [line.split(" | ")[0].strip("| ") for line in table.splitlines() if line.startswith("| ")][1:]
    made = pages.glossary(toolbox, [f"lectures/{n}" for n in range(10)])
    assert len(words) > 25 and re.findall(r"^(\S.*)\n  : ", made, re.M) == sorted(words, key=str.lower)


def test_the_reference_has_a_page_for_every_public_module():
    named = {name.split(".")[0] for names in reference.MODULES.values() for name in names}
    stub = (ROOT / "dvlab/__init__.pyi").read_text(encoding="utf-8")
    public = set(re.findall(r"^from \. import (\w+) as", stub, re.M))
    assert public - named == {"checks", "files", "kkt", "threads", "validation"}  # for those who work on the package


def test_it_says_where_it_must_be_run(tmp_path):
    with pytest.raises(ValueError, match=r"built in a checkout of the course.*has no README\.md"):
        build.build(tmp_path / "out", root=tmp_path)
    shutil.copy(ROOT / "README.md", tmp_path / "README.md")
    with pytest.raises(ValueError, match="must be a new or an empty folder"):
        build.build(tmp_path, root=ROOT)


@pytest.mark.parametrize("repository", ["", "https://github.com/owner/name"])
def test_buttons_for_binder_and_colab_wait_for_an_address(monkeypatch, repository):
    monkeypatch.setattr(address, "REPOSITORY", repository)
    settings = runpy.run_path(str(ROOT / "dvlab/site/conf.py"))["html_theme_options"]
    assert bool(settings.get("launch_buttons")) == bool(settings.get("repository_url")) == bool(repository)
