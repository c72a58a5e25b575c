"""Everything that is public, a line each: `make api` writes it to tests/api/public.txt.

Public is what ``__all__`` of a public package names; of a class its constructor, and what it and its nameless bases
define without an underscore, and how it takes part in the syntax of Python (``t[i]``, ``len(t)``, ``with t:``).
Annotations are shown as they are written, so that the text is the same under every Python and every NumPy.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

LISTED = Path(__file__).with_name("public.txt")
PACKAGES = (
    "autograd",
    "autograd.check",
    "autograd.draw",
    "autograd.memory",
    "nn",
    "nn.functional",
    "nn.init",
    "nn.penalties",
    "optim",
    "optim.schedules",
    "training",
)
# What every object has, and what Python or dataclasses add of their own accord, not the same in every version.
_OF_ITS_OWN = """
    annotate annotate_func class_getitem copy deepcopy del delattr dir eq getattr getnewargs getstate hash init
    init_subclass new post_init reduce reduce_ex replace repr setattr setstate str
"""
NOT_SYNTAX = {f"__{word}__" for word in _OF_ITS_OWN.split()}


def everything() -> str:
    """Return the whole text: a paragraph for each package."""
    return "\n".join(f"{package}\n" + "".join(f"    {line}\n" for line in _lines(package)) for package in PACKAGES)


def _lines(package: str) -> Iterator[str]:
    module = import_module(package)
    for name in sorted(module.__all__):
        yield from _of_name(name, getattr(module, name))


def _of_name(name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        yield f"class {name}{_constructor(thing)}{_bases(thing)}"
        yield from _members(name, thing)
    elif inspect.ismodule(thing) and not callable(thing):
        yield f"module {name}"
    else:
        yield f"def {name}{_signature(getattr(thing, name) if inspect.ismodule(thing) else thing)}"


# ------------------------------------------------------------------------------------------------------------ a class


def _bases(cls: type) -> str:
    """Return from what public classes a class descends: a base without a public name stands for its own bases."""
    waiting, found = list(cls.__bases__), []
    while waiting:
        base = waiting.pop(0)
        if base in _public() or not _ours(base):
            found += [base.__name__] if base is not object else []
        else:
            waiting[:0] = base.__bases__
    return f" ← {', '.join(dict.fromkeys(found))}" if found else ""


def _constructor(cls: type) -> str:
    """Return the signature with which a class is called, if it is one of ours."""
    for base in filter(_ours, cls.__mro__):
        for name in ("__init__", "__new__"):
            found = base.__dict__.get(name)
            if isinstance(found, types.FunctionType | staticmethod):
                return _signature(getattr(found, "__func__", found), bound=True, returns=False)
    return "()" if cls.__init__ is object.__init__ else ""


def _members(name: str, cls: type) -> Iterator[str]:
    members: dict[str, tuple[Any, Any]] = {}
    syntax: set[str] = set()
    listed_elsewhere = {ancestor for base in cls.__mro__[1:] if base in _public() for ancestor in base.__mro__}
    for base in reversed([one for one in cls.__mro__ if _ours(one) and one not in listed_elsewhere]):
        annotated = inspect.get_annotations(base)
        for member, thing in {**dict.fromkeys(annotated), **base.__dict__}.items():
            if member.startswith("__") and callable(thing):
                syntax |= {member} - NOT_SYNTAX
            elif not member.startswith("_") and not type(thing).__module__.startswith("sklearn"):
                members[member] = (thing, annotated.get(member))
    for member in sorted(members):
        yield _of_member(f"{name}.{member}", *members[member])
    if syntax:
        yield f"syntax {name} {' '.join(sorted(syntax))}"


def _of_member(name: str, thing: Any, annotation: Any) -> str:
    kind = "def"
    if isinstance(thing, property | functools.cached_property):
        getter = thing.fget if isinstance(thing, property) else thing.func
        returned = inspect.signature(getter).return_annotation
        settable = isinstance(thing, property) and thing.fset is not None
        return f"{'attribute' if settable else 'property'} {name}{_annotated(returned)}"
    if isinstance(thing, classmethod | staticmethod):
        kind, bound, thing = type(thing).__name__, isinstance(thing, classmethod), thing.__func__
    else:
        bound = True
    if inspect.isclass(thing) or not callable(thing):
        return f"attribute {name}{_annotated(annotation)}"
    return f"{kind} {name}{_signature(thing, bound)}"


# -------------------------------------------------------------------------------------------------------- a signature


def _signature(function: Any, bound: bool = False, returns: bool = True) -> str:
    """Return the signature as it was written; of a `bound` one without the first parameter."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if bound and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        parameters = parameters[1:]
    parts, starred = [], False
    for i, parameter in enumerate(parameters):
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred |= parameter.kind in (parameter.VAR_POSITIONAL, parameter.KEYWORD_ONLY)
        parts.append(_parameter(parameter))
        following = parameters[i + 1].kind if i + 1 < len(parameters) else None
        if parameter.kind is parameter.POSITIONAL_ONLY and following is not parameter.POSITIONAL_ONLY:
            parts.append("/")
    returned = signature.return_annotation
    arrow = "" if not returns or returned is signature.empty else f" -> {_type(returned)}"
    return f"({', '.join(parts)}){arrow}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}{_annotated(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    return f"{text}{' = ' if ':' in text else '='}{_value(parameter.default)}"


def _annotated(annotation: Any) -> str:
    return "" if annotation is inspect.Parameter.empty or annotation is None else f": {_type(annotation)}"


def _type(annotation: Any) -> str:
    if annotation is None or annotation is type(None):
        return "None"
    if isinstance(annotation, str):
        return annotation
    return getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__name__", None) or str(annotation)


def _value(default: Any) -> str:
    if inspect.isclass(default) or inspect.isroutine(default):
        return default.__name__
    text = repr(default)
    return f"<{type(default).__name__}>" if " at 0x" in text else text


@functools.cache
def _public() -> set[type]:
    named = (getattr(module, name) for module in map(import_module, PACKAGES) for name in module.__all__)
    return {thing for thing in named if inspect.isclass(thing)}


def _ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in PACKAGES


if __name__ == "__main__":
    LISTED.write_text(everything(), encoding="utf-8")
