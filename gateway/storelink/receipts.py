"""What a till asks about receipts: which sale a code belongs to, and which numbers are on none."""

from typing import Any

from gateway.storelink.callers import Callers, asking
from gateway.storelink.carts import TillCarts
from omo.order.v1 import invoice_service_pb2 as invoices
from omo.order.v1 import invoice_service_pb2_grpc as invoices_rpc
from omo.storelink.v1 import till_service_pb2 as pb


class TillReceipts(TillCarts):
    """As the terminal: whoever holds a receipt may bring its goods back at any till."""

    def __init__(self, callers: Callers, member: Any, order_: Any, inventory: Any, attribution: Any) -> None:
        super().__init__(callers, member, order_, inventory, attribution)
        self._receipts = invoices_rpc.InvoiceServiceStub(order_)

    async def FindReceipt(self, request: pb.FindReceiptRequest, _context: Any) -> pb.FindReceiptResponse:
        """By the code on it, or by its number in this store."""
        with asking(None):
            found = await self._receipts.GetReceipt(invoices.GetReceiptRequest(code=request.code))
        return pb.FindReceiptResponse(receipt=found.receipt)

    async def SpoilInvoiceNumbers(
        self, request: pb.SpoilInvoiceNumbersRequest, context: Any
    ) -> pb.SpoilInvoiceNumbersResponse:
        """Whoever is signed in says it, else the till does by itself."""
        told = invoices.SpoilNumbersRequest(
            request_id=request.request_id, period=request.period, numbers=request.numbers, reason=request.reason
        )
        with asking(await self._callers.staff(context)):
            kept = await self._receipts.SpoilNumbers(told)
        return pb.SpoilInvoiceNumbersResponse(spoiled=kept.spoiled)
