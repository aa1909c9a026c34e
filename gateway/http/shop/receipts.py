"""A shopper's receipts and invoices: kept in the app, or taken along as a PDF."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.fields import OrderPath
from gateway.http.shapes.invoiced import Invoice, InvoicePage
from gateway.http.shapes.receipts import ReceiptAnswer
from omo.order.v1 import invoice_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Orders"])

_PDF = "application/pdf"
# how a route says that it answers with a document
PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "The receipt.", "content": {_PDF: {"schema": {"type": "string"}, "example": "%PDF-1.4 …"}}}
}


@router.get("/v1/orders/{order_id}/receipt", operation_id="get_receipt", response_model=ReceiptAnswer)
async def get_receipt(order_id: OrderPath, ask: Asking) -> Response:
    """The receipt of one of the shopper's orders, with its invoices."""
    return asking.answer(ReceiptAnswer, await ask(ask.to.invoices.GetReceipt, pb.GetReceiptRequest(order_id=order_id)))


@router.get("/v1/orders/{order_id}/receipt.pdf", operation_id="print_receipt", response_class=Response, responses=PDF)
async def print_receipt(order_id: OrderPath, ask: Asking) -> Response:
    """The same as a PDF."""
    return await printed(order_id, ask)


@router.get("/v1/orders/{order_id}/invoices", operation_id="list_my_invoices", response_model=InvoicePage)
async def list_my_invoices(order_id: OrderPath, ask: Asking) -> Response:
    """The electronic invoices of one of the shopper's orders, newest first."""
    return await listed(order_id, ask)


async def printed(order_id: str, ask: Ask) -> Response:
    """A receipt as a document."""
    found = await ask(ask.to.invoices.PrintReceipt, pb.PrintReceiptRequest(order_id=order_id))
    head = {"Content-Disposition": "inline; filename=receipt.pdf", "Cache-Control": "no-store"}
    return Response(found.document, media_type=_PDF, headers=head)


async def listed(order_id: str, ask: Ask) -> Response:
    """An order's invoices."""
    found = await ask(ask.to.invoices.ListInvoices, pb.ListInvoicesRequest(order_id=order_id))
    return asking.page(Invoice, "invoices", found.invoices, found.next_page_token)
