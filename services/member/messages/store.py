"""Every SQL statement that puts messages into the queue."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from kit import timers
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.messages.domain import Outbound

SEND = "messages.send"
BATCH = 100

_ENQUEUE = """
INSERT INTO messages (message_id, message_key, member_id, purpose, template_id, params, channels, campaign_id, batch_id,
                      next_time, end_time)
SELECT m.message_id, m.message_key, resolve_member(m.member_id), m.purpose, m.template_id, m.params,
       CASE WHEN m.channels = '' THEN '{}' ELSE string_to_array(m.channels, ',') END, m.campaign_id, $9, $10, m.end_time
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[],
              $11::timestamptz[])
       AS m (message_id, message_key, member_id, purpose, template_id, params, channels, campaign_id, end_time)
 ORDER BY m.message_key
    ON CONFLICT (message_key) DO NOTHING
RETURNING true
"""


async def enqueue(tx: Tx, messages: Sequence[Outbound]) -> int:
    """Puts messages into the queue in batches, each with its timer; returns how many were not there before."""
    by_time: dict[datetime, list[Outbound]] = defaultdict(list)
    for message in messages:
        by_time[message.not_before].append(message)
    new = 0
    for due, together in sorted(by_time.items()):
        for first in range(0, len(together), BATCH):
            new += await _batch(tx, due, together[first : first + BATCH])
    return new


async def _batch(tx: Tx, due: datetime, messages: Sequence[Outbound]) -> int:
    batch_id = uuid7()
    rows = [_row(message) for message in messages]
    ids, keys, members, purposes, templates, params, channels, campaigns, ends = map(list, zip(*rows, strict=True))
    values = (ids, keys, members, purposes, templates, params, channels, campaigns, batch_id, due, ends)
    new = len(await tx.fetch(_ENQUEUE, *values))
    if new:
        await timers.schedule(tx, SEND, batch_id, due)
    return new


def _row(message: Outbound) -> tuple[object, ...]:
    params = json.dumps(dict(message.params), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    told = (uuid7(), message.message_key, message.member_id, int(message.purpose), message.template_id, params)
    return (*told, ",".join(message.channels), message.campaign_id, message.end_time)
