"""The recurrences of the three recurrent networks, each through a whole sequence as one operation.

What the inputs contribute to the steps, z = W x + b, does not depend on the recurrence: recurrent.py computes it for
all steps in one product. Here the state goes through time. Each recurrence stands here twice: as the step of the paper,
repeated (``_…_again``, differentiable to any order), and fused, with its way back through time written by hand, where a
step costs a few NumPy calls and no node.

With T steps, N sequences and H units, z is (T, N, H) for each gate, one beside the other, and the states are (N, H).
Where a batch is padded, ``valid`` of shape (T, N, 1) says which steps are a sequence's own: the others leave its state
as it is, and their output is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import primitive

from .activations import relu
from .products import linear

# ---------------------------------------------------------------------------------------------- the steps of the papers


def _unrolled(step: Callable[..., tuple[Any, ...]], z: Any, states: tuple[Any, ...], valid: Any) -> tuple[Any, ...]:
    """Return the outputs of the step repeated, and the last states; the first of the states is the output."""
    outputs = []
    for t, z_t in enumerate(np.split(z, len(z))):
        new = step(z_t.reshape(z_t.shape[1:]), *states)
        if valid is None:
            states, output = new, new[0]
        else:
            states = tuple(np.where(valid[t], n, s) for n, s in zip(new, states, strict=True))
            output = states[0] * valid[t]
        outputs.append(output)
    return np.stack(outputs), *states


def _sigmoid(x: Any) -> Any:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _rnn_again(z: Any, h0: Any, weight: Any, nonlinearity: str, valid: Any) -> Any:
    f = np.tanh if nonlinearity == "tanh" else relu

    def step(z: Any, h: Any) -> tuple[Any, ...]:
        return (f(z + linear(h, weight)),)

    return _unrolled(step, z, (h0,), valid)


def _lstm_again(z: Any, h0: Any, c0: Any, weight: Any, valid: Any) -> Any:
    def step(z: Any, h: Any, c: Any) -> tuple[Any, ...]:
        i, f, g, o = np.split(z + linear(h, weight), 4, axis=1)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c

    return _unrolled(step, z, (h0, c0), valid)


def _gru_again(z: Any, h0: Any, weight: Any, bias: Any, valid: Any) -> Any:
    def step(z: Any, h: Any) -> tuple[Any, ...]:
        (z_r, z_u, z_n), (a_r, a_u, a_n) = np.split(z, 3, axis=1), np.split(linear(h, weight, bias), 3, axis=1)
        r, u = _sigmoid(z_r + a_r), _sigmoid(z_u + a_u)
        n = np.tanh(z_n + r * a_n)
        return ((1 - u) * n + u * h,)

    return _unrolled(step, z, (h0,), valid)


# ------------------------------------------------------------------------------------------ what the fused forms share


def _history(z: Any, weight: Any, first: Any) -> Any:
    """Return an array for a state before and after each of the T steps, with the first one in it."""
    dtype = np.result_type(z.dtype, weight.dtype, first.dtype)
    states = np.empty_like(z, shape=(len(z) + 1, *first.shape), dtype=dtype)
    states[0] = first
    return states


def _by_gate(z: Any, number: int) -> Any:
    """Return a view, (T, N, number·H) → (T, number, N, H): what belongs to a gate lies together."""
    return z.reshape((*z.shape[:2], number, z.shape[2] // number)).swapaxes(1, 2)


def _factors(weight: Any, like: Any, number: int) -> Any:
    """Return for each gate its Wᵀ, of shape (H, H).

    A copy, because OpenBLAS takes nearly twice as long for a small product with a transposed view; and a product for
    each gate, which is faster than one wide product and leaves each gate in one piece.
    """
    return weight.reshape((number, -1, weight.shape[1])).swapaxes(1, 2).astype(like.dtype, order="C")


def _beside(gates: Any) -> Any:
    """Return an array for the gradients of gates (T, number, N, H), laid out as z is: (T, N, number·H)."""
    steps, number, n, size = gates.shape
    return np.empty_like(gates, shape=(steps, n, number * size))


def _hold(new: Any, old: Any, valid: Any, t: int) -> None:
    """Put the old state, or its gradient, in the place of the new where step t is padding."""
    if valid is not None:
        np.copyto(new, old, where=~valid[t])


def _masked(output: Any, valid: Any) -> Any:
    return output if valid is None else output * valid


def _pull_weight(dz: Any, states: Any) -> Any:
    """Return the gradient by W, to which every step contributes dzₜᵀ hₜ₋₁: all of them in one product."""
    return dz.reshape((-1, dz.shape[-1])).T @ states[:-1].reshape((-1, states.shape[-1]))


def _squash(x: Any) -> None:
    """Put σ(x) = ½ + ½ tanh(x/2) in the place of x: no exponential overflows, and NumPy's tanh is fast."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5


