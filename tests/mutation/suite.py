"""The last judge: files of tests, collected once and run once for each mutant."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from unittest.mock import patch

import pytest

Work = Callable[[], None]
# Left out are tests in another process, where no mutant is, and long ones that ask again what the slopes were asked.
LEFT_OUT = ("scipy", "check_confirms", "to_the_second_order")
OPTIONS = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-p",
    "no:cov",
    "-k",
    f"not ({' or '.join(LEFT_OUT)})",
)


def collected(files: Sequence[str], use: Callable[[Work], None]) -> None:
    """Collect files of tests, and call `use` with the work of running them, which fails at the first test that fails.

    PyTorch is not there for them, so that the score is the same everywhere.
    """
    with patch.dict(sys.modules, {"torch": None}), redirect_stdout(io.StringIO()):
        status = pytest.main([*OPTIONS, *files], plugins=[_InsteadOfRunning(use)])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"{', '.join(files)}: no tests could be collected")


class _InsteadOfRunning:
    """What pytest does with the tests that it has collected."""

    def __init__(self, use: Callable[[Work], None]) -> None:
        self.use = use

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:  # in collecting them
            raise session.Failed
        self.use(lambda: _run(session))
        return True


def _run(session: pytest.Session) -> None:
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        assert not session.testsfailed, item.nodeid
