"""What is looked at before any derivative: each thing that would make a check meaningless has its own message."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..backward import gradients
from ..graph import enable_grad
from ..tensor import Tensor, wrap
from .point import Point


def refuse_infinite_inputs(subject: str, leaves: Mapping[str, Tensor]) -> None:
    """Raise ValueError if an input has an element that is no number."""
    for name, leaf in leaves.items():
        strange = np.argwhere(~np.isfinite(leaf._data))
        if len(strange):
            where = [int(i) for i in strange[0]]
            raise ValueError(
                f"the input {name} of {subject} is {leaf._data[tuple(where)]} at {where}, and nothing can be checked "
                "there; choose finite inputs"
            )


def outputs_of(result: Any, subject: str) -> list[Tensor]:
    """Return what the function returned as Tensors, a single one in a list of one, or raise."""
    if isinstance(result, dict):
        result = tuple(result.values())
    results = result if isinstance(result, (tuple, list)) else (result,)
    for one in results:
        if not isinstance(one, (Tensor, np.ndarray, np.generic, float, int)):
            raise TypeError(f"{subject} returned {type(one).__name__}; it must return a Tensor, or a tuple of Tensors")
    return [one if isinstance(one, Tensor) else wrap(np.asarray(one)) for one in results]


def refuse_strange_outputs(subject: str, outputs: Sequence[Tensor]) -> None:
    """Raise unless all outputs are finite, and floating point numbers of double precision if they are any."""
    for i, y in enumerate(outputs):
        if y.dtype.kind != "f":
            continue
        if y.dtype != np.float64:
            raise TypeError(
                f"output {i} of {subject} has dtype {y.dtype} though its inputs are float64, and differences would "
                "drown in its rounding; let the function keep the dtype of its inputs (no astype, no dtype=)"
            )
        strange = np.argwhere(~np.isfinite(y._data))
        if len(strange):
            where = [int(j) for j in strange[0]]
            raise ValueError(
                f"output {i} of {subject} is {y._data[tuple(where)]} at {where}, so there is no derivative to check; "
                "choose inputs at which the function is finite"
            )


def refuse_elsewhere(subject: str, given: Mapping[str, Any]) -> None:
    """Raise TypeError if one of the values does not lie in NumPy's memory, where the check compares numbers."""
    for name, value in given.items():
        array = value._data if isinstance(value, Tensor) else value
        if hasattr(array, "__array_function__") and not isinstance(array, (np.ndarray, np.generic)):
            raise TypeError(
                f"{subject} is checked in NumPy's memory, and {name} is a {type(array).__name__}; give NumPy arrays "
                "(x.get()), and of a model its copy there: copy.deepcopy(model).to(numpy)"
            )


def refuse_chance(subject: str, first: Sequence[Any], again: Sequence[Any]) -> None:
    """Raise ValueError if the same inputs gave other outputs the second time."""
    if len(first) != len(again):
        raise ValueError(
            f"{subject} returned {len(first)} outputs, and {len(again)} the second time; it keeps a state from run to "
            "run: make it a function of its inputs"
        )
    for i, (y, z) in enumerate(zip(first, again, strict=True)):
        # Sums may be ordered otherwise in another place of the memory: the last bits are no sign of chance.
        close = y.shape == z.shape and np.allclose(y, z, rtol=0.0, atol=1e-12 * np.max(abs(y * 1.0), initial=0.0))
        if not close:
            raise ValueError(
                f"output {i} of {subject} differs between two runs on the same inputs, so differences mean nothing; "
                "it draws random numbers from a generator that cannot be found (pass one as rng=, or use the "
                "library's), or keeps a state from run to run: switch that off, or seed it anew in each call"
            )


def refuse_mutation(subject: str, arrays: Mapping[str, Any], before: Mapping[str, bytes]) -> None:
    """Raise ValueError if a run has written into one of its inputs."""
    for name, array in arrays.items():
        if digest(array) != before[name]:
            raise ValueError(
                f"{subject} has written into its input {name}, so the second run would begin elsewhere than the first; "
                "let it make a new array (x = x + 1, x.copy()), or use in-place syntax on the Tensor, not on its .data"
            )


