"""Recurrent layers: a recurrent network of several layers, one upon the other, in one or both directions.

Here is what all kinds share, and the simplest kind; those with gates are in gated.py.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Tensor
from autograd.arrays import plain
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .functional.dropout import DROPPED
from .functional.recurrent import Nonlinearity
from .module import Module
from .parameter import Parameter

_ROLES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
Weights: TypeAlias = tuple[Any, Any, Any, Any]  # in the order of the roles


class Recurrent(Module):
    """What RNN, LSTM and GRU share: parameters, layers, directions. Each says how one layer runs in one direction."""

    gates: int  # how many rows of the weights belong to each unit
    state_names: tuple[str, ...] = ("h0",)
    unit_flops = 0  # of a step, in each unit, beside what its gates need
    random_in_training = True  # by the dropout, and nothing else changes in training: see monte_carlo

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        dtype: DTypeLike,
        rng: Rng,
    ) -> None:
        super().__init__()
        kind = type(self).__name__
        options.sizes(kind, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        options.parts(kind, DROPPED, dropout=dropout)
        options.flags(kind, bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        if dropout and num_layers == 1:
            warnings.warn(
                f"{kind}: dropout={dropout} acts between layers, and with num_layers=1 there is nothing between; put "
                "an nn.Dropout behind it instead",
                UserWarning,
                stacklevel=3,
            )
        self.input_size = plain(input_size)
        self.hidden_size = plain(hidden_size)
        self.num_layers = plain(num_layers)
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.rng = rng if rng is None else generator(rng)
        rng, bound = generator(self.rng), self.hidden_size**-0.5
        for suffix, features in self._passes():
            for role, shape in zip(_ROLES, _shapes(self.gates, self.hidden_size, features), strict=True):
                if bias or role.startswith("weight"):
                    setattr(self, role + suffix, Parameter(rng.uniform(-bound, bound, shape), dtype=dtype))

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _passes(self) -> Iterator[tuple[str, int]]:
        """Yield the ending of the parameter names, and the number of input features, of each layer and direction."""
        for layer in range(self.num_layers):
            features = self.input_size if layer == 0 else self._directions * self.hidden_size
            for direction in ("", "_reverse")[: self._directions]:
                yield f"_l{layer}{direction}", features

    def _weights(self, suffix: str) -> Weights:
        w_ih, w_hh, b_ih, b_hh = (getattr(self, role + suffix, None) for role in _ROLES)
        return w_ih, w_hh, b_ih, b_hh

    def _run(self, x: Any, state: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple[Any, ...]:
        """Run one layer in one direction: (output, *last state), as the function of the same name does."""
        raise NotImplementedError

    def _through(self, x: Any, states: Sequence[Any] | None, lengths: ArrayLike | None) -> tuple[Any, list[Any]]:
        """Return the output of the last layer, and the last states of all."""
        x = x if hasattr(x, "shape") else np.asarray(x)
        one = len(x.shape) == 2
        self._refuse(x.shape, states, lengths)
        if one:
            x = np.expand_dims(x, 1)
            states = None if states is None else [np.expand_dims(state, 1) for state in states]
        elif self.batch_first:
            x = x.swapaxes(0, 1)
        ends: list[Any] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training, rng=self.rng)
            outputs = []
            for direction in ("", "_reverse")[: self._directions]:
                weights = self._weights(f"_l{layer}{direction}")
                state = None if states is None else [of_all[len(ends)] for of_all in states]
                output, *end = self._run(x, state, weights, lengths, bool(direction))
                outputs.append(output)
                ends.append(end)
            x = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=-1)
        last = [np.stack(of_all) for of_all in zip(*ends, strict=True)]
        if one:
            return x.squeeze(1), [state.squeeze(1) for state in last]
        return x.swapaxes(0, 1) if self.batch_first else x, last

    def _refuse(self, shape: tuple[int, ...], states: Sequence[Any] | None, lengths: ArrayLike | None) -> None:
        """Raise unless the shapes of x and of the initial states fit."""
        axes = "(N, T, {})" if self.batch_first else "(T, N, {})"
        if len(shape) not in (2, 3) or shape[-1] != self.input_size:
            raise ValueError(
                f"{self._described()} takes x of shape {axes.format(self.input_size)}, or (T, {self.input_size}) for "
                f"one sequence, but x has shape {shape}; the last axis is that of the input_size={self.input_size} "
                "features"
            )
        if lengths is not None and len(shape) == 2:
            raise ValueError(
                f"{self._described()}: one sequence, x of shape {shape}, has no padding; leave out lengths"
            )
        batch = () if len(shape) == 2 else shape[:1] if self.batch_first else shape[1:2]
        expected = (self._directions * self.num_layers, *batch, self.hidden_size)
        if states is not None and len(states) != len(self.state_names):
            raise ValueError(
                f"{self._described()} starts from the {len(self.state_names)} states {', '.join(self.state_names)}, "
                f"not from {len(states)}"
            )
        for name, state in zip(self.state_names, () if states is None else states, strict=False):
            if np.shape(state) != expected:
                raise ValueError(
                    f"{self._described()}: {name} must have shape {expected}, a state for each layer and direction"
                    f"{' of each sequence' if batch else ''}, not {np.shape(state)}"
                )

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass, padding included."""
        steps = math.prod(input_shape[:-1])
        return sum(steps * step_flops(self, features, self.bias) for _, features in self._passes())

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        given = {
            "num_layers": (self.num_layers, 1),
            "bias": (self.bias, True),
            "batch_first": (self.batch_first, False),
            "dropout": (self.dropout, 0),
            "bidirectional": (self.bidirectional, False),
        }
        extra = [f"{name}={value}" for name, (value, default) in given.items() if value != default]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *extra])


