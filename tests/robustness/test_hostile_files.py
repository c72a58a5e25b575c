"""Files that were made to do harm: nothing in them is run, no more memory is taken than they have, and all is said."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from tests.support.saved import needs_safetensors
from training import Checkpoints

MB = 1 << 20


class Evil:
    """What a pickle would run when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


@contextmanager
def little_memory(most: int = 8 * MB) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def npy(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def claim(shape: str, descr: str = "<f8", version: bytes = b"\1\0") -> bytes:
    """The header of an array of this shape."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text


def npz(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return path


def refused(path: Path, text: str) -> None:
    with little_memory(), pytest.raises(ValueError, match=text) as problem:
        nn.load(path)
    assert str(problem.value).startswith(f"{path} is damaged, or is no {path.suffix} file: ")


# ---------------------------------------------------------------------------------------------------------------- .npz


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    evil = np.array([Evil(tmp_path / "run")], dtype=object)
    for members in (
        [("w.npy", npy(evil, allow_pickle=True))],
        [("a.npy", npy(np.ones(2))), ("structure.json", b'{"dict": []}'), ("w.npy", npy(evil, allow_pickle=True))],
        [("w.npy", claim("()", "|O") + npy(evil, allow_pickle=True)[-200:])],
    ):
        refused(npz(tmp_path / "evil.npz", *members), "'w.npy' holds Python objects, .* a pickle can run anything")
    structured = np.array([(Evil(tmp_path / "run"), 1.0)], dtype=[("a", object), ("b", float)])
    refused(npz(tmp_path / "evil.npz", ("w.npy", npy(structured, allow_pickle=True))), "holds Python objects")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("content", "text"), [
    (claim("(1000000000000,)"), "says that it holds float64 of shape (1000000000000,), 8,000,000,000,000 bytes"),
    (claim("(1000000000,)") + bytes(100), "8,000,000,000 bytes, and has 100"),
    (claim("(3, 4)") + bytes(95), "96 bytes, and has 95"),
    (claim("(3, 4)") + bytes(97), "96 bytes, and has 97"),
    (claim("(-1,)") + bytes(8), "-8 bytes, and has 8"),
    (claim("(-1, -1)") + bytes(8), "negative dimensions are not allowed"),
    (claim("(0, 4611686018427387904, 8)"), "array is too big"),
    (claim("(1000000000000,)", "|S0"), "'w.npy' has dtype |S0, whose elements are nothing"),
    (claim("(1000000000000,)", "|V0"), "'w.npy' has dtype |V0, whose elements are nothing"),
    (claim("(2.0,)"), "the header of 'w.npy' does not say a shape and a dtype"),
    (claim("__import__('os').getpid()"), "the header of 'w.npy' does not say a shape and a dtype"),
    (claim("(" * 3000 + ")" * 3000), "the header of 'w.npy' does not say a shape and a dtype"),
    (claim("(" + "1," * 20000 + ")"), "the header of 'w.npy' does not say a shape and a dtype"),
    (b"\x93NUMPY\2\0" + struct.pack("<I", (1 << 31) - 1) + b"{", "the header of 'w.npy' does not say a shape and a"),
    (claim("(2,)", version=b"\3\0") + bytes(16), "'w.npy' has a header of version (3, 0), which arrays of numbers"),
    (claim("(2,)", version=b"\x09\0") + bytes(16), "'w.npy' has a header of version (9, 0)"),
    (b"", "EOF"),
])  # fmt: skip
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_a_claim_that_an_entry_does_not_keep_takes_no_memory(
    content: bytes, text: str, method: int, tmp_path: Path
) -> None:
    refused(npz(tmp_path / "claim.npz", ("w.npy", content), method=method), re.escape(text))


def bomb(path: Path, head: bytes, megabytes: int, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive, archive.open("w.npy", "w", force_zip64=True) as entry:
        entry.write(head)
        for _ in range(megabytes):
            entry.write(bytes(MB))
    return path


def test_what_follows_an_array_is_not_unpacked(tmp_path: Path) -> None:
    path = bomb(tmp_path / "tail.npz", npy(np.ones(3)), 60)
    assert path.stat().st_size < MB
    refused(path, "says that it holds float64 of shape .*, 24 bytes, and has 62,914,584")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_could_become_a_million_times_as_much_is_not_unpacked(method: int, tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.npz", claim(f"({20 * MB},)", "|u1"), 20, method)
    assert path.stat().st_size < 10_000
    refused(path, rf"'w.npy' is compressed in a way \(method {method}\) in which nobody writes .npz files")


def edited(path: Path, old: int, new: int) -> Path:
    """Write another length into the directory of a .zip file, and into the entry's own header."""
    content = path.read_bytes()
    assert content.count(struct.pack("<I", old)) >= 1
    path.write_bytes(content.replace(struct.pack("<I", old), struct.pack("<I", new)))
    return path


def test_a_length_in_the_directory_that_is_not_the_real_one_is_found_out(tmp_path: Path) -> None:
    content = claim(f"({10 * MB},)", "|u1") + bytes(10 * MB)
    small = edited(npz(tmp_path / "s.npz", ("w.npy", content), method=zipfile.ZIP_DEFLATED), len(content), 200)
    refused(small, "Bad CRC-32 for file 'w.npy'")
    short = claim("(100,)", "|u1") + bytes(100)
    large = edited(npz(tmp_path / "l.npz", ("w.npy", short), method=zipfile.ZIP_DEFLATED), len(short), 1 << 31)
    refused(large, "'w.npy' says that 2,147,483,648 bytes can be made of its ")


def test_an_honest_compressed_file_is_read(tmp_path: Path) -> None:
    arrays = {
        "zeros": np.zeros((1000, 100)),
        "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "none": np.ones((0, 3)),
    }
    np.savez_compressed(tmp_path / "z.npz", **arrays, one=np.array(2.5), text=np.array(["a"]))
    loaded = nn.load(tmp_path / "z.npz")
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
    assert (loaded["one"].shape, loaded["one"].item(), loaded["text"].tolist()) == ((), 2.5, ["a"])
    loaded["zeros"][:] = 1  # an array of the caller's own


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = npz(tmp_path / "many.npz", ("a.npy", npy(np.zeros(10_000))))
    content = path.read_bytes()
    first, end = content.find(b"PK\1\2"), content.rfind(b"PK\5\6")
    entry = content[first:end].replace(b"a.npy", b"%c.npy")
    entries = b"".join(entry % letter for letter in b"abcdefgh")
    tail = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 8, 8, len(entries), first, 0)
    path.write_bytes(content[:first] + entries + tail)
    refused(path, "its entries lie on top of each other: together they are longer than the file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = npz(
        tmp_path / "twice.npz", ("w.npy", npy(np.ones(2))), ("v.npy", npy(np.ones(2))), ("w.npy", npy(np.zeros(2)))
    )
    refused(path, "it holds 'w.npy' 2 times")


