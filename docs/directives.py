"""Two directives of the site: ``public`` documents names of a package, ``picture`` draws what its code draws."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from check_site import PACKAGES


class Public(SphinxDirective):
    """Names of a package: a table of them with a line each, then what their docstrings say."""

    required_arguments = 1  # the package
    has_content = True  # the names

    def run(self) -> list[nodes.Node]:
        """Write it in Sphinx's own words, and parse that."""
        package = self.arguments[0]
        names = " ".join(self.content).split()
        module = importlib.import_module(package)
        text = [f".. currentmodule:: {package}", ""]
        if len(names) > 1:
            text += [".. autosummary::", "   :nosignatures:", "", *(f"   {name}" for name in names), ""]
        for name in names:
            text += entry(package, name, getattr(module, name))
        return self.parse_text_to_nodes("\n".join(text), allow_section_headings=False)


def entry(package: str, name: str, what: Any) -> list[str]:
    """Return the lines that document a name."""
    home = what.__module__.rpartition(".")[0]  # the package in which it is made
    if home in PACKAGES and home != package and getattr(importlib.import_module(home), name, None) is what:
        text = [f".. py:function:: {package}.{name}(...)", "", f"   The same as :func:`{home}.{name}`.", ""]
        return [".. currentmodule:: None", "", *text, f".. currentmodule:: {package}", ""]  # its source is shown there
    if not inspect.isclass(what):
        return [f".. autofunction:: {name}", ""]
    kind = "exception" if issubclass(what, BaseException) else "class"
    lines = [f".. auto{kind}:: {name}"]
    if all(is_public(base) for base in what.__bases__):
        lines += ["   :show-inheritance:"]
    if members := members_of(what):
        lines += [f"   :members: {', '.join(members)}"]
    return [*lines, ""]


def is_public(base: type) -> bool:
    """Say whether a class stands in the package that it belongs to."""
    top = importlib.import_module(base.__module__.partition(".")[0])
    return getattr(top, base.__name__, None) is base and base.__module__ != "builtins"


def members_of(what: type) -> list[str]:
    """Return the public methods and properties that are written in the class itself, and say something."""
    found = []
    for name, member in vars(what).items():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if name.startswith("_") or getattr(function, "__module__", None) != what.__module__:
            continue
        if (inspect.isfunction(function)) and function.__doc__:
            found.append(name)
    return found


class Methods(SphinxDirective):
    """What Tensor has of NumPy's arrays: a line for each method."""

    def run(self) -> list[nodes.Node]:
        """List what `autograd.methods` gives to the class, with the first line that is said of each."""
        from autograd import Tensor

        text = [".. list-table::", "   :widths: auto", "   :align: left", ""]
        for name, found in sorted(vars(Tensor).items()):
            if not name.startswith("_") and name not in members_of(Tensor) and (said := line(found)):
                text += [f"   * - ``{name}{'' if isinstance(found, property) else '()'}``", f"     - {said}"]
        return self.parse_text_to_nodes("\n".join(text))


def line(what: Any) -> str:
    """Return the first line of a docstring; NumPy's own have a signature before it."""
    paragraphs = (inspect.getdoc(what) or "").split("\n\n")
    first = paragraphs[1] if len(paragraphs) > 1 and paragraphs[0].rstrip().endswith(")") else paragraphs[0]
    return " ".join(first.split())


class Picture(SphinxDirective):
    """Code, and the picture or page that it saves: it runs when the site is built, in the page's own program."""

    required_arguments = 1  # the file that the code saves
    has_content = True
    option_spec: ClassVar = {
        "alt": directives.unchanged_required,
        "width": directives.unchanged,
        "height": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Run the code, and show both."""
        folder = Path(self.env.srcdir, "out", "gallery")
        folder.mkdir(parents=True, exist_ok=True)
        program = self.env.temp_data.setdefault("gallery", {"__name__": "gallery"})
        code = "\n".join(self.content)
        source, number = self.get_source_info()
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                exec(compile("\n" * number + code, source, "exec"), program)
            except Exception as error:
                raise self.error(f"the code of {self.arguments[0]} fails: {type(error).__name__}: {error}") from error
        file = folder / self.arguments[0]
        block = nodes.literal_block(code, code, language="python")
        if not file.is_file():
            raise self.error(f"this code saves no {self.arguments[0]}")
        shown: list[nodes.Node] = [block]
        if text := printed.getvalue():
            shown.append(nodes.literal_block(text, text, language="text"))
        if file.suffix == ".html":
            return [*shown, self.frame(file)]
        image = nodes.image(uri=f"/{os.path.relpath(file, self.env.srcdir)}", alt=self.options["alt"])
        if "width" in self.options:
            image["width"] = self.options["width"]
        return [*shown, image]

    def frame(self, file: Path) -> nodes.Node:
        """Return a frame with a page in it, which goes along with the site."""
        folder = Path(self.env.app.outdir, "_players")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
        up = "../" * self.env.docname.count("/")
        height, title = self.options.get("height", "480"), self.options["alt"]
        html = f'<iframe class="player" src="{up}_players/{file.name}" title="{title}" height="{height}"></iframe>'
        return nodes.raw("", html, format="html")


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx of the directives."""
    app.add_directive("public", Public)
    app.add_directive("methods-of-tensor", Methods)
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
