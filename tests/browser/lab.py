"""JupyterLab on loopback, and what a test does with a notebook in it."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
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
        self.runtime = Path(tempfile.mkdtemp(prefix="lab"))  # a socket's path may have about a hundred characters
        self.log = home / "lab.log"
        for _ in range(3):  # another program may take the port before the server does
            self._start(home)
            if self._answers():
                return
        raise RuntimeError("JupyterLab did not start:\n" + self.log.read_text()[-3000:])

    def _start(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        own = {
            "JUPYTERLAB_SETTINGS_DIR": home / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
            "JUPYTER_CONFIG_DIR": home / "config",
            "JUPYTER_RUNTIME_DIR": self.runtime,
            "IPYTHONDIR": home / "ipython",
        }
        options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={self.port}"]
        options += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}"]
        options += [f"--ServerApp.root_dir={self.root}", "--expose-app-in-browser"]
        options += ["--KernelManager.transport=ipc"]  # no ports that others could take
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                env={**os.environ, "OMP_NUM_THREADS": "1", **{key: str(value) for key, value in own.items()}},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _answers(self) -> bool:
        """Whether the server answers, within two minutes; False as soon as its process has ended."""
        for _ in range(480):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={self.token}", timeout=2)
                return True
            except OSError:
                if self.process.poll() is not None:
                    return False
                time.sleep(0.25)
        return False

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def url(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}/doc/tree/{notebook}?token={self.token}"


class Notebook:
    """A notebook that is open in a browser page."""

    def __init__(self, page, lab: Lab, path: str):
        self.page, self.lab, self.path, self.console = page, lab, path, []
        page.on("console", lambda message: self.console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.set_default_timeout(120_000)  # a busy machine
        page.goto(lab.url(path))
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.content?.model?.cells?.length > 0")
        page.evaluate(
            "async () => { const w = jupyterapp.shell.currentWidget; await w.context.ready; await w.revealed; }"
        )
        page.wait_for_function(
            "['idle', 'starting'].includes(jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status)"
        )

    def run(self, timeout: float = 180) -> None:
        """Run all cells, and wait until the kernel is idle and the page has drawn."""
        self._do("() => jupyterapp.commands.execute('notebook:run-all-cells')", None, timeout)

    def run_cells(self, numbers: list[int], timeout: float = 180) -> None:
        """Run these cells in order, and wait until the page has drawn."""
        self._do(
            """async numbers => {
              const notebook = jupyterapp.shell.currentWidget.content;
              for (const number of numbers) {
                notebook.deselectAll();
                notebook.activeCellIndex = number;
                await jupyterapp.commands.execute("notebook:run-cell");
              }
            }""",
            numbers,
            timeout,
        )

    def _do(self, script: str, argument, timeout: float) -> None:
        """Start something in the page, and wait until it is over (`evaluate` alone would wait without end)."""
        start = f"a => {{ window.over = false; ({script})(a).finally(() => {{ window.over = true; }}); }}"
        self.page.evaluate(start, argument)
        idle = "jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
        self.page.wait_for_function(f"window.over && {idle}", timeout=timeout * 1000)
        self.page.wait_for_timeout(500)

    def cells(self) -> list[dict]:
        return self.page.evaluate("() => jupyterapp.shell.currentWidget.content.model.toJSON().cells")

    def python(self, expression: str) -> str:
        """What the kernel says of an expression."""
        script = f"""async it => {{
          const sent = {{code: "", user_expressions: {{it}}, store_history: false}};
          return (await {KERNEL}.requestExecute(sent).done).content.user_expressions.it; }}"""
        told = self.page.evaluate(script, expression)
        return told["data"]["text/plain"] if told["status"] == "ok" else f"{told['ename']}: {told['evalue']}"

    def learns(self, expression: str, within: float = 60) -> bool:
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
        outputs = [out.get("data", {}) for cell in self.cells() for out in cell.get("outputs", [])]
        kinds = {"application/vnd.jupyter.widget-view+json", "image/png"}  # of ours; a progress bar has no picture
        ours = sum(kinds <= data.keys() for data in outputs)
        self.page.wait_for_function("ours => document.querySelectorAll('.dvlab').length >= ours", arg=ours)
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
        for key in range(10):
            self.page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            for _ in range(5 if key < 9 else 400):
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
