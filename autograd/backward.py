"""The reverse sweep: from an output back to the leaves, each node once, the youngest first.

An operand is always older than what was made of it. So when the youngest node that is still waiting is visited, all its
consumers have been, and its gradient is complete: one heap of birth numbers is all the bookkeeping, nothing recurses,
and nothing about a sweep is stored in the graph, so that several threads can sweep through the same one.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from heapq import heappop, heappush
from itertools import repeat
from typing import Any

import numpy as np

from .anomaly import pull as pull_watched
from .anomaly import refuse_strange_end
from .arrays import as_array, refuse_complex
from .graph import ANOMALY, Leaf, Node, enable_grad, mode, name_of, origin_of
from .lock import Lock
from .rules.elementwise import alias
from .several import Parts, output
from .tensor import Tensor, wrap

_storing = Lock()  # two sweeps may add to the grad of the same leaf


def backward(root: Tensor, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
    """Sweep from `root` and add to the ``grad`` of each leaf below: see :meth:`Tensor.backward`."""
    if root.node is None:
        raise RuntimeError(
            f"backward() on {root._described()}, which requires no gradient: no operand was made with "
            "requires_grad=True, or it was computed under no_grad() or from detached Tensors"
        )
    with enable_grad() if create_graph else nullcontext():
        found = sweep([root.node], [_seed(root, gradient, create_graph)], None, retain_graph, create_graph)
        # Stored at the very end: a sweep that fails on the way leaves every grad as it was.
        with _storing.here:
            receivers = [
                (tensor, arrival) for arrival in found.values() if (tensor := _receiver(arrival[0])) is not None
            ]
            sums = [_added(tensor, _handed_out(arrival), create_graph) for tensor, arrival in receivers]
            # In one call of C's, so that an interruption (Ctrl-C) comes before all of them or after.
            deque(map(setattr, [tensor for tensor, _ in receivers], repeat("grad"), sums), maxlen=0)


def _receiver(node: Any) -> Tensor | None:
    """Return the Tensor whose ``grad`` the gradient of this node goes to, if it is still alive."""
    tensor = node.tensor() if type(node) is Leaf else node.notes.retainer()
    return tensor if tensor is not None and tensor.node is node else None


def _handed_out(arrival: tuple[Any, Any]) -> Tensor:
    """Return a gradient as a Tensor of its own: no two that a user holds share an array, or a place in the graph.

    An array that nobody else holds is handed out as it is: for a matrix of weights copying costs as much as a step of
    the optimiser.
    """
    return wrap(arrival[1]) if _alone(arrival, 1) else _copy(arrival[1])


def _copy(g: Any) -> Tensor:
    return wrap(g._data.copy(), alias(g).node) if isinstance(g, Tensor) else wrap(g.copy())


def _alone(container: Any, key: int) -> bool:
    """Say whether this container alone holds its array: nobody would notice if it were written into."""
    return (
        type(container[key]) is np.ndarray
        and container[key].base is None
        and _holders(container, key) == _ONE_HOLDER
        and container[key].flags.writeable
    )


def _holders(container: Any, key: int) -> int:
    return sys.getrefcount(container[key])


_ONE_HOLDER = _holders([np.empty(1)], 0)  # interpreters count differently


def _added(tensor: Tensor, g: Tensor, create_graph: bool) -> Tensor:
    """Return the ``grad`` of a Tensor with `g` added to it."""
    if tensor.grad is None:
        return g
    before = tensor.grad if isinstance(tensor.grad, Tensor) else Tensor(tensor.grad)
    if before.shape != g.shape:
        raise ValueError(
            f"grad of {tensor._described()} was set to an array of shape {before.shape}, to which a gradient of shape "
            f"{g.shape} cannot be added; set it to None, or to an array of the Tensor's shape"
        )
    return before + g if create_graph else wrap(before._data + g._data)


def gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    seeds: Sequence[Any],
    retain_graph: bool = False,
    create_graph: bool = False,
) -> list[Any]:
    """Return the gradients of `outputs`, weighted by `seeds`, by `inputs`; no ``grad`` is touched.

    Inputs may be anywhere in the graph; the sweep does not go past them. None stands for an input that no output
    depends on. The results are Tensors if `create_graph`, else bare arrays that share memory with nothing else.
    """
    ends = [t.node for t in inputs]
    with enable_grad() if create_graph else nullcontext():
        found = sweep(
            [t.node for t in outputs if t.node is not None],
            [_seed(t, s, create_graph) for t, s in zip(outputs, seeds, strict=True) if t.node is not None],
            {node.number for node in ends if node is not None},
            retain_graph,
            create_graph,
        )
        results = [
            _handed_out(found[node.number]) if node is not None and node.number in found else None for node in ends
        ]
    return results if create_graph else [None if g is None else g._data for g in results]


def _seed(root: Tensor, gradient: Any, create_graph: bool) -> Any:
    """Return the upstream gradient of `root`: a bare array of its shape and dtype, or a Tensor."""
    if gradient is None:
        if root.size != 1:
            raise ValueError(
                f"backward() on {root._described()} needs the upstream gradient, because it has {root.size} elements, "
                f"not one; reduce it (t.sum(), t.mean()) or pass gradient= of shape {root.shape}"
            )
        # A scalar, as NumPy's reductions return it, is made in 0.1 µs, ones_like takes 2.
        gradient = root.dtype.type(1) if isinstance(root._data, np.generic) else np.ones_like(root._data)
        return wrap(gradient) if create_graph else gradient
    if not isinstance(gradient, Tensor):
        gradient = as_array(gradient)
    if gradient.shape != root.shape:
        raise ValueError(
            f"gradient has shape {gradient.shape}, but {root._described()} has shape {root.shape}; they must be equal"
        )
    if isinstance(gradient, Tensor) and not create_graph:
        gradient = gradient._data
    gradient = _fit(gradient, root, root)
    return wrap(gradient) if create_graph and not isinstance(gradient, Tensor) else gradient


def sweep(
    roots: Sequence[Node | Leaf],
    seeds: Sequence[Any],
    targets: set[int] | None,
    retain_graph: bool,
    create_graph: bool,
) -> dict[int, tuple[Node | Leaf, Any]]:
    """Visit all nodes below `roots`, from the youngest to the oldest, and hand each one's gradient on to its parents.

    Returns the gradients of the `targets` (birth numbers; the sweep does not go past them), or of all leaves if
    `targets` is None, with their nodes, by birth number.
    """
    retain_graph = retain_graph or create_graph
    pull = _pull_recorded if create_graph else None
    if watching := mode.get() & ANOMALY:
        pull = partial(pull_watched, pull)
    waiting: list[tuple[int, Any]] = []  # a heap of (-number, node)
    arrived: dict[int, Any] = {}  # number → the sum of the gradients that have arrived so far
    owned: set[int] = set()  # numbers whose sum is an array made here, into which more may be added in place
    found: dict[int, tuple[Any, Any]] = {}

    def receive_more(number: int, g: Any) -> None:
        if number in owned or _alone(arrived, number):
            arrived[number] += g
        else:
            arrived[number] = arrived[number] + g
        if not create_graph:
            owned.add(number)

    oldest = min(targets, default=0) if targets is not None else 0  # nothing older leads to a target
    for root, seed in zip(roots, seeds, strict=True):
        if root.number < oldest:
            continue
        if root.number in arrived:
            receive_more(root.number, seed)
        else:
            arrived[root.number] = seed
            heappush(waiting, (-root.number, root))

    while waiting:
        number, node = heappop(waiting)
        number = -number
        g = arrived.pop(number)
        if type(g) is Parts:
            g = g.complete(node)
        if not node.shape:
            node.grad = _bare(g)
        if node.notes is not None:
            g = _announce(node, g, create_graph)
            if targets is None and node.notes.retainer is not None:
                found[number] = (node, g)
        primitive = node.primitive
        if primitive is None or (targets is not None and number in targets):
            found[number] = (node, g)
            continue
        saved, parents = node.saved, node.parents
        if saved is None:
            raise RuntimeError(
                f"this graph was swept before, and what {primitive.name} had saved for its derivative is released; "
                "call backward(retain_graph=True) the first time, or add up the losses and go backward once"
            )
        pulled = primitive.pull(g, saved, parents) if pull is None else pull(node, g)
        if primitive.sequence is not None:
            pulled, parents = _spread(parents, pulled), flat(parents)
        # The rest is written out, without calls: on small arrays it is most of what a sweep costs (1.2 µs a node).
        for parent, part in zip(parents, pulled):  # noqa: B905 — strict=True would cost 0.1 µs; pull() gives one each
            if parent is None:
                continue
            if parent.written > number:
                _refuse_if_saved(node, parent)
            older = parent.number
            if part is None or older < oldest:  # a rule may say None for zero
                continue
            if getattr(part, "shape", None) != parent.shape or part.dtype is not parent.dtype:
                part = _fit(part, parent, node)
            if create_graph and not isinstance(part, (Tensor, Parts)):
                part = wrap(part)
            if older in arrived:
                receive_more(older, part)
            else:
                arrived[older] = part
                heappush(waiting, (-older, parent))
        if not retain_graph:
            node.saved = None
    if watching:
        for node, g in found.values():
            refuse_strange_end(node, g)
    return found


# ------------------------------------------------------------------------------------------------ a gradient on its way


def _fit(g: Any, parent: Any, node: Any) -> Any:
    """Return the gradient that `node` sends to `parent` in the parent's own shape and dtype.

    The one place where broadcasting is undone: what the forward operation has spread out is added up; what a rule
    leaves small, because it is the same along an axis (the gradient of a sum), is spread out.
    """
    if type(g) is Parts:
        return g
    if not hasattr(g, "shape"):
        g = np.asarray(g)
    if g.shape != parent.shape:
        g = _unbroadcast(g, parent.shape, node)
    if g.dtype == parent.dtype:
        return g
    refuse_complex(g.dtype)
    return g.astype(parent.dtype)


def _unbroadcast(g: Any, shape: tuple[int, ...], node: Any) -> Any:
    extra = g.ndim - len(shape)
    if extra > 0 and g.shape[extra:] == shape:  # a bias, mostly
        return g.sum(axis=tuple(range(extra)))
    axes = tuple(i for i, n in enumerate(g.shape) if i < extra or (shape[i - extra] == 1 and n != 1))
    if axes:
        g = g.sum(axis=axes, keepdims=True)
    if extra > 0:
        g = g.reshape(g.shape[extra:])
    if g.shape == shape:
        return g
    if type(g) is np.ndarray and g.size == 1:
        # One number seen everywhere, as broadcast_to gives it; but that takes 2.4 µs, and this 0.3.
        return np.ndarray(shape, g.dtype, g, 0, (0,) * len(shape))
    try:
        return np.broadcast_to(g, shape)
    except ValueError:
        raise ValueError(
            f"a derivative rule of {getattr(node.primitive, 'name', node)} returned a gradient of shape {g.shape}, "
            f"which does not fit its operand of shape {shape}; a rule returns the operand's shape, or one that "
            "broadcasts with it"
        ) from None


def _announce(node: Any, g: Any, recorded: bool) -> Any:
    """Let the hooks of a node see its gradient, and change it; keep it for the drawing if the node was traced."""
    for hook in tuple(node.notes.hooks.values()):
        answer = hook(_copy(g))
        if answer is not None:
            if np.shape(answer) != node.shape:
                raise ValueError(
                    f"a gradient hook returned shape {np.shape(answer)} for a gradient of shape {node.shape}; it must "
                    "return the same shape, or None to leave the gradient as it is"
                )
            g = _fit(answer._data if isinstance(answer, Tensor) and not recorded else answer, node, node)
            g = wrap(g) if recorded and not isinstance(g, Tensor) else g
    if node.notes.value is not None:
        node.grad = _bare(g)
    return g


def _bare(g: Any) -> Any:
    """Return a gradient (a tuple, of a node with several outputs) as bare arrays: Tensors would close a cycle."""
    if type(g) is tuple:
        return tuple(_bare(part) for part in g)
    return g._data if isinstance(g, Tensor) else g


def _refuse_if_saved(node: Any, leaf: Any) -> None:
    """Raise if a rule of `node` needs the array of `leaf`, which was written after `node` was recorded."""
    for name, parent in zip(node.primitive.operands, node.parents, strict=True):
        used = name in node.primitive.names and node.saved[node.primitive.names.index(name)] is not None
        if used and (parent is leaf or (type(parent) is tuple and leaf in parent)):
            raise RuntimeError(
                f"{_called(leaf)} was written (by an optimiser, load_state_dict, an assignment to .data) after "
                f"{node.primitive.name} had used it, so the gradient would mix old and new values; go backward before "
                "the update, or run the forward pass again"
            )


def _called(leaf: Any) -> str:
    leaf = origin_of(leaf)
    return f"the leaf {name_of(leaf)!r}" if name_of(leaf) else f"a leaf of shape {leaf.shape}"


def flat(parents: tuple[Any, ...]) -> list[Any]:
    """Return the parents of a node one by one, those of a sequence operand in their place."""
    return [one for parent in parents for one in (parent if type(parent) is tuple else (parent,))]


def _spread(parents: tuple[Any, ...], pulled: Sequence[Any]) -> list[Any]:
    """Return what the rules gave in the order of ``flat(parents)``."""
    parts: list[Any] = []
    for parent, part in zip(parents, pulled, strict=True):
        if type(parent) is not tuple:
            parts.append(part)
        else:
            parts.extend([None] * len(parent) if part is None else part)
    return parts


# ------------------------------------------------------------------------------------ the sweep that is itself recorded


def _pull_recorded(node: Node, g: Any) -> Sequence[Any]:
    """Apply the rules of a node to Tensors, so that the gradients that come out have a graph of their own."""
    primitive, parents = node.primitive, node.parents
    values = dict(zip(primitive.names, node.saved or (), strict=True))
    for name, parent in zip(primitive.operands, parents, strict=True):
        if values.get(name) is not None:
            values[name] = _revived(values[name], parent)
    if values.get("ans") is not None:
        values["ans"] = (
            tuple(output(node, i, a) for i, a in enumerate(values["ans"]))
            if type(values["ans"]) is tuple
            else wrap(values["ans"], node)
        )
    if primitive.again is not None:
        return _pull_again(node, g, values)
    for name in primitive.residuals:
        if getattr(values.get(name), "dtype", np.dtype(bool)).kind == "f":
            raise RuntimeError(
                f"{primitive.name} has no second derivative: its rule uses the residual {name!r}, whose own derivative "
                "is not known; give primitive(…, again=) the same function written with differentiable operations"
            )
    return primitive.pull(g, tuple(values.values()), parents)


def _revived(value: Any, parent: Any) -> Any:
    """Return a saved operand as a Tensor at its old place in the graph."""
    if type(parent) is tuple:
        return [_revived(v, p) for v, p in zip(value, parent, strict=True)]
    return value if parent is None else wrap(value, parent)


def _pull_again(node: Any, g: Any, values: dict[str, Any]) -> Sequence[Any]:
    """Differentiate the second, differentiable form of a fused primitive: run it on the same operands and sweep it."""
    primitive = node.primitive
    for name in primitive.operands:
        values[name] = _begun_anew(values[name])
    results, seeds = primitive.again(*(values[p] for p in primitive.parameters)), g
    if not isinstance(results, (tuple, list)):
        results, seeds = (results,), (g,)
    operands = flat(tuple(tuple(v) if type(v) is list else v for v in (values[p] for p in primitive.operands)))
    found = gradients(results, [v if isinstance(v, Tensor) else wrap(v) for v in operands], seeds, create_graph=True)
    parts = iter(found)
    return [[next(parts) for _ in p] if type(p) is tuple else next(parts) for p in node.parents]


def _begun_anew(value: Any) -> Any:
    """Return an operand with a node of its own, where a sweep can end."""
    if type(value) is list:
        return [_begun_anew(v) for v in value]
    return alias(value) if isinstance(value, Tensor) else value
