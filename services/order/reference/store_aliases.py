"""Keeps which member ids mean somebody else by now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.order.reference.domain_merges import Merger

_HEAR = """
INSERT INTO member_merges (merge_id, absorbed_id, survivor_id, merge_time, undone)
VALUES ($1, $2, $3, coalesce($4, '-infinity'::timestamptz), false)
ON CONFLICT (merge_id) DO NOTHING
"""
_UNDO = """
INSERT INTO member_merges (merge_id, absorbed_id, survivor_id, merge_time, undone)
VALUES ($1, $2, $3, '-infinity', true)
ON CONFLICT (merge_id) DO UPDATE SET undone = true
"""
# Everybody who was ever made one with one of these, and with one of those.
_KIN = """
WITH RECURSIVE kin (id) AS (
    SELECT unnest($1::uuid[])
     UNION
    SELECT CASE WHEN m.absorbed_id = kin.id THEN m.survivor_id ELSE m.absorbed_id END
      FROM kin JOIN member_merges AS m ON NOT m.undone AND (m.absorbed_id = kin.id OR m.survivor_id = kin.id)
)
SELECT id FROM kin ORDER BY id
"""
_AMONG = """
SELECT merge_id, absorbed_id, survivor_id, nullif(merge_time, '-infinity') AS merge_time
  FROM member_merges WHERE NOT undone AND absorbed_id = ANY($1::uuid[])
"""
_PUT = """
WITH gone AS (
    DELETE FROM member_aliases WHERE alias_id = ANY($1::uuid[]) AND NOT alias_id = ANY($2::uuid[])
)
INSERT INTO member_aliases AS a (alias_id, member_id) SELECT * FROM unnest($2::uuid[], $3::uuid[])
ON CONFLICT (alias_id) DO UPDATE SET member_id = excluded.member_id WHERE a.member_id <> excluded.member_id
"""
# a person says whose later orders they are; what was sold where and for how much stays as it is
_ASSIGN = """
UPDATE orders SET member_id = $2, version = version + 1, update_time = now()
 WHERE order_id = ANY($1::uuid[]) AND member_id = ANY($3::uuid[]) AND member_id <> $2
"""
_IDS = "SELECT ids_of_member($1)"
# Two consumers that each hear of one merger of a chain would not see each other's.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('member_aliases'))"


async def lock(tx: Tx) -> None:
    """Nobody else puts aliases until this transaction ends."""
    await tx.execute(_LOCK)


async def hear(tx: Tx, merge_id: str, absorbed_id: str, survivor_id: str, moment: datetime | None) -> None:
    """Keeps a merger; one that was undone stays undone."""
    await tx.execute(_HEAR, merge_id, absorbed_id, survivor_id, moment)


async def undo(tx: Tx, merge_id: str, absorbed_id: str, survivor_id: str) -> None:
    """Keeps that a merger is none, also one that was not heard of."""
    await tx.execute(_UNDO, merge_id, absorbed_id, survivor_id)


async def kin(tx: Tx, member_ids: Sequence[str]) -> list[str]:
    """These ids, and all that mergers connect them with."""
    return [row["id"] for row in await tx.fetch(_KIN, list(member_ids))]


async def mergers(tx: Tx, ids: Sequence[str]) -> list[Merger]:
    """The mergers by which one of these ids was absorbed."""
    return [Merger(*row) for row in await tx.fetch(_AMONG, list(ids))]


async def put(tx: Tx, ids: Sequence[str], meant: Mapping[str, str]) -> None:
    """Whom each of these ids means from now on; those that are not told of mean themselves."""
    await tx.execute(_PUT, list(ids), list(meant), list(meant.values()))


async def assign(tx: Tx, order_ids: Sequence[str], member_id: str, among: Sequence[str]) -> None:
    """Gives orders of one of these members to another."""
    if order_ids:
        await tx.execute(_ASSIGN, list(order_ids), member_id, list(among))


async def ids(tx: Tx, member_id: str) -> list[str]:
    """Every id that means the same member as this one, this one too."""
    return [row[0] for row in await tx.fetch(_IDS, member_id)]
