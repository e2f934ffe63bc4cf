"""dvlab: variational autoencoders and disentanglement, derived, run, and checked against numbers you can trust."""

__version__ = "0.1.0"
