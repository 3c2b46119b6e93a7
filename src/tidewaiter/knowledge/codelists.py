"""Code lists: countries, currencies, units of mass, modes of transport, nature of transaction.

Reads the packs `codelists/countries`, `codelists/currencies` (tables made from CLDR by
`update/*.py`, the rest by hand) and `codelists/trade`. Prepares them once, as frames whose `key` is
folded exactly as the data will be (`vocabulary.folding`). Knows nothing of tariffs or regimes.

Bodies: `[[alias]] code, names, source`; `[[special]] code, keep, note, source`; `[[eu_member]]
from, until?, codes, source`; `[s10]`; `[[minor_units]]`, `[[in_use]]`, `[[ended]]`, `[[sign]]`;
`[[unit]] grams, names`, `[[mode]]`, `[[nature]]`; and `[[example]]` of each.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.pack import PACKS_DIR, Pack, check_keys, check_source, read_pack
from tidewaiter.vocabulary.errors import PackError
from tidewaiter.vocabulary.folding import folded, folded_list, plain_list

FACTOR = pl.Decimal(38, 9)
ENTRY_KEYS = {
    "alias": ({"code", "names", "source"}, set()),
    "special": ({"code", "keep", "note", "source"}, set()),
    "eu_member": ({"from", "codes", "source"}, {"until"}),
    "minor_units": ({"decimals", "codes", "source"}, set()),
    "in_use": ({"decimals", "codes", "from", "source"}, set()),
    "ended": ({"code", "until", "source"}, set()),
    "sign": ({"confidence", "code", "signs", "source"}, set()),
    "unit": ({"grams", "names", "source"}, set()),
    "mode": ({"mode", "names", "source"}, set()),
    "nature": ({"nature", "names", "source"}, set()),
}  # fmt: skip
FOREVER = dt.date.max
CERTAIN, BY_NAME, BY_NUMBER = 0.99, 0.95, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Codelists:
    """All code lists, prepared for comparing.

    Args:
        countries: `code, alpha3, numeric, eu_from, eu_until` (days; null where never a member).
        country_names: `key, code, rule, confidence`: other ways to write a country, folded.
        specials: code that looks like a country to what it is; those kept stand in `countries`.
        currencies: `code, decimals, tender_until` (null while in use).
        currency_signs: `key, code, confidence`: signs and words, plain.
        units: `key, grams`: factor to grams, exact decimal.
        modes: `key, mode`.
        natures: `key, nature`.
        s10_issuers: country codes whose operator issues S10 numbers.
        digests: pack id to SHA-256.
    """

    countries: pl.DataFrame
    country_names: pl.DataFrame
    specials: dict[str, str]
    currencies: pl.DataFrame
    currency_signs: pl.DataFrame
    units: pl.DataFrame
    modes: pl.DataFrame
    natures: pl.DataFrame
    s10_issuers: frozenset[str]
    digests: dict[str, str]

    def eu_members(self, on: dt.date) -> list[str]:
        """Codes inside the Union's customs territory for goods on a day, sorted."""
        inside = (pl.col("eu_from") <= on) & (pl.col("eu_until") >= on)
        return self.countries.filter(inside)["code"].sort().to_list()


def load_codelists(packs_dir: Path = PACKS_DIR) -> Codelists:
    """Read and prepare the code lists.

    Raises:
        PackError: all faults of the three packs at once.
    """
    packs = {
        name: read_pack("codelists", name, packs_dir)
        for name in ("countries", "currencies", "trade")
    }
    faults = [fault for pack in packs.values() for fault in _faults(pack)]
    if faults:
        raise PackError(faults)
    lands, money, trade = packs["countries"], packs["currencies"], packs["trade"]
    countries = _countries(lands)
    s10 = lands.body["s10"]
    return Codelists(
        countries=countries,
        country_names=_country_names(lands, countries),
        specials={entry["code"]: entry["note"] for entry in lands.body.get("special", [])},
        currencies=_currencies(money),
        currency_signs=_currency_signs(money),
        units=_listed(trade, "unit", "grams").with_columns(
            pl.col("grams").str.to_decimal(scale=9).cast(FACTOR)
        ),
        modes=_listed(trade, "mode", "mode"),
        natures=_listed(trade, "nature", "nature"),
        s10_issuers=frozenset(countries["code"]) - set(s10["no_issuer"]) | set(s10["also_issuers"]),
        digests={pack.id: pack.digest for pack in packs.values()},
    )


def _faults(pack: Pack) -> list[str]:
    faults: list[str] = []
    for kind, entries in pack.body.items():
        if kind in ("example", "s10"):
            continue
        if kind not in ENTRY_KEYS:
            faults.append(f"{pack.id}: key {kind!r} is not known")
            continue
        needed, allowed = ENTRY_KEYS[kind]
        for number, entry in enumerate(entries, start=1):
            where = f"{pack.id} [[{kind}]] {number}"
            faults += check_keys(where, entry, needed, allowed)
            faults += check_source(where, entry, pack.sources)
    return faults


def _table(pack: Pack, name: str) -> pl.DataFrame:
    """Read a table of the pack as text; the empty string is null, `NA` is Namibia."""
    return pl.read_csv(pack.tables_dir / f"{name}.csv", infer_schema=False)


