"""Kinds whose rules the library python-stdnum knows: one row a kind, its module imported when used.

Company, tax, bank, ship and publication numbers that stand in customs messages. The rules
(lengths, check digits, lists of parts) are the library's; only sentences and names are ours.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from types import ModuleType

from tidewaiter.vocabulary.identifiers.identification import Identification, Kind, compact


@dataclass(frozen=True, slots=True)
class Row:
    """A kind the library validates.

    Args:
        kind: its name, title, form.
        module: module of the library.
        shape: regular expression of the compact value, where the library does not look at it
            before the check digits.
        parts: part name -> first and last index (exclusive) in the normal form.
        check_last: whether its last sign is the check digit, so that the right one can be told.
    """

    kind: Kind
    module: str
    shape: str = ""
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    check_last: bool = False


SIGNS_MAX = 64
_COUNTRY = {"country": (0, 2)}
_ROWS = (
    Row(
        Kind(
            "container", "A container number", "4 letters and 7 digits, such as CSQU3054383", 0.95
        ),
        "stdnum.iso6346",
        "[A-Z]{4}[0-9]{7}",
        {"owner": (0, 3), "category": (3, 4), "serial": (4, 10), "check_digit": (10, 11)},
        check_last=True,
    ),
    Row(
        Kind("imo", "A ship's IMO number", "IMO and 7 digits, such as IMO 9319466", 0.35),
        "stdnum.imo",
        check_last=True,
    ),
    Row(
        Kind("imei", "An IMEI", "15 digits, such as 352099001761481", 0.7),
        "stdnum.imei",
        "[0-9]{15}",
        check_last=True,
    ),
    Row(
        Kind("isbn", "An ISBN", "10 or 13 signs, such as 9780306406157", 0.75),
        "stdnum.isbn",
        "(97[89])?[0-9]{9}[0-9X]",
        check_last=True,
    ),
    Row(
        Kind("issn", "An ISSN", "8 signs, such as 0378-5955", 0.45),
        "stdnum.issn",
        check_last=True,
    ),
    Row(
        Kind("cas", "A CAS number of a chemical", "digits as in 7732-18-5", 0.5),
        "stdnum.casrn",
        check_last=True,
    ),
    Row(
        Kind("lei", "A legal entity identifier", "20 signs, such as 213800KUD8LAJWSQ9D15", 0.97),
        "stdnum.lei",
        "[0-9A-Z]{18}[0-9]{2}",
    ),
    Row(
        Kind(
            "iban",
            "An IBAN",
            "country, two check digits and an account, such as GB82WEST12345698765432",
            0.97,
        ),
        "stdnum.iban",
        "[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}",
        _COUNTRY,
    ),
    Row(
        Kind("bic", "A BIC", "8 or 11 signs, such as DEUTDEFF", 0.06),
        "stdnum.bic",
        parts={"bank": (0, 4), "country": (4, 6)},
    ),
    Row(
        Kind(
            "cn-uscc", "A Chinese social credit code", "18 signs, such as 91110000600037341L", 0.9
        ),
        "stdnum.cn.uscc",
        check_last=True,
    ),
    Row(
        Kind("cn-ric", "A Chinese identity number", "18 signs, such as 360426199101010071", 0.6),
        "stdnum.cn.ric",
        check_last=True,
    ),
    Row(
        Kind("in-gstin", "An Indian GST number", "15 signs, such as 27AAPFU0939F1ZV", 0.95),
        "stdnum.in_.gstin",
        parts={"state": (0, 2), "pan": (2, 12)},
        check_last=True,
    ),
)
_PLAIN = (
    ("isin", "isin", "An ISIN of a security", "12 signs, such as US0378331005"),
    ("ec-number", "eu.ecnumber", "An EC number of a chemical", "7 digits as in 200-001-8"),
    ("oss", "eu.oss", "A one-stop-shop number", "EU and 9 digits, such as EU372022452"),
    ("excise", "eu.excise", "An excise number (SEED)", "country and 11 signs, as LU00000987ABC"),
    ("vatin", "vatin", "A VAT number of any country", "country and national number"),
    ("us-ein", "us.ein", "A US employer number (EIN)", "9 digits, such as 91-1144442"),
    ("us-ssn", "us.ssn", "A US social security number", "9 digits as in NNN-NN-NNNN"),
    ("us-itin", "us.itin", "A US taxpayer number (ITIN)", "9 digits, such as 912-90-3456"),
    ("us-tin", "us.tin", "A US tax number", "9 digits: EIN, SSN, ITIN, ATIN or PTIN"),
    ("gb-utr", "gb.utr", "A UK taxpayer reference (UTR)", "10 digits, such as 1955839661"),
    ("au-abn", "au.abn", "An Australian business number", "11 digits, such as 83914571673"),
    ("au-acn", "au.acn", "An Australian company number", "9 digits, such as 004085616"),
    ("nz-ird", "nz.ird", "A New Zealand IRD number", "8 or 9 digits, such as 49-091-850"),
    ("in-pan", "in_.pan", "An Indian account number (PAN)", "10 signs, such as AAPPV8261K"),
    ("br-cpf", "br.cpf", "A Brazilian person's number", "11 digits, as in 390.533.447-05"),
    ("br-cnpj", "br.cnpj", "A Brazilian company number", "14 signs, as in 16.727.230/0001-97"),
    ("mx-rfc", "mx.rfc", "A Mexican tax number (RFC)", "12 or 13 signs, such as GODE561231GR8"),
    ("mx-curp", "mx.curp", "A Mexican person's number", "18 signs, as BOXW310820HNERXN09"),
    ("ar-cuit", "ar.cuit", "An Argentine tax number", "11 digits, such as 20-05536168-2"),
    ("cl-rut", "cl.rut", "A Chilean tax number (RUT)", "8 or 9 signs, such as 12531909-2"),
    ("co-nit", "co.nit", "A Colombian tax number (NIT)", "8 to 16 digits, as 213123432-1"),
    ("pe-ruc", "pe.ruc", "A Peruvian tax number (RUC)", "11 digits, such as 20512333797"),
    ("ca-bn", "ca.bn", "A Canadian business number", "9 or 15 signs, as 12302 6635 RC 0001"),
    ("jp-cn", "jp.cn", "A Japanese corporate number", "13 digits, such as 5835678256246"),
    ("kr-brn", "kr.brn", "A Korean business number", "10 digits, such as 116-82-00276"),
    ("tw-ubn", "tw.ubn", "A Taiwanese business number", "8 digits, such as 00501503"),
    ("sg-uen", "sg.uen", "A Singapore entity number", "9 or 10 signs, such as 00192200M"),
    ("id-npwp", "id.npwp", "An Indonesian tax number", "15 or 16 digits, as 01.312.166.0-091.000"),
    ("th-tin", "th.tin", "A Thai tax number", "13 digits, such as 1-2345-45678-78-1"),
    ("vn-mst", "vn.mst", "A Vietnamese tax number", "10 or 13 digits, such as 0100233488"),
    ("tr-vkn", "tr.vkn", "A Turkish tax number (VKN)", "10 digits, such as 4540536920"),
    ("ru-inn", "ru.inn", "A Russian tax number (INN)", "10 or 12 digits, such as 1234567894"),
    ("ua-edrpou", "ua.edrpou", "A Ukrainian company number", "8 digits, such as 32855961"),
    ("za-tin", "za.tin", "A South African tax number", "10 digits, such as 0001339050"),
    ("eg-tin", "eg.tn", "An Egyptian tax number", "9 digits, such as 100-531-385"),
    ("ke-pin", "ke.pin", "A Kenyan tax number (PIN)", "11 signs, such as P051365947M"),
    ("il-hp", "il.hp", "An Israeli company number", "9 digits, such as 516179157"),
    ("ch-vat", "ch.vat", "A Swiss VAT number", "CHE, 9 digits and MWST, TVA, IVA or TPV"),
    ("ch-uid", "ch.uid", "A Swiss company number (UID)", "CHE and 9 digits, as CHE-100.155.212"),
    ("no-mva", "no.mva", "A Norwegian VAT number", "9 digits and MVA, such as NO 995525828 MVA"),
)
_CHECK_LAST = frozenset({"au-acn", "nz-ird", "tw-ubn", "jp-cn", "pe-ruc", "il-hp", "ua-edrpou"})
LIBRARY: dict[str, Row] = {row.kind.name: row for row in _ROWS} | {
    name: Row(Kind(name, title, form), f"stdnum.{module}", check_last=name in _CHECK_LAST)
    for name, module, title, form in _PLAIN
}


def identify(name: str, value: str) -> Identification:
    """Read a value as the library's kind of that name.

    >>> identify("container", "csqu 305438 3").normal
    'CSQU3054383'
    >>> identify("in-gstin", "27AAPFU0939F1ZA").parts["check_digit_right"]
    'V'
    """
    from stdnum.exceptions import ValidationError

    row = LIBRARY[name]
    seen = compact(value)
    if not (seen and value.isascii() and len(seen) <= SIGNS_MAX):
        return row.kind.misshapen(value, seen)
    if row.shape and not re.fullmatch(row.shape, seen):
        return row.kind.misshapen(value, seen)
    module = importlib.import_module(row.module)
    try:
        normal = str(module.validate(value.strip().upper()))
    except ValidationError as error:
        return _fault(row, module, value, error)
    parts = {part: normal[first:last] for part, (first, last) in row.parts.items()}
    return row.kind.good(value, normal, **parts)


def _fault(row: Row, module: ModuleType, value: str, error: Exception) -> Identification:
    from stdnum.exceptions import InvalidChecksum, InvalidComponent

    kind = row.kind
    seen = compact(value)
    if isinstance(error, InvalidChecksum):
        right = _right_check(module, seen) if row.check_last else ""
        if right:
            return kind.wrong_check(value, seen[:-1], seen[-1], right)
        told = "The check digits do not agree; one of the signs was probably mistyped."
        return kind.bad(value, "check_digit", f"{told} {kind.title} is {kind.form}.")
    if isinstance(error, InvalidComponent):
        told = "A part of it (such as country, region or date) is not known."
        return kind.bad(value, "component", f"{told} {kind.title} is {kind.form}.")
    return kind.misshapen(value, seen)


def _right_check(module: ModuleType, seen: str) -> str:
    for sign in "0123456789X" if seen[-1].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789":
        if module.is_valid(seen[:-1] + sign):
            return sign
    return ""
