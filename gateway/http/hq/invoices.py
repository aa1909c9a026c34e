"""Headquarters: electronic invoices, their numbers, and the terms by which they are issued."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import OrderPath, PageSize, PageToken
from gateway.http.shapes.invoice_numbers import (
    AllotNumbers,
    BlockAnswer,
    Blocks,
    NumbersReport,
    PeriodPath,
    PutTerms,
    SpoiledNumbers,
    SpoilNumbers,
    TermsAnswer,
)
from gateway.http.shapes.invoiced import Invoice, InvoicePage
from gateway.http.shapes.receipts import ReceiptAnswer
from gateway.http.shop.receipts import PDF, listed, printed
from omo.order.v1 import invoice_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: invoices"])


@router.get("/v1/hq/orders/{order_id}/receipt", operation_id="get_any_receipt", response_model=ReceiptAnswer)
async def get_any_receipt(order_id: OrderPath, ask: Asking) -> Response:
    """The receipt of any order or sale."""
    return asking.answer(ReceiptAnswer, await ask(ask.to.invoices.GetReceipt, pb.GetReceiptRequest(order_id=order_id)))


@router.get(
    "/v1/hq/orders/{order_id}/receipt.pdf", operation_id="print_any_receipt", response_class=Response, responses=PDF
)
async def print_any_receipt(order_id: OrderPath, ask: Asking) -> Response:
    """The same as a PDF."""
    return await printed(order_id, ask)


@router.get("/v1/hq/orders/{order_id}/invoices", operation_id="list_invoices", response_model=InvoicePage)
async def list_invoices(order_id: OrderPath, ask: Asking) -> Response:
    """The electronic invoices of any order, newest first."""
    return await listed(order_id, ask)


@router.post("/v1/hq/orders/{order_id}/invoices/retry", operation_id="retry_invoices", response_model=InvoicePage)
async def retry_invoices(order_id: OrderPath, ask: Asking) -> Response:
    """Settles what stands open, and asks the provider again, where it refused too."""
    request = pb.RetryInvoicesRequest(request_id=ask.key, order_id=order_id)
    found = await ask(ask.to.invoices.RetryInvoices, request)
    return asking.page(Invoice, "invoices", found.invoices, "")


@router.get("/v1/hq/invoices/late", operation_id="list_late_invoices", response_model=InvoicePage)
async def list_late_invoices(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Invoices of orders of which something has not arrived at the provider in time, or was refused."""
    request = pb.ListInvoicesRequest(late=True, page_size=page_size, page_token=page_token)
    found = await ask(ask.to.invoices.ListInvoices, request)
    return asking.page(Invoice, "invoices", found.invoices, found.next_page_token)


@router.get("/v1/hq/invoice-terms", operation_id="get_invoice_terms", response_model=TermsAnswer)
async def get_invoice_terms(ask: Asking) -> Response:
    """The terms in force."""
    return asking.answer(TermsAnswer, await ask(ask.to.invoices.GetInvoiceTerms, pb.GetInvoiceTermsRequest()))


@router.put("/v1/hq/invoice-terms", operation_id="put_invoice_terms", response_model=TermsAnswer)
async def put_invoice_terms(body: PutTerms, ask: Asking) -> Response:
    """New terms, from now on. Without `enabled` no order has an invoice."""
    request = translation.fill(pb.PutInvoiceTermsRequest(request_id=ask.key), body)
    return asking.answer(TermsAnswer, await ask(ask.to.invoices.PutInvoiceTerms, request))


@router.get("/v1/hq/invoice-blocks", operation_id="list_invoice_blocks", response_model=Blocks)
async def list_invoice_blocks(
    ask: Asking,
    period: Annotated[int, Query(ge=0, le=219911, examples=[202611], description="0: this period and the next.")] = 0,
) -> Response:
    """To whom which numbers are given."""
    return asking.answer(Blocks, await ask(ask.to.invoices.ListBlocks, pb.ListBlocksRequest(period=period)))


@router.post(
    "/v1/hq/invoice-blocks",
    operation_id="allot_invoice_numbers",
    response_model=BlockAnswer,
    status_code=status.HTTP_201_CREATED,
)
async def allot_invoice_numbers(body: AllotNumbers, ask: Asking) -> Response:
    """Gives a run of numbers to one place; a till hears of its own by the store stream."""
    request = translation.fill(pb.AllotNumbersRequest(request_id=ask.key), body)
    reply = await ask(ask.to.invoices.AllotNumbers, request)
    return asking.answer(BlockAnswer, reply, status.HTTP_201_CREATED)


@router.post("/v1/hq/invoice-numbers/spoil", operation_id="spoil_any_invoice_numbers", response_model=SpoiledNumbers)
async def spoil_any_invoice_numbers(body: SpoilNumbers, ask: Asking) -> Response:
    """Numbers of any till that are on no invoice, however late it is told."""
    request = translation.fill(pb.SpoilNumbersRequest(request_id=ask.key), body)
    return asking.answer(SpoiledNumbers, await ask(ask.to.invoices.SpoilNumbers, request))


@router.get(
    "/v1/hq/invoice-periods/{period}/numbers", operation_id="report_invoice_numbers", response_model=NumbersReport
)
async def report_invoice_numbers(period: PeriodPath, ask: Asking) -> Response:
    """What became of every number of a period: used, voided, spoiled, blank; and what tills stated that misfits."""
    return asking.answer(
        NumbersReport, await ask(ask.to.invoices.ReportNumbers, pb.ReportNumbersRequest(period=period))
    )
