"""Recurrent networks, one layer in one direction: the same step at every time, on the input and on the state before it.

Sequences lie along the first axis: x is (T, N, features), T steps of N sequences. All functions take the lengths of the
sequences where a batch is padded, and can go backwards.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from autograd import Tensor
from autograd.arrays import Operand, bare, in_numpy

from .products import _named, _shape, linear
from .recurrence import gru_through_time, lstm_through_time, rnn_through_time

Nonlinearity: TypeAlias = Literal["tanh", "relu"]


def rnn(
    x: Operand,
    h0: Operand | None,
    weight_ih: Operand,
    weight_hh: Operand,
    bias_ih: Operand | None = None,
    bias_hh: Operand | None = None,
    nonlinearity: Nonlinearity = "tanh",
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """Run Elman's network through sequences: hₜ = f(W xₜ + b + U hₜ₋₁ + b′).

    Parameters
    ----------
    x : Tensor or array_like of shape (T, N, I)
        T steps of N sequences, I features each.
    h0 : Tensor or array_like of shape (N, H), or None
        The state before the first step; None is zero.
    weight_ih : Tensor or array_like of shape (H, I)
        W, from the input.
    weight_hh : Tensor or array_like of shape (H, H)
        U, from the state.
    bias_ih, bias_hh : Tensor or array_like of shape (H,), optional
        b and b′.
    nonlinearity : {"tanh", "relu"}, default "tanh"
        f.
    lengths : array_like of N integers, optional
        How many steps of each sequence are its own; the rest is padding, which has no influence: it leaves the state as
        it is, and the output there is zero. Default: all T.
    reverse : bool, default False
        Go from the last step (the last that is no padding) to the first.

    Returns
    -------
    output : Tensor of shape (T, N, H)
        h₁ … h_T, in the order of x.
    h_n : Tensor of shape (N, H)
        The last state.

    Raises
    ------
    ValueError
        If shapes do not fit, a length is out of range, or the non-linearity is unknown.
    TypeError
        If the lengths are no integers.

    References
    ----------
    Elman, "Finding structure in time" (1990); Werbos, "Backpropagation through time: what it does and how to do it"
    (1990).

    Examples
    --------
    A state that adds up what comes in:

    >>> import numpy as np
    >>> from nn.functional import rnn
    >>> one, x = np.ones((1, 1)), np.array([1.0, 2.0, 3.0]).reshape(3, 1, 1)
    >>> output, last = rnn(x, None, one, one, nonlinearity="relu")
    >>> output.ravel(), last
    (array([1., 3., 6.]), array([[6.]]))
    """
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"rnn: nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
    what = _refuse_shapes("rnn", 1, x, weight_ih, weight_hh, bias_ih, bias_hh)
    z, valid = _of_inputs(what, x, weight_ih, _both(bias_ih, bias_hh), lengths, reverse)
    h0 = _first(what, "h0", h0, z, weight_hh)
    output, h = rnn_through_time(z, h0, weight_hh, nonlinearity, valid)
    return _turned(output, reverse), h


def lstm(
    x: Operand,
    state: tuple[Operand, Operand] | None,
    weight_ih: Operand,
    weight_hh: Operand,
    bias_ih: Operand | None = None,
    bias_hh: Operand | None = None,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run a long short-term memory through sequences.

    With (aᵢ, a_f, a_g, aₒ) = W xₜ + b + U hₜ₋₁ + b′, the input, forget and output gates i = σ(aᵢ), f = σ(a_f),
    o = σ(aₒ), and the candidate g = tanh(a_g)::

        cₜ = f cₜ₋₁ + i g
        hₜ = o tanh(cₜ)

    Parameters
    ----------
    x : Tensor or array_like of shape (T, N, I)
        T steps of N sequences, I features each.
    state : pair of Tensors or array_like of shape (N, H), or None
        h₀ and c₀, before the first step; None is zero.
    weight_ih : Tensor or array_like of shape (4H, I)
        W, from the input, for the gates i, f, g, o in this order.
    weight_hh : Tensor or array_like of shape (4H, H)
        U, from the state.
    bias_ih, bias_hh : Tensor or array_like of shape (4H,), optional
        b and b′.
    lengths : array_like of N integers, optional
        As for :func:`rnn`.
    reverse : bool, default False
        Go from the last step to the first.

    Returns
    -------
    output : Tensor of shape (T, N, H)
        h₁ … h_T, in the order of x.
    h_n, c_n : Tensor of shape (N, H)
        The last state.

    Raises
    ------
    ValueError
        If shapes do not fit, or a length is out of range.
    TypeError
        If the lengths are no integers.

    References
    ----------
    Hochreiter & Schmidhuber, "Long short-term memory" (1997); the forget gate: Gers, Schmidhuber & Cummins, "Learning
    to forget: continual prediction with LSTM" (2000).

    Examples
    --------
    Without any input all gates are half open, and the cell is halved at each step:

    >>> import numpy as np
    >>> from nn.functional import lstm
    >>> x, state = np.zeros((3, 1, 2)), (np.zeros((1, 1)), np.ones((1, 1)))
    >>> output, h, c = lstm(x, state, np.zeros((4, 2)), np.zeros((4, 1)))
    >>> c
    array([[0.125]])
    """
    what = _refuse_shapes("lstm", 4, x, weight_ih, weight_hh, bias_ih, bias_hh)
    z, valid = _of_inputs(what, x, weight_ih, _both(bias_ih, bias_hh), lengths, reverse)
    h0, c0 = (None, None) if state is None else state
    h0, c0 = _first(what, "h0", h0, z, weight_hh), _first(what, "c0", c0, z, weight_hh)
    output, h, c = lstm_through_time(z, h0, c0, weight_hh, valid)
    return _turned(output, reverse), h, c


