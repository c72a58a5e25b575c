"""nn.Embedding, nn.functional.embedding and one_hot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.arrays import in_numpy
from autograd.backward import gradients
from nn import functional as F
from tests.support.strict_array import StrictArray

RNG = np.random.default_rng(41)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"padding_idx": 2},
    {"padding_idx": -1},
    {"scale_grad_by_freq": True},
    {"padding_idx": 0, "scale_grad_by_freq": True},
    {"max_norm": 1.0},
    {"max_norm": 0.5, "norm_type": 1.0},
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (7,), (4, 5), (2, 3, 4), (0,), (2, 0)])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_output_and_gradient_are_pytorchs(
    torch: Any, options: dict[str, Any], shape: tuple[int, ...], dtype: Any
) -> None:
    array, indices = RNG.standard_normal((6, 3)).astype(dtype), RNG.integers(0, 6, shape)
    ours, theirs = nn.Embedding(6, 3, dtype=dtype, **options), torch.nn.Embedding(6, 3, **options)
    theirs = theirs.to(getattr(torch, np.dtype(dtype).name))
    ours.weight.data = array
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    y, z = ours(indices), theirs(torch.tensor(indices))
    assert (y.shape, y.dtype) == ((*shape, 3), dtype)
    close = {"rtol": 1e-6 if dtype == np.float32 else 1e-12, "atol": 1e-6 if dtype == np.float32 else 1e-13}
    np.testing.assert_allclose(y.data, z.detach().numpy(), **close)
    np.testing.assert_allclose(ours.weight.data, theirs.weight.detach().numpy(), **close)
    upstream = RNG.standard_normal(y.shape).astype(dtype)
    y.backward(upstream), z.backward(torch.tensor(upstream))
    assert ours.weight.grad.dtype == dtype
    np.testing.assert_allclose(ours.weight.grad.data, theirs.weight.grad.numpy(), **close)


def test_the_second_derivative_counts_repeated_words() -> None:
    weight, indices = Tensor(RNG.standard_normal((4, 2)), True), np.array([1, 3, 1, 1])
    y = F.embedding(indices, weight)
    (first,) = gradients([(y * y * y).sum()], [weight], [None], create_graph=True)
    (second,) = gradients([first.sum()], [weight], [None])
    np.testing.assert_allclose(second, 6 * weight.data * np.array([0, 3, 0, 1])[:, None])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_integers_of_every_size_are_taken(dtype: Any) -> None:
    weight = Tensor(RNG.standard_normal((120, 40)), True)
    indices = np.array([119, 3, 119], dtype=dtype)
    y = F.embedding(indices, weight)
    y.sum().backward()
    np.testing.assert_array_equal(y.data, weight.data[[119, 3, 119]])
    assert weight.grad.data.sum(axis=1)[[119, 3, 0]].tolist() == [80, 40, 0]


def test_lists_and_tensors_are_taken_and_later_changes_of_the_indices_do_no_harm() -> None:
    weight, indices = Tensor(np.ones((3, 1)), True), np.array([0, 0])
    np.testing.assert_array_equal(F.embedding([2, 0], [[1.0], [2.0], [3.0]]), [[3.0], [1.0]])
    assert F.embedding(Tensor([2, 0]), weight).shape == (2, 1)
    y = F.embedding(indices, weight)
    indices[:] = 2
    y.sum().backward()
    assert weight.grad.data.ravel().tolist() == [2, 0, 0]


def test_the_row_of_the_padding_is_zero_and_is_not_trained() -> None:
    layer = nn.Embedding(5, 3, padding_idx=-2, rng=0)
    assert layer.padding_idx == 3
    assert layer.weight.data[3].tolist() == [0, 0, 0]
    assert (layer.weight.data[[0, 1, 2, 4]] != 0).all()
    layer([3, 1, 3]).sum().backward()
    assert layer.weight.grad.data.sum(axis=1).tolist() == [0, 3, 0, 0, 0]


def test_only_rows_that_are_looked_up_are_shortened_and_the_graph_learns_of_it() -> None:
    layer = nn.Embedding(3, 2, max_norm=1.0, dtype=np.float64)
    layer.weight.data = np.array([[3.0, 4.0], [0.3, 0.4], [30.0, 40.0]])
    loss = (layer.weight * layer.weight).sum()
    np.testing.assert_allclose(layer([0, 1, 0]).data, [[0.6, 0.8], [0.3, 0.4], [0.6, 0.8]], rtol=1e-7)
    assert layer.weight.data[2].tolist() == [30, 40]
    with pytest.raises(RuntimeError, match="the leaf 'weight' was written"):
        loss.backward()
    loss = (layer.weight * layer.weight).sum()
    layer([0, 1])  # nothing is too long any more, so nothing is written
    loss.backward()


def test_the_layer_starts_standard_normal_and_repeatable() -> None:
    layer = nn.Embedding(300, 40, rng=0)
    assert layer.weight.dtype == np.float32
    np.testing.assert_allclose([layer.weight.data.mean(), layer.weight.data.std()], [0, 1], atol=0.02)
    np.testing.assert_array_equal(layer.weight.data, nn.Embedding(300, 40, rng=0).weight.data)
    assert layer.flops((5,), (5, 40)) == 0
    assert repr(layer) == "Embedding(num_embeddings=300, embedding_dim=40)"
    assert repr(nn.Embedding(4, 2, 0, 1.0, 1.0, True)) == (
        "Embedding(num_embeddings=4, embedding_dim=2, padding_idx=0, max_norm=1.0, norm_type=1.0, "
        "scale_grad_by_freq=True)"
    )


@pytest.mark.parametrize("freeze", [True, False])
def test_vectors_that_are_there_already_make_a_layer(torch: Any, freeze: bool) -> None:
    vectors, options = RNG.standard_normal((5, 3)), {"freeze": freeze, "padding_idx": 1, "scale_grad_by_freq": True}
    ours, theirs = nn.Embedding.from_pretrained(vectors, **options), torch.nn.Embedding.from_pretrained
    theirs = theirs(torch.tensor(vectors), **options)
    np.testing.assert_array_equal(ours.weight.data, theirs.weight.detach().numpy(), strict=True)
    assert ours.weight.requires_grad == theirs.weight.requires_grad == (not freeze)
    y, z = ours([1, 4, 4]), theirs(torch.tensor([1, 4, 4]))
    np.testing.assert_array_equal(y.data, z.detach().numpy())
    if not freeze:
        y.sum().backward(), z.sum().backward()
        np.testing.assert_array_equal(ours.weight.grad.data, theirs.weight.grad.numpy())
    vectors[:] = 0
    assert (ours.weight.data != 0).all()


def test_one_hot_is_pytorchs(torch: Any) -> None:
    indices = RNG.integers(0, 5, (3, 4))
    for classes in (-1, 7):
        expected = torch.nn.functional.one_hot(torch.tensor(indices), classes).numpy()
        found = F.one_hot(indices, classes)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert F.one_hot(np.zeros((0,), int)).shape == (0, 0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: nn.Sequential(nn.Embedding(4, 2))([0, 9]),
            IndexError,
            "the weight '0.weight' has 4 rows, numbered from 0 to 3, and the index 9 was asked for",
        ),
        (lambda: F.embedding([-1], np.ones((4, 2))), IndexError, "has 4 rows, .* the index -1 was asked for"),
        (
            lambda: F.embedding([0.0], np.ones((4, 2))),
            TypeError,
            "embedding takes indices, which are integers, not float",
        ),
        (lambda: F.embedding([True], np.ones((4, 2))), TypeError, "integers, not bool; write"),
        (lambda: F.embedding([0], np.ones(4)), ValueError, r"\(num_embeddings, embedding_dim\), not \(4,\)"),
        (
            lambda: F.embedding([0], 2 * Tensor(np.ones((4, 2)), True), max_norm=1.0),
            ValueError,
            "max_norm shortens the rows of the weight in place, which is possible in a Parameter and not in",
        ),
        (lambda: F.embedding([0], np.ones((4, 2)), padding_idx=4), ValueError, "padding_idx=4 is none of the 4 rows"),
        (lambda: nn.Embedding(4, 2, padding_idx=-5), ValueError, "padding_idx=-5 is none of the 4 rows, numbered from"),
        (lambda: nn.Embedding(0, 2), ValueError, "num_embeddings must be a whole number from 1 on, not 0"),
        (lambda: nn.Embedding(4, 2, sparse=True), ValueError, "Embedding has no sparse gradients: all gradients are"),
        (lambda: F.embedding([0], np.ones((4, 2)), sparse=True), ValueError, "embedding has no sparse gradients: all"),
        (lambda: nn.Embedding(4, 2, max_norm=-1.0), ValueError, "max_norm must be a number from 0 on, not -1"),
        (lambda: nn.Embedding.from_pretrained(np.ones(4)), ValueError, r"\(num_embeddings, embedding_dim\), not \(4,"),
        (lambda: F.one_hot([3], 3), IndexError, "there are num_classes=3, numbered from 0 to 2, and the index 3 was"),
        (lambda: F.one_hot([0.5]), TypeError, "one_hot takes indices, which are integers, not float64"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_indices_may_lie_where_the_weight_lies() -> None:
    weight = Tensor(StrictArray(np.arange(6.0).reshape(3, 2)), requires_grad=True)
    y = F.embedding(StrictArray(np.array([2, 0, 2])), weight)
    assert in_numpy(y.data).tolist() == [[4.0, 5.0], [0.0, 1.0], [4.0, 5.0]]
    y.sum().backward()
    assert in_numpy(weight.grad.data).tolist() == [[1.0, 1.0], [0.0, 0.0], [2.0, 2.0]]
