"""Functions about other things than numbers that move: text, files, memory, types, dates. No derivative is missing."""

from __future__ import annotations

from typing import Any

import numpy as np

PLAIN = {
    *(np.save, np.savez, np.savez_compressed, np.savetxt, np.array2string, np.array_repr, np.array_str),
    *(np.may_share_memory, np.shares_memory, np.can_cast, np.common_type, np.min_scalar_type, np.result_type),
    *(np.shape, np.ndim, np.size, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj),
    *(np.zeros_like, np.ones_like, np.empty_like),
}

# Functions that make an array like another one's (``like=t``): of the library of the Tensor's array, and plain.
LIKE: set[Any] = {
    *(np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require),
    *(np.zeros, np.ones, np.full, np.empty, np.eye, np.identity, np.tri, np.arange),
    *(np.fromfunction, np.fromiter, np.frombuffer, np.fromstring, np.fromfile, np.loadtxt, np.genfromtxt),
}

_DATES = (np.isnat, np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string)
REFUSED = dict.fromkeys(_DATES, "works with dates, and a Tensor holds numbers")
