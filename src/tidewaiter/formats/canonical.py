"""Canonical consignment JSON: one object a parcel, in the words of the vocabulary.

Our own format, `tidewaiter-consignment/1`; its JSON Schema is generated (`runtime.schema`). Reads
one object, an array, or a line a parcel (NDJSON); writes NDJSON. Lines are read in columns, with an
account: every member counted in the text must be found in the columns. A line whose account does
not close (unknown members, numbers for text, a member twice, papers, anything malformed) is read
again by the careful reader, so nothing is lost and only what cannot be read is rejected. Declared
values are text as written; no amounts, dates or codes are parsed. A `contribution_id` is a 128-bit
digest of the parcel's text (stable within a version of Polars).
"""

from __future__ import annotations

import polars as pl

from tidewaiter.formats.parts.canonical_lines import read_lines
from tidewaiter.formats.parts.canonical_tree import (
    FORMAT_ID,
    FRAME_FIELDS,
    KNOWN_BY,
    RAW,
    json_name,
    read_tree,
    write_tree,
)
from tidewaiter.formats.parts.draft import Draft, Row, UnreadableError, parse_json, to_json
from tidewaiter.formats.parts.json_records import BOM, is_lines, json_records, tell_tale
from tidewaiter.formats.parts.nested import (
    KEYS,
    Flat,
    batch_of,
    flat_rows,
    from_nested,
    identified,
    to_nested,
    together,
)
from tidewaiter.formats.spec import MESSAGE_BYTES_MAX, FormatSpec, Pieces
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.terms import View

__all__ = ["FORMAT", "decode", "encode", "from_nested", "sniff", "to_nested"]

_TELLS = {"consignment_id": 0.5, "goods_items": 0.3, "declared_value": 0.15, "parties": 0.1}


def sniff(head: bytes, file_name: str) -> float:
    """Tell by the format's name, else by its members."""
    del file_name
    return 1.0 if FORMAT_ID.encode() in head else tell_tale(head, _TELLS)


FORMAT = FormatSpec(
    name="canonical",
    title=f"Canonical consignment JSON or NDJSON ({FORMAT_ID})",
    view="",
    pieces=Pieces.LINES,
    extensions=(".ndjson", ".jsonl", ".json"),
    sniff=sniff,
    source="our own; members are the declared columns (WCO, UPU and EU elements named there)",
)


def decode(data: bytes, *, source: str = "", position: int = 0) -> Batch:
    """Read parcels; see the JSON Schema for the members.

    Args:
        data: one object, an array of objects, or one object a line.
        source: name of the file or request.
        position: how many lines (or elements) of the file stand before this piece.

    Returns:
        Batch with the columns that formats own; what cannot be read stands in `rejected`.
    """
    draft = Draft(FORMAT.name, source, View.DECLARATION.value)
    if len(data) > MESSAGE_BYTES_MAX:
        detail = f"the piece has {len(data)} bytes, more than {MESSAGE_BYTES_MAX}; split it"
        draft.reject(position + 1, detail, data[:1000], "format.too_large")
        return draft.batch()
    if is_lines(data):
        lines = _lines(data, draft, position)
        plain, left = read_lines(lines, data.removeprefix(BOM))
    else:
        plain, left = None, _elements(data, draft, position)
    careful = _read_trees(left, draft) if left.height else None
    parts = [part for part in (plain, careful) if part and part.rows.height]
    batch = Batch()
    if parts:
        batch = batch_of(identified(together(parts), FORMAT.name, KNOWN_BY))
    said = batch.contributions.with_columns(pl.lit(source).alias("source"))
    batch = batch.with_frames(contributions=said)
    return batch.with_frames(rejected=draft.rejected().sort("position"))