@pytest.mark.parametrize("name", ["../../up", "/root", "C:\\x", "a/b", "", "a\nb", "con", "w.npy.npy", "💣"])
def test_a_name_is_a_name_and_never_a_place(name: str, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    nn.save({name: np.ones(2)}, inner / "names.npz")
    assert list(nn.load(inner / "names.npz")) == [name]
    assert [path.name for path in tmp_path.rglob("*")] == ["inner", "names.npz"]
    with pytest.raises(ValueError, match="unexpected"):
        nn.load(inner / "names.npz", nn.Linear(2, 2))


@pytest.mark.parametrize(("text", "problem"), [
    (b"[" * 100_000, "maximum recursion depth|nested|Stack overflow"),
    (b"1", "its structure is that of a int, not of a dict"),
    (b"[]", "its structure is that of a list, not of a dict"),
    (b'{"exec": "x"}', "its structure has a 'exec', which nobody knows"),
    (b'{"array": "w"}', "the array 'w' is missing"),
    (b'{"dict": [[[], 1]]}', "unhashable"),
    (b'{"float": "1e"}', "could not convert"),
    (b'{"dict": [], "tuple": []}', "too many values"),
    (b"1" * 5000, "Exceeds the limit"),
    (b"\xff", "codec can't decode"),
])  # fmt: skip
def test_a_structure_that_makes_no_sense_is_refused(text: bytes, problem: str, tmp_path: Path) -> None:
    refused(npz(tmp_path / "structure.npz", ("structure.json", text)), problem)


def test_a_compressed_structure_is_refused_since_a_text_becomes_far_more_when_it_is_read(tmp_path: Path) -> None:
    path = npz(tmp_path / "s.npz", ("structure.json", b"[" + b"[]," * MB), method=zipfile.ZIP_DEFLATED)
    refused(path, r"'structure.json' is compressed in a way \(method 8\)")


def test_what_is_no_array_and_what_is_locked_is_refused(tmp_path: Path) -> None:
    refused(npz(tmp_path / "a.npz", ("w/", b"")), "it holds 'w/', which is no array")
    refused(npz(tmp_path / "a.npz", ("run.py", b"import os")), "it holds 'run.py', which is no array")
    path = npz(tmp_path / "a.npz", ("w.npy", npy(np.ones(2))))
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.find(mark) + place] |= 1
    path.write_bytes(content)
    refused(path, "encrypted")


