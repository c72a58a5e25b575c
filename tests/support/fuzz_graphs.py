"""Graphs of stages, each a call of the tables of calls, and their derivative along a direction by a second witness.

A stage takes numbers from anywhere in the graph, bends them to small moves around the operands of its call (so that
they stay in its domain, away from its corners), and hands on how its results have moved, in units of that move: so
each derivative along a path counts as much as the others, however deep it lies.

The witness goes forward through the same stages in plain NumPy: with complex numbers, x + ih·v, where the call can be
made with them (W. Squire & G. Trapp, "Using complex variables to estimate derivatives of real functions", 1998), with
differences over five points elsewhere.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.backward import gradients
from autograd.check.complex_step import push
from autograd.check.record import record
from tests.support import nn_cases
from tests.support.cases import all_cases
from tests.support.checking import FIVE_POINTS, outputs

H = 1e-40
STEP = 1e-3
WIDE, NARROW = 0.02, 5e-4  # the moves around the operands: next to a jump or a tie only small ones are possible

# Primitives of which no call can be made with complex numbers: differences are the witness.
_REASONS: dict[str, str] = {
    "it takes absolute values, conjugates or a symmetric part: no analytic function of complex numbers": """
        absolute fabs conjugate norm std slogdet cofactor cholesky eigh qr svd correlate rfft_parts irfft_parts
        fft_parts""",
    "it has steps or corners, and NumPy has none for complex numbers": """
        sign floor ceil trunc remainder fmod floor_divide copysign heaviside modf unwrap""",
    "NumPy has it for real numbers alone": """
        deg2rad radians rad2deg degrees cbrt logaddexp logaddexp2 running_logaddexp hypot ldexp bessel_i0""",
    "SciPy has it for real numbers alone, or not to the last digits": """
        cosm1 exp10 sindg cosdg expi erfinv erfcinv ndtri logit expit log_expit gammaln entr j0 j1 i0 i1 i0e i1e y0 y1
        k0 k1 k0e k1e zeta gammainc gammaincc betainc jv ive yv rel_entr kl_div beta betaln poch binom huber
        pseudo_huber""",
}
NOT_ANALYTIC = {name: reason for reason, names in _REASONS.items() for name in names.split()}


@dataclass(frozen=True)
class Call:
    """A function of arrays, where to call it, and whether it has a second derivative."""

    name: str
    function: Callable[..., Any]
    reference: Callable[..., Any]
    operands: tuple[np.ndarray, ...]
    second: bool
    of_complex: Callable[..., Any]

    @functools.cached_property
    def is_fit(self) -> bool:
        """Whether there are numbers in it, all of them finite and in float64."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            given = outputs(self.reference(*self.operands))
        numbers = [*self.operands, *given]
        return any(map(np.size, given)) and all(
            np.asarray(a).dtype == np.float64 and np.all(np.isfinite(a)) for a in numbers
        )

    @functools.cached_property
    def still(self) -> list[np.ndarray]:
        """What it gives at its operands."""
        return results(self.reference(*self.operands))

    @functools.cached_property
    def is_complex(self) -> bool:
        """Whether the complex step can be taken: it gives the slope that differences give."""
        v = [np.cos(3.0 + k + 1.3 * np.arange(a.size)).reshape(a.shape) for k, a in enumerate(self.operands)]
        try:
            by_step = by_complex_step(self.of_complex, self.operands, v)
        except (TypeError, ValueError, NotImplementedError, Warning, AttributeError, np.linalg.LinAlgError):
            return False
        slopes = by_differences(self.reference, self.operands, v)
        return slopes is not None and all(np.allclose(a, b, 1e-5, 1e-6) for a, b in zip(by_step, slopes, strict=True))

    @functools.cached_property
    def move(self) -> float:
        return WIDE if self.is_complex else NARROW


def results(given: Any) -> list[np.ndarray]:
    """Return the results of a call that are floating point numbers."""
    return [np.asarray(r) for r in outputs(given) if np.asarray(r).dtype.kind in "fc"]


@functools.cache
def pool() -> dict[str, list[Call]]:
    """Return all calls by the name of their primitive; those of ``nn.functional`` by its function's, as nn.linear."""
    calls = [Call(c.name, c.operation, c.reference, c.operands, c.second, c.reference) for c in all_cases()]
    calls += [
        Call(f"nn.{name.partition(',')[0]}", f, _without_graph(f), tuple(map(np.asarray, operands)), True, f)
        for name, (f, operands) in nn_cases.all_calls().items()
    ]
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.name, []).append(call)
    return found


