"""Convolutional layers and their transposes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, check_model


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def near(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


CONVOLUTIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Conv1d", (4, 6, 3), {}),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1, "dilation": 2, "groups": 2, "bias": False}),
    ("Conv2d", (4, 6, 3), {}),
    ("Conv2d", (4, 6, (3, 2)), {"stride": (1, 2), "padding": (0, 1), "dilation": (2, 1), "groups": 2, "bias": False}),
    ("Conv2d", (4, 4, 3), {"padding": "same"}),
    ("Conv2d", (4, 4, 3), {"padding": "valid"}),
    *(
        (name, (4, 2, 3), {"padding": padding, "padding_mode": mode})
        for name, padding in [("Conv1d", 2), ("Conv2d", (2, 1)), ("Conv2d", "same")]
        for mode in ("zeros", "reflect", "replicate", "circular")
    ),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "output_padding": 1, "groups": 2}),
    ("ConvTranspose2d", (4, 6, 3), {}),
    ("ConvTranspose2d", (4, 6, (2, 3)), {"stride": 3, "padding": (0, 1), "output_padding": 2, "bias": False}),
    ("ConvTranspose2d", (4, 2, 3), {"dilation": 2, "groups": 2}),
]
NAMES = [f"{name}-{arguments}-{options}" for name, arguments, options in CONVOLUTIONS]


@pytest.mark.parametrize(("name", "arguments", "options"), CONVOLUTIONS, ids=NAMES)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])
def test_layers_are_pytorchs(
    torch: Any, name: str, arguments: tuple[Any, ...], options: dict[str, Any], dtype: str, tolerance: float
) -> None:
    ours = getattr(nn, name)(*arguments, **options, dtype=dtype, rng=0)
    theirs = getattr(torch.nn, name)(*arguments, **options, dtype=getattr(torch, dtype))
    assert repr(ours) == repr(theirs)
    assert {n: p.shape for n, p in ours.state_dict().items()} == {n: p.shape for n, p in theirs.state_dict().items()}
    theirs.load_state_dict({n: torch.tensor(p) for n, p in ours.state_dict().items()})
    x = numbers(3, 4, *(8, 7)[: ours.axes]).astype(dtype)
    a, b = Tensor(x, True), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(b)
    (y * y).sum().backward()
    (z * z).sum().backward()
    near(y.data, z.detach().numpy(), tolerance)
    for f, e in [(a, b), *zip(ours.parameters(), theirs.parameters(), strict=True)]:
        scale = np.abs(e.grad.numpy()).max()
        near(f.grad.data / scale, e.grad.numpy() / scale, tolerance)
    near(ours(x[0]).data, theirs(torch.tensor(x[0])).detach().numpy(), tolerance)


@pytest.mark.parametrize("stride", [1, 2, (3, 2)])
def test_an_output_size_can_be_asked_for(torch: Any, stride: Any) -> None:
    ours = nn.ConvTranspose2d(2, 3, 3, stride, padding=1, dtype=np.float64)
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, stride, padding=1).double()
    theirs.load_state_dict({n: torch.tensor(p) for n, p in ours.state_dict().items()})
    x = numbers(2, 2, 4, 5)
    least = np.array(ours(x).shape[2:])
    for more in np.ndindex(*np.broadcast_to(stride, 2)):
        size = [*map(int, least + more)]
        assert ours(x, size).shape[2:] == tuple(size)
        near(ours(x, size).data, theirs(torch.tensor(x), size).detach().numpy())
        near(ours(x, [2, 3, *size]).data, theirs(torch.tensor(x), size).detach().numpy())
    for wrong in ([*(least - 1)], [*(least + stride)], [int(least[0])], [1, 1, 1, *least]):
        with pytest.raises(
            ValueError, match=r"ConvTranspose2d: .* output of a size from \(.*\) to \(.*\), and output_size"
        ):
            ours(x, wrong)


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Conv2d(16, 300, 5, rng=0), 16 * 25),
        (nn.Conv2d(32, 300, 5, groups=2, rng=0), 16 * 25),
        (nn.Conv1d(40, 300, 10, rng=0), 400),
        (nn.ConvTranspose2d(300, 16, 5, rng=0), 16 * 25),  # PyTorch counts the outputs here
    ],
)
def test_layers_start_uniform_on_one_over_the_root_of_the_fan_in(layer: Any, fan_in: int) -> None:
    bound = fan_in**-0.5
    for parameter in layer.parameters():
        assert parameter.dtype == np.float32
        assert 0.7 * bound < np.abs(parameter.data).max() <= bound
    np.testing.assert_allclose(layer.weight.data.std(), bound / np.sqrt(3), rtol=0.02)
    np.testing.assert_allclose(layer.weight.data.mean(), 0, atol=0.02 * bound)


def test_the_same_seed_gives_the_same_layer() -> None:
    autograd.seed(3)
    one = nn.Conv2d(2, 3, 3)
    autograd.seed(3)
    for other in (nn.Conv2d(2, 3, 3), nn.Conv2d(2, 3, 3, rng=np.random.default_rng(3))):
        np.testing.assert_array_equal(one.weight.data, other.weight.data)
        np.testing.assert_array_equal(one.bias.data, other.bias.data)
    assert (nn.Conv2d(2, 3, 3).weight.data != one.weight.data).all()


def test_operations_are_counted() -> None:
    assert nn.Conv2d(4, 6, (3, 2), groups=2).flops((5, 4, 8, 8), (5, 6, 6, 7)) == 5 * 6 * 6 * 7 * (2 * 2 * 6 + 1)
    assert nn.Conv1d(4, 6, 3, bias=False).flops((4, 8), (6, 6)) == 6 * 6 * 2 * 4 * 3
    up = nn.ConvTranspose2d(4, 6, 2, stride=2, bias=False)  # each pixel is multiplied with all its weights
    assert up.flops((1, 4, 5, 5), (1, 6, 10, 10)) == 4 * 25 * 2 * 6 * 4


def test_a_whole_convolutional_network_is_confirmed() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect", rng=1),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.ConvTranspose2d(2, 1, 2, stride=2, rng=2),
    )
    assert check_model(net, nn.MSELoss(), numbers(2, 1, 4, 4), numbers(2, 1, 4, 4, seed=1))


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("name", "arguments", "options", "message"),
    [
        ("Conv2d", (0, 1, 3), {}, r"Conv2d: in_channels must be a whole number from 1 on, not 0"),
        ("Conv2d", (3, 4, 3), {"groups": 2}, r"in_channels=3 and out_channels=4 must both be divisible by groups=2"),
        ("Conv1d", (1, 1, 0), {}, r"Conv1d: kernel_size must be a whole number from 1 on, not 0"),
        ("Conv2d", (1, 1, 3), {"padding_mode": "mirror"}, r"one of zeros, reflect, replicate, circular, not 'mirror'"),
        ("Conv2d", (1, 1, 3), {"padding": "same", "stride": 2}, r"Conv2d: padding='same' needs a stride of 1"),
        ("ConvTranspose2d", (1, 1, 3), {"padding_mode": "reflect"}, r"padding_mode can only be 'zeros', not 'reflect'"),
        (
            "ConvTranspose2d",
            (1, 1, 3),
            {"padding": "same"},
            r"padding must be a whole number from 0 on, .*, not 'same'",
        ),
        ("ConvTranspose2d", (1, 1, 3), {"output_padding": 1}, r"ConvTranspose2d: output_padding must be less than"),
    ],
)
def test_layers_that_cannot_be_are_refused(name: str, arguments: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(nn, name)(*arguments, **options)


def test_a_layer_that_pads_refuses_what_is_no_image_by_its_name() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"))
    with pytest.raises(ValueError, match=r"Conv2d '0' takes x of shape \(N, C, H, W\), or .*, not \(5, 5\)"):
        net(np.ones((5, 5), dtype=np.float32))
