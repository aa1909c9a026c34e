"""Every SQL statement about carts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from kit.access import Actor
from kit.postgres import Tx
from services.order.cart.domain import Cart, CheckingOut, Contents, Lock, State

_COLUMNS = """cart_id, member_id, state, version, channel_id, location_id, contents::text AS contents, order_id,
       merged_into, change_time, lock_client, lock_until,
       extract(epoch FROM lock_until - clock_timestamp()) AS lock_left, token_hash,
       checkout_principal, checkout_request, checkout_until > clock_timestamp() AS checkout_live"""
_FIND = f"SELECT {_COLUMNS} FROM carts WHERE cart_id = ANY($1::uuid[]) ORDER BY cart_id"
_LOCKED = f"{_FIND} FOR UPDATE"
# a merger gives a member several, until they are joined
_OF_MEMBER = f"""
SELECT {_COLUMNS} FROM carts WHERE member_id IN (SELECT ids_of_member($1)) AND state = 'ACTIVE' ORDER BY cart_id
"""
_MEANS = "SELECT resolve_member($1) = resolve_member($2)"
# whoever brings two carts at once has one afterwards
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('cart:' || (SELECT resolve_member($1))::text, 0))"
_INSERT = """
INSERT INTO carts (cart_id, member_id, state, version, channel_id, location_id, contents, change_time, token_hash,
    actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, 'ACTIVE', $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING RETURNING true
"""
_PUT = """
UPDATE carts SET member_id = $2, state = $3, version = $4, channel_id = $5, location_id = $6, contents = $7::jsonb,
       order_id = $8, merged_into = $9, change_time = $10, actor_kind = $11, actor_id = $12, actor_terminal_id = $13
 WHERE cart_id = $1
"""
_LOCK = """
UPDATE carts SET lock_client = $2, lock_until = clock_timestamp() + $3::interval, location_id = $4 WHERE cart_id = $1
"""
_UNLOCK = "UPDATE carts SET lock_client = '', lock_until = NULL WHERE cart_id = $1"
_BEGIN = """
UPDATE carts SET checkout_principal = $2, checkout_request = $3, checkout_until = clock_timestamp() + $4::interval
 WHERE cart_id = $1
"""
_LEAVE = """
UPDATE carts SET checkout_principal = '', checkout_request = '', checkout_until = NULL, order_id = '' WHERE cart_id = $1
"""
# what became of the request that makes an order of a cart
_MADE = """
SELECT orders.order_id::text AS order_id, orders.state
  FROM requests JOIN orders ON orders.order_id = nullif(requests.aggregate_id, '')::uuid
 WHERE request_id = $1 AND principal = $2 AND rpc = $3
"""
_TAKE = """
INSERT INTO cart_codes (nonce, cart_id, taken_by, expire_time) VALUES ($1, $2, $3, $4)
ON CONFLICT (nonce) DO NOTHING RETURNING true
"""
_TAKEN_BY = "SELECT taken_by FROM cart_codes WHERE nonce = $1"
_UNSETTLED = """
SELECT cart_id FROM carts WHERE checkout_request <> '' AND checkout_until < clock_timestamp()
 ORDER BY checkout_until LIMIT $1
"""
# a till that forgot about a cart holds it no longer than its lease: nobody's carts end with their last change
_SWEEP = """
WITH gone AS (
    DELETE FROM carts WHERE cart_id IN (
        SELECT cart_id FROM carts
         WHERE (member_id IS NULL OR state <> 'ACTIVE') AND change_time < $1 AND checkout_request = ''
         ORDER BY change_time LIMIT $2)
    RETURNING true
)
SELECT count(*) FROM gone
"""
_SWEEP_CODES = "DELETE FROM cart_codes WHERE expire_time < $1"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Contents).decode


@dataclass(frozen=True, slots=True)
class Made:
    """The order that a cart's request came to."""

    order_id: str
    state: str


async def find(tx: Tx, cart_id: str) -> Cart | None:
    """A cart as it stands."""
    row = await tx.fetchrow(_FIND, [cart_id])
    return _cart(row) if row else None


async def locked(tx: Tx, cart_ids: Sequence[str]) -> list[Cart]:
    """These carts, nobody else's to change until the transaction ends; in the order of their ids."""
    return [_cart(row) for row in await tx.fetch(_LOCKED, list(cart_ids))]


async def of_member(tx: Tx, member_id: str) -> list[Cart]:
    """The member's carts, under whichever of his ids."""
    return [_cart(row) for row in await tx.fetch(_OF_MEMBER, member_id)]


async def means(tx: Tx, one: str, other: str) -> bool:
    """Whether two ids mean the same member by now."""
    return bool(await tx.fetchval(_MEANS, one, other))


async def alone(tx: Tx, member_id: str) -> None:
    """Nobody else brings a cart to this member until the transaction ends."""
    await tx.execute(_ALONE, member_id)


async def insert(tx: Tx, cart: Cart, actor: Actor) -> bool:
    """A new cart; False if the member has one already."""
    given = (cart.cart_id, cart.member_id, cart.version, cart.channel_id, cart.location_id, _text(cart.contents))
    end = (cart.change_time, cart.token_hash, actor.kind, actor.id, actor.terminal_id)
    return bool(await tx.fetchval(_INSERT, *given, *end))


async def put(tx: Tx, cart: Cart, actor: Actor) -> None:
    """The cart as it is now; locks and checkouts have statements of their own."""
    given = (cart.cart_id, cart.member_id, cart.state, cart.version, cart.channel_id, cart.location_id)
    end = (cart.order_id, cart.merged_into, cart.change_time, actor.kind, actor.id, actor.terminal_id)
    await tx.execute(_PUT, *given, _text(cart.contents), *end)


async def lock(tx: Tx, cart: Cart, client_id: str, lease: timedelta, location_id: str) -> None:
    """Gives the cart to a client for a while; a till's is in its store."""
    await tx.execute(_LOCK, cart.cart_id, client_id, lease, location_id or cart.location_id)


async def unlock(tx: Tx, cart_id: str) -> None:
    """Lets go."""
    await tx.execute(_UNLOCK, cart_id)


async def begin(tx: Tx, cart_id: str, principal: str, request_id: str, lease: timedelta) -> None:
    """An order is being made of it."""
    await tx.execute(_BEGIN, cart_id, principal, request_id, lease)


async def leave(tx: Tx, cart_id: str) -> None:
    """No order is being made of it."""
    await tx.execute(_LEAVE, cart_id)


async def made(tx: Tx, checkout: CheckingOut, rpc: str) -> Made | None:
    """The order that the request began, if it did."""
    row = await tx.fetchrow(_MADE, checkout.request_id, checkout.principal, rpc)
    return Made(row["order_id"], row["state"]) if row else None


async def take(tx: Tx, nonce: bytes, cart_id: str, taken_by: str, expire_time: datetime) -> bool:
    """Uses a code; False if somebody else did before."""
    if await tx.fetchval(_TAKE, nonce, cart_id, taken_by, expire_time):
        return True
    return bool(await tx.fetchval(_TAKEN_BY, nonce) == taken_by)


async def unsettled(tx: Tx, most: int) -> list[str]:
    """Carts whose order nobody has asked about for a while."""
    return [row["cart_id"] for row in await tx.fetch(_UNSETTLED, most)]


async def sweep(tx: Tx, before: datetime, most: int) -> int:
    """Removes carts of nobody, and those that are over, which nobody has changed since then."""
    return int(await tx.fetchval(_SWEEP, before, most))


async def sweep_codes(tx: Tx, before: datetime) -> None:
    """Removes used codes that could not be used any more."""
    await tx.execute(_SWEEP_CODES, before)


def _text(contents: Contents) -> str:
    return _encode(contents).decode()


def _cart(row: Any) -> Cart:
    left = row["lock_left"]
    lock = Lock(row["lock_client"], row["lock_until"], float(left)) if left is not None and left > 0 else None
    request = row["checkout_request"]
    checkout = CheckingOut(row["checkout_principal"], request, bool(row["checkout_live"])) if request else None
    return Cart(
        cart_id=row["cart_id"],
        member_id=row["member_id"],
        channel_id=row["channel_id"],
        location_id=row["location_id"],
        state=State(row["state"]),
        version=row["version"],
        contents=_decode(row["contents"]),
        lock=lock,
        checkout=checkout,
        order_id=row["order_id"],
        merged_into=row["merged_into"],
        change_time=row["change_time"],
        token_hash=row["token_hash"],
    )
