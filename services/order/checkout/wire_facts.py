"""Orders as events tell them to the other services."""

from datetime import datetime

from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import event_pb2, trade_pb2
from services.order.checkout import domain, wire, wire_delivery, wire_reasons, wire_spends
from services.order.checkout.domain import Line, Order


def facts(given: Order, hold_id: str = "") -> order_facts_pb2.OrderFacts:
    """What everybody needs to know of a sale; `hold_id` names the stock hold of an online order."""
    sums = given.totals
    return order_facts_pb2.OrderFacts(
        order_id=given.order_id,
        order_no=given.order_no,
        channel_kind=wire.channel_kind(given.channel_kind),
        channel_id=given.channel_id,
        location_id=given.location_id,
        member_id=given.member_id or "",
        business_time=wire.timestamp(given.business_time),
        currency_code=given.currency,
        tax_included=given.tax_included,
        lines=[_line_facts(each) for each in given.lines],
        tenders=[
            order_facts_pb2.TenderFacts(
                kind=trade_pb2.TenderKind.Value(f"TENDER_KIND_{last.kind}"), provider=last.provider, amount=amount
            )
            for _, amount, last in domain.tender_states(given.tenders)
        ],
        list_total=sums.list_total,
        discount_total=sums.discount_total,
        tax_total=sums.tax_total,
        grand_total=sums.grand_total,
        terminal_id=given.terminal_id,
        catalogue_version=given.catalogue_version,
        price_list_version=given.price_list_version,
        rules_version=given.rules_version,
        hold_id=hold_id,
        points_spent=given.points_spent,
        points_value=sums.points_value,
        shipping_total=sums.shipping_total,
        staff_link_token=given.staff_link_token,
        review_flags=given.review_flags,
        shipping=wire_delivery.facts(given.delivery) if given.delivery and given.delivery.shipping_method else None,
        spends=wire_spends.spends(given.spends) if given.spends else None,
    )


def meta(given: Order, at: datetime) -> event_pb2.EventMeta:
    """What every event about the order begins with."""
    return event_pb2.EventMeta(
        aggregate_id=given.order_id,
        sequence=given.version,
        business_time=wire.timestamp(at),
        reason=wire_reasons.told(given.reason),
        rule_version=given.rules_version,
    )


def confirmed(given: Order, at: datetime) -> order_events_pb2.OrderConfirmed:
    return order_events_pb2.OrderConfirmed(meta=meta(given, at), facts=facts(given, hold_id=given.order_id))


def cancelled(given: Order, was_confirmed: bool, at: datetime) -> order_events_pb2.OrderCancelled:
    return order_events_pb2.OrderCancelled(
        meta=meta(given, at),
        order_id=given.order_id,
        member_id=given.member_id or "",
        was_confirmed=was_confirmed,
        reason=wire_reasons.told(given.reason),
    )


def payment_pending(given: Order, at: datetime) -> order_events_pb2.OrderPaymentPending:
    return order_events_pb2.OrderPaymentPending(
        meta=meta(given, at), order_id=given.order_id, member_id=given.member_id or ""
    )


def _line_facts(given: Line) -> order_facts_pb2.LineFacts:
    return order_facts_pb2.LineFacts(
        line_no=given.line_no,
        sku=given.sku,
        quantity=given.quantity,
        by_measure=given.by_measure,
        list_total=given.list_total,
        net_total=given.net_total,
        tax_total=given.tax_total,
        discounts=wire.discounts(given.discounts),
        units=[wire.run(each, given.discounts) for each in given.units],
        method=wire.method(given.method),
        fulfilment_location_id=given.fulfilment_location_id,
        seller_staff_code=given.seller_staff_code,
        earn_base=given.earn_base,
    )
