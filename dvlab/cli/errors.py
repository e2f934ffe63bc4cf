"""Which errors are told in one line, and which show where they arose."""

import traceback
from pathlib import Path

DVLAB = Path(__file__).parents[1]


def is_for_the_user(error: Exception) -> bool:
    """Whether the message was written for whoever typed the command.

    It was when a `raise` of ours raised it, when the system says what is wrong with a file, and when a training
    diverged. Anything else is a fault of ours, and its place matters.
    """
    if isinstance(error, FloatingPointError):
        return True
    if isinstance(error, OSError) and error.filename is not None:
        return True
    return isinstance(error, ValueError | TypeError | IndexError | OSError) and _raised_by_us(error)


def _raised_by_us(error):
    place = traceback.extract_tb(error.__traceback__)[-1]
    return DVLAB in Path(place.filename).parents and (place.line or "").startswith("raise ")
