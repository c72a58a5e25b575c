"""What happens to the memory of arrays that are gone.

The arrays of a training step are all freed at its end, and made again in the next one. The C library of most Linux
systems (glibc) gives large blocks back to the system in between, and the system hands them out again page by page, each
filled with zeros at first use: twenty functions of a million numbers took 25 ms with that, and 17 ms without it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

__all__ = [
    "keep_freed_memory",
    "release_memory",
]

LARGEST = 32 << 20  # bytes: larger arrays go back to the system when they are freed, as ever
KEPT = 1 << 30  # bytes: if more than that lies free at the end of the heap, it goes back as well

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of <malloc.h>


def keep_freed_memory() -> bool:
    """Let the process keep the memory of freed arrays, and use it for the next ones.

    Importing ``autograd`` calls this, unless the environment says ``SEEGRAD_KEEP_FREED_MEMORY=0``. It concerns the
    whole process: up to a gigabyte that was used once may stay with it. :func:`release_memory` gives it back.

    Returns
    -------
    bool
        Whether the C library can do this: only glibc can, elsewhere nothing happens.

    Examples
    --------
    >>> from autograd.memory import keep_freed_memory
    >>> keep_freed_memory() in (True, False)
    True
    """
    libc = _glibc()
    # In this order: setting either stops glibc from moving both by itself.
    return bool(libc and libc.mallopt(_MMAP_THRESHOLD, LARGEST) and libc.mallopt(_TRIM_THRESHOLD, KEPT))


def release_memory() -> bool:
    """Give freed memory back to the system now, as after a large model is gone. Returns whether there was any.

    Returns
    -------
    bool
        Whether the C library had any to give.

    Examples
    --------
    >>> from autograd.memory import release_memory
    >>> release_memory() in (True, False)
    True
    """
    libc = _glibc()
    return bool(libc and libc.malloc_trim(0))


def _glibc() -> Any:
    """Return the C library if it is glibc."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


if os.environ.get("SEEGRAD_KEEP_FREED_MEMORY") != "0":
    keep_freed_memory()
