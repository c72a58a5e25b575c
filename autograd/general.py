"""The operation of any primitive, written out for it as text and compiled.

What a person would write for one primitive (see ``binary`` in ``operation.py``), a program writes for each: a function
with the primitive's own parameters, which asks of each operand whether it is a Tensor. One function for all, which goes
through lists of operands, took 3.9 µs more than the bare call for ``nn.functional.linear``; this one takes 1.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import operand, plain, refuse_complex
from .graph import RECORD, TRACE, WATCH, Leaf, Node, View, mode, origin_of
from .notes import annotate
from .operation import cut_off
from .several import output
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .primitive import Primitive

# Names with an underscore are the program's own, the others the primitive's: x an operand, k an option.
_TEXT = """\
def operation({signature}):
{operands_opened}
{options_opened}
    {results} = _forward({arguments})
    if type(_ans) in _ODD:
        _ans = _ODD[type(_ans)](_ans)
    if {no_node} or not (_state := _mode.get()) & _RECORD:
        return _unrecorded(_entry, _ans, ({operands}))
    _saved = ({saved})
    if {some_constant}:
        _saved = _entry.needed(_saved, ({wanted}))
    if type(_ans) is tuple:
        return _several(_entry, _ans, _saved, ({nodes}), ({data}), _state, ({values}), ({operands}))
    if _ans.dtype.kind != "f":
        raise _no_floats(_entry)
    if getattr(_ans, "base", None) is None and {no_operand}:
        _node = _Node(_entry, ({nodes}), _saved, _ans.shape, _ans.dtype)
    else:
        _node = _view(_entry, ({nodes}), ({data}), _saved, _ans.shape, _ans.dtype, _ans)
    if not _node.shape:
        _node.value = _ans
    if _state & _WATCH or (not _node.shape and ({some_constant})):
        _annotate(_node, _ans, ({data}), _state, ({values}), ({operands}) if _state & _TRACE else ())
    return _wrap(_ans, _node)
"""

_OPERAND = """\
    if isinstance({x}, _Tensor):
        _{x}, _node_{x} = {x}._data, {x}.node
    else:
        _{x}, _node_{x} = _operand({x}), None"""

_SEQUENCE = """\
    {x} = list({x})
    _{x} = [v._data if isinstance(v, _Tensor) else _operand(v) for v in {x}]
    _node_{x} = tuple([v.node if isinstance(v, _Tensor) else None for v in {x}])
    if not any(_node_{x}):
        _node_{x} = None"""

_OPTION = """\
    if isinstance({k}, _Tensor):
        {k} = _without_derivative(_entry, "{k}", {k})"""

_NUMBER = """\
    if type({k}) is not {kind}:
        {k} = _number(_entry, "{k}", {k})"""


def general(entry: Primitive) -> Callable[..., Any]:
    """Return the operation of any primitive."""
    text = _written(entry)
    known = {f"_default_{name}": value for name, value in entry.defaults.items()}
    known |= _KNOWN | {"_entry": entry, "_forward": entry.forward}
    known |= {"__name__": __name__, "__loader__": _Loader(text)}
    # As a file of this library it is passed over when the line of the user's program that made a node is looked for.
    exec(compile(text, f"{__file__}: {entry.name}", "exec"), known)
    operation: Callable[..., Any] = known["operation"]
    return operation


class _Loader:
    """Where tracebacks find the text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, name: str) -> str:
        return self.text


def _written(entry: Primitive) -> str:
    """Return the text of the operation."""
    operands = entry.operands
    values = [f"_{p}" if p in operands else p for p in entry.parameters]
    nodes = [f"_node_{p}" for p in operands]
    return _TEXT.format(
        signature=", ".join(_signature(entry)),
        operands_opened="\n".join((_SEQUENCE if p == entry.sequence else _OPERAND).format(x=p) for p in operands),
        options_opened="\n".join(_opened(entry, p) for p in entry.parameters if p not in operands),
        results=", ".join(["_ans", *(f"_{r}" for r in entry.residuals)]),
        arguments=", ".join(
            f"{p}={value}" if p in entry.by_name else value for p, value in zip(entry.parameters, values, strict=True)
        ),
        no_node=" and ".join(f"{node} is None" for node in nodes),
        some_constant=" or ".join(f"{node} is None" for node in nodes),
        no_operand=" and ".join(_is_not(entry, p) for p in operands),
        operands=_several_of(operands),
        nodes=_several_of(nodes),
        data=_several_of(f"_{p}" for p in operands),
        wanted=_several_of(f"{node} is not None" for node in nodes),
        values=_several_of(values),
        saved=_several_of(_found(entry, name) for name in entry.names),
    )


def _signature(entry: Primitive) -> list[str]:
    given = [f"{p}=_default_{p}" if p in entry.defaults else p for p in entry.parameters]
    if entry.by_name:
        given.insert(len(given) - len(entry.by_name), "*")
    return given


def _opened(entry: Primitive, option: str) -> str:
    """Return the text that makes an option ready: what the forward function declares as a number becomes one."""
    declared: Any = getattr(entry.forward, "__annotations__", {}).get(option)
    kind = getattr(declared, "__name__", declared)  # a text, where annotations are postponed
    return _NUMBER.format(k=option, kind=kind) if kind in ("float", "int") else _OPTION.format(k=option)


