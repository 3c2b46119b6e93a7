"""The Spark engine: the same flow over Parquet on a cluster, inside `mapInArrow` (an extra).

The lake holds one row a message (`canonical.to_nested`). The steps are the local engine's:

1. `mapInArrow`: check each partition's messages and give the slim keys and days.
2. The driver pairs the keys and assigns buckets of whole days. (Keys are about 0.2 kB a message;
   pairing on the driver is the limit of this engine.)
3. Messages are joined with their parcel and bucket and repartitioned by bucket; `mapInArrow`
   finishes each bucket and gives one row a parcel (`results.to_rows`), written as Parquet.

A task that is lost with its worker is run again by Spark; since the flow is pure, the result is the
same. Executors need the `tidewaiter` package importable (an installed wheel, or PYTHONPATH).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engines.buckets import assign, said_days
from tidewaiter.engines.local import BATCH_ROWS_MAX, Flow
from tidewaiter.engines.results import to_rows
from tidewaiter.formats.canonical import from_nested, to_nested
from tidewaiter.vocabulary.batch import Batch

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

KEY_ROWS_MAX = 50_000
ROUTE = "_pairing_"
BUCKET = "_bucket"
MakeFlow = Callable[[], Flow]


def write_lake(batch: Batch, directory: str, *, part: int = 0) -> None:
    """Write decoded messages to the lake, one row a message, as one Parquet part."""
    rows = to_nested(batch)
    rows.write_parquet(f"{directory}/part-{part:06d}.parquet", mkdir=True)


def run(
    session: SparkSession,
    lake: str,
    make_flow: MakeFlow,
    out: str,
    *,
    batch_rows_max: int = BATCH_ROWS_MAX,
) -> int:
    """Run the flow over a lake of messages and write one row a parcel to `out` as Parquet.

    Args:
        session: a Spark session.
        lake: folder of Parquet files written by `write_lake`.
        make_flow: makes the flow on driver and executors; must be importable there.
        out: folder for the results.
        batch_rows_max: messages in a bucket, unless one day alone has more.

    Returns:
        How many messages were read.
    """
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    flow = make_flow()
    messages = session.read.parquet(lake)
    keys_schema = _spark_schema(_keys_of(flow, Batch()))
    keys = pl.DataFrame(
        pl.from_arrow(
            messages.mapInArrow(partial(_map_keys, make_flow), schema=keys_schema).toArrow()
        )
    )
    days = keys.select(
        "contribution_id", pl.col("_day").alias("day"), pl.col("_sure").alias("sure")
    )
    pairing = flow.pair(keys.drop("_day", "_sure"))
    bucket = assign(days, pairing, batch_rows_max)
    route = pairing.select(
        "contribution_id", pl.exclude("contribution_id").name.prefix(ROUTE)
    ).join(
        bucket.select("contribution_id", pl.col("bucket").cast(pl.Int64).alias(BUCKET)),
        on="contribution_id",
    )
    routed = messages.join(session.createDataFrame(_arrow(route)), on="contribution_id")
    buckets = bucket["bucket"].n_unique()
    done = routed.repartition(buckets, BUCKET).mapInArrow(
        partial(_map_finish, make_flow), schema=_spark_schema(to_rows(Batch()))
    )
    done.write.mode("overwrite").parquet(out)
    return keys.height


def _keys_of(flow: Flow, batch: Batch) -> pl.DataFrame:
    checked = flow.check(batch)
    days = said_days(checked.consignments).rename({"day": "_day", "sure": "_sure"})
    return flow.keys(checked).join(days, on="contribution_id", how="left", maintain_order="left")


def _map_keys(make_flow: MakeFlow, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    flow = make_flow()
    for record_batch in batches:
        rows = pl.DataFrame(pl.from_arrow(record_batch))
        for part in rows.iter_slices(KEY_ROWS_MAX):
            yield from _arrow(_keys_of(flow, from_nested(part))).to_batches()


def _map_finish(make_flow: MakeFlow, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    flow = make_flow()
    parts = [pl.DataFrame(pl.from_arrow(record_batch)) for record_batch in batches]
    if not parts:
        return
    routed = pl.concat(parts)
    for bucket in routed.partition_by(BUCKET):
        route = [column for column in bucket.columns if column.startswith(ROUTE)]
        pairing = bucket.select(
            "contribution_id", pl.col(route).name.map(lambda name: name.removeprefix(ROUTE))
        )
        checked = flow.check(from_nested(bucket.drop(*route, BUCKET)))
        yield from _arrow(to_rows(flow.finish(checked, pairing))).to_batches()


def _arrow(frame: pl.DataFrame) -> pa.Table:
    """Give an Arrow table without large strings and lists, which Spark does not take."""
    import pyarrow as pa

    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(pa.schema([pa.field(f.name, _plain(f.type)) for f in table.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, _plain(f.type)) for f in kind])
    return kind


def _spark_schema(frame: pl.DataFrame) -> StructType:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(_arrow(frame.clear()).schema)
