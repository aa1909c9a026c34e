"""Facts through the door: ack, resend, conflict, and nothing else."""

from typing import Any

import grpc

from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb
from tests.service.storelink.rig import Rig, eventually, sale


async def test_welcome_says_what_every_owner_has(rig: Rig) -> None:
    stream = rig.stream()
    welcome = await stream.hello()
    assert {ack.lane: ack.durable_ack for ack in welcome.acks} == {1: 0, 2: 0, 3: 0, 4: 0}
    assert (welcome.max_facts, welcome.max_bytes, welcome.max_in_flight) == (50, 48 * 1024, 4)
    assert (welcome.heartbeat_seconds, welcome.location_id) == (20, "TPE01")
    await stream.sales(1, sale(1), sale(2))
    assert (await stream.hear("ack")).ack == pb.Ack(lane=facts.LANE_SALES, durable_ack=2)
    again = rig.stream()
    assert {ack.lane: ack.durable_ack for ack in (await again.hello()).acks} == {1: 2, 2: 0, 3: 0, 4: 0}


async def test_owners_hear_the_door_speak_for_the_terminal_of_the_token(rig: Rig) -> None:
    stream = rig.stream("t9")
    await stream.hello()
    await stream.sales(1, sale(1))
    await stream.hear("ack")
    assert await rig.lanes.stored("t9") == [1]
    assert rig.lanes.actors == {"device:t9:t9"}


async def test_a_gap_is_answered_with_resend_and_nothing_behind_it_is_stored(rig: Rig) -> None:
    stream = rig.stream()
    await stream.hello()
    await stream.sales(1, sale(1))
    await stream.sales(3, sale(3))
    await stream.sales(4, sale(4))
    assert (await stream.hear("resend")).resend == pb.Resend(lane=facts.LANE_SALES, from_sequence=2)
    assert await rig.lanes.stored("t1") == [1]
    await stream.sales(2, sale(2), sale(3), sale(4))
    assert (await stream.hear("ack")).ack.durable_ack == 4


async def test_the_same_sequence_with_other_content_is_a_conflict_and_the_first_stands(rig: Rig) -> None:
    stream = rig.stream()
    await stream.hello()
    await stream.sales(1, sale(1), sale(2))
    await stream.hear("ack")
    before = await rig.lanes.hashes("t1")
    await stream.sales(2, sale(2, "changed"), sale(3))
    assert (await stream.hear("conflict")).conflict == pb.Conflict(lane=facts.LANE_SALES, sequences=[2])
    assert (await stream.hear("ack")).ack.durable_ack == 3
    after = await rig.lanes.hashes("t1")
    assert {sequence: after[sequence] for sequence in before} == before
    assert await rig.lanes.conflicts("t1") == [2]


async def test_the_same_again_is_acked_again(rig: Rig) -> None:
    stream = rig.stream()
    await stream.hello()
    for _ in range(2):
        await stream.sales(1, sale(1), sale(2))
        assert (await stream.hear("ack")).ack.durable_ack == 2
    assert await rig.lanes.conflicts("t1") == []


async def test_a_fact_that_cannot_be_read_is_refused_by_field_and_rule_and_the_stream_goes_on(rig: Rig) -> None:
    stream = rig.stream()
    await stream.hello()
    await stream.sales(1, sale(1), facts.SaleFact(receipt_no="no id"))
    refused = (await stream.hear("refused")).refused
    assert (refused.lane, refused.first_sequence, refused.reason) == (facts.LANE_SALES, 1, "FIELD_INVALID")
    assert refused.message == "facts[1].id: must be a UUID"
    assert await rig.lanes.stored("t1") == []
    await stream.sales(1, sale(1))
    assert (await stream.hear("ack")).ack.durable_ack == 1


async def test_bytes_that_are_no_message_are_refused_and_the_stream_goes_on(rig: Rig) -> None:
    call: Any = rig.channel().stream_stream("/omo.storelink.v1.StoreLinkService/Session")(
        metadata=(("authorization", f"Bearer {rig.stream().token}"),)
    )
    await call.write(pb.SessionRequest(hello=pb.Hello(facts_only=True)).SerializeToString())
    assert pb.SessionResponse.FromString(await call.read()).HasField("welcome")
    await call.write(b"\x12\xff\xff garbage")
    refused = (await _hear(call, "refused")).refused
    assert (refused.lane, refused.reason) == (facts.LANE_UNSPECIFIED, "FRAME_UNREADABLE")
    frame = facts.SalesFrame(first_sequence=1, facts=[sale(1)])
    await call.write(pb.SessionRequest(sales=frame).SerializeToString())
    assert (await _hear(call, "ack")).ack.durable_ack == 1


async def _hear(call: Any, kind: str) -> pb.SessionResponse:
    while (message := pb.SessionResponse.FromString(await call.read())).WhichOneof("message") != kind:
        pass
    return message


async def test_a_frame_too_large_is_refused_by_facts_and_by_bytes(rig: Rig) -> None:
    stream = rig.stream()
    await stream.hello()
    await stream.sales(1, *[sale(number) for number in range(1, 52)])
    assert (await stream.hear("refused")).refused.reason == "FRAME_TOO_LARGE"
    await stream.sales(1, sale(1, "x" * 50_000))
    refused = (await stream.hear("refused")).refused
    assert (refused.reason, refused.first_sequence) == ("FRAME_TOO_LARGE", 1)
    await stream.sales(1, *[sale(number) for number in range(1, 51)])
    assert (await stream.hear("ack")).ack.durable_ack == 50


async def test_a_lane_whose_owner_is_away_waits_alone_and_keeps_its_order(rig: Rig) -> None:
    rig.lanes.away.add("SALES")
    stream = rig.stream()
    welcome = await stream.hello()
    assert facts.LANE_SALES not in {ack.lane for ack in welcome.acks}
    await stream.sales(1, sale(1))
    await stream.sales(2, sale(2))
    counted = facts.StockFact(fact_id="f1", counted=facts.StockCounted(sku="COAT", quantity=3))
    await stream.say(pb.SessionRequest(stock=facts.StockFrame(first_sequence=1, facts=[counted])))
    assert (await stream.hear("ack")).ack == pb.Ack(lane=facts.LANE_STOCK, durable_ack=1)
    rig.lanes.away.clear()
    assert (await stream.hear("ack")).ack == pb.Ack(lane=facts.LANE_SALES, durable_ack=1)
    assert (await stream.hear("ack")).ack == pb.Ack(lane=facts.LANE_SALES, durable_ack=2)


async def test_more_than_four_under_way_are_dropped_and_asked_for(rig: Rig) -> None:
    rig.lanes.away.add("SALES")
    stream = rig.stream()
    await stream.hello()
    for number in range(1, 8):
        await stream.sales(number, sale(number))
    await stream.say(pb.SessionRequest(stock=facts.StockFrame(first_sequence=1)))
    await stream.hear("ack")  # so the door has read the seven before it
    rig.lanes.away.clear()
    assert (await stream.hear("resend")).resend.from_sequence == 5
    assert await rig.lanes.stored("t1") == [1, 2, 3, 4]
    await stream.sales(5, sale(5), sale(6), sale(7))
    assert (await stream.hear("ack")).ack.durable_ack == 7


async def test_what_is_under_way_is_answered_before_the_stream_ends(rig: Rig) -> None:
    stream = rig.stream()
    await stream.hello()
    await stream.sales(1, sale(1))
    await stream.call.done_writing()
    assert (await stream.hear("ack")).ack.durable_ack == 1
    assert (await stream.end())[0] is grpc.StatusCode.OK
    await eventually(lambda: not rig.storelink.door.sessions())
