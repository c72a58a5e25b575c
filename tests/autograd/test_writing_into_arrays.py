"""``out=`` and ``ufunc.at``: an array is written into where no gradient is lost by it, and a Tensor never."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Tensor, no_grad

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.fixture
def t() -> Tensor:
    return Tensor(A, requires_grad=True)


def test_writing_into_an_array_is_refused_where_a_gradient_would_be_lost(t: Tensor) -> None:
    array = np.zeros((2, 3))
    refused = r"\(…, out=\) cannot record: .* the +gradient; write array = array \+ t, or use t\.detach\(\)"
    with pytest.raises(TypeError, match="^np.add" + refused):
        array += t
    with pytest.raises(TypeError, match="^np.exp" + refused):
        np.exp(t, out=array)
    with pytest.raises(TypeError, match="^np.add" + refused):
        np.add.reduce(t, out=np.zeros(3))
    assert not array.any()


def test_writing_into_an_array_is_done_where_nothing_is_recorded(t: Tensor) -> None:
    array = np.zeros((2, 3))
    array += t.detach()
    np.testing.assert_array_equal(array, A)
    with no_grad():
        array -= t
        np.multiply(t, 2, out=array, where=A > 3)
    np.testing.assert_array_equal(array, np.where(A > 3, 2 * A, 0.0))


def test_an_answer_that_has_no_gradient_is_written_into_an_array_also_where_one_is_recorded(t: Tensor) -> None:
    mask = np.zeros((2, 3), bool)
    np.greater(t, 3.0, out=mask)
    np.testing.assert_array_equal(mask, A > 3)
    only = Tensor(np.array([True, False, True]))
    assert np.logical_and.reduce(t - 2.0, axis=1, where=only).tolist() == [True, True]
    assert np.logical_and.reduce(t - 2.0, axis=1).tolist() == [False, True]


def test_adding_at_places_of_an_array_is_done_where_no_gradient_is_lost(t: Tensor) -> None:
    array = np.zeros(3)
    np.add.at(array, [0, 0, 2], t.detach()[0])
    np.add.at(array, Tensor(np.array([1])), t.detach()[0, 0])
    np.subtract.at(array, Tensor(np.array([1])), 1.0)
    assert array.tolist() == [3.0, 0.0, 3.0]
    for target, values in ((array, t[0]), (t[0], 1.0), (Tensor(array), 1.0)):
        with pytest.raises(TypeError, match=r"^np\.add\.at\(…, out=\) cannot record: a Tensor is never written into"):
            np.add.at(target, [0, 0, 2], values)
    assert array.tolist() == [3.0, 0.0, 3.0]


@pytest.mark.parametrize("function", [np.add, np.equal, np.logical_and, np.less])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_no_function_writes_into_a_tensor(function: np.ufunc, requires_grad: bool) -> None:
    target = Tensor(A, requires_grad)
    with pytest.raises(TypeError, match=rf"np\.{function.__name__}\(…, out=\)"):
        function(A, 1.0, out=target)
    with pytest.raises(TypeError, match=rf"np\.{function.__name__}\(…, out=\)"):
        function(target, 1.0, out=target)
    np.testing.assert_array_equal(target.data, A)


def test_no_plain_function_writes_into_a_tensor_either() -> None:
    target = Tensor(np.array([7, 7]))
    with pytest.raises(TypeError, match="out"):
        np.argmax(A, axis=1, out=target)
    assert target.data.tolist() == [7, 7]
    with pytest.raises(TypeError, match=r"^np\.sum\(…, out=\) cannot record: a Tensor is never written into"):
        np.sum(A, axis=1, out=target)
