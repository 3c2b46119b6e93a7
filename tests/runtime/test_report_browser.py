"""The report in a real browser: charts, filter, narrow screens, no scripts, nothing fetched.

Needs Debian's `chromium` (or another on the path) and Playwright; is skipped, saying so, without.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.runtime.finished import decision_of, summary, view
from tidewaiter.runtime.report import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PARCELS = 1200
HELD = [number for number in range(PARCELS) if decision_of(number) != "release"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DRAWN = "html[data-charts=drawn]"
SIZES = [pytest.param(1280, id="desk, 1280 px"), pytest.param(360, id="phone, 360 px")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed (extra web-test)"
    )
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium on the path (on Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    place: Path = tmp_path_factory.mktemp("report") / "report.html"
    place.write_text(render(view(summary(PARCELS))), encoding="utf-8")
    return place.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(address)
    opened.wait_for_selector(DRAWN)
    yield opened
    opened.close()


def shown(page: Page) -> int:
    return page.locator("#parcels > details:visible").count()


@pytest.mark.parametrize("width", SIZES)
def test_charts_are_drawn_nothing_is_fetched_and_nothing_complains(
    browser: Browser, address: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    complaints: list[str] = []
    fetched: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(address)
    page.wait_for_selector(DRAWN)
    assert complaints == []
    assert [url for url in fetched if url not in (address, "data:,")] == []
    for chart in page.locator(".chart").all():
        bars = chart.locator("svg .mark-rect path")
        boxes = [bar.bounding_box() for bar in bars.all()]
        assert any(box and box["height"] > 5 and box["width"] > 1 for box in boxes)
        assert (chart.locator("svg").bounding_box() or {"width": 9999})["width"] <= width
    page.close()


@pytest.mark.requirement("L1")
@pytest.mark.partly("only the report so far, in English; no portal, no drafts, no automated scan")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_phone_never_scrolls_sideways(browser: Browser, address: str, *, scripts: bool) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=scripts
    )
    page = context.new_page()
    page.goto(address)
    if scripts:
        page.wait_for_selector(DRAWN)
        page.locator("#open-all").click()
    width = page.locator("html").evaluate("element => element.scrollWidth")
    assert width == 360
    context.close()


def test_an_officer_finds_a_parcel_and_reads_why_it_is_held(page: Page) -> None:
    assert shown(page) == len(HELD)
    page.get_by_label("Decision", exact=True).select_option("examine")
    examined = [number for number in HELD if decision_of(number) == "examine"]
    assert shown(page) == len(examined)
    page.get_by_role("searchbox", name="Find").fill(f"{examined[3]:06d}")
    assert shown(page) == 1
    assert page.locator("#filter-status").inner_text() == f"1 of {len(HELD)} shown"
    parcel = page.locator("#parcels > details:visible")
    assert not parcel.locator(".reasons").is_visible()
    parcel.locator("summary").focus()
    page.keyboard.press("Enter")
    assert "'power bank' in the text" in parcel.locator(".reasons").inner_text()
    assert "Lane risk sheet, profile A1" in parcel.locator(".reasons").inner_text()


def test_all_words_must_be_met_and_none_met_says_so(page: Page) -> None:
    page.get_by_role("searchbox", name="Find").fill("POWER bank fire")
    assert shown(page) == sum(decision_of(number) == "examine" for number in HELD)
    page.get_by_role("searchbox", name="Find").fill("power bank zeppelin")
    assert shown(page) == 0
    assert page.locator("#filter-none").is_visible()
    page.get_by_role("searchbox", name="Find").fill("")
    assert shown(page) == len(HELD)


def test_only_what_is_shown_is_opened(page: Page) -> None:
    page.get_by_label("Decision", exact=True).select_option("refuse")
    page.get_by_role("button", name="Open all shown").click()
    refused = sum(decision_of(number) == "refuse" for number in HELD)
    assert page.locator("#parcels > details[open]").count() == refused
    page.get_by_role("button", name="Close all").click()
    assert page.locator("#parcels > details[open]").count() == 0


def test_figures_of_charts_are_folded_away_and_can_be_opened(page: Page) -> None:
    figures = page.locator("#days details.figures")
    assert not figures.locator("table").is_visible()
    figures.locator("summary").click()
    assert figures.locator("table").is_visible()


def test_without_scripts_every_figure_and_reason_can_be_read(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#days details.figures table").is_visible()
    assert page.locator("#quality details.figures table").is_visible()
    assert page.locator(".chart:visible").count() == 0
    assert not page.locator("#filter").is_visible()
    first = page.locator("#parcels > details").first
    first.locator("summary").click()
    assert first.locator(".reasons").is_visible()
    context.close()


def test_a_foreign_script_does_not_run(page: Page) -> None:
    ran = page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.foreign = true';
          document.body.append(script);
          return window.foreign === true;
        }"""
    )
    assert ran is False
