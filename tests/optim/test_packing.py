"""Parameters laid end to end: faster, and otherwise nobody can tell."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from optim import packing

SHAPES = [(3, 4), (5,), (), (2, 0), (1, 6)]
RULES: list[Callable[..., optim.Optimizer]] = [
    lambda params, **flat: optim.SGD(params, lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.1, **flat),
    lambda params, **flat: optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True, **flat),
    lambda params, **flat: optim.Adam(params, lr=0.1, amsgrad=True, weight_decay=0.1, **flat),
    lambda params, **flat: optim.NAdam(params, lr=0.1, **flat),
    lambda params, **flat: optim.RMSprop(params, lr=0.1, centered=True, momentum=0.5, **flat),
]


def parameters(dtype: Any = float) -> list[nn.Parameter]:
    rng = np.random.default_rng(0)
    return [nn.Parameter(rng.standard_normal(shape).astype(dtype), name=f"p{i}") for i, shape in enumerate(SHAPES)]


def give_gradients(params: list[Any], seed: int, missing: tuple[int, ...] = ()) -> None:
    rng = np.random.default_rng(seed)
    for i, parameter in enumerate(params):
        g = Tensor(np.asarray(rng.standard_normal(parameter.shape), dtype=parameter.dtype))
        parameter.grad = None if i in missing else g


def buffer_of(params: list[Any]) -> Any:
    (buffer,) = {id(p.data.base): p.data.base for p in params}.values()
    return buffer


@pytest.mark.parametrize("rule", RULES)
def test_parameters_of_a_group_lie_end_to_end_after_a_step(rule: Callable[..., optim.Optimizer]) -> None:
    params = parameters(np.float32)
    give_gradients(params, 1)
    rule(params).step()
    buffer = buffer_of(params)
    assert buffer.dtype == np.float32
    np.testing.assert_array_equal(buffer, np.concatenate([p.data.reshape(-1) for p in params]))


@pytest.mark.parametrize("piece", [1, 4, 7, 40_000])
@pytest.mark.parametrize("rule", RULES)
def test_whatever_happens_the_numbers_are_those_of_one_parameter_after_the_other(
    monkeypatch: pytest.MonkeyPatch, rule: Callable[..., optim.Optimizer], piece: int
) -> None:
    monkeypatch.setattr(packing, "PIECE", piece)
    together, alone = parameters(), parameters()
    first, second = rule(together, flat=True), rule(alone, flat=False)
    for step in range(14):
        for params, optimizer in ((together, first), (alone, second)):
            give_gradients(params, step, missing={3: (1,), 4: (0, 2), 5: (0, 1, 2, 3, 4)}.get(step, ()))
            if step == 7:
                params[1].data = np.arange(5.0)
            if step == 8:
                optimizer.load_state_dict(optimizer.state_dict())
            if step == 9:
                params[0].requires_grad_(False)
            if step == 11:
                params[0].requires_grad_(True)
            if step == 12 and "momentum" in optimizer.defaults:
                optimizer.param_groups[0].update(momentum=0.0, nesterov=False)
            optimizer.step()
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a.data, b.data)
    saved, expected = first.state_dict()["state"], second.state_dict()["state"]
    for i, of in expected.items():
        for name, value in of.items():
            np.testing.assert_array_equal(saved[i][name], value)


def test_an_array_taken_after_the_first_step_follows_the_training() -> None:
    params = parameters()
    adam = optim.Adam(params, lr=0.1)
    give_gradients(params, 1)
    adam.step()
    array, before = params[0].data, params[0].data.copy()
    adam.step()
    assert params[0].data is array
    assert (array != before).all()


def test_an_array_that_somebody_holds_is_trained_in_place_and_not_moved() -> None:
    params = parameters()
    held = params[0].data
    adam = optim.Adam(params, lr=0.1)
    give_gradients(params, 1)
    adam.step()
    assert params[0].data is held
    del held
    adam.step()
    assert buffer_of(params).size == sum(p.size for p in params)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda params: params[0].data, "something else holds the array of the parameter 'p0' as well"),
        (lambda params: params[1].data[1:], "something else holds the array of the parameter 'p1' as well"),
        (
            lambda params: params.append(nn.Parameter(np.ones(2, "f4"), name="f4")),
            "the parameter 'f4' has dtype float32, but",
        ),
    ],
)
def test_flat_says_why_it_is_not_possible_and_nothing_has_moved(spoil: Callable[..., Any], reason: str) -> None:
    params = parameters()
    kept = spoil(params)
    before = [p.data.copy() for p in params]
    give_gradients(params, 1)
    with pytest.raises(ValueError, match=rf"Adam\(…, flat=True\) cannot pack its parameters: {reason}"):
        optim.Adam(params, flat=True).step()
    for parameter, values in zip(params, before, strict=True):
        np.testing.assert_array_equal(parameter.data, values)
    del kept


def test_a_rule_that_looks_at_a_whole_parameter_is_given_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PIECE", 7)
    seen: list[tuple[int, ...]] = []

    class Normalised(optim.Optimizer):
        def update(self, w: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
            seen.append(w.shape)
            w -= g / np.linalg.norm(g)

    params = parameters()[:2]
    give_gradients(params, 1)
    Normalised(params, {}).step()
    assert seen == [(3, 4), (5,)]
    with pytest.raises(ValueError, match="Normalised does not work element by element, so flat=True is not possible"):
        Normalised(params, {}, flat=True)


def test_a_copy_of_model_and_optimiser_trains_on_its_own() -> None:
    params = parameters()
    adam = optim.Adam(params, lr=0.1)
    give_gradients(params, 1)
    adam.step()
    others, other = copy.deepcopy((params, adam))
    before = [p.data.copy() for p in params]
    give_gradients(others, 2)
    other.step()
    for parameter, values in zip(params, before, strict=True):
        np.testing.assert_array_equal(parameter.data, values)
    give_gradients(params, 2)
    adam.step()
    for a, b in zip(params, others, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_two_optimisers_can_train_the_same_parameters() -> None:
    params, alone = parameters(), parameters()
    for ours, flat in ((params, None), (alone, False)):
        first, second = optim.SGD(ours, lr=0.1, flat=flat), optim.Adam(ours, lr=0.1, flat=flat)
        for step in range(3):
            give_gradients(ours, step)
            first.step()
            arrays = [p.data for p in ours]
            second.step()
            assert all(p.data is array for p, array in zip(ours, arrays, strict=True)), "the second has moved them"
    for a, b in zip(params, alone, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_a_view_of_packed_parameters_follows_a_second_optimiser_too() -> None:
    params = parameters()
    give_gradients(params, 1)
    optim.SGD(params, lr=0.1).step()
    view = params[0].data[1:]
    before = view.copy()
    optim.Adam(params, lr=0.1).step()
    np.testing.assert_array_equal(view, params[0].data[1:])
    assert (view != before).all()


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([3, 4, 1, 7, 2], [7, 1, 7, 2]),
        ([20, 3, 4, 1], [6, 7, 7, 7, 1]),
        ([2, 15, 2, 0, 3], [2, 5, 5, 5, 5]),
        ([0, 0], []),
    ],
)
def test_pieces_are_as_long_as_they_may_be_and_no_longer(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], expected: list[int]
) -> None:
    monkeypatch.setattr(packing, "PIECE", 7)
    packed = packing.Packed([nn.Parameter(np.ones(size)) for size in sizes])
    packed.remember({"m": 1.0}, [{} for _ in sizes])
    assert [piece.values.size for piece in packed.pieces] == expected
    assert [piece.memory["m"].size for piece in packed.pieces] == expected


def test_what_was_converted_while_a_gradient_was_missing_is_gone_on_with_after_the_way_back() -> None:
    ends = []
    for flat in (None, False):
        net = nn.Sequential(nn.Linear(3, 4, dtype=float, rng=0), nn.Linear(4, 2, dtype=float, rng=1))
        adam = optim.Adam(net.parameters(), lr=0.1, flat=flat)
        for step, (dtype, missing) in enumerate([(float, ()), (np.float32, (1,)), (float, ()), (float, ())]):
            net.to(dtype)
            give_gradients(list(net.parameters()), step, missing)
            adam.step()
            if missing:
                adam.state[net[0].bias]["step"] += 1  # so that all have the same past, and can be packed again
        ends.append(np.concatenate([p.data.ravel() for p in net.parameters()]))
    np.testing.assert_array_equal(*ends)


def test_a_graph_recorded_before_a_step_over_packed_parameters_is_not_swept_after_it() -> None:
    params = parameters()[:2]
    optimizer = optim.SGD(params, lr=0.1)
    give_gradients(params, 0)
    optimizer.step()
    assert buffer_of(params).size == 17
    losses = [(p * p).sum() for p in params]
    optimizer.step()
    for name, loss in zip(("p0", "p1"), losses, strict=True):
        with pytest.raises(RuntimeError, match=f"'{name}' was written"):
            loss.backward()


def test_what_is_not_to_be_flat_stays_where_it_was() -> None:
    params = parameters()
    buffers = [id(p.data) for p in params]
    give_gradients(params, 0)
    optim.Adam(params, flat=False).step()
    assert [id(p.data) for p in params] == buffers
    assert all(p.data.base is None for p in params)


def test_momentum_may_begin_on_the_way() -> None:
    ends = []
    for flat in (True, False):
        params = parameters()
        sgd = optim.SGD(params, lr=0.1, flat=flat)
        for step in range(4):
            give_gradients(params, step)
            sgd.param_groups[0]["momentum"] = 0.0 if step < 2 else 0.9
            sgd.step()
        ends.append(np.concatenate([p.data.ravel() for p in params]))
    np.testing.assert_array_equal(*ends)


def test_a_single_parameter_can_be_packed_too() -> None:
    one, other = parameters()[0], parameters()[0]
    for w, flat in ((one, True), (other, None)):
        adam = optim.Adam([w], lr=0.1, flat=flat)
        for step in range(3):
            give_gradients([w], step)
            adam.step()
    assert buffer_of([one]).size == one.size
    np.testing.assert_array_equal(one.data, other.data)


@pytest.mark.parametrize(
    "change",
    [
        lambda params: params.pop(),
        lambda params: params.reverse(),
        lambda params: params.insert(0, nn.Parameter([7.0], dtype=float)),
    ],
)
def test_the_list_of_a_groups_parameters_may_be_changed_on_the_way(change: Callable[[Any], Any]) -> None:
    together, alone = parameters(), parameters()
    for params, flat in ((together, None), (alone, False)):
        sgd = optim.SGD(params, lr=0.1, momentum=0.9, flat=flat)
        for step in range(4):
            if step == 2:
                kept = change(sgd.param_groups[0]["params"])
            give_gradients([*sgd.param_groups[0]["params"]], step)
            sgd.step()
        del kept
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_a_group_added_later_has_a_buffer_of_its_own() -> None:
    params = parameters()
    adam = optim.Adam(params[:2], lr=0.1)
    give_gradients(params, 1)
    adam.step()
    adam.add_param_group({"params": params[2:]})
    adam.step()
    assert buffer_of(params[:2]) is not buffer_of(params[2:])
    assert [adam.state[p]["step"] for p in params] == [2, 2, 1, 1, 1]


@pytest.mark.parametrize("sizes", [[1000] * 100, [15_000] * 2, [100_000] * 2], ids=lambda sizes: sizes[0])
def test_a_step_over_packed_parameters_allocates_nothing_of_their_size(sizes: list[int]) -> None:
    import tracemalloc

    params = [nn.Parameter(np.ones(size)) for size in sizes]
    for parameter in params:
        parameter.grad = Tensor(np.ones(parameter.size))
    adam = optim.Adam(params)
    adam.step()
    adam.step()
    tracemalloc.start()
    try:
        adam.step()
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("flat", [True, False])
def test_what_is_remembered_of_a_large_matrix_may_be_loaded_from_an_array_by_columns(
    monkeypatch: pytest.MonkeyPatch, flat: bool
) -> None:
    monkeypatch.setattr(packing, "PIECE", 7)
    ends = []
    for order in "CF":  # a state that somebody has transposed lies by columns
        w = nn.Parameter(np.ones((3, 4)))
        adam = optim.Adam([w], lr=0.1, flat=flat)
        moments = {name: np.full((3, 4), 0.5, order=order) for name in ("exp_avg", "exp_avg_sq")}
        adam.load_state_dict({**adam.state_dict(), "state": {0: {"step": 1, **moments}}})
        for step in range(3):
            give_gradients([w], step)
            adam.step()
        ends.append([w.data, adam.state[w]["exp_avg"], adam.state[w]["exp_avg_sq"]])
    for rows, columns in zip(*ends, strict=True):
        np.testing.assert_array_equal(columns, rows)