def _lines(data: bytes, draft: Draft, position: int) -> pl.DataFrame:
    """Give `position, text`, one row a line that is not blank."""
    data = data.removeprefix(BOM)
    try:
        text = pl.read_lines(data).to_series().alias("text")
    except pl.exceptions.PolarsError:
        lines = enumerate(data.split(b"\n"), start=position + 1)
        text = pl.Series("text", [_line(line, place, draft) for place, line in lines])
    rows = pl.DataFrame(text).with_row_index("position", position + 1)
    rows = rows.select(pl.col("position").cast(pl.Int64), pl.col("text").str.strip_chars(" \t\r"))
    return rows.filter(pl.col("text") != "")


def _line(line: bytes, place: int, draft: Draft) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as fault:
        detail = f"record {place}: byte {fault.start + 1} is not UTF-8; save the file as UTF-8"
        draft.reject(place, detail, line)
        return ""


def _elements(data: bytes, draft: Draft, position: int) -> pl.DataFrame:
    numbers: list[int] = []
    texts: list[str] = []
    for record in json_records(data):
        place = position + record.number
        if record.fault:
            draft.reject(place, f"record {place}: {record.fault}", record.raw)
        else:
            numbers.append(place)
            texts.append(to_json(record.value))
    schema = {"position": pl.Int64(), "text": pl.String()}
    return pl.DataFrame({"position": numbers, "text": texts}, schema=schema)


def _read_trees(rows: pl.DataFrame, draft: Draft) -> Flat:
    """Read parcels one by one; reject what cannot be read."""
    found: list[Row] = []
    for place, text in rows.rows():
        try:
            row = read_tree(parse_json(text.encode()))
        except UnreadableError as fault:
            draft.reject(place, f"record {place}: {fault}", text)
        else:
            row["contribution"] |= {"format": FORMAT.name, "position": place}
            found.append({**row, "position": place})
    return flat_rows(found)


def encode(batch: Batch) -> bytes:
    """Write one object a line; nulls are left out, papers and `unread` stand as JSON in it."""
    raw = _with_raw_json(batch)
    nested = to_nested(batch).with_row_index("place")
    careful = nested.join(raw, on=KEYS, how="semi", maintain_order="left")
    plain = nested.join(raw, on=KEYS, how="anti", maintain_order="left") if raw.height else nested
    lines = pl.concat(
        [
            plain.select("place", text=_written(plain, batch)),
            pl.DataFrame(
                {
                    "place": careful["place"],
                    "text": [to_json(write_tree(row)) for row in careful.to_dicts()],
                },
                schema={"place": pl.UInt32(), "text": pl.String()},
            ),
        ]
    )
    return "".join(f"{line}\n" for line in lines.sort("place")["text"]).encode()


def _with_raw_json(batch: Batch) -> pl.DataFrame:
    """Keys of the parcels that hold JSON of their own: papers or `unread`."""
    frames = (batch.consignments, batch.goods_items, batch.parties)
    return pl.concat(
        frame.filter(
            pl.any_horizontal(pl.col(name).is_not_null() for name in RAW if name in frame.columns)
        ).select(KEYS)
        for frame in frames
    ).unique()


def _written(nested: pl.DataFrame, batch: Batch) -> pl.Series:
    """Write parcels without papers and `unread`, a line each."""
    said = pl.col("contribution").struct
    members = {
        frame: [
            (column, json_name(column))
            for column in FRAME_FIELDS[frame]
            if column not in RAW and part[column].null_count() < part.height
        ]
        for frame, part in batch.frames().items()
        if frame in FRAME_FIELDS
    }
    lists = (
        pl.col(frame)
        .list.eval(
            pl.struct(
                pl.element().struct.field(column).alias(name) for column, name in members[frame]
            )
        )
        .alias(frame)
        for frame in ("goods_items", "parties")
        if members[frame]
    )
    rows = nested.select(
        pl.lit(FORMAT_ID).alias("format"),
        *(said.field(name) for name in ("view", "sender", "message_id")),
        said.field("said_at_text").alias("said_at"),
        *(pl.col(column).alias(name) for column, name in members["consignments"]),
        *lists,
    )
    lines = pl.read_lines(rows.write_ndjson().encode()).to_series()
    return lines.str.replace_all(r',"[a-z0-9_]+":null', "")
