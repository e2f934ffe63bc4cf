"""One JupyterLab and one Chromium for all browser tests; nothing in the checkout is written to but .artefacts/."""

import os
import shutil
from pathlib import Path

import pytest
from lab import FLAGS, Lab, Notebook

ROOT = Path(__file__).parents[2]
TOGETHER = ("test_page_offline.py", "test_playground.py", "test_site.py")  # each makes something dear for all its tests


def pytest_collection_modifyitems(items):
    """Under `--dist loadgroup` a test goes to whoever is free, but these files' tests go to one worker."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def chromium():
    """A Chromium; without one the test is skipped, or fails when DVLAB_REQUIRE_BROWSER=1."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        reason = "no Chromium on this machine (apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("DVLAB_REQUIRE_BROWSER") == "1" else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS, timeout=120_000)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """JupyterLab over a copy of the notebooks."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("lectures", "exercises"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    started = Lab(root, tmp_path_factory.mktemp("home"))
    yield started
    started.stop()


@pytest.fixture
def open_notebook(lab, chromium):
    """`open_notebook("lectures/NN_name.ipynb")`; closed, and its kernel ended, when the test is over."""
    opened = []

    def open_one(path: str) -> Notebook:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        opened.append(Notebook(page, lab, path))
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.close()
