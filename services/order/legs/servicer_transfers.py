"""What stores lack and ask for, as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import transfer_service_pb2 as pb
from omo.order.v1 import transfer_service_pb2_grpc as rpc
from services.order.legs import wire_transfers
from services.order.legs.calling_off import CallingOff
from services.order.legs.listing import Listing
from services.order.legs.usecases_transfers import Transfers


class TransferServicer(rpc.TransferServiceServicer):
    """TransferService: unwrap, call one use case, wrap."""

    def __init__(self, transfers: Transfers, calling_off: CallingOff, listing: Listing) -> None:
        self._transfers = transfers
        self._calling_off = calling_off
        self._listing = listing

    async def RequestTransfer(self, request: pb.RequestTransferRequest, context: Any) -> pb.RequestTransferResponse:
        asked = Request.of("TransferService/RequestTransfer", request)
        lines = wire_transfers.line_nos(request.line_nos)
        return await self._transfers.request(asked, _id(request), lines, request.reason)

    async def CallOffTransfer(self, request: pb.CallOffTransferRequest, context: Any) -> pb.CallOffTransferResponse:
        return await self._calling_off.call_off(Request.of("TransferService/CallOffTransfer", request), _id(request))

    async def ListPickups(self, request: pb.ListPickupsRequest, context: Any) -> pb.ListPickupsResponse:
        place = fields.code("location_id", request.location_id)
        return await self._listing.pickups(place, request.tab, request.page_size, request.page_token)


def _id(request: Any) -> str:
    return fields.identifier("fulfilment_id", request.fulfilment_id)
