"""Lines of a sale that are not carried out: how they go, and what is asked for before the sale is closed."""

from dataclasses import dataclass

from omo.order.v1 import counter_service_pb2 as counter
from omo.storefacts.v1 import facts_pb2 as facts
from omo.type.v1 import trade_pb2

CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
COLLECT = trade_pb2.FULFILMENT_METHOD_COLLECT
SHIP = trade_pb2.FULFILMENT_METHOD_SHIP


@dataclass(frozen=True, slots=True)
class Sending:
    """By which way, to whom, and whereabouts; name and address are sealed by the server, and only their id is here."""

    shipping_method: str = ""
    contact_id: str = ""
    masked_name: str = ""
    country_code: str = ""
    postal_code: str = ""

    def fact(self) -> facts.SaleDelivery:
        """As the sale says it."""
        return facts.SaleDelivery(
            shipping_method=self.shipping_method,
            contact_id=self.contact_id,
            masked_name=self.masked_name,
            country_code=self.country_code,
            postal_code=self.postal_code,
        )


def to_hold(sale: facts.SaleFact) -> counter.HoldDeliveryRequest | None:
    """What `Questions.hold_delivery` promises before the sale is closed; None where all of it is carried out.

    Without a line the sale is made all the same: its goods are looked for once it is known.
    """
    later = [line for line in sale.lines if line.method in (COLLECT, SHIP)]
    if not later:
        return None
    return counter.HoldDeliveryRequest(
        sale_id=sale.sale_id,
        member_id=sale.member_id,
        channel_id=sale.channel_id,
        lines=[
            counter.DeliveredLine(
                line_no=line.line_no, sku=line.sku, quantity=line.quantity, location_id=line.fulfilment_location_id
            )
            for line in later
        ],
    )
