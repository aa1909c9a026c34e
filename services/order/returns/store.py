"""Returns and their units: locked by order, changed step by step."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.returns.domain import Disposition, Flag, Return, SentOn, State, Units
from services.order.returns.domain_policy import Good

_LOCK_ORDER = """
INSERT INTO return_orders (order_id, version) VALUES ($1, 1)
    ON CONFLICT (order_id) DO UPDATE SET version = return_orders.version + 1
"""
_ORDER_OF = "SELECT order_id FROM returns WHERE return_id = $1"
_COLUMNS = """return_id, order_id, order_no, state, location_id, reason, business_time, update_time, flags, as_credit,
       exchange_order_id, version, sent_from, sent_to, left_time, arrive_time"""
_UNITS = """
       (SELECT json_agg(json_build_array(line_no, first_unit, last_unit, sku, name, quantity, by_measure, amount,
                   net_total, earn_base, points_returned, disposition) ORDER BY line_no, first_unit)
          FROM return_units AS u WHERE u.return_id = r.return_id) AS units
"""
_OF_ORDER = f"""
SELECT {_COLUMNS}, {_UNITS} FROM returns AS r
 WHERE order_id = $1 ORDER BY business_time DESC, return_id DESC LIMIT 1000
"""
_BY_IDS = f"""
SELECT {_COLUMNS}, {_UNITS},
       ARRAY(SELECT sku FROM return_units AS u JOIN variants USING (sku)
              WHERE u.return_id = r.return_id AND (variants.serials OR EXISTS (
                    SELECT FROM unit_serials AS one WHERE one.order_id = r.order_id AND one.sku = u.sku))) AS asking
  FROM returns AS r WHERE return_id = ANY($1::uuid[])
"""
_INSERT = """
WITH made AS (
    INSERT INTO returns (return_id, order_id, order_no, state, location_id, reason, flags, as_credit,
        exchange_order_id, version, business_time, update_time, actor_kind, actor_id, actor_terminal_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text[], $8, $9, $10, $11, $11, $12, $13, $14)
    ON CONFLICT (return_id) DO NOTHING RETURNING return_id
), step AS (
    INSERT INTO return_steps (return_id, version, step, reason, actor_kind, actor_id, actor_terminal_id, business_time)
    SELECT return_id, $10, $4, $6, $12, $13, $14, $11 FROM made
)
SELECT return_id FROM made
"""
_CHANGE = """
WITH changed AS (
    UPDATE returns SET state = $2, location_id = $3, flags = $4::text[], as_credit = $5, exchange_order_id = $6,
           version = $7, update_time = $8 WHERE return_id = $1 RETURNING return_id
)
INSERT INTO return_steps (return_id, version, step, reason, actor_kind, actor_id, actor_terminal_id, business_time)
SELECT return_id, $7, $9, $10, $11, $12, $13, $8 FROM changed
"""
_SEND_ON = "UPDATE returns SET sent_from = $2, sent_to = $3, left_time = $4, arrive_time = $5 WHERE return_id = $1"
_CLEAR = "DELETE FROM return_units WHERE return_id = $1"
_PUT_UNITS = """
INSERT INTO return_units (order_id, return_id, live, line_no, first_unit, last_unit, sku, name, quantity, by_measure,
    amount, net_total, earn_base, points_returned, disposition)
