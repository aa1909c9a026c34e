"""Writes fulfilments: each change takes the next number of its location and leaves a step in the journal."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.order.checkout.domain import Order
from services.order.fulfilment import store_reads
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.store_reads import COLUMNS

# Columns of fulfilments, and of lines by the number of their fulfilment. Heads are locked in the order of their codes,
# by everybody.
_OPEN = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::timestamptz[], $10::bigint[], $11::timestamptz[], $12::text[], $13::text[], $14::text[],
                         $15::text[], $16::text[], $17::text[], $18::text[], $19::int[])
           WITH ORDINALITY AS one (fulfilment_id, order_id, order_no, member_id, method, location_id, contact_id,
                                   masked_name, accept_deadline_time, amount, at, actor_kind, actor_id,
                                   actor_terminal_id, decision_id, state, held_state, reason, part_no, number)
), heads AS (
    INSERT INTO fulfilment_heads (location_id, version)
    SELECT location_id, count(*) FROM given GROUP BY location_id ORDER BY location_id
    ON CONFLICT (location_id) DO UPDATE SET version = fulfilment_heads.version + excluded.version
    RETURNING location_id, version
), made AS (
    INSERT INTO fulfilments (fulfilment_id, order_id, order_no, member_id, method, location_id, state, version,
        contact_id, masked_name, accept_deadline_time, amount, business_time, update_time, decision_id, held_state,
        reason, part_no)
    SELECT fulfilment_id, order_id, order_no, member_id, method, location_id, state,
           heads.version + 1 - row_number() OVER (PARTITION BY location_id ORDER BY number DESC), contact_id,
           masked_name, accept_deadline_time, amount, at, at, decision_id, held_state, reason, part_no
      FROM given JOIN heads USING (location_id)
    RETURNING fulfilment_id, version
), lines AS (
    INSERT INTO fulfilment_lines (fulfilment_id, line_no, sku, name, quantity, by_measure, first_unit)
    SELECT fulfilment_id, line_no, sku, name, quantity, by_measure, first_unit
      FROM unnest($20::bigint[], $21::int[], $22::text[], $23::text[], $24::bigint[], $25::bool[], $26::bigint[])
           AS line (number, line_no, sku, name, quantity, by_measure, first_unit) JOIN given USING (number)
), steps AS (
    INSERT INTO fulfilment_steps (fulfilment_id, version, from_state, to_state, reason, request_id, actor_kind,
        actor_id, actor_terminal_id, business_time)
    SELECT fulfilment_id, version, '', state, reason, '', actor_kind, actor_id, actor_terminal_id, at
      FROM made JOIN given USING (fulfilment_id)
)
SELECT fulfilment_id, version FROM made
"""
# what is sent to the store where its shopper collects it
_SEND = """
INSERT INTO pickup_legs (fulfilment_id, order_id, from_location_id, to_location_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
"""
_CHANGE = """
WITH head AS (
    UPDATE fulfilment_heads SET version = version + 1 WHERE location_id = $2 RETURNING version
), changed AS (
    UPDATE fulfilments
       SET version = head.version, state = $3, held_state = $4, reason = $5, late = $6, pickup_deadline_time = $7,
           picker_staff_code = $8, handed_over_by_staff_code = $9, handed_over_time = $10, handover_event_id = $11,
           capture = $12, pin_hash = $13, pin_sealed = $14, pin_tries = $15, update_time = $16,
           ready_deadline_time = $22, ship_deadline_time = $23
      FROM head WHERE fulfilment_id = $1
), step AS (
    INSERT INTO fulfilment_steps (fulfilment_id, version, from_state, to_state, reason, request_id, actor_kind,
        actor_id, actor_terminal_id, business_time)
    SELECT $1, version, $17, $3, $5, $18, $19, $20, $21, $16 FROM head
)
SELECT version FROM head
"""
# one statement, so that a thousand guesses at once are still counted one by one
_COUNT_WRONG = """
UPDATE fulfilments SET pin_tries = pin_tries + 1
 WHERE fulfilment_id = $1 AND state = 'READY' AND pin_tries < $3 AND pin_hash IS DISTINCT FROM $2 AND NOT EXISTS (
       SELECT FROM pickup_proxies AS proxy
        WHERE proxy.fulfilment_id = $1 AND proxy.pin_hash = $2 AND proxy.state <> 'REVOKED')
RETURNING pin_tries
"""
_ASKING = """
ARRAY(SELECT line.sku FROM fulfilment_lines AS line JOIN variants USING (sku)
       WHERE line.fulfilment_id = fulfilments.fulfilment_id AND variants.serials) AS asking
"""
_LOCK = f"SELECT {COLUMNS}, {_ASKING} FROM fulfilments WHERE fulfilment_id = $1 FOR UPDATE"
_LOCK_OF_ORDERS = f"""
SELECT {COLUMNS}, {_ASKING} FROM fulfilments WHERE order_id = ANY($1::uuid[])
 ORDER BY order_id, location_id, method, decision_id, part_no FOR UPDATE
"""
# before many tasks of many places change in one transaction: heads are taken in one order by everybody, also those of
# places that never had a task
_LOCK_HEADS = """
INSERT INTO fulfilment_heads (location_id, version) SELECT location_id, 0 FROM unnest($1::text[]) AS place (location_id)
 ORDER BY location_id
ON CONFLICT (location_id) DO UPDATE SET version = fulfilment_heads.version
"""
_SHOW_ORDERS = """
INSERT INTO order_places (location_id, business_time, order_id)
SELECT place.location_id, orders.business_time, orders.order_id
  FROM unnest($1::uuid[], $2::text[]) AS place (order_id, location_id) JOIN orders USING (order_id)
ON CONFLICT DO NOTHING
"""
_CAPTURED = "UPDATE fulfilments SET capture = 'CAPTURED' WHERE fulfilment_id = $1"
# what sourcing took of a task; never the whole of it
_SHRINK = """
WITH kept AS (
    SELECT * FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS kept (line_no, first_unit, quantity)
), gone AS (
    DELETE FROM fulfilment_lines AS line
     WHERE fulfilment_id = $1 AND NOT EXISTS (
           SELECT FROM kept WHERE kept.line_no = line.line_no AND kept.first_unit = line.first_unit)
), less AS (
    UPDATE fulfilment_lines AS line SET quantity = kept.quantity FROM kept
     WHERE fulfilment_id = $1 AND line.line_no = kept.line_no AND line.first_unit = kept.first_unit
)
UPDATE fulfilments SET amount = $5 WHERE fulfilment_id = $1
"""
_TOUCH_ORDER = """
UPDATE orders SET version = version + 1, update_time = now() WHERE order_id = $1
RETURNING version, resolve_member(member_id) AS member_id
"""


