"""What every metric's result can do."""


class Scored:
    """A result with a `score`, which `float(result)` gives."""

    def __float__(self) -> float:
        return float(self.score)
