"""Restrict: which controls the goods meet, whose say it is, which papers they need, and why.

Reads category path, title and description of each line, the declared code and, where the pack says
how sure it must be, the code taken. The words, codes, conditions, exemptions, thresholds, agencies,
papers and actions are the controls pack's (`knowledge.controls`). A control that would have applied
but was set aside (other meaning of the word, exemption, below the threshold, good certificate)
leaves its reason, so that the officer sees it was thought of.

Papers named by the sender (`documents`) are held against the certificate register
(`knowledge.certificates`): there, in force, for these goods and a party of the parcel, and with
enough left. Uses within the batch are counted in the order of day, parcel and line, on top of what
the register's uses say; so a permit drawn on beyond its quantity is seen within one batch, and
across batches once the uses of the earlier are recorded. Engines keep whole days together: days in
different batches of one run are held against one another when their uses are recorded after it.

Goods nobody can read are asked for; a lane whose controls nobody has written down says so on every
parcel. Does not judge whether a paper is genuine beyond what the register says.
"""

from __future__ import annotations

import datetime as dt

from tidewaiter.knowledge.load import Knowledge
from tidewaiter.stages.restrict.certificates import verify
from tidewaiter.stages.restrict.papers import asked_for, missing, read_papers
from tidewaiter.stages.restrict.telling import tell, told_nothing
from tidewaiter.stages.restrict.touching import touched
from tidewaiter.stages.restrict.unknown import unknown
from tidewaiter.stages.restrict.weighing import weigh
from tidewaiter.vocabulary.batch import Batch, conform
from tidewaiter.vocabulary.stage import StageContract
from tidewaiter.vocabulary.terms import Scope

CONTRACT = StageContract(
    name="restrict",
    needs=(
        "consignments.documents",
        "consignments.ordered_day",
        "goods_items.title",
        "goods_items.description",
        "goods_items.category_path",
        "goods_items.hs_code",
        "goods_items.hs6",
        "goods_items.customs_value",
        "goods_items.documents",
        "parties.party_key",
        "parties.id_number",
        "parties.tax_id",
    ),
    gives=(
        "goods_items.controls",
        "goods_items.action",
        "goods_items.control_reasons",
        "goods_items.agencies",
        "goods_items.documents_needed",
        "goods_items.certificates_used",
    ),
    scope=Scope.GROUP,
    group_key=("ordered_day",),
    codes=(
        "restrict.no_controls_known",
        "restrict.goods_unknown",
        "restrict.document_missing",
        "restrict.certificate_unknown",
        "restrict.certificate_unchecked",
        "restrict.certificate_revoked",
        "restrict.certificate_out_of_date",
        "restrict.certificate_other_goods",
        "restrict.certificate_other_holder",
        "restrict.certificate_quantity_unknown",
        "restrict.certificate_used_up",
    ),
)


def restrict(batch: Batch, knowledge: Knowledge, *, on: dt.date) -> Batch:
    """Say which controls apply to each line.

    Args:
        batch: after `charge` (conditions may speak of the customs value).
        knowledge: gives the controls of the lane and the certificate register.
        on: day whose law applies, and on which certificates must be valid.

    Returns:
        The batch with `controls`, `action` (of the strictest), `control_reasons`, `agencies`,
        `documents_needed` and `certificates_used` on its lines, and findings on papers and on
        goods or controls nobody knows.
    """
    controls = knowledge.controls
    index = controls.index_on(on)
    items = batch.goods_items.with_row_index("_row")
    pairs = weigh(touched(items, controls, index), items, batch.consignments, index)
    papers = read_papers(batch.consignments, items)
    wanted = asked_for(pairs, index)
    claims, found = verify(papers, wanted, batch, items, knowledge, on=on)
    pairs, lacking = missing(pairs, wanted, papers, claims, index, knowledge, on=on)
    told = tell(pairs, claims, index)
    items = told_nothing(items) if told is None else told.put_on(items)
    done = batch.with_frames(goods_items=conform(items.drop("_row"), "goods_items"))
    return done.with_findings(*found, *lacking, *unknown(batch, knowledge, on=on))
