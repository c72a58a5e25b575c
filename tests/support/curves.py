"""Functions of an array of any shape for the tests of derivatives of functions, and points at which to try them."""

import numpy as np

SHAPES = [(), (3,), (2, 3)]


def bend(x):
    """A smooth function of the shape of x, with a Jacobian that is neither diagonal nor symmetric."""
    weights = 0.1 * np.arange(1.0, x.size + 1).reshape(x.shape)
    return np.sin(x) * x**2 + x * (weights * x).sum()


def bowl(x):
    return bend(x).sum() + np.exp(0.1 * (x * x).sum())


def points(shape, seed=0):
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=shape)), np.asarray(rng.normal(size=shape))
