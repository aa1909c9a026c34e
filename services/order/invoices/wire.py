"""Invoices, blocks and terms between protobuf and order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import fields
from kit.errors import invalid
from omo.order.v1 import invoice_events_pb2 as events
from omo.order.v1 import invoice_pb2 as messages
from omo.order.v1 import invoice_service_pb2 as pb
from omo.type.v1 import event_pb2, unit_pb2
from services.order.checkout.wire import money
from services.order.invoices import domain_amounts, printing
from services.order.invoices.domain import Allowance, Handing, Invoice, Kept, Line, Moment, State
from services.order.invoices.domain_numbers import Block
from services.order.invoices.domain_report import Misfit, Numbers, Row, Spoiled
from services.order.invoices.domain_terms import Terms
from services.order.invoices.wire_buyer import CARRIERS

_STATES = {one: messages.InvoiceState.Value(f"INVOICE_STATE_{one}") for one in State}
_MOMENTS = {one: messages.InvoiceMoment.Value(f"INVOICE_MOMENT_{one}") for one in Moment}
_BY_MOMENT: dict[int, Moment] = {int(number): one for one, number in _MOMENTS.items()}


@dataclass(frozen=True, slots=True)
class Beside:
    """What an invoice is shown with: its buyer, where its documents are, whose it is, by which clock and key."""

    kept: Kept
    handed: Mapping[str, Handing]
    terms: Terms
    tax_id: str
    zone: ZoneInfo
    key: bytes | None
    now: datetime
    currency: str
    lines: bool = True


def invoice(given: Invoice, beside: Beside) -> messages.Invoice:
    """An invoice as the API shows it: carrier and tax id masked, its codes only where it is printed."""
    left, right = _codes(given, beside)
    currency = beside.currency
    return messages.Invoice(
        invoice_id=given.invoice_id,
        order_id=given.order_id,
        number=given.number,
        period=given.period,
        random_code=given.random_code,
        state=_STATES[given.state],
        issue_time=fields.timestamp(given.issue_time),
        void_time=fields.timestamp(given.void_time) if given.void_time else None,
        void_reason=given.void_reason,
        total=money(given.total, currency),
        sales_amount=money(given.sales, currency),
        tax_amount=money(given.tax, currency),
        free_amount=money(given.free, currency),
        allowed=money(given.allowed, currency),
        carrier_kind=CARRIERS[given.carrier_kind],  # type: ignore[arg-type]
        masked_carrier=beside.kept.masked_carrier if given.carrier_kind else "",
        masked_tax_id=beside.kept.masked_tax_id if given.business else "",
        donation_code=given.donation_code,
        print=given.print,
        barcode=printing.barcode(given) if given.print else "",
        left_qr=left,
        right_qr=right,
        lines=[_line(one, given.order_id, currency) for one in given.lines] if beside.lines else None,
        allowances=[_allowance(one, given, beside) for one in given.allowances],
        replaces_invoice_id=given.replaces or "",
        upload=_upload(beside.handed.get(given.invoice_id), beside.now),
        location_id=given.location_id,
        terminal_id=given.terminal_id,
    )


def terms(given: messages.InvoiceTerms, version: int) -> Terms:
    """The brand's terms as their author wrote them."""
    return Terms(
        version,
        given.enabled,
        given.seller_tax_id,
        given.seller_name.strip(),
        _BY_MOMENT.get(given.moment, Moment.HANDOVER),
        given.number_sales,
        given.void_days,
        given.upload_hours,
        tuple(given.voucher_tax_classes),
    )


def shown_terms(given: Terms) -> messages.InvoiceTerms:
    """The terms in force."""
    return messages.InvoiceTerms(
        version=given.version,
        enabled=given.enabled,
        seller_tax_id=given.seller_tax_id,
        seller_name=given.seller_name,
        moment=_MOMENTS[given.moment],
        number_sales=given.number_sales,
        void_days=given.void_days,
        upload_hours=given.upload_hours,
        voucher_tax_classes=given.voucher_tax_classes,
    )


def asked_block(given: messages.InvoiceBlock, block_id: str) -> Block:
    """A block that is to be allotted."""
    for name in ("location_id", "terminal_id"):
        if getattr(given, name):
            fields.code(f"block.{name}", getattr(given, name))
    if given.block_id or given.next_number:
        raise invalid("block.block_id", "must be empty, and next_number too: order sets both")
    return Block(
        block_id, given.period, given.track, given.first_number, given.last_number, given.location_id,
        given.terminal_id, given.first_number,
    )  # fmt: skip


