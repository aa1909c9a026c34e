"""Receipts and invoices as gRPC."""

from typing import Any

from kit import access, fields
from kit.access import Denied, Kind
from kit.requests import Request
from omo.order.v1 import invoice_service_pb2 as pb
from omo.order.v1 import invoice_service_pb2_grpc as rpc
from services.order.invoices.usecases_book import Book
from services.order.invoices.usecases_desk import Desk
from services.order.invoices.usecases_spoil import Spoils

_MOST = 64


class InvoiceServicer(rpc.InvoiceServiceServicer):
    """InvoiceService: unwrap, call one use case, wrap."""

    def __init__(self, book: Book, desk: Desk, spoils: Spoils) -> None:
        self._book = book
        self._desk = desk
        self._spoils = spoils

    async def GetReceipt(self, request: pb.GetReceiptRequest, context: Any) -> pb.GetReceiptResponse:
        return pb.GetReceiptResponse(receipt=await self._book.receipt(*_named(request)))

    async def PrintReceipt(self, request: pb.PrintReceiptRequest, context: Any) -> pb.PrintReceiptResponse:
        return pb.PrintReceiptResponse(document=await self._book.print(*_named(request)))

    async def ListInvoices(self, request: pb.ListInvoicesRequest, context: Any) -> pb.ListInvoicesResponse:
        if request.order_id:
            name = fields.text("order_id", request.order_id, _MOST)
            return pb.ListInvoicesResponse(invoices=await self._book.of_order(name))
        if access.current().kind not in (Kind.HQ, Kind.SERVICE):
            raise Denied("only headquarters see those of all orders", field="order_id")
        return await self._desk.late(request.page_size, request.page_token)

    async def RetryInvoices(self, request: pb.RetryInvoicesRequest, context: Any) -> pb.RetryInvoicesResponse:
        order_id = fields.identifier("order_id", request.order_id)
        return await self._desk.retry(Request.of("InvoiceService/RetryInvoices", request), order_id)

    async def GetInvoiceTerms(self, request: pb.GetInvoiceTermsRequest, context: Any) -> pb.GetInvoiceTermsResponse:
        return await self._desk.terms()

    async def PutInvoiceTerms(self, request: pb.PutInvoiceTermsRequest, context: Any) -> pb.PutInvoiceTermsResponse:
        return await self._desk.put_terms(Request.of("InvoiceService/PutInvoiceTerms", request), request)

    async def AllotNumbers(self, request: pb.AllotNumbersRequest, context: Any) -> pb.AllotNumbersResponse:
        return await self._desk.allot(Request.of("InvoiceService/AllotNumbers", request), request)

    async def ListBlocks(self, request: pb.ListBlocksRequest, context: Any) -> pb.ListBlocksResponse:
        return await self._desk.blocks(request.period)

    async def ReportNumbers(self, request: pb.ReportNumbersRequest, context: Any) -> pb.ReportNumbersResponse:
        return await self._desk.report(request.period)

    async def SpoilNumbers(self, request: pb.SpoilNumbersRequest, context: Any) -> pb.SpoilNumbersResponse:
        return await self._spoils.tell(Request.of("InvoiceService/SpoilNumbers", request), request)

    async def ExportInvoices(self, request: pb.ExportInvoicesRequest, context: Any) -> pb.ExportInvoicesResponse:
        return await self._desk.export(request)


def _named(request: pb.GetReceiptRequest | pb.PrintReceiptRequest) -> tuple[str, str]:
    """By the order's name or the receipt's code."""
    code = fields.text("code", request.code, _MOST, empty=True)
    return fields.text("order_id", request.order_id, _MOST, empty=bool(code)), code
