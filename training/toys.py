"""Small data sets, there at once: handwritten digits, and points in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.random import Rng, generator

Split = tuple[Any, Any]


def digits(images: bool = False) -> Split:
    """Handwritten digits, 8 × 8 pixels: scikit-learn's 1,797.

    Parameters
    ----------
    images : bool, default False
        Of shape (1797, 1, 8, 8), instead of a row of 64 pixels each.

    Returns
    -------
    X : ndarray of shape (1797, 64) or (1797, 1, 8, 8)
        Float32, from 0 to 1; the background is 0.
    y : ndarray of shape (1797,)
        The classes 0 … 9, int64.

    Raises
    ------
    ImportError
        If scikit-learn is missing.

    Notes
    -----
    Splits are scikit-learn's: ``train_test_split(X, y, stratify=y, random_state=0)``.

    References
    ----------
    Alpaydin & Kaynak, "Cascading classifiers" (1998).

    Examples
    --------
    >>> from training import digits
    >>> X, y = digits()
    >>> X.shape, X.min(), X.max(), y[:5]
    ((1797, 64), np.float32(0.0), np.float32(1.0), array([0, 1, 2, 3, 4]))
    """
    X, y = _datasets("digits").load_digits(return_X_y=True)
    X = np.divide(X, 16, dtype=np.float32)
    return (X.reshape(-1, 1, 8, 8) if images else X), y.astype(np.int64)


def moons(n: int = 200, noise: float = 0.1, rng: Rng = None) -> Split:
    """Two half circles that reach into each other: scikit-learn's ``make_moons``.

    Parameters
    ----------
    n : int, default 200
        How many points, of both classes together.
    noise : float, default 0.1
        The standard deviation of what is added to each coordinate.
    rng : Generator or int, optional
        Where the random numbers come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    X : ndarray of shape (n, 2)
        Float32.
    y : ndarray of shape (n,)
        0 or 1, int64.

    Raises
    ------
    ImportError
        If scikit-learn is missing.

    Examples
    --------
    >>> from training import moons
    >>> X, y = moons(100, rng=0)
    >>> X.shape, y.sum()
    ((100, 2), np.int64(50))
    """
    return _typed(_datasets("moons").make_moons(n, noise=noise, random_state=_state(rng)))


def circles(n: int = 200, noise: float = 0.05, ratio: float = 0.5, rng: Rng = None) -> Split:
    """A circle in a circle: scikit-learn's ``make_circles``.

    Parameters
    ----------
    n, noise, rng
        As for :func:`moons`; here the noise is 0.05 by default.
    ratio : float, default 0.5
        The radius of the inner circle; that of the outer is 1.

    Returns
    -------
    X : ndarray of shape (n, 2)
        Float32.
    y : ndarray of shape (n,)
        0 (outside) or 1 (inside), int64.

    Raises
    ------
    ImportError
        If scikit-learn is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from training import circles
    >>> X, y = circles(100, noise=0, rng=0)
    >>> [float(np.hypot(*X[y == c].T).mean().round(4)) for c in (0, 1)]
    [1.0, 0.5]
    """
    return _typed(_datasets("circles").make_circles(n, noise=noise, factor=ratio, random_state=_state(rng)))


def blobs(n: int = 200, classes: int = 3, spread: float = 1.0, features: int = 2, rng: Rng = None) -> Split:
    """Clouds around random centres, a class each: scikit-learn's ``make_blobs``.

    Parameters
    ----------
    n : int, default 200
        How many points, of all classes together.
    classes : int, default 3
        How many clouds.
    spread : float, default 1.0
        The standard deviation around a centre; the centres are within ±10.
    features : int, default 2
        In how many dimensions.
    rng : Generator or int, optional
        As for :func:`moons`.

    Returns
    -------
    X : ndarray of shape (n, features)
        Float32.
    y : ndarray of shape (n,)
        The classes, int64.

    Raises
    ------
    ImportError
        If scikit-learn is missing.

    Examples
    --------
    >>> from training import blobs
    >>> X, y = blobs(90, features=5, rng=0)
    >>> X.shape, sorted(set(y.tolist()))
    ((90, 5), [0, 1, 2])
    """
    make = _datasets("blobs").make_blobs
    return _typed(make(n, features, centers=classes, cluster_std=spread, random_state=_state(rng))[:2])


def spirals(n: int = 300, classes: int = 3, noise: float = 0.1, turns: float = 0.75, rng: Rng = None) -> Split:
    """Arms that wind around one another, a class each.

    The point at radius r on arm k stands at the angle 2π(turns·r + k/classes), with noise.

    Parameters
    ----------
    n : int, default 300
        How many points, of all classes together; the classes are equal, to one point.
    classes : int, default 3
        How many arms.
    noise : float, default 0.1
        The standard deviation of the angle, in radians.
    turns : float, default 0.75
        How often an arm goes around.
    rng : Generator or int, optional
        As for :func:`moons`.

    Returns
    -------
    X : ndarray of shape (n, 2)
        Float32, within the unit circle.
    y : ndarray of shape (n,)
        The classes, int64.

    Raises
    ------
    ValueError
        If there are no classes, or fewer points than classes.

    Examples
    --------
    >>> import numpy as np
    >>> from training import spirals
    >>> X, y = spirals(90, rng=0)
    >>> X.shape, np.bincount(y)
    ((90, 2), array([30, 30, 30]))
    """
    if not 1 <= classes <= n:
        raise ValueError(f"spirals of {classes} classes need a point each, and at least one class; n is {n}")
    rng = generator(rng)
    y = np.arange(n) % classes
    r = np.sqrt(rng.uniform(0.01, 1, n))  # the square root: an arm is as dense outside as inside
    angle = 2 * np.pi * (turns * r + y / classes) + noise * rng.standard_normal(n)
    return _typed((np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1), y))


def sine(n: int = 50, noise: float = 0.2, rng: Rng = None) -> Split:
    """One period of a sine with noise, for regression: y = sin 2πx + ε.

    Parameters
    ----------
    n : int, default 50
        How many points.
    noise : float, default 0.2
        The standard deviation of ε.
    rng : Generator or int, optional
        As for :func:`moons`.

    Returns
    -------
    X : ndarray of shape (n, 1)
        Float32, uniform on 0 … 1.
    y : ndarray of shape (n, 1)
        Float32.

    Examples
    --------
    >>> import numpy as np
    >>> from training import sine
    >>> x, y = sine(20, noise=0, rng=0)
    >>> bool(np.allclose(y, np.sin(2 * np.pi * x), atol=1e-6))
    True
    """
    rng = generator(rng)
    x = rng.uniform(0, 1, (n, 1))
    y = np.sin(2 * np.pi * x) + noise * rng.standard_normal((n, 1))
    return x.astype(np.float32), y.astype(np.float32)


def _datasets(needed_by: str) -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            f"{needed_by} needs scikit-learn; install it with: pip install 'seegrad[training]'"
        ) from error
    return datasets


def _state(rng: Rng) -> int:
    """Return a seed, which is what scikit-learn takes."""
    return int(generator(rng).integers(2**31))


def _typed(points: tuple[Any, ...]) -> Split:
    X, y = points
    return X.astype(np.float32), y.astype(np.int64)
