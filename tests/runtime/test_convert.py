"""Converting files: pieces, targets that cannot be written, and what is counted as lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.samples import ORDERS, SHOPIFY
from tidewaiter.formats import canonical
from tidewaiter.runtime import convert as service
from tidewaiter.vocabulary.errors import InputError


def test_a_format_that_is_only_read_cannot_be_written_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = tmp_path / "shop.json"
    shop.write_bytes(SHOPIFY)
    form = service.formats.get("orders")
    only_read = service.formats.Format(form.spec, form.decode, None)
    get = service.formats.get
    monkeypatch.setattr(
        service.formats, "get", lambda name: only_read if name == "orders" else get(name)
    )
    with pytest.raises(InputError, match="can be read but not written"):
        service.convert(shop, "orders", [].append)


def test_a_file_over_the_limit_is_converted_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    head, *rows = ORDERS.splitlines(keepends=True)
    path.write_bytes(
        head + b"".join(row.replace(b"A-", b"%d-" % n, 1) for n in range(40) for row in rows)
    )
    monkeypatch.setattr(service, "MESSAGE_BYTES_MAX", 100)
    pieces = service.pieces
    monkeypatch.setattr(service, "pieces", lambda path, spec: pieces(path, spec, bytes_max=2000))
    written: list[bytes] = []
    done = service.convert(path, "canonical", written.append)
    assert len(written) > 3
    assert (done.parcels, done.items) == (80, 120)
    assert canonical.decode(b"".join(written)).goods_items.height == 120
    gathered: list[bytes] = []
    assert service.convert(path, "orders", gathered.append).parcels == 80
    assert len(gathered) == 1


def test_what_is_lost_is_counted_by_column(tmp_path: Path) -> None:
    shop = tmp_path / "shop.json"
    shop.write_bytes(SHOPIFY)
    lost = service.convert(shop, "orders", [].append).lost
    assert lost["goods_items.hs_code_text"] == 1
    assert lost["consignments.unread"] == 0
    assert lost["parties.unread"] == 1
    assert not service.convert(shop, "canonical", [].append).lost
