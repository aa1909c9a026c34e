"""Goods reserved to be tried on: held at their store without payment, bought at its till, or free again."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import order_events_pb2
from omo.order.v1 import tryout_service_pb2 as pb
from omo.order.v1 import tryout_service_pb2_grpc as rpc
from services.order.privacy import store as privacy
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.counter_rig import Desk
from tests.service.order.neighbours_faults import Away
from tests.service.order.rig import Rig, eventually
from tests.service.order.sales_rig import line as sold

STATE = pb.TryoutState.Name


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        for member in (MEMBER, OTHER):
            await running.rows("INSERT INTO member_tiers VALUES ($1, 'basic', 1)", member)
        yield running


@pytest_asyncio.fixture
async def room(rig: Rig) -> AsyncIterator["Room"]:
    await rig.rows("DELETE FROM tryouts")
    await rig.rows("DELETE FROM timers WHERE kind = 'tryouts.end'")
    yield Room(rig)
    rig.world.before.clear()
    assert await rig.proofs() == {}


class Room:
    """A shopper, and the staff of TPE01."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.desk = rig, Desk(rig)
        self.stub: Any = rpc.TryoutServiceStub(rig.channel)

    async def reserve(self, *goods: tuple[str, int], key: str = "", member: str = MEMBER) -> pb.Tryout:
        request = pb.ReserveTryoutRequest(
            request_id=key or str(uuid.uuid4()), member_id=member, location_id="TPE01",
            lines=[pb.TryoutLine(sku=sku, quantity=many) for sku, many in goods or [("COAT", 1)]],
        )  # fmt: skip
        return (await self.rig.call(self.stub.ReserveTryout, request, self.rig.member(member))).tryout  # type: ignore[no-any-return]

    async def step(self, verb: str, tryout_id: str, token: str = "", **more: Any) -> pb.Tryout:
        request = getattr(pb, f"{verb}TryoutRequest")(request_id=str(uuid.uuid4()), tryout_id=tryout_id, **more)
        token = token or self.desk.store.adviser()
        return (await self.rig.call(getattr(self.stub, f"{verb}Tryout"), request, token)).tryout  # type: ignore[no-any-return]

    async def get(self, tryout_id: str, token: str = "") -> pb.Tryout:
        request = pb.GetTryoutRequest(tryout_id=tryout_id)
        return (await self.rig.call(self.stub.GetTryout, request, token or None)).tryout  # type: ignore[no-any-return]

    async def overdue(self, tryout_id: str) -> pb.Tryout:
        """Once its time is over and its goods are free."""
        await self.rig.rows("UPDATE tryouts SET expire_time = now() WHERE tryout_id = $1", tryout_id)
        await self.rig.rows("UPDATE timers SET due_time = now(), next_time = now() WHERE key = $1", tryout_id)

        async def free() -> bool:
            return self.rig.world.stock_holds.get(tryout_id) == "released"

        await eventually(free)
        return await self.get(tryout_id, self.rig.hq())


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as no:
        await call
    return no.value


async def test_from_the_reservation_to_the_till(rig: Rig, room: Room) -> None:
    """Two coats and a scarf are laid out, one coat is kept: the till's sale ends it, and inventory hears which hold."""
    held = await room.reserve(("COAT", 2), ("SCARF", 1))
    assert (STATE(held.state), rig.world.stock_holds[held.tryout_id]) == ("TRYOUT_STATE_HELD", "active")
    assert rig.world.places[held.tryout_id] == [("TPE01", ""), ("TPE01", "")]
    assert await rig.rows("SELECT FROM order_tenders") == [], "nothing is paid"
    assert STATE((await room.step("Ready", held.tryout_id)).state) == "TRYOUT_STATE_ARRIVED"
    assert STATE((await room.step("Begin", held.tryout_id)).state) == "TRYOUT_STATE_TRYING"
    sale = await room.desk.sold(sold(1, "COAT", 1, 3_000), tryout_id=held.tryout_id)
    after = await room.get(held.tryout_id)
    assert (STATE(after.state), after.sale_id) == ("TRYOUT_STATE_CONVERTED", sale.order_id)
    assert [(one.sku, one.quantity, one.kept) for one in after.lines] == [("COAT", 2, 1), ("SCARF", 1, 0)]
    told = [one for event in await room.desk.store.events("SalesRecorded", order_events_pb2.SalesRecorded)
            for one in event.sales if one.order_id == sale.order_id]  # fmt: skip
    assert [one.hold_id for one in told] == [held.tryout_id]
    assert (await refused(room.step("Release", held.tryout_id, reason="X"))).reason == "TRANSITION_REFUSED"
    # the same reservation once more, one of nobody, and one of an order's hold: kept, flagged, nothing else ends
    order = await rig.place()
    for strange in (held.tryout_id, str(uuid.uuid4()), order.order_id):
        wrong = await room.desk.sold(sold(1, "SCARF", 1, 990), tryout_id=strange)
        assert list(wrong.review_flags) == ["TRYOUT_UNKNOWN"]
        (facts,) = [one for event in await room.desk.store.events("SalesRecorded", order_events_pb2.SalesRecorded)
                    for one in event.sales if one.order_id == wrong.order_id]  # fmt: skip
        assert facts.hold_id == ""


