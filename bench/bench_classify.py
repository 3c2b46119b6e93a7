"""classify: distinct texts a second, through memory, one alone, loading; and how often it is right.

The peer is a scikit-learn TF-IDF nearest-neighbour vote (words 1-2 and characters 3-5, cosine to
the third power, 15 neighbours) over the very same examples, in the same run.

How often it is right, where the reference data lie beside the clone: the packs alone, and with four
fifths of the short UK texts (classification/uk_train.csv) as history, on the last fifth. The split
is by a hash of the text; nothing of the last fifth is learned from, but settings were chosen with
such splits in view, so read the figures as about what to expect, not as a blind test.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.goods_model import GoodsModel, from_bytes
from tidewaiter.knowledge.load import Knowledge, load
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.knowledge.verified import VERIFIED_COLUMNS, Verified
from tidewaiter.runtime.goods.evaluating import evaluate
from tidewaiter.runtime.goods.reading import Texts, read_file
from tidewaiter.stages.classify import LINE_COLUMNS, classify, classify_lines
from tidewaiter.stages.classify.texts import joined_text
from tidewaiter.stages.classify.training import no_history, train
from tidewaiter.vocabulary.batch import Batch, conform

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "stages" / "classify_cases.csv"
UK = ROOT.parent / "shared" / "data" / "classification" / "uk_train.csv"
ON = dt.date(2026, 11, 25)
PARCELS, DISTINCT, ROUNDS, ALONE = 1_000_000, 20_000, 3, 200
PEER_TEXTS, PEER_NEIGHBOURS = 2_000, 15
STYLES = ("printed", "solid", "classic", "large", "floral", "striped", "retro", "compact")


def run() -> list[dict[str, Any]]:
    knowledge = load("AE")
    many = _many(pl.read_csv(CASES, infer_schema=False))
    rows = [*_speed(knowledge, many), _loading()]
    if UK.is_file():
        texts = read_file(UK, labelled=True)
        part = pl.Series(np.arange(texts.rows.height) * 2654435761 % 4294967296 // 858993460)
        learned, test = (
            replace(texts, rows=texts.rows.filter(chosen)) for chosen in (part != 0, part == 0)
        )
        rows.append(_right("packs alone, short UK texts", test, knowledge))
        start = time.perf_counter()
        model = train(knowledge.nomenclature, _history(learned), learned_from={"uk_train": "4/5"})
        seconds = time.perf_counter() - start
        with_history = knowledge.with_goods(model, knowledge.verified)
        rows.append(_right("packs and UK history, short UK texts", test, with_history))
        rows.append({"what": "training on the packs and 4,100 texts", "note": f"{seconds:.0f} s"})
        rows.append(_peer(model, test))
    return rows


def _history(texts: Texts) -> pl.DataFrame:
    return texts.rows.select(
        joined_text(texts.rows).alias("text"),
        "hs6",
        pl.lit(1.0).alias("weight"),
        pl.lit("history").alias("source"),
    ).select(no_history().columns)


def lines(**columns: pl.Series) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    nothing = pl.Series([None] * size, dtype=pl.String)
    return pl.DataFrame({name: columns.get(name, nothing) for name in LINE_COLUMNS})


def _speed(knowledge: Knowledge, many: pl.DataFrame) -> list[dict[str, Any]]:
    titles = lines(title=many["title"])
    parcels = _parcels(many)
    one = parcels.with_frames(goods_items=parcels.goods_items.head(1))
    classify(one, knowledge, on=ON)
    alone = sorted(_timed(lambda: classify(one, knowledge, on=ON)) for _ in range(ALONE))
    entries = many.select(
        pl.col("title").alias("text"),
        pl.lit("851762").alias("hs6"),
        pl.lit(None, dtype=pl.String).alias("gtin"),
        pl.lit(None, dtype=pl.String).alias("product"),
        pl.lit(knowledge.nomenclature.edition).alias("edition"),
        pl.lit("bench").alias("by"),
        pl.lit("officer").alias("authority"),
        pl.lit("2026-11-25").alias("on"),
    ).select(*VERIFIED_COLUMNS)
    verified = Verified(entries, knowledge.nomenclature.edition)
    remembering = replace(knowledge, verified=verified)
    classify(one, remembering, on=ON)
    return [
        {
            "what": f"classify, distinct titles ({DISTINCT:,}) through the model",
            "rows_per_s": round(DISTINCT / _best(lambda: classify_lines(titles, knowledge, ON))),
        },
        {
            "what": f"classify, {PARCELS:,} parcels of {DISTINCT:,} distinct titles",
            "rows_per_s": round(PARCELS / _best(lambda: classify(parcels, knowledge, on=ON))),
        },
        {
            "what": f"classify, {PARCELS:,} parcels, every title confirmed (memory)",
            "rows_per_s": round(PARCELS / _best(lambda: classify(parcels, remembering, on=ON))),
        },
        {
            "what": "classify, one parcel alone",
            "p50_ms": round(1000 * alone[ALONE // 2], 2),
            "p99_ms": round(1000 * alone[ALONE * 99 // 100], 2),
        },
    ]


def _loading() -> dict[str, Any]:
    data = (PACKS_DIR / "models" / "goods.model").read_bytes()
    words = load("AE").nomenclature.words

    def read() -> None:
        from_bytes(data).neighbours(words)

    return {
        "what": "loading the model and its examples",
        "p50_ms": round(1000 * _best(read)),
        "note": f"{len(data) / 1e6:.1f} MB",
    }


def _right(name: str, texts: Texts, knowledge: Knowledge) -> dict[str, Any]:
    found = evaluate(texts, knowledge, on=ON)
    told = []
    for level in ("hs2", "hs4", "hs6"):
        one, five = found[level]["top1"], found[level]["top5"]
        low, high = one["interval"]
        told.append(
            f"{level.upper()} {100 * one['right']:.1f} ({100 * low:.1f}-{100 * high:.1f}) / "
            f"{100 * five['right']:.1f} %, error {found[level]['calibration_error']:.3f}, "
            f"covers {100 * found[level]['coverage_at_90']:.0f} % at 90 %"
        )
    return {"what": f"{name}, n {found['rows']:,}, best / in best five", "note": "; ".join(told)}


def _peer(model: GoodsModel, test: Texts) -> dict[str, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    learned = model.examples["text"].to_list()
    code = model.examples["code"].to_numpy()
    asked = test.rows["title"].fill_null("").to_list()[:PEER_TEXTS]
    vectorisers = (
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )
    known = [one.fit_transform(learned) for one in vectorisers]
    start = time.perf_counter()
    alike = sum(
        one.transform(asked) @ matrix.T for one, matrix in zip(vectorisers, known, strict=True)
    ).tocsr()
    best = np.full(len(asked), -1)
    for row in range(len(asked)):
        part = slice(alike.indptr[row], alike.indptr[row + 1])
        voice, who = alike.data[part] ** 3, alike.indices[part]
        near = np.argsort(-voice)[:PEER_NEIGHBOURS]
        if len(near):
            best[row] = np.bincount(code[who[near]], weights=voice[near]).argmax()
    seconds = time.perf_counter() - start
    truth = model.positions(test.rows["hs6"][: len(asked)])
    right = float((best == truth).mean())
    again = pl.Series(asked)
    ours = len(asked) / _best(lambda: classify_lines(lines(title=again), load("AE"), ON))
    return {
        "what": f"classify beside scikit-learn TF-IDF kNN, {len(asked):,} short UK texts",
        "rows_per_s": round(ours),
        "peer": "scikit-learn",
        "peer_rows_per_s": round(len(asked) / seconds),
        "ratio": round(ours * seconds / len(asked), 1),
        "note": f"the peer's HS6 is right for {100 * right:.1f} %",
    }


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


def _timed(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _best(call: Any) -> float:
    return min(_timed(call) for _ in range(ROUNDS))
