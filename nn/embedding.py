"""Embedding: a vector for each word."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.arrays import Operand
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .functional.embedding import counted_from_0, refuse_options
from .functional.losses import floating
from .module import Module
from .parameter import Parameter


class Embedding(Module):
    """A learned vector for each of a number of words: y = weight[index]. See :func:`nn.functional.embedding`.

    Parameters
    ----------
    num_embeddings : int
        How many words there are, numbered from 0.
    embedding_dim : int
        Length of the vectors.
    padding_idx : int, optional
        This word stands for none: its vector is 0 at first and is not trained. Negative numbers count from the end.
    max_norm : float, optional
        Vectors that are looked up and longer than this are first shortened to it.
    norm_type : float, default 2
        The p of the p-norm by which `max_norm` measures.
    scale_grad_by_freq : bool, default False
        Divide the gradient of each vector by how often it was looked up in the batch.
    sparse : bool, default False
        Gradients are dense arrays here: only False is taken.
    dtype : data-type, default float32
        Of the vectors.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (num_embeddings, embedding_dim)
        The vectors, at first standard normal.

    Raises
    ------
    ValueError
        If a size is not positive, `padding_idx` is no word, `max_norm` is below 0, or `sparse` is True.

    Examples
    --------
    >>> import nn
    >>> layer = nn.Embedding(10, 3, padding_idx=0, rng=0)
    >>> layer([[1, 2, 0], [4, 0, 0]]).shape
    (2, 3, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        options.sizes("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        options.numbers("Embedding", above=0, norm_type=norm_type)
        options.flags("Embedding", scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
        refuse_options("Embedding", max_norm, sparse)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else counted_from_0(padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        values = generator(rng).standard_normal((num_embeddings, embedding_dim))
        if self.padding_idx is not None:
            values[self.padding_idx] = 0
        self.weight = Parameter(values, dtype=dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Operand,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """Make a layer of vectors that are there already, trained elsewhere.

        Parameters
        ----------
        embeddings : Tensor or array_like of shape (num_embeddings, embedding_dim)
            The vectors, one a row. They are copied.
        freeze : bool, default True
            Whether they stay as they are in training.
        padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
            As for the class; but the vector of the padding is the one that is given.

        Returns
        -------
        Embedding
            Of the dtype of the vectors.

        Raises
        ------
        ValueError
            If `embeddings` is no matrix.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.Embedding.from_pretrained(np.eye(3))
        >>> layer([2, 0]).tolist(), layer.weight.requires_grad
        ([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], False)
        """
        vectors = floating(embeddings)
        if vectors.ndim != 2:
            raise ValueError(
                f"Embedding.from_pretrained takes vectors of shape (num_embeddings, embedding_dim), not {vectors.shape}"
            )
        rows, length = vectors.shape
        layer = cls(rows, length, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, vectors.dtype, rng=0)
        layer.weight = Parameter(vectors, requires_grad=not freeze)
        return layer

    def forward(self, indices: Operand) -> Tensor:
        """Return the vectors: integers of shape (…) → (…, embedding_dim)."""
        return F.embedding(
            indices, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq
        )

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass: none, for looking up."""
        return 0

    def extra_repr(self) -> str:
        """Return the options."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        longest = "" if self.max_norm is None else f", max_norm={self.max_norm}, norm_type={self.norm_type}"
        by_frequency = ", scale_grad_by_freq=True" if self.scale_grad_by_freq else ""
        sizes = f"num_embeddings={self.num_embeddings}, embedding_dim={self.embedding_dim}"
        return f"{sizes}{padding}{longest}{by_frequency}"
