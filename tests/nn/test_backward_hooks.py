"""Backward hooks: the gradients that they see, and those that they put in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from tests.support.hooked import Double, Pair, X, a_net, leaf
from tests.support.strict_array import StrictArray


def test_the_delta_of_every_layer_is_what_the_formula_says() -> None:
    net, delta = a_net(), {}
    for i, layer in enumerate(net):
        layer.register_full_backward_hook(lambda layer, g_in, g_out, i=i: delta.update({i: (g_in, g_out)}))
    out = net(X)
    target = np.array([[1.0], [0.0]])
    (0.5 * (out - target) ** 2).sum().backward()
    hidden = np.tanh(X @ net[0].weight.data.T + net[0].bias.data)
    at_output = out.data - target  # δ_j = φ'(net_j)(o_j − t_j), and φ is the identity here
    inside = (1 - hidden**2) * (at_output @ net[2].weight.data)  # δ_j = φ'(net_j) Σ_l δ_l w_jl
    np.testing.assert_allclose(delta[2][1][0].data, at_output, rtol=1e-12)
    np.testing.assert_allclose(delta[0][1][0].data, inside, rtol=1e-12)
    np.testing.assert_allclose(net[0].weight.grad.data, inside.T @ X, rtol=1e-12)
    np.testing.assert_allclose(delta[1][0][0].data, inside, rtol=1e-12)
    assert delta[0][0] == (None,)


def test_backward_hooks_come_in_order_and_from_the_last_layer_to_the_first() -> None:
    net, log = a_net(), []
    for i in (0, 2):
        net[i].register_full_backward_hook(lambda *call, i=i: log.append(f"{i} first"))
        net[i].register_full_backward_hook(lambda *call, i=i: log.append(f"{i} second"))
        net[i].register_full_backward_pre_hook(lambda *call, i=i: log.append(f"{i} before"))
    net(leaf()).sum().backward()
    assert log == ["2 before", "2 first", "2 second", "0 before", "0 first", "0 second"]


def test_a_hook_sees_the_complete_gradient_of_what_is_used_several_times() -> None:
    layer, seen = Double(), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append((g_in[0].item(), g_out[0].item())))
    x = leaf(1.0)
    y = layer(x)
    (3 * y + y * y + x).backward()
    assert seen == [(14.0, 7.0)]
    assert x.grad.item() == 15.0


def test_hooks_change_no_gradient_by_looking() -> None:
    looked, alone = Pair(), Pair()
    for module in looked.modules():
        module.register_full_backward_hook(lambda *call: None)
        module.register_full_backward_pre_hook(lambda *call: None)
    for net in (looked, alone):
        x, y = leaf(), leaf(2 * X)
        left, right = net(x, y)
        (left.sum() * right.sum()).backward()
        net.inputs = {"x": x.grad.data, "y": y.grad.data}
    for name, parameter in looked.named_parameters():
        np.testing.assert_array_equal(parameter.grad.data, alone.get_parameter(name).grad.data)
    for name, g in looked.inputs.items():
        np.testing.assert_array_equal(g, alone.inputs[name])


def test_where_no_gradient_arrives_there_is_none_and_none_is_made() -> None:
    net, seen = Pair(), []
    net.register_full_backward_hook(lambda m, g_in, g_out: seen.append((g_in, g_out)))
    x, y = leaf(), leaf()
    left, _ = net(x, y)
    left.sum().backward()
    ((g_in, g_out),) = seen
    assert (g_in[1], g_out[1]) == (None, None)
    np.testing.assert_array_equal(g_out[0].data, np.ones((2, 2)))
    np.testing.assert_array_equal(g_in[0].data, x.grad.data)
    assert y.grad is None
    assert net.right.weight.grad is None


def test_a_hook_of_a_module_whose_inputs_need_no_gradient_is_called_too() -> None:
    layer, seen = nn.Linear(2, 1, rng=0, dtype=float), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append((g_in, g_out[0].tolist())))
    layer(X).sum().backward()
    layer(Tensor(X)).sum().backward()
    assert seen == [((None,), [[1.0], [1.0]])] * 2


def test_hooks_may_replace_gradients() -> None:
    layer, x = Double(), leaf(1.0)
    seen: list[Any] = []
    layer.register_full_backward_pre_hook(lambda m, g_out: 10 * g_out[0])
    layer.register_full_backward_pre_hook(lambda m, g_out: (g_out[0] + 1,))
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append((g_in[0].item(), g_out[0].item())))
    layer.register_full_backward_hook(lambda m, g_in, g_out: (-g_in[0],))
    layer.register_full_backward_hook(lambda m, g_in, g_out: (None,))
    layer(x).backward()
    assert seen == [(22.0, 11.0)]
    assert x.grad.item() == -22.0


def test_a_replaced_gradient_keeps_the_dtype() -> None:
    layer, x = Double(), leaf(np.ones(2, np.float32))
    layer.register_full_backward_hook(lambda m, g_in, g_out: [[1.0, 2.0]])
    layer.register_full_backward_hook(lambda m, g_in, g_out: g_in[0] * np.array([1.0, 2.0]))
    layer(x).sum().backward()
    assert x.grad.tolist() == [1.0, 4.0]
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda g: (g, g),
            r"Double '0': a backward hook returned 2 gradients by the inputs, and there are 1; return one",
        ),
        (
            lambda g: np.ones(3),
            r"returned a gradient of shape \(3,\) by the inputs in the place of one of shape \(2, 2\)",
        ),
    ],
)
def test_gradients_that_do_not_fit_are_refused(answer: Callable[[Any], Any], message: str) -> None:
    net, x = nn.Sequential(Double()), leaf()
    net[0].register_full_backward_hook(lambda m, g_in, g_out: answer(g_in[0]))
    with pytest.raises(ValueError, match=message):
        net(x).sum().backward()
    assert x.grad is None


def test_a_gradient_that_is_not_there_cannot_be_replaced() -> None:
    layer = nn.Linear(2, 1, dtype=float)
    layer.register_full_backward_hook(lambda m, g_in, g_out: X)
    with pytest.raises(
        ValueError, match="returned a gradient by the inputs where there is none to replace; return None"
    ):
        layer(X).sum().backward()


def test_a_hook_has_gradients_of_its_own() -> None:
    layer, kept = Double(), []
    layer.register_full_backward_pre_hook(lambda m, g_out: kept.append(g_out[0]))
    layer.register_full_backward_hook(lambda m, g_in, g_out: kept.extend([g_in[0], g_out[0]]))
    x = leaf()
    layer(x).sum().backward()
    for g in kept:
        g.data[...] = 99
    assert x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_each_call_of_a_module_is_announced() -> None:
    layer, seen = Double(), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append(g_out[0].item()))
    layer(layer(leaf(1.0))).backward()
    assert seen == [1.0, 2.0]


def test_nested_results_and_arguments_are_seen_one_by_one() -> None:
    class Cell(nn.Module):
        def forward(self, x: Any, state: Any, lengths: list[int]) -> Any:
            return x * state[0], {"h": state[0] + x, "c": (state[1], None)}

    cell, seen = Cell(), []
    cell.register_full_backward_hook(lambda m, g_in, g_out: seen.append((g_in, g_out)))
    x, h, c = leaf(2.0), leaf(3.0), leaf(5.0)
    y, state = cell(x, (h, c), [1, 2])
    assert state["c"][1] is None
    (y + 10 * state["h"]).backward()
    ((g_in, g_out),) = seen
    assert [g if g is None else g.item() for g in g_in] == [13.0, 12.0, None, None]
    assert [g if g is None else g.item() for g in g_out] == [1.0, 10.0, None, None]
    assert (x.grad.item(), h.grad.item(), c.grad) == (13.0, 12.0, None)


def test_named_tuples_remain_what_they_are() -> None:
    class Split(nn.Module):
        def forward(self, x: Any) -> Any:
            return np.linalg.svd(x)

    module = Split()
    module.register_full_backward_hook(lambda *call: None)
    assert module(leaf()).S.shape == (2,)


def test_gradients_of_gradients_go_through_hooks() -> None:
    layer, seen = Double(), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append(g_out[0]))
    layer.register_full_backward_hook(lambda m, g_in, g_out: g_in[0] * 3)
    x = leaf(2.0)
    (layer(x) ** 3).backward(create_graph=True)  # f = (2x)³; the hook makes of f' = 6(2x)² three times as much
    assert x.grad.item() == 3 * 6 * 16
    assert seen[0].requires_grad
    first, x.grad = x.grad, None
    first.backward()  # 18·(2x)² differentiated is 144x, and the sweep passes the hook again, which is another 3
    assert x.grad.item() == 3 * 144 * 2.0


def test_the_check_agrees_with_a_model_that_has_hooks() -> None:
    net = a_net()
    for module in net.modules():
        module.register_full_backward_hook(lambda *call: None)
    assert autograd.check_model(net, lambda y, t: ((y - t) ** 2).sum(), X, np.ones((2, 1)))


# -------------------------------------------------------------------------------------------- beside other things


def test_arrays_that_keep_to_themselves_pass_hooks() -> None:
    layer, seen = Pair().to(Strict), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.extend([*g_in, *g_out]))
    layer.register_full_backward_hook(lambda m, g_in, g_out: (2 * g_in[0], None))
    x, y = (Tensor(StrictArray(X), requires_grad=True) for _ in range(2))
    left, right = layer(x, y)
    (left.sum() + right.sum()).backward()
    assert [type(g._data) for g in seen] == [StrictArray] * 4
    np.testing.assert_allclose(x.grad._data.get(), 2 * seen[0]._data.get())
    np.testing.assert_allclose(y.grad._data.get(), seen[1]._data.get())


class Strict:
    """An array module like CuPy, of arrays that do not mix with NumPy's."""

    @staticmethod
    def asarray(array: Any) -> StrictArray:
        return array if isinstance(array, StrictArray) else StrictArray(array)


