"""What a layer is made with is looked at when it is made: nonsense is refused by the option's name, in every layer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F
from tests.support.nn_cases import all_calls

LAYERS = {
    name: kind
    for name in nn.__all__
    if isinstance(kind := getattr(nn, name), type) and issubclass(kind, nn.Module) and kind is not nn.Module
}
NEEDED: dict[str, Any] = {  # values for the options that have no default
    **dict.fromkeys(("in_features", "out_features", "in_channels", "out_channels", "num_features", "num_channels"), 4),
    **dict.fromkeys(("num_embeddings", "embedding_dim", "input_size", "hidden_size", "embed_dim", "d_model"), 4),
    **{"normalized_shape": 4, "num_groups": 2, "num_heads": 2, "nhead": 2, "kernel_size": 3, "output_size": 2},
    **{"axis": 1, "unflattened_size": (2, 2)},
}
NONSENSE: dict[str, list[Any]] = {  # by the type of the option
    "int": [2.5, "2", [3], np.array([1, 2]), True],
    "float": ["a", None, float("nan"), [0.5], np.array([0.5, 0.5]), True],
    "bool": ["no", None, np.float64, 2, np.array([True])],
    "PerAxis": [2.5, "2", -1, (1, 2, 3), np.array([1, 2])],
    "Padding": [2.5, "around", -1, (1, 2, 3)],
    "OutputSize": [2.5, "2", 0, (1, 2, 3)],
    "int | Sequence[int]": [2.5, 0, -3, (), (2, 0), (2.5, 3), "ab"],
    "Sequence[int]": [(), (2.5, 2), (-1, -1), (-2, 2), "ab"],
    "Reduction": ["average", None, True],
    "DivergenceReduction": ["average", None, True],
    "Nonlinearity": ["sigmoid", None],
    "Approximation": ["erf", None],
    "str": ["mirror", None],
    "Rng": ["0", 0.5, np.random],
    "DTypeLike": [int, "abc", object, complex, "S3"],
}
NONSENSE["float | None"] = [value for value in NONSENSE["float"] if value is not None]
NONSENSE["int | None"] = NONSENSE["int"]
NONSENSE["PerAxis | None"] = NONSENSE["PerAxis"]
OTHERS = {"Operand | None", "Any"}  # arrays, checked below; and what Identity takes and ignores
ZERO = {  # whole numbers that may be anything: axes, and classes and words by number
    *("axis", "start_axis", "end_axis", "ignore_index", "padding_idx"),
    *("proj_size", "divisor_override"),
}


def cases() -> list[tuple[str, str, Any]]:
    found = []
    for name, kind in LAYERS.items():
        for option in inspect.signature(kind).parameters.values():
            annotation = str(option.annotation)
            if option.kind in (option.VAR_POSITIONAL, option.VAR_KEYWORD) or annotation in OTHERS:
                continue
            if "Callable" in annotation:
                values: list[Any] = ["swishy", 3]
            elif annotation in NONSENSE:
                values = NONSENSE[annotation] + ([0, -1] if annotation == "int" and option.name not in ZERO else [])
            else:
                values = []  # containers: tried below
            found += [(name, option.name, value) for value in values]
    return found


@pytest.mark.parametrize(("name", "option", "value"), cases(), ids=lambda v: repr(v)[:20].replace("\n", " "))
def test_nonsense_is_refused_by_the_name_of_the_option(name: str, option: str, value: Any) -> None:
    kind = LAYERS[name]
    needed = {p.name: NEEDED[p.name] for p in inspect.signature(kind).parameters.values() if p.name in NEEDED}
    kind(**needed)
    with pytest.raises((ValueError, TypeError, NotImplementedError)) as caught:
        kind(**{**needed, option: value})
    said = {"dtype": "dtype of floating point numbers", "rng": "rng must be a"}.get(option, option)
    assert said in str(caught.value)


def test_every_kind_of_option_is_known_here() -> None:
    unknown = {
        (name, option.name, str(option.annotation))
        for name, kind in LAYERS.items()
        for option in inspect.signature(kind).parameters.values()
        if option.kind not in (option.VAR_POSITIONAL, option.VAR_KEYWORD)
        and str(option.annotation) not in {*NONSENSE, *OTHERS}
        and "Callable" not in str(option.annotation)
    }
    assert {name for name, *_ in unknown} <= {"ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}


# Each form of message in full: what was given, what was expected, how to mend it.
MESSAGES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: nn.Linear(2.5, 2), ValueError,
     "Linear: in_features must be a whole number from 1 on, not 2.5; write // for /, or round it: int(…)"),
    (lambda: nn.Linear(-1, 2), ValueError, "Linear: in_features must be a whole number from 1 on, not -1"),
    (lambda: nn.Linear(2, "2"), ValueError, "Linear: out_features must be a whole number from 1 on, not '2'"),
    (lambda: nn.Linear(np.ones((9, 9)), 2), ValueError, "must be a whole number from 1 on, not a ndarray"),
    (lambda: nn.Linear(2, 2, np.float64), ValueError,
     "Linear: bias must be True or False, not float64; if it was meant for another option, give that one by its name"),
    (lambda: nn.Linear(2, 2, dtype=int), TypeError,
     "layers have a dtype of floating point numbers (np.float32, np.float64), not int"),
    (lambda: nn.Linear(2, 2, rng=-1), ValueError, "a seed is a whole number from 0 on, and this one is -1"),
    (lambda: nn.Conv2d(1, 1, 0), ValueError,
     "Conv2d: kernel_size must be a whole number from 1 on, or 2 of them, not 0"),
    (lambda: nn.Conv2d(1.5, 1, 2), ValueError, "Conv2d: in_channels must be a whole number from 1 on, not 1.5"),
    (lambda: nn.Dropout(2), ValueError,
     "Dropout: p must be a number from 0 to 1, the probability that a unit is dropped, not 2"),
    (lambda: F.dropout(np.ones(3), "a"), ValueError, "dropout: p must be a number from 0 to 1, the probability that"),
    (lambda: nn.BatchNorm1d(3, eps=-1), ValueError, "BatchNorm1d: eps must be a number from 0 on, not -1"),
    (lambda: nn.HuberLoss(delta=0), ValueError, "huber_loss: delta must be a number above 0, not 0"),
    (lambda: nn.Softmax("a"), ValueError, "Softmax: axis must be the whole number of an axis of x, not 'a'"),
    (lambda: nn.NLLLoss(ignore_index=1.5), ValueError, "NLLLoss: ignore_index must be a whole number, not 1.5"),
    (lambda: nn.CrossEntropyLoss("mean"), TypeError,
     "CrossEntropyLoss: 'weight' is to be an array; a Tensor holds numbers, not str"),
    (lambda: nn.BCELoss([1, "a"]), TypeError, "BCELoss: 'weight' is to be an array; a Tensor holds numbers, not list"),
    (lambda: nn.NLLLoss([[1.0], [1.0, 2.0]]), ValueError, "NLLLoss: 'weight' is to be an array; a Tensor needs"),
    (lambda: nn.Sequential([nn.ReLU()]), TypeError,
     "Sequential holds Modules, but '0' is [ReLU()]; give the layers in it one by one: *layers"),
    (lambda: nn.ModuleDict([1]), TypeError,
     "ModuleDict takes a dict, or pairs of name and item, not [1]; write {'name': …}"),
    (lambda: nn.ModuleDict(3), TypeError, "ModuleDict takes a dict, or pairs of name and item, not 3"),
    (lambda: nn.ModuleList(3), TypeError, "ModuleList is extended by several modules, of which a int has none"),
    (lambda: nn.ParameterList("ab"), TypeError, "a Tensor holds numbers, not str"),
    (lambda: nn.Parameter(np.array([1])), TypeError, "has dtype int64 and cannot require a gradient"),
    (lambda: nn.Linear(2, 2).train("yes"), ValueError, "Linear.train: mode must be True or False, not 'yes'"),
    (lambda: nn.weight_norm(3), TypeError, "weight_norm takes a layer, a Module, not int"),
    (lambda: nn.remove_weight_norm("a"), TypeError, "remove_weight_norm takes a layer, a Module, not str"),
    (lambda: nn.monte_carlo(nn.Dropout(), np.ones(3), 2.5), ValueError, "monte_carlo: passes must be a whole number"),
    (lambda: nn.penalties.elastic(nn.Linear(2, 2), "a"), ValueError, "elastic: beta must be a number from 0 on, not"),
    (lambda: nn.Linear(2, 2).to("abc"), TypeError, "a model is converted to a dtype (np.float64, 'float32')"),
]  # fmt: skip


@pytest.mark.parametrize(("attempt", "error", "message"), MESSAGES, ids=lambda v: v if isinstance(v, str) else "")
def test_the_message_says_what_was_given_and_what_was_expected(
    attempt: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        attempt()


def test_numpys_whole_numbers_and_truth_values_are_as_good_as_pythons() -> None:
    layer = nn.Linear(np.int64(3), np.uint8(2), np.bool_(False))
    assert layer(Tensor(np.ones((1, 3), np.float32))).shape == (1, 2)
    assert layer.bias is None
    assert nn.Dropout(np.float32(0.5)).p == 0.5
    assert nn.Hardtanh(-np.inf, 1)(np.array([-5.0, 5.0])).tolist() == [-5, 1]


SMALL: list[tuple[Callable[[Any], nn.Module], tuple[int, ...]]] = [  # sizes whose products are no uint8 any more
    (lambda n: nn.RNN(n, n), (2, 1, 200)),
    (lambda n: nn.LSTM(n, n), (2, 1, 200)),
    (lambda n: nn.GRU(n, n, num_layers=np.uint8(2), bidirectional=True), (2, 1, 200)),
    (lambda n: nn.RNNCell(n, n), (2, 200)),
    (lambda n: nn.LSTMCell(n, n), (2, 200)),
    (lambda n: nn.GRUCell(n, n), (2, 200)),
    (lambda n: nn.Maxout(n, n, np.uint8(3)), (2, 200)),
    (lambda n: nn.GroupNorm(np.uint8(100), n), (2, 200, 2)),
    (lambda n: nn.TransformerEncoderLayer(n, np.uint8(2), n), (2, 1, 200)),
]


@pytest.mark.parametrize(("make", "shape"), SMALL)
def test_a_size_in_a_small_dtype_does_not_overflow(make: Callable[[Any], nn.Module], shape: tuple[int, ...]) -> None:
    layer, same = make(np.uint8(200)), make(200)
    layer.load_state_dict(same.state_dict())
    answers = [a[0] if isinstance(a := one.eval()(np.ones(shape, np.float32)), tuple) else a for one in (layer, same)]
    np.testing.assert_array_equal(answers[0].data, answers[1].data)


def numpys(option: Any) -> Any:
    """Return a number as NumPy's."""
    if isinstance(option, tuple):
        return tuple(map(numpys, option))
    kind = {float: np.float64, int: np.int64, bool: np.bool_}.get(type(option))
    return option if kind is None else kind(option)


