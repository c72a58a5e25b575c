"""A monitor sees what goes on in a model, and does not change it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.training.problems import batched, blobs, net
from training import Monitor, fit
from training.records import layer_of

X, Y = blobs(40)


def seen(model: nn.Module, x: Any = X, y: Any = Y, lr: float = 0.1) -> Any:
    """The record of one step of gradient descent."""
    sgd = optim.SGD(model.parameters(), lr=lr)
    with Monitor(model) as monitor:
        sgd.zero_grad()
        F.cross_entropy(model(x), y).backward()
        sgd.step()
        monitor.step()
    return monitor.records[0]


def test_it_sees_activations_gradients_and_steps() -> None:
    model, again = net(np.float64), net(np.float64)
    record = seen(model)
    first = again[0](X.astype(np.float64))
    hidden = again[1](first)
    scores = again[2](hidden)
    for tensor in (first, hidden, scores):
        tensor.retain_grad()
    F.cross_entropy(scores, Y).backward()
    for path, tensor in zip("012", (first, hidden, scores), strict=True):
        layer = record.layers[path]
        assert (layer.mean, layer.std) == pytest.approx((tensor.data.mean(), tensor.data.std()), rel=1e-6)
        assert layer.delta == pytest.approx(np.linalg.norm(tensor.grad.data), rel=1e-6)
        assert layer.signal == pytest.approx(np.sqrt(tensor.data.var(axis=0).mean()))
        assert layer.counts.sum() == tensor.size
        assert layer.edges[[0, -1]] == pytest.approx([tensor.data.min(), tensor.data.max()])
    assert list(record.weights) == ["0.weight", "2.weight"]
    for name, w in record.weights.items():
        p = again.get_parameter(name)
        assert w.norm == pytest.approx(np.linalg.norm(p.data))
        assert w.gradient == pytest.approx(np.linalg.norm(p.grad.data), rel=1e-6)
        assert w.ratio == pytest.approx(0.1 * w.gradient / w.norm, rel=1e-6)
    assert record.input == pytest.approx((X.mean(), X.std()), rel=1e-4)


def test_dead_units_are_those_that_are_0_for_the_whole_batch() -> None:
    model = nn.Sequential(nn.Linear(2, 4, rng=0), nn.ReLU(), nn.Linear(4, 3, rng=0))
    model[0].weight.data = np.ones((4, 2))
    model[0].bias.data = [-99.0, 99.0, -99.0, 0.0]  # dead, alive, dead, alive for some
    assert seen(model).layers["1"].dead == 0.5
    images = nn.Sequential(nn.Conv2d(1, 2, 3, rng=0), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3, rng=0))
    images[0].bias.data = [-99.0, 99.0]
    record = seen(images, np.ones((5, 1, 4, 4), dtype=np.float32), np.zeros(5, int))
    assert record.layers["1"].dead == 0.5
    assert record.layers["1"].saturated is None
    images[0].weight.data, images[0].bias.data = np.ones((2, 1, 3, 3)), [0.0, 0.0]
    corner = np.zeros((5, 1, 4, 4), dtype=np.float32)
    corner[:, :, 0, 0] = 1.0  # both channels see it, in one of four places
    assert seen(images, corner, np.zeros(5, int)).layers["1"].dead == 0.0


def test_histograms_are_those_of_numpy_and_leave_out_what_is_not_finite() -> None:
    x = np.random.default_rng(0).normal(size=(30, 7)).astype(np.float32)
    for values in (x, np.full((3, 2), 4.0), np.array(2.0)):
        layer = layer_of("Linear", values, None, 12)
        counts, edges = np.histogram(values, bins=12)
        np.testing.assert_array_equal(layer.counts, counts)
        np.testing.assert_allclose(layer.edges, edges, rtol=1e-6)
        assert (layer.mean, layer.std) == pytest.approx((values.mean(), values.std()), abs=1e-6)
    holes = x.copy()
    holes[0, 0], holes[1, 1] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        assert layer_of("Linear", holes, None, 12).counts.sum() == 208
        assert layer_of("Linear", np.full((2, 2), np.nan), None, 12).counts.sum() == 0


@pytest.mark.parametrize(("layer", "edge"), [(nn.Tanh, math.sqrt(0.9)), (nn.Sigmoid, 0.5 + math.sqrt(0.9) / 2)])
def test_saturated_outputs_are_those_where_the_slope_is_small(layer: Any, edge: float) -> None:
    model = nn.Sequential(nn.Linear(2, 50, rng=0), layer(), nn.Linear(50, 3, rng=0))
    model[0].weight.data = 3 * model[0].weight.data
    outputs = model[:2](X).data
    low = -edge if layer is nn.Tanh else 1 - edge
    expected = np.mean((outputs > edge) | (outputs < low))
    assert 0.1 < expected < 0.9
    assert seen(model).layers["1"].saturated == pytest.approx(expected, abs=1e-3)


def test_functions_in_front_of_a_layer_are_seen_too() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(2, 4, rng=0), nn.Linear(4, 4, rng=0)
            self.act, self.third = nn.ReLU(), nn.Linear(4, 3, rng=0)

        def forward(self, x: Any) -> Any:
            return self.third(self.act(self.second(np.tanh(self.first(x)))))

    record = seen(Net())
    assert list(record.layers) == ["first", "tanh before second", "second", "act", "third"]
    assert record.layers["tanh before second"].saturated is not None
    assert record.layers["act"].dead is not None
    assert record.layers["tanh before second"].delta is not None


def test_a_training_that_is_looked_at_is_the_same() -> None:
    watched, other = net(), net()
    for model, callbacks in ((watched, lambda m: [Monitor(m, every=2)]), (other, lambda m: [])):
        adam = optim.Adam(model.parameters(), lr=0.01)
        fit(model, F.cross_entropy, adam, batched((X, Y), 8), 3, callbacks=callbacks(model), validate=(X, Y),
            progress=False)  # fmt: skip
    for a, b in zip(watched.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_it_looks_at_one_step_in_so_many_and_has_its_hooks_in_the_model_only_then() -> None:
    model = net()
    monitor = Monitor(model, every=3)
    hooks: list[bool] = []

    def has_hooks(module: Any) -> bool:
        return module._hooks is not None and bool(module._hooks.after)

    class Look(optim.SGD):
        def step(self, closure: Any = None) -> Any:
            result = super().step(closure)
            hooks.append(has_hooks(model[0]))
            return result

    fit(model, F.cross_entropy, Look(model.parameters(), lr=0.1), batched((X, Y), 10), 2, callbacks=[monitor],
        validate=(X, Y), progress=False)  # fmt: skip
    assert [record.step for record in monitor.records] == [1, 4, 7]
    assert hooks == [True, False, False, True, False, False, True, False]
    assert not has_hooks(model[0])
    assert repr(monitor) == "Monitor(Sequential, every=3: 3 records)"
    assert all(record.layers["0"].counts.sum() == 10 * 8 for record in monitor.records)  # of batches, not of validation


def test_it_does_not_look_at_what_is_evaluated_between_two_steps() -> None:
    model = net()
    monitor = Monitor(model, every=2)
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), batched((X, Y), 20), 2, callbacks=[monitor],
        validate=(X + 100, Y), progress=False)  # fmt: skip
    assert [record.step for record in monitor.records] == [1, 3]
    assert monitor.records[1].input == pytest.approx((X[:20].mean(), X[:20].std()), rel=1e-4)


def test_it_goes_on_counting_from_a_checkpoint() -> None:
    model = net()
    monitor = Monitor(model, every=5)
    monitor.load_state_dict({"steps": 4})
    monitor.step()
    assert (monitor.state_dict(), monitor.records) == ({"steps": 5}, [])
    assert monitor._handles
    monitor.close()


def test_the_table_has_a_row_for_each_layer_with_its_weight() -> None:
    model = nn.Sequential(nn.Linear(2, 4, rng=0), nn.ReLU(), nn.Linear(4, 3, rng=0))
    with Monitor(model) as monitor:
        with pytest.raises(ValueError, match=r"nothing was looked at yet: give the monitor to fit as a callback, or"):
            monitor.table()
        F.cross_entropy(model(X), Y).backward()
        monitor.step()
    lines = str(monitor.table()).splitlines()
    assert lines[0].split() == ["layer", "kind", "mean", "std", "dead", "saturated", "‖δ‖", "‖W‖", "‖g‖", "‖ΔW‖/‖W‖"]
    assert [line.split()[:2] for line in lines[1:]] == [["0", "Linear"], ["1", "ReLU"], ["2", "Linear"]]
    assert len(lines[1].split()) == 8
    assert "%" in lines[2]
    assert monitor.table()._repr_html_().count("<tr>") == 4
    with pytest.raises(ValueError, match=r"Monitor: every must be a whole number from 1 on, not 0"):
        Monitor(model, every=0)


def test_it_draws_what_it_saw() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="pictures are Matplotlib's")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    model = net()
    monitor = Monitor(model, every=1)
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [(X, Y)], 4, callbacks=[monitor],
        progress=False)  # fmt: skip
    figure = monitor.plot()
    titles = ["std of the activations", "‖δ‖ of each layer", "dead or saturated", "‖ΔW‖/‖W‖ of each weight"]
    assert [ax.get_title() for ax in figure.axes] == titles
    np.testing.assert_allclose(
        figure.axes[1].lines[0].get_ydata(), [record.layers["0"].delta for record in monitor.records]
    )
    assert monitor.plot(figure) is figure
    assert len(figure.axes) == 4
    histograms = monitor.plot_histograms()
    assert [ax.get_title() for ax in histograms.axes] == ["0: Linear", "1: Tanh", "2: Linear"]
    plt.close("all")


def test_it_writes_for_tensorboard() -> None:
    written: dict[str, float] = {}

    class Writer:
        def add_scalar(self, tag: str, value: float, step: int) -> None:
            assert step == 1
            written[tag] = value

    model = net()
    with Monitor(model) as monitor:
        F.cross_entropy(model(X), Y).backward()
        monitor.step()
        monitor.write(Writer())
    record = monitor.records[0]
    assert written["0/delta"] == record.layers["0"].delta
    assert written["2.weight/ratio"] == 0.0
    assert "1/saturated" in written
    assert "0/dead" not in written


def test_early_layers_of_a_deep_sigmoid_network_learn_slower() -> None:
    layers = [part for n in range(5) for part in (nn.Linear(2 if n == 0 else 20, 20, rng=n), nn.Sigmoid())]
    record = seen(nn.Sequential(*layers, nn.Linear(20, 3, rng=9)))
    speeds = [layer.delta for layer in record.layers.values() if layer.kind == "Linear"]
    assert all(early < late for early, late in pairwise(speeds))
    assert speeds[0] < 1e-3 * speeds[-1]


def test_the_cures_of_vanishing_gradients_side_by_side() -> None:
    def speed(layer: Any, init: Any, norm: bool = False) -> float:
        """‖δ‖ of the first of six hidden layers by that of the last."""
        parts: list[nn.Module] = []
        for n in range(6):
            linear = nn.Linear(2 if n == 0 else 30, 30, rng=n)
            init(linear.weight, rng=n)
            parts += [linear, *([nn.BatchNorm1d(30)] if norm else []), layer()]
        record = seen(nn.Sequential(*parts, nn.Linear(30, 3, rng=9)))
        deltas = [found.delta for found in record.layers.values() if found.kind == "Linear"]
        return deltas[0] / deltas[-2]

    ill = speed(nn.Sigmoid, nn.init.xavier_normal_)
    assert ill < 2e-2
    assert speed(nn.Sigmoid, nn.init.xavier_normal_, norm=True) > 10 * ill
    assert speed(nn.Tanh, nn.init.xavier_normal_) > 10 * ill
    assert speed(nn.ReLU, nn.init.he_normal_) > 10 * ill
    assert speed(nn.ReLU, lambda w, rng: nn.init.normal_(w, std=1.0, rng=rng)) > 100  # the exploding case


def test_a_training_that_is_broken_off_leaves_no_hooks_in_the_model() -> None:
    def interrupt(run: Any) -> None:
        raise KeyboardInterrupt

    model = net()
    sgd, batches = optim.SGD(model.parameters(), lr=0.1), batched((X, Y), 20)
    monitor = Monitor(model, every=1)
    with pytest.raises(KeyboardInterrupt):
        fit(model, F.cross_entropy, sgd, batches, epochs=2, callbacks=[monitor, interrupt], progress=False)
    assert len(monitor.records) == len(batches)
    seen_now = dict(monitor._layers)
    model(X)
    assert monitor._layers == seen_now
    assert not any(module._hooks.after for module in model.modules() if module._hooks is not None)
    fit(model, F.cross_entropy, sgd, batches, epochs=1, callbacks=[monitor], progress=False)
    assert len(monitor.records) > len(batches)
