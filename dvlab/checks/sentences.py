"""Sentences and numbers that several exercises share."""

import math

LN_2PI = math.log(2 * math.pi)
BITS = "a logarithm to base 2 gives bits; nats need the natural logarithm."
