"""Rate trees drawn at random, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from tidewaiter.knowledge.rates.tree import (
    UNITS,
    EachComponent,
    Free,
    FromTable,
    Greater,
    Lesser,
    Minus,
    NormalRate,
    Percent,
    Rate,
    Specific,
    Sum,
    Unknown,
)

numbers = st.decimals(min_value=0, max_value=10_000, places=3).map(lambda one: one.normalize())
percents = st.builds(Percent, numbers)
specifics = st.builds(Specific, numbers, st.just("EUR"), st.sampled_from(["", *UNITS]))
simple = st.one_of(st.just(Free()), percents, specifics)
_words = st.text("abc xyz,;%'", min_size=1, max_size=20).map(lambda one: " ".join(one.split()))
leaves = st.one_of(
    simple,
    st.just(NormalRate()),
    st.just(EachComponent()),
    st.builds(Percent, numbers, st.sampled_from(["content(steel)", "duty"])),
    st.builds(FromTable, st.sampled_from(["vat", "chapters", "post.1"])),
    st.builds(Unknown, _words),
)


def grown(from_leaves: st.SearchStrategy[Rate], leaves_max: int = 6) -> st.SearchStrategy[Rate]:
    """Trees over leaves; the first part of a sum is never a sum, as `house` reads them."""
    return st.recursive(
        from_leaves,
        lambda inner: st.one_of(
            st.builds(Greater, inner, inner),
            st.builds(Lesser, inner, inner),
            st.builds(Minus, inner, inner),
            st.tuples(inner.filter(lambda one: not isinstance(one, Sum)), inner).map(Sum),
        ),
        max_leaves=leaves_max,
    )
