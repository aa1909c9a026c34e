"""Inventory as a rejected pickup asks it: where else, and there it goes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kit.errors import Code, Fault
from omo.inventory.v1 import sourcing_pb2, stock_pb2
from omo.inventory.v1 import sourcing_service_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from omo.inventory.v1 import stock_service_pb2 as stock_pb

if TYPE_CHECKING:
    from tests.service.order.neighbours import Neighbours


class Nobody(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "OUT_OF_STOCK"


class NoHold(Fault):
    code = Code.NOT_FOUND
    reason = "HOLD_NOT_FOUND"


@dataclass(slots=True)
class Pickups:
    """Where else goods are, by store and line; what was moved, by request; and for which order anything is held."""

    there: dict[str, list[int]] = field(default_factory=dict)
    moved: dict[str, tuple[str, str, str, tuple[int, ...]]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    # who sends to stores that lack it, how many of each line at most; and what was sent, by request
    senders: dict[str, int] = field(default_factory=lambda: {"WH1": 1_000})
    sent: dict[str, pb.SendToStoreResponse] = field(default_factory=dict)
    lacking: list[pb.SendToStoreRequest] = field(default_factory=list)
    # the sequence of its answers, by order; none: not numbered
    numbers: dict[str, int] = field(default_factory=dict)

    def hold(self, request: stock_pb.GetHoldRequest) -> stock_pb.GetHoldResponse:
        if request.hold_id not in self.holders:
            raise NoHold("no such hold")
        held = stock_pb2.Hold(hold_id=request.hold_id, order_id=self.holders[request.hold_id])
        return stock_pb.GetHoldResponse(hold=held)


class Places(rpc.SourcingServiceServicer):
    """As far as order asks."""

    def __init__(self, world: "Neighbours") -> None:
        self._world = world

    async def ListPickupPlaces(self, request: pb.ListPickupPlacesRequest, context: Any) -> pb.ListPickupPlacesResponse:
        return await self._world.answer("stock.places", context, lambda: self._list(request))  # type: ignore[no-any-return]

    async def MovePickup(self, request: pb.MovePickupRequest, context: Any) -> pb.MovePickupResponse:
        return await self._world.answer("stock.move", context, lambda: self._move(request))  # type: ignore[no-any-return]

    async def SendToStore(self, request: pb.SendToStoreRequest, context: Any) -> pb.SendToStoreResponse:
        return await self._world.answer("stock.send", context, lambda: self._send(request))  # type: ignore[no-any-return]

    def _send(self, request: pb.SendToStoreRequest) -> pb.SendToStoreResponse:
        world = self._world.pickups
        world.lacking.append(request)
        if request.request_id not in world.sent:
            decision, found = f"s{len(world.sent) + 1}", list[sourcing_pb2.SourcingAssignment]()
            for line in request.lines:
                left = line.quantity
                for place, most in world.senders.items():
                    if units := min(left, most):
                        found.append(
                            sourcing_pb2.SourcingAssignment(
                                line_no=line.line_no, location_id=place, quantity=units, decision_id=decision
                            )
                        )
                        left -= units
                if left:
                    raise Nobody("nobody has all of it", location_id=request.location_id)
            number = world.numbers.get(request.order_id, 0)
            world.sent[request.request_id] = pb.SendToStoreResponse(assignments=found, sequence=number)
        return world.sent[request.request_id]

    def _list(self, request: pb.ListPickupPlacesRequest) -> pb.ListPickupPlacesResponse:
        there = {
            place: [no for no in nos if no in request.line_nos] for place, nos in self._world.pickups.there.items()
        }
        return pb.ListPickupPlacesResponse(
            places=[
                pb.CollectPlace(location_id=place, line_nos=nos, distance=1_200 * number)
                for number, (place, nos) in enumerate(there.items(), 1)
            ],
            can_ship=True,
        )

    def _move(self, request: pb.MovePickupRequest) -> pb.MovePickupResponse:
        one = (request.order_id, request.from_location_id, request.to_location_id, tuple(request.line_nos))
        self._world.pickups.moved.setdefault(request.request_id, one)
        return pb.MovePickupResponse()
