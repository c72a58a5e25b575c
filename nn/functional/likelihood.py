"""Losses of probabilities: binary cross-entropy, from probabilities and from scores, and the divergence of two."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, as_array

from .activations import positive_part
from .losses import Reduction, fitted, reduced, refuse_reduction, refuse_values, share, spread
from .smooth import logsigmoid, sigmoid

# ---------------------------------------------------------------------------------------------------- of probabilities


def _logs(x: Any) -> tuple[Any, Any]:
    """Return log x and log(1 − x), but −100 where they are less: of a probability of 0 or 1 one would be infinite."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100.0), np.maximum(np.log1p(-x), -100.0)


def _steepness(x: Any) -> Any:
    """Return x(1 − x), the reciprocal of the slope of the log odds, kept away from 0."""
    return np.maximum(x * (1 - x), 1e-12)


@primitive(name="log_odds", x=lambda g, x: g / _steepness(x))
def log_odds(x: Any) -> Any:
    """Return log x − log(1 − x), with both logarithms held at −100."""
    yes, no = _logs(x)
    return yes - no


@primitive(
    name="binary_cross_entropy",
    input=lambda g, input, target, reduction: share(g, input.size, reduction) * (input - target) / _steepness(input),
    target=lambda g, input, reduction: -share(g, input.size, reduction) * log_odds(input),
)
def _binary_cross_entropy(input: Any, target: Any, reduction: Reduction) -> Any:
    yes, no = _logs(input)
    return reduced(-(target * yes + (1 - target) * no), reduction)


def binary_cross_entropy(
    input: Operand, target: Operand, weight: Operand | None = None, reduction: Reduction = "mean"
) -> Tensor:
    """Cross-entropy of two classes: −t log p − (1 − t) log(1 − p), for a probability p of the class 1.

    The logarithms are held at −100 or above, and the slope (p − t)/(p(1 − p)) is computed with a denominator of 1e−12
    or above: p may be 0 or 1. Of scores :func:`binary_cross_entropy_with_logits` needs neither.

    Parameters
    ----------
    input : Tensor or array_like
        p, of any shape.
    target : Tensor or array_like of the shape of `input`
        t: 0 or 1, or a probability.
    weight : array_like or Tensor, optional
        A factor for each loss, of the shape of `input` or one that spreads over it.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum of the losses, or one by one.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes do not fit, an input or a target is no probability, or the reduction is unknown.

    References
    ----------
    Cox, "The regression analysis of binary sequences" (1958).

    Examples
    --------
    >>> from nn.functional import binary_cross_entropy
    >>> binary_cross_entropy([0.5, 1.0], [1, 0], reduction="none").round(4)
    array([  0.6931, 100.    ])
    """
    refuse_reduction(reduction)
    p, t = fitted("binary_cross_entropy", input, target)
    chances = as_array(p)
    refuse_values(
        "binary_cross_entropy",
        (chances < 0) | (chances > 1),
        chances,
        "the input are probabilities, from 0 to 1",
        "use binary_cross_entropy_with_logits for scores",
    )
    _refuse_targets("binary_cross_entropy", t)
    if weight is None:
        return _binary_cross_entropy(p, t, reduction)
    losses = _binary_cross_entropy(p, t, "none")
    return reduced(losses * spread("binary_cross_entropy", "weight", weight, losses), reduction)


def _refuse_targets(name: str, target: Any) -> None:
    """Raise ValueError if a target is less than 0 or more than 1: the loss would have no lower bound."""
    chances = target.data if isinstance(target, Tensor) else target
    # One number first: the array of what is wrong takes as long as a small loss itself.
    if chances.size and np.maximum.reduce(np.abs(chances - 0.5), None).item() > 0.5:
        what, mend = "targets are probabilities, from 0 to 1", "write (target + 1) / 2 for targets of -1 and 1"
        refuse_values(name, (chances < 0) | (chances > 1), chances, what, mend)


# ----------------------------------------------------------------------------------------------------------- of scores


def _pull_logits(g: Any, logits: Any, target: Any, pos_weight: Any, reduction: Reduction) -> Any:
    g = share(g, logits.size, reduction)
    if pos_weight is None:
        return g * (sigmoid(logits) - target)
    return g * (1 - target - (1 + (pos_weight - 1) * target) * sigmoid(-logits))


def _pull_label(g: Any, logits: Any, pos_weight: Any, reduction: Reduction) -> Any:
    g = share(g, logits.size, reduction)
    return -g * logits if pos_weight is None else -g * (logits + (pos_weight - 1) * logsigmoid(logits))


