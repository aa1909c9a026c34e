"""What service staff look for among orders."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from gateway.http.door import translation
from gateway.http.door.asking import Ask
from gateway.http.shapes.fields import Asked, LocationId, MemberId, Sku, When, eg
from kit.errors import Code, Fault
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.order.v1 import search_service_pb2 as pb

_SHORT = StringConstraints(min_length=1, max_length=64)


class SearchOrders(Asked):
    """Everything that must fit; what is left out fits all."""

    member_id: Annotated[MemberId | None, eg(None, "His orders and receipts.")] = None
    phone: Annotated[
        str | None,
        StringConstraints(min_length=1, max_length=64),
        eg("0912345678", "Of a member; or his e-mail address or card number."),
    ] = None
    order_no: Annotated[str | None, _SHORT, eg(None, "An order's number however it is typed, or a receipt's.")] = None
    sku: Annotated[Sku | None, eg(None, "With a member, a number, a store (92 days at most) or a week.")] = None
    state: Annotated[
        Literal["PENDING", "PENDING_PAYMENT", "CONFIRMED", "CANCELLED"] | None, eg(None, "Where it stands.")
    ] = None
    channel_kind: Annotated[Literal["ONLINE", "STORE"] | None, eg(None, "Where it was made.")] = None
    location_id: Annotated[LocationId | None, eg("TPE01", "The store that sold it or serves it.")] = None
    start_time: Annotated[When | None, eg(None, "From, inclusive.")] = None
    end_time: Annotated[When | None, eg(None, "Until, exclusive.")] = None
    page_size: Annotated[int, Field(strict=True, ge=1, le=100), eg(20, "Rows to give, 100 at most.")] = 20
    page_token: Annotated[
        str, StringConstraints(max_length=1_024), eg("", "`next_page_token` of the page before; none for the first.")
    ] = ""


async def search(ask: Ask, body: SearchOrders) -> Any:
    """The orders; a telephone number is asked of who knows whose it is, and none of ours has no orders."""
    members = [body.member_id] if body.member_id else []
    if body.phone:
        found = await _members(ask, body.phone)
        members = [each for each in found if not members or each in members]
        if not members:
            return pb.SearchOrdersResponse()
    said = body.model_copy(update={"member_id": None, "phone": None})
    request = pb.SearchOrdersRequest(member_ids=members)
    return await ask(ask.to.order_search.SearchOrders, translation.fill(request, said))


async def _members(ask: Ask, key: str) -> list[str]:
    try:
        found = await ask(ask.to.identity.FindMember, identity_pb.FindMemberRequest(key=key))
    except Fault as fault:
        if fault.code is Code.NOT_FOUND:
            return []
        raise
    several = [each.member_id for each in found.candidates]
    return several or [found.member.member_id]
