"""The four owners of facts, as the lanes ask them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.storelink.wire import Frame
from kit.errors import Fault
from kit.telemetry import logs
from omo.attribution.v1 import attribution_service_pb2 as attribution
from omo.attribution.v1 import attribution_service_pb2_grpc as attribution_rpc
from omo.inventory.v1 import stock_service_pb2 as stock
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.member.v1 import identity_service_pb2 as identity
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.order.v1 import sales_service_pb2 as sales
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2 as facts

# a frame of 50 sales is one transaction of some 20 ms; the rest is for a busy owner
RECORD_SECONDS = 5.0
_POSITION_SECONDS = 2.0

_log = logs.get(__name__)

# (terminal, location, frame, timeout) -> answer
Record = Callable[[str, str, Any, float], Awaitable[facts.LaneAnswer]]


@dataclass(frozen=True, slots=True)
class Terminal:
    """Who sends, by its token and never by its messages."""

    terminal_id: str
    location_id: str


@dataclass(frozen=True, slots=True)
class Owners:
    """Who takes each lane's facts."""

    record: Mapping[int, Record]

    async def take(self, lane: int, terminal: Terminal, frame: Frame) -> facts.LaneAnswer:
        """Has the lane's owner store a frame; what it answers is durable."""
        return await self.record[lane](terminal.terminal_id, terminal.location_id, frame, RECORD_SECONDS)

    async def positions(self, terminal: Terminal) -> dict[int, int]:
        """How far each lane is stored; lanes whose owner does not answer now are left out."""
        lanes = list(self.record)
        found = await asyncio.gather(*(self._position(lane, terminal) for lane in lanes))
        return {lane: position for lane, position in zip(lanes, found, strict=True) if position is not None}

    async def _position(self, lane: Any, terminal: Terminal) -> int | None:
        # a frame without facts stores nothing, and is answered like any other
        frame = EMPTY[lane](first_sequence=1)
        try:
            answer = await self.record[lane](terminal.terminal_id, terminal.location_id, frame, _POSITION_SECONDS)
        except Fault as fault:
            _log.warning("owner does not tell a lane's position", code=facts.Lane.Name(lane), reason=fault.reason)
            return None
        return answer.durable_ack


EMPTY: Mapping[int, Callable[..., Frame]] = {
    facts.LANE_SALES: facts.SalesFrame,
    facts.LANE_STOCK: facts.StockFrame,
    facts.LANE_PEOPLE: facts.PeopleFrame,
    facts.LANE_ATTRIBUTION: facts.AttributionFrame,
}


def over(order: Any, inventory: Any, member: Any, attribution_: Any) -> Owners:
    """The owners behind these channels."""
    return Owners(
        {
            facts.LANE_SALES: _recorder(sales_rpc.SalesServiceStub(order).RecordSales, sales.RecordSalesRequest),
            facts.LANE_STOCK: _recorder(
                stock_rpc.StockFactServiceStub(inventory).RecordStock, stock.RecordStockRequest
            ),
            facts.LANE_PEOPLE: _recorder(
                identity_rpc.PeopleFactServiceStub(member).RecordPeople, identity.RecordPeopleRequest
            ),
            facts.LANE_ATTRIBUTION: _recorder(
                attribution_rpc.AttributionFactServiceStub(attribution_).RecordAttribution,
                attribution.RecordAttributionRequest,
            ),
        }
    )


def _recorder(method: Any, request: Any) -> Record:
    async def record(terminal_id: str, location_id: str, frame: Any, seconds: float) -> facts.LaneAnswer:
        asked = request(terminal_id=terminal_id, location_id=location_id, frame=frame)
        reply = await method(asked, timeout=seconds)
        answer: facts.LaneAnswer = reply.answer
        return answer

    return record
