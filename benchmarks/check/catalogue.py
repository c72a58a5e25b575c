"""Hard cases, right and wrong, each with the verdicts that are true of it.

The first seven are those that a check with a fixed tolerance, at one step, gets wrong: it calls the right ones wrong,
and passes the wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, primitive
from nn import functional as F

OK, KINK, FAIL, UNKNOWN = {"PASS"}, {"SUBGRADIENT"}, {"FAIL"}, {"INCONCLUSIVE"}
RNG = np.random.default_rng(21)
X = RNG.uniform(0.3, 0.9, (2, 3))
LONG = RNG.standard_normal(100_000)
LESS = LONG[:20_000]


class Hard(NamedTuple):
    """A function, its inputs, and the verdicts of which one is true."""

    name: str
    function: Callable[..., Any]
    inputs: Any
    verdicts: set[str]


def _rule(forward: Callable[..., Any], **rules: Any) -> Callable[..., Any]:
    return primitive(forward, name="gate", **rules)


def known() -> Iterator[Hard]:
    """Those that others misjudge."""
    yield Hard("relu with one input at 0", F.relu, np.array([-1.0, 0.0, 2.0]), KINK)
    yield Hard("identity at 1e11", lambda x: x * 1.0, np.array([1e11, 3e11]), OK)
    yield Hard("log near 1e-6", np.log, np.array([1e-6, 2e-6]), OK)
    yield Hard("a factor 2 in 1e-7", _rule(lambda x: 1e-7 * x, x=lambda g: 2e-7 * g), X, FAIL)
    yield Hard("an all-zero gradient of 1e5", _rule(lambda x: np.sin(x), x=lambda g, x: 0 * g * x), LONG, FAIL)
    yield Hard("the same, summed", lambda x: _rule(lambda x: x * x, x=lambda g, x: 0 * g * x)(x).sum(), LESS, FAIL)
    yield Hard("a factor 2 beside 1e11", lambda x: _rule(lambda x: 1.0 * x, x=_second_doubled)(x), BESIDE, FAIL)


BESIDE = np.array([1e11, 1e-7])


def _second_doubled(g: Any) -> Any:
    return g * np.array([1.0, 2.0])


def right() -> Iterator[Hard]:
    """Right rules in hard places."""
    zeros, ties = np.zeros(3), np.array([1.0, 1.0, 0.0])
    yield from (
        Hard("abs at 0", np.abs, zeros, KINK),
        Hard("leaky relu at 0", F.leaky_relu, zeros, KINK),
        Hard("max of a tie", np.max, ties, KINK),
        Hard("min of a tie", np.min, -ties, KINK),
        Hard("maximum of equal operands", np.maximum, (X, X.copy()), KINK),
        Hard("minimum of equal operands", np.minimum, (X, X.copy()), KINK),
        Hard("sort of a tie", np.sort, ties, KINK),
        Hard("median between two", np.median, np.array([3.0, 1.0, 2.0, 9.0]), OK),
        Hard("median of a tie", np.median, np.array([2.0, 2.0, 1.0, 1.0, 3.0]), KINK | OK),
        Hard("clip at its bounds", lambda x: np.clip(x, 0.0, 1.0), np.array([0.0, 0.5, 1.0]), KINK),
        Hard("where at its border", lambda x: np.where(x > 0, x, 0.1 * x), zeros, KINK),
        Hard("hinge at its corner", lambda x: F.relu(1 - x).sum(), np.array([1.0, 0.5]), KINK),
        Hard("max_pool of a tie", lambda x: F.max_pool1d(x, 2), np.array([[[1.0, 1.0, 0.0, 2.0]]]), KINK),
        Hard("relu of a square at 0", lambda x: F.relu(x * x), zeros, OK | KINK),
        Hard("hardtanh at its corner", F.hardtanh, np.array([-1.0, 0.0, 1.0]), KINK),
        Hard("l1 at 0", lambda x: np.abs(x - 1.0).sum(), np.array([1.0, 2.0]), KINK),
        Hard("floor on a step", np.floor, np.array([1.0, 2.5]), KINK),
        Hard("x|x| at 0", lambda x: x * np.abs(x), zeros, OK | KINK),
        Hard(
            "a ramp of the user's own at 0", _rule(lambda x: np.maximum(x, 0.0), x=lambda g, x: g * (x > 0)), 0.0, KINK
        ),
        Hard("log over 12 decades", np.log, np.logspace(-7, 5, 13), OK),
        Hard("reciprocal at 1e-4 and 1e4", np.reciprocal, np.array([1e-4, 1e4]), OK),
        Hard("a fast sine", lambda x: np.sin(100 * x), np.linspace(-1, 1, 7), OK),
        Hard("a sine far out", np.sin, np.array([1e3, 1e5]), OK),
        Hard("a steep exponential", lambda x: np.exp(10 * x), np.array([0.0, 2.0]), OK),
        Hard("softmax summed: zero", lambda x: F.softmax(x).sum(), np.array([1.0, 2.0, 3.0]), OK),
        Hard("1e-12 sine", lambda x: 1e-12 * np.sin(x), X, OK),
        Hard("1e12 sine", lambda x: 1e12 * np.sin(x), X, OK),
        Hard("differences of large numbers", _centred, np.array([1e6, 1e6 + 1, 1e6 + 3]), OK),
        Hard("sixth power at 0", lambda x: x**6, zeros, OK),
        Hard("cancellation", lambda x: (x + 1e8) - 1e8, X, OK | UNKNOWN),
        Hard("1e3 + 1e-9 x", lambda x: 1e3 + 1e-9 * x, X, OK | UNKNOWN),
        Hard("sqrt at the border of its domain", np.sqrt, np.array([0.0, 1.0]), UNKNOWN),
        Hard("a scalar", np.tanh, 0.5, OK),
        Hard("nothing", lambda x: x.sum(), np.ones((0, 3)), OK),
        Hard("an input that is not used", lambda x, y: x * 2.0, (X, X), OK),
        Hard("relu of many", F.relu, LESS, OK),
        Hard("mean sine of many", lambda x: np.sin(x).mean(), LESS, OK),
        Hard("subtracted relus", lambda x: F.relu(x) - F.relu(-x), np.array([0.0, 1.0]), KINK | UNKNOWN),
        Hard("determinant", np.linalg.det, RNG.standard_normal((4, 4)), OK),
        Hard("inverse, badly conditioned", np.linalg.inv, np.array([[1.0, 1.0], [1.0, 1.0 + 1e-6]]), OK | UNKNOWN),
        Hard("logsumexp far out", lambda x: F.log_softmax(x), np.array([1000.0, 0.0, -1000.0]), OK | UNKNOWN),
        Hard("saturated sigmoid", F.sigmoid, np.array([-40.0, 0.0, 40.0]), OK | UNKNOWN),
    )


def _centred(x: Any) -> Any:
    return ((x - x.mean()) * np.arange(3.0)).sum()


def wrong() -> Iterator[Hard]:
    """Wrong rules."""
    slope = lambda x: 1 - np.tanh(x) ** 2  # noqa: E731
    tanh = lambda rule: _rule(lambda x: np.tanh(x), x=rule)  # noqa: E731
    relu = lambda rule: _rule(lambda x: np.maximum(x, 0.0), x=rule)  # noqa: E731
    one = np.arange(6).reshape(2, 3) == 4
    yield from (
        Hard("sign", tanh(lambda g, x: -g * slope(x)), X, FAIL),
        Hard("1.01", tanh(lambda g, x: 1.01 * g * slope(x)), X, FAIL),
        Hard("1.001", tanh(lambda g, x: 1.001 * g * slope(x)), X, FAIL),
        Hard("1 + 1e-6", tanh(lambda g, x: (1 + 1e-6) * g * slope(x)), X, FAIL),
        Hard("one entry 1.001", tanh(lambda g, x: g * slope(x) * np.where(one, 1.001, 1.0)), X, FAIL),
        Hard("zero", tanh(lambda g, x: 0 * g), X, FAIL),
        Hard("none", tanh(lambda g, x: None), X, FAIL),
        Hard("upstream forgotten", tanh(lambda g, x: slope(x)), X, FAIL),
        Hard("upstream squared", tanh(lambda g, x: g * g * slope(x)), X, FAIL),
        Hard("upstream's size", tanh(lambda g, x: np.abs(g) * slope(x)), X, FAIL),
        Hard("a constant added", tanh(lambda g, x: g * slope(x) + 0.01), X, FAIL),
        Hard("1e-6 added", tanh(lambda g, x: g * slope(x) + 1e-6), X, FAIL),
        Hard("not a number", tanh(lambda g, x: g * np.where(one, np.nan, slope(x))), X, FAIL),
        Hard("infinite", tanh(lambda g, x: g * np.where(one, np.inf, slope(x))), X, FAIL),
        Hard("turned round", tanh(lambda g, x: (g * slope(x))[::-1]), X, FAIL),
        Hard("two entries swapped", tanh(_swapped), X, FAIL),
        Hard("at another point", tanh(lambda g, x: g * slope(x + 1e-4)), X, FAIL),
        Hard("the wrong function", tanh(lambda g, x: g * np.tanh(x)), X, FAIL),
        Hard("relu below its kink", relu(lambda g, x: g * np.where(x == 0, -0.001, x > 0)), np.array([1.0, 0.0]), FAIL),
        Hard("relu above its kink", relu(lambda g, x: g * np.where(x == 0, 1.001, x > 0)), np.array([1.0, 0.0]), FAIL),
        Hard("relu 1.001 beside kinks", relu(lambda g, x: 1.001 * g * (x > 0)), np.array([0.0, 0.0, 1.0]), FAIL),
        Hard("relu passes all", relu(lambda g, x: g), np.array([-1.0, 1.0]), FAIL),
        Hard("1/2 where x² is flat", _rule(lambda x: x * x, x=lambda g: 0.5 * g), 0.0, FAIL),
        Hard("1/2 where x³ is flat", _rule(lambda x: x * x * x, x=lambda g: 0.5 * g), 0.0, FAIL),
        Hard("1/2 on a step", _rule(lambda x: np.where(x > 0, 1.0, 0.0), x=lambda g: 0.5 * g), 0.0, FAIL),
        Hard("log 1.01 at 1e-6", _rule(lambda x: np.log(x), x=lambda g, x: 1.01 * g / x), np.array([1e-6, 1.0]), FAIL),
        Hard("1.01 at 1e11", _rule(lambda x: x * 1.0, x=lambda g: 1.01 * g), np.array([1e11]), FAIL),
        Hard("1.01 of 1e-12", _rule(lambda x: 1e-12 * np.sin(x), x=lambda g, x: 1.01e-12 * g * np.cos(x)), X, FAIL),
        Hard("transposed", _product(lambda g, a: (a.T @ g).T), (X[:, :2], X[:, 1:]), FAIL),
        Hard("a term dropped", _product(lambda g, a: a.T[:, :1] @ g[:1]), (X[:, :2], X[:, 1:]), FAIL),
        Hard("detached", lambda x: Tensor(x.data) * 2.0, X, FAIL),
        Hard("half detached", lambda x: x * x.data, X, FAIL),
        Hard("one of many by 1 %", lambda x: _one_of_many(1.01)(x), LESS, FAIL),
        Hard("one of many by 1 %, mean", lambda x: _one_of_many(1.01)(x).mean(), LESS, FAIL),
        Hard("one of many forgotten", lambda x: _one_of_many(0.0)(x).sum(), LESS, FAIL),
        Hard("the second output", _of_two, X, FAIL),
    )


def _swapped(g: Any, x: Any) -> Any:
    right = g * (1 - np.tanh(x) ** 2)
    return right[:, [1, 0, 2]]


def _product(rule: Any) -> Callable[..., Any]:
    return _rule(lambda a, b: a @ b, a=lambda g, b: g @ b.T, b=rule)


def _one_of_many(factor: float) -> Callable[..., Any]:
    return _rule(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x) * np.where(np.arange(x.size) == 13_141, factor, 1.0))


def _of_two(x: Any) -> Any:
    return x * 1e6, _rule(lambda x: x * x, x=lambda g, x: 2.02 * g * x)(x)


def catalogue() -> list[Hard]:
    """Return all of them."""
    return [*known(), *right(), *wrong()]
