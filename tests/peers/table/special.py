"""SciPy's special functions, as far as PyTorch has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from tests.peers.table import VIEWS, Function, Peer, function_named, peer
from tests.peers.table.elementwise import seen
from tests.support.cases.common import PAIRS, SHAPES, spread

A = torch.tensor(1.7, dtype=torch.float64)  # of gammainc, by which PyTorch has no derivative

UNARY: dict[str, tuple[Function, float, float]] = {
    "erf": (torch.special.erf, -1.7, 1.7),
    "erfc": (torch.special.erfc, -1.7, 1.7),
    "erfcx": (torch.special.erfcx, -1.7, 1.7),
    "erfinv": (torch.special.erfinv, -0.8, 0.8),
    "erfcinv": (lambda x: torch.special.erfinv(1 - x), 0.2, 1.8),
    "ndtr": (torch.special.ndtr, -1.7, 1.7),
    "ndtri": (torch.special.ndtri, 0.1, 0.9),
    "log_ndtr": (torch.special.log_ndtr, -1.7, 1.7),
    "expit": (torch.special.expit, -3, 3),
    "logit": (torch.special.logit, 0.1, 0.9),
    "log_expit": (torch.nn.functional.logsigmoid, -3, 3),
    "gammaln": (torch.special.gammaln, 0.6, 3.5),
    "gamma": (lambda x: torch.special.gammaln(x).exp(), 0.6, 3.5),
    "psi": (torch.special.psi, 0.6, 3.5),
    "entr": (torch.special.entr, 0.6, 3.5),
    "i0": (torch.special.i0, -2.5, 2.5),
    "i1": (torch.special.i1, -2.5, 2.5),
    "i0e": (torch.special.i0e, -2.5, 2.5),
    "i1e": (torch.special.i1e, -2.5, 2.5),
    "loggamma": (torch.special.gammaln, 0.6, 3.5),
    "rgamma": (lambda x: (-torch.special.gammaln(x)).exp(), 0.6, 3.5),
    "exp2": (torch.special.exp2, -2, 2),
    "exp10": (lambda x: 10**x, -2, 2),
    "expm1": (torch.special.expm1, -2, 2),
    "log1p": (torch.special.log1p, -0.6, 2),
    "cbrt": (lambda x: x ** (1 / 3), 0.4, 3),
    "cosm1": (lambda x: x.cos() - 1, -2, 2),
    "sindg": (lambda x: x.deg2rad().sin(), -90, 90),
    "cosdg": (lambda x: x.deg2rad().cos(), -90, 90),
    "gammainc": (lambda x: torch.special.gammainc(A, x), 0.4, 3),
    "gammaincc": (lambda x: torch.special.gammaincc(A, x), 0.4, 3),
}
BINARY: dict[str, tuple[Function, tuple[float, float], tuple[float, float]]] = {
    "xlogy": (torch.special.xlogy, (-2, 2), (0.4, 3)),
    "xlog1py": (torch.special.xlog1py, (-2, 2), (-0.6, 2)),
    "rel_entr": (lambda x, y: x * (x / y).log(), (0.4, 2), (0.5, 2.5)),
    "poch": (lambda z, m: ((z + m).lgamma() - z.lgamma()).exp(), (0.6, 3), (0.7, 2.5)),
    "binom": (lambda n, k: ((n + 1).lgamma() - (k + 1).lgamma() - (n - k + 1).lgamma()).exp(), (2.6, 4), (0.7, 2.5)),
    "huber": (lambda d, r: torch.where(r.abs() <= d, r * r / 2, d * (r.abs() - d / 2)), (0.4, 2), (-2.1, 1.9)),
    "pseudo_huber": (lambda d, r: d * ((d * d + r * r).sqrt() - d), (0.4, 2), (-2, 2)),
    "kl_div": (lambda x, y: x * (x / y).log() - x + y, (0.4, 2), (0.5, 2.5)),
    "betaln": (lambda a, b: a.lgamma() + b.lgamma() - (a + b).lgamma(), (0.6, 3), (0.7, 2.5)),
    "beta": (lambda a, b: (a.lgamma() + b.lgamma() - (a + b).lgamma()).exp(), (0.6, 3), (0.7, 2.5)),
}


ROUGH = {
    "gammaln",
    "loggamma",
    "gamma",
    "rgamma",
    "psi",
    "betaln",
    "beta",
    "poch",
    "binom",
}  # PyTorch's polygamma(1, x) has nine digits, mpmath says


def special(name: str, theirs: Function, *operands: Any, between: tuple[float, float] = (-2, 2)) -> Peer:
    one = peer(f"scipy.special.{name}", theirs, *operands, between=between)
    if name.startswith("gammainc"):
        one = replace(one, mine=lambda x: function_named(one.name)(A.item(), x))
    return replace(one, rtol=1e-8) if name in ROUGH else one


def one() -> Iterator[Peer]:
    for name, (theirs, low, high) in UNARY.items():
        for shape in SHAPES:
            yield special(name, theirs, shape, between=(low, high))
        for note, (shape, *view) in VIEWS.items():
            yield seen(special(name, theirs, shape, between=(low, high)), *view, note)
    yield special("psi", torch.special.psi, np.array([-1.4, -0.3]))


def two() -> Iterator[Peer]:
    for name, (theirs, of_x, of_y) in BINARY.items():
        for x, y in PAIRS:
            yield special(name, theirs, spread(x, *of_x, "x"), spread(y, *of_y, "y"))


FAMILIES = (one, two)
