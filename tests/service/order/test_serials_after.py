"""Serials at visits, after a wrong scan, told again; and the proof of them."""

import uuid

import pytest

from omo.order.v1 import counter_service_pb2 as counter_pb
from omo.order.v1 import returns_pb2
from omo.order.v1 import serial_service_pb2 as serial_pb
from omo.order.v1 import serial_service_pb2_grpc as serial_rpc
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import lot_pb2
from omo_storelink import Back
from tests.service.order import rig as rigs
from tests.service.order.counter_rig import Desk
from tests.service.order.returns_rig import Till, sold_line, units
from tests.service.order.rig import Rig
from tests.service.order.serials_rig import Coats, coats, named, rig, told

__all__ = ["coats", "rig"]


async def test_a_visit_hands_over_and_takes_back_by_serial(rig: Rig, coats: Coats) -> None:
    desk = Desk(rig)
    order = await rig.place(lines=[rigs.line(quantity=2)])
    pickup = await desk.pickup(order, (1, 1))
    assert told(await rig.fault(desk.visit(pickup=pickup))) == ("SERIAL_REQUIRED", "lots")
    pickup.lots.append(named("S1"))
    await desk.visit(pickup=pickup)
    assert [serial for *_, serial, _ in await coats.passport(order.order_id) if serial] == ["S1"]
    await desk.quiet()
    back = counter_pb.VisitReturn(
        order_id=order.order_id, units=[units(serials=["X1"])], reason="TOO_BIG", verified=True
    )
    assert told(await rig.fault(desk.visit(returned=back))) == ("SERIAL_MISMATCH", "units.serials")
    back.units[0].serials[:] = ["S1"]
    await desk.visit(returned=back)
    assert [came for *_, came in await coats.passport(order.order_id) if came] == ["S1"]
    assert await rig.proofs() == {}


async def test_whoever_scanned_another_says_so_and_that_is_free_again(rig: Rig, coats: Coats) -> None:
    order, (other, waiting) = await coats.bought("S1", "S2"), await coats.ready()
    stub = serial_rpc.SerialServiceStub(rig.channel)
    manager, cashier = coats.counter.clerk("manager"), coats.counter.clerk()

    async def correct(unit: int, serial: str, line_no: int = 1, token: str = manager, key: str = "") -> str:
        request = serial_pb.CorrectSerialRequest(
            request_id=key or str(uuid.uuid4()), order_id=order.order_id, line_no=line_no, unit=unit, serial=serial,
            reason="SCANNED_ANOTHER",
        )  # fmt: skip
        return (await rig.call(stub.CorrectSerial, request, token)).believed  # type: ignore[no-any-return]

    for asked, refusal in (
        (correct(0, "S9", token=cashier), ("PERMISSION_DENIED", "")),
        (correct(0, "S9", line_no=7), ("FIELD_INVALID", "line_no")),
        (correct(2, "S9"), ("FIELD_INVALID", "unit")),
        (correct(0, "S2"), ("SERIAL_TAKEN", "serial")),
    ):
        assert told(await rig.fault(asked)) == refusal
    assert [await correct(1, "S9", key="once") for _ in range(2)] == ["S2", "S2"]
    await coats.hand_over(other, waiting, "S2")
    assert await coats.passport(order.order_id) == [(0, 0, "S1", ""), (1, 1, "S9", "")]
    await coats.counter.back(order.order_id, units(serials=["S9"]))
    assert (await rig.fault(correct(1, "S2"))).reason == "TRANSITION_REFUSED", "it is home"
    assert await correct(0, "") == "S1"
    rows = await rig.rows("SELECT unit, believed, serial, reason FROM unit_serial_changes ORDER BY record_time")
    assert [tuple(row) for row in rows] == [(1, "S2", "S9", "SCANNED_ANOTHER"), (0, "S1", "", "SCANNED_ANOTHER")]
    assert await rig.proofs() == {}


def sold(till: Till, *serials: str) -> facts_pb2.SaleFact:
    """What a till says of coats that it sold."""
    many = len(serials)
    lots = [lot_pb2.LotUnits(serial=one, quantity=1) for one in serials]
    line = sold_line(quantity=many, listed=3000 * many, lots=lots)
    return till.sale(line, tenders=[{"kind": 1, "amount": 3000 * many}])


