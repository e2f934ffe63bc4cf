"""Widgets in a page without a kernel, from a file, offline: their numbers are Python's, and they answer at once."""

import json
import re
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
import torch
from lab import ARTEFACTS, PICTURES

import dvlab
from dvlab import widgets
from dvlab.plots import middle
from dvlab.widgets import embed
from dvlab.widgets.base import JS
from dvlab.widgets.bundle import bundle
from dvlab.widgets.toys import gaussian_terms

pytestmark = pytest.mark.browser
LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
HEAD += "<title>Widgets</title><style>:root {color-scheme: light dark}</style><main><h1>Widgets</h1>"
OPEN = "Object.assign(window, {all: models(JSON.parse(document.querySelector('.dvlab-state').textContent))}); undefined"

ALL_DRAWN = """() => [...document.querySelectorAll(".dvlab-live")].every(place =>
  place.querySelector(".dvlab") || (all.get(place.dataset.model)?.get("facts").needs_kernel ?? true))"""


@pytest.fixture
def open_page(chromium, tmp_path):
    """`open_page(*panels)`, or of a stored notebook, or of a file; modules are global there, `all` holds the models."""
    contexts, problems = [], []

    def open_one(*panels, notebook=None, file=None, **options):
        if file is None:
            notebook = notebook or embed.as_notebook(*panels)
            file, places = tmp_path / "page.html", "".join(embed.element(n, notebook) for n in embed.views(notebook))
            state = f'<script type="application/json" class="dvlab-state">{embed.state(notebook)}</script>'
            file.write_text(f"{HEAD}{places}</main>{state}<script>{embed.script()}</script>")
        contexts.append(chromium.new_context(offline=True, **{"viewport": {"width": 1280, "height": 800}, **options}))
        contexts[-1].set_default_timeout(120_000)  # a busy machine
        page = contexts[-1].new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda sent: problems.append(sent.url) if not sent.url.startswith(("file:", "data:", "blob:")) else None,
        )
        page.goto(file.as_uri())
        page.wait_for_selector(".dvlab .dvlab-caption")
        page.add_script_tag(content=bundle(JS / "host.js"))
        page.evaluate(OPEN)
        page.wait_for_function(ALL_DRAWN)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="module")
def sprites():
    return dvlab.worlds.Sprites.small()


def trained(world, **options):
    """A little: some latents carry something, and the decoder's output is not flat."""
    vae = dvlab.VAE(world.image_shape, latent_dim=10, **options)
    dvlab.train(vae, world, dvlab.objectives.BetaVAE(1), steps=60, batch_size=128, seed=0, progress=False)
    return vae


@pytest.fixture(scope="module")
def vae():
    """A long training has larger weights, whose rounding shows most."""
    return dvlab.zoo.load("sprites-beta-tcvae", device="cpu")


def canvas(page, number):
    """(channels, height, width), 0 to 255."""
    script = """c => {
      const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", {willReadFrequently: true});
      copy.drawImage(c, 0, 0);
      return [c.height, c.width, ...copy.getImageData(0, 0, c.width, c.height).data]; }"""
    height, width, *data = page.locator("canvas").nth(number).evaluate(script)
    return np.reshape(data, (height, width, 4))[..., :3].transpose(2, 0, 1)


def decoded(vae, code):
    with torch.no_grad():
        return vae.decode(torch.as_tensor(code, dtype=torch.float32)[None]).mean[0].clamp(0, 1).numpy() * 255


