"""The verbs. A module here is a verb: its `command` function is what Typer runs.

Top-level imports stay light (no Polars, no lxml): the whole command line must start in well under
half a second. Heavy imports stand inside `command`.
"""
