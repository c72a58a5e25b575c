"""``python -m benchmarks``: check that all libraries compute the same, measure them in turn, and print the tables."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import report, workloads
from .libraries import ORDER, ROOT, why_missing
from .machine import machine
from .measure import measure
from .page import page
from .process import import_times


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return 1 if a library failed or computed something else, and 0 otherwise."""
    options = _parser().parse_args(arguments)
    missing = {library: how for library in options.libraries if (how := why_missing(library))}
    here = [library for library in options.libraries if library not in missing]
    run = report.Run(
        machine(),
        measure(options.only, here, options.threads, options.quick),
        import_times(3 if options.quick else 11),
        missing,
    )
    print(report.text(run))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(report.as_json(run), encoding="utf-8")
        print(f"\nevery round: {options.json}")
    if options.markdown:
        old = options.markdown.read_text(encoding="utf-8") if options.markdown.exists() else ""
        options.markdown.write_text(page(run, old), encoding="utf-8")
    return 1 if run.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: figures to a tenth or so")
    parser.add_argument("--only", type=_workloads, default=workloads.names(), help="workloads, as W3,W8; default: all")
    parser.add_argument("--libraries", type=_libraries, default=list(ORDER), help="as seegrad,PyTorch; default: all")
    threads = sorted({1, os.cpu_count() or 1})
    parser.add_argument("--threads", type=_threads, default=threads, help="as 1,2; default: 1, and all cores")
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "benchmarks.json", help="default: %(default)s")
    parser.add_argument("--markdown", type=Path, help="the page of the documentation; default: it is not written")
    return parser


def _workloads(words: str) -> list[str]:
    try:
        return workloads.chosen(words)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _libraries(words: str) -> list[str]:
    wanted = words.split(",")
    if strange := [word for word in wanted if word not in ORDER]:
        raise argparse.ArgumentTypeError(f"there is no library {strange[0]!r}, but {', '.join(ORDER)}")
    return wanted


def _threads(words: str) -> list[int]:
    if not all(word.isdecimal() and int(word) > 0 for word in words.split(",")):
        raise argparse.ArgumentTypeError(f"numbers of threads are written 1,2, not {words!r}")
    return sorted({int(word) for word in words.split(",")})


if __name__ == "__main__":
    sys.exit(main())
