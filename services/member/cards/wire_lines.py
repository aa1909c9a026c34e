"""Lines that sell gift cards, between protobuf and cards."""

import uuid
from datetime import UTC

from kit import fields
from kit.errors import invalid
from omo.member.v1 import gift_card_service_pb2 as pb
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import reversal_pb2
from services.member.cards.domain_lines import BackLine, Ended, Good, SoldCard
from services.member.value.wire import MOST
from services.member.wallet import wire_settled


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
    kind = reversal_pb2.REVERSAL_KIND_GIFT_CARD
    reversal = wire_settled.taken_back(kind, one.order_id, one.refund_id, one.card_id, one.taken, one.owed)
    return wire_settled.settled(reversal, one.member_id, one.moment)


def _id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