def test_a_graph_with_hooks_can_be_drawn() -> None:
    net = Pair()
    net.register_full_backward_hook(lambda *call: None)
    with autograd.trace():
        left, right = net(leaf(), leaf())
        loss = left.sum() + right.sum()
    loss.backward(retain_graph=True)
    assert "boundary" in autograd.draw(loss).dot


def test_full_backward_hooks_are_pytorchs(torch: Any) -> None:
    ours, theirs = a_net(), torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in ours.state_dict().items()})
    seen: dict[str, list[Any]] = {"ours": [], "theirs": []}

    def note(kind: str) -> Callable[..., Any]:
        def hook(module: Any, g_in: Any, g_out: Any) -> Any:
            seen[kind].append([None if g is None else np.asarray(g.tolist()) for g in (*g_in, *g_out)])
            return tuple(g * 0.5 for g in g_in)

        return hook

    x = leaf()
    x_theirs = torch.tensor(X, requires_grad=True)
    for net, kind, values in ((ours, "ours", x), (theirs, "theirs", x_theirs)):
        for module in net:
            module.register_full_backward_hook(note(kind))
            module.register_full_backward_pre_hook(lambda module, g_out: (g_out[0] + 0.25,))
        (net(values) ** 2).sum().backward()
    for one, other in zip(seen["ours"], seen["theirs"], strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_allclose(x.grad.data, x_theirs.grad.numpy(), rtol=1e-12)
    for mine, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(mine.grad.data, their.grad.numpy(), rtol=1e-12)
