"""Regimes: who owes what, to whom, on a parcel into one jurisdiction, from when.

Read from `packs/regimes/<cc>.toml`. Dates, rates and legal bases are data; this room knows their
shapes only. An entry is in force from its first day up to, not including, its last (half-open); it
is known from `known` until `withdrawn` (both optional), so that an old decision can be replayed by
what was known then.

Pack body::

    [regime]        jurisdiction, currency, decimals, destinations, valuation?, scenario?,
                    round_to?, round_how?, exchange_source?, covers_from?
    [[rate]]        currency, per_unit, from, to?, source     (1 unit = per_unit regime currency)
    [[limit]]       id, title, amount, basis, from, to?, source      basis: person_day | consignment
    [[table]]       id, key, values, default?, source                percent by the key's value
    [[set]]         id, values, source                               named list, written "@id"
    [[question]]    fact, ask, source                               how a declared fact is asked for
    [[collection]]  id, scheme, title, model, debtor, moment, remit, ...   who pays, when, how
    [[measure]]     id, kind, title, from, to?, rate, source, ...          one layer of what is owed
    [[example]]     see `runtime.pack_examples`

`law` has what a regime is once compiled, `reading` reads it, `faults` checks the file,
`conditions` compiles who is hit, `exchange` gives rates of exchange, `changes` what lies ahead.
"""

from __future__ import annotations

from tidewaiter.knowledge.regimes.law import (
    KINDS,
    Collection,
    Limit,
    Measure,
    RateTable,
    Regime,
    RegimeDay,
)
from tidewaiter.knowledge.regimes.reading import load_regime, regime_for

__all__ = [
    "KINDS",
    "Collection",
    "Limit",
    "Measure",
    "RateTable",
    "Regime",
    "RegimeDay",
    "load_regime",
    "regime_for",
]
