"""Procedures as the law and the requirements want them, one sentence a test."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from tests.procedures.cases import KNOWN, at, opened, rung, told
from tidewaiter.procedures import Case, Event, advance, allowed, due_at, step
from tidewaiter.vocabulary.errors import ProcedureError
from tidewaiter.vocabulary.working_days import local_day

HOUR = dt.timedelta(hours=1)
NEW_YORK = "America/New_York"


def day_of(case: Case, clock: str) -> str:
    ends = next(one.ends_at for one in case.clocks if one.clock == clock)
    return str(local_day(ends, case.opening.zone))


# -- referral before loading (E2) -----------------------------------------------------------------


@pytest.mark.requirement("E2")
@pytest.mark.partly("the machine; the answers are not yet given by a service before loading")
@pytest.mark.parametrize(
    ("kind", "deeds", "end"),
    [
        pytest.param("rfi", [("inform", "post", {"answer": "a", "proof": "p"}), ("resolve", "officer", {})],
                     "resolved", id="information: answered with proof"),
        pytest.param("rfs", [("screen", "carrier", {"screening_result": "clear", "screening_method": "XRY", "proof": "p"}),
                             ("resolve", "officer", {})], "resolved", id="screening: clear with proof"),
        pytest.param("rfs", [("screen", "carrier", {"screening_result": "suspect", "screening_method": "XRY", "proof": "p"})],
                     "stopped", id="screening: suspect stops it"),
        pytest.param("dnl", [("acknowledge", "post", {})], "stopped", id="do not load: acknowledged"),
        pytest.param("dnl", [("acknowledge", "post", {}), ("lift", "supervisor", {"proof": "p"})],
                     "resolved", id="do not load: lifted by a supervisor with proof"),
        pytest.param("dnl", [("acknowledge", "post", {}), ("withdraw", "seller", {})],
                     "withdrawn", id="do not load: the parcel does not travel"),
        pytest.param("rfi", [("inform", "post", {"answer": "a"}),
                             ("demand_screening", "officer", {"kind": "rfs", "question": "screen it"}),
                             ("screen", "post", {"screening_result": "clear", "screening_method": "EDD", "proof": "p"}),
                             ("resolve", "officer", {})], "resolved", id="information, then screening"),
    ],
)  # fmt: skip
def test_each_referral_ends_as_it_must(kind: str, deeds: list, end: str) -> None:
    case = opened("referral", data={"kind": kind, "question": "why"}).case
    for hour, (name, actor, data) in enumerate(deeds, start=1):
        done = step(case, Event(name, case.opening.at + hour * HOUR, actor, data=data),
                    case.opening.at + hour * HOUR, KNOWN)  # fmt: skip
        case = done.case
    assert case.state == end


@pytest.mark.requirement("E2")
@pytest.mark.partly("the machine; the answers are not yet given by a service before loading")
def test_do_not_load_keeps_the_parcel_from_being_loaded_until_it_is_lifted() -> None:
    parcel = opened("parcel").case
    referral = opened("referral", data={"kind": "rfi", "question": "why"}).case
    start = parcel.opening.at
    parcel = told(parcel, Event("refer", start, "system"))
    stop = step(referral, Event("forbid", start + HOUR, "officer", data={"question": "explosive"}),
                start + HOUR, KNOWN)  # fmt: skip
    for cause in stop.causes:
        assert cause.procedure == "parcel"
        parcel = told(parcel, cause.event)
    with pytest.raises(ProcedureError, match="Not to be loaded"):
        step(parcel, Event("load", start + 2 * HOUR, "carrier"), start + 2 * HOUR, KNOWN)
    lift = Event("lift", start + 3 * HOUR, "supervisor", data={"proof": "S-2"})
    for cause in step(stop.case, lift, start + 3 * HOUR, KNOWN).causes:
        parcel = told(parcel, cause.event)
    assert told(parcel, Event("load", start + 4 * HOUR, "carrier")).state == "loaded"


@pytest.mark.requirement("E2")
@pytest.mark.partly("the machine; the answers are not yet given by a service before loading")
def test_a_referral_open_at_departure_is_an_incident_by_itself() -> None:
    departure = "2026-11-24T02:00:00+00:00"
    case = opened("referral", data={"kind": "rfi", "question": "w", "departure_at": departure}).case
    assert rung(case, at(departure)).state == "issued"
    done = advance(case, at(departure) + dt.timedelta(seconds=1), KNOWN)
    assert done.case.state == "missed"
    assert {n.to for n in done.notices if n.notice == "incident"} == {"supervisor", "officer"}


# -- information request (B6) ---------------------------------------------------------------------


@pytest.mark.requirement("B6")
@pytest.mark.partly("deadline and escalation; the parcel is not yet assessed again by a service")
def test_an_unanswered_request_reminds_and_escalates_by_itself() -> None:
    case = opened("information_request").case
    assert (day_of(case, "reminder"), day_of(case, "deadline")) == ("2026-11-27", "2026-12-08")
    done = advance(case, at("2026-11-28T05:00"), KNOWN)
    assert done.case.state == "reminded"
    assert {notice.to for notice in done.notices} == {"declarant", "seller"}
    done = advance(done.case, at("2026-12-09T05:00"), KNOWN)
    assert done.case.state == "escalated"
    assert [(notice.to, notice.notice) for notice in done.notices] == [("officer", "escalated")]
    done = advance(done.case, at("2026-12-12T05:00"), KNOWN)
    assert [(notice.to, notice.notice) for notice in done.notices] == [("supervisor", "undecided")]


@pytest.mark.requirement("B6")
@pytest.mark.partly("deadline and escalation; the parcel is not yet assessed again by a service")
@pytest.mark.parametrize("outcome", ["hold", "examine", "refuse", "release"])
def test_silence_is_decided_on_by_an_officer_and_the_parcel_is_told(outcome: str) -> None:
    case = rung(opened("information_request").case, at("2026-12-10T12:00"))
    close = Event("close_unanswered", at("2026-12-10T12:00"), "officer", data={"outcome": outcome})
    done = step(case, close, close.at, KNOWN)
    assert [(c.procedure, c.event.name, c.event.data) for c in done.causes] == [
        ("parcel", "decide", {"decision": outcome})
    ]
    assert done.causes[0].event.by == case.case_id


# -- locate and present (F5) ----------------------------------------------------------------------


@pytest.mark.requirement("F5")
@pytest.mark.partly("the machine; the rate is not yet shown, posts have no page for it")
def test_each_of_100_targeted_items_ends_presented_not_found_or_delivered_with_its_time() -> None:
    ends = []
    for number in range(100):
        case = opened("locate_present", case_id=f"item-{number}").case
        start = case.opening.at
        case = told(case, Event("acknowledge", start + HOUR, "post"))
        if number % 4 == 0:
            case = told(case, Event("locate", start + 2 * HOUR, "post"))
            case = told(case, Event("present", start + 9 * HOUR, "post"))
        elif number % 4 == 1:
            case = told(case, Event("deliver", start + 5 * HOUR, "carrier"))
        elif number % 4 == 2:
            case = told(case, Event("miss", start + 4 * HOUR, "post"))
        ends.append(rung(case, start + dt.timedelta(days=14)))
    assert Counter(case.state for case in ends) == {
        "presented": 25,
        "delivered": 25,
        "not_found": 50,
    }
    assert {case.state: case.entered_at - case.opening.at for case in ends[:2]} == {
        "presented": 9 * HOUR,
        "delivered": 5 * HOUR,
    }
    assert str(local_day(ends[3].entered_at, NEW_YORK)) == "2026-12-01", "five working days"


# -- detention (J1) -------------------------------------------------------------------------------


@pytest.mark.requirement("J1")
@pytest.mark.partly("the clocks; no officer's page opens and carries the case yet")
@pytest.mark.parametrize(
    ("presented", "decision", "notice", "exclusion"),
    [
        pytest.param("2026-11-16T14:00", "2026-11-23", "2026-12-01", "2026-12-16",
                     id="a plain Monday: the notice clock meets Thanksgiving"),
        pytest.param("2026-11-23T14:00", "2026-12-01", "2026-12-08", "2026-12-23",
                     id="the Monday before Thanksgiving"),
        pytest.param("2026-12-21T14:00", "2026-12-29", "2027-01-06", "2027-01-20",
                     id="before Christmas and New Year"),
        pytest.param("2026-11-24T03:00", "2026-12-01", "2026-12-08", "2026-12-23",
                     id="late on Monday in New York is Tuesday in UTC, and counts as Monday"),
    ],
)  # fmt: skip
def test_detention_clocks_count_working_days_from_the_examination(
    presented: str, decision: str, notice: str, exclusion: str
) -> None:
    case = opened("detention_us", at=at(presented)).case
    assert day_of(case, "decision") == decision
    assert day_of(case, "determination") == exclusion
    ends = next(c.ends_at for c in case.clocks if c.clock == "decision")
    assert rung(case, ends).state == "presented"
    case = rung(case, ends + dt.timedelta(microseconds=1))
    assert case.state == "detained"
    assert day_of(case, "notice") == notice
    ends = next(c.ends_at for c in case.clocks if c.clock == "determination")
    assert rung(case, ends).state == "detained"
    assert rung(case, ends + dt.timedelta(microseconds=1)).state == "excluded"


@pytest.mark.requirement("J2")
@pytest.mark.partly("words in three languages and proof of service; formal letters are missing")
def test_a_detention_notice_says_what_why_what_helps_until_when_and_needs_proof_of_service() -> (
    None
):
    case = opened("detention_us", at=at("2026-11-16T14:00")).case
    start = case.opening.at
    case = told(case, Event("detain", start + HOUR, "officer", data={"reason": "unsafe toy"}))
    without = Event("notify", start + 2 * HOUR, "officer", data={"reason": "unsafe toy"})
    with pytest.raises(ProcedureError, match="must tell served"):
        step(case, without, without.at, KNOWN)
    data = {"reason": "unsafe toy", "served": "mail-1", "would_help": "test report"}
    notify = Event("notify", start + 3 * HOUR, "officer", data=data)
    done = step(case, notify, notify.at, KNOWN)
    words = done.notices[0].words
    for part in ("unsafe toy", "test report", "2026-12-16", "19 CFR 151.16", "protest"):
        assert part in words["en"]
    assert set(words) == {"en", "fr", "zh"}


@pytest.mark.requirement("J1")
@pytest.mark.partly("the clocks; no officer's page opens and carries the case yet")
def test_a_longer_period_the_law_allows_replaces_the_thirty_days() -> None:
    case = opened("detention_us", at=at("2026-11-16T14:00")).case
    start = case.opening.at
    case = told(case, Event("detain", start, "officer", data={"reason": "textile"}))
    case = told(case, Event("notify", start, "officer", data={"reason": "textile", "served": "m"}))
    data = {"longer_until": "2027-02-01T00:00:00+00:00", "longer_law": "named law"}
    assert told(case, Event("lengthen", start + HOUR, "officer", data=data)).state == "notified"
    case = told(case, Event("lengthen", start + HOUR, "supervisor", data=data))
    assert rung(case, at("2027-01-31T23:00")).state == "lengthened"
    assert rung(case, at("2027-02-01T00:01")).state == "excluded"


# -- abandonment (J4) -----------------------------------------------------------------------------


@pytest.mark.requirement("J4")
@pytest.mark.partly("three actions in the machine; the page behind the link is missing")
def test_abandonment_is_closed_in_three_actions_or_two_and_the_benefit_is_counted() -> None:
    offer = opened("abandonment")
    assert {notice.to for notice in offer.notices} == {"consignee", "seller", "carrier"}
    start = offer.case.opening.at
    consent = Event("consent", start + HOUR, "consignee", data={"consent": "link-7"})
    case = told(offer.case, consent)
    accept = Event("accept", start + 2 * HOUR, "officer", data={"saved": 770})
    done = step(case, accept, accept.at, KNOWN)
    assert (done.case.state, done.case.data["saved"]) == ("accepted", 770)
    assert [(c.procedure, c.event.name) for c in done.causes] == [("parcel", "abandon")]
    by_itself = advance(case, start + dt.timedelta(days=3), KNOWN)
    assert by_itself.case.state == "accepted"
    assert [cause.event.name for cause in by_itself.causes] == ["abandon"]


@pytest.mark.requirement("J4")
@pytest.mark.partly("three actions in the machine; the page behind the link is missing")
@pytest.mark.parametrize("actor", ["officer", "supervisor", "system", "clock"])
def test_nobody_consents_for_the_owner(actor: str) -> None:
    case = opened("abandonment").case
    consent = Event("consent", case.opening.at + HOUR, actor, data={"consent": "none"})
    with pytest.raises(ProcedureError):
        step(case, consent, consent.at, KNOWN)
    assert due_at(case) is not None
    assert rung(case, case.opening.at + dt.timedelta(days=60)).state == "lapsed"


# -- inspection -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deeds", "state", "decision"),
    [
        pytest.param([("scan", {"verdict": "clear"})], "clear", "release", id="a clear image releases"),
        pytest.param([("scan", {"verdict": "doubt"}), ("open", {}), ("record", {"result": "clear"})],
                     "clear", "release", id="opened and clear releases"),
        pytest.param([("open", {}), ("record", {"result": "discrepancy", "grounds": "value"})],
                     "discrepancy", "hold", id="a wrong declaration holds"),
        pytest.param([("open", {}), ("record", {"result": "laboratory"}),
                      ("record", {"result": "violation", "grounds": "lead in paint"})],
                     "violation", "hold", id="the laboratory finds a violation"),
    ],
)  # fmt: skip
def test_the_result_of_an_inspection_reaches_the_parcel(
    deeds: list, state: str, decision: str
) -> None:
    case = opened("inspection").case
    causes = []
    for hour, (name, data) in enumerate(deeds, start=1):
        event = Event(name, case.opening.at + hour * HOUR, "officer", data=data)
        done = step(case, event, event.at, KNOWN)
        case, causes = done.case, [*causes, *done.causes]
    assert case.state == state
    assert [cause.event.data for cause in causes] == [{"decision": decision}]


# -- seizure, penalty (first versions) ------------------------------------------------------------


@pytest.mark.requirement("J9")
@pytest.mark.partly("petition and protest in the machine; appeal, remedial plans and pages missing")
def test_forfeiture_waits_for_the_time_to_petition_and_says_from_when() -> None:
    case = opened("seizure_us", at=at("2026-11-02T14:00")).case
    case = told(case, Event("notify", at("2026-11-03T14:00"), "officer", data={"served": "mail-1"}))
    options = {one.event: one for one in allowed(case, at("2026-11-20T14:00"), KNOWN)}
    assert options["forfeit"].since == at("2026-12-04T04:59:59.999999")
    assert options["petition"].since is None
    early = Event("forfeit", at("2026-11-20T14:00"), "officer")
    with pytest.raises(ProcedureError, match=r"forfeit \(by officer, .*after 2026-12-04 04:59 UTC"):
        step(case, early, early.at, KNOWN)
    assert told(case, Event("forfeit", at("2026-12-04T05:00"), "officer")).state == "forfeited"


@pytest.mark.requirement("J9")
@pytest.mark.partly("petition and protest in the machine; appeal, remedial plans and pages missing")
@pytest.mark.parametrize(
    ("procedure", "until", "state"),
    [
        pytest.param("detention_us", "2027-12-01", "final_exclusion", id="nobody protests in 180 days"),
        pytest.param("penalty_us", "2026-12-20", "heard", id="silence is no admission: to be decided"),
        pytest.param("seizure_us", "2027-12-01", "seized", id="without a notice nothing is forfeited"),
    ],
)  # fmt: skip
def test_what_silence_leads_to(procedure: str, until: str, state: str) -> None:
    assert rung(opened(procedure, at=at("2026-11-02T14:00")).case, at(until)).state == state


@pytest.mark.parametrize("role", ["seller", "platform", "carrier", "declarant", "consignee"])
def test_a_penalty_is_told_to_the_party_it_is_about_and_to_nobody_else(role: str) -> None:
    done = opened("penalty_us", data={"role": role})
    assert [notice.to for notice in done.notices] == [role]
