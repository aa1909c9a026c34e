"""What happens while a store waits for what it asked for, or comes when it is over, in whatever order it is heard."""

import pytest

from omo.order.v1 import pickup_service_pb2 as pickups_pb
from omo.order.v1 import rerouting_events_pb2
from omo.order.v1 import transfer_service_pb2 as pb
from tests.service.order import rig as rigs
from tests.service.order.lacking_rig import Lacking, lacking, rig
from tests.service.order.neighbours_faults import Away
from tests.service.order.pickups_rig import Desk
from tests.service.order.rig import Rig, line
from tests.service.order.sourcing_rig import decided, state_of

__all__ = ["lacking", "rig"]


async def test_of_what_came_nobody_is_asked_and_the_visit_goes_on(rig: Rig, lacking: Lacking) -> None:
    """The counter chose to have its shopper asked: of what another place sent, what is not there is cancelled."""
    order, task = await lacking.ordered(line("SCARF", 2))
    (leg,) = (await lacking.ask(task)).legs
    await lacking.leaves(leg.fulfilment_id)
    own = (await lacking.comes(leg.fulfilment_id)).fulfilment_id
    await lacking.sourcing.store.step("Ready", own)
    missing = [pickups_pb.MissingUnits(line_no=1, quantity=1, reason="DAMAGED")]
    pin, desk = await lacking.sourcing.store.pin(order.order_id), Desk(rig, lacking.sourcing.store)
    got = await desk.part(own, {1: 1}, pin, missing=missing, missing_choice=pickups_pb.MISSING_CHOICE_ASK)
    assert [one.choice for one in got.acknowledgement.missing] == [pickups_pb.MISSING_CHOICE_CANCEL]
    assert await lacking.missed(order.order_id) == [("TPE01", 1, 1, 1, "DAMAGED")]
    (shown,) = (await rig.get(order.order_id)).lines
    assert [(one.first, one.last, one.reason) for one in shown.cancelled_units] == [(1, 1, "DAMAGED")]
    told = await lacking.sourcing.store.events("PickupChoiceAsked", rerouting_events_pb2.PickupChoiceAsked)
    assert not [one for one in told if one.order_id == order.order_id]
    await lacking.sourcing.store.captured(own, 990)


@pytest.mark.parametrize("refused", [True, False], ids=["money-was-refused", "its-time-passed"])
async def test_what_happens_while_it_waits_holds_for_the_rest_that_goes_on(
    rig: Rig, lacking: Lacking, refused: bool
) -> None:
    """Of some lines that nobody has: the others are not handed over unpaid, and have a time again."""
    other = line("SCARF", 1, method=rigs.SHIP, fulfilment_location_id="")
    order, task = await lacking.ordered(line("COAT"), line("SCARF", 2), other, accepted=False)
    await lacking.sourcing.hear(decided(order.order_id, 2, (3, "WH1", 1, "d1")))
    rig.world.before["stock.send"] = Away("not there")
    asked = (await lacking.ask(task, 2)).transfer
    change = "UPDATE fulfilments SET capture = $2 WHERE order_id = $1 AND location_id = 'WH1'"
    if refused:
        await rig.rows(change, order.order_id, "FAILED")
    else:
        await rig.rows("DELETE FROM timers WHERE key = $1 AND kind = 'fulfilment.accept_sla'", task)
    rig.world.before.clear()
    rig.world.pickups.senders = {}
    await lacking.overdue(asked.transfer_id, pb.TRANSFER_STATE_REFUSED)
    (held,) = [one for one in (await rig.get(order.order_id)).fulfilments if one.fulfilment_id == task]
    assert [one.line_no for one in held.lines] == [1]
    assert (state_of(held), held.reason) == (("ON_HOLD", "CAPTURE_FAILED") if refused else ("PLACED", held.reason))
    timers = await rig.rows("SELECT FROM timers WHERE key = $1 AND kind = 'fulfilment.accept_sla'", task)
    assert len(timers) == 1
    if refused:
        await rig.rows(change, order.order_id, "OPEN")
    await lacking.cancel(order.order_id)


async def test_an_older_word_that_comes_after_the_answer_ends_nothing(rig: Rig, lacking: Lacking) -> None:
    """Two requests are answered before the first word of either is heard."""
    order, task = await lacking.ordered(line("COAT"), line("SCARF", 2))
    rig.world.pickups.numbers[order.order_id] = 1
    (first,) = (await lacking.ask(task, 1)).legs
    rig.world.pickups.numbers[order.order_id] = 2
    (second,) = (await lacking.ask(task, 2)).legs
    d1, d2 = [list(rig.world.pickups.sent.values())[at].assignments[0].decision_id for at in (-2, -1)]
    await lacking.sourcing.hear(decided(order.order_id, 1, (1, "WH1", 1, d1)))
    await lacking.sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, d1), (2, "WH1", 2, d2)))
    # and the proof of it fails where its task is lost
    lost = "UPDATE fulfilments SET state = $2 WHERE fulfilment_id = $1"
    await rig.rows(lost, second.fulfilment_id, "CANCELLED")
    assert "fulfilment.sourced_orders_have_tasks" in await rig.proofs()
    await rig.rows(lost, second.fulfilment_id, "PLACED")
    assert await rig.proofs() == {}
    for leg in (first, second):
        await lacking.leaves(leg.fulfilment_id)
    await lacking.cancel(order.order_id)


async def test_an_answer_that_a_later_word_overtook_is_carried_out_as_that_has_it(rig: Rig, lacking: Lacking) -> None:
    """The answer got lost, and meanwhile another place was chosen."""
    order, task = await lacking.ordered(line("COAT"))
    rig.world.pickups.numbers[order.order_id] = 2
    rig.world.after["stock.send"] = Away("its answer got lost")
    asked = (await lacking.ask(task)).transfer
    await lacking.sourcing.hear(decided(order.order_id, 3, (1, "TPE02", 1, "d3")))
    assert await lacking.tasks(order.order_id) == [("TPE01", "ON_HOLD", "")]
    rig.world.after.clear()
    await lacking.overdue(asked.transfer_id, pb.TRANSFER_STATE_SENT)
    assert await lacking.tasks(order.order_id) == [("TPE01", "CANCELLED", ""), ("TPE02", "PLACED", "TPE01")]
    await lacking.cancel(order.order_id)
