"""Check the built site: every link in it leads to a page, file or place that is there, and every public name is on it.

``python docs/check_site.py out/site`` prints what is wrong, and exits with 1 if anything is. Addresses of other sites
are not asked.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

PACKAGES = ("autograd", "autograd.check", "autograd.draw", "autograd.memory", "nn", "nn.functional", "nn.init")
PACKAGES += ("nn.penalties", "optim", "optim.schedules", "training")


class Page(HTMLParser):
    """The links of a page, and the places in it that a link can lead to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[tuple[int, str]] = []
        self.places = {"", "top"}
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.places.add(value or "")
            elif name in ("href", "src") and value is not None:
                self.links.append((self.getpos()[0], value))


def broken_links(site: Path) -> Iterator[str]:
    """Say of each link that leads nowhere where it stands."""
    pages = {file.resolve(): Page(file) for file in sorted(site.rglob("*.html"))}
    for file, page in pages.items():
        for line, link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{file.relative_to(site.resolve())}, line {line}: {link} leads to no file"
            elif target in pages and unquote(parts.fragment) not in pages[target].places:
                yield f"{file.relative_to(site.resolve())}, line {line}: {link} leads to no place in its page"


def public_names(package: str) -> list[str]:
    """Return the names that a package makes public: its ``__all__``, or its own functions and classes."""
    module = importlib.import_module(package)
    names = getattr(module, "__all__", None) or [
        name
        for name, what in vars(module).items()
        if getattr(what, "__module__", "") == package
        and (inspect.isfunction(what) or inspect.isclass(what))
        and not name.startswith("_")
    ]
    # A module among them has a page; draw is a module and a function.
    return [name for name in names if name == "draw" or not isinstance(getattr(module, name), ModuleType)]


def documented(site: Path) -> set[str]:
    """Return the names that Sphinx's inventory has."""
    head = (site / "objects.inv").read_bytes().split(b"\n", 4)
    lines = zlib.decompress(head[4]).decode().splitlines()
    return {line.split(" ", 2)[0] for line in lines if line.split(" ", 2)[1].startswith("py:")}


def missing_names(site: Path) -> Iterator[str]:
    """Say of each public name that it is not on the site."""
    there = documented(site)
    for package in PACKAGES:
        for name in public_names(package):
            if f"{package}.{name}" not in there:
                yield f"{package}.{name} is public and not on the site: put it on a page of docs/api"


def main(site: Path) -> int:
    """Print what is wrong; return the exit status."""
    wrong = [*broken_links(site), *missing_names(site)]
    if wrong:
        print(*wrong, sep="\n")
    else:
        print(f"the site is whole: {len(list(site.rglob('*.html')))} pages, {len(documented(site))} names")
    return bool(wrong)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main(Path(sys.argv[1])))
