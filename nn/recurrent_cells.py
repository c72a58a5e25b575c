"""Single steps of the recurrent networks, for loops of one's own: a decoder that reads what it has just written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.arrays import plain
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .functional.recurrent import Nonlinearity
from .module import Module
from .parameter import Parameter
from .recurrent import Weights, step_flops


class RecurrentCell(Module):
    """What RNNCell, LSTMCell and GRUCell share: the parameters, and that a step is a sequence of length one."""

    gates: int  # how many rows of the weights belong to each unit
    state_names: tuple[str, ...] = ("h",)
    unit_flops = 0  # of a step, in each unit, beside what its gates need

    def __init__(self, input_size: int, hidden_size: int, bias: bool, dtype: DTypeLike, rng: Rng) -> None:
        super().__init__()
        options.sizes(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        options.flags(type(self).__name__, bias=bias)
        self.input_size = plain(input_size)
        self.hidden_size = plain(hidden_size)
        rng, bound, rows = generator(rng), self.hidden_size**-0.5, self.gates * self.hidden_size

        def drawn(*shape: int) -> Parameter:
            return Parameter(rng.uniform(-bound, bound, shape), dtype=dtype)

        self.weight_ih = drawn(rows, input_size)
        self.weight_hh = drawn(rows, hidden_size)
        self.bias_ih = drawn(rows) if bias else None
        self.bias_hh = drawn(rows) if bias else None

    def _run(self, x: Any, state: Any, weights: Weights) -> tuple[Any, ...]:
        """Run through a sequence: (output, *last state)."""
        raise NotImplementedError

    def _step(self, x: Any, state: Sequence[Any] | None) -> list[Any]:
        """Return the state after one step."""
        self._refuse(np.shape(x), state)
        one = np.ndim(x) == 1
        if one and state is not None:
            state = [np.expand_dims(part, 0) for part in state]
        x = np.expand_dims(x, (0, 1) if one else 0)
        _, *after = self._run(x, state, (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh))
        return [part.squeeze(0) if one else part for part in after]

    def _refuse(self, shape: tuple[int, ...], state: Sequence[Any] | None) -> None:
        if len(shape) not in (1, 2) or shape[-1] != self.input_size:
            raise ValueError(
                f"{self._described()} takes x of shape (N, {self.input_size}) or ({self.input_size},), the features at "
                f"one step, but x has shape {shape}"
            )
        if state is None:
            return
        if len(state) != len(self.state_names):
            raise ValueError(
                f"{self._described()} goes on from {len(self.state_names)} states, {' and '.join(self.state_names)}, "
                f"not from {len(state)}"
            )
        expected = (*shape[:-1], self.hidden_size)
        for part in state:
            if np.shape(part) != expected:
                raise ValueError(f"{self._described()}: the state must have shape {expected}, not {np.shape(part)}")

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass."""
        return math.prod(input_shape[:-1]) * step_flops(self, self.input_size, self.bias_ih is not None)

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        return f"{self.input_size}, {self.hidden_size}" + (", bias=False" if self.bias_ih is None else "")


class RNNCell(RecurrentCell):
    """One step of Elman's recurrent network: h′ = f(W x + b + U h + b′).

    Parameters
    ----------
    input_size : int
        Features of x.
    hidden_size : int
        Units H.
    bias : bool, default True
        Whether b and b′ are added.
    nonlinearity : {"tanh", "relu"}, default "tanh"
        f.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight_ih : Parameter of shape (H, input_size)
        W.
    weight_hh : Parameter of shape (H, H)
        U.
    bias_ih, bias_hh : Parameter of shape (H,), or None
        b and b′. All parameters are at first uniform on ±1/√H.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Elman, "Finding structure in time" (1990).

    Examples
    --------
    >>> import numpy as np, nn
    >>> cell = nn.RNNCell(3, 5, rng=0)
    >>> h = None
    >>> for x in np.ones((7, 2, 3), dtype=np.float32):
    ...     h = cell(x, h)
    >>> h.shape
    (2, 5)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: Nonlinearity = "tanh",
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNNCell: nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
        super().__init__(input_size, hidden_size, bias, dtype, rng)
        self.nonlinearity = nonlinearity

    def _run(self, x: Any, state: Any, weights: Weights) -> tuple[Any, ...]:
        return F.rnn(x, None if state is None else state[0], *weights, self.nonlinearity)

    def forward(self, x: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state: x (N, input_size), hx (N, H) → (N, H); all without N for one example.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        return self._step(x, None if hx is None else (hx,))[0]

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        nonlinearity = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity!r}"
        return super().extra_repr() + nonlinearity


class LSTMCell(RecurrentCell):
    """One step of a long short-term memory: see :func:`nn.functional.lstm` for the equations.

    Parameters
    ----------
    input_size, hidden_size, bias, dtype, rng
        As for :class:`RNNCell`.

    Attributes
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh
        As in :class:`RNNCell`, with 4H rows: those of the input gate, the forget gate, the candidate, the output gate.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Hochreiter & Schmidhuber, "Long short-term memory" (1997); the forget gate: Gers, Schmidhuber & Cummins, "Learning
    to forget: continual prediction with LSTM" (2000).

    Examples
    --------
    >>> import numpy as np, nn
    >>> h, c = nn.LSTMCell(3, 5, rng=0)(np.ones((2, 3), dtype=np.float32))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    gates = 4
    state_names = ("h", "c")
    unit_flops = 5

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, dtype: DTypeLike = np.float32, rng: Rng = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype, rng)

    def _run(self, x: Any, state: Any, weights: Weights) -> tuple[Any, ...]:
        return F.lstm(x, state, *weights)

    def forward(self, x: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Return the next state and cell: x (N, input_size), hx two of (N, H) → two of (N, H); N may be missing.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        h, c = self._step(x, hx)
        return h, c


class GRUCell(RecurrentCell):
    """One step of a gated recurrent unit: see :func:`nn.functional.gru` for the equations.

    Parameters
    ----------
    input_size, hidden_size, bias, dtype, rng
        As for :class:`RNNCell`.

    Attributes
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh
        As in :class:`RNNCell`, with 3H rows: those of the reset gate, the update gate, the candidate.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk & Bengio, "Learning phrase representations using RNN
    encoder-decoder for statistical machine translation" (2014).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GRUCell(3, 5, rng=0)(np.ones((2, 3), dtype=np.float32)).shape
    (2, 5)
    """

    gates = 3
    unit_flops = 5

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, dtype: DTypeLike = np.float32, rng: Rng = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype, rng)

    def _run(self, x: Any, state: Any, weights: Weights) -> tuple[Any, ...]:
        return F.gru(x, None if state is None else state[0], *weights)

    def forward(self, x: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state: x (N, input_size), hx (N, H) → (N, H); all without N for one example.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        return self._step(x, None if hx is None else (hx,))[0]
