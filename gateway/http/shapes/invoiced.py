"""Receipts and electronic invoices of Taiwan, as every audience is shown them."""

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

from gateway.http.shapes.credited import UnitRef
from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    Money,
    NextPage,
    OrderId,
    Shown,
    Sku,
    StaffCode,
    Time,
    eg,
    kinds,
    price,
    said,
)
from omo.order.v1 import invoice_pb2
from omo.type.v1 import invoice_pb2 as buyer_pb2

INVOICE = "0199a5c8-22bb-7c40-9a11-3d2e1f0a9b88"
NUMBER, CODE = "AB12345678", "R1.AZmlwlGzepCMDmsdLj9KVXxk0pY9o3ZPcQ"
CodePath = Annotated[str, Path(min_length=1, max_length=64, examples=[CODE], description="As its QR code holds it.")]
Period = Annotated[int, eg(202611, "The two-month period, by its first month.")]
_CARRIER = "MOBILE_BARCODE, CITIZEN_CERTIFICATE or MEMBER; none: on paper, or donated."


class InvoiceBuyer(Asked):
    """What a buyer in Taiwan says about his invoice. Kept sealed, shown masked."""

    carrier_kind: Annotated[
        str | None,
        StringConstraints(pattern="^(MOBILE_BARCODE|CITIZEN_CERTIFICATE|MEMBER)$"),
        eg("MOBILE_BARCODE", _CARRIER),
    ] = None
    carrier: Annotated[str, StringConstraints(max_length=64), eg("/ABC+123", "Of the first two kinds.")] = ""
    donation_code: Annotated[str, StringConstraints(max_length=64), eg("", "愛心碼: three to seven digits.")] = ""
    tax_id: Annotated[str, StringConstraints(max_length=64), eg("", "統一編號 of a business: eight digits.")] = ""
    print: Annotated[bool | None, eg(None, "On paper; none: as the rest says.")] = None


class InvoiceUpload(Shown):
    """Where a document's newest step stands at the provider."""

    verb: Annotated[str, eg("ISSUE", "ISSUE, VOID, ALLOW or VOID_ALLOWANCE.")]
    state: Annotated[str | None, kinds(invoice_pb2.InvoiceUploadState, "DONE")]
    code: Annotated[str | None, eg(None, "The provider's own word where it refused.")]
    due_time: Annotated[Time | None, eg("2026-11-05T06:30:00.000Z", "By when it must have arrived.")]
    late: Annotated[bool, eg(False, "It has not arrived, or was refused.")]


class InvoiceLine(Shown):
    """A run of sold units on an invoice."""

    unit: UnitRef | None
    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(1, "Base units.")]
    amount: Annotated[Money | None, price(12160, "With tax.")]
    tax_amount: Annotated[Money | None, price(579, "The tax inside.")]


class InvoiceAllowance(Shown):
    """What an invoice of an earlier period is lessened by."""

    allowance_id: Annotated[str, eg(INVOICE, "Its id.")]
    number: Annotated[str, eg(f"{NUMBER}01", "The invoice's number and two digits.")]
    state: Annotated[str | None, kinds(invoice_pb2.InvoiceState, "ISSUED")]
    issue_time: Annotated[Time | None, eg("2026-11-03T06:30:00.000Z", "When it was issued.")]
    amount: Annotated[Money | None, price(12160, "With tax.")]
    tax_amount: Annotated[Money | None, price(579)]
    lines: list[InvoiceLine]
    upload: InvoiceUpload | None


class OrderInvoice(Shown):
    """An electronic invoice, without what stands on it."""

    invoice_id: Annotated[str, eg(INVOICE)]
    number: Annotated[str, eg(NUMBER, "As it is printed: two letters and eight digits.")]
    random_code: Annotated[str, eg("1234")]
    period: Period
    state: Annotated[str | None, kinds(invoice_pb2.InvoiceState, "ISSUED")]
    issue_time: Annotated[Time | None, eg("2026-11-03T06:30:00.000Z", "When it was issued.")]
    total: Annotated[Money | None, price(12160, "What it is worth, with tax.")]
    allowed: Annotated[Money | None, price(0, "What allowances took off.")]
    carrier_kind: Annotated[str | None, kinds(buyer_pb2.CarrierKind, "MOBILE_BARCODE", _CARRIER)]
    masked_carrier: Annotated[str | None, eg("/AB*****")]
    masked_tax_id: Annotated[str | None, eg(None)]
    donation_code: Annotated[str | None, eg(None)]


class Invoice(OrderInvoice):
    """An electronic invoice of Taiwan."""

    order_id: OrderId
    void_time: Annotated[Time | None, eg(None)]
    void_reason: Annotated[str | None, eg(None)]
    sales_amount: Annotated[Money | None, price(12160, "Without tax where the buyer is a business.")]
    tax_amount: Annotated[Money | None, price(0, "Stated only where the buyer is a business.")]
    free_amount: Annotated[Money | None, price(0, "The part that carries no tax.")]
    print: Annotated[bool, eg(False, "On paper.")]
    barcode: Annotated[str | None, eg(None, "Of the Code 39 on paper.")]
    left_qr: Annotated[str | None, eg(None, "Of the left QR code on paper.")]
    right_qr: Annotated[str | None, eg(None, "Of the right QR code on paper.")]
    lines: list[InvoiceLine]
    allowances: list[InvoiceAllowance]
    replaces_invoice_id: Annotated[str | None, eg(None, "The voided invoice whose remainder it is.")]
    upload: InvoiceUpload | None
    location_id: LocationId | None
    terminal_id: Annotated[str | None, eg(None, "The till that drew the number.")]


class InvoicePage(Shown):
    """Invoices."""

    invoices: list[Invoice]
    next_page_token: NextPage


class TaxPart(Shown):
    """The part of a receipt that carries tax at one rate."""

    rate_bp: Annotated[int, eg(500, "Basis points: 500 is 5 %.")]
    base: Annotated[Money | None, price(11581, "Without the tax.")]
    tax: Annotated[Money | None, price(579)]


class ReceiptPoints(Shown):
    """A member's points, as they were when it was sold; what it earned is in his own book."""

    spent: Annotated[int, eg(300, "How many were spent on it.")]
    earns_on: Annotated[Money | None, price(4136, "What points are earned on, with what rules add.")]


class ReceiptHead(Shown):
    """What stands on a receipt beside its lines."""

    brand_name: Annotated[str | None, eg("和光股份有限公司")]
    brand_tax_id: Annotated[str | None, eg("04595257")]
    location_name: Annotated[str | None, eg("台北信義")]
    cashier_staff_code: StaffCode | None
    taxes: list[TaxPart]
    invoices: list[Invoice]
    code: Annotated[str, eg(CODE, "Printed as a QR code: finds this sale again at any till.")]
    points: Annotated[ReceiptPoints | None, said("His, where a member bought.")]
