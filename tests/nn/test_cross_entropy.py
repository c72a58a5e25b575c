"""Cross-entropy and the negative log-likelihood, as functions and as modules."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F
from tests.support.torch_peer import assert_equal_to_torch

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
REDUCTIONS: list[Any] = ["mean", "sum", "none"]


def example(shape: tuple[int, ...], axis: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    return 3 * rng.standard_normal(shape), rng.integers(shape[axis], size=shape[:axis] + shape[axis + 1 :])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "axis", "place"), CASES)
def test_both_are_pytorchs_along_any_axis(
    torch: Any, shape: tuple[int, ...], axis: int | None, place: int, reduction: Any
) -> None:
    logits, target = example(shape, place)
    there = torch.tensor(target)

    def moved(x: Any) -> Any:
        return torch.movedim(x, place, min(1, x.ndim - 1))

    for name in ("cross_entropy", "nll_loss"):
        ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
        assert_equal_to_torch(
            torch,
            lambda x, f=ours: f(x, target, reduction=reduction, axis=axis),
            lambda x, f=theirs: f(moved(x), there, reduction=reduction),
            [logits],
            1e-12,
        )


OPTIONS = list(itertools.product([False, True], [-100, 2], [0.0, 0.3, 1.0], REDUCTIONS))


@pytest.mark.parametrize(("is_weighted", "ignore_index", "label_smoothing", "reduction"), OPTIONS)
@pytest.mark.parametrize("shape", [(6, 4), (2, 4, 3), (4,)])
def test_weights_ignored_examples_and_smoothing_count_as_in_pytorch(
    torch: Any, shape: Any, is_weighted: bool, ignore_index: int, label_smoothing: float, reduction: Any
) -> None:
    logits, target = example(shape, min(1, len(shape) - 1))
    target = np.where(target == 1, ignore_index, target) if target.ndim else target
    weight = np.array([0.5, 2.0, 0.1, 1.5]) if is_weighted else None
    options = {"ignore_index": ignore_index, "reduction": reduction}
    there = {"weight": None if weight is None else torch.tensor(weight), **options}
    y, smooth = torch.tensor(target), {"label_smoothing": label_smoothing}
    assert_equal_to_torch(
        torch,
        lambda x: F.cross_entropy(x, target, weight, **options, **smooth),
        lambda x: torch.nn.functional.cross_entropy(x, y, **there, **smooth),
        [logits],
        1e-12,
    )
    if not label_smoothing:
        assert_equal_to_torch(
            torch,
            lambda x: F.nll_loss(x, target, weight, **options),
            lambda x: torch.nn.functional.nll_loss(x, y, **there),
            [logits],
            1e-12,
        )


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.3])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(6, 4), (2, 4, 3), (4,)])
def test_probabilities_as_a_target_have_pytorchs_loss_and_a_gradient_of_their_own(
    torch: Any, shape: Any, reduction: Any, label_smoothing: float, is_weighted: bool
) -> None:
    logits, _ = example(shape, min(1, len(shape) - 1))
    chances = F.softmax(np.random.default_rng(7).standard_normal(shape), min(1, len(shape) - 1))
    weight = np.array([0.5, 2.0, 0.1, 1.5]) if is_weighted else None
    options = {"reduction": reduction, "label_smoothing": label_smoothing}
    there = None if weight is None else torch.tensor(weight)
    assert_equal_to_torch(
        torch,
        lambda x, t: F.cross_entropy(x, t, weight, **options),
        lambda x, t: torch.nn.functional.cross_entropy(x, t, there, **options),
        [logits, chances],
        1e-12,
    )


def test_one_hot_probabilities_are_classes() -> None:
    logits, target = example((5, 4), 1)
    for reduction in REDUCTIONS:
        found = F.cross_entropy(logits, np.eye(4)[target], reduction=reduction)
        np.testing.assert_allclose(found, F.cross_entropy(logits, target, reduction=reduction), rtol=1e-14)


def test_the_gradient_is_softmax_minus_one_hot() -> None:
    logits, target = example((5, 4), 1)
    x = Tensor(logits, True)
    F.cross_entropy(x, target, reduction="sum").backward()
    np.testing.assert_allclose(x.grad.data, F.softmax(logits) - np.eye(4)[target], atol=1e-15)


def test_of_log_softmax_the_likelihood_is_the_cross_entropy() -> None:
    logits, target = example((5, 4), 1)
    assert F.nll_loss(F.log_softmax(logits), target) == pytest.approx(F.cross_entropy(logits, target), rel=1e-14)


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
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_scores_of_ten_thousand_neither_overflow_nor_lose_the_gradient(dtype: Any, label_smoothing: float) -> None:
    x = Tensor(np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, -1e4]], dtype=dtype), True)
    loss = F.cross_entropy(x, [0, 0], reduction="none", label_smoothing=label_smoothing)
    loss.sum().backward()
    e = label_smoothing
    np.testing.assert_allclose(loss.data, [e * 1e4, (1 - e / 3) * 2e4 - e / 3 * 0], rtol=1e-6)
    expected = [[2 / 3 * e, -e / 3, -e / 3], [2 / 3 * e - 1, 1 - e / 3, -e / 3]]
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-6, atol=1e-7)
    assert loss.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize("options", [{}, {"weight": np.ones(3)}, {"label_smoothing": 0.1}, {"ignore_index": 0}])
@pytest.mark.parametrize("target", [np.array([0, 2]), np.array([[0.2, 0.3, 0.5]] * 2)])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_float32_stays_float32(reduction: Any, target: Any, options: Any) -> None:
    if target.dtype == np.float64 and "ignore_index" in options:
        options = {}
    x = Tensor(np.ones((2, 3), dtype=np.float32), True)
    loss = F.cross_entropy(x, target, reduction=reduction, **options)
    (g,) = gradients([loss], [x], [np.ones(loss.shape)], retain_graph=True)
    (h,) = gradients([loss], [x], [np.ones(loss.shape)], create_graph=True)
    assert loss.dtype == g.dtype == h.dtype == np.float32


@pytest.mark.parametrize("target", [[2, 0], np.array([2, 0], dtype=np.uint8), Tensor(np.array([2, 0]))])
def test_targets_may_be_lists_arrays_of_any_integer_and_tensors(target: Any) -> None:
    x = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]])
    assert F.cross_entropy(x, target) == F.cross_entropy(x, np.array([2, 0]))
    assert F.cross_entropy(x.astype(int), target) == F.cross_entropy(x, target)


@pytest.mark.parametrize("options", [{}, {"weight": np.ones(4)}, {"label_smoothing": 0.1}, {"ignore_index": 2}])
def test_neither_logits_nor_target_nor_weight_are_written_to(options: Any) -> None:
    logits, target = example((5, 4), 1)
    arrays = [logits, target, *(v for v in options.values() if isinstance(v, np.ndarray))]
    copies = [a.copy() for a in arrays]
    F.cross_entropy(Tensor(logits, True), target, **options).backward()
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


# -------------------------------------------------------------------------------------------------------------- ignored


@pytest.mark.parametrize("target", [np.empty(0, int), np.empty((0, 3))])
@pytest.mark.parametrize("options", [{}, {"weight": np.ones(3)}, {"label_smoothing": 0.1}])
def test_the_mean_of_an_empty_batch_is_no_number(options: Any, target: Any) -> None:
    x = Tensor(np.empty((0, 3)), True)
    loss = F.cross_entropy(x, target, **options)
    loss.backward()
    assert np.isnan(loss.item())
    assert x.grad.shape == (0, 3)
    assert F.cross_entropy(x, target, reduction="sum", **options).item() == 0


@pytest.mark.parametrize("options", [{}, {"weight": np.ones(3)}, {"label_smoothing": 0.1}])
def test_the_mean_over_no_example_is_no_number_and_pulls_at_nothing(options: Any) -> None:
    x = Tensor(np.zeros((2, 3)), True)
    loss = F.cross_entropy(x, [-100, -100], **options)
    loss.backward()
    assert np.isnan(loss.item())
    np.testing.assert_array_equal(x.grad.data, np.zeros((2, 3)))
    assert F.cross_entropy(x, [-100, -100], reduction="sum", **options).item() == 0


def test_an_ignored_example_does_no_harm_even_where_a_class_is_ruled_out() -> None:
    x = Tensor(np.array([[-np.inf, 0.0, 1.0], [1.0, 2.0, 3.0]]), True)
    loss = F.cross_entropy(x, [-100, 1])
    loss.backward()
    assert loss.item() == pytest.approx(F.cross_entropy(np.array([[1.0, 2.0, 3.0]]), [1]))
    np.testing.assert_array_equal(x.grad.data[0], np.zeros(3))


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (
            [0.0, 1.0],
            TypeError,
            r"integers of shape \(2,\), but target is float64 of shape \(2,\); .*target\.astype\(int\)",
        ),
        (np.eye(3, dtype=bool)[:2], TypeError, r"np\.argmax\(target, 1\) for one-hot rows"),
        (np.eye(3, dtype=int)[:2], ValueError, r"target has shape \(2, 3\); write target\.astype\(float\) if it means"),
        ([True, False], TypeError, r"target is bool"),
        ([0, 1, 2], ValueError, r"\(2, 3\) with the 3 classes on axis 1 need .* shape \(2,\), but .* shape \(3,\)$"),
        ([[0], [1]], ValueError, r"need a target of shape \(2,\), but target has shape \(2, 1\)"),
        ([0, 3], ValueError, r"the class 3, but .* 3 classes on axis 1, numbered from 0 to 2"),
        ([-1, 0], ValueError, r"the class -1, but"),
        ([-100, -1], ValueError, r"the class -1, but"),
    ],
)
def test_wrong_targets_are_refused(target: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match="cross_entropy.*" + message):
        F.cross_entropy(Tensor(np.zeros((2, 3)), True), target)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (np.zeros((2, 3)), TypeError, r"takes the classes as integers of shape \(2,\), but target is float64"),
        ([0, 3], ValueError, r"holds the class 3, but scores of shape \(2, 3\) have 3 classes"),
        ([0], ValueError, r"need a target of shape \(2,\), but target has shape \(1,\)"),
    ],
)
def test_wrong_targets_of_the_likelihood_are_refused(target: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match="nll_loss.*" + message):
        F.nll_loss(Tensor(np.zeros((2, 3)), True), target)


def test_wrong_axes_and_reductions_are_refused() -> None:
    for function in (F.cross_entropy, F.nll_loss):
        with pytest.raises(ValueError, match=r"scores of shape \(2, 3\) have no axis 2 for the classes"):
            function(np.zeros((2, 3)), [0, 0], axis=2)
        with pytest.raises(ValueError, match="no axis -3 for the classes"):
            function(np.zeros((2, 3)), [0, 0], axis=-3)
        with pytest.raises(ValueError, match=r"scores of shape \(\) have no axis 0 for the classes"):
            function(1.0, 0)
        for examples in (0, 2):
            with pytest.raises(ValueError, match=rf"scores of shape \({examples}, 0\) have no classes on axis 1"):
                function(np.zeros((examples, 0)), np.zeros(examples, int))
    scores: list[Any] = [np.zeros((2, 3)), [0, 0]]
    kinds = ((F.cross_entropy, scores), (F.nll_loss, scores), (nn.CrossEntropyLoss, []), (nn.NLLLoss, []))
    for reduce, operands in kinds:
        with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', not 'average'"):
            reduce(*operands, reduction="average")


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
def test_weights_that_are_not_one_for_each_class_are_refused(function: Any) -> None:
    message = r"the weight has shape \(2,\), but scores of shape \(2, 3\) have 3 classes on axis 1; give it"
    with pytest.raises(ValueError, match=message):
        function(np.zeros((2, 3)), [0, 0], np.ones(2))


@pytest.mark.parametrize("label_smoothing", [-0.1, 1.1, float("nan")])
def test_smoothing_by_more_than_all_is_refused(label_smoothing: float) -> None:
    for call in (nn.CrossEntropyLoss, lambda **options: F.cross_entropy(np.zeros((2, 3)), [0, 0], **options)):
        with pytest.raises(
            ValueError, match=f"label_smoothing must be a number from 0 to 1, .*, not {label_smoothing}"
        ):
            call(label_smoothing=label_smoothing)


def test_ignoring_a_class_and_probabilities_do_not_go_together() -> None:
    with pytest.raises(ValueError, match=r"ignore_index=1 means a class, but a target of floats in the shape \(2, 3\)"):
        F.cross_entropy(np.zeros((2, 3)), np.ones((2, 3)), ignore_index=1)


# -------------------------------------------------------------------------------------------------------------- modules


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_modules_are_the_functions(reduction: Any) -> None:
    logits, target = example((4, 5), 0)
    weight = np.array([1.0, 2.0, 3.0, 4.0])
    loss = nn.CrossEntropyLoss(weight, 2, reduction, 0.1, axis=0)
    expected = F.cross_entropy(logits, target, weight, 2, reduction, 0.1, 0)
    np.testing.assert_array_equal(loss(logits, target), expected)
    loss = nn.NLLLoss(weight, 2, reduction, axis=0)
    np.testing.assert_array_equal(loss(logits, target), F.nll_loss(logits, target, weight, 2, reduction, 0))


def test_the_modules_say_their_options() -> None:
    assert repr(nn.CrossEntropyLoss()) == "CrossEntropyLoss(reduction='mean')"
    assert repr(nn.CrossEntropyLoss(reduction="sum", label_smoothing=0.1, axis=0)) == (
        "CrossEntropyLoss(reduction='sum', label_smoothing=0.1, axis=0)"
    )
    assert repr(nn.NLLLoss(axis=0)) == "NLLLoss(reduction='mean', axis=0)"


def test_the_weights_of_classes_are_saved_under_pytorchs_name(torch: Any) -> None:
    weight = np.array([1.0, 2.0, 3.0])
    ours, theirs = nn.CrossEntropyLoss(weight), torch.nn.CrossEntropyLoss(torch.tensor(weight))
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["weight"]
    assert list(nn.CrossEntropyLoss().state_dict()) == []
