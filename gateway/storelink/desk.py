"""What order does at a counter, served to tills: handed on as it is, in the name of whoever is signed in."""

from typing import Any

from gateway.storelink.callers import Callers, asking
from kit.errors import invalid
from omo.order.v1 import counter_service_pb2 as pb
from omo.order.v1 import counter_service_pb2_grpc as rpc
from omo.order.v1 import transfer_service_pb2 as transfer_pb
from omo.order.v1 import transfer_service_pb2_grpc as transfer_rpc
from omo.order.v1 import tryout_service_pb2 as tryout_pb
from omo.order.v1 import tryout_service_pb2_grpc as tryout_rpc


class CounterDesk(rpc.CounterServiceServicer):
    """A till speaks for its own store."""

    def __init__(self, callers: Callers, order: Any) -> None:
        self._callers = callers
        self._order: rpc.CounterServiceAsyncStub = rpc.CounterServiceStub(order)

    async def HoldDelivery(self, request: pb.HoldDeliveryRequest, context: Any) -> pb.HoldDeliveryResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.HoldDelivery(request)

    async def ReleaseDelivery(self, request: pb.ReleaseDeliveryRequest, context: Any) -> pb.ReleaseDeliveryResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.ReleaseDelivery(request)

    async def PayOutUndelivered(
        self, request: pb.PayOutUndeliveredRequest, context: Any
    ) -> pb.PayOutUndeliveredResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.PayOutUndelivered(request)

    async def SettleVisit(self, request: pb.SettleVisitRequest, context: Any) -> pb.SettleVisitResponse:
        with asking(await self._callers.staff(context)) as caller:
            if request.location_id not in ("", caller.location_id):
                raise invalid("location_id", "must be the till's own store")
            request.location_id = caller.location_id
            return await self._order.SettleVisit(request)

    async def GetVisit(self, request: pb.GetVisitRequest, context: Any) -> pb.GetVisitResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.GetVisit(request)


class TryoutDesk(tryout_rpc.TryoutServiceServicer):
    """Goods that are laid out in the till's store."""

    def __init__(self, callers: Callers, order: Any) -> None:
        self._callers = callers
        self._order: tryout_rpc.TryoutServiceAsyncStub = tryout_rpc.TryoutServiceStub(order)

    async def ReserveTryout(
        self, request: tryout_pb.ReserveTryoutRequest, context: Any
    ) -> tryout_pb.ReserveTryoutResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.ReserveTryout(request)

    async def GetTryout(self, request: tryout_pb.GetTryoutRequest, context: Any) -> tryout_pb.GetTryoutResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.GetTryout(request)

    async def ListTryouts(self, request: tryout_pb.ListTryoutsRequest, context: Any) -> tryout_pb.ListTryoutsResponse:
        with asking(await self._callers.staff(context)) as caller:
            request.location_id = request.location_id or caller.location_id
            return await self._order.ListTryouts(request)

    async def ReadyTryout(self, request: tryout_pb.ReadyTryoutRequest, context: Any) -> tryout_pb.ReadyTryoutResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.ReadyTryout(request)

    async def BeginTryout(self, request: tryout_pb.BeginTryoutRequest, context: Any) -> tryout_pb.BeginTryoutResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.BeginTryout(request)

    async def ReleaseTryout(
        self, request: tryout_pb.ReleaseTryoutRequest, context: Any
    ) -> tryout_pb.ReleaseTryoutResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.ReleaseTryout(request)


class TransferDesk(transfer_rpc.TransferServiceServicer):
    """Pickups that the till's store lacks, and its list of them."""

    def __init__(self, callers: Callers, order: Any) -> None:
        self._callers = callers
        self._order: transfer_rpc.TransferServiceAsyncStub = transfer_rpc.TransferServiceStub(order)

    async def RequestTransfer(
        self, request: transfer_pb.RequestTransferRequest, context: Any
    ) -> transfer_pb.RequestTransferResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.RequestTransfer(request)

    async def CallOffTransfer(
        self, request: transfer_pb.CallOffTransferRequest, context: Any
    ) -> transfer_pb.CallOffTransferResponse:
        with asking(await self._callers.staff(context)):
            return await self._order.CallOffTransfer(request)

    async def ListPickups(
        self, request: transfer_pb.ListPickupsRequest, context: Any
    ) -> transfer_pb.ListPickupsResponse:
        with asking(await self._callers.staff(context)) as caller:
            request.location_id = request.location_id or caller.location_id
            return await self._order.ListPickups(request)
