"""Reasons for variances, and what must add up of what they put aside."""

from collections.abc import Sequence

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.inventory.stock.store_proof import repair
from services.inventory.variances.domain import Reason

_COLUMNS = "reason_id, name, effect, available_only, retired, version"
_ALL = f"SELECT {_COLUMNS} FROM variance_reasons ORDER BY reason_id"
_ONE = f"SELECT {_COLUMNS} FROM variance_reasons WHERE reason_id = $1 AND NOT retired"
_PUT = f"""
INSERT INTO variance_reasons AS r (reason_id, name, effect, available_only, retired, actor_kind, actor_id,
    actor_terminal_id)
SELECT reason_id, name, effect, available_only, retired, $6, $7, $8
  FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::boolean[])
       AS given (reason_id, name, effect, available_only, retired) ORDER BY reason_id
ON CONFLICT (reason_id) DO UPDATE SET name = excluded.name, effect = excluded.effect,
    available_only = excluded.available_only, retired = excluded.retired, version = r.version + 1, update_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
RETURNING {_COLUMNS}
"""
_LEVELS = "SELECT count(*) FROM stock_levels"
_ASIDE = f"""
SELECT 'sku=' || coalesce(l.sku, m.sku) || ' location=' || coalesce(l.location_id, m.location_id) AS subject,
       coalesce(m.aside, 0)::text AS expected, coalesce(l.quality_control, 0)::text AS found, {repair("m")} AS repair
  FROM stock_levels l
  FULL JOIN (SELECT sku, location_id, sum(quality_control) AS aside FROM movements GROUP BY sku, location_id) m
    ON m.sku = l.sku AND m.location_id = l.location_id
 WHERE coalesce(l.quality_control, 0) <> coalesce(m.aside, 0)
 LIMIT 100
"""

CHECKS = (Check("variances.quality_control_equals_movements", _LEVELS, _ASIDE),)


async def reasons(tx: Tx) -> list[Reason]:
    """Every reason, in code order."""
    return [Reason(**row) for row in await tx.fetch(_ALL)]


async def reason(tx: Tx, reason_id: str) -> Reason | None:
    """One that is still offered."""
    row = await tx.fetchrow(_ONE, reason_id)
    return Reason(**row) if row else None


async def put(tx: Tx, given: Sequence[Reason], actor: Actor) -> list[Reason]:
    """Writes reasons over what was there; gives them as they are now."""
    rows = [(one.reason_id, one.name, one.effect, one.available_only, one.retired) for one in given]
    found = await tx.fetch(_PUT, *map(list, zip(*rows, strict=True)), actor.kind.value, actor.id, actor.terminal_id)
    return sorted((Reason(**row) for row in found), key=lambda one: one.reason_id)
