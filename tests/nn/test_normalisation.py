"""Batch, layer, group and root-mean-square normalisation, as functions and as layers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F

RNG = np.random.default_rng(21)
TOLERANCE = {np.float64: 1e-10, np.float32: 2e-5}


def layers() -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return for each case how to make the layer, given the package, and the shape of its input."""
    return {
        "BatchNorm1d of vectors": (lambda p, **o: p.BatchNorm1d(3, **o), (6, 3)),
        "BatchNorm1d of sequences": (lambda p, **o: p.BatchNorm1d(3, **o), (4, 3, 5)),
        "BatchNorm1d, short sequences": (lambda p, **o: p.BatchNorm1d(3, **o), (4, 3, 1)),
        "BatchNorm2d": (lambda p, **o: p.BatchNorm2d(3, **o), (2, 3, 4, 5)),
        "BatchNorm2d, one image": (lambda p, **o: p.BatchNorm2d(3, **o), (1, 3, 2, 2)),
        "BatchNorm2d, other options": (lambda p, **o: p.BatchNorm2d(3, eps=0.1, momentum=0.3, **o), (2, 3, 4, 5)),
        "BatchNorm1d, cumulative": (lambda p, **o: p.BatchNorm1d(3, momentum=None, **o), (6, 3)),
        "BatchNorm1d, not affine": (lambda p, **o: p.BatchNorm1d(3, affine=False, **o), (6, 3)),
        "BatchNorm2d, not affine": (lambda p, **o: p.BatchNorm2d(3, affine=False, **o), (2, 3, 2, 2)),
        "BatchNorm1d, not tracking": (lambda p, **o: p.BatchNorm1d(3, track_running_stats=False, **o), (6, 3)),
        "BatchNorm1d, no bias": (lambda p, **o: p.BatchNorm1d(3, bias=False, **o), (6, 3)),
        "LayerNorm": (lambda p, **o: p.LayerNorm(4, **o), (5, 4)),
        "LayerNorm of one": (lambda p, **o: p.LayerNorm(4, **o), (4,)),
        "LayerNorm, several axes": (lambda p, **o: p.LayerNorm((3, 4), eps=1e-3, **o), (2, 2, 3, 4)),
        "LayerNorm, no bias": (lambda p, **o: p.LayerNorm(4, bias=False, **o), (2, 3, 4)),
        "LayerNorm, not affine": (lambda p, **o: p.LayerNorm(4, elementwise_affine=False, **o), (5, 4)),
        "RMSNorm": (lambda p, **o: p.RMSNorm(4, **o), (5, 4)),
        "RMSNorm, several axes": (lambda p, **o: p.RMSNorm((3, 4), eps=1e-3, **o), (2, 3, 4)),
        "RMSNorm, not affine": (lambda p, **o: p.RMSNorm(4, elementwise_affine=False, **o), (2, 3, 4)),
        "GroupNorm of vectors": (lambda p, **o: p.GroupNorm(2, 6, **o), (5, 6)),
        "GroupNorm of sequences": (lambda p, **o: p.GroupNorm(3, 6, **o), (2, 6, 5)),
        "GroupNorm of images": (lambda p, **o: p.GroupNorm(1, 4, eps=0.1, **o), (2, 4, 3, 2)),
        "GroupNorm, every channel": (lambda p, **o: p.GroupNorm(4, 4, **o), (2, 4, 3, 2)),
        "GroupNorm, no bias": (lambda p, **o: p.GroupNorm(2, 4, bias=False, **o), (2, 4, 3)),
        "GroupNorm, not affine": (lambda p, **o: p.GroupNorm(2, 4, affine=False, **o), (2, 4, 3)),
    }