SELECT $1, $2, $3, * FROM unnest($4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bigint[],
    $10::bool[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[])
"""
_FREE = "UPDATE return_units SET live = false WHERE return_id = $1 AND live"
_PAGE = f"""
SELECT {_COLUMNS}, {_UNITS} FROM returns AS r
 WHERE (business_time, return_id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
 ORDER BY business_time DESC, return_id DESC LIMIT $4
"""
_PAGE_HERE = f"""
SELECT {_COLUMNS}, {_UNITS} FROM returns AS r
 WHERE location_id = $5 AND (business_time, return_id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
 ORDER BY business_time DESC, return_id DESC LIMIT $4
"""
_MANY_OF = """
SELECT count(*) FROM ids_of_member($1) AS id
  JOIN orders ON orders.member_id = id JOIN returns USING (order_id)
 WHERE returns.business_time > $2 AND returns.state <> 'CANCELLED'
"""
_GOODS = """
SELECT sku, categories, serials OR EXISTS (
       SELECT FROM unit_serials AS one WHERE one.order_id = $2 AND one.sku = variants.sku) AS serials
  FROM variants WHERE sku = ANY($1::text[])
"""
_KIND_OF = "SELECT kind FROM locations WHERE location_id = $1"
_PLACE = "SELECT kind, active FROM locations WHERE location_id = $1"
_DROP_POINTS = """
SELECT NOT EXISTS (SELECT FROM unnest($1::text[]) AS asked (location_id)
                    WHERE NOT EXISTS (SELECT FROM locations AS l
                                       WHERE l.location_id = asked.location_id AND l.kind = 'DROP_POINT'))
"""
_TIER = "SELECT tier FROM member_tiers WHERE member_id = resolve_member($1)"
_FIRST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
_decode = msgspec.json.Decoder(
    list[tuple[int, int, int, str, str, int, bool, int, int, int, int, Disposition]]
).decode  # fmt: skip

Cursor = tuple[datetime, str]


async def lock_order(tx: Tx, order_id: str) -> None:
    """Nobody else decides about this order's units until the transaction ends."""
    await tx.execute(_LOCK_ORDER, order_id)


async def order_of(tx: Tx, return_id: str) -> str | None:
    """Whose units a return is about."""
    found: str | None = await tx.fetchval(_ORDER_OF, return_id)
    return found


async def of_order(tx: Tx, order_id: str) -> list[Return]:
    """An order's returns, newest first."""
    return [_return(row) for row in await tx.fetch(_OF_ORDER, order_id)]


async def by_ids(tx: Tx, return_ids: Sequence[str]) -> dict[str, Return]:
    """Returns by their ids; those that are not there are left out."""
    return {row["return_id"]: _return(row) for row in await tx.fetch(_BY_IDS, list(return_ids))}


async def insert(tx: Tx, given: Return, actor: Actor) -> bool:
    """Writes a new return and its units; False if its id was there before."""
    head = (given.return_id, given.order_id, given.order_no, given.state, given.location_id, given.reason)
    more = (list(given.flags), given.as_credit, given.exchange_order_id, given.version, given.business_time)
    if await tx.fetchval(_INSERT, *head, *more, actor.kind, actor.id, actor.terminal_id) is None:
        return False
    await _put_units(tx, given)
    return True


async def change(tx: Tx, given: Return, step: str, reason: str, actor: Actor) -> None:
    """Writes a return's next step; its units as they are then."""
    head = (given.return_id, given.state, given.location_id, list(given.flags), given.as_credit)
    more = (given.exchange_order_id, given.version, given.update_time, step, reason)
    await tx.execute(_CHANGE, *head, *more, actor.kind, actor.id, actor.terminal_id)
    if given.state is State.CANCELLED:
        await tx.execute(_FREE, given.return_id)
    elif step != State.CLOSED:
        await tx.execute(_CLEAR, given.return_id)
        await _put_units(tx, given)


async def send_on(tx: Tx, return_id: str, sent: SentOn) -> None:
    """Writes how far a return is on its way from a drop point."""
    await tx.execute(_SEND_ON, return_id, sent.source, sent.target, sent.left_time, sent.arrive_time)


async def page(tx: Tx, after: Cursor | None, size: int, state: State | None, location_id: str | None) -> list[Return]:
    """Returns, newest first."""
    given = (*(after or _FIRST), state, size)
    rows = await (tx.fetch(_PAGE_HERE, *given, location_id) if location_id else tx.fetch(_PAGE, *given))
    return [_return(row) for row in rows]


async def many_of(tx: Tx, member_id: str, since: datetime) -> int:
    """How often a member returned something since then."""
    return int(await tx.fetchval(_MANY_OF, member_id, since))


async def goods(tx: Tx, order_id: str, skus: Sequence[str]) -> dict[str, Good]:
    """What the return of an order's goods goes by, as far as we have heard of them."""
    rows = await tx.fetch(_GOODS, list(skus), order_id)
    return {row[0]: Good(tuple(filter(None, row[1].split("\n"))), row[2]) for row in rows}


async def tier(tx: Tx, member_id: str | None) -> str:
    """A member's tier; empty for nobody."""
    return str(await tx.fetchval(_TIER, member_id) or "") if member_id else ""


async def kind_of(tx: Tx, location_id: str) -> str:
    """What kind of place that is; empty where nobody told us."""
    return str(await tx.fetchval(_KIND_OF, location_id) or "")


async def place(tx: Tx, location_id: str) -> tuple[str, bool] | None:
    """What kind of place that is, and whether it is open; None where nobody told us."""
    row = await tx.fetchrow(_PLACE, location_id)
    return (row["kind"], row["active"]) if row else None


async def drop_points(tx: Tx, location_ids: Sequence[str]) -> bool:
    """Whether all of these are drop points."""
    return bool(await tx.fetchval(_DROP_POINTS, list(location_ids)))


async def _put_units(tx: Tx, given: Return) -> None:
    rows = [
        (one.line_no, one.first, one.last, one.sku, one.name, one.quantity, one.by_measure, one.amount, one.net_total,
         one.earn_base, one.points_returned, one.disposition)
        for one in given.units
    ]  # fmt: skip
    if rows:
        live = given.state is not State.CANCELLED
        await tx.execute(_PUT_UNITS, given.order_id, given.return_id, live, *map(list, zip(*rows, strict=True)))


def _return(row: Any) -> Return:
    values = dict(row)
    units = values.pop("units")
    way = [values.pop(name) for name in ("sent_from", "sent_to", "left_time", "arrive_time")]
    return Return(
        **values
        | {
            "state": State(row["state"]),
            "flags": tuple(Flag(one) for one in row["flags"]),
            "units": tuple(Units(*one) for one in _decode(units)) if units else (),
            "asking": frozenset(row.get("asking") or ()),
            "sent": SentOn(*way) if way[0] else None,
        }
    )
