"""The rules of `standards/` as Polars expressions, for whole columns. This is what stages use.

Each function takes an expression of text and gives an expression; null in, null out, and nothing
is ever raised for bad data. Tests hold each to its scalar twin. Cleaning is the same (blanks,
hyphens, small letters), so a raw column may be given. Work on distinct values where there are few.
Sources are those of the scalar modules. Does not know courier files or code lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import reduce
from operator import add

import polars as pl

from tidewaiter.vocabulary.identifiers import gs1
from tidewaiter.vocabulary.identifiers.checkdigits import S10_WEIGHTS
from tidewaiter.vocabulary.identifiers.countries import ALPHA2, NORTHERN_IRELAND
from tidewaiter.vocabulary.identifiers.identification import SEPARATORS, VALUE_CHARS_MAX
from tidewaiter.vocabulary.identifiers.standards import entry_number, eori, hs, ioss, s10

_SEPARATORS = f"[{re.escape(SEPARATORS)}]"
_COUNTRIES = sorted(ALPHA2)
_TEXT = pl.field("text")
_NUMBER = pl.field("number")


def compact(text: pl.Expr) -> pl.Expr:
    """Take blanks and hyphens out and make letters large; too long a text becomes null."""
    short = pl.when(text.str.len_chars() <= VALUE_CHARS_MAX).then(text)
    return short.str.replace_all(_SEPARATORS, "").str.to_uppercase()


def gtin_normal(text: pl.Expr) -> pl.Expr:
    """Give the 14 digits of a valid GTIN (8, 12, 13 or 14 digits), null for anything else."""
    held = _hold(compact(text), number=_TEXT)
    # A weighted sum of digits modulo 10 is the weighted sum of the cut-off numbers modulo 10,
    # because ten times anything falls out: one division a digit instead of two.
    right = _shape("[0-9]{8}|[0-9]{12,14}") & (_cut_sum(_NUMBER, [1, 3] * 7) % 10 == 0)
    return _keep(text, held, right, _TEXT.str.zfill(14))


def gtin_valid(text: pl.Expr) -> pl.Expr:
    """Say whether a GTIN has a right length and check digit."""
    return _flag(text, gtin_normal(text).is_not_null())


def gtin_use(normal: pl.Expr) -> pl.Expr:
    """Give what a GTIN of 14 digits (from `gtin_normal`) is used for, as in `gs1.use_of`."""
    rows = [
        pl.when(_TEXT.str.contains(f"^{pattern}")).then(pl.lit(use)) for pattern, use in gs1.USES
    ]
    use = pl.coalesce(*rows, pl.lit(gs1.GLOBAL))
    return _keep(normal, _hold(normal), _TEXT.is_not_null(), use)


def gtin_restricted(normal: pl.Expr) -> pl.Expr:
    """Say whether a GTIN of 14 digits is not global: restricted circulation, coupon, refund.

    Args:
        normal: result of `gtin_normal`; null gives null.
    """
    return gtin_use(normal).is_in(gs1.NOT_GLOBAL)


def s10_normal(text: pl.Expr, issuers: Collection[str] = ALPHA2) -> pl.Expr:
    """Give the 13 signs of a valid postal item number, null for anything else.

    Args:
        text: the number as written.
        issuers: country codes of posts that issue such numbers.
    """
    known = _TEXT.str.slice(11, 2).is_in(sorted(issuers))
    return _keep(text, _s10(text), _shape(s10.SHAPE) & _S10_RIGHT & known, _TEXT)


def s10_valid(text: pl.Expr, issuers: Collection[str] = ALPHA2) -> pl.Expr:
    """Say whether shape, check digit and issuer of a postal item number are right."""
    return _flag(text, s10_normal(text, issuers).is_not_null())


def s10_shaped(text: pl.Expr) -> pl.Expr:
    """Say whether it has the shape of a postal item number, right or wrong."""
    return _flag(text, _shaped(text, s10.SHAPE).is_not_null())


def s10_check_valid(text: pl.Expr) -> pl.Expr:
    """Say whether the check digit is right; null where the shape is not that of an S10 number."""
    return _keep(text, _s10(text), _shape(s10.SHAPE), _S10_RIGHT)


def s10_country(text: pl.Expr) -> pl.Expr:
    """Give the issuer's two letters (known or not), null where the shape is not right."""
    return _shaped(text, s10.SHAPE).str.slice(11, 2)


def s10_country_known(text: pl.Expr, issuers: Collection[str] = ALPHA2) -> pl.Expr:
    """Say whether the issuer's letters are those of a country; null where the shape is wrong."""
    return s10_country(text).is_in(sorted(issuers))


