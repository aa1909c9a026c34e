"""What a drop point's terminal says, and what came there before anybody knew the place: it decides nothing."""

import asyncio
import uuid
from typing import Any

from kit import access
from omo.order.v1 import returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from services.order.returns import domain, store, store_refunds
from tests.service.order.returns_rig import Counter, Till, units
from tests.service.order.rig import Rig, line
from tests.service.order.test_drop_points import (
    ASIDE,
    GRANTED,
    MISSING,
    PAYMENT,
    RECEIVED,
    RESTOCK,
    counter,
    news,
    partner,
    rig,
    says,
)

__all__ = ["counter", "rig"]
INSPECTED = returns_pb2.RETURN_STATE_INSPECTED
_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_terminals_word_decides_nothing_and_releases_nothing(rig: Rig, counter: Counter) -> None:
    till = Till(rig)
    sale = till.sale(tenders=[{"kind": 1, "amount": 9000}])
    await till.send(sale)
    whole = returns_pb2.PARTIAL_RETURN_WHOLE_SET  # no fact is refused for it
    terms = {"days": 30, "late_seconds": 60, "withhold": True, "restocking_bp": 1000, "partial": whole}
    await counter.step("PutReturnPolicy", policy=returns_pb2.ReturnPolicy(**terms))  # type: ignore[arg-type]
    words = ("left at the door", "missing")  # as no till of ours writes them
    facts = [till.back(sale.sale_id, cash=0, minutes=number) for number, _ in enumerate(words)]
    for fact, word in zip(facts, words, strict=True):
        fact.returned.lines[0].disposition = word
    await says(rig, *facts)
    listed = await counter.ask("ListReturns", pb.ListReturnsRequest(location_id="DROP1"), rig.hq())
    assert [(one.state, one.refund.state, one.lines[0].disposition) for one in listed.returns] == [
        (RECEIVED, GRANTED, ASIDE), (RECEIVED, GRANTED, MISSING),
    ]  # fmt: skip
    assert {one.refund.amount.minor_units for one in listed.returns} == {2700}, "the brand keeps its part"
    gone = listed.returns[1].return_id
    paid: dict[str, Any] = {"refund_id": gone, "kind": PAYMENT, "ref": "1", "reason": "PAID_OUT"}
    withheld = await rig.fault(counter.step("SettleReversal", counter.clerk(), **paid))
    assert (withheld.reason, withheld.metadata["state"]) == ("TRANSITION_REFUSED", "GRANTED")
    unit = listed.returns[1].lines[0].unit
    said: dict[str, Any] = {"line_no": 1, "first_unit": unit.first, "last_unit": unit.last, "reason": "never came"}
    looked = (await counter.step("DisposeUnits", return_id=gone, disposition=MISSING, **said)).returned
    assert (looked.state, looked.refund.state) == (INSPECTED, returns_pb2.REFUND_STATE_PAYING)
    assert await counter.told("UnitsDisposed") == [], "nothing became of it"
    await counter.step("SettleReversal", counter.clerk(), **paid)
    assert await rig.proofs() == {}


async def test_what_came_before_its_place_was_known_is_put_aside_as_it_leaves(rig: Rig, counter: Counter) -> None:
    order = await counter.bought(lines=[line(quantity=2)])
    back = await counter.back(order.order_id, units(1, 2), token=partner(rig, "DROP3"), location_id="DROP3")
    assert (back.state, back.lines[0].disposition) == (INSPECTED, RESTOCK)
    await news(rig, "DROP3")
    send = pb.SendOnReturnRequest(request_id=str(uuid.uuid4()), return_id=back.return_id, to_location_id="WH1")
    # as whoever hears how its last consequence ended, and closes it
    async with rig.db.transaction() as tx:
        await store_refunds.lock(tx, back.return_id)
        sending = asyncio.create_task(counter.ask("SendOnReturn", send, partner(rig, "DROP3")))
        async with asyncio.timeout(10), rig.db.read() as aside:
            while not await aside.fetchval(_BLOCKED):
                pass
        given = (await store.by_ids(tx, [back.return_id]))[back.return_id]
        closed = domain.move(given, domain.State.CLOSED, rig.clock())
        await store.change(tx, closed, domain.State.CLOSED, "", access.service("order").actor)
    sent = (await sending).returned
    assert (sent.state, sent.lines[0].disposition, sent.location_id) == (RECEIVED, ASIDE, "DROP3")
    arrive = pb.ArriveReturnRequest(request_id=str(uuid.uuid4()), return_id=back.return_id, location_id="WH1")
    there = await counter.ask("ArriveReturn", arrive, rig.hq())
    assert (await counter.ask("SendOnReturn", send, partner(rig, "DROP3"))).returned == sent, "it was answered"
    assert await counter.ask("ArriveReturn", arrive, rig.hq()) == there
    (told,) = await counter.told("UnitsDisposed")
    assert [(told.location_id, one.from_disposition, one.disposition) for one in told.lines] == [
        ("DROP3", "restock", "quarantine")
    ]
    assert [one.lines[0].disposition for one in await counter.told("ReturnSentOn")] == ["quarantine"] * 2
    assert await rig.proofs() == {}
