"""The encoder layer of a Transformer, and what tells it where in a sequence it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.random import Rng, generator

from . import functional as F
from .attention import MultiheadAttention
from .dropout import Dropout
from .functional import options
from .functional.dropout import DROPPED
from .linear import Linear
from .module import Module
from .normalisation import LayerNorm

_ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu}


class TransformerEncoderLayer(Module):
    """Self-attention and a network of two layers at each place, each with a way around it and normalised.

    x ← LayerNorm(x + attention(x)) and x ← LayerNorm(x + W₂ f(W₁ x + b₁) + b₂); with `norm_first`,
    x ← x + attention(LayerNorm(x)) and so on.

    Parameters
    ----------
    d_model : int
        Features E of x.
    nhead : int
        Heads of the attention.
    dim_feedforward : int, default 2048
        Hidden units of the network.
    dropout : float, default 0.1
        The probability of dropout: of the weights of the attention, in the hidden layer, and on what is added to x.
    activation : {"relu", "gelu"} or callable, default "relu"
        f.
    layer_norm_eps : float, default 1e-5
        ε of the normalisations.
    batch_first : bool, default False
        Whether sequences are (N, L, E) instead of (L, N, E).
    norm_first : bool, default False
        Normalise what goes into attention and network, instead of the sums (Xiong et al., 2020).
    bias : bool, default True
        Whether the linear functions and the normalisations have a bias.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values and the dropout come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    self_attn : MultiheadAttention
        The attention.
    linear1, linear2 : Linear
        The network.
    norm1, norm2 : LayerNorm
        The normalisations, in the order in which they come.
    dropout, dropout1, dropout2 : Dropout
        Of the hidden units, and of what attention and network add.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser & Polosukhin, "Attention is all you need" (2017);
    `norm_first`: Xiong, Yang, He, Zheng, Zheng, Xing, Zhang, Lan, Wang & Liu, "On layer normalization in the
    Transformer architecture" (2020).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True, rng=0)
    >>> layer(np.ones((3, 5, 8), dtype=np.float32), is_causal=True).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Literal["relu", "gelu"] | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        if not callable(activation) and activation not in _ACTIVATIONS:
            raise ValueError(
                f"TransformerEncoderLayer: activation must be 'relu', 'gelu' or a function, not {activation!r}"
            )
        options.sizes("TransformerEncoderLayer", d_model=d_model, nhead=nhead, dim_feedforward=dim_feedforward)
        options.parts("TransformerEncoderLayer", DROPPED, dropout=dropout)
        options.numbers("TransformerEncoderLayer", least=0, layer_norm_eps=layer_norm_eps)
        options.flags("TransformerEncoderLayer", batch_first=batch_first, norm_first=norm_first, bias=bias)
        rng = None if rng is None else generator(rng)
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, rng=rng
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype, rng)
        self.dropout = Dropout(dropout, rng=rng)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype, rng)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, rng=rng)
        self.dropout2 = Dropout(dropout, rng=rng)
        self.activation = activation if callable(activation) else _ACTIVATIONS[activation]

    def forward(
        self, src: Tensor, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Tensor:
        """Transform sequences; the shape stays.

        Parameters
        ----------
        src : Tensor of shape (L, N, d_model), (N, L, d_model) with batch_first, or (L, d_model)
            The sequences, or one.
        src_mask : array_like or Tensor of shape (L, L), or (N·nhead, L, L), optional
            True where a place may not look at another, or numbers to be added to the scores.
        src_key_padding_mask : array_like of shape (N, L), or (L,), optional
            True for a place that is padding and not looked at, or numbers to be added to the scores.
        is_causal : bool, default False
            Each place may look at itself and at what comes before it only, beside what the masks say.

        Returns
        -------
        Tensor, shaped as src

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        masks = (src_mask, src_key_padding_mask, is_causal)
        if self.norm_first:
            x = src + self._attended(self.norm1(src), *masks)
            return x + self._fed_forward(self.norm2(x))
        x = self.norm1(src + self._attended(src, *masks))
        return self.norm2(x + self._fed_forward(x))

    def _attended(self, x: Tensor, mask: Any, padding: Any, is_causal: bool) -> Tensor:
        found, _ = self.self_attn(x, x, x, padding, need_weights=False, attn_mask=mask, is_causal=is_causal)
        return self.dropout1(found)

    def _fed_forward(self, x: Tensor) -> Tensor:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of both sums, and of f if that is no module of its own."""
        hidden = 0 if isinstance(self.activation, Module) else self.linear1.out_features
        return math.prod(input_shape[:-1]) * (2 * input_shape[-1] + hidden)

    def extra_repr(self) -> str:
        """Return what its parts do not say."""
        return "norm_first=True" if self.norm_first else ""


class PositionalEncoding(Module):
    """Add to each place of a sequence a pattern of sines and cosines that says where it is.

    PE(t, 2j) = sin(t/10000^(2j/E)) and PE(t, 2j + 1) = cos(t/10000^(2j/E)), for the places t = 0, 1, …

    Parameters
    ----------
    d_model : int
        Features E of x.
    max_len : int, default 5000
        Longest sequence.
    dropout : float, default 0
        The probability of dropout on the sum.
    batch_first : bool, default False
        Whether sequences are (N, L, E) instead of (L, N, E).
    dtype : data-type, default float32
        Of the pattern.
    rng : Generator or int, optional
        Where the dropout comes from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    pattern : buffer of shape (max_len, d_model)
        PE; it is computed anew by every layer, and not part of the ``state_dict``.

    Raises
    ------
    ValueError
        If an option is out of range.

    References
    ----------
    Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser & Polosukhin, "Attention is all you need" (2017).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.PositionalEncoding(4)(np.zeros((2, 4), dtype=np.float32)).round(2)
    array([[0.  , 1.  , 0.  , 1.  ],
           [0.84, 0.54, 0.01, 1.  ]], dtype=float32)
    """

    pattern: Any

    def __init__(
        self,
        d_model: int,
        max_len: int = 5000,
        dropout: float = 0.0,
        batch_first: bool = False,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        options.sizes("PositionalEncoding", d_model=d_model, max_len=max_len)
        options.dtypes(dtype)
        options.parts("PositionalEncoding", DROPPED, dropout=dropout)
        options.flags("PositionalEncoding", batch_first=batch_first)
        self.d_model = d_model
        self.batch_first = batch_first
        self.dropout = Dropout(dropout, rng=rng)
        feature = np.arange(d_model)
        angles = np.arange(max_len)[:, None] / 10000 ** (feature // 2 * 2 / d_model)
        pattern = np.where(feature % 2 == 0, np.sin(angles), np.cos(angles))
        self.register_buffer("pattern", pattern.astype(dtype), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return x + PE: shape (L, N, d_model), (N, L, d_model) with batch_first, or (L, d_model).

        Raises
        ------
        ValueError
            If x has another number of features, or is longer than max_len.
        """
        shape = np.shape(x)
        axis = 1 if self.batch_first and len(shape) == 3 else 0
        if len(shape) not in (2, 3) or shape[-1] != self.d_model or shape[axis] > len(self.pattern):
            order = "(N, L, {})" if self.batch_first else "(L, N, {})"
            raise ValueError(
                f"{self._described()} takes x of shape {order.format(self.d_model)}, or (L, {self.d_model}), with L up "
                f"to max_len={len(self.pattern)}, but x has shape {shape}"
            )
        pattern = self.pattern[: shape[axis]]
        return self.dropout(x + (pattern[:, None] if len(shape) == 3 and axis == 0 else pattern))

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass: an addition for each number."""
        return math.prod(input_shape)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"d_model={self.d_model}, max_len={len(self.pattern)}"
