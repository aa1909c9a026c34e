"""Counts while the store trades: sessions, who counts, and what is booked against what was expected when."""

from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import counting_pb2 as pb
from omo.inventory.v1 import tasks_events_pb2
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, Inventory, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.shop import product, put, refused, variant
from tests.service.inventory.test_facts import counted, record

ANN, BEN, CHIEF = staff(), staff(code="A205"), staff(code="A001", role="manager")


def line(sku: str, quantity: int, at: Any = None) -> pb.CountLine:
    found = pb.CountLine(sku=sku, quantity=quantity)
    if at is not None:
        found.count_time.FromDatetime(at)
    return found


async def opened(inventory: Inventory, *skus: str, area: str = "north wall", **on_hand: int) -> tuple[Floor, str]:
    """A count of these SKUs, with ten of each on hand."""
    await inventory.stocked({(sku, "TPE01"): on_hand.get(sku, 10) for sku in skus or ("COAT",)})
    floor = Floor(inventory)
    count = (await floor.do("OpenCount", CHIEF, location_id="TPE01", area=area, skus=skus)).count
    return floor, count.session_id


async def approved(floor: Floor, session_id: str, *lines: pb.CountLine) -> Any:
    await floor.do("RecordCounts", ANN, session_id=session_id, lines=lines)
    await floor.do("SubmitCount", ANN, session_id=session_id)
    return (await floor.do("ApproveCount", CHIEF, session_id=session_id)).count


def statuses(count: Any) -> dict[str, str]:
    return {one.sku: pb.CountLineStatus.Name(one.status).removeprefix("COUNT_LINE_STATUS_") for one in count.lines}


