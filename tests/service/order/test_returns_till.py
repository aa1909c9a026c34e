"""What tills take back by themselves: facts that become returns, are never refused, and never paid for twice."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import order_pb2, returns_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import returns_service_pb2 as pb
from omo.type.v1 import unit_pb2
from omo_storelink import Back, Bought, Paid, exchanged
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.returns_rig import Counter, Till, sold_line, units
from tests.service.order.rig import Rig, eventually, line

CANCELLED, INSPECTED = returns_pb2.RETURN_STATE_CANCELLED, returns_pb2.RETURN_STATE_INSPECTED
PAID = returns_pb2.REFUND_STATE_PAID


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def counter(rig: Rig) -> Counter:
    return Counter(rig)


@pytest.fixture
def till(rig: Rig) -> Till:
    return Till(rig)


async def returns(counter: Counter, order_id: str) -> list[returns_pb2.Return]:
    """An order's returns, newest first."""
    reply = await counter.ask("ListReturns", pb.ListReturnsRequest(order_id=order_id), counter.rig.hq())
    return list(reply.returns)


async def goods(counter: Counter) -> list[tuple[str, int, str]]:
    """What stock was told of without a sold unit."""
    return [
        (one.sku, one.quantity, event.location_id)
        for event in await counter.told("GoodsReturned")
        for one in event.lines
    ]


async def test_what_a_till_took_back_is_a_return_with_all_that_follows(rig: Rig, counter: Counter, till: Till) -> None:
    sale = till.sale(tenders=[{"kind": 1, "amount": 9000}])
    await till.send(sale, till.back(sale.sale_id))
    (given,) = await returns(counter, sale.sale_id)
    assert (given.state, given.location_id, list(given.flags)) == (INSPECTED, "TPE02", [])
    assert (given.refund.state, given.refund.amount.minor_units) == (PAID, 3000)
    (event,) = await counter.told()
    assert (event.refund_id, event.location_id, event.lines[0].refund_amount) == (given.return_id, "TPE02", 3000)
    assert (event.lines[0].unit.first, event.lines[0].unit.last, event.lines[0].disposition) == (0, 0, "restock")
    assert (await counter.rows(given.return_id))["PAYMENT:1"] == ("DONE", 3000, 3000)
    assert await till.reviews() == [], "nobody has to enter it"
    assert await goods(counter) == []
    (told,) = await counter.told("SalesRecorded")
    assert [facts.order_id for facts in told.sales] == [sale.sale_id], "a visit without a purchase is none"
    await counter.all_answer(given.return_id)
    await _passport(rig, sale.sale_id, given.return_id)
    # the till sends it once more under another number of its own: the first stands
    await till.send(till.back(sale.sale_id, return_id=given.return_id))
    assert len(await counter.told()) == 1
    assert await till.reviews() == []
    assert await rig.proofs() == {}


async def _passport(rig: Rig, order_id: str, return_id: str) -> None:
    """Of three units one came back: two runs, of which one says how."""
    asked = unit_pb2.UnitRef(order_id=order_id, line_no=1, first=0, last=2)
    reply = await rig.call(rig.orders.DescribeUnits, orders_pb.DescribeUnitsRequest(units=[asked]), rig.hq())
    came, kept = reply.units
    assert ((came.unit.first, came.unit.last), (kept.unit.first, kept.unit.last)) == ((0, 0), (1, 2))
    assert not kept.HasField("returned")
    back = came.returned
    assert (back.return_id, back.state, back.location_id) == (return_id, returns_pb2.RETURN_STATE_CLOSED, "TPE02")
    assert (back.disposition, back.amount.minor_units, back.refund_state) == (
        returns_pb2.DISPOSITION_RESTOCK, 3000, PAID,
    )  # fmt: skip