def pair(torch: Any, name: str, dtype: Any) -> tuple[Any, Any, tuple[int, ...]]:
    """Return the layer and PyTorch's, with the same random parameters, and the shape of the input."""
    make, shape = layers()[name]
    ours, theirs = make(nn, dtype=dtype), make(torch.nn, dtype=getattr(torch, np.dtype(dtype).name))
    for parameter in ours.parameters():
        parameter.data = RNG.uniform(0.5, 1.5, parameter.shape)
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    return ours, theirs, shape


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", layers())
def test_output_gradients_and_running_statistics_are_pytorchs(torch: Any, name: str, dtype: Any) -> None:
    ours, theirs, shape = pair(torch, name, dtype)
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    for training in (True, True, False):  # trained twice, so that running statistics have moved, and evaluated
        ours.train(training), theirs.train(training)
        array, upstream = (RNG.standard_normal(shape).astype(dtype) for _ in range(2))
        x, z = Tensor(array + dtype(0.5), True), torch.tensor(array + dtype(0.5), requires_grad=True)
        y, expected = ours(x), theirs(z)
        assert y.dtype == dtype
        np.testing.assert_allclose(y.data, expected.detach().numpy(), **close)
        ours.zero_grad(), theirs.zero_grad()
        y.backward(upstream), expected.backward(torch.tensor(upstream))
        np.testing.assert_allclose(x.grad.data, z.grad.numpy(), **close)
        for (path, a), (other, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert (path, a.grad.dtype) == (other, dtype)
            np.testing.assert_allclose(a.grad.data, b.grad.numpy(), **close)
        there = theirs.state_dict()
        assert list(ours.state_dict()) == list(there)
        for path, value in ours.state_dict().items():
            assert value.dtype == there[path].numpy().dtype
            np.testing.assert_allclose(value, there[path].numpy(), **close)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", [n for n in layers() if "RMS" not in n])
def test_second_gradients_are_pytorchs(torch: Any, name: str, training: bool) -> None:
    ours, theirs, shape = pair(torch, name, np.float64)
    ours.train(training), theirs.train(training)
    array, upstream = RNG.standard_normal(shape), RNG.standard_normal(shape)
    x, z = Tensor(array, True), torch.tensor(array, requires_grad=True)
    (first,) = gradients([ours(x)], [x], [upstream], create_graph=True)
    (expected,) = torch.autograd.grad([theirs(z)], [z], [torch.tensor(upstream)], create_graph=True)
    np.testing.assert_allclose(first.data, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    if expected.requires_grad:  # a fixed scale without γ has no second derivative
        second = gradients([(first * first).sum()], [x], [None])
        (expected,) = torch.autograd.grad((expected * expected).sum(), [z], allow_unused=True)
        if expected is not None:
            np.testing.assert_allclose(second[0], expected.numpy(), rtol=1e-8, atol=1e-10)


# ---------------------------------------------------------------------------------------------------- what it promises


def test_batch_norm_gives_every_feature_mean_zero_and_variance_one() -> None:
    y = F.batch_norm(5 + 3 * RNG.standard_normal((50, 4)), training=True, eps=0.0)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-12)


def test_a_feature_map_has_one_mean_over_examples_and_places() -> None:
    x = 5 + RNG.standard_normal((4, 3, 6, 6))
    y = F.batch_norm(x, training=True, eps=0.0)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-13)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-12)
    assert np.abs(y.mean(axis=(2, 3))).max() > 0.05  # single maps keep means of their own


def test_with_gamma_sigma_and_beta_mu_the_identity_comes_back() -> None:
    x = RNG.standard_normal((8, 3)) * [1.0, 10.0, 0.1] + [0.0, 5.0, -3.0]
    layer = nn.BatchNorm1d(3, dtype=np.float64)
    layer.weight.data, layer.bias.data = np.sqrt(x.var(axis=0) + layer.eps), x.mean(axis=0)
    np.testing.assert_allclose(layer(x).data, x, rtol=1e-12)


def test_running_statistics_follow_the_mean_and_the_unbiased_variance() -> None:
    layer, batches = nn.BatchNorm1d(2, momentum=0.25, dtype=np.float64), RNG.standard_normal((3, 5, 2))
    mean, variance = np.zeros(2), np.ones(2)
    for x in batches:
        layer(x)
        mean, variance = 0.75 * mean + 0.25 * x.mean(axis=0), 0.75 * variance + 0.25 * x.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-13)
    np.testing.assert_allclose(layer.running_var, variance, rtol=1e-13)
    assert layer.num_batches_tracked.item() == 3


def test_without_momentum_all_batches_count_alike_and_statistics_can_be_refreshed() -> None:
    layer, batches = nn.BatchNorm1d(2, momentum=None, dtype=np.float64), RNG.standard_normal((4, 5, 2))
    layer(100 + batches[0])
    layer.reset_running_stats()
    assert (layer.running_mean.tolist(), layer.running_var.tolist()) == ([0, 0], [1, 1])
    assert layer.num_batches_tracked.item() == 0
    for x in batches:
        layer(x)
    np.testing.assert_allclose(layer.running_mean, batches.mean(axis=(0, 1)), rtol=1e-13)
    np.testing.assert_allclose(layer.running_var, batches.var(axis=1, ddof=1).mean(axis=0), rtol=1e-13)


