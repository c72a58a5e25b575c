"""Bias and variance: why a model errs, measured over many training sets."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.random import Rng, generator

from .pictures import new_figure


class Decomposition(NamedTuple):
    """E[(y − h)²] and its three parts, means over the test inputs.

    Attributes
    ----------
    error : float
        E[(y − h)²], measured with new noise for every training set.
    variance : float
        E[(h − h̄)²]: how much the prediction depends on the training set.
    bias2 : float
        (h̄ − f)²: how far the mean prediction is from the truth.
    noise : float
        E[(y − f)²], which no model can learn.
    mean : ndarray of shape (N, …)
        h̄, the mean prediction.
    predictions : ndarray of shape (R, N, …)
        h of each training set.
    """

    error: float
    variance: float
    bias2: float
    noise: float
    mean: Any
    predictions: Any


def bias_variance(
    estimator: Any,
    draw: Callable[[np.random.Generator], tuple[Any, Any]],
    X: Any,
    truth: Any,
    noise: float,
    repeats: int = 50,
    rng: Rng = None,
) -> Decomposition:
    """Measure variance, bias² and noise over training sets that are drawn anew: E[(y − h)²] = Var h + (h̄ − f)² + σ².

    Parameters
    ----------
    estimator : estimator of scikit-learn, or callable (X, y) → function of X
        A copy is trained on each set: a regressor such as :class:`NeuralRegressor`, or a function that trains and
        returns what predicts.
    draw : callable of Generator → (X, y)
        Draws a training set.
    X : array of shape (N, …)
        The test inputs.
    truth : array of shape (N, …)
        f, the targets without noise.
    noise : float
        σ, the standard deviation of the noise in the targets (normal).
    repeats : int, default 50
        R, how many training sets there are.
    rng : Generator or int, optional
        Where all of it comes from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Decomposition

    Raises
    ------
    ValueError
        If there are less than 2 repeats, or predictions have another shape than `truth`.

    Notes
    -----
    h̄ is the mean of R predictions, and so bias² is too large by Var h / R; both are corrected for it.

    References
    ----------
    Geman, Bienenstock & Doursat, "Neural networks and the bias/variance dilemma" (1992).

    Examples
    --------
    >>> import numpy as np
    >>> from training import bias_variance
    >>> X = np.linspace(-1, 1, 20)
    >>> def draw(rng):
    ...     x = rng.uniform(-1, 1, 15)
    ...     return x, x**2 + 0.1 * rng.normal(size=15)
    >>> def line(x, y):
    ...     return np.poly1d(np.polyfit(x, y, 1))
    >>> found = bias_variance(line, draw, X, X**2, noise=0.1, rng=0)
    >>> found.bias2 > found.variance > 0
    True
    """
    if repeats < 2:
        raise ValueError(f"a variance needs at least 2 training sets, not repeats={repeats}")
    random, f = generator(rng), np.asarray(truth, dtype=float)
    predictions, errors, noises = [], [], []
    for _ in range(repeats):
        h = np.asarray(_trained(estimator, *draw(random))(X), dtype=float)
        if h.shape != f.shape:
            raise ValueError(f"predictions have shape {h.shape}, and the truth has {f.shape}")
        y = f + noise * random.normal(size=f.shape)
        predictions.append(h)
        errors.append(np.mean((y - h) ** 2))
        noises.append(np.mean((y - f) ** 2))
    found = np.stack(predictions)
    mean = found.mean(axis=0)
    variance = float(found.var(axis=0, ddof=1).mean())
    bias2 = float(np.mean((mean - f) ** 2)) - variance / repeats
    return Decomposition(float(np.mean(errors)), variance, bias2, float(np.mean(noises)), mean, found)


def plot_bias_variance(
    decompositions: Sequence[Decomposition], labels: Sequence[Any], xlabel: str = "capacity", ax: Any = None
) -> Any:
    """Draw the parts of the error of several models, one on the other, and the error that was measured.

    Parameters
    ----------
    decompositions : sequence of Decomposition
        One for each model.
    labels : sequence
        What stands below each.
    xlabel : str, default "capacity"
        In what the models differ.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there are not as many labels as models.
    ImportError
        If Matplotlib is missing.

    Examples
    --------
    >>> import matplotlib, numpy as np
    >>> matplotlib.use("agg")
    >>> from training import bias_variance, plot_bias_variance
    >>> def draw(rng):
    ...     return np.arange(5.0), rng.normal(size=5)
    >>> def mean(x, y):
    ...     return lambda X: np.full(len(X), y.mean())
    >>> found = bias_variance(mean, draw, np.arange(3.0), np.zeros(3), noise=1.0, rng=0)
    >>> plot_bias_variance([found], ["mean"]).get_xlabel()
    'capacity'
    """
    if len(decompositions) != len(labels):
        raise ValueError(f"there are {len(decompositions)} models and {len(labels)} labels")
    if ax is None:
        ax = new_figure("plot_bias_variance", 1.8 + 0.9 * len(labels), 3.4).add_subplot()
    places, below = np.arange(len(labels)), np.zeros(len(labels))
    for name, label, colour in (
        ("noise", "noise", "lightgrey"),
        ("bias2", "bias²", "C0"),
        ("variance", "variance", "C1"),
    ):
        heights = np.array([max(getattr(found, name), 0.0) for found in decompositions])
        ax.bar(places, heights, bottom=below, label=label, color=colour)
        below = below + heights
    ax.plot(places, [found.error for found in decompositions], "k_", markersize=18, label="E[(y − h)²], measured")
    ax.set_xticks(places, [str(label) for label in labels])
    ax.set(xlabel=xlabel, ylabel="squared error")
    ax.legend()
    return ax


def plot_boundary(predict: Callable[[Any], Any], X: Any, y: Any, ax: Any = None, steps: int = 200) -> Any:
    """Draw which class a classifier gives to each point of the plane, and the examples on top of it.

    Parameters
    ----------
    predict : callable of an array (M, 2) → array (M,)
        The class of each point, such as ``lambda X: training.predict(model, X).argmax(1)``.
    X : array of shape (N, 2)
        The examples.
    y : array of shape (N,)
        Their classes, 0, 1, …
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.
    steps : int, default 200
        Points along each axis.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the examples are not points in the plane.
    ImportError
        If Matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from training import moons, plot_boundary
    >>> X, y = moons(50, rng=0)
    >>> axes = plot_boundary(lambda points: (points[:, 1] < 0.25).astype(int), X, y)
    >>> len(axes.collections) > 0
    True
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"a boundary is drawn in the plane: X has shape (N, 2), not {X.shape}")
    if ax is None:
        ax = new_figure("plot_boundary", 4, 3.6).add_subplot()
    low, high = X.min(axis=0), X.max(axis=0)
    pad = 0.1 * (high - low) + 1e-9
    across, up = (np.linspace(low[i] - pad[i], high[i] + pad[i], steps) for i in (0, 1))
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    classes = np.asarray(predict(points)).reshape(steps, steps)
    most = max(int(np.max(y)), int(classes.max()), 1)
    options = {"cmap": "coolwarm" if most == 1 else "viridis", "vmin": 0, "vmax": most}
    ax.imshow(
        classes, origin="lower", extent=(across[0], across[-1], up[0], up[-1]), aspect="auto", alpha=0.35, **options
    )
    ax.scatter(*X.T, c=y, s=14, edgecolors="black", linewidths=0.4, **options)
    return ax


def _trained(estimator: Any, X: Any, y: Any) -> Callable[[Any], Any]:
    if hasattr(estimator, "fit"):
        trained: Callable[[Any], Any] = copy.deepcopy(estimator).fit(X, y).predict
        return trained
    predictor: Callable[[Any], Any] = estimator(X, y)
    return predictor
