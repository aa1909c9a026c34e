"""What happens in stores takes what was promised: it stands elsewhere at once, or is broken by name."""

from collections import Counter

from kit import timers
from omo.inventory.v1 import stock_events_pb2 as events
from omo.inventory.v1 import tasks_events_pb2, tasks_pb2
from services.inventory.promises.sourced import Promised
from services.inventory.sourcing.domain import Assignment
from services.inventory.stock.ledger import REPAIR
from tests.service.inventory import news
from tests.service.inventory.conftest import ORDER, Inventory, member, movement, new
from tests.service.inventory.floor_rig import Floor
from tests.service.inventory.test_promises import ask, brand, get, pooled, refused, stands


async def repair(inventory: Inventory) -> int:
    """Fires what is due, as the timers' loop does; how many SKUs there were."""
    async with inventory.db.read() as tx:
        due = [row["key"] for row in await tx.fetch("SELECT key FROM timers WHERE kind = $1", REPAIR)]
    for sku in due:
        async with inventory.db.transaction() as tx:
            await inventory.ground.repairs.mend(tx, sku)
            await timers.cancel(tx, REPAIR, sku)
    return len(due)


async def sell(inventory: Inventory, sku: str, quantity: int, place: str) -> None:
    await inventory.hear(news.recorded(news.sale(new(), (sku, quantity), place=place, at=inventory.clock())))


async def confirmed(inventory: Inventory, quantity: int, sku: str = "COAT", pool: str = "web") -> str:
    order_id = new()
    await ask(inventory, pooled(sku, quantity, pool), request_id=order_id, order_id=order_id)
    await inventory.hear(news.confirmed(order_id, (sku, quantity), place=""))
    return order_id


async def allocated(inventory: Inventory, order_id: str) -> Counter[str]:
    async with inventory.db.read() as tx:
        rows = await tx.fetch("SELECT location_id, open FROM allocations WHERE order_id = $1 AND open > 0", order_id)
    return Counter({row["location_id"]: row["open"] for row in rows})


async def test_an_offline_sale_moves_what_can_stand_elsewhere(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 5, ("COAT", "B"): 5})
    cart = await ask(inventory, pooled("COAT", 3), who=member("m1"))
    order_id = await confirmed(inventory, 2)
    assert (stands(cart), await allocated(inventory, order_id)) == ({"A": 3}, {"A": 2})
    await sell(inventory, "COAT", 4, "A")
    assert (await inventory.level("COAT", "A")).available == -4
    assert await inventory.drifts() == []
    assert await repair(inventory) == 1
    moved = stands(await get(inventory, cart.hold_id)) + await allocated(inventory, order_id)
    assert moved == {"A": 1, "B": 4}
    assert [(await inventory.level("COAT", one)).available for one in "AB"] == [0, 1]
    assert await inventory.told(events.PromiseBroken) == []
    assert await inventory.drifts() == []
    await inventory.release(cart.hold_id)
    await inventory.hear(news.handed_over(order_id, ("COAT", 2), place="B"))
    assert await inventory.drifts() == []


async def test_nobody_is_promised_what_saves_another(inventory: Inventory) -> None:
    """Between a fact and its repair, room elsewhere is not free."""
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    cart = await ask(inventory, pooled("COAT", 2), who=member("m1"))
    await sell(inventory, "COAT", 2, "A")
    fault = await refused(inventory.hold([("COAT", 1, "B")]))
    assert (fault.reason, fault.metadata["available"]) == ("OUT_OF_STOCK", "0")
    assert (await refused(ask(inventory, pooled("COAT", 1)))).reason == "OUT_OF_STOCK"
    await repair(inventory)
    assert stands(await get(inventory, cart.hold_id)) == {"B": 2}
    assert await inventory.drifts() == []


