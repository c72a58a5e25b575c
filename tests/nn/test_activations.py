"""The non-linearities as functions: equal to PyTorch's, stable, with the slopes at corners that they promise."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad
from autograd.backward import gradients
from nn import functional as F
from tests.support.torch_peer import assert_equal_to_torch

RNG = np.random.default_rng(3)
SHAPES: list[tuple[int, ...]] = [(), (4,), (2, 3), (0,), (2, 3, 4)]
Options = dict[str, Any]

# Every call of the element by element functions that PyTorch has too, under the same name and with the same options.
ELEMENTWISE: list[tuple[str, Options]] = [
    *((name, {}) for name in ("relu", "relu6", "tanh", "sigmoid", "logsigmoid", "silu", "selu", "elu", "leaky_relu")),
    *((name, {}) for name in ("softplus", "hardtanh", "hardsigmoid", "hardswish", "gelu")),
    *(("leaky_relu", {"negative_slope": slope}) for slope in (0.0, 0.1, 1.5, -0.5)),
    *(("elu", {"alpha": alpha}) for alpha in (0.5, 2.0, -1.0)),
    *(("softplus", {"beta": b, "threshold": t}) for b, t in ((0.5, 20), (3.0, 2), (-1.0, 20), (-2.0, 1))),
    *(("hardtanh", {"min_val": low, "max_val": high}) for low, high in ((-0.5, 0.25), (0.0, 2.0))),
    ("gelu", {"approximate": "tanh"}),
]
ALONG: list[tuple[str, tuple[int, ...], int]] = [
    *((name, (3, 4, 2), axis) for name in ("softmax", "log_softmax") for axis in (0, 1, 2, -1)),
    *((name, shape, -1) for name in ("softmax", "log_softmax") for shape in [(5,), (0, 3), (2, 1)]),
    *(("glu", (2, 4, 6), axis) for axis in (0, 1, 2, -1, -2)),
    *(("glu", shape, -1) for shape in [(4,), (0, 2), (3, 0)]),
]
BY_NAME: dict[str, Callable[..., Any]] = {
    **{name: getattr(F, name) for name, _ in ELEMENTWISE},
    "gelu by tanh": lambda x: F.gelu(x, "tanh"),
    "softplus of beta 3": lambda x: F.softplus(x, 3.0),
    "leaky_relu of slope 1.5": lambda x: F.leaky_relu(x, 1.5),
    "prelu": lambda x: F.prelu(x, 0.25 * np.ones(1, dtype=x.dtype)),
}
EVERY: dict[str, Callable[..., Any]] = {
    **BY_NAME,
    **{name: getattr(F, name) for name in ("softmax", "log_softmax", "glu")},
    "maxout": lambda x: F.maxout(x, 2),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "options"), ELEMENTWISE)
def test_value_gradient_and_second_gradient_are_pytorchs(torch: Any, name: str, options: Options, dtype: Any) -> None:
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    if name == "hardsigmoid":  # PyTorch's own has a slope of 1/6 in single precision, and no second gradient

        def theirs(x: Any) -> Any:
            return torch.nn.functional.relu6(x + 3) / 6

    for shape in SHAPES:
        x = (3 * RNG.standard_normal(shape)).astype(dtype)
        rtol = 1e-12 if dtype is np.float64 else 1e-6
        assert_equal_to_torch(torch, lambda x: ours(x, **options), lambda x: theirs(x, **options), [x], rtol)


@pytest.mark.parametrize(("name", "shape", "axis"), ALONG)
def test_functions_along_an_axis_are_pytorchs(torch: Any, name: str, shape: tuple[int, ...], axis: int) -> None:
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    x = RNG.standard_normal(shape)
    assert_equal_to_torch(torch, lambda x: ours(x, axis=axis), lambda x: theirs(x, dim=axis), [x], 1e-13)


@pytest.mark.parametrize(
    ("shape", "slopes"), [((), 1), ((4,), 1), ((2, 3), 1), ((2, 3), 3), ((2, 3, 4), 3), ((2, 3, 2, 2), 3), ((0, 3), 3)]
)
def test_prelu_is_pytorchs_with_one_slope_or_one_for_each_channel(torch: Any, shape: Any, slopes: int) -> None:
    operands = [RNG.standard_normal(shape), np.array([0.25, -0.5, 1.5])[:slopes]]
    assert_equal_to_torch(torch, F.prelu, torch.nn.functional.prelu, operands, 1e-13)


# ------------------------------------------------------------------------------------------------------------- corners


@pytest.mark.parametrize(
    ("function", "points", "slopes"),
    [
        (F.relu, [-0.0, 0.0, 1e-300, -1e-300], [0.0, 0.0, 1.0, 0.0]),
        (F.leaky_relu, [0.0, -0.0], [0.01, 0.01]),
        (lambda x: F.leaky_relu(x, 3.0), [0.0], [3.0]),
        (lambda x: F.prelu(x, np.array([0.25])), [0.0], [0.25]),
        (lambda x: F.elu(x, 2.0), [0.0], [2.0]),
        (F.selu, [0.0], [1.0507009873554805 * 1.6732632423543772]),
        (F.relu6, [0.0, 6.0], [0.0, 0.0]),
        (F.hardtanh, [-1.0, 1.0], [0.0, 0.0]),
        (F.hardsigmoid, [-3.0, 3.0], [0.0, 0.0]),
        (F.hardswish, [-3.0, 3.0], [0.0, 1.0]),
        (F.gelu, [0.0, -0.0], [0.5, 0.5]),
        (lambda x: F.maxout(x, 2), [1.0, 1.0], [0.5, 0.5]),
        (lambda x: F.maxout(x, 3), [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
    ],
)
def test_the_slope_at_a_corner_is_the_one_of_the_docstring(
    function: Callable[..., Any], points: list[float], slopes: list[float]
) -> None:
    x = Tensor(points, True)
    function(x).sum().backward()
    np.testing.assert_allclose(x.grad.data, slopes, rtol=1e-15, atol=0)


@pytest.mark.parametrize("point", [-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu", "relu6", "hardtanh", "hardsigmoid", "hardswish"])
def test_the_slope_at_a_corner_is_pytorchs(torch: Any, name: str, point: float) -> None:
    x, y = Tensor([point], True), torch.tensor([point], dtype=torch.float64, requires_grad=True)
    getattr(F, name)(x).sum().backward()
    getattr(torch.nn.functional, name)(y).sum().backward()
    np.testing.assert_allclose(x.grad.data, y.grad.numpy(), rtol=1e-7)


def test_the_slope_by_a_learned_leak_at_zero_is_zero_and_changes_with_x_as_on_the_left() -> None:
    x, a = Tensor([0.0], True), Tensor([0.25], True)
    (first,) = gradients([F.prelu(x, a).sum()], [a], [None], create_graph=True)
    assert first.tolist() == [0.0]
    assert gradients([first], [x], [None])[0].tolist() == [1.0]


# ------------------------------------------------------------------------------------------------------ large numbers


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EVERY)
def test_ten_thousand_neither_overflows_nor_makes_a_gradient_that_is_no_number(name: str, dtype: Any) -> None:
    x = Tensor(np.array([-1e4, 1e4, -80.0, 80.0, -710.0, 710.0, 0.0, 1e-30], dtype=dtype), True)
    y = EVERY[name](x)
    (first,) = gradients([y], [x], [np.ones_like(y.data)], create_graph=True)
    (second,) = gradients([first], [x], [np.ones_like(x.data)])
    second = np.zeros_like(x.data) if second is None else second
    for numbers in (y.data, first.data, second):
        assert numbers.dtype == dtype
        assert np.isfinite(numbers).all(), numbers


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("sigmoid", [0.0, 1.0], [0.0, 0.0]),
        ("logsigmoid", [-1e4, 0.0], [1.0, 0.0]),
        ("tanh", [-1.0, 1.0], [0.0, 0.0]),
        ("softplus", [0.0, 1e4], [0.0, 1.0]),
        ("silu", [0.0, 1e4], [0.0, 1.0]),
        ("gelu", [0.0, 1e4], [0.0, 1.0]),
        ("gelu by tanh", [0.0, 1e4], [0.0, 1.0]),
        ("elu", [-1.0, 1e4], [0.0, 1.0]),
        ("leaky_relu", [-100.0, 1e4], [0.01, 1.0]),
    ],
)
def test_far_out_values_and_slopes_are_those_of_the_limit(name: str, values: Any, slopes: Any, dtype: Any) -> None:
    x = Tensor(np.array([-1e4, 1e4], dtype=dtype), True)
    y = BY_NAME[name](x)
    y.sum().backward()
    np.testing.assert_allclose(y.data, values, rtol=1e-6)
    np.testing.assert_allclose(x.grad.data, slopes, rtol=1e-6)


def test_small_probabilities_and_slopes_keep_their_digits_in_single_precision() -> None:
    x = np.array([-80.0, -30.0, -15.0], dtype=np.float32)
    exact = np.exp(x.astype(np.float64))
    np.testing.assert_allclose(F.sigmoid(x), exact, rtol=1e-6)
    np.testing.assert_allclose(F.softplus(x), exact, rtol=1e-6)
    np.testing.assert_allclose(F.logsigmoid(-x), -exact, rtol=1e-6)
    for function, points in ((F.sigmoid, x), (F.softplus, x), (F.elu, x), (F.logsigmoid, -x)):
        np.testing.assert_allclose(grad(lambda x, f=function: f(x).sum())(points), exact, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_and_its_logarithm_stand_large_scores(dtype: Any) -> None:
    x = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], dtype=dtype)
    np.testing.assert_allclose(F.softmax(x), [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
    np.testing.assert_allclose(F.log_softmax(x), [[0, -2e4, -1e4], [-np.log(3)] * 3], rtol=1e-6)


def test_a_class_ruled_out_by_minus_infinity_has_probability_and_gradient_zero() -> None:
    x = Tensor([0.0, -np.inf, 0.0], True)
    F.softmax(x).backward(np.array([1.0, 5.0, 0.0]))
    assert x.grad.tolist() == [0.25, 0.0, -0.25]


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "gelu", "relu6"])
def test_infinities_have_their_limits_and_what_is_no_number_stays_so(name: str) -> None:
    below, above = {
        **{"leaky_relu": (-np.inf, np.inf), "elu": (-1.0, np.inf), "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)},
        "relu6": (0.0, 6.0),
    }.get(name, (0.0, np.inf))
    np.testing.assert_array_equal(getattr(F, name)(np.array([-np.inf, np.inf, np.nan])), [below, above, np.nan])


# ---------------------------------------------------------------------------------------------- the Gaussian error unit


@pytest.mark.parametrize(("dtype", "near", "far"), [(np.float64, 3e-15, 3e-14), (np.float32, 1e-6, 1e-5)])
def test_gelu_is_x_times_the_normal_distribution_to_its_last_digits(dtype: Any, near: float, far: float) -> None:
    x = np.linspace(-12, 12, 4801).astype(dtype)
    exact = np.array([0.5 * v * math.erfc(-v / math.sqrt(2)) for v in x.tolist()])
    np.testing.assert_allclose(F.gelu(x), exact, rtol=far, atol=1e-37)
    inside = abs(x) < 2
    np.testing.assert_allclose(F.gelu(x)[inside], exact[inside], rtol=near)


def test_gelu_needs_no_scipy() -> None:
    program = "import sys, numpy as np, nn; nn.functional.gelu(np.ones(3)); assert 'scipy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_tanh_stays_within_half_a_thousandth_of_gelu() -> None:
    x = np.linspace(-10, 10, 2001)
    apart = abs(F.gelu(x) - F.gelu(x, "tanh")).max()
    assert 1e-4 < apart < 5e-4


# --------------------------------------------------------------------------------------------------- arrays and Tensors


@pytest.mark.parametrize("name", EVERY)
def test_the_rule_gives_the_same_recorded_or_not(name: str) -> None:
    array = RNG.standard_normal((3, 4))
    x = Tensor(array, True)
    y = EVERY[name](x)
    upstream = RNG.standard_normal(y.shape)
    (recorded,) = gradients([y], [x], [upstream], create_graph=True)
    (bare,) = gradients([EVERY[name](x)], [x], [upstream])
    np.testing.assert_allclose(recorded.data, bare, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("name", EVERY)
def test_float32_stays_float32_and_arrays_give_arrays(name: str) -> None:
    x = Tensor(np.array([[-1.0, 2.0]], dtype=np.float32), True)
    y = EVERY[name](x)
    y.backward(np.ones(y.shape))
    (second,) = gradients([EVERY[name](x)], [x], [np.ones(y.shape)], create_graph=True)
    assert (y.dtype, x.grad.dtype, second.dtype) == (np.float32, np.float32, np.float32)
    assert type(EVERY[name](x.data)) is np.ndarray


@pytest.mark.parametrize("name", EVERY)
def test_the_input_is_never_written_to(name: str) -> None:
    for shape in [(2, 4), (200, 100)]:
        x = RNG.standard_normal(shape)
        before = x.copy()
        EVERY[name](x)
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"prelu"}))
def test_numbers_lists_and_whole_numbers_will_do(name: str) -> None:
    function = BY_NAME[name]
    expected = function(np.array([2.0, 0.0, 7.0]))
    assert function(2.0) == function(2) == expected[0]
    np.testing.assert_array_equal(function([2.0, 0.0, 7.0]), expected)
    # NumPy's functions of bytes have half precision.
    np.testing.assert_allclose(function(np.array([2, 0, 7], dtype=np.uint8)), expected, rtol=2e-3)


def test_relu_of_many_numbers_is_relu_of_each() -> None:
    x = RNG.standard_normal((150, 101)).astype(np.float32)
    np.testing.assert_array_equal(F.relu(x), np.where(x > 0, x, 0), strict=True)
    whole = np.arange(-10_000, 10_000)
    np.testing.assert_array_equal(F.relu(whole), np.where(whole > 0, whole, 0), strict=True)


def test_softmax_is_along_the_last_axis_unless_told_otherwise() -> None:
    x = RNG.standard_normal((2, 3, 4))
    np.testing.assert_allclose(F.softmax(x).sum(axis=2), 1)
    np.testing.assert_allclose(np.exp(F.log_softmax(x)).sum(axis=2), 1)


@pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
def test_of_no_scores_there_are_no_probabilities(function: Callable[..., Any], shape: tuple[int, int]) -> None:
    for axis in (0, 1):
        x = Tensor(np.empty(shape), True)
        y = function(x, axis)
        y.sum().backward()
        assert y.shape == x.grad.shape == shape


def test_the_jacobian_of_softmax_is_that_of_the_lecture() -> None:
    x = Tensor([0.3, -1.0, 2.0], True)
    p = F.softmax(x)
    rows = [gradients([p[j]], [x], [None], retain_graph=True)[0] for j in range(3)]
    np.testing.assert_allclose(rows, np.diag(p.data) - np.outer(p.data, p.data), rtol=1e-12, atol=1e-16)


# -------------------------------------------------------------------------------------------------------------- maxout


def test_maxout_takes_the_greatest_of_pieces_that_lie_one_after_the_other() -> None:
    first, second, third = pieces = RNG.standard_normal((3, 2, 5, 4))
    for axis in (0, 1, 2, -1, -2):
        found = F.maxout(np.concatenate(pieces, axis=axis), 3, axis)
        np.testing.assert_array_equal(found, np.maximum(np.maximum(first, second), third))


def test_maxout_generalises_relu_and_leaky_relu() -> None:
    x = RNG.standard_normal((4, 3))
    np.testing.assert_array_equal(F.maxout(np.concatenate([x, 0 * x], axis=1), 2), F.relu(x))
    np.testing.assert_allclose(F.maxout(np.concatenate([x, 0.01 * x], axis=1), 2), F.leaky_relu(x), rtol=1e-15)


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
def test_an_axis_that_is_not_there_is_named(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"softmax: x of shape \(2, 3\) has no axis 2; its axes are -2 to 1"):
        function(Tensor(np.ones((2, 3))), axis=2)
    assert function(3.0) == function([3.0])[0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.glu(x), r"glu: axis -1 of x, of shape \(2, 3\), has length 3, which is not 2 halves of equal"),
        (lambda x: F.glu(x, 2), r"glu: x of shape \(2, 3\) has no axis 2"),
        (lambda x: F.glu(1.0), r"glu: x of shape \(\) has no axis -1"),
        (lambda x: F.maxout(x, 2), r"maxout: axis -1 of x, of shape \(2, 3\), has length 3, which is not 2 pieces"),
        (lambda x: F.maxout(x, 0), "which is not 0 pieces"),
        (lambda x: F.maxout(x, 2, -3), r"maxout: x of shape \(2, 3\) has no axis -3"),
        (lambda x: F.gelu(x, "erf"), "gelu: approximate must be 'none' or 'tanh', not 'erf'"),
        (lambda x: F.softplus(x, beta=0), "softplus divides by beta, which is 0; give it another value"),
        (lambda x: F.hardtanh(x, 1.0, 1.0), "hardtanh: min_val must be less than max_val, but they are 1.0 and 1.0"),
        (
            lambda x: F.prelu(x, np.ones(2)),
            r"prelu: the weight has shape \(2,\), but x of shape \(2, 3\) has 3 c",
        ),
        (
            lambda x: F.prelu(x, np.ones((3, 1))),
            r"has shape \(3, 1\), .*give it shape \(3,\), or \(1,\) for",
        ),
        (lambda x: F.prelu(x[0], Tensor(np.ones(3), name="act.weight")), r"the weight 'act.weight' has shape \(3,\)"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(Tensor(np.ones((2, 3)), True))
