"""Embedding: rows of a matrix looked up by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, as_array

from . import options
from .products import _named


@primitive(name="add_rows", x=lambda g, indices: g[indices])
def _add_rows(x: Any, indices: Any, rows: int) -> Any:
    """Return a matrix of so many rows, zeros to which each row of x is added at its index."""
    width = x.shape[-1]
    result = np.zeros_like(x, shape=(rows * width,))
    # Element by element np.add.at is four times faster than row by row.
    places = indices.reshape((-1, 1)) * width + np.arange(width, like=indices)
    np.add.at(result, places.reshape(-1), x.reshape(-1))
    return result.reshape((rows, width))


@primitive(
    name="embedding",
    weight=lambda g, indices, weight_shape, share: _add_rows(
        g if share is None else g * share, indices, weight_shape[0]
    ),
)
def _embedding(weight: Any, indices: Any, share: Any = None) -> Any:
    return weight[indices]


def embedding(
    indices: Operand,
    weight: Operand,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Look up rows of a matrix: y[…, :] = weight[indices[…], :].

    Parameters
    ----------
    indices : array_like or Tensor of integers, of any shape
        The numbers of the rows.
    weight : Tensor or array_like of shape (num_embeddings, embedding_dim)
        The vectors, one a row.
    padding_idx : int, optional
        This row gets no gradient: it stands for what is no word. Negative numbers count from the end.
    max_norm : float, optional
        Rows that are looked up and longer than this are first shortened to it, in `weight` itself.
    norm_type : float, default 2
        The p of the p-norm by which `max_norm` measures.
    scale_grad_by_freq : bool, default False
        Divide the gradient of each row by how often it occurs in `indices`.
    sparse : bool, default False
        Gradients are dense arrays here: only False is taken.

    Returns
    -------
    Tensor of the shape of `indices` and, as a last axis, embedding_dim

    Raises
    ------
    TypeError
        If the indices are no integers.
    IndexError
        If an index is not from 0 to num_embeddings − 1.
    ValueError
        If `weight` is no matrix, `padding_idx` is no row, `sparse` is True, `max_norm` is below 0, or would have to
        write into the result of an operation.

    References
    ----------
    Bengio, Ducharme, Vincent & Jauvin, "A neural probabilistic language model" (2003).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import embedding
    >>> vectors = Tensor([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> embedding([2, 1, 2], vectors).sum().backward()
    >>> vectors.grad
    Tensor([[0., 0.],
            [1., 1.],
            [2., 2.]])
    """
    refuse_options("embedding", max_norm, sparse)
    places = _whole(indices, "embedding")
    vectors = weight if isinstance(weight, Tensor) else as_array(weight)
    if vectors.ndim != 2:
        raise ValueError(
            f"embedding: {_named(vectors, 'weight')} must have shape (num_embeddings, embedding_dim), not "
            f"{vectors.shape}"
        )
    rows = vectors.shape[0]
    _refuse_outside(places, rows, f"embedding: {_named(vectors, 'weight')} has {rows} rows")
    if padding_idx is not None:
        padding_idx = counted_from_0(padding_idx, rows)
    if max_norm is not None:
        _shorten(vectors, places, max_norm, norm_type)
    return _embedding(vectors, places, _share(vectors, places, padding_idx, scale_grad_by_freq))


def one_hot(indices: Operand, num_classes: int = -1) -> Any:
    """Write class numbers as rows of zeros with a single one: y[…, k] = 1 where k = indices[…].

    Parameters
    ----------
    indices : array_like or Tensor of integers, of any shape
        The numbers of the classes.
    num_classes : int, default −1
        The length of the rows. −1: one more than the greatest index.

    Returns
    -------
    array of int64, of the shape of `indices` and, as a last axis, num_classes
        No Tensor: whole numbers have no gradient.

    Raises
    ------
    TypeError
        If the indices are no integers.
    IndexError
        If an index is not from 0 to num_classes − 1.

    Examples
    --------
    >>> from nn.functional import one_hot
    >>> one_hot([2, 0], num_classes=3)
    array([[0, 0, 1],
           [1, 0, 0]])
    """
    places = _whole(indices, "one_hot")
    if num_classes == -1:
        num_classes = int(places.max().item()) + 1 if places.size else 0
    _refuse_outside(places, num_classes, f"one_hot: there are num_classes={num_classes}")
    return (places[..., None] == np.arange(num_classes, like=places)).astype(np.int64)


def counted_from_0(padding_idx: int, rows: int) -> int:
    """Return the number of the row that `padding_idx` means; raise ValueError if there is none."""
    if not options.is_whole(padding_idx) or not -rows <= padding_idx < rows:
        raise ValueError(f"padding_idx={padding_idx!r} is none of the {rows} rows, numbered from 0 to {rows - 1}")
    return padding_idx % rows


def _share(weight: Any, indices: Any, padding_idx: int | None, by_frequency: bool) -> Any:
    """Return what part of each row's gradient arrives, as a column for each index; None: all of it."""
    if padding_idx is None and not by_frequency:
        return None
    share = np.ones_like(indices, dtype=weight.dtype)
    if by_frequency:
        share /= np.bincount(indices.reshape(-1))[indices].astype(weight.dtype)
    if padding_idx is not None:
        share *= indices != padding_idx
    return np.asarray(share[..., None], like=weight.data if isinstance(weight, Tensor) else weight)


def _shorten(weight: Any, indices: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up and longer than `max_norm` down to it, in place."""
    if isinstance(weight, Tensor) and not weight.is_leaf:
        raise ValueError(
            "embedding: max_norm shortens the rows of the weight in place, which is possible in a Parameter and not in "
            "the result of an operation; leave max_norm out"
        )
    array = weight.data if isinstance(weight, Tensor) else weight
    rows = np.unique(indices)
    norms = np.linalg.norm(array[rows], ord=norm_type, axis=1)
    too_long = norms > max_norm
    if too_long.any().item():
        array[rows] *= np.where(too_long, max_norm / (norms + 1e-7), 1.0)[:, None]
        if isinstance(weight, Tensor):
            weight.mark_written()


# ------------------------------------------------------------------------------------------------------------- refusals


def refuse_options(who: str, max_norm: float | None, sparse: bool) -> None:
    """Raise ValueError for a length below 0, and for sparse gradients."""
    if max_norm is not None:
        options.numbers(who, least=0, max_norm=max_norm)
    if sparse:
        raise ValueError(f"{who} has no sparse gradients: all gradients are dense arrays; leave sparse=True out")


def _whole(indices: Any, name: str) -> Any:
    """Return a copy of the indices as an array, to be read again by the derivative rule."""
    indices = as_array(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{name} takes indices, which are integers, not {indices.dtype}; write indices.astype(int)")
    return indices.astype(np.intp)


def _refuse_outside(indices: Any, count: int, what: str) -> None:
    strange = (indices < 0) | (indices >= count)
    if strange.any().item():
        raise IndexError(
            f"{what}, numbered from 0 to {count - 1}, and the index {indices[strange][0].item()} was asked for"
        )
