"""Policies, runs and suggestions."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.planning.domain import Lot, LotLine, Policy, Suggestion, read_policy

_POLICY = "SELECT version, document FROM planning_policies WHERE version > 0 ORDER BY version DESC LIMIT 1"
_PUT_POLICY = """
INSERT INTO planning_policies (version, document, actor_kind, actor_id, actor_terminal_id) VALUES ($1, $2, $3, $4, $5)
"""
_COLUMNS = """suggestion_id, run_id, kind, rank, sku, from_location_id, to_location_id, quantity, expected_units,
    expected_margin, move_cost, why, allocation_id, state, decided_quantity, decide_time, transfer_id, decline_reason,
    version, actor_kind, actor_id, actor_terminal_id"""
_ONE = f"SELECT {_COLUMNS} FROM transfer_suggestions WHERE suggestion_id = $1"
_LOCKED = f"{_ONE} FOR UPDATE"
_PAGE = f"""
SELECT {_COLUMNS} FROM transfer_suggestions
 WHERE state = $1 AND (gain < $2 OR (gain = $2 AND suggestion_id > $3)) AND ($4 = '' OR sku = $4)
   AND ($5 = '' OR from_location_id = $5 OR to_location_id = $5) AND ($6 = '' OR kind = $6)
 ORDER BY gain DESC, suggestion_id LIMIT $7
"""
_OF_LOT = f"SELECT {_COLUMNS} FROM transfer_suggestions WHERE allocation_id = $1 ORDER BY sku, to_location_id"
_DECIDE = """
UPDATE transfer_suggestions SET state = $2, decided_quantity = $3, decide_time = $4, transfer_id = $5,
    decline_reason = $6, version = $7, actor_kind = $8, actor_id = $9, actor_terminal_id = $10
 WHERE suggestion_id = $1
"""
_SOLD = """
SELECT coalesce(-sum(quantity), 0)::bigint FROM movements
 WHERE sku = $1 AND location_id = $2 AND business_time >= $3 AND kind = ANY($4::text[])
"""
_PUT_LOT = """
INSERT INTO lot_allocations (allocation_id, state, location_id, reference, lines, create_time, actor_kind, actor_id,
    actor_terminal_id)
VALUES ($1, 'REQUESTED', $2, $3, $4, $5, $6, $7, $8)
"""
_LOT = """
SELECT allocation_id, state, location_id, reference, lines, kept, run_id, create_time, version
  FROM lot_allocations WHERE allocation_id = $1
"""


async def policy(tx: Tx) -> Policy:
    """The newest policy; before anybody said anything, the default."""
    row = await tx.fetchrow(_POLICY)
    return read_policy(json.loads(row["document"]), row["version"]) if row else Policy()


async def put_policy(tx: Tx, given: Policy, actor: Actor) -> None:
    """Adds a version."""
    document = asdict(given)
    document.pop("version")
    await tx.execute(_PUT_POLICY, given.version, json.dumps(document), actor.kind.value, actor.id, actor.terminal_id)


async def one(tx: Tx, suggestion_id: str, *, lock: bool = False) -> Suggestion | None:
    """A suggestion; locked, nobody else decides it."""
    row = await tx.fetchrow(_LOCKED if lock else _ONE, suggestion_id)
    return _suggestion(row) if row else None


async def page(
    tx: Tx, state: str, after: tuple[int, str], sku: str, location_id: str, kind: str, size: int
) -> list[Suggestion]:
    """Suggestions of one state, the one that gains most first."""
    return [_suggestion(row) for row in await tx.fetch(_PAGE, state, *after, sku, location_id, kind, size)]


async def of_lot(tx: Tx, allocation_id: str) -> list[Suggestion]:
    """What was suggested of a lot."""
    return [_suggestion(row) for row in await tx.fetch(_OF_LOT, allocation_id)]


async def decide(tx: Tx, given: Suggestion, actor: Actor) -> None:
    """Writes down what became of a suggestion."""
    decided = (given.state, given.decided_quantity, given.decide_time, given.transfer_id, given.decline_reason)
    who = (actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_DECIDE, given.suggestion_id, *decided, given.version, *who)


async def sold(tx: Tx, sku: str, location_id: str, since: datetime, kinds: Sequence[str]) -> int:
    """What a place sold of a SKU since then, less what came back."""
    found: int = await tx.fetchval(_SOLD, sku, location_id, since, list(kinds))
    return found


async def put_lot(tx: Tx, lot: Lot, actor: Actor) -> None:
    """Leaves a lot for the planner."""
    lines = json.dumps([{"sku": line.sku, "quantity": line.quantity} for line in lot.lines])
    who = (actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_PUT_LOT, lot.allocation_id, lot.location_id, lot.reference, lines, lot.create_time, *who)


async def lot(tx: Tx, allocation_id: str) -> Lot | None:
    """A lot, with what stays of it once it is shared out."""
    row = await tx.fetchrow(_LOT, allocation_id)
    if row is None:
        return None
    held = dict(row)
    # lines of one SKU stand in one order in both
    kept = json.loads(held.pop("kept"))
    lines = json.loads(held.pop("lines"))
    stays = [{name: one[name] for name in ("reserve", "left_over")} for one in kept] or [{}] * len(lines)
    return Lot(lines=tuple(LotLine(**line, **more) for line, more in zip(lines, stays, strict=True)), **held)


def _suggestion(row: Any) -> Suggestion:
    held = dict(row)
    return Suggestion(**held | {"why": json.loads(held["why"])})
