"""``python -m tests.mutation``: make the rules wrong in all the ways there are, and print who was noticed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.progress import Progress

from . import report
from .result import Result, read, write
from .run import not_made, run
from .targets import Target, all_targets


def main(arguments: Sequence[str] | None = None, targets: Sequence[Target] | None = None) -> int:
    """Do what the command line asks; return 1 if a mutant survived, or the list of equivalent ones is wrong, else 0."""
    options = _parser().parse_args(arguments)
    if targets is None:
        targets = all_targets()
    chosen = [t for t in targets if not options.only or any(word in f"{t.page} {t.name}" for word in options.only)]
    if not chosen:
        sys.exit(f"nothing is called {', '.join(options.only)}; names are such as autograd.rules.scan, or tanh")
    kept = read(options.results, but=chosen if options.only else ()) if options.results else []
    there = {(r.page, r.name) for r in kept}
    results = [*kept, *_results([t for t in chosen if (t.page, t.name) not in there], options.jobs)]
    if options.results:
        write(options.results, results)
    order = {(t.page, t.name): i for i, t in enumerate(targets)}
    results = sorted((r for r in results if (r.page, r.name) in order), key=lambda r: order[r.page, r.name])
    chosen = [t for t in targets if (t.page, t.name) in {(r.page, r.name) for r in results}]
    minutes = sum(r.seconds for r in results) / 60
    stale = not_made(chosen, results)
    print(report.text(chosen, results, stale, minutes))
    if options.markdown:
        options.markdown.write_text(report.markdown(chosen, results, minutes), encoding="utf-8")
    return 1 if report.complaints(results, stale) else 0


def _results(targets: Sequence[Target], jobs: int) -> list[Result]:
    results: list[Result] = []
    if not targets:
        return results
    bar = Progress(len(targets))
    bar.show("mutants")
    for count, some in run(targets, jobs):
        results += some
        bar.advance(count)
        survived = sum(r.survived for r in results)
        bar.show("mutants", f"{len(results):,} made, {survived} survived")
    bar.end()
    return results


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", type=lambda words: words.split(","), default=[], help="as scan,tanh; default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one a core")
    parser.add_argument(
        "--results",
        type=Path,
        help="a file that keeps what was found: what is in it is not made again, but for what --only names",
    )
    parser.add_argument("--markdown", type=Path, help="the page of the documentation; default: it is not written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
