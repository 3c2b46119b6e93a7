"""Who is the same person on the same day, though names and addresses are written differently."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.shared_data import shared
from tests.stages.messages import known
from tests.stages.planted_persons import planted, scores
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.link import CONTRACT, link
from tidewaiter.stages.link.writings import hex_keys
from tidewaiter.vocabulary.batch import Batch, concat, conform

ON = dt.date(2026, 1, 31)
DAY = dt.date(2026, 1, 18)
HOME = "Flat 308, Building 148, Corniche Road, Abu Dhabi"
OWNERS = ("formats", "check")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def parcels(*persons: dict[str, object]) -> Batch:
    """One parcel a person; `day` and `role` as said, else the usual."""
    rows = [
        {"consignment_id": f"P{n}", "contribution_id": f"P{n}", "role": "buyer", "day": DAY} | p
        for n, p in enumerate(persons)
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    keys = ("consignment_id", "contribution_id")
    consignments = frame.select(*keys, ordered_day=pl.col("day").cast(pl.Date))
    return Batch(
        consignments=conform(consignments, "consignments", OWNERS),
        parties=conform(frame.drop("day"), "parties", OWNERS),
    )


def person(name: str | None, address: str | None = HOME, **more: object) -> dict[str, object]:
    return {"name": name, "address": address} | more


def groups(batch: Batch) -> list[list[int]]:
    keys = batch.consignments["person_key"].to_list()
    return [[n for n, k in enumerate(keys) if k == key] for key in dict.fromkeys(keys)]


SAME = [
    pytest.param("Okafor, John", HOME, id="surname first with a comma"),
    pytest.param("Okafor John", HOME, id="surname first without a comma"),
    pytest.param("JOHN OKAFOR", HOME.upper(), id="capitals"),
    pytest.param("Mr John Okafor", HOME, id="a title"),
    pytest.param("J. Okafor", HOME, id="an initial"),
    pytest.param("John Okafro", HOME, id="two letters swapped"),
    pytest.param("Jonh Okafor", HOME, id="two letters of a given name swapped"),
    pytest.param("John Okaffor", HOME, id="a letter too many"),
    pytest.param("John Okabor", HOME, id="a wrong letter in a long word"),
    pytest.param("John Michael Okafor", HOME, id="a further given name"),
    pytest.param("JohnOkafor", HOME, id="words run together"),
    pytest.param("John Okafor", HOME.replace("Flat", "Apt"), id="Apt for Flat"),
    pytest.param("John Okafor", HOME.replace("Building", "Bldg"), id="Bldg for Building"),
    pytest.param("John Okafor", HOME.replace("Road", "Rd") + "  ", id="Rd for Road and blanks"),
    pytest.param("John Okafor", HOME.replace(",", ""), id="no commas"),
    pytest.param("John Okafor", HOME.removesuffix(", Abu Dhabi"), id="the city left out"),
    pytest.param("John Okafor", HOME.replace("148", "184"), id="digits of the building swapped"),
    pytest.param("John Okafor", "Abu Dhabi, Corniche Road 148, Flat 308", id="another order"),
    pytest.param("John Okafor", "Building 148, Corniche Road, Abu Dhabi", id="the flat left out"),
    pytest.param("JohnO kafor", HOME, id="a blank in the wrong place"),
    pytest.param("John Okafor", HOME.replace("Corniche Road", "Corn Rd"), id="a word cut short"),
    pytest.param("Okafor, J", HOME.upper().replace(",", ""), id="initial and other address form"),
]


@pytest.mark.requirement("E9")
@pytest.mark.partly("splits of one person and day; no test yet for bunching below a limit")
@pytest.mark.parametrize(("name", "address"), SAME)
def test_one_person_written_with(name: str, address: str, knowledge: Knowledge) -> None:
    linked = link(parcels(person("John Okafor"), person(name, address)), knowledge, on=ON)
    assert groups(linked) == [[0, 1]]


OTHERS = [
    pytest.param("Omar Khan", "Olga Khan", HOME, id="man and wife with one initial"),
    pytest.param("Omar Khan", "Bilal Hussain", HOME, id="flatmates"),
    pytest.param("Sara Khan", "Sana Khan", HOME, id="sisters whose names differ by one letter"),
    pytest.param("Amir Khan", "Amin Khan", HOME, id="brothers whose names differ by one letter"),
    pytest.param("Omar Khan", "Omar Khan", HOME.replace("308", "309"), id="another flat"),
    pytest.param(
        "Omar Khan", "O. Khan", HOME.replace("308", "309"), id="another flat and an initial"
    ),
    pytest.param(
        "Omar Khan",
        "Omar Khan",
        "Flat 148, Building 308, Corniche Road, Abu Dhabi",
        id="flat and building exchanged",
    ),
    pytest.param("Omar Khan", "Omar Khan", HOME.replace("Corniche", "Muroor"), id="another street"),
    pytest.param("Omar Khan", "Khan", HOME, id="only a surname"),
    pytest.param("Bhat Ravi", "Bhut Ravi", HOME, id="one letter changed in a short word"),
    pytest.param(
        "Omar Khan",
        "Omar Khan",
        "Villa 308, Building 148, Corniche Road",
        id="another kind of door",
    ),
]


@pytest.mark.requirement("E9")
@pytest.mark.partly("splits of one person and day; no test yet for bunching below a limit")
@pytest.mark.parametrize(("one", "other", "address"), OTHERS)
def test_two_persons(one: str, other: str, address: str, knowledge: Knowledge) -> None:
    linked = link(parcels(person(one), person(other, address)), knowledge, on=ON)
    assert groups(linked) == [[0], [1]]
    assert linked.consignments["person_match"].to_list() == ["single", "single"]


def test_neighbours_of_one_name_in_houses_without_doors_stay_apart(knowledge: Knowledge) -> None:
    batch = parcels(person("Omar Khan", "12 High Street"), person("Omar Khan", "14 High Street"))
    assert groups(link(batch, knowledge, on=ON)) == [[0], [1]]


def test_an_initial_that_fits_two_joins_neither_and_is_told(knowledge: Knowledge) -> None:
    batch = parcels(person("Omar Khan"), person("Olga Khan"), person("O. Khan"))
    linked = link(batch, knowledge, on=ON)
    assert groups(linked) == [[0], [1], [2]]
    told = linked.findings.row(0, named=True)
    assert (told["code"], told["consignment_id"]) == ("link.ambiguous_writing", "P2")
    assert told["detail"] == "the writing fits 2 persons of this day; counted apart"


def test_an_initial_that_fits_two_joins_the_one_with_its_telephone(knowledge: Knowledge) -> None:
    batch = parcels(
        person("Omar Khan", phone="0501234567"),
        person("Olga Khan", phone="0507654321"),
        person("O. Khan", phone="+971 50 123 4567"),
    )
    assert groups(link(batch, knowledge, on=ON)) == [[0, 2], [1]]


def test_two_names_of_the_day_are_not_taken_for_a_typing_error(knowledge: Knowledge) -> None:
    """`Dorvin` and `Dorbin` are in no list of names, but both are borne at other doors."""
    pair = [person("Dorvin Szabo"), person("Dorbin Szabo")]
    others = [
        person(f"{given} {family}", f"Flat {door}, Building 9, Yas Island")
        for door, (given, family) in enumerate(
            [(g, f) for g in ("Dorvin", "Dorbin") for f in ("Moss", "Reed", "Lund", "Pike")], 500
        )
    ]
    assert groups(link(parcels(*pair), knowledge, on=ON)) == [[0, 1]]
    assert groups(link(parcels(*pair, *others), knowledge, on=ON))[:2] == [[0], [1]]


def test_telephone_or_mail_joins_one_name_at_two_addresses(knowledge: Knowledge) -> None:
    office = "Tower 5, Airport Road, Abu Dhabi"
    batch = parcels(
        person("John Okafor", phone="+971 50 123 4567"),
        person("John Okafor", office, phone="0501234567"),
        person("John Okafor", "9 Delma Street"),
        person("Ruth Okafor", "7 Delma Street", phone="0501234567"),
    )
    assert groups(link(batch, knowledge, on=ON)) == [[0, 1], [2], [3]]


@pytest.mark.parametrize(
    ("one", "other", "more", "same"),
    [
        pytest.param("Ravi Bhat", "Ravi Bhut", {"phone": "0501234567"}, True, id="error in a word"),
        pytest.param("Sara Bhat", "Sana Bhat", {"phone": "0501234567"}, False, id="known names"),
        pytest.param("Ravi Bhat", "Olu Adeyemi", {"phone": "0501234567"}, False, id="a household"),
    ],
)
def test_with_one_telephone_more_errors_are_forgiven(
    one: str, other: str, more: dict[str, object], same: bool, knowledge: Knowledge
) -> None:
    linked = link(parcels(person(one, **more), person(other, **more)), knowledge, on=ON)
    assert (len(groups(linked)) == 1) is same


def test_other_telephone_and_mail_speak_against_a_further_name(knowledge: Knowledge) -> None:
    batch = parcels(
        person("Kavita Sharma", phone="0501234567", email="k@example.org"),
        person("Arjun Kavita Sharma", phone="0507654321", email="a@example.org"),
    )
    assert groups(link(batch, knowledge, on=ON)) == [[0], [1]]


def test_a_particle_left_out_is_no_other_name(knowledge: Knowledge) -> None:
    batch = parcels(person("Kiran De Silva"), person("Kiran Silva"))
    assert groups(link(batch, knowledge, on=ON)) == [[0, 1]]


def test_without_an_address_a_name_alone_is_nobody(knowledge: Knowledge) -> None:
    batch = parcels(
        person("John Okafor", None),
        person("John Okafor", None),
        person("John Okafor", None, email="j@example.org"),
        person("J. Okafor", None, email="J@example.org "),
        person(None, HOME),
        person(None, HOME),
    )
    linked = link(batch, knowledge, on=ON)
    assert groups(linked) == [[0], [1], [2, 3], [4], [5]]
    assert linked.consignments["person_key"].null_count() == 0


def test_days_are_kept_apart_and_no_day_is_single(knowledge: Knowledge) -> None:
    batch = parcels(
        person("John Okafor"),
        person("J. Okafor", day=DAY + dt.timedelta(days=1)),
        person("John Okafor", day=None),
        person("John Okafor", day=None),
    )
    linked = link(batch, knowledge, on=ON)
    assert linked.consignments["person_match"].to_list() == ["single"] * 4
    keys = linked.consignments["person_key"].to_list()
    assert keys[0] == keys[2] == keys[3] != keys[1]


def test_the_importer_counts_before_buyer_before_consignee(knowledge: Knowledge) -> None:
    batch = parcels(person("John Okafor"))
    more = [
        {"consignment_id": "P0", "contribution_id": "P0", "role": role, "name": name}
        for role, name in (("consignee", "Ruth Adu"), ("importer", "Ada Byron"))
    ]
    extra = conform(pl.DataFrame(more).with_columns(address=pl.lit(HOME)), "parties", OWNERS)
    linked = link(batch.with_frames(parties=pl.concat([batch.parties, extra])), knowledge, on=ON)
    by_role = dict(linked.parties.select("role", "party_key").iter_rows())
    assert linked.consignments["person_key"][0] == by_role["importer"]
    assert len(set(by_role.values())) == 3


def test_a_person_in_two_roles_brings_the_telephone_of_either(knowledge: Knowledge) -> None:
    batch = parcels(
        person("Hans Weber", "9 Long Lane", phone="0501234567"),
        person("Weber, Hans", "9 Lg Ln", role="importer"),
    )
    again = {"consignment_id": "P1", "contribution_id": "P1", "role": "consignee"}
    again |= {"name": "HANS WEBER", "address": "Lg Ln 9", "phone": "0501234567"}
    extra = conform(pl.DataFrame([again]), "parties", OWNERS)
    both = batch.with_frames(parties=pl.concat([batch.parties, extra]))
    assert groups(link(batch, knowledge, on=ON)) == [[0], [1]]
    assert groups(link(both, knowledge, on=ON)) == [[0, 1]]


def test_a_group_goes_under_its_fullest_writing_with_the_reasons_told(
    knowledge: Knowledge,
) -> None:
    batch = parcels(person("J. Okafor"), person("John Okafro"), person("John Okafor"))
    batch = concat([batch, parcels(person("John Okafor")).with_frames()])
    batch = batch.with_frames(
        consignments=batch.consignments.with_columns(consignment_id=_numbered(batch.consignments)),
        parties=batch.parties.with_columns(consignment_id=_numbered(batch.parties)),
    )
    linked = link(batch, knowledge, on=ON)
    assert groups(linked) == [[0, 1, 2, 3]]
    assert set(linked.consignments["person_match"]) == {"similar"}
    full = link(parcels(person("John Okafor")), knowledge, on=ON).consignments["person_key"][0]
    assert linked.consignments["person_key"][0] == full
    details = linked.findings.filter(code="link.similar_writing")["detail"].unique()
    assert details.to_list() == [
        (
            "3 writings of one person on this day (initial for a name; typing error in the name; "
            "typing errors in the name); parcels N0, N1, N2, N3"
        )
    ]


def _numbered(frame: pl.DataFrame) -> pl.Expr:
    return pl.format("N{}", pl.int_range(frame.height))


def test_no_personal_data_leaves_the_parties(knowledge: Knowledge) -> None:
    linked = link(parcels(person("John Okafor"), person("J. Okafro")), knowledge, on=ON)
    for name, frame in linked.frames().items():
        if name != "parties":
            text = frame.write_ndjson().lower()
            assert not any(word in text for word in ("okaf", "john", "corniche")), name


def test_keys_are_pinned(knowledge: Knowledge) -> None:
    """If this fails, Polars hashes otherwise now: remembered persons would all be new ones.

    Then either keep the Polars version or renew what is remembered under the old keys.
    """
    linked = link(parcels(person("John Okafor")), knowledge, on=ON)
    assert linked.consignments["person_key"].to_list() == ["900dd92bf0526c91"]
    assert hex_keys(pl.Series([2**64 - 1, 0, None], dtype=pl.UInt64)).to_list() == [
        "f" * 16,
        "0" * 16,
        None,
    ]


def test_days_cut_apart_and_rows_in_any_order_give_the_same(knowledge: Knowledge) -> None:
    batch = planted(3, 800, days=6).batch
    whole = link(batch, knowledge, on=ON).consignments.sort("consignment_id")
    days = batch.consignments.partition_by("ordered_day")
    parts = []
    for day in days:
        ids = day.select("consignment_id")
        parties = batch.parties.join(ids, on="consignment_id", how="semi")
        mixed = parties[np.random.default_rng(1).permutation(parties.height)]
        parts.append(link(Batch(consignments=day, parties=mixed), knowledge, on=ON).consignments)
    assert_frame_equal(whole, pl.concat(parts).sort("consignment_id"))


def test_a_parcel_alone_has_the_key_it_has_among_many(knowledge: Knowledge) -> None:
    batch = planted(4, 200, exact_share=1.0).batch
    many = link(batch, knowledge, on=ON).consignments
    one = link(
        Batch(consignments=batch.consignments.head(1), parties=batch.parties.head(1)),
        knowledge,
        on=ON,
    ).consignments
    assert one["person_key"][0] == many["person_key"][0]


def test_rows_keys_and_order_are_kept(knowledge: Knowledge) -> None:
    batch = planted(5, 300).batch
    linked = link(batch, knowledge, on=ON)
    for name in ("consignments", "parties"):
        before, after = getattr(batch, name), getattr(linked, name)
        assert_frame_equal(before, after.select(before.columns))
    given = {f"{n}.{c}" for n in ("consignments", "parties") for c in getattr(linked, n).columns}
    had = {f"{n}.{c}" for n in ("consignments", "parties") for c in getattr(batch, n).columns}
    assert given - had == set(CONTRACT.gives)


def test_nothing_in_nothing_out(knowledge: Knowledge) -> None:
    empty = parcels(person("x")).consignments.head(0), parcels(person("x")).parties.head(0)
    linked = link(Batch(consignments=empty[0], parties=empty[1]), knowledge, on=ON)
    assert linked.consignments.height == 0
    assert set(CONTRACT.gives) <= {f"consignments.{c}" for c in linked.consignments.columns} | {
        f"parties.{c}" for c in linked.parties.columns
    }


@pytest.mark.requirement("E9", "C3")
@pytest.mark.partly(
    "C3: persons of one day only, no officer's merge or split; E9: no bunching test"
)
@pytest.mark.parametrize(
    ("exact_share", "precision", "recall"),
    [
        pytest.param(1.0, 0.999, 0.999, id="who always write alike"),
        pytest.param(0.3, 0.998, 0.98, id="of whom seven in ten write in many ways"),
    ],
)
def test_planted_households(
    exact_share: float, precision: float, recall: float, knowledge: Knowledge
) -> None:
    world = planted(7, 12_000, exact_share=exact_share)
    found = scores(link(world.batch, knowledge, on=ON), world.truth)
    assert found["precision"] >= precision
    assert found["recall"] >= recall


@pytest.mark.requirement("E9")
@pytest.mark.partly("splits of one person and day; no test yet for bunching below a limit")
def test_splits_of_the_lane_sample_are_found(knowledge: Knowledge) -> None:
    orders = pl.read_csv(shared("wco_lane/sample/orders.csv"), infer_schema=False)
    truth = pl.read_csv(shared("wco_lane/sample/truth.csv"), infer_schema=False)
    parcels = orders.group_by("order_id", maintain_order=True).agg(
        pl.col("timestamp", "importer_name", "delivery_address").first(),
        pl.col("item_price_inr").cast(pl.Decimal(38, 6)).sum().alias("inr"),
    )
    keys = {"consignment_id": "order_id", "contribution_id": "order_id"}
    consignments = parcels.select(
        **keys, ordered_day=pl.col("timestamp").str.head(10).str.to_date(), total_value="inr"
    )
    parties = parcels.select(
        **keys, name="importer_name", address="delivery_address", role=pl.lit("buyer")
    )
    batch = Batch(
        consignments=conform(consignments, "consignments", OWNERS),
        parties=conform(parties, "parties", OWNERS),
    )
    linked = link(batch, knowledge, on=ON).consignments.join(
        truth.unique("order_id").select("split", "exact_key", consignment_id="order_id"),
        on="consignment_id",
    )
    aed = pl.col("total_value") * pl.lit("0.044").cast(pl.Decimal(38, 6))
    linked = linked.with_columns(aed=aed)
    day = ("person_key", "ordered_day")
    said = (pl.col("aed").sum().over(day) > 1000) & (pl.col("aed").max().over(day) <= 1000)
    judged = linked.select(
        "exact_key",
        said=said,
        true=pl.col("split") == "True",
        writings=pl.col("exact_key").n_unique().over(day),
    )
    assert _f1(judged) >= 0.95
    exact = judged.filter(pl.col("writings") == 1)
    assert _f1(exact) >= 0.999


def _f1(judged: pl.DataFrame) -> float:
    both = judged.select((pl.col("said") & pl.col("true")).sum()).item()
    return 2 * both / (judged["said"].sum() + judged["true"].sum())
