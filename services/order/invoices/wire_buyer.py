"""What buyers and tills say of invoices, as order's own values."""

from dataclasses import dataclass, field

from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import invoice_pb2
from services.order.invoices import domain_buyer
from services.order.invoices.domain import Buyer, Carrier
from services.order.invoices.domain_buyer import Said

_CARRIERS: dict[int, Carrier] = {
    invoice_pb2.CARRIER_KIND_UNSPECIFIED: Carrier.NONE,
    **{int(invoice_pb2.CarrierKind.Value(f"CARRIER_KIND_{one}")): one for one in Carrier if one},
}
CARRIERS = {one: number for number, one in _CARRIERS.items()}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a till says of a sale's invoice; without a number order draws one."""

    number: str = ""
    random_code: str = ""
    said: Said = field(default_factory=Said)


def said(given: invoice_pb2.InvoiceBuyer) -> Said:
    """A buyer's own words."""
    return Said(
        _CARRIERS.get(given.carrier_kind, Carrier.NONE),
        given.carrier,
        given.donation_code,
        given.tax_id,
        given.print if given.HasField("print") else None,
    )


def buyer(given: invoice_pb2.InvoiceBuyer, *, member: bool) -> Buyer:
    """What holds of them; refuses by field what breaks a rule."""
    return domain_buyer.checked(said(given), member=member)


def stated(given: facts_pb2.SaleInvoice) -> Stated:
    """A till's words: facts, which nobody refuses."""
    return Stated(given.number, given.random_code, said(given.buyer))


def bare(given: facts_pb2.SaleFact, payload: bytes) -> bytes:
    """A sale's bytes, as they may be kept where they come into conflict: without its buyer's own words."""
    if not given.invoice.HasField("buyer"):
        return payload
    kept = facts_pb2.SaleFact()
    kept.CopyFrom(given)
    kept.invoice.ClearField("buyer")
    return kept.SerializeToString(deterministic=True)
