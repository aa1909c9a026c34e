"""The terms of electronic invoices and their numbers, as headquarters see them."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, OrderId, Shown, Time, Version, eg, kinds
from gateway.http.shapes.invoiced import NUMBER, Period
from omo.order.v1 import invoice_pb2

PeriodPath = Annotated[int, Path(ge=201201, le=219911, examples=[202611])]


class InvoiceTerms(Shown):
    """The brand's terms of invoices."""

    version: Version
    enabled: Annotated[bool, eg(True)]
    seller_tax_id: Annotated[str, eg("04595257")]
    seller_name: Annotated[str, eg("和光股份有限公司")]
    moment: Annotated[str | None, kinds(invoice_pb2.InvoiceMoment, "HANDOVER")]
    number_sales: Annotated[bool, eg(True)]
    void_days: Annotated[int, eg(0)]
    upload_hours: Annotated[int, eg(48)]
    voucher_tax_classes: Annotated[list[str], eg(["voucher"])]


class TermsAnswer(Shown):
    """The terms in force."""

    terms: InvoiceTerms


class AskedTerms(Asked):
    """New terms, from now on."""

    enabled: Annotated[bool, eg(True)] = True
    seller_tax_id: Annotated[str, StringConstraints(max_length=64), eg("04595257")] = ""
    seller_name: Annotated[str, StringConstraints(max_length=60), eg("和光股份有限公司")] = ""
    moment: Annotated[
        str, StringConstraints(pattern="^(HANDOVER|CONFIRMATION)$"), kinds(invoice_pb2.InvoiceMoment, "HANDOVER")
    ] = "HANDOVER"
    number_sales: Annotated[bool, eg(True)] = False
    void_days: Annotated[int, Field(strict=True, ge=0, le=14), eg(0)] = 0
    upload_hours: Annotated[int, Field(strict=True, ge=1, le=168), eg(48)] = 48
    voucher_tax_classes: Annotated[list[str], Field(max_length=20), eg(["voucher"])] = []


class PutTerms(Asked):
    """The terms as they are to be, whole."""

    terms: AskedTerms


class InvoiceBlock(Shown):
    """A run of numbers from which one place draws."""

    block_id: Annotated[str, eg("0199a5c8-33cc-7d50-8b22-4e3f2a1b0c99")]
    period: Period
    track: Annotated[str, eg("AB")]
    first_number: Annotated[int, eg(12345650)]
    last_number: Annotated[int, eg(12345899)]
    location_id: Annotated[str | None, eg("TPE01", "None: online orders, and stores without a block of their own.")]
    terminal_id: Annotated[str | None, eg(None, "The till that draws from it; none: the server does.")]
    next_number: Annotated[int, eg(12345679, "The first that is not known to be used.")]


class BlockAnswer(Shown):
    """One block."""

    block: InvoiceBlock


class Blocks(Shown):
    """Blocks of numbers."""

    blocks: list[InvoiceBlock]


class AskedBlock(Asked):
    """A run of numbers, as the tax office gave it out."""

    period: Annotated[int, Field(strict=True, ge=201201, le=219911), eg(202611)]
    track: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), eg("AB", "Two capital letters.")]
    first_number: Annotated[int, Field(strict=True, ge=0, le=99_999_999), eg(12345650)]
    last_number: Annotated[int, Field(strict=True, ge=0, le=99_999_999), eg(12345899)]
    location_id: LocationId | None = None
    terminal_id: Annotated[str | None, StringConstraints(max_length=64), eg(None)] = None


class AllotNumbers(Asked):
    """To whom numbers are given."""

    block: AskedBlock


class InvoiceBlank(Shown):
    """Numbers that nobody drew."""

    first_number: Annotated[int, eg(12345700)]
    last_number: Annotated[int, eg(12345899)]


class InvoiceSpoiled(Shown):
    """A number that was drawn, stands on no invoice, and is issued no more."""

    number: Annotated[str, eg("AB12345680")]
    period: Period
    location_id: LocationId | None
    terminal_id: Annotated[str, eg("0199a5c0-0aaa-7b11-8c22-1d2e3f4a5b66")]
    reason: Annotated[str, eg("PAPER_TORN")]
    business_time: Time | None
    told_by: Annotated[str, eg("A102", "A staff code, or the id of a terminal or a user of headquarters.")]


class SpoilNumbers(Asked):
    """Numbers of a till's block that are on no invoice, such as on paper that was torn; all of them, or none."""

    numbers: Annotated[
        list[Annotated[str, StringConstraints(pattern="^[A-Z]{2}[0-9]{8}$")]],
        Field(min_length=1, max_length=100),
        eg(["AB12345680"], "As they are printed."),
    ]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("PAPER_TORN", "A code of the brand's.")]
    period: Annotated[int, Field(strict=True, ge=0, le=219911), eg(202611, "0: this one.")] = 0


class SpoiledNumbers(Shown):
    """They as they stand: of one that was told before, what was said first."""

    spoiled: list[InvoiceSpoiled]


class InvoiceNumbers(Shown):
    """What became of a block's numbers."""

    block: InvoiceBlock | None
    used: Annotated[int, eg(48)]
    voided: Annotated[int, eg(2)]
    blank: list[InvoiceBlank]
    spoiled: list[InvoiceSpoiled]


class InvoiceMisfit(Shown):
    """What somebody must look at."""

    order_id: OrderId
    terminal_id: Annotated[str | None, eg("0199a5c0-0aaa-7b11-8c22-1d2e3f4a5b66")]
    number: Annotated[str | None, eg(NUMBER, "As the till stated it.")]
    reason: Annotated[str, eg("NUMBER_NOT_ALLOTTED")]
    business_time: Time | None


class NumbersReport(Shown):
    """What became of every number of a period."""

    numbers: list[InvoiceNumbers]
    misfits: list[InvoiceMisfit]
