"""Cross-entropy, as a function and as a module."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F

CASES: list[tuple[tuple[int, ...], int | None, int]] = [  # logits, axis, the same axis not negative
    ((5, 4), None, 1),
    ((5, 4), -1, 1),
    ((4, 5), 0, 0),
    ((4, 5), -2, 0),
    ((4,), None, 0),
    ((2, 4, 3, 2), None, 1),
    ((2, 3, 4), -1, 2),
    ((1, 1), None, 1),
]
REDUCTIONS = ["mean", "sum", "none"]


def example(shape: tuple[int, ...], axis: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    return 3 * rng.standard_normal(shape), rng.integers(shape[axis], size=shape[:axis] + shape[axis + 1 :])


def in_torch(torch: Any, logits: Any, target: Any, reduction: str, axis: int) -> Any:
    moved = torch.movedim(logits, axis, min(1, logits.ndim - 1))
    return torch.nn.functional.cross_entropy(moved, torch.tensor(target), reduction=reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "axis", "place"), CASES)
def test_value_gradient_and_second_gradient_are_pytorchs(
    torch: Any, shape: tuple[int, ...], axis: int | None, place: int, reduction: Any
) -> None:
    logits, target = example(shape, place)
    x, y = Tensor(logits, True), torch.tensor(logits, requires_grad=True)
    ours, theirs = F.cross_entropy(x, target, reduction, axis), in_torch(torch, y, target, reduction, place)
    assert ours.shape == tuple(theirs.shape)
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-12)

    upstream = np.random.default_rng(6).standard_normal(ours.shape)
    (bare,) = gradients([ours], [x], [upstream], retain_graph=True)
    (first,) = gradients([ours], [x], [upstream], create_graph=True)
    (expected,) = torch.autograd.grad(theirs, [y], torch.tensor(upstream), create_graph=True)
    np.testing.assert_allclose(bare, expected.detach().numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(first.data, expected.detach().numpy(), rtol=1e-12, atol=1e-15)

    (second,) = gradients([(first * first * first).sum()], [x], [None])
    (expected,) = torch.autograd.grad((expected**3).sum(), [y])
    np.testing.assert_allclose(second, expected.numpy(), rtol=1e-10, atol=1e-14)


def test_the_gradient_is_softmax_minus_one_hot() -> None:
    logits, target = example((5, 4), 1)
    x = Tensor(logits, True)
    F.cross_entropy(x, target, "sum").backward()
    np.testing.assert_allclose(x.grad.data, F.softmax(logits) - np.eye(4)[target], atol=1e-15)


def test_a_retained_graph_can_be_swept_again() -> None:
    logits, target = example((5, 4), 1)
    x = Tensor(logits, True)
    loss = F.cross_entropy(x, target)
    loss.backward(retain_graph=True)
    once = x.grad.data.copy()
    loss.backward()
    np.testing.assert_allclose(x.grad.data, 2 * once)


def test_without_knowledge_the_loss_is_the_logarithm_of_the_number_of_classes() -> None:
    assert F.cross_entropy(np.zeros((7, 10)), np.arange(7)) == pytest.approx(np.log(10))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_of_ten_thousand_neither_overflow_nor_lose_the_gradient(dtype: Any) -> None:
    x = Tensor(np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, -1e4]], dtype=dtype), True)
    loss = F.cross_entropy(x, [0, 0], "none")
    loss.sum().backward()
    assert loss.tolist() == [0.0, 2e4]
    assert x.grad.tolist() == [[0, 0, 0], [-1, 1, 0]]
    assert loss.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_float32_stays_float32(reduction: Any) -> None:
    x = Tensor(np.ones((2, 3), dtype=np.float32), True)
    loss = F.cross_entropy(x, [0, 2], reduction)
    (g,) = gradients([loss], [x], [np.ones(loss.shape)])
    (h,) = gradients([F.cross_entropy(x, [0, 2], reduction)], [x], [np.ones(loss.shape)], create_graph=True)
    assert loss.dtype == g.dtype == h.dtype == np.float32


@pytest.mark.parametrize("target", [[2, 0], np.array([2, 0], dtype=np.uint8), Tensor(np.array([2, 0]))])
def test_targets_may_be_lists_arrays_of_any_integer_and_tensors(target: Any) -> None:
    x = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]])
    assert F.cross_entropy(x, target) == F.cross_entropy(x, np.array([2, 0]))


def test_neither_logits_nor_target_are_written_to() -> None:
    logits, target = example((5, 4), 1)
    copies = logits.copy(), target.copy()
    x = Tensor(logits)
    F.cross_entropy(x, target)
    np.testing.assert_array_equal(x.data, copies[0])
    np.testing.assert_array_equal(target, copies[1])


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (
            [0.0, 1.0],
            TypeError,
            r"integers of shape \(2,\), but target is float64 of shape \(2,\); .*target\.astype\(int\)",
        ),
        (np.eye(3)[:2], TypeError, r"np\.argmax\(target, 1\) for one-hot rows"),
        ([True, False], TypeError, r"target is bool"),
        ([0, 1, 2], ValueError, r"\(2, 3\) with the 3 classes on axis 1 need .* shape \(2,\), but .* shape \(3,\)"),
        ([[0], [1]], ValueError, r"need a target of shape \(2,\), but target has shape \(2, 1\)"),
        ([0, 3], ValueError, r"the class 3, but .* 3 classes on axis 1, numbered from 0 to 2"),
        ([-1, 0], ValueError, r"the class -1, but"),
    ],
)
def test_wrong_targets_are_refused(target: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        F.cross_entropy(Tensor(np.zeros((2, 3)), True), target)


def test_wrong_axes_and_reductions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"logits of shape \(2, 3\) have no axis 2 for the classes"):
        F.cross_entropy(np.zeros((2, 3)), [0, 0], axis=2)
    with pytest.raises(ValueError, match="no axis -3 for the classes"):
        F.cross_entropy(np.zeros((2, 3)), [0, 0], axis=-3)
    with pytest.raises(ValueError, match=r"logits of shape \(\) have no axis 0 for the classes"):
        F.cross_entropy(1.0, 0)
    for reduce in (F.cross_entropy, lambda *_: nn.CrossEntropyLoss("average")):
        with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', not 'average'"):
            reduce(np.zeros((2, 3)), [0, 0], "average")


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_module_is_the_function(reduction: Any) -> None:
    logits, target = example((4, 5), 0)
    loss = nn.CrossEntropyLoss(reduction, axis=0)
    np.testing.assert_array_equal(loss(logits, target), F.cross_entropy(logits, target, reduction, 0))
    assert repr(loss) == f"CrossEntropyLoss(reduction={reduction!r}, axis=0)"
    assert repr(nn.CrossEntropyLoss()) == "CrossEntropyLoss(reduction='mean')"