def test_evaluation_uses_the_running_statistics_and_leaves_them() -> None:
    layer = nn.BatchNorm1d(2, dtype=np.float64)
    layer(3 + RNG.standard_normal((6, 2)))
    before = layer.state_dict()
    x = RNG.standard_normal((1, 2))  # a single example will do
    y = layer.eval()(x).data
    np.testing.assert_allclose(y, (x - layer.running_mean) / np.sqrt(layer.running_var + 1e-5), rtol=1e-12)
    for path, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_a_graph_made_in_evaluation_survives_later_training() -> None:
    layer, x = nn.BatchNorm1d(2, dtype=np.float64), Tensor(RNG.standard_normal((6, 2)), True)
    upstream = RNG.standard_normal((6, 2))
    layer.eval()(x).backward(upstream)
    expected = layer.weight.grad.data.copy()
    layer.zero_grad()
    y = layer.eval()(x)
    layer.train()(50 + RNG.standard_normal((6, 2)))
    y.backward(upstream)
    np.testing.assert_array_equal(layer.weight.grad.data, expected)


def test_running_statistics_belong_to_their_own_layer() -> None:
    layer = nn.BatchNorm1d(2)
    other = copy.deepcopy(layer)
    state = layer.state_dict()
    layer(np.ones((3, 2), dtype=np.float32))
    assert other.running_mean.tolist() == [0, 0]
    assert (state["running_mean"].tolist(), state["num_batches_tracked"].item()) == ([0, 0], 0)


def test_layer_norm_gives_each_example_mean_zero_and_variance_one() -> None:
    y = F.layer_norm(5 + 3 * RNG.standard_normal((4, 5, 6)), (5, 6), eps=0.0)
    np.testing.assert_allclose(y.mean(axis=(1, 2)), 0, atol=1e-13)
    np.testing.assert_allclose(y.var(axis=(1, 2)), 1, rtol=1e-12)


