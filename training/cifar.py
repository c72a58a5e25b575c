"""The binary files of CIFAR-10 and CIFAR-100."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .idx import as_pixels

_PIXELS = 3 * 32 * 32
_RECORDS = (
    10_000  # in each file of CIFAR-10, and in the test file of CIFAR-100, whose training file has five times that
)
Path_ = str | os.PathLike[str]


def cifar10(
    folder: Path_, train: bool = True, dtype: DTypeLike = np.float32, channels: str = "first"
) -> tuple[Any, Any]:
    """Read CIFAR-10 from a folder that you have: the binary version, which is no pickle.

    Parameters
    ----------
    folder : path
        Where ``data_batch_1.bin`` … ``data_batch_5.bin`` and ``test_batch.bin`` are, or the folder
        ``cifar-10-batches-bin`` with them.
    train : bool, default True
        The training set (50,000 images), or the test set (10,000).
    dtype : data-type, default float32
        Of the images. Floating-point: from 0 to 1. ``np.uint8``: as they are in the file, a quarter of the memory.
    channels : {"first", "last"}, default "first"
        Whether the images are (3, 32, 32), or (32, 32, 3).

    Returns
    -------
    images : ndarray of shape (N, 3, 32, 32) or (N, 32, 32, 3)
        Red, green and blue.
    labels : ndarray of shape (N,)
        The classes 0 … 9, int64; ``batches.meta.txt`` has their names.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    ValueError
        If a file does not have its size, or has labels that there are not.

    References
    ----------
    Krizhevsky, "Learning multiple layers of features from tiny images" (2009).

    Examples
    --------
    >>> from training import cifar10
    >>> images, labels = cifar10("data/cifar-10-batches-bin")  # doctest: +SKIP
    >>> images.shape, labels.shape  # doctest: +SKIP
    ((50000, 3, 32, 32), (50000,))
    """
    names = [f"data_batch_{i}.bin" for i in range(1, 6)] if train else ["test_batch.bin"]
    images, labels = _read(Path(folder), "cifar-10-batches-bin", names, _RECORDS, classes=(10,), channels=channels)
    return as_pixels(images, dtype), labels[:, 0].astype(np.int64)


def cifar100(
    folder: Path_,
    train: bool = True,
    dtype: DTypeLike = np.float32,
    channels: str = "first",
    coarse: bool = False,
) -> tuple[Any, Any]:
    """Read CIFAR-100 from a folder that you have: the binary version, which is no pickle.

    Parameters
    ----------
    folder : path
        Where ``train.bin`` and ``test.bin`` are, or the folder ``cifar-100-binary`` with them.
    train : bool, default True
        The training set (50,000 images), or the test set (10,000).
    dtype, channels
        As for :func:`cifar10`.
    coarse : bool, default False
        The 20 groups of classes for labels, instead of the 100 classes.

    Returns
    -------
    images : ndarray of shape (N, 3, 32, 32) or (N, 32, 32, 3)
        Red, green and blue.
    labels : ndarray of shape (N,)
        The classes 0 … 99, or the groups 0 … 19, int64.

    Raises
    ------
    FileNotFoundError
        If the file is not there.
    ValueError
        If it does not have its size, or has labels that there are not.

    References
    ----------
    Krizhevsky, "Learning multiple layers of features from tiny images" (2009).

    Examples
    --------
    >>> from training import cifar100
    >>> images, labels = cifar100("data/cifar-100-binary", train=False)  # doctest: +SKIP
    >>> images.shape, labels.shape  # doctest: +SKIP
    ((10000, 3, 32, 32), (10000,))
    """
    name, records = ("train.bin", 5 * _RECORDS) if train else ("test.bin", _RECORDS)
    images, labels = _read(Path(folder), "cifar-100-binary", [name], records, classes=(20, 100), channels=channels)
    return as_pixels(images, dtype), labels[:, 0 if coarse else 1].astype(np.int64)


def _read(
    folder: Path, inner: str, names: Sequence[str], records: int, classes: tuple[int, ...], channels: str
) -> tuple[Any, Any]:
    """Return the images and the labels of some files. A record is a byte for each kind of label, and the pixels."""
    if channels not in ("first", "last"):
        raise ValueError(f"channels are 'first' or 'last', not {channels!r}")
    if not (folder / names[0]).exists() and (folder / inner).is_dir():
        folder = folder / inner
    paths = [folder / name for name in names]
    for path in paths:  # all of them, before any is read
        _refuse_size(path, inner, records * (len(classes) + _PIXELS))
    content = np.concatenate([np.fromfile(path, np.uint8) for path in paths]).reshape(-1, len(classes) + _PIXELS)
    labels, images = content[:, : len(classes)], content[:, len(classes) :].reshape(-1, 3, 32, 32)
    for column, count in zip(labels.T, classes, strict=True):
        if column.max() >= count:
            raise ValueError(
                f"{folder} has the label {column.max()} in image {column.argmax()}, where there are {count} classes: "
                f"{'this file is' if len(names) == 1 else 'these files are'} damaged, or of another data set"
            )
    return images if channels == "first" else np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels


def _refuse_size(path: Path, inner: str, expected: int) -> None:
    if not path.is_file():
        others = [path.with_suffix(""), path.parent / "cifar-10-batches-py", path.parent / "cifar-100-python"]
        hint = "; what is there is the Python version, a pickle, which can run anything when it is read"
        raise FileNotFoundError(
            f"{path.name} is not in the folder {str(path.parent)!r}; nothing is downloaded here: unpack the binary "
            f"version ({inner}) there{hint if any(other.exists() for other in others) else ''}"
        )
    if (size := path.stat().st_size) != expected:
        raise ValueError(f"{path} has {size:,} bytes, where the file has {expected:,}: it is cut off, or another one")
