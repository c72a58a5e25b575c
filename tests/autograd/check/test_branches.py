"""Kinks are known from the graph: which branch each element took, and what the report says of them."""

import numpy as np
import pytest

import nn.functional as F
from autograd import Tensor, gradcheck
from autograd.check.branches import BRANCHES, crossing
from autograd.check.record import record


def patterns(f, *arrays):
    return record(lambda: [f(*(Tensor(a, requires_grad=True) for a in arrays))]).patterns()


FUNCTIONS = {
    "relu": (F.relu, [-0.5, 0.0, 0.5]),
    "abs": (np.abs, [-0.5, 0.0, 0.5]),
    "max": (np.max, [0.9, 1.0, 1.1]),
    "sort": (np.sort, [0.9, 1.0, 1.1]),
    "median": (np.median, [0.9, 1.0, 1.1]),
    "clip": (lambda x: np.clip(x, 0.0, 1.0), [-0.5, 0.0, 0.5]),
    "where": (lambda x: np.where(x > 0, x, 2 * x), [-0.5, 0.0, 0.5]),
    "hardtanh": (F.hardtanh, [0.9, 1.0, 1.1]),
    "hardswish": (F.hardswish, [2.9, 3.0, 3.1]),
    "floor": (np.floor, [0.9, 1.0, 1.1]),
    "remainder": (lambda x: np.remainder(x, 1.0), [0.9, 1.0, 1.1]),
    "hinge": (lambda x: F.hinge_loss(x, np.ones(3)), [0.9, 1.0, 1.1]),
    "multiclass_svm": (lambda x: F.multiclass_svm_loss(x.reshape(1, 3), np.array([1])), [-0.1, 0.0, 0.1]),
    "l1": (lambda x: F.l1_loss(x, np.ones(3)), [0.9, 1.0, 1.1]),
    "huber": (lambda x: F.huber_loss(x, np.ones(3)), [1.9, 2.0, 2.1]),
    "max_pool": (lambda x: F.max_pool1d(x.reshape(1, 1, 3), 3), [0.9, 1.0, 1.1]),
    "leaky_relu": (F.leaky_relu, [-0.5, 0.0, 0.5]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_branch_that_changes_is_seen_and_one_that_does_not_is_not(name):
    f, (low, corner, high) = FUNCTIONS[name]
    others = np.array([1.0, 3.0]) if name in ("max", "sort", "median", "max_pool") else np.array([0.3, 0.2])
    others = np.array([1.0, 0.2]) if name in ("max", "max_pool") else others
    others = np.array([1.0, -5.0]) if name == "multiclass_svm" else others

    def at(x):
        return patterns(f, np.array([x, *others]))

    assert crossing(at(corner), at(low), at(high)) is not None
    assert crossing(at(high), at(high), at(high + 1e-3)) is None
    assert crossing(at(low), at(low - 1e-3), at(low)) is None


def test_the_report_says_which_operation_which_element_and_which_slopes():
    x = np.ones((4, 3))
    x[3, 2] = 0.0
    result = gradcheck(lambda x: F.relu(F.relu(F.relu(x + 2.0) - 2.0)), x)
    (row,) = result.rows
    assert row.verdict == "SUBGRADIENT"
    assert row.index == (3, 2)
    assert row.kinks == 1
    assert row.note == "relu#2, input (3, 2) = 0.0: slopes 0 and 1, analytic 0, in between"


def test_steps_across_which_a_branch_changes_are_thrown_away():
    steps = [h for h, _, _ in gradcheck(lambda x: F.relu(x - 1.0), np.array([1.01])).rows[0].sweep()]
    assert len(steps) > 5
    assert max(steps) < 0.01
    assert max(h for h, _, _ in gradcheck(lambda x: np.exp(x - 1.0), np.array([1.01])).rows[0].sweep()) > 0.1


def test_hidden_units_at_their_kink_do_not_hide_an_error_elsewhere():
    x = np.array([0.0, 0.0, 1.0])
    assert gradcheck(lambda x: F.relu(x) * np.array([1.0, 2.0, 3.0]), x).verdict == "SUBGRADIENT"
    half = lambda x: F.relu(x) * Tensor(x.data)  # noqa: E731 — the derivative by the second factor is lost
    assert gradcheck(half, x).failed[0].wrong[0][0] == (2,)


def test_several_kinks_that_meet_are_told_from_a_wrong_rule():
    result = gradcheck(lambda x: F.relu(x) - F.relu(-x), np.array([0.0, 1.0]))
    assert result.verdict == "INCONCLUSIVE"
    assert "every rule by itself is right here" in result.rows[0].note


def test_labels_are_no_branches_and_cost_no_record():
    labels = np.array([0, 2])
    run = lambda: record(lambda: [F.cross_entropy(Tensor(np.eye(2, 3), requires_grad=True), labels)])  # noqa: E731
    assert not run().may_branch(run())


def test_all_names_in_the_table_are_those_of_primitives():
    from tests.support import nn_cases
    from tests.support.cases import all_primitives

    assert set(BRANCHES) <= {*all_primitives(), *nn_cases.all_primitives()}


def test_all_of_a_large_input_may_lie_at_kinks():
    (row,) = gradcheck(F.relu, np.zeros((10, 12))).rows
    assert (row.verdict, row.kinks) == ("SUBGRADIENT", 120)


def test_kinks_that_are_too_many_are_said_to_be():
    (row,) = gradcheck(F.relu, np.zeros(30_000)).rows
    assert row.verdict == "INCONCLUSIVE"
    assert "the branches that change were too many to look at all of them" in row.note


@pytest.mark.parametrize("distance", [1e-2, 1e-8])
def test_the_slope_of_one_side_ends_at_the_next_kink(distance):
    result = gradcheck(lambda x: np.maximum(x, 0.0) + np.maximum(x - distance, 0.0), np.zeros(1))
    assert result.verdict == "SUBGRADIENT"


@pytest.mark.parametrize("distance", [1e-2, 1e-8])
def test_the_slope_of_one_side_ends_where_the_function_does(distance):
    def bounded(x):
        if x.item() > distance:
            raise ValueError("outside of the domain")
        return np.maximum(x, 0.0)

    assert gradcheck(bounded, np.zeros(1)).verdict == "SUBGRADIENT"
