"""Blame: when something failed, the primitive is named whose rule is wrong, and where it was called."""

import inspect

import numpy as np
import pytest

import nn
import nn.functional as F
from autograd import Tensor, check_model, gradcheck, primitive
from nn.functional import normalisation
from tests.support.mutants import mutated

X = np.random.default_rng(0).uniform(0.2, 0.9, (3, 4))


def test_the_wrong_operation_among_right_ones_is_named_with_its_line_shape_and_operand():
    gate = primitive(lambda a, b: a * b, name="gate", a=lambda g, b: g * b, b=lambda g, a: 1.01 * g * a)

    def f(x):
        y = np.exp(x).mean(axis=1) / 4
        return np.tanh(gate(y, y[::-1]))

    line = inspect.getsourcelines(f)[1] + 2
    result = gradcheck(f, X)
    (blame,) = result.blame
    assert (blame.primitive, blame.operand, blame.shape) == ("gate", "b", (3,))
    assert blame.source == f"test_blame.py:{line}"
    np.testing.assert_allclose(blame.analytic / blame.numeric, 1.01, rtol=1e-6)
    assert f"Blame: gate, called at test_blame.py:{line}: its rule for the operand 'b' of shape (3,) gives " in str(
        result
    )


def test_nobody_is_blamed_if_all_is_well_or_if_the_graph_is_cut():
    assert gradcheck(lambda x: np.exp(x), X).blame == ()
    result = gradcheck(lambda x: np.exp(x) * x.data, X)
    assert not result
    assert result.blame == ()


def test_a_rule_that_misuses_its_upstream_gradient_is_blamed():
    gate = primitive(lambda x: np.sin(x), name="gate", x=lambda g, x: g * abs(g) * np.cos(x))
    (blame,) = gradcheck(lambda x: gate(np.exp(x)).sum(), X).blame
    assert blame.primitive == "gate"


def test_layer_norm_is_named_in_its_module_when_a_term_of_its_rule_is_missing():
    entry = normalisation._layer_norm.primitive
    right = entry.pull

    def without_the_mean(g, saved, parents):
        by_x, by_weight, by_bias = right(g, saved, parents)
        values = dict(zip(entry.names, saved, strict=True))
        rows = g.reshape(values["centred"].shape)
        uncentred, *_ = normalisation._pull_scaled(rows, values["centred"], values["inverse"], values["weight"])
        return uncentred.reshape(by_x.shape), by_weight, by_bias

    net = nn.Sequential(nn.Linear(4, 6, rng=1), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 3, rng=2))
    batch = X, np.array([0, 2, 1])
    assert check_model(net, nn.CrossEntropyLoss(), *batch)
    with mutated(entry, without_the_mean):
        result = check_model(net, nn.CrossEntropyLoss(), *batch)
    assert [(b.primitive, b.operand, b.scope) for b in result.blame] == [("layer_norm", "x", "LayerNorm '1'")]
    assert {row.name for row in result.failed} == {"0.weight", "0.bias", "input 0"}


@pytest.mark.parametrize("f", [np.concatenate, np.stack])
def test_operations_on_sequences_and_with_several_outputs_are_checked_alone_too(f):
    gate = primitive(lambda x: x * 2.0, name="gate", x=lambda g: g * 2.1)

    def g(x):
        parts = np.split(f([x, np.linalg.qr(x[:, :3])[0] if f is None else x * 3.0]), 2)
        return parts[0] * gate(parts[1])

    (blame,) = gradcheck(g, X).blame
    assert blame.primitive == "gate"


def test_what_is_wrong_about_a_constant_argument_is_no_concern():
    weight = Tensor(np.ones((2, 4)))
    assert gradcheck(lambda x: F.linear(x, weight), X).blame == ()
