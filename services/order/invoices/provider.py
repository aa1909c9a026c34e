"""What invoicing asks of whoever hands documents in to the tax office."""

from dataclasses import dataclass
from typing import Protocol

from services.order.invoices.domain import Allowance, Buyer, Invoice, Verb


@dataclass(frozen=True, slots=True)
class Accepted:
    """The tax office has it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The provider has it and does not know yet: ask again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken as it is, by the provider's own word."""

    code: str


Outcome = Accepted | Waiting | Refused


@dataclass(frozen=True, slots=True)
class Document:
    """One step of a document, whole: it is the same however often it is sent."""

    verb: Verb
    seller_tax_id: str
    seller_name: str
    currency: str
    order_no: str
    invoice: Invoice
    buyer: Buyer
    allowance: Allowance | None = None

    @property
    def key(self) -> str:
        """Its own name at the provider: what was sent before is answered the same."""
        document_id = self.allowance.allowance_id if self.allowance else self.invoice.invoice_id
        return f"{document_id}:{self.verb}"


class Provider(Protocol):
    """Every verb is idempotent by the document's key, and may end later; a provider that is away raises
    InvoiceProviderAway."""

    name: str

    async def issue(self, document: Document, timeout: float) -> Outcome:
        """An invoice."""

    async def void(self, document: Document, timeout: float) -> Outcome:
        """An invoice is none."""

    async def allow(self, document: Document, timeout: float) -> Outcome:
        """An allowance lessens an invoice."""

    async def void_allowance(self, document: Document, timeout: float) -> Outcome:
        """An allowance lessens nothing."""

    async def query(self, document: Document, timeout: float) -> Outcome | None:
        """What became of a step; None: the provider never heard of it."""

    async def close(self) -> None:
        """Closes its connections."""
