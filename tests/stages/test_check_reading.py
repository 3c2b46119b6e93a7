"""Readings of `check`: amounts, masses, times, countries, codes, texts; and the repairs beside."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stages.check_messages import changed, checked, codes, item, parcel, sound
from tidewaiter.stages.check.numbers import plain_number, read_numbers
from tidewaiter.stages.check.texts import mended
from tidewaiter.stages.check.times import read_times

UTC = dt.UTC


def repairs(batch: Any, field: str) -> list[tuple[str, str]]:
    return batch.repairs.filter(field=field).select("declared", "repaired").rows()


@pytest.mark.parametrize(
    ("written", "number", "fault"),
    [
        ("24.90", "24.9", None),
        ("12,50", "12.5", None),
        ("1.234,56", "1234.56", None),
        ("1,234.56", "1234.56", None),
        ("1 234,56", "1234.56", None),
        ("1'234.50", "1234.5", None),
        ("1,23,456.50", "123456.5", None),
        ("1,234,567", "1234567", None),
        ("0,350", "0.35", None),
        (",5", "0.5", None),
        ("-5.00", "-5", None),
        ("(5.00)", "-5", None),
        ("٢٥٫٥", "25.5", None),
        ("１２.５", "12.5", None),
        ("1,234", "1234", "ambiguous"),
        ("1e3", None, "scientific"),
        ("4.00638E+12", None, "scientific"),
        ("12 x 3", None, "unreadable"),
        ("1.2.3", None, "unreadable"),
        ("12,5,0", None, "unreadable"),
        ("abc", None, "unreadable"),
        ("99999999999999", None, "unreadable"),
    ],
    ids=str,
)
def test_a_number_is_read_as_it_was_meant_or_not_at_all(
    written: str, number: str | None, fault: str | None
) -> None:
    read = read_numbers(pl.Series([written])).row(0, named=True)
    assert read["number"] == (None if number is None else Decimal(number))
    assert read["fault"] == fault


@given(st.decimals(min_value=0, max_value=999_999, places=2))
def test_what_is_written_plainly_is_read_alike_by_both_ways(number: Decimal) -> None:
    texts = pl.Series("t", [str(number)])
    fast = texts.to_frame().select(plain_number(pl.col("t")))["t"][0]
    assert fast == read_numbers(texts)["number"][0] == number


@given(st.decimals(min_value=1000, max_value=9_999_999, places=2))
def test_a_continental_number_is_the_same_number(number: Decimal) -> None:
    english = f"{number:,}"
    continental = english.translate(str.maketrans(",.", ".,"))
    read = read_numbers(pl.Series([english, continental]))
    assert read["number"].to_list() == [number, number]


@pytest.mark.parametrize(
    ("text", "currency", "value", "code"),
    [
        ("€12,50", None, "12.5", "EUR"),
        ("USD 12.50", None, "12.5", "USD"),
        ("12.50 eur", None, "12.5", "EUR"),
        ("12.50", "€", "12.5", "EUR"),
        ("12.50", "usd", "12.5", "USD"),
        ("12.50", "RMB", "12.5", "CNY"),
        ("EUR", "12.50", "12.5", "EUR"),
    ],
    ids=[
        "sign in the amount",
        "code before the amount",
        "code after the amount",
        "sign as currency",
        "small letters",
        "a word as currency",
        "amount and currency swapped",
    ],
)
def test_amount_and_currency_are_read_together(
    text: str, currency: str | None, value: str, code: str
) -> None:
    batch = checked(
        changed(sound(), line__declared_value_text=text, line__declared_currency_text=currency)
    )
    assert item(batch, "declared_value") == Decimal(value)
    assert item(batch, "declared_currency") == code
    assert item(batch, "declared_value_text") == text, "what was declared stays"
    assert batch.repairs.filter(pl.col("field").str.starts_with("goods_items.declared")).height


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"line__declared_value_text": "1,234"}, "amount_ambiguous"),
        ({"line__declared_value_text": "free"}, "value_unreadable"),
        ({"line__declared_value_text": "-5.00"}, "value_negative"),
        ({"line__declared_value_text": "1e3"}, "number_scientific"),
        ({"line__declared_value_text": "24.901"}, "amount_decimals"),
        ({"line__declared_currency_text": "JPY"}, "amount_decimals"),
        ({"line__declared_currency_text": "$"}, "currency_ambiguous"),
        ({"line__declared_currency_text": "DEM"}, "currency_ended"),
        ({"line__declared_currency_text": "QQQ"}, "currency_unknown"),
        ({"line__declared_currency_text": None}, "currency_missing"),
        ({"line__declared_value_text": "£24.90"}, "currency_contradicts_sign"),
        ({"freight_text": "cheap"}, "amount_unreadable"),
        ({"line__net_mass_text": "350 stones"}, "mass_unreadable"),
        ({"line__mass_unit": None}, "mass_unit_missing"),
        ({"line__mass_unit": "stone"}, "mass_unit_unknown"),
        ({"gross_mass_text": "0"}, "mass_not_positive"),
        ({"gross_mass_text": "450000"}, "mass_too_large"),
        ({"gross_mass_text": "1,250"}, "mass_ambiguous"),
        ({"line__quantity_text": "some"}, "quantity_unreadable"),
        ({"line__quantity_text": "0"}, "quantity_not_positive"),
        ({"item_count_text": "few"}, "count_unreadable"),
        ({"message_at_text": "soon"}, "time_unreadable"),
        ({"ordered_at_text": "45931"}, "time_unreadable"),
        ({"ordered_at_text": "03/04/2026"}, "time_ambiguous"),
        ({"ordered_at_text": "2006-10-01"}, "time_far_off"),
        ({"country_departure_text": "Atlantis"}, "country_unknown"),
        ({"country_departure_text": "AN"}, "country_unknown"),
        ({"consignee__country_text": "UK"}, "country_not_code"),
        ({"transport_mode_text": "balloon"}, "mode_unknown"),
        ({"nature_text": "loan"}, "nature_unknown"),
        ({"line__hs_code_text": "mugs"}, "hs_malformed"),
        ({"line__hs_code_text": "6912"}, "hs_short"),
        ({"line__hs_code_text": "90210"}, "hs_leading_zero"),
        ({"line__gtin_text": "4006381333932"}, "gtin_check_digit"),
        ({"line__gtin_text": "ABC"}, "gtin_malformed"),
        ({"line__gtin_text": "4.00638E+12"}, "number_scientific"),
        ({"line__description_text": "MÃ¼tze aus Wolle"}, "text_garbled"),
        ({"consignee__name": "JÃ¼rgen Weiss"}, "text_garbled"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(next(iter(value.items()))),
)
def test_each_fault_of_reading_is_a_finding(changes: dict[str, Any], code: str) -> None:
    found = codes(checked(changed(sound(), **changes)))
    assert code in found
    assert found - {code} <= {
        "total_not_sum", "total_currency_differs", "value_per_unit", "value_per_kg",
        "route_receiver_elsewhere", "postcode_shape", "mass_per_unit", "gross_below_net",
        "element_wanted", "time_zone_matters", "times_out_of_order", "element_missing",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unit", "grams"),
    [
        ("0.350", "kg", "350"),
        ("350", "g", "350"),
        ("350", "GRM", "350"),
        ("12.5", "oz", "354.369"),
        ("1", "LBS", "453.592"),
        ("0,35", "KGM", "350"),
        ("350 g", None, "350"),
        ("0.35kg", "kg", "350"),
        ("kg", "0.35", "350"),
    ],
    ids=str,
)
def test_a_mass_is_read_to_grams(text: str, unit: str | None, grams: str) -> None:
    batch = checked(changed(sound(), line__net_mass_text=text, line__mass_unit=unit))
    assert item(batch, "net_mass_g") == Decimal(grams)


@pytest.mark.parametrize(
    ("text", "utc", "day"),
    [
        ("2026-01-18T23:30:00-05:00", dt.datetime(2026, 1, 19, 4, 30, tzinfo=UTC), 18),
        ("2026-01-18T14:01:00Z", dt.datetime(2026, 1, 18, 14, 1, tzinfo=UTC), 18),
        ("2026-01-18T14:01:00", dt.datetime(2026, 1, 18, 14, 1, tzinfo=UTC), 18),
        ("2026-01-18 14:01", dt.datetime(2026, 1, 18, 14, 1, tzinfo=UTC), 18),
        ("20260118", dt.datetime(2026, 1, 18, tzinfo=UTC), 18),
        ("20260118140100", dt.datetime(2026, 1, 18, 14, 1, tzinfo=UTC), 18),
        ("18.01.2026", dt.datetime(2026, 1, 18, tzinfo=UTC), 18),
        ("01/18/2026", dt.datetime(2026, 1, 18, tzinfo=UTC), 18),
        ("Jan 18, 2026", dt.datetime(2026, 1, 18, tzinfo=UTC), 18),
        ("1768745000", dt.datetime(2026, 1, 18, 14, 3, 20, tzinfo=UTC), 18),
        ("2026-02-30", None, None),
    ],
    ids=str,
)
def test_a_time_is_read_to_utc_and_the_day_stays_the_senders(
    text: str, utc: dt.datetime | None, day: int | None
) -> None:
    batch = checked(changed(sound(), ordered_at_text=text))
    assert parcel(batch, "ordered_at") == utc
    assert parcel(batch, "ordered_day") == (None if day is None else dt.date(2026, 1, day))


@given(st.integers(946_684_800, 1_900_000_000), st.integers(-12, 14))
def test_a_moment_is_the_same_in_every_zone(seconds: int, hours: int) -> None:
    moment = dt.datetime.fromtimestamp(seconds, UTC)
    local = moment.astimezone(dt.timezone(dt.timedelta(hours=hours)))
    read = read_times(pl.Series([local.isoformat()]))
    assert read["utc"][0] == moment
    assert read["day"][0] == local.date()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NA", "NA"), ("NO", "NO"), ("de", "DE"), ("DEU", "DE"), ("276", "DE"),
        ("Alemania", "DE"), ("Allemagne", "DE"), ("德国", "DE"), ("UK", "GB"), ("EL", "GR"),
    ],
)  # fmt: skip
def test_a_country_is_read_in_every_writing(text: str, code: str) -> None:
    batch = checked(changed(sound(), country_departure_text=text))
    assert parcel(batch, "country_departure") == code
    assert repairs(batch, "consignments.country_departure") == (
        [] if text == code else [(text, code)]
    )


def test_a_country_in_the_citys_field_is_found_there() -> None:
    batch = checked(changed(sound(), consignee__country_text="Berlin", consignee__city="Germany"))
    assert batch.parties.filter(role="consignee")["country"].to_list() == ["DE"]
    assert "fields_swapped" in codes(batch)


def test_description_and_tariff_code_are_turned_back() -> None:
    batch = checked(
        changed(sound(), line__description_text="6912.00", line__hs_code_text="ceramic mug")
    )
    assert item(batch, "hs_code") == "691200"
    assert item(batch, "description") == "ceramic mug"
    assert item(batch, "description_text") == "6912.00"
    assert "fields_swapped" in codes(batch)


def test_a_gtin_in_the_codes_field_is_taken_from_there() -> None:
    batch = checked(changed(sound(), line__hs_code_text="4006381333931", line__gtin_text=None))
    assert item(batch, "gtin") == "04006381333931"
    assert item(batch, "hs_code") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6912.00", "691200"),
        ("6912 00 10", "69120010"),
        ("90210", "090210"),
        ("6912001000", "6912001000"),
    ],
)
def test_a_tariff_code_is_read_with_dots_blanks_and_lost_zeros(text: str, code: str) -> None:
    assert item(checked(changed(sound(), line__hs_code_text=text)), "hs_code") == code


def test_a_lost_zero_is_put_back_with_little_confidence() -> None:
    batch = checked(changed(sound(), line__hs_code_text="90210"))
    repair = batch.repairs.filter(field="goods_items.hs_code")
    assert repair["confidence"][0] < 0.7


@pytest.mark.parametrize(
    ("garbled", "right"),
    [
        ("MÃ¼tze", "Mütze"),
        ("cafÃ©", "café"),
        ("SÃ£o Paulo – x", "São Paulo – x"),
        ("rock &amp; roll", "rock & roll"),
        ("ç§»å\x8a¨ç\x94µæº\x90", "移动电源"),
        ("Ã¢â‚¬â„¢", "’"),
    ],
)
def test_wrongly_decoded_letters_are_turned_back(garbled: str, right: str) -> None:
    assert mended([garbled])["mended"].to_list() == [right]


@pytest.mark.parametrize("right", ["Größe", "normal âge", "Müller", "élève", "naïve – yes"])
def test_right_letters_are_left_alone(right: str) -> None:
    assert mended([right]).height == 0


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_mending_undoes_exactly_what_a_wrong_decoding_did(text: str) -> None:
    if text.isascii() or "&" in text or mended([text]).height:
        return
    wrong = text.encode("utf-8").decode("latin-1")
    assert mended([wrong])["mended"].to_list() == [text]


def test_filler_phrases_are_taken_out_of_the_description_only() -> None:
    written = "Wool scarf (for customs purposes only)"
    batch = checked(changed(sound(), line__description_text=written))
    assert item(batch, "description") == "Wool scarf"
    assert item(batch, "description_text") == written
    assert repairs(batch, "goods_items.description") == [(written, "Wool scarf")]


def test_a_value_for_one_unit_becomes_that_of_the_line() -> None:
    batch = checked(
        changed(
            sound(), line__value_basis="unit", line__quantity_text="3", total_value_text="74.70",
            line__mass_basis="unit", gross_mass_text="1.2",
        )
    )  # fmt: skip
    assert item(batch, "declared_value") == Decimal("74.7")
    assert item(batch, "net_mass_g") == 1050
    assert "total_not_sum" not in codes(batch)


@pytest.mark.parametrize(("total", "value"), [("49.80", "49.8"), ("24.90", "24.9")])
def test_an_unknown_basis_is_settled_by_the_parcels_total(total: str, value: str) -> None:
    batch = checked(
        changed(
            sound(), line__value_basis="unknown", line__quantity_text="2", total_value_text=total
        )
    )
    assert item(batch, "declared_value") == Decimal(value)
    assert "total_not_sum" not in codes(batch)


def test_a_title_stands_in_for_a_missing_description() -> None:
    batch = checked(changed(sound(), line__description_text=None, line__title="Blue glass vase"))
    assert item(batch, "description") == "Blue glass vase"
    assert item(batch, "description_text") is None


def test_nothing_that_was_declared_is_changed() -> None:
    message = changed(
        sound(), line__declared_value_text="12,50", consignee__country_text="Germany",
        message_at_text="1 Oct 2026", line__hs_code_text="6912.00",
    )  # fmt: skip
    batch = checked(message)
    for frame, said in (
        (batch.consignments, message["consignment"]),
        (batch.goods_items, message["lines"][0]),
        (batch.parties.filter(role="consignee"), message["parties"][1]),
    ):
        row = frame.row(0, named=True)
        assert {field: row[field] for field in said} == said


@pytest.mark.requirement("B4")
@pytest.mark.partly("a missing destination is filled; codes, origin and identifiers are not yet")
def test_a_destination_nobody_tells_is_the_receivers_country_and_a_repair() -> None:
    told = checked(sound())
    receiver = parcel(told, "country_destination")
    done = checked(changed(sound(), country_destination_text=None))
    assert parcel(done, "country_destination") == receiver
    assert repairs(done, "consignments.country_destination") == [(None, receiver)]
    assert repairs(told, "consignments.country_destination") == []
