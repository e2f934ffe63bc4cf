"""The playground in Chromium, from a file, offline: its gradients are torch's, its numbers dvlab's, and it learns."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from lab import ARTEFACTS
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal

import dvlab
from dvlab.widgets.playground import playground

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture
def open_page(chromium, tmp_path):
    """`open_page(hash, changed={text: other text}, **context)`; no request and no complaint may come."""
    file = playground(tmp_path / "playground.html")
    contexts, problems = [], []

    def open_one(address="", changed=(), width=1280, **context):
        text = file.read_text(encoding="utf-8")
        for old, new in dict(changed).items():
            assert old in text, f"nothing to change: {old}"
            text = text.replace(old, new)
        other = tmp_path / f"page{len(contexts)}.html"
        other.write_text(text, encoding="utf-8")
        contexts.append(chromium.new_context(offline=True, viewport={"width": width, "height": 900}, **context))
        contexts[-1].set_default_timeout(120_000)  # a busy machine
        page = contexts[-1].new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(("file:", "blob:", "data:")) else problems.append(r.url))
        page.goto(other.as_uri() + address)
        page.wait_for_function("window.playground && playground.read().mig !== null")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


def read(page):
    return page.evaluate("playground.read()")


# ---------------------------------------------------------------- the same gradients as torch

PIXELS, HIDDEN, LATENTS, BATCH, N = 12, 7, 3, 10, 23


def stack(*widths):
    layers = [m for a, b in pairwise(widths) for m in (nn.Linear(a, b), nn.SiLU())]
    return nn.Sequential(*layers[:-1]).double()


def torch_gradients(objective, beta, tc, sigma):
    """What the page is asked, and torch's answer: terms and gradients of the six layers, encoder first."""
    torch.manual_seed(0)
    encoder, decoder = stack(PIXELS, HIDDEN, HIDDEN, 2 * LATENTS), stack(LATENTS, HIDDEN, HIDDEN, PIXELS)
    images, noise = torch.rand(BATCH, PIXELS).double(), torch.randn(BATCH, LATENTS).double()
    centre, deviation = torch.rand(PIXELS).double(), 0.3
    mean, log_sigma = encoder((images - centre) / deviation).chunk(2, dim=1)
    q = Normal(mean, log_sigma.exp())
    z = mean if objective == "autoencoder" else mean + log_sigma.exp() * noise
    out = decoder(z).reshape(BATCH, 1, 3, 4)
    px = Independent(Normal(out, sigma) if sigma else Bernoulli(logits=out, validate_args=False), 3)
    beta = {"autoencoder": 0.0, "vae": 1.0}.get(objective, beta)
    weight = max(beta, tc) if objective == "beta-tcvae" else beta
    pictures = images.reshape(BATCH, 1, 3, 4)
    chosen = dvlab.objectives.BetaTCVAE(beta=weight, alpha=beta, gamma=beta)
    terms = chosen(pictures, q, px, z, dataset_size=N)
    terms["loss"].backward()
    layers = [layer for part in (encoder, decoder) for layer in part if isinstance(layer, nn.Linear)]
    asked = {
        "layers": [{"weight": x.weight.flatten().tolist(), "bias": x.bias.tolist()} for x in layers],
        "centre": {"mean": centre.tolist(), "deviation": deviation},
        "images": images.flatten().tolist(),
        "noise": noise.flatten().tolist(),
        **{"latents": LATENTS, "hidden": HIDDEN, "objective": objective, "beta": beta, "tc": tc},
        **{"sigma": sigma, "count": N},
    }
    floor = PIXELS * (math.log(sigma) + 0.5 * math.log(2 * math.pi)) if sigma else entropy(images)
    return asked, {**terms, "reconstruction": terms["reconstruction"] - floor}, layers


def entropy(images):
    return float(Bernoulli(images).entropy().sum() / len(images))


def check_gradients(page, objective="beta-tcvae", sigma=0.0):
    asked, terms, layers = torch_gradients(objective, beta=2.5, tc=7.0, sigma=sigma)
    found = page.evaluate("asked => playground.gradients(asked)", asked)
    assert found["terms"]["reconstruction"] == pytest.approx(float(terms["reconstruction"].detach()), rel=1e-6)
    if objective != "autoencoder":
        assert found["terms"]["kl"] == pytest.approx(float(terms["kl"].detach()), rel=1e-6)
    if objective == "beta-tcvae":
        tc = float(terms["total_correlation"].detach())
        assert found["terms"]["total_correlation"] == pytest.approx(tc, rel=1e-5, abs=1e-8)
    for mine, theirs in zip(found["layers"], layers, strict=True):
        for name in ("weight", "bias"):
            expected = getattr(theirs, name).grad.flatten().numpy()
            size = max(np.abs(expected).max(), 1e-300)
            np.testing.assert_allclose(np.array(mine[name]) / size, expected / size, atol=1e-5)


