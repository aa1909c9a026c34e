"""Holds and their lines."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.stock.domain import Hold, Line, State, Who

_HOLDS = """
SELECT h.hold_id, h.state, h.create_time, h.expire_time, h.order_id, h.member_id, h.fingerprint, h.reason, h.version,
       h.cancelled, l.line_no, l.sku, l.location_id, l.quantity, l.active, l.pool_id, l.kit_sku,
       b.quantity AS backorder, b.promise_time
  FROM holds h LEFT JOIN hold_lines l ON l.hold_id = h.hold_id
  LEFT JOIN backorders b ON b.sku = l.sku AND b.location_id = l.location_id AND b.owner_id = l.hold_id
       AND b.line_no = l.line_no AND l.active
 WHERE h.hold_id = ANY($1::text[]) ORDER BY h.hold_id, l.line_no, l.sku, l.location_id
"""
# Lines change behind the locks of their levels only, so that whoever has those sees them as they are.
_LOCK_WHOLE = f"{_HOLDS.rstrip()} FOR UPDATE OF h"
_LOCK = "SELECT hold_id FROM holds WHERE hold_id = ANY($1::text[]) ORDER BY hold_id FOR UPDATE"
_END = """
WITH ended AS (
    UPDATE holds AS h SET state = e.state, reason = e.reason, version = e.version, cancelled = e.cancelled,
           end_time = coalesce(h.end_time, $6)
      FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[])
           AS e (hold_id, state, reason, version, cancelled)
     WHERE h.hold_id = e.hold_id
    RETURNING h.hold_id
)
UPDATE hold_lines AS l SET active = false FROM ended WHERE l.hold_id = ended.hold_id AND l.active
"""
_MOVE = """
WITH moved AS (
    UPDATE holds AS h SET expire_time = m.expire_time
      FROM unnest($1::text[], $2::timestamptz[]) AS m (hold_id, expire_time) WHERE h.hold_id = m.hold_id
    RETURNING h.hold_id, h.expire_time
)
UPDATE hold_lines AS l SET expire_time = moved.expire_time FROM moved WHERE l.hold_id = moved.hold_id
"""
_DUE = """
SELECT hold_id FROM holds WHERE state = 'ACTIVE' AND expire_time IS NOT NULL AND expire_time <= $1
 ORDER BY expire_time LIMIT $2
"""
# What tills hold for a shopper is theirs.
_OWN = """
SELECT count(*) FROM holds
 WHERE member_id = $1 AND state = 'ACTIVE' AND expire_time > $3 AND hold_id <> $2 AND actor_id = member_id
