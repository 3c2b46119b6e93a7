"""Loads, validates, dates and digests packs: the only room that knows how a pack file looks.

Reads files below `packs/` and nothing else; knows no stage and no country. A module per kind of
pack; `load` brings them together for one lane and day.
"""
