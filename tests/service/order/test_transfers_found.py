"""What a store had asked for and found, what its sources cannot send, what is refused; tabs, and proofs that fail."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import rerouting_events_pb2
from omo.order.v1 import shipping_service_pb2 as shipping_pb
from omo.order.v1 import shipping_service_pb2_grpc as shipping_rpc
from omo.order.v1 import transfer_service_pb2 as pb
from tests.service.order import rig as rigs
from tests.service.order.lacking_rig import Lacking, lacking, rig
from tests.service.order.pickups_rig import Desk
from tests.service.order.rig import Rig, line
from tests.service.order.sourcing_rig import decided, given_up, state_of

__all__ = ["lacking", "rig"]


async def test_what_has_not_left_is_called_off_when_it_is_found(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    (leg,) = (await lacking.ask(task)).legs
    off = await lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id)
    again = await lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id)
    assert (off.leg, off.HasField("fulfilment")) == (again.leg, False)

    async def moved() -> bool:
        return any(one.order_id == order.order_id for one in rig.world.sending.moves)

    await rigs.eventually(moved)
    (move,) = [one for one in rig.world.sending.moves if one.order_id == order.order_id]
    assert (move.from_location_id, move.to_location_id, move.reason) == ("WH1", "TPE01", "FOUND")
    await lacking.sourcing.hear(decided(order.order_id, 3, (1, "TPE01", 1, "d9")))
    own = await rig.rows(
        "SELECT fulfilment_id FROM fulfilments WHERE order_id = $1 AND method = 'COLLECT' AND state = 'PLACED'",
        order.order_id,
    )
    assert ("WH1", "CANCELLED", "TPE01") in await lacking.tasks(order.order_id)
    for verb in ("Accept", "Pick"):
        await lacking.sourcing.store.step(verb, str(own[0][0]))
    await lacking.collected(order.order_id, str(own[0][0]), 3000)


async def test_what_the_books_do_not_have_stays_on_its_way(rig: Rig, lacking: Lacking) -> None:
    """Found goods are counted in first: no promise stands on what is not in the books."""
    order, task = await lacking.ordered(line("COAT"))
    (leg,) = (await lacking.ask(task)).legs
    rig.world.sending.full.add("TPE01")
    await lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id)

    async def refused() -> bool:
        return ("WH1", "PLACED", "TPE01") in await lacking.tasks(order.order_id)

    await rigs.eventually(refused)
    rig.world.sending.full.clear()
    await lacking.cancel(order.order_id)


async def test_what_is_on_its_way_is_for_the_shelf_when_it_is_found(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    (leg,) = (await lacking.ask(task)).legs
    await lacking.leaves(leg.fulfilment_id)
    off = await lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id)
    assert (state_of(off.fulfilment), off.fulfilment.location_id) == ("ARRIVED", "TPE01")
    assert (await lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id)).fulfilment == off.fulfilment
    await lacking.collected(order.order_id, off.fulfilment.fulfilment_id, 3000)
    assert leg.fulfilment_id in await lacking.tab(pb.PICKUP_TAB_INCOMING), "it still comes"
    assert not (await lacking.comes(leg.fulfilment_id)).fulfilment_id
    moved = await lacking.sourcing.store.events("UnitsMoved", events.UnitsMoved)
    assert [one.lost for each in moved if each.order_id == order.order_id for one in each.lines] == [False, False]
    late = await rig.fault(lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id))
    assert late.reason == "TRANSITION_REFUSED"


async def test_a_source_that_cannot_is_followed_by_another_to_the_same_store(rig: Rig, lacking: Lacking) -> None:
    """Beside what the same order sends to an address: by one place and decision, as two tasks."""
    shipped = line("SCARF", 1, method=rigs.SHIP, fulfilment_location_id="")
    order, task = await lacking.ordered(line("COAT"), shipped)
    (leg,) = (await lacking.ask(task)).legs
    reject = lacking.sourcing.store
    await reject.step("Reject", leg.fulfilment_id, token=reject.adviser("WH1"), reason="DAMAGED")
    await lacking.sourcing.hear(decided(order.order_id, 3, (1, "TPE02", 1, "d3"), (2, "TPE02", 1, "d3")))
    found = [one for one in (await rig.get(order.order_id)).fulfilments if one.location_id == "TPE02"]
    assert sorted((one.to_location_id, [each.line_no for each in one.lines]) for one in found) == [
        ("", [2]), ("TPE01", [1]),
    ]  # fmt: skip
    # and in the end nobody has the one, which is given up
    (way,) = [one for one in found if one.to_location_id]
    await reject.step("Reject", way.fulfilment_id, token=reject.adviser("TPE02"), reason="DAMAGED")
    await lacking.sourcing.hear(given_up(order.order_id, 4, (2, "TPE02", 1, "d3"), lacking=[(1, 1)]))
    shown = await rig.get(order.order_id)
    assert [[(one.first, one.last) for one in each.cancelled_units] for each in shown.lines] == [[(0, 0)], []]
    await lacking.cancel(order.order_id)


async def test_what_came_and_cannot_be_handed_over_is_not_sought_again(rig: Rig, lacking: Lacking) -> None:
    """Also where the brand asks its shoppers: inventory promises it where it was sent from, and nowhere else."""
    order, task = await lacking.ordered(line("COAT"), line("SCARF"))
    (leg,) = (await lacking.ask(task, 1)).legs
    await lacking.leaves(leg.fulfilment_id)
    own = (await lacking.comes(leg.fulfilment_id)).fulfilment_id
    await lacking.sourcing.store.step("Reject", own, reason="DAMAGED")
    shown = await rig.get(order.order_id)
    assert [[(one.first, one.reason) for one in each.cancelled_units] for each in shown.lines] == [[(0, "DAMAGED")], []]
    told = await lacking.sourcing.store.events("PickupChoiceAsked", rerouting_events_pb2.PickupChoiceAsked)
    assert not [one for one in told if one.order_id == order.order_id]
    assert await lacking.missed(order.order_id) == [("TPE01", 1, 0, 1, "DAMAGED")], "nobody is sold it"
    await lacking.cancel(order.order_id)


async def test_what_came_is_no_less_there_because_its_store_has_no_time(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"), line("SCARF"))
    (leg,) = (await lacking.ask(task, 1)).legs
    await lacking.leaves(leg.fulfilment_id)
    own = (await lacking.comes(leg.fulfilment_id)).fulfilment_id
    await lacking.sourcing.store.step("Reject", own, reason="TOO_BUSY")
    assert await lacking.missed(order.order_id) == []
    await lacking.cancel(order.order_id)


async def test_what_was_found_after_all_and_is_rejected_then_is_sought(rig: Rig, lacking: Lacking) -> None:
    """Nobody had sent it: inventory promises it as what the store always had."""
    order, task = await lacking.ordered(line("COAT"))
    (leg,) = (await lacking.ask(task)).legs
    await lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id)

    async def moved() -> bool:
        return any(one.order_id == order.order_id for one in rig.world.sending.moves)

    await rigs.eventually(moved)
    await lacking.sourcing.hear(decided(order.order_id, 3, (1, "TPE01", 1, "d9")))
    (own,) = await rig.rows(
        "SELECT fulfilment_id FROM fulfilments WHERE order_id = $1 AND method = 'COLLECT' AND state = 'PLACED'",
        order.order_id,
    )
    await lacking.sourcing.store.step("Reject", str(own[0]), reason="NOT_IN_STOCK")
    assert await lacking.refused(order.order_id) == [("TPE01", "d9")]
    assert [list(one.cancelled_units) for one in (await rig.get(order.order_id)).lines] == [[]]
    assert await lacking.missed(order.order_id) == [], "the no says it already"
    await lacking.cancel(order.order_id)


async def test_whoever_was_named_collects_what_came_instead(rig: Rig, lacking: Lacking) -> None:
    _, task = await lacking.ordered(line("COAT"))
    desk = Desk(rig, lacking.sourcing.store)
    proxy = (await desk.do("NameProxy", fulfilment_id=task, name="陳小華")).proxy
    (leg,) = (await lacking.ask(task)).legs
    await lacking.leaves(leg.fulfilment_id)
    own = (await lacking.comes(leg.fulfilment_id)).fulfilment_id
    await lacking.sourcing.store.step("Ready", own)
    (named,) = (await desk.do("ListProxies", fulfilment_id=own)).proxies
    assert (named.proxy_id, named.pin) == (proxy.proxy_id, proxy.pin)
    await lacking.sourcing.store.hand_over(own, proxy.pin)
    await lacking.sourcing.store.captured(own, 3000)


async def test_the_brand_says_how_long_it_takes(rig: Rig, lacking: Lacking) -> None:
    stub = shipping_rpc.ShippingServiceStub(rig.channel)
    for given, minutes in ((90, 90), (0, 4320)):
        terms = shipping_pb.ShippingTerms(transfer_minutes=given, partial_rejection=True)
        asked = shipping_pb.PutShippingTermsRequest(request_id=str(uuid.uuid4()), terms=terms)
        assert (await rig.call(stub.PutShippingTerms, asked, rig.hq())).terms.transfer_minutes == minutes
        order, task = await lacking.ordered(line("COAT"))
        before = datetime.now(UTC)
        until = (await lacking.ask(task)).transfer.promise_time.ToDatetime(UTC) - timedelta(minutes=minutes)
        assert before - timedelta(seconds=1) < until < datetime.now(UTC)
        await lacking.cancel(order.order_id)


async def test_what_is_refused(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    asked = {"fulfilment_id": task, "reason": "NOT_IN_STOCK"}
    assert (await rig.fault(lacking.do("RequestTransfer", "TPE02", **asked))).reason == "NOT_FOUND"
    assert (await rig.fault(lacking.ask(task, 2))).metadata["field"] == "line_nos"
    assert (await rig.fault(lacking.ask(task, reason=""))).metadata["field"] == "reason"
    (leg,) = (await lacking.ask(task)).legs
    sending = await rig.fault(lacking.do("RequestTransfer", "WH1", **asked | {"fulfilment_id": leg.fulfilment_id}))
    assert sending.reason == "TRANSITION_REFUSED", "who sends it has it, or says no"
    for place in ("WH1", "TPE02"):
        assert (await rig.fault(lacking.do("CallOffTransfer", place, fulfilment_id=leg.fulfilment_id))).reason == (
            "NOT_FOUND"
        )
    await lacking.cancel(order.order_id)
    ended = await rig.fault(lacking.do("CallOffTransfer", fulfilment_id=leg.fulfilment_id))
    assert ended.reason == "TRANSITION_REFUSED"
    ready, task = await lacking.ordered(line("COAT"))
    for verb in ("Pick", "Ready"):
        await lacking.sourcing.store.step(verb, task)
    assert (await rig.fault(lacking.ask(task))).reason == "TRANSITION_REFUSED"
    await lacking.cancel(ready.order_id)


async def test_tabs_come_in_pages_of_one_store(rig: Rig, lacking: Lacking) -> None:
    orders = [(await lacking.ordered(line("COAT"))) for _ in range(3)]
    for tab, wanted in ((pb.PICKUP_TAB_OPEN, 3), (pb.PICKUP_TAB_INCOMING, 3)):
        found, token = list[str](), ""
        while True:
            page = await lacking.do("ListPickups", location_id="TPE01", tab=tab, page_size=2, page_token=token)
            found += [one.fulfilment.order_id for one in page.pickups]
            assert all(one.HasField("leg") is (tab == pb.PICKUP_TAB_INCOMING) for one in page.pickups)
            if not (token := page.next_page_token):
                break
            other = {"location_id": "TPE01", "tab": pb.PICKUP_TAB_READY, "page_token": token}
            assert (await rig.fault(lacking.do("ListPickups", **other))).metadata["field"] == "page_token"
        assert (len(found), set(found)) == (wanted, {order.order_id for order, _ in orders})
        for _, task in orders if tab == pb.PICKUP_TAB_OPEN else ():
            await lacking.ask(task)
    assert (await rig.fault(lacking.do("ListPickups", location_id="TPE01"))).metadata["field"] == "tab"
    assert (await rig.fault(lacking.do("ListPickups", location_id="TPE02", tab=1))).reason == "NOT_FOUND"
    for order, _ in orders:
        await lacking.cancel(order.order_id)


async def test_every_proof_about_transfers_has_been_seen_to_fail(rig: Rig, lacking: Lacking) -> None:
    order, task = await lacking.ordered(line("COAT"))
    await lacking.ask(task)
    leg = "UPDATE pickup_legs SET to_location_id = $2 WHERE order_id = $1"
    told = "UPDATE pickup_transfers SET event_id = $2::uuid WHERE order_id = $1"
    held = "UPDATE fulfilments SET held_state = $2, state = $3 WHERE order_id = $1 AND location_id = 'TPE01'"
    ((event_id,),) = await rig.rows("SELECT event_id FROM pickup_transfers WHERE order_id = $1", order.order_id)
    wrongs: tuple[tuple[str, str, tuple[Any, ...], tuple[Any, ...]], ...] = (
        ("what_is_sent_is_on_its_way", leg, ("TPE02",), ("TPE01",)),
        ("shoppers_are_told", told, (order.order_id,), (event_id,)),
        ("requests_end", held, ("PLACED", "ON_HOLD"), ("", "CANCELLED")),
    )
    for check, change, wrong, right in wrongs:
        await rig.rows(change, order.order_id, *wrong)
        assert f"transfers.{check}" in await rig.proofs()
        await rig.rows(change, order.order_id, *right)
        assert await rig.proofs() == {}
    await lacking.cancel(order.order_id)