async def insert(tx: Tx, opened: Sequence[tuple[Fulfilment, Actor]]) -> dict[str, int]:
    """Stores new fulfilments, each in somebody's name, in one round trip; gives the version of each."""
    heads = [_head(each, actor) for each, actor in opened]
    lines = [
        (number, line.line_no, line.sku, line.name, line.quantity, line.by_measure, line.first_unit)
        for number, (each, _) in enumerate(opened, 1)
        for line in each.lines
    ]
    rows = await tx.fetch(_OPEN, *map(list, zip(*heads, strict=True)), *map(list, zip(*lines, strict=True)))
    await send(tx, [each for each, _ in opened])
    return {row[0]: row[1] for row in rows}


async def send(tx: Tx, given: Sequence[Fulfilment]) -> None:
    """Keeps where those of them go that their shopper collects elsewhere."""
    if ways := [
        (each.fulfilment_id, each.order_id, each.location_id, each.to_location_id)
        for each in given
        if each.to_location_id
    ]:
        await tx.execute(_SEND, *map(list, zip(*ways, strict=True)))


def _head(given: Fulfilment, actor: Actor) -> tuple[Any, ...]:
    order = (given.fulfilment_id, given.order_id, given.order_no, given.member_id)
    place = (given.method, given.location_id, given.contact_id, given.masked_name)
    what = (given.accept_deadline, given.amount, given.update_time)
    state = (given.decision_id, given.state, given.held_state, given.reason, given.part_no)
    return (*order, *place, *what, actor.kind, actor.id, actor.terminal_id, *state)


