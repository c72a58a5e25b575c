"""Damaged files of data: a clear error or what is written in them, and never code that is run or memory blown up."""

from __future__ import annotations

import gzip
import os
import pickle
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.robustness.test_damaged_files import DAMAGES
from training import cifar, cifar10, cifar100, mnist, read_idx

TRIALS = pytest.mark.parametrize("trials", [120, pytest.param(10_000, marks=pytest.mark.soak)])
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 10, 12, dtype=np.uint8)
DIGITS = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
MB = 1 << 20


def idx(array: Any) -> bytes:
    head = bytes([0, 0, CODES[array.dtype.str[1:]], array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def written_in(content: bytes) -> Any:
    """What the description of the format says that a plain IDX file holds: type, shape, and the numbers' bytes."""
    shape = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
    return [content[2], shape, content[4 + 4 * content[3] :]]


def told(array: Any) -> Any:
    return [CODES[array.dtype.str[1:]], array.shape, array.astype(array.dtype.newbyteorder(">")).tobytes()]


@TRIALS
@pytest.mark.parametrize("array", [LABELS, RNG.normal(size=(3, 2, 4))], ids=["bytes", "doubles"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_damaged_idx_file_is_refused_or_read_as_it_is_written(
    array: Any, compress: Callable[[bytes], bytes], trials: int, tmp_path: Path
) -> None:
    path, rng, whole = tmp_path / "array-idx", np.random.default_rng(trials), compress(idx(array))
    kept = clear = 0
    for trial in range(trials):
        content = DAMAGES[trial % len(DAMAGES)](bytearray(whole), rng)
        path.write_bytes(content)
        tracemalloc.start()
        try:
            found = read_idx(path)
        except ValueError as problem:
            clear += str(problem).startswith(f"{path} ") and not str(problem).endswith(": ")
        else:
            # Compressed files have a check sum; plain ones have none, and a number that became another is that other.
            assert told(found) == written_in(idx(array) if compress is gzip.compress else bytes(content))
            kept += 1
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 4 * MB
    assert clear == trials - kept > trials / 3


@pytest.mark.parametrize("length", [1, 2, 3])
def test_every_start_of_an_idx_header_is_refused(length: int, tmp_path: Path) -> None:
    path = tmp_path / "array-idx"
    for second in range(256):
        path.write_bytes(bytes([0, 0, second, 1])[:length])
        with pytest.raises(ValueError, match="is no IDX file: it begins with"):
            read_idx(path)


def test_a_trillion_rows_and_a_bomb_of_zeros_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "rows-idx"
    rows = struct.pack(">II", 10**6, 10**6)
    bomb = gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", 3) + bytes(64 * MB), 9)
    assert len(bomb) < MB / 8
    for content, text in (
        (bytes([0, 0, 8, 2]) + rows + bytes(100), "1,000,000,000,000 bytes, and has at most 100$"),
        (gzip.compress(bytes([0, 0, 8, 2]) + rows + bytes(MB)), r"1,000,000,000,000 bytes, and has at most [\d,]+$"),
        (bomb, r"has more in it than the uint8 of shape \(3,\) that it says it holds"),
        (
            gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", MB) + RNG.bytes(2000)),
            "1,048,576 bytes, and has 2,000$",
        ),
    ):
        path.write_bytes(content)
        tracemalloc.start()
        with pytest.raises(ValueError, match=text):
            read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * MB


def test_a_compressed_file_within_a_compressed_file_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "twice-idx"
    path.write_bytes(gzip.compress(gzip.compress(idx(LABELS))))
    with pytest.raises(ValueError, match="is no IDX file: it begins with 1f 8b 08 "):
        read_idx(path)


@TRIALS
def test_a_damaged_mnist_is_refused_or_has_as_many_images_as_labels(trials: int, tmp_path: Path) -> None:
    whole = {"train-images-idx3-ubyte": idx(DIGITS), "train-labels-idx1-ubyte": idx(LABELS)}
    rng, unclear = np.random.default_rng(trials), 0
    for trial in range(trials):
        harmed = sorted(whole)[trial % 2]
        for name, content in whole.items():
            (tmp_path / name).write_bytes(
                DAMAGES[trial // 2 % len(DAMAGES)](bytearray(content), rng) if name == harmed else content
            )
        try:
            images, labels = mnist(tmp_path)
        except ValueError as problem:
            unclear += harmed not in str(problem)
        else:
            assert images.shape == (len(labels), 1, 28, 28)
            assert images.min() >= 0
            assert images.max() <= 1
            assert set(labels) <= set(range(10))
    assert unclear == 0


# --------------------------------------------------------------------------------------------------------------- CIFAR

N = 3
PIXELS = RNG.integers(0, 256, (5 * N, 3072), dtype=np.uint8)
KINDS = {
    "cifar10": (cifar10, [f"data_batch_{i}.bin" for i in range(1, 6)], 1, (10,), N),
    "cifar100": (cifar100, ["train.bin"], 2, (20, 100), 5 * N),
}


@TRIALS
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_cifar_file_is_refused_or_read_as_it_is_written(
    kind: str, trials: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, names, width, classes, rows = KINDS[kind]
    monkeypatch.setattr(cifar, "_RECORDS", N)
    rng, refused, kept = np.random.default_rng(trials), 0, 0
    labels = np.stack([rng.integers(0, n, 5 * N) for n in classes], axis=1).astype(np.uint8)
    records = np.concatenate([labels, PIXELS], axis=1)
    whole = {name: records[i * rows : (i + 1) * rows].tobytes() for i, name in enumerate(names)}
    for name, content in whole.items():
        (tmp_path / name).write_bytes(content)
    for trial in range(trials):
        harmed = names[trial % len(names)]
        content = bytes(DAMAGES[trial % len(DAMAGES)](bytearray(whole[harmed]), rng))
        if trial % 3 == 0:  # on a label, which is one byte in three thousand
            spoilt = bytearray(whole[harmed])
            spoilt[rng.integers(rows) * (width + 3072) + width - 1] = rng.integers(256)
            content = bytes(spoilt)
        (tmp_path / harmed).write_bytes(content)
        try:
            images, found = read(tmp_path, dtype=np.uint8)
        except ValueError as problem:
            refused += str(tmp_path) in str(problem)
        else:
            written = np.frombuffer(b"".join({**whole, harmed: content}.values()), np.uint8).reshape(5 * N, -1)
            np.testing.assert_array_equal(images.reshape(5 * N, -1), written[:, width:])
            np.testing.assert_array_equal(found, written[:, width - 1])
            assert found.max() < classes[-1]
            kept += 1
        (tmp_path / harmed).write_bytes(whole[harmed])
    assert refused == trials - kept > trials / 4


class Evil:
    """What a pickle would run when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_the_python_version_of_cifar_is_a_pickle_and_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar, "_RECORDS", N)
    evil = pickle.dumps({"data": Evil(tmp_path / "run"), b"labels": []})
    for name in ("test_batch", "test", "data_batch_1"):
        (tmp_path / name).write_bytes(evil)
    for read in (cifar10, cifar100):
        with pytest.raises(FileNotFoundError, match="is the Python version, a pickle, which can run anything when it"):
            read(tmp_path, train=False)
    for read, name, width in ((cifar10, "test_batch.bin", 1), (cifar100, "test.bin", 2)):
        (tmp_path / name).write_bytes(evil)  # renamed, so that it looks like the binary version
        with pytest.raises(ValueError, match=f"has {len(evil)} bytes, where the file has"):
            read(tmp_path, train=False)
        (tmp_path / name).write_bytes(evil.ljust(N * (width + 3072), b"\0"))  # and of its size
        with pytest.raises(ValueError, match="has the label 128 in image 0"):
            read(tmp_path, train=False)
    assert not (tmp_path / "run").exists()
