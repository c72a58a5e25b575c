"""Links lead somewhere: those of all Markdown pages, and those of the site that is made of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.site import PACKAGES, check_site, public_names

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for folder in (".", "docs", "notebooks") for page in (ROOT / folder).glob("*.md"))
NOT_TEXT = re.compile(r"<!--.*?-->|^(`{3,}).*?^\1$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PUBLIC = re.compile(r"^\.\. public:: (\S+)\n\n((?:   .*\n?)+)", re.MULTILINE)


def text(page: Path) -> str:
    """A page without its programs and comments."""
    return NOT_TEXT.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """The links and pictures of a page that are not of other sites."""
    found = [one or other for one, other in LINK.findall(text(page))]
    return [link for link in found if not re.match(r"\w+:", link)]


def anchors(page: Path) -> set[str]:
    """What a link can lead to inside of a page: its headings, as they are written in addresses."""
    headings = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text(page))]
    return {heading.strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name}: {link} leads to no file"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link} leads to no heading"


def test_the_pages_have_links() -> None:
    assert {page.name for page in PAGES} >= {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "promises.md"}
    assert sum(len(links(page)) for page in PAGES) > 200
    assert "what-it-cannot-do" in anchors(ROOT / "docs" / "gradient-check.md")


def test_every_public_name_has_its_place_in_the_reference() -> None:
    named: dict[str, list[str]] = {package: [] for package in PACKAGES}
    for page in sorted((ROOT / "docs" / "api").rglob("*.rst")):
        for package, names in PUBLIC.findall(page.read_text(encoding="utf-8")):
            named[package] += names.split()
    for package, names in named.items():
        there = {name for name in public_names(package) if (package, name) != ("autograd", "draw")}  # a package itself
        assert sorted(names) == sorted(there), f"docs/api and {package} differ in {there ^ set(names)}"


# ------------------------------------------------------------------------------------ the program that checks the site


def a_site(folder: Path, body: str) -> Path:
    (folder / "page.html").write_text('<p id="place">', encoding="utf-8")
    (folder / "index.html").write_text(body, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "link", ["page.html", "page.html#place", "#here", "#", "https://example.org/no", "mailto:a@example.org", "."]
)
def test_a_link_that_leads_somewhere_is_passed(link: str, tmp_path: Path) -> None:
    site = a_site(tmp_path, f'<a id="here" href="{link}">')
    assert not list(check_site.broken_links(site))


@pytest.mark.parametrize(
    ("link", "what"),
    [
        ("other.html", "line 2: other.html leads to no file"),
        ("page.html#elsewhere", "line 2: page.html#elsewhere leads to no place in its page"),
        ("#nowhere", "line 2: #nowhere leads to no place in its page"),
    ],
)
def test_a_broken_link_is_told_with_its_line(link: str, what: str, tmp_path: Path) -> None:
    site = a_site(tmp_path, f'<a id="here">\n<a href="{link}"><img src="page.html">')
    assert list(check_site.broken_links(site)) == [f"index.html, {what}"]


def test_a_picture_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert list(check_site.broken_links(a_site(tmp_path, '<img src="no.svg">'))) == [
        "index.html, line 1: no.svg leads to no file"
    ]


def test_a_public_name_that_is_not_on_the_site_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = {f"{package}.{name}" for package in PACKAGES for name in public_names(package)}
    monkeypatch.setattr(check_site, "documented", lambda site: there - {"nn.Linear"})
    told = list(check_site.missing_names(tmp_path))
    assert told == ["nn.Linear is public and not on the site: put it on a page of docs/api"]
