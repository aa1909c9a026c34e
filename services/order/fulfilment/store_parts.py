"""Tasks that are split, and tasks that become one again."""

from kit.access import Actor
from kit.postgres import Tx
from services.order.fulfilment import store
from services.order.fulfilment.domain import Fulfilment

# as it stands, but for what makes it another
_SPLIT = """
WITH head AS (
    UPDATE fulfilment_heads SET version = version + 1
     WHERE location_id = (SELECT location_id FROM fulfilments WHERE fulfilment_id = $2) RETURNING version
), made AS (
    INSERT INTO fulfilments (fulfilment_id, order_id, order_no, member_id, method, location_id, state, version, reason,
        late, contact_id, masked_name, accept_deadline_time, ready_deadline_time, picker_staff_code, amount,
        decision_id, part_no, business_time, update_time)
    SELECT $1, order_id, order_no, member_id, method, location_id, state, head.version, $3, late, contact_id,
           masked_name, accept_deadline_time, ready_deadline_time, picker_staff_code, $4, decision_id, $5, $6, $6
      FROM fulfilments, head WHERE fulfilment_id = $2
    RETURNING state, version
), step AS (
    INSERT INTO fulfilment_steps (fulfilment_id, version, from_state, to_state, reason, request_id, actor_kind,
        actor_id, actor_terminal_id, business_time)
    SELECT $1, version, '', state, $3, $7, $8, $9, $10, $6 FROM made
)
SELECT version FROM made
"""
_PUT_LINES = """
WITH kept AS (
    SELECT * FROM unnest($2::int[], $3::text[], $4::text[], $5::bigint[], $6::bool[], $7::bigint[])
           AS kept (line_no, sku, name, quantity, by_measure, first_unit)
), gone AS (
    DELETE FROM fulfilment_lines AS line
     WHERE fulfilment_id = $1 AND NOT EXISTS (
           SELECT FROM kept WHERE kept.line_no = line.line_no AND kept.first_unit = line.first_unit)
), put AS (
    INSERT INTO fulfilment_lines (fulfilment_id, line_no, sku, name, quantity, by_measure, first_unit)
    SELECT $1, line_no, sku, name, quantity, by_measure, first_unit FROM kept
    ON CONFLICT (fulfilment_id, line_no, first_unit) DO UPDATE SET quantity = excluded.quantity
)
UPDATE fulfilments SET amount = $8 WHERE fulfilment_id = $1
"""


async def split(tx: Tx, whole_id: str, part: Fulfilment, request_id: str, actor: Actor) -> int:
    """Stores what left a task as a task of its own; gives its version."""
    key = (part.fulfilment_id, whole_id, part.reason, part.amount, part.part_no, part.update_time)
    version = await tx.fetchval(_SPLIT, *key, request_id, actor.kind, actor.id, actor.terminal_id)
    await put_lines(tx, part)
    await store.send(tx, [part])
    return int(version)


async def put_lines(tx: Tx, given: Fulfilment) -> None:
    """Has the task hold just these units, and their part of the money."""
    rows = [
        (one.line_no, one.sku, one.name, one.quantity, one.by_measure, one.first_unit) for one in given.lines
    ]  # fmt: skip
    await tx.execute(_PUT_LINES, given.fulfilment_id, *map(list, zip(*rows, strict=True)), given.amount)
