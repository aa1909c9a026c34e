"""The two weeks as they cross the wire: many tills at once, one of them cut off, nothing lost."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from cli.completejourney import reconcile, replaying
from cli.completejourney.reconcile import Figures
from cli.completejourney.source import Source, Weeks
from cli.completejourney.tills import Journal, Till
from cli.stack.trouble import Trouble
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2_grpc as rpc
from omo.storelink.v1 import till_service_pb2 as till_pb
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc
from omo_storelink import Credential
from omo_storelink import Door as Way

TWO_WEEKS = Weeks(1, 2)
SALES = facts.LANE_SALES


@dataclass
class Door(rpc.StoreLinkServiceServicer, till_rpc.TillServiceServicer):
    """Takes every store's lane and sums what it hears; cuts the first session of one store."""

    cut: str
    lanes: dict[str, list[facts.SaleFact]] = field(default_factory=dict)

    async def Session(
        self, request_iterator: AsyncIterator[pb.SessionRequest], context: Any
    ) -> AsyncIterator[pb.SessionResponse]:
        store = dict(context.invocation_metadata())["authorization"].removeprefix("Bearer ")
        lane = self.lanes.setdefault(store, [])
        await anext(request_iterator)
        yield pb.SessionResponse(
            welcome=pb.Welcome(
                acks=[pb.LaneAck(lane=SALES, durable_ack=len(lane))],
                heartbeat_seconds=20,
                max_facts=50,
                max_bytes=48 * 1024,
                max_in_flight=4,
            )
        )
        async for request in request_iterator:
            assert request.sales.ByteSize() <= 48 * 1024
            known = len(lane) + 1 - request.sales.first_sequence
            assert known >= 0
            assert lane[len(lane) - known :] == list(request.sales.facts[:known])
            lane.extend(request.sales.facts[known:])
            if store == self.cut:
                self.cut = ""
                await context.abort(grpc.StatusCode.UNAVAILABLE, "cut before the ack")
            yield pb.SessionResponse(ack=pb.Ack(lane=SALES, durable_ack=len(lane)))

    async def SignInTerminal(self, request: till_pb.SignInTerminalRequest, context: Any) -> Any:
        reply = till_pb.SignInTerminalResponse()
        reply.session.access_token = request.terminal_id
        return reply

    def figures(self) -> dict[str, Figures]:
        """What the facts say, as an owner of sales would count them."""
        found: dict[str, Figures] = {}
        for store, sale in ((store, sale) for store, lane in self.lanes.items() for sale in lane):
            units = sum(1 if line.by_measure else line.quantity for line in sale.lines)
            base_units = sum(line.quantity for line in sale.lines)
            revenue = sum(line.net_total for line in sale.lines)
            assert revenue == sum(tender.amount for tender in sale.tenders)
            found[store] = found.get(store, Figures()) + Figures(revenue, units, 1, len(sale.lines), base_units)
        return found


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    try:
        opened = Source.open()
    except Trouble as missing:
        pytest.skip(str(missing))
    with opened:
        yield opened


@dataclass(slots=True)
class Crowd:
    """How many tills are at work; counted by themselves, because a door hears of a session's end only afterwards."""

    now: int = 0
    most: int = 0


@dataclass(slots=True)
class Counted(Till):
    """A till that is one of a crowd."""

    crowd: Crowd = field(default_factory=Crowd)

    async def run(self) -> None:
        self.crowd.now += 1
        self.crowd.most = max(self.crowd.most, self.crowd.now)
        try:
            await Till.run(self)
        finally:
            self.crowd.now -= 1


async def play(source: Source, door: Door, at_once: int, crowd: Crowd) -> replaying.Played:
    server = grpc.aio.server()
    rpc.add_StoreLinkServiceServicer_to_server(door, server)
    till_rpc.add_TillServiceServicer_to_server(door, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        async with grpc.aio.insecure_channel(address) as channel:

            def open_till(store_id: str, journal: Sequence[bytes]) -> Till:
                way = Way(address, Credential(store_id, "s"), channel=channel)
                return Counted(way, Journal(journal), crowd=crowd)

            return await asyncio.wait_for(replaying.play(source, TWO_WEEKS, open_till, at_once), 60)
    finally:
        await server.stop(None)


async def test_two_weeks_cross_the_wire_to_the_cent_and_a_second_replay_sends_nothing(source: Source) -> None:
    make: Any = Door  # abstract to the type checker for the verbs that nobody calls here
    door: Door = make(cut="361")
    crowd = Crowd()
    played = await play(source, door, 8, crowd)
    assert (played.baskets, played.tills, played.conflicts) == (3_301, 142, ())
    assert 2 <= crowd.most <= 8
    assert crowd.now == 0
    assert reconcile.differences(reconcile.by_store(source, TWO_WEEKS), door.figures(), reconcile.ALL) == []
    again = await play(source, door, 8, Crowd())
    assert (again.baskets, again.tills) == (0, 142)
    assert sum(len(lane) for lane in door.lanes.values()) == 3_301


def test_later_weeks_only_lengthen_a_journal(source: Source) -> None:
    shorter = dict(itertools.islice(replaying.journals(source, TWO_WEEKS), 20))
    longer = {store: sales for store, sales in replaying.journals(source, Weeks(3, 4)) if store in shorter}
    assert all(list(longer[store][: len(sales)]) == list(sales) for store, sales in shorter.items())
