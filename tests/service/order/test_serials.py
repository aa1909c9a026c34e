"""Goods whose units have serials: each leaves by its own, and comes back as the one that left, or somebody says why."""

import asyncio

import pytest

from kit.errors import Fault
from omo.order.v1 import returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from omo.order.v1 import sales_service_pb2 as sales_pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import lot_pb2
from omo_storelink import Back
from tests.service.order.returns_rig import Till, sold_line, units
from tests.service.order.rig import Rig
from tests.service.order.serials_rig import Coats, coats, rig, told

INSPECTED = returns_pb2.RETURN_STATE_INSPECTED


__all__ = ["coats", "rig"]


async def test_each_unit_leaves_by_its_own_serial_and_each_serial_is_out_once(rig: Rig, coats: Coats) -> None:
    order, task = await coats.ready(3)
    for serials in ((), ("S1", "S2")):
        with pytest.raises(Fault) as no:
            await coats.hand_over(order, task, *serials)
        assert told(no.value) == ("SERIAL_REQUIRED", "lots")
        assert no.value.metadata["rule"] == "must name the serial of each of 3 units of line 1"
    await coats.hand_over(order, task, "S1", "S2", "S3")
    assert await coats.passport(order.order_id) == [(0, 0, "S1", ""), (1, 1, "S2", ""), (2, 2, "S3", "")]
    other, waiting = await coats.ready()
    with pytest.raises(Fault) as no:
        await coats.hand_over(other, waiting, "S2")
    assert (*told(no.value), no.value.metadata["serial"]) == ("SERIAL_TAKEN", "lots", "S2")
    back = await coats.counter.back(order.order_id, units(serials=["S2"]))
    assert [(one.unit.first, one.unit.last) for one in back.lines] == [(1, 1)]
    assert list(back.flags) == []
    await coats.hand_over(other, waiting, "S2")
    assert await coats.passport(order.order_id) == [(0, 0, "S1", ""), (1, 1, "S2", "S2"), (2, 2, "S3", "")]
    (event,) = await coats.counter.told()
    assert [one.serial for one in event.lines[0].lots] == ["S2"]
    assert await rig.proofs() == {}


async def test_two_counters_cannot_hand_the_same_serial_over(rig: Rig, coats: Coats) -> None:
    tasks = [await coats.ready(), await coats.ready()]
    ended = await asyncio.gather(*(coats.hand_over(*one, "S1") for one in tasks), return_exceptions=True)
    assert [one.reason for one in ended if isinstance(one, Fault)] == ["SERIAL_TAKEN"]
    assert await rig.proofs() == {}


