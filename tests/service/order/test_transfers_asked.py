"""A store lacks what is to be collected there and asks for it: sent, told, and handed over; or it is a rejection."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from kit import faultpoints
from kit.errors import Code, Fault
from omo.order.v1 import order_events_pb2, rerouting_events_pb2
from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import transfer_service_pb2 as pb
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER
from tests.service.order.lacking_rig import Lacking, lacking, rig
from tests.service.order.neighbours_faults import Away, Unheard
from tests.service.order.rerouting_rig import OPTION, Asked
from tests.service.order.rig import CANCELLED, CONFIRMED, Rig, line
from tests.service.order.sourcing_rig import decided, state_of

__all__ = ["lacking", "rig"]

ASKED, SENT, REFUSED, OFF = (
    pb.TRANSFER_STATE_ASKED, pb.TRANSFER_STATE_SENT, pb.TRANSFER_STATE_REFUSED, pb.TRANSFER_STATE_CALLED_OFF,
)  # fmt: skip


class Gone(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "NOT_ASSIGNED"


async def test_what_a_store_lacks_is_sent_there_told_and_collected(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"), line("SCARF", 2))
    done = await lacking.ask(task)
    (leg,) = done.legs
    assert (done.transfer.state, list(done.transfer.line_nos), state_of(done.fulfilment)) == (SENT, [1, 2], "CANCELLED")
    assert (done.fulfilment.reason, leg.from_location_id, leg.to_location_id) == ("SENT_FOR", "WH1", "TPE01")
    asked = rig.world.pickups.lacking[-1]
    assert (asked.order_id, asked.location_id, asked.reason) == (order.order_id, "TPE01", "NOT_IN_STOCK")
    assert [(one.line_no, one.quantity) for one in asked.lines] == [(1, 1), (2, 2)]
    (told,) = [
        one for one in await lacking.sourcing.store.events("TransferRequested", events.TransferRequested)
        if one.order_id == order.order_id
    ]  # fmt: skip
    assert (told.member_id, told.order_no, told.location_id, list(told.line_nos)) == (
        MEMBER, order.order_no, "TPE01", [1, 2],
    )  # fmt: skip
    assert told.promise_time == done.transfer.promise_time
    apart = told.promise_time.ToDatetime(UTC) - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < apart <= timedelta(days=3)
    shown = await rig.get(order.order_id)
    assert (list(shown.attention), [one.kind for one in shown.news]) == ([], ["SENT_FOR", "SENT_FOR"])
    assert {one.promise_time.ToMilliseconds() for one in shown.news} == {told.promise_time.ToMilliseconds()}
    assert {(one.method, one.fulfilment_location_id) for one in shown.lines} == {(rigs.COLLECT, "TPE01")}, "as sold"

    # inventory's own word of it comes when it likes
    await lacking.sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, "s1"), (2, "WH1", 2, "s1")))
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", ""), ("WH1", "PLACED", "TPE01")]
    assert leg.fulfilment_id in await lacking.tab(pb.PICKUP_TAB_INCOMING)
    await lacking.leaves(leg.fulfilment_id)
    own = (await lacking.comes(leg.fulfilment_id)).fulfilment_id
    assert leg.fulfilment_id not in await lacking.tab(pb.PICKUP_TAB_INCOMING)
    assert await lacking.tab(pb.PICKUP_TAB_ARRIVED) == [own]
    await lacking.sourcing.store.step("Ready", own)
    assert await lacking.tab(pb.PICKUP_TAB_READY) == [own]
    await lacking.collected(order.order_id, own, 3000 + 2 * 990)
    assert (await lacking.tab(pb.PICKUP_TAB_HANDOVER))[0] == own
    assert await lacking.tab(pb.PICKUP_TAB_ARRIVED) == await lacking.tab(pb.PICKUP_TAB_READY) == []


async def test_of_some_lines_the_rest_goes_on_here(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"), line("SCARF", 3))
    rig.world.pickups.senders = {"TPE02": 2, "WH1": 1_000}
    done = await lacking.ask(task, 2)
    assert (state_of(done.fulfilment), [one.line_no for one in done.fulfilment.lines]) == ("ACCEPTED", [1])
    assert [(one.from_location_id, [each.quantity for each in one.lines]) for one in done.legs] == [
        ("TPE02", [2]), ("WH1", [1]),
    ]  # fmt: skip
    assert task in await lacking.tab(pb.PICKUP_TAB_OPEN)
    again = await lacking.ask(task, 2)
    assert (again.transfer, len(again.legs)) == (done.transfer, 2)
    await lacking.sourcing.store.step("Pick", task)
    await lacking.collected(order.order_id, task, 3000)
    for leg in done.legs:
        await lacking.leaves(leg.fulfilment_id, leg.from_location_id)
        own = await lacking.comes(leg.fulfilment_id)
        await lacking.collected(order.order_id, own.fulfilment_id, sum(one.quantity for one in own.lines) * 990)


async def test_who_presses_twice_asks_once(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"), accepted=False)
    key, before = str(uuid.uuid4()), len(rig.world.pickups.sent)
    given = await asyncio.gather(*(lacking.ask(task) for _ in range(4)), *(lacking.ask(task, key=key) for _ in "12"),
                                 return_exceptions=True)  # fmt: skip
    running = {one.reason for one in given if isinstance(one, Fault)}
    assert running <= {"REQUEST_RUNNING"}
    assert len({one.transfer.transfer_id for one in given if not isinstance(one, BaseException)}) == 1
    assert (await lacking.ask(task, key=key)).transfer.state == SENT
    assert len(rig.world.pickups.sent) == before + 1
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", ""), ("WH1", "PLACED", "TPE01")]
    reused = await rig.fault(lacking.ask(task, key=key, reason="DAMAGED"))
    assert reused.metadata["field"] == "request_id"
    await lacking.cancel(order.order_id)


@pytest.mark.parametrize("asks", [True, False], ids=["its-shopper-is-asked", "it-ends-the-order"])
async def test_what_nobody_has_is_a_rejection(rig: Rig, lacking: Lacking, asks: bool) -> None:
    await Asked(rig).terms(ask=asks, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    rig.world.pickups.senders = {}
    order, task = await lacking.ordered(line("COAT", 2))
    done = await lacking.ask(task)
    assert (done.transfer.state, state_of(done.fulfilment), list(done.legs)) == (REFUSED, "REJECTED", [])
    assert not done.transfer.HasField("promise_time")
    told = await lacking.sourcing.store.events("PickupChoiceAsked", rerouting_events_pb2.PickupChoiceAsked)
    assert [one.location_id for one in told if one.order_id == order.order_id] == ["TPE01"] * asks
    refused = await lacking.sourcing.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
    assert [one.reason for one in refused if one.order_id == order.order_id] == ["NOT_IN_STOCK"] * asks
    assert await lacking.missed(order.order_id) == [("TPE01", 1, 0, 2, "NOT_IN_STOCK")] * (not asks)
    assert (await rig.get(order.order_id)).state == (CONFIRMED if asks else CANCELLED)
    assert (await lacking.ask(task)).transfer == done.transfer
    if asks:
        await lacking.cancel(order.order_id)


@pytest.mark.parametrize("asks", [True, False], ids=["its-shopper-is-asked", "they-are-cancelled"])
async def test_of_lines_that_nobody_has_the_rest_goes_on(rig: Rig, lacking: Lacking, asks: bool) -> None:
    await Asked(rig).terms(ask=asks, hours=24, otherwise=OPTION("PICKUP_OPTION_CANCEL"))
    rig.world.pickups.senders = {}
    order, task = await lacking.ordered(line("COAT"), line("SCARF", 2))
    done = await lacking.ask(task, 2)
    assert (done.transfer.state, state_of(done.fulfilment)) == (REFUSED, "ACCEPTED")
    assert [one.line_no for one in done.fulfilment.lines] == [1]
    shown = await rig.get(order.order_id)
    gone = [[(one.first, one.last, one.reason) for one in each.cancelled_units] for each in shown.lines]
    assert gone == [[], [] if asks else [(0, 1, "NOT_IN_STOCK")]]
    told = await lacking.sourcing.store.events("PickupChoiceAsked", rerouting_events_pb2.PickupChoiceAsked)
    assert len([one for one in told if one.order_id == order.order_id]) == asks
    assert await lacking.missed(order.order_id) == [("TPE01", 2, 0, 2, "NOT_IN_STOCK")] * (not asks)
    await lacking.sourcing.store.step("Pick", task)
    await lacking.collected(order.order_id, task, 3000)


@pytest.mark.parametrize("away", [Away("not there"), Unheard("?", order_id="?")], ids=["away", "has-not-heard-yet"])
async def test_while_inventory_is_away_the_task_waits_and_is_asked_for_again(
    rig: Rig, lacking: Lacking, away: Fault
) -> None:
    order, task = await lacking.ordered(line("COAT"))
    rig.world.before["stock.send"] = away
    done = await lacking.ask(task)
    assert (done.transfer.state, state_of(done.fulfilment), done.fulfilment.reason) == (ASKED, "ON_HOLD", "SENT_FOR")
    assert (await rig.fault(lacking.sourcing.store.step("Pick", task))).reason == "TRANSITION_REFUSED"
    assert await rig.proofs() == {}
    rig.world.before.clear()
    await lacking.overdue(done.transfer.transfer_id, SENT)
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", ""), ("WH1", "PLACED", "TPE01")]
    await lacking.cancel(order.order_id)


async def test_an_order_that_is_cancelled_meanwhile_wants_nothing_any_more(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    rig.world.after["stock.send"] = Away("its answer got lost")
    asked = (await lacking.ask(task)).transfer
    await lacking.cancel(order.order_id)
    rig.world.after.clear()
    await lacking.overdue(asked.transfer_id, OFF)
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", "")]


async def test_what_inventory_asks_the_store_for_no_longer_goes_on_here(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    rig.world.before["stock.send"] = Gone("ended a moment ago")
    done = await lacking.ask(task)
    assert (done.transfer.state, state_of(done.fulfilment), done.fulfilment.reason) == (OFF, "ACCEPTED", "")
    rig.world.before.clear()
    assert (await lacking.ask(task)).transfer.state == SENT, "a second word is a new one"
    await lacking.cancel(order.order_id)


async def test_inventorys_word_may_come_before_its_answer(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    rig.world.after["stock.send"] = Away("its answer got lost")
    asked = (await lacking.ask(task)).transfer
    (sent,) = rig.world.pickups.sent[asked.transfer_id].assignments
    word = decided(order.order_id, 2, (1, "WH1", 1, sent.decision_id))
    await lacking.sourcing.hear(word)
    assert await lacking.tasks(order.order_id) == [("TPE01", "ON_HOLD", "")]
    rig.world.after.clear()
    await lacking.overdue(asked.transfer_id, SENT)
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", ""), ("WH1", "PLACED", "TPE01")]
    await lacking.cancel(order.order_id)


async def test_whatever_happens_at_once_adds_up(rig: Rig, lacking: Lacking) -> None:
    """A store that asks, picks and rejects, a shopper who cancels, and inventory's word, in whatever order."""
    pairs = [await lacking.ordered(line("COAT"), line("SCARF", 2)) for _ in range(4)]
    store, late = lacking.sourcing.store, {"TRANSITION_REFUSED", "REQUEST_RUNNING"}
    for turn, (order, task) in enumerate(pairs):
        word = decided(order.order_id, 2, (1, "WH1", 1, f"s{len(rig.world.pickups.sent) + 1}"))
        acts = [lacking.ask(task), lacking.ask(task, 1), store.step("Pick", task), lacking.sourcing.hear(word)]
        acts.append(lacking.cancel(order.order_id) if turn % 2 else store.step("Reject", task, reason="DAMAGED"))
        given = await asyncio.gather(*acts[turn:], *acts[:turn], return_exceptions=True)
        assert {one.reason for one in given if isinstance(one, Fault)} <= late, given
        assert not [one for one in given if isinstance(one, BaseException) and not isinstance(one, Fault)]
        assert await rig.proofs() == {}
        if (await rig.get(order.order_id)).state == CONFIRMED:
            await lacking.cancel(order.order_id)
        assert {state for _, state, _ in await lacking.tasks(order.order_id)} <= {"CANCELLED", "REJECTED"}


@pytest.mark.parametrize("point", ["before_asked", "after_asked", "after_answer", "settled"])
@pytest.mark.parametrize("by_timer", [False, True], ids=["asked-again", "left-alone"])
async def test_a_request_that_died_is_whole_afterwards(rig: Rig, lacking: Lacking, point: str, by_timer: bool) -> None:
    order, task = await lacking.ordered(line("COAT"))
    key = str(uuid.uuid4())
    faultpoints.arm(f"transfers.{point}=raise")
    await rig.fault(lacking.ask(task, key=key))
    faultpoints.arm("")
    rows = await rig.rows("SELECT transfer_id FROM pickup_transfers WHERE fulfilment_id = $1", task)
    assert len(rows) == (point != "before_asked")
    if by_timer and rows:
        await lacking.overdue(str(rows[0]["transfer_id"]), SENT)
    done = await lacking.ask(task, key=key)
    assert (done.transfer.state, len(done.legs)) == (SENT, 1)
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", ""), ("WH1", "PLACED", "TPE01")]
    await lacking.cancel(order.order_id)
