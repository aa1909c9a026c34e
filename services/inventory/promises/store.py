"""Allocations that sourcing routes to a location or takes from one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kit.postgres import Tx

_SKUS = "SELECT DISTINCT sku FROM allocations WHERE order_id = ANY($1::text[])"
# What was handed over before its routing was nobody's to route: routed units are counted behind it.
_ROUTE = """
INSERT INTO allocations AS a (order_id, line_no, sku, location_id, quantity, routed, pool_id, kit_sku, excluded)
SELECT r.order_id, r.line_no, r.sku, r.location_id, r.quantity, greatest(0, r.routed), r.pool_id, r.kit_sku,
       coalesce(string_to_array(r.excluded, E'\\x01'), '{}')
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
              $9::text[])
       AS r (order_id, line_no, sku, location_id, quantity, routed, pool_id, kit_sku, excluded)
ON CONFLICT (order_id, line_no, sku, location_id) DO UPDATE SET quantity = coalesce(a.quantity, 0) + excluded.quantity,
    routed = CASE WHEN excluded.routed > 0 THEN greatest(a.routed, a.handed_over) + excluded.routed ELSE a.routed END
"""
_LEAVE = """
UPDATE allocations AS a SET quantity = a.quantity - r.quantity, routed = greatest(0, a.routed - r.quantity)
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[])
       AS r (order_id, line_no, sku, location_id, quantity)
 WHERE a.order_id = r.order_id AND a.line_no = r.line_no AND a.sku = r.sku AND a.location_id = r.location_id
"""
# All that stands for a line knows it: units move between its rows, and places that they come to had none of it yet.
_EXCLUDE = """
UPDATE allocations AS a SET excluded = string_to_array(r.excluded, E'\\x01')
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[]) AS r (order_id, line_no, sku, excluded)
 WHERE a.order_id = r.order_id AND a.line_no = r.line_no AND a.sku = r.sku
"""
# A subject is "SKU", or "SKU whose".
_TASKS = """
SELECT location_id, subject FROM stock_tasks
 WHERE split_part(subject, ' ', 1) = $1 AND kind = 'PROMISE_BROKEN' AND state <> 'RESOLVED'
"""
# As parts of boards have it: whoever was promised goods first keeps them longest.
_SINCE = """
SELECT a.order_id, min(coalesce(h.create_time, a.record_time)) AS promise_time
  FROM allocations a LEFT JOIN holds h ON h.hold_id = a.order_id
 WHERE a.order_id = ANY($1::text[]) GROUP BY a.order_id
"""
_WAITING = "SELECT DISTINCT order_id FROM allocations WHERE order_id = ANY($1::text[]) AND sku = $2 AND open > 0"


@dataclass(frozen=True, slots=True)
class Routed:
    """Units of a line that a location serves from now on."""

    order_id: str
    line_no: int
    sku: str
    location_id: str
    quantity: int
    routed: int
    pool_id: str = ""
    kit_sku: str = ""
    excluded: tuple[str, ...] = ()


async def skus(tx: Tx, order_ids: Sequence[str]) -> set[str]:
    """What these orders wait for."""
    return {row["sku"] for row in await tx.fetch(_SKUS, list(order_ids))}


async def tasks(tx: Tx, sku: str) -> list[tuple[str, str]]:
    """Where somebody was asked to look at promises of a SKU, and at whose: those that nobody ended."""
    return [(row["location_id"], row["subject"]) for row in await tx.fetch(_TASKS, sku)]


async def waiting(tx: Tx, order_ids: Sequence[str], sku: str) -> set[str]:
    """Those of these orders that wait for the SKU, wherever."""
    return {row["order_id"] for row in await tx.fetch(_WAITING, sorted(order_ids), sku)} if order_ids else set()


async def since(tx: Tx, order_ids: Sequence[str]) -> dict[str, datetime]:
    """When the goods of these orders were promised."""
    return {row["order_id"]: row["promise_time"] for row in await tx.fetch(_SINCE, list(order_ids))}


async def route(tx: Tx, given: Sequence[Routed]) -> None:
    """Adds units to where they are served from; levels are locked by the caller."""
    if given:
        rows = [
            (r.order_id, r.line_no, r.sku, r.location_id, r.quantity, r.routed, r.pool_id, r.kit_sku,
             "\x01".join(r.excluded) or None)
            for r in _once(given)
        ]  # fmt: skip
        await tx.execute(_ROUTE, *_columns(rows))


def _once(given: Sequence[Routed]) -> list[Routed]:
    """Each place of a line once: a statement touches a row once only."""
    found: dict[tuple[str, int, str, str], Routed] = {}
    for one in given:
        key = (one.order_id, one.line_no, one.sku, one.location_id)
        if (had := found.get(key)) is not None:
            found[key] = replace(had, quantity=had.quantity + one.quantity, routed=had.routed + one.routed)
        else:
            found[key] = one
    return [found[key] for key in sorted(found)]


async def leave(tx: Tx, given: Sequence[tuple[str, int, str, str, int]]) -> None:
    """Takes units (order, line, SKU, location, how many) from where they stand or were routed to."""
    if given:
        await tx.execute(_LEAVE, *_columns(given))


async def exclude(tx: Tx, given: Mapping[tuple[str, int, str], tuple[str, ...]]) -> None:
    """The places that a line (order, line, SKU) is not sent from any more; levels are locked by the caller."""
    if given:
        await tx.execute(_EXCLUDE, *_columns([(*key, "\x01".join(shut)) for key, shut in sorted(given.items())]))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