def _countries(pack: Pack) -> pl.DataFrame:
    spans = pl.DataFrame(
        [
            {"code": code, "eu_from": entry["from"], "eu_until": entry.get("until", FOREVER)}
            for entry in pack.body.get("eu_member", [])
            for code in entry["codes"]
        ],
        schema={"code": pl.String, "eu_from": pl.Date, "eu_until": pl.Date},
    )
    kept = [entry["code"] for entry in pack.body.get("special", []) if entry["keep"]]
    extra = pl.DataFrame({"code": kept}, schema={"code": pl.String})
    places = pl.concat([_table(pack, "territories"), extra], how="diagonal")
    return places.join(spans, on="code", how="left", maintain_order="left")


def _country_names(pack: Pack, countries: pl.DataFrame) -> pl.DataFrame:
    aliases = pl.DataFrame(
        [
            {"key": name, "code": entry["code"]}
            for entry in pack.body.get("alias", [])
            for name in entry["names"]
        ],
        schema={"key": pl.String, "code": pl.String},
    )
    named = _table(pack, "names").select(key="name", code="code")
    spelt = named.with_columns(
        pl.col("key").str.replace_all("&", " and ", literal=True).str.replace(r"^St\. ", "Saint ")
    )
    ways = (
        ("code in small letters", CERTAIN, countries.select(key="code", code="code")),
        ("ISO alpha-3", CERTAIN, countries.select(key="alpha3", code="code")),
        ("ISO numeric", BY_NUMBER, countries.select(key="numeric", code="code")),
        ("country alias", BY_NAME, aliases),
        ("country name", BY_NAME, pl.concat([named, spelt])),
    )
    whole = pl.concat(
        way.with_columns(rule=pl.lit(rule), confidence=pl.lit(sure)) for rule, sure, way in ways
    )
    keyed = whole.drop_nulls("key").with_columns(folded(pl.col("key")))
    first = keyed.unique("key", keep="first", maintain_order=True)
    by_name = keyed.filter(pl.col("rule") == "country name")
    unlike = by_name.group_by("key").agg(pl.col("code").n_unique()).filter(pl.col("code") > 1)
    doubtful = pl.col("key").is_in(unlike["key"].implode()) & (pl.col("rule") == "country name")
    return first.filter(~doubtful)


def _currencies(pack: Pack) -> pl.DataFrame:
    table = _table(pack, "currencies").select(
        "code", pl.col("decimals").cast(pl.Int8), pl.col("tender_until").str.to_date()
    )
    extra = pl.DataFrame(
        [
            {"code": code, "decimals": entry["decimals"], "tender_until": None}
            for entry in pack.body.get("in_use", [])
            for code in entry["codes"]
        ],
        schema=table.schema,
    )
    digits = {
        code: entry["decimals"]
        for entry in pack.body.get("minor_units", [])
        for code in entry["codes"]
    }
    ended = {entry["code"]: entry["until"] for entry in pack.body.get("ended", [])}
    whole = pl.concat([extra, table]).unique("code", keep="first", maintain_order=True)
    code = pl.col("code")
    return whole.with_columns(
        code.replace_strict(digits, default=pl.col("decimals"), return_dtype=pl.Int8).alias(
            "decimals"
        ),
        code.replace_strict(ended, default=pl.col("tender_until"), return_dtype=pl.Date).alias(
            "tender_until"
        ),
    ).sort("code")


def _currency_signs(pack: Pack) -> pl.DataFrame:
    own = [
        {"key": key, "code": entry["code"], "confidence": float(entry["confidence"])}
        for entry in pack.body.get("sign", [])
        for key in plain_list(entry["signs"])
    ]
    shape = {"key": pl.String, "code": pl.String, "confidence": pl.Float64}
    table = _table(pack, "signs").select(key="sign", code="code")
    single = table.group_by("key", maintain_order=True).agg(
        pl.col("code").unique().sort().first(), pl.col("code").n_unique().alias("codes")
    )
    sure = single.filter(pl.col("codes") == 1).select(
        pl.Series("key", plain_list(single.filter(pl.col("codes") == 1)["key"].to_list())),
        "code",
        pl.lit(BY_NAME).alias("confidence"),
    )
    return pl.concat([pl.DataFrame(own, schema=shape), sure]).unique(
        "key", keep="first", maintain_order=True
    )


def _listed(pack: Pack, kind: str, value: str) -> pl.DataFrame:
    rows = [
        {"key": key, value: entry[value]}
        for entry in pack.body[kind]
        for key in plain_list(entry["names"])
    ]
    return pl.DataFrame(rows, schema={"key": pl.String, value: pl.String}).unique(
        "key", keep="first", maintain_order=True
    )


def grams(unit: str, lists: Codelists) -> Decimal | None:
    """Give the factor to grams of a unit as written; None if it is not known.

    >>> grams("KGM", load_codelists())
    Decimal('1000.000000000')
    """
    hit = lists.units.filter(pl.col("key") == plain_list([unit])[0])
    return hit["grams"][0] if hit.height else None


def country(text: str, lists: Codelists) -> str | None:
    """Give the ISO alpha-2 code of a country as written; None if it is not known.

    >>> country("NA", load_codelists()), country("Alemania", load_codelists())
    ('NA', 'DE')
    """
    hit = lists.country_names.filter(pl.col("key") == folded_list([text])[0])
    return hit["code"][0] if hit.height else None
