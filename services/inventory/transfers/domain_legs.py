"""An order's goods that another place sends to the store where they are collected: what that does to its promises."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.inventory.stock import domain_orders
from services.inventory.stock.domain import Movement, Who
from services.inventory.stock.domain_allocations import Allocation, Ended, Ends, Key, over
from services.inventory.transfers import domain
from services.inventory.transfers.domain import Arrival, Line, Transfer


@dataclass(frozen=True, slots=True)
class Moved:
    """A run of units of an order's line, in the parts that it is made of."""

    line_no: int
    sku: str
    quantity: int
    first: int
    last: int
    measure: int = 0
    lost: bool = False
    # in the line's own units
    units: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """What one place sends to another for an order; what arrived says all of what left."""

    leg_id: str
    order_id: str
    source: str
    target: str
    moved: tuple[Moved, ...]
    left_time: datetime
    arrive_time: datetime | None
    who: Who

    @property
    def places(self) -> set[tuple[str, str]]:
        return {(one.sku, place) for one in self.moved for place in (self.source, self.target)}


def sent(leg: Leg) -> Transfer:
    """The transfer that the leg is, on its way."""
    skus = sorted({one.sku for one in leg.moved})
    lines = tuple(
        Line(number, sku, units, shipped=units)
        for number, sku in enumerate(skus, 1)
        for units in [sum(one.quantity for one in leg.moved if one.sku == sku)]
    )
    return Transfer(
        leg.leg_id, leg.source, leg.target, "SHIPPED", lines, leg.left_time, ship_time=leg.left_time,
        order_id=leg.order_id,
    )  # fmt: skip


def arrived(transfer: Transfer, leg: Leg, at: datetime) -> Transfer:
    """The same at its end; what is lost is a discrepancy."""
    came: dict[str, int] = {}
    for one in leg.moved:
        if not one.lost:
            came[one.sku] = came.get(one.sku, 0) + one.quantity
    if came:
        transfer = domain.receive(transfer, [Arrival(sku, units, 0, 0) for sku, units in sorted(came.items())])
    return domain.close(transfer, at)


def out(leg: Leg) -> list[Movement]:
    """The journal's entries of what left."""
    return [_entry(leg, one, leg.source, "TRANSFER_OUT", -one.quantity, leg.left_time, leg.leg_id) for one in leg.moved]


def into(leg: Leg, at: datetime) -> list[Movement]:
    """The journal's entries of what came; under another source, so that a count may undo both."""
    came = [one for one in leg.moved if not one.lost]
    return [_entry(leg, one, leg.target, "TRANSFER_IN", one.quantity, at, f"{leg.leg_id}:in") for one in came]


def _entry(leg: Leg, one: Moved, place: str, kind: str, quantity: int, at: datetime, source_id: str) -> Movement:
    return Movement(
        one.sku, place, kind, quantity, at, source_id, leg.who, one.line_no, one.first, one.last, one.measure,
        reason=leg.order_id,
    )  # fmt: skip


def lost(leg: Leg) -> list[tuple[str, Ended]]:
    """What nobody will hand over, as order's own word will say it too."""
    return [
        (leg.order_id, Ended(one.line_no, one.sku, one.first, one.quantity, one.units)) for one in leg.moved if one.lost
    ]


def took_leave(rows: Sequence[Allocation], leg: Leg, ends: Ends) -> list[Allocation]:
    """Without what stood at the source: it is promised to nobody else while it is on its way."""
    parts = {one.key: one for one in rows}
    for one in leg.moved:
        key = (one.line_no, one.sku, leg.source)
        held = parts.get(key) or Allocation(leg.order_id, *key, cancelled=_cancelled(rows))
        parts[key] = replace(held, handed_over=held.handed_over + one.quantity)
    return _settled(rows, parts, ends)


def came_home(rows: Sequence[Allocation], leg: Leg, ends: Ends) -> list[Allocation]:
    """The order's allocations with what it sent standing where it is collected; what ended or was lost is free.

    The source's part of them goes with it: all of an order's allocations
    together are always what was sold.
    """
    parts = {one.key: one for one in rows}
    for one in leg.moved:
        there, here = (one.line_no, one.sku, leg.source), (one.line_no, one.sku, leg.target)
        left = parts[there]
        quantity = (left.quantity or 0) - one.quantity
        parts[there] = replace(
            left,
            quantity=quantity,
            handed_over=left.handed_over - one.quantity,
            routed=min(left.routed, max(quantity, 0)),
        )
        held = parts.get(here) or Allocation(leg.order_id, *here, cancelled=left.cancelled, kit_sku=left.kit_sku)
        quantity = (held.quantity or 0) + one.quantity
        parts[here] = replace(held, quantity=quantity, routed=held.routed + one.quantity)
    return _settled(rows, parts, ends)


def _settled(rows: Iterable[Allocation], parts: dict[Key, Allocation], ends: Ends) -> list[Allocation]:
    before = {one.key: one for one in rows}
    after = over(domain_orders.made_up(parts), ends)
    return [one for key, one in sorted(after.items()) if before.get(key) != one]


def _cancelled(rows: Iterable[Allocation]) -> bool:
    return any(one.cancelled for one in rows)
