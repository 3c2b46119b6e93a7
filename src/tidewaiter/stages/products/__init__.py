"""Products: what catalogue, recalls and history say of each line, and whether it fits.

Stands after `classify` (whose candidates it hears) and before `link`. Reads what the runtime loaded
into `knowledge.products`; where nothing is loaded and no maker is named, the batch passes
untouched.

- words against the product of the GTIN (`texts`), declared code against its code (`codes`);
- gaps (code, brand, origin, maker) filled from the catalogue in `repairs`, beside what was
  declared and never over it: no later stage reckons with them (`codes`);
- seller against owner, brand and listed resellers (`sellers`);
- recalls by GTIN, and by maker and model in the text (`recalled`);
- declared origin against maker, catalogue, history, route and seller (`origins`).

Serves requirements B4, D2, D5 and D6. The country of a GS1 prefix is never read as an origin: it
tells which GS1 organisation gave the number. Does not check GTINs (see `check`) or change columns.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.products import codes, origins, recalled, sellers, texts
from tidewaiter.stages.products.lines import known_lines, makers_named
from tidewaiter.vocabulary.batch import Batch
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

CONTRACT = StageContract(
    name="products",
    needs=(
        "goods_items.gtin",
        "goods_items.title",
        "goods_items.description",
        "goods_items.category_path",
        "goods_items.brand",
        "goods_items.maker_name",
        "goods_items.hs_code",
        "goods_items.hs6_candidates",
        "goods_items.description_quality",
        "goods_items.insufficient_description",
        "goods_items.country_origin",
        "consignments.country_departure",
        "consignments.route_text",
        "parties.role",
        "parties.name",
        "parties.company",
        "parties.country",
    ),
    gives=("repairs",),
    scope=Scope.ROW,
    codes=(*texts.CODES, *codes.CODES, *sellers.CODES, *recalled.CODES, *origins.CODES),
)


def products(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Hold each line against what is known of its product.

    Args:
        batch: after `classify`.
        knowledge: gives `products`, `product_rules`, `nomenclature`, `matching`, `findings`.
        on: day whose rules apply.

    Returns:
        The batch with findings `products.*` and repairs from the catalogue; every row and column
        as it was.
    """
    known = knowledge.products
    makers = makers_named(batch.parties)
    if known.empty and not makers.height:
        return batch
    lines = known_lines(batch.goods_items, known)
    found = [recalled.find(batch.goods_items, knowledge, on)] if known.recalls.height else []
    repairs = batch.repairs
    if lines.height:
        lines = texts.compare(lines, knowledge)
        found += [texts.find(lines, knowledge, on), *codes.find(lines, knowledge, on)]
        found += sellers.find(lines, batch.parties, knowledge, on)
        filled = codes.fill(lines, makers, knowledge.product_rules)
        repairs = pl.concat([repairs, *filled]) if filled else repairs
    found.append(origins.find(batch, lines, makers, knowledge, on))
    return batch.with_frames(repairs=repairs).with_findings(*found)