async def test_what_left_as_another_is_refused_by_field_and_rule(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2")
    other = await coats.bought("S8")
    for given, reason in (
        (units(), "SERIAL_REQUIRED"),
        (units(quantity=2, serials=["S1"]), "SERIAL_REQUIRED"),
        (units(serials=["X1"]), "SERIAL_MISMATCH"),
        (units(serials=["S8"]), "SERIAL_MISMATCH"),
        (units(first_unit=0, serials=["S2"]), "SERIAL_MISMATCH"),
        (units(serials=["S1", "S2"]), "FIELD_INVALID"),
        (units(quantity=2, serials=["S1", "S1"]), "FIELD_INVALID"),
        (units(serials=[""]), "FIELD_INVALID"),
    ):
        with pytest.raises(Fault) as no:
            await coats.counter.back(order.order_id, given)
        assert told(no.value) == (reason, "units.serials"), given
        assert no.value.metadata["rule"]
    swapped = {"serial_reason": "LABEL_SWAPPED"}
    refused = coats.counter.back(order.order_id, units(serials=["S8"]), **swapped)
    assert (await rig.fault(refused)).reason == "PERMISSION_DENIED"
    manager = coats.counter.clerk("manager")
    taken = await coats.counter.back(order.order_id, units(serials=["S8"]), token=manager, **swapped)
    assert list(taken.flags) == ["SERIAL_MISMATCH", "UNVERIFIED"]
    steps = await rig.rows("SELECT reason FROM return_steps WHERE step = 'SERIAL_MISMATCH'")
    assert [row["reason"] for row in steps] == ["LABEL_SWAPPED"]
    assert await coats.passport(order.order_id) == [(0, 0, "S1", "S8"), (1, 1, "S2", "")]
    assert await coats.passport(other.order_id) == [(0, 0, "S8", "")], "it is with its shopper still"
    assert await rig.proofs() == {}


async def test_what_was_asked_for_is_received_by_serial(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2", "S3")
    wrong = coats.counter.back(order.order_id, units(serials=["X1"]), token=rig.member(), received=False)
    assert told(await rig.fault(wrong)) == ("SERIAL_MISMATCH", "units.serials")
    for serial, flags in (("X1", ["SERIAL_MISMATCH"]), ("S2", [])):
        look = pb.PreviewReturnRequest(order_id=order.order_id, units=[units(serials=[serial])])
        preview = await coats.counter.ask("PreviewReturn", look, rig.member())
        assert (list(preview.flags), preview.lines[0].unit.first) == (flags, 1 if serial == "S2" else 0)
    asked = await coats.counter.back(order.order_id, units(), token=rig.member(), received=False)
    assert list(asked.flags) == [], "who only asks proves nothing yet"

    async def receive(*given: pb.ReturnedUnits, token: str = "", **more: str) -> returns_pb2.Return:
        request = {"return_id": asked.return_id, "location_id": "TPE02", "units": given, **more}
        reply = await coats.counter.step("ReceiveReturn", token or coats.counter.clerk(), **request)
        return reply.returned  # type: ignore[no-any-return]

    for given, reason in (
        ([], "SERIAL_REQUIRED"), ([units()], "SERIAL_REQUIRED"), ([units(serials=["X1"])], "SERIAL_MISMATCH"),
    ):  # fmt: skip
        assert told(await rig.fault(receive(*given))) == (reason, "units.serials")
    never = [units(disposition=returns_pb2.DISPOSITION_MISSING)]
    assert (await rig.fault(receive(*never))).reason == "RETURN_UNVERIFIED", "nothing is here to be read"
    came = await receive(units(serials=["S1"]))
    assert (came.state, list(came.flags)) == (INSPECTED, [])
    again = await coats.counter.back(order.order_id, units(serials=["S3"]), token=rig.member(), received=False)
    assert [one.unit.first for one in again.lines] == [2], "the one that he means"
    taken = coats.counter.back(order.order_id, units(serials=["S3"]))
    assert (await rig.fault(taken)).metadata["return_id"] == again.return_id
    asked = again
    torn = await receive(token=coats.counter.clerk("manager"), serial_reason="LABEL_TORN")
    assert list(torn.flags) == ["SERIAL_MISMATCH", "UNVERIFIED"]
    steps = await rig.rows("SELECT reason FROM return_steps WHERE return_id = $1 ORDER BY version", again.return_id)
    assert steps[-1]["reason"] == "LABEL_TORN"
    assert await coats.passport(order.order_id) == [(0, 0, "S1", "S1"), (1, 1, "S2", ""), (2, 2, "S3", "")]
    assert await rig.proofs() == {}


async def test_he_brings_another_of_his_than_he_asked_for(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2", "S3", "S4")
    asked = await coats.counter.back(order.order_id, units(quantity=2), token=rig.member(), received=False)
    held = await coats.counter.back(order.order_id, units(serials=["S4"]), token=rig.member(), received=False)
    assert [(one.unit.first, one.unit.last) for one in asked.lines] == [(0, 1)]

    async def receive(return_id: str, *serials: str) -> returns_pb2.Return:
        named = [units(quantity=len(serials), serials=serials)]
        request = {"return_id": return_id, "location_id": "TPE02", "units": named}
        return (await coats.counter.step("ReceiveReturn", coats.counter.clerk(), **request)).returned  # type: ignore[no-any-return]

    assert (await rig.fault(receive(asked.return_id, "S1", "S4"))).reason == "SERIAL_MISMATCH", "that is another return"
    assert (await rig.fault(receive(asked.return_id, "S1", "S2", "S3"))).reason == "UNITS_NOT_RETURNABLE"
    came = await receive(asked.return_id, "S3", "S1")
    assert [(one.unit.first, one.unit.last) for one in came.lines] == [(0, 0), (2, 2)]
    assert list(came.flags) == []
    assert (await receive(held.return_id, "S2")).lines[0].unit.first == 1
    assert [came for *_, came in await coats.passport(order.order_id)] == ["S1", "S2", "S3", ""]
    assert await rig.proofs() == {}


async def test_of_what_he_brings_instead_each_entry_counts(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2", "S3", "S4")
    asked = await coats.counter.back(order.order_id, units(quantity=3), token=rig.member(), received=False)
    damaged = units(serials=["S4"], disposition=returns_pb2.DISPOSITION_DAMAGED)
    never = units(first_unit=2, disposition=returns_pb2.DISPOSITION_MISSING)
    request = {"return_id": asked.return_id, "location_id": "TPE02", "units": [units(serials=["S2"]), damaged, never]}
    came = (await coats.counter.step("ReceiveReturn", coats.counter.clerk("manager"), **request)).returned
    became = [(one.unit.first, returns_pb2.Disposition.Name(one.disposition)[12:]) for one in came.lines]
    assert became == [(1, "RESTOCK"), (2, "MISSING"), (3, "DAMAGED")]
    assert [came for *_, came in await coats.passport(order.order_id)] == ["", "S2", "", "S4"]
    assert await rig.proofs() == {}


async def test_what_could_not_have_been_asked_for_does_not_come_instead(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2")
    asked = await coats.counter.back(order.order_id, units(serials=["S2"]), token=rig.member(), received=False)
    long_ago = "UPDATE fulfilments SET handed_over_time = handed_over_time - interval '400 days' WHERE order_id = $1"
    await rig.rows(long_ago, order.order_id)

    async def receive(serial: str) -> returns_pb2.Return:
        request = {"return_id": asked.return_id, "location_id": "TPE02", "units": [units(serials=[serial])]}
        return (await coats.counter.step("ReceiveReturn", coats.counter.clerk(), **request)).returned  # type: ignore[no-any-return]

    assert (await rig.fault(receive("S1"))).reason == "SERIAL_MISMATCH"
    assert (await receive("S2")).lines[0].unit.first == 1


@pytest.mark.parametrize("first", ["staff", "till", "at once"])
async def test_one_serial_in_two_channels_comes_back_once(rig: Rig, coats: Coats, first: str) -> None:
    order, till = await coats.bought("S1", "S2"), Till(rig)

    async def staff() -> None:
        await coats.counter.back(order.order_id, units(serials=["S1"]))

    async def fact() -> None:
        await till.send(till.back(order.order_id, Back("COAT", 1, 1, serials=("S1",))))

    steps = [fact, staff] if first == "till" else [staff, fact]
    if first == "at once":
        ended = list(await asyncio.gather(*(step() for step in steps), return_exceptions=True))
    else:
        ended = [(await asyncio.gather(step(), return_exceptions=True))[0] for step in steps]
    faults = [one.reason for one in ended if isinstance(one, Fault)]
    assert await coats.passport(order.order_id) == [(0, 0, "S1", "S1"), (1, 1, "S2", "")]
    assert len(await coats.counter.told()) == 1
    if faults:
        assert (faults, await till.reviews()) == (["UNITS_NOT_RETURNABLE"], [])
    else:  # the other unit does not explain it
        assert len(await till.reviews()) == 1
        (goods,) = await coats.counter.told("GoodsReturned")
        assert [one.serial for one in goods.lines[0].lots] == ["S1"]
    assert await rig.proofs() == {}


async def test_what_left_without_a_serial_is_taken_by_the_brands_terms(rig: Rig, coats: Coats) -> None:
    till = Till(rig)
    sale = till.sale(sold_line(quantity=2, listed=6000), tenders=[{"kind": 1, "amount": 6000}])
    await till.send(sale)
    out = await coats.bought("S8")
    fault = await rig.fault(coats.counter.back(sale.sale_id, units(serials=["S1"])))
    assert (fault.reason, fault.metadata["cap"]) == ("RETURN_UNVERIFIED", "0"), "a receipt says nothing of the unit"
    manager = coats.counter.clerk("manager")
    stolen = coats.counter.back(sale.sale_id, units(serials=["S8"]), token=manager)
    assert told(await rig.fault(stolen)) == ("SERIAL_MISMATCH", "units.serials"), "it left with another order"
    one_twice = [units(serials=["S1"]), units(serials=["S1"])]
    twice = coats.counter.back(sale.sale_id, *one_twice, token=manager)
    assert told(await rig.fault(twice)) == ("SERIAL_MISMATCH", "units.serials"), "two units are not one"
    policy = returns_pb2.ReturnPolicy(days=30, unverified_cap=3000, late_seconds=600)
    await coats.counter.step("PutReturnPolicy", policy=policy)
    given = await coats.counter.back(sale.sale_id, units(serials=["S1"]))
    assert list(given.flags) == ["UNVERIFIED"]
    assert await coats.passport(sale.sale_id) == [(0, 0, "", "S1"), (1, 1, "", "")]
    assert await coats.passport(out.order_id) == [(0, 0, "S8", "")]
    assert await rig.proofs() == {}


async def test_what_tills_say_is_kept_and_flagged_never_refused(rig: Rig, coats: Coats) -> None:
    till = Till(rig)

    def sold(*serials: str) -> facts_pb2.SaleFact:
        lots = [lot_pb2.LotUnits(serial=one, quantity=1) for one in serials]
        line = sold_line(quantity=2, listed=6000, lots=lots)
        return till.sale(line, tenders=[{"kind": 1, "amount": 6000}])

    one, two = sold("S1", "S2"), sold("S2", "S\x003")
    await till.send(one, two)
    assert await coats.passport(one.sale_id) == [(0, 0, "S1", ""), (1, 1, "S2", "")]
    assert await coats.passport(two.sale_id) == [(0, 0, "S2", ""), (1, 1, "S3", "")]
    reply = await rig.call(sales_rpc.SalesServiceStub(rig.channel).ListReviews, sales_pb.ListReviewsRequest(), rig.hq())
    twice = [(review.order_id, review.subject) for review in reply.reviews if review.flag == "SERIAL_TWICE"]
    assert twice == [(two.sale_id, "S2")]
    half = sold("S7")
    await till.send(half)
    other = coats.counter.back(half.sale_id, units(first_unit=1, serials=["S7"]), token=coats.counter.clerk("manager"))
    assert told(await rig.fault(other)) == ("SERIAL_MISMATCH", "units.serials"), "it is the first of them"
    order_id = one.sale_id
    for serial in ("S2", "X9"):
        await till.send(till.back(order_id, Back("COAT", 1, serials=(serial,))))
    reply = await coats.counter.ask("ListReturns", pb.ListReturnsRequest(order_id=order_id), rig.hq())
    assert [list(given.flags) for given in reply.returns] == [["SERIAL_MISMATCH", "UNVERIFIED"], []]
    assert [given.lines[0].unit.first for given in reply.returns] == [0, 1]
    assert await coats.passport(order_id) == [(0, 0, "S1", "X9"), (1, 1, "S2", "S2")]
    assert len(await till.reviews()) == 1
    await till.send(till.back(two.sale_id, Back("COAT", 1)))
    reply = await coats.counter.ask("ListReturns", pb.ListReturnsRequest(order_id=two.sale_id), rig.hq())
    assert [list(given.flags) for given in reply.returns] == [["UNVERIFIED"]], "nobody scanned it"
    assert await rig.proofs() == {}