@pytest.mark.parametrize("sigma", [0.0, 0.15], ids=["Bernoulli", "Gaussian"])
def test_gradients_of_every_objective_are_torchs(open_page, sigma):
    page = open_page()
    for objective in ("autoencoder", "vae", "beta-vae", "beta-tcvae"):
        check_gradients(page, objective, sigma)


@pytest.mark.parametrize(
    "old, new",
    [
        ("own = -Math.log(N), other", "own = -Math.log(B), other"),  # the published mistake
        ("logq[k] = lq + weight", "logq[k] = lq"),
        ("beta * (s * s - 1) / rows", "beta * (s * s + 1) / rows"),
        ("gradZ[k] * noise[k] * s +", "gradZ[k] * noise[k] +"),
        ("s * (1 + h * (1 - s))", "s * (1 + h * s)"),
        ("joint[m] - logq[k]", "joint[m] + logq[k]"),
        ("Math.max(0, tcWeight - beta)", "tcWeight"),
    ],
)
def test_a_wrong_gradient_would_be_noticed(open_page, old, new):
    page = open_page(changed={old: new})
    with pytest.raises(AssertionError):
        check_gradients(page)


# ---------------------------------------------------------------- the same numbers as dvlab


def posteriors():
    """300 posteriors of 4 latents, correlated, of unequal widths, one of them idle; factors that go together."""
    rng = np.random.default_rng(3)
    levels = np.stack([rng.integers(0, 6, 300), rng.choice(4, 300, p=[0.7, 0.1, 0.1, 0.1])], axis=1)
    levels[:40, 1] = levels[:40, 0] // 2
    g = (levels - levels.mean(0)) / levels.std(0)
    mean = np.stack([g[:, 0], 0.6 * g[:, 0] + 0.8 * g[:, 1], -g[:, 1], 0 * g[:, 0]], axis=1)
    mean += 0.1 * rng.normal(size=mean.shape) * [1, 1, 1, 0.1]
    sigma = np.exp(rng.normal(size=mean.shape) * 0.2) * [0.25, 0.35, 0.2, 1.0]
    return mean, sigma, levels


@pytest.fixture(scope="module")
def expected():
    mean, sigma, levels = posteriors()
    q = Normal(torch.tensor(mean), torch.tensor(sigma))
    terms = dvlab.decomposition.kl_terms(q, samples=400_000)
    assert terms.standard_error < 0.003
    return dvlab.metrics.mig(q, levels), terms


def check_measures(page, expected):
    mig, terms = expected
    mean, sigma, levels = posteriors()
    asked = {"mean": mean.ravel().tolist(), "sigma": sigma.ravel().tolist(), "latents": 4, "levels": levels.T.tolist()}
    for samples in (4, 64):  # 4 are what the page takes while it trains
        found = page.evaluate("asked => playground.measured(asked)", {**asked, "samples": samples})
        np.testing.assert_allclose(found["heat"], mig.mutual_information, atol=0.01)
        assert found["mig"] == pytest.approx(mig.score, abs=0.01)
        assert found["kl"] == pytest.approx(terms.total, abs=1e-6)
        np.testing.assert_allclose(found["dimension_wise_per_latent"], terms.dimension_wise, atol=0.001)
        assert found["mutual_information"] == pytest.approx(terms.mutual_information, abs=0.01)
        assert found["total_correlation"] == pytest.approx(terms.total_correlation, abs=0.01)


def test_mi_tc_and_mig_are_dvlabs(open_page, expected):
    check_measures(open_page(), expected)


@pytest.mark.parametrize(
    "old, new",
    [
        ("(best - second) / entropy(levels[k], size)", "(best - second) / Math.log(size)"),
        ("best, second = 0] = heat.map(row => row[k])", "best, second = 0] = heat[k].map(row => row)"),
        ("total_correlation: logJoint - marginals", "total_correlation: logJoint - logOwn"),
        ("p / counts[l] / density[g]", "p / N * size / density[g]"),
        ("REACH * sigma[n]);\n    least", "sigma[n]);\n    least"),
        ("0.5 * (LOG_2PI + squares)", "0.5 * squares"),
    ],
)
def test_a_wrong_number_would_be_noticed(open_page, expected, old, new):
    page = open_page(changed={old: new})
    with pytest.raises(AssertionError):
        check_measures(page, expected)


