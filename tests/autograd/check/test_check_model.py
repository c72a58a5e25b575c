"""check_model: each parameter and floating input is checked, and the model is not touched."""

import numpy as np
import pytest

import nn
from autograd import Tensor, check_model, primitive, seed
from autograd.check import GradientError
from autograd.random import generator


class Affine:
    def __init__(self, inputs, outputs, seed, gate=None):
        rng = np.random.default_rng(seed)
        self.weight = Tensor(rng.normal(size=(inputs, outputs)).astype(np.float32), requires_grad=True)
        self.bias = Tensor(np.full(outputs, 0.1, np.float32), requires_grad=True)
        self.gate = gate or (lambda x, w: x @ w)

    def __call__(self, x):
        return self.gate(x, self.weight) + self.bias


class Net:
    """A small network of the shape that nn.Module gives: a tree of attributes, and named_parameters()."""

    def __init__(self, gate=None):
        self.training = True
        self.fc1 = Affine(4, 8, 0)
        self.rest = [Affine(8, 3, 1, gate)]
        self.mean = np.zeros(3, np.float32)

    def named_parameters(self):
        for name, layer in (("fc1", self.fc1), ("rest.0", self.rest[0])):
            yield f"{name}.weight", layer.weight
            yield f"{name}.bias", layer.bias

    def __call__(self, x):
        return self.rest[0](np.tanh(self.fc1(x))) - self.mean


def square_loss(y, target):
    return ((y - target) ** 2).mean()


def batch():
    rng = np.random.default_rng(3)
    return rng.normal(size=(5, 4)).astype(np.float32), rng.normal(size=(5, 3)).astype(np.float32)


def test_each_parameter_and_floating_input_has_a_row():
    result = check_model(Net(), square_loss, *batch())
    assert result
    assert [(row.name, row.verdict) for row in result.rows] == [
        ("fc1.weight", "PASS"),
        ("fc1.bias", "PASS"),
        ("rest.0.weight", "PASS"),
        ("rest.0.bias", "PASS"),
        ("input 0", "PASS"),
    ]
    assert [row.checked for row in result.rows] == ["2 directions", "all", "2 directions", "all", "2 directions"]
    assert max(row.relative_error for row in result.rows) < 1e-6
    assert "Inputs of other precision were checked in float64 copies." in str(result)


def test_a_wrong_gate_in_a_layer_is_flagged_at_its_parameter():
    gate = primitive(lambda x, w: x @ w, name="gate", x=lambda g, w: g @ w.T, w=lambda g, x: 1.01 * (x.T @ g))
    result = check_model(Net(gate), square_loss, *batch())
    assert [row.name for row in result.failed] == ["rest.0.weight"]
    with pytest.raises(GradientError, match=r"At rest\.0\.weight\[\d, \d\] differences give"):
        check_model(Net(gate), square_loss, *batch(), raise_exception=True)


def test_a_gradient_that_is_lost_on_the_way_is_flagged_at_all_it_does_not_reach():
    class Cut(Net):
        def __call__(self, x):
            return self.rest[0](np.tanh(self.fc1(x)).detach())

    result = check_model(Cut(), square_loss, *batch())
    assert [row.name for row in result.failed] == ["fc1.weight", "fc1.bias", "input 0"]
    assert "no gradient arrives here" in str(result)


def test_hidden_units_that_begin_at_their_kink_are_no_error():
    class Ramps(Affine):
        def named_parameters(self):
            yield "weight", self.weight
            yield "bias", self.bias

        def __call__(self, x):
            y = super().__call__(x)
            return np.where(y > 0, y, 0.0)

    model = Ramps(4, 8, 0)
    model.bias.data = np.zeros(8, np.float32)
    result = check_model(model, square_loss, np.zeros((5, 4)), np.ones((5, 8)))
    assert [(row.name, row.verdict) for row in result.rows] == [
        ("weight", "PASS"),
        ("bias", "SUBGRADIENT"),
        ("input 0", "SUBGRADIENT"),
    ]


def test_the_model_and_the_batch_stay_as_they_are():
    model, (x, y) = Net(), batch()
    parameters = dict(model.named_parameters())
    for p in parameters.values():
        p.grad = Tensor(np.ones(p.shape, np.float32))
    before = {name: (p, p.data, p.data.tobytes(), p.grad, p.node) for name, p in parameters.items()}
    bits = x.tobytes(), y.tobytes()
    check_model(model, square_loss, x, y)
    for name, p in model.named_parameters():
        assert (p, p.data, p.data.tobytes(), p.grad, p.node) == before[name]
        assert p.dtype == np.float32
        np.testing.assert_array_equal(p.grad.data, 1.0)
    assert model.training is True
    assert (x.tobytes(), y.tobytes()) == bits


