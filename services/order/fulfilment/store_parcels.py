"""Parcels of tasks, and what their carriers said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.audit import Check
from kit.postgres import Tx
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_parcels import Parcel, ParcelState, Units, Word
from services.order.serials import store as serials

_INSERT = """
INSERT INTO parcels (parcel_id, fulfilment_id, number, carrier, service, state, weight_grams, units, lots, update_time)
SELECT parcel_id, $1, number, carrier, service, 'PACKED', weight_grams, units, lots, $2
  FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[], $8::jsonb[], $9::jsonb[])
       AS one (parcel_id, number, carrier, service, weight_grams, units, lots)
"""
# what is called off leaves its serials to others
_CHANGE = """
WITH free AS (
    DELETE FROM unit_serials USING unnest($2::uuid[], $3::text[]) AS one (parcel_id, state)
     WHERE unit_serials.parcel_id = one.parcel_id AND one.state = 'CANCELLED' RETURNING sku, serial
), kept AS (
UPDATE parcels AS parcel
   SET state = one.state, carrier = one.carrier, service = one.service, tracking_no = one.tracking_no,
       tracking_url = one.tracking_url, refusal = one.refusal, booking = one.booking, told = one.told,
       told_time = one.told_time, update_time = $1
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[],
              $10::text[], $11::timestamptz[])
       AS one (parcel_id, state, carrier, service, tracking_no, tracking_url, refusal, booking, told, told_time)
 WHERE parcel.parcel_id = one.parcel_id
)
SELECT sku, serial FROM free
"""
_TASK = "SELECT fulfilment_id FROM parcels WHERE parcel_id = $1"
_LOTS = "SELECT lots::text FROM parcels WHERE fulfilment_id = $1 AND state <> 'CANCELLED' ORDER BY number"
_BACK = "SELECT order_id, line_no, first_unit, last_unit FROM return_units WHERE order_id = ANY($1::uuid[]) AND live"
_TELL = """
INSERT INTO parcel_news (parcel_id, carrier, notice_id, kind, place, business_time)
SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT DO NOTHING RETURNING notice_id
"""

CHECKS = (
    Check(
        "fulfilment.parcels_hold_their_task",
        "SELECT count(*) FROM fulfilments WHERE ship_deadline_time IS NOT NULL",
        # each line's units in parcels are the task's own, also of those that were cancelled with it
        """
        SELECT 'fulfilment=' || whole.fulfilment_id || ' line=' || part.line_no AS subject, part.quantity AS expected,
               coalesce(inside.quantity, 0) AS found, '' AS repair
          FROM fulfilments AS whole
          JOIN LATERAL (
               SELECT line_no, sum(quantity) AS quantity FROM fulfilment_lines AS line
                WHERE line.fulfilment_id = whole.fulfilment_id GROUP BY line_no) AS part ON true
          LEFT JOIN LATERAL (
               SELECT sum((unit ->> 2)::bigint) AS quantity
                 FROM parcels AS parcel CROSS JOIN LATERAL jsonb_array_elements(parcel.units) AS unit
                WHERE parcel.fulfilment_id = whole.fulfilment_id AND (unit ->> 0)::int = part.line_no) AS inside ON true
         WHERE whole.ship_deadline_time IS NOT NULL AND part.quantity <> coalesce(inside.quantity, 0) LIMIT 100
        """,
    ),
    Check(
        "fulfilment.parcels_stand_with_their_task",
        "SELECT count(*) FROM parcels",
        # on its way only with a task that left, of which one may still wait for its carrier; there or lost for good as
        # their task says; a carrier is asked until it answers
        """
        SELECT 'parcel=' || parcel_id AS subject, 'a parcel of a ' || whole.state || ' task' AS expected,
               parcel.state AS found, '' AS repair
          FROM parcels AS parcel JOIN fulfilments AS whole USING (fulfilment_id)
         WHERE CASE
               WHEN whole.state IN ('SHIPPED', 'DELIVERED', 'UNDELIVERED')
               THEN (whole.state <> 'SHIPPED' AND parcel.state IN ('PACKED', 'BOOKED'))
                    OR (whole.state = 'DELIVERED' AND parcel.state NOT IN ('DELIVERED', 'CANCELLED'))
                    OR (parcel.state = 'PACKED' AND NOT EXISTS (
                        SELECT FROM timers WHERE key = parcel_id::text AND kind = 'shipping.book'))
               WHEN whole.state = 'CANCELLED' THEN parcel.state <> 'CANCELLED'
               ELSE parcel.state NOT IN ('PACKED', 'BOOKED', 'REFUSED')
                    OR (parcel.state = 'PACKED' AND NOT EXISTS (
                        SELECT FROM timers WHERE key = parcel_id::text AND kind = 'shipping.book')) END LIMIT 100
        """,
    ),
)

_Units = tuple[tuple[int, int, int], ...]
_Tail = tuple[int, str, str, str, int, str, datetime | None]
_Head = tuple[str, int, str, str, ParcelState]
_Row = tuple[_Head, _Units, _Tail]

_decode = msgspec.json.Decoder(list[_Row]).decode
_encode = msgspec.json.Encoder().encode
_decode_lots = msgspec.json.Decoder(list[tuple[int, str, str, str, int, str]]).decode


def parcels(text: str | None) -> tuple[Parcel, ...]:
    """The parcels of a task's row."""
    if not text:
        return ()
    return tuple(_parcel(*row) for row in _decode(text))


