"""Changes of orders, and what they change that nobody else writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.checkout.domain_saga import Cause
from services.order.checkout.store_placing import PLACE_ORDER
from services.order.edits.domain import Policy
from services.order.edits.domain_places import Move
from services.order.edits.domain_record import Edit

_COLUMNS = """
edit_id, order_id, state, seen_version, fingerprint, asked, added_order_id, charged, released, points_returned,
cause::text AS cause, actor_kind, actor_id, actor_terminal_id, business_time, reason, moved_line_nos, from_location_id,
to_location_id
"""
_FIND = f"SELECT {_COLUMNS} FROM order_edits WHERE edit_id = $1"
_LOCK = f"SELECT {_COLUMNS} FROM order_edits WHERE edit_id = $1 FOR UPDATE"
_RUNNING = "SELECT edit_id FROM order_edits WHERE order_id = $1 AND state IN ('PLACING', 'UNDOING', 'MOVING')"
_OF_ORDER = f"SELECT {_COLUMNS} FROM order_edits WHERE order_id = $1 ORDER BY business_time, edit_id LIMIT 100"
_INSERT = """
INSERT INTO order_edits (edit_id, order_id, state, seen_version, fingerprint, asked, released, points_returned,
    actor_kind, actor_id, actor_terminal_id, business_time, reason, moved_line_nos, from_location_id, to_location_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
_MOVE = """
UPDATE order_edits SET state = $2, added_order_id = $3, charged = $4, released = $5, points_returned = $6,
       cause = $7::jsonb
 WHERE edit_id = $1
"""
_FORGET = "DELETE FROM order_edits WHERE edit_id = $1 AND state = 'PLACING'"
_PLACED = f"""
SELECT nullif(aggregate_id, '')::uuid AS order_id FROM requests
 WHERE request_id = $1 AND principal = $2 AND rpc = '{PLACE_ORDER}'
"""
_REOPEN = f"""
DELETE FROM requests WHERE request_id = $1 AND principal = $2 AND rpc = '{PLACE_ORDER}' AND aggregate_id = ''
"""
_SET_CONTACT = """
WITH tasks AS (
    UPDATE fulfilments SET contact_id = $2, masked_name = $3 WHERE fulfilment_id = ANY($4::uuid[])
)
UPDATE orders SET contact_id = $2, masked_name = $3, update_time = now() WHERE order_id = $1
"""
_SET_SHIPPING = """
UPDATE orders
   SET delivery = coalesce(delivery, '{}'::jsonb)
               || jsonb_build_object('shipping_method', $2::text, 'priority', $3::int), update_time = now()
 WHERE order_id = $1
"""
_OFFERED = "SELECT location_id FROM locations WHERE location_id = ANY($1::text[]) AND pickup AND active"
_BOOKED = """
SELECT fulfilment_id FROM pickup_appointments JOIN fulfilments USING (fulfilment_id)
 WHERE order_id = $1 AND pickup_appointments.state = 'BOOKED'
"""
_POLICY = "SELECT shoppers, minutes, version FROM order_edit_policies ORDER BY version DESC LIMIT 1"
_PUT_POLICY = """
INSERT INTO order_edit_policies (version, shoppers, minutes, actor_kind, actor_id, business_time)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (version) DO NOTHING RETURNING true
"""

_encode = msgspec.json.Encoder().encode
_decode_cause = msgspec.json.Decoder(Cause).decode


async def find(tx: Tx, edit_id: str) -> Edit | None:
    return _edit(await tx.fetchrow(_FIND, edit_id))


async def lock(tx: Tx, edit_id: str) -> Edit | None:
    """One change, locked: whoever works on it waits here."""
    return _edit(await tx.fetchrow(_LOCK, edit_id))


async def running(tx: Tx, order_id: str) -> str | None:
    """The change that an order is in the middle of; the caller has locked the order."""
    found: str | None = await tx.fetchval(_RUNNING, order_id)
    return found


async def of_order(tx: Tx, order_id: str) -> list[Edit]:
    """An order's changes, oldest first."""
    return [edit for row in await tx.fetch(_OF_ORDER, order_id) if (edit := _edit(row)) is not None]


async def insert(tx: Tx, given: Edit) -> None:
    head = (given.edit_id, given.order_id, given.state, given.seen_version, given.fingerprint, given.asked)
    who = (given.actor_kind, given.actor_id, given.actor_terminal_id)
    move = (list(given.move.line_nos), given.move.source, given.move.target) if given.move else ([], "", "")
    rest = (given.business_time, given.reason, *move)
    await tx.execute(_INSERT, *head, given.released, given.points_returned, *who, *rest)


async def move(tx: Tx, given: Edit) -> None:
    """Writes how far it is."""
    cause = _encode(given.cause).decode() if given.cause else None
    sums = (given.charged, given.released, given.points_returned)
    await tx.execute(_MOVE, given.edit_id, given.state, given.added_order_id, *sums, cause)


async def forget(tx: Tx, edit_id: str) -> None:
    """It never was: nobody refused anything, and the same key may ask again."""
    await tx.execute(_FORGET, edit_id)


async def placed(tx: Tx, request_id: str, principal: str) -> str | None:
    """The order that was made of what a change adds, if there is one."""
    found: str | None = await tx.fetchval(_PLACED, request_id, principal)
    return found


async def reopen(tx: Tx, request_id: str, principal: str) -> None:
    """Under this request an order may be made again, if none was."""
    await tx.execute(_REOPEN, request_id, principal)


async def set_contact(tx: Tx, order_id: str, contact_id: str, name: str, fulfilment_ids: Sequence[str]) -> None:
    """The order, and its open tasks, are for this contact."""
    await tx.execute(_SET_CONTACT, order_id, contact_id, name, fulfilment_ids)


async def set_shipping(tx: Tx, order_id: str, method: str, priority: int) -> None:
    """What is shipped goes by this method."""
    await tx.execute(_SET_SHIPPING, order_id, method, priority)


async def offered(tx: Tx, location_ids: Sequence[str]) -> set[str]:
    """Those of these places where goods can be collected."""
    return {row[0] for row in await tx.fetch(_OFFERED, location_ids)}


async def booked(tx: Tx, order_id: str) -> set[str]:
    """The order's tasks for which its shopper said when he comes."""
    return {str(row[0]) for row in await tx.fetch(_BOOKED, order_id)}


async def policy(tx: Tx) -> Policy:
    """The one in force."""
    row = await tx.fetchrow(_POLICY)
    return Policy(*row) if row else Policy()


async def put_policy(tx: Tx, given: Policy, now: datetime, actor: Actor) -> bool:
    """The next version; False if somebody else was first."""
    terms = (given.version, given.shoppers, given.minutes)
    return bool(await tx.fetchval(_PUT_POLICY, *terms, actor.kind, actor.id, now))


def _edit(row: Any) -> Edit | None:
    if row is None:
        return None
    values = dict(row)
    cause = values.pop("cause")
    line_nos, source, target = (values.pop(name) for name in ("moved_line_nos", "from_location_id", "to_location_id"))
    move = Move(tuple(line_nos), source, target) if line_nos else None
    return Edit(**values, cause=_decode_cause(cause) if cause else None, move=move)