async def asked(inventory: Inventory) -> list[tuple[str, str]]:
    """Where somebody is to look at broken promises, and at which."""
    tasks = (await Floor(inventory).do("ListStockTasks", kind="PROMISE_BROKEN")).tasks
    return [(task.location_id, task.subject) for task in tasks]


async def ended(inventory: Inventory) -> list[tuple[str, str]]:
    """Subjects that nobody need look at any longer, and why: as everybody hears it."""
    told = [one.task for one in await inventory.told(tasks_events_pb2.StockTaskChanged)]
    return [(one.subject, one.resolution) for one in told if one.state == tasks_pb2.STOCK_TASK_STATE_RESOLVED]


async def test_the_youngest_promise_is_broken_by_name(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2})
    old = await confirmed(inventory, 2)
    inventory.clock.advance(seconds=1)
    young = await ask(inventory, pooled("COAT", 2), who=member("m1"))
    await sell(inventory, "COAT", 1, "A")
    await repair(inventory)
    assert (await allocated(inventory, old)).total() == 2
    assert "UNKNOWN" not in await allocated(inventory, old)
    assert stands(await get(inventory, young.hold_id))["UNKNOWN"] == 1
    (told,) = await inventory.told(events.PromiseBroken)
    assert (told.hold_id, told.order_id, told.line_no, told.sku, told.quantity) == (young.hold_id, "", 1, "COAT", 1)
    (task,) = (await Floor(inventory).do("ListStockTasks", kind="PROMISE_BROKEN")).tasks
    assert (task.location_id, dict(task.details)["quantity"]) == (told.location_id, "1")
    assert task.subject == f"COAT {young.hold_id}"
    assert await inventory.drifts() == []
    await inventory.post(movement("COAT", "A", 3, "RECEIPT"))
    assert await repair(inventory) == 1
    assert stands(await get(inventory, young.hold_id)).keys() <= {"A", "B"}
    (again,) = await inventory.told(events.PromiseMended)
    assert (again.hold_id, again.quantity) == (young.hold_id, 1)
    assert (await asked(inventory), await ended(inventory)) == ([], [(task.subject, "MENDED")])
    assert await inventory.drifts() == []
    await inventory.release(young.hold_id)
    assert await inventory.drifts() == []


async def test_a_broken_hold_is_confirmed_and_cancelled_like_others(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2})
    order_id = new()
    await ask(inventory, pooled("COAT", 2), request_id=order_id, order_id=order_id)
    await sell(inventory, "COAT", 1, "A")
    await repair(inventory)
    await inventory.hear(news.confirmed(order_id, ("COAT", 2), place=""))
    assert await allocated(inventory, order_id) == {"A": 1, "UNKNOWN": 1}
    assert await inventory.drifts() == []
    await inventory.hear(news.cancelled(order_id))
    assert await allocated(inventory, order_id) == {}
    assert (await inventory.level("COAT", "A")).available == 1
    assert await inventory.drifts() == []


async def test_nobody_looks_at_what_is_not_wanted_any_longer(inventory: Inventory) -> None:
    """Carts and orders that end take their task with them; of what stands again in part, the task stays."""
    await brand(inventory, {("COAT", "A"): 6})
    orders = [await confirmed(inventory, 2)]
    inventory.clock.advance(seconds=1)
    orders.append(await confirmed(inventory, 2))
    inventory.clock.advance(seconds=1)
    cart = await ask(inventory, pooled("COAT", 2), who=member("m1"))
    await sell(inventory, "COAT", 4, "A")
    await repair(inventory)
    subjects = {one: ("A", f"COAT {one}") for one in (*orders, cart.hold_id)}
    assert sorted(await asked(inventory)) == sorted([subjects[orders[1]], subjects[cart.hold_id]])
    await inventory.post(movement("COAT", "A", 1, "RECEIPT"))
    await repair(inventory)
    assert sorted(await asked(inventory)) == sorted([subjects[orders[1]], subjects[cart.hold_id]])
    await inventory.release(cart.hold_id)
    assert await repair(inventory) == 1
    assert await asked(inventory) == [subjects[orders[1]]]
    await inventory.hear(news.cancelled(orders[1]))
    assert await repair(inventory) == 1
    gone = [(f"COAT {cart.hold_id}", "CANCELLED"), (f"COAT {orders[1]}", "CANCELLED")]
    assert (await asked(inventory), await ended(inventory)) == ([], gone)
    assert await repair(inventory) == 0
    assert await inventory.drifts() == []


