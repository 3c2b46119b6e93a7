"""Plain English for the closed sets of words the report shows, and how figures are written.

The words themselves come from the data (`vocabulary.terms`); here is only what each means to a
reader who is no specialist. Writes numbers as 1,234, shares as 12.3 %, money as 1,234.50 AED and
leaves unknown values as a dash. Knows no rule and no threshold.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tidewaiter.vocabulary.terms import DECISION_RANK, Decision, Dimension, Severity

UNKNOWN = "–"
NO_BREAK = "\u00a0"
PERSON_KEY_CHARS = 10

DECISIONS: dict[Decision, str] = {
    Decision.RELEASE: "may go on to the buyer",
    Decision.ASK: "waits for an answer from the sender or the buyer",
    Decision.HOLD: "kept until a paper, a permit or the value has been checked",
    Decision.EXAMINE: "to be opened or scanned",
    Decision.REFUSE: "not accepted as it stands; the message must be mended and sent again",
}
#: one colour a decision, lightest decision first; each at least 4.5:1 on white
TONES: dict[Decision, str] = {
    Decision.RELEASE: "#17735b",
    Decision.ASK: "#2468a8",
    Decision.HOLD: "#a35c00",
    Decision.EXAMINE: "#6a3d9a",
    Decision.REFUSE: "#a11d33",
}
SEVERITIES: dict[Severity, str] = {
    Severity.NOTE: "worth knowing, changes nothing",
    Severity.WARN: "should be mended; does not stop the parcel",
    Severity.SUSPICIOUS: "may hide something",
    Severity.ASK: "must be answered before a decision",
    Severity.REJECT: "the message cannot be accepted as it is",
}
DIMENSIONS: dict[Dimension, str] = {
    Dimension.TIMELINESS: "Did the data come early enough before the parcel?",
    Dimension.ACCURACY: "Is what it says well-formed and believable?",
    Dimension.COMPLETENESS: "Is everything there that is needed?",
    Dimension.CONSISTENCY: "Do its parts agree with one another?",
}


def rank(decision: str) -> int:
    """Give the place of a decision from lightest (0) to strictest; picks its colour."""
    return DECISION_RANK[decision]


def number(value: int | None) -> str:
    """Write a whole number with thousands separators.

    >>> number(1234567), number(None)
    ('1,234,567', '–')
    """
    return UNKNOWN if value is None else f"{value:,}"


def share(part: int, whole: int) -> str:
    r"""Write a share in percent, never rounding something to nothing or a part to all.

    >>> share(1, 3), share(1, 100000), share(99999, 100000), share(0, 0)
    ('33.3\xa0%', 'under 0.1\xa0%', 'over 99.9\xa0%', '–')
    """
    if not whole:
        return UNKNOWN
    percent = 100 * part / whole
    if 0 < percent < 0.05:  # one decimal would show 0.0
        return f"under 0.1{NO_BREAK}%"
    if 99.95 <= percent < 100:  # one decimal would show 100.0
        return f"over 99.9{NO_BREAK}%"
    return f"{percent:.1f}{NO_BREAK}%"


def money(value: Decimal | None, currency: str | None, decimals: int = 2) -> str:
    r"""Write an amount with its currency, rounded half away from zero for the eye only.

    >>> money(Decimal("1234.505"), "AED"), money(None, "AED")
    ('1,234.51\xa0AED', '–')
    """
    if value is None:
        return UNKNOWN
    shown = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{shown:,}{NO_BREAK}{currency}" if currency else f"{shown:,}"


def hs_code(code: str | None) -> str:
    """Write a tariff code with its dot.

    >>> hs_code("850760"), hs_code(None)
    ('8507.60', '–')
    """
    if not code:
        return UNKNOWN
    head, tail = code[:4], code[4:]
    return f"{head}.{tail}" if tail else head


def confidence(value: float | None) -> str:
    r"""Write a probability as whole percent.

    >>> confidence(0.93), confidence(None)
    ('93\xa0%', '–')
    """
    return UNKNOWN if value is None else f"{value:.0%}".replace("%", f"{NO_BREAK}%")


def person(key: str | None) -> str:
    """Shorten a person's pseudonym to what tells two apart on a page."""
    if not key:
        return UNKNOWN
    return key if len(key) <= PERSON_KEY_CHARS else f"{key[:PERSON_KEY_CHARS]}…"
