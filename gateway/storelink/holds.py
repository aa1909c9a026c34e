"""What a till asks about goods that its store keeps for a shopper for a while."""

from typing import Any

from gateway.storelink.callers import Callers, asking
from gateway.storelink.receipts import TillReceipts
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as stock
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.storelink.v1 import till_service_pb2 as pb


class TillHolds(TillReceipts):
    """As the staff member where one is signed in, else as the device: stores touch what is held of their own goods."""

    def __init__(self, callers: Callers, member: Any, order_: Any, inventory: Any, attribution: Any) -> None:
        super().__init__(callers, member, order_, inventory, attribution)
        self._stock = stock_rpc.StockServiceStub(inventory)

    async def HoldStock(self, request: pb.HoldStockRequest, context: Any) -> pb.HoldStockResponse:
        """Of this store's stock, whatever the lines say."""
        with asking(await self._callers.staff(context)) as caller:
            held = await self._stock.Hold(
                stock.HoldRequest(
                    request_id=request.request_id,
                    member_id=request.member_id,
                    lines=[_here(line, caller.location_id) for line in request.lines],
                    ttl_seconds=request.ttl_seconds,
                    allow_partial=request.allow_partial,
                )
            )
        return pb.HoldStockResponse(hold=held.hold)

    async def ExtendStock(self, request: pb.ExtendStockRequest, context: Any) -> pb.ExtendStockResponse:
        """Moves its end."""
        asked = stock.ExtendHoldRequest(
            request_id=request.request_id, hold_id=request.hold_id, ttl_seconds=request.ttl_seconds
        )
        with asking(await self._callers.staff(context)):
            extended = await self._stock.ExtendHold(asked)
        return pb.ExtendStockResponse(hold=extended.hold)

    async def ReleaseStock(self, request: pb.ReleaseStockRequest, context: Any) -> pb.ReleaseStockResponse:
        """Gives it back."""
        asked = stock.ReleaseRequest(request_id=request.request_id, hold_id=request.hold_id, reason="till")
        with asking(await self._callers.staff(context)):
            released = await self._stock.Release(asked)
        return pb.ReleaseStockResponse(hold=released.hold)


def _here(line: stock_pb2.HoldLine, location_id: str) -> stock_pb2.HoldLine:
    asked = stock_pb2.HoldLine()
    asked.CopyFrom(line)
    asked.location_id = location_id
    return asked