async def test_what_leaves_from_elsewhere_needs_no_looking_at(inventory: Inventory) -> None:
    """Sourcing finds the goods outside the pool; another SKU's task and another order's stay as they are."""
    await brand(inventory, {("COAT", "A"): 4, ("HAT", "A"): 1, ("COAT", "Z"): 2}, near="A")
    first, other = await confirmed(inventory, 2, pool="near"), await confirmed(inventory, 1, "HAT", "near")
    inventory.clock.advance(seconds=1)
    second = await confirmed(inventory, 2, pool="near")
    await sell(inventory, "COAT", 4, "A")
    await sell(inventory, "HAT", 1, "A")
    await repair(inventory)
    assert len(await asked(inventory)) == 3
    async with inventory.db.transaction() as tx:
        sourced = Promised(inventory.clock, inventory.ground.book)
        await sourced.assign(tx, {second: [Assignment(1, "COAT", "Z", 2)]}, inventory.clock())
    await repair(inventory)
    assert sorted(await asked(inventory)) == sorted([("A", f"COAT {first}"), ("A", f"HAT {other}")])
    assert await ended(inventory) == [(f"COAT {second}", "MENDED")]
    assert await inventory.drifts() == []


async def test_a_place_that_is_whole_again_needs_no_looking_at(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 1})
    held = await inventory.hold([("COAT", 2, "A")], ORDER, order_id=new())
    await ask(inventory, pooled("COAT", 1), who=member("m1"))
    await sell(inventory, "COAT", 2, "A")
    await repair(inventory)
    assert await asked(inventory) == [("A", "COAT")]
    await inventory.post(movement("COAT", "A", 1, "RECEIPT"))
    await repair(inventory)
    assert await asked(inventory) == [("A", "COAT")]
    await inventory.release(held.hold_id, ORDER)
    await repair(inventory)
    assert (await asked(inventory), await ended(inventory)) == ([], [("COAT", "MENDED")])


async def test_what_is_bound_to_its_place_stays_short(inventory: Inventory) -> None:
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 1})
    await inventory.hold([("COAT", 2, "A")], ORDER, order_id=new())
    cart = await ask(inventory, pooled("COAT", 1), who=member("m1"))
    await sell(inventory, "COAT", 1, "A")
    await repair(inventory)
    assert (await inventory.level("COAT", "A")).available == -1
    assert stands(await get(inventory, cart.hold_id)) == {"B": 1}
    assert await inventory.drifts() == []


async def test_goods_that_left_elsewhere_are_taken_from_where_the_line_stood(inventory: Inventory) -> None:
    """medusa 16338: whoever hands over consumes what stands with him, and only then what stands elsewhere."""
    await brand(inventory, {("COAT", "A"): 2, ("COAT", "B"): 2, ("COAT", "C"): 1})
    order_id = await confirmed(inventory, 3)
    assert await allocated(inventory, order_id) == {"A": 2, "B": 1}
    await inventory.hear(news.handed_over(order_id, ("COAT", 1), place="B"))
    assert await allocated(inventory, order_id) == {"A": 2}
    await inventory.hear(news.handed_over(order_id, ("COAT", 1), place="C", first=1))
    assert await allocated(inventory, order_id) == {"A": 1}
    levels = [await inventory.level("COAT", one) for one in "ABC"]
    assert [(one.on_hand, one.committed) for one in levels] == [(2, 1), (1, 0), (0, 0)]
    assert await inventory.drifts() == []
