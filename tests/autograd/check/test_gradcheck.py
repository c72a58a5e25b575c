"""gradcheck: wrong rules are found, right ones pass, and the user's arrays stay as they are."""

import numpy as np
import pytest

from autograd import Tensor, gradcheck, no_grad, primitive
from autograd.graph import is_recording
from autograd.rules import elementwise


def generic(shape, seed=0):
    return np.random.default_rng(seed).uniform(0.2, 0.9, shape)


# ------------------------------------------------------------------------------------------------ wrong rules are found


def _affine(x, w, b):
    return x @ w + b


RIGHT = {
    "x": lambda g, w: g @ w.T,
    "w": lambda g, x: x.T @ g,
    "b": lambda g: g.sum(axis=0),
}
WRONG = {
    "sign flipped": {"w": lambda g, x: -(x.T @ g)},
    "×1.001": {"x": lambda g, w: 1.001 * (g @ w.T)},
    "×1.01": {"b": lambda g: 1.01 * g.sum(axis=0)},
    "transposed": {"w": lambda g, x: (x.T @ g).T},
    "a term dropped": {"b": lambda g: g[0]},
    "one entry wrong": {"x": lambda g, w, x: g @ w.T * np.where(x == x[1, 2], 1.001, 1.0)},
    "zero": {"x": lambda g, x: np.zeros_like(x)},
    "upstream forgotten": {"b": lambda g: np.ones_like(g).sum(axis=0)},
    "upstream squared": {"b": lambda g: (g * g).sum(axis=0)},
}
AFFINE_INPUTS = (generic((4, 3)), generic((3, 3), 1), generic(3, 2))


def test_a_right_gate_passes():
    result = gradcheck(primitive(_affine, name="affine", **RIGHT), AFFINE_INPUTS)
    assert result
    assert [(row.name, row.verdict) for row in result.rows] == [("x", "PASS"), ("w", "PASS"), ("b", "PASS")]
    assert max(row.relative_error for row in result.rows) < 1e-9


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_gate_is_flagged_and_only_where_it_is_wrong(mistake):
    result = gradcheck(primitive(_affine, name="affine", **(RIGHT | WRONG[mistake])), AFFINE_INPUTS)
    assert not result
    assert [row.name for row in result.failed] == list(WRONG[mistake])


@pytest.mark.parametrize(
    "rule", [lambda g, x: np.cos(x), lambda g, x: g * g * np.cos(x), lambda g, x: np.abs(g) * np.cos(x)]
)
def test_misuse_of_the_upstream_gradient_is_found_at_a_scalar_output_too(rule):
    sine = primitive(lambda x: np.sin(x), name="sine", x=rule)
    assert not gradcheck(sine, 0.5)


def test_the_worst_entry_is_the_wrong_one():
    x = generic((2, 3))
    gate = primitive(lambda x: x * x, name="gate", x=lambda g, x: 2 * g * x * np.where(x == x[1, 2], 2.0, 1.0))
    row = gradcheck(lambda x: gate(x).sum(), x).worst
    assert row.index == (1, 2)
    np.testing.assert_allclose([row.analytic, row.numeric], [4 * x[1, 2], 2 * x[1, 2]], rtol=1e-6)
    np.testing.assert_allclose(row.analytic - row.numeric, 2 * x[1, 2], rtol=1e-6)
    np.testing.assert_allclose(row.relative_error, 0.5, rtol=1e-6)


SMOOTH = sorted(
    name
    for name, operation in vars(elementwise).items()
    if hasattr(operation, "primitive")
    and set(operation.primitive.parameters) == set(operation.primitive.operands)  # no options to choose
    and name != "clip"
)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_all_elementwise_rules_pass_at_generic_points(name, shape):
    operation = getattr(elementwise, name)
    inputs = [generic(shape, seed) for seed in range(len(operation.primitive.operands))]
    if name == "arccosh":
        inputs = [1.0 + inputs[0]]
    result = gradcheck(operation, tuple(inputs))
    assert result, str(result)
    assert all(row.verdict == "PASS" for row in result.rows), str(result)


# ------------------------------------------------------------------------------------------- right rules in hard places


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.log, np.array([1e-7, 1e-3, 1.0, 1e5])),
        (np.reciprocal, np.array([1e-4, 1e4])),
        (lambda x: np.exp(10 * x), np.array([0.0, 2.0])),
        (lambda x: np.maximum(x, 0), np.array([1e-9, -1e-9, 1.0])),
        (lambda x: np.sin(100 * x), np.linspace(-1, 1, 7)),
        (lambda x: (np.exp(x) / np.exp(x).sum()).sum(), np.array([1.0, 2.0, 3.0])),  # the gradient is zero
        (lambda x: 1e-12 * np.sin(x), np.array([0.3, 0.7])),
        (lambda x: 1e12 * np.sin(x), np.array([0.3, 0.7])),
        (lambda x: ((x - x.mean()) * np.arange(3.0)).sum(), np.array([1e6, 1e6 + 1, 1e6 + 3])),
    ],
)
def test_right_rules_pass_where_one_step_would_not_do(f, x):
    result = gradcheck(f, x)
    assert result.rows[0].verdict == "PASS", str(result)