"""
# Never of a cancelled order: that row is what keeps a confirmation told again, however late, from allocating.
_FORGET = """
WITH gone AS (
    DELETE FROM holds WHERE hold_id IN (
        SELECT hold_id FROM holds WHERE state <> 'ACTIVE' AND NOT cancelled AND end_time < $1
         ORDER BY end_time LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING hold_id
), lines AS (
    DELETE FROM hold_lines l USING gone WHERE l.hold_id = gone.hold_id
)
SELECT count(*) FROM gone
"""
# One hold in one statement: what the batch must equal. Nothing is written unless every place has enough.
_HOLD_ONE = """
WITH wanted AS (
    SELECT l.line_no, l.sku, l.location_id, l.quantity
      FROM unnest($2::int[], $3::text[], $4::text[], $5::bigint[]) AS l (line_no, sku, location_id, quantity)
), demand AS (
    SELECT sku, location_id, sum(quantity)::bigint AS quantity FROM wanted GROUP BY sku, location_id
), locked AS (
    SELECT l.sku, l.location_id, l.available FROM stock_levels l
     WHERE (l.sku, l.location_id) IN (SELECT * FROM unnest($3::text[], $4::text[]))
     ORDER BY l.sku, l.location_id FOR UPDATE
), enough AS (
    SELECT count(*) FILTER (WHERE coalesce(locked.available, 0) >= demand.quantity) = count(*) AS yes
      FROM demand LEFT JOIN locked USING (sku, location_id)
), made AS (
    INSERT INTO holds (hold_id, state, order_id, member_id, expire_time, create_time, fingerprint, actor_kind,
        actor_id, actor_terminal_id)
    SELECT $1, 'ACTIVE', $6, $7, $8, $9, $10, $11, $12, $13 FROM enough WHERE yes
    ON CONFLICT (hold_id) DO NOTHING RETURNING hold_id
), lines AS (
    INSERT INTO hold_lines (hold_id, line_no, sku, location_id, quantity, expire_time)
    SELECT made.hold_id, wanted.line_no, wanted.sku, wanted.location_id, wanted.quantity, $8 FROM made, wanted
), taken AS (
    UPDATE stock_levels AS l SET held = l.held + demand.quantity, version = l.version + 1 FROM made, demand
     WHERE l.sku = demand.sku AND l.location_id = demand.location_id
)
SELECT EXISTS (SELECT FROM made) AS made
"""


async def by_id(tx: Tx, hold_ids: Iterable[str], *, lock: bool = False) -> dict[str, Hold]:
    """The holds with their lines; locked in key order if asked."""
    wanted = sorted(set(hold_ids))
    if not wanted:
        return {}
    if lock:
        await tx.execute(_LOCK, wanted)
    return _together(await tx.fetch(_HOLDS, wanted))


async def lock(tx: Tx, hold_ids: Iterable[str]) -> dict[str, Hold]:
    """These holds, locked in key order by somebody who has locked the levels of their lines before."""
    return _together(await tx.fetch(_LOCK_WHOLE, sorted(set(hold_ids))))


def _together(rows: Iterable[Any]) -> dict[str, Hold]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["hold_id"], []).append(row)
    return {hold_id: hold_of(some) for hold_id, some in found.items()}


async def end(tx: Tx, ended: Sequence[Hold], now: datetime) -> None:
    """Writes how holds ended; none of their lines holds anything any more."""
    rows = [(h.hold_id, h.state.value, h.reason, h.version, h.cancelled) for h in ended]
    if rows:
        await tx.execute(_END, *map(list, zip(*rows, strict=True)), now)


async def move(tx: Tx, moved: Sequence[Hold]) -> None:
    """Writes the new ends of cart holds."""
    if moved:
        await tx.execute(_MOVE, [h.hold_id for h in moved], [h.expire_time for h in moved])


async def due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Cart holds whose time has passed, longest ago first."""
    return [row["hold_id"] for row in await tx.fetch(_DUE, now, limit)]


async def own(tx: Tx, member_id: str, but: str, now: datetime) -> int:
    """How many cart holds, but this one, a shopper has made himself that stand."""
    return int(await tx.fetchval(_OWN, member_id, but, now))


async def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Deletes holds that ended before this time, longest ago first; returns how many."""
    return int(await tx.fetchval(_FORGET, before, limit))


async def hold_one(tx: Tx, hold: Hold, who: Who) -> bool:
    """Holds all lines or none in one statement; False if something is short or the hold is known."""
    lines = [(line.line_no, line.sku, line.location_id, line.quantity) for line in hold.lines]
    head = (hold.order_id, hold.member_id, hold.expire_time, hold.create_time, hold.fingerprint)
    columns = map(list, zip(*lines, strict=True))
    return bool(await tx.fetchval(_HOLD_ONE, hold.hold_id, *columns, *head, who.kind, who.id, who.terminal_id))


def line_of(row: Any) -> Line:
    """A part of a line, as a row has it."""
    return Line(
        row["line_no"],
        row["sku"],
        row["location_id"],
        row["quantity"],
        row["active"],
        row["pool_id"],
        row["kit_sku"],
        row["backorder"] or 0,
        row["promise_time"],
    )


def hold_of(rows: Sequence[Any]) -> Hold:
    """A hold out of its rows, one for each line."""
    head = rows[0]
    lines = tuple(line_of(row) for row in rows if row["line_no"] is not None)
    return Hold(
        head["hold_id"],
        State(head["state"]),
        lines,
        head["create_time"],
        head["expire_time"],
        head["order_id"],
        head["member_id"],
        head["fingerprint"],
        head["reason"],
        head["version"],
        head["cancelled"],
    )