def _without_graph(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays: [r.data for r in outputs(f(*map(Tensor, arrays)))]


def by_complex_step(f: Callable[..., Any], x: Sequence[Any], v: Sequence[Any]) -> list[np.ndarray]:
    """Return the derivative of the results of `f` along `v`."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)  # an imaginary part was thrown away
        return [np.imag(r) / H for r in results(f(*(np.asarray(a + 1j * H * d) for a, d in zip(x, v, strict=True))))]


def by_differences(f: Callable[..., Any], x: Sequence[Any], v: Sequence[Any]) -> list[np.ndarray] | None:
    """Return the same by five points in a row, or None where three of them say something else: at a corner."""
    length = max((float(np.max(np.abs(d), initial=0.0)) for d in v), default=0.0)
    if length == 0.0:
        return [np.zeros_like(r) for r in results(f(*x))]

    def at(point: int) -> list[np.ndarray]:
        return results(f(*(np.asarray(a + point * STEP / length * d) for a, d in zip(x, v, strict=True))))

    values = {point: at(point) for point, _ in FIVE_POINTS}
    slopes = []
    for k in range(len(values[1])):
        five = sum(weight * values[point][k] for point, weight in FIVE_POINTS) / STEP
        three = (values[1][k] - values[-1][k]) / (2 * STEP)
        if not np.allclose(five, three, 1e-3, 1e-3 * float(np.max(np.abs(five), initial=1.0))):
            return None
        slopes.append(np.asarray(five * length))
    return slopes


@dataclass(frozen=True)
class Stage:
    """A call, the numbers of the values that it takes its operands from, and where it begins in their oscillation."""

    call: Call
    sources: tuple[int, ...]
    phase: float

    def operands(self, values: Sequence[Any]) -> list[Any]:
        """Return the operands of the call, from the values of the graph so far: arrays or Tensors of one axis."""
        found = []
        for k, (base, source) in enumerate(zip(self.call.operands, self.sources, strict=False)):
            value = values[source % len(values)]
            places = np.arange(base.size).reshape(base.shape) % value.size
            found.append(base + self.call.move * np.sin(value[places] + (self.phase + k)))
        return found

    def run(self, values: Sequence[Any]) -> Any:
        """Return the value of the stage, from Tensors."""
        given = outputs(self.call.function(*self.operands(values)))
        moved = [r for r in given if isinstance(r, Tensor) and r.dtype.kind == "f"]
        parts = [((r - s) / self.call.move).ravel() for r, s in zip(moved, self.call.still, strict=True)]
        return np.concatenate(parts)

    def push(self, values: Sequence[np.ndarray], slopes: Sequence[np.ndarray]) -> tuple[Any, Any] | None:
        """Return the value of the stage and its derivative, from those of the values before; None at a corner."""
        x = [np.asarray(a) for a in self.operands(values)]
        moving = self.operands([a + 1j * H * d for a, d in zip(values, slopes, strict=True)])
        v = [np.imag(a) / H for a in moving]
        if self.call.is_complex:
            derivative = by_complex_step(self.call.of_complex, x, v)
        else:
            derivative = by_differences(self.call.reference, x, v)
        if derivative is None:
            return None
        given = results(self.call.reference(*x))
        parts = [((r - s) / self.call.move).ravel() for r, s in zip(given, self.call.still, strict=True)]
        return np.concatenate(parts), np.concatenate([(d / self.call.move).ravel() for d in derivative])


@dataclass(frozen=True)
class Graph:
    """Leaves of these lengths, and stages one after the other."""

    lengths: tuple[int, ...]
    stages: tuple[Stage, ...]
    seed: int

    def numbers(self) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        """Return the leaves, a direction in which they move, and another one."""
        rng = np.random.default_rng(self.seed)
        leaves, one, other = ([rng.uniform(-1.0, 1.0, n) for n in self.lengths] for _ in range(3))
        return leaves, one, other

    def loss(self, leaves: Sequence[Tensor]) -> Tensor:
        """Return the sum of all values, each number with a weight of its own."""
        values: list[Any] = list(leaves)
        for stage in self.stages:
            values.append(stage.run(values))
        return sum(((_weights(v.size) * v).sum() for v in values), start=Tensor(0.0))

    def gradient(self, arrays: Sequence[np.ndarray], create_graph: bool = False) -> tuple[list[Tensor], list[Any]]:
        leaves = [Tensor(a, requires_grad=True) for a in arrays]
        return leaves, gradients([self.loss(leaves)], leaves, [None], create_graph=create_graph)

    def witness(self) -> tuple[float, float, float] | None:
        """Return the loss, its derivative along the direction, and the size of what was added up; None at a corner."""
        leaves, v, _ = self.numbers()
        values, slopes = list(leaves), list(v)
        for stage in self.stages:
            pushed = stage.push(values, slopes)
            if pushed is None or np.max(np.abs(pushed[0])) > 1e3 or np.max(np.abs(pushed[1])) > 1e6:
                return None
            values.append(pushed[0])
            slopes.append(pushed[1])
        total, along = (sum(float(_weights(a.size) @ a) for a in parts) for parts in (values, slopes))
        return total, along, sum(float(np.sum(np.abs(s))) for s in slopes)


def replayed(graph: Graph) -> float | None:
    """Return the derivative by the complex step that the gradient check takes: the run played back.

    It knows the primitives of ``nn`` too. None stands for what it does not know, or finds no number for.
    """
    arrays, v, _ = graph.numbers()
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    run = record(lambda: [graph.loss(leaves)])
    pushed = push(run, {leaf.node.number: d for leaf, d in zip(leaves, v, strict=True) if leaf.node is not None})
    return None if pushed is None or not np.isfinite(pushed[0]) else float(pushed[0])


def _weights(n: int) -> np.ndarray:
    return np.asarray(1.3 * np.cos(1.0 + 2.0 * np.arange(n)))