def test_frozen_parameters_and_integer_inputs_are_held_constant():
    class Embedding:
        def __init__(self):
            self.table = Tensor(np.random.default_rng(0).normal(size=(6, 3)), requires_grad=True)
            self.scale = Tensor(np.ones(3))

        def named_parameters(self):
            yield "table", self.table
            yield "scale", self.scale

        def __call__(self, words):
            assert words.dtype.kind == "i"
            return self.table[words] * self.scale

    result = check_model(Embedding(), square_loss, np.array([0, 2, 2]), np.zeros((3, 3)))
    assert [row.name for row in result.rows] == ["table"]
    assert result
    assert "float64 copies" not in str(result)


def test_parameters_that_are_shared_are_moved_together():
    class Tied(Net):
        def __init__(self):
            super().__init__()
            self.fc1 = self.rest[0] = Affine(4, 4, 0)

        def named_parameters(self):
            yield "weight", self.fc1.weight

        def __call__(self, x):
            return self.rest[0](np.tanh(self.fc1(x)))

    assert check_model(Tied(), square_loss, batch()[0], 0.5)


class Dropping(Net):
    rng = np.random.default_rng(0)

    def __call__(self, x):
        return super().__call__(x) * float(self.rng.random())


class Frozen(Net):
    def named_parameters(self):
        for name, p in super().named_parameters():
            yield name, p.requires_grad_(False)

    def __call__(self, x):
        return super().__call__(x.astype(float))


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (
            lambda: check_model(len, square_loss, *batch()),
            TypeError,
            "check_model needs a model with named_parameters(), as an nn.Module has, not builtin_function_or_method; "
            "for a plain function use gradcheck",
        ),
        (
            lambda: check_model(Net(), square_loss, batch()[0]),
            TypeError,
            "check_model(model, loss_fn, *batch) needs the inputs and the target, and got 1 array(s); write "
            "check_model(model, loss_fn, x, y)",
        ),
        (
            lambda: check_model(Frozen(), square_loss, np.ones((2, 4), int), 0.0),
            TypeError,
            "nothing in Frozen requires a gradient: all its parameters are frozen (requires_grad=False), and no input "
            "is of floating point numbers",
        ),
        (
            lambda: check_model(Dropping(), square_loss, *batch()),
            ValueError,
            "output 0 of Dropping differs between two runs on the same inputs, so differences mean nothing",
        ),
    ],
)
def test_errors_say_what_was_given_and_what_to_do(attempt, error, text):
    with pytest.raises(error) as caught:
        attempt()
    assert text in str(caught.value)


# ---------------------------------------------------------------------------------------- layers that do not hold still


def test_dropout_is_held_fixed_and_its_generators_go_on_where_they_were():
    own = nn.Dropout(0.5, rng=3)
    net = nn.Sequential(nn.Linear(4, 6, rng=1), nn.Dropout(0.5), own, nn.Linear(6, 3, rng=2))
    seed(5)
    before = generator(None).bit_generator.state
    result = check_model(net, square_loss, *batch())
    assert result.verdict == "PASS", str(result)
    assert generator(None).bit_generator.state == before
    seed(5)
    first = net(batch()[0]).data
    seed(5)
    fresh = nn.Dropout(0.5, rng=3)
    other = nn.Sequential(nn.Linear(4, 6, rng=1), nn.Dropout(0.5), fresh, nn.Linear(6, 3, rng=2))
    np.testing.assert_array_equal(other(batch()[0]).data, first)


def test_running_statistics_come_back_unchanged():
    net = nn.Sequential(nn.Linear(4, 6, rng=1), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 3, rng=2))
    before = {name: value.copy() for name, value in net.state_dict().items()}
    assert check_model(net, square_loss, *batch())
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
        assert value.dtype == before[name].dtype


def test_the_gap_of_float32_stands_beside_each_parameter_and_not_beside_inputs():
    rows = check_model(Net(), square_loss, *batch()).rows
    assert all(1e-9 < row.gap < 1e-5 for row in rows[:-1])
    assert rows[-1].gap is None
    net = nn.Sequential(nn.Linear(4, 3, rng=1, dtype=np.float64))
    assert all(row.gap is None for row in check_model(net, square_loss, *batch()).rows)


def test_the_second_order_of_a_model_is_checked_when_it_is_asked_for():
    net = nn.Sequential(nn.Linear(2, 3, rng=1), nn.Tanh(), nn.Linear(3, 1, rng=2))
    result = check_model(net, square_loss, np.ones((2, 2)), np.zeros((2, 1)), order=2)
    assert result
    assert [row.name for row in result.rows][5:7] == ["∇ by 0.weight", "∇ by 0.bias"]


def test_a_loss_that_shares_the_models_parameters_goes_on_sharing_them():
    class Decayed:
        def __init__(self, model):
            self.model = model

        def __call__(self, y, target):
            return square_loss(y, target) + sum((p * p).sum() for _, p in self.model.named_parameters())

    model = Net()
    result = check_model(model, Decayed(model), *batch())
    assert result
    rows = {row.name: row for row in result.rows}
    plain = {row.name: row for row in check_model(model, square_loss, *batch()).rows}
    assert rows["fc1.bias"].analytic != plain["fc1.bias"].analytic
