"""What `python -m dvlab site` does: the course as web pages."""

from pathlib import Path

from dvlab.site.build import build


def site(out: Path) -> None:
    """Build the site, and say where to open it."""
    print(f"{build(out)}: open it in a browser, or put the folder on any web server")