def test_outputs_may_be_several_and_some_of_them_constant_or_counts():
    def f(x, y):
        return x @ y, np.sin(x), 3.0, (x > 0).sum(), np.asarray(x.data > 0)

    assert gradcheck(f, (generic((2, 3)), generic((3, 2), 1)))


def test_views_and_in_place_syntax_pass():
    def f(x):
        x *= 2.0
        x[0] = 1.0
        return x.T, x.reshape(-1)

    assert gradcheck(f, generic((2, 3)))
    assert gradcheck(lambda x: x, generic(3))


def test_empty_inputs_pass_without_entries():
    result = gradcheck(lambda x: x.sum(), np.ones((0, 3)))
    assert result
    assert result.rows[0].analytic is None


# ---------------------------------------------------------------------------------------------------------------- kinks


def ramp(slope_at_zero):
    rule = lambda g, x: g * np.where(x == 0, slope_at_zero, np.where(x > 0, 1.0, 0.0))  # noqa: E731
    return primitive(lambda x: np.maximum(x, 0.0), name="ramp", x=rule)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_any_derivative_between_the_slopes_of_a_kink_is_right(slope):
    result = gradcheck(ramp(slope), 0.0)
    assert result
    assert result.rows[0].verdict == "SUBGRADIENT"
    assert f"x: a kink: slopes 0 and 1, analytic {slope:g}, in between." in str(result)
    assert str(result).startswith("gradient check of ramp: 1 SUBGRADIENT\n")


@pytest.mark.parametrize("slope", [-0.001, 1.001, -1.0, 2.0])
def test_a_derivative_outside_the_slopes_of_a_kink_fails(slope):
    result = gradcheck(ramp(slope), np.array([1.0, 0.0]))
    assert result.failed[0].index == (1,)
    assert "not in between" in str(result)


def test_a_kink_does_not_hide_an_error_elsewhere():
    gate = primitive(lambda x: np.maximum(x, 0.0), name="gate", x=lambda g, x: 1.001 * g * (x > 0))
    assert gradcheck(gate, np.array([0.0, 0.0, 1.0])).failed[0].index == (2,)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.where(x > 0, x, 0.1 * x), np.zeros(3)),
        (lambda x: np.sin(x * (x > 2)), np.array([0.5, 1.0])),
        (lambda x: np.exp(np.clip(x, 0.0, 1.0)), np.array([0.0, 0.5, 1.0])),
        (lambda x: 1e-9 * ramp(0.0)(x), 0.0),
        (lambda x: 1e3 + ramp(0.0)(x), 0.0),
    ],
)
def test_right_rules_pass_at_their_kinks(f, x):
    assert gradcheck(f, x)


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: np.sqrt(np.abs(x)),  # no slope at 0 on either side
        lambda x: np.where(x > 0, 1.0, 0.0),  # a jump
        lambda x: x * x,
        lambda x: x * x * x,
        lambda x: x * np.abs(x),
    ],
)
def test_where_there_is_no_kink_a_wrong_rule_fails(forward):
    gate = primitive(forward, name="gate", x=lambda g: g * 0.5)
    assert gradcheck(gate, 0.0).rows[0].verdict == "FAIL"


# --------------------------------------------------------------------------------------------------- verdicts and notes


def test_a_cut_graph_fails_and_the_note_says_so():
    result = gradcheck(lambda x, y: Tensor(x.data) * y, (generic(3), generic(3, 1)))
    assert [row.verdict for row in result.rows] == ["FAIL", "PASS"]
    assert (
        "x: no gradient arrives here, though the output depends on it: .data, .detach(), no_grad() or a plain NumPy "
        "array lies between." in str(result)
    )


def test_a_rule_that_returns_none_is_named_as_the_reason_for_no_gradient():
    gate = primitive(lambda x: 2.0 * x, name="gate", x=lambda g: None)
    result = gradcheck(gate, generic(3))
    assert not result
    assert (
        "x: no gradient arrives here, though the output depends on it and the graph leads here: a derivative rule on "
        "the way returned None." in str(result)
    )


def test_lower_precision_on_the_way_is_unclear_and_no_failure():
    def f(x, y):
        return np.sin(np.exp(x).astype(np.float32)).astype(np.float64) * y

    result = gradcheck(f, (generic(3), generic(3, 1)))
    assert result
    assert [row.verdict for row in result.rows] == ["INCONCLUSIVE", "PASS"]
    assert (
        "x: astype gives float32 on the way, and differences drown in its rounding; let the function keep the dtype of "
        "its inputs (x.dtype for np.float32) and check again." in str(result)
    )


