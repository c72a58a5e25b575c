"""Multi-head attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.arrays import plain
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .functional.attention import additive, attend, dropped_weights, mask_of
from .functional.dropout import DROPPED
from .linear import Linear
from .module import Module
from .parameter import Parameter


class MultiheadAttention(Module):
    """Attention of several heads, each of which compares, and averages, other features of the same sequences.

    headⱼ = softmax(Qⱼ Kⱼᵀ/√D + M) Vⱼ, where Q, K, V are linear functions of query, key, value, and Qⱼ, Kⱼ, Vⱼ those of
    their features that belong to head j; the result is a linear function of all heads, side by side.

    Parameters
    ----------
    embed_dim : int
        Features E of the queries and of the result.
    num_heads : int
        Heads; each has D = E/num_heads features.
    dropout : float, default 0
        With this probability a weight of the average is set to zero in training.
    bias : bool, default True
        Whether the linear functions have a bias.
    add_bias_kv, add_zero_attn : bool, default False
        Only False: PyTorch's additional key and value do not exist here.
    kdim, vdim : int, optional
        Features of the keys and of the values. Default: E.
    batch_first : bool, default False
        Whether sequences are (N, L, E) instead of (L, N, E).
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values and the dropout come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    in_proj_weight : Parameter of shape (3E, E), or None
        The matrices that make Q, K and V, one below the other, at first uniform after Glorot & Bengio (2010).
    q_proj_weight, k_proj_weight, v_proj_weight : Parameter of shape (E, E), (E, kdim), (E, vdim), or None
        Instead of it, if keys or values have another number of features.
    in_proj_bias : Parameter of shape (3E,), or None
        The biases of Q, K and V, at first 0.
    out_proj : Linear
        From all heads to the result; its bias is at first 0.

    Raises
    ------
    ValueError
        If an option is out of range.
    NotImplementedError
        If `add_bias_kv` or `add_zero_attn` is asked for.

    References
    ----------
    Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser & Polosukhin, "Attention is all you need" (2017).

    Examples
    --------
    >>> import numpy as np, nn
    >>> attention = nn.MultiheadAttention(8, 2, batch_first=True, rng=0)
    >>> x = np.ones((3, 5, 8), dtype=np.float32)
    >>> result, weights = attention(x, x, x, is_causal=True)
    >>> result.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))
    >>> weights.data[0, 1]
    array([0.5, 0.5, 0. , 0. , 0. ], dtype=float32)
    """

    random_in_training = True  # by the dropout, and nothing else changes in training: see monte_carlo

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        kind = "MultiheadAttention"
        options.flags(kind, bias=bias, add_bias_kv=add_bias_kv, add_zero_attn=add_zero_attn, batch_first=batch_first)
        if add_bias_kv or add_zero_attn:
            option = "add_bias_kv" if add_bias_kv else "add_zero_attn"
            raise NotImplementedError(
                f"MultiheadAttention adds no key and value of its own; leave out {option}, or append them yourself"
            )
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        options.sizes(kind, embed_dim=embed_dim, num_heads=num_heads, kdim=self.kdim, vdim=self.vdim)
        options.parts(kind, DROPPED, dropout=dropout)
        embed_dim, num_heads = plain(embed_dim), plain(num_heads)
        self.kdim, self.vdim = plain(self.kdim), plain(self.vdim)
        if embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention gives each head an equal number of features, but embed_dim={embed_dim} is no "
                f"multiple of num_heads={num_heads}"
            )
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.rng = None if rng is None else generator(rng)
        rng = generator(self.rng)

        def drawn(rows: int, columns: int) -> Parameter:
            bound = (6 / (rows + columns)) ** 0.5
            return Parameter(rng.uniform(-bound, bound, (rows, columns)), dtype=dtype)

        packed = self.kdim == self.vdim == embed_dim
        self.in_proj_weight = drawn(3 * embed_dim, embed_dim) if packed else None
        self.q_proj_weight = None if packed else drawn(embed_dim, embed_dim)
        self.k_proj_weight = None if packed else drawn(embed_dim, self.kdim)
        self.v_proj_weight = None if packed else drawn(embed_dim, self.vdim)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim), dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype, rng)
        if self.out_proj.bias is not None:
            self.out_proj.bias.data = np.zeros_like(self.out_proj.bias.data)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Look at the keys with the queries, and average the values.

        Parameters
        ----------
        query : Tensor of shape (L, N, E), (N, L, E) with batch_first, or (L, E)
            N sequences of length L, or one.
        key : Tensor of shape (S, N, kdim), and so on
            N sequences of length S.
        value : Tensor of shape (S, N, vdim), and so on
            N sequences of the same length S.
        key_padding_mask : array_like of shape (N, S), or (S,), optional
            True for a key that is padding and not looked at; or numbers to be added to the scores.
        need_weights : bool, default True
            Return the weights of the average too. Without them it is faster.
        attn_mask : array_like or Tensor of shape (L, S), or (N·num_heads, L, S), optional
            True where a query may *not* look at a key, as in PyTorch (``scaled_dot_product_attention`` means the
            opposite); or numbers to be added to the scores.
        average_attn_weights : bool, default True
            Return the mean of the weights over the heads, instead of those of each head.
        is_causal : bool, default False
            Query i may look at the keys up to number i only, beside what the masks say. (In PyTorch this is a hint that
            `attn_mask` says so, and needs it.)

        Returns
        -------
        result : Tensor, shaped as the query
            What the queries have found.
        weights : Tensor of shape (N, L, S), or (N, num_heads, L, S) of each head, or None
            By which the values were averaged, after dropout. Without N for one sequence.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If a mask holds integers.

        Notes
        -----
        A query that may look at no key at all gets zeros from all heads, with or without `need_weights`; PyTorch gives
        nan with the weights, and zeros without.
        """
        lengths = self._refuse(np.shape(query), np.shape(key), np.shape(value))
        q, k, v = (self._heads(x) for x in self._projected(query, key, value))
        mask = mask_of(self._mask(attn_mask, key_padding_mask, lengths, q), is_causal, (*q.shape[:-1], k.shape[-2]), q)
        dropout = self.dropout if self.training else 0.0
        if not need_weights:
            return self._joined(F.scaled_dot_product_attention(q, k, v, mask, dropout, rng=self.rng)), None
        kept, keep_scale = dropped_weights((*q.shape[:-1], k.shape[-2]), dropout, self.rng, q)
        found, weights = attend(q, k, v, mask, kept, keep_scale, q.shape[-1] ** -0.5)
        return self._joined(found), weights.mean(axis=-3) if average_attn_weights else weights

    def _projected(self, query: Any, key: Any, value: Any) -> Any:
        """Return Q, K and V; where query, key and value are one, in one product."""
        if self.in_proj_weight is not None and query is key is value:
            return np.split(F.linear(query, self.in_proj_weight, self.in_proj_bias), 3, axis=-1)
        weights: Any = (
            [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
            if self.in_proj_weight is None
            else np.split(self.in_proj_weight, 3)
        )
        biases: Any = [None] * 3 if self.in_proj_bias is None else np.split(self.in_proj_bias, 3)
        return [F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]

    def _time(self, ndim: int) -> int:
        """Return the axis along which a sequence lies."""
        return 1 if self.batch_first and ndim > 2 else 0

    def _heads(self, x: Any) -> Any:
        """Give each head its features, as a sequence of its own: (N, L, E), or (L, N, E) → (N, heads, L, D)."""
        axis = self._time(x.ndim)
        each = self.embed_dim // self.num_heads
        return np.moveaxis(x.reshape((*x.shape[:-1], self.num_heads, each)), axis, -2)

    def _joined(self, heads: Any) -> Any:
        """Put the heads side by side again, and return the linear function of them that is the result."""
        x = np.moveaxis(heads, -2, self._time(heads.ndim - 1))
        return self.out_proj(x.reshape((*x.shape[:-2], self.embed_dim)))

    def _mask(self, attn_mask: Any, key_padding_mask: Any, lengths: tuple[int, ...], q: Any) -> Any:
        """Return the sum of both masks as numbers, in a shape that broadcasts to (N, heads, L, S)."""
        *batch, queries, keys = lengths
        like, masks = q.data if isinstance(q, Tensor) else q, []
        if attn_mask is not None:
            each = (math.prod(batch) * self.num_heads, queries, keys)
            shape = np.shape(attn_mask)
            if shape not in (each, each[1:]):
                raise ValueError(
                    f"{self._described()}: attn_mask must have shape {each[1:]}, for {queries} queries and {keys} "
                    f"keys, or {each}, one for each sequence and head, not {shape}"
                )
            attn_mask = _blocking("attn_mask", attn_mask, like)
            masks.append(attn_mask if shape == each[1:] else attn_mask.reshape((*batch, self.num_heads, queries, keys)))
        if key_padding_mask is not None:
            if np.shape(key_padding_mask) != (*batch, keys):
                raise ValueError(
                    f"{self._described()}: key_padding_mask must have shape {(*batch, keys)}, a truth value for each "
                    f"key{' of each sequence' if batch else ''}, not {np.shape(key_padding_mask)}"
                )
            masks.append(_blocking("key_padding_mask", key_padding_mask, like).reshape((*batch, 1, 1, keys)))
        return masks[0] + masks[1] if len(masks) == 2 else masks[0] if masks else None

    def _refuse(self, query: tuple[int, ...], key: tuple[int, ...], value: tuple[int, ...]) -> tuple[int, ...]:
        """Raise unless the shapes fit; return the sizes (N, L, S), or (L, S) of single sequences."""
        order = "(N, {}, {})" if self.batch_first else "({}, N, {})"
        time = self._time(len(query))
        features = (self.embed_dim, self.kdim, self.vdim)
        fit = len(query) == len(key) == len(value) in (2, 3) and (query[-1], key[-1], value[-1]) == features
        if fit:
            batches = {(*shape[:time], *shape[time + 1 : -1]) for shape in (query, key, value)}
            fit = len(batches) == 1 and key[time] == value[time] > 0
        if not fit:
            expected = [order.format(length, n) for length, n in zip("LSS", features, strict=True)]
            raise ValueError(
                f"{self._described()} takes query {expected[0]}, key {expected[1]} and value {expected[2]}, or single "
                f"sequences without N, with S of 1 or more, but the shapes are {query}, {key} and {value}"
            )
        return (*batches.pop(), query[time], key[time])

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of sequences that look at themselves, without out_proj."""
        *_, features = input_shape
        length = input_shape[self._time(len(input_shape))]
        tokens = math.prod(input_shape[:-1])
        projections = 2 * features * (features + self.kdim + self.vdim)
        projections += 0 if self.in_proj_bias is None else 3 * features
        # For each key: two products with all features, and in each head the five steps of softmax.
        return tokens * (projections + features + length * (4 * features + 5 * self.num_heads))

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        given = {
            "dropout": (self.dropout, 0),
            "bias": (self.in_proj_bias is not None, True),
            "kdim": (self.kdim, self.embed_dim),
            "vdim": (self.vdim, self.embed_dim),
            "batch_first": (self.batch_first, False),
        }
        extra = [f"{name}={value}" for name, (value, default) in given.items() if value != default]
        return ", ".join([f"embed_dim={self.embed_dim}, num_heads={self.num_heads}", *extra])


def _blocking(name: str, mask: Any, like: Any) -> Any:
    """Return a mask whose True means no as what is added to the scores."""
    if not isinstance(mask, Tensor):
        mask = np.asarray(mask, like=like)
    if mask.dtype == bool:
        mask = ~(mask.data if isinstance(mask, Tensor) else mask)
    return additive(mask, like)
