"""Every widget in JupyterLab: keyboard, words for pictures, both themes, 1280 pixels, and how long a move takes."""

import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import numpy as np
import pytest
from lab import KERNEL
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
CELLS = (
    """import dvlab
world = dvlab.worlds.Sprites.small()
vaes = [dvlab.VAE(world.image_shape, latent_dim=10, seed=seed) for seed in (0, 1)]
cooled = dvlab.schedules.cooling(40, 1, 250)
for vae in vaes:
    dvlab.train(vae, world, dvlab.objectives.BetaVAE(cooled), steps=400, batch_size=128, seed=0)""",
    "panel = dvlab.widgets.traversal(vaes[0], world)\npanel",
    "dvlab.widgets.traversal(vaes[0], world, compare=vaes[1])",
    "dvlab.widgets.models_at({'β = 1': vaes[0], 'β = 4': vaes[1], 'β = 9': vaes[0]}, world)",
    "dvlab.widgets.traversal(vaes[0], world.images()[:100])",
    "dvlab.widgets.recombine(vaes[0], world)",
    "dvlab.widgets.rotate_codes()",
    "dvlab.widgets.posteriors()",
    "dvlab.widgets.beta_water_filling()",
    "dvlab.widgets.mig_rotation()",
    """import numpy as np
images = [np.full((32, 32), shade, np.uint8) for shade in (0, 120, 250)]
dvlab.widgets.frames("shade", [0, 120, 250], images, ["black", "grey", "white"], "A slider over three shades.")""",
    """conv = dvlab.VAE(world.image_shape, network="conv", latent_dim=3)
dvlab.train(conv, world, dvlab.objectives.BetaVAE(1), steps=60, batch_size=64, seed=0)""",
    "dvlab.widgets.traversal(conv, world)",
)
SHOWN = 11
MEDIAN, TAIL = 50, 100  # ms from a key to new pixels; asserted at three times this, since a test machine may be busy
ROUNDS = 3  # a stall of the machine passes, a slow widget stays slow

# From the key to the second frame after the panel has changed.
ONE_MOVE = """() => new Promise(done => {
  let start = null;
  document.addEventListener("keydown", () => { start = performance.now(); }, {capture: true, once: true});
  const observer = new MutationObserver(() => {
    if (start === null) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
  });
  observer.observe(window.watched, {subtree: true, childList: true, characterData: true, attributes: true});
  setTimeout(() => done(5000), 5000);
})"""


@pytest.fixture(scope="module")
def notebook(lab, chromium):
    from lab import Notebook

    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.root / "widgets.ipynb")
    opened = Notebook(chromium.new_page(viewport={"width": 1280, "height": 900}), lab, "widgets.ipynb")
    opened.run()
    assert opened.errors() == []
    yield opened
    opened.close()


def test_a_key_on_every_slider_changes_a_picture(notebook):
    panels = notebook.panels()
    assert len(panels) == SHOWN
    for panel in panels:
        for handle in notebook.sliders(panel):
            notebook.move(panel, handle)
    assert notebook.console == []


def test_pictures_have_words_that_follow_them(notebook):
    for panel in notebook.panels():
        status = panel.locator("[role=status]")
        names = [
            each.get_attribute("aria-label") or each.get_attribute("alt")
            for each in panel.locator("canvas, svg, img").all()
        ]
        assert names and all(len(name or "") > 3 for name in names)
        before = status.inner_text()
        notebook.move(panel, notebook.sliders(panel)[-1])
        notebook.page.wait_for_timeout(200)
        assert status.inner_text() != before


def test_python_knows_where_the_sliders_stand_and_moves_them(notebook):
    panel = notebook.panels()[0]
    factor, latent = panel.get_by_role("slider", name="scale"), panel.get_by_role("slider", name="nats").first
    factor.focus()
    notebook.page.keyboard.press("Home")
    assert notebook.learns("panel.start[0] == 0")
    assert notebook.learns("max(abs(a - b) for a, b in zip(panel.latents, panel.rest())) < 0.11")
    notebook.python("setattr(panel, 'latents', [0.7, *panel.latents[1:]])")
    expect(latent).to_have_value("0.7")
    notebook.python("setattr(panel, 'start', [3, *panel.start[1:]])")
    expect(factor).to_have_value("3")
    expect(latent).not_to_have_value("0.7")  # it went where the encoder's answer is


def test_the_module_loads_alone(chromium):
    """As in any notebook's page, VS Code's too: nothing but the module's own text."""
    from dvlab import widgets

    page, problems = chromium.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    script = """async text => {
      const url = URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
      return typeof (await import(url)).default.render; }"""
    assert page.evaluate(script, widgets.posteriors()._esm) == "function" and problems == []
    page.close()


