"""check: is the message sound? Typed readings, repairs beside the declared data, findings, scores.

Every `<field>_text` is read to a typed `<field>` where that can be done without guessing; each
reading that differs in substance from what was declared is a row in `repairs`; each fault is a row
in `findings` with element, rule, what was seen; each message gets scores in the four WCO-UPU
dimensions. Scope is the row: a parcel's own rows decide, whatever else is in the batch.

Rules and weights are packs: `codelists/*`, `vague/terms`, `quality/*`, `findings/check`. Does not
compare messages of different parties (`fuse`), codes with texts (`classify`) or persons (`link`).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.stages.check.codes_emitted import CODES
from tidewaiter.stages.check.consignments import (
    fill_destination,
    read_consignments,
    with_what_lines_say,
    with_what_parties_say,
)
from tidewaiter.stages.check.contradictions import believable_figures, line_rules, parcel_rules
from tidewaiter.stages.check.desk import (
    AS_IT_STANDS,
    MARK_COLUMNS,
    PARCEL,
    REPAIR_COLUMNS,
    Desk,
    Rule,
    as_it_stands,
    gathered,
)
from tidewaiter.stages.check.goods import read_goods, settle_basis
from tidewaiter.stages.check.money import euros
from tidewaiter.stages.check.parties import read_parties
from tidewaiter.stages.check.scores import note_missing, presence, score
from tidewaiter.stages.check.single import consignment_rules, goods_rules
from tidewaiter.stages.check.timeliness import (
    NO_TIMELINESS,
    TIME_RULES,
    has_times,
    with_timeliness,
)
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.columns import FRAMES
from tidewaiter.vocabulary.identifiers.columnar import s10_country
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

if TYPE_CHECKING:
    from tidewaiter.knowledge.load import Knowledge
    from tidewaiter.knowledge.quality import QualityRules

MESSAGE = ["consignment_id", "contribution_id"]
READ_FRAMES = ("consignments", "goods_items", "parties")
_SCHEMAS = {name: FRAMES[name].schema for name in READ_FRAMES}


def _columns(owner: str) -> tuple[str, ...]:
    return tuple(
        f"{name}.{column.name}"
        for name in READ_FRAMES
        for column in FRAMES[name].columns
        if column.owner == owner
    )


CONTRACT = StageContract(
    name="check",
    needs=_columns("formats"),
    gives=(*_columns("check"), "repairs"),
    scope=Scope.ROW,
    codes=CODES,
)


def check(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Read and check messages.

    Args:
        batch: messages as the formats decode them; every row of one message together.
        knowledge: packs of the lane.
        on: day whose law applies (severities and deadlines are dated).

    Returns:
        The batch with every column `check` owns, with repairs and findings added. Rows and their
        order stay.
    """
    numbered = _numbered(batch, knowledge.quality)
    parcels, goods, parties = (Desk(name, numbered[name]) for name in READ_FRAMES)
    lists, rules = knowledge.codelists, knowledge.quality
    read_consignments(parcels, lists)
    read_parties(parties, lists, rules)
    read_goods(
        goods,
        lists=lists,
        vague=knowledge.vague,
        rules=rules,
        named=knowledge.nomenclature.terms,
    )
    settle_basis(goods, parcels.frame["total_value"], rules)
    _judge(parcels, goods, parties, knowledge, on)
    return _answered(batch, (parcels, goods, parties), knowledge, on)


def _numbered(batch: Batch, rules: QualityRules) -> dict[str, pl.DataFrame]:
    """Give the frames with the number of their parcel and its view; a message sent twice once."""
    parcels, lines, parties = (_fitting(batch, name) for name in READ_FRAMES)
    key = ["contribution_id"]
    if parcels["contribution_id"].n_unique() < parcels.height:
        key = MESSAGE
        parcels = parcels.unique(key, keep="first", maintain_order=True)
        lines = lines.unique([*key, "item_no"], keep="first", maintain_order=True)
        parties = parties.unique([*key, "role"], keep="first", maintain_order=True)
    parcels = parcels.with_row_index(PARCEL)
    views = batch.contributions.select(*key, _views(rules))
    if views[key[0]].n_unique() < views.height:
        views = views.unique(key, keep="first")
    places = parcels.select(PARCEL, *key)
    plans = [
        frame.lazy().join(other.lazy(), on=key, how="left", maintain_order="left")
        for frame, other in ((parcels, views), (lines, places), (parties, places))
    ]
    return dict(
        zip(
            READ_FRAMES,
            pl.collect_all(plans, engine="in-memory", optimizations=AS_IT_STANDS),
            strict=True,
        )
    )


@lru_cache(maxsize=8)
def _views(rules: QualityRules) -> pl.Expr:
    """View of a message; none for an answer, for nothing is asked of it."""
    answer = pl.col("format").is_in(list(rules.answers)).fill_null(value=False)
    return pl.when(~answer).then("view").alias("_view")


def _fitting(batch: Batch, name: str) -> pl.DataFrame:
    """Give a frame that has every column the formats own, and none that `check` gives."""
    frame: pl.DataFrame = getattr(batch, name)
    if frame.schema == _GIVEN_SCHEMAS[name]:
        return frame
    given = [column.name for column in FRAMES[name].columns if column.owner == CONTRACT.name]
    return conform(frame.drop(given, strict=False), name)


