"""Every SQL statement about what became of messages."""

from collections.abc import Sequence
from datetime import date, datetime

from asyncpg import Record

from kit.postgres import Tx

_MESSAGE = """
message_id, resolve_member(member_id) AS member_id, purpose, template_id, template_version, params, campaign_id, state,
cause, channel, next_time, send_time, deliver_time, open_time, click_time, block_time
"""

_ONE = f"SELECT {_MESSAGE} FROM messages WHERE message_id = $1 FOR UPDATE"
_BY_REF = f"SELECT {_MESSAGE} FROM messages WHERE provider_ref = $2 AND channel = $1 AND provider_ref <> '' FOR UPDATE"
# A report proves that it was sent, also where we did not know.
_NOTE = """
UPDATE messages
   SET state = CASE WHEN $2 AND state IN (2, 4) THEN 3 ELSE state END,
       cause = CASE WHEN $2 AND state IN (2, 4) THEN '' ELSE cause END,
       send_time = coalesce(send_time, CASE WHEN $2 THEN $7::timestamptz END),
       deliver_time = coalesce(deliver_time, $3), open_time = coalesce(open_time, $4),
       click_time = coalesce(click_time, $5), block_time = coalesce(block_time, $6)
 WHERE message_id = $1
"""
_OF_MEMBER = f"""
SELECT {_MESSAGE} FROM messages
 WHERE member_id = ANY(array(SELECT alias_id FROM member_aliases WHERE member_id = $1) || $1) AND message_id < $2
 ORDER BY message_id DESC LIMIT $3
"""

# $4 is a day of the brand's.
_ADD = """
INSERT INTO message_outcomes AS o (channel, campaign_id, day, sent, blocked)
SELECT channel, campaign_id, $4, sum(sent), sum(blocked)
  FROM (SELECT channel, '' AS campaign_id, sent, blocked
          FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS one (channel, sent, blocked)
         UNION ALL
        SELECT channel, campaign_id, sent, blocked
          FROM unnest($1::text[], $5::text[], $2::bigint[], $3::bigint[]) AS one (channel, campaign_id, sent, blocked)
         WHERE campaign_id <> '') AS each
 GROUP BY channel, campaign_id ORDER BY channel, campaign_id
    ON CONFLICT (channel, campaign_id, day) DO UPDATE
   SET sent = o.sent + excluded.sent, blocked = o.blocked + excluded.blocked
"""
_CHANNEL_SUMS = """
SELECT channel, sum(sent)::bigint AS sent, sum(blocked)::bigint AS blocked
  FROM message_outcomes WHERE channel = ANY($1::text[]) AND campaign_id = '' GROUP BY channel ORDER BY channel
"""
_CAMPAIGN_SUMS = """
SELECT campaign_id, sum(sent)::bigint AS sent, sum(blocked)::bigint AS blocked
  FROM message_outcomes WHERE campaign_id = ANY($1::text[]) AND campaign_id <> '' GROUP BY campaign_id ORDER BY 1
"""
_HALT = """
INSERT INTO message_channels AS c (channel, halt_time, halt_reason, since_time) VALUES ($1, $2, $3, $2)
    ON CONFLICT (channel) DO UPDATE SET halt_time = $2, halt_reason = $3 WHERE c.halt_time IS NULL
RETURNING true
"""
_RESUME = "UPDATE message_channels SET halt_time = NULL, halt_reason = '', since_time = $2 WHERE channel = $1"
_FORGET_CHANNEL = "DELETE FROM message_outcomes WHERE channel = $1 AND campaign_id = ''"
_FORGET_CAMPAIGN = "DELETE FROM message_outcomes WHERE campaign_id = $1 AND campaign_id <> ''"
_HEALTH = """
SELECT n.channel, coalesce(o.sent, 0) AS sent, coalesce(o.blocked, 0) AS blocked, c.halt_time,
       coalesce(c.halt_reason, '') AS halt_reason
  FROM unnest($1::text[]) AS n (channel)
  LEFT JOIN message_channels AS c USING (channel)
  LEFT JOIN LATERAL (SELECT sum(sent)::bigint AS sent, sum(blocked)::bigint AS blocked FROM message_outcomes AS o
                      WHERE o.channel = n.channel AND o.campaign_id = '') AS o ON true
 ORDER BY n.channel
"""


async def one(tx: Tx, message_id: str) -> Record | None:
    """A message, locked."""
    row: Record | None = await tx.fetchrow(_ONE, message_id)
    return row


async def by_ref(tx: Tx, channel: str, provider_ref: str) -> Record | None:
    """A message by its provider's id, locked."""
    row: Record | None = await tx.fetchrow(_BY_REF, channel, provider_ref)
    return row


async def note(tx: Tx, message_id: str, times: dict[str, datetime], *, sent: bool) -> None:
    """Notes first times of what a report said; `sent` where it proves that the message went out."""
    columns = (times.get(name) for name in ("deliver", "open", "click", "block"))
    moment = next(iter(times.values()), None)
    await tx.execute(_NOTE, message_id, sent, *columns, moment)


async def of_member(tx: Tx, member_id: str, before: str, limit: int) -> list[Record]:
    """What was written to a member, newest first."""
    return list(await tx.fetch(_OF_MEMBER, member_id, before, limit))


async def add(tx: Tx, counts: Sequence[tuple[str, str, int, int]], day: date) -> None:
    """Counts (channel, campaign, sent, blocked)."""
    channels, campaigns, sent, blocked = map(list, zip(*counts, strict=True))
    await tx.execute(_ADD, channels, sent, blocked, day, campaigns)


async def sums(tx: Tx, channels: Sequence[str], campaigns: Sequence[str]) -> tuple[list[Record], list[Record]]:
    """What these channels and campaigns have sent, and how often they were blocked, since they were last let go on."""
    return list(await tx.fetch(_CHANNEL_SUMS, list(channels))), list(await tx.fetch(_CAMPAIGN_SUMS, list(campaigns)))


async def halt(tx: Tx, channel: str, now: datetime, reason: str) -> bool:
    """The channel stands still; False if it did already."""
    return bool(await tx.fetchval(_HALT, channel, now, reason))


async def resume(tx: Tx, channel: str, now: datetime) -> None:
    """The channel goes on, and is counted anew."""
    await tx.execute(_RESUME, channel, now)
    await tx.execute(_FORGET_CHANNEL, channel)


async def forget_campaign(tx: Tx, campaign_id: str) -> None:
    """The campaign is counted anew."""
    await tx.execute(_FORGET_CAMPAIGN, campaign_id)


async def health(tx: Tx, channels: Sequence[str]) -> list[Record]:
    """How these channels fare."""
    return list(await tx.fetch(_HEALTH, list(channels)))
