"""detect_anomaly: the first number that is none, and arrays changed behind the graph's back, are named."""

from __future__ import annotations

import asyncio
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, detect_anomaly, enable_grad, no_grad, trace
from autograd.backward import gradients
from nn import functional as F
from tests.support.nn_cases import all_calls
from tests.support.strict_array import StrictArray


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """NumPy warns where the numbers go wrong; here they are meant to."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


class Net(nn.Module):
    """Linear, then the logarithm of what may be negative."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh())
        self.head = Head()

    def forward(self, x: Any) -> Any:
        return self.head(self.body(x))


class Head(nn.Module):
    """The logarithm."""

    def forward(self, x: Any) -> Any:
        return np.log(x)  # here


X = np.array([[1.0, 2.0], [-3.0, 1.0]], np.float32)

# --------------------------------------------------------------------------------------------------------- forward


def test_the_first_nan_of_a_forward_pass_is_named_with_primitive_line_module_and_operands() -> None:
    with detect_anomaly(), pytest.raises(FloatingPointError) as caught:
        Net()(X)
    text = str(caught.value)
    assert text.startswith("log gave nan (")
    assert "of 6 elements, the first at [" in text
    assert f", at {__file__}:" in text
    assert "in forward: return np.log(x)  # here, in Head 'head'; it was given x of shape (2, 3) from -0." in text
    assert text.endswith(
        "keep them inside the domain of log, or smaller (learning rate, initial values, scale of the data)"
    )


def test_the_place_is_that_of_the_first_number() -> None:
    x = Tensor([[1.0, 2.0], [4.0, -1.0]], requires_grad=True)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"^sqrt gave nan \(1 of 4 elements.* at \[1, 1\], "):
        np.sqrt(x)


def test_infinity_counts_unless_it_is_meant() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"in a mask: detect_anomaly\(infinity=False\)$"):
        np.exp(1000.0 * x)
    with detect_anomaly(infinity=False):
        large = np.exp(1000.0 * x)
        with pytest.raises(FloatingPointError, match="subtract gave nan"):
            _ = large - large
        with detect_anomaly(), pytest.raises(FloatingPointError, match="exp gave inf"):
            np.exp(1000.0 * x)


def test_minus_infinity_in_a_constant_is_a_mask_that_may_be_handed_on_and_may_not_arise() -> None:
    scores, mask = Tensor([1.0, 2.0, 0.0], requires_grad=True), np.array([0.0, 0.0, -np.inf])
    with detect_anomaly():
        np.exp((scores + mask) * 0.5).sum().backward()
        np.testing.assert_allclose(scores.grad.data, [np.exp(0.5) / 2, np.e / 2, 0.0])
        with pytest.raises(FloatingPointError, match=r"add was given inf .* in y of shape"):
            _ = scores + np.array([0.0, 0.0, np.inf])
        with pytest.raises(FloatingPointError, match="log gave -inf"):
            np.log(scores)
        with pytest.raises(FloatingPointError, match=r"multiply gave nan \(1 of 3"):
            _ = (scores + mask) * scores


def test_a_nan_that_came_with_the_data_is_not_blamed_on_the_operation() -> None:
    data = X.copy()
    data[1, 0] = np.nan
    with detect_anomaly(), pytest.raises(FloatingPointError) as caught:
        Net()(data)
    assert str(caught.value).startswith(
        "linear was given nan (1 of 4 elements, the first at [1, 0], of shape (2, 2)) in x of shape (2, 2), at "
    )
    assert ", in Linear 'body.0'; it came from outside of the graph: look at the data," in str(caught.value)


def test_a_parameter_that_holds_one_is_named() -> None:
    for wrong in (np.inf, -np.inf, np.nan):  # in a leaf −∞ is no mask
        net = Net()
        net.body[0].bias.data = [0.0, wrong, 0.0]
        message = rf"^linear was given {wrong} \(.*the leaf 'body\.0\.bias' of shape \(3,\)"
        with detect_anomaly(), pytest.raises(FloatingPointError, match=message):
            net(X)


def test_one_of_a_sequence_and_one_of_several_outputs_are_told_apart() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([np.nan, 1.0], requires_grad=True, name="y")
    with detect_anomaly():
        with pytest.raises(FloatingPointError, match=r"concatenate was given nan .* in arrays\[1\], the leaf 'y' of"):
            np.concatenate([x, y])
        parts = np.split(x, 2)
        with pytest.raises(FloatingPointError, match="log gave nan"):
            np.log(-parts[1])


def test_operands_that_are_missing_or_no_floats_are_described_as_well() -> None:
    x = Tensor([[1e308, 1e308]], requires_grad=True)
    with detect_anomaly():
        with pytest.raises(
            FloatingPointError, match=r"x, a leaf of shape \(1, 2\) from 1e\+308 to .*; y of shape \(\) = 10; keep"
        ):
            _ = x * np.array(10)
        with pytest.raises(FloatingPointError, match=r"given x, .*; weight of shape \(1, 2\) from 1 to 1; keep"):
            F.linear(x, np.ones((1, 2)))
        with pytest.raises(FloatingPointError, match=r"y of shape \(1, 2\) \(bool\); keep"):
            _ = x / np.zeros((1, 2), bool)


