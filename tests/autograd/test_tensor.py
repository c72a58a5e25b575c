"""A Tensor as a Python object: how it is made, shown, read out, named, copied, and what it refuses."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad

# ---------------------------------------------------------------------------------------------------------- making one


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.0, np.float64),
        (1, np.int64),
        (True, np.bool_),
        ([1.0, 2.0], np.float64),
        (((1, 2), (3, 4)), np.int64),
        (np.float32(1), np.float32),
        (np.ones(2, np.float16), np.float16),
        (np.array(1.0), np.float64),
        ([], np.float64),
        (range(3), np.int64),
    ],
    ids=repr,
)
def test_a_tensor_keeps_the_dtype_that_numpy_gives(data: Any, dtype: Any) -> None:
    t = Tensor(data)
    assert t.dtype == np.asarray(data).dtype == dtype
    assert t.shape == np.shape(data)
    assert type(t.data) is np.ndarray
    np.testing.assert_array_equal(t.data, data)


def test_dtype_converts_and_another_tensor_gives_its_data() -> None:
    assert Tensor([1, 2], dtype=np.float32).dtype == np.float32
    x = Tensor([1.0], requires_grad=True)
    y = Tensor(x, requires_grad=True)
    assert y.is_leaf
    assert y.node is not x.node
    assert not Tensor(x).requires_grad


REFUSED: dict[str, tuple[type[Exception], str, Callable[[], Any]]] = {
    "text": (
        TypeError,
        r"^a Tensor holds numbers, not str \(which NumPy makes <U3\); give it numbers, lists of numbers or a numeric "
        r"array$",
        lambda: Tensor("one"),
    ),
    "nothing": (TypeError, r"^a Tensor holds numbers, not NoneType \(which NumPy makes object\)", lambda: Tensor(None)),
    "an object": (TypeError, "a Tensor holds numbers, not dict", lambda: Tensor({})),
    "complex": (
        TypeError,
        r"^complex numbers \(complex128\) have no gradient here; compute with the real and the imaginary part apart$",
        lambda: Tensor(1j),
    ),
    "ragged": (
        ValueError,
        "^a Tensor needs numbers in a rectangular arrangement: setting an array element with a sequence",
        lambda: Tensor([[1.0], [1.0, 2.0]]),
    ),
    "integers with a gradient": (
        TypeError,
        r"^Tensor 'n' has dtype int64 and cannot require a gradient: only floating point numbers have one; write "
        r"1\.0 for "
        r"1, or pass dtype=float$",
        lambda: Tensor([1, 2], requires_grad=True, name="n"),
    ),
    "booleans with a gradient": (TypeError, "has dtype bool and cannot", lambda: Tensor(True, requires_grad=True)),
    "integers made to require one": (TypeError, "has dtype int64 and cannot", lambda: Tensor(1).requires_grad_()),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_tensor_is_refused_with_a_remedy(what: str) -> None:
    kind, message, attempt = REFUSED[what]
    with pytest.raises(kind, match=message):
        attempt()


# ------------------------------------------------------------------------------------------------- leaf or not


def test_requires_grad_is_settable_on_a_leaf() -> None:
    t = Tensor([1.0, 2.0], name="t")
    assert (t.requires_grad, t.is_leaf) == (False, True)
    assert t.requires_grad_() is t
    assert (t.requires_grad, t.is_leaf, t.name) == (True, True, "t")
    node = t.node
    t.requires_grad = True
    assert t.node is node, "a leaf stays the leaf it was"
    t.requires_grad = False
    assert (t.requires_grad, t.name) == (False, "t")
    assert not (t * 2.0).requires_grad


def test_a_scalar_result_that_becomes_a_leaf_can_be_written_in_place() -> None:
    x = Tensor(2.0, requires_grad=True)
    for leaf in ((x * x).detach().requires_grad_(), copy.copy((x * x).detach()).requires_grad_()):
        leaf.data[...] = 7.0
        leaf.mark_written()
        assert (leaf.item(), (leaf * 1.0).item(), leaf.node.value.item()) == (7.0, 7.0, 7.0)


def test_requires_grad_cannot_be_taken_from_a_result() -> None:
    y = Tensor([1.0], requires_grad=True) * 2.0
    assert not y.is_leaf
    message = (
        r"^the Tensor of shape \(1,\) was computed by multiply and requires a gradient as long as its operands do; use "
        r"t\.detach\(\) for a Tensor that does not$"
    )
    with pytest.raises(TypeError, match=message):
        y.requires_grad = False
    assert y.requires_grad
    assert y.requires_grad_() is y


def test_integers_of_a_result_require_no_gradient() -> None:
    x = Tensor([1.7, -2.7], requires_grad=True)
    for dtype in (int, np.int32, bool, "uint8"):
        y = x.astype(dtype) if dtype != "uint8" else abs(x).astype(dtype)
        assert y.dtype == np.dtype(dtype)
        assert not y.requires_grad
    assert x.astype(np.float32).requires_grad


def test_assigning_data() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    w.data = [3, 4]
    assert (w.data.tolist(), w.dtype, w.requires_grad) == ([3.0, 4.0], np.float64, True)
    with pytest.raises(
        ValueError,
        match=r"^the data of Tensor 'w' have shape \(2,\), and an array of shape \(3,\) was assigned; make a new "
        r"Tensor "
        "for another shape$",
    ):
        w.data = np.ones(3)
    assert w.data.tolist() == [3.0, 4.0]
    y = w * 2.0
    with pytest.raises(
        TypeError,
        match=r"^the data of the Tensor of shape \(2,\) cannot be assigned, because multiply computed it and its "
        r"gradient "
        r"belongs to that value; assign to a leaf, or to t\.detach\(\)$",
    ):
        y.data = np.ones(2)
    assert y.data.tolist() == [6.0, 8.0]
    constant = Tensor(1.0)
    constant.data = 5
    assert constant.item() == 5.0


def test_assigned_data_keep_the_dtype_of_the_leaf() -> None:
    w = Tensor(np.ones(2, np.float32), requires_grad=True)
    w.data = np.array([0.1, 0.2])
    assert w.dtype == w.data.dtype == np.float32
    with no_grad():
        w += np.array([1.0, 1.0])
    assert w.dtype == np.float32


# -------------------------------------------------------------------------------------------------------------- as text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Tensor(1.5), "Tensor(1.5)"),
        (lambda: Tensor(3), "Tensor(3)"),
        (lambda: Tensor(True), "Tensor(True)"),
        (lambda: Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (lambda: Tensor(np.float32(0.5)), "Tensor(0.5, dtype=float32)"),
        (lambda: Tensor([1.0], requires_grad=True), "Tensor([1.], requires_grad=True)"),
        (lambda: Tensor([1.0], True, "w"), "Tensor([1.], name='w', requires_grad=True)"),
        (lambda: Tensor(2.0, True) * 3.0, "Tensor(6.0, made by multiply)"),
        (lambda: np.split(Tensor([1.0, 2.0], True), 2)[0], "Tensor([1.], made by output 0)"),
        (lambda: Tensor(np.zeros((0, 2))), "Tensor([])"),
        (lambda: Tensor([[1.0, 2.0], [3.0, 4.0]]), "Tensor([[1., 2.],\n        [3., 4.]])"),
    ],
    ids=lambda a: a if isinstance(a, str) else "",
)
def test_repr(make: Callable[[], Tensor], text: str) -> None:
    assert repr(make()) == text
    assert str(make()) == text


def test_repr_of_nodes_and_leaves() -> None:
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    y = x + 1.0
    assert repr(x.node) == f"<Leaf {x.node.number}: float32[2, 3]>"
    assert repr(y.node) == f"<Node {y.node.number}: add → float32[2, 3]>"


# ---------------------------------------------------------------------------------------------------- as Python numbers


def test_reading_out_one_element() -> None:
    for shape in ((), (1,), (1, 1)):
        t = Tensor(np.full(shape, 2.5))
        assert (t.item(), float(t), int(t), bool(t)) == (2.5, 2.5, 2, True)
        assert type(t.item()) is float
    assert type(Tensor(3).item()) is int
    assert [type(convert(Tensor(n))) for n in (3, 3.0) for convert in (float, int)] == [float, int] * 2
    with pytest.raises(ValueError, match=r"^item\(\) needs exactly one element, and Tensor 'v' has 2$"):
        float(Tensor([1.0, 2.0], name="v"))
    with pytest.raises(ValueError, match=r"needs exactly one element, and the Tensor of shape \(0,\) has 0$"):
        Tensor([]).item()
    with pytest.raises(ValueError, match="truth value"):
        bool(Tensor([1.0, 2.0]))


def test_a_text_shows_the_number_in_the_form_that_is_asked_for_and_else_the_tensor() -> None:
    assert f"{Tensor(2.5):.3f} {Tensor([2.5]):g}" == "2.500 2.5"
    assert f"{Tensor(2.5)} {Tensor([1.0, 2.0])}" == "Tensor(2.5) Tensor([1., 2.])"


def test_an_integer_tensor_is_an_index_and_others_are_not() -> None:
    assert [10, 20, 30][Tensor(1)] == 20
    with pytest.raises(TypeError):
        [10, 20][Tensor(1.0)]


def test_length_and_iteration() -> None:
    t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert len(t) == 2
    assert [row.data.tolist() for row in t] == [[1.0, 2.0], [3.0, 4.0]]
    for what in (len, iter):
        with pytest.raises(TypeError, match=r"^a Tensor without axes has no length$"):
            what(Tensor(1.0))


def test_attributes() -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3))
    assert (t.shape, t.ndim, t.size, t.dtype) == ((2, 3), 2, 6, np.float64)
    assert t.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert t.numpy() is t.data
    assert t.T.shape == (3, 2)
    with pytest.raises(AttributeError):
        t.anything = 1


def test_tensors_are_hashed_by_identity() -> None:
    x, y = Tensor(1.0), Tensor(1.0)
    assert len({x, y, x}) == 2
    assert {x: "x", y: "y"}[x] == "x"
    assert (x == y) is not NotImplemented
    assert bool(x == y)


@pytest.mark.parametrize(
    ("method", "args"),
    [
        *(("exp", ()), ("log", ()), ("sqrt", ()), ("sin", ()), ("cos", ()), ("tanh", ()), ("abs", ())),
        *(("sum", (1,)), ("mean", (0, True)), ("prod", ()), ("max", (0,)), ("min", (1, True)), ("var", (0,))),
        *(("std", (1,)), ("clip", (1.5, 4.0)), ("ravel", ()), ("flatten", ()), ("swapaxes", (0, 1)), ("squeeze", ())),
        *(("reshape", (3, 2)), ("reshape", ((3, 2),)), ("reshape", (-1,)), ("transpose", ()), ("transpose", (1, 0))),
        *(("transpose", ((1, 0),)), ("broadcast_to", ((2, 2, 3),)), ("logsumexp", ()), ("astype", (np.float32,))),
    ],
)
def test_methods_are_numpys_functions(method: str, args: tuple[Any, ...]) -> None:
    array = np.arange(1.0, 7.0).reshape(2, 3)
    t = Tensor(array, requires_grad=True)
    y = getattr(t, method)(*args)
    assert type(y) is Tensor
    assert y.requires_grad
    expected = {
        "abs": lambda: array,
        "logsumexp": lambda: np.log(np.exp(array).sum()),
        "broadcast_to": lambda: np.broadcast_to(array, *args),
    }
    plain = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}
    if method in expected:
        value = expected[method]()
    elif method in plain:
        value = plain[method](array, args[0], keepdims=len(args) > 1)
    else:
        value = getattr(array, method)(*args) if hasattr(array, method) else getattr(np, method)(array, *args)
    np.testing.assert_allclose(y.data, value, rtol=1e-6)
    assert y.shape == value.shape


# -------------------------------------------------------------------------------------------------------------- copies


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, *(lambda t, p=p: pickle.loads(pickle.dumps(t, p)) for p in range(2, pickle.HIGHEST_PROTOCOL + 1))],
    ids=["deepcopy", *(f"pickle {p}" for p in range(2, pickle.HIGHEST_PROTOCOL + 1))],
)
@pytest.mark.parametrize("data", [2.0, [1.0, 2.0], np.ones((0, 3), np.float32)], ids=repr)
def test_a_copy_is_a_leaf_of_its_own(duplicate: Callable[[Any], Any], data: Any) -> None:
    x = Tensor(data, requires_grad=True, name="x")
    x.sum().backward()
    y = duplicate(x)
    assert (y.name, y.requires_grad, y.is_leaf, y.dtype) == ("x", True, True, x.dtype)
    assert y.node is not x.node
    np.testing.assert_array_equal(y.data, x.data)
    np.testing.assert_array_equal(y.grad.data, x.grad.data)
    assert not np.shares_memory(y.data, x.data)
    assert not np.shares_memory(y.grad.data, x.grad.data)
    (y * 3.0).sum().backward()
    np.testing.assert_array_equal(y.grad.data, np.full(y.shape, 4.0))
    np.testing.assert_array_equal(x.grad.data, np.full(y.shape, 1.0))
    constant = duplicate(Tensor(data, name="c"))
    assert (constant.requires_grad, constant.name) == (False, "c")


def test_a_deep_copy_keeps_what_is_shared_shared() -> None:
    x = Tensor([1.0], requires_grad=True)
    first, second = copy.deepcopy([x, x])
    assert first is second
    assert first is not x


def test_a_result_with_its_graph_cannot_be_copied() -> None:
    y = Tensor([1.0], requires_grad=True) * 2.0
    message = (
        r"^the Tensor of shape \(1,\) was computed by multiply: its graph can be neither copied nor pickled, and "
        r"without "
        r"it the copy would get no gradient; copy t\.detach\(\)$"
    )
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=message):
            duplicate(y)
    assert copy.deepcopy(y.detach()).data.tolist() == [2.0]


@pytest.mark.parametrize("arguments", [([1.0], np.float32), (2.0, "x"), (2.0, True, float)])
def test_an_option_in_the_wrong_place_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match=r"give options by name: Tensor\(data, dtype=np\.float32\)"):
        Tensor(*arguments)


def test_a_subclass_is_printed_by_its_name() -> None:
    assert repr(nn.Parameter(np.ones(1))) == "Parameter([1.], requires_grad=True)"


# ------------------------------------------------------------------------------------------------- methods of an array

RECORDED: dict[str, Callable[[Any], Any]] = {
    "dot": lambda t: t.dot([1.0, 2.0, 3.0]),
    "trace": lambda t: t.trace(1),
    "diagonal": lambda t: t.diagonal(-1),
    "take": lambda t: t.take([2, 0], axis=1),
    "repeat": lambda t: t.repeat(2, axis=0),
    "copy": lambda t: t.copy(),
    "conj": lambda t: t.conj() + t.conjugate(),
    "real": lambda t: t.real,
    "imag": lambda t: t.imag,
    "mT": lambda t: t.mT,
}
PLAIN: dict[str, Callable[[Any], Any]] = {
    "all": lambda t: t.all(axis=0),
    "any": lambda t: t.any(),
    "argsort": lambda t: t.argsort(axis=0),
    "nonzero": lambda t: t.nonzero()[1],
    "searchsorted": lambda t: t[1].searchsorted([4.5, 9.0]),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_method_of_numpys_arrays_records(name: str) -> None:
    array = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    t = Tensor(array, requires_grad=True)
    y = RECORDED[name](t)
    assert isinstance(y, Tensor)
    np.testing.assert_array_equal(y.data, array.T if name == "mT" else RECORDED[name](array))  # mT: since NumPy 2.1
    y.sum().backward()
    slope = np.sum(y.data) / np.sum(array)
    assert (t.grad.data * array).sum() == pytest.approx(slope * np.sum(array))  # all of them are linear


@pytest.mark.parametrize("name", PLAIN)
def test_a_question_to_a_tensor_gets_a_plain_answer(name: str) -> None:
    array = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    found = PLAIN[name](Tensor(array, requires_grad=True))
    assert not isinstance(found, Tensor)
    np.testing.assert_array_equal(found, PLAIN[name](array))
