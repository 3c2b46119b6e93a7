"""The report as a page: what stands on it, what must not, and that it stands alone."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from lxml import html

from tests.runtime.finished import (
    CURRENCY,
    decision_of,
    finished_batch,
    summary,
    view,
)
from tidewaiter.knowledge.chapters import load_chapters
from tidewaiter.runtime import report
from tidewaiter.runtime.report import render, words
from tidewaiter.runtime.report.page import HELD_BYTES_MAX, page
from tidewaiter.runtime.summary import HELD_MAX, build, merge
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.terms import Decision, Dimension, Severity

FOLDER = Path(report.__file__).parent
BYTES_MAX = 2_500_000
PARCELS = 300


@pytest.fixture(scope="module")
def text() -> str:
    return render(view(summary(PARCELS)))


@pytest.fixture(scope="module")
def tree(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def words_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().replace("\u00a0", " ").split())


def table(tree: html.HtmlElement, section: str) -> list[list[str]]:
    rows = tree.xpath(f"(//*[@id='{section}']//table)[1]/tbody/tr")
    return [[words_of(cell) for cell in row.xpath("./th|./td")] for row in rows]


def test_headline_figures_are_those_of_the_run(tree: html.HtmlElement) -> None:
    tiles = {words_of(t.xpath("./dt")[0]): words_of(t.xpath("./dd")[0]) for t in tree.xpath("//*[contains(@class,'tile ') or @class='tile']")}  # fmt: skip
    held = sum(decision_of(number) != "release" for number in range(PARCELS))
    assert tiles["Parcels"] == "300"
    assert tiles["Held back"] == str(held)
    assert tiles["Released"] == f"{100 * (PARCELS - held) / PARCELS:.1f} %"
    duty = finished_batch(PARCELS).consignments["duty"].sum()
    assert tiles["Owed"] == f"{duty:,.2f} {CURRENCY}"


def test_each_decision_stands_with_meaning_count_and_share(tree: html.HtmlElement) -> None:
    rows = table(tree, "decisions")
    assert [row[0] for row in rows] == [word.value for word in Decision]
    asked = sum(decision_of(number) == "ask" for number in range(PARCELS))
    assert rows[1] == ["ask", words.DECISIONS[Decision.ASK], str(asked), f"{asked / 3:.1f} %"]
    assert sum(int(row[2]) for row in rows) == PARCELS


def test_every_held_parcel_stands_with_its_reasons_and_their_law(tree: html.HtmlElement) -> None:
    entries = tree.xpath("//*[@id='parcels']/details")
    held = [number for number in range(PARCELS) if decision_of(number) != "release"]
    ids = [words_of(entry.xpath("./summary/span[@class='id']")[0]) for entry in entries]
    assert sorted(ids) == [f"ORD-{number:06d}" for number in held]
    for entry in entries:
        assert entry.xpath(".//ul[@class='reasons']/li"), words_of(entry)
    examined = words_of(next(e for e in entries if e.get("data-decision") == "examine"))
    assert "'power bank' in the text" in examined
    assert "Lane risk sheet, profile A1" in examined
    assert "8507.60" in examined or "6109.10" in examined


def test_the_strictest_decision_comes_first(tree: html.HtmlElement) -> None:
    order = [entry.get("data-decision") for entry in tree.xpath("//*[@id='parcels']/details")]
    ranks = [words.rank(word) for word in order]
    assert ranks == sorted(ranks, reverse=True)


def test_reasons_are_sentences_counted_by_parcel(tree: html.HtmlElement) -> None:
    rows = {row[0]: row[1:] for row in table(tree, "reasons")}
    split = rows["One person's orders of the day pass the limit together though none does alone"]
    count = sum(decision_of(number) in ("hold", "examine") for number in range(PARCELS))
    assert split[0] == "hold examine"
    assert split[1] == str(count)
    assert "Lithium batteries and power banks (fire)" in rows


def test_findings_say_what_to_do_and_what_they_rest_on(tree: html.HtmlElement) -> None:
    first = table(tree, "findings")[0]
    assert first[0] == "The declaration names no declarant"
    assert first[1] == "reject"
    assert first[3:] == ["Name the declarant and send the message again.", "Lane handbook"]


def test_kinds_of_goods_have_names_and_sums(tree: html.HtmlElement) -> None:
    rows = {row[0]: row for row in table(tree, "duty")}
    items = finished_batch(PARCELS).goods_items.filter(pl.col("hs6") == "640411")
    assert rows["64 footwear"][1] == str(items.height)
    assert rows["64 footwear"][3] == f"{items['duty'].sum():,.2f} {CURRENCY}"
    assert "Not classified" in rows


def test_figures_of_charts_stand_in_tables(tree: html.HtmlElement) -> None:
    days = table(tree, "days")
    assert sum(int(row[-1]) for row in days) == PARCELS
    quality = table(tree, "quality")
    assert quality[0][0] == "90-100"
    for column in range(1, 6):
        assert sum(int(row[column].replace(",", "")) for row in quality) == PARCELS
    assert len(tree.xpath("//script[@data-chart]")) == len(tree.xpath("//*[@class='chart']")) == 5


def test_unreadable_pieces_stand_with_place_fault_and_remedy(tree: html.HtmlElement) -> None:
    assert table(tree, "rejected") == [[
        "orders.csv, record or line 77",
        "orders",
        "A piece of the file cannot be read as a message: line 77 has 14 fields where 19 are needed",
        "Mend the line and send it again.",
    ]]  # fmt: skip


def test_provenance_names_files_law_and_digests(tree: html.HtmlElement) -> None:
    said = words_of(tree.xpath("//*[@id='provenance']")[0])
    for part in ("orders.csv", "itmatt-json", "2026-01-31", "regimes/zz", "a" * 64, "c" * 64):
        assert part in said


def test_no_name_and_no_address_is_shown() -> None:
    batch = finished_batch(PARCELS)
    people = [
        {"consignment_id": row, "contribution_id": "m", "role": "buyer", "name": "Mary Poppins", "address": "17 Cherry Tree Lane", "email": "mary@example.org"}
        for row in batch.consignments["consignment_id"]
    ]  # fmt: skip
    named = batch.with_frames(
        parties=conform(pl.DataFrame(people), "parties", {"formats", "check", "link"})
    )
    shown = render(view(merge([build(named)])))
    for personal in ("Poppins", "Cherry Tree", "mary@"):
        assert personal not in shown


HOSTILE = [
    pytest.param("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", id="a script is text"),
    pytest.param('"><img src=x onerror=y>', "&#34;&gt;&lt;img src=x onerror=y&gt;", id="a tag is text"),
    pytest.param("gun\u202etxt.exe", "gun\ufffdtxt.exe", id="text cannot turn its direction"),
    pytest.param("a\x00b\x1bc", "a\ufffdb\ufffdc", id="control characters are marked"),
    pytest.param("{{ 7 * 7 }}", "{{ 7 * 7 }}", id="a template is text"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "shown"), HOSTILE)
def test_what_a_sender_wrote_is_only_text(sent: str, shown: str) -> None:
    batch = finished_batch(60)
    hostile = batch.with_frames(
        goods_items=batch.goods_items.with_columns(pl.lit(sent).alias("description")),
        decisions=batch.decisions.with_columns(pl.lit([f"seen: {sent}"]).alias("reasons")),
    )
    text = render(view(merge([build(hostile)]), sources=((sent, "orders"),)))
    assert f"<bdi>{shown}</bdi>" in text
    assert f"seen: {shown}" in text
    scripts = text.count("<script>")
    assert scripts == render(view(summary(60))).count("<script>")


def test_a_script_cannot_be_closed_from_within_the_figures() -> None:
    batch = finished_batch(60)
    text = render(view(merge([build(batch)]), regime="</script><script>alert(1)</script>"))
    assert "</script><script>alert" not in text


def test_the_page_loads_nothing_and_runs_only_its_own_scripts(
    text: str, tree: html.HtmlElement
) -> None:
    for attribute in ("src", "href", "action", "data", "poster", "srcset"):
        for value in tree.xpath(f"//@{attribute}"):
            assert value.startswith("#") or value == "data:,", value
    assert "@import" not in text
    assert "url(" not in (FOLDER / "report.css").read_text("utf-8")
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    assert len(scripts) == 4
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_library_carries_its_licences(text: str) -> None:
    assert "University of Washington Interactive Data Lab" in text
    assert "Redistributions in binary form must reproduce" in text


def test_vendored_files_are_the_published_ones() -> None:
    listed = dict(
        re.findall(r"\| `(\S+)` \|.*\| `([0-9a-f]{64})` \|", (FOLDER / "vendor/VENDOR.md").read_text("utf-8"))
    )  # fmt: skip
    assert set(listed) == {path.name for path in (FOLDER / "vendor").glob("*.js")}
    for name, digest in listed.items():
        assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == digest, name


def test_page_is_whole_html(text: str, tree: html.HtmlElement) -> None:
    assert text.lstrip().startswith("<!doctype html>")
    assert tree.get("lang") == "en"
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for target in tree.xpath("//a/@href"):
        assert target[1:] in ids, target
    for reference in tree.xpath("//@aria-labelledby | //label/@for"):
        assert reference in ids
    headings = [int(node.tag[1]) for node in tree.xpath("//h1|//h2|//h3")]
    assert headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))
    for cell in tree.xpath("//thead//th"):
        assert cell.get("scope") == "col"


def test_same_run_gives_the_same_page(text: str) -> None:
    assert render(view(summary(PARCELS))) == text


def test_no_rule_stands_in_the_template_or_the_script() -> None:
    classes = {"note"}  # the look of a remark, which is called so too
    closed = {word.value for word in (*Decision, *Severity)} - classes
    for name in ("template.html", "report.js"):
        source = (FOLDER / name).read_text("utf-8")
        quoted = re.findall(r"""["']([a-z]+)["']""", source)
        assert not set(quoted) & closed, name


@pytest.mark.parametrize(
    ("known", "meanings"),
    [
        pytest.param(Decision, words.DECISIONS, id="every decision has a meaning"),
        pytest.param(Decision, words.TONES, id="every decision has a colour"),
        pytest.param(Severity, words.SEVERITIES, id="every weight has a meaning"),
        pytest.param(Dimension, words.DIMENSIONS, id="every dimension has a question"),
    ],
)
def test_closed_sets_are_explained(known: type[Decision], meanings: dict[Decision, str]) -> None:
    assert list(meanings) == list(known)
    assert all(meanings.values())


@pytest.mark.parametrize("tone", words.TONES.values())
def test_colours_can_be_read_on_white_and_carry_white_text(tone: str) -> None:
    parts = [int(tone[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5


MONEY = [
    pytest.param(Decimal("1234567.891"), "AED", 2, "1,234,567.89 AED", id="thousands are parted"),
    pytest.param(Decimal("0.005"), "AED", 2, "0.01 AED", id="half a fils rounds away from zero"),
    pytest.param(Decimal("-0.005"), "AED", 2, "-0.01 AED", id="also below zero"),
    pytest.param(Decimal("1.5"), "KWD", 3, "1.500 KWD", id="a currency of three decimals has three"),
    pytest.param(Decimal("1500"), "JPY", 0, "1,500 JPY", id="a currency without decimals has none"),
    pytest.param(None, "AED", 2, "–", id="unknown is a dash"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "currency", "decimals", "shown"), MONEY)
def test_money(value: Decimal | None, currency: str, decimals: int, shown: str) -> None:
    assert words.money(value, currency, decimals).replace("\u00a0", " ") == shown


SHARES = [
    pytest.param(1, 3, "33.3 %", id="one decimal"),
    pytest.param(1, 1_000_000, "under 0.1 %", id="a little is not nothing"),
    pytest.param(999_999, 1_000_000, "over 99.9 %", id="nearly all is not all"),
    pytest.param(0, 7, "0.0 %", id="nothing is nothing"),
    pytest.param(7, 7, "100.0 %", id="all is all"),
    pytest.param(0, 0, "–", id="of nothing there is no share"),
]


@pytest.mark.parametrize(("part", "whole", "shown"), SHARES)
def test_share(part: int, whole: int, shown: str) -> None:
    assert words.share(part, whole).replace("\u00a0", " ") == shown


def test_many_held_parcels_are_cut_and_the_page_says_so() -> None:
    figures = summary(5000)
    assert figures.count("held") > HELD_MAX
    tree = html.document_fromstring(render(view(figures)))
    assert len(tree.xpath("//*[@id='parcels']/details")) == HELD_MAX
    said = words_of(tree.xpath("//*[@id='held']")[0])
    assert f"The 500 weightiest of {figures.count('held'):,} held parcels" in said
    assert "decisions.csv" in said


def test_page_stays_under_its_size_however_long_the_texts_are() -> None:
    batch = finished_batch(5000)
    long = batch.with_frames(
        goods_items=pl.concat(
            batch.goods_items.with_columns(
                pl.lit("電" * 400).alias("description"),
                (pl.col("item_no") + 2 * number).cast(pl.Int32),
            )
            for number in range(5)
        )
    )
    figures = merge([build(long)])
    text = render(view(figures))
    assert len(text.encode()) < BYTES_MAX
    shown = len(html.document_fromstring(text).xpath("//*[@id='parcels']/details"))
    assert 0 < shown < HELD_MAX
    assert f"The {shown} weightiest of" in text


def test_size_of_an_entry_is_not_reckoned_too_small() -> None:
    figures = summary(2000)
    text = render(view(figures))
    entries = text[text.index('<div id="parcels">') : text.index('id="filter-none"')]
    per_entry = len(entries.encode()) / figures.frames["held"].height
    assert per_entry * 500 < HELD_BYTES_MAX


def test_many_days_are_shown_by_month() -> None:
    batch = finished_batch(400)
    spread = batch.consignments.with_columns(
        (pl.lit(dt.date(2025, 1, 1)) + pl.duration(days=pl.int_range(pl.len()))).alias("ordered_day")
    )  # fmt: skip
    shown = page(view(merge([build(batch.with_frames(consignments=spread))])))["periods"]
    assert shown["unit"] == "month"
    assert [row["period"] for row in shown["rows"]][:2] == ["2025-01", "2025-02"]
    assert shown["rows"][0]["total"] == 31
    assert sum(row["total"] for row in shown["rows"]) == 400


def test_days_between_stand_empty_and_parcels_without_a_day_last() -> None:
    batch = finished_batch(3)
    days = pl.Series("ordered_day", [dt.date(2026, 1, 1), dt.date(2026, 1, 4), None])
    gaps = batch.with_frames(consignments=batch.consignments.with_columns(days))
    rows = page(view(merge([build(gaps)])))["periods"]["rows"]
    assert [(row["period"], row["total"]) for row in rows] == [
        ("2026-01-01", 1), ("2026-01-02", 0), ("2026-01-03", 0), ("2026-01-04", 1), ("no date", 1),
    ]  # fmt: skip


def test_a_run_without_parcels_says_so() -> None:
    full = finished_batch(1)
    kept = {name: frame.clear() for name, frame in full.frames().items() if name != "rejected"}
    text = render(view(merge([build(Batch(**kept, rejected=full.rejected))])))
    tree = html.document_fromstring(text)
    said = words_of(tree.xpath("//*[@id='overview']")[0])
    assert "No parcel was found in the input. 1 piece" in said
    assert not tree.xpath("//script[@data-chart]")
    assert len(text) < 100_000


def test_unknown_values_are_dashes_not_words() -> None:
    batch = finished_batch(60)
    unknown = ("customs_value", "currency", "duty", "tax", "fee", "person_key", "ordered_day", "quality", "person_day_total", "charge_explanation")  # fmt: skip
    schema = FRAMES["consignments"].schema
    bare = batch.with_frames(
        consignments=batch.consignments.with_columns(
            pl.lit(None, dtype=schema[name]).alias(name) for name in unknown
        ),
        goods_items=batch.goods_items.with_columns(
            pl.lit(None, dtype=pl.String).alias(name)
            for name in ("description", "title", "description_text", "hs6")
        ),
    )
    text = render(view(merge([build(bare)])))
    body = text[text.index("<main") : text.index("</main>")]
    assert not re.search(r">\s*(None|null|nan)\b", body)
    assert "nothing could be reckoned" in body


def test_chapters_have_everyday_names() -> None:
    names = load_chapters()
    assert names["64"] == "footwear"
    assert "77" not in names
