"""``python -m autograd.check module:function``: the gradient check of a function from the command line."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import sys
from typing import Any

import numpy as np

from ..console import readable
from .function import gradcheck
from .result import CheckResult


def main(arguments: list[str] | None = None) -> int:
    """Check the function, print the table; return 0, or 1 if something failed."""
    parser = argparse.ArgumentParser(
        prog="python -m autograd.check",
        description="Compare a function's gradients with measured ones. The exit status is 1 if they differ.",
    )
    parser.add_argument("function", help="module:function, or module:Class.method; the module is one Python can import")
    parser.add_argument(
        "inputs",
        nargs="*",
        help="an input each: a number (1.5), numbers (1,2,3), or a shape (3x4) to be filled at random from 0.2 to 0.9; "
        "without any, a random array of shape 2x3 for each parameter that has no default",
    )
    parser.add_argument("--order", type=int, default=1, choices=(1, 2), help="2: the second derivatives as well")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers")
    options = parser.parse_args(arguments)
    f = _found(parser, options.function)
    rng = np.random.default_rng(options.seed)
    inputs = [_read(parser, text, rng) for text in options.inputs]
    if not inputs:
        inputs = [_numbers((2, 3), rng) for _ in range(_required(f))]
    result: CheckResult = gradcheck(f, tuple(inputs), order=options.order, rng=options.seed)
    readable(sys.stdout)
    print(result)
    return 0 if result else 1


def _found(parser: argparse.ArgumentParser, text: str) -> Any:
    module, colon, name = text.partition(":")
    if not colon or not name:
        parser.error(f"{text!r} is not of the form module:function, as in numpy:tanh")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as problem:
        parser.error(str(problem))
    return found


def _read(parser: argparse.ArgumentParser, text: str, rng: np.random.Generator) -> Any:
    try:
        if "x" in text:
            return _numbers(tuple(int(n) for n in text.split("x")), rng)
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        parser.error(f"{text!r} is no number (1.5), no numbers (1,2,3) and no shape (3x4)")
    return np.array(numbers) if "," in text else numbers[0]


def _numbers(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    return rng.uniform(0.2, 0.9, shape)


def _required(f: Any) -> int:
    """Return how many inputs a function needs."""
    if hasattr(f, "primitive"):
        return len(f.primitive.operands)
    if isinstance(f, np.ufunc):
        return f.nin
    parameters = inspect.signature(f).parameters.values()
    return sum(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


if __name__ == "__main__":
    sys.exit(main())
