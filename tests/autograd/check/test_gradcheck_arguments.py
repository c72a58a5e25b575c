"""gradcheck: what may be given to it, what it says on errors, and the bar that moves while it is at work."""

import builtins
import json
import subprocess
import sys
import types

import numpy as np
import pytest

from autograd import gradcheck, primitive
from autograd.check import GradientError, assert_gradients, progress


def generic(shape, seed=0):
    return np.random.default_rng(seed).uniform(0.2, 0.9, shape)


# ------------------------------------------------------------------------------------------------------------ the seed


def test_the_same_seed_gives_the_same_check_and_another_seed_another():
    def entry(rng):
        return gradcheck(lambda x: np.sin(x), generic(50), rng=rng).to_dict()["rows"]

    assert entry(0) == entry(0)
    assert entry(0) != entry(1)


# ---------------------------------------------------------------------------------------------------------- progress


def test_a_bar_moves_on_stderr_if_tqdm_is_there_and_the_check_is_long(monkeypatch):
    moves = []

    class Bar:
        def __init__(self, total, file, **options):
            assert file is sys.stderr
            moves.append(total)

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            moves.append("closed")

        def update(self):
            moves.append(1)

    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    gradcheck(lambda x: x * x, generic(3))
    assert moves == []
    monkeypatch.setattr(progress, "LONG", 0.0)
    gradcheck(lambda x: x * x, generic(3))
    assert moves == [3, 1, 1, 1, "closed"]


def test_a_long_check_does_without_tqdm(monkeypatch):
    monkeypatch.setattr(progress, "LONG", 0.0)
    real = builtins.__import__

    def without_tqdm(name, *args, **kwargs):
        if name == "tqdm":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_tqdm)
    assert gradcheck(lambda x: x * x, generic(3))


