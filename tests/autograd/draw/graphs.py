"""Small programs whose graphs the tests of the drawings share: each returns its results."""

import numpy as np

import nn
from autograd import Tensor, no_grad, trace
from autograd.graph import tick
from autograd.notes import mark_scope


def lecture() -> list[Tensor]:
    x, y, z = Tensor(-2.0, True, "x"), Tensor(5.0, True, "y"), Tensor(-4.0, True, "z")
    with trace():
        q = x + y
        f = q * z
    q.name, f.name = "q", "f"
    f.backward()
    return [f]


def before_backward() -> list[Tensor]:
    x = Tensor(3.0, True, "x")
    return [x * x]


def sigmoid() -> list[Tensor]:
    w, x, b = Tensor(2.0, True, "w"), Tensor(-1.0, True, "x"), Tensor(-3.0, True, "b")
    y = 1 / (1 + np.exp(-(w * x + b)))
    y.backward()
    return [y]


def fan_out() -> list[Tensor]:
    x = Tensor(3.0, True, "x")
    y = x * x + 2.0 * x
    y.backward()
    return [y]


def vectors() -> list[Tensor]:
    x, b = Tensor([[1.0, -2.0], [0.5, 3.0]], True, "x"), Tensor([1.0, 2.0], True, "b")
    with trace():
        total = ((x + b) ** 2).sum()
    total.backward()
    return [total]


def cut_wires() -> list[Tensor]:
    x, k, c = Tensor([1.0, 2.0], True, "x"), Tensor([1, 2], name="k"), Tensor([1.0, 2.0], name="c")
    with trace():
        d = x.detach()
        with no_grad():
            e = x * 3
        e = e + 1
        total = (x * d + x * e + x * k + x * c).sum()
    total.backward()
    keep.extend([d, e, k, c])  # their names are those of living Tensors
    return [total]


keep: list[Tensor] = []


def indexing() -> list[Tensor]:
    x = Tensor([[3.0, 1.0], [1.0, 2.0]], True, "x")
    y = x[:, 1].sum() / x[0, 0]
    y.backward(retain_graph=True)
    return [y]


def several_outputs() -> list[Tensor]:
    x = Tensor([1.0, 2.0], True, "x")
    first, second = np.split(x, 2)
    return [first * 2.0, second]


def network(depth: int = 2, seed: int = 0, activation: type[nn.Module] = nn.Tanh) -> list[Tensor]:
    rng = np.random.default_rng(seed)
    layers = [layer for _ in range(depth) for layer in (nn.Linear(3, 3, rng=rng), activation())]
    x = Tensor(rng.normal(size=(2, 3)), name="x", dtype="float32")
    model = nn.Sequential(*layers)
    with trace():
        loss = (model(x) ** 2).mean()
    loss.name = "loss"
    loss.backward()
    keep.extend([x, *model.parameters()])
    return [loss]


def vanishing() -> list[Tensor]:
    return network(20, activation=nn.Sigmoid)


def not_a_number() -> list[Tensor]:
    x = Tensor([1.0, -1.0], True, "x")
    with np.errstate(all="ignore"), trace():
        total = (np.log(x) * 0.0).sum()
    total.backward()
    return [total]


def unrolled(steps: int = 6) -> list[Tensor]:
    rng = np.random.default_rng(0)
    cell = nn.RNNCell(2, 3, rng=rng)
    x, h = Tensor(rng.normal(size=(1, steps, 2)), True, "x", dtype="float32"), Tensor(np.zeros((1, 3), "float32"))
    with trace():
        for t in range(steps):
            h = cell(x[:, t], h)
        loss = (h * h).sum()
    loss.name = "loss"
    loss.backward()
    keep.extend([x, *cell.parameters()])
    return [loss]


def residual(blocks: int = 3) -> list[Tensor]:
    h = Tensor(1.0, True, "h")
    weights = [Tensor(0.5, True, f"w{i}") for i in range(blocks)]
    for i, w in enumerate(weights):
        first = tick()
        h = h + np.tanh(w * h)
        mark_scope(h, first, f"block{i}", "Block")
    h.backward()
    keep.extend(weights)
    return [h]


def exploding() -> list[Tensor]:
    h = Tensor(1.0, True, "h")
    for i in range(4):
        first = tick()
        h = h * 1e3
        mark_scope(h, first, f"block{i}", "Block")
    h.backward()
    return [h]


GRAPHS = {
    "lecture": lecture,
    "before backward": before_backward,
    "sigmoid": sigmoid,
    "fan out": fan_out,
    "vectors": vectors,
    "cut wires": cut_wires,
    "indexing": indexing,
    "several outputs": several_outputs,
    "network": network,
    "vanishing": vanishing,
    "not a number": not_a_number,
    "unrolled": unrolled,
    "residual": residual,
}
