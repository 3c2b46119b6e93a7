"""What a run leaves on disk: Parquet and CSV per frame, summaries per person and day.

Every file is written bucket by bucket, so the run never holds it whole. Parquet: one file, or with
several buckets a folder of that name with parts (what Polars, DuckDB and Spark read as one table).
CSV: a choice of columns for people; lists joined by " | ", amounts owed rounded half up to the
currency's decimals, other figures without idle zeros. Parquet keeps everything unrounded.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tidewaiter.runtime.summary import Summary, build, merge, person_days
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.errors import InputError

LIST_SEPARATOR = " | "
OWED = frozenset(
    {
        "customs_value",
        "duty",
        "tax",
        "fee",
        "owed_high",
        "person_day_total",
        "total",
        "amount",
        "amount_high",
        "base",
    }
)
PARQUET = (
    "consignments", "goods_items", "findings", "decisions", "charges", "repairs", "lineage",
    "contributions", "rejected",
)  # fmt: skip
CSV_COLUMNS: dict[str, tuple[str, ...]] = {
    "consignments": (
        "consignment_id", "order_id", "tracking_id", "declaration_ref", "views", "person_key",
        "ordered_day", "country_departure", "country_destination", "transport_mode", "nature",
        "gross_mass_g", "total_value", "total_currency", "quality", "customs_value", "currency",
        "person_day_total", "person_day_orders", "split", "scheme", "debtor", "duty", "tax", "fee",
        "owed_high", "charge_state", "charge_explanation", "decision",
    ),
    "goods_items": (
        "consignment_id", "item_no", "title", "description", "category_path", "brand", "gtin",
        "hs_code", "hs6",
        "hs6_confidence", "hs6_source", "hs6_evidence", "insufficient_description", "quantity",
        "net_mass_g", "country_origin", "declared_value", "declared_currency", "customs_value",
        "duty_rate_percent", "duty", "tax", "currency", "controls", "action", "reasons",
        "agencies", "documents_needed",
    ),
    "findings": (
        "consignment_id", "item_no", "stage", "code", "severity", "field", "seen", "detail",
        "title", "remedy", "source",
    ),
    "decisions": (
        "consignment_id", "decision", "reasons", "reason_codes", "legal_basis", "on", "lane",
    ),
    "charges": (
        "consignment_id", "item_no", "layer", "kind", "base", "rate", "amount", "amount_high",
        "currency", "state", "debtor", "legal_basis", "confidence", "needs", "explanation",
    ),
    "rejected": ("source", "format", "position", "code", "detail"),
}  # fmt: skip


class Outputs:
    """Sink for finished batches.

    Args:
        directory: where to write; the results of an earlier run there are replaced.
        texts: finding texts (`code, title, remedy, source`), joined to the findings' CSV.
        decimals: decimals of the currency of what is owed.
    """

    def __init__(self, directory: Path, texts: pl.DataFrame, decimals: int) -> None:
        self._directory = directory
        self._decimals = decimals
        self._texts = texts.select("code", "title", "remedy", "source")
        self._number = 0
        self._summaries: list[Summary] = []
        if directory.exists() and any(directory.iterdir()):
            _clear(directory)
        directory.mkdir(parents=True, exist_ok=True)

    def __call__(self, batch: Batch) -> None:
        """Write one finished batch."""
        frames = batch.frames()
        if self._number == 1:
            self._first_to_folder()
        for name in PARQUET:
            self._parquet(name, frames[name])
        for name, columns in CSV_COLUMNS.items():
            self._csv(name, _for_people(name, frames[name], columns, self._texts))
        days = person_days(batch)
        orders = batch.consignments.filter(pl.col("person_key").is_not_null())
        self._csv("person_days", days)
        self._csv("person_orders", orders.select("person_key", "consignment_id"))
        self._summaries.append(build(batch))
        self._number += 1

    def summary(self) -> Summary:
        """Give the figures of all batches written."""
        return merge(self._summaries)

    def _parquet(self, name: str, frame: pl.DataFrame) -> None:
        place = self._directory / f"{name}.parquet"
        if self._number:
            place = place / f"part-{self._number:06d}.parquet"
        frame.write_parquet(place, compression="zstd", compression_level=1, statistics=True)

    def _first_to_folder(self) -> None:
        for name in PARQUET:
            place = self._directory / f"{name}.parquet"
            first = place.rename(place.with_suffix(".first"))
            place.mkdir()
            first.rename(place / "part-000000.parquet")

    def _csv(self, name: str, frame: pl.DataFrame) -> None:
        with (self._directory / f"{name}.csv").open("ab") as file:
            _figures(frame, self._decimals).write_csv(file, include_header=not self._number)


def _clear(directory: Path) -> None:
    """Remove the results of an earlier run, and nothing else.

    Raises:
        InputError: the folder holds something that is not ours.
    """
    ours = {f"{name}.parquet" for name in PARQUET} | {f"{name}.csv" for name in CSV_COLUMNS}
    ours |= {"person_days.csv", "person_orders.csv", "report.html", "summary.json", "packs.json"}
    strange = [path.name for path in directory.iterdir() if path.name not in ours]
    if strange:
        raise InputError(
            f"the folder holds files that are not a run's results: {', '.join(strange[:3])}.",
            where=str(directory),
            remedy="Give --out an empty folder.",
        )
    for path in directory.iterdir():
        if path.is_dir():
            for part in path.iterdir():
                part.unlink()
            path.rmdir()
        else:
            path.unlink()


def _for_people(
    name: str, frame: pl.DataFrame, columns: tuple[str, ...], texts: pl.DataFrame
) -> pl.DataFrame:
    if name == "findings":
        frame = frame.join(texts, on="code", how="left", maintain_order="left")
    if name == "goods_items":
        frame = frame.with_columns(pl.col("control_reasons").alias("reasons"))
    lists = [column for column in columns if frame.schema[column] == pl.List(pl.String)]
    return frame.select(columns).with_columns(pl.col(lists).list.join(LIST_SEPARATOR))


def _figures(frame: pl.DataFrame, decimals: int) -> pl.DataFrame:
    """Round what is owed, take idle zeros off other decimals, cut confidences to four places."""
    owed = [column for column in frame.columns if column in OWED]
    other = [
        column
        for column, dtype in frame.schema.items()
        if isinstance(dtype, pl.Decimal) and column not in OWED
    ]
    shares = [column for column, dtype in frame.schema.items() if dtype == pl.Float64]
    return frame.with_columns(
        pl.col(owed).round(decimals, mode="half_away_from_zero").cast(pl.Decimal(38, decimals)),
        pl.col(other).cast(pl.String).str.replace(r"\.?0+$", ""),
        pl.col(shares).round(4),
    )