# ---------------------------------------------------------------------------------------------------- Elman's network


def _pull_rnn(upstream: Any, weight: Any, states: Any, nonlinearity: str, valid: Any, wanted: tuple[bool, ...]) -> Any:
    d_output, dh = _masked(upstream[0], valid), upstream[1].copy()
    h = states[1:]
    # f′(z) of all steps at once, out of the loop; times dh it becomes the gradient by z.
    dz = _masked(1 - h * h if nonlinearity == "tanh" else (h > 0).astype(h.dtype), valid)
    weight = weight.astype(h.dtype, copy=False)
    for t in reversed(range(len(dz))):
        dh += d_output[t]
        dz[t] *= dh
        later, dh = dh, np.dot(dz[t], weight)
        _hold(dh, later, valid, t)
    return dz, dh, _pull_weight(dz, states) if wanted[2] else None


@primitive(name="rnn", together=_pull_rnn, again=_rnn_again, residuals=("states",))
def rnn_through_time(z: Any, h0: Any, weight: Any, nonlinearity: str = "tanh", valid: Any = None) -> Any:
    """Return the outputs h₁ … h_T, where hₜ = f(zₜ + W hₜ₋₁), and the last state."""
    states = _history(z, weight, h0)
    (w,) = _factors(weight, states, 1)
    for t in range(len(z)):
        h = states[t + 1]
        np.dot(states[t], w, out=h)
        h += z[t]
        if nonlinearity == "tanh":
            np.tanh(h, out=h)
        else:
            np.maximum(h, 0, out=h)
        _hold(h, states[t], valid, t)
    return (_masked(states[1:], valid), states[-1].copy()), states


# ---------------------------------------------------------------------------------------------- long short-term memory


def _pull_lstm(
    upstream: Any, weight: Any, states: Any, cells: Any, gates: Any, tanh_c: Any, valid: Any, wanted: tuple[bool, ...]
) -> Any:
    d_output, dh, dc = _masked(upstream[0], valid), upstream[1].copy(), upstream[2]
    dz = _beside(gates)
    da = _by_gate(dz, 4)
    weight = weight.astype(gates.dtype, copy=False)
    for t in reversed(range(len(gates))):
        i, f, g, o = gates[t]
        dh += d_output[t]
        later_h, later_c = dh, dc
        dc = dc + dh * o * (1 - tanh_c[t] * tanh_c[t])
        da[t, 0] = dc * g * (i - i * i)
        da[t, 1] = dc * cells[t] * (f - f * f)
        da[t, 2] = dc * i * (1 - g * g)
        da[t, 3] = dh * tanh_c[t] * (o - o * o)
        if valid is not None:
            dz[t] *= valid[t]
        dc *= f
        dh = np.dot(dz[t], weight)
        _hold(dc, later_c, valid, t)
        _hold(dh, later_h, valid, t)
    return dz, dh, dc, _pull_weight(dz, states) if wanted[3] else None


