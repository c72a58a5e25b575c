"""Recurrent layers whose units have gates, by which they learn what to keep and what to forget."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Tensor
from autograd.random import Rng

from . import functional as F
from .functional import options
from .recurrent import Recurrent, Weights


class LSTM(Recurrent):
    """Long short-term memory: see :func:`nn.functional.lstm` for the equations.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, rng
        As for :class:`RNN`.
    proj_size : int, default 0
        Only 0: PyTorch's projection of the output onto fewer units does not exist here.

    Attributes
    ----------
    weight_ih_l0, … : Parameter of shape (4H, features)
        W for the input gate, the forget gate, the candidate and the output gate, one below the other; the others as in
        :class:`RNN`.
    weight_hh_l0, … : Parameter of shape (4H, H)
        U.
    bias_ih_l0, bias_hh_l0, … : Parameter of shape (4H,)
        b and b′. All parameters are at first uniform on ±1/√H.

    Raises
    ------
    ValueError
        If an option is out of range.
    NotImplementedError
        If `proj_size` is not 0.

    Notes
    -----
    Jozefowicz, Zaremba & Sutskever, "An empirical exploration of recurrent network architectures" (2015), advise a bias
    of 1 for the forget gate, so that the cell keeps what it has: ``layer.bias_ih_l0.data[H : 2 * H] = 1``.

    References
    ----------
    Hochreiter & Schmidhuber, "Long short-term memory" (1997); the forget gate: Gers, Schmidhuber & Cummins, "Learning
    to forget: continual prediction with LSTM" (2000).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.LSTM(3, 5, num_layers=2, batch_first=True, rng=0)
    >>> output, (h, c) = layer(np.ones((2, 7, 3), dtype=np.float32))
    >>> output.shape, h.shape, c.shape
    ((2, 7, 5), (2, 2, 5), (2, 2, 5))
    """

    gates = 4
    state_names = ("h0", "c0")
    unit_flops = 5

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        options.wholes("LSTM", proj_size=proj_size)
        if proj_size:
            raise NotImplementedError(
                f"LSTM does not project its output (proj_size={proj_size}); "
                f"put an nn.Linear({hidden_size}, {proj_size}) behind it"
            )
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, rng)

    def _run(self, x: Any, state: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple[Any, ...]:
        return F.lstm(x, state, *weights, lengths, reverse)

    def forward(
        self, x: Tensor, hx: tuple[Tensor, Tensor] | None = None, lengths: ArrayLike | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Run through sequences.

        Parameters
        ----------
        x, lengths
            As in :meth:`RNN.forward`.
        hx : pair of Tensors of shape (layers·directions, N, H), or (layers·directions, H) for one sequence, optional
            The states and the cells before the first step. Default: zero.

        Returns
        -------
        output : Tensor, shaped as x with the H or 2H features of the last layer
            Its states at all steps.
        (h_n, c_n) : pair of Tensors, shaped as those of hx
            The last states and cells of all layers and directions.

        Raises
        ------
        ValueError
            If a shape does not fit or a length is out of range.
        """
        output, (h, c) = self._through(x, hx, lengths)
        return output, (h, c)


class GRU(Recurrent):
    """The gated recurrent unit: see :func:`nn.functional.gru` for the equations.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, rng
        As for :class:`RNN`.

    Attributes
    ----------
    weight_ih_l0, … : Parameter of shape (3H, features)
        W for the reset gate, the update gate and the candidate, one below the other; the others as in :class:`RNN`.
    weight_hh_l0, … : Parameter of shape (3H, H)
        U.
    bias_ih_l0, bias_hh_l0, … : Parameter of shape (3H,)
        b and b′. All parameters are at first uniform on ±1/√H.

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
    >>> layer = nn.GRU(3, 5, num_layers=2, batch_first=True, rng=0)
    >>> output, last = layer(np.ones((2, 7, 3), dtype=np.float32))
    >>> output.shape, last.shape
    ((2, 7, 5), (2, 2, 5))
    """

    gates = 3
    unit_flops = 5

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, rng)

    def _run(self, x: Any, state: Any, weights: Weights, lengths: Any, reverse: bool) -> tuple[Any, ...]:
        return F.gru(x, None if state is None else state[0], *weights, lengths, reverse)

    def forward(self, x: Tensor, hx: Tensor | None = None, lengths: ArrayLike | None = None) -> tuple[Tensor, Tensor]:
        """Run through sequences: arguments and results are those of :meth:`RNN.forward`."""
        output, (h,) = self._through(x, None if hx is None else (hx,), lengths)
        return output, h
