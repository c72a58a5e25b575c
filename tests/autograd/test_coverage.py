"""The page that says what each NumPy function does with a Tensor: it is complete, and true."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from autograd import Tensor, rules
from autograd.primitive import TABLE
from autograd.rules import PLAIN
from autograd.rules.coverage import DIFFERENTIABLE, PLAIN_RESULT, REFUSED, coverage, markdown
from autograd.rules.table import operands_of
from tests.support.cases import all_cases
from tests.support.cases.linalg import COMPOSITIONS

ENTRIES = {entry.name: entry for entry in coverage()}


def function_of(name: str) -> object:
    """Return what a name of the page stands for; None for a function of SciPy's."""
    if name.startswith("scipy."):
        return None
    return functools.reduce(getattr, name.removeprefix("np.").split("."), np)


def test_every_function_of_the_table_is_on_the_page() -> None:
    statuses = [entry.status for entry in ENTRIES.values()]
    on_the_page = {function_of(name) for entry in ENTRIES.values() for name in (entry.name, *entry.aliases)}
    of_numpy = {f for f in TABLE if not isinstance(f, np.ufunc) or getattr(np, f.__name__, None) is f}  # or SciPy's
    assert of_numpy <= on_the_page
    assert on_the_page >= PLAIN | set(rules.REFUSED)
    assert statuses.count(DIFFERENTIABLE) >= 80
    assert len(ENTRIES) > 300


def test_a_function_is_either_differentiable_or_plain_or_refused() -> None:
    for one, other in combinations((set(TABLE), PLAIN, set(rules.REFUSED)), 2):
        assert not one & other


def test_every_function_stands_in_a_family_and_says_by_what_or_why_not() -> None:
    for entry in ENTRIES.values():
        assert entry.family != "Others", entry
        assert entry.how != "has no derivative rule", entry
        assert bool(entry.how) == (entry.status != PLAIN_RESULT), entry


def test_the_operands_that_it_names_are_parameters_of_the_operation() -> None:
    for operation in TABLE.values():
        entry = getattr(operation, "primitive", None)
        parameters = entry.parameters if entry is not None else inspect.signature(operation).parameters
        assert operands_of(operation)
        assert set(operands_of(operation)) <= set(parameters), operation


def test_every_function_of_the_table_is_called_through_numpy_by_a_generated_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = set()

    def noting(protocol: Callable[..., object]) -> Callable[..., object]:
        def note(self: Tensor, function: Callable[..., object], *rest: object, **options: object) -> object:
            called.add(function)
            return protocol(self, function, *rest, **options)

        return note

    for protocol in ("__array_ufunc__", "__array_function__"):
        monkeypatch.setattr(Tensor, protocol, noting(getattr(Tensor, protocol)))
    for case in [*all_cases(), *(case for family in COMPOSITIONS for case in family())]:
        case.operation(*map(Tensor, case.operands))
    missing = sorted(getattr(f, "__name__", str(f)) for f in set(TABLE) - called)
    assert not missing, f"{missing} have no call in tests/support/cases/"


@pytest.mark.parametrize(
    ("name", "status", "how"),
    [
        ("np.multiply", DIFFERENTIABLE, "by x, y"),
        ("np.split", DIFFERENTIABLE, "by x"),
        ("np.interp", DIFFERENTIABLE, "by x, xp, fp, left, right"),
        ("np.add.reduce", DIFFERENTIABLE, "by x"),
        ("np.argmax", PLAIN_RESULT, ""),
        ("np.nextafter", REFUSED, "is about the gaps between floating point numbers: no slope is meant"),
    ],
)
def test_what_it_says_is_what_happens(name: str, status: str, how: str) -> None:
    assert ENTRIES[name][:3] == (name, status, how)


@pytest.mark.parametrize("name", [n for n, e in ENTRIES.items() if e.status == REFUSED and n[:2] == "np"])
def test_what_is_refused_is_never_computed_in_silence_and_the_reason_is_that_of_the_page(name: str) -> None:
    t = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    function = function_of(name)
    refusals = []
    for arguments in ((t,), (t, t), (t, t, t), (t, t, t, t)):
        try:
            result = function(*arguments)
        except (TypeError, ValueError) as refusal:
            refusals.append(str(refusal))
        else:
            pytest.fail(f"{name} of a Tensor gave {result!r}")
    assert any(ENTRIES[name].how in refusal for refusal in refusals)


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax", "polygamma"])
def test_what_scipy_wrote_in_python_loses_no_gradient_and_the_page_names_another(name: str) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed: it has these functions")
    entry = ENTRIES[f"scipy.special.{name}"]
    assert entry.status == REFUSED
    assert entry.how.startswith("makes an array of its argument, which is an error where it requires a gradient; ")
    t = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="requires a gradient, which would be lost in a NumPy array"):
        getattr(special, name)(*((1, t) if name == "polygamma" else (t,)))


def printed(*options: str) -> str:
    command = [sys.executable, "-m", "autograd.rules", *options]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout


def test_the_command_prints_the_page() -> None:
    lines = printed().splitlines()
    assert lines[0].startswith(f"{len(ENTRIES)} functions on Tensors: ")
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(ENTRIES)
    assert [line for line in lines[1:] if line and not line.startswith("  ")] == list(
        dict.fromkeys(e.family for e in ENTRIES.values())
    )


def test_the_command_prints_the_page_as_it_is_stored() -> None:
    text = printed("--markdown")
    assert text == markdown() + "\n"
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        f"## {family}" for family in dict.fromkeys(e.family for e in ENTRIES.values())
    ]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ENTRIES)
    assert all(row.count("|") == 4 for row in rows)


def test_the_command_refuses_other_options() -> None:
    command = [sys.executable, "-m", "autograd.rules", "--html"]
    refused = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert refused.returncode == 1
    assert refused.stderr.strip() == "python -m autograd.rules takes --markdown or nothing, not --html"
