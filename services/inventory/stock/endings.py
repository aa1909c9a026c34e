"""Ends units that sourcing gives up: behind the locks of all levels where anything stands for the order."""

from collections.abc import Mapping
from datetime import datetime

from kit import outbox
from kit.postgres import Tx
from services.inventory.stock import (
    domain_allocations,
    domain_orders,
    ledger,
    orders,
    store_endings,
    store_holds,
    store_orders,
)
from services.inventory.stock.domain import Change, Meanwhile, Place
from services.inventory.stock.domain_allocations import Ended
from services.inventory.stock.domain_orders import News


async def give_up(tx: Tx, order_id: str, goods: Mapping[tuple[int, str], tuple[int, int]], now: datetime) -> None:
    """Ends these goods, by line and SKU in units of the good and of the line; what they held is free."""
    levels = await store_orders.lock(tx, (), [order_id])
    holds = await store_holds.lock(tx, [order_id])
    known = (await store_orders.allocations(tx, [order_id])).get(order_id, [])
    if order_id not in holds or any(one.place not in levels for one in known):
        raise Meanwhile("promises of the order moved a moment ago")
    before = (await store_endings.ended(tx, [order_id])).get(order_id, {})
    ended = [_added(*key, before.get(key, (0, 0)), units) for key, units in goods.items()]
    await store_endings.tell(tx, [(order_id, one) for one in ended])
    ends = before | {(one.line_no, one.sku): (one.quantity, one.units) for one in ended}
    outcome = domain_orders.hear(News(order_id, now), holds[order_id], known, ends)
    changes: dict[Place, Change] = {}
    orders.count(changes, outcome)
    changes = {place: one for place, one in changes.items() if one != Change()}
    applied = await store_orders.write(tx, outcome.allocations, [outcome.hold], changes, now)
    await outbox.append(tx, *await ledger.balance(tx, applied, outcome.demands, now))


def _added(line_no: int, sku: str, had: tuple[int, int], more: tuple[int, int]) -> Ended:
    return Ended(line_no, sku, domain_allocations.GIVEN_UP, had[0] + more[0], had[1] + more[1])
