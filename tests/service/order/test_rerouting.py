"""A store cannot have ready what was to be collected: its shopper chooses, by a link of his own."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import fulfilment_service_pb2 as fulfilment_pb
from omo.order.v1 import order_events_pb2, order_pb2, rerouting_events_pb2
from omo.order.v1 import rerouting_service_pb2 as pb
from services.order.rerouting.links import Links
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.counter_rig import Desk
from tests.service.order.neighbours_faults import Away, Refused, Unheard
from tests.service.order.rerouting_rig import OPTION, Asked
from tests.service.order.rig import SERVICE_SECRET, Rig, eventually, line
from tests.service.order.sourcing_rig import decided, pickup_rejected

LATER = datetime.now(UTC) + timedelta(days=900)


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def asked(rig: Rig) -> AsyncIterator[Asked]:
    found = Asked(rig)
    await found.terms(ask=True, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    rig.world.pickups.there = {"TPE02": [1]}
    rig.world.before.clear()
    yield found
    await Desk(rig).quiet()
    assert await rig.proofs() == {}


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as no:
        await call
    return no.value


async def test_without_terms_a_stores_no_ends_the_order(rig: Rig, asked: Asked) -> None:
    await asked.terms(ask=False, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    order = await rig.place()
    task = await asked.sourcing.store.fulfilment_id(order.order_id)
    await asked.sourcing.store.step("Reject", task, reason="NOT_IN_STOCK")
    assert order_pb2.OrderState.Name((await rig.get(order.order_id)).state) == "ORDER_STATE_CANCELLED"
    nobody = await refused(rig.call(asked.stub.GetPickupChoice, pb.GetPickupChoiceRequest(order_id=order.order_id)))
    assert nobody.reason == "NOT_FOUND"


async def test_the_link_lists_what_can_be_done_and_takes_it_once(rig: Rig, asked: Asked) -> None:
    order, token = await asked.rejected()
    shown = await asked.look(token)
    assert [(one.line_no, one.sku, one.quantity) for one in shown.lines] == [(1, "COAT", 2)]
    assert [(one.location_id, one.has_all, one.distance) for one in shown.places] == [("TPE02", True, 1_200)]
    assert (shown.can_ship, shown.otherwise) == (True, OPTION("PICKUP_OPTION_CANCEL"))
    (told,) = await asked.sourcing.store.events("PickupChoiceAsked", rerouting_events_pb2.PickupChoiceAsked)
    assert (told.order_id, told.member_id, told.location_id) == (order.order_id, MEMBER, "TPE01")
    done = await asked.choose(token, "COLLECT", "TPE02")
    assert (done.state, done.chosen_location_id) == (pb.PICKUP_CHOICE_STATE_SETTLED, "TPE02")
    assert list(rig.world.pickups.moved.values())[-1] == (order.order_id, "TPE01", "TPE02", (1,))
    assert await asked.tasks(order.order_id) == [("TPE01", "REJECTED"), ("TPE02", "PLACED")]
    again = await asked.choose(token, "COLLECT", "TPE02")
    assert again == done
    assert (await refused(asked.choose(token, "CANCEL"))).reason == "PICKUP_CHOICE_MADE"
    # inventory's word about the old store comes late, and changes nothing
    await asked.sourcing.hear(pickup_rejected(order.order_id, 2, "TPE01", 1))
    after = await rig.get(order.order_id)
    assert (list(after.attention), after.lines[0].fulfilment_location_id) == ([], "TPE02")
    assert after.totals.grand_total == order.totals.grand_total
    ready = await asked.sourcing.store.made_ready(order.order_id, "TPE02")
    handed = await asked.sourcing.store.step(
        "HandOver", ready.fulfilment_id, token=rig.staff("TPE02"), pin=await asked.sourcing.store.pin(order.order_id)
    )
    await asked.sourcing.store.captured(handed.fulfilment_id, 6_000)


async def test_of_choices_at_once_one_wins(rig: Rig, asked: Asked) -> None:
    order, token = await asked.rejected()
    wishes = [("COLLECT", "TPE02"), ("SHIP", ""), ("CANCEL", "")] * 3
    given = await asyncio.gather(*(asked.choose(token, *wish) for wish in wishes), return_exceptions=True)
    chosen = {one.chosen for one in given if isinstance(one, pb.PickupChoice)}
    assert len(chosen) == 1
    assert {one.reason for one in given if isinstance(one, Fault)} == {"PICKUP_CHOICE_MADE"}
    moved = [one for one in rig.world.pickups.moved.values() if one[0] == order.order_id]
    assert len(moved) == (0 if chosen == {OPTION("PICKUP_OPTION_CANCEL")} else 1)


async def test_shipped_split_and_cancelled(rig: Rig, asked: Asked) -> None:
    shipped, token = await asked.rejected()
    await asked.choose(token, "SHIP")
    order = await rig.get(shipped.order_id)
    assert [(one.method, one.fulfilment_location_id) for one in order.lines] == [(rigs.SHIP, "")]
    await asked.sourcing.hear(decided(order.order_id, 2, (1, "WH1", 2, "d1")))
    assert await asked.tasks(order.order_id) == [("TPE01", "REJECTED"), ("WH1", "PLACED")]

    split, token = await asked.rejected(line("COAT"), line("SCARF"))
    await asked.choose(token, "SPLIT", "TPE02")
    order = await rig.get(split.order_id)
    ways = [(one.method, one.fulfilment_location_id) for one in order.lines]
    assert ways == [(rigs.COLLECT, "TPE02"), (rigs.SHIP, "")]
    nothing, token = await asked.rejected()
    assert (await refused(asked.choose(token, "SPLIT", "TPE02"))).metadata["field"] == "option"
    await asked.choose(token, "CANCEL")
    order = await rig.get(nothing.order_id)
    assert (order_pb2.OrderState.Name(order.state), order.reason) == ("ORDER_STATE_CANCELLED", "PICKUP_REJECTED")
    await Desk(rig).quiet()
    assert [row[0] for row in await Desk(rig).journal(order.order_id)][-1] == "VOIDED"


async def test_a_part_that_is_cancelled_leaves_the_rest(rig: Rig, asked: Asked) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF")])
    asking = fulfilment_pb.RejectLinesRequest(
        request_id=str(uuid.uuid4()), order_id=order.order_id, location_id="TPE01", line_nos=[2], reason="DAMAGED"
    )
    await rig.call(asked.sourcing.store.stub.RejectLines, asking, rig.hq())
    link = pb.GetPickupChoiceRequest(order_id=order.order_id)
    seen = await rig.call(asked.stub.GetPickupChoice, link, rig.hq())
    await asked.choose(seen.token, "CANCEL")
    (gone,) = await Desk(rig).told("UnitsCancelled", order_events_pb2.UnitsCancelled, order.order_id)
    assert [one.unit.line_no for one in gone.lines] == [2]
    assert await asked.tasks(order.order_id) == [("TPE01", "PLACED")]


async def test_goods_that_went_meanwhile_are_asked_about_again(rig: Rig, asked: Asked) -> None:
    order, token = await asked.rejected()
    rig.world.before["stock.move"] = Refused("gone", location_id="TPE02")
    assert (await refused(asked.choose(token, "COLLECT", "TPE02"))).reason == "OUT_OF_STOCK"
    assert (await asked.look(token)).state == pb.PICKUP_CHOICE_STATE_ASKED
    rig.world.before.clear()
    assert (await asked.choose(token, "SHIP")).state == pb.PICKUP_CHOICE_STATE_SETTLED
    assert await asked.tasks(order.order_id) == [("TPE01", "REJECTED")]


@pytest.mark.parametrize("away", [Away("not there"), Unheard("?", order_id="?")], ids=["away", "has-not-heard-yet"])
async def test_a_choice_that_died_on_its_way_is_carried_out(rig: Rig, asked: Asked, away: Fault) -> None:
    order, token = await asked.rejected()
    rig.world.before["stock.move"] = away
    assert (await asked.choose(token, "COLLECT", "TPE02")).state == pb.PICKUP_CHOICE_STATE_MOVING
    rig.world.before.clear()
    await rig.rows("UPDATE timers SET lease_until = NULL, next_time = now() WHERE kind = 'rerouting.move'")

    async def settled() -> bool:
        return (await asked.look(token)).state == pb.PICKUP_CHOICE_STATE_SETTLED

    await eventually(settled)
    assert await asked.tasks(order.order_id) == [("TPE01", "REJECTED"), ("TPE02", "PLACED")]


async def test_who_looks_before_inventory_has_heard_of_the_order_is_to_ask_again(rig: Rig, asked: Asked) -> None:
    _, token = await asked.rejected()
    rig.world.before["stock.places"] = Unheard("?", order_id="?")
    assert (await refused(asked.look(token))).reason == "UNAVAILABLE"
    rig.world.before.clear()
    assert (await asked.look(token)).state == pb.PICKUP_CHOICE_STATE_ASKED
    await asked.choose(token, "CANCEL")


async def test_inventorys_word_may_come_before_the_choice_is_carried_out_here(rig: Rig, asked: Asked) -> None:
    """Its answer got lost, and it has decided already: the word finds a line that is shipped."""
    order, token = await asked.rejected()
    rig.world.after["stock.move"] = Away("its answer got lost")
    assert (await asked.choose(token, "SHIP")).state == pb.PICKUP_CHOICE_STATE_MOVING
    await asked.sourcing.hear(decided(order.order_id, 2, (1, "WH1", 2, "d1")))
    rig.world.after.clear()
    await rig.rows("UPDATE timers SET lease_until = NULL, next_time = now() WHERE kind = 'rerouting.move'")

    async def settled() -> bool:
        return (await asked.look(token)).state == pb.PICKUP_CHOICE_STATE_SETTLED

    await eventually(settled)
    assert await asked.tasks(order.order_id) == [("TPE01", "REJECTED"), ("WH1", "PLACED")]


async def test_who_does_not_choose_gets_what_the_terms_say(rig: Rig, asked: Asked) -> None:
    order, token = await asked.rejected()
    await rig.rows("UPDATE timers SET due_time = now(), next_time = now() WHERE kind = 'rerouting.deadline'")

    async def ended() -> bool:
        return order_pb2.OrderState.Name((await rig.get(order.order_id)).state) == "ORDER_STATE_CANCELLED"

    await eventually(ended)
    assert (await refused(asked.choose(token, "SHIP"))).reason == "PICKUP_CHOICE_MADE"


async def test_a_link_is_ones_own_and_ends(rig: Rig, asked: Asked) -> None:
    order, token = await asked.rejected()
    choice = await asked.look(token)
    other, forged = Links(b"somebody else's secret"), Links(SERVICE_SECRET.encode())
    old = forged.make(choice.choice_id, datetime.now(UTC) - timedelta(seconds=1))
    nobody = forged.make(str(uuid.uuid4()), LATER)
    for wrong in (other.make(choice.choice_id, LATER), old, nobody, "", token[:-1], token + "A", "OMOP1.%%%"):
        seen = await refused(asked.look(wrong))
        assert seen.reason in ("PICKUP_LINK_INVALID", "FIELD_INVALID"), wrong
    by_order = pb.GetPickupChoiceRequest(order_id=order.order_id)
    for stranger in ("", rig.member(OTHER), rig.staff("TPE02")):
        assert (await refused(rig.call(asked.stub.GetPickupChoice, by_order, stranger))).reason == "NOT_FOUND"
    assert (await refused(asked.choose(token, "COLLECT"))).metadata["field"] == "location_id"
    assert (await refused(asked.choose(token, "COLLECT", "TPE01"))).metadata["field"] == "location_id"
    await asked.choose(token, "CANCEL")


async def test_proofs_of_questions_have_been_seen_to_fail(rig: Rig, asked: Asked) -> None:
    order, token = await asked.rejected()
    choice = (await asked.look(token)).choice_id
    statement = "UPDATE timers SET kind = $2 WHERE kind = $1 AND key = $3"
    await rig.rows(statement, "rerouting.deadline", "hidden", choice)
    assert (await rig.proofs())["rerouting.questions_end"] == [f"choice={choice}"]
    await rig.rows(statement, "hidden", "rerouting.deadline", choice)
    await asked.choose(token, "SHIP")
    place = "UPDATE order_lines SET fulfilment_location_id = $2 WHERE order_id = $1"
    await rig.rows(place, order.order_id, "TPE02")
    found = (await rig.proofs())["rerouting.chosen_lines_stand_where_they_were_chosen"]
    assert found == [f"order={order.order_id} line=1"]
    await rig.rows(place, order.order_id, "")
