"""Order's events about goods that came back, as journal entries, and what order is answered."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kit.access import Actor
from omo.inventory.v1 import stock_events_pb2
from omo.order.v1 import order_events_pb2 as orders
from omo.type.v1 import event_pb2, reversal_pb2
from services.inventory import wire as fields
from services.inventory.catalogue.domain_kits import History
from services.inventory.lots import wire as lots_wire
from services.inventory.returned import domain
from services.inventory.returned.domain import Effect
from services.inventory.stock.domain import NOWHERE, Movement, Who

Event = orders.UnitsReturned | orders.UnitsDisposed | orders.GoodsReturned


def movements(event: Event, kits: History) -> list[Movement]:
    """What the event moves; a kit came back in its parts, as it was made when it was sold."""
    at, who = fields.moment(event.meta.business_time), _who(event)
    if isinstance(event, orders.GoodsReturned):
        goods = [_goods(one, event, at, who) for one in event.lines]
        return [part for one in goods for part in _parts(one, kits, at)]
    sold = event.sale_time.ToDatetime(UTC) if event.HasField("sale_time") else at
    told = _returned(event) if isinstance(event, orders.UnitsReturned) else _disposed(event)
    timed = [Movement(**one, business_time=at, who=who) for one in told]
    return [part for one in timed for part in _parts(one, kits, sold) if _counts(part)]


def _returned(event: orders.UnitsReturned) -> list[dict[str, Any]]:
    return [
        _entry(one, event.location_id, "RETURN", event.order_id, domain.effect(one.disposition), one.disposition)
        | {"lots": lots_wire.told(one.lots)}
        for one in event.lines
    ]


def _disposed(event: orders.UnitsDisposed) -> list[dict[str, Any]]:
    found = []
    for one in event.lines:
        change, why = (
            domain.moved(one.from_disposition, one.disposition), f"{one.from_disposition} > {one.disposition}",
        )  # fmt: skip
        entry = _entry(one, event.location_id, "ADJUSTMENT", event.change_id, change, why)
        found.append(entry | {"lots": lots_wire.told(one.lots)})
    return found


def settled(event: orders.UnitsReturned) -> stock_events_pb2.ReversalSettled:
    """The goods are where they were received: told again whenever order asks again."""
    units = sum(one.quantity for one in event.lines if domain.effect(one.disposition).on_hand)
    return stock_events_pb2.ReversalSettled(
        meta=event_pb2.EventMeta(aggregate_id=event.order_id, business_time=event.meta.business_time),
        reversal=reversal_pb2.Reversal(
            refund_id=event.refund_id,
            order_id=event.order_id,
            kind=reversal_pb2.REVERSAL_KIND_STOCK,
            state=reversal_pb2.REVERSAL_STATE_DONE,
            amount=units,
        ),
    )


def codes(moved: Iterable[Movement]) -> tuple[set[str], set[str]]:
    """Every SKU and location that is named."""
    places = [one.place for one in moved]
    return {sku for sku, _ in places}, {location_id for _, location_id in places}


def _entry(one: Any, location_id: str, kind: str, source_id: str, effect: Effect, reason: str) -> dict[str, Any]:
    return {
        "sku": one.sku or NOWHERE, "location_id": location_id or NOWHERE, "kind": kind,
        "quantity": one.quantity * effect.on_hand, "damaged": one.quantity * effect.damaged,
        "quality_control": one.quantity * effect.quality_control, "source_id": source_id, "reason": reason,
        "line_no": one.unit.line_no, "first": one.unit.first, "last": one.unit.last, "measure": one.unit.measure,
    }  # fmt: skip


def _goods(one: orders.ReturnedGoods, event: orders.GoodsReturned, at: datetime, who: Who) -> Movement:
    effect = domain.effect(one.disposition)
    return Movement(
        one.sku or NOWHERE, event.location_id or NOWHERE, "RETURN", one.quantity * effect.on_hand, at, event.return_id,
        who, one.line_no, damaged=one.quantity * effect.damaged,
        quality_control=one.quantity * effect.quality_control, reason=one.disposition,
        lots=lots_wire.told(one.lots),
    )  # fmt: skip


def _parts(one: Movement, kits: History, at: datetime) -> Sequence[Movement]:
    return [
        replace(
            one, sku=sku, quantity=one.quantity * units, damaged=one.damaged * units,
            quality_control=one.quality_control * units, lots=one.lots if sku == one.sku else (),
        )
        for sku, units in kits.parts(one.sku, at).items()
    ]  # fmt: skip


def _counts(one: Movement) -> bool:
    return bool(one.quantity or one.damaged or one.quality_control)


def _who(event: Event) -> Who:
    actor = Actor.from_proto(event.meta.actor)
    return Who(actor.kind.value, actor.id, actor.terminal_id)
