"""Decide: release, ask, hold, examine or refuse, with every reason and its law.

The strictest of what findings and controls lead to wins; what leads where is pack data
(`knowledge.decisions`, the controls' actions). A parcel nothing is found against is released and
says so: no decision is without a reason. Finds nothing itself.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.columns import DECISIONS
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import DECISION_RANK, Decision, Scope

CONTRACT = StageContract(
    name="decide",
    needs=("findings.code", "findings.severity", "goods_items.controls"),
    gives=("consignments.decision", "decisions"),
    scope=Scope.ROW,
)

_WORDS = {rank: word for word, rank in DECISION_RANK.items()}
_REASON = ("consignment_id", "rank", "code", "sentence", "law")


def decide(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Give each parcel one decision.

    Args:
        batch: after all other stages.
        knowledge: decision rules, finding texts, controls.
        on: day whose law applies; recorded in the decision.

    Returns:
        The batch with `consignments.decision` and the `decisions` frame, one row a parcel.
    """
    reasons = pl.concat([_from_findings(batch, knowledge), _from_controls(batch, knowledge, on)])
    weighty = reasons.filter(pl.col("rank") > DECISION_RANK[Decision.RELEASE.value])
    grouped = (
        weighty.sort("rank", descending=True, maintain_order=True)
        .group_by("consignment_id", maintain_order=True)
        .agg(
            pl.col("rank").max(),
            pl.col("sentence").alias("reasons"),
            pl.col("code").alias("reason_codes"),
            pl.col("law").alias("legal_basis"),
        )
    )
    rules = knowledge.decisions
    clean = {
        "reasons": rules.release_sentence,
        "reason_codes": rules.release_code,
        "legal_basis": rules.release_source,
    }
    parcels = batch.consignments.select("consignment_id").join(
        grouped, on="consignment_id", how="left", maintain_order="left"
    )
    decided = parcels.with_columns(
        pl.col("rank")
        .fill_null(DECISION_RANK[Decision.RELEASE.value])
        .replace_strict(_WORDS, return_dtype=pl.String)
        .alias("decision"),
        *(pl.col(name).fill_null(pl.lit([text])) for name, text in clean.items()),
        pl.lit(on).alias("on"),
        pl.lit(knowledge.lane).alias("lane"),
        pl.lit(knowledge.digest).alias("packs_digest"),
    ).select(DECISIONS.schema.keys())
    consignments = batch.consignments.with_columns(decided["decision"])
    return batch.with_frames(
        consignments=conform(consignments, "consignments"), decisions=conform(decided, "decisions")
    )


def _from_findings(batch: Batch, knowledge: Knowledge) -> pl.DataFrame:
    rules, texts = knowledge.decisions, knowledge.findings.texts
    known = batch.findings.filter(pl.col("consignment_id").is_not_null())
    rank = pl.col("severity").replace_strict(
        {word: DECISION_RANK[decision.value] for word, decision in rules.by_severity.items()},
        return_dtype=pl.Int64,
    )
    for code, decision in rules.by_code.items():
        rank = (
            pl.when(pl.col("code") == code)
            .then(pl.lit(DECISION_RANK[decision.value], dtype=pl.Int64))
            .otherwise(rank)
        )
    weighty = known.with_columns(rank.alias("rank")).filter(pl.col("rank") > 0)
    title = pl.col("code").replace_strict(
        {code: text.title for code, text in texts.items()}, default=pl.col("code")
    )
    law = pl.col("code").replace_strict(
        {code: text.source for code, text in texts.items()}, default=""
    )
    line = pl.when(pl.col("item_no").is_not_null()).then(pl.format("line {}: ", "item_no"))
    personal = pl.col("field").str.starts_with("parties.").fill_null(value=False)
    more = pl.coalesce(
        pl.when(pl.col("detail").is_not_null()).then(pl.format(" ({})", "detail")),
        pl.when(pl.col("seen").is_not_null() & ~personal).then(pl.format(" (seen: {})", "seen")),
        pl.lit(""),
    )
    return weighty.select(
        "consignment_id",
        "rank",
        "code",
        pl.concat_str([line.fill_null(""), title, more]).alias("sentence"),
        law.alias("law"),
    )


def _from_controls(batch: Batch, knowledge: Knowledge, on: dt.date) -> pl.DataFrame:
    weighty = [
        {
            "code": control.id,
            "rank": DECISION_RANK[control.action.decision.value],
            "action": control.action.word,
            "law": control.source,
        }
        for control in knowledge.controls.on_day(on)
        if control.action.decision is not Decision.RELEASE
    ]
    schema = {"code": pl.String, "rank": pl.Int64, "action": pl.String, "law": pl.String}
    hits = (
        batch.goods_items.filter(pl.col("controls").list.len() > 0)
        .select(
            "consignment_id",
            "item_no",
            pl.col("controls").alias("code"),
            pl.col("control_reasons").list.head(pl.col("controls").list.len()).alias("why"),
        )
        .explode("code", "why")
        .join(pl.DataFrame(weighty, schema=schema), on="code", maintain_order="left")
    )
    sentence = pl.format("line {}: {}: {}", "item_no", "action", "why")
    return hits.with_columns(sentence=sentence).select(_REASON)
