"""Metrics: how good outputs are, in numbers that are told to people. No gradient goes through them.

Each is a function of two arrays, all outputs and all targets, and so it serves :func:`training.fit`,
:func:`training.evaluate` and a loop of your own alike. Any function of the same kind does, such as
``lambda scores, y: sklearn.metrics.f1_score(y, scores.argmax(1), average="macro")``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays import bare, in_numpy

from .pictures import new_figure


def predicted_classes(scores: Any) -> Any:
    """Return the class that scores mean: the greatest of several, or whether a single one is more than 0.

    Parameters
    ----------
    scores : array of shape (N, C, …), or (N,) or (N, 1)
        The scores of C classes; or one score (the logit) that is positive for class 1, negative for class 0.

    Returns
    -------
    ndarray of shape (N, …), of integers

    Examples
    --------
    >>> import numpy as np
    >>> from training import predicted_classes
    >>> predicted_classes(np.array([[0.1, 0.7, 0.2], [2.0, 1.0, 0.0]]))
    array([1, 0])
    >>> predicted_classes(np.array([-0.3, 1.5]))
    array([0, 1])
    """
    scores = _bare(scores)
    if scores.ndim == 1 or scores.shape[1] == 1:
        return (scores.reshape(len(scores), *scores.shape[2:]) > 0).astype(np.int64)
    return scores.argmax(axis=1)


def accuracy(scores: Any, y: Any) -> float:
    """Return the share of the predictions that are right.

    Parameters
    ----------
    scores : array of shape (N, C, …), or (N,) or (N, 1)
        See :func:`predicted_classes`.
    y : array of shape (N, …), of integers; or of the shape of `scores`, of probabilities
        The right classes; of probabilities (as mixup makes them) the most likely class.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from training import accuracy
    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    found = predicted_classes(scores)
    return float(np.mean(found == _classes("accuracy", scores, y, found.shape)))


def top_k(scores: Any, y: Any, k: int = 5) -> float:
    """Return the share of the examples whose right class is among the `k` with the greatest scores.

    Parameters
    ----------
    scores : array of shape (N, C)
        The scores of the classes.
    y : array of shape (N,), of integers
        The right classes.
    k : int, default 5
        How many guesses there are. As a metric of ``fit``: ``{"top3": lambda s, y: top_k(s, y, 3)}``.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are not so many classes.

    Examples
    --------
    >>> import numpy as np
    >>> from training import top_k
    >>> scores = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    >>> top_k(scores, np.array([1, 2]), k=2)
    0.5
    """
    scores = _bare(scores)
    if scores.ndim != 2 or not 1 <= k <= scores.shape[1]:
        raise ValueError(f"top_k looks for the best {k} of C scores in an array (N, C), and this one is {scores.shape}")
    right = _classes("top_k", scores, y, scores.shape[:1])
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    return float(np.mean((best == right[:, None]).any(axis=1)))


def confusion_matrix(scores: Any, y: Any) -> Any:
    """Count which class was taken for which.

    Parameters
    ----------
    scores : array of shape (N, C), or (N,) or (N, 1)
        See :func:`predicted_classes`.
    y : array of shape (N,), of integers
        The right classes.

    Returns
    -------
    ndarray of shape (C, C), of integers
        In row i and column j: how many examples of class i were taken for class j.

    Raises
    ------
    ValueError
        If the shapes do not fit, or `y` has a class without a score.

    Examples
    --------
    >>> import numpy as np
    >>> from training import confusion_matrix
    >>> confusion_matrix(np.eye(3)[[0, 1, 1, 2]], np.array([0, 1, 2, 2]))
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 1]])
    """
    found = predicted_classes(scores)
    right = _classes("confusion_matrix", scores, y, found.shape)
    shape = np.shape(scores)
    classes = shape[1] if len(shape) > 1 and shape[1] > 1 else 2
    if strange := sorted(set(right.ravel().tolist()) - set(range(classes))):
        raise ValueError(
            f"confusion_matrix: y has the class {strange[0]}, but scores of shape {shape} are of the classes 0 to "
            f"{classes - 1}; give the scores of all classes, of shape (N, C): one score an example is that of the "
            "second of two classes"
        )
    return np.bincount(right.ravel() * classes + found.ravel(), minlength=classes**2).reshape(classes, classes)


def plot_confusion(matrix: Any, names: Sequence[str] | None = None, ax: Any = None) -> Any:
    """Draw a confusion matrix: what is off the diagonal are the errors.

    Parameters
    ----------
    matrix : array of shape (C, C)
        As :func:`confusion_matrix` returns it.
    names : sequence of C str, optional
        Of the classes; default: their numbers.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If Matplotlib is missing.

    Examples
    --------
    >>> import matplotlib, numpy as np
    >>> matplotlib.use("agg")
    >>> from training import plot_confusion
    >>> plot_confusion(np.array([[9, 1], [0, 10]]), ["cat", "dog"]).get_title()
    '95.0% of 20 are right'
    """
    matrix = np.asarray(matrix)
    classes = len(matrix)
    if ax is None:
        size = 1.5 + 0.45 * classes
        ax = new_figure("plot_confusion", size, size).add_subplot()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)  # rows of unequal length are compared
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, j in np.ndindex(*matrix.shape):
        if matrix[i, j]:
            ax.text(j, i, matrix[i, j], ha="center", va="center", color="white" if shares[i, j] > 0.5 else "black")
    labels = range(classes) if names is None else names
    ax.set_xticks(range(classes), labels)
    ax.set_yticks(range(classes), labels)
    right = np.trace(matrix) / max(matrix.sum(), 1)
    ax.set(xlabel="predicted class", ylabel="right class", title=f"{right:.1%} of {matrix.sum():,} are right")
    return ax


def r2(prediction: Any, y: Any) -> float:
    """Return R², the share of the variance of the targets that the predictions explain: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².

    Parameters
    ----------
    prediction, y : arrays of one shape, (N,) or (N, K)
        Of several targets it is the mean of their R². (N,) and (N, 1) go together.

    Returns
    -------
    float
        1 is perfect, 0 is what the mean of the targets comes to, less than 0 is worse than that. Targets that do not
        vary have 1 if they are met, 0 if not.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from training import r2
    >>> r2(np.array([1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    0.5
    """
    prediction, y = (_bare(part).astype(float) for part in (prediction, y))
    if prediction.size == y.size and len(prediction) == len(y):
        prediction = prediction.reshape(y.shape)
    if prediction.shape != y.shape:
        raise ValueError(f"r2: predictions of shape {prediction.shape} for targets of shape {y.shape}")
    left = ((y - prediction) ** 2).sum(axis=0)
    variation = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    constant = variation == 0
    return float(np.mean(np.where(constant, left == 0, 1 - left / np.where(constant, 1, variation))))


def _bare(values: Any) -> Any:
    return in_numpy(bare(values))


def _classes(function: str, scores: Any, y: Any, shape: tuple[int, ...]) -> Any:
    """Return the right classes, in the shape of the predicted ones."""
    y = _bare(y)
    if y.shape == np.shape(scores) and y.ndim > 1 and y.shape[1] > 1:
        return y.argmax(axis=1)
    if y.size != np.prod(shape) or len(y) != shape[0]:
        raise ValueError(f"{function}: scores of shape {np.shape(scores)} say {shape} classes, and y has {y.shape}")
    return y.reshape(shape).astype(np.int64, copy=False)
