"""The same decision as the service makes it: one far ask through Postgres, with locks, rules and what is written."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from benchmarks import books
from benchmarks.books import WHO, Books
from benchmarks.promises.drawn import Case
from kit.ids import uuid7
from kit.postgres import Database
from services.inventory.availability.limits import Book
from services.inventory.stock.domain import Hold, Line, OutOfStock, Who
from services.inventory.stock.domain_commands import Ask, Release
from services.inventory.stock.holds import Holds

_SKU = "COAT"
_US = Who("service", "benchmark")


@dataclass(slots=True)
class Decided:
    """Milliseconds of the clock of each far decision, and what they came to."""

    times: list[float] = field(default_factory=list)
    granted: int = 0
    refused: int = 0


async def measure(case: Case, asks: int) -> Decided:
    """So many far decisions, one at a time; what was granted is given back before the next."""
    async with books.inventory() as found:
        await _fill(found, case)
        db = await Database.open(found.dsn, size=2)
        try:
            return await _ask(db, case, asks)
        finally:
            await db.close()


async def _ask(db: Database, case: Case, asks: int) -> Decided:
    holds, random, decided = Holds(db, _now, rules=Book(_now)), Random(5), Decided()
    far = _far(case)
    # the first one fills the memory of rules and statements
    for number in range(asks + 1):
        pool, units = random.choice(far)
        line = Line(1, _SKU, "", units, pool_id=_channel(pool))
        ask = Ask(hold_id := uuid7(), (line,), b"", _US, order_id=hold_id)
        begun = time.perf_counter()
        answer = (await holds.run([ask]))[0]
        taken = (time.perf_counter() - begun) * 1e3
        if isinstance(answer, Hold):
            await holds.run([Release(hold_id, _US)])
        elif not isinstance(answer, OutOfStock):
            raise answer
        if number:
            decided.times.append(taken)
            decided.granted += isinstance(answer, Hold)
            decided.refused += isinstance(answer, OutOfStock)
    return decided


def _far(case: Case) -> list[tuple[int, int]]:
    """Pools, with more units than are free in them: only moving what was promised can serve so many."""
    free = [sum(case.board.net.available[place] for place in pool) for pool in case.pools]
    return [(number, units) for number, left in enumerate(free) for units in (1, 2, 3) if left < units]


async def _fill(found: Books, case: Case) -> None:
    parts, now = case.board.parts(), _now()
    channels = {choice: _channel(number) for number, choice in enumerate(case.pools)}
    groups: dict[str, list[str]] = {name: [] for name in case.stock}
    for choice, channel in channels.items():
        for name in choice:
            groups[name].append(channel)
    stores = [
        {"location_id": name, "kind": "STORE", "name": name, "active": True, "time_zone": "Asia/Taipei",
         "pickup": True, "ships": True, "groups": groups[name]}
        for name in case.stock
    ]  # fmt: skip
    levels = [
        {"sku": _SKU, "location_id": name, "on_hand": units, "held": units - case.board.net.available[name],
         "opened": True}
        for name, units in case.stock.items()
    ]  # fmt: skip
    ids = {owner: uuid7() for owner in sorted({part.owner for part in parts}, key=lambda one: int(one[0][1:]))}
    holds = [{"hold_id": id_, "state": "ACTIVE", "order_id": id_, "create_time": now} for id_ in ids.values()]
    lines = [
        {"hold_id": ids[part.owner], "line_no": 1, "sku": _SKU, "location_id": part.location_id,
         "quantity": part.quantity, "pool_id": channels[part.choice]}
        for part in parts
    ]  # fmt: skip
    coat = {"sku": _SKU, "product_id": _SKU, "position": 0, "base_unit": "piece", "scale": 1, "active": True}
    async with books.filling(found) as connection:
        await books.put(connection, "products", [{"product_id": _SKU, "name": _SKU, "active": True} | WHO])
        await books.put(connection, "variants", [coat])
        await books.put(connection, "locations", [one | WHO for one in stores])
        of_all = [{"kind": "ONLINE", "name": one, "channel_id": one, "version": 1} for one in channels.values()]
        await books.put(connection, "channels", of_all)
        of_groups = [{"group_id": one, "kind": "CHANNEL", "name": one, "channel_id": one} for one in channels.values()]
        await books.put(connection, "location_groups", [one | WHO for one in of_groups])
        await books.put(connection, "stock_levels", levels)
        await books.put(connection, "holds", [one | WHO for one in holds])
        await books.put(connection, "hold_lines", lines)


def _channel(number: int) -> str:
    return f"channel-{number}"


def _now() -> datetime:
    return datetime.now(UTC)
