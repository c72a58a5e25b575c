"""Saving that is killed, or done by many at once: at every moment the file is one whole state."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import nn
from tests.support.saved import FORMATS

ROOT = Path(__file__).parents[2]

SAVING = """
import sys
import numpy as np, nn
for i in range(1, 10_000):
    print(i, flush=True)
    nn.save({"a": np.full(50_000, float(i)), "b": {"i": i}}, sys.argv[1])
"""


@FORMATS
@pytest.mark.parametrize("kills", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_file(suffix: str, kills: int, tmp_path: Path) -> None:
    path = tmp_path / f"state{suffix}"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for kill in range(kills):
        command = [sys.executable, "-c", SAVING, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
            assert process.stdout is not None
            for _ in range(3 + kill % 17):
                process.stdout.readline()
            process.kill()  # it may be anywhere between the print and the next one
        loaded = nn.load(path)
        i = loaded["b"]["i"]
        assert i >= 2 + kill % 17
        np.testing.assert_array_equal(loaded["a"], np.full(50_000, float(i)))


@FORMATS
def test_several_threads_that_save_into_one_file_leave_a_whole_one_to_every_reader(suffix: str, tmp_path: Path) -> None:
    path, done = tmp_path / f"state{suffix}", threading.Event()
    nn.save({"a": np.zeros(2000), "i": 0}, path)

    def save(i: int) -> None:
        for _ in range(5):
            nn.save({"a": np.full(2000, float(i)), "i": i}, path)

    def read() -> int:
        count = 0
        while not done.is_set() or not count:
            loaded = nn.load(path)
            np.testing.assert_array_equal(loaded["a"], np.full(2000, float(loaded["i"])))
            count += 1
        return count

    with ThreadPoolExecutor(6) as pool:
        reading = pool.submit(read)
        writing = [pool.submit(save, i) for i in range(1, 5)]
        for one in writing:
            one.result()
        done.set()
        assert reading.result() > 0
    assert os.listdir(tmp_path) == [path.name]