async def change(tx: Tx, before: Fulfilment, after: Fulfilment, request_id: str, actor: Actor) -> int:
    """Stores a fulfilment as it stands now, and the step that led there; gives its new version."""
    what = (after.state, after.held_state, after.reason, after.late, after.pickup_deadline, after.picker_staff_code)
    handover = (after.handed_over_by, after.handed_over_time, after.handover_event_id, after.capture)
    pin = (after.pin_hash, after.pin_sealed, after.pin_tries)
    step = (after.update_time, before.state, request_id, actor.kind, actor.id, actor.terminal_id)
    key = (after.fulfilment_id, after.location_id)
    terms = (after.ready_deadline, after.ship_deadline)
    return int(await tx.fetchval(_CHANGE, *key, *what, *handover, *pin, *step, *terms))


async def count_wrong(tx: Tx, fulfilment_id: str, pin_hash: bytes, most: int) -> int | None:
    """Counts a wrong PIN and gives how many there were; None if it is right, or no try is left, or none is due."""
    tries: int | None = await tx.fetchval(_COUNT_WRONG, fulfilment_id, pin_hash, most)
    return tries


async def lock(tx: Tx, fulfilment_id: str) -> Fulfilment | None:
    """The fulfilment, locked: its steps wait for each other here."""
    row = await tx.fetchrow(_LOCK, fulfilment_id)
    return store_reads.fulfilment(row) if row else None


async def lock_of_order(tx: Tx, order_id: str) -> list[Fulfilment]:
    """An order's fulfilments, locked, in the order in which their locations' heads are taken."""
    return await lock_of_orders(tx, [order_id])


async def lock_of_orders(tx: Tx, order_ids: Sequence[str]) -> list[Fulfilment]:
    """The same of many orders, one after the other."""
    return [store_reads.fulfilment(row) for row in await tx.fetch(_LOCK_OF_ORDERS, order_ids)]


async def lock_heads(tx: Tx, location_ids: Sequence[str]) -> None:
    """Has everybody else who changes a task there wait; each place once."""
    if location_ids:
        await tx.execute(_LOCK_HEADS, location_ids)


async def show_orders(tx: Tx, given: Sequence[Fulfilment]) -> None:
    """Has the staff of these fulfilments' locations find the orders."""
    await tx.execute(_SHOW_ORDERS, [each.order_id for each in given], [each.location_id for each in given])


async def shrink(tx: Tx, less: Fulfilment) -> None:
    """Leaves a task the lines that it still has, and their part of the money."""
    rows = [(line.line_no, line.first_unit, line.quantity) for line in less.lines]
    await tx.execute(_SHRINK, less.fulfilment_id, *map(list, zip(*rows, strict=True)), less.amount)


async def captured(tx: Tx, fulfilment_id: str) -> None:
    """Its part of the money is taken, as everybody expected: no step worth telling."""
    await tx.execute(_CAPTURED, fulfilment_id)


async def touch_order(tx: Tx, order_id: str) -> int:
    """The number of the order's next event."""
    return int(await tx.fetchval(_TOUCH_ORDER, order_id))


async def touched(tx: Tx, order: Order) -> tuple[Order, int]:
    """The same, and the order as whose it is now: who claims it waits from here on, or was here before."""
    (row,) = await tx.fetch(_TOUCH_ORDER, order.order_id)
    return replace(order, member_id=row["member_id"]), int(row["version"])
