"""Location groups."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.catalogue.domain import Group

_COLUMNS = "group_id, kind, name, names, channel_id, version"
_GROUPS = f"SELECT {_COLUMNS} FROM location_groups WHERE group_id = ANY($1::text[])"
_PAGE = f"""
SELECT {_COLUMNS}, (SELECT count(*) FROM locations WHERE groups @> ARRAY[g.group_id COLLATE "default"]) AS members
  FROM location_groups g WHERE group_id > $1 AND ($2 = '' OR kind = $2) ORDER BY group_id LIMIT $3
"""
_PUT = f"""
INSERT INTO location_groups ({_COLUMNS}, actor_kind, actor_id, actor_terminal_id)
SELECT {_COLUMNS}, $2, $3, $4 FROM jsonb_to_recordset($1::jsonb)
    AS g (group_id text, kind text, name text, names jsonb, channel_id text, version bigint)
ON CONFLICT (group_id) DO UPDATE SET kind = excluded.kind, name = excluded.name, names = excluded.names,
    channel_id = excluded.channel_id, version = excluded.version, update_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""


async def groups(tx: Tx, group_ids: Iterable[str]) -> dict[str, Group]:
    """Those that are there, by their id."""
    return {row["group_id"]: _group(row) for row in await tx.fetch(_GROUPS, list(group_ids))}


async def page(tx: Tx, after: str, size: int, kind: str = "") -> list[tuple[Group, int]]:
    """Groups in code order, each with how many locations name it."""
    return [(_group(row), row["members"]) for row in await tx.fetch(_PAGE, after, kind, size)]


async def put(tx: Tx, given: Sequence[Group], actor: Actor) -> None:
    """Writes groups whole, over what was there."""
    if given:
        rows = json.dumps([asdict(one) for one in given])
        await tx.execute(_PUT, rows, actor.kind.value, actor.id, actor.terminal_id)


def _group(row: Any) -> Group:
    return Group(row["group_id"], row["kind"], row["name"], json.loads(row["names"]), row["channel_id"], row["version"])
