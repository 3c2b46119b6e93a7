"""Link: who is the same person on the same day, though names and addresses are written differently.

The importing person of a parcel is the party with the role importer, else buyer, else consignee.
Persons are compared within one `ordered_day` only (the personal allowance counts by day): exactly
by the normal form of name and address, then by evidence (typing errors, initials, missing parts,
telephone, e-mail) with the weights of `packs/matching/link.toml`. Two different door numbers are
never one person; an initial joins a full name only where that name is the only one it can be.

Gives `person_key` and `party_key`: 96-bit pseudonyms of the normal form, so the same writing has
the same key in every batch. They are unkeyed hashes (Polars' own, stable within one Polars
version): they hide names from a reader, not from someone who hashes all names he can think of.
The person of a similar group has the key of the group's fullest writing. No name, or no address
and neither telephone nor e-mail, is no identity: such a parcel is a person of its own.

Serves requirement E9. Does NOT add up values, judge splits (see `charge`), or compare across days.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.link.clusters import group_persons
from tidewaiter.stages.link.writings import importing_persons, keys_of, read_writings
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.findings import finding
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

CODES = ("link.similar_writing", "link.ambiguous_writing")
CONTRACT = StageContract(
    name="link",
    needs=(
        "consignments.consignment_id",
        "consignments.ordered_day",
        "parties.role",
        "parties.name",
        "parties.company",
        "parties.address",
        "parties.street",
        "parties.street_extra",
        "parties.city",
        "parties.region",
        "parties.postcode",
        "parties.email",
        "parties.phone",
    ),
    gives=("consignments.person_key", "consignments.person_match", "parties.party_key"),
    scope=Scope.GROUP,
    group_key=("ordered_day",),
    codes=CODES,
)


def link(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Find who is the same person on the same day.

    Args:
        batch: after `fuse`: one row a parcel, one row a role.
        knowledge: gives `matching` (words, weights) and `findings`.
        on: day whose finding weights count.

    Returns:
        The batch with `consignments.person_key`, `person_match`, `parties.party_key`, and findings
        `link.similar_writing`, `link.ambiguous_writing`. Every row kept, in order.
    """
    matching = knowledge.matching
    parties, writings = read_writings(batch.parties, matching.words)
    persons = importing_persons(batch.consignments, parties, writings)
    groups = group_persons(persons, writings, matching)
    consignments = batch.consignments.with_columns(
        keys_of(groups["person"], batch.consignments["consignment_id"]),
        groups["person_match"],
    )
    found = [
        finding(
            groups,
            pl.col("similar_detail").is_not_null(),
            CODES[0],
            knowledge.findings.severity(CODES[0], on),
            field="parties.name",
            detail=pl.col("similar_detail"),
        ),
        finding(
            groups,
            pl.col("ambiguous_detail").is_not_null(),
            CODES[1],
            knowledge.findings.severity(CODES[1], on),
            field="parties.name",
            detail=pl.col("ambiguous_detail"),
        ),
    ]
    return batch.with_frames(
        consignments=conform(consignments, "consignments", ()),
        parties=conform(parties.drop("form"), "parties", ()),
    ).with_findings(*found)