# -------------------------------------------------------------------------------------------------------- .safetensors


def safetensors(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


W = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@needs_safetensors
@pytest.mark.parametrize(("header", "data", "text"), [
    ({"a": W, "b": W}, 8, "invalid offset"),
    ({"a": W, "b": {**W, "data_offsets": [4, 12]}}, 12, "invalid offset"),
    ({"a": {**W, "shape": [200], "data_offsets": [0, 800]}}, 8, "not fully covered"),
    ({"a": W}, 80, "not fully covered"),
    ({"a": W, "b": {**W, "data_offsets": [16, 24]}}, 24, "invalid offset"),
    ({"a": {**W, "data_offsets": [-8, 0]}}, 8, "-8"),
    ({"a": {**W, "data_offsets": [8, 0]}}, 8, "invalid offset|Invalid|mismatch"),
    ({"a": {**W, "shape": [1 << 62, 1 << 62]}}, 8, "overflow"),
    ({"a": {**W, "shape": [0, 1 << 62], "data_offsets": [0, 0]}}, 0, "too big"),
    ({"a": {**W, "shape": [3]}}, 8, "shape"),
    ({"a": {**W, "dtype": "F8_E4M3", "shape": [8]}}, 8, "'a' has dtype F8_E4M3, which NumPy has not"),
    ({"a": {**W, "dtype": "O"}}, 8, "dtype|variant"),
    ({"__metadata__": {"x": 1}, "a": W}, 8, "string"),
    ({"__metadata__": [], "a": W}, 8, "map"),
    ({"__metadata__": {"seegrad.structure": "[" * 9999}, "a": W}, 8, "does not fit its check sum"),
    (b'{"a":' + b"[" * 100_000, 8, "recursion"),
    (json.dumps({"a": W}).encode()[:-1] + b',"a":' + json.dumps(W).encode() + b"}", 8, "its header has 'a' 2 times"),
    (b'{"\xff":{}}', 0, "UTF-8"),
    (b"", 0, "header|JSON"),
])  # fmt: skip
def test_a_header_that_lies_is_refused(header: Any, data: int, text: str, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "lie.safetensors", header, bytes(data))
    with little_memory(), pytest.raises(ValueError, match=text):
        nn.load(path)


@needs_safetensors
@pytest.mark.parametrize("length", [0, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
def test_a_header_that_is_said_to_be_huge_takes_no_memory(length: int, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "long.safetensors", {"a": W}, bytes(8), length)
    with little_memory(), pytest.raises(ValueError, match=r"header|JSON"):
        nn.load(path)


@needs_safetensors
@pytest.mark.parametrize("name", ["../../up", "/root", "a/b", "", "a\nb", "💣"])
def test_a_name_in_it_is_a_name_and_never_a_place(name: str, tmp_path: Path) -> None:
    nn.save({name: np.ones(2)}, tmp_path / "names.safetensors")
    assert list(nn.load(tmp_path / "names.safetensors")) == [name]
    assert [path.name for path in tmp_path.rglob("*")] == ["names.safetensors"]


# --------------------------------------------------------------------------------------------------------- checkpoints


def test_a_folder_of_checkpoints_is_read_by_the_names_that_were_written(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save({"model": {"w": np.ones(2)}}, 3)
    for name in ("epoch-7.npz", "epoch-٠٠٠٠٩.npz", "epoch--0001.npz", "epoch-000000008.npz", "epoch-99999.npz.npz"):
        (tmp_path / name).write_bytes(b"no checkpoint")
    (tmp_path / "epoch-00004.npz").mkdir()
    assert checkpoints.numbers() == [3]
    assert Checkpoints(tmp_path).load()["model"]["w"].tolist() == [1, 1]


@pytest.mark.parametrize("state", [{}, {"state": {}}, {"state": {}, "values": []}, {"w": np.ones(2)}])
def test_another_file_of_a_checkpoints_name_is_passed_over_with_a_warning(state: Any, tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save({"model": {"w": np.ones(2)}}, 3)
    nn.save(state, checkpoints.path(4))
    with pytest.warns(UserWarning, match=r"epoch-00004\.npz is damaged; going on from the one before it"):
        assert Checkpoints(tmp_path).load()["model"]["w"].tolist() == [1, 1]
    checkpoints.path(3).unlink()
    with pytest.raises(ValueError, match=r"epoch-00004\.npz is no checkpoint that can be read"):
        Checkpoints(tmp_path).load()
