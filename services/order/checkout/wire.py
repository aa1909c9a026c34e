"""Orders as the API shows them."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import invalid
from omo.order.v1 import order_pb2
from omo.type.v1 import channel_pb2, money_pb2, trade_pb2
from services.order.checkout import domain, wire_actors, wire_delivery, wire_freight, wire_spends
from services.order.checkout.domain import ChannelKind, Entry, Line, Method, Order, State, UnitRun
from services.order.checkout.domain_tenders import Movement

_KINDS = {
    ChannelKind.ONLINE: channel_pb2.CHANNEL_KIND_ONLINE,
    ChannelKind.STORE: channel_pb2.CHANNEL_KIND_STORE,
}
_METHODS = {
    Method.CARRY_OUT: trade_pb2.FULFILMENT_METHOD_CARRY_OUT,
    Method.COLLECT: trade_pb2.FULFILMENT_METHOD_COLLECT,
    Method.SHIP: trade_pb2.FULFILMENT_METHOD_SHIP,
}
_STATES = {
    State.PENDING: order_pb2.ORDER_STATE_PENDING,
    State.PENDING_PAYMENT: order_pb2.ORDER_STATE_PENDING_PAYMENT,
    State.CONFIRMED: order_pb2.ORDER_STATE_CONFIRMED,
    State.CANCELLED: order_pb2.ORDER_STATE_CANCELLED,
}
_TENDER_STATES = {
    Entry.REQUESTED: order_pb2.TENDER_STATE_REQUESTED,
    Entry.AUTHORISED: order_pb2.TENDER_STATE_AUTHORISED,
    Entry.CAPTURED: order_pb2.TENDER_STATE_CAPTURED,
    Entry.VOIDED: order_pb2.TENDER_STATE_VOIDED,
    Entry.DECLINED: order_pb2.TENDER_STATE_DECLINED,
    Entry.REFUNDED: order_pb2.TENDER_STATE_REFUNDED,
    Entry.CAPTURE_FAILED: order_pb2.TENDER_STATE_CAPTURE_FAILED,
    Entry.REFUND_FAILED: order_pb2.TENDER_STATE_REFUND_FAILED,
    Entry.RECEIVED: order_pb2.TENDER_STATE_RECEIVED,
    Entry.GIVEN: order_pb2.TENDER_STATE_GIVEN,
}
# how long a shopper's page should wait before it asks again
_ASK_AGAIN_SECONDS = 3


def identifier(field: str, text: str) -> str:
    """A UUID as lower-case text; the refusal names the field."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise invalid(field, "must be a UUID") from None


