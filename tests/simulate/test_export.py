"""Files of a world: readable by their formats, the same bytes each time, with the truth beside."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest

from tidewaiter import formats
from tidewaiter.simulate import block, export, world
from tidewaiter.simulate.config import VIEWS, Config
from tidewaiter.simulate.export import OUTPUTS, planned, write_stream, write_world
from tidewaiter.simulate.world import generate
from tidewaiter.vocabulary.batch import concat
from tidewaiter.vocabulary.errors import InputError

CONFIG = Config(seed=11, parcels=130)
ALL = ["orders", "ndjson", "itmatt", "h7"]
FORMAT_OF = {
    "orders.csv": "orders",
    "consignments.ndjson": "canonical",
    "items.itmatt.csv": "itmatt-csv",
    "declarations.h7.xml": "h7",
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "BLOCK_PARCELS", 50)
    monkeypatch.setattr(world, "BLOCK_PARCELS", 50)


@pytest.mark.parametrize(
    ("names", "views", "plan"),
    [
        (["orders"], [], {"orders": ("order",)}),
        (["ndjson"], [], {"ndjson": ("transport",)}),
        (["ndjson"], [*VIEWS], {"ndjson": VIEWS}),
        (["h7", "itmatt"], [], {"h7": ("declaration",), "itmatt": ("postal",)}),
        (
            ["orders", "ndjson"],
            ["declaration", "order", "postal"],
            {"orders": ("order",), "ndjson": ("postal", "declaration")},
        ),
    ],
    ids=[
        "orders hold the order",
        "ndjson holds the manifest if nothing is asked for",
        "ndjson holds all views asked for",
        "postal items and declarations hold their own view",
        "ndjson holds what no other format holds",
    ],
)
def test_which_format_holds_which_view(
    names: list[str], views: list[str], plan: dict[str, tuple[str, ...]]
) -> None:
    assert planned(names, views) == plan


@pytest.mark.parametrize(
    ("names", "views", "told"),
    [
        (["order"], [], "Did you mean 'orders'"),
        (["ndjson"], ["orders"], "Did you mean 'order'"),
        (["h7"], ["postal"], "Add declaration"),
        (["orders"], ["order", "postal"], "Add --format ndjson"),
    ],
    ids=["no such format", "no such view", "view not asked for", "view nobody holds"],
)
def test_a_plan_that_cannot_be_is_refused(names: list[str], views: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        planned(names, views)


@pytest.mark.requirement("X7")
@pytest.mark.usefixtures("small_blocks")
def test_every_file_is_read_back_whole_by_its_format(tmp_path: Path) -> None:
    written = write_world(CONFIG, ALL, tmp_path)
    made = generate(Config(seed=11, parcels=130, views=VIEWS))
    for (file, name), view in zip(
        FORMAT_OF.items(), ("order", "transport", "postal", "declaration"), strict=True
    ):
        stem, _, ending = file.partition(".")
        parts = sorted(tmp_path.glob(f"{stem}*.{ending}"))
        pieces = [path.read_bytes() for path in parts]
        assert all(formats.sniff(piece[:4096], file) == name for piece in pieces)
        batch = concat(formats.get(name).decode(piece, source=file) for piece in pieces)
        meant = made.batches[view]
        assert batch.rejected.height == 0, file
        assert batch.consignments.height == meant.consignments.height
        assert batch.consignments.height == sum(written.messages[path.name] for path in parts)
        assert batch.goods_items.height == meant.goods_items.height, file
        ids = set(batch.consignments["consignment_id"])
        assert ids == set(meant.consignments["consignment_id"]), file
        texts = set(batch.goods_items["description_text"])
        assert texts == set(meant.goods_items["description_text"]), file
        assert [len(piece) for piece in pieces] == [written.size_bytes[path.name] for path in parts]


@pytest.mark.usefixtures("small_blocks")
def test_the_truth_stands_beside_and_holds_every_parcel_item_and_message(tmp_path: Path) -> None:
    write_world(CONFIG, ALL, tmp_path)
    made = generate(Config(seed=11, parcels=130, views=VIEWS))
    truth = {file: pl.read_csv(tmp_path / file) for file in export.TRUTH_FILES.values()}
    assert truth["truth.csv"].height == 130
    assert truth["truth_items.csv"].height == made.items.height
    assert truth["truth_messages.csv"].height == 130 * len(VIEWS)
    orders = pl.read_csv(tmp_path / "orders.csv", infer_schema=False)
    assert set(orders["order_id"]) == set(truth["truth.csv"]["consignment_id"])


@pytest.mark.usefixtures("small_blocks")
def test_the_same_config_writes_the_same_bytes(tmp_path: Path) -> None:
    write_world(Config(seed=1, parcels=220), ALL, tmp_path / "two")
    for folder in ("one", "two"):
        write_world(CONFIG, ALL, tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert set(files) >= {*FORMAT_OF, *export.TRUTH_FILES.values()}
    for file in files:
        one, two = ((tmp_path / folder / file).read_bytes() for folder in ("one", "two"))
        assert one == two, file


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_a_stream_holds_what_the_file_holds(name: str, tmp_path: Path) -> None:
    config = Config(seed=11, parcels=40)
    write_world(config, [name], tmp_path)
    sink = io.BytesIO()
    written = write_stream(config, name, sink)
    assert sink.getvalue() == (tmp_path / OUTPUTS[name].file).read_bytes()
    assert written.messages == {OUTPUTS[name].file: 40}


def test_documents_are_split_into_numbered_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "WHOLE_PARCELS_MAX", 15)
    written = write_world(Config(seed=1, parcels=40), ["h7"], tmp_path)
    files = ["declarations.h7.xml", "declarations-0002.h7.xml", "declarations-0003.h7.xml"]
    assert [file for file in written.messages if file.endswith(".xml")] == files
    assert [written.messages[file] for file in files] == [15, 15, 10]
    for file in files:
        batch = formats.get("h7").decode((tmp_path / file).read_bytes())
        assert batch.consignments.height == written.messages[file]
    with pytest.raises(InputError, match="Give --out DIR"):
        write_stream(Config(seed=1, parcels=40), "h7", io.BytesIO())


@pytest.mark.usefixtures("small_blocks")
def test_progress_ends_when_every_parcel_is_done(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_world(
        CONFIG, ["orders"], tmp_path, progress=lambda _, done, total: seen.append((done, total))
    )
    assert seen == [(0, 130), (50, 130), (100, 130), (130, 130)]
    seen.clear()
    write_stream(
        CONFIG,
        "orders",
        io.BytesIO(),
        progress=lambda _, done, total: seen.append((done, total)),
    )
    assert seen == [(0, 130), (50, 130), (100, 130), (130, 130)]
