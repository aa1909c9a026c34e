"""Goods to look at again, and what was last seen of them."""

import json
from collections.abc import Sequence

from kit.postgres import Tx
from services.inventory.availability.domain_watch import Seen

# One at a time: what two saw at once would be told twice.
_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('availability.watch'))"
_TAKE = """
WITH due AS (
    SELECT change_id FROM availability_changes WHERE record_time <= clock_timestamp() - make_interval(secs => $1)
     ORDER BY change_id LIMIT $2 FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM availability_changes c USING due WHERE c.change_id = due.change_id RETURNING c.sku
)
SELECT DISTINCT sku FROM taken
"""
# Kits that hold any of these, and kits that hold those.
_KITS = """
WITH RECURSIVE up AS (
    SELECT sku COLLATE "C" FROM unnest($1::text[]) AS given (sku)
    UNION
    SELECT v.sku FROM up JOIN variants v
        ON v.components @> jsonb_build_array(jsonb_build_object('sku', up.sku)) AND v.components <> '[]'
)
SELECT sku FROM up
"""
_NOTE = "INSERT INTO availability_changes (sku) SELECT * FROM unnest($1::text[])"
_NOTE_ALL = """
INSERT INTO availability_changes (sku, record_time)
SELECT sku, clock_timestamp() - interval '1 day' FROM variants WHERE sku > ''
"""
# Longer than any transaction lasts: one that began before the rules changed did not know what to note.
_NOTE_LATER = """
INSERT INTO availability_changes (sku, record_time) VALUES ('', clock_timestamp() + interval '20 seconds')
"""
_SEEN = "SELECT sku, channel_ids, location_ids, version FROM availability_states WHERE sku = ANY($1::text[])"
_KEEP = """
INSERT INTO availability_states (sku, channel_ids, location_ids, version)
SELECT sku, ARRAY(SELECT jsonb_array_elements_text(channel_ids)), ARRAY(SELECT jsonb_array_elements_text(location_ids)),
       version
  FROM unnest($1::text[], $2::jsonb[], $3::jsonb[], $4::bigint[]) AS s (sku, channel_ids, location_ids, version)
ON CONFLICT (sku) DO UPDATE SET channel_ids = excluded.channel_ids, location_ids = excluded.location_ids,
    version = excluded.version
"""


async def take(tx: Tx, quiet: float, size: int) -> list[str] | None:
    """Goods that changed some time ago, each once; None if somebody else looks now. '' stands for all."""
    if not await tx.fetchval(_TURN):
        return None
    return [row["sku"] for row in await tx.fetch(_TAKE, quiet, size)]


async def with_kits(tx: Tx, skus: Sequence[str]) -> list[str]:
    """The goods, and the kits that hold them at any depth."""
    return sorted(row["sku"] for row in await tx.fetch(_KITS, list(skus)))


async def note(tx: Tx, *skus: str) -> None:
    """Has goods looked at."""
    await tx.execute(_NOTE, list(skus))


async def note_all(tx: Tx) -> None:
    """Has every good looked at."""
    await tx.execute(_NOTE_ALL)


async def note_later(tx: Tx) -> None:
    """Has every good looked at once more, when whatever runs now has ended."""
    await tx.execute(_NOTE_LATER)


async def seen(tx: Tx, skus: Sequence[str]) -> dict[str, Seen]:
    """What was last seen of these goods."""
    rows = await tx.fetch(_SEEN, list(skus))
    return {
        row["sku"]: Seen(row["sku"], frozenset(row["channel_ids"]), frozenset(row["location_ids"]), row["version"])
        for row in rows
    }


async def keep(tx: Tx, given: Sequence[Seen]) -> None:
    """Remembers what was seen."""
    if given:
        channels = [json.dumps(sorted(one.channel_ids)) for one in given]
        places = [json.dumps(sorted(one.location_ids)) for one in given]
        await tx.execute(_KEEP, [one.sku for one in given], channels, places, [one.version for one in given])
