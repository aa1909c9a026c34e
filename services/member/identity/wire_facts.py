"""A frame of the lane PEOPLE as the contract tells it."""

from datetime import datetime

from kit import fields, lanes
from kit.errors import invalid
from omo.member.v1 import identity_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from services.member.identity.facts import Fact, Frame

MOST = 50
_SKUS = 20


def frame(request: pb.RecordPeopleRequest, now: datetime) -> Frame:
    """A readable frame; what it says may still be nonsense, and is kept."""
    sent = request.frame
    if len(sent.facts) > MOST:  # none is a question: where does the lane stand
        raise invalid("frame.facts", f"must be at most {MOST}")
    if sent.first_sequence < 1:
        raise invalid("frame.first_sequence", "must be 1 or more")
    terminal_id = fields.text("terminal_id", request.terminal_id, 64)
    facts = [
        _fact(f"frame.facts[{place}]", one, sent.first_sequence + place, terminal_id, request.location_id, now)
        for place, one in enumerate(sent.facts)
    ]
    contents = [one.SerializeToString(deterministic=True) for one in sent.facts]
    return Frame(terminal_id, sent.first_sequence, facts, contents)


def _fact(
    where: str, sent: facts_pb2.PeopleFact, sequence: int, terminal_id: str, location_id: str, now: datetime
) -> Fact:
    if not sent.HasField("business_time"):
        raise invalid("frame.facts.business_time", "must be given")
    one, wrong = sent, not fields.possible(sent.business_time, now)
    if wrong:  # a till whose clock is years off: what it says happened when it came in
        one = facts_pb2.PeopleFact()
        one.CopyFrom(sent)
        one.business_time.CopyFrom(fields.timestamp(now))
    fields.readable(where, one)
    kind = one.WhichOneof("fact") or "unreadable"
    told = getattr(one, kind) if kind != "unreadable" else one.wish
    return Fact(
        sequence=sequence,
        fact_id=one.fact_id[:64],
        kind=kind,
        business_time=fields.moment(one.business_time),
        staff_code=one.staff_code[:64],
        terminal_id=terminal_id,
        location_id=location_id,
        member_id=told.member_id[:64],
        phone=one.enrolled.phone,
        name=one.enrolled.name,
        card_no=one.enrolled.card_no,
        sku=one.wish.sku or next(iter(one.trial.skus), ""),
        note=one.wish.note or one.trial.note or one.note.text,
        clock_wrong=wrong,
        skus=tuple(dict.fromkeys(sku[:64] for sku in one.trial.skus))[:_SKUS],
        outcome=one.trial.outcome,
        wish=one.trial.wish,
    )


def answer(accepted: lanes.Accepted, first_sequence: int) -> pb.RecordPeopleResponse:
    """Ack, resend, conflict: there is no other answer."""
    return pb.RecordPeopleResponse(
        answer=facts_pb2.LaneAnswer(
            durable_ack=accepted.durable_ack,
            resend_from=accepted.resend_from or 0,
            conflicts=[first_sequence + index for index in accepted.conflicts],
        )
    )
