"""What order's news do to stock, in every order of hearing."""

import asyncio
import itertools
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import stock_events_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, ORDER, Inventory, movement, new

_BOOKS = {
    "levels": "SELECT sku, location_id, on_hand, committed, held, damaged FROM stock_levels ORDER BY 1, 2",
    "allocations": "SELECT order_id, line_no, sku, location_id, quantity, handed_over, cancelled, open "
    "FROM allocations ORDER BY 1, 2, 3, 4",
    "holds": "SELECT hold_id, state, cancelled FROM holds ORDER BY 1",
    "lines": "SELECT hold_id, line_no, sku, location_id, quantity, active FROM hold_lines ORDER BY 1, 2",
    "movements": "SELECT source_id, line_no, kind, first_unit, sku, location_id, quantity FROM movements "
    "WHERE line_no > 0 ORDER BY 1, 2, 3, 4",
    "missing": "SELECT sku, location_id, sum(quantity - settled) FROM shortfalls WHERE settled < quantity "
    "GROUP BY 1, 2 ORDER BY 1, 2",
}


async def books(inventory: Inventory) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the end state is."""
    async with inventory.db.read() as tx:
        return {name: [tuple(row) for row in await tx.fetch(sql)] for name, sql in _BOOKS.items()}


async def held(inventory: Inventory, quantity: int = 3) -> str:
    order_id = new()
    await inventory.hold([("COAT", quantity)], ORDER, request_id=order_id, order_id=order_id)
    return order_id


async def test_a_confirmed_hold_becomes_an_allocation(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = await held(inventory)
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)))
    level = await inventory.level("COAT")
    assert (level.on_hand, level.committed, level.held, level.available) == (5, 3, 0, 2)
    (told,) = await inventory.told(stock_events_pb2.StockAllocated)
    assert (told.order_id, [(one.sku, one.location_id, one.quantity) for one in told.lines]) == (
        order_id,
        [("COAT", "TPE01", 3)],
    )
    # committed twice, by other words too: the first said what was promised
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)), news.confirmed(order_id, ("COAT", 2)))
    assert (await inventory.level("COAT")).committed == 3
    assert len(await inventory.told(stock_events_pb2.StockAllocated)) == 1
    with pytest.raises(Fault) as refused:
        await inventory.release(order_id, ORDER)
    assert (refused.value.reason, refused.value.metadata["state"]) == ("HOLD_ENDED", "COMMITTED")
    assert await inventory.drifts() == []


async def test_handover_takes_the_goods_and_ends_the_promise(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = await held(inventory)
    gone = news.handed_over(order_id, ("COAT", 2))
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)))
    for _ in range(2):  # told twice under two event ids: the line's units move once
        gone.meta.event_id = new()
        await inventory.hear(gone)
    level = await inventory.level("COAT")
    assert (level.on_hand, level.committed, level.available) == (3, 1, 2)
    await inventory.hear(news.handed_over(order_id, ("COAT", 1), first=2))
    level = await inventory.level("COAT")
    assert (level.on_hand, level.committed, level.available) == (2, 0, 2)
    assert await inventory.drifts() == []


async def test_a_cancelled_order_gives_everything_back(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = await held(inventory)
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)))
    await inventory.hear(news.cancelled(order_id))
    level = await inventory.level("COAT")
    assert (level.on_hand, level.committed, level.held, level.available) == (5, 0, 0, 5)


async def test_a_cancellation_releases_a_hold_that_nobody_released(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 5})
    order_id = await held(inventory)
    await inventory.hear(news.cancelled(order_id, was_confirmed=False))
    assert (await inventory.level("COAT")).available == 5
    assert len(await inventory.told(stock_events_pb2.HoldReleased)) == 1


async def test_a_confirmation_without_a_hold_allocates_and_says_what_is_missing(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 2})
    order_id = new()
    await inventory.hear(news.confirmed(order_id, ("COAT", 3)))
    level = await inventory.level("COAT")
    assert (level.committed, level.available) == (3, -1)
    (short,) = (await inventory.call(inventory.stock.ListShortfalls, pb.ListShortfallsRequest(), HQ)).shortfalls
    assert (short.sku, short.quantity, short.source_id) == ("COAT", 1, order_id)
    with pytest.raises(Fault) as refused:
        await inventory.hold([("COAT", 1)], ORDER, request_id=order_id, order_id=order_id)
    assert refused.value.reason == "HOLD_ENDED"
    assert await inventory.drifts() == []


async def test_news_of_one_order_end_the_same_in_every_order(inventory: Inventory) -> None:
    """Confirmed, cancelled, handed over in two parts: together, apart, in every order."""
    await inventory.stocked({("COAT", "TPE01"): 5, ("COAT", "TXG01"): 1})

    def told(order_id: str) -> list[Any]:
        return [
            news.confirmed(order_id, ("COAT", 3)),
            news.cancelled(order_id),
            news.handed_over(order_id, ("COAT", 1)),
            news.handed_over(order_id, ("COAT", 1), first=1, place="TXG01"),
        ]

    ends = []
    for wanted in itertools.chain(itertools.permutations(range(4)), itertools.permutations((0, 2, 3))):
        order_id = await held(inventory)
        events = [told(order_id)[number] for number in wanted]
        for event in events:
            await inventory.hear(event)
        ends.append((len(wanted), await _end(inventory, order_id)))
        assert await inventory.drifts() == [], wanted
    order_id = await held(inventory)
    await inventory.hear(*told(order_id))
    ends.append((4, await _end(inventory, order_id)))
    assert {length: {str(end) for each, end in ends if each == length} for length in (3, 4)} == {
        length: {str(next(end for each, end in ends if each == length))} for length in (3, 4)
    }


async def _end(inventory: Inventory, order_id: str) -> Any:
    """How one order ended, without its id; its goods are brought back, so that the next finds the same stock."""
    state = await books(inventory)
    end = {
        name: [tuple("ID" if value == order_id else value for value in row) for row in rows if order_id in row]
        for name, rows in state.items()
    }
    end["levels"] = state["levels"]
    end["missing"] = state["missing"]
    await inventory.hear(news.cancelled(order_id))
    back = [
        movement(row[0], row[1], wanted - row[2], "ADJUSTMENT")
        for row in (await books(inventory))["levels"]
        if row[2] != (wanted := {"TPE01": 5, "TXG01": 1}[row[1]])
    ]
    if back:
        await inventory.post(*back)
    return end


async def test_every_pair_of_news_commutes(inventory: Inventory) -> None:
    """Every event against every other: B before A ends like A before B."""
    await inventory.stocked({("COAT", "TPE01"): 4, ("HAT", "TPE01"): 0})

    def pair(order_id: str, sale_id: str) -> list[Any]:
        return [
            news.confirmed(order_id, ("COAT", 3)),
            news.cancelled(order_id),
            news.handed_over(order_id, ("COAT", 3)),
            news.recorded(news.sale(sale_id, ("COAT", 2), ("HAT", 1))),
            news.recorded(news.sale(sale_id, ("COAT", 2), ("HAT", 1)), news.sale(f"{sale_id}-2", ("COAT", 1))),
        ]

    for one, two in itertools.combinations_with_replacement(range(5), 2):
        ends = []
        for wanted in ((one, two), (two, one)):
            order_id, sale_id = await held(inventory), new()
            for number in wanted:
                await inventory.hear(pair(order_id, sale_id)[number])
            names = {order_id: "ORDER", sale_id: "SALE", f"{sale_id}-2": "SALE-2"}
            state = await books(inventory)
            ends.append(
                {
                    name: sorted(tuple(names.get(str(v), v) for v in row) for row in rows if names.keys() & set(row))
                    for name, rows in state.items()
                }
                | {"levels": state["levels"], "missing": state["missing"]}
            )
            assert await inventory.drifts() == [], wanted
            await _restock(inventory, order_id)
        assert ends[0] == ends[1], (one, two)


async def _restock(inventory: Inventory, order_id: str) -> None:
    await inventory.hear(news.cancelled(order_id))
    for sku, place, on_hand, *_ in (await books(inventory))["levels"]:
        wanted = {"COAT": 4, "HAT": 0}[sku]
        if on_hand != wanted:
            await inventory.post(movement(sku, place, wanted - on_hand, "ADJUSTMENT"))


async def test_news_and_holds_at_once_neither_wait_for_each_other_nor_oversell(inventory: Inventory) -> None:
    """Foreground holds over many places while batches of all kinds of news are taken."""
    skus = [f"S{number:02}" for number in range(12)]
    await inventory.stocked({(sku, "TPE01"): 30 for sku in skus})
    orders = [new() for _ in range(24)]
    consumers = asyncio.Semaphore(4)  # as many replicas, each with one batch in hand

    async def shop(number: int) -> None:
        wanted = [(skus[(number * 5 + step) % 12], 1) for step in range(4)]
        await inventory.hold(wanted, ORDER, request_id=orders[number], order_id=orders[number])
        events = [
            news.confirmed(orders[number], *wanted),
            news.recorded(news.sale(f"s{number}", *[(sku, 1) for sku in reversed(skus)])),
            news.handed_over(orders[number], *wanted) if number % 3 else news.cancelled(orders[number]),
        ]
        async with consumers:
            await inventory.hear(*events)

    await asyncio.gather(*map(shop, range(24)))
    assert await inventory.drifts() == []
    gone = [row for row in (await books(inventory))["movements"] if row[2] == "HANDOVER"]
    assert len(gone) == 4 * 16
    levels = (await books(inventory))["levels"]
    assert sum(row[2] for row in levels) == 12 * 30 - 24 * 12 - 4 * 16
    assert all(row[3] == row[4] == 0 for row in levels)
