"""IDX files: what was written is read; what is damaged, lies or is another file is refused before it costs memory."""

from __future__ import annotations

import gzip
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import mnist, read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (7, 28, 28), dtype=np.uint8)
LABELS = RNG.integers(0, 10, 7, dtype=np.uint8)


def header(code: int, shape: tuple[int, ...]) -> bytes:
    return bytes([0, 0, code, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)


def idx(array: Any) -> bytes:
    """An IDX file, written as its description says."""
    return header(CODES[array.dtype.str[1:]], array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "numbers-idx"


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0, 28, 28), (1, 1)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_what_was_written_is_read(path: Path, dtype: str, shape: tuple[int, ...], compress: Any) -> None:
    array = (100 * RNG.standard_normal(shape)).astype(dtype)
    path.write_bytes(compress(idx(array)))
    found = read_idx(path)
    assert found.dtype == np.dtype(dtype)
    assert found.dtype.isnative
    assert found.shape == shape
    np.testing.assert_array_equal(found, array)
    found += 1  # it may be written to


def test_it_may_come_in_several_pieces(path: Path) -> None:
    array = RNG.integers(0, 256, (3, 1 << 20), dtype=np.uint8)
    path.write_bytes(gzip.compress(idx(array), 1))
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.parametrize(("content", "text"), [
    (b"", "is no IDX file: it begins with nothing, where there should be 00 00, a type"),
    (b"\0\0\x08", "is no IDX file: it begins with 00 00 08, where"),
    (b"\x89PNG\r\n", "is no IDX file: it begins with 89 50 4e 47, where"),
    (header(0x0A, (2,)) + b"ab", "is no IDX file: it begins with 00 00 0a 01, where there should be 00 00, a type "
     r"\(08, 09, 0b, 0c, 0d, 0e\) and the number of axes"),
    (b"\0\0\x08\0", "is no IDX file: it begins with 00 00 08 00"),
    (b"\0\0\x08\xff" + bytes(4 * 255), "is no IDX file: it begins with 00 00 08 ff"),
    (b"\0\0\x08\x03\0\0\0\x02", "is cut off: it ends within the lengths of its 3 axes"),
    (header(8, (2, 3)) + b"abcde", r"is cut off or damaged: it says that it holds uint8 of shape \(2, 3\), 6 bytes, and"
     " has at most 5$"),
    (header(8, (2, 3)) + b"abcdefg", r"has more in it than the uint8 of shape \(2, 3\) that it says it holds"),
])  # fmt: skip
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_damaged_file_says_how(path: Path, content: bytes, text: str, compress: Any) -> None:
    path.write_bytes(compress(content))
    if compress is gzip.compress:
        text = text.replace("at most ", "")
    with pytest.raises(ValueError, match=text) as refused:
        read_idx(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("shape", [(1 << 31,), (1 << 16, 28, 28), ((1 << 32) - 1,) * 4])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_claim_that_the_file_cannot_keep_takes_no_memory(path: Path, shape: tuple[int, ...], compress: Any) -> None:
    path.write_bytes(compress(header(0x0E, shape) + bytes(1000)))
    claimed = rf"float64 of shape .*, {8 * math.prod(shape):,} bytes, and has at most [\d,]+$"
    tracemalloc.start()
    with pytest.raises(ValueError, match=claimed):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_claim_that_a_compressed_file_could_keep_and_does_not_takes_no_memory(path: Path) -> None:
    path.write_bytes(gzip.compress(header(8, (1 << 24,)) + RNG.bytes(1 << 15)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"16,777,216 bytes, and has 32,768$"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_lengths_that_numpy_cannot_multiply_are_an_error_too(path: Path) -> None:
    path.write_bytes(header(8, (0, *[(1 << 32) - 1] * 3)))
    with pytest.raises(ValueError, match=r"uint8 of shape \(0, 4294967295, .*\), which no array can have"):
        read_idx(path)


@pytest.mark.parametrize("harm", ["cut", "flip", "tail"])
def test_damage_to_a_compressed_file_is_noticed(path: Path, harm: str) -> None:
    content = bytearray(gzip.compress(idx(IMAGES)))
    if harm == "cut":
        del content[-100:]
    elif harm == "flip":
        content[-6] ^= 1  # in the check sum
    else:
        content += b"more"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged or cut off: "):
        read_idx(path)


@pytest.mark.parametrize("seed", range(5))
def test_random_damage_is_an_error_of_ours_or_no_damage_to_the_shape(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for compress in (bytes, gzip.compress):
        whole = np.frombuffer(compress(idx(LABELS)), np.uint8)
        for _ in range(100):
            content = whole.copy()
            content[rng.integers(len(content), size=2)] = rng.integers(0, 256, 2)
            path.write_bytes(content.tobytes()[: rng.integers(len(content) + 1)])
            try:
                found = read_idx(path)
            except ValueError as problem:
                said = str(problem)
            else:
                said = f"{path}" if found.nbytes <= len(LABELS) else "more than there is"
            assert str(path) in said


# --------------------------------------------------------------------------------------------------------------- MNIST


def write(folder: Path, which: str, images: bytes, labels: bytes, joint: str = "-", end: str = "") -> None:
    (folder / f"{which}-images{joint}idx3-ubyte{end}").write_bytes(images)
    (folder / f"{which}-labels{joint}idx1-ubyte{end}").write_bytes(labels)


@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize(("end", "compress"), [("", bytes), (".gz", gzip.compress), ("", gzip.compress)])
def test_mnist_is_found_under_each_of_its_names(tmp_path: Path, joint: str, end: str, compress: Any) -> None:
    write(tmp_path, "train", compress(idx(IMAGES)), compress(idx(LABELS)), joint, end)
    write(tmp_path, "t10k", compress(idx(IMAGES[:2])), compress(idx(LABELS[:2])), joint, end)
    images, labels = mnist(tmp_path)
    assert (images.dtype, images.shape, labels.dtype) == (np.float32, (7, 1, 28, 28), np.int64)
    np.testing.assert_array_equal(images[:, 0], IMAGES.astype(np.float32) / 255)
    np.testing.assert_array_equal(labels, LABELS)
    images, labels = mnist(str(tmp_path), train=False, dtype=np.uint8)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[:, 0], IMAGES[:2])
    np.testing.assert_array_equal(labels, LABELS[:2])


@pytest.mark.parametrize(("images", "labels", "text"), [
    (LABELS, LABELS, r"images-idx3-ubyte holds uint8 of shape \(7,\), where images are uint8 of shape \(N, 28, 28\)"),
    (IMAGES[:, :20], LABELS, r"holds uint8 of shape \(7, 20, 28\), where images"),
    (IMAGES.astype("i2"), LABELS, r"holds int16 of shape \(7, 28, 28\), where images"),
    (IMAGES, IMAGES, r"labels-idx1-ubyte holds uint8 of shape \(7, 28, 28\), where labels are uint8 of shape \(N,\)"),
    (IMAGES, LABELS[:6], r"images-idx3-ubyte has 7 images and .*labels-idx1-ubyte has 6 labels"),
    (IMAGES, LABELS + 10 * (np.arange(7) == 3).astype("u1"), r"has the label 1\d, where the classes are 0 … 9"),
])  # fmt: skip
def test_files_that_are_not_mnist_are_refused(tmp_path: Path, images: Any, labels: Any, text: str) -> None:
    write(tmp_path, "train", idx(images), idx(labels))
    with pytest.raises(ValueError, match=text):
        mnist(tmp_path)


def test_missing_files_and_other_dtypes_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"t10k-images-idx3-ubyte is not in the folder '.*', neither plain nor "
                       r"as \.gz; nothing is downloaded here: put the four files"):  # fmt: skip
        mnist(tmp_path, train=False)
    write(tmp_path, "train", idx(IMAGES), idx(LABELS))
    with pytest.raises(ValueError, match=r"as uint8 \(0 … 255\) or floating-point \(0 … 1\), not int64"):
        mnist(tmp_path, dtype=np.int64)
