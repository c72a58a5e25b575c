"""The program that makes the mutants: it forgets no primitive, tells who survived, and plants nothing for good."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import pytest

import optim
from tests.mutation import report
from tests.mutation.__main__ import main
from tests.mutation.child import CRASH, ERROR, FAILED, PASSED, outcome
from tests.mutation.equivalent import EQUIVALENT, LISTED
from tests.mutation.judge import judgements
from tests.mutation.planting import compiled, definition, in_use, mutants_of, planted
from tests.mutation.reached import reached
from tests.mutation.result import Result, read, write
from tests.mutation.run import not_made
from tests.mutation.source import mutants
from tests.mutation.targets import (
    TESTS_OF_OPTIM,
    Target,
    all_targets,
    of_rules,
    of_steps,
    primitives,
    rules_of,
    update_rules,
)

TARGETS = {f"{target.page}: {target.name}": target for target in all_targets()}


class Planted(Target):
    """A target with mutants of ours."""

    def mutants(self) -> Iterator[tuple[str, Any]]:
        yield "nothing is changed", _nothing()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def tanh_with_a_survivor() -> Planted:
    return Planted("autograd.rules.elementwise", "tanh", primitives()["tanh"], ("tanh",), ())


def changed(text: str) -> list[str]:
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    return list(mutants(function))


# ------------------------------------------------------------------------------------------------------ what is mutated


def test_every_primitive_and_every_rule_is_a_target() -> None:
    things = {id(target.what) for target in of_rules()}
    for entry in primitives().values():
        assert id(entry) in things
        for rule in rules_of(entry).values():
            assert id(rule) in things
            assert {id(function) for function in reached(rule)} <= things
    assert len(TARGETS) == len(all_targets()), "two targets of one name"


def test_every_update_rule_is_a_target_with_all_that_it_calls() -> None:
    things = [target.what for target in of_steps()]
    for kind in update_rules():
        assert {method for name, method in vars(kind).items() if name in ("update", "memory", "check")} <= set(things)
        for function in reached(kind.update):
            assert function in things
    assert optim.Optimizer.advance in things
    assert {"descent", "follow", "follow_square", "_mu", "_rectification"} <= {target.name for target in of_steps()}
    assert not any(target.judges for target in of_steps()), "a slope shows nothing of a step"
    assert {target.tests for target in of_steps()} == {TESTS_OF_OPTIM}


def test_every_page_has_tests_to_ask_last() -> None:
    for target in of_rules():
        assert target.judges
        assert target.tests


def test_a_rule_reaches_what_it_calls_and_what_that_calls() -> None:
    rule = primitives()["power"].rules["x"]
    assert [function.__name__ for function in reached(rule)] == ["<lambda>", "_slope_in_base"]
    conv2d = {function.__name__ for function in reached(primitives()["conv2d"].rules["x"])}
    assert "_turned" in conv2d, "by way of another operation"


# ---------------------------------------------------------------------------------------------------- which mutants are


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "def f(): return a + b": ["a + b → a - b", "a + b → a", "a + b → b"],
        "def f(): return a / b": ["a / b → a * b", "a / b → b / a", "a / b → a"],
        "def f(): return a @ b": ["a @ b → b @ a", "a @ b → a", "a @ b → b"],
        "def f(): return -a": ["return -a → return a"],
        "def f(): return a < b": ["a < b → a <= b", "a < b → a >= b"],
        "def f(): return 2.0 * a": ["2.0 * a → 2.0 / a", "2.0 * a → 2.0", "2.0 * a → a", "2.0 * a → 4.0 * a"],
        "def f(): return a.sum(axis=0)": ["a.sum(axis=0) → a", "a.sum(axis=0) → a.sum(axis=1)"],
        "def f(): return np.dot(a, a)": ["np.dot(a, a) → a"],
        "def f(): return np.dot(a, b.T)": ["np.dot(a, b.T) → np.dot(b.T, a)", "np.dot(a, b.T) → a", "b.T → b"],
        "def f(): return a if b else c": ["a if b else c → c if b else a"],
        "def f():\n    a += b": ["a += b → a -= b", "a += b → (left out)"],
        "def f():\n    if a:\n        b = c": ["if a → if not a"],
        "def f():\n    'Says 1.'\n    if a < 1:\n        raise ValueError(f'{a + 1}')": [],
    }.items(),
)
def test_a_node_is_changed_at_a_time(text: str, expected: list[str]) -> None:
    assert sorted(changed(text)) == sorted(expected)


def test_two_mutants_that_read_the_same_are_numbered() -> None:
    assert changed("def f(): return [-a, -a]") == ["[-a, -a] → [a, -a]", "[-a, -a] → [-a, a]"]
    assert changed("def f():\n    a += b\n    a += b").count("a += b → a -= b (2)") == 1


def test_the_tree_is_right_again_afterwards() -> None:
    tree = ast.parse("def f(x): return np.exp(-x) * (1 + x) if x > 0 else x.T").body[0]
    before = ast.dump(tree)
    assert len(list(mutants(tree))) > 8  # type: ignore[arg-type]
    assert ast.dump(tree) == before


# ------------------------------------------------------------------------------------------------------------- planting


def test_of_several_rules_on_a_line_the_right_one_is_found() -> None:
    for operand, text in (("x", "lambda g, y: g * y"), ("y", "lambda g, x: g * x")):
        rule = primitives()["multiply"].rules[operand]
        assert ast.unparse(definition(rule)) == text


def test_a_mutant_is_in_use_while_it_is_planted() -> None:
    rule = primitives()["tanh"].rules["x"]
    right = rule(3.0, 0.5)
    answers = {}
    for text, code in mutants_of(rule):
        with planted([rule], code):
            answers[text] = rule(3.0, 0.5)
        assert rule(3.0, 0.5) == right == 2.25
    assert answers["1 - ans * ans → 1 + ans * ans"] == 3.75
    assert len(answers) > 8


def power(x: float, n: int) -> float:
    return x * power(x, n - 1) if n else 1


def test_a_function_that_calls_itself_calls_the_mutant() -> None:
    codes = dict(mutants_of(power))
    with planted([power], codes["x * power(x, n - 1) → x / power(x, n - 1)"]):
        assert power(2.0, 3) == 2.0
    assert power(2.0, 3) == 8.0


def test_a_function_inside_a_function_keeps_its_variables() -> None:
    def outside(a: float) -> FunctionType:
        return lambda x: a + x  # type: ignore[return-value]

    one, two = outside(1.0), outside(2.0)
    assert one in in_use(two.__code__)
    codes = dict(mutants_of(two))
    with planted([two], codes["a + x → x"]):
        assert (one(5.0), two(5.0)) == (6.0, 5.0)
    assert compiled(definition(two), two.__code__).co_freevars == ("a",)


# -------------------------------------------------------------------------------------------------------------- judging


@pytest.mark.parametrize(
    ("work", "how"), {"pass": PASSED, "assert 0": FAILED, "1 / 0": ERROR, "while 1: pass": CRASH}.items()
)
def test_how_a_work_ends_is_told(work: str, how: str) -> None:
    assert outcome(lambda: exec(work), seconds=0.2) == how


def test_wrong_rules_are_noticed_by_wrong_numbers() -> None:
    targets = [TARGETS["autograd.rules.elementwise: tanh, its answers"], TARGETS["autograd.rules.elementwise: tanh, x"]]
    results = list(judgements(targets))
    assert len(results) > 15
    assert {result.outcome for result in results} <= {FAILED, ERROR}


class AFew(Target):
    """A target with the first mutants only."""

    def mutants(self) -> Iterator[tuple[str, Any]]:
        yield "nothing is changed", _nothing()
        yield from itertools.islice(super().mutants(), 3)


def test_a_wrong_step_is_noticed_by_its_formula() -> None:
    step = TARGETS["optim.adadelta: Adadelta.update"].what
    nothing, *wrong = judgements([AFew("optim.adadelta", "Adadelta.update", step, (), TESTS_OF_OPTIM[:1])])
    assert nothing.survived
    assert [result.outcome for result in wrong] == [FAILED] * 3


def test_a_survivor_is_named_and_the_program_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--jobs", "1"], [tanh_with_a_survivor()]) == 1
    printed = capsys.readouterr().out
    assert "survived   autograd.rules.elementwise: tanh: nothing is changed" in printed
    assert "mutation score: 0.0 %" in printed


def test_the_program_succeeds_if_all_are_noticed(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    page = tmp_path / "mutants.md"
    assert main(["--jobs", "2", "--only", "arctanh", "--markdown", str(page)], of_rules()) == 0
    printed = capsys.readouterr().out
    assert "100 %" in printed
    assert "survived   " not in printed
    assert "| autograd.rules.elementwise |" in page.read_text(encoding="utf-8")


def test_results_are_kept_and_not_made_again(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    kept = tmp_path / "results.jsonl"
    target = tanh_with_a_survivor()
    noticed = Result(target.page, target.name, "nothing is changed", FAILED, 1.5)
    write(kept, [noticed])
    assert read(kept) == [noticed]
    assert main(["--results", str(kept)], [target]) == 0
    assert main(["--results", str(kept), "--only", "tanh", "--jobs", "1"], [target]) == 1, "named, it is made again"
    (now,) = read(kept)
    assert now.survived


def test_a_name_that_nothing_has_is_refused() -> None:
    with pytest.raises(SystemExit, match="nothing is called tahn; names are such as"):
        main(["--only", "tahn"])


def test_a_score_below_100_is_never_rounded_up() -> None:
    some = [Result("p", "n", "t", FAILED, 0.0)] * 5000
    assert report.score(some) == "100 %"
    assert report.score([*some, Result("p", "n", "t", PASSED, 0.0)]) == "99.9 %"


# --------------------------------------------------------------------------------------- mutants that nobody can notice


def test_every_equivalent_mutant_is_still_made() -> None:
    listed = [TARGETS[name] for name in {": ".join(line.split(": ", 2)[:2]) for line in EQUIVALENT} if name in TARGETS]
    made = [Result(t.page, t.name, text, PASSED, 0.0) for t in listed for text, _ in t.mutants()]
    assert {str(result) for result in made if result.reason is not None} == set(EQUIVALENT)
    assert len(EQUIVALENT) == sum(len(entry["mutants"]) for entry in LISTED), "a mutant is listed twice"


def test_a_line_that_is_not_true_any_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    target = tanh_with_a_survivor()
    monkeypatch.setitem(EQUIVALENT, "autograd.rules.elementwise: tanh: something else", "a reason")
    monkeypatch.setitem(EQUIVALENT, "autograd.rules.elementwise: tanh: nothing is changed", "a reason")
    passed = Result(target.page, target.name, "nothing is changed", PASSED, 0.0)
    noticed = Result(target.page, target.name, "nothing is changed", FAILED, 0.0)
    assert not passed.survived
    assert noticed.wrongly_listed
    stale = not_made([target], [passed])
    assert stale == ["autograd.rules.elementwise: tanh: something else"]
    assert report.complaints([passed], stale) == [f"listed as equivalent, but no mutant   {stale[0]}"]
    assert report.complaints([noticed], []) == [f"listed as equivalent, but noticed by a wrong number   {noticed}"]
