"""Rules of `check` on single elements and on contradictions, and what each must leave alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.stages.check_messages import ON, changed, checked, codes, item, known, sound
from tidewaiter.stages.check import CONTRACT
from tidewaiter.vocabulary.terms import Severity


def severities(batch: Any, code: str) -> set[str]:
    return set(batch.findings.filter(code=f"check.{code}")["severity"])


@pytest.mark.parametrize("view", ["postal", "transport", "order", "declaration", "payment"])
def test_a_sound_message_has_no_findings(view: str) -> None:
    batch = checked(sound(view=view))
    assert codes(batch) == set()
    assert batch.repairs.height == 0


@pytest.mark.requirement("B3")
def test_a_two_kilo_phone_case_for_fifty_cents_is_inconsistent_with_reasons() -> None:
    batch = checked(
        changed(
            sound(),
            line__description_text="mobile phone case x1",
            line__net_mass_text="2.0",
            line__declared_value_text="0.50",
            gross_mass_text="2.1",
            total_value_text="0.50",
        )
    )
    assert {"mass_per_unit", "value_per_unit", "value_per_kg"} <= codes(batch)
    told = batch.findings.filter(code="check.mass_per_unit")
    assert told["seen"][0] == "2000 g a unit"
    assert "phone_case" in told["detail"][0]
    assert severities(batch, "mass_per_unit") == {"suspicious"}


@pytest.mark.requirement("B3")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total_value_text": "99.00"}, "total_not_sum"),
        ({"total_currency_text": "USD"}, "total_currency_differs"),
        ({"item_count_text": "3"}, "item_count_differs"),
        ({"gross_mass_text": "0.2"}, "gross_below_net"),
        ({"line__gross_mass_text": "0.1"}, "line_gross_below_net"),
        ({"insured_text": "500", "insured_currency_text": "EUR"}, "insured_above_value"),
        ({"nature_text": "gift", "payment_id": "PAY-1"}, "gift_from_shop"),
        ({"nature_text": "31", "line__listing_url": "https://shop.example/1"}, "gift_from_shop"),
        ({"country_destination_text": "FR"}, "route_receiver_elsewhere"),
        ({"country_departure_text": "HK"}, "route_sender_elsewhere"),
        ({"country_departure_text": "DE", "consignor__country_text": "DE"}, "route_same_country"),
        ({"tracking_id": "LP202607315FR"}, "route_tracking_elsewhere"),
        ({"line__country_origin_text": "DE"}, "origin_is_destination"),
        ({"consignee__postcode": "1011"}, "postcode_shape"),
        ({"ordered_at_text": "2026-10-09T08:00:00Z"}, "times_out_of_order"),
        ({"line__net_mass_text": "30", "gross_mass_text": "31"}, "mass_per_unit"),
        ({"line__declared_value_text": "9000", "total_value_text": "9000"}, "value_per_unit"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value),
)
def test_a_contradiction_is_found(changes: dict[str, Any], code: str) -> None:
    assert code in codes(checked(changed(sound(), **changes)))


@pytest.mark.requirement("B3")
@pytest.mark.parametrize(
    "changes",
    [
        {"total_value_text": "24.91"},
        {"gross_mass_text": "0.350"},
        {"nature_text": "gift"},
        {"insured_text": "30", "insured_currency_text": "EUR"},
        {"insured_text": "3000", "insured_currency_text": "JPY"},
        {"consignee__postcode": "D-10115"},
        {"consignee__postcode": None},
        {"line__net_mass_text": None, "line__mass_unit": None},
        {"line__description_text": "garden gnome, resin, 30 cm"},
    ],
    ids=str,
)
def test_what_is_no_contradiction_is_left_alone(changes: dict[str, Any]) -> None:
    assert codes(checked(changed(sound(), **changes))) <= {"element_wanted"}


def test_a_gift_with_a_platform_in_it_is_a_sale() -> None:
    message = changed(sound(), nature_text="31")
    message["parties"].append({"role": "platform", "name": "Bazaar One"})
    assert "gift_from_shop" in codes(checked(message))


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"line__declared_value_text": "0"}, "value_zero", "reject"),
        ({"line__declared_value_text": "1"}, "value_one", "suspicious"),
        ({"line__declared_value_text": "1.00"}, "value_one", "suspicious"),
        ({"line__declared_value_text": "0.01"}, "value_one", "suspicious"),
        ({"consignee__name": "Test"}, "name_placeholder", "reject"),
        ({"consignee__name": "JOHN DOE"}, "name_placeholder", "reject"),
        ({"consignee__name": "N/A"}, "name_placeholder", "reject"),
        ({"consignee__name": "asdf"}, "name_placeholder", "reject"),
        ({"consignee__name": "测试"}, "name_placeholder", "reject"),
        ({"consignee__name": ".pdf"}, "name_placeholder", "reject"),
        ({"consignee__name": "12345"}, "name_characters", "reject"),
        ({"consignee__name": "xxxx"}, "name_characters", "reject"),
        ({"consignee__name": "*** 12"}, "name_characters", "reject"),
        ({"consignee__street": "unknown"}, "address_placeholder", "reject"),
        ({"consignee__street": "12"}, "address_characters", "reject"),
        ({"line__description_text": "123456"}, "description_characters", "reject"),
        ({"line__description_text": "-----"}, "description_characters", "reject"),
        ({"line__description_text": "image.jpg"}, None, None),
        ({"line__description_text": ".jpg"}, "description_characters", "reject"),
        ({"line__description_text": "aaaa"}, "description_characters", "reject"),
        ({"line__description_text": "lithium ion battery, 10 Wh"}, "description_dangerous_word", "note"),
    ],
    ids=str,
)  # fmt: skip
def test_false_content_is_found(
    changes: dict[str, Any], code: str | None, severity: str | None
) -> None:
    batch = checked(changed(sound(), **changes))
    if code is None:
        assert "description_characters" not in codes(batch)
        return
    assert code in codes(batch)
    assert severities(batch, code) == {severity}


@pytest.mark.parametrize(
    "name",
    [
        "Testa Rossa",
        "Anna Unknownova",
        "李明",
        "Ng Ee",
        "O'Neil & Sons",
        "محمد علي",
        "X Æ Musk",
        "Nadia",
    ],
)
def test_a_real_name_is_no_placeholder(name: str) -> None:
    assert codes(checked(changed(sound(), consignee__name=name))) == set()


def test_a_finding_on_a_name_or_address_never_repeats_it() -> None:
    batch = checked(
        changed(sound(), consignee__name="JÃ¼rgen", consignee__street="999", consignor__name="Test")
    )
    told = batch.findings.filter(batch.findings["field"].str.starts_with("parties"))
    assert told.height == 3
    assert told["seen"].null_count() == told.height
    assert "rgen" not in str(told.rows())


def test_documents_may_be_worth_nothing() -> None:
    message = changed(
        sound(), nature_text="documents", line__declared_value_text="0", total_value_text="0",
        line__description_text="printed contract papers in a folder",
    )  # fmt: skip
    assert "value_zero" not in codes(checked(message))


@pytest.mark.requirement("D1")
@pytest.mark.parametrize(
    ("on", "severity"),
    [
        (dt.date(2026, 10, 31), Severity.WARN),
        (dt.date(2026, 11, 1), Severity.REJECT),
        (dt.date(2026, 11, 22), Severity.REJECT),
    ],
    ids=["the day before", "the day itself", "later"],
)
def test_an_h7_line_without_identifiers_is_warned_then_rejected(
    on: dt.date, severity: Severity
) -> None:
    message = changed(
        sound(view="declaration"),
        line__merchant_product_id=None,
        line__manufacturer_product_id=None,
        line__gtin_text=None,
        line__procedure_codes="4000 C07 F48",
    )
    batch = checked(message, on=on)
    assert severities(batch, "product_identifiers_missing") == {severity.value}
    missing = batch.findings.filter(code="check.product_identifiers_missing")["detail"][0]
    assert missing == "missing: merchant_product_id, manufacturer_product_id, gtin_text"


@pytest.mark.requirement("D1")
@pytest.mark.parametrize(
    ("view", "lane", "changes", "found"),
    [
        ("declaration", "EU", {}, {"product_identifiers_missing"}),
        ("declaration", "EU", {"line__procedure_codes": "4000 C08"}, set()),
        ("declaration", "EU", {"nature_text": "gift"}, set()),
        ("declaration", "EU", {"line__declared_value_text": "200", "total_value_text": "200"}, set()),
        ("declaration", "GB", {"country_destination_text": "GB", "consignee__country_text": "GB",
                               "consignee__postcode": "SW1A 1AA"}, set()),
        ("declaration", "US", {}, {"product_identifiers_missing"}),
        ("order", "EU", {}, {"product_identifiers_missing_order"}),
        ("postal", "EU", {}, set()),
    ],
    ids=[
        "H7 of a shop's sale", "consumer to consumer", "a gift", "above the limit",
        "to another country", "by destination whatever the lane", "an order", "a postal item",
    ],
)  # fmt: skip
def test_product_identifiers_are_asked_where_the_law_asks_them(
    view: str, lane: str, changes: dict[str, Any], found: set[str]
) -> None:
    message = changed(sound(view=view), line__manufacturer_product_id=None, **changes)
    told = codes(checked(message, lane=lane))
    assert {code for code in told if code.startswith("product_identifiers")} == found


@pytest.mark.requirement("D1")
def test_an_in_store_gtin_is_not_global() -> None:
    batch = checked(changed(sound(), line__gtin_text="2012345678903"))
    assert codes(batch) == {"gtin_restricted"}
    assert item(batch, "gtin") == "02012345678903"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tracking_id": "LP202607316CN"}, "tracking_check_digit"),
        ({"tracking_id": "LP202607315QQ"}, "tracking_issuer_unknown"),
        ({"tracking_id": "4.2E+21"}, "number_scientific"),
        ({"master_document": "618-44100227"}, "awb_check_digit"),
        ({"entry_number": "300-4567891-7"}, "entry_number"),
        ({"fiscal_reference": "IM12", "fiscal_role": "FR5"}, "ioss_malformed"),
        ({"fiscal_reference": "IN2760010000", "fiscal_role": "FR5"}, "ioss_malformed"),
        ({"consignor__id_number": "GB12", "consignor__id_type": "EORI"}, "eori_malformed"),
    ],
    ids=str,
)
def test_a_wrong_identifier_is_found(changes: dict[str, Any], code: str) -> None:
    assert code in codes(checked(changed(sound(), **changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"tracking_id": "lp 2026 0731 5 cn"},
        {"tracking_id": "1Z999AA10123456784"},
        {"master_document": "618-44100221"},
        {"master_document": "HBL-77"},
        {"entry_number": "300-4567891-6"},
        {"entry_number": "26DE123456789012B3"},
        {"fiscal_reference": "IM2760010000", "fiscal_role": "FR5"},
        {"fiscal_reference": "DE123456789", "fiscal_role": "FR2"},
        {"consignor__id_number": "GB123456789000", "consignor__id_type": "EORI"},
    ],
    ids=str,
)
def test_a_right_or_foreign_identifier_is_left_alone(changes: dict[str, Any]) -> None:
    assert codes(checked(changed(sound(), **changes))) == set()


@pytest.mark.requirement("B1")
@pytest.mark.parametrize(
    ("message_at", "score", "code"),
    [
        ("2026-10-03T07:59:00Z", 100, None),
        ("2026-10-03T08:30:00Z", 60, "data_late"),
        ("2026-10-03T12:00:00Z", 30, "data_late"),
        ("2026-10-09T12:00:00Z", 0, "data_late"),
        ("2026-10-03T12:00:00", 100, "time_zone_matters"),
        ("2026-10-03", 100, None),
    ],
    ids=["in time", "half an hour late", "hours late", "days late", "no zone", "a day alone"],
)
def test_lateness_is_judged_against_the_loading(
    message_at: str, score: int, code: str | None
) -> None:
    batch = checked(changed(sound(), message_at_text=message_at))
    assert batch.consignments["quality_timeliness"][0] == score
    assert codes(batch) == ({code} if code else set())


@pytest.mark.parametrize(
    "changes",
    [{"loading_at_text": None}, {"message_at_text": None}, {}],
    ids=["no event", "no message time", "an order"],
)
def test_timeliness_is_null_where_no_deadline_can_be_judged(changes: dict[str, Any]) -> None:
    view = "postal" if changes else "order"
    batch = checked(changed(sound(view=view), **changes))
    assert batch.consignments["quality_timeliness"].to_list() == [None]


def test_a_vague_text_by_air_to_the_us_needs_a_code() -> None:
    message = changed(
        sound(), line__description_text="phone accessories", line__hs_code_text=None,
        transport_mode_text="4", country_destination_text="US", consignee__country_text="US",
    )  # fmt: skip
    assert "description_needs_code" in codes(checked(message, lane="US"))
    coded = changed(message, line__hs_code_text="851770")
    assert "description_needs_code" not in codes(checked(coded, lane="US"))


@pytest.mark.requirement("B5")
@pytest.mark.partly("no league table and no trend of a sender yet")
def test_every_finding_names_element_rule_sentence_and_example_fix() -> None:
    batch = checked(
        changed(
            sound(), line__description_text="gift", line__declared_value_text="0",
            consignee__name="test", consignee__street=None, total_value_text="5",
        )
    )  # fmt: skip
    texts = known().findings.texts
    assert batch.findings.height >= 5
    for code, field in batch.findings.select("code", "field").rows():
        assert field.split(".")[0] in {"consignments", "goods_items", "parties"}
        text = texts[code]
        assert text.title
        assert text.remedy.endswith(".")
        assert text.source


def test_codes_of_the_contract_are_those_of_the_findings_pack() -> None:
    described = {code for code in known().findings.texts if code.startswith("check.")}
    assert set(CONTRACT.codes) == described
    assert all(known().findings.severity(code, ON) for code in CONTRACT.codes)


def test_fields_nobody_reads_are_named_and_not_shown() -> None:
    done = checked(changed(sound(), unread='{"colour":"red","secret":{"code":"4711"}}'))
    found = done.findings.filter(code="check.unread_kept")
    assert found["seen"].to_list() == ['"colour": "secret": "code":']
    assert found["severity"].to_list() == ["note"]
