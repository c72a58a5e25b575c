"""Training: data in batches, preprocessing, augmentation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .augmentation import (
    Augmentation,
    Brightness,
    Compose,
    Contrast,
    Cutout,
    Flip,
    Mixup,
    Noise,
    RandomCrop,
    Rotate,
    Translate,
    contact_sheet,
)
from .batches import Batches
from .cifar import cifar10, cifar100
from .idx import mnist, read_idx
from .toys import blobs, circles, digits, moons, sine, spirals

if TYPE_CHECKING:
    from .preprocessing import FlattenImages, SubtractChannelMean, SubtractGreyMean, SubtractMeanImage

__all__ = [
    "Augmentation",
    "Batches",
    "Brightness",
    "Compose",
    "Contrast",
    "Cutout",
    "FlattenImages",
    "Flip",
    "Mixup",
    "Noise",
    "RandomCrop",
    "Rotate",
    "SubtractChannelMean",
    "SubtractGreyMean",
    "SubtractMeanImage",
    "Translate",
    "blobs",
    "cifar10",
    "cifar100",
    "circles",
    "contact_sheet",
    "digits",
    "mnist",
    "moons",
    "read_idx",
    "sine",
    "spirals",
]

# What is made of scikit-learn's classes is loaded when it is first asked for: `import training` is NumPy alone.
_ROOMS = {
    "preprocessing": ("FlattenImages", "SubtractChannelMean", "SubtractGreyMean", "SubtractMeanImage"),
}
_LATER = {name: room for room, names in _ROOMS.items() for name in (room, *names)}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'training' has no attribute {name!r}")
    room = import_module(f"{__name__}.{_LATER[name]}")
    found = room if name == _LATER[name] else getattr(room, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
