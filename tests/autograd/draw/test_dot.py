"""A snapshot in DOT."""

import html
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, primitive, trace
from autograd.draw.data import Scope, Snapshot, Vertex
from autograd.draw.dot import write as write_plan
from autograd.draw.plan import make
from autograd.draw.render import can_render, render
from autograd.draw.snapshot import take
from autograd.draw.text import name as shown
from autograd.graph import tick
from autograd.notes import mark_scope
from autograd.rules.elementwise import alias
from autograd.rules.indexing import scatter


def write(snapshot: Snapshot) -> str:
    return write_plan(make(snapshot))


GREEN, RED = "#006d4f", "#b3121d"


def lecture() -> Tensor:
    x, y, z = Tensor(-2.0, True, "x"), Tensor(5.0, True, "y"), Tensor(-4.0, True, "z")
    q = x + y
    q.name = "q"
    f = q * z
    f.name = "f"
    f.backward()
    return f


def statement(dot: str, words: str) -> str:
    (line,) = (line for line in dot.splitlines() if words in line)
    return line


def test_the_value_stands_above_the_box_and_the_gradient_below() -> None:
    line = statement(write(take([lecture()])), "<B>q</B>")
    assert line.index(f'COLOR="{GREEN}">3<') < line.index('PORT="box"') < line.index(f'COLOR="{RED}">∂ −4<')


def test_before_backward_no_gradient_is_written() -> None:
    x = Tensor(3.0, True)
    dot = write(take([x * x]))
    assert "∂" not in dot
    assert f'COLOR="{GREEN}">9<' in dot


def test_parameters_constants_and_operations_differ_in_shape_and_fill() -> None:
    x = Tensor(3.0, True)
    lines = write(take([2.0 * x + 1.0])).splitlines()
    looks = {
        (re.search('tooltip="([a-z]+)', line)[1], *re.search('STYLE="([A-Z]+)".*BGCOLOR="(#.{6})', line).groups())
        for line in lines
        if line.startswith("  n") and "tooltip" in line
    }
    assert looks == {
        ("parameter", "SOLID", "#fdeabf"),
        ("constant", "DOTTED", "#f4f5f6"),
        ("multiply", "ROUNDED", "#e6effa"),
        ("add", "ROUNDED", "#e6effa"),
    }


def test_a_constant_is_its_value() -> None:
    x = Tensor(3.0, True)
    line = statement(write(take([x * 2.5])), 'tooltip="constant')
    assert line.count("2.5") == 1
    assert line.count("<TR>") == 1


def test_what_was_not_kept_is_a_stub_that_says_how_to_keep_it() -> None:
    x = Tensor([3.0, 1.0], True)
    line = statement(write(take([x**2])), "not kept")
    assert 'tooltip="its value is kept under autograd.trace()"' in line
    assert 'STYLE="DOTTED"' in line
    assert "-> n2:i1:w" in write(take([x**2]))


def test_an_output_without_a_name_is_called_output() -> None:
    x = Tensor(3.0, True)
    dot = write(take([np.exp(x) * x]))
    assert 'BORDER="3"' in statement(dot, "<I>output</I>")
    assert dot.count('BORDER="3"') == 1


def test_larger_tensors_show_shape_and_dtype() -> None:
    x = Tensor(np.ones((64, 10)), True, "x", dtype="float32")
    assert "(64, 10) float32" in statement(write(take([x])), "<B>x</B>")


def test_larger_tensors_show_the_range_of_value_and_gradient() -> None:
    x = Tensor(np.arange(9.0), True, "x")
    (x * x).sum().backward()
    line = statement(write(take([x])), "<B>x</B>")
    value, gradient = f'COLOR="{GREEN}">0 … 8, mean 4<', f'COLOR="{RED}">∂ 0 … 16, mean 8<'
    assert line.index(value) < line.index('PORT="box"') < line.index(gradient)


def test_indexing_is_written_with_brackets() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], True)
    y = x[:, 1]
    z = x * 1.0
    z[0] = y
    before = write(take([z.sum(), scatter(y, 1, (2, 2))]))
    assert ">x[:, 1]<" in before
    assert ">x[0] = value<" in before
    assert ">0[1] += x<" in before
    z.sum().backward()
    assert ">x[…]<" in write(take([z]))
    assert ">x[…] = value<" in write(take([z]))


def test_an_alias_says_what_it_is() -> None:
    line = statement(write(take([alias(Tensor(1.0, True, "x"))])), "copy of the same")
    assert 'tooltip="alias' in line


def test_a_tensor_without_a_graph_says_that_nothing_was_recorded() -> None:
    words = ">requires no gradient: nothing was recorded<"
    for data in ([1.0, 2.0], np.arange(9)):
        line = statement(write(take([Tensor(data)])), "<I>output</I>")
        assert line.index('PORT="box"') < line.index(words)
    assert words not in write(take([Tensor(1.0, True) * 2.0]))


