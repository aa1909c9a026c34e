"""The money follows the goods: captured once for each handover, pursued when refused, sure to follow after a crash."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from kit import faultpoints
from kit.errors import Code
from omo.order.v1 import order_events_pb2, order_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided, state_of

State = order_pb2.FulfilmentState
POINTS = ("after_pin", "before_handover_commit", "after_handover", "after_capture")


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def store(rig: Rig) -> Store:
    return Store(rig)


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    faultpoints.arm("")


def test_every_boundary_is_swept() -> None:
    names = {name.removeprefix("fulfilment.") for name in faultpoints.registered() if name.startswith("fulfilment.")}
    assert names == set(POINTS)


@pytest.mark.parametrize("point", POINTS)
async def test_a_handover_that_died_is_whole_after_it_is_asked_again(rig: Rig, store: Store, point: str) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    pin = await store.pin(order.order_id)
    faultpoints.arm(f"fulfilment.{point}=raise")
    if point == "after_capture":
        await store.hand_over(ready.fulfilment_id, pin)
        await eventually(lambda: _tried(rig))
    else:
        fault = await rig.fault(store.step("HandOver", ready.fulfilment_id, pin=pin, request_id="h1"))
        assert fault.code is Code.INTERNAL
    faultpoints.arm("")
    done = await store.step("HandOver", ready.fulfilment_id, pin=pin, request_id="h1")
    assert done.state == State.FULFILMENT_STATE_HANDED_OVER
    rig.clock.advance(minutes=10)
    await store.captured(ready.fulfilment_id, 3000)
    assert len(await store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)) == 1
    assert len(await rig.rows("SELECT FROM order_tenders WHERE entry = 'CAPTURED'")) == 1
    await rig.settled()


async def test_a_refused_capture_holds_the_rest_back_and_is_asked_again(rig: Rig, store: Store) -> None:
    lines = [line("COAT"), line("SCARF", 2, method=SHIP, fulfilment_location_id="WH1")]
    order = await rig.place(lines=lines, instrument="sim_no_capture")
    shipped = await store.made_ready(order.order_id, "WH1")
    collect = await store.fulfilment_id(order.order_id)
    await store.step("Accept", collect)
    await store.step("HandOver", shipped.fulfilment_id, token=store.adviser("WH1"))

    async def refused() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE capture = 'FAILED'"))

    await eventually(refused)
    fulfilments = {each.location_id: each for each in (await rig.get(order.order_id)).fulfilments}
    assert (fulfilments["WH1"].state, fulfilments["WH1"].reason) == (
        State.FULFILMENT_STATE_HANDED_OVER, "CAPTURE_FAILED",
    )  # fmt: skip
    assert (fulfilments["TPE01"].state, fulfilments["TPE01"].reason) == (
        State.FULFILMENT_STATE_ON_HOLD, "CAPTURE_FAILED",
    )  # fmt: skip
    assert (await rig.fault(store.step("Pick", collect))).metadata["state"] == "ON_HOLD"
    assert await rig.proofs() == {}
    rig.book._db.execute("UPDATE payments SET instrument = 'sim_ok'")  # the shopper's bank relents
    rig.clock.advance(hours=2)
    await store.captured(shipped.fulfilment_id, 1980)

    async def released() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE location_id = 'TPE01' AND state = 'ACCEPTED'"))

    await eventually(released)
    await store.step("Pick", collect)
    assert await rig.proofs() == {}


async def test_a_new_task_waits_while_the_card_refuses(rig: Rig) -> None:
    sourcing = Sourcing(rig)
    order = await sourcing.order(("COAT", 1), ("SCARF", 1), instrument="sim_no_capture")
    await sourcing.hear(decided(order.order_id, 2, (2, "WH1", 1, "d1"), lacking=[(1, 1)]))
    part = await sourcing.sent(order.order_id, "WH1")

    async def refused() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE capture = 'FAILED'"))

    await eventually(refused)
    await sourcing.hear(decided(order.order_id, 3, (2, "WH1", 1, "d1"), (1, "TPE01", 1, "d2")))
    (held,) = [each for each in (await rig.get(order.order_id)).fulfilments if each.location_id == "TPE01"]
    assert (state_of(held), held.reason) == ("ON_HOLD", "CAPTURE_FAILED")
    assert (await rig.fault(sourcing.store.step("Accept", held.fulfilment_id))).metadata["state"] == "ON_HOLD"
    assert await rig.proofs() == {}
    rig.book._db.execute("UPDATE payments SET instrument = 'sim_ok'")
    rig.clock.advance(hours=2)
    await sourcing.store.captured(part, 990)

    async def released() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE location_id = 'TPE01' AND state = 'PLACED'"))

    await eventually(released)
    assert await rig.proofs() == {}


async def test_a_provider_that_is_away_is_asked_until_it_answers(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    url, rig.parts.simulator._url = rig.parts.simulator._url, "http://127.0.0.1:1"
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    await eventually(lambda: _tried(rig))
    assert not await rig.rows("SELECT FROM order_tenders WHERE entry = 'CAPTURED'")
    rig.parts.simulator._url = url
    rig.clock.advance(minutes=10)
    await store.captured(ready.fulfilment_id, 3000)
    await rig.settled()


async def test_an_order_that_costs_nothing_is_handed_over_without_a_capture(rig: Rig, store: Store) -> None:
    rig.world.points = 10_000
    order = await rig.place(spend_points=3000)
    assert order.totals.grand_total.minor_units == 0
    ready = await store.made_ready(order.order_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    assert not await rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.capture'")
    await rig.settled()


async def test_a_task_not_accepted_in_time_is_late(rig: Rig, store: Store) -> None:
    order = await rig.place()
    rig.clock.advance(minutes=31)

    async def late() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE late"))

    await eventually(late)
    changed = (await store.events("FulfilmentChanged", order_events_pb2.FulfilmentChanged))[-1]
    assert (changed.meta.reason, changed.fulfilment.state) == ("ACCEPT_LATE", State.FULFILMENT_STATE_PLACED)
    assert changed.meta.actor.id == "order"
    accepted = await store.step("Accept", await store.fulfilment_id(order.order_id))
    assert accepted.reason == ""
    await rig.settled()


async def test_goods_that_nobody_collects_expire_until_they_are_ready_again(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    pin = await store.pin(order.order_id)
    rig.clock.advance(days=7, minutes=1)

    async def expired() -> bool:
        return bool(await rig.rows("SELECT FROM fulfilments WHERE state = 'EXPIRED' AND pin_hash IS NULL"))

    await eventually(expired)
    assert await store.pin(order.order_id) == ""
    assert (await rig.fault(store.hand_over(ready.fulfilment_id, pin))).metadata["state"] == "EXPIRED"
    again = await store.step("Ready", ready.fulfilment_id)
    assert again.pickup_deadline_time.seconds > ready.pickup_deadline_time.seconds
    done = await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    assert done.state == State.FULFILMENT_STATE_HANDED_OVER
    await rig.settled()


async def test_the_checkers_notice(rig: Rig, store: Store) -> None:
    order = await rig.place()
    ready = await store.made_ready(order.order_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    await store.captured(ready.fulfilment_id, 3000)
    for harm, check in (
        ("DELETE FROM outbox WHERE subject LIKE '%UnitsHandedOver%'", "fulfilment.handovers_are_told"),
        ("UPDATE fulfilments SET amount = 2999", "fulfilment.amounts_are_their_units"),
        ("UPDATE fulfilment_lines SET quantity = 2", "fulfilment.units_are_served_once"),
        ("UPDATE fulfilments SET capture = 'DUE'", "fulfilment.captures_are_pursued"),
        ("UPDATE fulfilments SET state = 'ACCEPTED'", "fulfilment.steps_end_where_it_stands"),
        ("UPDATE orders SET state = 'CANCELLED'", "fulfilment.ends_with_its_order"),
    ):
        assert check not in await rig.proofs()
        await rig.rows(harm)
        assert check in await rig.proofs()


async def _tried(rig: Rig) -> bool:
    return bool(await rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.capture' AND last_error IS NOT NULL"))
