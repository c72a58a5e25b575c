"""Modules that hold others: Sequential, lists and dictionaries."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from tests.support.models import names, tensor_names

X = np.ones((2, 4), dtype=np.float32)


def kinds(container: Any) -> list[str]:
    return [type(module).__name__ for module in container]


def test_sequential_applies_its_layers_in_order() -> None:
    first, second = nn.Linear(4, 3), nn.Linear(3, 2)
    net = nn.Sequential(first, nn.Tanh(), second)
    np.testing.assert_array_equal(net(X).data, second(np.tanh(first(X))).data)
    assert names(net) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert nn.Sequential()(3) == 3


def test_sequential_is_a_list_of_layers() -> None:
    layers = [nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)]
    net = nn.Sequential(*layers)
    assert len(net) == 3
    assert list(net) == layers
    assert (net[0], net[-1], list(net[1:])) == (layers[0], layers[2], layers[1:])
    assert [name for name, _ in net[1:].named_children()] == ["1", "2"]
    last = nn.Tanh()
    assert net.append(last) is net
    assert net[3] is last
    net[1] = last
    assert [type(layer).__name__ for layer in net] == ["Linear", "Tanh", "Linear", "Tanh"]


def test_sequential_applies_a_layer_as_often_as_it_is_in_it() -> None:
    layer = nn.Linear(4, 4)
    net = nn.Sequential(layer, layer)
    assert len(net) == 2
    np.testing.assert_array_equal(net(X).data, layer(layer(X)).data)


def test_sequential_takes_names() -> None:
    net = nn.Sequential({"body": nn.Linear(4, 3), "head": nn.Linear(3, 2)})
    assert names(net) == ["body.weight", "body.bias", "head.weight", "head.bias"]
    assert net.body is net[0]
    assert names(net[:1]) == ["body.weight", "body.bias"]


def test_appending_to_a_slice_never_replaces_a_layer() -> None:
    part = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Tanh())[1:]
    part.append(nn.ReLU())
    assert [type(layer).__name__ for layer in part] == ["ReLU", "Tanh", "ReLU"]


def test_sequential_refuses_what_is_no_layer() -> None:
    with pytest.raises(TypeError, match=r"Sequential holds Modules, but '1' is .*; write ReLU\(…\) for a layer"):
        nn.Sequential(nn.Linear(4, 3), nn.ReLU)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Sequential holds Modules, but '0' is 3"):
        nn.Sequential(3)  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="Sequential has 1 layers, and number 4 was asked for"):
        nn.Sequential(nn.ReLU())[4]


def test_layers_are_inserted_and_deleted_and_numbered_anew() -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    outer = nn.Sequential(net)
    assert net.insert(1, nn.ReLU()) is net
    net.insert(-1, nn.Linear(3, 3))
    assert kinds(net) == ["Linear", "ReLU", "Linear", "Linear"]
    assert names(outer) == tensor_names(outer)
    assert names(net) == [f"{i}.{name}" for i in (0, 2, 3) for name in ("weight", "bias")]
    del net[0]
    assert names(net) == [f"{i}.{name}" for i in (1, 2) for name in ("weight", "bias")]
    assert names(outer) == tensor_names(outer)
    del net[:2]
    assert (kinds(net), names(net)) == (["Linear"], ["0.weight", "0.bias"])
    net.extend([nn.Tanh(), nn.ReLU()])
    assert kinds(net) == ["Linear", "Tanh", "ReLU"]


def test_layers_with_names_keep_them_when_others_come_and_go() -> None:
    net = nn.Sequential({"body": nn.Linear(4, 3), "head": nn.Linear(3, 2)})
    net.insert(1, nn.ReLU())
    assert [name for name, _ in net.named_children()] == ["body", "2", "head"]
    del net[0]
    assert [name for name, _ in net.named_children()] == ["2", "head"]
    assert tensor_names(net) == ["head.weight", "head.bias"]


def test_what_is_refused_leaves_a_container_as_it_was() -> None:
    net = nn.Sequential(nn.ReLU(), nn.Sequential())
    layers = list(net)
    for attempt in (
        lambda: net.insert(0, 3),
        lambda: net.extend([nn.Tanh(), 3]),
        lambda: net.__setitem__(0, 3),
        lambda: net.append(nn.Tanh),
    ):
        with pytest.raises(TypeError, match=r"Sequential holds Modules, but '.*' is "):
            attempt()
        assert list(net) == layers
    for attempt in (lambda: net[1].extend([nn.Tanh(), net]), lambda: net[1].insert(0, net)):
        with pytest.raises(
            ValueError, match=r"Sequential '1' cannot hold, as '\d', a module that it is itself a part of"
        ):
            attempt()
        assert list(net[1]) == []
    for attempt in (lambda: net[5], lambda: net.__delitem__(2), lambda: net.__setitem__(2, nn.Tanh())):
        with pytest.raises(IndexError, match=r"Sequential has 2 layers, and number . was asked for"):
            attempt()
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        net["0"]
    assert list(net) == layers


@pytest.mark.parametrize("name", ["append", "insert", "_kind"])
def test_a_layer_is_not_called_as_a_method_of_its_container(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'{name}' means something in every Sequential; choose another name"):
        nn.Sequential({name: nn.ReLU()})


def test_layers_are_taken_out_added_and_repeated_as_in_a_list() -> None:
    one, two, three = nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)
    net = nn.Sequential(one, two)
    both = net + nn.ModuleList([three])
    assert (type(both), list(both), list(net)) == (nn.Sequential, [one, two, three], [one, two])
    assert names(both) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    kept = net
    net += nn.Sequential(three)
    assert net is kept
    assert list(net) == [one, two, three]
    assert net.pop() is three
    assert net.pop(0) is one
    assert list(net) == [two]
    assert names(nn.Sequential(nn.Sequential(nn.ReLU(), one))[0][1:]) == ["1.weight", "1.bias"]
    assert list(both[:2] * 2) == list(2 * both[:2]) == [one, two, one, two]
    assert list(reversed(both)) == [three, two, one]
    np.testing.assert_array_equal((nn.Sequential(one) * 2)(X).data, one(one(X)).data)
    with pytest.raises(IndexError, match="Sequential has 0 layers, and number -1 was asked for"):
        nn.Sequential().pop()
    for attempt in (lambda: net.extend(three), lambda: net + three, lambda: net.__iadd__(three)):
        with pytest.raises(TypeError, match=r"Sequential is extended by several layers, of which a Linear has none; a"):
            attempt()
        assert list(net) == [two]


# ---------------------------------------------------------------------------------------------------------- ModuleList


class Deep(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4, rng=i) for i in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def test_a_module_list_holds_layers_for_the_module_that_uses_them() -> None:
    net = Deep(3)
    assert names(net) == tensor_names(net) == [f"layers.{i}.{n}" for i in range(3) for n in ("weight", "bias")]
    np.testing.assert_array_equal(net(X).data, nn.Sequential(*net.layers)(X).data)
    with pytest.raises(
        NotImplementedError, match=r"a ModuleList holds modules and does nothing .* or nn.Sequential to"
    ):
        net.layers(X)


def test_a_module_list_is_a_list() -> None:
    one, two, three = nn.ReLU(), nn.Tanh(), nn.Identity()
    layers = nn.ModuleList([one])
    assert layers.append(three).insert(1, two) is layers
    assert (list(layers), len(layers), layers[-1], two in layers) == ([one, two, three], 3, three, True)
    assert list(layers[1:]) == [two, three]
    assert [name for name, _ in layers[1:].named_children()] == ["0", "1"]
    del layers[0]
    layers[0] = one
    assert list(layers) == [one, three]
    assert list(nn.ModuleList()) == []


def test_the_same_layer_may_be_in_a_list_twice() -> None:
    layer = nn.Linear(2, 2)
    layers = nn.ModuleList([layer, nn.ReLU(), layer])
    del layers[1]
    assert list(layers) == [layer, layer]
    assert names(layers) == tensor_names(layers) == ["0.weight", "0.bias"]


# ------------------------------------------------------------------------------------------------------- ParameterList


def test_a_parameter_list_holds_parameters_and_makes_them() -> None:
    shared = nn.Parameter([1.0])
    model = nn.Module()
    model.gains = nn.ParameterList([shared, np.ones(2), Tensor([[1.0]])])
    assert [type(p) for p in model.gains] == [nn.Parameter] * 3
    assert model.gains[0] is shared
    assert names(model) == tensor_names(model) == ["gains.0", "gains.1", "gains.2"]
    model.gains.insert(1, np.zeros(5))
    del model.gains[0]
    assert [(p.name, p.shape) for p in model.gains] == [("gains.0", (5,)), ("gains.1", (2,)), ("gains.2", (1, 1))]
    model.gains[0] = [3.0]
    assert model.gains[0].tolist() == [3.0]
    assert [p.shape for p in model.gains[1:]] == [(2,), (1, 1)]
    with pytest.raises(TypeError, match="has dtype int64 and cannot require a gradient"):
        model.gains.append([1])
    with pytest.raises(
        NotImplementedError, match="a ParameterList holds parameters and does nothing with them; use them"
    ):
        model.gains(X)


def test_a_parameter_keeps_the_name_that_it_was_given() -> None:
    gains = nn.ParameterList([nn.Parameter([1.0], name="alpha"), [2.0]])
    gains.insert(0, [0.0])
    assert tensor_names(gains) == ["0", "alpha", "2"]


# -------------------------------------------------------------------------------------------------------- dictionaries


def test_a_module_dict_is_a_dictionary() -> None:
    digit, parity = nn.Linear(4, 3), nn.Linear(4, 1)
    heads = nn.ModuleDict({"digit": digit})
    heads["parity"] = parity
    heads.update([("act", nn.ReLU())])
    assert (len(heads), list(heads), "digit" in heads, "x" in heads) == (3, ["digit", "parity", "act"], True, False)
    assert list(heads.keys()) == list(heads)
    assert heads.items()[:2] == [("digit", digit), ("parity", parity)]
    assert heads.values()[:2] == [digit, parity]
    assert heads["digit"] is heads.digit is digit
    assert heads.pop("digit") is digit
    del heads["act"]
    assert names(heads) == tensor_names(heads) == ["parity.weight", "parity.bias"]
    for attempt in (lambda: heads["digit"], lambda: heads.pop("digit"), lambda: heads.__delitem__("digit")):
        with pytest.raises(KeyError, match="ModuleDict has no 'digit'; it has 'parity'"):
            attempt()


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        ({"good": nn.ReLU(), "bad": 3}, TypeError, "ModuleDict holds Modules, but 'bad' is 3"),
        ({"good": nn.ReLU(), "keys": nn.ReLU()}, AttributeError, "'keys' means something in every ModuleDict"),
        ({"good": nn.ReLU(), "a.b": nn.ReLU()}, AttributeError, "'a.b' cannot be an attribute of a Module"),
        ({"good": nn.ReLU(), 1: nn.ReLU()}, TypeError, "the names in a ModuleDict are strings, which 1 is not"),
    ],
)
def test_what_a_module_dict_refuses_leaves_it_as_it_was(items: Any, error: type[Exception], message: str) -> None:
    heads = nn.ModuleDict()
    with pytest.raises(error, match=message):
        heads.update(items)
    assert list(heads) == []


def test_a_module_dict_has_the_methods_of_a_dictionary() -> None:
    digit, parity, act = nn.Linear(4, 3), nn.Linear(4, 1), nn.ReLU()
    heads = nn.ModuleDict({"digit": digit})
    assert (heads.get("digit"), heads.get("parity"), heads.get("parity", act)) == (digit, None, act)
    assert heads.setdefault("parity", parity) is heads.setdefault("parity", act) is parity
    assert list(reversed(heads)) == ["parity", "digit"]
    both = heads | {"act": act}
    assert (type(both), dict(both.items())) == (nn.ModuleDict, {"digit": digit, "parity": parity, "act": act})
    assert list(heads) == ["digit", "parity"]
    twin = heads.copy()
    kept = heads
    heads |= nn.ModuleDict({"act": act})
    assert heads is kept
    assert heads.popitem() == ("act", act)
    heads.clear()
    assert (list(heads), names(heads), twin["digit"]) == ([], [], digit)
    with pytest.raises(KeyError, match="ModuleDict has nothing to take out"):
        heads.popitem()


def test_a_parameter_dict_holds_parameters_by_name() -> None:
    scales = nn.ParameterDict({"left": np.ones(2)})
    scales["right"] = nn.Parameter(np.ones(3), requires_grad=False)
    assert [type(p) for p in scales.values()] == [nn.Parameter] * 2
    assert names(scales) == tensor_names(scales) == ["left", "right"]
    assert not scales["right"].requires_grad
    assert scales.setdefault("middle", np.ones(1)) is (scales | {"x": [0.0]})["middle"]
    assert scales["middle"].name == "middle"


# ----------------------------------------------------------------------------------------------------- all of them


def containers() -> nn.Module:
    model = nn.Module()
    model.row = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2)))
    model.list = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])
    model.dict = nn.ModuleDict({"a": nn.Linear(2, 2)})
    model.gains = nn.ParameterList([np.ones(2, np.float32)])
    model.scales = nn.ParameterDict({"b": np.ones(2, np.float32)})
    return model


def test_their_names_are_pytorchs(torch: Any) -> None:
    theirs = torch.nn.Module()
    theirs.row = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.Linear(2, 2)))
    theirs.list = torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.ReLU()])
    theirs.dict = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2)})
    theirs.gains = torch.nn.ParameterList([torch.ones(2)])
    theirs.scales = torch.nn.ParameterDict({"b": torch.ones(2)})
    assert list(containers().state_dict()) == list(theirs.state_dict())
    for net in (theirs.row, theirs.list):
        net.insert(1, torch.nn.Linear(2, 2))
        del net[0]
    ours = containers()
    for net in (ours.row, ours.list):
        net.insert(1, nn.Linear(2, 2))
        del net[0]
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_they_can_be_copied() -> None:
    model = containers()
    twin = copy.deepcopy(model)
    assert names(twin) == names(model)
    twin.list.append(nn.Linear(2, 2))
    twin.gains[0].data[...] = 7
    assert (len(model.list), model.gains[0].tolist()) == (2, [1.0, 1.0])
