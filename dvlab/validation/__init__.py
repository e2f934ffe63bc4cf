"""Bad input gets an error that names the argument, what was expected and what came; `name` is the argument's name."""

from dvlab.validation._arrays import LARGEST, batch_like, finite, float_tensor, posterior_parameters, real_array
from dvlab.validation._values import kind, number, one_of, pick_device, positive_int, seed_checked

__all__ = ["LARGEST", "batch_like", "finite", "float_tensor", "kind", "number", "one_of", "pick_device"]
__all__ += ["positive_int", "posterior_parameters", "real_array", "seed_checked"]
