"""The third witness of the derivative table: PyTorch. Values, gradients and second gradients agree to ten digits.

The first two are NumPy, for the values, and measured slopes, for the derivatives; this one knows nothing of either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.backward import gradients
from autograd.rules.coverage import DIFFERENTIABLE, coverage
from tests.peers.table import Peer, all_peers, function_named
from tests.support.checking import leaves, outputs

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the derivative table has no peer to agree with")

from tests.peers.table import conventions  # noqa: E402 — it imports PyTorch

PEERS = all_peers()


def agree(mine: Any, theirs: Any, what: str, rtol: float) -> None:
    """Assert that an array is PyTorch's, up to `rtol` of its greatest element. None stands for zeros."""
    theirs = theirs.detach().numpy(force=True)  # by force, because PyTorch's zeros may have no memory
    mine = np.zeros(theirs.shape) if mine is None else np.asarray(mine.data if isinstance(mine, Tensor) else mine)
    assert mine.shape == theirs.shape, f"{what}: shape {mine.shape}, PyTorch's {theirs.shape}"
    scale = max(1.0, float(np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0.0)))
    np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol * scale, err_msg=what)


def numbers(shapes: Any, phase: float) -> list[np.ndarray]:
    """Return for each shape numbers of both signs, no two alike: upstream gradients and directions."""
    return [np.cos(phase + 2.0 * k + 1.7 * np.arange(np.prod(s, dtype=int))).reshape(s) for k, s in enumerate(shapes)]


def both_agree(one: Peer) -> None:
    """Assert that a call has the same value, gradient and second gradient here and in PyTorch."""
    mine = leaves(one.operands)
    theirs = [torch.tensor(o, requires_grad=True) for o in one.operands]
    results, peers = outputs(one.mine(*mine)), outputs(one.theirs(*theirs))
    assert len(results) == len(peers)
    for found, expected in zip(results, peers, strict=True):
        agree(found, expected, f"{one}: value", one.rtol)
    smooth = [k for k, p in enumerate(peers) if p.requires_grad]  # the sign of a determinant does not
    assert smooth, f"{one}: PyTorch has no derivative"
    results, peers = [results[k] for k in smooth], [peers[k] for k in smooth]

    upstream = numbers([p.shape for p in peers], 1.0)
    seeds, their_seeds = leaves(upstream), [torch.tensor(u, requires_grad=True) for u in upstream]
    first = torch.autograd.grad(peers, theirs, their_seeds, create_graph=one.second, materialize_grads=True)
    for found, expected in zip(gradients(results, mine, upstream, retain_graph=True), first, strict=True):
        agree(found, expected, f"{one}: gradient", one.rtol)
    if not one.second:
        return
    recorded = gradients(results, mine, seeds, create_graph=True)
    for found, expected in zip(recorded, first, strict=True):
        agree(found, expected, f"{one}: gradient with a graph of its own", one.rtol)

    directions = numbers([o.shape for o in one.operands], 2.0)
    reached = [(g, d) for g, d in zip(recorded, directions, strict=True) if g is not None]
    found_second = gradients([g for g, _ in reached], [*mine, *seeds], [d for _, d in reached])
    total = sum((g * torch.tensor(d)).sum() for g, d in zip(first, directions, strict=True))
    if not total.requires_grad:
        assert all(s is None or not np.any(s) for s in found_second), f"{one}: PyTorch's gradient is constant"
        return
    second = torch.autograd.grad(total, [*theirs, *their_seeds], materialize_grads=True)
    for found, expected in zip(found_second, second, strict=True):
        agree(found, expected, f"{one}: second gradient", one.rtol)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.no_cover
def test_value_gradient_and_second_gradient_are_pytorchs(name: str) -> None:
    for one in PEERS[name]:
        both_agree(one)


@pytest.mark.parametrize("one", [*conventions.alike(), *conventions.exact_here()], ids=str)
def test_conventions_at_special_points_are_pytorchs(one: Peer) -> None:
    with np.errstate(all="ignore"):
        both_agree(one)


@pytest.mark.parametrize("different", conventions.unlike(), ids=lambda d: str(d.call))
def test_conventions_differ_where_it_is_said(different: conventions.Difference) -> None:
    mine = leaves(different.call.operands)
    theirs = [torch.tensor(o, requires_grad=True) for o in different.call.operands]
    result, peer = different.call.mine(*mine), different.call.theirs(*theirs)
    found = gradients([result], mine, [np.ones(result.shape)])
    their_gradient = torch.autograd.grad(peer.sum(), theirs)
    for g, expected in zip(found, different.gradient, strict=True):
        np.testing.assert_array_equal(g, expected, err_msg=different.why)
    same = [np.array_equal(g, t.numpy(force=True)) for g, t in zip(found, their_gradient, strict=True)]
    assert not all(same), f"{different.call}: PyTorch has the same convention now; move the call to alike()"


# ------------------------------------------------------------------------------------------------------ it is complete

WITHOUT_DERIVATIVE = "PyTorch has the function, and no derivative of it"
ABSENT = "PyTorch has no such function"
NOT_IN_TORCH = {
    "np.heaviside": WITHOUT_DERIVATIVE,
    **{f"scipy.special.{name}": WITHOUT_DERIVATIVE for name in ["j0", "j1", "y0", "y1", "k0", "k1", "k0e", "k1e"]},
    **{f"scipy.special.{name}": ABSENT for name in ["jv", "yv", "iv", "ive", "kv", "kve"]},
    **{f"scipy.special.{name}": ABSENT for name in ["betainc", "dawsn", "erfi", "expi", "exp1"]},
}


def test_every_differentiable_function_is_compared_or_has_a_reason_not_to_be() -> None:
    page = {e.name for e in coverage() if e.status == DIFFERENTIABLE}
    dealt_with = {function_named(name) for name in (*PEERS, *NOT_IN_TORCH)}
    missing = sorted(name for name in page if function_named(name) not in dealt_with)
    assert not missing, f"compare {missing} in tests/peers/table/, or say in NOT_IN_TORCH why not"


def test_no_reason_is_out_of_date() -> None:
    page = {function_named(e.name) for e in coverage() if e.status == DIFFERENTIABLE}
    compared = {function_named(name) for name in PEERS}
    here = {name: function for name in NOT_IN_TORCH if (function := function_named(name)) is not None}
    assert set(here.values()) <= page, f"not all of {list(here)} are differentiable"
    assert not set(here.values()) & compared
