"""Every SQL statement about erasures and retention."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from kit.audit import Check
from kit.postgres import Tx
from services.member.privacy.domain_requests import Erasure, ErasureState, Held, Receipt, RetentionRule

_COLUMNS = """erasure_id, member_id, state, forfeit_value, round, blockers::text, request_time, next_time, start_time,
              end_time"""

_ADD = f"""
INSERT INTO erasures (erasure_id, member_id, forfeit_value, request_time, next_time, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (member_id) WHERE state IN ('ASKING', 'DELAYED', 'STARTED') DO NOTHING
RETURNING {_COLUMNS}
"""

_OPEN = f"""
SELECT {_COLUMNS} FROM erasures WHERE member_id = $1 AND state IN ('ASKING', 'DELAYED', 'STARTED') FOR UPDATE
"""

_LOCK = f"SELECT {_COLUMNS} FROM erasures WHERE erasure_id = $1 FOR UPDATE"

_MOVE = """
UPDATE erasures
   SET state = $2, forfeit_value = $3, round = $4, blockers = $5::jsonb, next_time = $6, start_time = $7, end_time = $8
 WHERE erasure_id = $1
"""

_ANSWER = """
INSERT INTO erasure_answers AS a (erasure_id, service, round, blockers) VALUES ($1, $2, $3, $4::jsonb)
    ON CONFLICT (erasure_id, service) DO UPDATE SET round = excluded.round, blockers = excluded.blockers
 WHERE a.round < excluded.round
"""

_ANSWERS = "SELECT service, blockers::text FROM erasure_answers WHERE erasure_id = $1 AND round = $2"

_RECEIPT = """
INSERT INTO erasure_receipts (erasure_id, service, row_count, business_time) VALUES ($1, $2, $3, $4)
    ON CONFLICT (erasure_id, service) DO NOTHING
"""

_RECEIPTS = "SELECT service, row_count, business_time FROM erasure_receipts WHERE erasure_id = $1 ORDER BY service"

_BURY = """
INSERT INTO member_tombstones (member_id, erasure_id, erase_time)
SELECT gone, $2, $3 FROM unnest($1::uuid[]) AS gone ORDER BY gone ON CONFLICT (member_id) DO NOTHING
"""

_DESTROY = "DELETE FROM member_keys WHERE member_id = ANY($1::uuid[])"

# There is nobody left to be made two of.
_FASTEN = """
UPDATE merges SET undo_until_time = $2
 WHERE survivor_id = ANY($1::uuid[]) AND undo_time IS NULL AND undo_until_time > $2
"""

_RULE = "subject, keep_days, least_days, basis, books, version"

_RULES = f"SELECT {_RULE} FROM retention_rules WHERE subject >= $1 ORDER BY subject LIMIT 1000"

_PUT_RULE = f"""
UPDATE retention_rules
   SET keep_days = $2, basis = $3, version = version + 1, actor_kind = $4, actor_id = $5, record_time = now()
 WHERE subject = $1
RETURNING {_RULE}
"""

_AGED = """
DELETE FROM timeline_records WHERE (member_id, record_id) IN (
    SELECT member_id, record_id FROM timeline_records
     WHERE kind = $1 AND business_time < $2 ORDER BY business_time LIMIT $3)
RETURNING 1
"""

CHECKS = (
    Check(
        "privacy.the_forgotten_have_no_key",
        "SELECT count(*) FROM member_tombstones",
        """
        SELECT 'member=' || gone.member_id AS subject, 'no key' AS expected, 'a key' AS found, '' AS repair
          FROM member_tombstones AS gone JOIN member_keys USING (member_id) LIMIT 100
        """,
    ),
    Check(
        "privacy.every_erasure_done_has_its_receipts",
        "SELECT count(*) FROM erasures",
        """
        SELECT 'erasure=' || e.erasure_id AS subject, '4 receipts' AS expected, count(r.service) || '' AS found,
               '' AS repair
          FROM erasures AS e LEFT JOIN erasure_receipts AS r USING (erasure_id)
         WHERE e.state = 'DONE' GROUP BY e.erasure_id HAVING count(r.service) <> 4 LIMIT 100
        """,
    ),
)


async def add(
    tx: Tx, erasure_id: str, member_id: str, forfeit: bool, now: datetime, again: datetime, actor: tuple[str, str]
) -> Erasure | None:
    """A new erasure; None if one is under way."""
    row = await tx.fetchrow(_ADD, erasure_id, member_id, forfeit, now, again, *actor)
    return _erasure(row) if row else None


async def open_one(tx: Tx, member_id: str) -> Erasure | None:
    """The erasure that is under way, locked."""
    row = await tx.fetchrow(_OPEN, member_id)
    return _erasure(row) if row else None


async def lock(tx: Tx, erasure_id: str) -> Erasure | None:
    """One erasure, locked."""
    row = await tx.fetchrow(_LOCK, erasure_id)
    return _erasure(row) if row else None


async def move(tx: Tx, one: Erasure) -> None:
    """How far it is from now on."""
    blockers = json.dumps([asdict(held) for held in one.blockers])
    told = (one.erasure_id, one.state, one.forfeit_value, one.round, blockers, one.next_time)
    await tx.execute(_MOVE, *told, one.start_time, one.end_time)


async def answer(tx: Tx, erasure_id: str, service: str, asked: int, blockers: Sequence[Held]) -> None:
    """What a service said in a round."""
    await tx.execute(_ANSWER, erasure_id, service, asked, json.dumps([asdict(held) for held in blockers]))


async def answers(tx: Tx, erasure_id: str, asked: int) -> dict[str, list[Held]]:
    """What was said in a round, by service."""
    found = await tx.fetch(_ANSWERS, erasure_id, asked)
    return {row["service"]: [Held(**held) for held in json.loads(row["blockers"])] for row in found}


async def receipt(tx: Tx, erasure_id: str, service: str, rows: int, moment: datetime) -> None:
    """A service's word, for ever."""
    await tx.execute(_RECEIPT, erasure_id, service, rows, moment)


async def receipts(tx: Tx, erasure_id: str) -> list[Receipt]:
    """Who has forgotten."""
    return [Receipt(*row) for row in await tx.fetch(_RECEIPTS, erasure_id)]


async def bury(tx: Tx, erasure_id: str, member_ids: Sequence[str], now: datetime) -> None:
    """Destroys the keys of these ids, which never get another and are never parted again."""
    await tx.execute(_BURY, list(member_ids), erasure_id, now)
    await tx.execute(_DESTROY, list(member_ids))
    await tx.execute(_FASTEN, list(member_ids), now)


async def rules(tx: Tx) -> list[RetentionRule]:
    """How long everything is kept."""
    return [RetentionRule(*row) for row in await tx.fetch(_RULES, "")]


async def put_rule(tx: Tx, subject: str, keep_days: int, basis: str, actor: tuple[str, str]) -> RetentionRule:
    """Changes how long something is kept."""
    row: Any = await tx.fetchrow(_PUT_RULE, subject, keep_days, basis, *actor)
    return RetentionRule(*row)


async def age(tx: Tx, kind: str, now: datetime, keep_days: int, limit: int) -> int:
    """Removes records of a kind that are past their time; how many."""
    return len(await tx.fetch(_AGED, kind, now - timedelta(days=keep_days), limit))


def _erasure(row: Any) -> Erasure:
    values = list(row)
    values[2] = ErasureState(values[2])
    values[5] = tuple(Held(**held) for held in json.loads(values[5]))
    return Erasure(*values)
