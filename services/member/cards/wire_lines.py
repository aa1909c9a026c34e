"""Lines that sell gift cards, between protobuf and cards."""

import uuid
from datetime import UTC

from kit import fields
from kit.errors import invalid
from omo.member.v1 import gift_card_service_pb2 as pb
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import event_pb2, reversal_pb2
from services.member.cards.domain_lines import BackLine, Ended, Good, SoldCard
from services.member.value.wire import MOST


def good(given: pb.GiftCardGood) -> Good:
    """What headquarters say of a good."""
    if not 0 <= given.face_value <= MOST:
        raise invalid("good.face_value", f"must be 0 to {MOST}")
    return Good(fields.code("good.sku", given.sku), given.face_value, given.active)


def shown(given: Good) -> pb.GiftCardGood:
    """A good that is a gift card."""
    return pb.GiftCardGood(sku=given.sku, face_value=given.face_value, active=given.active)


def sold(facts: order_facts_pb2.OrderFacts) -> list[SoldCard]:
    """The lines that name a card; a name that no card can have is a fact too, and is left out."""
    moment = facts.business_time.ToDatetime(UTC)
    return [
        SoldCard(facts.order_id, line.line_no, line.sku, card_id, line.list_total, facts.member_id, moment)
        for line in facts.lines
        if (card_id := _id(line.gift_card_id)) and line.quantity > 0
    ]


def returned(event: order_events_pb2.UnitsReturned) -> list[BackLine]:
    """The lines that came back."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        BackLine(event.order_id, line.unit.line_no, line.sku, event.refund_id, event.member_id, moment)
        for line in event.lines
    ]


def settled(one: Ended) -> member_events_pb2.ReversalSettled:
    """How a return ended for the card that was sold: whole, or owed as far as it was spent."""
    states = reversal_pb2.ReversalState
    return member_events_pb2.ReversalSettled(
        meta=event_pb2.EventMeta(
            aggregate_id=one.member_id or one.order_id, business_time=fields.timestamp(one.moment)
        ),
        member_id=one.member_id,
        reversal=reversal_pb2.Reversal(
            refund_id=one.refund_id,
            order_id=one.order_id,
            kind=reversal_pb2.REVERSAL_KIND_GIFT_CARD,
            state=states.REVERSAL_STATE_DEBT if one.owed else states.REVERSAL_STATE_DONE,
            amount=one.owed or one.taken,
            ref=one.card_id,
            reason="VALUE_SPENT" if one.owed else "",
        ),
    )


def _id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
