"""Transfers as gRPC."""

from typing import Any

import grpc

from kit.clock import Clock
from kit.ids import uuid7
from kit.requests import Request
from omo.inventory.v1 import transfers_pb2
from omo.inventory.v1 import transfers_service_pb2 as pb
from omo.inventory.v1 import transfers_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.stock import wire as stock_wire
from services.inventory.transfers import wire
from services.inventory.transfers.usecases import Transfers

Context = grpc.aio.ServicerContext[Any, Any]


class TransferServicer(rpc.TransferServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, transfers: Transfers, clock: Clock) -> None:
        self._transfers = transfers
        self._clock = clock

    async def CreateTransfer(self, request: pb.CreateTransferRequest, context: Context) -> pb.CreateTransferResponse:
        draft = wire.draft(request, uuid7(), self._clock())
        return await self._transfers.create(Request.of("CreateTransfer", request), draft)

    async def ApproveTransfer(self, request: pb.ApproveTransferRequest, context: Context) -> pb.ApproveTransferResponse:
        return await self._transfers.approve(Request.of("ApproveTransfer", request), _id(request))

    async def CancelTransfer(self, request: pb.CancelTransferRequest, context: Context) -> pb.CancelTransferResponse:
        return await self._transfers.cancel(Request.of("CancelTransfer", request), _id(request))

    async def ShipTransfer(self, request: pb.ShipTransferRequest, context: Context) -> pb.ShipTransferResponse:
        at, left = fields.past(request, "business_time", self._clock()), wire.left(request)
        asked = Request.of("ShipTransfer", request)
        return await self._transfers.ship(asked, _id(request), left, at, wire.lots(request.lines))

    async def ReceiveTransfer(self, request: pb.ReceiveTransferRequest, context: Context) -> pb.ReceiveTransferResponse:
        at, came = fields.past(request, "business_time", self._clock()), wire.arrivals(request)
        asked = Request.of("ReceiveTransfer", request)
        return await self._transfers.receive(asked, _id(request), came, at, wire.lots(request.lines))

    async def CloseTransfer(self, request: pb.CloseTransferRequest, context: Context) -> pb.CloseTransferResponse:
        return await self._transfers.close(Request.of("CloseTransfer", request), _id(request))

    async def GetTransfer(self, request: pb.GetTransferRequest, context: Context) -> pb.GetTransferResponse:
        return await self._transfers.get(_id(request))

    async def ListTransfers(self, request: pb.ListTransfersRequest, context: Context) -> pb.ListTransfersResponse:
        location_id = stock_wire.scope(request.location_id)
        state = fields.choice("state", transfers_pb2.TransferState, request.state, "TRANSFER_STATE_")
        state = "" if state == "UNSPECIFIED" else state
        return await self._transfers.page(location_id, state, request.page_size, request.page_token)


def _id(request: Any) -> str:
    return fields.identifier("transfer_id", request.transfer_id)
