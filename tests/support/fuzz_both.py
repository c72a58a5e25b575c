"""What it takes to do the same here and in PyTorch: modes, errors as text, numbers side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the random programs have no peer to agree with")

MODES = ("record", "no_grad", "enable_grad inside no_grad", "trace", "detect_anomaly")
LARGEST = 50.0


def attempt(step: Callable[[], Any]) -> tuple[Any, str | None]:
    """Return what a step gives, or what it raises, as text."""
    try:
        with np.errstate(all="ignore"):
            return step(), None
    except Exception as problem:
        return None, f"{type(problem).__name__}: {problem}"


def in_mode(library: Any, mode: str, function: Callable[..., Any], operands: list[Any]) -> Any:
    """Call a function in a mode of :mod:`autograd`; those that change no numbers are not PyTorch's business."""
    if mode == "record" or (library is torch and mode in ("trace", "detect_anomaly")):
        return function(*operands)
    if mode in ("trace", "detect_anomaly"):
        with getattr(autograd, mode)():
            return function(*operands)
    with library.no_grad():
        if mode == "enable_grad inside no_grad":
            with library.enable_grad():
                return function(*operands)
        result = function(*operands)
    if library is torch:  # its views go on requiring a gradient even there
        return [r.detach() for r in result] if isinstance(result, tuple) else result.detach()
    return result


def several(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def bare(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        return np.asarray(value.detach().numpy(force=True))
    return np.asarray(value.data if isinstance(value, Tensor) else value)


def near(found: Any, expected: Any, what: str, scale: float = 1.0) -> None:
    found, expected = bare(found), bare(expected)
    assert found.dtype == expected.dtype, f"{what}: {found.dtype} here, {expected.dtype} in PyTorch"
    assert found.shape == expected.shape, f"{what}: {found.shape} here, {expected.shape} in PyTorch"
    scale = max(scale, float(np.max(np.abs(expected), initial=0.0)))
    rtol = 1e-9 if expected.dtype == np.float64 else 1e-2
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=0.1 * rtol * scale, err_msg=what)


def is_ordinary(array: np.ndarray) -> bool:
    """Say whether numbers are few and small enough to be computed with."""
    return array.size <= 40 and array.ndim <= 4 and bool(np.all(np.abs(array) < LARGEST))
