"""Every SQL statement by which messages go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx

# Everybody's row that marketing is counted in: also the lock that lets two batches not both find the last place.
_ROWS = """
INSERT INTO message_counts (member_id) SELECT unnest($1::uuid[]) AS member_id ORDER BY 1 ON CONFLICT DO NOTHING
"""
_LOCK = "SELECT member_id, times FROM message_counts WHERE member_id = ANY($1::uuid[]) ORDER BY member_id FOR UPDATE"
_COUNT = """
UPDATE message_counts
   SET times = array(SELECT t FROM unnest(times) AS t WHERE t > $2::timestamptz - interval '7 days') || $2::timestamptz
 WHERE member_id = ANY($1::uuid[])
"""

# The twin of a message is that of the same occasion to somebody who has turned out to be the same person: whichever
# went out first, or of two that wait the older one, is the only one. Keys end in the member's id.
_TAKE = """
SELECT m.message_id, m.message_key, resolve_member(m.member_id) AS member_id, m.purpose, m.template_id, m.params,
       m.channels, m.campaign_id, m.state, m.cause, m.channel, m.tried, m.tries, m.end_time, m.next_time,
       coalesce(c.state, 0) AS campaign_state, p.name AS place_name, p.names::text AS place_names,
       m.campaign_id <> '' AND EXISTS (
           SELECT FROM member_aliases AS a JOIN messages AS o ON o.member_id IN (a.member_id, a.alias_id)
            WHERE a.member_id = resolve_member(m.member_id) AND o.campaign_id = m.campaign_id
              AND left(o.message_key, -36) = left(m.message_key, -36) AND o.message_id <> m.message_id
              AND (o.state IN (2, 3, 4) OR (o.state = 1 AND o.message_id < m.message_id))) AS twin
  FROM messages AS m LEFT JOIN campaigns AS c ON c.campaign_id = m.campaign_id AND m.campaign_id <> ''
  LEFT JOIN places AS p ON p.location_id = m.params::jsonb ->> 'location_id'
 WHERE m.batch_id = $1 AND m.state IN (1, 2) AND m.next_time <= $2
 ORDER BY m.message_id
   FOR UPDATE OF m
"""

_CLAIM = """
UPDATE messages AS m
   SET state = 2, channel = one.channel, template_version = one.version, tries = m.tries + 1, cause = ''
  FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS one (message_id, channel, version)
 WHERE m.message_id = one.message_id
"""

# Only what is still in hand: a report of the provider's that came first stands.
_SETTLE = """
UPDATE messages AS m
   SET state = one.state, cause = one.cause, next_time = coalesce(one.next_time, m.next_time),
       channel = CASE WHEN one.state = 1 AND NOT one.pinned THEN '' ELSE m.channel END,
       tried = CASE WHEN one.gone THEN m.tried || m.channel ELSE m.tried END,
       provider_ref = coalesce(nullif(one.ref, ''), m.provider_ref),
       send_time = CASE WHEN one.state = 3 THEN $8 ELSE m.send_time END,
       block_time = CASE WHEN one.gone THEN coalesce(m.block_time, $8) ELSE m.block_time END
  FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::timestamptz[], $5::boolean[], $6::boolean[], $7::text[])
       AS one (message_id, state, cause, next_time, pinned, gone, ref)
 WHERE m.message_id = one.message_id AND m.state IN (1, 2)
RETURNING m.message_id
"""

_NEXT = "SELECT min(next_time) FROM messages WHERE batch_id = $1 AND state IN (1, 2)"

_PEOPLE = """
SELECT p.member_id, m.member_id IS NOT NULL AND k.key_wrapped IS NOT NULL AS known, m.name_sealed,
       k.key_wrapped, coalesce(b.tier, '') AS tier, coalesce(b.active, 0) AS points, f.locale, f.quiet_from, f.quiet_to,
       coalesce(f.channels, '{}') AS channels
  FROM unnest($1::uuid[]) AS p (member_id)
  LEFT JOIN members AS m USING (member_id)
  LEFT JOIN member_keys AS k USING (member_id)
  LEFT JOIN points_balances AS b USING (member_id)
  LEFT JOIN message_preferences AS f USING (member_id)
"""

# Only what its owner has proved is an address, and one that refused the brand is none. Newest first.
_ADDRESSES = """
SELECT member_id, kind, sealed
  FROM (SELECT i.member_id, i.kind, i.value_sealed AS sealed, i.verify_time AS at, i.lookup
          FROM member_identifiers AS i
         WHERE i.member_id = ANY($1::uuid[]) AND i.kind IN ('email', 'phone', 'line') AND i.verify_time IS NOT NULL
           AND NOT EXISTS (SELECT FROM address_ends AS e WHERE e.lookup = i.lookup)
         UNION ALL
        SELECT member_id, 'push', subscription_sealed, add_time, lookup
          FROM push_subscriptions WHERE member_id = ANY($1::uuid[])) AS one
 ORDER BY member_id, kind, at DESC, lookup
"""

_HALTED = "SELECT channel FROM message_channels WHERE channel > '' AND halt_time IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message that was in hand."""

    message_id: str
    state: int
    cause: str = ""
    next_time: datetime | None = None
    # the channel keeps it: it may have it already
    pinned: bool = False
    # the channel refused the address for good
    gone: bool = False
    ref: str = ""
    # with which status it refused it
    detail: str = ""


async def take(tx: Tx, batch_id: str, now: datetime) -> list[Record]:
    """The messages of a batch that are due, locked; also those that were left in hand."""
    return list(await tx.fetch(_TAKE, batch_id, now))


async def lock_counts(tx: Tx, member_ids: Sequence[str]) -> dict[str, list[datetime]]:
    """When marketing was sent to these members, with nobody else counting."""
    ids = sorted(set(member_ids))
    if not ids:
        return {}
    await tx.execute(_ROWS, ids)
    return {row["member_id"]: row["times"] for row in await tx.fetch(_LOCK, ids)}


async def count(tx: Tx, member_ids: Sequence[str], now: datetime) -> None:
    """One more to each of these members."""
    if member_ids:
        await tx.execute(_COUNT, sorted(member_ids), now)


async def claim(tx: Tx, claims: Sequence[tuple[str, str, int]]) -> None:
    """(message, channel, version of its template): in hand from here on."""
    if claims:
        await tx.execute(_CLAIM, *map(list, zip(*claims, strict=True)))


async def settle(tx: Tx, settled: Sequence[Settled], now: datetime) -> set[str]:
    """Writes what became of messages; answers which were still in hand."""
    if not settled:
        return set()
    rows = [(s.message_id, s.state, s.cause, s.next_time, s.pinned, s.gone, s.ref) for s in settled]
    return {row["message_id"] for row in await tx.fetch(_SETTLE, *map(list, zip(*rows, strict=True)), now)}


async def next_time(tx: Tx, batch_id: str) -> datetime | None:
    """When the rest of a batch is due; None if nothing is left."""
    moment: datetime | None = await tx.fetchval(_NEXT, batch_id)
    return moment


async def people(tx: Tx, member_ids: Sequence[str]) -> dict[str, Record]:
    """What is known of these members."""
    return {row["member_id"]: row for row in await tx.fetch(_PEOPLE, sorted(set(member_ids)))}


async def addresses(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """Their addresses, sealed, best first."""
    return list(await tx.fetch(_ADDRESSES, sorted(set(member_ids))))


async def halted(tx: Tx) -> frozenset[str]:
    """Channels that stand still."""
    return frozenset(row["channel"] for row in await tx.fetch(_HALTED))
