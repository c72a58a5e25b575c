"""Weights with a structure: matrices that keep lengths, that change nothing, that are mostly zero."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.random import Rng, generator

from ..functional import options
from ..parameter import T, write
from .writing import shape_of


def orthogonal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Draw a matrix with orthonormal rows (or columns, if it is taller than wide), times `gain`.

    All its singular values are `gain`. A product of square ones is such a matrix again: through a linear network of
    any depth signals and gradients keep their length exactly, in every direction. All orthogonal matrices are equally
    probable.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (rows, …)
        A weight W. The axes after the first are taken as one: for a convolution the rows are the filters.
    gain : float, default 1
        For the non-linearity, see :func:`calculate_gain`: W Wᵀ = gain² I.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes.

    Notes
    -----
    Q of the decomposition of a Gaussian matrix G = QR is uniform among the orthogonal matrices once the signs of R's
    diagonal are made positive (Mezzadri, "How to generate random matrices from the classical compact groups", 2007).

    References
    ----------
    Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"
    (2013).

    Examples
    --------
    >>> import numpy as np, nn
    >>> w = nn.init.orthogonal_(nn.Linear(5, 3, dtype=float).weight, rng=0).data
    >>> bool(np.allclose(w @ w.T, np.eye(3)))
    True
    """
    shape = shape_of(tensor, "orthogonal_", gain=gain)
    _refuse_axes("orthogonal_", tensor, len(shape) >= 2, "two axes or more, (rows, …)")
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(generator(rng).standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return write(tensor, gain * (q if rows > columns else q.T).reshape(shape))


def eye_(tensor: T) -> T:
    """Write the identity matrix: the layer hands on its inputs, as many of them as it has outputs.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (rows, columns)
        1 where the row is the column, else 0.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has not two axes.

    Examples
    --------
    >>> import nn
    >>> nn.init.eye_(nn.Linear(3, 2).weight).data
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    shape = shape_of(tensor, "eye_")
    _refuse_axes("eye_", tensor, len(shape) == 2, "two axes, (rows, columns); dirac_ is for convolutions")
    return write(tensor, np.eye(shape[0], shape[1]))


def dirac_(tensor: T, groups: int = 1) -> T:
    """Write kernels that are 1 in the middle: the convolution hands on its channels, as many as it has outputs.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (out_channels, in_channels / groups, *kernel)
        The weight of a convolution. With an odd kernel, the stride 1 and the padding "same" it is the identity.
    groups : int, default 1
        The groups of the convolution: each hands on its own channels.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than three axes, or its output channels cannot be divided into so many groups.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.init.dirac_(nn.Parameter(np.ones((2, 2, 3)))).data
    array([[[0., 1., 0.],
            [0., 0., 0.]],
    <BLANKLINE>
           [[0., 0., 0.],
            [0., 1., 0.]]])
    """
    shape = shape_of(tensor, "dirac_")
    options.sizes("dirac_", groups=groups)
    _refuse_axes("dirac_", tensor, len(shape) >= 3, "three axes or more, (out, in, *kernel); eye_ is for matrices")
    return write(tensor, _delta(tensor, groups, "dirac_"))


def identity_(tensor: T, gain: float = 1.0, groups: int = 1) -> T:
    """Write the weight with which a layer hands on its inputs, times `gain`: :func:`eye_`, or :func:`dirac_`.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (out_features, in_features) or (out_channels, in_channels, *kernel)
        A weight.
    gain : float, default 1
        What the inputs are multiplied by.
    groups : int, default 1
        The groups of a convolution.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes, or its output channels cannot be divided into so many groups.

    References
    ----------
    Le, Jaitly & Hinton, "A simple way to initialize recurrent networks of rectified linear units" (2015): the identity
    for the recurrent matrix.

    Examples
    --------
    >>> import nn
    >>> nn.init.identity_(nn.Linear(2, 2).weight, gain=0.5).data
    array([[0.5, 0. ],
           [0. , 0.5]], dtype=float32)
    """
    shape = shape_of(tensor, "identity_", gain=gain)
    options.sizes("identity_", groups=groups)
    _refuse_axes("identity_", tensor, len(shape) >= 2, "two axes or more, (out, in, *kernel)")
    return write(
        tensor, gain * (np.eye(shape[0], shape[1]) if len(shape) == 2 else _delta(tensor, groups, "identity_"))
    )


def sparse_(tensor: T, sparsity: float, std: float = 0.01, rng: Rng = None) -> T:
    """Draw from N(0, std²), and set a part of each column to zero: each input goes to few of the units.

    Few connections may be strong without saturating the unit, and different units come to see different inputs.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (out_features, in_features)
        A weight matrix.
    sparsity : float
        The part of each column, from 0 to 1, that is zero; the number of zeros is rounded up.
    std : float, default 0.01
        The standard deviation of the others.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has not two axes, `sparsity` is no part, or `std` is negative.

    References
    ----------
    Martens, "Deep learning via Hessian-free optimization" (2010). (There each unit has 15 inputs; the sparsity of
    columns is PyTorch's form.)

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.sparse_(nn.Linear(3, 10).weight, sparsity=0.75, rng=0)
    >>> (weight.data == 0).sum(axis=0)
    array([8, 8, 8])
    """
    shape = shape_of(tensor, "sparse_", sparsity=sparsity, std=std)
    _refuse_axes("sparse_", tensor, len(shape) == 2, "two axes, (out_features, in_features)")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_: sparsity is the part of each column that is zero, from 0 to 1, not {sparsity}")
    if not std >= 0:
        raise ValueError(f"sparse_: a standard deviation is not negative, and std={std}")
    rng = generator(rng)
    kept = np.arange(shape[0])[:, None] >= sparsity * shape[0]  # so the number of zeros is rounded up
    values = rng.normal(0.0, std, shape)
    return write(tensor, values * rng.permuted(np.broadcast_to(kept, shape), axis=0))


def _delta(tensor: T, groups: int, initialiser: str) -> Any:
    """Return the kernels that are 1 in the middle: input channel i of each group goes to its output channel i."""
    shape = tensor.shape
    if shape[0] % groups:
        raise ValueError(
            f"{initialiser}: {tensor._described()} has {shape[0]} output channels, which cannot be divided into "
            f"groups={groups}"
        )
    values = np.zeros(shape)
    outputs = shape[0] // groups
    middle = tuple(length // 2 for length in shape[2:])
    for first in range(0, shape[0], outputs):
        for channel in range(min(outputs, shape[1])):
            values[(first + channel, channel, *middle)] = 1
    return values


def _refuse_axes(initialiser: str, tensor: Any, fitting: bool, wanted: str) -> None:
    if not fitting:
        raise ValueError(
            f"{initialiser} is for weights of {wanted}, and {tensor._described()} has shape {tensor.shape}"
        )
