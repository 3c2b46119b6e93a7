"""What hangs on a code: duty, controls, tariff lines; and the answer that costs least.

A wrong code that changes nothing costs little; a right guess with a prohibition among the rest of
the candidates is worth a question. Each way to answer (take the best, name only the heading, ask
one question, have a person look) has an expected cost over the candidates; the cheapest is taken.
The weights are the nomenclature pack's [costs]. Duty by code comes from the regime's tables;
a regime that says nothing by code leaves no spread.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tidewaiter.knowledge.controls import Controls
from tidewaiter.knowledge.goods_facts import GoodsFacts
from tidewaiter.knowledge.goods_features import Singles
from tidewaiter.knowledge.goods_words import Ints
from tidewaiter.knowledge.load import Knowledge
from tidewaiter.knowledge.nomenclature import Costs
from tidewaiter.knowledge.regimes import RegimeDay
from tidewaiter.vocabulary.terms import Decision

OUTCOMES = ("accept", "heading", "ask", "person")
ACCEPT, HEADING, ASK, PERSON = range(4)
_CONTROLS_MAX = 63
_VALUES_MAX = np.iinfo(np.int32).max
_made: dict[tuple[str, dt.date], Stakes] = {}
_MADE_MAX = 8


@dataclass(frozen=True, slots=True)
class Stakes:
    """Per subheading (in the order of the nomenclature's labels) what hangs on it.

    Args:
        percent: ad valorem duty, percent; 0 where the regime has none by code.
        controls: bits of the controls its code triggers.
        by_line: whether a distinct tariff line itself is charged.
    """

    percent: Singles
    controls: np.ndarray[tuple[int], np.dtype[np.uint64]]
    by_line: bool


def stakes(knowledge: Knowledge, on: dt.date) -> Stakes:
    """Give what hangs on each code on a day; kept in memory."""
    key = (knowledge.digest, on)
    if key not in _made:
        if len(_made) >= _MADE_MAX:
            _made.pop(next(iter(_made)))
        codes = knowledge.nomenclature.labels["hs6"]
        law = knowledge.regime.on_day(on)
        _made[key] = Stakes(
            _percent(codes, law),
            _controls(codes, knowledge.controls, on),
            any(m.per == "distinct_hs6" for m in law.measures),
        )
    return _made[key]


def _percent(codes: pl.Series, law: RegimeDay) -> Singles:
    total = np.zeros(len(codes), np.float32)
    frame = pl.DataFrame({"hs6": codes, "chapter": codes.str.slice(0, 2)})
    for measure in law.measures:
        for name in measure.tables if measure.kind == "duty" else ():
            table = law.tables[name]
            if table.column not in frame.columns:
                continue
            found = frame.join(
                table.rows, left_on=table.column, right_on="key", how="left", maintain_order="left"
            )["percent"]
            default = float(table.default or 0)
            total += found.cast(pl.Float32).fill_null(default).to_numpy()
    return total


def _controls(codes: pl.Series, controls: Controls, on: dt.date) -> Any:
    bits = np.zeros(len(codes), np.uint64)
    for number, control in enumerate(controls.on_day(on)[:_CONTROLS_MAX]):
        if control.action.decision is not Decision.RELEASE:
            bits |= control.meets(codes).to_numpy().astype(np.uint64) << np.uint64(number)
    return bits


@dataclass(frozen=True, slots=True)
class Choice:
    """The cheapest answers of some texts.

    Args:
        outcome: position in `OUTCOMES`.
        attribute: for each text the attribute whose question pays most, -1 where none would pay.
        percent_low, percent_high: least and greatest duty over the candidates, percent.
    """

    outcome: Ints
    attribute: Ints
    percent_low: Singles
    percent_high: Singles


def choose(
    at: Ints, sure: Singles, sure_heading: Singles, hang: Stakes, facts: GoodsFacts, costs: Costs
) -> Choice:
    """Choose the cheapest answer.

    Args:
        at: positions of the candidates among the labels, `[texts, n]`, -1 for none.
        sure: their calibrated probabilities.
        sure_heading: of the best heading, per text.
        hang: what hangs on each code.
        facts: what tells the codes apart.
        costs: what answers cost.
    """
    there = at >= 0
    chance = np.where(there, sure, 0.0).astype(np.float32)
    rest = np.clip(1.0 - chance.sum(axis=1), 0.0, 1.0)
    percent = hang.percent[at]
    lost = _losses(at, there, percent, hang, costs)
    weighed = lost * chance[:, None, :]  # [texts, taken, true]
    unknown = (costs.wrong + lost.max(axis=(1, 2), initial=0.0)) * rest
    accept = weighed[:, 0, :].sum(axis=1) + unknown
    heading = costs.heading + (1.0 - sure_heading) * costs.wrong
    person = np.full(len(at), costs.person)
    least = costs.ask + unknown  # a question costs that much at least
    worth = np.flatnonzero((least < accept) & (least < heading) & (least <= person))
    left, attribute = _best_question(worth, at, there, weighed, facts)
    ask = np.where(attribute >= 0, costs.ask + left + unknown, np.inf)
    outcome = np.argmin(np.stack([accept, heading, ask, person], axis=1), axis=1)
    low = np.where(there, percent, np.inf).min(axis=1, initial=np.inf)
    high = np.where(there, percent, -np.inf).max(axis=1, initial=-np.inf)
    none = ~there.any(axis=1)
    return Choice(
        np.where(none, PERSON, outcome),
        attribute,
        np.where(none, 0.0, low).astype(np.float32),
        np.where(none, 0.0, high).astype(np.float32),
    )


def _losses(
    at: Ints, there: np.ndarray[Any, Any], percent: Singles, hang: Stakes, costs: Costs
) -> Singles:
    """Give what it costs to take one candidate where another is true, `[texts, taken, true]`."""
    bits = np.where(there, hang.controls[at], 0)
    other = at[:, :, None] != at[:, None, :]
    apart = np.abs(percent[:, :, None] - percent[:, None, :]) / 100.0 * costs.value
    missed = np.bitwise_count(~bits[:, :, None] & bits[:, None, :])
    lost = costs.wrong * other + costs.duty * apart + costs.control * missed
    if hang.by_line:
        lost = lost + costs.line * other
    both = there[:, :, None] & there[:, None, :]
    return np.where(both, lost, 0.0).astype(np.float32)


def _best_question(
    texts: Ints, at: Ints, there: np.ndarray[Any, Any], weighed: Singles, facts: GoodsFacts
) -> tuple[Singles, Ints]:
    """Give the cost left after the best question, and which attribute it asks; -1 for none.

    Args:
        texts: which texts to look at; the others have no question.
        at: positions of the candidates of all texts, and
        there: whether there is one.
        weighed: what it costs to take one where another is true, by how probable that is.
        facts: what tells the codes apart.
    """
    best = np.full(len(at), np.inf, np.float32)
    which = np.full(len(at), -1, np.int64)
    said = np.where(there[texts, :, None], facts.values[at[texts]], -1)
    greatest = said.max(axis=1, initial=-1)
    lowest = np.where(said < 0, greatest[:, None, :], said).min(axis=1, initial=_VALUES_MAX)
    place, attribute = np.nonzero(greatest > lowest)  # the question splits the candidates
    text, value = texts[place], said[place, :, attribute]
    weight = weighed[text]
    same = (value[:, :, None] == value[:, None, :]) & (value[:, :, None] >= 0)
    cost = (weight * same).sum(axis=2)  # of taking each candidate within its group
    group = np.where(same, cost[:, None, :], np.inf).min(axis=2, initial=np.inf)
    leader = ~np.tril(same, -1).any(axis=2) & (value >= 0)
    left = np.where(leader, group, 0.0).sum(axis=1)
    silent = there[text] & (value < 0)  # candidates the question does not tell apart
    left = left + (weight[:, 0, :] * silent).sum(axis=1)
    pays = left < weight[:, 0, :].sum(axis=1) - 1e-4
    text, attribute, left = text[pays], attribute[pays], left[pays]
    order = np.lexsort((attribute, left, text))[::-1]  # the last write stays: the least left
    best[text[order]] = left[order]
    which[text[order]] = attribute[order]
    return best, which
