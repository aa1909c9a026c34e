"""The saga's steps between its ends, each one statement: wait, turn back, end."""

from typing import Any

import msgspec

from kit.audit import Check
from kit.postgres import Tx
from services.order.checkout.domain import Order
from services.order.checkout.domain_saga import Cause, Checkout, Step
from services.order.checkout.store_placing import PLACE_ORDER

_WAIT = """
WITH moved AS (
    UPDATE orders SET state = 'PENDING_PAYMENT', version = $2, update_time = now()
     WHERE order_id = $1 AND state = 'PENDING' RETURNING order_id
), saga AS (
    UPDATE checkouts SET step = 'PAY', redirect_url = $3, update_time = now()
      FROM moved WHERE checkouts.order_id = moved.order_id
)
UPDATE requests SET answer = $4
  FROM moved WHERE request_id = $5 AND principal = $6 AND rpc = $7 AND answer IS NULL
"""
_TURN = """
WITH saga AS (
    UPDATE checkouts SET step = 'UNDO', cause = $2::jsonb, update_time = now()
     WHERE order_id = $1 AND step IN ('PLACE', 'PAY') RETURNING order_id, request_id, principal
), forgotten AS (
    DELETE FROM requests USING saga
     WHERE $5 AND requests.request_id = saga.request_id AND requests.principal = saga.principal AND rpc = $6
       AND aggregate_id = saga.order_id::text AND answer IS NULL
), moved AS (
    UPDATE orders SET state = 'CANCELLED', version = $3, reason = $4, update_time = now()
      FROM saga WHERE orders.order_id = saga.order_id RETURNING orders.order_id
)
SELECT order_id FROM moved
"""
_END = """
UPDATE checkouts SET step = 'DONE', instrument_token = '', update_time = now() WHERE order_id = $1 AND step = 'UNDO'
"""
_COLUMNS = """
order_id, step, provider, instrument_token, return_url, cart_hold_id, principal, request_id, pay_until, redirect_url,
cause::text AS cause
"""
_FIND = f"SELECT {_COLUMNS} FROM checkouts WHERE order_id = $1"
_LOCK = f"SELECT {_COLUMNS} FROM checkouts WHERE order_id = $1 FOR UPDATE"
_CANCEL_CONFIRMED = """
UPDATE orders SET state = 'CANCELLED', version = version + 1, reason = $2, update_time = now()
 WHERE order_id = $1 AND state = 'CONFIRMED' RETURNING version
"""

# orders whose checkout runs: one page, for the proof over several services
OPEN = "SELECT order_id FROM checkouts WHERE step <> 'DONE' AND order_id > $1::uuid ORDER BY order_id LIMIT $2"

CHECKS = (
    Check(
        "checkout.open_orders_have_a_saga",
        "SELECT count(*) FROM orders WHERE state IN ('PENDING', 'PENDING_PAYMENT')",
        """
        SELECT 'order=' || orders.order_id AS subject, 'a saga that is due or leased' AS expected,
               orders.state || ', saga ' || coalesce(step, 'missing') AS found, 'omoctl saga retry' AS repair
          FROM orders LEFT JOIN checkouts USING (order_id)
          LEFT JOIN timers ON key = orders.order_id::text AND kind = 'checkout'
         WHERE state IN ('PENDING', 'PENDING_PAYMENT')
           AND (step IS NULL OR step NOT IN ('PLACE', 'PAY') OR timers.key IS NULL) LIMIT 100
        """,
    ),
    Check(
        "checkout.sagas_end_with_their_order",
        "SELECT count(*) FROM checkouts",
        """
        SELECT 'order=' || checkouts.order_id AS subject, 'DONE, or a timer' AS expected, step AS found,
               'omoctl saga retry' AS repair
          FROM checkouts JOIN orders USING (order_id)
          LEFT JOIN timers ON key = checkouts.order_id::text AND kind = 'checkout'
         WHERE (step = 'DONE') <> (timers.key IS NULL)
            OR (step = 'DONE' AND state NOT IN ('CONFIRMED', 'CANCELLED'))
            OR (step = 'UNDO' AND state <> 'CANCELLED') LIMIT 100
        """,
    ),
)

_encode = msgspec.json.Encoder().encode
_decode_cause = msgspec.json.Decoder(Cause).decode


async def wait(tx: Tx, order: Order, checkout: Checkout, redirect_url: str, answer: bytes) -> None:
    """The order as given waits for its payment; the caller has locked the saga and keeps its lease."""
    asked = (checkout.request_id, checkout.principal, PLACE_ORDER)
    await tx.execute(_WAIT, order.order_id, order.version, redirect_url, answer, *asked)


async def turn(tx: Tx, order: Order, cause: Cause, forget: bool) -> bool:
    """The order as given is CANCELLED, never to go forward again; False if its saga had ended or turned before.

    With `forget` its request is as if it had never been made, unless it was answered.
    """
    why = (_encode(cause).decode(), order.version, order.reason)
    return bool(await tx.fetchval(_TURN, order.order_id, *why, forget, PLACE_ORDER))


async def end(tx: Tx, order_id: str) -> None:
    """Everything is undone."""
    await tx.execute(_END, order_id)


async def find(tx: Tx, order_id: str) -> Checkout | None:
    return _checkout(await tx.fetchrow(_FIND, order_id))


async def lock(tx: Tx, order_id: str) -> Checkout | None:
    """The saga row, locked: notifications and the saga's own steps wait for each other here."""
    return _checkout(await tx.fetchrow(_LOCK, order_id))


async def cancel_confirmed(tx: Tx, order_id: str, reason: str) -> int | None:
    """Cancels an order after its confirmation; gives its new version, None if it was not CONFIRMED."""
    version: int | None = await tx.fetchval(_CANCEL_CONFIRMED, order_id, reason)
    return version


def _checkout(row: Any) -> Checkout | None:
    if row is None:
        return None
    values = dict(row)
    cause = values.pop("cause")
    return Checkout(**values | {"step": Step(row["step"]), "cause": _decode_cause(cause) if cause else None})
