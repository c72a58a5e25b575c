"""NumPy's functions on Tensors: they record, answer plainly, or refuse and say so; nothing is lost in silence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, no_grad
from tests.support.cases.common import NUMPY

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.fixture
def t() -> Tensor:
    return Tensor(A, requires_grad=True)


def raised_sum(row: Any, first: int, power: int = 1) -> Any:
    return (row[first:] ** power).sum()


RECORDING: dict[str, Callable[[Any], Any]] = {
    "np.exp(t)": np.exp,
    "np.add(array, t)": lambda t: np.add(A, t),
    "array * t": lambda t: A * t,
    "array - t": lambda t: A - t,
    "array / t": lambda t: A / t,
    "array ** t": lambda t: A**t,
    "t @ array": lambda t: t @ A.T,
    "array @ t": lambda t: A.T @ t,
    "np.float64 * t": lambda t: np.float64(3) * t,
    "np.float32 - t": lambda t: np.float32(3) - t,
    "list + t": lambda t: [1.0, 2.0, 3.0] + t,  # noqa: RUF005
    "list * t": lambda t: [1.0, 2.0, 3.0] * t,
    "t - list": lambda t: t - [1.0, 2.0, 3.0],
    "np.concatenate([t, t])": lambda t: np.concatenate([t, t]),
    "np.concatenate((t, array), axis=1)": lambda t: np.concatenate((t, A), axis=1),
    "np.concatenate([array, t], 1)": lambda t: np.concatenate([A, t], 1),
    "np.stack([array, t], axis=-1)": lambda t: np.stack([A, t], axis=-1),
    "np.sum(t)": np.sum,
    "np.sum(t, 0)": lambda t: np.sum(t, 0),
    "np.sum(t, axis=1, keepdims=True)": lambda t: np.sum(t, axis=1, keepdims=True),
    "np.sum(a=t)": lambda t: np.sum(a=t),
    "np.sum(t, None, None, None, True)": lambda t: np.sum(t, None, None, None, True),
    "np.mean(t, axis=(0, 1))": lambda t: np.mean(t, axis=(0, 1)),
    "np.var(t, 1, ddof=1)": lambda t: np.var(t, 1, ddof=1),
    "np.std(t, axis=0)": lambda t: np.std(t, axis=0),
    "np.max(t, axis=0)": lambda t: np.max(t, axis=0),
    "np.min(t, -1, keepdims=True)": lambda t: np.min(t, -1, keepdims=True),
    "np.prod(t, 1)": lambda t: np.prod(t, 1),
    "np.add.reduce(t)": np.add.reduce,
    "np.add.reduce(t, 1)": lambda t: np.add.reduce(t, 1),
    "np.add.reduce(t, axis=None)": lambda t: np.add.reduce(t, axis=None),
    "np.multiply.reduce(t, keepdims=True)": lambda t: np.multiply.reduce(t, keepdims=True),
    "np.maximum.reduce(t, axis=-1)": lambda t: np.maximum.reduce(t, axis=-1),
    "np.minimum.reduce(t)": np.minimum.reduce,
    "np.clip(t, 2, 5)": lambda t: np.clip(t, 2, 5),
    "np.clip(t, a_min=2, a_max=5)": lambda t: np.clip(t, a_min=2, a_max=5),
    "np.clip(t, None, 5)": lambda t: np.clip(t, None, 5),
    "np.where(mask, t, 0)": lambda t: np.where(A > 2, t, 0.0),
    "np.where(t > 2, 0, t)": lambda t: np.where(t > 2, 0.0, t),
    "np.reshape(t, 6)": lambda t: np.reshape(t, 6),
    "np.reshape(t, (3, 2), order='F')": lambda t: np.reshape(t, (3, 2), order="F"),
    "np.ravel(t)": np.ravel,
    "np.transpose(t)": np.transpose,
    "np.transpose(t, axes=(1, 0))": lambda t: np.transpose(t, axes=(1, 0)),
    "np.swapaxes(t, 0, 1)": lambda t: np.swapaxes(t, 0, 1),
    "np.moveaxis(t, 0, -1)": lambda t: np.moveaxis(t, 0, -1),
    "np.expand_dims(t, axis=0)": lambda t: np.expand_dims(t, axis=0),
    "np.squeeze(t)": np.squeeze,
    "np.broadcast_to(t, (4, 2, 3))": lambda t: np.broadcast_to(t, (4, 2, 3)),
    "np.split(t, 3, axis=1)": lambda t: np.split(t, 3, axis=1)[1],
    "np.split(ary=t, indices_or_sections=2)": lambda t: np.split(ary=t, indices_or_sections=2)[0],
    "np.atleast_1d(t)": np.atleast_1d,
    "np.atleast_2d(array, t)": lambda t: np.atleast_2d(A, t)[1],
    "np.atleast_3d(t, array)": lambda t: np.atleast_3d(t, A)[0],
    "np.broadcast_arrays(t, array)": lambda t: np.broadcast_arrays(t, np.ones((4, 1, 1)))[0],
    "np.meshgrid(t, array)": lambda t: np.meshgrid(t, [1.0, 2.0])[0],
    "np.meshgrid(t, array, indexing='ij')": lambda t: np.meshgrid(t, [1.0, 2.0], indexing="ij", sparse=True)[0],
    "np.sum(t, dtype=float, initial=1.0)": lambda t: np.sum(t, dtype=float, initial=1.0),
    "np.max(t, initial=0.0)": lambda t: np.max(t, initial=0.0),
    "np.add.outer(t, t)": lambda t: np.add.outer(t, t),
    "np.add.outer(array, t)": lambda t: np.add.outer(A, t),
    "np.multiply.outer(t, list)": lambda t: np.multiply.outer(t, [1.0, 2.0]),
    "np.add.reduceat(t, places)": lambda t: np.add.reduceat(t, [0, 1, 0], axis=1),
    "np.fmax.reduce(t)": np.fmax.reduce,
    "np.gradient(t)": lambda t: np.gradient(t)[0],
    "np.gradient(t, 0.5, axis=1)": lambda t: np.gradient(t, 0.5, axis=1),
    "np.linspace(t, array)": lambda t: np.linspace(t, A + 1, 3),
    "np.polyval(array, t)": lambda t: np.polyval(A[0], t),
    "np.apply_along_axis(np.sum, 0, t)": lambda t: np.apply_along_axis(np.sum, 0, t),
    "np.apply_along_axis(f, 1, t, 0, power=3)": lambda t: np.apply_along_axis(raised_sum, 1, t, 0, power=3),
    "np.exp(t, where=True)": lambda t: np.exp(t, where=True),
    "np.exp(t, dtype=None)": lambda t: np.exp(t, dtype=None),
    "np.maximum.reduce(t, initial=None)": lambda t: np.maximum.reduce(t, axis=None, initial=None, dtype=None),
    "np.sort(t, axis=None)": lambda t: np.sort(t, axis=None),
    "np.mean(t, where=not given)": lambda t: np.mean(t, where=np._NoValue, keepdims=np._NoValue),
}


@pytest.mark.parametrize("call", RECORDING)
def test_numpys_functions_record_and_give_numpys_values(call: str, t: Tensor) -> None:
    function = RECORDING[call]
    y = function(t)
    assert type(y) is Tensor
    assert y.requires_grad
    np.testing.assert_array_equal(y.data, function(A))
    assert y.data.dtype != object
    y.backward(np.ones(y.shape))
    assert t.grad.shape == A.shape


@pytest.mark.skipif(NUMPY < (2, 1), reason="the words min and max came with NumPy 2.1")
def test_clip_takes_numpys_newer_words_and_a_lone_upper_bound(t: Tensor) -> None:
    np.testing.assert_array_equal(np.clip(t, min=2, max=5).data, np.clip(A, 2, 5))
    np.testing.assert_array_equal(np.clip(t, max=5).data, np.minimum(A, 5))
    np.testing.assert_array_equal(np.clip(t, a_max=5, a_min=None).data, np.minimum(A, 5))


# ------------------------------------------------------------------------------------------------------- plain answers

PLAIN: dict[str, Callable[[Any], Any]] = {
    "t < 3": lambda t: t < 3,
    "array >= t": lambda t: A[::-1] >= t,
    "t == t": lambda t: t == t,
    "3 != t": lambda t: 3 != t,  # noqa: SIM300
    "t == list": lambda t: t == [1.0, 0.0, 3.0],
    "np.less(t, 2)": lambda t: np.less(t, 2),
    "np.isnan": np.isnan,
    "np.isfinite": np.isfinite,
    "np.argmax": np.argmax,
    "np.argmax axis": lambda t: np.argmax(t, axis=1),
    "t.argmax": lambda t: t.argmax(1),
    "t.argmin": lambda t: t.argmin(axis=0, keepdims=True),
    "np.argsort": np.argsort,
    "np.shape": np.shape,
    "np.ndim": np.ndim,
    "np.size": np.size,
    "np.allclose": lambda t: np.allclose(t, A),
    "np.array_equal": lambda t: np.array_equal(t, t),
    "np.any": lambda t: np.any(t > 5),
    "np.count_nonzero": np.count_nonzero,
    "np.nonzero": lambda t: np.nonzero(t)[0],
    "np.zeros_like": np.zeros_like,
    "np.ones_like": lambda t: np.ones_like(t, shape=(2,)),
    "np.logical_and.reduce": lambda t: np.logical_and.reduce(t),
    "np.argmax(a=t)": lambda t: np.argmax(a=t, axis=1),
    "np.array_repr": np.array_repr,
    "len": len,
}


@pytest.mark.parametrize("call", PLAIN)
def test_questions_get_plain_answers(call: str, t: Tensor) -> None:
    found, expected = PLAIN[call](t), PLAIN[call](A)
    assert type(found) is type(expected)
    assert not isinstance(found, np.ndarray) or found.dtype == expected.dtype != object
    np.testing.assert_array_equal(found, expected)


def test_comparing_with_none_and_with_what_is_no_number(t: Tensor) -> None:
    assert not np.any(t == None)  # noqa: E711
    assert {t: 1}[t] == 1


# ----------------------------------------------------------------------------------------------------------- refusals

NO_RULE: dict[str, Callable[[Any], Any]] = {
    "np.subtract.accumulate": np.subtract.accumulate,
    "np.subtract.reduce": np.subtract.reduce,
    "np.subtract.reduceat": lambda t: np.subtract.reduceat(t, [0]),
    f"{np.emath.sqrt.__module__.replace('numpy', 'np')}.sqrt": np.emath.sqrt,  # a module that NumPy has renamed
    f"{np.emath.sqrt.__module__.replace('numpy', 'np')}.log": np.emath.log,
}


@pytest.mark.parametrize("name", NO_RULE)
def test_a_function_without_a_rule_is_refused_by_name_with_a_remedy(name: str, t: Tensor) -> None:
    message = (
        rf"^{name} has no derivative rule here, so it cannot be applied to a Tensor; apply it to t\.detach\(\)\.data "
        rf"if no "
        r"gradient is needed, or give it a rule with autograd\.primitive$"
    )
    for tensor in (t, t.detach()):
        with pytest.raises(TypeError, match=message):
            NO_RULE[name](tensor)


def test_functions_of_numpy_and_of_scipy_are_told_apart_by_name(t: Tensor) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed: it has these functions")
    for name, function in (("np.exp2", np.exp2), ("scipy.special.exp2", special.exp2)):
        with pytest.raises(TypeError, match=rf"^{name} on a Tensor does not take where=; it takes "):
            function(t, where=A > 2)
    with pytest.raises(TypeError, match=r"^scipy\.special\.pdtr has no derivative rule here, so it cannot"):
        special.pdtr(t, 1.0)


BECAUSE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "np.nextafter": (
        "is about the gaps between floating point numbers: no slope is meant",
        lambda t: np.nextafter(t, 2.0),
    ),
    "np.linalg.eigvals": (
        "gives complex numbers, and a Tensor holds real ones; np.linalg.eigvalsh takes symmetric matrices",
        np.linalg.eigvals,
    ),
    "np.copyto": (
        "writes into an array, which nothing records (np.full_like calls it); np.broadcast_to(t, shape) is "
        "full of t, and np.where(mask, t, array) has it in places",
        lambda t: np.copyto(np.zeros((2, 3)), t),
    ),
    "np.histogram2d": (
        "moves in steps; np.bincount(place, weights) counts, with a gradient by the weights",
        lambda t: np.histogram2d(t, t),
    ),
}


@pytest.mark.parametrize("name", BECAUSE)
def test_a_function_that_is_not_for_tensors_is_refused_and_says_why(name: str, t: Tensor) -> None:
    why, call = BECAUSE[name]
    for tensor in (t, t.detach()):
        with pytest.raises(TypeError) as refused:
            call(tensor)
        assert str(refused.value) == f"{name} {why}; t.detach().data is the bare array"


OPTIONS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "sum out": ("np.sum", "out=", lambda t: np.sum(t, axis=0, out=np.zeros(3))),
    "exp two": ("np.exp", "where=, dtype=", lambda t: np.exp(t, where=A > 2, dtype=np.float32)),
    "maximum dtype": ("np.maximum", "dtype=", lambda t: np.maximum.reduce(t, dtype=np.float32)),
    "exp where": ("np.exp", "where=", lambda t: np.exp(t, where=A > 2)),
    "add dtype": ("np.add", "dtype=", lambda t: np.add(t, 1, dtype=np.float32)),
    "median out": ("np.median", "out=", lambda t: np.median(t, out=np.zeros(()))),
    "quantile weights": ("np.quantile", "weights=", lambda t: np.quantile(t, 0.5, weights=A)),
    "concatenate dtype": ("np.concatenate", "dtype=", lambda t: np.concatenate([t, t], dtype=np.float32)),
    "einsum casting": ("np.einsum", "casting=", lambda t: np.einsum("ij->", t, casting="no")),
    "polyfit full": ("np.polyfit", "full=", lambda t: np.polyfit(t[0], t[1], 1, full=True)),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_an_option_that_cannot_be_taken_is_refused_by_name(what: str, t: Tensor) -> None:
    function, options, call = OPTIONS[what]
    message = (
        rf"^{function}(\.reduce)? on a Tensor does not take {options}; it takes .*x?.*\. Use other operations, or "
        r"t\.detach\(\) if no gradient is needed$"
    )
    with pytest.raises(TypeError, match=message):
        call(t)


def test_an_order_that_depends_on_memory_is_refused(t: Tensor) -> None:
    for order in "AK":
        message = (
            rf"^order must be 'C' or 'F', not '{order}': the order of the elements in memory is not the gradient's"
        )
        for call in (lambda o=order: np.reshape(t, 6, order=o), lambda o=order: np.ravel(t.T, order=o)):
            with pytest.raises(ValueError, match=message):
                call()


LOSING: dict[str, Callable[[Tensor], Any]] = {
    "np.asarray": np.asarray,
    "np.array": np.array,
    "np.array of two": lambda t: np.array([t, t]),
    "np.array of numbers": lambda t: np.array([t.sum(), t.sum()]),
    "np.array with a dtype": lambda t: np.array([t.sum(), t.sum()], dtype=float),
    "np.array of objects": lambda t: np.array([t.sum(), t.sum()], dtype=object),
    "np.asarray of objects": lambda t: np.asarray(t, dtype=object),
    "np.full": lambda t: np.full(3, t.sum()),
    "t.numpy()": lambda t: t.numpy(),
    "Tensor of a list": lambda t: Tensor([t.sum(), t.sum()]),
    "a sum over a list": lambda t: np.sum([t, t]),
    "an array's items": lambda t: np.zeros((2, 3)).__setitem__(slice(None), t),
}


@pytest.mark.parametrize("what", LOSING)
def test_becoming_an_array_would_lose_the_gradient_and_is_refused(what: str, t: Tensor) -> None:
    message = (
        r"requires a gradient, which would be lost in a NumPy array; write t\.detach\(\)\.numpy\(\) or t\.data if "
        r"that is "
        "meant, or use NumPy's functions on the Tensor"
    )
    with pytest.raises(TypeError, match=message):
        LOSING[what](t)


def test_a_constant_becomes_an_array_of_numbers_never_of_objects() -> None:
    t = Tensor(A)
    assert np.asarray(t) is t.data
    assert np.array(t) is not t.data
    assert np.asarray(t, dtype=np.float32).dtype == np.float32
    for stack in (np.array([t, t]), np.array([Tensor(1.0), Tensor(2.0)]), np.array([[Tensor(1.0), 2.0]])):
        assert stack.dtype == np.float64
    assert np.array(t, copy=True) is not t.data
    assert np.array([Tensor(1.0, requires_grad=True).detach(), 2.0]).tolist() == [1.0, 2.0]


def test_numbers_are_read_out_where_they_are_asked_for() -> None:
    x = Tensor(2.5, requires_grad=True)
    assert (x.item(), bool(x), f"{x:.2f}") == (2.5, True, "2.50")
    plain = x.detach()
    assert (float(plain), int(plain), math.floor(plain * 2)) == (2.5, 2, 5)
    with no_grad():
        assert float(x) == 2.5


def test_a_number_that_would_lose_its_gradient_is_refused() -> None:
    x, array = Tensor(2.5, requires_grad=True, name="x"), np.zeros(3)

    def assign() -> None:
        array[0] = x

    lost = (
        r"would lose the gradient that Tensor 'x' requires; write t\.item\(\) .* and np\.exp\(t\) for math\.exp\(t\)$"
    )
    for call in (lambda: float(x), lambda: int(x), lambda: math.exp(x)):
        with pytest.raises(TypeError, match=lost):
            call()
    with pytest.raises(TypeError, match="requires a gradient, which would be lost in a NumPy array"):
        np.float64(x)
    with pytest.raises(ValueError, match="setting an array element") as refused:  # NumPy's words; ours are its cause
        assign()
    assert "would lose the gradient" in str(refused.value.__cause__)
    assert not array.any()


def test_a_tensor_is_not_equal_to_what_is_no_number() -> None:
    x = Tensor([1.0, 2.0])
    assert (x == "x") is False
    assert (x != None) is True  # noqa: E711
    with pytest.raises(TypeError, match="not supported between instances of 'Tensor' and 'str'"):
        _ = x < "x"


# ------------------------------------------------------------------------------------------------ options and operands


def test_a_tensor_where_an_option_belongs(t: Tensor) -> None:
    weights = Tensor(2.0, requires_grad=True)
    with pytest.raises(
        TypeError,
        match=r"^sum has no derivative by its argument 'axis', which is a Tensor that requires a gradient; pass "
        r"axis\.detach\(\), or write a primitive with a rule for it$",
    ):
        np.sum(t, axis=weights)
    assert np.sum(t, axis=Tensor(1)).shape == (2,)
    assert np.where(Tensor([True, False, True]), t, 0.0).data.tolist() == [[1.0, 0.0, 3.0], [4.0, 0.0, 6.0]]


def test_an_operand_that_is_no_number_is_refused(t: Tensor) -> None:
    message = (
        r"^a Tensor holds numbers, not str \(which NumPy makes <U1\); give it numbers, lists of numbers or a numeric"
    )
    for call in (lambda: t + "a", lambda: "a" * t, lambda: np.add(t, "a"), lambda: np.concatenate([t, "a"])):
        with pytest.raises(TypeError, match=message):
            call()
    with pytest.raises(
        TypeError, match=r"^complex numbers \(complex128\) have no gradient here; compute with the real"
    ):
        _ = t * 1j
    for call in (lambda: t + {}, lambda: np.where(A > 2, t, {}), lambda: np.matmul(t, {})):
        with pytest.raises(TypeError, match="a Tensor holds numbers, not dict"):
            call()
