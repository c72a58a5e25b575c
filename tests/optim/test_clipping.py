"""Clipping: gradients made smaller, where they lie, by their norm, element by element, or unit by unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor


def parameters(seed: int = 0, dtype: Any = float) -> list[nn.Parameter]:
    rng = np.random.default_rng(seed)
    params = [nn.Parameter(rng.standard_normal(shape).astype(dtype), name=f"p{shape}") for shape in [(3, 4), (5,), ()]]
    for parameter in params:
        parameter.grad = Tensor(np.asarray(rng.standard_normal(parameter.shape), dtype=dtype))
    return params


def as_torch(torch: Any, params: list[nn.Parameter]) -> list[Any]:
    theirs = [torch.tensor(p.data, requires_grad=True) for p in params]
    for theirs_one, ours_one in zip(theirs, params, strict=True):
        theirs_one.grad = torch.tensor(ours_one.grad.data)
    return theirs


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 100.0])
@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, math.inf])
def test_clipping_by_norm_is_pytorchs(torch: Any, max_norm: float, p: float) -> None:
    ours = parameters()
    theirs = as_torch(torch, ours)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, p)
    assert optim.clip_grad_norm_(iter(ours), max_norm, p) == pytest.approx(expected.item(), rel=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 100.0])
@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, 3.5, math.inf])
def test_clipping_by_norm_scales_by_the_norm_of_all_gradients_as_one_vector(max_norm: float, p: float) -> None:
    params = parameters()
    before = [parameter.grad.data.copy() for parameter in params]
    sizes = np.abs(np.concatenate([g.reshape(-1) for g in before]))
    total = sizes.max() if math.isinf(p) else (sizes**p).sum() ** (1 / p)
    assert optim.clip_grad_norm_(params, max_norm, p) == pytest.approx(total, rel=1e-12)
    factor = min(1, max_norm / (total + 1e-6)) if total > max_norm else 1
    for parameter, g in zip(params, before, strict=True):
        np.testing.assert_allclose(parameter.grad.data, g * factor, rtol=1e-12, atol=0)


def test_gradients_of_just_the_norm_that_is_allowed_stay_as_they_are_to_the_last_bit() -> None:
    w = Tensor([0.0, 0.0], True)
    w.grad = Tensor([3.0, 4.0])
    assert optim.clip_grad_norm_(w, 5.0) == 5.0
    assert w.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("p", [1.0, 2.0, math.inf])
@pytest.mark.parametrize(
    ("values", "total"), [([1.0, np.nan, 2.0], np.nan), ([np.nan, np.inf, 2.0], np.nan), ([1.0, np.inf, 2.0], np.inf)]
)
def test_a_norm_is_nan_wherever_the_nan_stands_and_else_infinite(values: list[float], total: float, p: float) -> None:
    params = [Tensor(0.0, True) for _ in values]
    for parameter, value in zip(params, values, strict=True):
        parameter.grad = Tensor(value)
    with np.errstate(invalid="ignore"):
        np.testing.assert_equal(optim.clip_grad_norm_(params, 1.0, p), total)
        found = [parameter.grad.item() for parameter in params]
    np.testing.assert_equal(found, [np.nan] * 3 if np.isnan(total) else [0.0, np.nan, 0.0])


def test_clipping_by_value_moves_what_is_out_of_bounds_to_them() -> None:
    w = Tensor([0.0] * 5, True)
    w.grad = Tensor([-2.0, -0.3, 0.1, 0.3, 7.0])
    optim.clip_grad_value_(w, 0.3)
    assert w.grad.tolist() == [-0.3, -0.3, 0.1, 0.3, 0.3]


def test_clipping_by_value_is_pytorchs(torch: Any) -> None:
    ours = parameters()
    theirs = as_torch(torch, ours)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    optim.clip_grad_value_(ours, 0.3)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.grad.data, b.grad.numpy())


@pytest.mark.parametrize("clip", [
    lambda p: optim.clip_grad_norm_(p, 1.0),
    lambda p: optim.clip_grad_value_(p, 0.5),
    lambda p: optim.clip_grad_adaptive_(p, 0.1),
])  # fmt: skip
def test_a_gradient_given_as_an_array_is_clipped_where_it_lies_and_a_list_is_replaced(clip: Callable[..., Any]) -> None:
    ends = []
    for given in (Tensor([3.0, 4.0]), np.array([3.0, 4.0]), [3.0, 4.0]):
        w = Tensor([1.0, 1.0], True)
        w.grad = given
        clip([w])
        assert isinstance(w.grad, Tensor) if isinstance(given, list) else w.grad is given
        ends.append(np.asarray(w.grad.data if isinstance(w.grad, Tensor) else w.grad).tolist())
    assert ends[0] == ends[1] == ends[2] != [3.0, 4.0]


def test_a_unit_of_zeros_can_be_trained_under_adaptive_clipping() -> None:
    w = Tensor([[0.0, 0.0], [3.0, 4.0]], True)
    for options, least in (({}, 1e-5), ({"clipping": 0.1, "eps": 0.5}, 0.05)):
        w.grad = Tensor([[30.0, 40.0], [0.0, 0.0]])
        optim.clip_grad_adaptive_(w, **options)
        np.testing.assert_allclose(w.grad.data, [[0.6 * least, 0.8 * least], [0, 0]], rtol=1e-12)
    with pytest.raises(ValueError, match="eps must be a number that is not negative, and is -1"):
        optim.clip_grad_adaptive_(w, eps=-1)


def test_adaptive_clipping_bounds_each_unit_by_its_own_norm() -> None:
    params = parameters()
    before = [p.grad.data.copy() for p in params]
    optim.clip_grad_adaptive_(params, 0.5)
    w, g = params[0].data, params[0].grad.data
    for row, unit, old in zip(g, w, before[0], strict=True):
        most = 0.5 * np.linalg.norm(unit)
        expected = old * min(1, most / np.linalg.norm(old))
        np.testing.assert_allclose(row, expected, rtol=1e-12)
    np.testing.assert_allclose(np.abs(params[1].grad.data), np.minimum(np.abs(before[1]), 0.5 * np.abs(params[1].data)))


def test_clipping_writes_into_the_gradient_and_passes_over_none() -> None:
    params = parameters(dtype=np.float32)
    params[1].grad = None
    held, array = params[0].grad, params[0].grad.data
    assert optim.clip_grad_norm_(params, 1e-3) > 1
    assert params[0].grad is held
    assert held.data is array
    assert array.dtype == np.float32
    assert np.linalg.norm(array) < 1.001e-3
    assert optim.clip_grad_norm_([params[1]], 1.0) == 0  # none has a gradient
    single = params[2]
    optim.clip_grad_value_(single, 0.0)
    assert single.grad.item() == 0


def test_large_gradients_of_single_precision_do_not_overflow_the_norm() -> None:
    w = nn.Parameter(np.ones(4, np.float32))
    w.grad = Tensor(np.full(4, 1e30, np.float32))
    assert optim.clip_grad_norm_(w, 2.0) == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(w.grad.data, 1.0, rtol=1e-5)


def test_a_gradient_with_a_graph_keeps_it() -> None:
    w = Tensor([3.0], True)
    (w * w).sum().backward(create_graph=True)
    first = w.grad
    optim.clip_grad_norm_([w], 1.0)
    assert first.tolist() == [6.0]
    assert w.grad.tolist() == [pytest.approx(1.0)]


def test_a_norm_that_is_not_finite_is_an_error_if_asked_and_names_the_parameter() -> None:
    params = parameters()
    params[1].grad.data[0] = np.nan
    before = params[0].grad.data.copy()
    with pytest.raises(RuntimeError, match=r"the norm of the gradients is nan, because of the parameter 'p\(5,\)'"):
        optim.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(params[0].grad.data, before)
    assert math.isnan(optim.clip_grad_norm_(params, 1.0, math.inf))
    assert np.isnan(params[0].grad.data).all()


@pytest.mark.parametrize(
    "clip", [optim.clip_grad_norm_, optim.clip_grad_value_, optim.clip_grad_adaptive_], ids=["norm", "value", "unit"]
)
def test_a_negative_bound_is_refused(clip: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"must be a number that is not negative, and is -1"):
        clip(parameters(), -1.0)
    for bound in (True, "1", None):
        with pytest.raises(ValueError, match=rf"must be a number that is not negative, and is {bound!r}"):
            clip(parameters(), bound)
    with pytest.raises(ValueError, match=rf"{clip.__name__} got no parameters; an iterator like model\.parameters"):
        clip(iter([]), 1.0)
    with pytest.raises(TypeError, match=rf"{clip.__name__} takes the parameters of Linear, not itself"):
        clip(nn.Linear(1, 1), 1.0)


@pytest.mark.parametrize("p", [0, -1.0, math.nan, True, "2", None])
def test_a_norm_that_there_is_not_is_refused(p: Any) -> None:
    with pytest.raises(ValueError, match=r"norm_type must be a number above 0, and is"):
        optim.clip_grad_norm_(parameters(), 1.0, p)


@pytest.mark.parametrize(("clip", "expected"), [
    (lambda params: optim.clip_grad_norm_(params, 0.5), 0.5),
    (lambda params: optim.clip_grad_value_(params, 0.25), 0.25),
    (lambda params: optim.clip_grad_adaptive_(params, 0.01), 0.02),
])  # fmt: skip
def test_the_gradient_of_a_parameter_without_axes_is_clipped_too(clip: Any, expected: float) -> None:
    p = nn.Parameter(np.float32(2.0))
    (p * p).backward()
    assert p.grad.item() == 4.0
    clip([p])
    assert p.grad.item() == pytest.approx(expected, rel=1e-5)
    assert (p.grad.dtype, p.grad.shape) == (np.float32, ())


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("values", [[1e30, 2e30, -3e30], [-1e38, -3e38], [0.1, -0.2], []])
def test_the_norm_of_large_small_negative_and_no_numbers_of_single_precision(values: list[float], p: float) -> None:
    w = nn.Parameter(np.zeros(len(values), np.float32))
    w.grad = Tensor(np.array(values, np.float32))
    expected = np.linalg.norm(np.array(values), p) if values else 0.0
    assert optim.clip_grad_norm_([w], math.inf, p) == pytest.approx(float(expected), rel=1e-6)
