"""What became of a mutant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from .child import PASSED
from .equivalent import EQUIVALENT
from .targets import Target


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    page: str
    name: str
    text: str
    outcome: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.page}: {self.name}: {self.text}"

    @property
    def reason(self) -> str | None:
        """Why it cannot be noticed, if it is known that it cannot."""
        return EQUIVALENT.get(str(self))

    @property
    def noticed(self) -> bool:
        return self.outcome != PASSED

    @property
    def survived(self) -> bool:
        """Whether nobody noticed, and there is no reason for it."""
        return not self.noticed and self.reason is None

    @property
    def wrongly_listed(self) -> bool:
        """Whether somebody noticed what cannot be noticed."""
        return self.noticed and self.reason is not None


def read(path: Path, but: Iterable[Target] = ()) -> list[Result]:
    """Return the results that a file keeps, but those of some targets."""
    if not path.exists():
        return []
    left_out = {(target.page, target.name) for target in but}
    results = [Result(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return [r for r in results if (r.page, r.name) not in left_out]


def write(path: Path, results: Iterable[Result]) -> None:
    """Keep results in a file, a line each."""
    path.write_text("".join(json.dumps(astuple(r)) + "\n" for r in results), encoding="utf-8")
