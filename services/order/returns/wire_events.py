"""Units that came back, as events tell of them."""

from collections.abc import Sequence
from datetime import datetime

from kit import fields
from omo.order.v1 import order_events_pb2 as events
from omo.type.v1 import event_pb2, lot_pb2, unit_pb2
from services.order.checkout import wire_reasons, wire_spends
from services.order.checkout.domain import Order
from services.order.checkout.domain_spends import Use
from services.order.returns.domain import Disposition, Flag, Return, SentOn, Units


def unit(order_id: str, one: Units) -> unit_pb2.UnitRef:
    """A run of units, by its reference."""
    measure = one.quantity if one.by_measure else 0
    return unit_pb2.UnitRef(order_id=order_id, line_no=one.line_no, first=one.first, last=one.last, measure=measure)


def returned(
    order: Order, given: Return, back: Sequence[Use], version: int, at: datetime, *, for_member_only: bool = False
) -> events.UnitsReturned:
    """The goods are here: every owner undoes its part.

    Where a till took them back before their order was known, stock has heard of the goods (`goods`): it is told that
    no more came. Where only the member is news, stock and commission have followed what the units were then.
    """
    before = Flag.UNKNOWN_ORDER in given.flags
    return events.UnitsReturned(
        meta=_meta(order, version, at, wire_reasons.told(given.reason)),
        refund_id=given.return_id,
        order_id=order.order_id,
        member_id=order.member_id or "",
        location_id=given.received_at,
        lines=[
            events.ReturnedLine(
                unit=unit(order.order_id, one),
                sku=one.sku,
                quantity=one.quantity,
                refund_amount=one.amount,
                disposition=Disposition.MISSING if before else one.disposition,
                net_total=one.net_total,
                earn_base=one.earn_base,
                points_returned=one.points_returned,
                lots=_lots(given, one),
            )
            for one in given.units
        ],
        spends_returned=wire_spends.spends(back),
        sale_time=fields.timestamp(order.business_time),
        for_member_only=for_member_only,
    )


def _lots(given: Return, run: Units) -> list[lot_pb2.LotUnits]:
    """Which of them are here by name."""
    return [
        _named(serial)
        for line_no, unit, serial in given.came
        if line_no == run.line_no and run.first <= unit <= run.last
    ]


def _named(serial: str) -> lot_pb2.LotUnits:
    return lot_pb2.LotUnits(serial=serial, quantity=1)


def disposed(
    order: Order, given: Return, change_id: str, pairs: Sequence[tuple[Units, Units]], version: int, at: datetime
) -> events.UnitsDisposed:
    """What becomes of some of them is another thing now."""
    return events.UnitsDisposed(
        meta=_meta(order, version, at, ""),
        change_id=change_id,
        refund_id=given.return_id,
        order_id=order.order_id,
        location_id=given.location_id,
        lines=[
            events.DisposedLine(
                unit=unit(order.order_id, after),
                sku=after.sku,
                quantity=after.quantity,
                from_disposition=before.disposition,
                disposition=after.disposition,
                lots=_lots(given, after),
            )
            for before, after in pairs
        ],
        sale_time=fields.timestamp(order.business_time),
    )


def sent_on(order: Order, given: Return, sent: SentOn, version: int, at: datetime) -> events.ReturnSentOn:
    """What a drop point had received leaves it, or is where it was sent; what never came goes nowhere."""
    return events.ReturnSentOn(
        meta=_meta(order, version, at, ""),
        return_id=given.return_id,
        order_id=order.order_id,
        from_location_id=sent.source,
        to_location_id=sent.target,
        lines=[
            events.SentOnLine(
                unit=unit(order.order_id, one),
                sku=one.sku,
                quantity=one.quantity,
                disposition=one.disposition,
                lots=_lots(given, one),
            )
            for one in given.units
            if one.disposition is not Disposition.MISSING
        ],
        left_time=fields.timestamp(sent.left_time),
        arrive_time=fields.timestamp(sent.arrive_time) if sent.arrive_time else None,
        sale_time=fields.timestamp(order.business_time),
    )


def goods(
    return_id: str, location_id: str, lines: Sequence[tuple[str, int, str, Sequence[str]]], at: datetime
) -> events.GoodsReturned:
    """Goods that no sold unit explains: SKU, quantity, disposition and serials of each."""
    meta = event_pb2.EventMeta(aggregate_id=return_id, sequence=1, business_time=fields.timestamp(at))
    return events.GoodsReturned(
        meta=meta,
        return_id=return_id,
        location_id=location_id,
        lines=[
            events.ReturnedGoods(
                line_no=number, sku=sku, quantity=quantity, disposition=disposition, lots=map(_named, serials)
            )
            for number, (sku, quantity, disposition, serials) in enumerate(lines, 1)
        ],
    )


def flagged(sale_id: str, location_id: str, flag: str, version: int, at: datetime) -> events.SaleFlagged:
    """What a till did needs a person."""
    meta = event_pb2.EventMeta(aggregate_id=sale_id, sequence=version, business_time=fields.timestamp(at))
    return events.SaleFlagged(meta=meta, order_id=sale_id, location_id=location_id, flags=[flag])


def _meta(order: Order, version: int, at: datetime, reason: str) -> event_pb2.EventMeta:
    return event_pb2.EventMeta(
        aggregate_id=order.order_id,
        sequence=version,
        business_time=fields.timestamp(at),
        reason=reason,
        rule_version=order.rules_version,
    )
