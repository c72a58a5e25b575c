"""The same function here and in PyTorch: values, gradients and second gradients, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.backward import gradients


def assert_equal_to_torch(
    torch: Any,
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    operands: Sequence[np.ndarray],
    rtol: float,
) -> None:
    """Assert that both have the same value, gradients (recorded or not), and gradients of the cubed gradients.

    The gradients are by the operands, the second ones by the upstream gradient too. What both give as sums of a few
    numbers may differ by `rtol`, of itself or of 1; the gradients by 10 times that, the second ones by 100 times.
    """
    dtype = operands[0].dtype
    xs, ys = [Tensor(a, True) for a in operands], [torch.tensor(a, requires_grad=True) for a in operands]
    value, expected = ours(*xs), theirs(*ys)
    assert value.shape == tuple(expected.shape)
    assert value.dtype == dtype
    assert_near(value.data, expected.detach(), rtol)

    upstream = np.asarray(np.random.default_rng(6).standard_normal(value.shape), dtype=dtype)
    weight, weight_there = Tensor(upstream, True), torch.tensor(upstream, requires_grad=True)
    bare = gradients([value], xs, [upstream], retain_graph=True)
    first = gradients([value], xs, [weight], create_graph=True)
    first_there = torch.autograd.grad(expected, ys, weight_there, create_graph=True)
    for b, f, e in zip(bare, first, first_there, strict=True):
        assert_near(b, e.detach(), 10 * rtol)
        assert_near(f.data, e.detach(), 10 * rtol)

    leaves, leaves_there = [*xs, weight], [*ys, weight_there]
    second = gradients([(f * f * f).sum() for f in first], leaves, [None] * len(first))
    second_there = torch.autograd.grad(sum((e**3).sum() for e in first_there), leaves_there, allow_unused=True)
    for f, e, x in zip(second, second_there, leaves, strict=True):
        assert_near(np.zeros_like(x.data) if f is None else f, torch.zeros(x.shape) if e is None else e, 100 * rtol)


def assert_near(found: Any, expected: Any, tolerance: float) -> None:
    np.testing.assert_allclose(found, expected.numpy(force=True), rtol=tolerance, atol=tolerance)
