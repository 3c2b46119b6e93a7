"""The one tree of exceptions: what a caller did wrong, said so that he can mend it.

Bad *data* is never an exception here, it is a row in `findings` or `rejected`. An exception means
a bad call, a bad pack, a store that cannot keep its promise, or a broken ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class TidewaiterError(Exception):
    """Base of all our exceptions.

    Args:
        what: what is wrong, in one sentence.
        where: file, option, pack entry or line the caller can look at.
        remedy: what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        place = f"{where}: " if where else ""
        cure = f" {remedy}" if remedy else ""
        super().__init__(f"{place}{what}{cure}")


class InputError(TidewaiterError):
    """A call, option or file that cannot be used at all."""


class PackError(TidewaiterError):
    """A pack file that breaks its contract; carries *all* faults found, not the first.

    Args:
        faults: one sentence per fault, each naming file and key.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        listing = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{len(self.faults)} fault(s) in packs:\n{listing}")


class StoreError(TidewaiterError):
    """A store that could not keep its durability promise."""


class LedgerError(TidewaiterError):
    """A proof, checkpoint or leaf that does not verify, or a posting that does not add up."""


class ProcedureError(TidewaiterError):
    """An event that the law, or the state a case is in, does not allow.

    Args:
        what: which event, in which state, and why not.
        where: the case and its procedure.
        remedy: the events that are allowed, who may cause them and from when.
        clause: the legal basis of the refusal.
        state: the state the case stays in.
        allowed: names of the events that are allowed.
        case: the case with the refusal logged, to be kept; None if there is nothing to keep.
    """

    def __init__(  # noqa: PLR0913 - what a refusal must say to be of use
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        clause: str = "",
        state: str = "",
        allowed: Sequence[str] = (),
        case: object = None,
    ) -> None:
        self.clause = clause
        self.state = state
        self.allowed = tuple(allowed)
        self.case = case
        basis = f" Basis: {clause}." if clause else ""
        super().__init__(f"{what}{basis}", where=where, remedy=remedy)


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> InputError:
    """Build the error for a name that is not in a fixed set, offering the nearest known ones.

    >>> str(unknown_name("format", "order", ["orders", "h7"]))
    "no format is called 'order'. Did you mean 'orders'? Known: h7, orders."
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(repr(n) for n in near)}? " if near else ""
    return InputError(
        f"no {kind} is called {name!r}.", where=where, remedy=f"{hint}Known: {', '.join(names)}."
    )