def test_importing_the_engine_does_not_load_the_check_and_the_check_loads_numpy_alone():
    program = (
        "import sys, autograd; assert 'autograd.check' not in sys.modules; "
        "from autograd import gradcheck, check_model; assert gradcheck(lambda x: x * x, 1.0); "
        "assert not {'tqdm', 'scipy', 'matplotlib', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# -------------------------------------------------------------------------------------------------------------- errors


def test_raise_exception_raises_the_table_and_the_worst_entry_in_words():
    gate = primitive(lambda x: 1.0 * x, name="gate", x=lambda g: -g)
    with pytest.raises(GradientError) as caught:
        gradcheck(gate, np.array([3.0]), raise_exception=True)
    assert issubclass(GradientError, AssertionError)
    text = str(caught.value)
    assert text.startswith("gradient check of gate: 1 FAIL\ninput  shape  verdict  analytic")
    assert text.splitlines()[-1].startswith("At x[0] differences give ")
    assert text.splitlines()[-1].endswith(": -1 times that, a relative error of 2.0e+00.")
    gradcheck(lambda x: x * x, 1.0, raise_exception=True)


def flaky(state=iter(range(10**6))):  # noqa: B008
    return lambda x: x * float(next(state))


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (
            lambda: gradcheck(np.sin, np.arange(3)),
            TypeError,
            "gradcheck(sin) found no floating point input to differentiate by; write 1.0 for 1, or array.astype(float)",
        ),
        (
            lambda: gradcheck(lambda x, y: x * y, [np.ones(2), np.ones(2)]),
            TypeError,
            "gradcheck takes several inputs as a tuple, not as a list; write gradcheck(f, (x, y))",
        ),
        (
            lambda: gradcheck(np.multiply, 1.0, 2.0),
            TypeError,
            "gradcheck takes several inputs as one tuple, and 2 were given one by one; write "
            "gradcheck(multiply, (…, …))",
        ),
        (
            lambda: gradcheck(lambda x: None, 1.0),
            TypeError,
            "<lambda> returned NoneType; it must return a Tensor, or a tuple of Tensors",
        ),
        (
            lambda: gradcheck(lambda x: x.astype(np.float32), 1.0),
            TypeError,
            "output 0 of <lambda> has dtype float32 though its inputs are float64, and differences would drown in its "
            "rounding; let the function keep the dtype of its inputs (no astype, no dtype=)",
        ),
        (
            lambda: gradcheck(lambda x: (x, x / np.array([1.0, 0.0])), np.array([1.0, 2.0])),
            ValueError,
            "output 1 of <lambda> is inf at [1], so there is no derivative to check; choose inputs at which the "
            "function is finite",
        ),
        (
            lambda: gradcheck(flaky(), 1.0),
            ValueError,
            "output 0 of <lambda> differs between two runs on the same inputs, so differences mean nothing; it draws "
            "random numbers from a generator that cannot be found (pass one as rng=, or use the library's), or keeps a "
            "state from run to run: switch that off, or seed it anew in each call",
        ),
        (
            lambda: gradcheck(np.sin, 1.0, order=3),
            ValueError,
            "order=3: gradients are checked to order 1 or 2",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_errors_say_what_was_given_and_what_to_do(attempt, error, text):
    with pytest.raises(error) as caught:
        attempt()
    assert text in str(caught.value)


def test_a_list_of_numbers_is_one_array():
    assert gradcheck(lambda x: x * x, [1.0, 2.0]).rows[0].shape == (2,)


def test_the_result_is_plain_data():
    result = gradcheck(lambda x: x * x, generic((2, 3)))
    data = json.loads(json.dumps(result.to_dict()))
    assert data["passed"] is True
    assert data["rows"][0]["shape"] == [2, 3]
    assert len(data["rows"][0]["index"]) == 2


# ------------------------------------------------------------------------------------- inputs and outputs of many kinds


def test_inputs_may_be_named_nested_and_of_no_gradient():
    def f(x, *, pair, table, scale=2.0):
        return {"a": x @ pair[0] + table["bias"], "b": pair[1] * scale}

    inputs = {"x": generic((2, 3)), "pair": (generic((3, 2), 1), generic(2, 2)), "table": {"bias": generic(2, 3)}}
    result = gradcheck(f, inputs)
    assert result
    assert [row.name for row in result.rows] == ["x", "pair[0]", "pair[1]", "table['bias']"]
    wrong = primitive(lambda b: b * 1.0, name="wrong", b=lambda g: 1.1 * g)
    result = gradcheck(lambda x, pair, table: f(x, pair=pair, table={"bias": wrong(table["bias"])}), inputs)
    assert [row.name for row in result.failed] == ["table['bias']"]


def test_the_second_order_is_checked_when_it_is_asked_for():
    right = gradcheck(lambda x, y: np.exp(x) * y, (generic(3), generic(3, 1)), order=2)
    assert right
    assert [row.name for row in right.rows] == ["x", "y", "∇ by x", "∇ by y"]
    gate = primitive(
        lambda x: np.sin(x), name="gate", x=lambda g, x: g * np.cos(x if isinstance(x, np.ndarray) else x.detach())
    )
    assert gradcheck(gate, generic(3))
    second = gradcheck(gate, generic(3), order=2)
    assert [row.name for row in second.failed] == ["∇ by x"]
    assert gradcheck(lambda x: 3.0 * x, generic(3), order=2)


def test_shapes_of_no_axes_and_of_no_elements_pass():
    assert gradcheck(lambda x, y: x * y, (2.0, generic((0, 3))))
    assert gradcheck(lambda x: x[:0], generic(3))
    assert gradcheck(np.tanh, np.array(0.3)).rows[0].shape == ()


def test_a_large_input_is_checked_along_directions():
    result = gradcheck(lambda x: np.tanh(x).sum(), generic((30, 40)))
    (row,) = result.rows
    assert (row.verdict, row.checked, row.index) == ("PASS", "2 directions", ())
    assert row.relative_error < 1e-9
    assert result.evaluations < 120


def test_gradients_of_a_large_input_that_nobody_can_resolve_are_inconclusive():
    scale = np.where(np.arange(1000) < 500, 1.0, 1e-30)
    result = gradcheck(lambda x: (np.abs(x) ** 1.5 * scale).sum(), generic(1000))
    assert result.verdict == "INCONCLUSIVE"
    assert "500 of 1000 entries have gradients too small to be told from rounding errors" in str(result)


def test_assert_gradients_takes_the_inputs_one_by_one_and_raises():
    assert assert_gradients(np.multiply, 2.0, generic(3), order=2).verdict == "PASS"
    gate = primitive(lambda x: 1.0 * x, name="gate", x=lambda g: 2.0 * g)
    with pytest.raises(GradientError, match="gate"):
        assert_gradients(gate, generic(3))
