"""What became of a period's numbers and documents."""

from dataclasses import dataclass
from datetime import datetime

from services.order.invoices.domain_numbers import Block


@dataclass(frozen=True, slots=True)
class Numbers:
    """What became of a block's numbers."""

    block: Block
    used: int
    voided: int
    blank: list[tuple[int, int]]
    spoiled: list["Spoiled"]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A number that was drawn and stands on no invoice, as its store said."""

    number: str
    period: int
    block_id: str
    location_id: str
    terminal_id: str
    reason: str
    business_time: datetime
    told_by: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a till stated, or order lacks, and why nobody could keep it so."""

    order_id: str
    terminal_id: str
    number: str
    reason: str
    business_time: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """An invoice or an allowance."""

    document: str
    number: str
    random_code: str
    state: str
    issue_time: datetime
    void_time: datetime | None
    order_id: str
    order_no: str
    location_id: str
    terminal_id: str
    business: bool
    donation_code: str
    sales: int
    tax: int
    free: int
    total: int
    upload: str
