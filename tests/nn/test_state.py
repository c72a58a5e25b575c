"""state_dict and load_state_dict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F


def model(rng: int = 0) -> nn.Sequential:
    net = nn.Sequential({"fc1": nn.Linear(4, 3, rng=rng), "act": nn.ReLU(), "fc2": nn.Linear(3, 2, rng=rng)})
    net.fc1.register_buffer("mean", np.full(4, float(rng), dtype=np.float32))
    return net


def assert_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert list(one) == list(other)
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])


def test_it_has_pytorchs_names_in_pytorchs_order() -> None:
    assert list(model().state_dict()) == ["fc1.weight", "fc1.bias", "fc1.mean", "fc2.weight", "fc2.bias"]


def test_it_holds_copies() -> None:
    net = model()
    state = net.state_dict()
    for array in state.values():
        assert type(array) is np.ndarray
        array[...] = 9
    assert not any((array == 9).any() for array in net.state_dict().values())


def test_a_round_trip_restores_every_parameter_and_buffer() -> None:
    source, target = model(1), model(2)
    assert target.load_state_dict(source.state_dict()) == ([], [])
    assert_equal(target.state_dict(), source.state_dict())
    source.fc1.weight.data[...] = 0
    assert target.fc1.weight.data.any()


def test_parameters_are_written_in_place_and_keep_their_dtype() -> None:
    net = model()
    weight, array = net.fc1.weight, net.fc1.weight.data
    net.load_state_dict({name: value.astype(np.float64) + 1 for name, value in net.state_dict().items()})
    assert net.fc1.weight is weight
    assert weight.data is array
    assert {value.dtype for value in net.state_dict().values()} == {np.dtype("f4")}


def test_a_graph_recorded_before_loading_does_not_go_backward_through_the_new_values() -> None:
    net = model()
    loss = net(Tensor(np.ones((1, 4), dtype=np.float32), True)).sum()
    net.load_state_dict(model(1).state_dict())
    with pytest.raises(RuntimeError, match=r"'fc2\.weight' was written"):
        loss.backward()


def test_a_buffer_that_a_graph_holds_is_not_overwritten() -> None:
    net = model()
    before = net.fc1.mean
    net.load_state_dict(model(1).state_dict())
    assert not before.any()
    assert (net.fc1.mean == 1).all()


def test_all_that_does_not_fit_is_listed_at_once_and_nothing_changes() -> None:
    net = model()
    before = net.state_dict()
    state = model(1).state_dict()
    del state["fc1.bias"], state["fc2.bias"]
    state |= {"fc3.weight": np.ones(1), "fc1.weight": np.ones((3, 5)), "fc1.mean": np.array("x")}
    with pytest.raises(ValueError, match="does not fit") as caught:
        net.load_state_dict(state)
    assert str(caught.value) == (
        "this state_dict does not fit Sequential, which is left as it was:\n"
        "  missing:\n    fc1.bias\n    fc2.bias\n"
        "  unexpected:\n    fc3.weight\n"
        "  wrong:\n    fc1.weight: shape (3, 4) expected, (3, 5) given\n    fc1.mean: numbers expected, <U1 given"
    )
    assert_equal(net.state_dict(), before)


@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda s: s.pop("fc1.bias"), r"missing:\n    fc1\.bias$"), (lambda s: s.update(x=1.0), r"unexpected:\n    x$")],
)
def test_one_entry_too_few_or_too_many_is_enough(change: Callable[[dict[str, Any]], Any], message: str) -> None:
    net = model()
    state = net.state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        net.load_state_dict(state)


def test_not_strict_passes_over_what_is_missing_or_unexpected_and_says_so() -> None:
    net = model()
    result = net.load_state_dict({"fc2.bias": np.array([5.0, 6.0]), "other": np.ones(1)}, strict=False)
    assert result.missing_keys == ["fc1.weight", "fc1.bias", "fc1.mean", "fc2.weight"]
    assert result.unexpected_keys == ["other"]
    assert net.fc2.bias.tolist() == [5.0, 6.0]
    with pytest.raises(ValueError, match=r"wrong:\n    fc2\.bias: shape \(2,\) expected, \(3,\) given$"):
        net.load_state_dict({"fc2.bias": np.ones(3)}, strict=False)


def test_what_is_no_state_dict_is_refused() -> None:
    for given in (None, [1.0], nn.Linear(2, 2)):
        with pytest.raises(TypeError, match=f"load_state_dict takes a state_dict, .*, not {type(given).__name__}"):
            nn.Linear(2, 2).load_state_dict(given)  # type: ignore[arg-type]


def test_a_number_that_does_not_fit_into_the_dtype_changes_nothing_either() -> None:
    net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    before = net.state_dict()
    state = {name: np.full(value.shape, 1e300) for name, value in before.items()}
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        net.load_state_dict({**state, "0.weight": [[5.0]], "0.bias": [5.0]})
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_lists_and_tensors_can_be_loaded() -> None:
    layer = nn.Linear(1, 1)
    layer.load_state_dict({"weight": [[2.0]], "bias": Tensor([3.0])})
    assert layer([1.0]).tolist() == [5.0]


def test_shared_parameters_are_saved_under_each_name_and_stay_shared() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    state = net.state_dict()
    np.testing.assert_array_equal(state["0.weight"], state["1.weight"])
    net.load_state_dict(state)
    assert net[1].weight is net[0].weight


def test_pytorchs_state_is_understood_and_ours_is_by_pytorch(torch: Any) -> None:
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    ours = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    np.testing.assert_allclose(ours(x).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-6)
    fresh = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    theirs.load_state_dict({name: torch.tensor(value) for name, value in fresh.state_dict().items()})
    expected = fresh[2](F.relu(fresh[0](x))).data
    np.testing.assert_allclose(theirs(torch.tensor(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_loading_does_not_change_what_a_graph_holds_of_a_frozen_parameter() -> None:
    layer = nn.Linear(1, 1, bias=False)
    layer.weight.requires_grad_(False)
    layer.load_state_dict({"weight": np.array([[2.0]])})
    x = Tensor(np.ones((1, 1), np.float32), requires_grad=True)
    y = layer(x).sum()
    layer.load_state_dict({"weight": np.array([[100.0]])})
    y.backward()
    assert x.grad.tolist() == [[2.0]]


def test_two_layers_can_swap_their_weights() -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    first, second = (layer.weight.item() for layer in model)
    model.load_state_dict({"0.weight": model[1].weight, "1.weight": model[0].weight})
    assert (model[0].weight.item(), model[1].weight.item()) == (second, first)


def test_a_buffer_that_became_a_number_can_be_loaded() -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    model.register_buffer("count", 0)
    model.count = 5
    model.load_state_dict({**model.state_dict(), "count": np.array(7)})
    assert model.count == 7
