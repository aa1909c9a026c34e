"""Protobuf to and from programmes of benefits."""

from datetime import UTC

from kit import fields
from kit.errors import invalid
from kit.ids import uuid7
from omo.member.v1 import benefit_service_pb2 as pb
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2
from omo.type.v1 import reversal_pb2
from services.member.benefits.domain import Back, Occasion, Program, Withdrawn
from services.member.value.wire import MOST
from services.member.wallet import wire_settled

_DAYS = 3_650


def program(given: pb.BenefitProgram) -> Program:
    """What headquarters put; refuses what makes no sense, naming the field."""
    if given.occasion not in tuple(int(occasion) for occasion in Occasion):
        raise invalid("program.occasion", f"must be one of {', '.join(each.name for each in Occasion)}")
    occasion = Occasion(given.occasion)
    if not 1 <= given.valid_days <= _DAYS:
        raise invalid("program.valid_days", f"must be 1 to {_DAYS}")
    if occasion is Occasion.SPEND and not 1 <= given.min_spend <= MOST:
        raise invalid("program.min_spend", f"must be 1 to {MOST}")
    if given.limit_member < 0 or given.rule_version < 0:
        raise invalid("program.limit_member", "must not be negative")
    tier = fields.text("program.tier", given.tier, 64) if occasion is Occasion.TIER else ""
    return Program(
        fields.identifier("program.program_id", given.program_id) if given.program_id else uuid7(),
        fields.text("program.name", given.name, 100),
        occasion,
        fields.text("program.rule_id", given.rule_id, 128),
        given.rule_version,
        given.valid_days,
        tier,
        given.min_spend if occasion is Occasion.SPEND else 0,
        given.limit_member,
        given.whole_month,
        given.leap_day_early,
        given.restores,
        given.active,
    )


def shown(given: Program) -> pb.BenefitProgram:
    """A programme."""
    return pb.BenefitProgram(
        program_id=given.program_id,
        name=given.name,
        occasion=pb.BenefitOccasion.ValueType(given.occasion),
        rule_id=given.rule_id,
        rule_version=given.rule_version,
        valid_days=given.valid_days,
        tier=given.tier,
        min_spend=given.min_spend,
        limit_member=given.limit_member,
        whole_month=given.whole_month,
        leap_day_early=given.leap_day_early,
        restores=given.restores,
        active=given.active,
    )


def given_up(event: order_events_pb2.UnitsCancelled) -> Back:
    """Units that nobody will hand over."""
    key = "+".join(f"{line.unit.line_no}:{line.unit.first}" for line in event.lines)
    return _back(event, key)


def returned(event: order_events_pb2.UnitsReturned) -> Back:
    """Units that came back."""
    return _back(event, event.refund_id)


def _back(event: order_events_pb2.UnitsCancelled | order_events_pb2.UnitsReturned, key: str) -> Back:
    amount = sum(line.net_total for line in event.lines)
    return Back(event.order_id, event.member_id, key, amount, event.meta.business_time.ToDatetime(UTC))


def settled(back: Back, gift: Withdrawn) -> member_events_pb2.ReversalSettled:
    """How a return ended for the gift that its order had brought."""
    states = reversal_pb2.ReversalState
    reversal = reversal_pb2.Reversal(
        refund_id=back.key,
        order_id=back.order_id,
        kind=reversal_pb2.REVERSAL_KIND_BENEFIT,
        state=states.REVERSAL_STATE_DONE if gift.done else states.REVERSAL_STATE_REFUSED,
        amount=1 if gift.done else 0,
        ref=gift.lot_id,
        reason="" if gift.done else "VALUE_SPENT",
    )
    return wire_settled.settled(reversal, back.member_id, back.moment)