KINDS = {
    "grey, Bernoulli": lambda sprites: (trained(sprites), sprites),
    "grey, Gaussian": lambda sprites: (trained(sprites, likelihood="gaussian", sigma=0.3), sprites),
    "colour, half precision": lambda sprites: (dvlab.zoo.load("fruit-beta-tcvae", device="cpu"), dvlab.worlds.Fruit()),
    "faces": lambda sprites: (dvlab.zoo.load("faces-beta-vae", device="cpu"), dvlab.worlds.Faces()),
    "a long training": lambda sprites: (dvlab.zoo.load("sprites-beta-tcvae", device="cpu"), sprites),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_decoder_in_the_page_is_torch_to_1e_5(open_page, sprites, kind, tmp_path):
    vae, world = KINDS[kind](sprites)
    page = open_page(file=widgets.page(vae, world, tmp_path / "explorer.html", title="A small VAE"))
    codes = torch.randn(8, vae.latent_dim, generator=torch.Generator().manual_seed(7)) * 2
    shown = page.evaluate(
        """async codes => { const weights = [...all.values()].find(m => m.get("facts").layers).get("facts");
        const decoder = await openDecoder(weights); return codes.map(z => Array.from(decode(decoder, z))); }""",
        codes.tolist(),
    )
    with torch.no_grad():
        np.testing.assert_allclose(shown, vae.decode(codes).mean.flatten(1).numpy(), atol=1e-5)


WORLDS = {
    "small": dvlab.worlds.Sprites.small,
    "three shapes": lambda: dvlab.worlds.Sprites(size=48, orientations=7, x=5, y=5, antialias=True),
    "as dSprites": lambda: dvlab.worlds.Sprites(shapes=("heart", "square"), scales=2, orientations=3, x=4, y=4),
}


@pytest.mark.parametrize("name", WORLDS)
def test_sprites_are_drawn_as_in_python(open_page, name):
    from dvlab.widgets.starts import sprites_facts

    world, page = WORLDS[name](), open_page(widgets.posteriors())
    places = world.factors_of(torch.randint(len(world), (40,), generator=torch.Generator().manual_seed(0)))
    script = "([facts, places]) => places.map(place => Array.from(drawSprite(facts, place)))"
    shown = np.array(page.evaluate(script, [sprites_facts(world), places.tolist()]))
    off = np.abs(shown - world.render(places).flatten(1).numpy())
    assert shown.mean() > 0.01
    assert off.max() <= 1e-5 if world.antialias else (off > 0).mean() < 1e-4  # an edge through a pixel's very middle


def test_images_and_codes_of_a_world_are_the_models(open_page, sprites, vae):
    fruit, painter = dvlab.worlds.Fruit(), dvlab.zoo.load("fruit-beta-tcvae", device="cpu")
    page = open_page(widgets.traversal(vae, sprites), widgets.recombine(painter, fruit))
    script = """async ([kind, places, sizes]) => {
      const model = [...all.values()].find(m => m.get("kind") === kind);
      const starts = await openStarts(model.get("facts").starts, sizes);
      return places.map(place => [Array.from(starts.image(place)), Array.from(starts.code(0, place))]); }"""
    for kind, world, model in (("explorer", sprites, vae), ("recombine", fruit, painter)):
        places = world.factors_of(torch.randint(len(world), (20,), generator=torch.Generator().manual_seed(1)))
        images, codes = zip(*page.evaluate(script, [kind, places.tolist(), list(world.factor_sizes)]), strict=True)
        truth = world.render(places)
        np.testing.assert_allclose(
            images, truth.flatten(1).numpy(), atol=1e-5 if kind == "explorer" else 0.5 / 255 + 1e-6
        )
        with torch.no_grad():
            np.testing.assert_allclose(codes, model.encode(truth).mean.numpy(), atol=1e-4)


def test_every_slider_moves_its_own_latent(open_page, sprites, vae):
    """The r-th slider moves the r-th latent in the order of KL, and no other, by as much as it is moved itself."""
    panel = widgets.traversal(vae, sprites)
    page, side = open_page(panel), panel.sides[0]
    assert [canvas(page, 0).std() > 0] and page.locator("canvas").count() == 3
    page.locator("summary").click()
    handles = [each for each in page.get_by_role("slider").all() if "nats" in each.get_attribute("aria-label")]
    assert len(handles) == 10
    code = vae.encode(middle(sprites)[None]).mean[0].detach().numpy()
    np.testing.assert_allclose(canvas(page, 1), np.broadcast_to(decoded(vae, code), (3, 32, 32)), atol=1.01)
    for handle, j in zip(handles, side.order, strict=True):
        assert handle.get_attribute("aria-label").startswith(f"z{'₀₁₂₃₄₅₆₇₈₉'[j]} · {side.survey.kl[j]:.2f} nats")
        at = float(handle.input_value())
        handle.focus()
        for _ in range(7):
            page.keyboard.press("ArrowRight")
        code[j] += float(handle.input_value()) - at
        assert float(handle.input_value()) > at
        np.testing.assert_allclose(canvas(page, 2)[0], decoded(vae, code)[0], atol=1.01)
    said = dict(re.findall(r"z([₀-₉]) = (-?[0-9]+\.[0-9])", page.locator(".dvlab-caption").inner_text()))
    assert list(said) == ["₀₁₂₃₄₅₆₇₈₉"[j] for j in side.order[: side.active]]
    np.testing.assert_allclose([float(value) for value in said.values()], code[side.order[: side.active]], atol=0.051)


def test_a_factor_puts_the_sliders_where_the_encoder_is_and_bars_show_who_answers(open_page, sprites, vae):
    panel = widgets.traversal(vae, sprites)
    page, side = open_page(panel), panel.sides[0]
    handles = page.get_by_role("slider").all()
    for number, name in enumerate(("scale", "orientation", "x", "y")):
        handles[number].focus()
        page.keyboard.press("ArrowLeft")
        panel.start = [*panel.start[:number], panel.start[number] - 1, *panel.start[number + 1 :]]
        image = sprites.render(torch.tensor([panel.start]))
        np.testing.assert_allclose(canvas(page, 0)[0], image[0, 0].numpy() * 255, atol=1.01)
        code = vae.encode(image).mean[0].detach().numpy()
        np.testing.assert_allclose(canvas(page, 1)[0], decoded(vae, code)[0], atol=1.01)
        active = side.order[: side.active]
        stand = [float(each.input_value()) for each in handles[4 : 4 + len(active)]]
        np.testing.assert_allclose(stand, code[active], atol=0.051)
        spans, kl = panel.spans(side), side.survey.kl
        widths = [
            np.array(
                page.locator(f"svg >> nth={k}")
                .locator("rect")
                .evaluate_all("all => all.map(e => Number(e.getAttribute('width')))")
            )
            for k in (0, 1)
        ]
        np.testing.assert_allclose(widths[0], 110 * kl[active] / (1.05 * kl[active].max()), atol=0.1)
        np.testing.assert_allclose(widths[1], 110 * spans[active] / side.facts()["reach"], atol=0.1)
        best = active[int(np.argmax(spans[active]))]
        words = page.locator(".dvlab-caption").inner_text()
        assert f"As {name} runs through its values, z{'₀₁₂₃₄₅₆₇₈₉'[best]} moves most, by {spans[best]:.1f}" in words


def test_reset_surprise_and_the_same_distance_for_both_models(open_page, sprites, vae):
    other = dvlab.zoo.load("sprites-vae", device="cpu")
    panel = widgets.traversal(vae, sprites, compare=other, names=("one", "two"))
    page = open_page(panel)
    first = [canvas(page, number) for number in (2, 4)]
    page.get_by_role("button", name="Surprise me").click()
    panel.sample = 1
    panel.latents = panel.rest()
    page.get_by_role("slider", name="1st latent").focus()
    page.keyboard.press("ArrowRight")
    panel.latents = [panel.latents[0] + 0.1, *panel.latents[1:]]
    for side, number in zip(panel.sides, (2, 4), strict=True):
        np.testing.assert_allclose(canvas(page, number)[0], decoded(side.vae, panel.code(side))[0], atol=1.01)
    assert "sample of the prior" in page.locator(".dvlab-caption").inner_text()
    page.get_by_role("button", name="Reset").click()
    assert all(np.array_equal(canvas(page, number), before) for number, before in zip((2, 4), first, strict=True))
    assert "prior" not in page.locator(".dvlab-caption").inner_text()


def test_the_exchange_of_latents(open_page):
    world, vae = dvlab.worlds.Fruit(), dvlab.zoo.load("fruit-beta-tcvae", device="cpu")
    panel = widgets.recombine(vae, world, first=(1, 12, 3), second=(0, 3, 8), take=[0], names={0: "colour"})
    page = open_page(panel)

    def as_python():
        for number, image in zip((0, 2), world.render(torch.tensor([panel.first, panel.second])), strict=True):
            np.testing.assert_allclose(canvas(page, number), image.numpy() * 255, atol=1.01)
        np.testing.assert_allclose(canvas(page, 1), decoded(vae, panel.code()), atol=1.01)

    as_python()
    for j, box in zip(panel.facts["latents"], page.get_by_role("checkbox").all(), strict=True):
        box.click()
        panel.take = sorted({*panel.take} ^ {j})
        as_python()
    page.get_by_role("slider", name="size").nth(1).focus()
    page.keyboard.press("ArrowRight")
    panel.second = [0, 4, 8]
    as_python()


def test_the_numbers_of_the_drawn_panels_are_pythons(open_page):
    water, mig, rotate = widgets.beta_water_filling(), widgets.mig_rotation(), widgets.rotate_codes()
    page = open_page(rotate, mig, widgets.posteriors(), water)
    for at in [(0.05, 0.0, 0.0), (0.28, -0.9, 2.0), (0.2, 0.35, -1.3)]:
        assert page.evaluate("at => gaussianTerms(...at)", at) == pytest.approx(gaussian_terms(*at), abs=1e-12)
    for beta in (0.1, 9.9, 10.1, 60.0):
        shown = page.evaluate("([e, n, b]) => rates(e, n, b)", [water.eigenvalues.tolist(), 0.1, beta])
        assert shown == pytest.approx(water.rates(beta), abs=1e-12)
    handles, captions = page.get_by_role("slider"), page.locator(".dvlab-caption")
    for number in (0, 1):
        handles.nth(number).focus()
        for _ in range(30):
            page.keyboard.press("ArrowRight")
    table, fields = rotate.information[30], page.locator(".dvlab").first.locator("svg >> nth=2")
    numbers = [f"{value:.2f}" for value in table.ravel()]
    assert [text for text in fields.locator("text").all_text_contents() if "." in text] == numbers
    assert (
        f"the first latent knows {numbers[0]} nats about size and {numbers[1]} about colour"
        in captions.nth(0).inner_text()
    )
    assert f"the best I(g; z_j) {mig.best[30]:.2f}, MIG {mig.mig[30]:.2f}" in captions.nth(1).inner_text()
    marks = (
        page.locator(".dvlab")
        .nth(1)
        .locator("circle")
        .evaluate_all("all => all.map(e => Number(e.getAttribute('cy')))")
    )
    heights = [225 * (1.08 - curve[30]) / 1.11 for curve in (mig.joint, mig.best, mig.mig)]
    np.testing.assert_allclose(marks, heights, atol=0.1)
    colours = page.evaluate("Array.from({length: 101}, (_, i) => viridis(i / 100).match(/[0-9]+/g).map(Number))")
    np.testing.assert_allclose(colours, 255 * matplotlib.colormaps["viridis"](np.linspace(0, 1, 101))[:, :3], atol=15)


def test_the_cloud_is_rotated(open_page):
    panel = widgets.rotate_codes(angle=25)
    page = open_page(panel)
    paths = page.locator("svg").first.locator("g g path").evaluate_all("all => all.map(e => e.getAttribute('d'))")
    points = [[float(x) for x in part.split("h")[0].split()] for d in paths for part in d.split("M")[1:]]
    expected = (panel.cloud() * [1, -1] + 2.6) * 225 / 5.2
    order = np.argsort(panel.factors[:, 0], kind="stable")
    np.testing.assert_allclose(points, expected[order], atol=0.02)


def test_posteriors_and_bars_move(open_page):
    panel = widgets.posteriors()
    page = open_page(panel)
    for number, keys in enumerate((4, 6, -3)):
        page.get_by_role("slider").nth(number).focus()
        for _ in range(abs(keys)):
            page.keyboard.press("ArrowRight" if keys > 0 else "ArrowLeft")
    panel.sharpness, panel.correlation, panel.offset = 7.0, 0.3, -0.3
    terms = gaussian_terms(1 / 7, 0.3, -0.3)
    widths = (
        page.locator("svg >> nth=1")
        .locator("rect")
        .evaluate_all("all => all.map(e => Number(e.getAttribute('width')))")
    )
    np.testing.assert_allclose(widths, 300 * np.array(terms) / 7.2, atol=0.01)
    rings, aggregate = panel.ellipses()
    shapes = page.locator("svg >> nth=0").locator("g g path").evaluate_all("all => all.map(e => e.getAttribute('d'))")

    def plane(xy):
        return (xy - (-4.2, 4.6)) * (370 / 8.4, -339 / 7.7)

    shown = [[float(x) for x in pair.split()] for pair in shapes[2].strip("MZ").split("L")]
    np.testing.assert_allclose(shown, plane(aggregate), atol=0.02)
    first = [[float(x) for x in pair.split()] for pair in shapes[1].split("Z")[0].strip("M").split("L")]
    np.testing.assert_allclose(first, plane(rings[0]), atol=0.02)


def test_frames_show_the_picture_of_their_value(open_page):
    shades = [0, 120, 250]
    images = [np.full((32, 32), shade, np.uint8) for shade in shades]
    page = open_page(widgets.frames("shade", shades, images, ["black", "grey", "white"], "A slider over three shades."))
    for number, words in enumerate(("black", "grey", "white")):
        assert page.locator("img:visible").get_attribute("alt") == words == page.locator(".dvlab-caption").inner_text()
        grey = page.locator("img:visible").evaluate(
            "e => { const c = document.createElement('canvas').getContext('2d'); c.drawImage(e, 0, 0); "
            "return c.getImageData(5, 5, 1, 1).data[0]; }"
        )
        assert grey == shades[number]
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowRight")


def test_where_the_kernel_is_needed_the_still_picture_stays(open_page, sprites):
    conv = dvlab.VAE(sprites.image_shape, network="conv", latent_dim=2)
    page = open_page(widgets.posteriors(), widgets.traversal(conv, dvlab.worlds.Sprites.small()))
    assert page.locator(".dvlab").count() == 1 and page.locator(".dvlab-live img").count() == 1


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_the_sliders_of_a_stored_lecture_live(open_page, path):
    notebook = nbformat.read(path, as_version=4)
    shown = embed.views(notebook)
    source = "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert len(shown) == source.count("dvlab.widgets.") - source.count("from dvlab.widgets.")
    if not shown:
        return
    page = open_page(notebook=notebook)
    panels = page.locator(".dvlab").all()
    assert len(panels) == len(shown)
    for panel in panels:
        before = panel.evaluate(PICTURES)
        panel.get_by_role("slider").last.focus()
        for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        assert panel.evaluate(PICTURES) != before
    assert len(embed.state(notebook)) < 5_000_000


@pytest.fixture
def everything(sprites, vae):
    images = [np.full((32, 32), shade, np.uint8) for shade in (0, 250)]
    return (
        widgets.traversal(vae, sprites),
        widgets.models_at({"a": vae, "b": vae, "c": vae}, sprites),
        widgets.recombine(vae, sprites),
        widgets.rotate_codes(),
        widgets.mig_rotation(),
        widgets.posteriors(),
        widgets.beta_water_filling(),
        widgets.frames("shade", [0, 250], images, ["black", "white"], "A slider over two shades."),
    )


def test_narrow_dark_and_for_everybody(open_page, everything):
    from axe_playwright_python.sync_playwright import Axe

    ARTEFACTS.mkdir(exist_ok=True)
    for width, scheme in ((1280, "light"), (1280, "dark"), (375, "light")):
        page = open_page(*everything, viewport={"width": width, "height": 800}, color_scheme=scheme)
        assert page.locator(".dvlab").count() == len(everything)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=ARTEFACTS / f"page-{width}-{scheme}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        handle = page.get_by_role("slider").first
        handle.focus()
        assert handle.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2


def test_a_move_takes_less_than_50_ms(open_page, everything):
    page = open_page(*everything)
    took = json.loads(
        page.evaluate(
            """() => JSON.stringify([...document.querySelectorAll(".dvlab")].map(panel => {
          const input = panel.querySelector("input[type=range]"), times = [];
          for (let i = 0; i < 60; i++) {
            input.value = Number(input.value) + (i % 2 ? 1 : -1) * input.step;
            const start = performance.now();
            input.dispatchEvent(new Event("input"));
            panel.getBoundingClientRect();
            times.push(performance.now() - start);
          }
          return times; }))"""
        )
    )
    medians = np.median(np.reshape(took, (len(took), 3, 20)), axis=2).min(axis=1)  # a stall of the machine passes
    print("\n  a move in the page without a kernel, ms:", *medians.round(1))
    assert medians.max() <= 50
