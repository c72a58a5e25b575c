"""Augmentation: other versions of the training images, made while training goes on.

Each is a callable on whole batches, ``x`` or ``(x, y)`` in and out, with a generator for its random numbers; it writes
into no array that it is given.
"""

from __future__ import annotations

from .base import Augmentation, Compose
from .geometry import Flip, RandomCrop, Rotate, Translate
from .mixing import Mixup
from .sheet import contact_sheet
from .values import Brightness, Contrast, Cutout, Noise

__all__ = [
    "Augmentation",
    "Brightness",
    "Compose",
    "Contrast",
    "Cutout",
    "Flip",
    "Mixup",
    "Noise",
    "RandomCrop",
    "Rotate",
    "Translate",
    "contact_sheet",
]