def test_lower_precision_elsewhere_excuses_nothing():
    gate = primitive(lambda x: 2.0 * x, name="gate", x=lambda g: -2.0 * g)
    result = gradcheck(lambda x, y: gate(x) + y.astype(np.float32), (generic(3), generic(3, 1)))
    assert [(row.name, row.verdict) for row in result.rows] == [("x", "FAIL"), ("y", "INCONCLUSIVE")]


def test_a_long_way_to_the_input_does_not_recurse():
    def f(x):
        for _ in range(5000):
            x = x + 0.0
        return x * x

    assert gradcheck(f, 1.0)


def test_an_output_without_graph_fails_if_it_depends_on_the_input_and_passes_if_not():
    assert not gradcheck(lambda x: Tensor(x.data * 2), generic(3))
    assert gradcheck(lambda x: Tensor(1.0), generic(3))


def test_the_border_of_a_domain_is_unclear_and_no_failure():
    result = gradcheck(np.sqrt, np.array([0.0, 1.0]))
    assert result
    assert result.rows[0].verdict == "INCONCLUSIVE"
    assert result.rows[0].index == (0,)
    assert str(result).startswith("gradient check of sqrt: 1 INCONCLUSIVE\n")
    assert "the function is finite on the right side only: there is no derivative to compare." in str(result)


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf")])
def test_a_gradient_that_is_not_finite_fails(value, shown):
    gate = primitive(lambda x: 1.0 * x, name="gate", x=lambda g, x: g * np.where(x > 0.5, value, 1.0))
    result = gradcheck(lambda x: gate(x).sum(), np.array([0.2, 0.7]))
    assert result.failed[0].index == (1,)
    assert f"backward gives {shown} where the differences are finite." in str(result)


def test_float32_is_checked_in_float64_and_the_table_says_so():
    seen = set()

    def f(x):
        seen.add(x.dtype)
        return np.sin(x)

    result = gradcheck(f, generic(3).astype(np.float32))
    assert result
    assert seen == {np.dtype(np.float64)}
    assert "Inputs of other precision were checked in float64 copies." in str(result)
    assert "float64 copies" not in str(gradcheck(f, generic(3)))


def test_only_tensors_that_require_a_gradient_are_checked_if_there_are_any():
    a, b = Tensor(generic(3), requires_grad=True, name="a"), Tensor(generic(3, 1))
    assert [row.name for row in gradcheck(lambda x, y: x * y, (a, b)).rows] == ["a"]
    assert [row.name for row in gradcheck(lambda x, y: x * y, (a.detach(), b)).rows] == ["x", "y"]


def test_other_inputs_reach_the_function_as_they_are():
    labels = np.array([0, 2])

    def f(x, index, text):
        assert index is labels
        assert text == "sum"
        return x[index].sum()

    assert [row.name for row in gradcheck(f, (generic(3), labels, "sum")).rows] == ["x"]


def test_inputs_of_the_same_name_are_told_apart():
    a, b = Tensor(1.0, requires_grad=True, name="w"), Tensor(2.0, requires_grad=True, name="w")
    assert [row.name for row in gradcheck(lambda *ws: ws[0] * ws[1], (a, b)).rows] == ["w", "w (1)"]
    assert [row.name for row in gradcheck(lambda *ws: ws[0] * ws[1], (1.0, 2.0)).rows] == ["input 0", "input 1"]


def test_nothing_of_the_caller_is_changed():
    x, t = generic((2, 3)), Tensor(generic(3, 1), requires_grad=True)
    t.grad = Tensor(np.ones(3))
    before = x.tobytes(), t.data.tobytes()
    array, grad, node = t.data, t.grad, t.node
    x.flags.writeable = False
    with no_grad():
        assert gradcheck(lambda x, t: np.tanh(x) * t, (x, t))
        assert gradcheck(lambda x: np.tanh(x) * t, x)
        assert not is_recording()
    assert (x.tobytes(), t.data.tobytes()) == before
    assert t.data is array
    assert t.grad is grad
    assert t.node is node
    np.testing.assert_array_equal(t.grad.data, np.ones(3))


def test_a_failing_function_leaves_the_mode_as_it_was():
    with pytest.raises(ZeroDivisionError):
        gradcheck(lambda x: 1 / 0, 1.0)
    assert is_recording()


@pytest.mark.parametrize("scale", [1e-120, 1e-160, 1e-200, 1e-300])
@pytest.mark.parametrize("f", [lambda x: (x * x).sum(), lambda x: (x**3).sum(), lambda x: np.sin(x * x)])
def test_values_that_underflow_are_no_reason_for_an_alarm(f, scale):
    assert "FAIL" not in gradcheck(f, (np.array([0.3, 0.7]) * scale,)).verdict


def test_a_wrong_rule_fails_at_numbers_so_small_that_their_squares_have_few_digits():
    wrong = primitive(lambda x: x * x, name="wrong", x=lambda g, x: g * 2.1 * x)
    assert gradcheck(wrong, (np.array([0.3, 0.7]) * 1e-150,)).verdict == "FAIL"
