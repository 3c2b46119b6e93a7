"""The documentation is true: generated pages are current, links lead somewhere, verbs exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from update import docs

from tidewaiter.cli.main import verb_names

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize(
    "name", ["columns", "findings", "packs", "procedures", "formats", "commands"]
)
def test_generated_page_is_current(name: str) -> None:
    made = getattr(docs, name)()
    kept = (docs.REFERENCE / f"{name}.md").read_text("utf-8")
    assert kept == made, f"docs/reference/{name}.md is out of date: run ./dev docs"


def test_requirements_page_is_current() -> None:
    kept = (docs.REFERENCE / "requirements.md").read_text("utf-8")
    assert kept == docs.requirements(), (
        "docs/reference/requirements.md is out of date: run ./dev docs"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_commands_exist(page: Path) -> None:
    own = {"demo", "test", "bench", "docs", "lock", "model", "help", "VERB", "WORD"}
    for verb in re.findall(r"\./dev ([a-zA-Z-]+)", page.read_text("utf-8")):
        assert verb in own | set(verb_names()), f"{page.name} names ./dev {verb}"


def test_every_package_room_is_on_the_rooms_page() -> None:
    text = (ROOT / "docs" / "concepts" / "rooms.md").read_text("utf-8")
    for room in sorted(p.name for p in (ROOT / "src" / "tidewaiter").iterdir() if p.is_dir()):
        if room != "__pycache__":
            assert room in text, f"{room} is not on the rooms page"
