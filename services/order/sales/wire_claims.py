"""Claims of receipts as the contracts tell them."""

from datetime import date, datetime

from kit import fields
from kit.errors import invalid
from omo.order.v1 import order_events_pb2
from omo.order.v1 import sales_service_pb2 as pb
from services.order.checkout import wire_facts
from services.order.checkout.domain import Order
from services.order.invoices import domain_buyer
from services.order.sales.domain_claims import Receipt, Sold


def receipt(request: pb.ClaimSaleRequest) -> tuple[str, Receipt]:
    """Who claims what; what was not said is None."""
    member_id = fields.identifier("member_id", request.member_id)
    carrier = request.carrier.strip().upper()
    number = fields.text("receipt_no", request.receipt_no.strip(), 64, empty=bool(carrier))
    if number and carrier:
        raise invalid("carrier", "must be empty where receipt_no is said")
    if carrier and not domain_buyer.is_carrier(carrier):
        raise invalid("carrier", "must be a mobile barcode such as /ABC+123, or a citizen certificate")
    location_id = fields.code("location_id", request.location_id) if request.location_id else None
    return member_id, Receipt(number, carrier, _day(request.day), request.grand_total or None, location_id)


def claimed(sold: Sold) -> pb.ClaimSaleResponse:
    """What became the member's."""
    return pb.ClaimSaleResponse(
        order_id=sold.order_id,
        location_id=sold.location_id,
        business_time=fields.timestamp(sold.business_time),
        grand_total=sold.grand_total,
        currency_code=sold.currency,
    )


def event(order: Order, now: datetime) -> order_events_pb2.SaleClaimed:
    """The event that a sale is a member's."""
    return order_events_pb2.SaleClaimed(meta=wire_facts.meta(order, now), facts=wire_facts.facts(order))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("day", "must be a day such as 2026-11-03") from None
