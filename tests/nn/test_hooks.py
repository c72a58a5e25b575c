"""Hooks: when they are called, what they may change, and that nothing of them remains."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad
from autograd.graph import Node
from tests.support.hooked import Double, Pair, X, a_net, leaf

REGISTERS = [f"register_{kind}" for kind in ("forward_pre_hook", "forward_hook", "full_backward_pre_hook")]
REGISTERS.append("register_full_backward_hook")


def primitives(tensor: Tensor) -> list[str]:
    """The names of all operations that a Tensor was made by."""
    found, waiting, seen = [], [tensor.node], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif isinstance(node, Node) and node.number not in seen:
            seen.add(node.number)
            found.append(node.primitive.name)
            waiting += node.parents
    return found


# ------------------------------------------------------------------------------------------------------- forward hooks


def test_forward_hooks_see_the_call_in_the_order_of_registration() -> None:
    layer, log = Double(), []
    layer.register_forward_hook(lambda m, args, output: log.append(("after 1", m is layer, args, output)))
    layer.register_forward_pre_hook(lambda m, args: log.append(("before 1", m is layer, args)))
    layer.register_forward_pre_hook(lambda m, args: log.append(("before 2", m is layer, args)))
    layer.register_forward_hook(lambda m, args, output: log.append(("after 2", m is layer, args, output)))
    assert layer(3.0) == 6.0
    assert log == [
        ("before 1", True, (3.0,)),
        ("before 2", True, (3.0,)),
        ("after 1", True, (3.0,), 6.0),
        ("after 2", True, (3.0,), 6.0),
    ]


def test_a_forward_pre_hook_may_replace_the_arguments_and_a_forward_hook_the_output() -> None:
    layer = Double()
    layer.register_forward_pre_hook(lambda m, args: args[0] + 1)
    layer.register_forward_pre_hook(lambda m, args: (args[0] * 10,))
    layer.register_forward_hook(lambda m, args, output: output + args[0])
    layer.register_forward_hook(lambda m, args, output: -output)
    assert layer(3.0) == -(2 * 40 + 40)


def test_hooks_with_kwargs_see_and_replace_them() -> None:
    class Power(nn.Module):
        def forward(self, x: float, exponent: float = 2.0) -> float:
            return x**exponent

    layer, seen = Power(), []
    with layer.register_forward_pre_hook(lambda m, args, kwargs: (args, {"exponent": 3.0}), with_kwargs=True):
        layer.register_forward_hook(
            lambda m, args, kwargs, output: seen.append((args, kwargs, output)), with_kwargs=True
        )
        assert layer(2.0, exponent=5.0) == 8.0
    assert layer(2.0, exponent=5.0) == 32.0
    assert seen == [((2.0,), {"exponent": 3.0}, 8.0), ((2.0,), {"exponent": 5.0}, 32.0)]
    layer.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(TypeError, match=r"Power: a forward pre-hook with_kwargs returns None or a pair .* not tuple"):
        layer(2.0)


def test_a_handle_takes_its_hook_off_once_and_for_all() -> None:
    layer, log = Double(), []
    one = layer.register_forward_hook(lambda *call: log.append(1))
    with layer.register_forward_hook(lambda *call: log.append(2)):
        layer(1.0)
    one.remove()
    one.remove()
    layer(1.0)
    assert log == [1, 2]


def test_a_hook_may_remove_itself() -> None:
    layer, log = Double(), []

    def once(m: nn.Module, args: Any, output: Any) -> None:
        log.append(output)
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer.register_forward_hook(lambda m, args, output: log.append("second"))
    layer(1.0)
    layer(2.0)
    assert log == [2.0, "second", "second"]


@pytest.mark.parametrize("register", REGISTERS)
def test_what_cannot_be_called_is_no_hook(register: str) -> None:
    net = nn.Sequential(nn.ReLU())
    with pytest.raises(TypeError, match=r"ReLU '0': a hook is a function, and 3 cannot be called"):
        getattr(net[0], register)(3)


def test_hooks_belong_to_neither_state_nor_parameters() -> None:
    net = a_net()
    names = list(net.state_dict())
    net[0].register_forward_hook(lambda *call: None)
    net.register_full_backward_hook(lambda *call: None)
    assert list(net.state_dict()) == names
    assert net.load_state_dict(net.state_dict()) == ([], [])
    assert repr(net) == repr(a_net())


def test_a_call_with_hooks_still_tells_the_graph_which_module_made_what() -> None:
    net = a_net()
    for module in net.modules():
        module.register_full_backward_hook(lambda *call: None)
        module.register_forward_hook(lambda *call: None)
    assert [(name, kind) for _, name, kind in net(leaf()).node.notes.scopes][-1] == ("Sequential", "Sequential")
    assert [name for _, name, _ in net[0](leaf()).node.notes.scopes] == ["0"]


# ----------------------------------------------------------------------------------------- nothing of them remains


def test_nothing_is_recorded_where_nothing_is_recorded_anyway() -> None:
    layer = Double()
    layer.register_full_backward_hook(lambda *call: None)
    with no_grad():
        assert layer(leaf()).node is None
    assert layer(Tensor(X)).node is None
    assert type(layer(X)) is np.ndarray


def test_without_a_hook_nothing_stands_in_the_graph() -> None:
    layer = Double()
    with layer.register_full_backward_hook(lambda *call: None):
        assert "boundary" in primitives(layer(leaf()))
    assert primitives(layer(leaf())) == ["multiply"]
    layer.register_forward_hook(lambda *call: None)
    assert primitives(layer(leaf())) == ["multiply"]


def test_a_backward_hook_that_was_removed_is_not_called_even_if_the_graph_is_older() -> None:
    layer, log = Double(), []
    handle = layer.register_full_backward_hook(lambda *call: log.append("removed"))
    y = layer(leaf()).sum()
    handle.remove()
    layer.register_full_backward_hook(lambda *call: log.append("too late"))
    y.backward()
    assert log == []


@pytest.mark.parametrize("register", REGISTERS)
def test_a_hook_that_raises_leaves_nothing_behind(register: str) -> None:
    net, x = a_net(), leaf()

    def fail(*call: Any) -> None:
        raise RuntimeError("no")

    before = {name: dict(vars(module)) for name, module in net.named_modules()}
    with getattr(net[1], register)(fail):
        with pytest.raises(RuntimeError, match="no"):
            net(x).sum().backward()
        assert x.grad is None
        assert all(p.grad is None for p in net.parameters())
    assert {name: {k: v for k, v in vars(m).items() if k != "_hooks"} for name, m in net.named_modules()} == before
    net(x).sum().backward()
    assert x.grad is not None


def test_a_hook_that_fails_once_does_not_spoil_the_next_sweep_through_the_graph() -> None:
    layer, seen = Pair(), []
    fails = [True, False]

    def sometimes(m: nn.Module, g_in: Any, g_out: Any) -> None:
        if fails.pop(0):
            raise RuntimeError("no")
        seen.append(g_out)

    layer.register_full_backward_hook(sometimes)
    left, right = layer(leaf(), leaf())
    with pytest.raises(RuntimeError, match="no"):
        (left.sum() + right.sum()).backward(retain_graph=True)
    left.sum().backward()
    assert seen[0][1] is None


def test_a_graph_with_hooks_is_gone_when_nobody_looks_at_it() -> None:
    net = a_net()
    net.register_full_backward_hook(lambda *call: None)
    gc.collect()
    gc.disable()
    try:
        x = leaf()
        y = net(x).sum()
        y.backward(create_graph=True)
        (x.grad**2).sum().backward()
        node, model = weakref.ref(y.node), weakref.ref(net)
        x.grad = None
        net.zero_grad()
        del y, x
        assert node() is None
        del net
        assert model() is None
    finally:
        gc.enable()


def test_a_graph_outlives_its_module_and_its_hooks() -> None:
    log: list[Any] = []
    layer, x = Double(), leaf()
    layer.register_full_backward_hook(lambda *call: log.append(call))
    y = layer(x).sum()
    del layer
    y.backward()
    assert log == []
    assert x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_two_threads_go_through_one_graph_with_hooks() -> None:
    layer, seen = Pair(), []
    layer.register_full_backward_hook(lambda m, g_in, g_out: seen.append([g is not None for g in g_out]))
    barrier = threading.Barrier(2)
    layer.register_full_backward_pre_hook(lambda m, g_out: (barrier.wait(timeout=10), None)[1])
    left, right = layer(leaf(), leaf())
    losses = [left.sum(), right.sum()]
    threads = [threading.Thread(target=lambda loss=loss: loss.backward(retain_graph=True)) for loss in losses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [[False, True], [True, False]]


def test_a_write_between_forward_and_backward_is_still_noticed() -> None:
    class Square(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * x

    layer, x = Square(), leaf()
    layer.register_full_backward_hook(lambda *call: None)
    y = layer(x).sum()
    x.data = 0 * X
    with pytest.raises(RuntimeError, match="was written"):
        y.backward()


def test_a_write_into_one_of_several_inputs_does_not_get_into_the_gradient() -> None:
    class Product(nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return x * y

    layer, x, y = Product(), leaf(2.0), leaf(3.0)
    layer.register_full_backward_hook(lambda *call: None)
    z = layer(x, y)
    x.data, y.data = 100.0, 100.0
    z.backward()
    assert (x.grad.item(), y.grad.item()) == (3.0, 2.0)


# --------------------------------------------------------------------------------------------------------- copies


class Remembering(nn.Module):
    """A model that keeps what one of its layers computes, as one does with hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(2, 2), nn.Linear(2, 1)
        self.body.register_forward_hook(self.remember)
        self.features: Any = None

    def remember(self, layer: nn.Module, args: Any, output: Any) -> None:
        self.features = output.data

    def forward(self, x: Any) -> Any:
        return self.head(self.body(x))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_takes_its_hooks_along_and_they_belong_to_it(copied: Callable[..., Any]) -> None:
    net = nn.Sequential(Remembering())
    twin = copied(net)
    twin(X.astype(np.float32))
    assert twin[0].features.shape == (2, 2)
    assert net[0].features is None
    twin[0].body.register_forward_hook(lambda layer, args, output: 0 * output)
    assert twin[0].features is not None
    assert net(X.astype(np.float32)).data.any()


def test_new_hooks_of_a_loaded_model_do_not_replace_the_old_ones() -> None:
    net = Remembering()
    (key,) = net.body._hooks.after
    data = pickle.dumps(net)
    loaded = pickle.loads(data)
    (new,) = loaded.body._hooks.after
    assert new > key
    loaded.body.register_forward_hook(lambda *call: None)
    assert len(loaded.body._hooks.after) == 2
