"""What an electronic invoice of Taiwan is: whose, of which units, under which number, and how far it was handed in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.fulfilment.domain_units import Run


class Carrier(StrEnum):
    """Where an invoice is kept for its buyer; empty: on paper, or given away."""

    NONE = ""
    MOBILE_BARCODE = "MOBILE_BARCODE"
    CITIZEN_CERTIFICATE = "CITIZEN_CERTIFICATE"
    MEMBER = "MEMBER"


class Moment(StrEnum):
    """When online orders get their invoice."""

    HANDOVER = "HANDOVER"
    CONFIRMATION = "CONFIRMATION"


class State(StrEnum):
    """Where an invoice or an allowance stands."""

    ISSUED = "ISSUED"
    VOIDED = "VOIDED"


class Verb(StrEnum):
    """What a provider is asked to hand in."""

    ISSUE = "ISSUE"
    VOID = "VOID"
    ALLOW = "ALLOW"
    VOID_ALLOWANCE = "VOID_ALLOWANCE"


class Upload(StrEnum):
    """How far a document has come at its provider."""

    PENDING = "PENDING"
    DONE = "DONE"
    REFUSED = "REFUSED"


class ReceiptCodeInvalid(Fault):
    code = Code.NOT_FOUND
    reason = "RECEIPT_CODE_INVALID"


class NumbersTaken(Fault):
    """Some of these numbers are in another block."""

    code = Code.FAILED_PRECONDITION
    reason = "INVOICE_NUMBERS_TAKEN"


class NumbersUsedUp(Fault):
    """No block has a number left: the invoice waits for one."""

    code = Code.FAILED_PRECONDITION
    reason = "INVOICE_NUMBERS_USED_UP"


class InvoiceProviderAway(Fault):
    """The provider does not answer: the document stands, and is handed in later."""

    code = Code.UNAVAILABLE
    reason = "INVOICE_PROVIDER_AWAY"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a buyer says about his invoice, as it was settled: `print` says whether it is on paper."""

    carrier_kind: Carrier = Carrier.NONE
    carrier: str = ""
    donation_code: str = ""
    tax_id: str = ""
    print: bool = True

    @property
    def business(self) -> bool:
        """Whether the invoice must state its tax."""
        return bool(self.tax_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an order's buyer: his words sealed, the rest as it may be shown."""

    order_id: str
    carrier_kind: Carrier = Carrier.NONE
    donation_code: str = ""
    business: bool = False
    print: bool = True
    masked_carrier: str = ""
    masked_tax_id: str = ""
    sealed: bytes | None = None
    carrier_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A run of sold units on an invoice: what the buyer pays for it, and at which rate that is taxed."""

    line_no: int
    first: int
    last: int
    sku: str
    name: str
    quantity: int
    by_measure: bool
    amount: int
    rate_bp: int

    @property
    def run(self) -> Run:
        return self.first, self.last


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was drawn: track and digits, of a period, out of a block."""

    period: int
    track: str
    digits: int
    block_id: str | None = None

    def __str__(self) -> str:
        return f"{self.track}{self.digits:08d}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an invoice of an earlier period is lessened by."""

    allowance_id: str
    number: str
    state: State
    amount: int
    tax: int
    issue_time: datetime
    lines: tuple[Line, ...]
    void_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice, with what lessens it."""

    invoice_id: str
    order_id: str
    number: str
    period: int
    random_code: str
    state: State
    issue_time: datetime
    total: int
    sales: int
    tax: int
    free: int
    business: bool
    carrier_kind: Carrier
    donation_code: str
    print: bool
    location_id: str
    terminal_id: str
    lines: tuple[Line, ...]
    allowances: tuple[Allowance, ...] = ()
    void_time: datetime | None = None
    void_reason: str = ""
    replaces: str | None = None
    block_id: str | None = None

    @property
    def allowed(self) -> int:
        """What its allowances took off."""
        return sum(one.amount for one in self.allowances if one.state is State.ISSUED)


@dataclass(frozen=True, slots=True)
class Handing:
    """One step of a document on its way to the tax office."""

    document_id: str
    verb: Verb
    state: Upload
    code: str
    due_time: datetime
    tries: int = 0
    settle_time: datetime | None = None

    def late(self, now: datetime) -> bool:
        """Whether it should have arrived: the tax office gives two days."""
        return self.state is Upload.REFUSED or (self.state is Upload.PENDING and now > self.due_time)