def digest(array: Any) -> bytes:
    """Return what tells whether an array was written into."""
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).digest()


def overlaps(given: Mapping[str, Any]) -> list[str]:
    """Return a note for each pair of inputs that share memory."""
    arrays = {name: value._data if isinstance(value, Tensor) else value for name, value in given.items()}
    arrays = {name: value for name, value in arrays.items() if isinstance(value, np.ndarray) and value.size}
    return [
        f"The inputs {a} and {b} share memory: they were checked as two, in copies; a write into one would change both."
        for a, b in itertools.combinations(arrays, 2)
        if np.may_share_memory(arrays[a], arrays[b])
    ]


# ------------------------------------------------------------------------------------------- what backward must satisfy


def zero_gives_zero(point: Point) -> list[str]:
    """Return a message if an upstream gradient of zero gives another gradient than zero: Jᵀ0 = 0."""
    inputs = list(point.leaves.values())
    with np.errstate(all="ignore"):
        found = gradients(point.outputs, inputs, [np.zeros_like(y) for y in point.values], retain_graph=True)
    return [
        f"FAIL: an upstream gradient of zero gives {name} the gradient {float(np.nanmax(abs(g))):.3g}, not zero; a "
        "derivative rule must multiply by g, and add nothing to it."
        for name, g in zip(point.leaves, found, strict=True)
        if g is not None and g.size and np.isfinite(g).all() and np.any(g)
    ]


def transposed(point: Point, rng: np.random.Generator) -> tuple[float, list[str]]:
    """Compare ⟨v, J u⟩ with ⟨Jᵀv, u⟩, for random v and u: no step is needed, and none can be wrong.

    J u is the derivative of ⟨Jᵀv, u⟩ by v. So the two are equal if backward is linear in v, as it must be, and if the
    form of the rules that is recorded is the same as the one that is not.

    Returns
    -------
    gap : float
        How far apart they are, in units of the sizes that add up to them; NaN if there is no second derivative.
    problems : list of str
        A message if they differ.
    """
    inputs = list(point.leaves.values())
    moving = [(y, v) for y, v in zip(point.outputs, point.weights, strict=True) if y.requires_grad]
    if not moving:
        return 0.0, []
    outputs = [y for y, _ in moving]
    directions = [
        size * rng.uniform(0.5, 1.5, size.shape) * rng.choice([-1.0, 1.0], size.shape) for size in point.sizes.values()
    ]
    try:
        with enable_grad(), np.errstate(all="ignore"):
            probes = [Tensor(v, requires_grad=True) for _, v in moving]
            pulled = gradients(outputs, inputs, probes, create_graph=True)
            pairs = [(g, u) for g, u in zip(pulled, directions, strict=True) if g is not None]
            if not pairs:
                return 0.0, []
            pushed = gradients([g for g, _ in pairs], probes, [u for _, u in pairs], retain_graph=True)
            bare = gradients(outputs, inputs, [v for _, v in moving], retain_graph=True)
    except (RuntimeError, TypeError, ValueError, AttributeError):  # no second derivative: nothing to compare
        return float("nan"), []
    forward = [v * w for (_, v), w in zip(moving, pushed, strict=True) if w is not None]
    backward = [g * u for g, u in zip(bare, directions, strict=True) if g is not None]
    difference = sum(float(np.sum(part)) for part in forward) - sum(float(np.sum(part)) for part in backward)
    size = sum(float(np.sum(abs(part))) for part in (*forward, *backward))
    size += 1e-6 * sum(float(np.sum(abs(v * y._data))) for y, v in moving)  # a sum of nothing but rounding errors
    if not np.isfinite(size):
        return float("nan"), []
    gap = abs(difference) / size if difference else 0.0
    if gap <= 1e-7:
        return gap, []
    return gap, [
        f"FAIL: ⟨v, J u⟩ and ⟨Jᵀv, u⟩ differ by {gap:.1e} of their size; backward is not linear in its upstream "
        "gradient (a rule uses g² or |g|, or forgets it), or what is recorded with create_graph=True is another rule."
    ]
