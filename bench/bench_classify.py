"""classify: distinct texts a second, a million parcels, one alone; and how often it is right.

Accuracy is told with Wilson 95 % intervals, for 2, 4 and 6 digits, best and among the best five;
coverage is by the chapter's probability at 2 digits, else by that of the code. The short UK texts
(classification/uk_train.csv of the reference data, if it lies beside the clone) also served to tune
weights and calibration: read their figures as "no loss", not as skill on new texts.
The listings in tests/stages/classify_cases.csv are of our own making and rather plain.

The peer is the nearest phrase of the same tables by rapidfuzz's token_set_ratio.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from tidewaiter.knowledge.findings import load_findings
from tidewaiter.knowledge.nomenclature import Nomenclature, load_nomenclature
from tidewaiter.stages.classify import LINE_COLUMNS, classify, classify_lines
from tidewaiter.stages.classify.answers import outcomes
from tidewaiter.stages.classify.texts import joined_text
from tidewaiter.stages.classify.votes import vote
from tidewaiter.vocabulary.batch import Batch, conform

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "stages" / "classify_cases.csv"
UK = ROOT.parent / "shared" / "data" / "classification" / "uk_train.csv"
ON = dt.date(2026, 11, 22)
PARCELS, DISTINCT, ROUNDS, ALONE, PEER_TEXTS, BINS = 1_000_000, 20_000, 3, 200, 60, 15
STYLES = ("printed", "solid", "classic", "large", "floral", "striped", "retro", "compact")


def run() -> list[dict[str, Any]]:
    nomenclature = load_nomenclature("hs2022")
    cases = pl.read_csv(CASES, infer_schema=False)
    rows = [*_speed(nomenclature, cases)]
    full = {"title": cases["title"], "category_path": cases["category_path"]}
    rows += _right("own listings, title and category", full, cases["hs6"], nomenclature)
    rows += _right("own listings, title", {"title": cases["title"]}, cases["hs6"], nomenclature)
    if UK.is_file():
        uk = pl.read_csv(UK, infer_schema=False)
        rows += _right(
            "uk_train (tuning set)", {"description": uk["text"]}, uk["hs6"], nomenclature
        )
        rows.append(_calibration(uk, nomenclature))
    return rows


def lines(**columns: pl.Series) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    nothing = pl.Series([None] * size, dtype=pl.String)
    return pl.DataFrame({name: columns.get(name, nothing) for name in LINE_COLUMNS})


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval of a share."""
    z, share = 1.96, hits / of
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - reach) / (1 + z * z / of), (middle + reach) / (1 + z * z / of)


def calibration_gap(said: np.ndarray, right: np.ndarray) -> float:
    """Give the expected calibration error over bins of equal mass."""
    bins = np.array_split(np.argsort(said, kind="stable"), BINS)
    return sum(len(b) * abs(said[b].mean() - right[b].mean()) for b in bins) / len(said)


def coverage(said: np.ndarray, right: np.ndarray, wanted: float) -> float:
    """Give the largest share of texts, surest first, that is right as often as wanted."""
    order = np.argsort(-said, kind="stable")
    enough = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= wanted)
    return float((enough.max() + 1) / len(order)) if len(enough) else 0.0


