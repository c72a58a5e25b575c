"""Processes: the same seed gives the same bits in each of them, forked or spawned, whatever Python's hashes are."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TRAINING = '''
import hashlib
import numpy as np
import autograd, nn, optim
from nn import functional as F

def digest(net):
    return hashlib.sha256(b"".join(value.tobytes() for value in net.state_dict().values())).hexdigest()

def a_training(seed):
    """Train layers of all kinds on the library's own random numbers, and return a digest of the result."""
    autograd.seed(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(27, 8), nn.LayerNorm(8), nn.Unflatten(1, (2, 4)),
        nn.TransformerEncoderLayer(4, 2, 8), nn.Flatten(), nn.Linear(8, 3),
    )
    adam, rng = optim.Adam(net.parameters(), lr=0.01), autograd.random.generator()
    for _ in range(4):
        adam.zero_grad()
        F.cross_entropy(net(rng.normal(size=(6, 1, 8, 8)).astype(np.float32)), rng.integers(3, size=6)).backward()
        adam.step()
    return digest(net)
'''


def run(program: str, tmp_path: Path, **environment: str) -> list[str]:
    """Run a program that is a file, as whoever spawns a process needs it, and return the lines that it prints."""
    file = tmp_path / "program.py"
    file.write_text(TRAINING + program, encoding="utf-8")
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **environment,
    }
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, env=environ, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_same_seed_gives_the_same_bits_twice_and_in_every_process(tmp_path: Path) -> None:
    program = "print(a_training(1), a_training(1), a_training(2))"
    found = [run(program, tmp_path, PYTHONHASHSEED=hashes) for hashes in ("0", "12345")]
    first, again, other = found[0]
    assert first == again != other
    assert found[1] == found[0]


IN_A_PROCESS = """
import multiprocessing
if __name__ == "__main__":
    processes = multiprocessing.get_context("METHOD")
    print(a_training(1))
    with processes.Pool(2) as pool:
        print(*pool.map(a_training, (1, 2, 1)))
    print(a_training(2))
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_process_trains_to_the_same_bits(method: str, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    parent, *children, other = run(IN_A_PROCESS.replace("METHOD", method), tmp_path)
    assert children == [parent, other, parent]
    assert parent != other


WITH_A_MODEL = """
import multiprocessing
def go_on(net):
    adam = optim.Adam(net.parameters(), lr=0.01)
    F.cross_entropy(net(np.ones((2, 4), np.float32)), np.array([0, 1])).backward()
    adam.step()
    return net, digest(net)

if __name__ == "__main__":
    net = nn.Sequential(nn.Linear(4, 3, rng=0), nn.BatchNorm1d(3), nn.Linear(3, 2, rng=1))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        came_back, theirs = pool.apply(go_on, (net,))
    _, ours = go_on(net)
    print(theirs, ours, digest(came_back), *(p.name for p in came_back.parameters()))
"""


def test_a_model_goes_to_another_process_and_comes_back_trained(tmp_path: Path) -> None:
    theirs, ours, came_back, *names = run(WITH_A_MODEL, tmp_path)
    assert theirs == ours == came_back
    assert names == ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"]


FORKED_WHILE_LOCKED = """
import os, signal, threading
from autograd import backward as sweeps
from autograd import Tensor
held, go_on = threading.Event(), threading.Event()

def hold():
    with sweeps._storing.here:  # as a thread in the middle of backward() does
        held.set()
        go_on.wait()

thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    signal.alarm(30)  # dies instead of waiting for ever
    x = Tensor([1.0], requires_grad=True)
    (x * 2.0).backward()
    os._exit(0 if x.grad.item() == 2.0 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
go_on.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_forked_in_the_middle_of_a_backward_can_go_backward_itself(tmp_path: Path) -> None:
    assert run(FORKED_WHILE_LOCKED, tmp_path) == ["0"]
