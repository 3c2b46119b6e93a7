"""Identifiers with rules of their own: one module a kind, found by its file name.

A module has `KIND` and `identify(value) -> Identification`; `entry_number` is the kind
`entry-number`. Kinds that the library python-stdnum checks are rows in `library`, kinds that are
only a shape are rows in `shapes`.
"""
