"""What a control is made of, compiled; knows no file and no goods."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import polars as pl

from tidewaiter.vocabulary.terms import Decision

CONDITION_COLUMNS = (
    "customs_value", "declared_value", "declared_currency", "nature", "transport_mode",
    "country_origin", "country_departure", "country_destination", "hs6", "hs_code", "quantity",
    "net_mass_g", "title", "description", "category_path", "brand",
)  # fmt: skip
THRESHOLD_COLUMNS = ("net_mass_g", "quantity", "customs_value")
NONE = "none"
"""Word of a case for goods no agency has a say in."""


class PaperCheck(StrEnum):
    """How a paper counts."""

    REGISTER = "register"  # only if the certificate register knows it and finds it good
    NAMED = "named"  # when its number is declared; its agency checks it
    KEPT = "kept"  # the importer keeps it and shows it when asked; never missed


@dataclass(frozen=True, slots=True)
class Action:
    """What a control asks for, in the pack's words, and the decision it leads to."""

    word: str
    decision: Decision
    rank: int


@dataclass(frozen=True, slots=True)
class Agency:
    """Who has a say in the goods."""

    id: str
    title: str

    def __str__(self) -> str:
        """Give the id with its title: `FDA (Food and Drug Administration)`."""
        return f"{self.id} ({self.title})"


@dataclass(frozen=True, slots=True)
class Document:
    """A permit, certificate or statement a control asks for."""

    code: str
    title: str
    check: PaperCheck
    source: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A case in which a control does not apply, by what law."""

    when: pl.Expr
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """How much of the goods a parcel may hold before a control applies.

    Args:
        most: for each column the greatest sum over the touched lines of a parcel; all must be known
            and kept.
        when: condition under which the allowance is given at all.
    """

    most: tuple[tuple[str, Decimal], ...]
    when: pl.Expr
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Taken:
    """From when on the code taken counts beside the declared one."""

    confidence_min: float
    source: str


@dataclass(frozen=True, slots=True)
class Control:
    """One control in force.

    Args:
        id: its id.
        title: what it is about.
        pattern: regular expression that finds its words as whole words in lower-case text.
        quick: pieces of text one of which must stand in a text for the pattern to meet it.
        unless: regular expression of phrases in which the words mean something else, or "".
        hs: prefixes of the code.
        hs_not: longer prefixes that are out of it.
        when: compiled condition; `condition` is its text.
        condition: the condition as written, or "".
        agencies: the agencies that have a say.
        documents: papers of which one is asked for.
        exemptions: cases in which it does not apply.
        threshold: up to how much it does not apply.
        action: what it asks for.
        question: what the officer is to find out.
        source: legal basis.
    """

    id: str
    title: str
    pattern: str
    quick: tuple[str, ...]
    unless: str
    hs: tuple[str, ...]
    hs_not: tuple[str, ...]
    when: pl.Expr
    condition: str
    agencies: tuple[Agency, ...]
    documents: tuple[Document, ...]
    exemptions: tuple[Exemption, ...]
    threshold: Threshold | None
    action: Action
    question: str
    source: str

    @property
    def papers(self) -> str:
        """The papers asked for, in words: `C400 CITES import permit or ...`."""
        return " or ".join(f"{document.code} {document.title}" for document in self.documents)

    def meets(self, codes: pl.Series) -> pl.Series:
        """Say of each code whether it is one of the control's."""
        inside = _begins(codes, self.hs)
        return inside & ~_begins(codes, self.hs_not) if self.hs_not else inside


def _begins(codes: pl.Series, prefixes: tuple[str, ...]) -> pl.Series:
    if not prefixes:
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(codes))
    return codes.str.contains(f"^(?:{'|'.join(prefixes)})").fill_null(value=False)