def step_flops(layer: Any, features: int, bias: bool) -> int:
    """Return the number of floating point operations of one step of one sequence."""
    gate = 2 * (features + layer.hidden_size) + 2 + 2 * bias  # the products, their sum, the function; the biases
    return layer.hidden_size * (layer.gates * gate + layer.unit_flops)


def _shapes(gates: int, units: int, features: int) -> list[tuple[int, ...]]:
    """Return the shapes of the parameters of one layer, in the order of their roles."""
    rows = gates * units
    return [(rows, features), (rows, units), (rows,), (rows,)]


class RNN(Recurrent):
    """Elman's recurrent network: hₜ = f(W xₜ + b + U hₜ₋₁ + b′).

    Parameters
    ----------
    input_size : int
        Features of x.
    hidden_size : int
        Units H of each layer.
    num_layers : int, default 1
        Layers, each of which takes the output of the one below.
    nonlinearity : {"tanh", "relu"}, default "tanh"
        f.
    bias : bool, default True
        Whether b and b′ are added.
    batch_first : bool, default False
        Whether x and the output are (N, T, …) instead of (T, N, …). States are not concerned.
    dropout : float, default 0
        With this probability an output of a layer below the last is set to zero on its way to the next, in training.
    bidirectional : bool, default False
        Whether each layer goes both ways; its output has the 2H features of both.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values and the dropout come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight_ih_l0, weight_ih_l1, … : Parameter of shape (H, features)
        W of each layer; ``weight_ih_l0_reverse`` and so on for the way back.
    weight_hh_l0, … : Parameter of shape (H, H)
        U.
    bias_ih_l0, bias_hh_l0, … : Parameter of shape (H,)
        b and b′. All parameters are at first uniform on ±1/√H.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Elman, "Finding structure in time" (1990); in both directions: Schuster & Paliwal, "Bidirectional recurrent neural
    networks" (1997).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.RNN(3, 5, bidirectional=True, rng=0)
    >>> output, last = layer(np.ones((7, 2, 3), dtype=np.float32), lengths=[7, 4])
    >>> output.shape, last.shape
    ((7, 2, 10), (2, 2, 5))
    >>> output.data[4:, 1].any()  # padding
    np.False_
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: Nonlinearity = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, rng)
        self.nonlinearity = nonlinearity

    def _run(self, x: Any, state: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple[Any, ...]:
        return F.rnn(x, None if state is None else state[0], *weights, self.nonlinearity, lengths, reverse)

    def forward(self, x: Tensor, hx: Tensor | None = None, lengths: ArrayLike | None = None) -> tuple[Tensor, Tensor]:
        """Run through sequences.

        Parameters
        ----------
        x : Tensor of shape (T, N, input_size), (N, T, input_size) with batch_first, or (T, input_size)
            The sequences, or one.
        hx : Tensor of shape (layers·directions, N, H), or (layers·directions, H) for one sequence, optional
            The states before the first step. Default: zero.
        lengths : array_like of N integers, optional
            How many steps of each sequence are its own; the rest is padding, whose output is zero.

        Returns
        -------
        output : Tensor, shaped as x with the H or 2H features of the last layer
            Its states at all steps.
        h_n : Tensor, shaped as hx
            The last states of all layers and directions.

        Raises
        ------
        ValueError
            If a shape does not fit or a length is out of range.
        """
        output, (h,) = self._through(x, None if hx is None else (hx,), lengths)
        return output, h

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        nonlinearity = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity!r}"
        return super().extra_repr() + nonlinearity
