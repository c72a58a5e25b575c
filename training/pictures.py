"""What all pictures of this package share: where Matplotlib comes from."""

from __future__ import annotations

from typing import Any


def new_figure(what: str, width: float, height: float) -> Any:
    """Return a new figure of so many inches; `what` needs it.

    Raises
    ------
    ImportError
        If Matplotlib is missing.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(f"{what} needs Matplotlib; install it with: pip install 'seegrad[training]'") from error
    return plt.figure(figsize=(width, height), layout="constrained")
