"""The state of a module: its parameters and buffers, as a flat dictionary of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.arrays import bare, beside

from .parameter import Parameter, write

if TYPE_CHECKING:
    from .attributes import Attributes
    from .module import Module


class LoadResult(NamedTuple):
    """What ``load_state_dict(strict=False)`` passed over: paths without an entry, and entries without a path."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def entries(module: Module) -> dict[str, Any]:
    """Return the bare arrays of all parameters and persistent buffers, by path, parents before children."""
    return {path: bare(getattr(owner, name)) for path, (owner, name) in _owners(module).items()}


def load(module: Module, given: Mapping[str, Any], strict: bool) -> LoadResult:
    """Write `given` into `module`: see :meth:`Module.load_state_dict`."""
    if not isinstance(given, Mapping):
        raise TypeError(f"load_state_dict takes a state_dict, a mapping of paths to arrays, not {type(given).__name__}")
    here = entries(module)
    arrays = {path: beside(bare(given[path]), here[path]).copy() for path in here if path in given}
    missing = [path for path in here if path not in given]
    unexpected = [path for path in given if path not in here]
    unfit = [problem for path, array in arrays.items() if (problem := _unfit(path, array, here[path]))]
    if unfit or strict and (missing or unexpected):
        raise ValueError(
            f"this state_dict does not fit {type(module).__name__}, which is left as it was:"
            + _listed("missing", missing if strict else [])
            + _listed("unexpected", unexpected if strict else [])
            + _listed("wrong", unfit)
        )
    converted = {path: array.astype(here[path].dtype, copy=False) for path, array in arrays.items()}
    for path, (owner, name) in _owners(module).items():
        if path in converted:
            _write(owner, name, converted[path])
    return LoadResult(missing, unexpected)


def _owners(module: Module) -> dict[str, tuple[Attributes, str]]:
    """Return, for each path of the state, the module that owns the attribute and the attribute's name."""
    return {
        f"{path}.{name}" if path else name: (owner, name)
        for path, owner in module._places()
        for name, _ in (*owner._own(Parameter), *owner._own_buffers(saved_only=True))
    }


def _unfit(path: str, array: Any, here: Any) -> str | None:
    """Return what is wrong with an array for this path, or None."""
    if array.dtype.kind not in "fiub":
        return f"{path}: numbers expected, {array.dtype} given"
    if array.shape != here.shape:
        return f"{path}: shape {here.shape} expected, {array.shape} given"
    return None


def _write(owner: Attributes, name: str, array: Any) -> None:
    """Write an array into a parameter, or put it in the place of a buffer: no graph would learn of a write there."""
    value = getattr(owner, name)
    if isinstance(value, Parameter):
        write(value, array)
    else:
        setattr(owner, name, array)


def _listed(kind: str, problems: Iterable[str]) -> str:
    text = "".join(f"\n    {problem}" for problem in problems)
    return f"\n  {kind}:{text}" if text else ""
