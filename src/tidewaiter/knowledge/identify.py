"""Identifiers read with what only packs and courier files know.

The vocabulary checks countries and currencies by shape; here they are looked up in the code
lists. `tracking` reads numbers of couriers; without courier files only S10 and air waybill
numbers are known. `any` guesses. Code lists are loaded when the first value needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tidewaiter.vocabulary import identifiers
from tidewaiter.vocabulary.errors import unknown_name
from tidewaiter.vocabulary.identifiers import Identification
from tidewaiter.vocabulary.identifiers.guess import UNKNOWN
from tidewaiter.vocabulary.identifiers.registry import ALIASES

if TYPE_CHECKING:
    from tidewaiter.knowledge.codelists import Codelists
    from tidewaiter.knowledge.couriers import Candidate, Couriers

Reader: TypeAlias = Callable[[str], list[Identification]]
ANY, TRACKING = "any", "tracking"
_WITHOUT_COURIERS = ("s10", "awb")
_TRACKING_CHECKED, _TRACKING_SHAPE = 0.7, 0.03
_FEW = "Without courier files (--couriers DIR) only S10 and air waybill numbers are known."


def kinds() -> list[str]:
    """Give the names of all kinds that `reader` takes, sorted."""
    return sorted([*identifiers.kinds(), ANY, TRACKING])


def reader(kind: str, couriers_dir: Path | None = None) -> Reader:
    """Give the function that reads values of a kind.

    It gives one answer a value; `any` gives one for each plausible kind, surest first.

    Args:
        kind: a name of `kinds()` or an alias such as `ean`.
        couriers_dir: folder of courier files, for `tracking` and `any`.

    Raises:
        InputError: no such kind (names the nearest ones), or no courier files there.
        PackError: no courier file could be understood.
    """
    name = kind.strip().lower().replace("_", "-")
    name = ALIASES.get(name, name)
    if name not in kinds():
        raise unknown_name("kind of identifier", kind, kinds())
    couriers = _couriers(couriers_dir) if couriers_dir is not None else None
    if name == TRACKING:
        return lambda value: [tracking(value, couriers)]
    if name == ANY:
        return partial(_any, couriers=couriers)
    return lambda value: [listed(identifiers.identify(name, value))]


def listed(found: Identification) -> Identification:
    """Look a country or currency that has the right shape up in the code lists."""
    if not found.valid or found.kind not in ("country", "currency"):
        return found
    rows = _countries() if found.kind == "country" else _currencies()
    code = found.normal
    if code not in rows:
        note = _specials().get(code, "") if found.kind == "country" else ""
        told = f" ({note})" if note else ""
        about = identifiers.describe(found.kind)
        reason = f"{code} is not on the list{told}. {about.title} is {about.form}."
        return replace(found, valid=False, normal="", reason=reason, parts={"fault": "component"})
    parts = rows[code]
    return replace(found, normal=parts["code"], parts=parts)


def tracking(value: str, couriers: Couriers | None) -> Identification:
    """Read a tracking number: the surest courier's answer, with the others in `also`."""
    if couriers is None:
        return _tracking_alone(value)
    candidates = couriers.identify(value)
    if not candidates:
        return Identification(
            value,
            TRACKING,
            False,
            "",
            f"None of the {len(couriers.formats)} formats of the courier files has this form; "
            "compare it with the label.",
            {"fault": "form"},
        )
    best, *others = candidates
    also = [_label(one) for one in others if one.valid or not best.valid]
    parts = {"courier": best.courier, "id": best.id, "name": best.name, **best.parts}
    if also:
        parts["also"] = " ".join(also)
    if not best.valid:
        parts["fault"] = best.fault
    normal = best.normal if best.valid else ""
    return Identification(value, TRACKING, best.valid, normal, best.reason, parts)


def _any(value: str, couriers: Couriers | None) -> list[Identification]:
    found = [listed(answer) for answer in identifiers.guess(value)]
    if couriers is not None:
        found.append(tracking(value, couriers))
    valid = [answer for answer in found if answer.valid]
    if not valid:
        # A code that is on no list is no code; a number that fails its check digit may be one.
        nearly = [answer for answer in found if answer.parts["fault"] in ("check_digit", "issuer")]
        return nearly or [answer for answer in found if answer.kind == UNKNOWN] or [_unknown(value)]
    return sorted(valid, key=_sureness, reverse=True)


def _sureness(found: Identification) -> float:
    if found.kind == TRACKING:
        return _TRACKING_CHECKED if "CheckDigit" in found.parts else _TRACKING_SHAPE
    return identifiers.describe(found.kind).sureness


def _unknown(value: str) -> Identification:
    reason = "It has the form of a country or currency code, but is on neither list."
    return Identification(value, UNKNOWN, False, "", reason, {"fault": "component"})


def _tracking_alone(value: str) -> Identification:
    answers = [identifiers.identify(kind, value) for kind in _WITHOUT_COURIERS]
    for answer in answers:
        if answer.valid:
            parts = {"courier": answer.kind, **answer.parts, "note": _FEW}
            return replace(answer, kind=TRACKING, parts=parts)
    near = next((answer for answer in answers if answer.parts["fault"] != "form"), answers[0])
    return replace(near, kind=TRACKING, reason=f"{near.reason} {_FEW}")


def _label(candidate: Candidate) -> str:
    return f"{candidate.courier}/{candidate.id}"


@cache
def _couriers(directory: Path) -> Couriers:
    from tidewaiter.knowledge.couriers import load_couriers

    return load_couriers(directory)


@cache
def _countries() -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for row in _codelists().countries.select("code", "alpha3", "numeric").to_dicts():
        parts = {name: text for name, text in row.items() if text}
        rows |= dict.fromkeys(parts.values(), parts)
    return rows


@cache
def _currencies() -> dict[str, dict[str, str]]:
    return {
        row["code"]: {name: str(text) for name, text in row.items() if text is not None}
        for row in _codelists().currencies.to_dicts()
    }


@cache
def _specials() -> dict[str, str]:
    return _codelists().specials


@cache
def _codelists() -> Codelists:
    from tidewaiter.knowledge.codelists import load_codelists

    return load_codelists()
