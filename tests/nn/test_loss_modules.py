"""The losses as modules: they are the functions, with PyTorch's names, options and state."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F

RNG = np.random.default_rng(12)
X, T = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
P, Q = RNG.uniform(0.1, 0.9, (3, 4)), RNG.uniform(0.1, 0.9, (3, 4))
W, Y, BITS = RNG.uniform(0.1, 2.0, 4), np.array([0, 3, 1]), np.round(Q)

MODULES: list[tuple[nn.Module, Callable[..., Any], tuple[Any, Any], str]] = [
    (nn.MulticlassSVMLoss(), F.multiclass_svm_loss, (X, Y), "margin=1.0, squared=False, reduction='mean'"),
    (
        nn.MulticlassSVMLoss(0.5, True, "none", axis=1),
        lambda s, y: F.multiclass_svm_loss(s, y, 0.5, True, "none", 1),
        (X, Y),
        "margin=0.5, squared=True, reduction='none', axis=1",
    ),
    (nn.HingeLoss(), F.hinge_loss, (X, 2 * BITS - 1), "margin=1.0, squared=False, reduction='mean'"),
    (
        nn.HingeLoss(0.5, True, "sum"),
        lambda s, t: F.hinge_loss(s, t, 0.5, True, "sum"),
        (X, 2 * BITS - 1),
        "margin=0.5, squared=True, reduction='sum'",
    ),
    (nn.PerceptronLoss("sum"), lambda s, d: F.perceptron_loss(s, d, "sum"), (X, BITS), "reduction='sum'"),
    (nn.AdalineLoss(), F.adaline_loss, (X, T), "reduction='sum'"),
    (nn.AdalineLoss("mean"), lambda y, d: F.adaline_loss(y, d, "mean"), (X, T), "reduction='mean'"),
    (nn.MSELoss(), F.mse_loss, (X, T), "reduction='mean'"),
    (nn.L1Loss("none"), lambda x, t: F.l1_loss(x, t, "none"), (X, T), "reduction='none'"),
    (nn.HuberLoss("sum", 0.5), lambda x, t: F.huber_loss(x, t, "sum", 0.5), (X, T), "reduction='sum', delta=0.5"),
    (nn.SmoothL1Loss(beta=0.5), lambda x, t: F.smooth_l1_loss(x, t, "mean", 0.5), (X, T), "reduction='mean', beta=0.5"),
    (nn.BCELoss(W, "none"), lambda p, t: F.binary_cross_entropy(p, t, W, "none"), (P, Q), "reduction='none'"),
    (
        nn.BCEWithLogitsLoss(W, "sum", 2 * W),
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, W, "sum", 2 * W),
        (X, Q),
        "reduction='sum'",
    ),
    (
        nn.KLDivLoss("batchmean", log_target=True),
        lambda x, t: F.kl_div(x, t, "batchmean", True),
        (X, T),
        "reduction='batchmean', log_target=True",
    ),
]


@pytest.mark.parametrize(("module", "function", "operands", "options"), MODULES, ids=[str(case[0]) for case in MODULES])
def test_the_module_is_the_function_and_says_its_options(
    module: nn.Module, function: Callable[..., Any], operands: Any, options: str
) -> None:
    np.testing.assert_array_equal(module(*operands), function(*operands))
    assert repr(module) == f"{type(module).__name__}({options})"


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("MSELoss", (X, T)),
        ("L1Loss", (X, T)),
        ("HuberLoss", (X, T)),
        ("SmoothL1Loss", (X, T)),
        ("BCELoss", (P, Q)),
        ("BCEWithLogitsLoss", (X, Q)),
        ("KLDivLoss", (X, Q)),
        ("CrossEntropyLoss", (X, Y)),
        ("NLLLoss", (X, Y)),
    ],
)
def test_the_defaults_are_pytorchs(torch: Any, name: str, operands: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, about the mean of KLDivLoss
        expected = getattr(torch.nn, name)()(*map(torch.tensor, operands)).item()
    assert getattr(nn, name)()(*operands) == pytest.approx(expected, rel=1e-12)


def test_weights_are_buffers_under_pytorchs_names(torch: Any) -> None:
    ours, theirs = (
        nn.BCEWithLogitsLoss(W, pos_weight=W),
        torch.nn.BCEWithLogitsLoss(torch.tensor(W), pos_weight=torch.tensor(W)),
    )
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["weight", "pos_weight"]
    ours.load_state_dict({"weight": 2 * W, "pos_weight": 3 * W})
    np.testing.assert_array_equal(ours(X, Q), F.binary_cross_entropy_with_logits(X, Q, 2 * W, pos_weight=3 * W))
    assert list(nn.BCELoss(W).state_dict()) == ["weight"]
    assert list(nn.BCELoss().state_dict()) == []


def test_double_precision_weights_do_not_lead_a_float32_model_away() -> None:
    x = Tensor(X.astype(np.float32), True)
    for module, target in ((nn.CrossEntropyLoss(W), Y), (nn.NLLLoss(W), Y), (nn.BCEWithLogitsLoss(W, pos_weight=W), Q)):
        loss = module(x, target)
        loss.backward()
        assert loss.dtype == np.float32


@pytest.mark.parametrize(
    ("make", "message"),
    [
        *(
            (lambda kind=kind: kind(reduction="average"), "'sum' or 'none', not 'average'")
            for kind in (nn.MulticlassSVMLoss, nn.HingeLoss, nn.PerceptronLoss, nn.AdalineLoss, nn.MSELoss, nn.L1Loss)
        ),
        *(
            (lambda kind=kind: kind(reduction="average"), "'sum' or 'none', not 'average'")
            for kind in (nn.HuberLoss, nn.SmoothL1Loss, nn.BCELoss, nn.BCEWithLogitsLoss, nn.KLDivLoss)
        ),
        (lambda: nn.HuberLoss(delta=-1.0), "delta must be a number above 0, not -1.0"),
        (lambda: nn.SmoothL1Loss(beta=-1.0), "beta must be a number from 0 on, not -1.0"),
    ],
)
def test_wrong_options_are_refused_when_the_loss_is_made(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