def timestamp(moment: datetime) -> Timestamp:
    """A moment, without the slow road through strings."""
    return Timestamp(seconds=int(moment.timestamp() // 1), nanos=moment.microsecond * 1000)


def money(amount: int, currency: str) -> money_pb2.Money:
    return money_pb2.Money(currency_code=currency, minor_units=amount)


def method(given: Method) -> trade_pb2.FulfilmentMethod.ValueType:
    return _METHODS[given]


def state(given: State) -> order_pb2.OrderState.ValueType:
    return _STATES[given]


def channel_kind(given: ChannelKind) -> channel_pb2.ChannelKind.ValueType:
    return _KINDS[given]


def order(given: Order, fulfilments: Iterable[order_pb2.Fulfilment] = (), pickup_pin: str = "") -> order_pb2.Order:
    """The order as the API shows it."""
    message = order_pb2.Order(
        order_id=given.order_id,
        order_no=given.order_no,
        state=_STATES[given.state],
        channel_kind=_KINDS[given.channel_kind],
        channel_id=given.channel_id,
        location_id=given.location_id,
        member_id=given.member_id or "",
        business_time=timestamp(given.business_time),
        record_time=timestamp(given.record_time) if given.record_time else None,
        lines=[line(each, given.currency) for each in given.lines],
        totals=totals(given.totals, given.currency, given.tax_included),
        tenders=tenders(given),
        next_action=_next_action(given),
        fulfilments=fulfilments,
        version=given.version,
        reason=given.reason,
        contact_id=given.contact_id,
        pickup_pin=pickup_pin,
        review_flags=given.review_flags,
        delivery=wire_delivery.delivery(given.delivery) if given.delivery and given.delivery.shipping_method else None,
        spends=wire_spends.spends(given.spends) if given.spends else None,
    )
    if given.freight:
        ended = given.state is State.CANCELLED
        message.shipping_charge.CopyFrom(wire_freight.charge(given.freight, given.currency, ended=ended))
    if given.delivery and given.delivery.parked:
        wire_delivery.mark(message.lines, given.delivery.parked)
    return message


def line(given: Line, currency: str) -> order_pb2.OrderLine:
    """A line as quotes and orders show it."""
    return order_pb2.OrderLine(
        line_no=given.line_no,
        sku=given.sku,
        name=given.name,
        quantity=given.quantity,
        by_measure=given.by_measure,
        list_total=money(given.list_total, currency),
        discount_total=money(given.discount_total, currency),
        net_total=money(given.net_total, currency),
        tax_total=money(given.tax_total, currency),
        points_value=money(given.points_value, currency) if given.points_value else None,
        discounts=discounts(given.discounts),
        units=[run(each, given.discounts) for each in given.units],
        method=_METHODS[given.method],
        fulfilment_location_id=given.fulfilment_location_id,
        seller_staff_code=given.seller_staff_code,
    )


def totals(given: domain.Totals, currency: str, tax_included: bool) -> order_pb2.Totals:
    return order_pb2.Totals(
        list_total=money(given.list_total, currency),
        discount_total=money(given.discount_total, currency),
        tax_total=money(given.tax_total, currency),
        grand_total=money(given.grand_total, currency),
        points_value=money(given.points_value, currency) if given.points_value else None,
        tax_included=tax_included,
        shipping_total=money(given.shipping_total, currency) if given.shipping_total else None,
    )


def tenders(given: Order) -> list[order_pb2.Tender]:
    """Each tender of the order in the state that its journal comes to."""
    return [
        order_pb2.Tender(
            tender_id=f"{given.order_id}:{number}",
            kind=trade_pb2.TenderKind.Value(f"TENDER_KIND_{last.kind}"),
            provider=last.provider,
            amount=money(amount, given.currency),
            state=_TENDER_STATES[last.entry],
            reference=last.reference,
        )
        for number, amount, last in domain.tender_states(given.tenders)
    ]


def journal(movements: Iterable[Movement], order_id: str, currency: str) -> list[order_pb2.Tender]:
    """Every entry of the journal with who made it, for whoever works for the brand."""
    return [
        order_pb2.Tender(
            tender_id=f"{order_id}:{entry.tender_no}",
            kind=trade_pb2.TenderKind.Value(f"TENDER_KIND_{entry.kind}"),
            provider=entry.provider,
            amount=money(entry.amount, currency),
            state=_TENDER_STATES[entry.entry],
            reference=entry.reference,
            actor=wire_actors.actor(one.actor_kind, one.actor_id, one.actor_terminal_id),
            reason=one.reason,
            business_time=timestamp(entry.business_time),
        )
        for one in movements
        for entry in [one.entry]
    ]


def discounts_of(run: UnitRun, given: Sequence[domain.Discount]) -> list[order_pb2.Discount]:
    """What each rule took off each unit of a run."""
    return [
        order_pb2.Discount(rule_id=each.rule_id, rule_version=each.rule_version, stage=each.stage, amount=amount)
        for each, amount in zip(given, run.discounts, strict=False)
        if amount
    ]


def run(given: UnitRun, rules: Sequence[domain.Discount]) -> order_pb2.UnitRun:
    return order_pb2.UnitRun(
        first=given.first,
        last=given.last,
        list_amount=given.list_amount,
        net_amount=given.net_amount,
        tax_amount=given.tax_amount,
        discounts=discounts_of(given, rules) if given.discounts else None,
        points_amount=given.points_value,
    )


def discounts(given: Sequence[domain.Discount]) -> list[order_pb2.Discount]:
    return [
        order_pb2.Discount(rule_id=each.rule_id, rule_version=each.rule_version, stage=each.stage, amount=each.amount)
        for each in given
    ]


def _next_action(given: Order) -> order_pb2.NextAction | None:
    if given.payment is None or given.state is not State.PENDING_PAYMENT:
        return None
    if given.payment.redirect_url:
        return order_pb2.NextAction(redirect_url=given.payment.redirect_url)
    return order_pb2.NextAction(wait_seconds=_ASK_AGAIN_SECONDS)
