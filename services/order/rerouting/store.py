"""Every SQL statement about rejected pickups and what their shoppers choose."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.rerouting.domain import Choice, Option, State, Terms

_COLUMNS = """choice_id, order_id, order_no, location_id, line_nos, state, deadline_time, otherwise, update_time,
       chosen, target_location_id, target_line_nos, contact_id"""
_TERMS = "SELECT ask, hours, otherwise, version FROM pickup_policies ORDER BY version DESC LIMIT 1"
_PUT_TERMS = """
INSERT INTO pickup_policies (version, ask, hours, otherwise, actor_kind, actor_id, business_time)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true
"""
_INSERT = """
INSERT INTO pickup_choices (choice_id, order_id, order_no, location_id, line_nos, state, deadline_time, otherwise,
    business_time, update_time, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12)
"""
_PUT = """
UPDATE pickup_choices SET state = $2, chosen = $3, target_location_id = $4, target_line_nos = $5, contact_id = $6,
       update_time = $7, actor_kind = $8, actor_id = $9, actor_terminal_id = $10
 WHERE choice_id = $1
"""
_FIND = f"SELECT {_COLUMNS} FROM pickup_choices WHERE choice_id = $1"
_LOCK = f"{_FIND} FOR UPDATE"
_OF_ORDER = f"""
SELECT {_COLUMNS} FROM pickup_choices WHERE order_id = $1 ORDER BY business_time DESC, choice_id DESC LIMIT 1
"""
_MOVE_LINES = """
WITH place AS (
    INSERT INTO order_places (location_id, business_time, order_id)
    SELECT $4, business_time, order_id FROM orders WHERE order_id = $1 AND $4 <> ''
    ON CONFLICT DO NOTHING
), contact AS (
    UPDATE orders SET contact_id = $5 WHERE order_id = $1 AND $5 <> ''
)
UPDATE order_lines SET method = $3, fulfilment_location_id = $4 WHERE order_id = $1 AND line_no = ANY($2::int[])
"""
_NAMES = "SELECT location_id, name FROM locations WHERE location_id = ANY($1::text[])"

CHECKS = (
    Check(
        "rerouting.questions_end",
        "SELECT count(*) FROM pickup_choices WHERE state <> 'SETTLED'",
        """
        SELECT 'choice=' || choice_id AS subject, 'a timer' AS expected, state AS found, '' AS repair
          FROM pickup_choices
         WHERE state <> 'SETTLED' AND NOT EXISTS (
               SELECT FROM timers WHERE key = choice_id::text AND kind IN ('rerouting.deadline', 'rerouting.move'))
         LIMIT 100
        """,
    ),
    Check(
        "rerouting.chosen_lines_stand_where_they_were_chosen",
        "SELECT count(*) FROM pickup_choices WHERE state = 'SETTLED' AND chosen IN ('COLLECT', 'SHIP')",
        """
        SELECT 'order=' || order_id || ' line=' || line.line_no AS subject,
               choice.chosen || ' ' || choice.target_location_id AS expected,
               line.method || ' ' || line.fulfilment_location_id AS found, '' AS repair
          FROM pickup_choices AS choice JOIN order_lines AS line USING (order_id)
         WHERE choice.state = 'SETTLED' AND choice.chosen IN ('COLLECT', 'SHIP') AND line.line_no = ANY(choice.line_nos)
           AND (line.method, line.fulfilment_location_id) IS DISTINCT FROM (choice.chosen, choice.target_location_id)
           AND NOT EXISTS (SELECT FROM pickup_choices AS later
                            WHERE later.order_id = choice.order_id AND later.business_time > choice.business_time
                              AND line.line_no = ANY(later.line_nos))
           AND NOT EXISTS (SELECT FROM order_edits AS later
                            WHERE later.order_id = choice.order_id AND later.business_time > choice.business_time
                              AND line.line_no = ANY(later.moved_line_nos)) LIMIT 100
        """,
    ),
)


async def terms(tx: Tx) -> Terms:
    """Those that hold."""
    row = await tx.fetchrow(_TERMS)
    return Terms(row["ask"], row["hours"], Option(row["otherwise"]), row["version"]) if row else Terms()


async def put_terms(tx: Tx, given: Terms, now: datetime, actor: Actor) -> bool:
    """Adds terms; False if somebody else did at the same moment."""
    what = (given.version, given.ask, given.hours, given.otherwise, actor.kind, actor.id, now)
    return bool(await tx.fetchval(_PUT_TERMS, *what))


async def insert(tx: Tx, given: Choice, actor: Actor) -> None:
    what = (given.choice_id, given.order_id, given.order_no, given.location_id, list(given.line_nos), given.state)
    when = (given.deadline_time, given.otherwise, given.update_time)
    await tx.execute(_INSERT, *what, *when, actor.kind, actor.id, actor.terminal_id)


async def put(tx: Tx, given: Choice, actor: Actor) -> None:
    """Writes it as it stands now."""
    what = (given.choice_id, given.state, given.chosen, given.target_location_id, list(given.target_line_nos))
    await tx.execute(_PUT, *what, given.contact_id, given.update_time, actor.kind, actor.id, actor.terminal_id)


async def find(tx: Tx, choice_id: str, *, lock: bool = False) -> Choice | None:
    row = await tx.fetchrow(_LOCK if lock else _FIND, choice_id)
    return _choice(row) if row else None


async def of_order(tx: Tx, order_id: str) -> Choice | None:
    """The newest question about an order."""
    row = await tx.fetchrow(_OF_ORDER, order_id)
    return _choice(row) if row else None


async def move_lines(tx: Tx, order_id: str, line_nos: Sequence[int], method: str, place: str, contact_id: str) -> None:
    """How lines reach their shopper from now on; what they cost stays."""
    await tx.execute(_MOVE_LINES, order_id, list(line_nos), method, place, contact_id)


async def names(tx: Tx, location_ids: Sequence[str]) -> dict[str, str]:
    return {row["location_id"]: row["name"] for row in await tx.fetch(_NAMES, list(location_ids))}


def _choice(row: Any) -> Choice:
    values = dict(row) | {
        "state": State(row["state"]),
        "otherwise": Option(row["otherwise"]),
        "chosen": Option(row["chosen"]),
        "line_nos": tuple(row["line_nos"]),
        "target_line_nos": tuple(row["target_line_nos"]),
    }
    return Choice(**values)
