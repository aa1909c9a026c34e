"""Locations as sources: their hours, today's load, pauses, and what they rejected."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.sourcing.domain import Place
from services.inventory.sourcing.domain_hours import Hours, Span

_PLACES = """
SELECT l.location_id, l.kind, l.groups, l.time_zone, l.latitude, l.longitude, l.active, l.ships, l.pickup,
       l.franchise, l.web_orders_opt_in, l.daily_order_capacity, l.hours, l.special_days,
       coalesce(d.orders, 0) AS taken, p.location_id IS NOT NULL AS paused
  FROM locations l
  LEFT JOIN sourcing_loads d ON d.location_id = l.location_id
       AND d.day = ($1::timestamptz AT TIME ZONE coalesce(nullif(l.time_zone, ''), 'UTC'))::date
  LEFT JOIN sourcing_pauses p ON p.location_id = l.location_id AND coalesce(p.until_time > $1, true)
 ORDER BY l.location_id
"""
_LOAD = """
INSERT INTO sourcing_loads AS d (location_id, day, orders)
SELECT l.location_id, ($3::timestamptz AT TIME ZONE coalesce(nullif(l.time_zone, ''), 'UTC'))::date, asked.orders
  FROM unnest($1::text[], $2::bigint[]) AS asked (location_id, orders)
  JOIN locations l ON l.location_id = asked.location_id
 ORDER BY l.location_id
ON CONFLICT (location_id, day) DO UPDATE SET orders = d.orders + excluded.orders
"""
_COOLING = """
SELECT sku, location_id, until_time FROM sourcing_rejections WHERE sku = ANY($1::text[]) AND until_time > $2
"""
_CONFIDENCE = """
SELECT sku, location_id, per_mille FROM stock_confidence WHERE sku = ANY($1::text[]) AND per_mille < 1000
"""
_COOL = """
INSERT INTO sourcing_rejections AS r (sku, location_id, until_time, reason, order_id)
SELECT sku, $2, $3, $4, $5 FROM unnest($1::text[]) AS sku ORDER BY sku
ON CONFLICT (sku, location_id) DO UPDATE SET until_time = greatest(r.until_time, excluded.until_time),
    reason = excluded.reason, order_id = excluded.order_id
"""
_PAUSE = """
INSERT INTO sourcing_pauses (location_id, until_time, reason, actor_kind, actor_id, actor_terminal_id)
SELECT location_id, $2, $3, $4, $5, $6 FROM locations WHERE location_id = $1
ON CONFLICT (location_id) DO UPDATE SET until_time = excluded.until_time, reason = excluded.reason, update_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
RETURNING location_id
"""
_LIFT = """
WITH lifted AS (DELETE FROM sourcing_pauses WHERE location_id = $1)
SELECT location_id FROM locations WHERE location_id = $1
"""


async def places(tx: Tx, now: datetime) -> list[Place]:
    """Every location, in code order."""
    known: dict[tuple[str, str], Hours | None] = {}
    return [_place(row, known) for row in await tx.fetch(_PLACES, now)]


async def load(tx: Tx, orders: dict[str, int], now: datetime) -> None:
    """Counts orders to the places that they ask, each on its own day."""
    if orders:
        await tx.execute(_LOAD, list(orders), list(orders.values()), now)


async def cooling(tx: Tx, skus: Sequence[str], now: datetime) -> dict[tuple[str, str], datetime]:
    """Where these SKUs were rejected, and until when nobody asks again."""
    rows = await tx.fetch(_COOLING, list(skus), now)
    return {(row["sku"], row["location_id"]): row["until_time"] for row in rows}


async def confidence(tx: Tx, skus: Sequence[str]) -> dict[tuple[str, str], int]:
    """How sure the books of these SKUs are, per mille, where they are not quite sure."""
    rows = await tx.fetch(_CONFIDENCE, list(skus))
    return {(row["sku"], row["location_id"]): row["per_mille"] for row in rows}


async def cool(tx: Tx, skus: Sequence[str], location_id: str, until: datetime, reason: str, order_id: str) -> None:
    """Has a place left in peace for a time."""
    await tx.execute(_COOL, sorted(set(skus)), location_id, until, reason, order_id)


async def pause(tx: Tx, location_id: str, until: datetime | None, reason: str, actor: Actor) -> bool:
    """Pauses a place; False if there is none of that name."""
    who = (actor.kind.value, actor.id, actor.terminal_id)
    return await tx.fetchval(_PAUSE, location_id, until, reason, *who) is not None


async def lift(tx: Tx, location_id: str) -> bool:
    """Ends a pause; False if there is no such place."""
    return await tx.fetchval(_LIFT, location_id) is not None


def _place(row: Any, known: dict[tuple[str, str], Hours | None]) -> Place:
    key = (row["hours"], row["special_days"])
    if key not in known:
        # places with the same week share it, so that it is looked at once
        known[key] = _hours(json.loads(key[0]), json.loads(key[1]))
    return Place(
        location_id=row["location_id"],
        kind=row["kind"],
        groups=frozenset(row["groups"]),
        time_zone=row["time_zone"] or "UTC",
        latitude=row["latitude"],
        longitude=row["longitude"],
        active=row["active"],
        ships=row["ships"],
        pickup=row["pickup"],
        franchise=row["franchise"],
        franchise_opt_in=row["web_orders_opt_in"],
        daily_limit=row["daily_order_capacity"],
        taken=row["taken"],
        paused=row["paused"],
        hours=known[key],
    )


def _hours(week: Sequence[dict[str, Any]], special: Sequence[dict[str, Any]]) -> Hours | None:
    if not week and not special:
        return None
    always = (Span(time.min),)
    days = [
        tuple(_span(one) for one in sorted(week, key=lambda one: str(one["open"])) if one["weekday"] == weekday)
        for weekday in range(1, 8)
    ]
    exceptions = tuple((date.fromisoformat(one["date"]), () if one.get("closed") else (_span(one),)) for one in special)
    return Hours(tuple(days) if week else (always,) * 7, exceptions)


def _span(given: dict[str, Any]) -> Span:
    return Span(_time(given["open"]) or time.min, _time(given["close"]), _time(given.get("cut_off", "")))


def _time(clock: str) -> time | None:
    """A time of the day; none for its end."""
    return time.fromisoformat(clock) if clock and clock != "24:00" else None