@pytest.mark.parametrize("first", ["staff", "till", "at once"])
async def test_a_unit_in_two_channels_is_refunded_once_and_the_fact_is_kept(
    rig: Rig, counter: Counter, till: Till, first: str
) -> None:
    order = await counter.bought()
    staff: Any = lambda: counter.back(order.order_id, token=counter.clerk("manager"))  # noqa: E731
    fact: Any = lambda: till.send(till.back(order.order_id))  # noqa: E731
    if first == "at once":
        ended = list(await asyncio.gather(staff(), fact(), return_exceptions=True))
    else:
        steps = [staff, fact] if first == "staff" else [fact, staff]
        ended = [(await asyncio.gather(step(), return_exceptions=True))[0] for step in steps]
    faults = [one.reason for one in ended if isinstance(one, Fault)]
    (given,) = [one for one in await returns(counter, order.order_id) if one.state != CANCELLED]
    await counter.paid(given.return_id)
    assert len(await counter.told()) == 1
    if faults:  # the till was first: it is paid already, and the provider is asked for nothing
        assert faults == ["UNITS_NOT_RETURNABLE"]
        assert (rig.book.total(order.order_id, "refund"), await till.reviews(), await goods(counter)) == (0, [], [])
        assert (given.refund.tenders[0].code, list(given.flags)) == ("AT_TILL", [])
    else:  # its goods are there all the same, and a person asks for the money
        ((told,),) = await rig.rows("SELECT (return_id, state, excess)::text FROM till_returns")
        assert told.endswith(",DOUBTFUL,3000)")
        assert await goods(counter) == [("COAT", 1, "TPE02")]
        assert [flag for flag, _ in await till.reviews()] == ["UNITS_TAKEN_BACK"]
        assert rig.book.total(order.order_id, "refund") == 3000
    assert await rig.proofs() == {}


async def test_goods_that_come_before_their_sale_are_in_stock_at_once_and_explained_later(
    rig: Rig, counter: Counter, till: Till
) -> None:
    sale = till.sale(tenders=[{"kind": 1, "amount": 9000}])
    back = till.back(sale.sale_id, minutes=30)
    await till.send(back)
    assert await goods(counter) == [("COAT", 1, "TPE02")]
    return_id = back.returned.return_id
    assert await till.reviews() == [("UNITS_TAKEN_BACK", return_id)]
    assert await counter.told() == []
    assert await rig.proofs() == {}
    await till.send(sale)
    rig.clock.advance(minutes=2)
    (given,) = await eventually(lambda: returns(counter, sale.sale_id))
    assert (given.return_id, list(given.flags)) == (return_id, ["UNKNOWN_ORDER"])
    assert given.business_time == back.business_time
    (event,) = await counter.told()
    assert event.meta.business_time == back.business_time
    assert [one.disposition for one in event.lines] == ["missing"], "stock has them already"
    assert (await counter.rows(return_id))["STOCK"][1] == 0
    assert await till.reviews() == []
    assert len(await counter.told("GoodsReturned")) == 1
    assert await rig.proofs() == {}


async def test_goods_of_a_sale_that_never_comes_stay_with_a_person(rig: Rig, till: Till) -> None:
    await till.send(till.back(str(uuid.uuid4())))
    for _ in range(30):
        rig.clock.advance(days=1)
        await asyncio.sleep(0)

    async def given_up() -> bool:
        rows = await rig.rows("SELECT state, excess FROM till_returns")
        return [tuple(row) for row in rows] == [("DOUBTFUL", 3000)]

    await eventually(given_up)
    assert len(await till.reviews()) == 1
    assert await rig.proofs() == {}


async def test_what_somebody_had_asked_for_comes_to_a_till(rig: Rig, counter: Counter, till: Till) -> None:
    order = await counter.bought(lines=[line(quantity=3)])
    asked = await counter.back(order.order_id, units(1, 2), token=rig.member(), received=False)
    await till.send(till.back(order.order_id, Back("COAT", 1, 1, "damaged")))
    left = {one.return_id: one for one in await returns(counter, order.order_id)}[asked.return_id]
    assert [(one.unit.first, one.unit.last) for one in left.lines] == [(1, 1)]
    await till.send(till.back(order.order_id, Back("COAT", 2), cash=6000))
    ended = {one.return_id: one for one in await returns(counter, order.order_id)}[asked.return_id]
    assert ended.state == CANCELLED
    assert [one.lines[0].disposition for one in await counter.told()] == ["damaged", "restock"]
    assert await till.reviews() == []
    assert await rig.proofs() == {}


