"""The IDX files in which MNIST and its successors come."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_DEFLATE = 1032  # the most bytes that deflate can make of one
_PIECE = 1 << 20


def mnist(folder: str | os.PathLike[str], train: bool = True, dtype: DTypeLike = np.float32) -> tuple[Any, Any]:
    """Read MNIST, or a set in its form (Fashion-MNIST, KMNIST), from a folder that you have.

    Parameters
    ----------
    folder : path
        Where the files are, of the names ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte``, ``t10k-labels-idx1-ubyte``, as they were downloaded (``.gz``) or unpacked.
    train : bool, default True
        The training set (60,000 examples), or the test set (10,000).
    dtype : data-type, default float32
        Of the images. Floating-point: the pixels divided by 255, from 0 to 1. ``np.uint8``: as they are in the file, a
        quarter of the memory.

    Returns
    -------
    images : ndarray of shape (N, 1, 28, 28)
        Dark is 0.
    labels : ndarray of shape (N,)
        The classes 0 … 9, int64.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    ValueError
        If a file is damaged, or is another one.

    References
    ----------
    LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition" (1998). Xiao, Rasul &
    Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017).

    Examples
    --------
    >>> from training import mnist
    >>> images, labels = mnist("data/mnist")  # doctest: +SKIP
    >>> images.shape, labels.shape  # doctest: +SKIP
    ((60000, 1, 28, 28), (60000,))
    """
    folder, which = Path(folder), "train" if train else "t10k"
    paths = _find(folder, f"{which}-images", "idx3"), _find(folder, f"{which}-labels", "idx1")
    images, labels = (read_idx(path) for path in paths)
    for path, array, shape in zip(paths, (images, labels), ((28, 28), ()), strict=True):
        if array.dtype != np.uint8 or array.shape[1:] != shape:
            raise ValueError(
                f"{path} holds {array.dtype} of shape {array.shape}, where "
                f"{'images are uint8 of shape (N, 28, 28)' if shape else 'labels are uint8 of shape (N,)'}"
            )
    if len(images) != len(labels):
        raise ValueError(f"{paths[0]} has {len(images)} images and {paths[1]} has {len(labels)} labels")
    if labels.size and labels.max() > 9:
        raise ValueError(f"{paths[1]} has the label {labels.max()}, where the classes are 0 … 9")
    return as_pixels(images[:, None], dtype), labels.astype(np.int64)


def read_idx(path: str | os.PathLike[str]) -> Any:
    """Read an array from an IDX file, which may be compressed (.gz).

    The file begins with 0, 0, a byte for the type, a byte for the number of axes, and the length of each axis in four
    bytes; the numbers follow, row by row, the high byte first.

    Parameters
    ----------
    path : path
        The file. Whether it is compressed is seen from its first bytes, not its name.

    Returns
    -------
    ndarray
        Of the type and shape that the file says, in the machine's byte order.

    Raises
    ------
    ValueError
        If it is no IDX file, is cut off or damaged, or has more in it than it says. No memory is taken for what a
        header claims and the file does not have.

    Examples
    --------
    >>> import tempfile, training
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    ...     file.flush()
    ...     training.read_idx(file.name)
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    path = Path(path)
    with open(path, "rb") as plain:
        size = os.fstat(plain.fileno()).st_size
        compressed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        if not compressed:
            return _parse(path, plain, size)
        try:
            with gzip.open(plain) as file:
                return _parse(path, file, size * _DEFLATE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise ValueError(f"{path} is damaged or cut off: {problem}") from None


def as_pixels(images: Any, dtype: DTypeLike) -> Any:
    """Return bytes as what the reader was asked for: bytes, or numbers from 0 to 1.

    Raises
    ------
    ValueError
        If it is neither.
    """
    dtype = np.dtype(dtype)
    if dtype == np.uint8:
        return images
    if dtype.kind != "f":
        raise ValueError(f"pixels can be had as uint8 (0 … 255) or floating-point (0 … 1), not {dtype}")
    return np.divide(images, 255, dtype=dtype)


def _find(folder: Path, name: str, kind: str) -> Path:
    """Return the file of that name, in one of the spellings that are about."""
    names = [f"{name}{joint}{kind}-ubyte{end}" for end in ("", ".gz") for joint in ("-", ".")]
    for path in (folder / name for name in names):
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{names[0]} is not in the folder {str(folder)!r}, neither plain nor as .gz; "
        "nothing is downloaded here: put the four files of the data set there"
    )


def _parse(path: Path, file: IO[bytes] | gzip.GzipFile, most: int) -> Any:
    """Return the array in a file that has at most so many bytes."""
    zeros, code, axes = file.read(2), file.read(1), file.read(1)
    if zeros != b"\0\0" or not code or code[0] not in _DTYPES or not axes or not 1 <= axes[0] <= 64:
        raise ValueError(
            f"{path} is no IDX file: it begins with {(zeros + code + axes).hex(' ') or 'nothing'}, where there should "
            f"be 00 00, a type ({', '.join(f'{known:02x}' for known in _DTYPES)}) and the number of axes"
        )
    dtype = np.dtype(_DTYPES[code[0]])
    lengths = file.read(4 * axes[0])
    if len(lengths) < 4 * axes[0]:
        raise ValueError(f"{path} is cut off: it ends within the lengths of its {axes[0]} axes")
    shape = tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, len(lengths), 4))
    claimed = math.prod(shape) * dtype.itemsize
    there = most - 4 - len(lengths)
    content = _read(file, claimed + 1) if claimed <= there else b""
    if len(content) < claimed:
        raise ValueError(
            f"{path} is cut off or damaged: it says that it holds {dtype.name} of shape {shape}, {claimed:,} bytes, "
            f"and has {f'at most {there:,}' if claimed > there else f'{len(content):,}'}"
        )
    if len(content) > claimed:
        raise ValueError(f"{path} has more in it than the {dtype.name} of shape {shape} that it says it holds")
    try:
        array = np.frombuffer(content, dtype).reshape(shape)
    except ValueError:  # one length is 0, and the others are too much for NumPy even so
        raise ValueError(f"{path} says that it holds {dtype.name} of shape {shape}, which no array can have") from None
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read(file: IO[bytes] | gzip.GzipFile, count: int) -> bytearray:
    """Return so many bytes, or all that there are: read(count) would make room for those that are not there."""
    content = bytearray()
    while piece := file.read(min(_PIECE, count - len(content))):
        content += piece
    return content
