"""How Sphinx makes the site: ``make docs``. Its pages are those of the repository, where they lie."""

from __future__ import annotations

import pkgutil
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project, release, author = "seegrad", PROJECT["version"], "seegrad contributors"
copyright = f"{author}, MIT license"

extensions = [
    "myst_nb",  # Markdown, and the notebooks with the outputs that are stored in them
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "directives",
]

# The whole repository is the source, so that a link from page to page is the same on disk and on the site.
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/**",
    "notebooks/*.ipynb",
    "notebooks/README.md",
]
exclude_patterns = [".*", "README.md", "out", "build", "dist", "**/.ipynb_checkpoints"]

nb_execution_mode = "off"
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath", "html_image"]
suppress_warnings = ["myst.header"]  # parts of the README begin below its title

nitpicky = True
smartquotes = False  # what stands in quotation marks can be copied
default_role = "literal"
autosummary_generate = False
autodoc_typehints = "none"  # the docstrings have the types, in words
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_math_renderer = "mathml"  # what browsers themselves know: the site needs no network
html_theme = "furo"
html_title = "seegrad"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
templates_path: list[str] = []

# In a file that is included from the repository's root: a link or picture that leads on from there, and any link.
RELATIVE = re.compile(r"""(\]\(|\bsrc=")(?!\w+:|#|/)""")
LINK = re.compile(r"\[([^\]]*)\]\(([^)#:]+)\)")

# What reStructuredText would take for markup: a bar, the star of (N, *shape); not inside of ``…``.
MARK = re.compile(r"(``.*?``)|\||\*(?=\w+\))")


def from_the_root(app: Any, path: Path, page: str, content: list[str]) -> None:
    """Let links in an included file lead where they lead in it; all who include lie in docs/. A folder has no page."""
    without_folders = LINK.sub(lambda m: m[1] if (ROOT / m[2]).is_dir() else m[0], content[0])
    content[0] = RELATIVE.sub(r"\1../", without_folders)


def formula(self: Any, node: Any) -> None:
    """Write a formula in MathML."""
    block = isinstance(node, nodes.math_block)
    try:
        self.body.append(tex2mathml(node.astext(), as_block=block))
    except MathError as error:
        logging.getLogger("formula").warning("%s: %s", error, node.astext(), location=node)
    raise nodes.SkipNode


def begin_at_the_top(app: Any, error: Exception | None) -> None:
    """Let the folder of the site be opened at its first page."""
    if error is None and app.builder.name == "html":
        first = f"{root_doc}.html"
        page = f"""<!doctype html><meta charset="utf-8"><title>seegrad</title>
<meta http-equiv="refresh" content="0; {first}"><a href="{first}">seegrad</a>
"""
        Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def plain_marks(app: Any, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Let |x| be an absolute value and (N, *shape) a shape: a docstring is read in the code first."""
    margin, program = None, False  # of a literal block (how far it must stand in), in a doctest
    for i, line in enumerate(lines):
        stands, text = len(line) - len(line.lstrip()), line.strip()
        program = bool(text) and (program or text.startswith(">>>"))
        if margin is not None and text and stands < margin:
            margin = None
        if margin is None and not program:
            lines[i] = MARK.sub(lambda m: m[1] or "\\" + m[0], line)
            margin = stands + 1 if text.endswith("::") else None


def text_alone(app: Any, env: Any, node: Any, shown: Any) -> Any:
    """Leave a reference to what is in the repository, and has no place on the site, as text; else it is an error."""
    target = node["reftarget"]
    if node.get("refdomain") != "py":
        return None
    return shown if any(is_in_the_code(name) for name in (target, f"{node.get('py:module')}.{target}")) else None


def is_in_the_code(name: str) -> bool:
    """Say whether a full name is that of a module of ours, or of something in one."""
    if name.partition(".")[0] not in {"autograd", "nn", "optim", "training"}:
        return False
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def setup(app: Any) -> None:
    """Tell Sphinx of them."""
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
    app.connect("include-read", from_the_root)
    app.connect("autodoc-process-docstring", plain_marks, priority=400)  # before numpydoc
    app.connect("missing-reference", text_alone)
    app.connect("build-finished", begin_at_the_top)
