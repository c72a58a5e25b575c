"""autograd.draw, the function and the package."""

import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.draw import draw


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_the_package_can_be_called() -> None:
    x = Tensor(3.0, True)
    assert autograd.draw(x * x).snapshot == draw(x * x).snapshot


def test_importing_autograd_does_not_load_the_drawing() -> None:
    loaded = "[m for m in sys.modules if m.partition('.')[0] in ('graphviz', 'pygraphviz') or 'draw' in m]"
    assert run(f"import sys, autograd; print({loaded})") == "[]\n"
    assert run("import autograd; print(autograd.draw(autograd.Tensor(1.0)))") == "<Drawing: 1 node, 0 edges>\n"


def test_drawing_as_text_loads_no_graphviz() -> None:
    program = "import sys, autograd; autograd.draw(autograd.Tensor(1.0)).dot; print('graphviz' in sys.modules)"
    assert run(program) == "False\n"


def test_several_results_are_drawn_together() -> None:
    x = Tensor(3.0, True)
    assert len(draw(x * x, -x).snapshot.vertices) == len(draw([x * x, -x]).snapshot.vertices) == 3


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(TypeError, match=r"draw\(\) was given nothing; give it the result to begin with, as in draw\(l"):
        draw()


def test_what_is_no_tensor_cannot_be_drawn() -> None:
    with pytest.raises(TypeError, match=r"draw\(\) was given ndarray, and draws Tensors; give it a result of your pro"):
        draw(np.ones(3))
