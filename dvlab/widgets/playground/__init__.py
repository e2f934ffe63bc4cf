"""The playground: one HTML page in which a small VAE trains before the reader's eyes, without a kernel or a network."""

import json
import os
from pathlib import Path

from dvlab.files import write_whole
from dvlab.widgets.bundle import bundle

HERE = Path(__file__).parent


def playground(path: str | os.PathLike, lectures: str | None = None) -> Path:
    """Write the playground to `path`, one HTML file of less than 1 MB that asks the network for nothing.

    The page draws its worlds, trains on them in a Web Worker and measures what comes out; there is no model inside.
    Its state is in its address, `playground.html#world=ellipse&objective=beta-tcvae&schedule=cooling&seed=3&run=1`,
    and `window.playground.read()` gives what it shows as numbers, in nats per image.

    Parameters
    ----------
    path : path
        The file; one that is there is replaced.
    lectures : str, optional
        Where the lectures' pages lie, seen from the file, such as "lectures/": the stories then link to their sections.
        Without it they name the lecture only.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        Where the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = playground(Path(folder) / "playground.html").read_text(encoding="utf-8")
    >>> len(page.encode()) < 1_000_000 and "https://" not in page
    True
    """
    page = (HERE / "playground.html").read_text(encoding="utf-8")
    parts = {
        "css": (HERE / "playground.css").read_text(encoding="utf-8"),
        "lectures": _inside_script(json.dumps(lectures)),
        "worker": _inside_script(bundle(HERE / "worker.js")),
        "script": _inside_script(bundle(HERE / "main.js")),
    }
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    write_whole(path, page)
    return Path(path)


def _inside_script(text: str) -> str:
    """`text` that cannot end the script element it stands in."""
    return text.replace("</script", r"<\/script")
