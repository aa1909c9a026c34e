"""Push subscriptions, addresses that have ended, and what providers have told, in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime

from kit.postgres import Tx

_MEANING = "SELECT $1::uuid AS member_id UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = $1"

_CLAIM_NOTICE = """
INSERT INTO channel_notices (notice_id, provider) VALUES ($1, $2)
ON CONFLICT (notice_id, provider) DO NOTHING RETURNING true
"""
_FORGET_NOTICES = """
DELETE FROM channel_notices
 WHERE (notice_id, provider) IN (SELECT notice_id, provider FROM channel_notices WHERE record_time < $1
                                  ORDER BY record_time LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
_END = """
INSERT INTO address_ends AS had (lookup, channel, code, end_time, detail) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (lookup) DO UPDATE
   SET code = excluded.code, end_time = excluded.end_time, detail = excluded.detail
 WHERE had.end_time < excluded.end_time
"""
_REVIVE = "DELETE FROM address_ends WHERE lookup = $1 AND end_time <= $2"
_ENDED = "SELECT lookup FROM address_ends WHERE lookup = ANY($1::bytea[])"
_WHY = "SELECT lookup, code, detail, end_time FROM address_ends WHERE lookup = ANY($1::bytea[])"
# A bounce comes by mail, which anybody can write: it counts for the address of whom the message was for, and no other.
_WRITTEN_TO = """
SELECT EXISTS (SELECT FROM messages AS m JOIN member_identifiers AS i ON resolve_member(m.member_id) = i.member_id
                WHERE m.message_id = $1 AND m.channel = 'email' AND i.kind = 'email' AND i.lookup = $2)
"""

_SUBSCRIBE = """
INSERT INTO push_subscriptions AS had (subscription_id, member_id, lookup, subscription_sealed, add_time)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (lookup) DO UPDATE
   SET member_id = excluded.member_id, subscription_sealed = excluded.subscription_sealed,
       add_time = excluded.add_time, subscription_id = CASE WHEN had.member_id = excluded.member_id
                                                            THEN had.subscription_id ELSE excluded.subscription_id END
RETURNING subscription_id
"""
_UNSUBSCRIBE = f"DELETE FROM push_subscriptions WHERE subscription_id = $2 AND member_id IN ({_MEANING})"
_FORGET_ENDPOINT = "DELETE FROM push_subscriptions WHERE lookup = $1"
_SUBSCRIPTIONS = f"""
SELECT subscription_id, member_id, subscription_sealed, add_time FROM push_subscriptions
 WHERE member_id IN ({_MEANING}) ORDER BY add_time DESC, subscription_id LIMIT 20
"""
_OF_IDS = """
SELECT subscription_id, member_id, subscription_sealed, add_time FROM push_subscriptions
 WHERE member_id = ANY($1::uuid[]) ORDER BY add_time, subscription_id
"""
_FORGET = "DELETE FROM push_subscriptions WHERE member_id = ANY($1::uuid[]) RETURNING true"

# (subscription, the id that subscribed, sealed, when)
Subscription = tuple[str, str, bytes, datetime]


async def claim_notice(tx: Tx, provider: str, notice_id: str) -> bool:
    """Takes what a provider told; False if it was told before."""
    return bool(await tx.fetchval(_CLAIM_NOTICE, notice_id, provider))


async def forget_notices(tx: Tx, before: datetime) -> None:
    """Forgets some of what was told before then."""
    await tx.execute(_FORGET_NOTICES, before)


async def end(tx: Tx, lookup: bytes, channel: str, code: str, at: datetime, detail: str) -> None:
    """The address refuses the brand."""
    await tx.execute(_END, lookup, channel, code, at, detail)


async def why(tx: Tx, lookups: Collection[bytes]) -> dict[bytes, tuple[str, str, datetime]]:
    """Of these those that refuse the brand: code, status, since when."""
    return {row["lookup"]: (row["code"], row["detail"], row["end_time"]) for row in await tx.fetch(_WHY, list(lookups))}


async def written_to(tx: Tx, message_id: str, lookup: bytes) -> bool:
    """Whether a message of ours went by e-mail to whoever has that address."""
    return bool(await tx.fetchval(_WRITTEN_TO, message_id, lookup))


async def revive(tx: Tx, lookup: bytes, at: datetime) -> None:
    """The address takes messages again, unless it refused them later than that."""
    await tx.execute(_REVIVE, lookup, at)


async def ended(tx: Tx, lookups: Collection[bytes]) -> set[bytes]:
    """Which of these refuse the brand."""
    return {row["lookup"] for row in await tx.fetch(_ENDED, list(lookups))}


async def subscribe(
    tx: Tx, subscription_id: str, member_id: str, lookup: bytes, subscription_sealed: bytes, at: datetime
) -> str:
    """Keeps a browser's subscription for whoever is signed in there now; answers its id."""
    return str(await tx.fetchval(_SUBSCRIBE, subscription_id, member_id, lookup, subscription_sealed, at))


async def unsubscribe(tx: Tx, member_id: str, subscription_id: str) -> None:
    """Forgets a subscription of this member's."""
    await tx.execute(_UNSUBSCRIBE, member_id, subscription_id)


async def forget_endpoint(tx: Tx, lookup: bytes) -> None:
    """Forgets a subscription that its push service has ended."""
    await tx.execute(_FORGET_ENDPOINT, lookup)


async def subscriptions(tx: Tx, member_id: str) -> list[Subscription]:
    """A member's, of every id that means him, the newest first."""
    return [tuple(row) for row in await tx.fetch(_SUBSCRIPTIONS, member_id)]


async def of_ids(tx: Tx, member_ids: Sequence[str]) -> list[Subscription]:
    """Those of exactly these ids."""
    return [tuple(row) for row in await tx.fetch(_OF_IDS, list(member_ids))]


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Forgets all of these ids."""
    return len(await tx.fetch(_FORGET, list(member_ids)))