def test_rms_norm_gives_each_example_mean_square_one_and_no_less() -> None:
    x = 5 + RNG.standard_normal((4, 6))
    np.testing.assert_allclose((F.rms_norm(x, 6) ** 2).mean(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(F.rms_norm(x, 6, eps=1.0), x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1))


def test_one_group_is_layer_norm_over_everything() -> None:
    x = RNG.standard_normal((2, 4, 3))
    np.testing.assert_allclose(F.group_norm(x, 1), F.layer_norm(x, (4, 3)), rtol=1e-12)


# -------------------------------------------------------------------------------------------------- numbers, and limits


@pytest.mark.parametrize("shape", [(200, 5), (20000, 5), (8, 5, 200)])
def test_numbers_far_from_zero_are_normalised_in_float32_as_well_as_they_are_known(shape: tuple[int, ...]) -> None:
    x = (1e4 + RNG.standard_normal(shape)).astype(np.float32)
    axes = (0, *range(2, x.ndim))
    exact = x.astype(np.float64) - x.mean(axis=axes, keepdims=True, dtype=np.float64)
    variance = (exact**2).mean(axis=axes)
    running_mean, running_var = np.zeros(5, np.float32), np.zeros(5, np.float32)
    y = F.batch_norm(x, running_mean, running_var, training=True, momentum=1.0)
    np.testing.assert_allclose(y, exact / np.sqrt(variance + 1e-5).reshape((-1,) + (1,) * (x.ndim - 2)), atol=1e-4)
    np.testing.assert_allclose(running_var, variance * (x.size / 5) / (x.size / 5 - 1), rtol=1e-5)
    np.testing.assert_allclose(running_mean, x.mean(axis=axes, dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("shape", [(20000, 5), (8, 5, 200)])
def test_so_are_the_gradients_and_the_shift(shape: tuple[int, ...]) -> None:
    array, upstream = (1e4 + RNG.standard_normal(shape)).astype(np.float32), 1 + RNG.standard_normal(shape)
    results = []
    for dtype in (np.float32, np.float64):
        x, weight, bias = (Tensor(a, True, dtype=dtype) for a in (array, np.arange(1.0, 6.0), np.arange(5.0)))
        y = F.batch_norm(x, weight=weight, bias=bias, training=True)
        y.backward(upstream + array - 1e4)  # a part along x, so that all terms of the rule count
        results.append((y, x.grad, weight.grad, bias.grad))
    for close, exact in zip(*results, strict=True):
        assert close.dtype == np.float32
        np.testing.assert_allclose(close.data, exact.data, rtol=1e-4, atol=5e-4)


def test_layer_norm_stands_numbers_far_from_zero_in_float32() -> None:
    x = (1e4 + RNG.standard_normal((10, 500))).astype(np.float32)
    exact = F.layer_norm(x.astype(np.float64), 500)
    np.testing.assert_allclose(F.layer_norm(x, 500), exact, atol=5e-3)  # a mean of 10⁴ is known to 10⁻³
    np.testing.assert_allclose(F.layer_norm(x, 500).var(axis=1), 1, rtol=1e-4)


def test_a_constant_feature_becomes_zero_and_its_gradient_is_finite() -> None:
    x = Tensor(np.full((7, 2), [3e9, 0.1], dtype=np.float32), True)
    y = F.batch_norm(x, training=True)
    y.backward(RNG.standard_normal((7, 2)))
    assert np.isfinite(y.data).all()
    assert np.isfinite(x.grad.data).all()
    assert y.data[:, 1].tolist() == [0] * 7


def test_float32_stays_float32_from_end_to_end() -> None:
    for make, shape in layers().values():
        layer, x = make(nn), Tensor(RNG.standard_normal(shape).astype(np.float32), True)
        y = layer(x)
        y.sum().backward()
        found = {t.dtype for t in (y, x.grad, *layer.parameters(), *(p.grad for p in layer.parameters()))}
        buffers = {b.dtype for b in layer.buffers() if b.dtype.kind == "f"}
        assert found | buffers == {np.dtype(np.float32)}


def test_empty_batches_pass_where_there_is_nothing_to_estimate() -> None:
    assert F.layer_norm(np.ones((0, 3)), 3).shape == (0, 3)
    assert F.group_norm(np.ones((0, 4, 2)), 2).shape == (0, 4, 2)
    assert nn.BatchNorm1d(3).eval()(np.ones((0, 3), np.float32)).shape == (0, 3)


def test_views_of_arrays_are_taken_and_nothing_is_written_to() -> None:
    x = RNG.standard_normal((5, 4, 3)).transpose(2, 1, 0)
    before = x.copy()
    for function in (
        lambda x: F.batch_norm(x, training=True),
        lambda x: F.layer_norm(x, 5),
        lambda x: F.rms_norm(x, 5),
        lambda x: F.group_norm(x, 2),
    ):
        np.testing.assert_allclose(function(x), function(np.ascontiguousarray(x)), rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(x, before)


# ----------------------------------------------------------------------------------------------------------- the layers


def test_what_a_layer_says_of_itself() -> None:
    assert repr(nn.BatchNorm1d(3, momentum=None)) == (
        "BatchNorm1d(num_features=3, eps=1e-05, momentum=None, affine=True, track_running_stats=True)"
    )
    assert repr(nn.LayerNorm(3, bias=False)) == "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=False)"
    assert repr(nn.RMSNorm((3, 2))) == "RMSNorm((3, 2), eps=None, elementwise_affine=True)"
    assert repr(nn.GroupNorm(2, 4, affine=False)) == "GroupNorm(2, 4, eps=1e-05, affine=False)"


def test_the_work_is_counted() -> None:
    assert nn.BatchNorm1d(3).flops((4, 3), (4, 3)) == 6 * 12
    assert nn.BatchNorm1d(3).eval().flops((4, 3), (4, 3)) == 2 * 12
    assert nn.LayerNorm(3).flops((4, 3), (4, 3)) == 7 * 12
    assert nn.LayerNorm(3, elementwise_affine=False).flops((4, 3), (4, 3)) == 5 * 12
    assert nn.RMSNorm(3).flops((4, 3), (4, 3)) == 4 * 12
    assert nn.GroupNorm(1, 3).flops((4, 3), (4, 3)) == 6 * 12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.BatchNorm1d(0), "BatchNorm1d: num_features must be a whole number from 1 on, not 0"),
        (
            lambda: nn.BatchNorm2d(2, momentum=1.5),
            "momentum must be a number from 0 to 1, the weight of a new value .*, not 1.5",
        ),
        (
            lambda: nn.LayerNorm(()),
            r"LayerNorm: normalized_shape must be a whole number from 1 on, or several, not \(\)",
        ),
        (lambda: nn.RMSNorm((3, 0)), r"RMSNorm: normalized_shape must be a whole number .*, not \(3, 0\)"),
        (lambda: nn.LayerNorm(2.5), r"LayerNorm: normalized_shape must be a whole number .*, not \(2\.5,\)"),
        (
            lambda: nn.BatchNorm1d(2.0),
            "num_features must be a whole number from 1 on, not 2.0; write // for /",
        ),
        (lambda: nn.GroupNorm(3, 4), "num_channels=4 cannot be divided into num_groups=3 equal groups"),
        (lambda: nn.GroupNorm(2.0, 4), "GroupNorm: num_groups must be a whole number from 1 on, not 2.0"),
    ],
)
def test_layers_that_cannot_work_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1)])
def test_a_batch_of_one_in_training_names_the_layer_and_the_cure(shape: tuple[int, ...]) -> None:
    net = nn.Sequential(nn.Sequential(nn.BatchNorm1d(3)))
    with pytest.raises(ValueError, match=r"BatchNorm1d '0\.0': in training every channel needs more than one value.*"):
        net(np.ones(shape, dtype=np.float32))
    assert net[0][0].num_batches_tracked.item() == 0
    assert net.eval()(np.ones(shape, dtype=np.float32)).shape == shape


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            nn.BatchNorm1d(3),
            (4, 2),
            r"BatchNorm1d '0' takes x of shape \(N, 3\) or \(N, 3, L\), but .* \(4, 2\)",
        ),
        (nn.BatchNorm1d(3), (4, 3, 2, 2), r"BatchNorm1d '0' takes .*, but x has shape \(4, 3, 2, 2\)"),
        (nn.BatchNorm2d(3), (4, 3), r"BatchNorm2d '0' takes x of shape \(N, 3, H, W\), but x has shape \(4, 3\)"),
        (
            nn.GroupNorm(1, 3),
            (4, 2),
            r"GroupNorm '0' takes x of shape \(N, 3\) or \(N, 3, …\), but .* \(4, 2\)",
        ),
        (nn.LayerNorm(3), (4, 2), r"LayerNorm '0' over normalized_shape=\(3,\) takes x of shape \(…, 3\), .* \(4, 2\)"),
        (
            nn.RMSNorm((2, 3)),
            (3,),
            r"RMSNorm '0' over .*=\(2, 3\) takes x of shape \(…, 2, 3\), .* \(3,\)",
        ),
    ],
)
def test_a_wrong_shape_names_the_layer_and_both_shapes(layer: Any, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.Sequential(layer)(np.ones(shape, dtype=np.float32))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.batch_norm(x[0], training=True), r"batch_norm takes x of shape \(N, C\) or .*, not \(3,\)"),
        (lambda x: F.batch_norm(x), "batch_norm needs running_mean and running_var unless training=True"),
        (
            lambda x: F.batch_norm(x[:1], training=True),
            r"batch_norm: in training every channel .* \(1, 3\); give",
        ),
        (
            lambda x: F.batch_norm(x, weight=np.ones(2), training=True),
            r"batch_norm: the weight has shape \(2,\), but x of shape \(4, 3\) has 3 channels on axis 1",
        ),
        (lambda x: F.batch_norm(x, np.ones(1), np.ones(3)), r"batch_norm: the running_mean has shape \(1,\)"),
        (
            lambda x: F.layer_norm(x, 3, np.ones(2)),
            r"layer_norm: the weight must have .*, \(3,\), not \(2,\)",
        ),
        (lambda x: F.layer_norm(x, ()), r"layer_norm over normalized_shape=\(\)"),
        (lambda x: F.layer_norm(x, 4), r"layer_norm over .* takes x of shape \(…, 4\), but x has shape \(4, 3\)"),
        (
            lambda x: F.layer_norm(x[:, :0], 0),
            r"layer_norm over normalized_shape=\(0,\): there is nothing to normalise",
        ),
        (lambda x: F.rms_norm(x[:, :0], 0), r"rms_norm over normalized_shape=\(0,\): there is nothing to normalise"),
        (lambda x: F.rms_norm(x, 4), r"rms_norm over .* takes x of shape \(…, 4\), but x has shape \(4, 3\)"),
        (lambda x: F.rms_norm(x, 3, np.ones(2)), r"rms_norm: the weight must have .*, \(3,\), not \(2,\)"),
        (lambda x: F.group_norm(x[0], 1), r"group_norm takes x of shape \(N, C\) or \(N, C, …\), not \(3,\)"),
        (lambda x: F.group_norm(x, 2), r"group_norm: the 3 channels of x of shape \(4, 3\) .* num_groups=2"),
        (lambda x: F.group_norm(x, 1, bias=np.ones(4)), r"group_norm: the bias has shape \(4,\)"),
    ],
)
def test_functions_refuse_what_does_not_fit(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.ones((4, 3)))


def test_whole_numbers_are_refused() -> None:
    with pytest.raises(TypeError, match=r"layer_norm takes floating point numbers, but x is int64; write x\.astype"):
        F.layer_norm(np.ones((2, 3), dtype=np.int64), 3)
