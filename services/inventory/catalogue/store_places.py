"""Locations, channels and tax classes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.catalogue.domain import Channel, Location, TaxClass
from services.inventory.catalogue.domain_hours import Hours, SpecialDay

_COLUMNS = """location_id, kind, name, names, groups, time_zone, address, pickup, ships, active, placeholder,
    version, sellable, latitude, longitude, hours, special_days, daily_order_capacity, franchise, web_orders_opt_in,
    listed_only"""
_LOCATIONS = f"SELECT {_COLUMNS} FROM locations WHERE location_id = ANY($1::text[])"
_LOCATION_PAGE = f"""
SELECT {_COLUMNS} FROM locations
 WHERE location_id > $1 AND ($2 = '' OR kind = $2) AND ($4 = '' OR groups @> ARRAY[$4]) ORDER BY location_id LIMIT $3
"""
_PUT_LOCATIONS = f"""
INSERT INTO locations ({_COLUMNS}, actor_kind, actor_id, actor_terminal_id)
SELECT {_COLUMNS}, $2, $3, $4
  FROM jsonb_to_recordset($1::jsonb) AS l (location_id text, kind text, name text, names jsonb, groups text[],
       time_zone text, address text, pickup boolean, ships boolean, active boolean, placeholder boolean,
       version bigint, sellable boolean, latitude double precision, longitude double precision, hours jsonb,
       special_days jsonb, daily_order_capacity bigint, franchise boolean, web_orders_opt_in boolean,
       listed_only boolean)
ON CONFLICT (location_id) DO UPDATE SET kind = excluded.kind, name = excluded.name, names = excluded.names,
    groups = excluded.groups, time_zone = excluded.time_zone, address = excluded.address, pickup = excluded.pickup,
    ships = excluded.ships, active = excluded.active, placeholder = excluded.placeholder, version = excluded.version,
    sellable = excluded.sellable, latitude = excluded.latitude, longitude = excluded.longitude,
    hours = excluded.hours, special_days = excluded.special_days,
    daily_order_capacity = excluded.daily_order_capacity, franchise = excluded.franchise,
    web_orders_opt_in = excluded.web_orders_opt_in, listed_only = excluded.listed_only, update_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_UNKNOWN = """
SELECT asked.location_id FROM unnest($1::text[]) AS asked (location_id)
 WHERE NOT EXISTS (SELECT FROM locations l WHERE l.location_id = asked.location_id)
"""
_ACTIVE = """
SELECT location_id, active AND kind NOT IN ('VIRTUAL', 'DROP_POINT') AS open
  FROM locations WHERE location_id = ANY($1::text[])
"""
_DROP_POINTS = "SELECT location_id FROM locations WHERE location_id = ANY($1::text[]) AND kind = 'DROP_POINT'"
_CHANNELS = "SELECT channel_id, kind, name, listed_only, version FROM channels ORDER BY channel_id"
_TAX_CLASSES = "SELECT tax_class, rate_bp, version FROM tax_classes ORDER BY tax_class"
_PUT_CHANNELS = """
INSERT INTO channels (channel_id, kind, name, listed_only, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::bigint[])
ON CONFLICT (channel_id) DO UPDATE
   SET kind = excluded.kind, name = excluded.name, listed_only = excluded.listed_only, version = excluded.version
"""
_PUT_TAX_CLASSES = """
INSERT INTO tax_classes (tax_class, rate_bp, version) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
ON CONFLICT (tax_class) DO UPDATE SET rate_bp = excluded.rate_bp, version = excluded.version
"""


async def locations(tx: Tx, location_ids: Iterable[str]) -> dict[str, Location]:
    """Those that are there, by their id."""
    rows = await tx.fetch(_LOCATIONS, list(location_ids))
    return {row["location_id"]: _location(row) for row in rows}


async def page(tx: Tx, after: str, size: int, kind: str = "", group_id: str = "") -> list[Location]:
    """Locations in code order."""
    return [_location(row) for row in await tx.fetch(_LOCATION_PAGE, after, kind, size, group_id)]


async def unknown(tx: Tx, location_ids: Iterable[str]) -> list[str]:
    """Those that are nowhere."""
    return [row["location_id"] for row in await tx.fetch(_UNKNOWN, sorted(set(location_ids)))]


async def doors(tx: Tx, location_ids: Iterable[str]) -> dict[str, bool]:
    """Whether each may promise stock; a place that is nowhere is left out."""
    return {row["location_id"]: row["open"] for row in await tx.fetch(_ACTIVE, list(location_ids))}


async def drop_points(tx: Tx, location_ids: Iterable[str]) -> set[str]:
    """Those that only take goods back."""
    return {row["location_id"] for row in await tx.fetch(_DROP_POINTS, sorted(set(location_ids)))}


async def put(tx: Tx, given: Sequence[Location], actor: Actor) -> None:
    """Writes locations whole, over what was there."""
    if given:
        rows = json.dumps([asdict(one) for one in given])
        await tx.execute(_PUT_LOCATIONS, rows, actor.kind.value, actor.id, actor.terminal_id)


async def channels(tx: Tx) -> tuple[list[Channel], list[TaxClass]]:
    """Every channel and tax class."""
    found = [Channel(**row) for row in await tx.fetch(_CHANNELS)]
    return found, [TaxClass(**row) for row in await tx.fetch(_TAX_CLASSES)]


async def put_channels(tx: Tx, given: Sequence[Channel], rates: Sequence[TaxClass]) -> None:
    """Writes channels and tax classes."""
    if given:
        rows = [(one.channel_id, one.kind, one.name, one.listed_only, one.version) for one in given]
        await tx.execute(_PUT_CHANNELS, *map(list, zip(*rows, strict=True)))
    if rates:
        numbers = [(one.tax_class, one.rate_bp, one.version) for one in rates]
        await tx.execute(_PUT_TAX_CLASSES, *map(list, zip(*numbers, strict=True)))


def _location(row: Any) -> Location:
    held = dict(row)
    held["names"], held["groups"] = json.loads(held["names"]), tuple(held["groups"])
    held["hours"] = tuple(Hours(**one) for one in json.loads(held["hours"]))
    held["special_days"] = tuple(SpecialDay(**one) for one in json.loads(held["special_days"]))
    return Location(**held)
