"""The words of the house: columns, batch, findings, identifiers, errors.

Knows the names, dtypes, units and meanings that every other room uses (WCO Data Model, UPU and
EU H7 element names stand beside each column in `columns`). Imports nothing else of ours, reads no
file, no clock, no network and decides nothing.
"""
