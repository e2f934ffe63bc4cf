"""The course as web pages, in Chromium without a network: every page, from a file and under a sub-path."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import ARTEFACTS
from site_pages import IMAGES, OPEN_ALL, WIDE, WORDS_ONLY, Visitor, dead_links, serve

ROOT = Path(__file__).parents[2]
ROOMS = {"lectures": 10, "exercises": 6, "reference": 20, "": 8}  # how many pages there are, at least
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(chromium, tmp_path_factory):
    from dvlab.site.build import build

    return build(tmp_path_factory.mktemp("web") / "course", root=ROOT).parent


@pytest.fixture(scope="module")
def visitor(chromium, site):
    visitor = Visitor(chromium, site.as_uri() + "/")
    yield visitor
    visitor.context.close()


def pages(site, room):
    found = sorted((site / room).rglob("*.html") if room else site.glob("*.html"))
    return [page.relative_to(site).as_posix() for page in found]


def violations(page, **options):
    """What axe-core calls serious or critical, shortly."""
    told = {"resultTypes": ["violations"], "preload": False, **options}  # a preload would fetch, which no file may
    found = Axe().run(page, options=told).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_every_page_is_whole_offline_and_can_be_read_by_all_light_and_dark_and_on_a_phone(visitor, site, room):
    names, wrong = pages(site, room), {}
    assert len(names) >= ROOMS[room]
    for name in names:
        visitor.open(name)
        page = visitor.page
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")
        problems = dead_links(site / name, hrefs) + page.evaluate(IMAGES)
        page.evaluate(OPEN_ALL)
        page.evaluate(WORDS_ONLY)
        problems += violations(page)
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        problems += violations(page, runOnly=["color-contrast"])
        page.reload()  # with formulas and code as they are
        page.evaluate(OPEN_ALL)
        page.set_viewport_size({"width": 375, "height": 800})
        problems += page.evaluate(WIDE)
        page.set_viewport_size({"width": 1280, "height": 900})
        if problems + visitor.problems:
            wrong[name] = sorted({*problems, *visitor.problems})
    assert wrong == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_code_can_be_told_from_their_ground(visitor, theme):
    visitor.open("lectures/02_vae.html")
    visitor.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    visitor.page.evaluate("[...document.querySelectorAll('.highlight')].slice(12).forEach(one => one.remove())")
    visitor.page.evaluate("document.querySelectorAll('math').forEach(one => one.replaceWith(one.textContent))")
    assert violations(visitor.page, runOnly=["color-contrast"]) == []


def test_it_works_from_a_web_server_under_a_sub_path(chromium, site):
    address, server = serve(site.parent)
    visitor = Visitor(chromium, f"{address}{site.name}/")
    for name in ("index.html", "lectures/05_beta_tcvae.html", "exercises/02_elbo/elbo.html", "reference/metrics.html"):
        assert visitor.open(name) == []
    visitor.open("")
    visitor.page.get_by_role("link", name="Begin with lecture 1").click()
    visitor.page.wait_for_url("**/course/lectures/01_disentanglement.html")
    assert visitor.problems == []
    visitor.context.close()
    server.shutdown()


def test_the_search_finds_a_word_of_a_lecture_offline(visitor):
    assert visitor.open("search.html?q=water") == []
    visitor.page.locator("#search-results li a").first.wait_for()
    assert "Search" in visitor.page.title() and visitor.problems == []


def test_a_lecture_weighs_less_than_6_mb(chromium, site):
    address, server = serve(site.parent)
    visitor = Visitor(chromium, f"{address}{site.name}/")
    sizes, weights = [], {}
    visitor.page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    for name in pages(site, "lectures"):
        sizes.clear()
        visitor.context.clear_cookies()
        visitor.page.goto("about:blank")
        visitor.open(name)
        visitor.page.evaluate(IMAGES)
        weights[name] = sum(sizes)
    visitor.context.close()
    server.shutdown()
    print({name: f"{weight / 1e6:.1f} MB" for name, weight in weights.items()})
    assert min(weights.values()) > 0 and max(weights.values()) < 6e6


def test_a_question_opens_on_a_click_and_with_the_keyboard_and_a_link_opens_what_is_folded(visitor):
    visitor.open("lectures/05_beta_tcvae.html")
    page = visitor.page
    answer = page.locator(".question details.answer").first
    assert answer.evaluate("one => one.open") is False
    answer.locator("summary").click()
    assert answer.evaluate("one => one.open") and answer.locator("p").first.is_visible()
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    assert answer.evaluate("one => one.open") is False
    star = page.locator("details.star").first
    assert star.evaluate("one => one.open") is False and not star.locator("p").first.is_visible()
    page.locator("#pst-secondary-sidebar a", has_text="One wrong weight").click()
    page.wait_for_function("document.querySelector('details.star').open")
    assert star.locator("p").first.is_visible()


@pytest.mark.parametrize("name", ["03_beta_vae", "05_beta_tcvae"])
def test_the_sliders_of_a_lecture_live(visitor, name):
    assert visitor.open(f"lectures/{name}.html") == []
    page = visitor.page
    alive = page.locator(".dvlab-live").first
    alive.locator("input[type=range]").first.focus()
    drawn = (
        "one => [...one.querySelectorAll('canvas')].map(c => c.toDataURL()).join() + one.textContent + one.innerHTML"
    )
    before = alive.evaluate(drawn)
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert alive.evaluate(drawn) != before and visitor.problems == []


def test_each_story_of_the_playground_leads_to_a_section_of_a_lecture(site):
    stories = (ROOT / "dvlab/widgets/playground/stories.js").read_text(encoding="utf-8")
    links = [f"lectures/{page}#{section}" for page, section in re.findall(r'where: \["([^"]+)", "([^"]+)"', stories)]
    assert len(links) >= 5 and dead_links(site / "playground.html", links) == []


def test_with_the_keyboard_alone(visitor):
    visitor.open("index.html")
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.textContent.trim().slice(0, 40)"))
        outline = page.evaluate(
            "(s => [s.outlineStyle, s.outlineWidth, s.boxShadow])(getComputedStyle(document.activeElement))"
        )
        on_page = page.evaluate("document.activeElement !== document.body")
        assert not on_page or outline[0] != "none" or outline[2] != "none", page.evaluate(
            "document.activeElement.outerHTML"
        )
    assert {"5. β-TCVAE: a weight for each part", "Begin with lecture 1"} <= seen


def test_formulas_are_drawn(visitor):
    visitor.open("lectures/05_beta_tcvae.html")
    boxes = [formula.bounding_box() for formula in visitor.page.locator(".formula math").all()[:3]]
    assert len(boxes) == 3 and all(box["width"] > 40 and box["height"] > 12 for box in boxes)
    assert visitor.page.evaluate("document.fonts.check('16px \"Course Math\"')")


@pytest.mark.parametrize(
    "name, width, scheme",
    [("index.html", 1280, "light"), ("lectures/05_beta_tcvae.html", 375, "light"), ("court.html", 1280, "dark")],
)
def test_pictures_of_it(chromium, site, name, width, scheme):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{site.as_uri()}/{name}")
    page.wait_for_timeout(500)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"site-{Path(name).stem}-{width}-{scheme}.png")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.close()
