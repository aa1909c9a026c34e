"""What of a store's sale leaves later or from elsewhere, as the till said: which lines, from where, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from kit.errors import Fault
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import trade_pb2
from services.order.checkout import domain_delivery, wire_delivery
from services.order.checkout.domain_delivery import STANDARD, Delivery

_SHIP = trade_pb2.FULFILMENT_METHOD_SHIP
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Later:
    """Where lines come from that are not carried out, by line; empty: from whoever is chosen."""

    places: dict[int, str] = field(default_factory=dict)
    delivery: Delivery | None = None
    contact_id: str = ""
    masked_name: str = ""

    @property
    def document(self) -> str | None:
        """How the shipped ones go, as orders keep it."""
        return _encode(self.delivery).decode() if self.delivery else None


def place(fact: facts_pb2.SaleFact, line: facts_pb2.SaleLine) -> str | None:
    """Where a line comes from; None where the till did not say enough for anybody to deliver it."""
    if line.method == _SHIP:
        return line.fulfilment_location_id if fact.HasField("delivery") else None
    return line.fulfilment_location_id or None


def tell(facts: Any, later: Later, fact: facts_pb2.SaleFact, methods: Mapping[str, int], now: datetime) -> None:
    """Says to everybody that goods are to be found for it, under the sale's own id."""
    facts.hold_id = facts.order_id
    given = fact.delivery
    later.contact_id, later.masked_name = given.contact_id[:64], given.masked_name[:100]
    if any(line.method == _SHIP for line in facts.lines):
        later.delivery = _delivery(given, methods, now)
        facts.shipping.CopyFrom(wire_delivery.facts(later.delivery))


def _delivery(given: facts_pb2.SaleDelivery, methods: Mapping[str, int], now: datetime) -> Delivery:
    """What nobody understands goes by the standard way: it was sold."""
    method = given.shipping_method if given.shipping_method in methods else STANDARD
    said = Delivery(method, country_code=given.country_code, postal_code=given.postal_code)
    try:
        return domain_delivery.checked(said, now, methods)
    except Fault:
        return Delivery(method, priority=methods.get(method, 0))
