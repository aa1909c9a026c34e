"""The values that many models share, each with its rule and an example; the examples tell one story."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from gateway.http.door import translation

# the ids of the story: one member, one order, one task
MEMBER = "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11"
ORDER = "0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"
TASK = "0199a5c2-60d4-7e11-b2a7-91c8d7e6f503"
QUOTE = "0199a5c1-9b7f-7c44-a1d0-3e2f1a0b9c88"
CONTACT = "0199a5c1-1f2e-7b33-9e8d-7c6b5a493827"


class Asked(BaseModel):
    """A body: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Shown(BaseModel):
    """An answer; fields may be added to it, so clients ignore what they do not know."""

    model_config = ConfigDict(frozen=True)


def eg(example: Any, description: str = "", **rules: Any) -> Any:
    """A field with its example."""
    return Field(examples=[example], description=description or None, **rules)


def said(description: str) -> Any:
    """A field whose example is its model's, or its type's."""
    return Field(description=description)


def kinds(enum: EnumTypeWrapper, example: str, description: str = "") -> Any:
    """A field that holds one of an enum's short names."""
    short: list[JsonValue] = [name for name in translation.names(enum.DESCRIPTOR).values() if name]
    return Field(examples=[example], description=description or None, json_schema_extra={"enum": short})


# --- codes and ids
_CODE = StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")
UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_UUID = StringConstraints(pattern=UUID)

Sku = Annotated[str, _CODE, eg("COAT-CAMEL-M", "The brand's own code of a sellable good.")]
LocationId = Annotated[str, _CODE, eg("TPE01", "The brand's own code of a store or warehouse.")]
ChannelId = Annotated[str, _CODE, eg("web", "The brand's own code of a sales channel.")]
StaffCode = Annotated[str, _CODE, eg("A102", "The brand's own code of a staff member.")]
ProductId = Annotated[str, _CODE, eg("COAT-CAMEL", "The brand's own code of a product.")]
MemberId = Annotated[str, _UUID, eg(MEMBER)]
OrderId = Annotated[str, _UUID, eg(ORDER)]
QuoteId = Annotated[str, _UUID, eg(QUOTE)]
ContactId = Annotated[str, _UUID, eg(CONTACT, "A sealed contact; what it holds is shown only where it is needed.")]
TaskId = Annotated[str, _UUID, eg(TASK)]

# --- amounts, counts, times
Quantity = Annotated[int, Field(strict=True, ge=1, le=1_000_000), eg(1, "In base units of the SKU.")]
Whole = Annotated[int, Field(strict=True)]
Minor = Annotated[int, Field(strict=True), eg(12800, "Minor units of the brand's currency.")]
Time = Annotated[str, eg("2026-11-22T09:30:00.000Z", "RFC 3339, UTC.", json_schema_extra={"format": "date-time"})]
When = Annotated[AwareDatetime, eg("2026-01-05T09:30:00+08:00", "RFC 3339, with its offset from UTC.")]
Version = Annotated[int, eg(3, "+1 with each change.")]


class Money(BaseModel):
    """An amount of money in the currency's minor unit: 120 TWD is 120, for TWD has none; 1.20 USD is 120."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), eg("TWD", "ISO 4217.")]
    amount: Annotated[int, Field(strict=True), eg(12800, "Minor units.")]


def price(amount: int, description: str = "") -> Any:
    """A field of money with this amount as its example."""
    return eg({"currency": "TWD", "amount": amount}, description)


# --- paths and pages
MemberPath = Annotated[str, Path(pattern=_UUID.pattern, examples=[MEMBER])]
OrderPath = Annotated[str, Path(min_length=1, max_length=64, examples=[ORDER], description="Order id or order number.")]
TaskPath = Annotated[str, Path(pattern=_UUID.pattern, examples=[TASK])]
LinePath = Annotated[int, Path(ge=1, le=1_000, examples=[1])]
PageSize = Annotated[int, Query(ge=1, le=100, examples=[20], description="Rows to give, 100 at most.")]
PageToken = Annotated[
    str, Query(max_length=1_024, description="`next_page_token` of the page before; none for the first.")
]
Start = Annotated[datetime | None, Query(examples=["2026-11-01T00:00:00+08:00"], description="From, inclusive.")]
End = Annotated[datetime | None, Query(examples=["2026-12-01T00:00:00+08:00"], description="Until, exclusive.")]
NextPage = Annotated[str | None, eg(None, "Ask again with it as `page_token`; null on the last page.")]
