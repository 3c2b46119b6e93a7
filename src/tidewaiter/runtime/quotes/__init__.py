"""Quotes: what a parcel will cost to land, by whom it is paid, what would change it.

`asking` reads what is asked, `batches` brings it into the shape of the flow, `reckoning` runs the
flow's own stages over it and over its alternatives (other ways of collection and channels, other
candidate codes, the law of coming days), `answering` says it, `keeping` stores it under an id and
explains the difference at import. No rate, threshold or country is known here.
"""
