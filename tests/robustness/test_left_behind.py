"""After an exception nothing of the graph is alive, every grad is as it was, and so is the mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, detect_anomaly, enable_grad, no_grad, primitive, trace
from autograd.graph import mode
from autograd.primitive import TABLE
from tests.support.memory import alive, collector_off, nodes_below, watch

Watch = Callable[[Tensor], Tensor]


class Trouble(Exception):
    """What happens."""


class Breaking(nn.Module):
    """A layer that computes something and fails."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.linear, self.watch = nn.Linear(3, 3, rng=0), watch

    def forward(self, x: Any) -> Any:
        self.watch(np.tanh(self.linear(x)))
        raise Trouble


def fail(*args: Any) -> Any:
    raise Trouble


def leaf() -> Tensor:
    return Tensor(np.ones((2, 3), np.float32), requires_grad=True)


def in_forward(x: Tensor, watch: Watch, create_graph: bool) -> None:
    nn.Sequential(nn.Linear(3, 3, rng=0), nn.ReLU(), Breaking(watch))(x)


def in_a_forward_hook(x: Tensor, watch: Watch, create_graph: bool) -> None:
    net = nn.Sequential(nn.Linear(3, 3, rng=0), nn.ReLU())
    net[1].register_forward_hook(lambda module, args, output: fail(watch(output * 2.0)))
    net(x)


def in_a_pre_hook(x: Tensor, watch: Watch, create_graph: bool) -> None:
    net = nn.Sequential(nn.Linear(3, 3, rng=0), nn.ReLU())
    net[1].register_forward_pre_hook(lambda module, args: fail(watch(args[0] * 2.0)))
    net(x)


def in_a_module_backward_hook(x: Tensor, watch: Watch, create_graph: bool) -> None:
    net = nn.Sequential(nn.Linear(3, 3, rng=0), nn.Tanh())
    net[0].register_full_backward_hook(fail)
    watch(net(x).sum()).backward(create_graph=create_graph)


def in_a_tensor_hook(x: Tensor, watch: Watch, create_graph: bool) -> None:
    y = np.exp(x)
    y.register_hook(fail)
    watch((y * y).sum()).backward(create_graph=create_graph)


def in_a_rule(x: Tensor, watch: Watch, create_graph: bool) -> None:
    broken = primitive(lambda x: x * 1, name="broken", x=fail_in_rule)
    watch((broken(np.exp(x)) * x).sum()).backward(create_graph=create_graph)


def fail_in_rule(g: Any) -> Any:
    raise Trouble


def in_the_function(x: Tensor, watch: Watch, create_graph: bool) -> None:
    broken = primitive(lambda x: fail(), name="broken", x=lambda g: g)
    broken(watch(np.exp(x)))


PLACES = [
    *(in_forward, in_a_forward_hook, in_a_pre_hook, in_a_module_backward_hook, in_a_tensor_hook, in_a_rule),
    in_the_function,
]


@pytest.mark.parametrize("manager", [enable_grad, trace, detect_anomaly])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_left_behind(place: Callable[..., None], create_graph: bool, manager: Callable[[], Any]) -> None:
    with collector_off():
        x = leaf()
        own, references = {id(x.node), id(x.data)}, []

        def watched(tensor: Tensor) -> Tensor:
            nodes = [node for node in nodes_below(tensor) if id(node) not in own]
            arrays = [a for n in nodes for a in (n.saved or ()) if isinstance(a, np.ndarray) and id(a) not in own]
            references.extend(watch(tensor, *nodes, *arrays))
            return tensor

        before = mode.get()
        try:
            with manager():
                place(x, watched, create_graph)
        except Trouble:
            pass
        else:
            pytest.fail("nothing was raised")
        assert mode.get() == before
        assert len(references) > 2
        assert alive(references) == []
        assert x.grad is None
        node = watch(x.node)
        del x
        assert alive(node) == []


@pytest.mark.parametrize("place", PLACES)
def test_the_same_works_again_afterwards(place: Callable[..., None]) -> None:
    x = leaf()
    with pytest.raises(Trouble):
        place(x, lambda tensor: tensor, False)
    net = nn.Sequential(nn.Linear(3, 3, rng=0), nn.Tanh())
    net(x).sum().backward()
    expected = leaf()
    net(expected).sum().backward()
    np.testing.assert_array_equal(x.grad.data, expected.grad.data)


@pytest.mark.parametrize("managers", [(no_grad,), (no_grad, enable_grad), (trace, no_grad), (detect_anomaly, no_grad)])
def test_the_mode_is_what_it_was_when_a_recorded_sweep_fails_inside_others(managers: tuple[Any, ...]) -> None:
    x = leaf()
    y = np.exp(x).sum()
    x.register_hook(fail)
    before = mode.get()

    def nested(rest: tuple[Any, ...]) -> None:
        if not rest:
            inside = mode.get()
            with pytest.raises(Trouble):
                y.backward(retain_graph=True, create_graph=True)
            assert mode.get() == inside
            return
        with rest[0]():
            nested(rest[1:])

    nested(managers)
    assert mode.get() == before


def test_a_primitive_that_is_refused_leaves_no_entry_in_the_table() -> None:
    entries = dict(TABLE)
    with pytest.raises(TypeError):
        primitive(np.spacing, y=lambda g, z: g)
    assert entries == TABLE
