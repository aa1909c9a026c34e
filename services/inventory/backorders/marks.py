"""Marks what waits for goods, in the transaction of whatever changed a level."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from google.protobuf.message import Message

from kit.postgres import Tx
from services.inventory.backorders import domain, store, wire
from services.inventory.backorders.domain import Claim, Coming, Key, Row
from services.inventory.stock import store_boards
from services.inventory.stock.domain import NOWHERE, Level, Place
from services.inventory.supply import store as supply


async def mark(tx: Tx, levels: Iterable[Level], now: datetime) -> list[Message]:
    """Has the rows of these places say who waits there; gives the events to append.

    The levels are locked and as they are after all changes. What is broken
    waits nowhere: there it has no row.
    """
    places = {one.place: one for one in levels if one.location_id != NOWHERE}
    if not places:
        return []
    wanted = sorted(places)
    claims, before = await store.claims(tx, wanted), await store.at(tx, wanted)
    short = [place for place in wanted if place in claims and _there(places[place]) < _units(claims[place])]
    coming = await supply.incoming(tx, {sku for sku, _ in short}) if short else {}
    after: dict[Key, Row] = {}
    for place in short:
        given = [Coming(*one) for one in coming.get(place, ())]
        rows = _rows(place, _there(places[place]), claims[place], given)
        after |= {row.key: row for row in rows}
    await store.write(tx, before, after)
    return await _told(tx, before, after, now)


def _there(level: Level) -> int:
    return level.on_hand - level.damaged - level.quality_control


def _units(claims: Iterable[Claim]) -> int:
    return sum(one.quantity for one in claims)


def _rows(place: Place, there: int, claims: Iterable[Claim], coming: Iterable[Coming]) -> list[Row]:
    return [
        Row(
            *place,
            one.claim.owner_id,
            one.claim.line_no,
            one.claim.order_id,
            one.quantity,
            one.promise_time,
            one.claim.priority,
            one.claim.create_time,
        )
        for one in domain.waiting(there, claims, coming)
    ]


async def _told(tx: Tx, before: Mapping[Key, Row], after: Mapping[Key, Row], now: datetime) -> list[Message]:
    """Whoever waits for orders' sake hears of it; a cart asks when it wants to know."""
    ended = [replace(row, quantity=0, promise_time=None) for key, row in before.items() if key not in after]
    fresh = [row for key, row in after.items() if _said(before.get(key)) != _said(row)]
    rows = sorted((row for row in (*ended, *fresh) if row.order_id), key=lambda row: row.key)
    if not rows:
        return []
    versions = await store_boards.versions(tx, (row.owner_id for row in rows))
    # a hold that was forgotten counts no more: later than all it counted, and growing
    late = int(now.timestamp() * 1_000)
    return [wire.changed(row, versions.get(row.owner_id, late), now) for row in rows]


def _said(row: Row | None) -> object:
    return row and (row.quantity, row.promise_time)
