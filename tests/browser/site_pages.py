"""The built site in Chromium, offline: what a test asks of each of its pages."""

import functools
import http.server
import re
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
# axe-core looks at every element: formulas and code have thousands, all of the same few kinds
WORDS_ONLY = """
document.querySelectorAll("math").forEach(one => one.replaceWith(one.textContent));
document.querySelectorAll(".highlight pre").forEach(one => one.replaceChildren(one.textContent));
[...document.querySelectorAll("dt.sig")].slice(6).forEach(one => one.replaceChildren(one.textContent));
document.querySelectorAll(".court tbody tr:nth-child(n + 13)").forEach(one => one.remove());
dispatchEvent(new Event("resize"));
"""
IMAGES = """async () => {
  const broken = [];
  for (const image of document.images) {
    image.loading = "eager";
    try { await image.decode(); } catch { broken.push("not shown: " + image.src.slice(0, 80)); }
    if (!image.alt.trim()) broken.push("no alt: " + image.src.slice(0, 80));
  }
  return broken;
}"""
WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= innerWidth) return [];
  return ["scrolls sideways: " + root.scrollWidth + " for " + innerWidth + " pixels"];
}"""


class Visitor:
    """One tab that lets nothing out but to `home`, and notes what a page asks for and complains of."""

    def __init__(self, chromium, home: str):
        self.context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        self.context.set_default_timeout(120_000)  # a busy machine
        self.page, self.home, self.problems = self.context.new_page(), home, []
        self.context.route(lambda url: not url.startswith((home, "data:", "blob:")), self._refuse)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def open(self, name: str) -> list[str]:
        """Go to a page, wait until it is settled, and start a new list of problems."""
        self.problems.clear()
        self.page.goto(self.home + name)
        self.page.evaluate("document.fonts.ready.then(() => 0)")
        return self.problems

    def _refuse(self, route):
        self.problems.append(f"asked for {route.request.url[:150]}")
        route.abort()

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text[:200]}")

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # a picture of the page before, on which nobody waited for it
            self.problems.append(f"failed: {request.url[:150]}")

    def _answered(self, response):
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url[:150]}")


@functools.cache
def ids(page: Path) -> frozenset[str]:
    """The anchors of a page."""
    return frozenset(re.findall(r'\sid="([^"]+)"', page.read_text(encoding="utf-8")))


def dead_links(page: Path, hrefs: list[str]) -> list[str]:
    """Of a page's links those that lead nowhere: no such file, or no such anchor in it."""
    dead = []
    for href in hrefs:
        url, anchor = urldefrag(urljoin(page.as_uri(), href))
        if urlparse(url).scheme != "file":
            continue
        target = Path(unquote(urlparse(url).path))
        if not target.is_file():
            dead.append(f"no such file: {href}")
        elif anchor and target.suffix == ".html" and unquote(anchor) not in ids(target):
            dead.append(f"no such anchor: {href}")
    return dead


def serve(folder: Path) -> tuple[str, http.server.ThreadingHTTPServer]:
    """A web server over a folder, and its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/", server
