"""The certificate register: which permits are known, and how much is left on each.

Data that the runtime loads from the data directory and hands to the flow beside the packs
(`Knowledge.certificates`); empty by default, and then nothing a sender names can be verified. Its
digests go into every decision's digest, the uses included: the answer hangs on them.

`within_balance` is the one rule of counting, used before an answer (restrict) and when uses are
recorded (runtime): uses are taken in a given order; one that is more than what is left is refused
and draws nothing. Knows nothing of files and of messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from tidewaiter.vocabulary.certificate_frames import (
    CERTIFICATE_KEY,
    CERTIFICATE_USES,
    CERTIFICATES,
    empty_frame,
)

ROUNDS_MAX = 64


@dataclass(frozen=True, eq=False)
class Certificates:
    """The register and what was drawn on it.

    Args:
        register: frame `CERTIFICATES`, each key once.
        uses: frame `CERTIFICATE_USES`, each key once.
        digests: what was loaded, to its SHA-256.
    """

    register: pl.DataFrame = field(default_factory=lambda: empty_frame(CERTIFICATES))
    uses: pl.DataFrame = field(default_factory=lambda: empty_frame(CERTIFICATE_USES))
    digests: dict[str, str] = field(default_factory=dict)

    @cached_property
    def empty(self) -> bool:
        """Whether no certificate is known."""
        return not self.register.height

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Type codes of which the register holds certificates."""
        return tuple(self.register["type_code"].unique().sort())

    def left(self, but: pl.DataFrame | None = None) -> pl.DataFrame:
        """Give `type_code, number, issuer, left`: what is left of each limited quantity.

        Args:
            but: `consignment_id, item_no` of lines whose own earlier uses do not count: they are
                being assessed again.
        """
        uses = self.uses
        if but is not None:
            uses = uses.join(but, on=["consignment_id", "item_no"], how="anti")
        used = uses.group_by(CERTIFICATE_KEY).agg(pl.col("quantity").sum().alias("used"))
        limited = self.register.filter(pl.col("quantity").is_not_null())
        return limited.join(used, on=CERTIFICATE_KEY, how="left").select(
            *CERTIFICATE_KEY, (pl.col("quantity") - pl.col("used").fill_null(0)).alias("left")
        )


NO_CERTIFICATES = Certificates()


def within_balance(wanted: pl.DataFrame) -> pl.Series:
    """Say which uses fit, taken in row order: each fits if it is no more than what is then left.

    A use that does not fit draws nothing, so a smaller one after it may still fit. Works in rounds,
    not row by row: each settles the uses up to the first that does not fit, and every later one
    that is larger than what is left there. What is not settled after `ROUNDS_MAX` is refused.

    Args:
        wanted: `type_code, number, issuer, quantity, left` in the order they count; a null `left`
            has no limit.

    Returns:
        Boolean series in row order.

    >>> rows = {"type_code": ["C"] * 4, "number": ["1"] * 4, "issuer": [""] * 4}
    >>> within_balance(pl.DataFrame({**rows, "quantity": [6, 6, 3, 2], "left": [10] * 4})).to_list()
    [True, False, True, False]
    """
    key = list(CERTIFICATE_KEY)
    rows = wanted.select(*key, "quantity", "left").with_columns(fits=pl.lit(value=True))
    drawn = pl.when("fits").then("quantity").otherwise(0).cum_sum().over(key)
    over = (pl.col("fits") & (drawn > pl.col("left"))).fill_null(value=False)
    for _ in range(ROUNDS_MAX):
        rows = rows.with_columns(over=over, before=drawn - pl.col("quantity"))
        if not rows["over"].any():
            return rows["fits"]
        first = pl.col("over") & (pl.col("over").cast(pl.Int64).cum_sum().over(key) == 1)
        rest = pl.when(first).then(pl.col("left") - pl.col("before")).forward_fill().over(key)
        too_much = (pl.col("quantity") > rest).fill_null(value=False)
        rows = rows.with_columns(fits=pl.col("fits") & ~too_much)
    return rows.with_columns(over=over).select(pl.col("fits") & ~pl.col("over")).to_series()