_GIVEN_SCHEMAS = {
    name: pl.Schema({c.name: c.dtype for c in FRAMES[name].columns if c.owner == "formats"})
    for name in READ_FRAMES
}


UNREAD = Rule(
    "check.unread_kept",
    pl.col("unread").is_not_null(),
    "unread",
    seen=pl.col("unread").str.extract_all(r'"[^"]{1,80}":').list.head(8).list.join(" "),
    needs=("unread",),
)
_ISSUER = s10_country(pl.col("tracking_id")).alias("_issuer")
_NO_ISSUER = pl.lit(None, dtype=pl.String).alias("_issuer")
_OF_PARCELS = (
    ("_view", "_view"),
    ("nature", "_nature"),
    ("_destination", "_destination"),
    ("transport_mode", "_mode"),
    ("_lines", "_lines"),
    ("gross_mass_g", "_parcel_mass"),
    ("_parcel_eur", "_parcel_eur"),
    ("_unconverted", "_unconverted"),
)


def _judge(parcels: Desk, goods: Desk, parties: Desk, knowledge: Knowledge, on: dt.date) -> None:
    """Judge single elements, contradictions, timeliness and what is missing."""
    lists, rules, lane = knowledge.codelists, knowledge.quality, knowledge.lane
    plan = with_what_lines_say(parcels.frame.lazy(), goods, presence(goods, rules), rules)
    plan = with_what_parties_say(plan, parties, presence(parties, rules))
    plan = plan.with_columns(
        presence(parcels, rules).alias("_has_c"),
        pl.coalesce("country_destination", "_receiver").alias("_destination"),
        _ISSUER if parcels.has("tracking_id") else _NO_ISSUER,
    )
    timed = has_times(parcels)
    if timed:
        plan = with_timeliness(plan, lists, rules, lane, on)
    else:
        plan = plan.with_columns(NO_TIMELINESS)
    parcels.take(as_it_stands(plan))
    place = goods.frame[PARCEL]
    there = [parcels.frame[name].gather(place).alias(said) for name, said in _OF_PARCELS]
    goods.add_in_turn([euros(rules), *there], believable_figures(rules))
    parcels.judge([*consignment_rules(lists, rules, on), *parcel_rules(rules), UNREAD])
    goods.judge([*goods_rules(lists, rules, on), *line_rules(lists, rules, lane, on), UNREAD])
    if timed:
        parcels.judge(TIME_RULES)
    note_missing(parcels, rules)
    fill_destination(parcels)


def _answered(
    batch: Batch, desks: tuple[Desk, Desk, Desk], knowledge: Knowledge, on: dt.date
) -> Batch:
    """Put findings, repairs and scores together and give back the frames' declared columns."""
    parcels = desks[0]
    marks = _weighed([mark for desk in desks for mark in desk.marks], knowledge, on)
    repairs = gathered([part for desk in desks for part in desk.repairs], REPAIR_COLUMNS)
    columns = [PARCEL, "code", "field", "severity"]
    whole = marks.select(columns)
    found = batch.findings
    if marks.height:
        found = pl.concat([found, marks.select(list(FRAMES["findings"].schema))])
    if batch.findings.height:
        places = parcels.frame.select(PARCEL, *MESSAGE)
        before = batch.findings.join(places, on=MESSAGE, how="inner").select(columns)
        whole = pl.concat([before, whole])
    score(parcels, whole, knowledge.quality, knowledge.findings)
    return batch.with_frames(
        **{desk.name: _declared(getattr(batch, desk.name), desk) for desk in desks},
        findings=found,
        repairs=pl.concat([batch.repairs, repairs]) if repairs.height else batch.repairs,
    )


def _weighed(parts: list[pl.DataFrame], knowledge: Knowledge, on: dt.date) -> pl.DataFrame:
    """Put marks together and give each the weight in force on the day."""
    marks = gathered(parts, MARK_COLUMNS)
    if not marks.height:
        return _NO_MARKS
    codes = marks["code"].unique().to_list()
    weights = {code: knowledge.findings.severity(code, on).value for code in codes}
    severity = pl.col("code").replace_strict(
        list(weights), list(weights.values()), return_dtype=pl.String
    )
    return marks.with_columns(severity=severity, stage=pl.lit(CONTRACT.name))


_NO_MARKS = pl.DataFrame(schema={**MARK_COLUMNS, "severity": pl.String, "stage": pl.String})


def _declared(before: pl.DataFrame, desk: Desk) -> pl.DataFrame:
    """Give the frame as it came, in its order, with the columns `check` owns."""
    declared = FRAMES[desk.name]
    have = desk.frame.schema
    kept = [name for name in _SCHEMAS[desk.name] if name in have]
    odd = [
        pl.col(name).cast(_SCHEMAS[desk.name][name])
        for name in kept
        if have[name] != _SCHEMAS[desk.name][name]
    ]
    frame = desk.frame.select(kept)
    frame = frame.with_columns(odd) if odd else frame
    if frame.height == before.height:
        return frame
    given = [c.name for c in declared.columns if c.owner == CONTRACT.name]
    key = list(declared.key)
    whole = conform(before.drop(given, strict=False), desk.name)
    both = whole.join(frame.select(*key, *given), on=key, how="left", maintain_order="left")
    return both.select(kept)