def block(given: Block) -> messages.InvoiceBlock:
    """A block as everybody sees it."""
    return messages.InvoiceBlock(
        block_id=given.block_id,
        period=given.period,
        track=given.track,
        first_number=given.first,
        last_number=given.last,
        location_id=given.location_id,
        terminal_id=given.terminal_id,
        next_number=given.next,
    )


def block_changed(given: Block, at: datetime) -> events.InvoiceBlockChanged:
    """Tills hear of their numbers."""
    meta = event_pb2.EventMeta(aggregate_id=given.block_id, sequence=given.version, business_time=fields.timestamp(at))
    return events.InvoiceBlockChanged(meta=meta, block=block(given))


def numbers(given: Numbers) -> messages.InvoiceNumbers:
    """What became of a block's numbers."""
    return messages.InvoiceNumbers(
        block=block(given.block),
        used=given.used,
        voided=given.voided,
        blank=[messages.InvoiceBlank(first_number=first, last_number=last) for first, last in given.blank],
        spoiled=[spoiled(one) for one in given.spoiled],
    )


def spoiled(given: Spoiled) -> messages.InvoiceSpoiled:
    """A number that nobody issues any more."""
    return messages.InvoiceSpoiled(
        number=given.number,
        period=given.period,
        location_id=given.location_id,
        terminal_id=given.terminal_id,
        reason=given.reason,
        business_time=fields.timestamp(given.business_time),
        told_by=given.told_by,
    )


def misfit(given: Misfit) -> messages.InvoiceMisfit:
    """What a till stated and nobody could keep so."""
    return messages.InvoiceMisfit(
        order_id=given.order_id,
        terminal_id=given.terminal_id,
        number=given.number,
        reason=given.reason,
        business_time=fields.timestamp(given.business_time),
    )


def row(given: Row) -> pb.InvoiceRow:
    """A document as a row of a table."""
    return pb.InvoiceRow(
        document=given.document,
        number=given.number,
        random_code=given.random_code,
        state=given.state,
        issue_time=fields.timestamp(given.issue_time),
        void_time=fields.timestamp(given.void_time) if given.void_time else None,
        order_id=given.order_id,
        order_no=given.order_no,
        location_id=given.location_id,
        terminal_id=given.terminal_id,
        business=given.business,
        donation_code=given.donation_code,
        sales_amount=given.sales,
        tax_amount=given.tax,
        free_amount=given.free,
        total=given.total,
        upload=given.upload,
    )


def _codes(given: Invoice, beside: Beside) -> tuple[str, str]:
    if not given.print:
        return "", ""
    day = given.issue_time.astimezone(beside.zone).date()
    return printing.qr_codes(given, day, beside.terms.seller_tax_id, beside.tax_id, beside.key)


def _line(one: Line, order_id: str, currency: str) -> messages.InvoiceLine:
    measure = one.quantity if one.by_measure else 0
    return messages.InvoiceLine(
        unit=unit_pb2.UnitRef(order_id=order_id, line_no=one.line_no, first=one.first, last=one.last, measure=measure),
        sku=one.sku,
        name=one.name,
        quantity=one.quantity,
        amount=money(one.amount, currency),
        tax_amount=money(domain_amounts.inside(one.amount, one.rate_bp), currency),
    )


def _allowance(one: Allowance, given: Invoice, beside: Beside) -> messages.InvoiceAllowance:
    return messages.InvoiceAllowance(
        allowance_id=one.allowance_id,
        number=one.number,
        state=_STATES[one.state],
        issue_time=fields.timestamp(one.issue_time),
        amount=money(one.amount, beside.currency),
        tax_amount=money(one.tax, beside.currency),
        lines=[_line(line, given.order_id, beside.currency) for line in one.lines] if beside.lines else None,
        upload=_upload(beside.handed.get(one.allowance_id), beside.now),
    )


def _upload(given: Handing | None, now: datetime) -> messages.InvoiceUpload | None:
    if given is None:
        return None
    return messages.InvoiceUpload(
        verb=given.verb,
        state=messages.InvoiceUploadState.Value(f"INVOICE_UPLOAD_STATE_{given.state}"),
        code=given.code,
        due_time=fields.timestamp(given.due_time),
        late=given.late(now),
    )


def rows(given: Iterable[Row]) -> list[pb.InvoiceRow]:
    """Documents as rows."""
    return [row(one) for one in given]
