"""``python -m benchmarks``: check that all libraries compute the same, measure them in turn, and print the table."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import report, workloads
from .measure import measure


def main() -> None:
    """Read the command line, and do what it asks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a minute or two instead of twenty")
    parser.add_argument("--only", help="workloads, as W3,W8; default: all")
    parser.add_argument("--libraries", help="as seegrad,PyTorch; default: all that are installed")
    parser.add_argument("--threads", help="as 1,2; default: 1 and all that the machine has")
    parser.add_argument("--json", type=Path, help="where the figures go; default: nowhere")
    parser.add_argument("--markdown", type=Path, help="where the page for the documentation goes; default: nowhere")
    options = parser.parse_args()
    results = measure(
        names=[workloads.load(name).name for name in (options.only.split(",") if options.only else workloads.names())],
        wanted=options.libraries.split(",") if options.libraries else None,
        threads=[int(n) for n in options.threads.split(",")] if options.threads else None,
        quick=options.quick,
    )
    print(report.text(results))
    if options.json:
        options.json.write_text(report.as_json(results))
    if options.markdown:
        options.markdown.write_text(report.markdown(results))


if __name__ == "__main__":
    main()
