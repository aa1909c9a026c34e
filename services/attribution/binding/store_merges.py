"""Every SQL statement about mergers of members, and about what changes hands with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.attribution.binding.domain_merges import Merger

# Mergers are rare; two that are heard of at once would not see each other.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('member_merges'))"

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

# Everybody who was ever made one with one of these, and with one of those; `asked` are there in any case.
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

# Every id that means one of these, and the mergers that make it so: most members have none.
_ALIASES_OF = "SELECT alias_id, member_id FROM member_aliases WHERE member_id = ANY($1::uuid[])"

_PUT_ALIASES = """
WITH gone AS (
    DELETE FROM member_aliases WHERE alias_id = ANY($1::uuid[]) AND NOT alias_id = ANY($2::uuid[])
)
INSERT INTO member_aliases AS a (alias_id, member_id) SELECT * FROM unnest($2::uuid[], $3::uuid[])
    ON CONFLICT (alias_id) DO UPDATE SET member_id = excluded.member_id WHERE a.member_id <> excluded.member_id
"""

_REKEY_FACTS = """
UPDATE binding_facts AS f SET named_id = coalesce(f.named_id, f.member_id), member_id = m.member_id
  FROM unnest($1::uuid[], $2::uuid[]) AS m (named_id, member_id)
 WHERE f.member_id = ANY($1::uuid[]) AND m.named_id = coalesce(f.named_id, f.member_id) AND f.member_id <> m.member_id
"""

_REKEY_SALES = """
UPDATE sales AS s SET named_id = coalesce(s.named_id, s.member_id), member_id = m.member_id
  FROM unnest($1::uuid[], $2::uuid[]) AS m (named_id, member_id)
 WHERE s.member_id = ANY($1::uuid[]) AND m.named_id = coalesce(s.named_id, s.member_id) AND s.member_id <> m.member_id
"""

_ASSIGN = """
WITH told AS (
    INSERT INTO assigned_sales (order_id, member_id) SELECT order_id, $2 FROM unnest($1::uuid[]) AS order_id
        ON CONFLICT (order_id) DO UPDATE SET member_id = excluded.member_id
)
UPDATE sales SET named_id = $2 WHERE order_id = ANY($1::uuid[]) AND business_time IS NOT NULL
"""

_SOLD = """
SELECT seller, count(*) AS sales
  FROM sales AS s CROSS JOIN LATERAL unnest(s.sellers) AS seller
 WHERE s.member_id = ANY($1::uuid[]) AND NOT s.cancelled AND seller <> '' GROUP BY seller
"""


async def lock(tx: Tx) -> None:
    """Nobody else hears of mergers until the transaction ends."""
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


async def aliases_of(tx: Tx, member_ids: Sequence[str]) -> dict[str, str]:
    """Which ids mean one of these members."""
    return {row["alias_id"]: row["member_id"] for row in await tx.fetch(_ALIASES_OF, list(member_ids))}


async def put_aliases(tx: Tx, ids: Sequence[str], meant: Mapping[str, str]) -> None:
    """Whom each of these ids means from now on; those that are not told of mean themselves."""
    await tx.execute(_PUT_ALIASES, list(ids), list(meant), list(meant.values()))


async def rekey(tx: Tx, meant: Mapping[str, str]) -> None:
    """Gives facts and sales to whom the id means under which they came."""
    columns = list(meant), list(meant.values())
    await tx.execute(_REKEY_FACTS, *columns)
    await tx.execute(_REKEY_SALES, *columns)


async def assign(tx: Tx, order_ids: Sequence[str], member_id: str) -> None:
    """A person says whose these sales are; follow with `rekey`."""
    if order_ids:
        await tx.execute(_ASSIGN, list(order_ids), member_id)


async def sold(tx: Tx, member_ids: Sequence[str]) -> dict[str, int]:
    """How many lines each staff member has sold to these members."""
    rows: Sequence[Any] = await tx.fetch(_SOLD, list(member_ids))
    return {row["seller"]: row["sales"] for row in rows}
