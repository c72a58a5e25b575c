"""Recurrent networks: all that they return, in one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import functional as F

from . import Call

STEPS, BATCH, FEATURES, UNITS = 3, 2, 3, 2
LENGTHS = [3, 1]


def arrays(gates: int, states: int, biases: int = 2) -> tuple[Any, ...]:
    """Return x, the initial states, the weights and the biases."""
    rng = np.random.default_rng(16)
    rows = gates * UNITS
    shapes = [
        (STEPS, BATCH, FEATURES),
        *[(BATCH, UNITS)] * states,
        (rows, FEATURES),
        (rows, UNITS),
        *[(rows,)] * biases,
    ]
    return tuple(rng.standard_normal(shape) for shape in shapes)


def everything(function: Callable[..., tuple[Any, ...]], **options: Any) -> Callable[..., Any]:
    return lambda *operands: np.concatenate([np.ravel(part) for part in function(*operands, **options)])


def lstm(x: Any, h0: Any, c0: Any, *weights: Any, **options: Any) -> Any:
    return F.lstm(x, (h0, c0), *weights, **options)


def without_state(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *weights, **options: function(x, None, *weights, **options)


CASES: dict[str, Call] = {
    "rnn": (everything(F.rnn), arrays(1, 1)),
    "rnn, relu": (everything(F.rnn, nonlinearity="relu"), arrays(1, 1)),
    "rnn, lengths": (everything(F.rnn, lengths=LENGTHS), arrays(1, 1)),
    "rnn, relu and lengths": (everything(F.rnn, lengths=LENGTHS, nonlinearity="relu"), arrays(1, 1)),
    "rnn, backwards": (everything(F.rnn, lengths=LENGTHS, reverse=True), arrays(1, 1)),
    "rnn, one bias": (everything(F.rnn), arrays(1, 1, 1)),
    "rnn, neither state nor bias": (everything(without_state(F.rnn)), arrays(1, 0, 0)),
    "lstm": (everything(lstm), arrays(4, 2)),
    "lstm, lengths": (everything(lstm, lengths=LENGTHS), arrays(4, 2)),
    "lstm, backwards": (everything(lstm, lengths=LENGTHS, reverse=True), arrays(4, 2)),
    "lstm, neither state nor bias": (everything(without_state(F.lstm)), arrays(4, 0, 0)),
    "gru": (everything(F.gru), arrays(3, 1)),
    "gru, lengths": (everything(F.gru, lengths=LENGTHS), arrays(3, 1)),
    "gru, backwards": (everything(F.gru, lengths=LENGTHS, reverse=True), arrays(3, 1)),
    "gru, neither state nor bias": (everything(without_state(F.gru)), arrays(3, 0, 0)),
}
