"""The page without a kernel, in Chromium, from a file, offline: it equals torch, and answers at once."""

import numpy as np
import pytest
import torch

import dvlab
from dvlab.plots import middle

pytestmark = pytest.mark.browser


@pytest.fixture(params=["grey, Bernoulli", "grey, Gaussian", "colour, Gaussian", "a long training"], scope="module")
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def world(kind):
    return dvlab.worlds.Fruit() if "colour" in kind else dvlab.worlds.Sprites.small()


@pytest.fixture(scope="module")
def vae(kind, world):
    """A model a little trained: some latents carry something, and the decoder's output is not flat. A long training
    has larger weights, whose rounding shows most."""
    if kind == "a long training":
        return dvlab.zoo.load("sprites-beta-tcvae", device="cpu")
    likelihood, sigma = ("gaussian", 0.3) if "Gaussian" in kind else ("bernoulli", None)
    vae = dvlab.VAE(world.image_shape, latent_dim=10, likelihood=likelihood, sigma=sigma)
    dvlab.train(vae, world, dvlab.objectives.BetaVAE(1), steps=60, batch_size=128, seed=0, progress=False)
    return vae


@pytest.fixture
def opened(chromium, vae, world, tmp_path):
    file = dvlab.widgets.page(vae, world, tmp_path / "explorer.html", title="A small VAE")
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page, problems = context.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(file.as_uri())
    yield page
    context.close()
    assert problems == []


def test_the_decoder_in_the_page_is_torch_to_1e_5(opened, vae):
    codes = torch.randn(8, 10, generator=torch.Generator().manual_seed(0)) * 2
    with torch.no_grad():
        expected = vae.decode(codes).mean.flatten(1).numpy()
    for z, image in zip(codes, expected, strict=True):
        shown = opened.evaluate("z => Array.from(decode(z))", z.tolist())
        np.testing.assert_allclose(shown, image, atol=1e-5)


def test_it_starts_where_the_encoder_is_and_the_canvas_shows_it(opened, vae, world):
    z = vae.encode(middle(world)[None]).mean[0].detach().numpy()
    assert opened.evaluate("facts.start") == pytest.approx(z.round(2).tolist(), abs=0.011)
    shown = opened.evaluate("Array.from(canvas.getContext('2d').getImageData(0, 0, 32, 32).data)")
    with torch.no_grad():
        expected = vae.decode(torch.tensor([opened.evaluate("facts.start")])).mean[0].clamp(0, 1) * 255
    shown = np.reshape(shown, (32, 32, 4))[..., : len(expected)].transpose(2, 0, 1)  # red, green, blue, and opaque
    np.testing.assert_allclose(shown, expected.numpy(), atol=1.01)


def test_keys_move_a_slider_and_the_words_follow(opened):
    sliders = opened.get_by_role("slider")
    assert sliders.first.evaluate("e => e.closest('label').innerText").startswith("z")
    words, before = opened.locator("canvas").get_attribute("aria-label"), opened.evaluate("canvas.toDataURL()")
    sliders.first.focus()
    assert sliders.first.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2
    for _ in range(10):
        opened.keyboard.press("ArrowRight")
    assert opened.evaluate("canvas.toDataURL()") != before
    assert opened.locator("canvas").get_attribute("aria-label") != words
    opened.get_by_role("button", name="Reset").click()
    assert opened.evaluate("canvas.toDataURL()") == before
    opened.get_by_role("button", name="Surprise me").click()
    assert opened.evaluate("canvas.toDataURL()") != before


def test_it_answers_within_50_ms_and_fits(opened):
    took = opened.evaluate(
        "() => Array.from({length: 20}, () => { const t = performance.now(); draw(); return performance.now() - t; })"
    )
    median, tail = np.median(took), np.percentile(took, 95)
    print(f"\n  a move in the page without a kernel: median {median:.1f} ms, 95th percentile {tail:.1f} ms")
    assert np.median(took) <= 50
    assert opened.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(opened, scheme):
    from lab import ARTEFACTS

    opened.emulate_media(color_scheme=scheme)
    ARTEFACTS.mkdir(exist_ok=True)
    opened.screenshot(path=ARTEFACTS / f"page-{scheme}.png")
    text, back = opened.evaluate(
        "[getComputedStyle(document.body).color, matchMedia('(prefers-color-scheme: dark)').matches]"
    )
    assert back == (scheme == "dark") and text == ("rgb(255, 255, 255)" if scheme == "dark" else "rgb(0, 0, 0)")
