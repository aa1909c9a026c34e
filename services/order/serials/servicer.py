"""Serials as gRPC."""

from typing import Any

from kit import fields
from kit.errors import invalid
from kit.requests import Request
from omo.order.v1 import serial_service_pb2 as pb
from omo.order.v1 import serial_service_pb2_grpc as rpc
from services.order.returns import wire
from services.order.serials.domain import Left
from services.order.serials.usecases import Serials


class SerialServicer(rpc.SerialServiceServicer):
    """SerialService: unwrap, call one use case, wrap."""

    def __init__(self, serials: Serials) -> None:
        self._serials = serials

    async def CorrectSerial(self, request: pb.CorrectSerialRequest, context: Any) -> pb.CorrectSerialResponse:
        asked = Request.of("SerialService/CorrectSerial", request)
        name, reason = fields.text("order_id", request.order_id, 64), wire.reason(request.reason)
        serial = fields.code("serial", request.serial) if request.serial else ""
        if request.unit < 0:
            raise invalid("unit", "must be 0 or more")
        return await self._serials.correct(asked, name, Left(request.line_no, request.unit, "", serial), reason)
