"""What headquarters has said about identifiers, and what counts against it, in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from asyncpg import Record

from kit.postgres import Tx
from services.member.identity.domain import By
from services.member.identity.domain_rules import Block, CheckDigit, Counts, Former, Match, Rule, Rules
from services.member.identity.store import Actor

_RULES = "SELECT kind, strength, most, period_days, check_digit, dotless_domains FROM identifier_rules ORDER BY kind"

_PUT_RULE = """
INSERT INTO identifier_rules (kind, strength, most, period_days, check_digit, dotless_domains, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind) DO UPDATE
   SET strength = $2, most = $3, period_days = $4, check_digit = $5, dotless_domains = $6, actor_kind = $7,
       actor_id = $8, record_time = now()
"""

# all of them: each value that comes in is compared with each
_BLOCKS = """
SELECT block_id, kind, match, text, reason, add_time FROM identifier_blocks ORDER BY block_id LIMIT 2000
"""

_PAGE = """
SELECT block_id, kind, match, text, reason, add_time FROM identifier_blocks
 WHERE (add_time, block_id) < ($1, $2) ORDER BY add_time DESC, block_id DESC LIMIT $3
"""

_COUNT_BLOCKS = "SELECT count(*) FROM (SELECT FROM identifier_blocks LIMIT 2000) AS them"

_ADD_BLOCK = """
INSERT INTO identifier_blocks (block_id, kind, match, text, reason, add_time, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_REMOVE_BLOCK = "DELETE FROM identifier_blocks WHERE block_id = $1 RETURNING true"

# those that he has now, or, for kinds counted over a time, those that came within it
_COUNTS = """
SELECT one.member_id, one.kind, count(*) AS number
  FROM (SELECT member_id, kind, add_time, true AS present FROM member_identifiers WHERE member_id = ANY($1::uuid[])
         UNION ALL
        SELECT member_id, kind, add_time, false FROM identifier_endings WHERE member_id = ANY($1::uuid[])) AS one
  LEFT JOIN unnest($2::text[], $3::timestamptz[]) AS rule (kind, since) ON rule.kind = one.kind
 WHERE CASE WHEN rule.since IS NULL THEN one.present ELSE one.add_time > rule.since END
 GROUP BY one.member_id, one.kind
"""

_LOCK = "SELECT member_id FROM members WHERE member_id = ANY($1::uuid[]) ORDER BY member_id FOR UPDATE"

_END = """
WITH gone AS (
    DELETE FROM member_identifiers WHERE member_id = $1 AND kind = $2 AND lookup = $3
    RETURNING member_id, kind, lookup, source, verify_time, add_time
), released AS (
    DELETE FROM identifier_holders USING gone
     WHERE identifier_holders.lookup = gone.lookup AND identifier_holders.member_id = gone.member_id
)
INSERT INTO identifier_endings (member_id, kind, lookup, source, verify_time, add_time, end_time, reason, actor_kind,
                                actor_id)
SELECT member_id, kind, lookup, source, verify_time, add_time, $4, $5, $6, $7 FROM gone
ON CONFLICT (member_id, kind, lookup, end_time) DO NOTHING
RETURNING true
"""

_ENDED = """
SELECT kind, lookup, source, verify_time, add_time, end_time, reason FROM identifier_endings
 WHERE member_id = $1 ORDER BY end_time DESC, kind, lookup LIMIT 100
"""


async def rules(tx: Tx) -> Rules:
    """All that is said."""
    kinds = {
        By(row["kind"]): Rule(
            By(row["kind"]),
            row["strength"],
            row["most"],
            timedelta(days=row["period_days"]),
            CheckDigit(row["check_digit"]),
            frozenset(row["dotless_domains"]),
        )
        for row in await tx.fetch(_RULES)
    }
    return Rules(kinds, tuple(_block(row) for row in await tx.fetch(_BLOCKS)))


async def put_rule(tx: Tx, rule: Rule, actor: Actor) -> None:
    """Says it anew for one kind."""
    head = (rule.kind.value, rule.strength, rule.most, rule.period.days, rule.check_digit.value)
    await tx.execute(_PUT_RULE, *head, sorted(rule.dotless_domains), actor.kind, actor.id)


async def page(tx: Tx, before: tuple[datetime, str], size: int) -> list[Block]:
    """Blocks, newest first."""
    return [_block(row) for row in await tx.fetch(_PAGE, *before, size)]


async def count_blocks(tx: Tx) -> int:
    """How many there are, as far as anybody looks."""
    return int(await tx.fetchval(_COUNT_BLOCKS))


async def add_block(tx: Tx, block: Block, actor: Actor) -> None:
    """Keeps a block."""
    head = (block.block_id, block.kind.value if block.kind else "", block.match.value, block.text, block.reason)
    await tx.execute(_ADD_BLOCK, *head, block.add_time, actor.kind, actor.id)


async def remove_block(tx: Tx, block_id: str) -> bool:
    """Lifts it; False if there is none."""
    return bool(await tx.fetchval(_REMOVE_BLOCK, block_id))


async def lock(tx: Tx, member_ids: Sequence[str]) -> None:
    """Nobody else gives these members identifiers until the transaction ends."""
    await tx.execute(_LOCK, list(member_ids))


async def counts(tx: Tx, member_ids: Sequence[str], since: Mapping[str, datetime]) -> Counts:
    """How many identifiers of each kind count against each member's limits; `since` for kinds counted over a time."""
    found: dict[str, dict[By, int]] = {}
    for row in await tx.fetch(_COUNTS, list(member_ids), list(since), list(since.values())):
        found.setdefault(row["member_id"], {})[By(row["kind"])] = row["number"]
    return found


async def end(tx: Tx, member_id: str, kind: str, lookup: bytes, now: datetime, reason: str, actor: Actor) -> bool:
    """It is his no more, and its value is forgotten; False if it was not his."""
    return bool(await tx.fetchval(_END, member_id, kind, lookup, now, reason, actor.kind, actor.id))


async def ended(tx: Tx, member_id: str) -> list[Former]:
    """What was his, the latest first."""
    return [Former(*row) for row in await tx.fetch(_ENDED, member_id)]


def _block(row: Record) -> Block:
    kind = By(row["kind"]) if row["kind"] else None
    return Block(row["block_id"], kind, Match(row["match"]), row["text"], row["reason"], row["add_time"])
