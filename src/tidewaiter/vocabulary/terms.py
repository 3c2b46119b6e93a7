"""Closed sets of words: severities, decisions, views, party roles, scopes.

Each is a `StrEnum`, so the word in a column, in JSON and in Python is the same. Open sets (codes
of countries, currencies, controls' actions, findings) are data in packs, not here.
"""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs, lightest first (order matters: see `SEVERITY_RANK`)."""

    NOTE = "note"  # worth knowing, changes nothing
    WARN = "warn"  # should be mended; does not stop the parcel
    SUSPICIOUS = "suspicious"  # may hide something; raises risk
    ASK = "ask"  # the sender must answer before a decision
    REJECT = "reject"  # the message cannot be accepted as it is


SEVERITY_RANK = {severity.value: rank for rank, severity in enumerate(Severity)}


class Decision(StrEnum):
    """The answer for one parcel, lightest first (WCO Immediate Release Guidelines terms)."""

    RELEASE = "release"
    ASK = "ask"  # request for information (RFI)
    HOLD = "hold"  # kept until a permit or a document check is done
    EXAMINE = "examine"  # to be opened or scanned
    REFUSE = "refuse"  # the declaration is not accepted


DECISION_RANK = {decision.value: rank for rank, decision in enumerate(Decision)}


class View(StrEnum):
    """From which side a message looks at the parcel (the three-document match plus two)."""

    ORDER = "order"
    PAYMENT = "payment"
    TRANSPORT = "transport"
    POSTAL = "postal"
    DECLARATION = "declaration"


class Role(StrEnum):
    """Roles of a party in a parcel (WCO Data Model classes 67A, 57B, 74A, 09B, 16A)."""

    SELLER = "seller"
    PLATFORM = "platform"
    CONSIGNOR = "consignor"
    CONSIGNEE = "consignee"
    BUYER = "buyer"
    MAKER = "maker"
    CARRIER = "carrier"
    DECLARANT = "declarant"
    REPRESENTATIVE = "representative"
    IMPORTER = "importer"
    OTHER = "other"  # people a message names in parts no role stands for, in `unread`


class Basis(StrEnum):
    """Whether a line's value or mass is for the whole line or for one unit of it."""

    TOTAL = "total"
    UNIT = "unit"
    UNKNOWN = "unknown"


class Dimension(StrEnum):
    """The four dimensions of data quality (WCO-UPU data quality guidelines)."""

    TIMELINESS = "timeliness"
    ACCURACY = "accuracy"
    COMPLETENESS = "completeness"
    CONSISTENCY = "consistency"


class Scope(StrEnum):
    """What rows a stage must see together."""

    ROW = "row"  # any cut of the batch gives the same result
    GROUP = "group"  # all rows of one key must be together
    WHOLE = "whole"  # the whole file must be seen
