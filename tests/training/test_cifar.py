"""CIFAR's binary files: what was written is read; files of another size or data set are refused; pickles never read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import cifar, cifar10, cifar100

N = 6  # records in a file here: the real ones have 10,000
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (5 * N, 3, 32, 32), dtype=np.uint8)
CLASSES = RNG.integers(0, 10, 5 * N, dtype=np.uint8)
FINE = RNG.integers(0, 100, 5 * N, dtype=np.uint8)
COARSE = FINE // 5


def records(*labels: Any, rows: slice = slice(None)) -> bytes:
    """A file as it is described: the label bytes, then 1,024 of red, of green, of blue."""
    return b"".join(bytes(int(label[i]) for label in labels) + PIXELS[i].tobytes() for i in range(len(PIXELS))[rows])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cifar, "_RECORDS", N)
    for i in range(5):
        (tmp_path / f"data_batch_{i + 1}.bin").write_bytes(records(CLASSES, rows=slice(i * N, (i + 1) * N)))
    (tmp_path / "test_batch.bin").write_bytes(records(CLASSES, rows=slice(N)))
    (tmp_path / "train.bin").write_bytes(records(COARSE, FINE))
    (tmp_path / "test.bin").write_bytes(records(COARSE, FINE, rows=slice(N)))
    return tmp_path


def test_the_five_files_are_one_training_set(folder: Path) -> None:
    images, labels = cifar10(folder)
    assert (images.dtype, labels.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(images, PIXELS.astype(np.float32) / 255)
    np.testing.assert_array_equal(labels, CLASSES)


def test_the_channels_come_last_if_asked_for(folder: Path) -> None:
    images, labels = cifar10(folder, train=False, dtype=np.uint8, channels="last")
    assert images.shape == (N, 32, 32, 3)
    for n, row, column, channel in np.ndindex(2, 32, 32, 3):
        assert images[n, row, column, channel] == PIXELS[n, channel, row, column]
    np.testing.assert_array_equal(labels, CLASSES[:N])


def test_cifar_100_has_classes_and_groups_of_them(folder: Path) -> None:
    images, labels = cifar100(folder, dtype=np.uint8)
    np.testing.assert_array_equal(images, PIXELS)
    np.testing.assert_array_equal(labels, FINE)
    images, labels = cifar100(folder, train=False, coarse=True)
    np.testing.assert_array_equal(images, PIXELS[:N].astype(np.float32) / 255)
    np.testing.assert_array_equal(labels, COARSE[:N])


@pytest.mark.parametrize(("read", "inner"), [(cifar10, "cifar-10-batches-bin"), (cifar100, "cifar-100-binary")])
def test_the_folder_that_the_archive_makes_is_looked_into(folder: Path, read: Any, inner: str) -> None:
    outer = folder / "outer"
    (outer / inner).mkdir(parents=True)
    for file in folder.glob("*.bin"):
        file.rename(outer / inner / file.name)
    assert len(read(outer)[0]) == 5 * N


def test_files_of_the_real_size_are_read(tmp_path: Path) -> None:
    with open(tmp_path / "test.bin", "wb") as file:
        file.truncate(10_000 * 3074)
    images, labels = cifar100(tmp_path, train=False, dtype=np.uint8)
    assert images.shape == (10_000, 3, 32, 32)
    assert not labels.any()


@pytest.mark.parametrize("change", [-1, 1, -3073])
def test_another_size_is_refused_before_anything_is_read(folder: Path, change: int) -> None:
    file = folder / "data_batch_4.bin"
    size = N * 3073
    with open(file, "r+b") as opened:
        opened.truncate(size + change)
    text = rf"4\.bin has {size + change:,} bytes, where the file has {size:,}: it is cut off, or another one"
    with pytest.raises(ValueError, match=text):
        cifar10(folder)


def test_labels_that_there_are_not_are_refused(folder: Path) -> None:
    content = bytearray((folder / "test_batch.bin").read_bytes())
    content[2 * 3073] = 10
    (folder / "test_batch.bin").write_bytes(content)
    text = "has the label 10 in image 2, where there are 10 classes: this file is damaged, or of another data set"
    with pytest.raises(ValueError, match=text):
        cifar10(folder, train=False)
    content = bytearray((folder / "test.bin").read_bytes())
    content[0] = 20
    (folder / "test.bin").write_bytes(content)
    with pytest.raises(ValueError, match="has the label 20 in image 0, where there are 20 classes"):
        cifar100(folder, train=False)


def test_a_missing_file_says_what_to_unpack(tmp_path: Path) -> None:
    text = r"data_batch_1\.bin is not in the folder '.*'; nothing is downloaded here: unpack the binary version "
    with pytest.raises(FileNotFoundError, match=text + r"\(cifar-10-batches-bin\) there$"):
        cifar10(tmp_path)
    (tmp_path / "data_batch_1").write_bytes(b"\x80\x04.")
    with pytest.raises(FileNotFoundError, match=r"there; what is there is the Python version, a pickle, which can run"):
        cifar10(tmp_path)


def test_other_channels_and_dtypes_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="channels are 'first' or 'last', not 'middle'"):
        cifar10(folder, channels="middle")
    with pytest.raises(ValueError, match=re.escape("not int32")):
        cifar100(folder, dtype=np.int32)
