"""Parameter: the Tensor that a Module trains."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Tensor

from .functional import options

T = TypeVar("T", bound=Tensor)


class Parameter(Tensor):
    """A Tensor that a :class:`Module` finds among its attributes, and that an optimiser trains.

    Only Parameters are found: a plain Tensor attribute, even one with ``requires_grad=True``, is not one of the
    module's parameters. The module gives it a name, its path in the model (``"fc1.weight"``), unless it has one.

    Parameters
    ----------
    data : array_like
        The initial values, floating point numbers. They are copied: training writes into the Parameter's own array.
    requires_grad : bool, default True
        False freezes it: no gradient arrives and an optimiser passes it by.
    name : str, optional
        What errors and drawings call it.
    dtype : data-type, optional
        Convert `data` to it. Default: the dtype of `data`. (The layers of ``nn`` make theirs float32.)

    Raises
    ------
    TypeError
        If `data` or `dtype` are none of floating point numbers.

    Examples
    --------
    >>> from nn import Parameter
    >>> gain = Parameter([1.0, 2.0])
    >>> (gain * gain).sum().backward()
    >>> gain.grad
    Tensor([2., 4.])
    """

    __slots__ = ()

    def __init__(
        self,
        data: ArrayLike | Tensor,
        requires_grad: bool = True,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if dtype is not None:
            options.dtypes(dtype)
        super().__init__(data, requires_grad=True, name=name, dtype=dtype)  # a leaf copies, and refuses integers
        if not requires_grad:
            self.requires_grad_(False)

    def become(self, array: Any) -> None:
        """Take another array in the place of the present one: of another dtype, or of another array module.

        The Parameter stays the object that it is, with its name and hooks. A graph recorded before refuses to go
        backward through the old values. ``Module.to`` does this to all parameters of a model.
        """
        if array is self._data:
            return
        node, trained = self.node, self.requires_grad
        self.requires_grad_(False)
        self._data = array
        if trained:
            self._begin()
        if node is not None and self.node is not None:
            self.node.notes = node.notes


def write(tensor: T, values: Any) -> T:
    """Write values (of NumPy, or of the library of the Tensor's array) into a leaf. Returns the Tensor itself.

    A graph that holds the array learns of the write, unless the leaf is frozen, where nobody dates writes: that one
    gets a new array.
    """
    array = tensor.data
    values = np.asarray(values, dtype=array.dtype, like=array)
    if tensor.requires_grad:
        array[...] = values
        tensor.mark_written()
    else:
        tensor.data = values
    return tensor
