"""What the docstrings of public names promise: a line of what it is, the parameters by their names, an example."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest

from tests.support.site import PACKAGES, public_names

SECTION = re.compile(r"^([A-Z][a-z]+(?: [A-Z][a-z]+)?)\n-{3,}$", re.MULTILINE)
TITLES = {
    *(
        "Parameters",
        "Attributes",
        "Returns",
        "Yields",
        "Raises",
        "Warns",
        "Notes",
        "References",
        "See Also",
        "Examples",
    ),
}
# What functions return: nobody makes one by hand, and what it holds stands under Attributes.
RESULTS = {
    *("Blame", "CheckResult", "Row", "Comparison", "Drawing", "Filmstrip", "Player", "LayerWidth", "WidthReport"),
    *("Advice", "Advices", "Check", "CoarseToFine", "Decomposition", "Ensemble", "LearningRateRange", "Run"),
    *("SanityReport", "Step", "Subnetworks"),
}


def everything() -> dict[str, Any]:
    """Every public function and class by its full name."""
    found = {f"{p}.{name}": getattr(importlib.import_module(p), name) for p in PACKAGES for name in public_names(p)}
    # autograd.draw is a package, and its function; what is raised has no parameters of its own.
    found = {name: what.draw if inspect.ismodule(what) else what for name, what in found.items()}
    return {n: f for n, f in found.items() if not (inspect.isclass(f) and issubclass(f, BaseException))}


PUBLIC = everything()
# Each of these is a formula in one line, which is the whole of what there is to say of its parameters.
FORMULAS = {n for n, f in PUBLIC.items() if n.startswith("optim.schedules.") and f.__annotations__.get("return")}
FORMULAS -= {"optim.schedules.plot", "optim.schedules.sequence"}


def sections(what: Any) -> dict[str, str]:
    """The sections of a docstring by their titles; what comes before them has none."""
    first, *parts = SECTION.split(inspect.getdoc(what) or "")
    return {"": first} | dict(zip(parts[::2], parts[1::2], strict=True))


def described(section: str) -> list[str]:
    """The names that a section describes: of "x, y : array" both, of "*inputs" without the star."""
    heads = [line.partition(" : ")[0] for line in section.splitlines() if line and not line[0].isspace()]
    return sorted(name.strip().lstrip("*") for head in heads for name in head.split(","))


def parameters(what: Any) -> list[str]:
    return sorted(name for name in inspect.signature(what).parameters if name not in ("self", "cls"))


def is_result(name: str) -> bool:
    return name.rpartition(".")[2] in RESULTS


def methods(what: Any) -> dict[str, Any]:
    """The public methods that are written in a class itself."""
    if not inspect.isclass(what):
        return {}
    functions = {name: getattr(member, "__func__", member) for name, member in vars(what).items()}
    return {
        name: function
        for name, function in functions.items()
        if name[0] != "_" and inspect.isfunction(function) and function.__module__ == what.__module__
    }


def test_there_are_hundreds_of_them_and_no_result_is_forgotten() -> None:
    assert len(PUBLIC) > 300
    assert {name.rpartition(".")[2] for name in PUBLIC} >= RESULTS


def test_one_line_says_what_it_is() -> None:
    firsts = {name: (inspect.getdoc(what) or "").splitlines()[:2] for name, what in PUBLIC.items()}
    assert not [
        n for n, lines in firsts.items() if not lines or lines[0][-1] not in ".:?" or lines[1:] not in ([], [""])
    ]


def test_its_parameters_are_those_of_its_signature() -> None:
    wrong = {}
    for name, what in PUBLIC.items():
        listed, there = described(sections(what).get("Parameters", "")), parameters(what)
        if name in FORMULAS:
            missing = [p for p in there if not re.search(rf"\b{p}\b", inspect.getdoc(what) or "")]
            wrong[name] = missing if set(missing) - {"steps"} else []  # "in so many steps"
        elif not is_result(name) or listed:
            wrong[name] = sorted({*listed} ^ {*there}) if listed != there else []
    assert not {name: names for name, names in wrong.items() if names}


def test_what_a_result_holds_is_listed() -> None:
    results = {name: what for name, what in PUBLIC.items() if is_result(name) and not issubclass(what, list)}
    assert not [name for name, what in results.items() if "Attributes" not in sections(what)]
    fields = {
        name: {*getattr(what, "__dataclass_fields__", getattr(what, "_fields", ()))} for name, what in results.items()
    }
    assert sum(map(bool, fields.values())) > 8
    assert not {
        n: missing for n in results if (missing := fields[n] - {*described(sections(results[n])["Attributes"])})
    }


def test_a_function_says_what_it_returns() -> None:
    functions = {name: what for name, what in PUBLIC.items() if not inspect.isclass(what) and name not in FORMULAS}
    returning = {name: what for name, what in functions.items() if str(what.__annotations__.get("return")) != "None"}
    assert not [name for name, what in returning.items() if not {"Returns", "Yields"} & {*sections(what)}]


def test_it_has_an_example() -> None:
    rest = {name: what for name, what in PUBLIC.items() if not is_result(name) and name not in FORMULAS}
    assert not [name for name, what in rest.items() if ">>> " not in (inspect.getdoc(what) or "")]


def test_its_sections_have_the_usual_titles() -> None:
    said = [(name, title) for name, what in PUBLIC.items() for title in sections(what)]
    assert not [(name, title) for name, title in said if title and title not in TITLES]


def test_a_method_says_what_it_does_and_lists_its_own_parameters_if_any() -> None:
    every = [(f"{name}.{m}", function) for name, what in PUBLIC.items() for m, function in methods(what).items()]
    assert len(every) > 200
    assert not [name for name, function in every if not function.__doc__]
    listed = {name: (described(sections(f).get("Parameters", "")), parameters(f)) for name, f in every}
    assert not {name: both for name, both in listed.items() if both[0] and both[0] != both[1]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x : array\n    Of any shape.\n*others : arrays\n    More.", ["others", "x"]),
        ("lr, eps\n    As ever.\n\n**options\n    Too.", ["eps", "lr", "options"]),
    ],
)
def test_the_names_of_a_section_are_found(text: str, names: list[str]) -> None:
    assert described(text) == names