def awb_normal(text: pl.Expr) -> pl.Expr:
    """Give `618-44100221` for a valid air waybill number, null for anything else."""
    held = _hold(compact(text), number=_TEXT)
    right = (_NUMBER % 100_000_000 // 10) % 7 == _NUMBER % 10
    return _keep(
        text, held, _shape("[0-9]{11}") & right, _TEXT.str.slice(0, 3) + "-" + _TEXT.str.slice(3)
    )


def awb_valid(text: pl.Expr) -> pl.Expr:
    """Say whether an air waybill number has 11 digits and its serial modulo 7 last."""
    return _flag(text, awb_normal(text).is_not_null())


def entry_number_normal(text: pl.Expr) -> pl.Expr:
    """Give `300-4567891-6` for a valid CBP entry number, null for anything else.

    A filer code with letters is taken whatever its check digit (see the scalar module).
    """
    held = _hold(compact(text), number=_TEXT)
    total = pl.lit(0, dtype=pl.UInt64)
    for index in range(11):
        digit = _NUMBER // 10**index % 10
        total = total + (
            digit * 2 - pl.when(digit > 4).then(9).otherwise(0) if index % 2 else digit
        )
    right = (total % 10 == 0).fill_null(value=True) & ~_TEXT.str.starts_with("000")
    right = right & _shape(entry_number.SHAPE)
    written = [_TEXT.str.slice(0, 3), _TEXT.str.slice(3, 7), _TEXT.str.slice(10)]
    return _keep(text, held, right, pl.concat_str(written, separator="-"))


def entry_number_valid(text: pl.Expr) -> pl.Expr:
    """Say whether a CBP entry number is well-formed and, if numeric, has a right check digit."""
    return _flag(text, entry_number_normal(text).is_not_null())


def hs_digits(text: pl.Expr) -> pl.Expr:
    """Give the digits of a tariff code of 2, 4, 6, 8 or 10 digits, null for anything else."""
    lengths = "|".join(f"[0-9]{{{length}}}" for length in hs.LENGTHS)
    plain = compact(text).str.replace_all(".", "", literal=True)
    right = _shape(lengths) & ~_TEXT.str.contains(f"^(?:00|{hs.RESERVED})")
    return _keep(text, _hold(plain), right, _TEXT)


def ioss_wellformed(text: pl.Expr) -> pl.Expr:
    """Say whether it is IM, a member state's code and seven digits (no check digit is public)."""
    states = "|".join(ioss.member_states())
    return _flag(text, compact(text).str.contains(f"^IM(?:{states})[0-9]{{7}}$"))


def eori_wellformed(text: pl.Expr) -> pl.Expr:
    """Say whether it is a country and up to 15 signs (GB and XI: digits only, 11 to 15)."""
    digits = _TEXT.str.contains(f"^..{eori.BRITISH_SHAPE}$")
    country = _TEXT.str.slice(0, 2)
    known = country.is_in([*_COUNTRIES, NORTHERN_IRELAND])
    right = _shape(eori.SHAPE) & known & (digits | ~country.is_in(eori.BRITISH))
    return _flag(text, _keep(text, _hold(compact(text)), right, _TEXT).is_not_null())


def _shaped(text: pl.Expr, pattern: str) -> pl.Expr:
    return _keep(text, _hold(compact(text)), _shape(pattern), _TEXT)


def _shape(pattern: str) -> pl.Expr:
    return _TEXT.str.contains(f"^(?:{pattern})$")


def _flag(text: pl.Expr, right: pl.Expr) -> pl.Expr:
    return pl.when(text.is_not_null()).then(right.fill_null(value=False))


def _s10(text: pl.Expr) -> pl.Expr:
    return _hold(compact(text), number=_TEXT.str.slice(2, 9))


def _hold(text: pl.Expr, number: pl.Expr | None = None) -> pl.Expr:
    # A struct reckons its field once; naming the same expression again reckons it again.
    held = pl.struct(text=text)
    if number is None:
        return held
    return held.struct.with_fields(number=number.cast(pl.UInt64, strict=False))


def _keep(text: pl.Expr, held: pl.Expr, right: pl.Expr, what: pl.Expr) -> pl.Expr:
    kept = held.struct.with_fields(kept=pl.when(right).then(what))
    return kept.struct.field("kept").alias(_name(text))


def _name(text: pl.Expr) -> str:
    return text.meta.output_name(raise_if_undetermined=False) or "text"


def _cut_sum(number: pl.Expr, weights: Sequence[int]) -> pl.Expr:
    # Sum of weight x (number with its last 0, 1, 2 ... digits cut off), equal weights together.
    total = pl.lit(0, dtype=pl.UInt64)
    for weight in sorted(set(weights)):
        cuts = [number // 10**index for index, own in enumerate(weights) if own == weight]
        total = total + reduce(add, cuts) * weight
    return total


def _s10_right() -> pl.Expr:
    # Ten is minus one modulo 11, so a digit's weight is spread over two cut-off numbers, here
    # with the check digit, which weighs nothing, as the last digit.
    weights = list(reversed(S10_WEIGHTS))
    spread = [weight + before for weight, before in zip(weights, [0, *weights], strict=False)]
    rest = _cut_sum(_NUMBER, [0, *spread]) % 11
    # Rests 2 to 10 go with 11 - rest, rest 1 with 0 and rest 0 with 5.
    pairs = [10 * (11 - check) + check for check in range(1, 10)]
    return (rest * 10 + _NUMBER % 10).is_in([*pairs, 10, 5])


_S10_RIGHT = _s10_right()
