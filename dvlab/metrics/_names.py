"""What the factors are called in a drawing."""

from collections.abc import Sequence


def factor_names(given: Sequence[str] | None, count: int) -> list[str]:
    """A name for each of `count` factors, their numbers unless given; ValueError for too few or too many."""
    names = [str(k) for k in range(count)] if given is None else list(given)
    if len(names) != count:
        raise ValueError(f"factors must hold a name for each of the {count} factors; got {len(names)}")
    return names
