"""Receipts at the counter: by the code on them, or by the order; and numbers that are on none."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import OrderPath
from gateway.http.shapes.invoice_numbers import SpoiledNumbers, SpoilNumbers
from gateway.http.shapes.invoiced import CodePath, InvoicePage
from gateway.http.shapes.receipts import ReceiptAnswer
from gateway.http.shop.receipts import PDF, listed, printed
from omo.order.v1 import invoice_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: orders"])


@router.get("/v1/staff/receipts/{code}", operation_id="find_receipt", response_model=ReceiptAnswer)
async def find_receipt(code: CodePath, ask: Asking) -> Response:
    """The sale whose receipt carries this code, wherever it was sold: who holds it may see it."""
    return asking.answer(ReceiptAnswer, await ask(ask.to.invoices.GetReceipt, pb.GetReceiptRequest(code=code)))


@router.get("/v1/staff/orders/{order_id}/receipt", operation_id="get_store_receipt", response_model=ReceiptAnswer)
async def get_store_receipt(order_id: OrderPath, ask: Asking) -> Response:
    """The receipt of an order or sale of one's stores, to be printed again."""
    return asking.answer(ReceiptAnswer, await ask(ask.to.invoices.GetReceipt, pb.GetReceiptRequest(order_id=order_id)))


@router.get(
    "/v1/staff/orders/{order_id}/receipt.pdf",
    operation_id="print_store_receipt",
    response_class=Response,
    responses=PDF,
)
async def print_store_receipt(order_id: OrderPath, ask: Asking) -> Response:
    """The same as a PDF."""
    return await printed(order_id, ask)


@router.get("/v1/staff/orders/{order_id}/invoices", operation_id="list_store_invoices", response_model=InvoicePage)
async def list_store_invoices(order_id: OrderPath, ask: Asking) -> Response:
    """The electronic invoices of an order or sale of one's stores."""
    return await listed(order_id, ask)


@router.post("/v1/staff/invoice-numbers/spoil", operation_id="spoil_invoice_numbers", response_model=SpoiledNumbers)
async def spoil_invoice_numbers(body: SpoilNumbers, ask: Asking) -> Response:
    """Numbers of one's store's tills that are on no invoice: the report of their period names them.

    The same again, or by somebody else, changes nothing; one that is on an invoice is refused.
    """
    request = translation.fill(pb.SpoilNumbersRequest(request_id=ask.key), body)
    return asking.answer(SpoiledNumbers, await ask(ask.to.invoices.SpoilNumbers, request))
