"""Writes a drawn chain into an empty inventory database by COPY: goods, places, prices, levels, a year's journal."""

import itertools
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import asyncpg
import numpy as np

from benchmarks.books import WHO, Books, filling, put
from benchmarks.members import binary
from benchmarks.members.binary import Column
from benchmarks.planner import chain
from benchmarks.planner.chain import Batch, Moved

_MOVEMENT = ("sku", "location_id", "kind", "quantity", "business_time", "source_id", "line_no", "first_unit",
             "actor_kind", "actor_id")  # fmt: skip
_LEVEL = ("sku", "location_id", "on_hand", "opened", "version")
_PART = 1 << 20
_POLICY = {"move_cost": 30, "least_gain": 50}


async def fill(books: Books, goods: int, places: int) -> int:
    """How many entries the journal has; statistics are taken and all is on disk at the end."""
    now, numbers, entries = datetime.now(UTC), itertools.count(), 0
    skus = binary.each([_sku(number).encode() for number in range(goods)])
    places_ = binary.each([_place(number).encode() for number in range(places)])
    async with filling(books) as connection:
        await _describe(connection, goods, places)
        for batch in chain.batches(goods, places):
            for moved in batch.moved:
                rows = _movements(moved, skus, places_, now, next(numbers))
                await _copy(connection, "movements", _MOVEMENT, rows)
                entries += len(moved.skus)
            await _copy(connection, "stock_levels", _LEVEL, _levels(batch, skus, places_))
    return entries


def _movements(moved: Moved, skus: Column, places: Column, now: datetime, number: int) -> bytes:
    count = len(moved.skus)
    # only what is a line of an order is kept from being told twice
    line = 1 if moved.kind == "SALE" else 0
    sources = number * 10**8 + np.arange(count, dtype=np.int64)
    return binary.rows(
        count,
        [
            skus[moved.skus],
            places[moved.places],
            binary.same(moved.kind),
            binary.int8(moved.units),
            binary.times(now, -moved.ago),
            binary.hexadecimal(sources.astype(">i8").reshape(-1, 1)),
            binary.same_number(line, 4),
            binary.same_number(0),
            binary.same("service"),
            binary.same("benchmark"),
        ],
    )


def _levels(batch: Batch, skus: Column, places: Column) -> bytes:
    columns = [skus[batch.skus], places[batch.places], binary.int8(batch.on_hand)]
    return binary.rows(len(batch.skus), [*columns, binary.same(b"\x01"), binary.same_number(1)])


async def _copy(connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
    await connection.copy_to_table(table, source=_whole(rows), columns=columns, format="binary", timeout=600)


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield binary.HEAD
    for at in range(0, len(data), _PART):
        yield data[at : at + _PART]
    yield binary.TAIL


async def _describe(connection: asyncpg.Connection, goods: int, places: int) -> None:
    """What it is that moves, what it costs and is sold for, and headquarters' policy."""
    sizes = len(chain.SIZES)
    products = [
        {"product_id": f"P{n:06}", "name": f"Coat {n}", "categories": ["Clothes", f"K{n % 40:02}"], "active": True}
        for n in range(-(-goods // sizes))
    ]
    variants, prices = [], []
    for number in range(goods):
        product, size = divmod(number, sizes)
        kind, options = product % 40, json.dumps({"size": chain.SIZES[size], "colour": "camel"})
        variants.append({
            "sku": _sku(number), "product_id": f"P{product:06}", "position": size, "options": options,
            "base_unit": "piece", "scale": 1, "tax_class": "standard", "unit_cost": 400 + 10 * kind, "active": True,
        })  # fmt: skip
        prices.append({"price_list_id": "retail", "sku": _sku(number), "amount": 1000 + 25 * kind, "version": 1})
    stores = [
        {"location_id": _place(n), "kind": "STORE" if n else "WAREHOUSE", "name": _place(n), "active": True,
         "time_zone": "Asia/Taipei", "pickup": True, "ships": True}
        for n in range(places)
    ]  # fmt: skip
    await put(connection, "products", [one | WHO for one in products])
    await put(connection, "variants", variants)
    await put(connection, "locations", [one | WHO for one in stores])
    channels = (("stores", "STORE"), ("web", "ONLINE"))
    await put(connection, "channels", [{"channel_id": n, "kind": k, "name": n, "version": 1} for n, k in channels])
    await put(connection, "tax_classes", [{"tax_class": "standard", "rate_bp": 500, "version": 1}])
    retail = {"price_list_id": "retail", "currency_code": "TWD", "tax_included": True}
    await put(connection, "price_lists", [retail | WHO])
    await put(connection, "prices", prices)
    await put(connection, "planning_policies", [WHO | {"document": json.dumps(_POLICY)}])


def _sku(number: int) -> str:
    return f"S{number:06}"


def _place(number: int) -> str:
    return f"L{number:05}"