def _speed(nomenclature: Nomenclature, cases: pl.DataFrame) -> list[dict[str, Any]]:
    many = _many(cases)
    titles = lines(title=many["title"])
    both = lines(title=many["title"], category_path=many["category_path"])
    knowledge: Any = SimpleNamespace(nomenclature=nomenclature, findings=load_findings())
    parcels = _parcels(many)
    one = parcels.with_frames(goods_items=parcels.goods_items.head(1))
    alone = sorted(_timed(lambda: classify(one, knowledge, on=ON)) for _ in range(ALONE))
    peer = PEER_TEXTS / _timed(lambda: _nearest(cases["title"].head(PEER_TEXTS), nomenclature))
    title_speed = len(titles) / _best(lambda: classify_lines(titles, nomenclature))
    return [
        {
            "what": f"classify, distinct titles ({DISTINCT:,})",
            "rows_per_s": round(title_speed),
            "peer": "rapidfuzz nearest phrase",
            "peer_rows_per_s": round(peer),
            "ratio": round(title_speed / peer),
        },
        {
            "what": f"classify, distinct titles with category ({DISTINCT:,})",
            "rows_per_s": round(len(both) / _best(lambda: classify_lines(both, nomenclature))),
        },
        {
            "what": f"classify, {PARCELS:,} parcels of {DISTINCT:,} distinct texts",
            "rows_per_s": round(PARCELS / _best(lambda: classify(parcels, knowledge, on=ON))),
        },
        {
            "what": "classify, one parcel alone",
            "p50_ms": round(1000 * alone[ALONE // 2], 2),
            "p99_ms": round(1000 * alone[ALONE * 99 // 100], 2),
        },
    ]


def _right(
    name: str, columns: dict[str, pl.Series], truth: pl.Series, nomenclature: Nomenclature
) -> list[dict[str, Any]]:
    answers = classify_lines(lines(**columns), nomenclature)
    code_sure = answers["hs6_confidence"].fill_null(0.0).to_numpy()
    votes = vote(joined_text(lines(**columns)), nomenclature)
    chapter_sure = outcomes(votes, nomenclature)["share"].fill_null(0.0).to_numpy()
    rows = []
    for digits in (2, 4, 6):
        wanted = truth.str.slice(0, digits)
        best = (answers["hs6"].str.slice(0, digits) == wanted).fill_null(value=False)
        five = answers.select(
            pl.col("hs6_candidates")
            .list.eval(pl.element().struct.field("hs6").str.slice(0, digits))
            .list.contains(wanted)
            .fill_null(value=False)
        ).to_series()
        said = chapter_sure if digits == 2 else code_sure
        low, high = wilson(int(best.sum()), len(best))
        low5, high5 = wilson(int(five.sum()), len(five))
        note = (
            f"best {100 * best.mean():.1f} % ({100 * low:.1f}-{100 * high:.1f}), "
            f"in best five {100 * five.mean():.1f} % ({100 * low5:.1f}-{100 * high5:.1f}), "
            f"90 % right on the surest {100 * coverage(said, best.to_numpy(), 0.9):.1f} %"
        )
        if digits == 6:
            note += f", calibration error {calibration_gap(said, best.to_numpy()):.3f}"
        rows.append({"what": f"{name}, {digits} digits, n {len(best):,}", "note": note})
    return rows


def _calibration(uk: pl.DataFrame, nomenclature: Nomenclature) -> dict[str, Any]:
    """Measure the points of the pack's [calibration] anew (raw probability, share right)."""
    plain = nomenclature.calibration
    votes = vote(joined_text(lines(description=uk["text"])), nomenclature)
    first = np.flatnonzero(votes.top[:, 0] >= 0)
    row = votes.top[first, 0]
    single = ~nomenclature.wider[votes.code[row]]
    first, row = first[single], row[single]
    raw = np.interp(votes.probability[row], plain.right, plain.raw)
    hit = (
        nomenclature.labels["hs6"].gather(votes.code[row]).to_numpy() == uk["hs6"][first].to_numpy()
    )
    bins = np.array_split(np.argsort(raw, kind="stable"), BINS)
    points = ", ".join(f"{raw[b].mean():.2f}: {hit[b].mean():.2f}" for b in bins)
    return {"what": "calibration points now (raw: right)", "note": points}


def _many(cases: pl.DataFrame) -> pl.DataFrame:
    """Give `DISTINCT` listings: our cases in many styles, with made-up brands."""
    number = pl.int_range(pl.len())
    styles = pl.DataFrame({"style": STYLES})
    copies = pl.DataFrame({"copy": range(DISTINCT // (cases.height * len(STYLES)) + 1)})
    crossed = cases.join(styles, how="cross").join(copies, how="cross").head(DISTINCT)
    return crossed.select(
        pl.format("Brand{} {} {}", number % 997, pl.col("style"), pl.col("title")).alias("title"),
        "category_path",
    ).with_columns(pl.format("{} {}", pl.col("title"), number).alias("title"))


def _parcels(many: pl.DataFrame) -> Batch:
    number = pl.int_range(PARCELS, eager=True)
    rows = many[(number * 7919 % many.height).to_numpy()].with_columns(
        pl.col("title").alias("description"),
        ("c" + number.cast(pl.String)).alias("consignment_id"),
        pl.lit("m").alias("contribution_id"),
        pl.lit(1, dtype=pl.Int32).alias("item_no"),
    )
    return Batch(goods_items=conform(rows, "goods_items", ("formats", "check")))


def _nearest(titles: pl.Series, nomenclature: Nomenclature) -> list[Any]:
    phrases = nomenclature.rows["words"].str.split("|").explode().to_list()
    return [
        process.extractOne(title.lower(), phrases, scorer=fuzz.token_set_ratio)
        for title in titles.to_list()
    ]


def _timed(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _best(call: Any) -> float:
    return min(_timed(call) for _ in range(ROUNDS))
