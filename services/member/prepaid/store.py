"""Every SQL statement about prepaid goods."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.member.prepaid.domain import InvoiceTiming, Pack, Program, RefundTo

_PROGRAM = """
program_id, name, sku, units, price, list_price, valid_days, upgrade_skus, giftable, invoice_timing, active,
       refund_to, pack_sku
"""
_PUT = f"""
INSERT INTO prepaid_programs ({_PROGRAM}, business_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (program_id) DO UPDATE
   SET name = excluded.name, sku = excluded.sku, units = excluded.units, price = excluded.price,
       list_price = excluded.list_price, valid_days = excluded.valid_days, upgrade_skus = excluded.upgrade_skus,
       giftable = excluded.giftable, invoice_timing = excluded.invoice_timing, active = excluded.active,
       refund_to = excluded.refund_to, pack_sku = excluded.pack_sku
"""
_FIND = f"SELECT {_PROGRAM} FROM prepaid_programs WHERE program_id = $1"
_BY_PACK_SKU = f"SELECT {_PROGRAM} FROM prepaid_programs WHERE pack_sku <> '' LIMIT 500"
_LIST = f"SELECT {_PROGRAM} FROM prepaid_programs ORDER BY program_id LIMIT 500"
_PACK = """
pack_id, program_id, buyer_id, location_id, order_id, units, paid, list_price, invoice_timing, sale_time, expire_time,
       refund, end_time, refund_to, line_no
"""
_SELL = """
INSERT INTO prepaid_packs (pack_id, program_id, buyer_id, location_id, order_id, units, paid, list_price,
                           invoice_timing, sale_time, expire_time, refund_to, line_no)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_LOCK = f"SELECT {_PACK} FROM prepaid_packs WHERE pack_id = ANY($1::uuid[]) ORDER BY pack_id FOR UPDATE"
_END = "UPDATE prepaid_packs SET refund = $2, end_time = $3 WHERE pack_id = $1"
_PACKS = f"""
SELECT {_PACK}, (SELECT coalesce(sum(spent), 0) FROM value_lots WHERE source_id = pack_id)::bigint AS redeemed
  FROM prepaid_packs WHERE expire_time >= $1 AND expire_time < $2 AND taken_back = ''
"""
# What a store gave of packs that another had sold, at the units' part of what was paid for them.
_SETTLEMENTS = """
SELECT pack.location_id AS seller, part.location_id AS redeemer, sum(part.amount - part.returned)::bigint AS units,
       sum((part.amount - part.returned) * pack.paid / pack.units)::bigint AS amount
  FROM value_parts AS part JOIN value_lots AS lot USING (lot_id) JOIN prepaid_packs AS pack ON pack_id = lot.source_id
 WHERE part.kind = 5 AND part.state = 2 AND part.spend_time >= $1 AND part.spend_time < $2
   AND part.location_id <> pack.location_id AND part.returned < part.amount
 GROUP BY pack.location_id, part.location_id ORDER BY pack.location_id, part.location_id
"""
_OVERDRAWN = """
SELECT format('pack=%s', p.pack_id) AS subject, p.units::text AS expected, coalesce(sum(l.issued), 0)::text AS found,
       '' AS repair
  FROM prepaid_packs AS p LEFT JOIN value_lots AS l ON l.source_id = p.pack_id
 GROUP BY p.pack_id HAVING coalesce(sum(l.issued), 0) <> p.units LIMIT 100
"""

CHECKS = (Check("prepaid.lots_are_the_pack", "SELECT count(*) FROM prepaid_packs", _OVERDRAWN),)


async def put(tx: Tx, one: Program, now: datetime) -> None:
    """Makes or changes a programme."""
    head = (one.program_id, one.name, one.sku, one.units, one.price, one.list_price, one.valid_days)
    more = (one.giftable, one.invoice_timing, one.active, one.refund_to, one.pack_sku, now)
    await tx.execute(_PUT, *head, list(one.upgrade_skus), *more)


async def find(tx: Tx, program_id: str) -> Program | None:
    """A programme."""
    row = await tx.fetchrow(_FIND, program_id)
    return _program(row) if row else None


async def by_pack_sku(tx: Tx) -> dict[str, Program]:
    """Programmes whose packs are sold by lines, by the good of the line; also those that are not offered any more."""
    return {row["pack_sku"]: _program(row) for row in await tx.fetch(_BY_PACK_SKU)}


async def programs(tx: Tx) -> list[Program]:
    """All of them."""
    return [_program(row) for row in await tx.fetch(_LIST)]


async def sell(tx: Tx, one: Pack) -> None:
    """A pack was bought."""
    head = (one.pack_id, one.program_id, one.buyer_id, one.location_id, one.order_id, one.units, one.paid)
    when = (one.invoice_timing, one.sale_time, one.expire_time)
    await tx.execute(_SELL, *head, one.list_price, *when, one.refund_to, one.line_no)


async def lock(tx: Tx, pack_ids: Sequence[str]) -> list[Pack]:
    """Packs, locked in key order."""
    return [_pack(row) for row in await tx.fetch(_LOCK, sorted(set(pack_ids)))]


async def end(tx: Tx, pack_id: str, refund: int, moment: datetime) -> None:
    """A pack is over."""
    await tx.execute(_END, pack_id, refund, moment)


async def ended(tx: Tx, first: datetime, until: datetime) -> list[tuple[Pack, int]]:
    """Packs whose time ended in these days, and how many of their units were taken."""
    return [(_pack(row), row["redeemed"]) for row in await tx.fetch(_PACKS, first, until)]


async def settlements(tx: Tx, first: datetime, until: datetime) -> list[asyncpg.Record]:
    """What stores owe each other."""
    return list(await tx.fetch(_SETTLEMENTS, first, until))


def _program(row: Any) -> Program:
    values = dict(row)
    return Program(
        **values | {"upgrade_skus": tuple(row["upgrade_skus"]), "refund_to": RefundTo(row["refund_to"])} | _timing(row)
    )


def _pack(row: Any) -> Pack:
    values = {name: row[name] for name in Pack.__dataclass_fields__}
    return Pack(**values | {"refund_to": RefundTo(row["refund_to"])} | _timing(row))


def _timing(row: Any) -> dict[str, InvoiceTiming]:
    return {"invoice_timing": InvoiceTiming(row["invoice_timing"])}
