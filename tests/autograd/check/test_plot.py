"""The U-shaped curve of the error against the step."""

import builtins

import numpy as np
import pytest

from autograd import gradcheck, primitive

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
matplotlib.use("agg")
plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_curve_the_bar_and_the_chosen_step_are_drawn():
    result = gradcheck(lambda x, y: np.exp(x) * y, (1.0, 2.0))
    ax = result.plot("x")
    row = result.rows[0]
    steps, errors = ax.lines[0].get_data()
    assert list(steps) == [h for h, _, _ in row.sweep()]
    assert errors.argmin() not in (0, len(errors) - 1)  # a U
    assert errors[0] > 1e3 * errors.min() < 1e-3 * errors[-1]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_title() == "x: PASS"
    assert [label.split(":")[0] for label in labels(ax)][-2:] == ["error bar of numeric", "smallest step"]


def test_the_error_of_a_wrong_derivative_is_drawn_too_and_a_figure_can_be_given():
    gate = primitive(lambda x: np.sin(x), name="gate", x=lambda g, x: g * np.cos(x) * 1.1)
    ax = plt.figure().add_subplot()
    assert gradcheck(gate, np.array([0.5])).plot(ax=ax) is ax
    assert any(label.startswith("|analytic − numeric|") for label in labels(ax))
    assert ax.get_title() == "x[0]: FAIL"


def test_a_row_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="there is no curve of z to draw; rows that have one: x"):
        gradcheck(np.sin, 1.0).plot("z")


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    result = gradcheck(np.sin, 1.0)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"needs matplotlib; install it with: pip install 'seegrad\[training\]'"):
        result.plot()


def test_drawing_leaves_generators_as_they_are():
    rng = np.random.default_rng(0)
    result = gradcheck(lambda x: x * x * rng.uniform(1.0, 2.0, x.shape), np.ones(3))
    rng.random(5)
    before = rng.bit_generator.state
    result.plot()
    assert rng.bit_generator.state == before