@pytest.mark.parametrize("frames", [1, 3])
async def test_what_a_till_sells_takes_back_and_sells_again_is_with_the_second_shopper(
    rig: Rig, coats: Coats, frames: int
) -> None:
    till, (order, task) = Till(rig), await coats.ready()
    first, second = sold(till, "S1"), sold(till, "S1")
    facts = [first, till.back(first.sale_id, Back("COAT", 1, 1, serials=("S1",))), second]
    for number in range(frames):
        await till.send(*(facts if frames == 1 else facts[number : number + 1]))
    assert await rig.rows("SELECT FROM sale_reviews WHERE flag = 'SERIAL_TWICE'") == []
    assert await coats.passport(first.sale_id) == [(0, 0, "S1", "S1")]
    assert await coats.passport(second.sale_id) == [(0, 0, "S1", "")]
    assert told(await rig.fault(coats.hand_over(order, task, "S1"))) == ("SERIAL_TAKEN", "lots")
    assert await rig.proofs() == {}


async def test_what_tills_tell_is_kept_as_a_counter_can_name_it(rig: Rig, coats: Coats) -> None:
    till = Till(rig)
    sale = sold(till, "S 1", "S2 ", "\tS3", "x" * 65)
    await till.send(sale)
    assert await coats.passport(sale.sale_id) == [(0, 0, "S2", ""), (1, 1, "S3", ""), (2, 3, "", "")]
    await till.send(till.back(sale.sale_id, Back("COAT", 1, 1, serials=(" S3",))))
    assert (await coats.passport(sale.sale_id))[1] == (1, 1, "S3", "S3")
    back = await coats.counter.back(sale.sale_id, units(serials=["S2"]))
    assert (list(back.flags), back.lines[0].unit.first) == ([], 0)
    await till.send(till.back(sale.sale_id, Back("COAT", 1, 1, serials=("S 9",))))
    assert await rig.rows("SELECT FROM unit_serials WHERE (serial || returned_serial) ~ '[[:space:]]'") == []
    assert await rig.proofs() == {}


@pytest.mark.parametrize("ends", ["returned", "corrected"])
async def test_a_serial_that_two_shoppers_have_is_with_the_other_once_one_has_it_no_more(
    rig: Rig, coats: Coats, ends: str
) -> None:
    till, (order, task) = Till(rig), await coats.ready()
    sales = [sold(till, "S1"), sold(till, "S1"), sold(till, "S1")]
    await till.send(*sales)
    for one in sales:
        if ends == "corrected":
            await coats.correct(one.sale_id, 0, "")
        else:
            await till.send(till.back(one.sale_id, Back("COAT", 1, 1, serials=("S1",))))
        assert await rig.proofs() == {}
        if one is not sales[-1]:
            assert told(await rig.fault(coats.hand_over(order, task, "S1"))) == ("SERIAL_TAKEN", "lots")
    await coats.hand_over(order, task, "S1")
    assert await rig.proofs() == {}


async def test_stock_is_told_the_serial_again(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1")
    given = await coats.counter.back(order.order_id, units(serials=["S1"]))
    await coats.counter.step("RetryReversals", refund_id=given.return_id)
    events = await coats.counter.told()
    assert [[one.serial for one in event.lines[0].lots] for event in events] == [["S1"], ["S1"]]


async def test_what_becomes_of_a_unit_is_told_by_its_serial(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2", "S3")
    given = await coats.counter.back(order.order_id, units(quantity=2, serials=["S1", "S2"]))
    run = given.lines[0].unit
    await coats.counter.step(
        "DisposeUnits", return_id=given.return_id, line_no=1, first_unit=run.first + 1, last_unit=run.first + 1,
        disposition=returns_pb2.DISPOSITION_MISSING, reason="NOT_THERE",
    )  # fmt: skip
    (event,) = await coats.counter.told("UnitsDisposed")
    assert [[one.serial for one in line.lots] for line in event.lines] == [["S2"]]


async def test_the_checker_notices(rig: Rig, coats: Coats) -> None:
    order = await coats.bought("S1", "S2", "S3")
    await coats.counter.back(order.order_id, units(serials=["S1"]))
    check = "serials.are_where_their_units_are"
    assert await rig.proofs() == {}
    for many, harm in enumerate(
        (
            "UPDATE unit_serials SET return_id = NULL WHERE serial = 'S1'",
            "UPDATE unit_serials SET is_out = false, return_id = order_id WHERE serial = 'S2'",
            "UPDATE unit_serials SET is_out = false WHERE serial = 'S3'",
        ),
        1,
    ):
        async with rig.db.transaction() as tx:
            await tx.execute(harm)
        assert len((await rig.proofs())[check]) == many
