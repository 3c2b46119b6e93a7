"""Profiles: mergeable summaries of the past, given to the stages as history. Pure.

`build(batch, on=...)` summarises finished parcels, `merge(parts)` adds summaries up; building from
parts and merging is the same as building from the whole, whatever the order.
"""
