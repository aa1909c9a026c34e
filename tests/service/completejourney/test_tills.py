"""A replaying till before a store door that misbehaves in every way that the contract allows."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from cli.completejourney.tills import DoorRefused, DoorSilent, Journal, Till
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2_grpc as rpc
from omo.storelink.v1 import till_service_pb2 as till_pb
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc
from omo_storelink import Credential
from omo_storelink import Door as Way

SALES = facts.LANE_SALES
JOURNAL = [facts.SaleFact(sale_id=f"sale-{number}", external_id="x" * 300) for number in range(1, 501)]


@dataclass
class Door(rpc.StoreLinkServiceServicer):
    """A lane that is contiguous from 1, with one planned misdeed per session."""

    plan: list[str] = field(default_factory=list)
    max_facts: int = 20
    max_in_flight: int = 4
    heartbeat: int = 20
    stored: list[facts.SaleFact] = field(default_factory=list)
    # the sale that it cannot read
    unreadable: int = 0
    beats: int = 0
    tokens: list[str] = field(default_factory=list)

    async def Session(
        self,
        request_iterator: AsyncIterator[pb.SessionRequest],
        context: "grpc.aio.ServicerContext[pb.SessionRequest, pb.SessionResponse]",
    ) -> AsyncIterator[pb.SessionResponse]:
        misdeed = self.plan.pop(0) if self.plan else ""
        self.tokens.append(dict(context.invocation_metadata() or ())["authorization"])  # type: ignore[arg-type]
        hello = await anext(request_iterator)
        assert hello.WhichOneof("message") == "hello"
        if misdeed == "denied":
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not this terminal")
        yield self._welcome()
        frames = 0
        async for request in request_iterator:
            if request.WhichOneof("message") == "heartbeat":
                self.beats += 1
                yield self._ack()
                continue
            frames += 1
            for answer in self._judge(request.sales, misdeed if frames == 3 else ""):
                yield answer
            if frames == 3 and misdeed == "cut":
                await context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            if frames == 3 and misdeed in {"end", "drain"}:
                return

    def _judge(self, frame: facts.SalesFrame, misdeed: str) -> Sequence[pb.SessionResponse]:
        assert len(frame.facts) <= self.max_facts
        if frame.first_sequence <= self.unreadable < frame.first_sequence + len(frame.facts):
            return [pb.SessionResponse(refused=pb.FrameRefused(lane=SALES, first_sequence=frame.first_sequence))]
        if misdeed == "lose" or frame.first_sequence > len(self.stored) + 1:
            return [pb.SessionResponse(resend=pb.Resend(lane=SALES, from_sequence=len(self.stored) + 1))]
        self.stored.extend(frame.facts[len(self.stored) + 1 - frame.first_sequence :])
        if misdeed == "drain":
            return [pb.SessionResponse(drain=pb.Drain(reconnect_after_seconds=0))]
        if misdeed == "silent":
            return []
        if misdeed == "conflict":
            return [pb.SessionResponse(conflict=pb.Conflict(lane=SALES, sequences=[41, 42])), self._ack()]
        return [self._ack()]

    def _ack(self) -> pb.SessionResponse:
        return pb.SessionResponse(ack=pb.Ack(lane=SALES, durable_ack=len(self.stored)))

    def _welcome(self) -> pb.SessionResponse:
        return pb.SessionResponse(
            welcome=pb.Welcome(
                acks=[pb.LaneAck(lane=SALES, durable_ack=len(self.stored)), pb.LaneAck(lane=facts.LANE_PEOPLE)],
                heartbeat_seconds=self.heartbeat,
                max_facts=self.max_facts,
                max_bytes=4096,
                max_in_flight=self.max_in_flight,
            )
        )


class SignIn(till_rpc.TillServiceServicer):
    """Gives every terminal a token that lives an hour."""

    async def SignInTerminal(self, request: till_pb.SignInTerminalRequest, context: Any) -> Any:
        reply = till_pb.SignInTerminalResponse()
        reply.session.access_token = f"token of {request.terminal_id}"
        reply.session.access_expire_time.GetCurrentTime()
        reply.session.access_expire_time.seconds += 3600
        return reply


def written(journal: Sequence[facts.SaleFact]) -> Journal:
    return Journal([fact.SerializeToString(deterministic=True) for fact in journal])


async def run(door: Door, journal: Sequence[facts.SaleFact] = JOURNAL, patience: float = 60.0) -> Till:
    server = grpc.aio.server()
    rpc.add_StoreLinkServiceServicer_to_server(door, server)
    sign_in: Any = SignIn  # abstract to the type checker for the verbs that nobody calls here
    till_rpc.add_TillServiceServicer_to_server(sign_in(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            till = Till(Way(address, Credential("T1", "s"), channel=channel), written(journal), patience)
            await asyncio.wait_for(till.run(), 30)
            return till
    finally:
        await server.stop(None)


async def test_everything_arrives_once_and_in_order() -> None:
    door = Door()
    till = await run(door)
    assert door.stored == JOURNAL
    assert (till.journal.acked, till.sent, till.sessions) == (500, 500, 1)
    assert door.tokens == ["Bearer token of T1"]


@pytest.mark.parametrize("misdeed", ["cut", "end", "drain", "lose"])
async def test_whatever_breaks_the_stream_nothing_is_lost_or_doubled(misdeed: str) -> None:
    door = Door(plan=[misdeed, misdeed])
    till = await run(door)
    assert door.stored == JOURNAL
    assert till.sessions == (1 if misdeed == "lose" else 3)


async def test_a_till_goes_on_where_the_door_says_that_it_stands() -> None:
    door = Door(stored=JOURNAL[:123])
    till = await run(door)
    assert door.stored == JOURNAL
    assert (till.journal.found, till.sent) == (123, 377)


async def test_a_lane_ahead_of_the_journal_gets_nothing() -> None:
    door = Door(stored=list(JOURNAL))
    till = await run(door, JOURNAL[:100])
    assert (len(door.stored), till.sent, till.sessions) == (500, 0, 1)


async def test_a_lost_ack_is_asked_for_by_heartbeat() -> None:
    door = Door(plan=["silent"], max_in_flight=1, heartbeat=1)
    await run(door, JOURNAL[:50])
    assert door.stored == JOURNAL[:50]
    assert door.beats >= 1


async def test_conflicts_are_reported_and_the_lane_goes_on() -> None:
    door = Door(plan=["conflict"])
    till = await run(door)
    assert till.journal.conflicts == [41, 42]
    assert len(door.stored) == 500


async def test_a_sale_that_cannot_be_read_stops_the_till_behind_those_before_it() -> None:
    door = Door(unreadable=45)
    with pytest.raises(DoorRefused, match="frame from sale 45"):
        await run(door)
    assert door.stored == JOURNAL[:44]


async def test_a_terminal_that_is_not_welcome_says_so_at_once() -> None:
    with pytest.raises(DoorRefused, match="not this terminal"):
        await run(Door(plan=["denied", "denied"]))


async def test_a_token_that_ended_under_way_is_renewed() -> None:
    door = Door(plan=["denied"])
    till = await run(door)
    assert (door.stored, till.sessions) == (JOURNAL, 2)


async def test_a_door_that_never_opens_ends_the_patience() -> None:
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        way = Way("127.0.0.1:1", Credential("T1", "s"), channel=channel)
        till = Till(way, written(JOURNAL), patience=0.3)
        with pytest.raises(DoorSilent, match="nothing acknowledged for"):
            await asyncio.wait_for(till.run(), 30)


async def test_an_empty_journal_still_says_hello() -> None:
    till = await run(Door(), [])
    assert (till.sent, till.sessions) == (0, 1)
