"""Copies of modules: deepcopy and pickle, whatever is shared in them and however deep they are."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from tests.support.models import names, tensor_names

DEPTH = 5000  # recursion would end at 1000
X = np.ones((2, 4), dtype=np.float32)


def pickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def pickled_slowly(thing: Any) -> Any:
    """Pickle by the other implementation, the one in Python."""
    return pickle._loads(pickle._dumps(thing))


COPIES = pytest.mark.parametrize("copied", [copy.deepcopy, pickled, pickled_slowly])


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 3, rng=0)  # with units that are not all dead
        self.act = nn.ReLU()
        self.scale = nn.Parameter(np.ones(3, dtype=np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.fc1(x)) * self.scale


class Outer(nn.Module):
    def __init__(self, inner: nn.Module | None = None) -> None:
        super().__init__()
        if inner is not None:
            self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x)


def nested(depth: int, core: nn.Module) -> nn.Module:
    root = module = Outer()
    for _ in range(depth - 1):
        module.inner = Outer()
        module = module.inner
    module.inner = core
    return root


def at_the_bottom(module: nn.Module) -> nn.Module:
    *_, last = module.modules()
    return last


@COPIES
def test_a_copy_computes_the_same_and_shares_nothing(copied: Callable[..., Any]) -> None:
    net = Outer(Inner()).eval()
    net.register_buffer("mean", np.zeros(2))
    net.inner.tied = net.inner.scale
    twin = copied(net)
    np.testing.assert_array_equal(twin(X).data, net(X).data)
    assert twin.inner.tied is twin.inner.scale
    assert tensor_names(twin) == names(twin) == names(net)
    assert not twin.training
    for a, b in zip(net.state_dict().values(), twin.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)
    for parameter in twin.parameters():
        parameter.data[...] = 0
    twin.mean[...] = 1
    assert net.inner.fc1.weight.data.any()
    assert not net.mean.any()
    twin.inner.late = nn.Linear(1, 1)
    assert twin.inner.late.weight.name == "inner.late.weight"


@COPIES
def test_what_is_shared_stays_shared(copied: Callable[..., Any]) -> None:
    shared = nn.Linear(4, 4)
    net = nn.Sequential(Outer(shared), nn.Sequential(shared), nn.Linear(4, 4))
    net[2].weight = shared.weight
    net.first = [shared, shared.weight]  # a list may hold what is found elsewhere
    twin = copied(net)
    assert twin[0].inner is twin[1][0] is twin.first[0]
    assert twin[2].weight is twin[0].inner.weight is twin.first[1]
    assert twin[0].inner is not shared
    assert tensor_names(twin) == tensor_names(net) == ["0.inner.weight", "0.inner.bias", "2.bias"]
    assert twin[1][0]._described() == "Linear '0.inner'"


@COPIES
def test_what_is_copied_together_stays_together(copied: Callable[..., Any]) -> None:
    net = Outer(Inner())
    sgd = optim.SGD(net.parameters(), lr=1.0)
    part, twin, twin_sgd, by_layer = copied((net.inner.fc1, net, sgd, {net.inner.fc1: "history"}))
    assert twin.inner.fc1 is part
    assert by_layer[part] == "history"
    before = twin.inner.scale.data.copy()
    twin(X).sum().backward()
    twin_sgd.step()
    assert (twin.inner.scale.data != before).any()
    assert (net.inner.scale.data == before).all()


@COPIES
def test_a_copy_of_a_part_is_a_model_of_its_own(copied: Callable[..., Any]) -> None:
    net = Outer(Outer(Inner()))
    part = copied(net.inner)
    assert part.inner._described() == "Inner 'inner'"
    assert part._described() == "Outer"
    assert names(part) == ["inner.scale", "inner.fc1.weight", "inner.fc1.bias"]
    assert net.inner._described() == "Outer 'inner'"


def test_a_shallow_copy_shares_everything() -> None:
    net = Outer(Inner())
    twin = copy.copy(net)
    assert twin.inner is net.inner
    assert vars(twin).keys() == vars(net).keys() - {"_home"}
    twin.inner = nn.ReLU()
    assert isinstance(net.inner, Inner)


@COPIES
def test_a_class_may_leave_something_out_of_its_copies(copied: Callable[..., Any]) -> None:
    net = nn.Sequential(Cached())
    net[0].cache = "large"
    twin = copied(net)
    assert twin[0].cache is None
    assert names(twin) == names(net)


class Cached(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cache: Any = None
        self.fc = nn.Linear(1, 1)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "cache": None}


@COPIES
def test_a_row_of_two_thousand_layers_is_copied(copied: Callable[..., Any]) -> None:
    net = nn.Sequential(*(nn.ReLU() for _ in range(1999)), nn.Linear(1, 1))
    twin = copied(net)
    assert len(twin) == 2000
    assert tensor_names(twin) == ["1999.weight", "1999.bias"]


@COPIES
@pytest.mark.no_cover
def test_modules_in_modules_are_copied_however_deep(copied: Callable[..., Any]) -> None:
    net = nested(DEPTH, nn.Linear(4, 4))
    twin = copied(net)
    assert sum(1 for _ in twin.modules()) == DEPTH + 1
    np.testing.assert_array_equal(at_the_bottom(twin).weight.data, at_the_bottom(net).weight.data)
    assert tensor_names(twin) == tensor_names(net)
    assert len(tensor_names(net)[0]) == len("inner.") * DEPTH + len("weight")


@pytest.mark.no_cover
def test_nothing_that_walks_through_modules_minds_the_depth() -> None:
    net = nested(DEPTH, nn.Linear(4, 4))
    path = ".".join(["inner"] * DEPTH)
    assert names(net) == [f"{path}.weight", f"{path}.bias"]
    assert net.get_parameter(f"{path}.weight") is at_the_bottom(net).weight
    assert net.load_state_dict(net.state_dict()) == ([], [])
    net.train(False).requires_grad_(False).zero_grad()
    assert not at_the_bottom(net).training
    count = []
    net.double().apply(count.append)
    assert (len(count), at_the_bottom(net).weight.dtype) == (DEPTH + 1, np.float64)
    assert at_the_bottom(net)._described() == f"Linear '{path}'"
    with pytest.raises(ValueError, match=r"Linear '(inner\.)+inner' cannot hold"):
        at_the_bottom(net).top = net


def test_a_deep_tree_is_printed() -> None:
    lines = repr(nested(1500, nn.ReLU())).splitlines()
    assert lines[1499:1503] == [
        "  " * 1499 + "(inner): Outer(",
        "  " * 1500 + "(inner): ReLU()",
        "  " * 1499 + ")",
        "  " * 1498 + ")",
    ]


@pytest.mark.no_cover
def test_a_diamond_of_modules_is_copied_without_going_deep() -> None:
    chain = [Outer(nn.Linear(1, 1))]
    for _ in range(400):
        chain.append(Outer(chain[-1]))
    root = nn.Module()
    for i, module in enumerate(chain):  # the shortest way to each is one step, the longest goes through all
        setattr(root, f"m{i}", module)
    for copied in (copy.deepcopy, pickled, pickled_slowly):
        twin = copied(root)
        assert twin.m400.inner is twin.m399
        assert sum(1 for _ in twin.modules()) == 403


def test_copying_leaves_nothing_behind() -> None:
    net = Outer(Inner())
    before = {name: dict(vars(module)) for name, module in net.named_modules()}
    net.trouble = lambda: None  # cannot be pickled
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(net)
    del net.trouble
    copy.deepcopy(net)
    assert {name: dict(vars(module)) for name, module in net.named_modules()} == before
    net.inner.late = nn.Linear(1, 1)
    assert names(pickled(net)) == names(net)
    assert names(pickled(net.inner)) == names(net.inner)


def test_copies_are_gone_when_nobody_looks_at_them() -> None:
    import weakref

    gc.collect()
    gc.disable()
    try:
        twin = copy.deepcopy(Outer(Inner()))
        gone = weakref.ref(twin)
        del twin
        assert gone() is None
    finally:
        gc.enable()


class Tagged(nn.Parameter):
    """A parameter with an attribute of its own."""

    def __init__(self, data: Any, tag: Any) -> None:
        super().__init__(data)
        self.tag = tag


class Slotted(nn.Parameter):
    """A parameter with a slot of its own."""

    __slots__ = ("tag",)

    def __init__(self, data: Any, tag: Any) -> None:
        super().__init__(data)
        self.tag = tag


@COPIES
@pytest.mark.parametrize("kind", [Tagged, Slotted])
def test_what_a_subclass_has_added_to_a_parameter_is_copied(copied: Callable[..., Any], kind: Any) -> None:
    other = nn.Parameter([2.0])
    module = nn.Module()
    module.weight, module.other = kind([1.0], {"of": other}), other
    copy_ = copied(module)
    assert type(copy_.weight) is kind
    assert copy_.weight.tag["of"] is copy_.other
    assert copy_.other is not other