async def test_who_does_not_come_is_counted_and_in_the_end_refused(rig: Rig, room: Room) -> None:
    for number in range(3):
        held = await room.reserve()
        await room.step("Ready", held.tryout_id)
        gone = await room.overdue(held.tryout_id)
        assert (STATE(gone.state), gone.reason) == ("TRYOUT_STATE_RELEASED", "NO_SHOW"), number
    full = await refused(room.reserve())
    assert (full.reason, full.metadata["missed"]) == ("TRYOUT_LIMIT", "3")
    other = await room.reserve(member=OTHER)
    assert (await room.overdue(other.tryout_id)).reason == "EXPIRED", "nobody had laid it out"


async def test_two_at_a_time_however_many_are_asked_for_at_once(rig: Rig, room: Room) -> None:
    given = await asyncio.gather(*(room.reserve() for _ in range(6)), return_exceptions=True)
    kept = [one for one in given if isinstance(one, pb.Tryout)]
    assert len(kept) == 2
    assert {one.reason for one in given if isinstance(one, Fault)} == {"TRYOUT_LIMIT"}
    own = pb.ListTryoutsRequest(member_id=MEMBER, open=True)
    listed = (await rig.call(room.stub.ListTryouts, own)).tryouts
    assert {one.tryout_id for one in listed} == {one.tryout_id for one in kept}
    released = await room.step("Release", kept[0].tryout_id, rig.member(), reason="CHANGED_MIND")
    assert (STATE(released.state), released.reason) == ("TRYOUT_STATE_RELEASED", "CHANGED_MIND")

    async def free() -> bool:
        return rig.world.stock_holds[kept[0].tryout_id] == "released"

    await eventually(free)
    await room.reserve()


async def test_nothing_is_held_for_nobody(rig: Rig, room: Room) -> None:
    rig.world.stock["SCARF"] = 0
    assert (await refused(room.reserve(("SCARF", 1)))).reason == "OUT_OF_STOCK"
    rig.world.stock["SCARF"] = 1_000
    # the answer of a hold that was made gets lost: asked again it is the same, left alone it ends
    rig.world.after["stock.hold"] = Away("gone")
    key = str(uuid.uuid4())
    assert (await refused(room.reserve(key=key))).reason == "UNAVAILABLE"
    rig.world.after.clear()
    first, again = await room.reserve(key=key), await room.reserve(key=key)
    assert first == again
    rig.world.after["stock.hold"] = Away("gone")
    assert (await refused(room.reserve(member=OTHER))).reason == "UNAVAILABLE"
    rig.world.after.clear()
    (row,) = await rig.rows("SELECT tryout_id::text FROM tryouts WHERE state = 'ASKED'")
    await rig.rows("UPDATE tryouts SET expire_time = now() WHERE tryout_id = $1", row[0])
    await rig.rows("UPDATE timers SET due_time = now(), next_time = now() WHERE key = $1", row[0])

    async def free() -> bool:
        return rig.world.stock_holds[row[0]] == "released"

    await eventually(free)


async def test_what_is_refused_and_who_sees_it(rig: Rig, room: Room) -> None:
    assert (await refused(room.reserve(("COAT", 9)))).metadata["field"] == "lines.quantity"
    assert (await refused(room.reserve(("GHOST", 1)))).metadata["field"] == "lines"
    assert (await refused(room.reserve(("COAT", 1), ("COAT", 1)))).metadata["field"] == "lines"
    held = await room.reserve()
    for stranger in (rig.member(OTHER), rig.staff("TPE02")):
        assert (await refused(room.get(held.tryout_id, stranger))).reason == "NOT_FOUND"
    store = pb.ListTryoutsRequest(location_id="TPE01", open=True)
    assert len((await rig.call(room.stub.ListTryouts, store, room.desk.store.adviser())).tryouts) == 1
    assert (await refused(rig.call(room.stub.ListTryouts, store, rig.staff("TPE02")))).reason == "NOT_FOUND"
    assert (await refused(rig.call(room.stub.ListTryouts, pb.ListTryoutsRequest(), rig.hq()))).reason == "FIELD_INVALID"


async def test_proofs_of_reservations_have_been_seen_to_fail(rig: Rig, room: Room) -> None:
    bought, left = await room.reserve(), await room.reserve()
    await room.desk.sold(sold(1, "COAT", 1, 3_000), tryout_id=bought.tryout_id)
    statement = "UPDATE timers SET kind = $2 WHERE kind = $1 AND key = $3"
    await rig.rows(statement, "tryouts.end", "hidden", left.tryout_id)
    lines = "UPDATE tryouts SET lines = jsonb_set(lines, '{0,3}', $2::jsonb) WHERE tryout_id = $1"
    await rig.rows(lines, bought.tryout_id, "2")
    found = await rig.proofs()
    assert found["tryouts.standing_ones_end"] == [f"tryout={left.tryout_id}"]
    assert found["tryouts.kept_goods_were_sold"] == [f"tryout={bought.tryout_id} sku=COAT"]
    await rig.rows(statement, "hidden", "tryouts.end", left.tryout_id)
    await rig.rows(lines, bought.tryout_id, "1")


async def test_who_is_forgotten_leaves_no_reservation(rig: Rig, room: Room) -> None:
    held = await room.reserve()
    async with rig.db.transaction() as tx:
        kept = await privacy.everything(tx, [MEMBER])
        assert [str(row["tryout_id"]) for row in kept["tryouts"]] == [held.tryout_id]
        await privacy.scrub(tx, [MEMBER])
        assert (await privacy.everything(tx, [MEMBER]))["tryouts"] == []
    await rig.rows("UPDATE timers SET due_time = now(), next_time = now() WHERE key = $1", held.tryout_id)

    async def free() -> bool:
        return rig.world.stock_holds[held.tryout_id] == "released"

    await eventually(free)