# ---------------------------------------------------------------- it learns


def trained(page, enough, steps):
    """What the page shows when `enough` holds for it, or after so many steps more."""
    steps += read(page)["step"]
    holds = f"() => {{ const r = playground.read(); return (({enough}) || r.step > {steps}) && r; }}"
    return page.wait_for_function(holds, timeout=600_000, polling=200).json_value()


def pause(page):
    """Stop the training, and wait until it stands still."""
    page.get_by_role("button", name="Pause").click()
    stands_still(page)


def stands_still(page):
    step = None
    while step != (step := read(page)["step"]):
        page.wait_for_timeout(400)


@pytest.mark.parametrize("world", ["ellipse", "ellipse-size", "fruit"])
def test_it_disentangles(open_page, world):
    """Over ten seeds, and how many seconds it takes: tests/benchmarks/bench_playground.py."""
    page = open_page(f"#world={world}&objective=beta-tcvae&schedule=cooling&seed=3&run=1")
    shown = trained(page, "r.mig >= .7", 1000)
    assert shown["mig"] >= 0.7
    parts = shown["mutual_information"] + shown["total_correlation"] + shown["dimension_wise"]
    assert parts == pytest.approx(shown["kl"], abs=1e-6)


def test_beta_switches_all_latents_off_and_on_again_one_by_one(open_page):
    page = open_page("#world=ellipse&schedule=constant&beta=1&seed=3&run=1")
    assert sum(kl > 0.5 for kl in trained(page, "r.mig >= .6", 1000)["kl_per_latent"]) == 2
    set_beta(page, 40)
    assert trained(page, "r.kl < .05", 600)["kl"] < 0.05
    set_beta(page, 16)
    shown = trained(page, "r.kl > .25", 1000)
    x, y = (max(column) for column in zip(*shown["heat"], strict=True))  # what the best latent knows of each
    assert sum(kl > 0.15 for kl in shown["kl_per_latent"]) == 1 and x > 0.15 and y < 0.1
    set_beta(page, 6)
    shown = trained(page, "false", 250)
    assert sorted(kl > 0.5 for kl in shown["kl_per_latent"]) == [False, False, True, True]


def set_beta(page, value):
    """By the keyboard, as a reader would: from where the slider is, a place at a time; meanwhile no model trains."""
    pause(page)
    slider = page.get_by_label("β, the weight of the KL")
    slider.focus()
    places = round(50 * math.log10(value / 0.1)) - int(slider.input_value()) // 5
    for _ in range(abs(places)):
        page.keyboard.press("ArrowRight" if places > 0 else "ArrowLeft")
    assert page.evaluate("Number(document.getElementById('beta-value').textContent)") == pytest.approx(value, rel=0.03)
    page.get_by_role("button", name="Train").click()


def test_the_same_seed_gives_the_same_run(open_page):
    runs = []
    for _ in range(2):
        page = open_page("#world=ellipse&seed=5&latents=2")
        for _ in range(12):
            page.get_by_role("button", name="Step").click()
        page.wait_for_function("playground.read().step === 12")
        runs.append(read(page))
    assert runs[0]["reconstruction"] == runs[1]["reconstruction"] and runs[0]["heat"] == runs[1]["heat"]


# ---------------------------------------------------------------- what a reader does


def test_the_address_sets_the_scene_and_follows_the_controls(open_page):
    page = open_page("#world=fruit&objective=beta-vae&schedule=warmup&beta=4&latents=3&seed=9&colour=red&latents=99")
    assert [
        page.locator(f"#{name}").input_value() for name in ("world", "objective", "schedule", "latents", "seed")
    ] == [*("fruit", "beta-vae", "warmup", "3", "9")]
    assert "colour=red, latents=99" in page.locator("#status").inner_text()
    page.get_by_label("Objective").select_option("vae")
    assert "objective=vae" in page.url and "beta=4" in page.url and "seed=9" in page.url
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_function("document.getElementById('status').innerText.includes('address that sets')")


