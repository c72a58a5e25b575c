"""What is mutated: every rule of every primitive, every update rule, and every function that a rule is made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType

import optim
from autograd.primitive import Primitive
from tests.support import cases, nn_cases

from .changes import Planted, changes_of
from .planting import mutants_of, planted
from .reached import reached

TESTS_OF_AUTOGRAD = {
    "linalg": ("linalg",),
    "decompositions": ("linalg",),
    "norms": ("linalg",),
    "reduction": ("reductions",),
    "scan": ("reductions",),
    "indexing": ("indexing",),
    "selection": ("selection",),
    "order": ("selection",),
}
TESTS_OF_NN = {
    **dict.fromkeys(("activations", "hard", "smooth", "normal", "softmax"), "activations"),
    **dict.fromkeys(("adaptive_pooling", "pooling_maps"), "pooling"),
    **dict.fromkeys(("channel_normalisation", "normalisation"), "normalisation"),
    **dict.fromkeys(("classes", "cross_entropy"), "cross_entropy"),
    **dict.fromkeys(("likelihood", "losses", "margin", "regression"), "losses"),
    **{"attention": "attention_function", "convolution_maps": "convolution", "products": "linear"},
    **{"dropout": "dropout", "embedding": "embedding", "recurrence": "recurrent"},
}
TESTS_OF_OPTIM = ("tests/optim/test_formulas.py", "tests/optim/test_rules.py")
OF_A_STEP = ("update", "advance", "memory", "check")  # the methods that an update rule writes


@dataclass(frozen=True)
class Target:
    """A primitive, whose answers are changed, or a function, whose source is.

    Attributes
    ----------
    page : str
        The module that it stands in.
    name : str
        What it is called there.
    what : Primitive or function
        The thing itself.
    judges : tuple of str
        The primitives whose tests can notice: the nearest first.
    tests : tuple of str
        The files of tests that are asked last.
    """

    page: str
    name: str
    what: Primitive | FunctionType
    judges: tuple[str, ...]
    tests: tuple[str, ...]

    def mutants(self) -> Iterator[tuple[str, Planted]]:
        """Yield what is wrong, and how it is planted, of each mutant."""
        if isinstance(self.what, Primitive):
            yield from changes_of(self.what)
        else:
            for text, code in mutants_of(self.what):
                yield text, planted([self.what], code)


@functools.cache
def primitives() -> dict[str, Primitive]:
    """Return all of them by name; no two have one."""
    of_autograd, of_nn = cases.all_primitives(), nn_cases.all_primitives()
    assert not set(of_autograd) & set(of_nn)
    return of_autograd | of_nn


@functools.cache
def of_rules() -> tuple[Target, ...]:
    """Return the targets of the derivative table and of nn.functional."""
    found = []
    near: dict[FunctionType, list[tuple[int, str]]] = {}
    names: dict[FunctionType, str] = {}
    for name, entry in primitives().items():
        found.append(Target(page_of(entry), f"{name}, its answers", entry, (name,), tests_of(page_of(entry))))
        for role, rule in rules_of(entry).items():
            names.setdefault(rule, f"{name}, {role}")
            for function, distance in reached(rule).items():
                near.setdefault(function, []).append((distance, name))
    for function, judges in near.items():
        nearest = tuple(dict.fromkeys(judge for _, judge in sorted(judges, key=lambda pair: pair[0])))
        name = function.__qualname__
        if function.__name__ == "<lambda>":
            name = names.get(function, f"{nearest[0]}, a lambda that it calls")
        found.append(Target(function.__module__, name, function, nearest, tests_of(function.__module__)))
    return tuple(sorted(found, key=lambda target: target.page))


@functools.cache
def of_steps() -> tuple[Target, ...]:
    """Return the targets of the update rules: what they write, and what that calls. No slope shows these."""
    written = [
        vars(kind)[name] for kind in (optim.Optimizer, *update_rules()) for name in OF_A_STEP if name in vars(kind)
    ]
    functions = dict.fromkeys(function for method in written for function in reached(method))
    found = [Target(f.__module__, f.__qualname__, f, (), TESTS_OF_OPTIM) for f in functions]
    return tuple(sorted(found, key=lambda target: target.page))


def update_rules() -> list[type[optim.Optimizer]]:
    """Return all rules that work element by element: the others are asked for their paths, not their steps."""
    return [kind for kind in vars(optim).values() if getattr(kind, "elementwise", False)]


def rules_of(entry: Primitive) -> dict[str, FunctionType]:
    """Return the rules of a primitive by what they are for."""
    others = {"all operands": entry.together, "second form": entry.again}
    return {**entry.rules, **{role: rule for role, rule in others.items() if rule is not None}}


def page_of(entry: Primitive) -> str:
    """Return the module in which the rules of a primitive stand."""
    return next(iter(rules_of(entry).values())).__module__


def tests_of(page: str) -> tuple[str, ...]:
    """Return the files of tests that are asked about a page last of all."""
    package, _, name = page.rpartition(".")
    if package == "autograd.rules":
        return tuple(
            f"tests/autograd/test_{n}.py" for n in ("conventions", "special_points", *TESTS_OF_AUTOGRAD.get(name, ()))
        )
    return tuple(f"tests/nn/test_{n}.py" for n in ("special_points", TESTS_OF_NN[name]))


def all_targets() -> tuple[Target, ...]:
    """Return everything that ``make mutants`` goes over."""
    return (*of_rules(), *of_steps())
