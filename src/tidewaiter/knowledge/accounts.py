"""How debts are booked: revenue models, refund rules, interest and damages for late payment.

Read from `packs/accounts/models.toml` and `interest.toml`; what a country does stands in its regime
pack ([[collection]]), which names one of the models here. Does not post anything (`accounts`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import polars as pl

from tidewaiter.knowledge.codelists import load_codelists
from tidewaiter.knowledge.pack import PACKS_DIR, Pack, Table, check_keys, check_source, read_pack
from tidewaiter.knowledge.regimes.faults import MODELS, REMIT_RULE
from tidewaiter.knowledge.regimes.law import KINDS
from tidewaiter.vocabulary.errors import PackError

ROLES = ("consignee", "seller", "platform", "carrier", "declarant", "incoterm")
MOMENTS = ("sale", "arrival", "release")
GUARANTEES = ("as_named", "never")
OF_SCHEME = "scheme"
_PART = ("kinds", "payer", "debtor", "arises", "guarantee", "remit")
_REFUND = ("reason", "event", "kinds", "percent", "source")
_INTEREST = ("regime", "percent_per_year", "from", "source")
_DAMAGES = ("regime", "models", "times", "least", "currency", "from", "source")


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Rules of booking, as frames that join columns.

    Args:
        parts: `model, kind, payer_role, debtor_role, arises, guarantee, remit, paid_at_sale`.
        refunds: `event, reason, kind, regime, percent, within_days, law`; regime null: all others.
        interest: `regime, percent_per_year, since, until, law, confidence`.
        damages: `regime, model, times, least, currency, since, until, law, confidence`.
        decimals: `currency, decimals`.
        titles: what each model is, in words.
        digests: of the packs.
    """

    parts: pl.DataFrame
    refunds: pl.DataFrame
    interest: pl.DataFrame
    damages: pl.DataFrame
    decimals: pl.DataFrame
    titles: dict[str, str]
    digests: dict[str, str]


@lru_cache(maxsize=4)
def load_account_rules(packs_dir: Path = PACKS_DIR) -> AccountRules:
    """Read the packs of booking.

    Raises:
        PackError: all faults at once.
    """
    models = read_pack("accounts", "models", packs_dir)
    late = read_pack("accounts", "interest", packs_dir)
    faults = [*_model_faults(models), *_late_faults(late)]
    if faults:
        raise PackError(faults)
    currencies = load_codelists(packs_dir).currencies
    return AccountRules(
        parts=_parts(models),
        refunds=_refunds(models),
        interest=_interest(late),
        damages=_damages(late),
        decimals=currencies.select(
            pl.col("code").alias("currency"), pl.col("decimals").cast(pl.Int32)
        ),
        titles={entry["id"]: entry["title"] for entry in models.body["model"]},
        digests={pack.id: pack.digest for pack in (models, late)},
    )


def _model_faults(pack: Pack) -> list[str]:
    faults = check_keys(pack.id, pack.body, ("model", "refund"))
    known = {entry.get("id") for entry in pack.body.get("model", [])}
    faults += [f"{pack.id}: model {name!r} is missing" for name in MODELS if name not in known]
    for entry in pack.body.get("model", []):
        place = f"{pack.id} model {entry.get('id')}"
        faults += check_keys(place, entry, ("id", "title", "source", "part"))
        faults += check_source(place, entry, pack.sources)
        for part in entry.get("part", []):
            faults += check_keys(f"{place} part", part, _PART, ("paid_at_sale",))
            faults += _words(place, part)
        covered = sorted(kind for part in entry.get("part", []) for kind in part.get("kinds", ()))
        if covered != sorted(KINDS):
            faults.append(f"{place}: its parts must name each of {', '.join(KINDS)} once")
    for entry in pack.body.get("refund", []):
        place = f"{pack.id} refund {entry.get('reason')}"
        faults += check_keys(place, entry, _REFUND, ("regime", "within_days"))
        faults += check_source(place, entry, pack.sources)
    return faults


def _words(place: str, part: Table) -> list[str]:
    known = {
        "payer": ROLES, "debtor": ROLES[:-1], "arises": MOMENTS, "guarantee": GUARANTEES,
    }  # fmt: skip
    remit = part.get("remit", OF_SCHEME)
    strange = remit != OF_SCHEME and not REMIT_RULE.fullmatch(remit)
    return [f"{place}: remit {remit!r} is no rule of handing over"] * strange + [
        f"{place}: {key} must be one of {', '.join(words)}"
        for key, words in known.items()
        if part.get(key, words[0]) not in words
    ]


def _late_faults(pack: Pack) -> list[str]:
    faults = check_keys(pack.id, pack.body, ("interest", "damages"))
    for name, needed in (("interest", _INTEREST), ("damages", _DAMAGES)):
        for entry in pack.body.get(name, []):
            place = f"{pack.id} {name} {entry.get('regime')}"
            faults += check_keys(place, entry, needed, ("to",))
            faults += check_source(place, entry, pack.sources)
    return faults


def _parts(pack: Pack) -> pl.DataFrame:
    rows = [
        {
            "model": model["id"], "kind": kind, "payer_role": part["payer"],
            "debtor_role": part["debtor"], "arises": part["arises"],
            "guarantee": part["guarantee"], "remit": part["remit"],
            "paid_at_sale": part.get("paid_at_sale", False),
        }
        for model in pack.body["model"]
        for part in model["part"]
        for kind in part["kinds"]
    ]  # fmt: skip
    return pl.DataFrame(rows)


def _refunds(pack: Pack) -> pl.DataFrame:
    rows = [
        {
            "event": rule["event"], "reason": rule["reason"], "kind": kind,
            "regime": rule.get("regime"), "percent": Decimal(rule["percent"]),
            "within_days": rule.get("within_days"), "law": str(pack.sources[rule["source"]]),
        }
        for rule in pack.body["refund"]
        for kind in rule["kinds"]
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema={
            "event": pl.String, "reason": pl.String, "kind": pl.String, "regime": pl.String,
            "percent": pl.Decimal(38, 6), "within_days": pl.Int64, "law": pl.String,
        },
    )  # fmt: skip


def _dated(entry: Table, pack: Pack) -> Table:
    source = pack.sources[entry["source"]]
    return {
        "since": entry["from"], "until": entry.get("to", dt.date.max), "law": str(source),
        "confidence": source.confidence,
    }  # fmt: skip


_DATED_SCHEMA = {"since": pl.Date, "until": pl.Date, "law": pl.String, "confidence": pl.String}


def _interest(pack: Pack) -> pl.DataFrame:
    rows = [
        {"regime": e["regime"], "percent_per_year": Decimal(e["percent_per_year"]),
         **_dated(e, pack)}
        for e in pack.body["interest"]
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema={"regime": pl.String, "percent_per_year": pl.Decimal(38, 6), **_DATED_SCHEMA},
    )


def _damages(pack: Pack) -> pl.DataFrame:
    rows = [
        {"regime": e["regime"], "model": model, "times": Decimal(e["times"]),
         "least": Decimal(e["least"]), "currency": e["currency"], **_dated(e, pack)}
        for e in pack.body["damages"]
        for model in e["models"]
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema={
            "regime": pl.String, "model": pl.String, "times": pl.Decimal(38, 6),
            "least": pl.Decimal(38, 6), "currency": pl.String, **_DATED_SCHEMA,
        },
    )  # fmt: skip