def test_keys_alone_train_step_pause_and_reset(open_page):
    page = open_page("#seed=2")
    page.keyboard.press("Tab")
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == "run":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("playground.read().step > 3")
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
    page.keyboard.press("Space")
    stands_still(page)
    step = read(page)["step"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function(f"playground.read().step === {step + 1}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("playground.read().step === 0")


def test_an_autoencoder_has_no_kl_but_a_mig(open_page):
    page = open_page("#objective=autoencoder&seed=2&run=1")
    shown = trained(page, "r.step > 30", 50)
    assert shown["kl"] is None and shown["mutual_information"] is None and 0 <= shown["mig"] <= 1
    assert page.get_by_label("β, the weight of the KL").is_disabled()


def test_sliders_draw_by_hand(open_page):
    page = open_page("#latents=2&objective=vae&schedule=constant&run=1")
    trained(page, "r.kl > 1.5", 300)
    pause(page)
    before = page.evaluate("document.getElementById('big').toDataURL()")
    page.get_by_label("latent z1, by hand").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.getElementById('big').toDataURL() !== before", arg=before)
    page.get_by_role("button", name="All to the middle").click()
    page.wait_for_function("before => document.getElementById('big').toDataURL() === before", arg=before)


def test_turned_latents_keep_the_pictures_and_lose_the_axes(open_page):
    page = open_page("#latents=2&seed=1&run=1")
    trained(page, "r.mig > .7", 1200)
    pause(page)
    straight = read(page)
    page.get_by_label("Rotate the two busiest latents").focus()
    for _ in range(45):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("playground.read().degrees === 45")
    turned = read(page)
    assert turned["kl"] - straight["kl"] == pytest.approx(0.15, abs=0.12)  # the diagonal encoder's gap
    assert turned["mig"] < 0.1
    assert turned["total_correlation"] > straight["total_correlation"] + 0.03
    assert turned["reconstruction"] == pytest.approx(straight["reconstruction"], abs=0.3)


def shows_scene(page, scene):
    for name in ("world", "objective", "schedule", "latents", "seed"):
        assert page.locator(f"#{name}").input_value() == str(scene[name])


@pytest.mark.parametrize("number", range(1, 6))
def test_a_story_asks_before_it_shows_and_sets_its_scene(open_page, number):
    page = open_page(f"#story={number}")
    story = page.evaluate(f"playground.stories[{number - 1}]")
    assert page.locator("#story-reveal").is_hidden()
    assert len([s for s in story["says"].replace("…", "").split(". ") if s]) == 3
    assert story["title"] in page.locator("#story-buttons [aria-expanded=true]").inner_text()
    page.locator("#story-answers button").nth(story["right"]).click()
    assert page.locator("#story-reveal").is_hidden(), "whoever predicts looks at the page first"
    page.locator("#story-seen summary").click()
    assert page.locator("#story-reveal").inner_text().startswith("You predicted what we saw.")
    page.get_by_role("button", name="Set the scene").click()
    page.wait_for_function("playground.read().step > 0")
    shows_scene(page, story["scene"])
    if "then" in story:
        page.get_by_role("button", name=story["then"]["name"]).click()
        shows_scene(page, {**story["scene"], **story["then"]["scene"]})
    assert page.locator("#story-where a").count() == 0  # a file alone has no lectures


def test_every_story_leads_to_a_section_of_a_lecture(open_page):
    from docutils.nodes import make_id

    page = open_page(changed={'id="lectures">null<': 'id="lectures">"lectures/"<'})
    for number in range(1, 6):
        page.locator("#story-buttons button").nth(number - 1).click()
        path, section = page.locator("#story-where a").get_attribute("href").split("#")
        lecture = (ROOT / path).with_suffix(".py").read_text(encoding="utf-8")
        assert section in {make_id(line.lstrip("# ")) for line in lecture.splitlines() if line.startswith("# #")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1400])
def test_everybody_can_use_it(open_page, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page("#seed=2&story=1&run=1", width=width, color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function("playground.read().step > 20")
    page.get_by_role("button", name="Pause").click()
    page.locator("#story-answers button").first.click()
    for summary in page.locator("summary").all():
        summary.click()
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"playground-{width}-{scheme}.png", full_page=True)


def test_the_rotations_slider_says_what_it_does_to_mig(open_page):
    """The panels are far above it, on a phone above all."""
    page = open_page("#world=ellipse&objective=beta-tcvae&schedule=cooling&latents=2&seed=1")
    for _ in range(3):
        page.locator("#step").click()
    page.wait_for_function("playground.read().step >= 3")
    page.locator("#turn").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("playground.read().degrees === 5")
    shown = page.evaluate("playground.read()")
    said = f"5°: MIG {shown['mig']:.2f}, TC {abs(shown['total_correlation']):.2f}"
    assert page.locator("#turn-value").inner_text() == said
