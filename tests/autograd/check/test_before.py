"""What is looked at before checking: each has its own message, which says what was seen and how to mend it."""

import numpy as np
import pytest

import nn
import nn.functional as F
from autograd import Tensor, gradcheck, primitive, seed
from autograd.random import generator

X = np.random.default_rng(0).uniform(0.2, 0.9, (2, 3))


def test_an_input_that_is_not_finite_is_refused():
    with pytest.raises(
        ValueError, match=r"the input x1 of multiply is nan at \[1\], and nothing can be checked there; c"
    ):
        gradcheck(np.multiply, (np.array([1.0, np.nan]), 2.0))


def test_an_input_that_is_written_into_is_refused():
    def f(x):
        x.data[0] = 5.0
        return x * 2.0

    with pytest.raises(ValueError, match=r"f has written into its input x, .* let it make a new array \(x = x \+ 1, x"):
        gradcheck(f, X)
    labels = np.array([1, 2, 3])

    def g(x, index):
        index += 1
        return x * 2.0

    with pytest.raises(ValueError, match="g has written into its input index"):
        gradcheck(g, (X, labels))


def test_inputs_that_share_memory_are_noted():
    result = gradcheck(lambda a, b: a * b, (X[0], X[0, :]))
    assert result
    assert "The inputs a and b share memory: they were checked as two, in copies" in str(result)
    assert "share memory" not in str(gradcheck(lambda a, b: a * b, (X[0], X[1])))


def test_random_numbers_of_the_librarys_generator_and_of_those_in_sight_are_replayed():
    own = np.random.default_rng(3)
    layer = nn.Dropout(0.5, rng=4)
    for f in (lambda x: F.dropout(x), lambda x: F.dropout(x, rng=own), lambda x: layer(x), layer):
        seed(7)
        before = generator(None).bit_generator.state, own.bit_generator.state
        assert gradcheck(f, X)
        assert (generator(None).bit_generator.state, own.bit_generator.state) == before


def test_a_state_from_run_to_run_is_refused():
    calls = []

    def f(x):
        calls.append(None)
        return x * float(len(calls))

    with pytest.raises(
        ValueError, match="output 0 of f differs between two runs on the same inputs, so differences mea"
    ):
        gradcheck(f, X)

    def g(x):
        calls.append(None)
        return (x,) * (1 + len(calls) % 2)

    with pytest.raises(
        ValueError, match=r"g returned . outputs, and . the second time; it keeps a state from run to run"
    ):
        gradcheck(g, X)


def test_a_function_of_counts_alone_is_refused():
    with pytest.raises(TypeError, match="isfinite returned no floating point numbers, so there is no gradient to chec"):
        gradcheck(np.isfinite, X)


def test_an_input_that_is_not_used_is_said_to_be():
    row = gradcheck(lambda x, y: x * 2.0, (X, X)).rows[1]
    assert row.verdict == "PASS"
    assert row.note == "no gradient arrives here, and the output does not depend on it: it is not used"


def test_a_graph_that_is_cut_is_said_to_be():
    row = gradcheck(lambda x, y: Tensor(x.data) * y, (X, X)).rows[0]
    assert row.verdict == "FAIL"
    assert row.note == (
        "no gradient arrives here, though the output depends on it: .data, .detach(), no_grad() or a plain NumPy array "
        "lies between"
    )
    lost = primitive(lambda x: np.sin(x), name="lost", x=lambda g: None)
    assert "a derivative rule on the way returned None" in gradcheck(lost, X).rows[0].note


def test_lower_precision_on_the_way_is_inconclusive_and_named():
    row = gradcheck(lambda x: np.sin(x.astype(np.float32)).astype(np.float64), X).rows[0]
    assert row.verdict in ("INCONCLUSIVE", "PASS")
    wrong = primitive(lambda x: np.sin(x), name="wrong", x=lambda g, x: g)
    row = gradcheck(lambda x: wrong(x.astype(np.float32)).astype(np.float64), X).rows[0]
    assert row.verdict == "INCONCLUSIVE"
    assert row.note.startswith(
        "astype gives float32 on the way, and differences drown in its rounding; let the function"
    )


def test_statistics_of_a_layer_that_is_checked_as_a_function_come_back_unchanged():
    layer = nn.BatchNorm1d(3, dtype=np.float64)
    before = layer.running_mean.copy()
    assert gradcheck(layer, X)
    np.testing.assert_array_equal(layer.running_mean, before)
