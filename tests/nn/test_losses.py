"""The losses beside cross-entropy: margins, differences of numbers, and probabilities."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F
from tests.support.torch_peer import assert_equal_to_torch

RNG = np.random.default_rng(11)
REDUCTIONS: list[Any] = ["mean", "sum", "none"]
X, T = 2 * RNG.standard_normal((3, 4)), 2 * RNG.standard_normal((3, 4))
P, Q = RNG.uniform(0.05, 0.95, (3, 4)), RNG.uniform(0.05, 0.95, (3, 4))
W, ROW = RNG.uniform(0.1, 2.0, (3, 4)), RNG.uniform(0.1, 2.0, 4)

# PyTorch's functions: name, operands (with a gradient each), options; arrays among the options are constants.
GRID: list[tuple[str, tuple[Any, Any], dict[str, Any]]] = [
    ("mse_loss", (X, T), {}),
    ("mse_loss", (X, T), {"weight": W}),
    ("l1_loss", (X, T), {}),
    ("l1_loss", (X, T), {"weight": W}),
    *(("huber_loss", (X, T), {"delta": delta}) for delta in (0.3, 1.0, 50.0)),
    ("huber_loss", (X, T), {"weight": W}),
    *(("smooth_l1_loss", (X, T), {"beta": beta}) for beta in (0.0, 0.3, 1.0, 50.0)),
    ("binary_cross_entropy", (P, Q), {}),
    ("binary_cross_entropy", (P, Q), {"weight": W}),
    ("binary_cross_entropy", (P, Q), {"weight": ROW}),
    *(
        ("binary_cross_entropy_with_logits", (X, Q), {"weight": w, "pos_weight": p})
        for w, p in itertools.product((None, W, ROW), (None, W, ROW))
    ),
    ("kl_div", (X, Q), {}),
    ("kl_div", (X, T), {"log_target": True}),
]


def assert_is_pytorchs(torch: Any, name: str, operands: Any, options: Any, dtype: Any) -> None:
    arrays = [np.asarray(a, dtype=dtype) for a in operands]
    there = {
        k: torch.tensor(np.asarray(v, dtype=dtype)) if isinstance(v, np.ndarray) else v for k, v in options.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, about the mean of kl_div
        assert_equal_to_torch(
            torch,
            lambda x, t: getattr(F, name)(x, t, **options),
            lambda x, t: getattr(torch.nn.functional, name)(x, t, **there),
            arrays,
            1e-12 if dtype is np.float64 else 1e-6,
        )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "operands", "options"), GRID)
def test_value_gradients_and_second_gradients_are_pytorchs(
    torch: Any, name: str, operands: Any, options: Any, reduction: Any, dtype: Any
) -> None:
    assert_is_pytorchs(torch, name, operands, {**options, "reduction": reduction}, dtype)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in GRID}))
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(), (1,), (2, 1, 3)])
def test_any_shape_will_do(torch: Any, name: str, reduction: Any, shape: Any) -> None:
    operands = [np.reshape(a.ravel()[: np.prod(shape, dtype=int)], shape) for a in (P, Q)]
    assert_is_pytorchs(torch, name, operands, {"reduction": reduction}, np.float64)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in GRID}))
def test_of_no_examples_the_sum_is_zero_and_the_mean_no_number(torch: Any, name: str) -> None:
    for reduction in REDUCTIONS:
        assert_is_pytorchs(torch, name, [np.empty((0, 3))] * 2, {"reduction": reduction}, np.float64)
    assert np.isnan(F.kl_div(np.empty((0, 3)), np.empty((0, 3)), reduction="batchmean"))


@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("shape", [(3, 4), (4,), (2, 3, 2), ()])
def test_the_mean_over_the_batch_is_the_divergence(torch: Any, log_target: bool, shape: Any) -> None:
    operands = [np.reshape(a.ravel()[: np.prod(shape, dtype=int)], shape) for a in (X, Q)]
    assert_is_pytorchs(torch, "kl_div", operands, {"reduction": "batchmean", "log_target": log_target}, np.float64)
    p, q = np.array([[0.1, 0.9], [0.5, 0.5]]), np.array([[0.3, 0.7], [0.25, 0.75]])
    expected = np.sum(p * np.log(p / q), axis=1).mean()
    assert F.kl_div(np.log(q), p, "batchmean") == pytest.approx(expected, rel=1e-14)


# -------------------------------------------------------------------------------------------------------------- margins


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(3, 4), (4,), (1, 1)])
def test_the_svm_loss_is_pytorchs_times_the_number_of_classes(
    torch: Any, shape: Any, reduction: Any, margin: float, squared: bool
) -> None:
    scores = RNG.standard_normal(shape)
    target = RNG.integers(shape[-1], size=shape[:-1])
    x, y = Tensor(scores, True), torch.tensor(scores, requires_grad=True)
    loss = F.multiclass_svm_loss(x, target, margin, squared, reduction)
    expected = shape[-1] * torch.nn.functional.multi_margin_loss(
        y, torch.tensor(target), p=2 if squared else 1, margin=margin, reduction=reduction
    )
    np.testing.assert_allclose(loss.data, expected.detach().numpy(), rtol=1e-13, atol=1e-15)
    loss.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(x.grad.data, y.grad.numpy(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("squared", [False, True])
def test_the_svm_loss_is_the_sum_of_the_lecture_along_any_axis(squared: bool, axis: int) -> None:
    scores = 2 * RNG.standard_normal((3, 4, 5))
    moved = np.moveaxis(scores, axis, -1)
    target = RNG.integers(scores.shape[axis], size=moved.shape[:-1])
    expected = np.zeros(target.shape)
    for place in np.ndindex(target.shape):
        s, y = moved[place], target[place]
        terms = [max(0, s[j] - s[y] + 1) for j in range(len(s)) if j != y]
        expected[place] = sum(t * t if squared else t for t in terms)
    found = F.multiclass_svm_loss(scores, target, squared=squared, reduction="none", axis=axis)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_the_svm_loss_of_the_lectures_three_pictures() -> None:
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])  # of a cat, a car and a frog
    np.testing.assert_allclose(F.multiclass_svm_loss(scores, [0, 1, 2], reduction="none"), [2.9, 0, 12.9], rtol=1e-14)


def test_a_class_that_keeps_the_margin_exactly_pulls_at_nothing() -> None:
    x = Tensor([[2.0, 1.0, 1.5]], True)
    F.multiclass_svm_loss(x, [0]).backward()
    assert x.grad.tolist() == [[-1.0, 0.0, 1.0]]
    s = Tensor([1.0, 0.5], True)
    F.hinge_loss(s, [1, 1], reduction="sum").backward()
    assert s.grad.tolist() == [0.0, -1.0]


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_hinge_loss_is_its_formula(reduction: Any) -> None:
    s, t = RNG.standard_normal(9), np.sign(RNG.standard_normal(9))
    reduce = {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction]
    np.testing.assert_allclose(F.hinge_loss(s, t, reduction=reduction), reduce(np.maximum(0, 1 - t * s)))
    np.testing.assert_allclose(F.hinge_loss(s, t, 0.3, True, reduction), reduce(np.maximum(0, 0.3 - t * s) ** 2))


def test_of_two_classes_the_svm_loss_is_the_hinge_loss_of_the_difference() -> None:
    scores, target = RNG.standard_normal((6, 2)), RNG.integers(2, size=6)
    difference = scores[:, 1] - scores[:, 0]
    assert F.multiclass_svm_loss(scores, target) == pytest.approx(F.hinge_loss(difference, 2 * target - 1), rel=1e-14)


# ------------------------------------------------------------------------------------------------------- learning rules


def test_a_step_on_the_perceptron_criterion_is_rosenblatts_rule() -> None:
    points = RNG.standard_normal((20, 3))
    wanted = (points @ [1.0, -2.0, 0.5] + 0.1 > 0).astype(float)
    w, b, alpha = Tensor(np.zeros(3), True), Tensor(0.0, True), 0.5
    by_rule, bias = np.zeros(3), 0.0
    for x, d in zip(points, wanted, strict=True):
        answer = float(by_rule @ x + bias > 0)
        by_rule, bias = by_rule + alpha * (d - answer) * x, bias + alpha * (d - answer)
        by_w, by_b = gradients([F.perceptron_loss((w * x).sum() + b, d)], [w, b], [None])
        w, b = Tensor(w.data - alpha * by_w, True), Tensor(b.data - alpha * by_b, True)
        np.testing.assert_allclose(w.data, by_rule, rtol=1e-12)
        np.testing.assert_allclose(b.data, bias, rtol=1e-12)
    assert by_rule.any()  # from w = 0 on: a score of 0 is a wrong answer too, where the target is 1


def test_the_perceptron_criterion_costs_the_size_of_a_wrong_score() -> None:
    loss = F.perceptron_loss([2.0, 2.0, -3.0, -3.0, 0.0, 0.0], [1, 0, 1, 0, 1, 0], reduction="none")
    assert loss.tolist() == [0.0, 2.0, 3.0, 0.0, 0.0, 0.0]


def test_a_step_on_the_loss_of_adaline_is_widrow_and_hoffs_rule() -> None:
    x, d, w, b, mu = RNG.standard_normal((7, 3)), RNG.standard_normal(7), RNG.standard_normal(3), 0.3, 0.01
    y = x @ w + b
    here, bias = Tensor(w, True), Tensor(b, True)
    by_w, by_b = gradients([F.adaline_loss(x @ here + bias, d)], [here, bias], [None])
    np.testing.assert_allclose(w - mu * by_w, w + mu * ((d - y) @ x), rtol=1e-13)
    np.testing.assert_allclose(b - mu * by_b, b + mu * (d - y).sum(), rtol=1e-13)
    assert F.adaline_loss(y, d) == pytest.approx(0.5 * ((d - y) ** 2).sum(), rel=1e-14)
    assert F.adaline_loss(y, d, "mean") == pytest.approx(0.5 * F.mse_loss(y, d), rel=1e-14)


@pytest.mark.parametrize("squash", [lambda net: net, F.sigmoid, F.tanh])
def test_the_delta_rule_of_rumelhart_hinton_and_williams(squash: Any) -> None:
    i, t, w = RNG.standard_normal(4), RNG.standard_normal(3), Tensor(RNG.standard_normal((3, 4)), True)
    net = Tensor(w.data @ i, True)
    (slope,) = gradients([squash(net).sum()], [net], [None])  # f′(net)
    delta = (t - squash(net).data) * slope
    (by_w,) = gradients([F.adaline_loss(squash(F.linear(i, w)), t)], [w], [None])
    np.testing.assert_allclose(-by_w, np.outer(delta, i), rtol=1e-12)  # −∂E_p/∂w_ji = δ_pj·i_p


# ------------------------------------------------------------------------------------------------- corners and extremes


def test_where_answer_and_target_are_equal_the_absolute_error_has_the_slope_0() -> None:
    x, t = Tensor([1.0, 2.0], True), Tensor([1.0, 3.0], True)
    F.l1_loss(x, t, "sum").backward()
    assert (x.grad.tolist(), t.grad.tolist()) == ([0.0, -1.0], [0.0, 1.0])


def test_rounded_off_the_absolute_error_is_hubers_loss_over_beta() -> None:
    for beta in (0.3, 2.0):
        np.testing.assert_allclose(
            F.smooth_l1_loss(X, T, "none", beta) * beta, F.huber_loss(X, T, "none", beta), rtol=1e-14
        )


def test_a_probability_of_0_or_1_costs_at_most_100(torch: Any) -> None:
    p, t = np.array([0.0, 0.0, 1.0, 1.0, 0.25]), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    x, y = Tensor(p, True), torch.tensor(p, requires_grad=True)
    loss = F.binary_cross_entropy(x, t, reduction="none")
    np.testing.assert_allclose(loss.data, [0, 100, 100, 0, np.log(4)], rtol=1e-14)
    loss.sum().backward()
    torch.nn.functional.binary_cross_entropy(y, torch.tensor(t), reduction="sum").backward()
    np.testing.assert_allclose(x.grad.data, y.grad.numpy(), rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("pos_weight", [None, 3.0])
def test_scores_of_ten_thousand_neither_overflow_nor_lose_the_gradient(dtype: Any, pos_weight: float | None) -> None:
    x = Tensor(np.array([1e4, 1e4, -1e4, -1e4, 0.0], dtype=dtype), True)
    t = np.array([1, 0, 1, 0, 1])
    loss = F.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=pos_weight)
    (g,) = gradients([loss], [x], [np.ones(5)], create_graph=True)
    (h,) = gradients([g.sum()], [x], [None])
    w = pos_weight or 1.0
    np.testing.assert_allclose(loss.data, [0, 1e4, w * 1e4, 0, w * np.log(2)], rtol=1e-6)
    np.testing.assert_allclose(g.data, [0, 1, -w, 0, -w / 2], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(h, [0, 0, 0, 0, w / 4], rtol=1e-6, atol=1e-7)
    assert loss.dtype == g.dtype == h.dtype == dtype


def test_from_scores_and_from_probabilities_the_loss_is_the_same() -> None:
    found = F.binary_cross_entropy_with_logits(X, Q, W)
    assert found == pytest.approx(F.binary_cross_entropy(F.sigmoid(X), Q, W), rel=1e-12)


def test_a_small_probability_keeps_its_digits_in_single_precision() -> None:
    p = np.array([1e-3, 1e-6, 1e-9], dtype=np.float32)
    loss = F.binary_cross_entropy(p, [0, 0, 0], reduction="none")
    np.testing.assert_allclose(loss, -np.log1p(-p.astype(np.float64)), rtol=1e-6)


def test_a_probability_of_0_in_the_target_costs_nothing() -> None:
    log_q, p = Tensor(np.log([0.5, 0.5]), True), Tensor([1.0, 0.0], True)
    loss = F.kl_div(log_q, p, "none")
    loss.sum().backward()
    np.testing.assert_allclose(loss.data, [np.log(2), 0])
    np.testing.assert_allclose(log_q.grad.data, [-1, 0])
    np.testing.assert_allclose(p.grad.data, [np.log(2) + 1, np.log(2)])


# --------------------------------------------------------------------------------------------------------------- dtypes

ALL: dict[str, Callable[..., Any]] = {
    name: getattr(F, name)
    for name in (*(name for name, _, _ in GRID), "adaline_loss", "hinge_loss", "perceptron_loss", "multiclass_svm_loss")
}


def target_for(name: str) -> Any:
    return [1, 0] if name == "multiclass_svm_loss" else [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("kind", [np.float64, np.int64, list])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ALL)
def test_a_target_of_another_dtype_does_not_lead_float32_away(name: str, reduction: Any, kind: Any) -> None:
    if name == "multiclass_svm_loss" and kind is np.float64:
        kind = np.uint8  # classes are integers
    t = target_for(name) if kind is list else np.array(target_for(name), dtype=kind)
    x = Tensor(np.array([[0.5, 0.25], [0.125, 1.0]], dtype=np.float32), True)
    loss = ALL[name](x, t, reduction=reduction)
    (g,) = gradients([loss], [x], [np.ones(loss.shape)], create_graph=True)
    assert loss.dtype == g.dtype == np.float32
    assert type(ALL[name](x.data, t, reduction=reduction)) in (np.ndarray, np.float32)


def test_whole_numbers_are_compared_as_numbers() -> None:
    assert F.mse_loss(np.array([1], dtype=np.uint8), np.array([3], dtype=np.uint8)) == 4.0
    assert F.l1_loss(np.array([1], dtype=np.uint8), np.array([3], dtype=np.uint8)) == 2.0


@pytest.mark.parametrize("name", ALL)
def test_neither_operand_is_written_to(name: str) -> None:
    x, t = np.array([[0.5, 0.25], [0.125, 1.0]]), np.array(target_for(name))
    copies = x.copy(), t.copy()
    ALL[name](Tensor(x, True), t).backward()
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(t, copies[1])


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", sorted(set(ALL) - {"multiclass_svm_loss"}))
def test_shapes_that_differ_are_refused_not_broadcast(name: str) -> None:
    message = rf"{name}: the input has shape \(3, 1\), but the target has shape \(3,\); each number needs a target of"
    with pytest.raises(ValueError, match=message):
        ALL[name](Tensor(np.ones((3, 1)), True), np.ones(3))


@pytest.mark.parametrize("name", ALL)
def test_unknown_reductions_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"reduction must be 'mean'.* 'sum' or 'none', not 'average'"):
        ALL[name](np.ones((2, 2)), target_for(name), reduction="average")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: F.hinge_loss([1.0, 2.0], [1, 0]),
            ValueError,
            r"hinge_loss: targets are -1 and 1, but one is 0; write 2",
        ),
        (lambda: F.hinge_loss([1.0], [np.nan]), ValueError, "targets are -1 and 1, but one is nan"),
        (
            lambda: F.perceptron_loss(1.0, -1),
            ValueError,
            r"perceptron_loss: targets are 0 and 1, but one is -1; write \(",
        ),
        (lambda: F.huber_loss([1.0], [1.0], delta=0), ValueError, "huber_loss: delta must be a number above 0, not 0"),
        (lambda: F.smooth_l1_loss([1.0], [1.0], beta=-1), ValueError, "beta must be a number from 0 on, not -1"),
        (lambda: F.mse_loss(X, T, weight=ROW), ValueError, r"mse_loss: the weight has shape \(4,\), but the input has"),
        (lambda: F.l1_loss(X, T, weight=ROW), ValueError, r"l1_loss: the weight has shape \(4,\), but the input has"),
        (lambda: F.huber_loss(X, T, weight=ROW), ValueError, r"huber_loss: the weight has shape \(4,\), but the input"),
        (
            lambda: F.binary_cross_entropy([0.5, 1.5], [1, 0]),
            ValueError,
            "input are probabilities, from 0 to 1, but one is 1.5; use binary_cross_entropy_with_logits",
        ),
        (lambda: F.binary_cross_entropy([-0.5], [1]), ValueError, "but one is -0.5"),
        (
            lambda: F.binary_cross_entropy(P, Q, np.ones(3)),
            ValueError,
            r"binary_cross_entropy: the weight has shape \(3,\), which does not spread over the losses of shape",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(X, Q, pos_weight=np.ones((1, 3, 4))),
            ValueError,
            r"with_logits: the pos_weight has shape \(1, 3, 4\), which does not spread over",
        ),
        (lambda: F.binary_cross_entropy_with_logits(X, Q, np.ones(3)), ValueError, r"the weight has shape \(3,\)"),
        (
            lambda: F.binary_cross_entropy_with_logits(X, Q, pos_weight=Tensor(ROW, True)),
            TypeError,
            "no derivative by its argument 'pos_weight'",
        ),
        (lambda: F.kl_div([0.0], [-0.5]), ValueError, "kl_div: targets are probabilities, but one is -0.5; pass log_t"),
        (lambda: F.kl_div([0.0], [0.5], "median"), ValueError, "'mean', 'batchmean', 'sum' or 'none', not 'median'"),
        (
            lambda: F.multiclass_svm_loss(X, [0, 1]),
            ValueError,
            r"multiclass_svm_loss: scores of shape \(3, 4\) with the 4",
        ),
        (lambda: F.multiclass_svm_loss(X, [0, 1, 4]), ValueError, "target holds the class 4, but"),
        (lambda: F.multiclass_svm_loss(X, T), TypeError, "takes the classes as integers"),
        (lambda: F.multiclass_svm_loss(X, [0, 1, 2], axis=2), ValueError, "no axis 2 for the classes"),
        (lambda: F.mse_loss(["a"], [1.0]), TypeError, "numbers"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
