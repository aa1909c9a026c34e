"""One day's trade from end to end, with everybody asking until there is an answer; and all its news told once more."""

import asyncio
import random
import time
from datetime import timedelta
from typing import Any

import nats

from cli.demo import brand
from kit.ids import uuid7
from tests.depth import PATIENCE
from tests.faults import invoicing
from tests.faults.changes import add_to_an_order, sell_ahead
from tests.faults.counters import at_the_counter
from tests.faults.pickups import pick_up
from tests.faults.sending import send
from tests.faults.shoppers import Shopper, Wish
from tests.faults.tills import Counter
from tests.faults.world import COUNTER_SKU, World
from tests.harness.history import Outcome
from tests.harness.invariants import CANCEL, PLACE

_COLLECTED = Wish("SHIRT-WHITE-M", 2, instrument="sim_ok+sim_ok", points=10, method="COLLECT", location_id=brand.STORE)
_REFUSED = Wish("SHIRT-WHITE-M", method="COLLECT", location_id=brand.STORE)
# where nothing was sold
_ELSEWHERE = "TPE02"
# quotes have run out by then
LATER = timedelta(minutes=11)
_KEPT = "SELECT subject, payload FROM outbox"


async def day(world: World, counter: Counter) -> None:
    """The whole of it: after the morning what comes back, waits elsewhere, is sent, is changed, was sold ahead."""
    await _trade(world, counter)
    await invoicing.begin(world)
    order_id = await collect(world, counter)
    await invoicing.issued(world, order_id)
    await bring_back(world, order_id)
    await invoicing.end(world)
    await pick_up(world, counter, world.shoppers[5])
    await counter.take_back(counter.sold[-1], COUNTER_SKU)
    await counter.synced()
    _, refused = await _placed(world, world.shoppers[0], _REFUSED)
    await at_the_counter(world, counter, world.shoppers[0], refused)
    await add_to_an_order(world.shoppers[7])
    await send(world, counter, world.shoppers[6])
    await sell_ahead(world, world.shoppers[8])


async def morning(world: World, counter: Counter) -> None:
    """As far as the first handover: all that a checkout and what follows from it can die of."""
    await _trade(world, counter)
    await collect(world, counter)


async def _trade(world: World, counter: Counter) -> None:
    """Orders that end well, are declined, wait, are cancelled; a sale, goods, a newcomer, a wish."""
    shopper, other = world.shoppers[0], world.shoppers[1]
    await asyncio.gather(
        other.buy(world.history, Wish("SHIRT-WHITE-S")),
        other.buy(world.history, Wish("TROUSERS-NAVY-30", instrument="sim_decline"), quoted=False),
        _change_of_mind(world, shopper, Wish("COAT-CAMEL-S", points=10)),
        _change_of_mind(world, world.shoppers[2], Wish("COAT-CAMEL-S", instrument="sim_redirect")),
        _pay_elsewhere(world, world.shoppers[3]),
        counter.sell(world.history, COUNTER_SKU, shopper.member_id),
        counter.receive(COUNTER_SKU, 5),
        counter.enrol("Day by day"),
        _wish(world.shoppers[4]),
    )
    await counter.synced()


async def collect(world: World, counter: Counter) -> str:
    """An order with points spent is made ready and handed over against its PIN."""
    shopper = world.shoppers[0]
    _, order_id = await _placed(world, shopper, _COLLECTED)
    await counter.sign_in(brand.LIN)
    await counter.hand_over(order_id, lambda: _pin(shopper, order_id))
    return order_id


async def bring_back(world: World, order_id: str) -> None:
    """One of two comes back in another store, is put aside, and is for sale again once somebody has looked."""
    unit = {"line_no": 1, "quantity": 1, "disposition": "QUARANTINE"}
    here = {"location_id": _ELSEWHERE, "received": True, "verified": True, "reason": "WRONG_SIZE"}
    told = (await world.told(f"/v1/hq/orders/{order_id}/returns", {"units": [unit], **here}))["returned"]
    (line,) = told["lines"]
    assert (told["state"], line["quantity"], line["amount"]) == ("RECEIVED", 1, told["refund"]["amount"])
    looked = {"line_no": 1, "first_unit": 0, "last_unit": 0, "disposition": "RESTOCK", "reason": "LOOKED_AT"}
    again = (await world.told(f"/v1/hq/returns/{told['return_id']}/dispose", looked))["returned"]
    assert again["state"] in ("INSPECTED", "CLOSED")


async def _placed(world: World, shopper: Shopper, wish: Wish) -> tuple[str, str]:
    """Buys until it is not refused: a fault may undo an order, and then the shopper orders once more."""
    end = time.monotonic() + PATIENCE
    while True:
        key = await shopper.buy(world.history, wish, quoted=False)
        (answer,) = [entry for entry in reversed(world.history.entries) if (entry.op, entry.key) == (PLACE, key)][:1]
        if answer.type is Outcome.OK:
            return key, str(answer.value)
        assert time.monotonic() < end, f"no order was taken within {PATIENCE:.0f} s: {answer.value}"
        await asyncio.sleep(0.3)


async def _change_of_mind(world: World, shopper: Shopper, wish: Wish) -> None:
    key, order_id = await _placed(world, shopper, wish)
    with world.history.call(shopper.number, CANCEL, key) as call:
        answer = await shopper.post(f"/v1/orders/{order_id}/cancel", {"reason": "CHANGED_MIND"}, uuid7())
        if answer is None:
            call.info()
        elif answer.is_success:
            call.ok()
        else:
            call.fail(answer.text)


async def _pay_elsewhere(world: World, shopper: Shopper) -> None:
    """The provider's page: paid there, told by its signed word."""
    _, order_id = await _placed(world, shopper, Wish("SHIRT-WHITE-S", instrument="sim_redirect"))
    page = (await _order(shopper, order_id))["next_action"]["redirect_url"]
    async with asyncio.timeout(PATIENCE):
        answer = await shopper.client.get(page)
        assert answer.status_code < 500
        while (await _order(shopper, order_id))["state"] != "CONFIRMED":  # noqa: ASYNC110  # told to another process
            await asyncio.sleep(0.05)


async def _wish(shopper: Shopper) -> None:
    """The same once more changes its note."""
    answer = await shopper.post("/v1/me/wishes", {"sku": "COAT-CAMEL-S", "note": "one day"}, uuid7())
    assert answer is not None
    assert answer.is_success, answer.text


async def _order(shopper: Shopper, order_id: str) -> Any:
    answer = await shopper.get(f"/v1/orders/{order_id}")
    assert answer is not None, "nobody answered"
    return answer["order"]


async def _pin(shopper: Shopper, order_id: str) -> str:
    return str((await _order(shopper, order_id))["pickup_pin"])


async def tell_again(world: World) -> int:
    """Publishes everything that any outbox keeps once more, under new message ids and in another order."""
    servers = world.fleet.servers.nats
    client = await nats.connect(
        servers.url,
        nkeys_seed_str=servers.seed("operator"),
        inbox_prefix=b"_INBOX_operator",
        connect_timeout=30,
        allow_reconnect=False,
    )
    try:
        rows = [row for service in ("order", "member", "inventory") for row in await world.sql(service, _KEPT)]
        random.shuffle(rows)
        jetstream = client.jetstream(timeout=30)
        for row in rows:
            await jetstream.publish(row["subject"], row["payload"], headers={"Nats-Msg-Id": uuid7()})
        return len(rows)
    finally:
        await client.close()
