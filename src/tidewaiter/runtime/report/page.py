"""From the figures of a run to what stands on the page: rows, sums, shares, sentences.

Gives plain values for `template.html`; writes no HTML. Everything shown has a limit, and where a
limit cuts something off the page is told how many there are in all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

import polars as pl

from tidewaiter.runtime.report import charts
from tidewaiter.runtime.report.view import ReportView
from tidewaiter.runtime.report.words import DECISIONS, DIMENSIONS, SEVERITIES, number, rank
from tidewaiter.vocabulary.terms import DECISION_RANK, SEVERITY_RANK, Decision, Dimension

DAYS_SHOWN_MAX = 92
MONTHS_SHOWN_MAX = 60
FILES_SHOWN_MAX = 100
ID_CHARS_MAX = 120
#: bytes of held parcels a page can carry and still open at once in an old browser
HELD_BYTES_MAX = 1_400_000
ENTRY_BYTES = 1_500
REASON_BYTES = 60
ITEM_BYTES = 160
NO_DAY = "no date"
Rows = list[dict[str, Any]]


def page(view: ReportView) -> dict[str, Any]:
    """Give everything the template names."""
    summary = view.summary
    held = _fitting([_parcel(row) for row in summary.frames["held"].to_dicts()])
    return {
        "view": view,
        "count": {row["what"]: row["n"] for row in summary.frames["counts"].to_dicts()},
        "owed": _owed(summary.frames["owed"]),
        "not_owed_n": _sum(summary.frames["owed"].filter(pl.col("currency").is_null())),
        "decisions": _decisions(view),
        "periods": _periods(summary.frames["days"]),
        "reasons": _reasons(view),
        "actions": _ranked(summary.frames["actions"].sort("n", "action", descending=[True, False])),
        "findings": _findings(view),
        "severities": SEVERITIES,
        "chapters": _chapters(view),
        "quality": _quality(summary.frames["quality"]),
        "splits": summary.frames["splits"].to_dicts(),
        "held": held,
        "held_decisions": {row["decision"] for row in held},
        "rejected": _rejected(view),
        "files": view.sources[:FILES_SHOWN_MAX],
    }


def _owed(sums: pl.DataFrame) -> Rows:
    """Give what is owed by currency; `owed` is duty, tax and fees together."""
    together = sum((pl.col(part).fill_null(0) for part in ("duty", "tax", "fee")), pl.lit(0))
    known = sums.drop_nulls("currency").with_columns(together.alias("owed"))
    return known.sort("customs_value", descending=True).to_dicts()


def _sum(rows: pl.DataFrame) -> int:
    return int(rows["n"].sum())


def _decisions(view: ReportView) -> dict[str, Any]:
    """Give each decision with its meaning and count, lightest first."""
    rows: Rows = [
        {"decision": word, "rank": rank(word), "meaning": DECISIONS[Decision(word)], "n": n}
        for word, n in view.summary.by_decision().items()
    ]
    said = ", ".join(f"{row['decision']} {number(row['n'])}" for row in rows)
    return {
        "rows": rows,
        "chart": charts.decisions(rows),
        "label": f"One bar of all parcels, cut by decision: {said}.",
    }


def _periods(days: pl.DataFrame) -> dict[str, Any]:
    """Give parcels by decision per day; per month where days would be too many to read."""
    known = days.drop_nulls("day")
    unit, shown, limit = "day", "%Y-%m-%d", DAYS_SHOWN_MAX
    if known["day"].n_unique() > DAYS_SHOWN_MAX:
        unit, shown, limit = "month", "%Y-%m", MONTHS_SHOWN_MAX
    named = known.with_columns(pl.col("day").dt.strftime(shown).alias("period"))
    names = named["period"].unique().sort().to_list()
    kept = _every_day(names, limit) if unit == "day" else names[-limit:]
    if days.height > known.height:
        kept = [*kept, NO_DAY]
    counted = (
        days.with_columns(pl.col("day").dt.strftime(shown).fill_null(NO_DAY).alias("period"))
        .filter(pl.col("period").is_in(kept))
        .group_by("period", "decision")
        .agg(pl.col("n").sum())
    )
    by_period: dict[str, dict[str, int]] = {name: {} for name in kept}
    for row in counted.to_dicts():
        by_period[row["period"]][row["decision"]] = row["n"]
    rows: Rows = [
        {"period": name, "by": counts, "total": sum(counts.values())}
        for name, counts in by_period.items()
    ]
    drawn = [
        {"period": name, "decision": word.value, "n": counts[word], "rank": rank(word)}
        for name, counts in by_period.items()
        for word in Decision
        if counts.get(word, 0)
    ]
    busiest = max(rows, key=lambda row: row["total"], default=None)
    return {
        "unit": unit,
        "rows": rows,
        "in_all": len(names),
        "left_out": max(0, len(names) - limit),
        "busiest": busiest,
        "chart": charts.periods(drawn, kept, unit),
        "label": f"Columns of parcels per {unit}, stacked by decision; figures in the table below.",
    }


def _every_day(names: Sequence[str], limit: int) -> list[str]:
    """Fill the days between with no parcels, as long as that stays readable."""
    if not names:
        return []
    first, last = dt.date.fromisoformat(names[0]), dt.date.fromisoformat(names[-1])
    if (last - first).days >= limit:
        return list(names)
    return [(first + dt.timedelta(day)).isoformat() for day in range((last - first).days + 1)]


def _reasons(view: ReportView) -> Rows:
    """Give each reason why parcels were held, most frequent first, with the decisions met."""
    rows = (
        view.summary.frames["reasons"]
        .group_by("code")
        .agg(
            pl.col("n").sum(),
            pl.col("decision").sort_by(
                pl.col("decision").replace_strict(DECISION_RANK, return_dtype=pl.Int64)
            ),
        )
        .sort("n", "code", descending=[True, False])
    )
    return [{**row, "title": view.title(row["code"])} for row in _ranked(rows)]


def _ranked(rows: pl.DataFrame, by: str = "n") -> Rows:
    """Add `bar`, each row's part of the greatest, for the length of a bar only."""
    length = pl.col(by).cast(pl.Float64)  # only how long a bar is drawn, never a figure
    part = (length / length.max()).fill_nan(0.0).fill_null(0.0)
    return rows.with_columns(part.round(4, mode="half_away_from_zero").alias("bar")).to_dicts()


