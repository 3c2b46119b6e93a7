"""Train the model of goods that comes with the packs, from what the packs alone say.

Run `./dev model` after changing the nomenclature's words, listings or settings; a test compares the
digest of the examples. No date is inside, so the same packs on the same kind of machine give the
same file.
"""

from __future__ import annotations

import json
import sys

from tidewaiter.knowledge.goods_model import DEFAULT_FILE, to_bytes
from tidewaiter.knowledge.nomenclature import load_nomenclature
from tidewaiter.knowledge.pack import PACKS_DIR
from tidewaiter.stages.classify.training import no_history, train

FOLDER = PACKS_DIR / "models"


def main() -> None:
    """Train and write model and card."""
    model = train(
        load_nomenclature(),
        no_history(),
        learned_from={},
        progress=lambda said: print(said, file=sys.stderr),
    )
    FOLDER.mkdir(exist_ok=True)
    data = to_bytes(model)
    (FOLDER / DEFAULT_FILE).write_bytes(data)
    card = {"id": model.id, **model.card}
    (FOLDER / "goods.card.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
    print(f"{DEFAULT_FILE}: {model.id[:12]}, {len(data) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
