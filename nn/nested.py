"""Nested states: dicts, lists and tuples of arrays and plain values, taken apart for a file and put together again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.arrays import bare, in_numpy

PLAIN = (type(None), bool, int, float, str)


def is_array(value: Any) -> bool:
    """Say whether it is an array of any library, one of its numbers, or a Tensor."""
    return hasattr(value, "__array_function__") or hasattr(value, "__array__")


def taken_apart(tree: Mapping[Any, Any]) -> tuple[dict[str, Any], str]:
    """Return the arrays of a nested state by their paths, and all the rest as a text in JSON.

    What JSON has not is written as a pair ``{kind: content}``: ``{"array": path}`` (``{"scalar": path}`` for one of
    NumPy's numbers), ``{"dict": [[key, value], …]}``, ``{"tuple": […]}`` and ``{"float": "nan"}``.

    Raises
    ------
    ValueError
        If there is something else in it, or itself.
    """
    arrays: dict[str, Any] = {}

    def encoded(value: Any, path: str) -> Any:
        if is_array(value):
            name = path
            while name in arrays:  # {"a": {"b": x}, "a.b": y}
                name += "'"
            arrays[name] = in_numpy(bare(value))
            return {"scalar" if isinstance(value, np.generic) else "array": name}
        if isinstance(value, Mapping):
            return {"dict": [[_key(key, path), encoded(item, _joined(path, key))] for key, item in value.items()]}
        if type(value) in (list, tuple):
            items = [encoded(item, _joined(path, i)) for i, item in enumerate(value)]
            return items if type(value) is list else {"tuple": items}
        if type(value) is float and not math.isfinite(value):
            return {"float": repr(value)}
        if type(value) in PLAIN:
            return value
        raise ValueError(f"save cannot write {path!r}, a {type(value).__name__}{_way_out(value)}")

    try:
        text = json.dumps(encoded(tree, ""), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("save cannot write a state that contains itself, or is nested hundreds of times") from None
    return arrays, text


def put_together(arrays: Mapping[str, Any], text: str) -> Any:
    """Return the nested state of which :func:`taken_apart` made these.

    Raises
    ------
    ValueError, TypeError
        If the text is none of its texts, or the arrays are not those of which it speaks.
    """
    unused = dict(arrays)

    def decoded(value: Any) -> Any:
        if isinstance(value, list):
            return [decoded(item) for item in value]
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind in ("array", "scalar"):
            if content not in unused:
                raise ValueError(f"the array {content!r} is missing")
            array = unused.pop(content)
            return array if kind == "array" else array[()]
        if kind == "dict":
            return {key: decoded(item) for key, item in content}
        if kind == "tuple":
            return tuple(decoded(item) for item in content)
        if kind == "float":
            return float(content)
        raise ValueError(f"its structure has a {kind!r}, which nobody knows")

    tree = decoded(json.loads(text))
    if not isinstance(tree, dict):
        raise ValueError(f"its structure is that of a {type(tree).__name__}, not of a dict")
    if unused:
        raise ValueError(f"its structure has no place for {', '.join(map(repr, unused))}")
    return tree


def _joined(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


def _key(key: Any, path: str) -> str | int:
    if type(key) not in (str, int):
        where = f"in {path!r}" if path else "here"
        raise ValueError(f"save writes dicts by keys that are str or int, and {where} is the key {key!r}")
    return key


def _way_out(value: Any) -> str:
    """Return what to write in the place of this value, where that is known."""
    if hasattr(value, "state_dict"):
        return "; give it what its state_dict() returns"
    if hasattr(value, "bit_generator"):
        return "; give it what its bit_generator.state is"
    return "; it writes arrays, numbers, texts, None, and dicts, lists and tuples of them"
