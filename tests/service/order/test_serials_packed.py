"""Goods whose units have serials are packed by them: each parcel its own, and what is called off frees them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from kit.postgres import Tx
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import parcel_pb2
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.fulfilment import store_parcels, store_reads
from services.order.fulfilment.domain_parcels import ParcelState
from services.order.serials import store as serials
from services.order.serials.domain import Left
from tests.harness.databases import Databases
from tests.service.order.returns_rig import units
from tests.service.order.rig import eventually
from tests.service.order.serials_rig import Coats, ask_for_serials, named
from tests.service.order.shipping_rig import Sender, sending


@pytest_asyncio.fixture
async def sender(databases: Databases) -> AsyncIterator[Sender]:
    async with sending(databases) as found:
        await ask_for_serials(found.rig)
        yield found


def parcel(first: int, many: int, *serials: str) -> Any:
    inside = [parcel_pb2.ParcelUnits(line_no=1, first_unit=first, quantity=many)]
    return pb.ParcelToPack(units=inside, lots=[named(*serials)])


async def test_each_parcel_holds_its_own(sender: Sender) -> None:
    rig, coats = sender.rig, Coats(sender.rig)
    task = await sender.picked(("COAT", 3), ("SCARF", 1))
    scarf = pb.ParcelToPack(units=[parcel_pb2.ParcelUnits(line_no=2, first_unit=0, quantity=1)])

    async def pack(given: Any, *parcels: Any) -> Any:
        return await sender.do("PackFulfilment", fulfilment_id=given.fulfilment_id, parcels=parcels)

    for parcels, reason, field in (
        ((), "SERIAL_REQUIRED", "parcels[0].lots"),
        ((parcel(0, 1, "S1"), parcel(1, 2, "S2"), scarf), "SERIAL_REQUIRED", "parcels[1].lots"),
        ((parcel(0, 1, "S1", "S2"), parcel(1, 2, "S3"), scarf), "SERIAL_REQUIRED", "parcels[0].lots"),
        ((parcel(0, 1, "S1"), parcel(1, 2, "S1", "S2"), scarf), "SERIAL_TAKEN", "parcels[1].lots"),
        ((parcel(0, 1, "S1"), parcel(1, 2, "S2", "S3", "S4"), scarf), "FIELD_INVALID", "lots.lots"),
    ):
        fault = await rig.fault(pack(task, *parcels))
        assert (fault.reason, fault.metadata["field"]) == (reason, field)
    # the later units lie in the first parcel
    task = await sender.packed(task, parcel(2, 1, "S3"), parcel(0, 2, "S1", "S2"), scarf)
    kept = [(0, 0, "S1", ""), (1, 1, "S2", ""), (2, 2, "S3", "")]
    assert await coats.passport(task.order_id) == kept
    other = await sender.picked(("COAT", 1), decision="d2")
    assert (await rig.fault(pack(other, pb.ParcelToPack(lots=[named("S2")])))).reason == "SERIAL_TAKEN"
    await rig.call(rig.orders.CancelOrder, orders_pb.CancelOrderRequest(
        request_id="called off", order_id=task.order_id, reason="CHANGED_MIND"
    ))  # fmt: skip
    assert [serial for *_, serial, _ in await coats.passport(task.order_id) if serial] == []
    other = await sender.packed(other, pb.ParcelToPack(lots=[named("S2")]))
    await sender.do("ShipFulfilment", fulfilment_id=other.fulfilment_id)
    await sender.sourcing.store.captured(other.fulfilment_id, 3000)
    refused = coats.counter.back(other.order_id, units(serials=["S1"]))
    assert (await rig.fault(refused)).reason == "SERIAL_MISMATCH"
    await coats.counter.back(other.order_id, units(serials=["S2"]))
    assert await coats.passport(other.order_id) == [(0, 0, "S2", "S2")]
    assert await rig.proofs() == {}


@pytest.mark.parametrize("word", ["DELIVERED", "LOST"])
async def test_what_a_carrier_says_is_believed(sender: Sender, word: str) -> None:
    """Nobody is asked for serials once the goods are gone."""
    task = await sender.packed(await sender.picked(("COAT", 1)), pb.ParcelToPack(lots=[named("S1")]))
    await sender.scan(task.parcels[0], word)
    assert await Coats(sender.rig).passport(task.order_id) == [(0, 0, "S1", "")]
    assert await sender.rig.proofs() == {}


async def test_what_lies_in_a_parcel_is_put_right_by_packing_it_anew_and_afterwards_by_word(sender: Sender) -> None:
    """Stock is told what the parcel held as it left, which is what order believes then."""
    coats = Coats(sender.rig)
    task = await sender.packed(await sender.picked(("COAT", 1)), pb.ParcelToPack(lots=[named("S1")]))
    refused = await sender.rig.fault(coats.correct(task.order_id, 0, "S9"))
    assert (refused.reason, refused.metadata["parcel_id"]) == ("TRANSITION_REFUSED", task.parcels[0].parcel_id)
    await sender.do("ShipFulfilment", fulfilment_id=task.fulfilment_id)
    (told,) = await coats.counter.told("UnitsHandedOver")
    assert [one.serial for one in told.lines[0].lots] == ["S1"]
    assert await coats.passport(task.order_id) == [(0, 0, "S1", "")]
    assert await coats.correct(task.order_id, 0, "S9") == "S1", "whoever packed it says so once it is gone"
    assert await coats.passport(task.order_id) == [(0, 0, "S9", "")]
    assert await sender.rig.proofs() == {}


@pytest.mark.parametrize("first", ["call off", "correct"])
async def test_a_serial_is_free_if_its_parcel_is_called_off_while_it_is_put_right(sender: Sender, first: str) -> None:
    coats, rig = Coats(sender.rig), sender.rig
    task = await sender.packed(await sender.picked(("COAT", 1)), pb.ParcelToPack(lots=[named("S1")]))
    await sender.do("ShipFulfilment", fulfilment_id=task.fulfilment_id)

    async def call_off(tx: Tx) -> None:
        held = await store_reads.find(tx, task.fulfilment_id)
        assert held is not None
        gone = [replace(one, state=ParcelState.CANCELLED) for one in held.parcels]
        await store_parcels.change(tx, gone, datetime.now(UTC))

    async def waits() -> bool:
        """For the other one."""
        return bool(await rig.rows("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1",
                                   "%unit_serials%"))  # fmt: skip

    async def alone() -> None:
        async with rig.db.transaction() as tx:
            await call_off(tx)

    async with rig.db.transaction() as tx:
        if first == "call off":
            await call_off(tx)
            second = asyncio.create_task(rig.fault(coats.correct(task.order_id, 0, "S9")))
        else:
            assert await serials.correct(tx, task.order_id, Left(1, 0, "COAT", "S9"), "S1")
            second = asyncio.create_task(alone())  # type: ignore[arg-type]
        await eventually(waits)
    fault = await second
    if first == "call off":
        assert fault.reason == "TRANSITION_REFUSED"
    assert [serial for *_, serial, _ in await coats.passport(task.order_id) if serial] == []
    assert await rig.proofs() == {}
    harm = "INSERT INTO unit_serials SELECT $1, 1, 0, 'COAT', 'S9', $2, true"
    async with rig.db.transaction() as tx:
        await tx.execute(harm, task.order_id, task.parcels[0].parcel_id)
    assert list(await rig.proofs()) == ["serials.are_free_where_their_parcels_are_called_off"]
