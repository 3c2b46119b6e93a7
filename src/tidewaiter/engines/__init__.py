"""Run the flow over data too big for one call: `local` (streamed Polars), `spark` (an extra).

An engine is given the flow as a function; it knows files, chunks and workers, not law.
"""
