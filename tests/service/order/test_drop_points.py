"""Drop points: they take back, decide nothing and hand nothing out; what they took is looked at elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.inventory.v1 import catalogue_events_pb2, catalogue_pb2
from omo.order.v1 import returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.type.v1 import reversal_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.returns_rig import Counter, Till, units
from tests.service.order.rig import COLLECT, SHIP, Rig, line
from tests.service.order.sales_rig import frame

CLOSED, RECEIVED = returns_pb2.RETURN_STATE_CLOSED, returns_pb2.RETURN_STATE_RECEIVED
GRANTED = returns_pb2.REFUND_STATE_GRANTED
RESTOCK, ASIDE = returns_pb2.DISPOSITION_RESTOCK, returns_pb2.DISPOSITION_QUARANTINE
MISSING = returns_pb2.DISPOSITION_MISSING
DROP_POINT, WAREHOUSE = catalogue_pb2.LOCATION_KIND_DROP_POINT, catalogue_pb2.LOCATION_KIND_WAREHOUSE
PAYMENT = reversal_pb2.REVERSAL_KIND_PAYMENT


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        await news(running, "DROP1")
        yield running


@pytest.fixture
def counter(rig: Rig) -> Counter:
    return Counter(rig)


async def news(rig: Rig, code: str, *, active: bool = True, sequence: int = 1, kind: int = DROP_POINT) -> None:
    """Order hears of a drop point, or another place."""
    event = catalogue_events_pb2.LocationChanged(
        location=catalogue_pb2.Location(location_id=code, kind=kind, name=code, active=active)  # type: ignore[arg-type]
    )
    event.meta.sequence = sequence
    async with rig.db.transaction() as tx:
        await reactions.on_location_changed(tx, event)


def partner(rig: Rig, place: str = "DROP1", role: str = "cashier") -> str:
    return rig.issuer.token("staff", "P1", roles=[role], locations=[place], staff_code="P1")


async def wrong(rig: Rig, call: Any) -> tuple[str, str]:
    """Why a call was refused, and the field that it names."""
    fault: Fault = await rig.fault(call)
    return fault.reason, fault.metadata.get("field", "")


async def test_what_a_drop_point_takes_is_looked_at_where_it_is_sent_on_to(rig: Rig, counter: Counter) -> None:
    await counter.step("PutReturnPolicy", policy=returns_pb2.ReturnPolicy(days=30, late_seconds=60, withhold=True))
    order = await counter.bought(lines=[line(quantity=3)])
    mine: dict[str, Any] = {"token": rig.member(), "received": False}
    asked = await counter.back(order.order_id, units(1, 3), location_id="DROP1", **mine)
    here: dict[str, Any] = {"return_id": asked.return_id, "location_id": "DROP1"}
    came = (await counter.step("ReceiveReturn", partner(rig), **here)).returned
    assert (came.state, came.location_id, came.refund.state) == (RECEIVED, "DROP1", GRANTED)
    assert {one.disposition for one in came.lines} == {ASIDE}
    assert [one.lines[0].disposition for one in await counter.told()] == ["quarantine"]
    # nobody decides there, but a parcel may turn out to hold less
    looked: dict[str, Any] = {"return_id": asked.return_id, "line_no": 1, "reason": "looked at"}
    one: dict[str, Any] = {"first_unit": 2, "last_unit": 2}
    for becomes in (RESTOCK, MISSING):
        early = counter.step("DisposeUnits", partner(rig, role="manager"), **looked, **one, disposition=becomes)
        assert await wrong(rig, early) == ("FIELD_INVALID", "disposition")
    await counter.step("DisposeUnits", **looked, **one, disposition=MISSING)
    await _sent_on(rig, counter, asked.return_id)
    rest: dict[str, Any] = {"first_unit": 0, "last_unit": 1, "disposition": RESTOCK}
    for elsewhere in (partner(rig), counter.clerk("manager")):
        assert (await wrong(rig, counter.step("DisposeUnits", elsewhere, **looked, **rest)))[0] == "NOT_FOUND"
    assert (await counter.board(asked.return_id)).refund.state == GRANTED, "whoever is not there releases nothing"
    await counter.step("DisposeUnits", **looked, **rest)
    assert [one.location_id for one in await counter.told("UnitsDisposed")] == ["DROP1", "WH1"]
    await counter.paid(asked.return_id)
    # whoever is asked again is told where the goods came, not where they are by now
    await counter.step("RetryReversals", refund_id=asked.return_id)
    assert [one.location_id for one in await counter.told()] == ["DROP1", "DROP1"]
    await counter.all_answer(asked.return_id)
    assert (await counter.board(asked.return_id)).return_state == CLOSED
    assert await rig.proofs() == {}


async def _sent_on(rig: Rig, counter: Counter, return_id: str) -> None:
    """Two of its three units reach the warehouse, once, whoever else says so; on their way nobody looks at them."""
    target = {"return_id": return_id, "to_location_id": "WH1"}
    both = [counter.step("SendOnReturn", partner(rig), **target) for _ in range(2)]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert [getattr(one, "reason", "") for one in ended if isinstance(one, Fault)] == ["TRANSITION_REFUSED"]
    given: dict[str, Any] = {"return_id": return_id, "line_no": 1, "reason": "looked at"}
    on_the_way = counter.step("DisposeUnits", **given, disposition=ASIDE)
    assert await wrong(rig, on_the_way) == ("TRANSITION_REFUSED", "")
    elsewhere = counter.step("ArriveReturn", return_id=return_id, location_id="TPE01")
    assert await wrong(rig, elsewhere) == ("FIELD_INVALID", "location_id")
    await news(rig, "WH1", kind=WAREHOUSE, active=False, sequence=1 << 40)  # closed while it was on its way
    there = (await counter.step("ArriveReturn", return_id=return_id, location_id="WH1")).returned
    assert (there.state, there.location_id, there.sent_on.from_location_id) == (RECEIVED, "WH1", "DROP1")
    assert there.sent_on.HasField("arrive_time")
    told = [
        (one.from_location_id, one.to_location_id, one.HasField("arrive_time"),
         [(units_.unit.first, units_.unit.last) for units_ in one.lines])
        for one in await counter.told("ReturnSentOn")
    ]  # fmt: skip
    assert told == [("DROP1", "WH1", False, [(0, 1)]), ("DROP1", "WH1", True, [(0, 1)])], "what never came goes nowhere"


async def test_a_drop_point_pays_nothing_out_and_takes_what_was_asked_for_where_the_brand_says_so(
    rig: Rig, counter: Counter
) -> None:
    till = Till(rig)
    sale = till.sale(tenders=[{"kind": 1, "amount": 9000}])
    await till.send(sale)
    here: dict[str, Any] = {"token": partner(rig), "location_id": "DROP1"}
    assert await wrong(rig, counter.back(sale.sale_id, verified=False, **here)) == ("RETURN_UNVERIFIED", "")
    terms = returns_pb2.ReturnPolicy(days=30, late_seconds=60, announced_only=True)
    await counter.step("PutReturnPolicy", policy=terms)
    assert await wrong(rig, counter.back(sale.sale_id, **here)) == ("RETURN_NOT_ANNOUNCED", "")
    assert await wrong(rig, counter.back(sale.sale_id, received=False, **here)) == ("RETURN_NOT_ANNOUNCED", "")
    by_hq = await counter.back(sale.sale_id, token=rig.hq(), location_id="DROP1")
    assert (by_hq.state, by_hq.lines[0].disposition) == (RECEIVED, ASIDE)
    await counter.step("PutReturnPolicy", policy=returns_pb2.ReturnPolicy(days=30, late_seconds=60))
    back = await counter.back(sale.sale_id, **here)
    assert (await counter.rows(back.return_id))["PAYMENT:1"][0] == "PENDING", "cash waits for a till"
    paid: dict[str, Any] = {"refund_id": back.return_id, "kind": PAYMENT, "ref": "1", "reason": "PAID_OUT"}
    assert (await wrong(rig, counter.step("SettleReversal", partner(rig), **paid)))[0] == "PERMISSION_DENIED"
    await counter.step("SettleReversal", counter.clerk(), **paid)
    # whatever a terminal there says: what came is put aside
    await says(rig, till.back(sale.sale_id))
    listed = await counter.ask("ListReturns", pb.ListReturnsRequest(location_id="DROP1"), rig.hq())
    assert [one.lines[0].disposition for one in listed.returns] == [ASIDE] * 3
    # nobody had said that it left
    there = (
        await counter.step("ArriveReturn", counter.clerk(), return_id=back.return_id, location_id="TPE02")
    ).returned
    assert (there.location_id, there.sent_on.left_time) == ("TPE02", there.sent_on.arrive_time)
    assert await rig.proofs() == {}


async def says(rig: Rig, *facts: Any) -> None:
    """A terminal of the drop point sends what it did."""
    own = "0197a000-0000-7000-8000-00000000dddd"
    token = rig.issuer.token("device", own, terminal=own, locations=["DROP1"])
    stub: Any = sales_rpc.SalesServiceStub(rig.channel)
    await rig.call(stub.RecordSales, frame(*facts, first=1, till=own, store="DROP1"), token)


async def test_what_is_refused(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2)])
    await news(rig, "DROP2", active=False)
    mine: dict[str, Any] = {"token": rig.member(), "received": False}
    for place in ("DROP9", "DROP2"):
        refused = counter.back(order.order_id, location_id=place, **mine)
        assert await wrong(rig, refused) == ("FIELD_INVALID", "location_id"), place
    shut = counter.back(order.order_id, token=partner(rig, "DROP2"), location_id="DROP2")
    assert await wrong(rig, shut) == ("FIELD_INVALID", "location_id")
    here: dict[str, Any] = {"token": partner(rig), "location_id": "DROP1"}
    sold = counter.back(order.order_id, units(disposition=RESTOCK), **here)
    assert await wrong(rig, sold) == ("FIELD_INVALID", "units.disposition")
    lost = counter.back(order.order_id, units(disposition=MISSING), **here)
    assert await wrong(rig, lost) == ("FIELD_INVALID", "units.disposition"), "it would be paid for"
    await _who_decides_nothing(rig, counter, order.order_id)
    for method in (COLLECT, SHIP):
        wish = counter.rig.place(lines=[line(fulfilment_location_id="DROP1", method=method)])
        assert (await wrong(rig, wish))[0] in ("PICKUP_NOT_OFFERED", "FIELD_INVALID")
    store = await counter.back(order.order_id)
    onward = {"return_id": store.return_id, "to_location_id": "WH1"}
    assert await wrong(rig, counter.step("SendOnReturn", **onward)) == ("TRANSITION_REFUSED", "")
    dropped = await counter.back(order.order_id, **here)
    for place in ("DROP1", "DROP2", "DROP9"):
        refused = counter.step("SendOnReturn", return_id=dropped.return_id, to_location_id=place)
        assert await wrong(rig, refused) == ("FIELD_INVALID", "to_location_id"), place
    for place in ("DROP2", "DROP9"):
        refused = counter.step("ArriveReturn", return_id=dropped.return_id, location_id=place)
        assert await wrong(rig, refused) == ("FIELD_INVALID", "location_id"), place
    foreign = counter.step("SendOnReturn", counter.clerk(), return_id=dropped.return_id, to_location_id="TPE02")
    assert (await wrong(rig, foreign))[0] == "NOT_FOUND"
    # what leaves a drop point that was closed since is sent on all the same
    await news(rig, "DROP1", active=False, sequence=2)
    await counter.step("SendOnReturn", return_id=dropped.return_id, to_location_id="TPE02")
    assert await rig.proofs() == {}


async def _who_decides_nothing(rig: Rig, counter: Counter, order_id: str) -> None:
    """Whoever manages a drop point is no manager of the brand's."""
    manager = partner(rig, role="manager")
    here: dict[str, Any] = {"token": manager, "location_id": "DROP1"}
    assert await wrong(rig, counter.back(order_id, waive_fees=True, **here)) == ("PERMISSION_DENIED", "waive_fees")
    unproven = counter.back(order_id, verified=False, **here)
    assert (await wrong(rig, unproven))[0] == "RETURN_UNVERIFIED"
    asked = await counter.back(order_id, token=rig.member(), received=False)
    agreed = counter.step("AuthoriseReturn", manager, return_id=asked.return_id)
    assert (await wrong(rig, agreed))[0] == "PERMISSION_DENIED"
    off = {"return_id": asked.return_id, "reason": "never came"}
    assert (await wrong(rig, counter.step("CancelReturn", manager, **off)))[0] == "NOT_FOUND"
    await counter.step("CancelReturn", counter.clerk(), **off)