def test_a_scalar_is_looked_at_too() -> None:
    x = Tensor(0.0, requires_grad=True, name="x")
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"^log gave -inf, at .*given x, .* 'x' .* = 0; "):
        np.log(x)


# -------------------------------------------------------------------------------------------------------- backward


def test_the_rule_that_gives_the_first_nan_is_named_with_its_line_and_module() -> None:
    class Root(nn.Module):
        def forward(self, x: Any) -> Any:
            return np.sqrt(x)  # the slope at 0

    net = nn.Sequential(nn.ReLU(), Root())
    x = Tensor([-1.0, 4.0], requires_grad=True)
    with detect_anomaly():
        loss = (net(x) * 0.5).sum()
        with pytest.raises(FloatingPointError) as caught:
            loss.backward()
    text = str(caught.value)
    assert text.startswith(
        "the derivative of sqrt by x gave inf (1 of 2 elements, the first at [0], of shape (2,)), at"
    )
    assert "in forward: return np.sqrt(x)  # the slope at 0, in Root '1'; its rule was given the upstream" in text
    assert "gradient from 0.5 to 0.5; ans from 0 to 2;" in text
    assert x.grad is None


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_is_watched_in_a_recorded_sweep_as_well(create_graph: bool) -> None:
    x = Tensor([0.0, 4.0], requires_grad=True)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"(sqrt|divide|power).* gave inf"):
        np.sqrt(x).sum().backward(create_graph=create_graph)


def test_without_the_forward_pass_the_rule_is_named_and_the_rest_is_asked_for() -> None:
    x = Tensor([0.0, 4.0], requires_grad=True)
    y = np.sqrt(x).sum()
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"by x gave inf .*\(record the forward pass under"):
        y.backward()


def test_a_gradient_that_comes_from_outside_is_not_blamed_on_a_rule() -> None:
    x = Tensor([1.0, 4.0], requires_grad=True, name="x")
    with detect_anomaly():
        y = x * 2.0
        with pytest.raises(
            FloatingPointError, match=r"arrived at multiply holds nan .*: it was passed to backward\(\)"
        ):
            y.backward([np.nan, 1.0])
        with x.register_hook(lambda g: g * np.inf):
            y = x * 2.0
            with pytest.raises(FloatingPointError, match=r"^the gradient of Tensor 'x' holds inf .* by a hook"):
                y.backward([1.0, 1.0])
        y = x * 1.0 + x * 1.0
        with pytest.raises(FloatingPointError, match=r"^the gradient of Tensor 'x' holds inf .* too large in a sum"):
            y.backward([1.5e308, 1.0])
    assert x.grad is None


# ----------------------------------------------------------------------------------------- arrays under the feet


def spoil_the_parameter(w: Tensor, constant: np.ndarray) -> None:
    w.data[0] = 9.0


def spoil_the_constant(w: Tensor, constant: np.ndarray) -> None:
    constant[1] = 9.0