async def test_an_exchange_keeps_what_pays_for_other_goods(rig: Rig, counter: Counter, till: Till) -> None:
    sale = till.sale(sold_line(quantity=1, listed=3000), tenders=[{"kind": 1, "amount": 3000}])
    other = till.sale(sold_line(sku="SCARF", quantity=1, listed=990), tenders=[])
    return_id = str(uuid.uuid4())
    both = exchanged(
        other, return_id, Bought(order_id=sale.sale_id), [Back("COAT", 1)], keeps=990, paid=[Paid("CASH", 2010)]
    )
    await till.send(sale, both)
    (given,) = await returns(counter, sale.sale_id)
    assert (given.exchange_order_id, given.refund.amount.minor_units) == (both.sale_id, 2010)
    rows = await counter.rows(return_id)
    assert (rows["PAYMENT:1"], rows["PAYMENT:1:kept"]) == (("DONE", 2010, 2010), ("DONE", 990, 990))
    (told,) = await counter.told("SalesRecorded")
    assert [facts.grand_total for facts in told.sales] == [3000, 990], "what was brought back is no purchase"
    assert await till.reviews() == []
    assert await rig.proofs() == {}


async def test_points_that_a_till_took_come_back_as_they_were_spent(rig: Rig, counter: Counter, till: Till) -> None:
    spent = [{"kind": "SPEND_KIND_POINTS", "amount": 601}]
    tenders = [{"kind": "TENDER_KIND_POINTS", "amount": 300}, {"kind": "TENDER_KIND_CASH", "amount": 8700}]
    sale = till.sale(tenders=tenders, spends=spent)
    await till.send(sale)
    for cash in (2900, 2900, 2900):
        await till.send(till.back(sale.sale_id, Back("COAT", 1), cash=cash))
    told = [sum(one.points_returned for one in event.lines) for event in await counter.told()]
    assert told == [200, 200, 201], "all together what was spent"
    assert await till.reviews() == []
    assert await rig.proofs() == {}


async def test_money_that_differs_is_told(rig: Rig, counter: Counter, till: Till) -> None:
    sale = till.sale(tenders=[{"kind": 2, "amount": 9000, "reference": "slip-1"}])
    await till.send(sale, till.back(sale.sale_id, cash=3100), till.back(sale.sale_id, cash=2500))
    less, more = await returns(counter, sale.sale_id)
    assert {tuple(one.flags) for one in (less, more)} == {("REFUND_DIFFERS",)}
    assert sorted(one.refund.amount.minor_units for one in (less, more)) == [2500, 3000]
    rows = await rig.rows("SELECT excess FROM refunds ORDER BY excess")
    assert [row[0] for row in rows] == [-500, 100]
    assert len(await till.reviews()) == 2
    flagged = [list(event.flags) for event in await counter.told("SaleFlagged")]
    assert flagged.count(["UNITS_TAKEN_BACK"]) == 2
    assert await rig.proofs() == {}
    # a till that says nothing of money leaves the refund to the server: somebody pays it out
    await till.send(till.back(sale.sale_id, cash=0))
    newest = (await returns(counter, sale.sale_id))[0]
    assert [(one.state, one.amount.minor_units) for one in newest.refund.tenders] == [
        (returns_pb2.REFUND_TENDER_STATE_PENDING, 3000)
    ]
    assert (await rig.get(sale.sale_id)).state == order_pb2.ORDER_STATE_CONFIRMED


async def test_the_checkers_notice(rig: Rig, till: Till) -> None:
    sale = till.sale(tenders=[{"kind": 1, "amount": 9000}])
    await till.send(sale, till.back(sale.sale_id))
    for harm, check in (
        ("UPDATE till_returns SET state = 'WAITING'", "tills_returns_are_documents"),
        ("UPDATE refunds SET excess = -5", "units_are_worth_their_refund"),
        ("UPDATE refunds SET complete = NOT complete", "boards_are_whole"),
        ("UPDATE return_units SET last_unit = 5", "units_were_handed_over_once"),
        ("UPDATE refund_tenders SET amount = amount + 1", "refunds_are_journalled"),
        ("UPDATE refund_tenders SET amount = amount + 9000", "refunded_within_paid"),
    ):
        assert f"returns.{check}" not in await rig.proofs(), check
        async with rig.db.transaction() as tx:
            await tx.execute(harm)
        assert f"returns.{check}" in await rig.proofs(), check