def _parcel(head: _Head, units: _Units, tail: _Tail) -> Parcel:
    weight, tracking_no, tracking_url, refusal, booking, told, at = tail
    inside = tuple(Units(*one) for one in units)
    return Parcel(*head, inside, weight, tracking_no, tracking_url, refusal, booking, told, at)


async def insert(
    tx: Tx, fulfilment_id: str, given: Sequence[tuple[Parcel, Sequence[Named]]], at: datetime
) -> None:  # fmt: skip
    """Keeps new parcels, with the lots that somebody saw go into them."""
    rows = [
        (one.parcel_id, one.number, one.carrier, one.service, one.weight_grams, _units(one), _lots(lots))
        for one, lots in given
    ]
    await tx.execute(_INSERT, fulfilment_id, at, *map(list, zip(*rows, strict=True)))


async def change(tx: Tx, given: Sequence[Parcel], at: datetime) -> None:
    """Keeps what changed of parcels."""
    rows = [
        (one.parcel_id, one.state, one.carrier, one.service, one.tracking_no, one.tracking_url, one.refusal,
         one.booking, one.told, one.told_time)
        for one in given
    ]  # fmt: skip
    if rows:
        freed = await tx.fetch(_CHANGE, at, *map(list, zip(*rows, strict=True)))
        await serials.passed(tx, ((row["sku"], row["serial"]) for row in freed))


async def task(tx: Tx, parcel_id: str) -> str | None:
    """Which task it is a parcel of."""
    found: str | None = await tx.fetchval(_TASK, parcel_id)
    return found


async def lots(tx: Tx, fulfilment_id: str) -> list[Named]:
    """What somebody saw go into a task's parcels."""
    rows = await tx.fetch(_LOTS, fulfilment_id)
    return [Named(*one) for row in rows for one in _decode_lots(row["lots"])]


async def taken_back(tx: Tx, order_ids: Sequence[str]) -> dict[str, set[tuple[int, int]]]:
    """By order: lines and units that are in a return."""
    found: dict[str, set[tuple[int, int]]] = {}
    for row in await tx.fetch(_BACK, order_ids):
        units = range(row["first_unit"], row["last_unit"] + 1)
        found.setdefault(row["order_id"], set()).update((row["line_no"], unit) for unit in units)
    return found


async def tell(tx: Tx, parcel_id: str, carrier: str, words: Sequence[Word]) -> set[str]:
    """Keeps a carrier's words, each once; gives the ids of those that are new."""
    rows = [(one.notice_id, one.kind, one.place, one.at) for one in words]
    found = await tx.fetch(_TELL, parcel_id, carrier, *map(list, zip(*rows, strict=True)))
    return {row["notice_id"] for row in found}


def _units(given: Parcel) -> str:
    return _encode([(one.line_no, one.first_unit, one.quantity) for one in given.units]).decode()


def _lots(given: Sequence[Named]) -> str:
    rows: list[tuple[Any, ...]] = [
        (one.line_no, one.lot, one.serial, one.expire_date, one.quantity, one.sku) for one in given
    ]
    return _encode(rows).decode()
