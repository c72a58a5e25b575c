"""Where examples come from: arrays in memory or in a file, sequences; some rows of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.arrays import refuse_hidden

Source: TypeAlias = Any  # has a length, and gives examples by their numbers


def as_source(name: str, data: Any) -> Source:
    """Return `data` as something whose rows can be taken; nothing of an array is read.

    Raises
    ------
    TypeError
        If it has no length or no numbers, or is a Tensor whose gradient would get lost.
    """
    if isinstance(data, Tensor):
        if data.requires_grad:
            raise TypeError(f"{name} is a Tensor that needs a gradient, which batches would lose; give {name}.detach()")
        data = data.data
    if hasattr(data, "iloc"):  # a table of pandas: its [] are columns
        data = np.asarray(data)
    if not hasattr(data, "__getitem__") or not hasattr(data, "__len__") or isinstance(data, (str, bytes, dict)):
        raise TypeError(
            f"{name} must be an array, or a sequence with a length and examples by number, not {type(data).__name__}"
        )
    if getattr(data, "shape", None) == ():
        raise TypeError(f"{name} must have an axis of examples, and is the single number {data}")
    try:
        len(data)
    except TypeError as problem:  # as SciPy's sparse arrays say
        raise TypeError(f"{name} of type {type(data).__name__} has no length: {problem}") from None
    if _is_array(data):
        _refuse_no_numbers(name, data)
    return data


def take(name: str, source: Source, rows: Any) -> Any:
    """Return the examples with these numbers as a new array; or a pair of arrays, where the examples are pairs."""
    if isinstance(source, np.ndarray):
        examples = source[rows]  # a copy, and of a memory-mapped file these rows alone
        refuse_hidden(examples)
        return np.asarray(examples)
    if _is_array(source):
        return source[np.asarray(rows, like=source)]
    examples = [source[int(row)] for row in rows]
    if name == "X" and isinstance(examples[0], tuple):
        if any(not isinstance(pair, tuple) or len(pair) != 2 for pair in examples):
            raise ValueError("the examples of X that are tuples must be pairs (x, y)")
        x, y = zip(*examples, strict=True)
        return _stacked("x", x), _stacked("y", y)
    return _stacked(name, examples)


def _is_array(data: Any) -> bool:
    return isinstance(data, np.ndarray) or hasattr(data, "__array_function__")


def _stacked(name: str, examples: Sequence[Any]) -> Any:
    arrays = [example.data if isinstance(example, Tensor) else np.asarray(example) for example in examples]
    first, *others = dict.fromkeys(array.shape for array in arrays)
    if others:
        raise ValueError(
            f"the examples of a batch must have one shape, and those of {name} have {first} and {others[0]}; "
            "crop or pad them in the sequence"
        )
    _refuse_no_numbers(name, arrays[0])
    return np.stack(arrays)


def _refuse_no_numbers(name: str, array: Any) -> None:
    if array.dtype.kind not in "fiub":
        hint = "; number the classes, as scikit-learn's LabelEncoder does" if array.dtype.kind in "UTO" else ""
        raise TypeError(f"{name} must hold numbers, not {array.dtype}{hint}")
