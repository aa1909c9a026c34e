"""What headquarters add to a guest's order is the guest's, and what he is asked he answers with a contact of his."""

from collections.abc import AsyncIterator

import pytest_asyncio

from omo.order.v1 import order_edit_service_pb2 as edit_pb
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import rerouting_service_pb2 as pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.edits_rig import apply, more, preview, wish
from tests.service.order.rerouting_rig import OPTION, Asked
from tests.service.order.rig import Rig, line
from tests.service.order.test_guests import (
    GUEST,
    STRANGER,
    by_link,
    claimed,
    hear,
    mine,
    place,
    proven,
    sealed,
    secret,
    token,
)


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def test_what_is_added_to_a_guests_order_is_his_and_follows_him(rig: Rig) -> None:
    order = await place(rig)
    done = await apply(rig, wish(order.order_id, order.version, more()))
    added = done.edit.added_order_id
    (row,) = await rig.rows("SELECT actor_kind, actor_id, member_id FROM orders WHERE order_id = $1", added)
    assert tuple(row) == ("guest", GUEST, None)
    (kept,) = await rig.rows("SELECT actor_kind FROM order_edits")
    assert kept["actor_kind"] == "hq", "the change says who asked for it"
    seen = orders_pb.GetOrderRequest(order_id=added)
    assert (await rig.call(rig.orders.GetOrder, seen, token(rig))).order.order_id == added
    assert (await by_link(rig, added, await secret(rig, added))).order_id == added
    await hear(rig, proven())
    assert {one.facts.order_id for one in await claimed(rig)} == {order.order_id, added}
    after = await rig.get(order.order_id)
    late = (await apply(rig, wish(order.order_id, after.version, more()))).edit.added_order_id
    assert set(await mine(rig)) == {order.order_id, added, late}, "a member's is the member's"
    assert (await rig.proofs()) == {}


async def test_a_guests_order_takes_a_contact_of_its_guest(rig: Rig) -> None:
    order, his = await place(rig), sealed()
    named, foreign = (
        edit_pb.EditAction(set_contact=edit_pb.SetContact(contact_id=one, masked_name="王小明"))
        for one in (his, sealed(STRANGER))
    )
    assert (await rig.fault(preview(rig, order.order_id, foreign))).reason == "NOT_FOUND"
    assert (await apply(rig, wish(order.order_id, order.version, named))).order.contact_id == his


async def test_a_guest_who_is_asked_has_it_sent_to_a_contact_of_his(rig: Rig) -> None:
    asked = Asked(rig)
    await asked.terms(ask=True, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    order = await place(rig, lines=[line("COAT", 2)])
    task = await asked.sourcing.store.fulfilment_id(order.order_id)
    await asked.sourcing.store.step("Reject", task, reason="NOT_IN_STOCK")
    look = pb.GetPickupChoiceRequest(order_id=order.order_id)
    shown = await rig.call(asked.stub.GetPickupChoice, look, rig.hq())

    def wished(contact_id: str) -> pb.ChoosePickupRequest:
        return pb.ChoosePickupRequest(token=shown.token, option=OPTION("PICKUP_OPTION_SHIP"), contact_id=contact_id)

    assert (await rig.fault(rig.call(asked.stub.ChoosePickup, wished(sealed(STRANGER)), ""))).reason == "NOT_FOUND"
    chosen = (await rig.call(asked.stub.ChoosePickup, wished(sealed()), "")).choice
    assert chosen.state != pb.PICKUP_CHOICE_STATE_ASKED
