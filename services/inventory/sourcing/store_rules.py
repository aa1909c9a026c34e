"""Rule sets, version by version."""

from collections.abc import Sequence
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.sourcing.domain_records import RuleSet

_COLUMNS = "rule_set_id, version, state, channel_ids, document, update_time"
_PUT = f"""
INSERT INTO sourcing_rule_sets (rule_set_id, version, state, channel_ids, document, actor_kind, actor_id,
    actor_terminal_id)
SELECT $1, coalesce((SELECT max(version) FROM sourcing_rule_sets WHERE rule_set_id = $1), 0) + 1, 'DRAFT', $2,
       $3::jsonb, $4, $5, $6
RETURNING {_COLUMNS}
"""
_FIND = f"""
SELECT {_COLUMNS} FROM sourcing_rule_sets WHERE rule_set_id = $1 AND ($2::bigint = 0 OR version = $2)
 ORDER BY version DESC LIMIT 1
"""
_ACTIVE = f"SELECT {_COLUMNS} FROM sourcing_rule_sets WHERE state = 'ACTIVE' ORDER BY rule_set_id"
_LOCK_ACTIVE = f"{_ACTIVE} FOR UPDATE"
_RETIRE = """
UPDATE sourcing_rule_sets SET state = 'RETIRED', update_time = now(), actor_kind = $2, actor_id = $3,
    actor_terminal_id = $4
 WHERE rule_set_id = $1 AND state = 'ACTIVE' RETURNING version
"""
_ACTIVATE = f"""
UPDATE sourcing_rule_sets SET state = 'ACTIVE', update_time = now(), actor_kind = $3, actor_id = $4,
    actor_terminal_id = $5
 WHERE rule_set_id = $1 AND version = $2 RETURNING {_COLUMNS}
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM sourcing_rule_sets WHERE rule_set_id > $1 OR (rule_set_id = $1 AND version < $2)
 ORDER BY rule_set_id, version DESC LIMIT $3
"""


async def put(tx: Tx, rule_set_id: str, channel_ids: Sequence[str], document: str, actor: Actor) -> RuleSet:
    """Stores the next version, a draft."""
    return _rule_set(await tx.fetchrow(_PUT, rule_set_id, list(channel_ids), document, *_who(actor)))


async def find(tx: Tx, rule_set_id: str, version: int) -> RuleSet | None:
    """A version; 0 is the newest."""
    row = await tx.fetchrow(_FIND, rule_set_id, version)
    return _rule_set(row) if row else None


async def active(tx: Tx, *, lock: bool = False) -> list[RuleSet]:
    """Those that decide."""
    rows = await (tx.fetch(_LOCK_ACTIVE) if lock else tx.fetch(_ACTIVE))
    return [_rule_set(row) for row in rows]


async def activate(tx: Tx, rule_set_id: str, version: int, actor: Actor) -> RuleSet:
    """Makes a version decide, in place of the one before it."""
    await tx.execute(_RETIRE, rule_set_id, *_who(actor))
    return _rule_set(await tx.fetchrow(_ACTIVATE, rule_set_id, version, *_who(actor)))


async def retire(tx: Tx, rule_set_id: str, actor: Actor) -> bool:
    """Ends the active version; False if there is none."""
    return await tx.fetchval(_RETIRE, rule_set_id, *_who(actor)) is not None


async def page(tx: Tx, after: str, below: int, size: int) -> list[RuleSet]:
    """Versions by code, the newest first."""
    return [_rule_set(row) for row in await tx.fetch(_PAGE, after, below, size)]


def _who(actor: Actor) -> tuple[str, str, str]:
    return (actor.kind.value, actor.id, actor.terminal_id)


def _rule_set(row: Any) -> RuleSet:
    return RuleSet(**dict(row))
