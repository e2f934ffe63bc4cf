"""dvlab: variational autoencoders and disentanglement, derived, run, and checked against numbers you can trust.

`import dvlab` loads nothing else; every name in `__init__.pyi` is loaded when it is first asked for.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
