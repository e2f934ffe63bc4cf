"""How long the playground takes to MIG .7, by the clock of its page and while it draws, over ten seeds a world.

    python tests/benchmarks/bench_playground.py

Aimed at: 30 s in 8 seeds of 10, at 30 frames a second. Needs Chromium and Playwright; run it where nothing else runs.
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from dvlab.widgets.playground import playground

SETTINGS = "#world={}&objective=beta-tcvae&schedule=cooling&seed={}&run=1"
REACHED = "() => { const r = playground.read(); return r.mig >= .7 || r.step > 1200; }"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as library:
        file = playground(Path(folder) / "playground.html")
        chromium = library.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for world in ("ellipse", "ellipse-size", "fruit"):
            found = []
            for seed in range(10):
                page = chromium.new_page()
                page.goto(file.as_uri() + SETTINGS.format(world, seed))
                page.wait_for_function(REACHED, timeout=600_000, polling=200)
                found.append(page.evaluate("playground.read()"))
                page.close()
            reached = sorted(shown["seconds"] for shown in found if shown["mig"] >= 0.7)
            frames = min(shown["frames_per_second"] for shown in found)
            print(f"{world}: {len(reached)} of 10 seeds, seconds", *(f"{s:.0f}" for s in reached), end="")
            print(f"; at least {frames:.0f} frames a second", flush=True)


if __name__ == "__main__":
    main()
