"""Units that come back anywhere: the refund, the board, what becomes of the goods, and what is refused."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from services.order.returns import store_refunds
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import OTHER
from tests.service.order.returns_rig import DEBT, Counter, units
from tests.service.order.rig import Rig, line

_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
CLOSED, INSPECTED = returns_pb2.RETURN_STATE_CLOSED, returns_pb2.RETURN_STATE_INSPECTED
REQUESTED, RECEIVED = returns_pb2.RETURN_STATE_REQUESTED, returns_pb2.RETURN_STATE_RECEIVED


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def counter(rig: Rig) -> Counter:
    return Counter(rig)


async def refused(rig: Rig, call: Any) -> str:
    return (await rig.fault(call)).reason


async def test_a_unit_bought_online_comes_back_in_another_store(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2), line("SCARF")])
    back = await counter.back(order.order_no, units(1))
    assert (back.state, back.location_id, back.refund.amount.minor_units) == (INSPECTED, "TPE02", 3000)
    (event,) = await counter.told()
    assert (event.refund_id, event.location_id, event.member_id) == (back.return_id, "TPE02", order.member_id)
    (unit,) = event.lines
    assert (unit.unit.line_no, unit.unit.first, unit.unit.last, unit.quantity) == (1, 0, 0, 1)
    assert (unit.net_total, unit.refund_amount, unit.disposition) == (3000, 3000, "restock")
    refund = await counter.paid(back.return_id)
    assert [(one.amount.minor_units, one.state) for one in refund.tenders] == [
        (3000, returns_pb2.REFUND_TENDER_STATE_DONE)
    ]
    assert await counter.rows(back.return_id) == {
        "COMMISSION": ("PENDING", 3000, 0), "PAYMENT:1": ("DONE", 3000, 3000), "POINTS_EARNED": ("PENDING", 0, 0),
        "POINTS_SPENT": ("PENDING", 0, 0), "STOCK": ("PENDING", 1, 0), "TIER": ("PENDING", 0, 0),
    }  # fmt: skip
    await counter.all_answer(back.return_id)
    board = await counter.board(back.return_id)
    assert (board.pending, board.return_state) == (0, CLOSED)
    assert (await counter.ask("ListBoards", pb.ListBoardsRequest(), rig.hq())).boards == []
    assert await rig.proofs() == {}


async def test_a_unit_comes_back_once_whoever_is_first(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2)])
    calls = [counter.back(order.order_id, units(1, 2), token=counter.clerk("manager")) for _ in range(6)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(one, returns_pb2.Return) for one in ended) == 1
    assert {one.reason for one in ended if isinstance(one, Fault)} == {"UNITS_NOT_RETURNABLE"}
    assert len(await counter.told()) == 1
    assert await refused(rig, counter.back(order.order_id, units(2))) == "FIELD_INVALID"
    assert await rig.proofs() == {}


async def test_a_return_that_is_open_elsewhere_is_seen_and_resumed(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2)])
    asked = await counter.back(order.order_id, units(1, 2), token=rig.member(), received=False)
    assert (asked.state, asked.location_id) == (REQUESTED, "TPE02")
    fault = await rig.fault(counter.back(order.order_id, units(1)))
    assert (fault.reason, fault.metadata["return_id"], fault.metadata["state"]) == (
        "RETURN_OPEN", asked.return_id, "REQUESTED",
    )  # fmt: skip
    request = {"return_id": asked.return_id, "location_id": "TPE02", "units": [units(1, 1)]}
    reply = await counter.step("ReceiveReturn", counter.clerk(), **request)
    came = reply.returned
    assert [(one.unit.first, one.unit.last) for one in came.lines] == [(0, 0)]
    again = await rig.fault(counter.step("ReceiveReturn", counter.clerk(), **request))
    assert again.reason == "TRANSITION_REFUSED"
    # what did not come is the shopper's, who brings it later
    later = await counter.back(order.order_id, units(1))
    assert (later.lines[0].unit.first, later.refund.amount.minor_units) == (1, 3000)
    assert await rig.proofs() == {}


async def test_a_consequence_that_ends_while_somebody_looks_is_in_nobodys_way(rig: Rig, counter: Counter) -> None:
    order = await counter.bought()
    back = await counter.back(order.order_id, units(disposition=returns_pb2.DISPOSITION_QUARANTINE))
    given: dict[str, Any] = {"return_id": back.return_id, "line_no": 1, "first_unit": 0, "last_unit": 0}
    restock = returns_pb2.DISPOSITION_RESTOCK
    # as whoever hears how it ended: the refund's row first, then the return's
    async with rig.db.transaction() as tx:
        await store_refunds.lock(tx, back.return_id)
        looking = asyncio.create_task(counter.step("DisposeUnits", **given, reason="fine", disposition=restock))
        async with asyncio.timeout(10), rig.db.read() as aside:
            while not await aside.fetchval(_BLOCKED):
                pass
        await tx.execute("UPDATE returns SET version = version WHERE return_id = $1", back.return_id)
    assert (await looking).returned.state in (INSPECTED, CLOSED)
    assert await rig.proofs() == {}


async def test_dispositions_change_later_and_stock_hears(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=3)])
    aside = units(1, 3, disposition=returns_pb2.DISPOSITION_QUARANTINE)
    back = await counter.back(order.order_id, aside)
    assert back.state == RECEIVED
    restock, damaged = returns_pb2.DISPOSITION_RESTOCK, returns_pb2.DISPOSITION_DAMAGED
    given: dict[str, Any] = {"return_id": back.return_id, "line_no": 1, "reason": "looked at"}
    first = await counter.step("DisposeUnits", **given, first_unit=0, last_unit=1, disposition=restock)
    assert first.returned.state == RECEIVED
    second = await counter.step("DisposeUnits", **given, first_unit=2, last_unit=2, disposition=damaged)
    assert second.returned.state == INSPECTED
    told = [
        [(one.unit.first, one.unit.last, one.from_disposition, one.disposition) for one in event.lines]
        for event in await counter.told("UnitsDisposed")
    ]
    assert told == [[(0, 1, "quarantine", "restock")], [(2, 2, "quarantine", "damaged")]]
    assert sum(one.amount.minor_units for one in second.returned.lines) == 9000
    assert await rig.proofs() == {}


async def test_what_is_refused(rig: Rig, counter: Counter) -> None:
    order = await rig.place()
    assert await refused(rig, counter.back(order.order_id)) == "UNITS_NOT_RETURNABLE"
    order = await counter.bought()
    mine: dict[str, Any] = {"token": rig.member(), "received": False}
    assert await refused(rig, counter.back(order.order_id, token=rig.member(OTHER), received=False)) == "NOT_FOUND"
    assert await refused(rig, counter.back(order.order_id, token=rig.member())) == "PERMISSION_DENIED"
    assert await refused(rig, counter.back(order.order_id, location_id="TPE01")) == "NOT_FOUND"
    assert await refused(rig, counter.back(order.order_id, verified=False)) == "RETURN_UNVERIFIED"
    terms = returns_pb2.ReturnPolicy(days=30, late_seconds=60, category_days={"Men": 5}, tier_days={"gold": 9})
    await counter.step("PutReturnPolicy", policy=terms)
    assert await refused(rig, counter.back(order.order_id, as_credit=True, **mine)) == "CREDIT_NOT_OFFERED"
    rig.clock.advance(days=6)
    assert await refused(rig, counter.back(order.order_id, **mine)) == "RETURN_TOO_LATE"
    assert await refused(rig, counter.back(order.order_id, override=True, **mine)) == "RETURN_TOO_LATE"
    kept = await counter.back(order.order_id, token=counter.clerk("manager"), verified=False, override=True)
    assert list(kept.flags) == ["TOO_LATE", "UNVERIFIED"]
    unknown = {"return_id": str(uuid.uuid4())}
    assert await refused(rig, counter.ask("GetReturn", pb.GetReturnRequest(**unknown))) == "RETURN_UNKNOWN"
    bad = returns_pb2.ReturnPolicy(days=-1, late_seconds=60)
    fault = await rig.fault(counter.step("PutReturnPolicy", policy=bad))
    assert (fault.code, fault.metadata["field"]) == (Code.INVALID_ARGUMENT, "policy.days")


async def test_an_owner_that_does_not_answer_is_late_and_asked_again(rig: Rig, counter: Counter) -> None:
    order = await counter.bought()
    back = await counter.back(order.order_id)
    await counter.paid(back.return_id)
    for owner, kind in (("member", "POINTS_SPENT"), ("member", "TIER"), ("inventory", "STOCK")):
        await counter.answer(owner, back.return_id, kind)
    await counter.answer("member", back.return_id, "POINTS_EARNED", DEBT, amount=40)
    rig.clock.advance(minutes=11)

    async def late() -> Any:
        reply = await counter.ask("ListBoards", pb.ListBoardsRequest(late=True), rig.hq())
        return list(reply.boards)

    (board,) = await rigs.eventually(late)
    assert [(row.owner, row.late) for row in board.rows if row.state == returns_pb2.BOARD_STATE_PENDING] == [
        ("attribution", True)
    ]
    assert (board.debts, board.pending) == (1, 1)
    await counter.step("RetryReversals", refund_id=back.return_id)
    first, second = await counter.told()
    assert first.meta.event_id != second.meta.event_id
    assert first.lines == second.lines
    await counter.answer("attribution", back.return_id, "COMMISSION", amount=3000)
    assert not (await counter.board(back.return_id)).late
    assert await rig.proofs() == {}


@pytest.mark.parametrize(("silent", "only"), [("member", True), ("attribution", False)])
async def test_who_has_answered_is_not_told_of_other_runs(rig: Rig, counter: Counter, silent: str, only: bool) -> None:
    """Units that were put elsewhere since would be goods that came, and commission that went, a second time."""
    order = await counter.bought(lines=[line(quantity=3)])
    aside = units(1, 3, disposition=returns_pb2.DISPOSITION_QUARANTINE)
    back = await counter.back(order.order_id, aside)
    for owner, kind, amount in (("inventory", "STOCK", 3), ("attribution", "COMMISSION", 9000)):
        if owner != silent:
            await counter.answer(owner, back.return_id, kind, amount=amount)
    one: dict[str, Any] = {"return_id": back.return_id, "line_no": 1, "first_unit": 1, "last_unit": 1}
    await counter.step("DisposeUnits", **one, disposition=returns_pb2.DISPOSITION_DAMAGED, reason="torn")
    await counter.step("RetryReversals", refund_id=back.return_id)
    first, again = await counter.told()
    assert (first.for_member_only, again.for_member_only, len(again.lines)) == (False, only, 3)
    assert await rig.proofs() == {}
