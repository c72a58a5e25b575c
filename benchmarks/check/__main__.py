"""``python -m benchmarks.check``: count how often the gradient check is wrong, and print the figures."""

from __future__ import annotations

import argparse
import collections
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import nn
from autograd import check_model, gradcheck
from nn import functional as F
from nn.functional import normalisation

from .calls import check, clean_calls, is_defined
from .catalogue import catalogue
from .planted import with_errors, wrong_at

Line = tuple[str, str]


def hard_cases() -> Iterator[Line]:
    """Count the catalogue's cases that are misjudged."""
    cases = catalogue()
    wrong = [case.name for case in cases if gradcheck(case.function, case.inputs).verdict not in case.verdicts]
    fails = sum(case.verdicts == {"FAIL"} for case in cases)
    yield "hard cases, right and wrong", f"{len(cases) - fails} and {fails}"
    yield "misjudged", f"{len(wrong)}" + (f" ({', '.join(wrong)})" if wrong else "")


def clean(every: int) -> Iterator[Line]:
    """Count false alarms among clean calls."""
    verdicts: collections.Counter[str] = collections.Counter()
    alarms, skipped = [], 0
    for call in clean_calls(every):
        if not is_defined(call):
            skipped += 1
            continue
        verdict = check(call).verdict
        verdicts[verdict] += 1
        if verdict == "FAIL":
            alarms.append(f"{call.name} at {call.scale:g}")
    yield "clean checks, at the scales 1e-3, 1 and 1e3", f"{sum(verdicts.values())}"
    yield "… not defined there, passed over", f"{skipped}"
    yield "false alarms", f"{len(alarms)}" + (f" ({', '.join(alarms)})" if alarms else "")
    yield (
        "PASS, SUBGRADIENT, INCONCLUSIVE",
        ", ".join(str(verdicts[v]) for v in ("PASS", "SUBGRADIENT", "INCONCLUSIVE")),
    )


def planted(every: int) -> Iterator[Line]:
    """Count planted errors of 1 % in a single entry that are found."""
    rng = np.random.default_rng(0)
    verdicts: collections.Counter[str] = collections.Counter()
    for call in clean_calls(every):
        if is_defined(call):
            verdicts.update(check(call, function).verdict for function in with_errors(call, 1.01, rng))
    total = sum(verdicts.values())
    silent = verdicts["PASS"] + verdicts["SUBGRADIENT"]
    yield "planted errors of 1 % in one entry", f"{total}"
    yield "flagged", f"{verdicts['FAIL']} ({verdicts['FAIL'] / total:.2%})"
    yield "said to be inconclusive", f"{verdicts['INCONCLUSIVE']} ({verdicts['INCONCLUSIVE'] / total:.2%})"
    yield "passed in silence", f"{silent} ({silent / total:.2%})"


def large() -> Iterator[Line]:
    """Look for wrong entries among a million."""
    x = np.random.default_rng(0).standard_normal(1_000_000)
    doubled = wrong_at([500_001], 2.0)
    start = time.perf_counter()
    result = gradcheck(lambda x: np.sin(doubled(x)), x)
    found = [index[0] for index, *_ in result.rows[0].wrong]
    yield "a factor 2 in one of 1,000,000", f"{result.verdict}, found at {found}, {_since(start)}"
    places = [17, 400_000, 999_998]
    several = wrong_at(places, 1.01)
    start = time.perf_counter()
    result = gradcheck(lambda x: np.sin(several(x)).mean(), x)
    found = sorted(index[0] for index, *_ in result.rows[0].wrong)
    yield "three wrong by 1 % of 1,000,000", f"{result.verdict}, found at {found}"
    yield "… evaluations of the function, time", f"{result.evaluations}, {_since(start)}"


def model() -> Iterator[Line]:
    """Check a network with LayerNorm, and again with a term missing from LayerNorm's rule."""
    net = nn.Sequential(
        *(nn.Linear(784, 256, rng=1), nn.LayerNorm(256), nn.ReLU()),
        *(nn.Linear(256, 128, rng=2), nn.LayerNorm(128), nn.ReLU(), nn.Linear(128, 10, rng=3)),
    )
    rng = np.random.default_rng(0)
    batch = rng.random((32, 784), dtype=np.float32), rng.integers(0, 10, 32)
    start = time.perf_counter()
    result = check_model(net, nn.CrossEntropyLoss(), *batch)
    yield (
        f"MLP with LayerNorm, {sum(p.size for p in net.parameters()):,} parameters",
        f"{result.verdict}, {_since(start)}",
    )
    entry: Any = normalisation._layer_norm.primitive
    right, entry.pull = entry.pull, _without_the_mean(entry)
    try:
        start = time.perf_counter()
        result = check_model(net, nn.CrossEntropyLoss(), *batch)
    finally:
        entry.pull = right
    blamed = ", ".join(f"{b.primitive} in {b.scope}, operand {b.operand}" for b in result.blame)
    yield "… a term missing from LayerNorm's rule", f"{result.verdict}, {_since(start)}"
    yield "… blamed", blamed


def _without_the_mean(entry: Any) -> Any:
    right = entry.pull

    def pull(g: Any, saved: Any, parents: Any) -> Any:
        by_x, by_weight, by_bias = right(g, saved, parents)
        values = dict(zip(entry.names, saved, strict=True))
        rows = g.reshape(values["centred"].shape)
        uncentred, *_ = normalisation._pull_scaled(rows, values["centred"], values["inverse"], values["weight"])
        return uncentred.reshape(by_x.shape), by_weight, by_bias

    return pull


def kinks() -> Iterator[Line]:
    """Check a million ReLUs, of which a few are at 0."""
    x = np.random.default_rng(0).standard_normal(1_000_000)
    x[[5, 70_000, 900_000]] = 0.0
    start = time.perf_counter()
    result = gradcheck(F.relu, x)
    row = result.rows[0]
    yield "1,000,000 ReLUs, three at 0", f"{result.verdict}, {row.kinks} kinks found, {_since(start)}"


def _since(start: float) -> str:
    return f"{time.perf_counter() - start:.1f} s"


def main() -> None:
    """Read the command line, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--every", type=int, default=4, help="take every n-th of the tables' calls; default: 4")
    parser.add_argument("--only", help="parts, as hard,clean,planted,large,kinks,model; default: all")
    options = parser.parse_args()
    start = time.perf_counter()
    parts = {
        "hard": hard_cases,
        "clean": lambda: clean(options.every),
        "planted": lambda: planted(2 * options.every),
        "large": large,
        "kinks": kinks,
        "model": model,
    }
    with np.errstate(all="ignore"):
        for part in options.only.split(",") if options.only else parts:
            for name, figure in parts[part]():
                print(f"{name:50s} {figure}", flush=True)
    print(f"{'all of it':50s} {_since(start)}")


if __name__ == "__main__":
    main()
