"""Feedback in Chromium: nothing of a student's runs, loads, covers or leads away; formulas are drawn offline."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "grading"))
import pages

pytestmark = pytest.mark.browser


def opened(chromium, path, html):
    """The page from a file, everything it asks for, and what it complains of."""
    path.write_text(html, encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    return page, asked


@pytest.mark.parametrize("kind", pages.HOSTILE)
def test_what_is_hostile_does_nothing(chromium, tmp_path, kind):
    text = pages.HOSTILE[kind]
    page, asked = opened(chromium, tmp_path / "page.html", pages.hostile(text, student=text))
    assert page.title() != "stolen" and page.url.startswith("file:") and len(page.context.pages) == 1
    assert page.locator("h1").is_visible()
    middle = page.evaluate("document.elementFromPoint(500, 20)?.closest('main, html, body') !== null")
    assert middle and page.evaluate("getComputedStyle(document.querySelector('main')).display") != "none"
    assert not [e for e in page.evaluate("[...document.all].map(e => getComputedStyle(e).position)") if e == "fixed"]
    for link in page.locator("a").all():
        link.click(timeout=30_000, no_wait_after=True)
    assert page.title() != "stolen"
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    page.close()


def test_formulas_are_drawn_without_a_network(chromium, tmp_path):
    page, asked = opened(chromium, tmp_path / "page.html", pages.hostile(pages.FORMULAS))
    drawn = page.locator(".markdown math, section.markdown math")
    assert drawn.count() == 3
    inline, block = drawn.nth(0).bounding_box(), drawn.nth(2).bounding_box()
    assert 10 < inline["width"] < 60 and block["height"] > inline["height"] > 8
    assert [url.split(":")[0] for url in asked] == ["file"]
    out = Path(__file__).parents[2] / ".artefacts"
    out.mkdir(exist_ok=True)
    page.screenshot(path=out / "feedback.png", full_page=True)
    page.close()
