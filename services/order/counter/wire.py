"""Visits, and sales that are made here, between protobuf and order."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kit import fields
from kit.errors import invalid
from omo.order.v1 import counter_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import money_pb2, trade_pb2
from services.order.checkout import wire as orders
from services.order.checkout.domain import Line
from services.order.checkout.domain_basket import Basket, Quote, Want
from services.order.counter.domain import Visit
from services.order.returns.domain_refunds import RefundTender

_RETURN = trade_pb2.TENDER_KIND_RETURN
_CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT


def basket(request: pb.SettleVisitRequest, member_id: str | None) -> Basket:
    """What the shopper takes instead, as this store prices it."""
    wants = tuple(Want(one.sku, one.quantity, None, "") for one in request.lines)
    return Basket(channel_id=request.channel_id, wants=wants, member_id=member_id, location_id=request.location_id)


def sale(quote: Quote, request: pb.SettleVisitRequest, sale_id: str, number: str, at: datetime) -> facts_pb2.SaleFact:
    """A priced basket as the fact of a sale, but for its tenders."""
    made = facts_pb2.SaleFact(
        sale_id=sale_id,
        receipt_no=number,
        business_time=fields.timestamp(at),
        channel_id=quote.channel_id,
        currency_code=quote.currency,
        tax_included=quote.tax_included,
        member_id=quote.member_id or "",
        catalogue_version=quote.catalogue_version,
        price_list_version=quote.price_list_version,
        rules_version=quote.rules_version,
    )
    for place, line in enumerate(quote.lines):
        asked = request.lines[min(place, len(request.lines) - 1)]
        _add(made, line, asked.seller_staff_code)
    return made


def _add(made: facts_pb2.SaleFact, line: Line, seller: str) -> None:
    added = made.lines.add(
        line_no=line.line_no,
        sku=line.sku,
        quantity=line.quantity,
        by_measure=line.by_measure,
        list_total=line.list_total,
        net_total=line.net_total,
        tax_total=line.tax_total,
        seller_staff_code=seller,
        method=_CARRY_OUT,
    )
    for one in line.discounts:
        added.discounts.add(rule_id=one.rule_id, rule_version=one.rule_version, stage=one.stage, amount=one.amount)


def total(given: facts_pb2.SaleFact) -> int:
    """What a sale comes to."""
    return sum(line.net_total + (0 if given.tax_included else line.tax_total) for line in given.lines)


def places(given: facts_pb2.SaleFact) -> set[str]:
    """Where else its goods wait."""
    waits = (line for line in given.lines if line.method == trade_pb2.FULFILMENT_METHOD_COLLECT)
    return {line.fulfilment_location_id for line in waits if line.fulfilment_location_id}


def paid(
    given: facts_pb2.SaleFact, exchanged: int, reference: str, tenders: Iterable[facts_pb2.SaleTender]
) -> facts_pb2.SaleFact:
    """The sale with all that pays for it: what came back, and what the shopper adds."""
    made = facts_pb2.SaleFact()
    made.CopyFrom(given)
    del made.tenders[:]
    if exchanged:
        made.tenders.add(kind=_RETURN, amount=exchanged, reference=reference)
    made.tenders.extend(tenders)
    return made


def tenders(request: pb.SettleVisitRequest) -> Sequence[facts_pb2.SaleTender]:
    """What the shopper pays on top; the till says it in its own sale."""
    given = request.sale.tenders if request.HasField("sale") else request.tenders
    for place, one in enumerate(given):
        if one.amount <= 0 or one.kind in (0, _RETURN):
            raise invalid(f"tenders[{place}]", "must be a tender that pays something, and nothing that came back")
    return given


def visit(given: Visit) -> pb.Visit:
    def money(amount: int) -> money_pb2.Money:
        return orders.money(amount, given.currency)

    return pb.Visit(
        visit_id=given.visit_id,
        location_id=given.location_id,
        return_id=given.return_id or "",
        returned_order_id=given.returned_order_id or "",
        fulfilment_id=given.fulfilment_id or "",
        collected_order_id=given.collected_order_id or "",
        sale_id=given.sale_id or "",
        returned_total=money(given.returned_total),
        dropped_total=money(given.dropped_total),
        sale_total=money(given.sale_total),
        exchanged_total=money(given.exchanged_total),
        charged_total=money(given.charged_total),
        refunded_total=money(given.refunded_total),
        released_total=money(given.released_total),
        business_time=fields.timestamp(given.business_time),
        staff_code=given.staff_code,
    )


def paid_out(given: Sequence[RefundTender], currency: str) -> pb.PayOutUndeliveredResponse:
    return pb.PayOutUndeliveredResponse(
        tenders=[
            pb.VisitTender(
                kind=trade_pb2.TenderKind.Value(f"TENDER_KIND_{one.kind}"), amount=orders.money(one.amount, currency)
            )
            for one in given
        ]
    )