def _findings(view: ReportView) -> Rows:
    weight = pl.col("severity").replace_strict(SEVERITY_RANK, return_dtype=pl.Int64)
    rows = view.summary.frames["findings"].sort(
        weight, "parcels", "code", descending=[True, True, False]
    )
    return [
        {
            **row,
            "title": view.title(row["code"]),
            "remedy": view.texts[row["code"]].remedy if row["code"] in view.texts else "",
            "source": view.texts[row["code"]].source if row["code"] in view.texts else "",
        }
        for row in rows.to_dicts()
    ]


def _chapters(view: ReportView) -> Rows:
    rows = view.summary.frames["chapters"].sort(
        "duty", "n", "chapter", descending=[True, True, False], nulls_last=True
    )
    return [
        {**row, "name": view.chapters.get(row["chapter"] or "", "")}
        for row in _ranked(rows, by="duty")
    ]


def _quality(bands: pl.DataFrame) -> dict[str, Any]:
    """Give the spread of scores in the four dimensions, and of the score over all of them."""
    found: dict[str, dict[int, int]] = {}
    for row in bands.to_dicts():
        found.setdefault(row["dimension"], {})[row["band"]] = row["n"]
    starts = list(range(0, charts.BAND_TOP, charts.BAND_WIDTH))
    ends = [start + charts.BAND_WIDTH for start in starts]
    ranges = [
        f"{start}-{end if end == charts.BAND_TOP else end - 1}"
        for start, end in zip(starts, ends, strict=True)
    ]
    most = max((n for counts in found.values() for n in counts.values()), default=0)
    dimensions = []
    for word in Dimension:
        counts = found.get(f"quality_{word}", {})
        drawn = [
            {"band": start, "band_end": end, "range": label, "n": counts.get(start, 0)}
            for start, end, label in zip(starts, ends, ranges, strict=True)
        ]
        dimensions.append(
            {
                "name": word.value,
                "meaning": DIMENSIONS[word],
                "judged": sum(counts.values()),
                "by": counts,
                "best": counts.get(starts[-1], 0),
                "label": f"Columns of parcels by {word.value} score; figures in the table below.",
                "chart": charts.scores(drawn, most),
            }
        )
    overall = found.get("quality", {})
    return {
        "dimensions": dimensions,
        "overall": {"by": overall, "judged": sum(overall.values())},
        "bands": list(zip(starts, ranges, strict=True))[::-1],
        "best_range": ranges[-1],
    }


def _parcel(row: dict[str, Any]) -> dict[str, Any]:
    """Give a held parcel with its reasons beside their law."""
    reasons = [
        {"sentence": sentence, "law": law}
        for sentence, law in zip(row["reasons"] or [], row["legal_basis"] or [], strict=False)
    ]
    identity = row["consignment_id"]
    short = identity if len(identity) <= ID_CHARS_MAX else f"{identity[:ID_CHARS_MAX]}…"
    items = row["items"] or []
    known = [row[part] for part in ("tax", "fee") if row[part] is not None]
    return {
        **row,
        "id": short,
        "rank": rank(row["decision"]),
        "tax_and_fee": sum(known, Decimal(0)) if known else None,
        "reasons": reasons,
        "reasons_more": (row["reasons_n"] or 0) - len(reasons),
        "items": items,
        "items_more": (row["items_n"] or 0) - len(items),
    }


def _fitting(parcels: Rows) -> Rows:
    """Keep the first parcels, as many as the page can carry."""
    sizes = accumulate(_size(parcel) for parcel in parcels)
    return [row for row, size in zip(parcels, sizes, strict=True) if size <= HELD_BYTES_MAX]


def _size(parcel: dict[str, Any]) -> int:
    """Estimate the bytes an entry takes on the page; its first reason stands there twice."""
    reasons, items = parcel["reasons"], parcel["items"]
    texts = [text for reason in [*reasons[:1], *reasons] for text in reason.values()]
    texts += [item["description"] for item in items]
    written = sum(len(text.encode()) for text in texts if text)
    return ENTRY_BYTES + REASON_BYTES * len(reasons) + ITEM_BYTES * len(items) + written


def _rejected(view: ReportView) -> Rows:
    return [
        {
            **row,
            "title": view.title(row["code"]),
            "remedy": view.texts[row["code"]].remedy if row["code"] in view.texts else "",
        }
        for row in view.summary.frames["rejected"].to_dicts()
    ]