def gru(
    x: Operand,
    h0: Operand | None,
    weight_ih: Operand,
    weight_hh: Operand,
    bias_ih: Operand | None = None,
    bias_hh: Operand | None = None,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """Run a gated recurrent unit through sequences.

    With (zᵣ, z_u, z_n) = W xₜ + b and (aᵣ, a_u, a_n) = U hₜ₋₁ + b′, the reset and update gates r = σ(zᵣ + aᵣ),
    u = σ(z_u + a_u), and the candidate n = tanh(z_n + r a_n)::

        hₜ = (1 − u) n + u hₜ₋₁

    The reset gate acts after the product with U, as in PyTorch, so that one product serves all three; in the paper it
    acts before.

    Parameters
    ----------
    x : Tensor or array_like of shape (T, N, I)
        T steps of N sequences, I features each.
    h0 : Tensor or array_like of shape (N, H), or None
        The state before the first step; None is zero.
    weight_ih : Tensor or array_like of shape (3H, I)
        W, from the input, for r, u, n in this order.
    weight_hh : Tensor or array_like of shape (3H, H)
        U, from the state.
    bias_ih, bias_hh : Tensor or array_like of shape (3H,), optional
        b and b′.
    lengths : array_like of N integers, optional
        As for :func:`rnn`.
    reverse : bool, default False
        Go from the last step to the first.

    Returns
    -------
    output : Tensor of shape (T, N, H)
        h₁ … h_T, in the order of x.
    h_n : Tensor of shape (N, H)
        The last state.

    Raises
    ------
    ValueError
        If shapes do not fit, or a length is out of range.
    TypeError
        If the lengths are no integers.

    References
    ----------
    Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk & Bengio, "Learning phrase representations using RNN
    encoder-decoder for statistical machine translation" (2014).

    Examples
    --------
    Without any input the gates are half open, and the state is halved at each step:

    >>> import numpy as np
    >>> from nn.functional import gru
    >>> output, h = gru(np.zeros((3, 1, 2)), np.ones((1, 1)), np.zeros((3, 2)), np.zeros((3, 1)))
    >>> output.ravel()
    array([0.5  , 0.25 , 0.125])
    """
    what = _refuse_shapes("gru", 3, x, weight_ih, weight_hh, bias_ih, bias_hh)
    z, valid = _of_inputs(what, x, weight_ih, bias_ih, lengths, reverse)
    h0 = _first(what, "h0", h0, z, weight_hh)
    output, h = gru_through_time(z, h0, weight_hh, bias_hh, valid)
    return _turned(output, reverse), h


# ---------------------------------------------------------------------------------------------------------- the helpers


def _of_inputs(what: str, x: Any, weight: Any, bias: Any, lengths: Any, reverse: bool) -> tuple[Any, Any]:
    """Return what the inputs contribute to the gates, for all steps in one product, and which steps are no padding."""
    x = x if hasattr(x, "shape") else np.asarray(x)
    valid = None
    if lengths is not None:
        valid = _valid(what, lengths, x)
        x = np.where(valid, x, 0.0)  # whatever the padding was made of, even nan, stays without influence
    z = linear(x, weight, bias)
    return _turned(z, reverse), _turned(valid, reverse)


def _turned(sequence: Any, reverse: bool) -> Any:
    return np.flip(sequence, 0) if reverse and sequence is not None else sequence


def _both(bias_ih: Any, bias_hh: Any) -> Any:
    """Return the sum of two biases, of which any may be missing."""
    if bias_ih is None or bias_hh is None:
        return bias_hh if bias_ih is None else bias_ih
    return np.add(bias_ih, bias_hh)


def _valid(what: str, lengths: Any, x: Any) -> Any:
    """Return which of the steps (T, N, 1) lie within the lengths of their sequences."""
    steps, n = x.shape[:2]
    lengths = in_numpy(bare(lengths))  # to look at the numbers, wherever they are
    if lengths.dtype.kind not in "iu":
        raise TypeError(f"{what}: lengths must be integers, not {lengths.dtype}; write lengths.astype(int)")
    if lengths.shape != (n,):
        raise ValueError(f"{what}: lengths must have shape ({n},), one for each sequence, not {lengths.shape}")
    if n and not (lengths.min() >= 1 and lengths.max() <= steps):
        raise ValueError(
            f"{what}: lengths must lie between 1 and the {steps} steps of x, but go from {lengths.min()} to "
            f"{lengths.max()}"
        )
    valid = (np.arange(steps)[:, None] < lengths)[..., None]
    return np.asarray(valid, like=x.data if isinstance(x, Tensor) else x)


def _first(what: str, name: str, state: Any, z: Any, weight: Any) -> Any:
    """Return the state before the first step."""
    shape = (z.shape[1], _shape(weight)[1])
    if state is None:
        return np.zeros_like(z.data if isinstance(z, Tensor) else z, shape=shape)
    if _shape(state) != shape:
        raise ValueError(f"{what}: {name} must have shape {shape}, a state for each sequence, not {_shape(state)}")
    return state


def _refuse_shapes(name: str, gates: int, x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any) -> str:
    """Raise unless the shapes fit; return what to call the network in errors: by the path of its weight."""
    what = f"{name} with {_named(weight_ih, 'weight')}" if getattr(weight_ih, "name", None) else name
    steps, w, u = _shape(x), _shape(weight_ih), _shape(weight_hh)
    times = f"{gates}·H" if gates > 1 else "H"
    if len(u) != 2 or u[0] != gates * u[1]:
        raise ValueError(f"{what}: {_named(weight_hh, 'weight_hh')} must have shape ({times}, H), not {u}")
    if len(w) != 2 or w[0] != u[0]:
        raise ValueError(
            f"{what}: {_named(weight_ih, 'weight_ih')} must have shape ({u[0]}, I), as many rows as "
            f"{_named(weight_hh, 'weight_hh')}, not {w}"
        )
    if len(steps) != 3 or steps[2] != w[1] or not steps[0]:
        raise ValueError(
            f"{what}: x must have shape (T, N, {w[1]}), one step or more of N sequences with as many features as "
            f"{_named(weight_ih, 'weight_ih')} has columns, not {steps}"
        )
    for role, bias in (("bias_ih", bias_ih), ("bias_hh", bias_hh)):
        if bias is not None and _shape(bias) != u[:1]:
            raise ValueError(f"{what}: {_named(bias, role)} must have shape {u[:1]}, not {_shape(bias)}")
    return what
