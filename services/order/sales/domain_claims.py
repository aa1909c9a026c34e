"""Claiming a receipt: what proves that somebody has it, for how long, and how often anybody may be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault

# wrong receipts in so long; a slip of the finger each, or somebody trying numbers
MISSES = ((5, timedelta(hours=1)), (10, timedelta(days=1)))
KEPT = timedelta(days=1)


class SaleUnknown(Fault):
    """No sale to nobody known has that number, day and total."""

    code = Code.NOT_FOUND
    reason = "SALE_UNKNOWN"


class SaleTaken(Fault):
    """The sale is somebody else's."""

    code = Code.ALREADY_EXISTS
    reason = "SALE_TAKEN"


class ClaimLimited(Fault):
    """Too many receipts were wrong."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "CLAIM_LIMITED"


class Proof(StrEnum):
    """Why a sale is believed to be somebody's."""

    RECEIPT = "RECEIPT"
    CARRIER = "CARRIER"
    STAFF = "STAFF"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What somebody says of a sale, by its number or by a carrier; None where it was not asked for."""

    receipt_no: str
    carrier: str = ""
    day: date | None = None
    grand_total: int | None = None
    location_id: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """When what the receipt says may have been; nothing older than `oldest` is to be had."""

    oldest: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """By what a sale is looked for: its receipt's words, and what they may be besides a number that was printed."""

    receipt: Receipt
    order_id: str | None
    # of an electronic invoice, and the periods in which it may have been issued
    invoice_no: str
    periods: Sequence[int]
    carrier_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Sold:
    """A store sale as far as a claim cares."""

    order_id: str
    member_id: str | None
    location_id: str
    business_time: datetime
    grand_total: int
    currency: str


def named_by(receipt: Receipt) -> str:
    """The field by which the sale was named."""
    return "carrier" if receipt.carrier else "receipt_no"


def chosen(found: Sequence[Sold], member_id: str, field: str) -> Sold | None:
    """Of sales that fit, the one that is meant: one that nobody has, else the member's own; None if that is not clear.

    No rule makes receipt numbers unique, so two that fit are nobody's to
    choose from: staff look at the receipt's code.
    """
    free = [sold for sold in found if sold.member_id is None]
    own = [sold for sold in found if sold.member_id == member_id]
    if len(free) + len(own) > 1:
        return None
    if free or own:
        return (*free, *own)[0]
    if found:
        raise SaleTaken("the sale is another member's", field=field)
    return None
