"""Goods that are paid for now and taken later: what a pack is, and what its end gives back."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from kit.errors import Code, Fault


class InvoiceTiming(IntEnum):
    """When the invoice is written; the numbers are those of the contract."""

    AT_PURCHASE = 1
    AT_REDEMPTION = 2


class RefundTo(IntEnum):
    """Where the refund of a pack's end goes; the numbers are those of the contract."""

    CREDIT = 1
    TENDER = 2


class ProgramUnknown(Fault):
    """There is no such programme, or it is not sold now."""

    code = Code.NOT_FOUND
    reason = "CAMPAIGN_UNKNOWN"


class SoldByLine(Fault):
    """A line of an order sells it, which says what it costs."""

    code = Code.FAILED_PRECONDITION
    reason = "PREPAID_SOLD_BY_LINE"


@dataclass(frozen=True, slots=True)
class Program:
    """A pack as it is sold."""

    program_id: str
    name: str
    sku: str
    units: int
    price: int
    list_price: int
    valid_days: int
    upgrade_skus: tuple[str, ...]
    giftable: bool
    invoice_timing: InvoiceTiming
    active: bool
    refund_to: RefundTo = RefundTo.CREDIT
    # the good by whose lines it is sold; empty: staff sell it by itself
    pack_sku: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was sold."""

    pack_id: str
    program_id: str
    buyer_id: str
    location_id: str
    order_id: str | None
    units: int
    paid: int
    list_price: int
    invoice_timing: InvoiceTiming
    sale_time: datetime
    expire_time: datetime
    refund: int = 0
    end_time: datetime | None = None
    refund_to: RefundTo = RefundTo.CREDIT
    # of the order that sold it; 0: it was sold by itself
    line_no: int = 0


def refund(paid: int, list_price: int, redeemed: int) -> int:
    """What the end of a pack gives back: what was taken counts at the price of a single unit (features M17).

    1,600 for twenty that cost 110 each, five taken: 1,050.
    """
    return max(paid - list_price * redeemed, 0)


def breakage(paid: int, refunded: int, units: int, redeemed: int) -> int:
    """What is kept of an ended pack beyond the part that the taken units paid."""
    return paid - refunded - paid * redeemed // units