def test_focus_is_visible(notebook):
    handle = notebook.sliders(notebook.panels()[0])[0]
    handle.focus()
    assert handle.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2


def test_buttons(notebook):
    panel = notebook.panels()[0]
    for name in ("Surprise me", "Reset"):
        before = notebook.pictures(panel)
        panel.get_by_role("button", name=name).click()
        notebook.page.wait_for_timeout(500)
        assert notebook.pictures(panel) != before


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_fits_1280_pixels_in_both_themes(notebook, theme):
    notebook.theme(theme)
    for panel in notebook.panels():
        assert panel.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    notebook.screenshots("widgets-" + theme.split()[-1].lower())
    notebook.theme("JupyterLab Light")


def moves(notebook, panel, handle, count=24) -> np.ndarray:
    """Milliseconds from key to pixels, of `count` moves to and fro."""
    panel.evaluate("e => { window.watched = e; }")
    handle.focus()
    times = []
    for i in range(count):
        notebook.page.evaluate(f"window.took = ({ONE_MOVE})(); undefined")
        notebook.page.keyboard.press("ArrowLeft" if i % 2 else "ArrowRight")
        times.append(notebook.page.evaluate("() => window.took"))
    return np.array(times)


@contextmanager
def nothing_else(notebook):
    yield


@contextmanager
def one_core_busy(notebook):
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        other.kill()
        other.wait()


@contextmanager
def kernel_busy(notebook):
    notebook.page.evaluate(f"() => {{ {KERNEL}.requestExecute({{code: 'while True: pass'}}); }}")
    notebook.page.wait_for_timeout(300)
    try:
        yield
    finally:
        notebook.page.evaluate(f"() => {KERNEL}.interrupt()")


def test_latency(notebook):
    """Printed for the table in the README, which names the command."""
    panels = notebook.panels()
    chosen = {
        "traversal, a latent": (panels[0], "nats"),
        "traversal, a factor": (panels[0], "x"),
        "traversal, two models": (panels[1], "1st latent"),
        "recombine": (panels[4], "y"),
        "rotate_codes": (panels[5], "rotate"),
        "posteriors": (panels[6], "sharpness"),
        "beta_water_filling": (panels[7], "β"),
        "mig_rotation": (panels[8], "rotate"),
        "frames": (panels[9], "shade"),
    }
    print("\nfrom key to new pixels, ms: median, 95th percentile (17 to 33 ms of it are the two frames waited for)")
    slow = []
    for load in (nothing_else, one_core_busy, kernel_busy):
        with load(notebook):
            for name, (panel, label) in chosen.items():
                for _ in range(ROUNDS):
                    times = moves(notebook, panel, panel.get_by_role("slider", name=label).first)
                    median, tail = np.median(times), np.percentile(times, 95)
                    print(f"  {name:<24}{load.__name__.replace('_', ' '):<16}{median:6.0f}{tail:6.0f}")
                    if median <= 3 * MEDIAN and tail <= 3 * TAIL:
                        break
                else:
                    slow.append(f"{name}, {load.__name__}")
    assert slow == []
    last = float(panels[0].get_by_role("slider", name="nats").first.input_value())
    assert notebook.learns(f"abs(panel.latents[0] - {last}) < 1e-6")  # the kernel learns it when it is free


def test_a_dragged_slider_never_queues(notebook):
    """Sixty positions in a burst: the last one wins, and soon, in the page and then in Python."""
    panel = notebook.panels()[0]
    for _ in range(ROUNDS):
        late, value = drag(notebook, panel)
        print(f"\n  after a drag over 60 positions the last one is shown within {late:.0f} ms")
        if late <= 3 * TAIL:
            break
    assert late <= 3 * TAIL
    assert notebook.learns(f"abs(panel.latents[0] - {value}) < 1e-6")


def drag(notebook, panel) -> tuple[float, float]:
    """Milliseconds until the last of sixty positions is shown, and that position."""
    panel.get_by_role("button", name="Reset").click()
    handle, status = panel.get_by_role("slider", name="nats").first, panel.locator("[role=status]")
    box, mouse = handle.bounding_box(), notebook.page.mouse
    mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    mouse.down()
    for i in range(60):
        mouse.move(box["x"] + box["width"] * (0.2 + 0.012 * i), box["y"] + box["height"] / 2)
    mouse.up()
    start, value = time.perf_counter(), float(handle.input_value())
    expect(status).to_contain_text(f"= {value:.1f}".replace("-0.0", "0.0"), timeout=5000)
    return 1000 * (time.perf_counter() - start), value
