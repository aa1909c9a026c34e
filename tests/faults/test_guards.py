"""Each guard is taken out once, and the invariant that it guards is seen to break; then the damage is repaired."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kit.ids import uuid7
from tests.faults import overtaking, trade
from tests.faults.shoppers import Wish
from tests.faults.world import COUNTER_SKU, World

pytestmark = pytest.mark.xdist_group("faults")

Guard = Callable[[World], Awaitable[tuple[str, str]]]
_RESEND = "UPDATE outbox SET published_time = NULL WHERE event_id = ANY($1::uuid[])"
_LATEST = "SELECT event_id FROM outbox WHERE record_time > now() - interval '5 minutes'"


async def keys_forgotten(world: World) -> tuple[str, str]:
    """The table of idempotency keys is emptied: the same key buys twice."""
    shopper, key = world.shoppers[0], f"forgotten-{uuid7()[-12:]}"
    body = await shopper.body(key, Wish("SHIRT-WHITE-S"), quoted=False)
    await shopper.place(world.history, key, body)
    await world.sql("order", "DELETE FROM requests")
    await shopper.place(world.history, key, body)
    await world.settled()
    return "I8 I9", f"{key} is there 2 times"


async def outbox_marked_unsent(world: World) -> tuple[str, str]:
    """Events are marked as published that nobody has published."""
    await world.fleet.stop_nats()
    async with world.load(4) as load:
        await load.more(4)
    await world.sql("order", "UPDATE outbox SET published_time = now() WHERE published_time IS NULL")
    await world.fleet.start_nats()
    await world.settled()
    return "I3 I4 I7", "never took omo.order.v1.OrderConfirmed"


async def acknowledged_first(world: World) -> tuple[str, str]:
    """The consumer acknowledges before it commits, and dies in between."""
    await world.restart("attribution", "tests.faults.bent.acks_first", faults="consumer.before_commit=exit9")
    death = asyncio.create_task(world.revived("attribution"))
    async with world.load(4) as load:
        await load.more(4)
        assert await death == 9
    await world.settled()
    return "I7", "attribution never took"


async def holds_without_condition(world: World) -> tuple[str, str]:
    """Inventory promises what it does not have."""
    left = await world.left("COAT-CAMEL-S")
    await world.restart("inventory", "tests.faults.bent.promises_anything")
    await world.restock({("COAT-CAMEL-S", "WH1"): 3 - left})
    async with world.load(8, [Wish("COAT-CAMEL-S")]) as load:
        await load.more(5)
    await world.settled()
    return "I1", "shortfalls_explain_what_is_missing"


async def inbox_without_key(world: World) -> tuple[str, str]:
    """The inbox takes an event as often as it is told."""
    await world.sql("attribution", "ALTER TABLE inbox DROP CONSTRAINT inbox_pkey")
    async with world.load(4) as load:
        await load.more(4)
    await world.settled()
    await trade.tell_again(world)
    await world.settled()
    return "I7", "attribution took"


async def fence_not_compared(world: World) -> tuple[str, str]:
    """Whoever lost the lease ends the order all the same, while another carries it on."""
    _, order_id = await overtaking.overtaken(world, "tests.faults.bent.keeps_no_fence")
    return "I4", f"a payment stays authorised for order {order_id} that is CANCELLED"


async def tell_all(world: World) -> None:
    """Everything is told once more, as other messages: who had it knows it."""
    await trade.tell_again(world)


async def resend(world: World) -> None:
    """Whatever was told lately goes out again, under its old ids."""
    ids = [row["event_id"] for row in await world.sql("order", _LATEST)]
    await world.sql("order", _RESEND, ids)


async def nothing(world: World) -> None:
    """The books agree with each other: only what the client was told is wrong, and that is the past."""


async def fill_up(world: World) -> None:
    """The goods that were promised come in, and inventory minds its condition again."""
    await world.restart("inventory")
    await world.restock({("COAT-CAMEL-S", "WH1"): 400})


async def undo_all(world: World) -> None:
    """Orders that have ended give back what was secured for them."""
    books = await world.read()
    for order_id, payment in books.payments.items():
        if payment.state == "authorised" and books.orders[order_id].state == "CANCELLED":
            await overtaking.undo(world, order_id)


async def key_the_inbox(world: World) -> None:
    """Doubles go, the key comes back."""
    await world.sql(
        "attribution", "DELETE FROM inbox a USING inbox b WHERE a.ctid > b.ctid AND a.event_id = b.event_id"
    )
    await world.sql("attribution", "ALTER TABLE inbox ADD PRIMARY KEY (event_id, consumer)")


_GUARDS = [
    pytest.param(keys_forgotten, nothing, id="idempotency-keys-forgotten"),
    pytest.param(outbox_marked_unsent, resend, id="outbox-marked-unsent"),
    pytest.param(acknowledged_first, tell_all, id="acknowledged-before-commit"),
    pytest.param(holds_without_condition, fill_up, id="holds-without-condition"),
    pytest.param(inbox_without_key, key_the_inbox, id="inbox-without-key"),
    pytest.param(fence_not_compared, undo_all, id="fence-not-compared"),
]


@pytest.mark.parametrize(("guard", "repair"), _GUARDS)
async def test_a_broken_guard_is_noticed(
    world: World, guard: Guard, repair: Callable[[World], Awaitable[None]]
) -> None:
    assert not await world.broken()
    names, complaint = await guard(world)
    found = await world.broken()
    assert set(found) >= set(names.split()), found
    assert any(complaint in line for lines in found.values() for line in lines), found
    await repair(world)
    world.history.entries.clear()
    await world.promises_hold()


_SHORT = "UPDATE stock_levels SET held = held + 1 WHERE sku = $1 AND location_id = 'TPE01'"
_RIGHT = "UPDATE stock_levels SET held = held - 1 WHERE sku = $1 AND location_id = 'TPE01'"
_GIVEN = "UPDATE points_balances SET active = active + $2 WHERE member_id = $1"


async def test_planted_drifts_in_the_ledgers_are_found(world: World) -> None:
    member = world.shoppers[5].member_id
    await world.sql("inventory", _SHORT, COUNTER_SKU)
    await world.sql("member", _GIVEN, member, 7)
    found = await world.broken()
    await world.sql("inventory", _RIGHT, COUNTER_SKU)
    await world.sql("member", _GIVEN, member, -7)
    assert set(found) == {"I1", "I3"}, found
    assert any("held_equals_active_lines" in line and COUNTER_SKU in line for line in found["I1"])
    assert any("balances_equal_entries" in line and member in line for line in found["I3"])
    await world.promises_hold()