def with_numpys(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is given each of its options, the defaults too, as a number of NumPy's."""

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        bound.arguments.update({name: numpys(value) for name, value in bound.arguments.items() if name != "rng"})
        return function(*bound.args, **bound.kwargs)

    return call


def flat(answer: Any) -> list[Any]:
    return [one for part in answer for one in flat(part)] if isinstance(answer, (tuple, list)) else [answer]


@pytest.mark.parametrize("name", all_calls())
def test_options_that_are_numbers_of_numpys_change_neither_value_nor_dtype(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, operands = all_calls()[name]
    operands = tuple(Tensor(x, dtype=np.float32) if x.dtype == np.float64 else x for x in operands)
    expected = flat(function(*operands))
    own = name.partition(",")[0]
    monkeypatch.setattr(F, own, with_numpys(getattr(F, own)))
    for answer, same in zip(flat(function(*operands)), expected, strict=True):
        assert answer.dtype == same.dtype
        np.testing.assert_array_equal(np.asarray(answer), np.asarray(same))


def test_a_dropout_rate_out_of_linspace_leaves_float32() -> None:
    for p in (*np.linspace(0.1, 0.5, 3), np.float16(0.1)):
        assert nn.Dropout(p)(Tensor(np.ones(8, np.float32))).dtype == np.float32
