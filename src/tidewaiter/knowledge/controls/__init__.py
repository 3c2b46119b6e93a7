"""Controls: which goods need a look, a permit or an alert in one jurisdiction, by what law.

Read from `packs/controls/<cc>.toml`. A control names goods by words (whole words, plural and
spelling variants written out by the pack's little language) and by prefixes of the tariff code:
the declared one and, where the pack says how sure it must be, the code taken. It may have a
condition, phrases in which its words mean something else, exemptions with their law, and a quantity
up to which it does not apply: these set it aside, and the officer is told so.

Pack body::

    [taken]       confidence_min, source      # from when on the code taken counts; without: never
    [[action]]    word, decision (release|ask|hold|examine|refuse), rank
    [[agency]]    id, title
    [[document]]  code, title, check (register|named|kept), source
    [[control]]   id, title, words?, hs?, hs_not?, when?, unless?, agencies?, documents?,
                  exemptions?, threshold?, action, question, from, to?, source
        exemptions = [{ when, why, source }]
        threshold = { net_mass_g_max | quantity_max | customs_value_max, when?, why, source }
    [[case]]      hs = [..], agency (or "none"), text?, on?, source?

A word is lower case; a blank in it also stands for a hyphen or nothing ("power bank" meets
"powerbank" and "power-bank"); the usual English plural is met by itself. `documents` are
alternatives: one of them will do. How a paper is checked: `register` counts only if the certificate
register knows it and finds it good; `named` counts when its number is declared, but sets no control
aside that holds, examines or refuses; `kept` stays with the importer and is never missed. A
threshold is of the parcel: of all its lines the control touches. A regime without a controls
pack gets what conventions control nearly everywhere, and says that its own law is not known
(`Controls.known`).
"""

from __future__ import annotations

from tidewaiter.knowledge.controls.index import ControlIndex
from tidewaiter.knowledge.controls.model import (
    CONDITION_COLUMNS,
    Action,
    Agency,
    Control,
    Document,
    Exemption,
    PaperCheck,
    Taken,
    Threshold,
)
from tidewaiter.knowledge.controls.reading import Controls, load_controls
from tidewaiter.knowledge.controls.words import word_pattern

__all__ = [
    "CONDITION_COLUMNS",
    "Action",
    "Agency",
    "Control",
    "ControlIndex",
    "Controls",
    "Document",
    "Exemption",
    "PaperCheck",
    "Taken",
    "Threshold",
    "load_controls",
    "word_pattern",
]
