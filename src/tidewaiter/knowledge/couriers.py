"""Couriers: which courier's number a tracking number may be, read from open courier files.

Reads the JSON format of `tracking_number_data` (one file a courier, MIT; the files are the
user's, none is part of this project): regular expressions in PCRE dialect, six checksums, a serial
number that may need a prefix, and lookups of which some must be found. Many formats are just 10 to
16 digits, so a match is a candidate and no proof. Partnerships of couriers and service links are
not read. Regular expressions are translated in `pcre`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tidewaiter.knowledge.pcre import compile_pcre, plain_name
from tidewaiter.vocabulary.errors import InputError, PackError
from tidewaiter.vocabulary.identifiers import checkdigits
from tidewaiter.vocabulary.identifiers.identification import BLANKS

Json: TypeAlias = dict[str, Any]
Checksum: TypeAlias = Callable[[str, Json], str]

COURIER_BYTES_MAX = 8 * 1024 * 1024
NUMBER_CHARS_MAX = 128
SERIAL, CHECK = "SerialNumber", "CheckDigit"
CHECKSUMS: dict[str, Checksum] = {
    "mod7": lambda serial, _: checkdigits.mod7(serial),
    "luhn": lambda serial, _: checkdigits.luhn(serial),
    "mod_37_36": lambda serial, _: checkdigits.mod_37_36(serial),
    "s10": lambda serial, spec: checkdigits.s10(
        serial, spec.get("weightings") or checkdigits.S10_WEIGHTS
    ),
    "mod10": lambda serial, spec: checkdigits.mod10(
        serial,
        evens=int(spec.get("evens_multiplier", 1)),
        odds=int(spec.get("odds_multiplier", 1)),
        reverse=bool(spec.get("reverse")),
    ),
    "sum_product_with_weightings_and_modulo": lambda serial, spec: checkdigits.weighted(
        serial, spec["weightings"], int(spec["modulo1"]), int(spec["modulo2"])
    ),
}
_DIGITS_ONLY = frozenset({"mod7"})
_BLANKS = dict.fromkeys(map(ord, BLANKS))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One format whose form a number has.

    Args:
        courier: code of the courier, such as `fedex`.
        id: id of the format.
        name: name of the format.
        valid: whether checksum and required lookups are right too.
        normal: the number without blanks, in large letters.
        parts: the regular expression's groups, what lookups found, and the tracking link.
        reason: what is wrong and what would be right; empty when valid.
        fault: `check_digit` or `issuer` (a required lookup found nothing); empty when valid.
    """

    courier: str
    id: str
    name: str
    valid: bool
    normal: str
    parts: dict[str, str]
    reason: str
    fault: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table that a group of the number is looked up in."""

    name: str
    group: str
    rows: tuple[tuple[str, re.Pattern[str] | None, Json], ...]

    def find(self, value: str) -> Json | None:
        """Give the first row whose text equals the value or whose pattern is found in it."""
        for text, pattern, row in self.rows:
            if (text == value) if pattern is None else bool(pattern.search(value)):
                return row
        return None


@dataclass(frozen=True, slots=True)
class CourierFormat:
    """One number format of one courier, ready for use."""

    courier: str
    courier_name: str
    id: str
    name: str
    pattern: re.Pattern[str]
    checksum: Json
    prepends: tuple[tuple[re.Pattern[str], str], ...]
    required: tuple[str, ...]
    lookups: tuple[Lookup, ...]
    tracking_url: str
    examples: tuple[tuple[str, bool], ...]

    def read(self, value: str) -> Candidate | None:
        """Read a number; None if it does not have this format's form."""
        normal = _normal(value)
        found = self.pattern.fullmatch(normal)
        if found is None:
            return None
        groups = {
            plain_name(name): _normal(part) for name, part in found.groupdict().items() if part
        }
        rows = {lookup.name: lookup.find(groups.get(lookup.group, "")) for lookup in self.lookups}
        reason = self._checksum_fault(groups)
        fault = "check_digit" if reason else ""
        if not reason:
            reason = self._lookup_fault(groups, rows)
            fault = "issuer" if reason else ""
        parts = groups | {name: _words(row) for name, row in rows.items() if row}
        for row in rows.values():
            if row and isinstance(row.get("country"), str):
                parts["Country"] = row["country"]
        if "%s" in self.tracking_url:
            parts["tracking_url"] = self.tracking_url.replace("%s", normal)
        return Candidate(
            courier=self.courier,
            id=self.id,
            name=self.name,
            valid=not reason,
            normal=normal,
            parts=parts,
            reason=reason,
            fault=fault,
        )

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Order of sureness among formats that match: checked, looked up, with fixed letters."""
        fixed = re.sub(r"\\.|\(\?P?<\w+>|\[[^]]*\]", "", self.pattern.pattern)
        letters = bool(re.search(r"[A-Z]", fixed))
        return (not self.checksum, not self.required, not letters)

    def _checksum_fault(self, groups: dict[str, str]) -> str:
        if not self.checksum:
            return ""
        name = self.checksum["name"]
        serial, check = groups.get(SERIAL, ""), groups.get(CHECK, "")
        for pattern, content in self.prepends:
            if pattern.search(serial):
                serial = content + serial
                break
        readable = serial.isascii() and serial.isalnum()
        if not check or not readable or (name in _DIGITS_ONLY and not serial.isdigit()):
            return f"The check digit of a number of {self.name} cannot be reckoned from {serial!r}."
        right = CHECKSUMS[name](serial, self.checksum)
        if right == (check.lstrip("0") or "0"):
            return ""
        return (
            f"The check digit is {check} but for a number of {self.name} it should be {right}; "
            "one of the signs was probably mistyped."
        )

    def _lookup_fault(self, groups: dict[str, str], rows: dict[str, Json | None]) -> str:
        for name in self.required:
            if rows.get(name) is None:
                group = next((look.group for look in self.lookups if look.name == name), name)
                return (
                    f"The check digit is right, but {groups.get(group, '')!r} ({group}) is not in "
                    f"the list {name!r} of {self.courier_name}."
                )
        return ""


@dataclass(frozen=True, slots=True)
class Couriers:
    """All formats of a set of courier files.

    Args:
        formats: the formats, in order of file name and place.
        faults: a sentence for each file or format that had to be left out, and why.
        digests: file name -> SHA-256.
    """

    formats: tuple[CourierFormat, ...]
    faults: tuple[str, ...]
    digests: dict[str, str]

    def identify(self, value: str) -> list[Candidate]:
        """Give a candidate for each format whose form the number has, valid and surest first."""
        if len(value) > NUMBER_CHARS_MAX or not _normal(value):
            return []
        found = [(form, form.read(value)) for form in self.formats]
        read = [(not one.valid, *form.rank, one) for form, one in found if one is not None]
        return [row[-1] for row in sorted(read, key=lambda row: row[:-1])]

    def wrong_examples(self) -> list[str]:
        """Give a sentence for each test number of the files that comes out wrong."""
        wrong = []
        for form in self.formats:
            for number, valid in form.examples:
                read = form.read(number)
                if (read is not None and read.valid) != valid:
                    said = "valid" if valid else "invalid"
                    wrong.append(f"{form.courier}/{form.id}: {number!r} should be {said}")
        return wrong


def load_couriers(directory: Path) -> Couriers:
    """Read every courier file (`*.json`) of a folder, or of its folder `couriers`, or one file.

    A file or format that cannot be understood is left out and named in `faults`.

    Raises:
        InputError: no such folder, or no courier file in it.
        PackError: files are there, but none could be understood; all faults are listed.
    """
    formats: list[CourierFormat] = []
    faults: list[str] = []
    digests: dict[str, str] = {}
    for path in _paths(directory):
        data = path.read_bytes()
        digests[path.name] = hashlib.sha256(data).hexdigest()
        if len(data) > COURIER_BYTES_MAX:
            faults.append(f"{path.name}: larger than {COURIER_BYTES_MAX} bytes")
            continue
        for read in _formats(path.name, data):
            if isinstance(read, str):
                faults.append(read)
            else:
                formats.append(read)
    if not formats:
        raise PackError(faults or [f"{directory}: the courier files hold no formats"])
    return Couriers(tuple(formats), tuple(faults), digests)


def _paths(directory: Path) -> list[Path]:
    if directory.is_file():
        return [directory]
    inner = directory / "couriers"
    folder = inner if inner.is_dir() else directory
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not paths:
        raise InputError(
            f"there are no courier files (*.json) in {str(directory)!r}.",
            where="--couriers",
            remedy="Give the folder of the courier files, such as tracking_number_data/couriers.",
        )
    return paths


def _formats(file: str, data: bytes) -> Iterator[CourierFormat | str]:
    try:
        courier = json.loads(data.decode("utf-8-sig"))
    except ValueError as fault:
        yield f"{file}: is not JSON: {fault}"
        return
    entries = courier.get("tracking_numbers") if isinstance(courier, dict) else None
    if not isinstance(entries, list):
        yield f"{file}: has no list 'tracking_numbers'"
        return
    for number, entry in enumerate(entries, start=1):
        where = f"{file} tracking_numbers {number}"
        if not isinstance(entry, dict):
            yield f"{where}: is not an object"
            continue
        try:
            yield _format(Path(file).stem, courier, entry)
        except KeyError as fault:
            yield f"{where} ({entry.get('name', 'without name')}): left out: no key {fault}"
        except (TypeError, AttributeError, InputError) as fault:
            yield f"{where} ({entry.get('name', 'without name')}): left out: {fault}"


def _format(stem: str, courier: Json, entry: Json) -> CourierFormat:
    name = str(entry.get("name") or courier.get("name") or stem)
    validation = entry.get("validation") or {}
    tests = entry.get("test_numbers") or {}
    pattern = compile_pcre(_joined(entry["regex"]))
    lookups = tuple(_lookup(table) for table in entry.get("additional") or [])
    return CourierFormat(
        courier=str(courier.get("courier_code") or stem),
        courier_name=str(courier.get("name") or stem),
        id=str(entry.get("id") or re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")),
        name=name,
        pattern=pattern,
        checksum=_checksum(validation.get("checksum") or {}, pattern),
        prepends=tuple(_prepends(validation.get("serial_number_format") or {})),
        required=_required(validation.get("additional") or {}, lookups),
        lookups=lookups,
        tracking_url=str(entry.get("tracking_url") or ""),
        examples=tuple(
            (str(number), valid)
            for key, valid in (("valid", True), ("invalid", False))
            for number in tests.get(key) or []
        ),
    )


def _checksum(spec: Json, pattern: re.Pattern[str]) -> Json:
    if not spec:
        return {}
    name = spec.get("name")
    if name not in CHECKSUMS:
        raise InputError(f"checksum {name!r} is not one of {', '.join(sorted(CHECKSUMS))}.")
    groups = {plain_name(group) for group in pattern.groupindex}
    for group in (SERIAL, CHECK):
        if group not in groups:
            raise InputError(f"checksum {name!r} needs the group {group!r} in the regex.")
    try:
        CHECKSUMS[name]("0" * NUMBER_CHARS_MAX, spec)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise InputError(f"checksum {name!r} cannot be reckoned with {spec}: {fault!r}.") from fault
    return dict(spec)


def _prepends(spec: Json) -> Iterator[tuple[re.Pattern[str], str]]:
    rules = spec.get("prepend_if") or []
    for rule in [rules] if isinstance(rules, dict) else rules:
        yield compile_pcre(_joined(rule["matches_regex"])), str(rule["content"])


def _required(spec: Json, lookups: tuple[Lookup, ...]) -> tuple[str, ...]:
    names = spec.get("exists") or []
    required = (names,) if isinstance(names, str) else tuple(map(str, names))
    known = {lookup.name for lookup in lookups}
    for name in required:
        if name not in known:
            raise InputError(f"validation asks for the lookup {name!r}, which is not there.")
    return required


def _lookup(table: Json) -> Lookup:
    rows: list[tuple[str, re.Pattern[str] | None, Json]] = []
    for row in table.get("lookup") or []:
        if row.get("matches") is not None:
            texts = row["matches"] if isinstance(row["matches"], list) else [row["matches"]]
            rows += [(str(text), None, row) for text in texts]
        elif row.get("matches_regex") is not None:
            rows.append(("", compile_pcre(_joined(row["matches_regex"])), row))
    return Lookup(str(table["name"]), str(table["regex_group_name"]), tuple(rows))


def _words(row: Json) -> str:
    for key in ("name", "courier", "description", "country"):
        if isinstance(row.get(key), str) and row[key]:
            return str(row[key])
    return str(row.get("matches") or row.get("matches_regex") or "")


def _joined(regex: str | list[str]) -> str:
    return regex if isinstance(regex, str) else "".join(regex)


def _normal(value: str) -> str:
    return value.translate(_BLANKS).upper()
