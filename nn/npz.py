"""The .npz format: a .zip file of arrays. What one claims is compared with what is there before memory is taken."""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections import Counter
from tokenize import TokenError
from typing import IO, Any

import numpy as np

STRUCTURE = "structure.json"  # the file beside the arrays that says how a nested state is made of them
_DEFLATE = 1032  # the most bytes that deflate can make of one
_PIECE = 1 << 20


def write(file: IO[bytes], arrays: dict[str, Any], structure: str | None) -> None:
    """Write arrays by their names, and the structure of a nested state."""
    # Not np.savez: it takes the names as names of arguments, and a parameter may be called "file".
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
        if structure is not None:
            archive.writestr(zipfile.ZipInfo(STRUCTURE), structure)


def read(content: bytes) -> tuple[dict[str, Any], str | None]:
    """Return the arrays in a file, and the structure of a nested state if it holds one.

    Raises
    ------
    Exception
        Of any kind, whatever is wrong with it. An array takes the memory that the file has for it, and a compressed one
        a thousand times that at most.
    """
    arrays, structure = {}, None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        _refuse_spoilt_directory(content, entries)
        for entry in entries:
            _refuse_bomb(entry)
            with archive.open(entry) as file:
                if entry.filename == STRUCTURE:
                    structure = file.read().decode()
                else:
                    arrays[entry.filename.removesuffix(".npy")] = _array(file, entry)
    return arrays, structure


def _array(file: IO[bytes], entry: zipfile.ZipInfo) -> Any:
    shape, fortran, dtype = _header(file, entry.filename)
    claimed, there = math.prod(shape) * dtype.itemsize, entry.file_size - file.tell()
    if claimed != there:
        raise ValueError(
            f"{entry.filename!r} says that it holds {dtype} of shape {shape}, {claimed:,} bytes, and has {there:,}"
        )
    array = np.empty(shape, dtype, order="F" if fortran else "C")
    room = memoryview((array.T if fortran else array).reshape(-1).view(np.uint8))  # type: ignore[arg-type]
    start = 0
    while start < claimed:
        start += (got := file.readinto(room[start : start + _PIECE]))  # type: ignore[attr-defined]
        if not got:
            raise ValueError(f"{entry.filename!r} ends after {start:,} bytes of {claimed:,}")
    return array


def _header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, Any]:
    """Return the shape of an array, whether its first axis is the fastest, and its dtype."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"{name!r} has a header of version {version}, which arrays of numbers do not need")
    try:
        shape, fortran, dtype = readers[version](file)
    except (ValueError, SyntaxError, TokenError) as problem:  # NumPy's advice, for a long one, is to allow pickles
        raise ValueError(f"the header of {name!r} does not say a shape and a dtype") from problem
    if dtype.hasobject:
        raise ValueError(
            f"{name!r} holds Python objects, which are pickled: a pickle can run anything when it is read, so none is"
        )
    if dtype.itemsize == 0:
        raise ValueError(f"{name!r} has dtype {dtype}, whose elements are nothing")
    return shape, fortran, dtype


def _refuse_bomb(entry: zipfile.ZipInfo) -> None:
    """Raise ValueError for an entry that would become far more than it is."""
    name, method, size = entry.filename, entry.compress_type, entry.compress_size
    if name != STRUCTURE and not name.endswith(".npy"):
        raise ValueError(f"it holds {name!r}, which is no array")
    if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or name == STRUCTURE and method != zipfile.ZIP_STORED:
        raise ValueError(f"{name!r} is compressed in a way (method {method}) in which nobody writes .npz files")
    most = size if method == zipfile.ZIP_STORED else _DEFLATE * size
    if entry.file_size > most:
        raise ValueError(f"{name!r} says that {entry.file_size:,} bytes can be made of its {size:,}")


def _refuse_spoilt_directory(content: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Raise if a .zip file's directory, which has no check sum, lost entries, or the alphabet of a name, or lies."""
    end = content.rfind(b"PK\5\6")
    count, size, start = struct.unpack("<HII", content[end + 10 : end + 20])
    is_large = count == 0xFFFF or 0xFFFFFFFF in (size, start)  # then these numbers stand elsewhere
    if not is_large and (count != len(entries) or start + size != end):
        raise ValueError(f"its directory lists {len(entries)} entries and says that it has {count}")
    utf8 = 0x800
    if any(not (entry.filename.isascii() or entry.flag_bits & utf8) for entry in entries):
        raise ValueError("a name in its directory is not in UTF-8")
    (name, times), *_ = Counter(entry.filename for entry in entries).most_common(1) or [("", 1)]
    if times > 1:
        raise ValueError(f"it holds {name!r} {times} times")
    if sum(entry.compress_size for entry in entries) > len(content):
        raise ValueError("its entries lie on top of each other: together they are longer than the file")