@primitive(name="lstm", together=_pull_lstm, again=_lstm_again, residuals=("states", "cells", "gates", "tanh_c"))
def lstm_through_time(z: Any, h0: Any, c0: Any, weight: Any, valid: Any = None) -> Any:
    """Return the outputs h₁ … h_T and the last state and cell, where (i, f, g, o)ₜ = zₜ + W hₜ₋₁."""
    states, cells = _history(z, weight, h0), _history(z, weight, c0)
    z, w = _by_gate(z, 4), _factors(weight, states, 4)
    gates = np.empty_like(states, shape=z.shape)
    tanh_c = np.empty_like(states, shape=(len(z), *h0.shape))
    for t in range(len(z)):
        a, c = gates[t], cells[t + 1]
        np.matmul(states[t], w, out=a)
        a += z[t]
        i, f, g, o = a
        _squash(a[:2])
        np.tanh(g, out=g)
        _squash(o)
        np.multiply(f, cells[t], out=c)
        c += i * g
        np.tanh(c, out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=states[t + 1])
        _hold(c, cells[t], valid, t)
        _hold(states[t + 1], states[t], valid, t)
    return (_masked(states[1:], valid), states[-1].copy(), cells[-1].copy()), states, cells, gates, tanh_c


# ------------------------------------------------------------------------------------------------- gated recurrent unit


def _pull_gru(
    upstream: Any, weight: Any, bias: Any, states: Any, gates: Any, a_n: Any, valid: Any, wanted: tuple[bool, ...]
) -> Any:
    d_output, dh = _masked(upstream[0], valid), upstream[1].copy()
    dz, da = _beside(gates), _beside(gates)  # for the candidate n = tanh(z + r·a) the two differ by the factor r
    dz_gates, da_gates = _by_gate(dz, 3), _by_gate(da, 3)
    weight = weight.astype(gates.dtype, copy=False)
    for t in reversed(range(len(gates))):
        r, u, n = gates[t]
        dh += d_output[t]
        dn = dh * (1 - u) * (1 - n * n)
        dz_gates[t, 0] = dn * a_n[t] * (r - r * r)
        dz_gates[t, 1] = dh * (states[t] - n) * (u - u * u)
        dz_gates[t, 2] = dn
        if valid is not None:
            dz[t] *= valid[t]
        da[t] = dz[t]
        da_gates[t, 2] *= r
        later, dh = dh, np.dot(da[t], weight)
        dh += later * u
        _hold(dh, later, valid, t)
    d_weight = _pull_weight(da, states) if wanted[2] else None
    return dz, dh, d_weight, da if wanted[3] else None  # the engine adds it up


@primitive(name="gru", together=_pull_gru, again=_gru_again, residuals=("states", "gates", "a_n"))
def gru_through_time(z: Any, h0: Any, weight: Any, bias: Any, valid: Any = None) -> Any:
    """Return the outputs h₁ … h_T and the last state of the unit with a = W hₜ₋₁ + b and the input's part zₜ."""
    states = _history(z, weight, h0)
    z, w = _by_gate(z, 3), _factors(weight, states, 3)
    b = None if bias is None else bias.reshape((3, 1, -1))
    gates = np.empty_like(states, shape=z.shape)
    a_n = np.empty_like(states, shape=(len(z), *h0.shape))
    for t in range(len(z)):
        a, h = gates[t], states[t + 1]
        np.matmul(states[t], w, out=a)
        if b is not None:
            a += b
        r, u, n = a
        a_n[t] = n
        a[:2] += z[t, :2]
        _squash(a[:2])
        n *= r
        n += z[t, 2]
        np.tanh(n, out=n)
        np.subtract(states[t], n, out=h)  # (1 − u) n + u h = n + u (h − n)
        h *= u
        h += n
        _hold(h, states[t], valid, t)
    return (_masked(states[1:], valid), states[-1].copy()), states, gates, a_n