def _found(entry: Primitive, name: str) -> str:
    """Return the text of what a rule asks for by this name."""
    if name in entry.operands or name in entry.residuals or name == "ans":
        return f"_{name}"
    if name in entry.parameters:
        return name
    if name == "wanted":
        return f"({_several_of(f'_node_{p} is not None' for p in entry.operands)})"
    return f"_shape({_found(entry, name.removesuffix('_shape'))})"


def _is_not(entry: Primitive, p: str) -> str:
    """Return the text that asks whether the result is another array than this operand, or than each of a sequence."""
    return f"not any([_ans is v for v in _{p}])" if p == entry.sequence else f"_ans is not _{p}"


def _several_of(words: Iterable[str]) -> str:
    return " ".join(f"{word}," for word in words)


# ------------------------------------------------------------------------------------------ what is seldom gone through


def _unrecorded(entry: Primitive, ans: Any, given: tuple[Any, ...]) -> Any:
    """Return the result as it is if there is no Tensor among the operands, and else as a Tensor without a node."""
    tensors = [one for x in given for one in (x if type(x) is list else (x,)) if isinstance(one, Tensor)]
    if not tensors:
        return ans
    if type(ans) is tuple:
        return tuple([_unrecorded(entry, part, given) for part in ans])
    refuse_complex(ans.dtype)
    ans = _apart(ans, tensors)
    return cut_off(ans, entry, given) if mode.get() & TRACE else wrap(ans)


def _apart(ans: Any, tensors: list[Tensor]) -> Any:
    """Return a result that was not recorded; one in the memory of a leaf is copied, since nobody dates writes to it."""
    if getattr(ans, "base", None) is None and not any(ans is t._data for t in tensors):
        return ans
    origin = _origin(ans, [t.node for t in tensors], [t._data for t in tensors])
    return ans.copy() if isinstance(origin_of(origin), Leaf) else ans


def _several(
    entry: Primitive, ans: Any, saved: Any, parents: Any, data: Any, state: int, values: Any, given: Any
) -> tuple[Tensor, ...]:
    """Record several outputs."""
    if any(a.dtype.kind != "f" for a in ans):
        raise _no_floats(entry)
    node = _view(entry, parents, data, saved, tuple([a.shape for a in ans]), tuple([a.dtype for a in ans]), ans)
    if state & WATCH:
        annotate(node, ans, data, state, values, given)
    return tuple([output(node, i, a) for i, a in enumerate(ans)])


def _view(entry: Primitive, parents: Any, data: Any, saved: Any, shape: Any, dtype: Any, ans: Any) -> Node:
    """Return the node of an output that may share the memory of an operand."""
    origin = _origin(ans, parents, data)
    node = (entry, parents, saved, shape, dtype)
    return Node(*node) if origin is None else View(origin, *node)


def _no_floats(entry: Primitive) -> TypeError:
    return TypeError(
        f"{entry.name} computed numbers that are no floating point numbers out of a Tensor that requires a gradient, "
        "and those have none; apply it to t.detach()"
    )


def _origin(ans: Any, parents: Sequence[Any], values: Sequence[Any]) -> Any:
    """Return the parent whose array an output is, or is a view of, or None: views know who owns their memory."""
    owners = [_owner(a) for a in ans] if type(ans) is tuple else [_owner(ans)]
    for parent, value in zip(parents, values, strict=True):
        if type(parent) is tuple:
            if (origin := _origin(ans, parent, value)) is not None:
                return origin
        elif parent is not None:
            owner = _owner(value)
            for one in owners:
                if one is owner:
                    return parent
    return None


def _owner(array: Any) -> Any:
    """Return the array that a view is of, or a view of; as_strided puts an object of its own between them."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def _shape(value: Any) -> Any:
    if type(value) is list:
        return [np.shape(v) for v in value]
    return value.shape if hasattr(value, "shape") else ()


def _without_derivative(entry: Primitive, name: str, tensor: Tensor) -> Any:
    if tensor.node is not None:
        raise TypeError(
            f"{entry.name} has no derivative by its argument {name!r}, which is a Tensor that requires a gradient; "
            f"pass {name}.detach(), or write a primitive with a rule for it"
        )
    return tensor._data


def _number(entry: Primitive, name: str, value: Any) -> Any:
    """Return an option that is declared as a number, a number of NumPy's as Python's own."""
    return plain(_without_derivative(entry, name, value) if isinstance(value, Tensor) else value)


def _nothing(ans: None) -> Any:
    raise TypeError("the forward function of this primitive returned None; does it end in `return`?")


_KNOWN = {
    # A gate written with `math` returns a float.
    "_ODD": {list: tuple, float: np.float64, int: np.int64, type(None): _nothing},
    "_Node": Node,
    "_RECORD": RECORD,
    "_TRACE": TRACE,
    "_WATCH": WATCH,
    "_Tensor": Tensor,
    "_annotate": annotate,
    "_mode": mode,
    "_no_floats": _no_floats,
    "_number": _number,
    "_operand": operand,
    "_several": _several,
    "_shape": _shape,
    "_unrecorded": _unrecorded,
    "_view": _view,
    "_without_derivative": _without_derivative,
    "_wrap": wrap,
}
