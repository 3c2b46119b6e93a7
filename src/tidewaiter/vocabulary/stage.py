"""The contract every stage states: what it needs, what it gives, what it must see together.

`tests/stages/test_contracts.py` checks that each stage keeps it: rows and keys kept, exactly the
promised columns given, and the same result however a row-scope batch is cut.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidewaiter.vocabulary.terms import Scope


@dataclass(frozen=True, slots=True)
class StageContract:
    """What a stage promises.

    Args:
        name: the verb.
        needs: `frame.column` names that must be there.
        gives: `frame.column` names it adds (or `frame` for a whole frame it fills).
        scope: what rows it must see together.
        group_key: for `Scope.GROUP`, the columns of `consignments` that make a group.
        codes: the finding codes it may emit.
    """

    name: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    scope: Scope
    group_key: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
