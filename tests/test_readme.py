"""The README tells the truth: its programs run and print what it says, its commands and files exist.

Its ``python`` blocks run in order, as one program; a ``text`` block directly after one is exactly what that one prints.
A block that cannot be run has ``<!-- not run: the reason -->`` on the line before it. Numbers under 1e-6 are rounding
errors, which differ from machine to machine: one is as good as another.
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
LANGUAGES = {"python", "text", "sh", "console"}
# The comment that excuses a block, its language, its content.
BLOCK = re.compile(r"^(?:<!-- not run: (\S[^\n]*) -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROUNDING_ERROR = re.compile(r"\b(\d\.\de-(0[7-9]|[1-9]\d)|0\.0e\+00)\b")


def texts(svg: Path) -> list[str]:
    """The texts in a drawing."""
    return re.findall(r"<text[^>]*>([^<]*)", svg.read_text(encoding="utf-8"))


class Block(NamedTuple):
    line: int  # of its first line of content
    language: str
    content: str
    excused: str  # the reason why it is not run
    output: str | None  # what the text block after it says that it prints

    @property
    def place(self) -> str:
        return f"README.md, line {self.line}"


def blocks(markdown: str) -> list[Block]:
    """The fenced blocks; a text block that follows a python block directly is that one's output."""
    found: list[Block] = []
    end = 0
    for match in BLOCK.finditer(markdown):
        excused, language, content = match.groups(default="")
        follows = not markdown[end : match.start()].strip()
        if language == "text" and not excused and found and follows and found[-1].language == "python":
            found[-1] = found[-1]._replace(output=content)
        else:
            line = markdown.count("\n", 0, match.start(3)) + 1
            found.append(Block(line, language, content, excused, None))
        end = match.end()
    return found


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def test_every_block_is_run_or_says_why_not(readme: str) -> None:
    fences = [line for line in readme.splitlines() if line.lstrip().startswith("```")]
    assert len(fences) == 2 * len(BLOCK.findall(readme)), "a block that is indented, or that does not end"
    for block in blocks(readme):
        assert block.language in LANGUAGES, f"{block.place}: a block of {block.language or 'no language'}"
        if block.language == "text":
            assert block.excused, f"{block.place}: the output of nothing"


def test_its_programs_print_what_it_says(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where a program of the README may write
    program = [block for block in blocks(readme) if block.language == "python"]
    assert any(not block.excused for block in program)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in program:
        if block.excused:
            continue
        # The blank lines make tracebacks, and whoever asks for the source of a function, find it in the README itself.
        code = compile("\n" * (block.line - 1) + block.content, str(README), "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        said, done = (ROUNDING_ERROR.sub("tiny   ", text) for text in (block.output or "", printed.getvalue()))
        assert done == said, f"{block.place}: this is not what the program prints"
    assert texts(tmp_path / "graph.svg") == texts(ROOT / "docs/pictures/graph.svg"), "the picture is an old one"


def test_its_commands_are_targets_of_the_makefile(readme: str) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = [b.content for b in blocks(readme) if b.language in {"sh", "console"}] + re.findall(r"`([^`\n]+)`", readme)
    shown = set(re.findall(r"\bmake (\w+)", "\n".join(code)))
    assert {"demo", "test"} <= shown <= targets
