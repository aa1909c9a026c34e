"""A past sale that becomes a member's, as the API takes and shows it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, Minor, OrderId, Shown, Time, eg

_ReceiptNo = Annotated[
    str,
    StringConstraints(max_length=64),
    eg("TPE01-000123", "As printed, or what its code says; or its electronic invoice's, such as AB-12345678."),
]
_Carrier = Annotated[
    str,
    StringConstraints(max_length=16),
    eg("", "Instead of receipt_no: the buyer's mobile barcode, such as /ABC+123, or citizen certificate."),
]


class ClaimReceipt(Asked):
    """What a receipt says; either its number or the carrier that its electronic invoice is on."""

    receipt_no: _ReceiptNo = ""
    carrier: _Carrier = ""
    day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), eg("2026-11-03", "The day on the receipt.")]
    grand_total: Annotated[Minor, Field(description="What it comes to, minor units.")]


class ClaimAtTill(Asked):
    """A receipt that a member shows in the store."""

    receipt_no: _ReceiptNo = ""
    carrier: _Carrier = ""
    day: Annotated[
        str,
        StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$"),
        eg("", "The day on the receipt; needed with a carrier."),
    ] = ""
    grand_total: Annotated[Minor, Field(description="What it comes to, minor units; needed with a carrier.")] = 0
    location_id: LocationId


class ClaimedSale(Shown):
    """The sale that is the member's now."""

    order_id: OrderId
    location_id: LocationId
    business_time: Time | None
    grand_total: Annotated[int, eg(27000, "Minor units.")]
    currency_code: Annotated[str, eg("TWD", "ISO 4217.")]
