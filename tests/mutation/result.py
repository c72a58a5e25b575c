"""What became of a mutant."""

from __future__ import annotations

from dataclasses import dataclass

from .child import PASSED
from .equivalent import EQUIVALENT


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
