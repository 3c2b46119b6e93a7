"""A second reading of US rate texts, built otherwise than `hts`: numbers picked out by pattern.

It knows nothing of trees or grammar. It strips everything it can name out of the text; if letters
or digits are left over, it refuses. Three sample parcels turn what it found into money.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal

NORMAL_SAMPLE = Decimal("7")  # percent the sample goods pay normally
CONTENT_SAMPLE = Decimal("0.4")  # share of the value that is steel, copper ...
SAMPLES = [
    {"value": Decimal("60"), "kg": Decimal("0.5"), "each": Decimal("3"), "liter": Decimal("1.5")},
    {"value": Decimal("799.99"), "kg": Decimal("12.345"), "each": Decimal("48"),
     "liter": Decimal("0.7")},
    {"value": Decimal("0.01"), "kg": Decimal("1000"), "each": Decimal("1"), "liter": Decimal("0")},
]  # fmt: skip
PER = {"kg": ("kg", 1), "liter": ("liter", 1), "doz": ("each", 12), "each": ("each", 1)}


def money(text: str) -> list[Decimal] | str:
    """Give what each sample pays, or why that cannot be said."""
    left = text.lower().replace("\u00a0", " ")
    if not left.strip():
        return "blank"
    if "garment" in left and "ensemble" in left:
        return "each garment"
    if "provided in subheadings" in left:
        return "other subheadings"
    percent, content = Decimal(0), Decimal(0)
    per: dict[str, Decimal] = defaultdict(Decimal)
    for word in ("duty provided", "no change"):
        if word in left:
            percent += NORMAL_SAMPLE
    for number in re.findall(
        r"([\d.]+)% upon the value of the [a-z.\-]+(?: [a-z]+)? content", left
    ):
        content += Decimal(number)
    left = re.sub(r"[\d.]+% upon the value of the .*content", " ", left)
    for number in re.findall(r"([\d.]+) ?%", left):
        percent += Decimal(number)
    for sign, number, cents, unit in re.findall(
        r"(\$?)([\d.]+)(¢?) ?(?:/ ?)?(kg|liter|doz|each)", left
    ):
        measure, size = PER[unit]
        assert bool(sign) != bool(cents), text
        per[measure] += Decimal(number) / (100 if cents else 1) / size
    named = (
        r"[\d.]+ ?%|\$?[\d.]+¢? ?/? ?(?:kg|liter|doz\.?|each)|free|no change"
        r"|the duty provided (?:for )?in ?the applicable subheading|a duty of|plus|[+.\s]"
    )
    rest = re.sub(named, "", left)
    if rest:
        return f"left over: {rest}"
    return [
        sample["value"] * (percent + content * CONTENT_SAMPLE) / 100
        + sum(rate * sample[measure] for measure, rate in per.items())
        for sample in SAMPLES
    ]
