"""The lane ATTRIBUTION: facts of tills, once and in order."""

import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from tests.service.attribution.conftest import START, Rig, confirmed
from tests.service.attribution.test_attribution import TROUSERS, at_sign, cells, member, net

TILL: dict[str, Any] = {"audience": "device", "sub": "T1", "terminal": "T1", "locations": ["TPE01"]}


def scanned(member_id: str, **more: Any) -> facts_pb2.AttributionFact:
    fact = facts_pb2.AttributionFact(
        fact_id=str(uuid.uuid4()),
        staff_code="A102",
        binding=facts_pb2.BindingScanned(member_id=member_id, **more),
    )
    fact.business_time.FromDatetime(START - timedelta(hours=1))
    return fact


async def send(rig: Rig, first: int, *facts: facts_pb2.AttributionFact) -> facts_pb2.LaneAnswer:
    frame = facts_pb2.AttributionFrame(first_sequence=first, facts=facts)
    request = pb.RecordAttributionRequest(terminal_id="T1", location_id="TPE01", frame=frame)
    return (await rig.call(rig.facts.RecordAttribution, request, **TILL)).answer  # type: ignore[no-any-return]


async def test_a_binding_that_arrives_late_moves_the_credit(rig: Rig) -> None:
    shopper = member()
    await rig.hear(confirmed(TROUSERS, shopper))
    assert await net(rig, TROUSERS) == {"brand": 2480}
    assert (await send(rig, 1, scanned(shopper))).durable_ack == 1
    assert await net(rig, TROUSERS) == {"A102": 2480}
    assert ("TPE01", 1, "2026-W45", 0, 0, 0, 1, 2480) in await cells(rig)
    await rig.proved()


async def test_the_lane_acks_once_resends_gaps_and_keeps_conflicts(rig: Rig) -> None:
    shopper = member()
    first, second = scanned(shopper), scanned(shopper)
    assert (await send(rig, 2, second)).resend_from == 1
    assert (await send(rig, 1, first, second)).durable_ack == 2
    again = await send(rig, 1, first, scanned(shopper))
    assert (again.durable_ack, list(again.conflicts)) == (2, [2])
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM binding_facts") == 2


async def test_a_forged_code_from_a_till_is_kept_for_review(rig: Rig) -> None:
    shopper = member()
    assert (await send(rig, 1, scanned(shopper, token="forged"))).durable_ack == 1
    async with rig.db.read() as tx:
        assert await tx.fetchval("SELECT reason FROM binding_reviews") == "BINDING_TOKEN_INVALID"
        assert await tx.fetchval("SELECT count(*) FROM binding_facts") == 0


async def test_an_unreadable_frame_is_refused_whole(rig: Rig) -> None:
    shopper = member()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await send(rig, 1, scanned(shopper), facts_pb2.AttributionFact(fact_id=str(uuid.uuid4())))
    assert at_sign(refused) == "FIELD_INVALID"
    assert (await send(rig, 1)).durable_ack == 0


@pytest.mark.parametrize(("terminal_id", "location_id"), [("T2", "TPE01"), ("T1", "TXG01")])
async def test_a_device_speaks_for_itself_only(rig: Rig, terminal_id: str, location_id: str) -> None:
    frame = facts_pb2.AttributionFrame(first_sequence=1, facts=[scanned(member())])
    foreign = pb.RecordAttributionRequest(terminal_id=terminal_id, location_id=location_id, frame=frame)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rig.call(rig.facts.RecordAttribution, foreign, **TILL)
    assert at_sign(refused) == "NOT_FOUND"


@pytest.mark.parametrize("seconds", [-1, 0, 10**10, 253_402_300_800])
async def test_a_binding_of_a_till_whose_clock_is_years_off_holds_from_when_it_came_in(rig: Rig, seconds: int) -> None:
    shopper = member()
    bound, seen = scanned(shopper), facts_pb2.AttributionFact(fact_id=str(uuid.uuid4()), staff_code="A102")
    seen.touch.member_id = shopper
    for fact in (bound, seen):
        fact.business_time.seconds = seconds
    assert (await send(rig, 1, bound, seen)).durable_ack == 2
    assert list((await send(rig, 1, bound, seen)).conflicts) == []
    async with rig.db.read() as tx:
        assert {row["reason"] for row in await tx.fetch("SELECT reason FROM binding_reviews")} == {"CLOCK_WRONG"}
        assert await tx.fetchval("SELECT count(*) FROM binding_reviews") == 2
        assert await tx.fetchval("SELECT bind_time FROM binding_facts") == START
        assert await tx.fetchval("SELECT touch_time FROM touches") == START


async def test_a_frame_has_its_bounds(rig: Rig) -> None:
    timeless, nul = (scanned(member()) for _ in range(2))
    timeless.ClearField("business_time")
    nul.staff_code = "A\x00"
    for unfit in ([timeless], [nul], [scanned(member()) for _ in range(51)]):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await send(rig, 1, *unfit)
        assert at_sign(refused) == "FIELD_INVALID"
