"""Receipts as data."""

from collections.abc import Mapping, Sequence

from omo.order.v1 import invoice_pb2, order_pb2, receipt_pb2
from services.order.checkout.domain import Order
from services.order.checkout.wire import money
from services.order.invoices.domain_lines import rate
from services.order.invoices.domain_terms import Terms


def receipt(
    order: Order,
    shown: order_pb2.Order,
    rates: Mapping[str, int],
    terms: Terms,
    place: str,
    invoices: Sequence[invoice_pb2.Invoice],
    code: str,
) -> receipt_pb2.Receipt:
    """A sale as its buyer keeps it."""
    del shown.invoices[:]  # they stand beside it, whole
    return receipt_pb2.Receipt(
        order=shown,
        brand_name=terms.seller_name,
        brand_tax_id=terms.seller_tax_id,
        location_name=place,
        cashier_staff_code=order.cashier_staff_code,
        taxes=taxes(order, rates),
        invoices=invoices,
        code=code,
        points=points(order) if order.member_id else None,
    )


def points(order: Order) -> receipt_pb2.ReceiptPoints:
    """What of a member's points is known when he has bought."""
    earns_on = money(sum(line.earn_base for line in order.lines), order.currency)
    return receipt_pb2.ReceiptPoints(spent=order.points_spent, earns_on=earns_on)


def taxes(order: Order, rates: Mapping[str, int]) -> list[receipt_pb2.TaxPart]:
    """The tax of its lines, and of bringing them, by rate: together it is all that is paid, to the minor unit."""
    base: dict[int, int] = {}
    tax: dict[int, int] = {}
    parts = [(rate(line, rates), line.net_total, line.tax_total) for line in order.lines]
    if (fee := order.freight) and fee.total:
        parts.append((fee.rate_bp, fee.net_total, fee.tax_total))
    for at, net, taxed in parts:
        base[at] = base.get(at, 0) + net - (taxed if order.tax_included else 0)
        tax[at] = tax.get(at, 0) + taxed
    return [
        receipt_pb2.TaxPart(rate_bp=at, base=money(base[at], order.currency), tax=money(tax[at], order.currency))
        for at in sorted(base)
    ]
