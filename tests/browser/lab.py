"""JupyterLab on loopback, and what a test does with a notebook in it."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ARTEFACTS = Path(__file__).parents[2] / ".artefacts"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
FLAGS += ("--disable-component-update", "--disable-sync")
SETTINGS = {  # every cell stays in the page, and nothing is fetched
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
PICTURES = """e => [...e.querySelectorAll("canvas")].map(c => c.toDataURL()).join()
  + [...e.querySelectorAll("svg")].map(s => s.outerHTML).join()
  + [...e.querySelectorAll("img")].map(i => i.style.display).join()"""


class Lab:
    """A server of its own settings, whose folder is `root`."""

    def __init__(self, root: Path, home: Path):
        self.root, self.token = root, secrets.token_hex(16)
        for name, settings in SETTINGS.items():
            file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        own = {
            "JUPYTERLAB_SETTINGS_DIR": home / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
            "JUPYTER_CONFIG_DIR": home / "config",
            "JUPYTER_RUNTIME_DIR": home / "runtime",
            "IPYTHONDIR": home / "ipython",
        }
        options = (
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
        )
        options += (f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={root}", "--expose-app-in-browser")
        self.log = (home / "lab.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, "OMP_NUM_THREADS": "1", **{key: str(value) for key, value in own.items()}},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait(home / "lab.log")

    def _wait(self, log: Path) -> None:
        for _ in range(480):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={self.token}", timeout=2)
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.25)
        raise RuntimeError("JupyterLab did not start:\n" + log.read_text()[-3000:])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def url(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}/doc/tree/{notebook}?token={self.token}"


class Notebook:
    """A notebook that is open in a browser page."""

    def __init__(self, page, lab: Lab, path: str):
        self.page, self.lab, self.path, self.console = page, lab, path, []
        page.on("console", lambda message: self.console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.goto(lab.url(path))
        page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.content?.model?.cells?.length > 0", timeout=60_000
        )
        page.evaluate(
            "async () => { const w = jupyterapp.shell.currentWidget; await w.context.ready; await w.revealed; }"
        )
        page.wait_for_function(
            "['idle', 'starting'].includes(jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status)",
            timeout=60_000,
        )

    def run(self, timeout: float = 180) -> None:
        """Run all cells, and wait until the kernel is idle and the page has drawn."""
        self.page.set_default_timeout(timeout * 1000)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
        self.page.wait_for_timeout(500)
        self.page.set_default_timeout(20_000)

    def run_cells(self, numbers: list[int], timeout: float = 180) -> None:
        """Run these cells in order, and wait until the page has drawn."""
        self.page.set_default_timeout(timeout * 1000)
        self.page.evaluate(
            """async numbers => {
              const notebook = jupyterapp.shell.currentWidget.content;
              for (const number of numbers) {
                notebook.deselectAll();
                notebook.activeCellIndex = number;
                await jupyterapp.commands.execute("notebook:run-cell");
              }
            }""",
            numbers,
        )
        self.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
        self.page.wait_for_timeout(500)
        self.page.set_default_timeout(20_000)

    def cells(self) -> list[dict]:
        return self.page.evaluate("() => jupyterapp.shell.currentWidget.content.model.toJSON().cells")

    def python(self, expression: str) -> str:
        """What the kernel says of an expression."""
        script = f"""async it => {{
          const sent = {{code: "", user_expressions: {{it}}, store_history: false}};
          return (await {KERNEL}.requestExecute(sent).done).content.user_expressions.it; }}"""
        told = self.page.evaluate(script, expression)
        return told["data"]["text/plain"] if told["status"] == "ok" else f"{told['ename']}: {told['evalue']}"

    def learns(self, expression: str, within: float = 5) -> bool:
        """Whether the expression becomes true in the kernel.

        A widget has one message under way: the newest positions wait in the page until the kernel has acknowledged
        the ones before, and a question asked meanwhile overtakes them.
        """
        end = time.monotonic() + within
        while self.python(expression) != "True":
            if time.monotonic() > end:
                return False
            self.page.wait_for_timeout(50)
        return True

    def errors(self) -> list[str]:
        """The error outputs, as `name: message`."""
        found = [out for cell in self.cells() for out in cell.get("outputs", []) if out["output_type"] == "error"]
        return [f"{out['ename']}: {out['evalue']}" for out in found]

    def panels(self) -> list:
        """The widgets, once each of them has drawn."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('.jp-OutputArea-output')].every(
                 e => !/^(Loading widget|Error)/.test(e.innerText.trim()))"""
        )
        return self.page.locator(".dvlab").all()

    def sliders(self, panel) -> list:
        return [each for each in panel.get_by_role("slider").all() if each.is_visible()]

    def pictures(self, panel) -> str:
        """What the panel shows, as text: every pixel, and every mark of a chart."""
        return panel.evaluate(PICTURES)

    def move(self, panel, handle) -> None:
        """Move one slider by its keys, at most ten steps (a latent of little KL may show less than a grey level in
        one); fail unless a picture of its panel changes."""
        before = self.pictures(panel)
        at_end = handle.evaluate("e => Number(e.value) >= Number(e.max)")
        handle.focus()
        for _ in range(10):
            self.page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            for _ in range(5):
                if self.pictures(panel) != before:
                    return
                self.page.wait_for_timeout(50)
        raise AssertionError(f"{self.path}: ten keys changed no picture of {panel.inner_text()[:80]!r}")

    def theme(self, name: str) -> None:
        self.page.evaluate("name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        self.page.wait_for_timeout(800)

    def screenshots(self, name: str) -> list[Path]:
        """The whole notebook, from top to bottom, as NAME-00.png, ... under .artefacts/; to be looked at, not in CI."""
        if os.environ.get("CI"):
            return []
        ARTEFACTS.mkdir(exist_ok=True)
        for old in ARTEFACTS.glob(f"{name}-[0-9][0-9].png"):
            old.unlink()
        pane = self.page.locator(".jp-WindowedPanel-outer").first
        tall, step = pane.evaluate("e => [e.scrollHeight, e.clientHeight - 40]")
        files = []
        for i, top in enumerate(range(0, tall, step)):
            pane.evaluate("(e, top) => e.scrollTo(0, top)", top)
            self.page.wait_for_timeout(150)
            files.append(ARTEFACTS / f"{name}-{i:02d}.png")
            self.page.screenshot(path=files[-1])
        return files

    def close(self) -> None:
        """Leave without saving, and end the kernel."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close(run_before_unload=False)