SPOILT: dict[Callable[..., None], str] = {
    spoil_the_parameter: r"multiply saved its operand x, the leaf 'w', for its derivative, and the array was changed",
    spoil_the_constant: r"multiply saved its operand y for its derivative",
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_write_that_no_version_counts_is_found_and_named(spoil: Callable[..., None]) -> None:
    w, u = Tensor([1.0, 2.0], requires_grad=True, name="w"), Tensor([1.0, 2.0], requires_grad=True)
    constant = np.array([3.0, 4.0])
    with detect_anomaly():
        loss = ((w * u) + (u * constant)).sum()
        spoil(w, constant)
        with pytest.raises(RuntimeError, match=SPOILT[spoil]) as caught:
            loss.backward()
    assert "by a write into the bare NumPy array (or a view of it) that the graph cannot see, at " in str(caught.value)
    assert ": loss = ((w * u) + (u * constant)).sum(); change it after backward(), change a copy" in str(caught.value)
    assert w.grad is None


def test_a_changed_result_and_a_changed_part_of_a_sequence_are_found() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with detect_anomaly():
        y = np.exp(x)
        y.data[0] = 0.0
        with pytest.raises(RuntimeError, match=r"^exp saved its own result for its derivative"):
            y.sum().backward()
        factor = np.array([[1.0, 2.0], [3.0, 4.0]])
        z = np.einsum("i,ij->j", x, factor)
        factor[1, 1] = 0.0
        with pytest.raises(RuntimeError, match="saved its operand"):
            z.sum().backward()


def test_a_write_that_the_library_dates_is_still_told_in_its_own_words() -> None:
    w, x = Tensor([1.0, 2.0], requires_grad=True, name="w"), Tensor([1.0, 2.0], requires_grad=True)
    with detect_anomaly():
        loss = (w * x).sum()
        w.data = [5.0, 6.0]
        with pytest.raises(RuntimeError, match=r"^the leaf 'w' was written \(by an optimiser, load_state_dict"):
            loss.backward()
        loss, w.grad = (w * x).sum(), Tensor([1.0, 1.0])
        optim.SGD([w], lr=0.5).step()  # in the array itself
        with pytest.raises(RuntimeError, match=r"^the leaf 'w' was written \(by an optimiser, load_state_dict"):
            loss.backward()


def test_a_training_that_is_sound_goes_through_to_the_same_bits() -> None:
    def trained(anomaly: bool) -> list[bytes]:
        net = nn.Sequential(
            nn.Linear(4, 8, rng=0), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2, rng=1), nn.Linear(8, 3)
        )
        net[4].weight.data, net[4].bias.data = np.ones((3, 8)) / np.arange(1, 4)[:, None], np.zeros(3)
        adam, rng = optim.Adam(net.parameters(), lr=0.01), np.random.default_rng(2)
        step = detect_anomaly()(one_step) if anomaly else one_step
        for _ in range(5):
            step(net, adam, rng)
        return [p.data.tobytes() for p in net.parameters()]

    def one_step(net: nn.Module, adam: optim.Optimizer, rng: np.random.Generator) -> None:
        adam.zero_grad()
        F.cross_entropy(net(rng.normal(size=(6, 4)).astype(np.float32)), rng.integers(3, size=6)).backward()
        adam.step()

    assert trained(True) == trained(False)


CALLS = all_calls()


@pytest.mark.parametrize("name", CALLS)
def test_no_function_of_the_library_writes_into_what_it_saved_or_passes_by_infinity(name: str) -> None:
    function, operands = CALLS[name]
    with detect_anomaly():
        tensors = [Tensor(x, requires_grad=True) for x in operands]
        loss = (function(*tensors) ** 2).sum()
        once = gradients([loss], tensors, [None], retain_graph=True)
        twice = gradients([loss], tensors, [None])  # the first sweep has changed nothing that the second uses
    for a, b in zip(once, twice, strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------------------------------ as a mode among modes


def test_it_ends_where_its_block_ends_and_with_an_exception() -> None:
    x = Tensor([-1.0], requires_grad=True)
    with pytest.raises(FloatingPointError), detect_anomaly():
        np.log(x)
    y = np.log(x)
    assert np.isnan(y.data).all()
    assert y.node.notes is None

    @detect_anomaly(infinity=False)
    def slope() -> Any:
        return np.exp(1e4 * -x)

    assert slope().data == np.inf


def test_it_watches_nothing_under_no_grad_and_again_under_enable_grad() -> None:
    x = Tensor([-1.0], requires_grad=True)
    with detect_anomaly(), no_grad():
        np.log(x)
        with enable_grad(), pytest.raises(FloatingPointError):
            np.log(x)


def test_looking_for_the_module_keeps_no_local_variable_alive() -> None:
    gone: list[bool] = []

    class Freeing(nn.Module):
        def forward(self, x: Any) -> Any:
            y = x * 2.0
            reference = weakref.ref(y)
            z = y + 1.0  # here the variables of this call are looked at, and y is one of them
            del y
            gone.append(reference() is None)
            return z

    with detect_anomaly():
        Freeing()(Tensor([1.0], requires_grad=True))
    assert gone == [True]


def test_it_and_trace_do_not_disturb_each_other() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with trace(), detect_anomaly():
        y = x * x
    with detect_anomaly():
        z = x * x
    assert y.node.notes.value.tolist() == [1.0, 4.0]
    assert z.node.notes.value is None


def test_tasks_do_not_watch_each_other() -> None:
    x = Tensor([-1.0], requires_grad=True)

    async def watched(ready: asyncio.Event, done: asyncio.Event) -> None:
        with detect_anomaly():
            ready.set()
            await done.wait()
            with pytest.raises(FloatingPointError):
                np.log(x)

    async def unwatched(ready: asyncio.Event, done: asyncio.Event) -> None:
        await ready.wait()
        np.log(x)
        done.set()

    async def both() -> None:
        ready, done = asyncio.Event(), asyncio.Event()
        await asyncio.gather(watched(ready, done), unwatched(ready, done))

    asyncio.run(both())


def test_arrays_of_another_library_are_watched() -> None:
    x = Tensor(StrictArray(np.array([1.0, -2.0])), requires_grad=True)
    with detect_anomaly():
        with pytest.raises(FloatingPointError, match=r"log gave nan \(1 of 2 elements, the first at \[1\]"):
            np.log(x)
        (x * x).sum().backward()
    assert x.grad.data.get().tolist() == [2.0, -4.0]
