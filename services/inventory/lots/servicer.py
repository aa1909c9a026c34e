"""Lots as gRPC."""

from typing import Any

import grpc

from kit.errors import invalid
from kit.requests import Request
from omo.inventory.v1 import lots_service_pb2 as pb
from omo.inventory.v1 import lots_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.lots import wire
from services.inventory.lots.usecases import Lots
from services.inventory.stock import wire as stock_wire

Context = grpc.aio.ServicerContext[Any, Any]


class LotServicer(rpc.LotServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, lots: Lots) -> None:
        self._lots = lots

    async def ListLots(self, request: pb.ListLotsRequest, context: Context) -> pb.ListLotsResponse:
        location_id = stock_wire.scope(request.location_id)
        return await self._lots.page(_sku(request), location_id, request.page_size, request.page_token)

    async def SuggestLots(self, request: pb.SuggestLotsRequest, context: Context) -> pb.SuggestLotsResponse:
        location_id = fields.code("location_id", stock_wire.scope(request.location_id))
        return await self._lots.suggest(_sku(request), location_id, fields.quantity("quantity", request.quantity))

    async def PickLots(self, request: pb.PickLotsRequest, context: Context) -> pb.PickLotsResponse:
        line = (
            fields.key("order_id", request.order_id),
            fields.between("line_no", request.line_no, 1, 1_000_000),
            _sku(request),
            fields.code("location_id", request.location_id),
        )
        return await self._lots.pick(Request.of("PickLots", request), line, wire.units("units", request.units))

    async def CountLots(self, request: pb.CountLotsRequest, context: Context) -> pb.CountLotsResponse:
        location_id = fields.code("location_id", request.location_id)
        units = wire.units("units", request.units)
        return await self._lots.count(Request.of("CountLots", request), _sku(request), location_id, units)

    async def RecallLot(self, request: pb.RecallLotRequest, context: Context) -> pb.RecallLotResponse:
        note = fields.text("note", request.note, 200)
        return await self._lots.recall(Request.of("RecallLot", request), _sku(request), *_name(request), note)

    async def ReleaseLot(self, request: pb.ReleaseLotRequest, context: Context) -> pb.ReleaseLotResponse:
        note, day = fields.text("note", request.note, 200), wire.day("expire_date", request.expire_date)
        return await self._lots.release(Request.of("ReleaseLot", request), _sku(request), *_name(request), note, day)

    async def TraceLot(self, request: pb.TraceLotRequest, context: Context) -> pb.TraceLotResponse:
        size, token = request.page_size, request.page_token
        return await self._lots.trace(_sku(request), *_name(request), request.takers_only, size, token)

    async def ListPossibleTakers(
        self, request: pb.ListPossibleTakersRequest, context: Context
    ) -> pb.ListPossibleTakersResponse:
        size, token = request.page_size, request.page_token
        return await self._lots.possible(_sku(request), *_name(request), size, token)


def _sku(request: Any) -> str:
    return fields.code("sku", request.sku)


def _name(request: Any) -> tuple[str, str]:
    """Which lot, or which serial."""
    if not request.lot and not request.serial:
        raise invalid("lot", "must be given, or a serial")
    lot = fields.code("lot", request.lot) if request.lot else ""
    return lot, fields.code("serial", request.serial) if request.serial else ""
