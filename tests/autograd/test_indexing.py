"""Every kind of index that NumPy has: taking, adding and replacing, against NumPy's values and counted gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd import Tensor
from autograd.backward import gradients
from autograd.rules.indexing import gather, put, scatter

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def numbers(shape: tuple[int, ...], start: float = 1.0) -> np.ndarray:
    return start + np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)


@st.composite
def arrays_and_indices(draw: st.DrawFn) -> tuple[tuple[int, ...], Any]:
    """A shape and an index for it, of any of NumPy's kinds."""
    shape = draw(SHAPES)
    kinds = [st.just(()), st.just(...), hnp.basic_indices(shape, max_dims=6, allow_newaxis=True)]
    masks = [hnp.arrays(bool, shape[:n]) for n in range(1, len(shape) + 1)]
    kinds += masks
    if shape and 0 not in shape:
        result = hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)
        kinds.append(hnp.integer_array_indices(shape, result_shape=result))
        kinds.append(_mixed(shape))
    return shape, draw(st.one_of(kinds))


@st.composite
def _mixed(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """An index of slices, numbers, arrays that broadcast with each other, None and one Ellipsis."""
    length = draw(st.integers(1, 3))
    parts: list[Any] = []
    for n in shape[: draw(st.integers(1, len(shape)))]:
        array = hnp.arrays(np.intp, st.sampled_from([(length,), (1,), (2, 1), ()]), elements=st.integers(-n, n - 1))
        parts.append(draw(st.one_of(st.slices(n), st.integers(-n, n - 1), array)))
    for extra in draw(st.lists(st.sampled_from([None, ...]), max_size=2, unique=True)):
        parts.insert(draw(st.integers(0, len(parts))) if extra is None else len(parts), extra)
    return tuple(parts)


def counted(shape: tuple[int, ...], index: Any, upstream: np.ndarray) -> np.ndarray:
    """Return the gradient of x[index] by x, element by element: what each taken element brings to where it is from."""
    places = np.arange(np.prod(shape, dtype=int)).reshape(shape)[index]
    return np.bincount(places.ravel(), upstream.ravel(), minlength=int(np.prod(shape, dtype=int))).reshape(shape)


@given(arrays_and_indices())
def test_taking_gives_numpys_values_and_each_elements_own_gradient(drawn: tuple[tuple[int, ...], Any]) -> None:
    shape, index = drawn
    x = Tensor(numbers(shape), requires_grad=True)
    y = x[index]
    expected = x.data[index]
    assert y.shape == expected.shape
    np.testing.assert_array_equal(y.data, expected)
    upstream = numbers(y.shape, 10.0)
    y.backward(upstream)
    np.testing.assert_array_equal(x.grad.data, counted(shape, index, upstream))


@given(arrays_and_indices())
def test_adding_at_an_index_is_the_gradient_of_taking_and_the_other_way_round(drawn: Any) -> None:
    shape, index = drawn
    part = Tensor(numbers(np.empty(shape)[index].shape), requires_grad=True)
    y = scatter(part, index, shape)
    expected = np.zeros(shape)
    np.add.at(expected, index, part.data)
    np.testing.assert_array_equal(y.data, expected)
    upstream = Tensor(numbers(shape, 5.0), requires_grad=True)
    (first,) = gradients([y], [part], [upstream], create_graph=True)
    np.testing.assert_array_equal(first.data, upstream.data[index])
    (second,) = gradients([first], [upstream], [part.data])
    np.testing.assert_array_equal(second, expected)


@given(arrays_and_indices(), st.booleans())
def test_replacing_gives_numpys_values_and_the_gradient_to_what_stayed(drawn: Any, one_value: bool) -> None:
    shape, index = drawn
    taken = np.empty(shape)[index].shape
    x = Tensor(numbers(shape), requires_grad=True)
    v = Tensor(-1.0 if one_value else -numbers(taken), requires_grad=True)
    y = x * 1.0
    y[index] = v
    # which value stays where: each is written with its own number, in the order of the elements
    places = np.arange(x.size).reshape(shape)[index].ravel()
    values = np.broadcast_to(v.data, taken).ravel()
    expected, owner = x.data.copy().ravel(), np.full(x.size, -1)
    for turn, (place, value) in enumerate(zip(places, values, strict=True)):
        expected[place], owner[place] = value, turn
    np.testing.assert_array_equal(y.data, expected.reshape(shape))
    upstream = numbers(shape, 3.0)
    y.backward(upstream)
    np.testing.assert_array_equal(x.grad.data, np.where(owner.reshape(shape) < 0, upstream, 0.0))
    to_values = np.zeros(len(values))
    to_values[owner[owner >= 0]] = upstream.ravel()[owner >= 0]
    np.testing.assert_array_equal(v.grad.data, to_values.sum() if one_value else to_values.reshape(taken))


KINDS: dict[str, Any] = {
    "int": 1,
    "numpy int": np.int64(-1),
    "slice with a step": slice(None, None, 2),
    "backwards": slice(None, None, -1),
    "empty slice": slice(2, 2),
    "ellipsis": (..., 0),
    "new axes": (None, 1, None),
    "full mask": np.array([[True, False, True, False]] * 3),
    "mask of rows": np.array([True, False, True]),
    "mask and slice": (slice(None), np.array([True, False, False, True])),
    "list of booleans": [True, False, True],
    "True": True,
    "False": False,
    "list with repeats": [0, 2, 0],
    "nested list": [[0, 1], [2, 2]],
    "small unsigned integers": np.array([2, 2], np.uint8),
    "empty list": [],
    "pairs": ([0, 1, 0], [3, 3, 3]),
    "array and slice": (np.array([0, 0]), slice(1, 3)),
    "arrays apart": (np.array([0, 0]), None, np.array([1, 1])),
    "array without axes": np.array(2),
    "tensor": Tensor([0, 2, 2]),
    "tensor in a tuple": (slice(None), Tensor([1, 1])),
    "tensor in a list": [Tensor(1), 0],
    "tensor mask": Tensor([True, False, True]),
    "tensor number": Tensor(2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_index(kind: str) -> None:
    index = KINDS[kind]
    plain = tuple(getattr(i, "data", i) for i in index) if isinstance(index, tuple) else getattr(index, "data", index)
    plain = [int(i) for i in plain] if kind == "tensor in a list" else plain
    x = Tensor(numbers((3, 4)), requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.data, x.data[plain])
    y.backward(numbers(y.shape))
    np.testing.assert_array_equal(x.grad.data, counted((3, 4), plain, numbers(y.shape)))
    z = x * 1.0
    z[index] = 0.0
    expected = x.data.copy()
    expected[plain] = 0.0
    np.testing.assert_array_equal(z.data, expected)


@pytest.mark.parametrize("order", ["CC", "CF", "FC", "FF"])
def test_of_repeated_places_the_last_in_the_order_of_elements_stays_whatever_the_memory(order: str) -> None:
    index = np.array([[0, 1], [1, 0]], order=order[0])
    values = np.array([[1.0, 2.0], [3.0, 4.0]], order=order[1])
    v = Tensor([[1.0, 3.0], [2.0, 4.0]], requires_grad=True).T if order[1] == "F" else Tensor(values, True)
    x = Tensor(np.zeros(3), requires_grad=True)
    y = put(x, index, v)
    assert y.data.tolist() == [4.0, 3.0, 0.0]
    (to_values,) = gradients([y], [v], [np.ones(3)])
    assert to_values.tolist() == [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3), (1, 1, 3), (2, 1), (1, 2, 3)])
def test_a_value_is_spread_over_the_place_it_is_given_for(shape: tuple[int, ...]) -> None:
    x, v = Tensor(np.zeros((4, 3)), requires_grad=True), Tensor(numbers(shape), requires_grad=True)
    y = x * 1.0
    y[1:3] = v
    expected = np.zeros((4, 3))
    expected[1:3] = v.data
    np.testing.assert_array_equal(y.data, expected)
    y.backward(np.ones((4, 3)))
    assert v.grad.shape == shape
    np.testing.assert_array_equal(v.grad.data, np.full(shape, 6.0 / max(v.size, 1)))
    np.testing.assert_array_equal(x.grad.data, [[1.0] * 3, [0.0] * 3, [0.0] * 3, [1.0] * 3])


def test_a_value_with_a_gradient_makes_a_constant_part_of_the_graph() -> None:
    t, v = Tensor(np.zeros(3)), Tensor(2.0, requires_grad=True)
    t[1] = v * v
    assert t.requires_grad
    (t * np.array([1.0, 10.0, 100.0])).sum().backward()
    assert v.grad.item() == 40.0


def test_adding_in_place_at_an_index() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    y[1:] += x[:2]
    assert y.data.tolist() == [1.0, 5.0, 11.0]
    y.backward(np.ones(3))
    assert x.grad.data.tolist() == [3.0, 5.0, 6.0]


def test_taking_out_of_range_is_numpys_error() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(IndexError, match="out of bounds"):
        x[2]
    with pytest.raises(IndexError):
        x[np.array([0.5])]
    with pytest.raises(ValueError, match=r"could not broadcast|shape mismatch"):
        (x * 1.0)[0:2] = np.ones(3)


def test_on_bare_arrays_the_operations_are_numpys() -> None:
    x = numbers((3,))
    assert gather(x, slice(0, 2)).tolist() == [1.0, 2.0]
    assert scatter(x[:2], [0, 0], (3,)).tolist() == [3.0, 0.0, 0.0]
    assert put(x, 1, 9.0).tolist() == [1.0, 9.0, 3.0]
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_iterating_gives_rows_that_record() -> None:
    x = Tensor(numbers((2, 3)), requires_grad=True)
    first, second = x
    (first * second).sum().backward()
    np.testing.assert_array_equal(x.grad.data, x.data[::-1])


def test_one_row_that_is_put_in_several_places_gets_the_gradient_of_those_where_it_stays() -> None:
    x, row = Tensor(np.zeros((3, 2)), requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    y = put(x, np.array([2, 0, 2]), row)
    assert y.data.tolist() == [[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]]
    y.backward(numbers((3, 2)))
    assert row.grad.data.tolist() == [6.0, 8.0]
    assert x.grad.data.tolist() == [[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]
