"""What all initialisers promise: they write in place, unrecorded, into leaves; the same numbers for the same seed."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import init
from nn.parameter import write
from tests.support.strict_array import StrictArray

ARGUMENTS: dict[str, dict[str, Any]] = {"constant_": {"val": 0.5}, "sparse_": {"sparsity": 0.5}}
SHAPES: dict[str, tuple[int, ...]] = {"dirac_": (6, 4, 3)}
TENSOR = [name for name in init.__all__ if name.endswith("_") and name not in ("lsuv_", "data_dependent_")]
RANDOM = [name for name in TENSOR if "rng" in inspect.signature(getattr(init, name)).parameters]

ALIASES = ["he_normal_", "he_uniform_", "xavier_fan_in_normal_", "xavier_fan_in_uniform_"]  # other names of a function


def apply(name: str, tensor: Any, **options: Any) -> Any:
    return getattr(init, name)(tensor, **ARGUMENTS.get(name, {}), **options)


def parameter(name: str, dtype: Any = np.float64) -> nn.Parameter:
    return nn.Parameter(np.full(SHAPES.get(name, (6, 4)), np.nan), dtype=dtype)


def test_the_list_is_complete() -> None:
    assert len(TENSOR) == 22
    assert set(TENSOR) - set(RANDOM) == {"zeros_", "ones_", "constant_", "eye_", "dirac_", "identity_"}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", TENSOR)
def test_it_writes_into_the_array_and_returns_the_parameter(name: str, dtype: Any) -> None:
    p = parameter(name, dtype)
    array = p.data
    assert apply(name, p) is p
    assert p.data is array
    assert p.dtype == dtype
    assert np.isfinite(array).all()


@pytest.mark.parametrize("name", RANDOM)
def test_the_seed_decides(name: str) -> None:
    one, same, other = (apply(name, parameter(name), rng=seed).data for seed in (7, np.random.default_rng(7), 8))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    autograd.seed(7)
    from_the_library = apply(name, parameter(name)).data
    np.testing.assert_array_equal(one, from_the_library)


@pytest.mark.parametrize("name", RANDOM)
def test_float32_gets_the_same_numbers_rounded(name: str) -> None:
    single, double = (apply(name, parameter(name, dtype), rng=0).data for dtype in (np.float32, np.float64))
    np.testing.assert_array_equal(single, double.astype(np.float32))


@pytest.mark.parametrize("name", TENSOR)
def test_nothing_is_recorded_and_the_parameter_stays_a_leaf(name: str) -> None:
    p = parameter(name)
    apply(name, p)
    assert p.is_leaf
    assert p.requires_grad
    (p * p).sum().backward()
    np.testing.assert_allclose(p.grad.data, 2 * p.data)


@pytest.mark.parametrize("name", TENSOR)
def test_a_graph_from_before_refuses_to_go_back_through_the_old_values(name: str) -> None:
    p = nn.Parameter(np.ones(SHAPES.get(name, (6, 4))), name="fc.weight")
    loss = (p * p).sum()
    apply(name, p)
    with pytest.raises(RuntimeError, match=r"fc\.weight"):
        loss.backward()


def test_a_graph_from_before_keeps_the_old_values_of_a_frozen_parameter() -> None:
    frozen, w = nn.Parameter([1.0, 2.0], requires_grad=False), nn.Parameter([1.0, 1.0])
    loss = (frozen * w).sum()
    init.zeros_(frozen)
    loss.backward()
    assert frozen.tolist() == [0, 0]
    assert w.grad.tolist() == [1, 2]


def test_a_frozen_parameter_does_not_share_the_memory_of_what_is_written() -> None:
    weight, values = nn.Parameter(np.zeros(3), requires_grad=False), np.ones(3)
    write(weight, values)
    values[:] = 2
    assert weight.data.tolist() == [1, 1, 1]


def test_a_plain_leaf_can_be_written_too() -> None:
    assert init.ones_(Tensor([1.5, 2.0])).tolist() == [1, 1]
    assert init.ones_(Tensor([1.5, 2.0], True)).tolist() == [1, 1]
    assert init.ones_(nn.Parameter(2.0)).tolist() == 1


@pytest.mark.parametrize("name", TENSOR)
def test_arrays_of_another_library_get_the_same_numbers(name: str) -> None:
    options = {"rng": 0} if name in RANDOM else {}
    expected = apply(name, parameter(name), **options).data
    foreign = Tensor(StrictArray(np.zeros(expected.shape)))
    foreign.requires_grad_()
    apply(name, foreign, **options)
    assert isinstance(foreign.data, StrictArray)
    np.testing.assert_array_equal(foreign.data.get(), expected)


@pytest.mark.parametrize(
    "initialise",
    [
        lambda net, x: init.initialise(net, "orthogonal", rng=0),
        lambda net, x: init.lsuv_(net, x, rng=0),
        lambda net, x: init.data_dependent_(net, x, beta=0.1, balance=True, rng=0),
    ],
    ids=["initialise", "lsuv_", "data_dependent_"],
)
def test_a_model_on_arrays_of_another_library_gets_the_same_values(initialise: Any) -> None:
    convolutions = nn.Conv2d(2, 4, 3, groups=2, dtype=float), nn.Conv2d(4, 3, 3, dtype=float)
    here = nn.Sequential(convolutions[0], nn.ReLU(), convolutions[1])
    there = copy.deepcopy(here)
    for module in there.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(StrictArray(parameter.data)))
    x = np.random.default_rng(0).standard_normal((10, 2, 6, 6))
    initialise(here, x)
    initialise(there, StrictArray(x))
    for ours, theirs in zip(here.parameters(), there.parameters(), strict=True):
        np.testing.assert_allclose(theirs.data.get(), ours.data, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [n for n in TENSOR if n not in ALIASES])
def test_what_is_no_leaf_of_floating_point_numbers_is_refused(name: str) -> None:
    p = parameter(name)
    for given, message in [
        (np.zeros((6, 4)), f"{name} writes into a Parameter or another leaf Tensor.*, and was given ndarray"),
        (p * 2.0, f"{name}: .* is the result of a recorded operation and has no values of its own"),
        (Tensor(np.zeros((6, 4), dtype=int)), f"{name} writes floating point numbers, and .* is int64"),
    ]:
        with pytest.raises(TypeError, match=message):
            apply(name, given)


@pytest.mark.parametrize("name", [n for n in TENSOR if n not in ALIASES])
def test_no_number_is_taken_without_a_look_at_it(name: str) -> None:
    given = inspect.signature(getattr(init, name)).parameters
    numbers = [option for option, p in given.items() if str(p.annotation) == "float"]
    assert bool(numbers) == (name not in ("zeros_", "ones_", "eye_", "dirac_", "random_walk_"))
    for option in numbers:
        for strange in ("1", None, np.nan):
            p = parameter(name)
            with pytest.raises(ValueError, match=rf"^{name}: {option} must be a number, not {strange!r}$"):
                getattr(init, name)(p, **{**ARGUMENTS.get(name, {}), option: strange})
            assert np.isnan(p.data).all()


def test_the_words_for_the_options_and_their_defaults_are_pytorchs() -> None:
    defaults = {
        name: {
            option: p.default
            for option, p in inspect.signature(getattr(init, name)).parameters.items()
            if option not in ("tensor", "rng")
        }
        for name in TENSOR
    }
    kaiming = {"a": 0, "mode": "fan_in", "nonlinearity": "leaky_relu"}
    assert defaults == {
        **{name: {} for name in ("zeros_", "ones_", "eye_")},
        **{
            "constant_": {"val": inspect.Parameter.empty},
            "normal_": {"mean": 0, "std": 1},
            "uniform_": {"a": 0, "b": 1},
        },
        **{
            "trunc_normal_": {"mean": 0, "std": 1, "a": -2, "b": 2},
            "sparse_": {"sparsity": inspect.Parameter.empty, "std": 0.01},
        },
        **{"dirac_": {"groups": 1}, "identity_": {"gain": 1, "groups": 1}, "random_walk_": {"nonlinearity": "relu"}},
        **{name: kaiming for name in TENSOR if name.startswith(("kaiming", "he_"))},
        **{name: {"gain": 1} for name in TENSOR if name.startswith(("xavier", "lecun", "orthogonal"))},
    }
