"""Moves of shipments as gRPC."""

from typing import Any

import grpc

from kit.errors import invalid
from kit.requests import Request
from omo.inventory.v1 import shipment_service_pb2 as pb
from omo.inventory.v1 import shipment_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.sourcing.usecases_moves import Moves

Context = grpc.aio.ServicerContext[Any, Any]
_MOST_LINES = 1_000


class ShipmentServicer(rpc.ShipmentServiceServicer):
    """ShipmentService: unwrap, call one use case, wrap."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves

    async def MoveShipment(self, request: pb.MoveShipmentRequest, context: Context) -> pb.MoveShipmentResponse:
        units: dict[int, int] = {}
        for one in request.lines[:_MOST_LINES]:
            units[one.line_no] = units.get(one.line_no, 0) + one.quantity
        if not units or any(many <= 0 for many in units.values()):
            raise invalid("lines", "must name units")
        return await self._moves.move(
            Request.of("MoveShipment", request),
            fields.code("order_id", request.order_id),
            (fields.code("from_location_id", request.from_location_id), request.decision_id),
            units,
            fields.code("to_location_id", request.to_location_id),
            fields.code("reason", request.reason),
        )