def test_a_small_matrix_is_written_row_by_row() -> None:
    x = Tensor([[1.0, 2.0], [3.0, -4.0]], True, "x")
    (x * x).sum().backward()
    line = statement(write(take([x])), "<B>x</B>")
    assert '[[1,&#160;2],<BR ALIGN="LEFT"/>&#160;[3,&#160;−4]]<BR ALIGN="LEFT"/>' in line
    assert '∂&#160;[[2,&#160;4],<BR ALIGN="LEFT"/>&#160;&#160;&#160;&#160;[6,&#160;−8]]' in line


def test_operands_that_are_not_interchangeable_have_named_doors() -> None:
    x, y = Tensor(1.0, True, "a"), Tensor(2.0, True, "b")
    dot = write(take([y / x]))
    assert re.search('PORT="i0">.*<I>x</I>.*PORT="i1">.*<I>y</I>', dot)
    assert "n1:box:e -> n2:i0:w" in dot
    assert "n0:box:e -> n2:i1:w" in dot
    assert 'PORT="i0"' not in write(take([x * y]))


def test_modules_are_frames_inside_each_other() -> None:
    x = Tensor(1.0, True)
    outer_began, inner_began = tick(), tick()
    inner = -x
    mark_scope(inner, inner_began, "fc1", "Linear")
    outer = np.exp(inner)
    mark_scope(outer, outer_began, "Net", "Net")
    parts = re.findall(r'cluster_\d|label=<[A-Za-z1: ]+>|tooltip="[a-z]+|^  }', write(take([outer])), re.MULTILINE)
    assert parts == [
        'tooltip="parameter',
        *("cluster_0", "label=<Net>", 'tooltip="exp'),
        *("cluster_1", "label=<fc1: Linear>", 'tooltip="negative', "  }"),
        "  }",
    ]


def test_frames_side_by_side_are_closed_in_between() -> None:
    scopes = tuple(Scope(i, "m", "M", parent) for i, parent in enumerate((None, 0, 0, None)))
    vertices = tuple(Vertex(i, "operation", "exp", shape=(), dtype="float64", scope=i) for i in range(4))
    parts = re.findall(r"cluster_\d|^  }", write(Snapshot(vertices, (), scopes)), re.MULTILINE)
    assert parts == ["cluster_0", "cluster_1", "  }", "cluster_2", "  }", "  }", "cluster_3", "  }"]


def test_frames_nested_deeply_do_not_recurse() -> None:
    depth = 5000
    scopes = tuple(Scope(i, "m", "M", i - 1 if i else None) for i in range(depth))
    dot = write(Snapshot((Vertex(0, "operation", "exp", shape=(), dtype="float64", scope=depth - 1),), (), scopes))
    assert dot.count("subgraph") == depth
    assert dot.count("{") == dot.count("}")


def test_a_value_that_was_overwritten_says_so() -> None:
    w = Tensor(3.0, True, "w")
    y = w * w
    w.data = np.array(4.0)
    assert "changed since" in statement(write(take([y])), "<B>w</B>")


def test_the_tooltip_names_the_line_of_a_traced_operation() -> None:
    x = Tensor([1.0], True)
    with trace():
        y = np.tanh(x)
    tooltip = r'tooltip="tanh, \(1,\) float64, keeps ans 8 B, line \d+ of test_dot.py in test_the_tooltip_names_.*"'
    assert re.search(tooltip, write(take([y])))


@pytest.mark.parametrize("name", ['"', "\\N", "<b>", "&amp;", "a\nb", "\x00", "]>", "x" * 20_000, "שלום", "\ud800"])
def test_any_name_gives_a_picture_with_that_name_in_it(name: str) -> None:
    pygraphviz = pytest.importorskip("pygraphviz", reason="pygraphviz reads the DOT text", exc_type=ImportError)
    x = Tensor(3.0, True, name)
    y = -x
    mark_scope(y, 0, name, "Layer")
    picture = pygraphviz.AGraph(string=write(take([y]))).draw(format="svg", prog="dot").decode()
    texts = [html.unescape(text) for text in re.findall("<text[^>]*>([^<]*)</text>", picture)]
    assert shown(name) in texts
    assert f"{shown(name)}: Layer" in texts


@given(st.lists(st.text(), min_size=20, max_size=60))
@settings(max_examples=4)
def test_any_names_at_all_give_a_picture_without_new_markup(names: list[str]) -> None:
    if not can_render():
        pytest.skip("no Graphviz here")
    began = tick()
    outputs = [Tensor(3.0, True, name) * 2.0 for name in names]
    for output, name in zip(outputs, names, strict=True):
        mark_scope(output, began, name, name)
    picture = render(write(take(outputs)), "svg").decode()
    tags = set(re.findall(r"<(\w+)", picture))
    assert tags <= {"svg", "g", "title", "polygon", "path", "text", "a"}
    ElementTree.fromstring(picture)


def test_any_operation_name_gives_a_tooltip() -> None:
    pygraphviz = pytest.importorskip("pygraphviz", reason="pygraphviz reads the DOT text", exc_type=ImportError)
    odd = primitive(lambda x: x, name='a "\\N" <b>', x=lambda g: g)
    picture = pygraphviz.AGraph(string=write(take([odd(Tensor(3.0, True))]))).draw(format="svg", prog="dot").decode()
    assert 'xlink:title="a &quot;∖N&quot; &lt;b&gt;, () float64"' in picture
