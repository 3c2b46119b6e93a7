"""Rates of duty, tax and fee as trees: what a rate text means, whoever wrote it.

`tree` has the kinds of nodes; `house` reads the language of our packs, `hts` the rate texts of the
US tariff, `taric` those of the EU's; `canonical` brings a tree into the fixed columns that a stage
evaluates for millions of lines. Nothing here knows a country, a date or an amount of goods.
"""

from __future__ import annotations

from tidewaiter.knowledge.rates.house import parse_rate
from tidewaiter.knowledge.rates.tree import Rate

__all__ = ["Rate", "parse_rate"]