async def test_a_count_books_what_differs_at_its_own_time(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT", "HAT")
    done = await approved(floor, session_id, line("COAT", 7), line("HAT", 10))
    assert done.state == pb.COUNT_STATE_APPROVED
    assert {one.sku: (one.expected, one.adjustment) for one in done.lines} == {"COAT": (10, -3), "HAT": (10, 0)}
    assert (await inventory.level("COAT")).on_hand == 7
    assert await inventory.drifts() == []


@pytest.mark.parametrize("told", ["before it is opened", "before it is approved", "after it is approved"])
@pytest.mark.parametrize(("sold_at", "left"), [(-10, 7), (10, 5)])
async def test_trading_goes_on_while_somebody_counts(inventory: Inventory, told: str, sold_at: int, left: int) -> None:
    """Two are sold ten minutes before the count, or after it, whenever that is told: seven were there when counted."""
    counted_at = inventory.clock()
    sale = news.recorded(news.sale("s1", ("COAT", 2), at=counted_at + timedelta(minutes=sold_at)))
    inventory.clock.advance(minutes=-30)
    floor, session_id = await opened(inventory, "COAT")
    inventory.clock.advance(minutes=60)
    if told == "before it is opened":
        await inventory.hear(sale)
    await floor.do("RecordCounts", ANN, session_id=session_id, lines=[line("COAT", 7, counted_at)])
    await floor.do("SubmitCount", ANN, session_id=session_id)
    if told == "before it is approved":
        await inventory.hear(sale)
    for _ in range(2):
        await floor.do("ApproveCount", CHIEF, session_id=session_id)
    if told == "after it is approved":
        await inventory.hear(sale)
    assert (await inventory.level("COAT")).on_hand == left
    assert await inventory.drifts() == []


async def test_lines_say_what_became_of_them(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT", "HAT")
    barcoded = product("SCARF", variant("SCARF", barcodes=["4006381333931"]))
    await put(inventory, barcoded)
    done = await approved(floor, session_id, line("COAT", 9), line("4006381333931", 2), line("RUBBISH", 1))
    assert statuses(done) == {
        "COAT": "COUNTED", "HAT": "UNCOUNTED", "SCARF": "UNDIRECTED", "RUBBISH": "UNMATCHED",
    }  # fmt: skip
    levels = [(await inventory.level(sku)).on_hand for sku in ("COAT", "HAT", "SCARF")]
    assert levels == [9, 10, 2]
    assert await inventory.drifts() == []


async def test_without_a_list_whatever_is_found_is_counted(inventory: Inventory) -> None:
    await inventory.stocked({("COAT", "TPE01"): 10})
    floor = Floor(inventory)
    count = (await floor.do("OpenCount", CHIEF, location_id="TPE01")).count
    done = await approved(floor, count.session_id, line("COAT", 4))
    assert statuses(done) == {"COAT": "COUNTED"}
    assert (await inventory.level("COAT")).on_hand == 4


async def test_one_counts_at_a_time_and_a_manager_may_release(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT")
    await floor.do("JoinCount", ANN, session_id=session_id)
    for step in ("JoinCount", "ReleaseCount", "SubmitCount"):
        fault = await refused(floor.do(step, BEN, session_id=session_id))
        assert (fault.reason, fault.metadata["active_user"]) == ("COUNT_USER_ACTIVE", "A102")
    told = floor.do("RecordCounts", BEN, session_id=session_id, lines=[line("COAT", 1)])
    assert (await refused(told)).reason == "COUNT_USER_ACTIVE"
    await floor.do("ReleaseCount", CHIEF, session_id=session_id)
    assert (await floor.do("JoinCount", BEN, session_id=session_id)).count.active_user == "A205"


async def test_an_area_is_counted_once_at_a_time(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT")
    again = {"location_id": "TPE01", "area": "north wall"}
    fault = await refused(floor.do("OpenCount", CHIEF, **again))
    assert (fault.reason, fault.metadata["session_id"]) == ("COUNT_AREA_TAKEN", session_id)
    await floor.do("CancelCount", CHIEF, session_id=session_id)
    await floor.do("OpenCount", CHIEF, **again)


async def test_lines_are_sent_back_and_counted_again(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT")
    await floor.do("RecordCounts", ANN, session_id=session_id, lines=[line("COAT", 1)])
    await floor.do("SubmitCount", ANN, session_id=session_id)
    seen = (await floor.do("GetCount", CHIEF, session_id=session_id)).count
    assert (seen.lines[0].expected, seen.lines[0].adjustment) == (10, -9)
    back = (await floor.do("RecountLines", CHIEF, session_id=session_id, skus=["COAT"])).count
    assert (statuses(back), back.state, back.lines[0].recounts) == ({"COAT": "UNCOUNTED"}, pb.COUNT_STATE_OPEN, 1)
    assert (await refused(floor.do("SubmitCount", ANN, session_id=session_id))).reason == "FIELD_INVALID"
    await approved(floor, session_id, line("COAT", 9))
    assert (await inventory.level("COAT")).on_hand == 9
    strange = floor.do("RecountLines", CHIEF, session_id=session_id, skus=["HAT"])
    assert (await refused(strange)).reason == "COUNT_STATE"


async def test_a_count_older_than_the_last_one_is_recorded_and_ignored(inventory: Inventory) -> None:
    at = inventory.clock()
    floor, session_id = await opened(inventory, "COAT")
    inventory.clock.advance(hours=1)
    await record(inventory, 1, counted(at + timedelta(minutes=30), 6))
    done = await approved(floor, session_id, line("COAT", 9, at + timedelta(minutes=10)))
    assert (done.lines[0].overtaken, done.lines[0].quantity, done.lines[0].adjustment) == (True, 9, 0)
    assert (await inventory.level("COAT")).on_hand == 6
    assert await inventory.drifts() == []


async def test_a_line_told_late_does_not_undo_a_later_one(inventory: Inventory) -> None:
    at = inventory.clock()
    floor, session_id = await opened(inventory, "COAT")
    inventory.clock.advance(hours=1)
    for quantity, minutes in ((8, 30), (3, 10)):
        told = [line("COAT", quantity, at + timedelta(minutes=minutes))]
        await floor.do("RecordCounts", ANN, session_id=session_id, lines=told)
    seen = (await floor.do("GetCount", ANN, session_id=session_id)).count
    assert seen.lines[0].quantity == 8


async def test_a_count_ends_the_task_that_asked_for_it(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT")
    for _ in range(3):
        await floor.do("PostVariance", ANN, location_id="TPE01", sku="COAT", reason_id="MISMATCH", quantity=1)
    assert [(one.kind, one.subject) for one in (await floor.do("ListStockTasks", ANN)).tasks] == [("COUNT", "COAT")]
    await approved(floor, session_id, line("COAT", 9))
    assert not (await floor.do("ListStockTasks", ANN)).tasks
    told = await inventory.told(tasks_events_pb2.StockTaskChanged)
    assert [event.task.resolution for event in told] == ["", "COUNTED"]
    sure = (await floor.do("ListConfidence", ANN)).confidences
    assert [(one.sku, one.rejections, one.per_mille) for one in sure] == [("COAT", 0, 1000)]


@pytest.mark.parametrize("step", ["JoinCount", "ReleaseCount", "SubmitCount", "ApproveCount", "CancelCount"])
async def test_steps_out_of_turn_are_refused(inventory: Inventory, step: str) -> None:
    floor, session_id = await opened(inventory, "COAT")
    if step == "CancelCount":
        await approved(floor, session_id, line("COAT", 9))
    elif step != "ApproveCount":
        await floor.do("CancelCount", CHIEF, session_id=session_id)
    assert (await refused(floor.do(step, CHIEF, session_id=session_id))).reason == "COUNT_STATE"


async def test_absurd_counts_are_refused(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT")
    ahead = inventory.clock() + timedelta(days=1)
    for lines in ([], [line("COAT", -1)], [line("COAT", 10**9)], [line("COAT", 1), line("COAT", 2)],
                  [line("COAT", 1, ahead)]):  # fmt: skip
        told = floor.do("RecordCounts", ANN, session_id=session_id, lines=lines)
        assert (await refused(told)).reason == "FIELD_INVALID"
    unknown = {"NOWHERE": "UNKNOWN_LOCATION", "TPE01": "UNKNOWN_SKU"}
    for place, reason in unknown.items():
        fault = await refused(floor.do("OpenCount", HQ, location_id=place, area="x", skus=["NOTHING"]))
        assert fault.reason == reason


async def test_stores_see_their_own_counts_only(inventory: Inventory) -> None:
    floor, session_id = await opened(inventory, "COAT")
    assert (await refused(floor.do("GetCount", staff("TXG01"), session_id=session_id))).reason == "NOT_FOUND"
    assert (await refused(floor.do("GetCount", ANN, session_id=new()))).reason == "NOT_FOUND"
    assert (await refused(floor.do("ApproveCount", ANN, session_id=session_id))).code == "PERMISSION_DENIED"
    other = floor.do("OpenCount", CHIEF, location_id="TXG01")
    assert (await refused(other)).code == "NOT_FOUND"
    assert [one.session_id for one in (await floor.do("ListCounts", ANN)).counts] == [session_id]
    assert not (await floor.do("ListCounts", ANN, state=pb.COUNT_STATE_APPROVED)).counts
    assert len((await floor.do("ListCounts", HQ)).counts) == 1
