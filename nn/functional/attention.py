"""Attention: averages of values, weighted by how well their keys answer a query."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, plain
from autograd.random import Rng

from . import options
from .dropout import DROPPED, _draw
from .products import _shape
from .softmax import softmax


def attend(
    query: Any, key: Any, value: Any, mask: Any, kept: Any = None, keep_scale: float = 1.0, scale: float = 1.0
) -> tuple[Any, Any]:
    """Return the averages and their weights, by operations that can all be differentiated again.

    ``mask`` is added to the scores; ``kept`` says which of the weights dropout keeps, to be multiplied by
    ``keep_scale``.
    """
    scores = (query * scale) @ key.swapaxes(-1, -2)
    if mask is None:
        weights = softmax(scores)
    else:
        scores = scores + mask
        nothing = ((mask.data if isinstance(mask, Tensor) else mask) == -np.inf).all(axis=-1, keepdims=True)
        weights = softmax(np.where(nothing, 0.0, scores)) * ~nothing
    if kept is not None:
        weights = weights * kept * keep_scale
    return weights @ value, weights


def _averages(*operands: Any) -> Any:
    return attend(*operands)[0]


def _pull_attention(
    g: Any,
    ans: Any,
    query: Any,
    key: Any,
    value: Any,
    weights: Any,
    kept: Any,
    keep_scale: float,
    scale: float,
    wanted: tuple[bool, ...],
) -> Any:
    by_query, by_key, by_value, by_mask = wanted
    slopes = g @ value.swapaxes(-1, -2)
    if kept is not None:
        slopes *= kept
        slopes *= keep_scale
    # Through softmax: dS = P ∘ (dP − rowsum(P ∘ dP)), and that sum over the keys is the sum of g ∘ ans over features.
    slopes -= np.vecdot(g, ans)[..., None]
    slopes *= weights
    dropped = weights if kept is None or not by_value else weights * kept * keep_scale
    return (
        _product(slopes, key, query, scale) if by_query else None,
        _product(slopes.swapaxes(-1, -2), query, key, scale) if by_key else None,
        _product(dropped.swapaxes(-1, -2), g, value) if by_value else None,
        slopes if by_mask else None,
    )


def _product(a: Any, b: Any, like: Any, factor: float = 1.0) -> Any:
    """Return a @ b, times the factor, laid out in memory as `like` is.

    The heads of a sequence are views of its longer vectors, and so no copy is needed to join them again.
    """
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    product = np.matmul(a, b, out=np.empty_like(like, shape=shape, dtype=np.result_type(a.dtype, b.dtype)))
    if factor != 1:
        product *= factor
    return product


@primitive(name="scaled_dot_product_attention", together=_pull_attention, again=_averages, residuals=("weights",))
def _attention(
    query: Any, key: Any, value: Any, mask: Any, kept: Any = None, keep_scale: float = 1.0, scale: float = 1.0
) -> Any:
    weights = query @ key.swapaxes(-1, -2)
    weights *= scale
    if mask is not None:
        weights = np.add(weights, mask, out=weights if weights.dtype == mask.dtype else None)
    peak = weights.max(axis=-1, keepdims=True)
    if mask is not None:
        peak = np.where(peak == -np.inf, 0.0, peak)  # a row without any key
    weights -= peak
    np.exp(weights, out=weights)
    total = weights @ np.ones_like(weights, shape=(weights.shape[-1], 1))  # five times as fast as .sum(axis=-1)
    weights /= total if mask is None else np.maximum(total, 1)  # it is 1 or more, but for a row without any key
    dropped = weights if kept is None else weights * kept * keep_scale
    return _product(dropped, value, query), weights


def scaled_dot_product_attention(
    query: Operand,
    key: Operand,
    value: Operand,
    attn_mask: Operand | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    rng: Rng = None,
) -> Tensor:
    """Average the values, weighted for each query by the softmax of its products with the keys: softmax(Q Kᵀ/√E) V.

    Parameters
    ----------
    query : Tensor or array_like of shape (…, L, E)
        L queries; the axes before are of examples and heads.
    key : Tensor or array_like of shape (…, S, E)
        S keys.
    value : Tensor or array_like of shape (…, S, E′)
        Their values.
    attn_mask : Tensor or array_like that broadcasts to (…, L, S), optional
        Booleans: which keys each query may look at. Numbers: what is added to the products.
    dropout_p : float, default 0
        With this probability a weight is set to zero, and the others are divided by 1 − p. A function does not know
        whether a model is being trained: give 0 when it is not.
    is_causal : bool, default False
        Query i may look at the keys up to number i only, beside what `attn_mask` says.
    scale : float, optional
        What the products are multiplied by. Default: 1/√E.
    enable_gqa : bool, default False
        Keys and values have fewer heads (on the third axis from the end) than queries, and each serves as many
        successive heads of the queries.
    rng : Generator or int, optional
        Where the dropout comes from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Tensor of shape (…, L, E′)

    Raises
    ------
    ValueError
        If shapes do not fit, or the probability is none.
    TypeError
        If the mask holds integers.

    Notes
    -----
    A query that may look at no key at all gets zeros, with zero gradients, as in PyTorch.

    References
    ----------
    Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser & Polosukhin, "Attention is all you need" (2017).

    Examples
    --------
    The first query looks at the first key only, the second at both alike:

    >>> import numpy as np
    >>> from nn.functional import scaled_dot_product_attention
    >>> query, key, value = np.zeros((2, 4)), np.zeros((2, 4)), np.array([[1.0], [3.0]])
    >>> scaled_dot_product_attention(query, key, value, is_causal=True)
    array([[1.],
           [2.]])
    """
    query, key, value = (x if hasattr(x, "shape") else np.asarray(x) for x in (query, key, value))
    options.parts("scaled_dot_product_attention", DROPPED, dropout_p=dropout_p)
    if enable_gqa:
        key, value = (_for_all_heads(x, query) for x in (key, value))
    shape = _refuse_shapes(query, key, value)
    mask = mask_of(attn_mask, is_causal, shape, query)
    kept, keep_scale = dropped_weights(shape, dropout_p, rng, query)
    return _attention(query, key, value, mask, kept, keep_scale, query.shape[-1] ** -0.5 if scale is None else scale)


# ---------------------------------------------------------------------------------------------------------- the helpers


def mask_of(attn_mask: Any, is_causal: bool, shape: tuple[int, ...], query: Any) -> Any:
    """Return what is added to scores of this shape, or None: 0 where a query may look at a key, −∞ where it may not."""
    bare = query.data if isinstance(query, Tensor) else query
    mask = None
    if attn_mask is not None:
        if not _broadcasts(_shape(attn_mask), shape):
            raise ValueError(
                f"scaled_dot_product_attention: attn_mask must broadcast to the shape {shape} of the products of "
                f"queries and keys, but has shape {_shape(attn_mask)}"
            )
        mask = additive(attn_mask, bare)
    if is_causal:
        causal = additive(np.tri(*shape[-2:], dtype=bool), bare)
        mask = causal if mask is None else mask + causal
    return mask


def additive(mask: Any, like: Any) -> Any:
    """Return a mask as what is added to the scores: numbers as they are, −∞ for every False of booleans.

    An array of numbers takes the dtype of the scores: what np.zeros makes is not to turn float32 into float64. What is
    below its range becomes −∞.
    """
    if not isinstance(mask, Tensor):
        mask = np.asarray(mask, like=like)
    if mask.dtype.kind == "f":
        if isinstance(mask, Tensor):
            return mask
        with np.errstate(over="ignore"):
            return mask.astype(like.dtype, copy=False)
    if mask.dtype != bool:
        raise TypeError(f"a mask holds booleans, or floating point numbers to be added to the scores, not {mask.dtype}")
    return np.where(mask.data if isinstance(mask, Tensor) else mask, 0.0, -np.inf).astype(like.dtype, copy=False)


def dropped_weights(shape: tuple[int, ...], p: float, rng: Rng, query: Any) -> tuple[Any, float]:
    """Return which weights are kept (None: all of them), and what those are multiplied by."""
    p = plain(p)
    if p == 0:
        return None, 1.0
    bare = query.data if isinstance(query, Tensor) else query
    return _draw(shape, p, rng, bare), 1 / (1 - p) if p < 1 else 1.0


def _for_all_heads(x: Any, query: Any) -> Any:
    """Return keys or values with each head repeated, until there are as many as the queries have."""
    heads, needed = (x.shape[-3], query.shape[-3]) if len(x.shape) > 2 and len(query.shape) > 2 else (0, 0)
    if not heads or needed % heads:
        raise ValueError(
            "scaled_dot_product_attention: enable_gqa takes (…, heads, length, features) with a number of heads of the "
            f"queries that those of keys and values divide, but queries have shape {query.shape} and these {x.shape}"
        )
    return np.repeat(x, needed // heads, axis=-3)


def _refuse_shapes(query: Any, key: Any, value: Any) -> tuple[int, ...]:
    """Raise unless the shapes fit; return that of the weights."""
    q, k, v = query.shape, key.shape, value.shape
    fit = min(len(q), len(k), len(v)) >= 2 and q[-1] == k[-1] > 0 and k[-2] == v[-2] > 0
    try:
        batch = np.broadcast_shapes(q[:-2], k[:-2], v[:-2]) if fit else ()
    except ValueError:
        fit = False
    if not fit:
        raise ValueError(
            "scaled_dot_product_attention takes query (…, L, E), key (…, S, E) and value (…, S, E′) with axes before "
            f"that broadcast and E and S of 1 or more, but the shapes are {q}, {k} and {v}"
        )
    return (*batch, q[-2], k[-2])


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Say whether an array of this shape broadcasts to another without enlarging it."""
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False