@primitive(name="binary_cross_entropy_with_logits", logits=_pull_logits, target=_pull_label)
def _of_logits(logits: Any, target: Any, pos_weight: Any, reduction: Reduction) -> Any:
    if pos_weight is None:  # log(1 + eˢ) − t·s
        losses = positive_part(logits) + np.log1p(np.exp(-np.abs(logits))) - target * logits
    else:
        losses = (1 - target) * logits - (1 + (pos_weight - 1) * target) * logsigmoid(logits)
    return reduced(losses, reduction)


def binary_cross_entropy_with_logits(
    logits: Operand,
    target: Operand,
    weight: Operand | None = None,
    reduction: Reduction = "mean",
    pos_weight: Operand | None = None,
) -> Tensor:
    """Cross-entropy of two classes, of scores s: −t log σ(s) − (1 − t) log(1 − σ(s)) = log(1 + eˢ) − t·s.

    Stable for large scores; the gradient of one loss by its score is σ(s) − t.

    Parameters
    ----------
    logits : Tensor or array_like
        s, of any shape, before any sigmoid.
    target : Tensor or array_like of the shape of `logits`
        t: 0 or 1, or a probability.
    weight : array_like or Tensor, optional
        A factor for each loss, of the shape of `logits` or one that spreads over it.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum of the losses, or one by one.
    pos_weight : array_like or Tensor, optional
        A factor of the first term alone, of the shape of `logits` or one that spreads over it: above 1 the class 1
        counts more.

    Returns
    -------
    Tensor of shape (), or of the shape of `logits` without a reduction

    Raises
    ------
    ValueError
        If the shapes do not fit, a target is no probability, or the reduction is unknown.

    References
    ----------
    Cox, "The regression analysis of binary sequences" (1958).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import binary_cross_entropy_with_logits
    >>> scores = Tensor([0.0, 1e4, -1e4], requires_grad=True)
    >>> binary_cross_entropy_with_logits(scores, [1, 1, 1], reduction="sum").backward()
    >>> scores.grad
    Tensor([-0.5,  0. , -1. ])
    """
    refuse_reduction(reduction)
    s, t = fitted("binary_cross_entropy_with_logits", logits, target)
    _refuse_targets("binary_cross_entropy_with_logits", t)
    if pos_weight is not None:
        pos_weight = spread("binary_cross_entropy_with_logits", "pos_weight", pos_weight, s)
    if weight is None:
        return _of_logits(s, t, pos_weight, reduction)
    losses = _of_logits(s, t, pos_weight, "none")
    return reduced(losses * spread("binary_cross_entropy_with_logits", "weight", weight, losses), reduction)


# ----------------------------------------------------------------------------------------------------- of distributions

DivergenceReduction: TypeAlias = Literal["mean", "batchmean", "sum", "none"]


def refuse_divergence_reduction(reduction: str) -> None:
    """Raise ValueError unless `reduction` is one of the four."""
    if reduction not in get_args(DivergenceReduction):
        raise ValueError(f"reduction must be 'mean', 'batchmean', 'sum' or 'none', not {reduction!r}")


def kl_div(
    input: Operand, target: Operand, reduction: DivergenceReduction = "mean", log_target: bool = False
) -> Tensor:
    """Kullback–Leibler divergence of probabilities q from the target p, term by term: p·(log p − log q).

    Parameters
    ----------
    input : Tensor or array_like
        log q, of any shape; examples along the first axis.
    target : Tensor or array_like of the shape of `input`
        p, or log p if `log_target`. Terms with p = 0 are 0, and there the slope by p is −log q.
    reduction : {"mean", "batchmean", "sum", "none"}, default "mean"
        "batchmean": the sum over the number of examples, which is the divergence as mathematics has it. "mean": over
        the number of terms, as PyTorch has it. Or the sum of all terms, or one by one.
    log_target : bool, default False
        Whether the target are logarithms too.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes differ, a probability is below 0, or the reduction is unknown.

    References
    ----------
    Kullback & Leibler, "On information and sufficiency" (1951).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import kl_div
    >>> kl_div(np.log([[0.5, 0.5]]), [[1.0, 0.0]], reduction="batchmean").round(4).item()
    0.6931
    """
    refuse_divergence_reduction(reduction)
    log_q, p = fitted("kl_div", input, target)
    if log_target:
        terms = np.exp(p) * (p - log_q)
    else:
        chances = as_array(p)
        refuse_values(
            "kl_div", chances < 0, chances, "targets are probabilities", "pass log_target=True for their logarithms"
        )
        terms = p * (np.log(np.where(chances > 0, p, 1.0)) - log_q)
    if reduction == "batchmean":
        return reduced(terms.sum(axis=tuple(range(1, terms.ndim))), "mean")
    return reduced(terms, reduction)
