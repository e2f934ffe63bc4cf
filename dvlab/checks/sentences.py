"""Sentences and numbers that several exercises share."""

import math

LN_2PI = math.log(2 * math.pi)
BITS = "a logarithm to base 2 gives bits; nats need the natural logarithm."


def guessed(guess: float | None, answer: float) -> None:
    """Print the reader's guess beside the answer; nothing is graded."""
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   answer: {answer:.2f}")
