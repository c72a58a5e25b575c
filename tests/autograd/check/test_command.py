"""python -m autograd.check: the table, and an exit status."""

import subprocess
import sys

import pytest

from autograd.check.__main__ import main


def test_a_right_function_has_the_status_0_and_prints_its_table(capsys):
    assert main(["numpy:multiply"]) == 0
    assert capsys.readouterr().out.startswith("gradient check of multiply: 2 PASS\n")


def test_inputs_are_numbers_or_shapes(capsys):
    assert main(["numpy:add", "1.5", "1,2,3"]) == 0
    assert main(["numpy:matmul", "2x3", "3x4", "--order", "2", "--seed", "1"]) == 0
    out = capsys.readouterr().out
    assert "(3,)" in out
    assert "(3, 4)" in out
    assert "∇ by x1" in out


def test_a_wrong_function_has_the_status_1(tmp_path):
    (tmp_path / "gates.py").write_text(
        "import numpy as np\nfrom autograd import primitive\n"
        "class Gates:\n    bad = staticmethod(primitive(lambda x: np.sin(x), name='bad', x=lambda g, x: g * x))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "autograd.check", "gates:Gates.bad"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "gradient check of bad: 1 FAIL" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["numpy"], "'numpy' is not of the form module:function, as in numpy:tanh"),
        (["numpy:no_such"], "has no attribute 'no_such'"),
        (["no_such_module:f"], "No module named 'no_such_module'"),
        (["numpy:tanh", "two"], "'two' is no number (1.5), no numbers (1,2,3) and no shape (3x4)"),
    ],
)
def test_errors_say_what_was_given_and_what_to_do(arguments, text, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert text in capsys.readouterr().err
