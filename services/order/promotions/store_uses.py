"""How often rules with a limit are used, by whom, and for which orders."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from kit.postgres import Tx

_COUNTS = "SELECT rule_id, uses FROM rule_use_counts WHERE rule_id = ANY($1::text[])"
_OF_MEMBER = """
SELECT rule_id, count(*) AS uses FROM ids_of_member($1) AS id
  JOIN rule_uses ON rule_uses.member_id = id WHERE rule_id = ANY($2::text[]) GROUP BY rule_id
"""
# No row: the limit is reached. From here to the end of the transaction nobody else uses the rule.
_COUNT_ONE = """
INSERT INTO rule_use_counts (rule_id, uses) VALUES ($1, 1)
ON CONFLICT (rule_id) DO UPDATE SET uses = rule_use_counts.uses + 1
 WHERE $2::bigint IS NULL OR rule_use_counts.uses < $2 RETURNING uses
"""
_USE = "INSERT INTO rule_uses (order_id, rule_id, member_id, give_back) VALUES ($1, $2, $3, $4)"
# Of sales that happened: each counted once, however full it is. Gives what stands then, for all and for its member.
_COUNT_FACTS = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bool[])
           AS sale (order_id, rule_id, member_id, give_back)
), fresh AS (
    INSERT INTO rule_uses (order_id, rule_id, member_id, give_back, open)
    SELECT order_id, rule_id, member_id, give_back, false FROM given ON CONFLICT (order_id, rule_id) DO NOTHING
    RETURNING order_id, rule_id, member_id
), counted AS (
    INSERT INTO rule_use_counts (rule_id, uses) SELECT rule_id, count(*) FROM fresh GROUP BY rule_id ORDER BY rule_id
    ON CONFLICT (rule_id) DO UPDATE SET uses = rule_use_counts.uses + excluded.uses
    RETURNING rule_id, uses
)
SELECT fresh.order_id, fresh.rule_id, counted.uses,
       (SELECT count(*) FROM ids_of_member(fresh.member_id) AS id
          JOIN rule_uses ON rule_uses.member_id = id WHERE rule_uses.rule_id = fresh.rule_id)
       + (SELECT count(*) FROM fresh AS now WHERE now.member_id = fresh.member_id AND now.rule_id = fresh.rule_id)
  FROM fresh JOIN counted USING (rule_id)
"""
# What was reserved for an order that never came goes back; of one that came it is an open question no longer.
_SWEEP = """
WITH old AS (
    SELECT order_id, rule_id, EXISTS (SELECT FROM orders WHERE orders.order_id = rule_uses.order_id) AS came
      FROM rule_uses WHERE open AND claim_time < now() - $1::interval
     ORDER BY rule_id, order_id LIMIT $2 FOR UPDATE
), kept AS (
    UPDATE rule_uses SET open = false FROM old
     WHERE came AND rule_uses.order_id = old.order_id AND rule_uses.rule_id = old.rule_id
), gone AS (
    DELETE FROM rule_uses USING old
     WHERE NOT came AND rule_uses.order_id = old.order_id AND rule_uses.rule_id = old.rule_id
    RETURNING rule_uses.rule_id
), back AS (
    SELECT rule_id, count(*) AS uses FROM gone GROUP BY rule_id
)
UPDATE rule_use_counts SET uses = rule_use_counts.uses - back.uses
  FROM back WHERE rule_use_counts.rule_id = back.rule_id
"""
_PIECE = 5_000


async def counts(tx: Tx, rule_ids: Sequence[str]) -> Mapping[str, int]:
    """How often each rule is used; what is left out, never."""
    return {row[0]: row[1] for row in await tx.fetch(_COUNTS, rule_ids)}


async def of_member(tx: Tx, member_id: str, rule_ids: Sequence[str]) -> Mapping[str, int]:
    """How often a member uses each rule, under every id that means him."""
    return {row[0]: row[1] for row in await tx.fetch(_OF_MEMBER, member_id, rule_ids)}


async def count_one(tx: Tx, rule_id: str, total: int | None) -> bool:
    """Counts one more use; False where that would be more than the total."""
    return await tx.fetchval(_COUNT_ONE, rule_id, total) is not None


async def use(tx: Tx, order_id: str, rule_id: str, member_id: str | None, give_back: bool) -> None:
    """Notes for whom the use was counted."""
    await tx.execute(_USE, order_id, rule_id, member_id, give_back)


async def count_facts(
    tx: Tx, given: Sequence[tuple[str, str, str | None, bool]]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Counts uses that happened (order, rule, member, whether it goes back), in the order of rules; one that was
    counted before is left out. Gives how often the rule is used now, in all and by the member."""
    rows = await tx.fetch(_COUNT_FACTS, *map(list, zip(*given, strict=True)))
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def sweep(tx: Tx, older: timedelta) -> None:
    """Gives back what was reserved for orders that never came; what is too much for once is left to the next time."""
    await tx.execute(_SWEEP, older, _PIECE)
