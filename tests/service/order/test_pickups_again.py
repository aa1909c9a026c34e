"""A collection that is asked for again, and who may collect what waits on after a part of it went."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from omo.order.v1 import order_pb2
from omo.order.v1 import pickup_service_pb2 as pb
from services.order.pickups import codes
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.pickups_rig import Desk
from tests.service.order.rig import Rig, line

State = order_pb2.FulfilmentState


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        yield running


@pytest.fixture
def desk(rig: Rig) -> Desk:
    return Desk(rig, Store(rig))


async def test_what_was_handed_over_is_told_again_however_old_its_code_is_by_now(
    rig: Rig, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till without a line asks again when it has one: the answer that was lost, not a refusal of the code."""
    whole = await desk.store.made_ready((await rig.place()).order_id)
    part = await desk.store.made_ready((await rig.place(lines=[line("SCARF", 2)])).order_id)
    late = await desk.store.made_ready((await rig.place()).order_id)
    shown = [(await desk.do("ShowPickupCode", fulfilment_id=one.fulfilment_id)).code for one in (whole, part, late)]
    keys = [str(uuid.uuid4()), str(uuid.uuid4())]
    first = await desk.store.step("HandOver", whole.fulfilment_id, code=shown[0], request_id=keys[0])
    some = await desk.part(part.fulfilment_id, {1: 1}, code=shown[1], request_id=keys[1])
    known = rig.parts.pickups._codes
    monkeypatch.setattr(known, "_wall", lambda: rig.clock() + 2 * codes.LIVES)
    assert await desk.store.step("HandOver", whole.fulfilment_id, code=shown[0], request_id=keys[0]) == first
    assert await desk.part(part.fulfilment_id, {1: 1}, code=shown[1], request_id=keys[1]) == some
    for code, one in ((shown[2], late), (shown[0], whole)):  # who was never answered is refused as ever
        fault = await rig.fault(desk.store.step("HandOver", one.fulfilment_id, code=code))
        assert fault.reason == "PICKUP_CODE_INVALID"


async def test_whoever_was_named_may_collect_what_waits_on(rig: Rig, desk: Desk) -> None:
    """By the PIN that he was told; whoever came and showed his gets another, as the shopper does."""
    order = await rig.place(lines=[line("SCARF", 3)], masked_name="陳○明")
    task = (await desk.store.made_ready(order.order_id)).fulfilment_id
    came, other, gone = [
        (await desk.do("NameProxy", fulfilment_id=task, name=name)).proxy for name in ("陳小華", "Lin Mei", "X")
    ]
    await desk.do("RevokeProxy", proxy_id=gone.proxy_id)
    part = await desk.part(task, {1: 1}, came.pin)
    assert part.acknowledgement.proxy_id == came.proxy_id
    rest = part.rest.fulfilment_id
    waits = (await desk.do("ListProxies", fulfilment_id=rest)).proxies
    assert {(one.masked_name, one.state) for one in waits} == {
        ("陳○華", pb.PROXY_STATE_ACTIVE), ("L*** M***", pb.PROXY_STATE_ACTIVE),
    }  # fmt: skip
    by_name = {one.masked_name: one for one in waits}
    assert (by_name["L*** M***"].proxy_id, by_name["L*** M***"].pin) == (other.proxy_id, other.pin)
    again = by_name["陳○華"]
    assert (again.proxy_id != came.proxy_id, again.pin != came.pin, len(again.pin)) == (True, True, 6)
    before = (await desk.do("ListProxies", fulfilment_id=task)).proxies
    assert {(one.proxy_id, one.state) for one in before} == {
        (came.proxy_id, pb.PROXY_STATE_USED), (gone.proxy_id, pb.PROXY_STATE_REVOKED),
    }  # fmt: skip
    for burned in (came.pin, gone.pin):
        assert (await rig.fault(desk.store.hand_over(rest, burned))).reason == "PIN_WRONG"
    more = await desk.part(rest, {1: 1}, other.pin)
    last = more.rest.fulfilment_id
    assert {one.masked_name for one in (await desk.do("ListProxies", fulfilment_id=last)).proxies} == set(by_name)
    done = await desk.store.hand_over(last, again.pin)
    assert done.state == State.FULFILMENT_STATE_HANDED_OVER
    slip = (await desk.at_counter("GetAcknowledgement", fulfilment_id=last)).acknowledgement
    assert (slip.proxy_id, slip.masked_name) == (again.proxy_id, "陳○華")
    assert await rig.proofs() == {}
