"""Inventory and member as the checkout sees them, with faults to switch on; the real ones run in journeys."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc

from kit.errors import Fault
from kit.rpc import faults
from omo.inventory.v1 import availability_pb2, stock_pb2, supply_pb2
from omo.inventory.v1 import availability_service_pb2 as availability_pb
from omo.inventory.v1 import availability_service_pb2_grpc as availability_rpc
from omo.inventory.v1 import sourcing_service_pb2_grpc as sourcing_rpc
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.inventory.v1 import supply_service_pb2 as supply_service_pb
from omo.inventory.v1 import supply_service_pb2_grpc as supply_rpc
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import segments_service_pb2 as segments_pb
from omo.member.v1 import segments_service_pb2_grpc as segments_rpc
from tests.service.order import neighbours_money
from tests.service.order.neighbours_faults import Ended, Poor, Refused
from tests.service.order.neighbours_sending import Sending
from tests.service.order.pickup_places import Pickups, Places

Misbehaviour = Callable[[], Fault | None]


@dataclass(slots=True)
class Neighbours:
    """Holds by id with tombstones, as the contracts promise; `before` and `after` misbehave by verb."""

    stock: dict[str, int] = field(default_factory=dict)
    # goods that are out, and of which nobody may be told a number
    hidden: set[str] = field(default_factory=set)
    # by member, the segments that mean him
    segments: dict[str, set[str]] = field(default_factory=dict)
    # lines that wait for goods, by order
    waiting: dict[str, set[int]] = field(default_factory=dict)
    points: int = 0
    point_value: int = 1
    stock_holds: dict[str, str] = field(default_factory=dict)
    held_lines: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    # location and pool of each line, by hold
    places: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    points_holds: dict[str, str] = field(default_factory=dict)
    # what else than points an order held
    spends: dict[str, list[Any]] = field(default_factory=dict)
    # shopping credit that was given, by request; and what ends of packs owe, by pack, until it is settled by a request
    credit: dict[str, tuple[str, int]] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    pickups: Pickups = field(default_factory=Pickups)
    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    # by verb: what was done is not answered before this
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    # by verb: who asked last, by the call's metadata
    asked_by: dict[str, dict[str, Any]] = field(default_factory=dict)
    sending: Sending = field(default_factory=Sending)
    address: str = ""
    _server: grpc.aio.Server | None = None

    async def start(self) -> None:
        self._server = grpc.aio.server()
        stock_rpc.add_StockServiceServicer_to_server(_Stock(self), self._server)  # type: ignore[abstract]  # as far as a checkout goes
        availability_rpc.add_AvailabilityServiceServicer_to_server(_Availability(self), self._server)  # type: ignore[abstract]
        segments_rpc.add_SegmentServiceServicer_to_server(_Segments(self), self._server)  # type: ignore[abstract]
        supply_rpc.add_SupplyServiceServicer_to_server(_Supply(self), self._server)  # type: ignore[abstract]
        points_rpc.add_WalletServiceServicer_to_server(_Wallet(self), self._server)  # type: ignore[abstract]
        neighbours_money.serve_on(self._server, self)
        self.sending.serve_on(self._server)
        sourcing_rpc.add_SourcingServiceServicer_to_server(Places(self), self._server)  # type: ignore[abstract]
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        self.address = f"127.0.0.1:{port}"

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.stop(None)

    def active(self) -> set[str]:
        """Orders for which something is held."""
        holds = (*self.stock_holds.items(), *self.points_holds.items())
        return {order_id for order_id, state in holds if state == "active"}

    async def answer(self, verb: str, context: Any, work: Callable[[], Any]) -> Any:
        """Does the work unless `before` refuses; `after` makes its answer get lost."""
        self.calls[verb] += 1
        self.asked_by[verb] = dict(context.invocation_metadata())
        try:
            if fault := self.before.get(verb):
                raise fault
            done = work()
            await asyncio.sleep(self.slow.get(verb, 0.0))
            if gate := self.gates.get(verb):
                await gate.wait()
            if fault := self.after.get(verb):
                raise fault
        except Fault as refused:
            await faults.abort(context, refused, "inventory" if verb.startswith("stock") else "member")
        return done


class _Stock(stock_rpc.StockServiceServicer):
    def __init__(self, world: Neighbours) -> None:
        self._world = world

    async def Hold(self, request: stock_pb.HoldRequest, context: Any) -> stock_pb.HoldResponse:
        return await self._world.answer("stock.hold", context, lambda: self._hold(request))  # type: ignore[no-any-return]

    async def Release(self, request: stock_pb.ReleaseRequest, context: Any) -> stock_pb.ReleaseResponse:
        return await self._world.answer("stock.release", context, lambda: self._release(request))  # type: ignore[no-any-return]

    async def GetHold(self, request: stock_pb.GetHoldRequest, context: Any) -> stock_pb.GetHoldResponse:
        return await self._world.answer("stock.get_hold", context, lambda: self._world.pickups.hold(request))  # type: ignore[no-any-return]

    def _hold(self, request: stock_pb.HoldRequest) -> stock_pb.HoldResponse:
        world, hold_id = self._world, request.request_id
        if world.stock_holds.get(hold_id) == "released":
            raise Ended("released before")
        if hold_id not in world.stock_holds:
            wanted = [(line.sku, line.quantity) for line in request.lines]
            if any(world.stock.get(sku, 1_000_000) < quantity for sku, quantity in wanted):
                raise Refused("not enough", sku=wanted[0][0])
            for sku, quantity in wanted:
                world.stock[sku] = world.stock.get(sku, 1_000_000) - quantity
            world.stock_holds[hold_id] = "active"
            world.pickups.holders[hold_id] = request.order_id
            world.held_lines[hold_id] = wanted
            world.places[hold_id] = [(line.location_id, line.pool_id) for line in request.lines]
        return stock_pb.HoldResponse(hold=stock_pb2.Hold(hold_id=hold_id))

    def _release(self, request: stock_pb.ReleaseRequest) -> stock_pb.ReleaseResponse:
        world, hold_id = self._world, request.hold_id
        if world.stock_holds.get(hold_id) == "active":
            for sku, quantity in world.held_lines[hold_id]:
                world.stock[sku] += quantity
        world.stock_holds[hold_id] = "released"
        return stock_pb.ReleaseResponse(hold=stock_pb2.Hold(hold_id=hold_id))


class _Supply(supply_rpc.SupplyServiceServicer):
    def __init__(self, world: Neighbours) -> None:
        self._world = world

    async def ListBackorders(
        self, request: supply_service_pb.ListBackordersRequest, context: Any
    ) -> supply_service_pb.ListBackordersResponse:
        return await self._world.answer("stock.backorders", context, lambda: self._list(request))  # type: ignore[no-any-return]

    def _list(self, request: supply_service_pb.ListBackordersRequest) -> supply_service_pb.ListBackordersResponse:
        order_id, size, skip = request.owner_id, request.page_size or 20, int(request.page_token or 0)
        lines = sorted(self._world.waiting.get(order_id, ()))
        found = [
            supply_pb2.Backorder(owner_id=order_id, order_id=order_id, line_no=no, quantity=1)
            for no in lines[skip : skip + size]
        ]
        more = str(skip + size) if skip + size < len(lines) else ""
        return supply_service_pb.ListBackordersResponse(backorders=found, next_page_token=more)


class _Wallet(points_rpc.WalletServiceServicer):
    def __init__(self, world: Neighbours) -> None:
        self._world = world

    async def Hold(self, request: points_pb.HoldRequest, context: Any) -> points_pb.HoldResponse:
        return await self._world.answer("points.hold", context, lambda: self._hold(request))  # type: ignore[no-any-return]

    async def Release(self, request: points_pb.ReleaseRequest, context: Any) -> points_pb.ReleaseResponse:
        return await self._world.answer("points.release", context, lambda: self._release(request))  # type: ignore[no-any-return]

    def _hold(self, request: points_pb.HoldRequest) -> points_pb.HoldResponse:
        world, hold_id = self._world, request.request_id
        if world.points_holds.get(hold_id) == "released":
            raise Ended("released before")
        if hold_id not in world.points_holds:
            if world.points < request.points:
                raise Poor("too few", points=world.points)
            world.points -= request.points
            world.spends[hold_id] = list(request.spends)
            world.points_holds[hold_id] = "active"
        return points_pb.HoldResponse(points=request.points, value=request.points * world.point_value)

    def _release(self, request: points_pb.ReleaseRequest) -> points_pb.ReleaseResponse:
        self._world.points_holds[request.hold_id] = "released"
        return points_pb.ReleaseResponse()


class _Availability(availability_rpc.AvailabilityServiceServicer):
    """What can be sold: of goods that `stock` names so much, of all others plenty."""

    def __init__(self, world: Neighbours) -> None:
        self._world = world

    async def GetChannelStock(
        self, request: availability_pb.GetChannelStockRequest, context: Any
    ) -> availability_pb.GetChannelStockResponse:
        return await self._world.answer("stock.look", context, lambda: self._look(request))  # type: ignore[no-any-return]

    def _look(self, request: availability_pb.GetChannelStockRequest) -> availability_pb.GetChannelStockResponse:
        stocks = []
        for sku in request.skus:
            sight = availability_pb2.Sight(available=self._world.stock.get(sku, 1_000_000))
            if sku in self._world.hidden:
                sight = availability_pb2.Sight(band=availability_pb2.STOCK_BAND_OUT)
            pickups = [
                availability_pb2.PickupOption(location_id=place, pickable=True, local=sight, all=sight)
                for place in request.location_ids
            ]
            stocks.append(availability_pb2.ChannelStock(sku=sku, shipped=sight, pickups=pickups))
        return availability_pb.GetChannelStockResponse(stocks=stocks)


class _Segments(segments_rpc.SegmentServiceServicer):
    def __init__(self, world: Neighbours) -> None:
        self._world = world

    async def CheckMemberships(
        self, request: segments_pb.CheckMembershipsRequest, context: Any
    ) -> segments_pb.CheckMembershipsResponse:
        return await self._world.answer("segments.list", context, lambda: self._list(request))  # type: ignore[no-any-return]

    def _list(self, request: segments_pb.CheckMembershipsRequest) -> segments_pb.CheckMembershipsResponse:
        mine = self._world.segments.get(request.member_id, set())
        return segments_pb.CheckMembershipsResponse(segment_ids=sorted(mine & set(request.segment_ids)))
