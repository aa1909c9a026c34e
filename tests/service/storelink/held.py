"""Inventory's holds as the store door asks them: they say what reached them."""

from typing import Any

from kit import access
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.inventory.v1 import stock_service_pb2_grpc as rpc
from tests.service.storelink.owners import Fulfilment


class Holds(rpc.StockServiceServicer):
    def __init__(self, others: Fulfilment) -> None:
        self._asked = others.asked

    async def Hold(self, request: Any, context: Any) -> pb.HoldResponse:
        self._asked.append((access.current(), request))
        return pb.HoldResponse(hold=stock_pb2.Hold(hold_id=request.request_id, lines=request.lines))

    async def ExtendHold(self, request: Any, context: Any) -> pb.ExtendHoldResponse:
        self._asked.append((access.current(), request))
        return pb.ExtendHoldResponse(hold=stock_pb2.Hold(hold_id=request.hold_id))

    async def Release(self, request: Any, context: Any) -> pb.ReleaseResponse:
        self._asked.append((access.current(), request))
        return pb.ReleaseResponse(hold=stock_pb2.Hold(hold_id=request.hold_id))
