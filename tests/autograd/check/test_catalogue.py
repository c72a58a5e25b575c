"""Hard cases, right and wrong: every verdict is a true one. (`make bench-check` counts over thousands.)"""

import numpy as np
import pytest

from autograd import gradcheck
from benchmarks.check.calls import check, clean_calls, is_defined
from benchmarks.check.catalogue import catalogue
from benchmarks.check.planted import with_errors, wrong_at

HARD = catalogue()


def test_there_are_enough_of_both_kinds():
    assert sum(hard.verdicts == {"FAIL"} for hard in HARD) >= 40
    assert sum("FAIL" not in hard.verdicts for hard in HARD) >= 40


@pytest.mark.parametrize("hard", HARD, ids=lambda hard: hard.name)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_hard_case_is_misjudged(hard):
    result = gradcheck(hard.function, hard.inputs)
    assert result.verdict in hard.verdicts, str(result)


@pytest.mark.no_cover
def test_no_clean_call_is_an_alarm():
    calls = [call for call in clean_calls(every=400) if is_defined(call)]
    assert len(calls) > 50
    assert [call.name for call in calls if not check(call)] == []


def test_an_error_of_one_per_cent_in_one_entry_is_never_passed_in_silence():
    rng = np.random.default_rng(0)
    calls = [call for call in clean_calls(every=250, scales=(1.0,)) if is_defined(call)]
    verdicts = [check(call, wrong).verdict for call in calls for wrong in with_errors(call, 1.01, rng)]
    assert len(verdicts) > 20
    assert not {"PASS", "SUBGRADIENT"} & set(verdicts)
    assert verdicts.count("FAIL") >= 0.99 * len(verdicts)


@pytest.mark.parametrize("scalar", [False, True])
def test_three_wrong_entries_of_many_are_pointed_out_with_few_evaluations(scalar):
    x = np.random.default_rng(1).standard_normal((20, 1000))
    places = [17, 10_000, 19_998]
    planted = wrong_at(places, 1.01)
    result = gradcheck(lambda x: np.sin(planted(x)).mean() if scalar else np.sin(planted(x)), x)
    (row,) = result.rows
    assert sorted(np.ravel_multi_index(index, x.shape) for index, *_ in row.wrong) == places
    assert result.evaluations < 800
    for _, analytic, numeric, bar in row.wrong:
        np.testing.assert_allclose(analytic / numeric, 1.01, rtol=1e-5)
        assert bar < 1e-6 * abs(numeric)
