"""What is known of products, loaded from its files for one run."""

from __future__ import annotations

from pathlib import Path

from tidewaiter.knowledge.products import NO_PRODUCTS, Products
from tidewaiter.runtime.products import files
from tidewaiter.runtime.products.catalogue import load_catalogue
from tidewaiter.runtime.products.catalogue import place as catalogue_place
from tidewaiter.runtime.products.history import load_history
from tidewaiter.runtime.products.history import place as history_place
from tidewaiter.runtime.products.recalls import load_recalls
from tidewaiter.runtime.products.recalls import place as recalls_place


def load_products(
    catalogue: Path | None = None, recalls: Path | None = None, history: Path | None = None
) -> Products:
    """Load catalogue, recalls and history; what is not given is empty.

    Each file's SHA-256 goes into the digest of every decision made with it.

    Raises:
        InputError: a file that is not there or not of its kind.
    """
    if catalogue is None and recalls is None and history is None:
        return NO_PRODUCTS
    digests, frames = {}, {}
    if catalogue is not None:
        frames["catalogue"] = load_catalogue(catalogue)
        digests["products:catalogue"] = files.digest(catalogue_place(catalogue))
    if recalls is not None:
        frames["recalls"] = load_recalls(recalls)
        digests["products:recalls"] = files.digest(recalls_place(recalls))
    if history is not None:
        frames["history"] = load_history(history)
        digests["products:history"] = files.digest(history_place(history))
    return Products(**frames, digests=digests)
