"""nn.Module: what it finds, how it names it, and how it looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, no_grad
from tests.support.models import Net, Outer, X, names

# ------------------------------------------------------------------------------------------------------- what it finds


def test_parameters_are_found_by_attribute_a_module_before_its_children() -> None:
    net = Outer(Net())
    assert names(net) == ["inner.scale", "inner.fc1.weight", "inner.fc1.bias", "inner.fc2.weight"]
    assert [p.shape for p in net.parameters()] == [(3,), (3, 4), (3,), (2, 3)]
    assert names(net.inner) == ["scale", "fc1.weight", "fc1.bias", "fc2.weight"]
    assert [name for name, _ in net.inner.named_parameters("net", recurse=False)] == ["net.scale"]


def test_modules_and_children_are_found_in_the_order_of_assignment() -> None:
    net = Outer(Net())
    assert [name for name, _ in net.named_modules()] == ["", "inner", "inner.fc1", "inner.act", "inner.fc2"]
    assert [type(m).__name__ for m in net.modules()] == ["Outer", "Net", "Linear", "ReLU", "Linear"]
    assert [name for name, _ in net.inner.named_children()] == ["fc1", "act", "fc2"]
    assert list(net.children()) == [net.inner]


def test_what_is_shared_is_found_once() -> None:
    net = Net()
    net.head = nn.Linear(4, 3)
    net.head.weight = net.fc1.weight
    net.again = net.fc2
    assert names(net) == ["scale", "fc1.weight", "fc1.bias", "fc2.weight", "head.bias"]
    assert [name for name, _ in net.named_children()] == ["fc1", "act", "fc2", "head"]
    assert [name for name, _ in net.named_modules()] == ["", "fc1", "act", "fc2", "head"]
    assert list(net.state_dict())[-3:] == ["head.weight", "head.bias", "again.weight"]


def test_only_parameters_are_parameters() -> None:
    module = nn.Module()
    module.plain = Tensor([1.0], requires_grad=True)
    module.array = np.ones(3)
    module.nothing = None
    assert names(module) == []
    assert list(module.state_dict()) == []


def test_a_parameter_copies_its_data_and_can_be_frozen() -> None:
    data = np.ones(2, dtype=np.float32)
    frozen, free = nn.Parameter(data, requires_grad=False), nn.Parameter(data, dtype=np.float64)
    frozen.data[...] = 0
    free.data[...] = 0
    assert data.tolist() == [1.0, 1.0]
    assert (frozen.requires_grad, free.requires_grad) == (False, True)
    assert (frozen.dtype, free.dtype) == (np.float32, np.float64)
    with pytest.raises(TypeError, match="has dtype int64 and cannot require a gradient"):
        nn.Parameter([1, 2])


def test_attributes_can_be_replaced_set_to_none_and_deleted() -> None:
    net = Net()
    net.fc1.weight = nn.Parameter(np.zeros((3, 4)))
    net.fc1.bias = None
    assert names(net) == ["scale", "fc1.weight", "fc2.weight"]
    assert net.fc1.weight.name == "fc1.weight"
    assert net(np.ones((1, 4))).tolist() == [[0.0, 0.0]]
    del net.scale
    del net.act
    net.fc2 = nn.Linear(5, 5)
    assert names(net) == ["fc1.weight", "fc2.weight", "fc2.bias"]
    assert not hasattr(net, "scale")
    with pytest.raises(AttributeError):
        del net.scale


def test_a_module_works_without_calling_its_base() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.fc = nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)

    module = Forgetful().eval()
    module.register_buffer("mean", np.zeros(2))
    assert module(X).shape == (2, 2)
    assert list(module.state_dict()) == ["mean", "fc.weight", "fc.bias"]
    assert (module.training, module.fc.training, Forgetful().training) == (False, False, True)


@pytest.mark.parametrize("container", [list, tuple, lambda layers: dict(enumerate(layers))])
def test_layers_hidden_in_a_list_are_refused(container: Callable[..., Any]) -> None:
    module = Net()
    with pytest.raises(TypeError, match=r"Net: the (list|tuple|dict) 'layers' would hide 2 .* nn\.Sequential"):
        module.layers = container([nn.Linear(2, 2), nn.Parameter([1.0]), module.fc1])
    module.layers = container([module.fc1, module.fc2, module.scale, 3])  # all of them are found elsewhere
    assert names(module) == ["scale", "fc1.weight", "fc1.bias", "fc2.weight"]


NESTED: dict[str, Callable[[list[Any]], Any]] = {
    "a list of lists": lambda layers: [[layers[0]], [layers[1]]],
    "a dict of lists": lambda layers: {"encoder": layers[:1], "decoder": layers[1:]},
    "a list of dicts in a tuple": lambda layers: ([{"layers": layers}],),
    "a set": set,
}


@pytest.mark.parametrize("how", NESTED)
def test_layers_hidden_deeper_are_refused_too(how: str) -> None:
    module = Net()
    with pytest.raises(TypeError, match=r"'layers' would hide 2 parameters or modules"):
        module.layers = NESTED[how]([nn.Linear(2, 2), nn.Linear(2, 2)])
    module.layers = NESTED[how]([module.fc1, module.fc2])
    endless: list[Any] = [1, (2.0, "a")]
    endless.append(endless)
    module.more = endless
    assert len(names(module)) == 4


@pytest.mark.parametrize("name", ["forward", "train", "training", "parameters"])
def test_names_that_a_module_needs_itself_are_refused(name: str) -> None:
    module = nn.Module()
    for value in (nn.ReLU(), nn.Parameter([1.0])):
        with pytest.raises(AttributeError, match=f"'{name}' means something in every Module"):
            setattr(module, name, value)
    with pytest.raises(AttributeError, match=f"'{name}' means something in every Module"):
        module.register_buffer(name, 0.0)


@pytest.mark.parametrize("name", ["", "a.b"])
def test_names_that_would_break_a_path_are_refused(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'{name}' cannot be an attribute of a Module"):
        setattr(nn.Module(), name, nn.ReLU())


def test_a_module_inside_itself_is_refused() -> None:
    net = Outer(Net())
    with pytest.raises(ValueError, match=r"ReLU 'inner\.act' cannot hold, as 'parent', a module that it is"):
        net.inner.act.parent = net
    with pytest.raises(ValueError, match="Outer cannot hold, as 'me', a module"):
        net.me = net


# ------------------------------------------------------------------------------------------------------------ the call


def test_a_call_tells_the_graph_which_module_made_what() -> None:
    net = Outer(Net())
    scopes = net(X).node.notes.scopes
    assert [(name, kind) for _, name, kind in scopes] == [("fc2", "Linear"), ("inner", "Net"), ("Outer", "Outer")]
    numbers = [first for first, _, _ in scopes]
    assert numbers == sorted(numbers, reverse=True)
    with no_grad():
        assert net(X).node is None


def test_a_frozen_body_stays_as_it_is_while_the_head_learns() -> None:
    body = nn.Sequential(nn.Linear(4, 3, rng=0), nn.ReLU()).requires_grad_(False)
    net = nn.Sequential(body, nn.Linear(3, 1, rng=1))
    before = net.state_dict()
    assert [name for name, p in net.named_parameters() if p.requires_grad] == ["1.weight", "1.bias"]
    sgd = optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        sgd.zero_grad()
        (net(X) ** 2).sum().backward()
        sgd.step()
    assert [name for name, value in net.state_dict().items() if (value != before[name]).any()] == ["1.weight", "1.bias"]
    assert body.requires_grad_() is body
    assert all(p.requires_grad for p in net.parameters())


def test_apply_reaches_every_module_once_the_deepest_first() -> None:
    net, seen = Outer(Net()), []
    net.again = net.inner.fc1
    assert net.apply(seen.append) is net
    assert seen == [net.inner.fc1, net.inner.act, net.inner.fc2, net.inner, net]


def test_modules_and_parameters_are_found_by_their_paths() -> None:
    net = Outer(Net())
    for name, module in net.named_modules():
        assert net.get_submodule(name) is module
    for name, parameter in net.named_parameters():
        assert net.get_parameter(name) is parameter
    with pytest.raises(
        AttributeError, match=r"no module at 'inner\.fc3\.x': Net 'inner' has no module 'fc3'; it has 'fc1', 'act',"
    ):
        net.get_submodule("inner.fc3.x")
    with pytest.raises(
        AttributeError, match=r"no parameter at 'inner\.fc1': Net 'inner' has no parameter 'fc1'; it has 'scale'"
    ):
        net.get_parameter("inner.fc1")
    with pytest.raises(
        AttributeError, match=r"no module at 'training': Outer has no module 'training'; it has 'inner'"
    ):
        net.get_submodule("training")
    with pytest.raises(AttributeError, match=r"no parameter at '': ReLU 'inner\.act' has no parameter ''; it has none"):
        net.inner.act.get_parameter("")


def test_a_module_without_a_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Module has no forward: write `def forward\(self, x\)"):
        nn.Module()(1)


def test_train_and_eval_reach_every_module_and_return_the_model() -> None:
    net = Outer(Net())
    assert net.training
    assert net.eval() is net
    assert [m.training for m in net.modules()] == [False] * 5
    assert net.train() is net
    assert [m.training for m in net.modules()] == [True] * 5


def test_zero_grad_forgets_all_gradients() -> None:
    net = Net()
    net(X).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


# ------------------------------------------------------------------------------------------------------------- buffers


def test_a_buffer_is_an_array_that_is_saved_and_not_trained() -> None:
    net = Outer(Net())
    net.inner.register_buffer("mean", [1.0, 2.0])
    net.register_buffer("count", Tensor(3))
    net.register_buffer("cache", np.zeros(1), persistent=False)
    net.register_buffer("later", None)
    assert type(net.inner.mean) is np.ndarray
    assert [name for name, _ in net.named_buffers()] == ["count", "cache", "inner.mean"]
    assert [name for name, _ in net.named_buffers("net", recurse=False)] == ["net.count", "net.cache"]
    assert [b.shape for b in net.buffers()] == [(), (1,), (2,)]
    assert list(net.state_dict())[:3] == ["count", "inner.scale", "inner.mean"]
    assert names(net) == names(Outer(Net()))
    net.later = np.zeros(2)
    assert "later" in net.state_dict()


def test_a_buffer_may_be_replaced_by_a_parameter_or_deleted() -> None:
    module = nn.Module()
    for name in ("a", "b"):
        module.register_buffer(name, np.zeros(1))
    module.a = nn.Parameter([1.0])
    del module.b
    module.b = np.ones(1)  # an attribute like any other
    assert (list(module.buffers()), names(module), list(module.state_dict())) == ([], ["a"], ["a"])


def test_a_buffer_does_not_hide_another_attribute() -> None:
    net = Net()
    with pytest.raises(AttributeError, match="Net already has an attribute 'scale'"):
        net.register_buffer("scale", np.zeros(1))


# -------------------------------------------------------------------------------------------------------- how it looks


def test_the_repr_is_the_tree() -> None:
    assert repr(Outer(Net())) == (
        "Outer(\n"
        "  (inner): Net(\n"
        "    (fc1): Linear(in_features=4, out_features=3, bias=True)\n"
        "    (act): ReLU()\n"
        "    (fc2): Linear(in_features=3, out_features=2, bias=False)\n"
        "  )\n"
        ")"
    )


def test_the_repr_of_a_module_with_options_and_children_has_both() -> None:
    class Scaled(Outer):
        def extra_repr(self) -> str:
            return "factor=2"

    assert repr(Scaled(nn.ReLU())) == "Scaled(\n  factor=2\n  (inner): ReLU()\n)"
    assert repr(Outer(Scaled(nn.ReLU()))).splitlines()[1:-1] == [
        "  (inner): Scaled(",
        "    factor=2",
        "    (inner): ReLU()",
        "  )",
    ]


def test_a_module_looks_in_a_tree_as_its_class_wants_it() -> None:
    class Drawn(Outer):
        def __repr__(self) -> str:
            return "one line\nand another"

    class Proud(Outer):
        def __repr__(self) -> str:
            return f"my {super().__repr__()}"

    assert repr(Outer(Drawn(nn.ReLU()))) == "Outer(\n  (inner): one line\n  and another\n)"
    assert repr(Proud(nn.ReLU())) == "my Proud(\n  (inner): ReLU()\n)"


def test_a_parameter_is_not_replaced_by_something_that_is_not_trained() -> None:
    layer = nn.Linear(2, 1)
    for value in (np.zeros((1, 2)), layer.weight * 0.5):
        with pytest.raises(
            TypeError, match=r"the parameter 'weight' would be replaced by a (ndarray|Tensor) .*\.data = "
        ):
            layer.weight = value
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


def test_a_layer_appended_to_a_list_is_noticed_when_the_parameters_are_asked_for() -> None:
    model = nn.Sequential(nn.ReLU())
    model.layers = []
    model.layers.append(nn.Linear(2, 2))
    with pytest.raises(TypeError, match="the list 'layers' would hide 1 parameters or modules"):
        list(model.parameters())


def test_a_refused_assignment_leaves_a_buffer_a_buffer() -> None:
    model = nn.Sequential(nn.ReLU())
    model.register_buffer("mean", np.zeros(2))
    with pytest.raises(ValueError, match="a part of"):
        model.mean = model
    assert list(model.state_dict()) == ["mean"]


def test_modules_that_share_modules_are_walked_once() -> None:
    model = nn.Sequential(nn.ReLU())
    for _ in range(60):  # 2⁶⁰ paths, 62 modules
        shared = nn.Sequential()
        vars(shared)["a"], vars(shared)["b"] = model, model
        model = shared
    assert len(list(model.modules())) == 62


def test_the_members_of_shared_modules_are_walked_in_order() -> None:
    shared = nn.Sequential(nn.Linear(1, 1))
    model = nn.Sequential(nn.Sequential(nn.ReLU(), shared), shared, nn.Tanh())
    assert [name for name, _ in model.named_modules()] == ["", "0", "0.0", "0.1", "0.1.0", "2"]
    assert list(model.state_dict()) == ["0.1.0.weight", "0.1.0.bias", "1.0.weight", "1.0.bias"]
    assert list(model.children()) == [model[0], shared, model[2]]
