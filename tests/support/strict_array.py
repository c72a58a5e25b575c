"""A stand-in for an array on a GPU: it speaks NumPy's two protocols and refuses all that CuPy would refuse.

It is no ndarray, does not become one by itself, does not mix with one that has axes, and is never asked for a Python
number: ``float(x)`` and ``bool(x)`` would wait for the device. Reductions give arrays without axes, not scalars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

_NUMBERS = (
    bool,
    int,
    float,
    complex,
    np.generic,
    type(None),
    str,
    type,
    np.dtype,
    slice,
    type(Ellipsis),
    type(np._NoValue),
)


class StrictArray(NDArrayOperatorsMixin):
    """An array that keeps strictly to itself."""

    __slots__ = ("_array", "base")

    def __init__(self, array: Any, base: StrictArray | None = None) -> None:
        if isinstance(array, StrictArray):
            raise TypeError("a StrictArray is made of a NumPy array")
        self._array = np.asarray(array)
        self.base = base

    def get(self) -> np.ndarray:
        """Return the elements, as a copy in NumPy's memory: what CuPy calls ``get``."""
        return self._array.copy()

    # --------------------------------------------------------------------------------------------- NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(not isinstance(i, (StrictArray, np.ndarray, *_NUMBERS, tuple, list)) for i in inputs):
            return NotImplemented  # a Tensor knows what to do
        if method == "at":  # an index may live in NumPy's memory
            target, index, *values = inputs
            getattr(ufunc, method)(_inner(target), _index(index), *map(_inner, values))
            return None
        out = options.get("out")
        result = getattr(ufunc, method)(*map(_inner, inputs), **{k: _inner(v) for k, v in options.items()})
        return out[0] if out is not None else self._outer(result)

    def __array_function__(self, function: Callable[..., Any], types: Iterable[type], args: Any, kwargs: Any) -> Any:
        if any(t is not StrictArray and t is not np.ndarray for t in types):
            return NotImplemented
        if function is np.asarray:  # with like=: how an array comes over from NumPy's memory
            return StrictArray(np.asarray(getattr(args[0], "_array", args[0]), *args[1:], **kwargs))
        return self._outer(function(*map(_inner, args), **{k: _inner(v) for k, v in kwargs.items()}))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise TypeError("a StrictArray does not become a NumPy array by itself")

    def _outer(self, result: Any) -> Any:
        """Return a result of NumPy as this class; a view of this array knows its owner."""
        if isinstance(result, (np.ndarray, np.generic)):
            is_view = isinstance(result, np.ndarray) and np.may_share_memory(result, self._array)
            owner = self if self.base is None else self.base
            return StrictArray(result, owner if is_view else None)
        if hasattr(result, "_make"):  # a named tuple, as of np.linalg.svd
            return result._make(self._outer(r) for r in result)
        if isinstance(result, (tuple, list)):
            return type(result)(self._outer(r) for r in result)
        return result

    # ----------------------------------------------------------------------------------------- no numbers by themselves

    def _refuse(self) -> Any:
        raise TypeError("a StrictArray is not asked for a Python number: that would wait for the device")

    __bool__ = __float__ = __int__ = __index__ = _refuse

    def item(self) -> Any:
        return self._array.item()

    # ------------------------------------------------------------------------------------------------ what arrays offer

    shape = property(lambda self: self._array.shape)
    dtype = property(lambda self: self._array.dtype)
    ndim = property(lambda self: self._array.ndim)
    size = property(lambda self: self._array.size)
    T = property(lambda self: self._outer(self._array.T))

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: Any) -> StrictArray:
        return self._outer(self._array[_index(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._array[_index(index)] = _inner(value)

    def __repr__(self) -> str:
        return f"StrictArray({self._array.tolist()})"


def _method(name: str) -> Callable[..., Any]:
    def method(self: StrictArray, *args: Any, **options: Any) -> Any:
        bare = getattr(self._array, name)
        return self._outer(bare(*map(_inner, args), **{k: _inner(v) for k, v in options.items()}))

    return method


for _name in (
    *("sum", "mean", "prod", "max", "min", "var", "std", "any", "all", "argmax", "argmin", "argsort", "cumsum"),
    *("reshape", "ravel", "swapaxes", "squeeze", "astype", "copy", "clip", "round"),
):
    setattr(StrictArray, _name, _method(_name))


_reshape = StrictArray.reshape


def _with_one_length_left_out(self: StrictArray, *shape: Any, **options: Any) -> Any:
    """NumPy takes any negative number for the length that is to be found, the array API's standard -1 alone."""
    lengths = shape[0] if isinstance(shape[0], (tuple, list)) else shape
    if any(n < -1 for n in lengths):
        raise ValueError(f"a StrictArray has no shape {lengths}")
    return _reshape(self, *shape, **options)


StrictArray.reshape = _with_one_length_left_out


def _transpose(self: StrictArray, *axes: Any) -> Any:
    return self._outer(self._array.transpose(*axes))


StrictArray.transpose = _transpose


def _inner(value: Any) -> Any:
    """Return an argument for NumPy, or refuse it."""
    if isinstance(value, StrictArray):
        return value._array
    if isinstance(value, (tuple, list)):
        return type(value)(_inner(v) for v in value)
    if isinstance(value, np.ndarray) and value.ndim > 0:
        raise TypeError(f"a StrictArray does not mix with a NumPy array of shape {value.shape}")
    if not isinstance(value, (np.ndarray, *_NUMBERS)):
        raise TypeError(f"a StrictArray does not mix with {type(value).__name__}")
    return value


def _index(index: Any) -> Any:
    """Return an index for NumPy: index arrays may be NumPy's, since the user gives them."""
    if isinstance(index, tuple):
        return tuple(_index(i) for i in index)
    return index._array if isinstance(index, StrictArray) else index


class Strict:
    """An array module like CuPy, for ``model.to(Strict)``: its arrays do not mix with NumPy's."""

    @staticmethod
    def asarray(array: Any) -> StrictArray:
        return array if isinstance(array, StrictArray) else StrictArray(array)
