"""Models that others trained, measured on every image of dSprites as this package draws it."""

import json
import os
from pathlib import Path
from typing import Any

from dvlab import __version__
from dvlab.files import write_whole
from dvlab.results import RESULTS, csv
from dvlab.vae import VAE
from dvlab.validation import pick_device
from dvlab.worlds import Sprites
from dvlab.zoo.others import disentangling_vae

TEST_BATCHES = 738  # by which their test losses are divided, though they are sums over one batch


def is_other(name: str | os.PathLike) -> bool:
    """Whether a model is somebody else's.

    Parameters
    ----------
    name : path

    Returns
    -------
    bool
        True for a file .pt, and for a folder with a model.pt in it that is not a run's.
    """
    path = Path(name)
    return path.suffix == ".pt" or ((path / "model.pt").is_file() and not (path / "config.json").is_file())


def open_other(name: str | os.PathLike, device: str | None = None) -> tuple[VAE, Sprites]:
    """A model of disentangling-vae and the world it was trained on, all 737,280 images of `Sprites()`.

    Parameters
    ----------
    name : path
        A model.pt, or its folder. Where a specs.json lies beside it, that must say that the data set is dSprites.
    device : str, optional

    Returns
    -------
    VAE, Sprites

    Raises
    ------
    FileNotFoundError, ValueError
        As `dvlab.zoo.others.disentangling_vae`; and ValueError for a model of other images.
    """
    vae, world = disentangling_vae(name), Sprites()
    trained_on = _beside(name, "specs.json").get("dataset", "dsprites")
    if trained_on != "dsprites" or vae.image_shape != world.image_shape:
        what = "of other size" if trained_on == "dsprites" else trained_on
        sides = " × ".join(map(str, vae.image_shape))
        raise ValueError(f"{name} must be a model of dSprites, 1 × 64 × 64; its images are {what}, {sides}")
    return vae.to(pick_device(device)), world


def folder_name(name: str | os.PathLike) -> str:
    """What a published model is called.

    Parameters
    ----------
    name : path
        A model.pt, another file .pt, or the folder of a model.pt.

    Returns
    -------
    str
        The folder's name, or that of a file which isn't model.pt, without its .pt.

    Examples
    --------
    >>> folder_name("models/btcvae_dsprites/model.pt"), folder_name("models/beta-0.5"), folder_name("models/mine.pt")
    ('btcvae_dsprites', 'beta-0.5', 'mine')
    """
    path = Path(name).resolve()
    return path.parent.name if path.name == "model.pt" else path.name.removesuffix(".pt")


def _beside(name, file):
    path = (Path(name) if Path(name).is_dir() else Path(name).parent) / file
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def row(name: str | os.PathLike, found: dict[str, Any]) -> dict[str, Any]:
    """A model's line of others.csv: from its evaluation, and what its own log says of the first 1,000 images.

    Parameters
    ----------
    name : path
        The model.pt, or its folder.
    found : dict
        Its evaluation.json.

    Returns
    -------
    dict
        Nats per image; the log's numbers times 738, as `logged_...`, where there is a log.
    """
    plain = ("images", "kl", "mutual_information", "total_correlation", "dimension_wise", "standard_error")
    mig = found["mig_per_factor"]
    line = {"model": folder_name(name)} | {column: found[column] for column in plain}
    line |= {"active_latents": found["active_latents"], "mig": found["mig"]}
    line |= {f"mig_{factor}": value for factor, value in mig.items()}
    others = [value for factor, value in mig.items() if factor != "shape"]
    line["without_shape_mig"] = sum(others) / len(others)
    line |= {f"dci_{column}": value for column, value in found["dci_lasso"].items()}
    line |= {f"info_{column}": value for column, value in found["infomec"].items()}
    log = _beside(name, "test_losses.log")
    terms = {"kl": "kl_loss", "mutual_information": "mi_loss", "total_correlation": "tc_loss"}
    terms |= {"dimension_wise": "dw_kl_loss"}
    return line | {f"logged_{ours}": TEST_BATCHES * log[theirs] for ours, theirs in terms.items() if theirs in log}


def table(models: dict[str, dict[str, Any]], folder: str | os.PathLike = RESULTS) -> Path:
    """Write others.csv.

    Parameters
    ----------
    models : dict
        A row each: its path -> its evaluation.json.
    folder : path
        Where the table goes; a table that is there is replaced.

    Returns
    -------
    Path
        Of the table.

    Raises
    ------
    OSError
        When it can't be written.
    """
    comments = ["python -m dvlab evaluate FOLDER/model.pt, for each; a row from its evaluation.json"]
    comments.append(f"dvlab {__version__}; nats per image over all 737,280 of Sprites(); logged: their first 1,000")
    path = Path(folder) / "others.csv"
    write_whole(path, csv(comments, [row(name, found) for name, found in models.items()]))
    return path
