"""The member panel at the till, and the call list: one call each, whatever owners it takes."""

from collections.abc import Awaitable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from google.protobuf.message import Message
from pydantic import BaseModel
from starlette.responses import Response

from gateway.http import problems
from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.carted import Cart
from gateway.http.shapes.fields import MemberId, MemberPath, PageSize, Shown, Time, eg, kinds
from gateway.http.shapes.members import Member, Standing, Wish
from gateway.http.shapes.profiled import TimelineRecord
from gateway.http.shapes.sold import Order
from gateway.http.shapes.surveyed import Offer
from gateway.http.shapes.tagged import Tag
from gateway.http.shapes.wallet import Wallet
from gateway.http.shop.me import Binding
from omo.attribution.v1 import attribution_service_pb2 as attribution_pb
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb
from omo.order.v1 import cart_service_pb2 as cart_pb
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as order_pb

router = APIRouter(route_class=Door, tags=["Staff: members"])

_LAST, _RECORDS, _SKUS = 5, 10, 20
_OPEN = {
    order_pb2.FULFILMENT_STATE_PLACED,
    order_pb2.FULFILMENT_STATE_ACCEPTED,
    order_pb2.FULFILMENT_STATE_PICKING,
    order_pb2.FULFILMENT_STATE_READY,
    order_pb2.FULFILMENT_STATE_PACKED,
}


class CallCause(Shown):
    """One reason to call, and what it is about."""

    reason: Annotated[str | None, kinds(profile_pb2.CallReason, "WISH_ON_OFFER", "Why.")]
    subject_id: Annotated[str | None, eg("COAT-CAMEL-M", "The SKU or record.")]
    amount: Annotated[int, eg(9_800, "Points, days or an amount, as the reason means.")]
    due_time: Annotated[Time | None, eg("2026-12-01T00:00:00.000Z", "Until when, or since when.")]


class CallEntry(Shown):
    """A member to call; the weightiest reason first."""

    member_id: MemberId
    display_name: Annotated[str, eg("陳○明", "Masked.")]
    causes: list[CallCause]
    score: Annotated[int, eg(60, "The higher, the sooner.")]
    last_contact_time: Annotated[Time | None, eg(None, "When he was last spoken to.")]
    may_call: Annotated[bool, eg(True, "Whether he agreed to be called about it.")]


class CallList(Shown):
    """Whom to call. `missing` names owners that did not answer."""

    entries: list[CallEntry]
    missing: Annotated[list[str], eg([], "Owners that did not answer: member.")]


class WishShown(Shown):
    """A wish, and whether this store has it."""

    wish: Wish
    available: Annotated[int | None, eg(3, "In the caller's store; null: nobody knows now.")]


class Panel(Shown):
    """A member as he stands at the till. A part whose owner did not answer is empty, and named in `missing`."""

    member: Annotated[Member | None, eg(None, "Who he is, masked.")]
    standing: Annotated[Standing | None, eg(None, "Points and tier.")]
    wallet: Annotated[Wallet | None, eg(None, "Coupons, credit, cards, prepaid goods and benefits.")]
    tags: Annotated[list[Tag], eg([], "What he is tagged with.")]
    wishes: Annotated[list[WishShown], eg([], "What he would like to have.")]
    timeline: Annotated[list[TimelineRecord], eg([], "What happened last, as far as the caller may see it.")]
    offers: Annotated[list[Offer], eg([], "Questionnaires that wait for an answer.")]
    orders: Annotated[list[Order], eg([], "His last orders.")]
    pickups: Annotated[list[Order], eg([], "Of those, what waits to be collected.")]
    cart: Annotated[Cart | None, eg(None, "What is in his cart; to change it takes the code on his phone.")]
    binding: Annotated[Binding | None, eg(None, "Who serves him.")]
    missing: Annotated[list[str], eg([], "Owners that did not answer: member, order, inventory, attribution.")]


@router.get("/v1/staff/members/{member_id}/panel", operation_id="get_member_panel", response_model=Panel)
async def get_member_panel(member_id: MemberPath, ask: Asking) -> Response:
    """Everything about a member that matters at the till, from every owner at once."""
    found = await gathered(_asked(ask, member_id))
    wishes = found.reply("wishes")
    skus = [wish.sku for wish in wishes.wishes[:_SKUS]] if wishes else []
    stock = await _stock(ask, skus, found) if skus else {}
    orders = list(found.list("orders", "orders"))
    shown: dict[str, Any] = {
        "member": found.one(Member, "member", "member"),
        "standing": found.one(Standing, "standing", "standing"),
        "wallet": found.one(Wallet, "wallet", "wallet"),
        "tags": translation.show_all(Tag, found.list("tags", "tags")),
        "wishes": [
            {"wish": translation.show(Wish, one), "available": stock.get(one.sku)}
            for one in found.list("wishes", "wishes")
        ],
        "timeline": translation.show_all(TimelineRecord, found.list("timeline", "records")),
        "offers": translation.show_all(Offer, [one for one in found.list("offers", "offers") if _open(one)]),
        "orders": translation.show_all(Order, orders),
        "pickups": translation.show_all(Order, [one for one in orders if _waits(one)]),
        "cart": found.one(Cart, "cart", "cart"),
        "binding": found.one(Binding, "binding", "binding"),
        "missing": sorted(found.missing),
    }
    return asking.encoded(shown)


@router.get("/v1/staff/calls", operation_id="list_calls", response_model=CallList)
async def list_calls(ask: Asking, limit: PageSize = 20) -> Response:
    """The caller's own call list."""
    request = pb.ListCallsRequest(limit=limit)
    found = await gathered({"calls": ("member", ask(ask.to.timeline.ListCalls, request))})
    entries = translation.show_all(CallEntry, found.list("calls", "entries"))
    return asking.encoded({"entries": entries, "missing": sorted(found.missing)})


class Found:
    """What owners answered; what is not there because its owner is away is missing, any other refusal is raised."""

    def __init__(self, replies: Mapping[str, Message | None], missing: set[str]) -> None:
        self._replies = replies
        self.missing = missing

    def reply(self, part: str) -> Any:
        """An owner's answer, or none."""
        return self._replies[part]

    def list(self, part: str, name: str) -> Any:
        """The rows of an answer; none where there is no answer."""
        reply: Any = self._replies[part]
        return getattr(reply, name) if reply is not None else []

    def one(self, model: type[BaseModel], part: str, name: str) -> dict[str, Any] | None:
        """One message of an answer, as its model shows it."""
        reply: Any = self._replies[part]
        return translation.show(model, getattr(reply, name)) if reply is not None and reply.HasField(name) else None


async def gathered(asked: Mapping[str, tuple[str, Awaitable[Any]]]) -> Found:
    """Asks owners at once. The member himself must be there; beyond that a refusal leaves its part empty."""
    replies = await asking.together(*(call for _, call in asked.values()))
    kept: dict[str, Message | None] = {}
    missing = set()
    for (part, (owner, _)), reply in zip(asked.items(), replies, strict=True):
        if isinstance(reply, BaseException):
            fault = problems.of(reply)
            away = fault.reason in _AWAY
            if not away and part == "member":
                raise reply
            missing |= {owner} if away else set()
            reply = None  # noqa: PLW2901
        kept[part] = reply
    return Found(kept, missing)


_AWAY = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "OVERLOADED", "INTERNAL"}


def _asked(ask: Ask, member_id: str) -> dict[str, tuple[str, Awaitable[Any]]]:
    to = ask.to
    own = ask.principal.location_ids[0] if ask.principal.location_ids else ""
    orders = order_pb.ListOrdersRequest(location_id=own, member_id=member_id, page_size=_LAST)
    timeline = pb.ListTimelineRequest(member_id=member_id, page_size=_RECORDS)
    return {
        "member": ("member", ask(to.identity.GetMember, identity_pb.GetMemberRequest(member_id=member_id))),
        "standing": ("member", ask(to.points.GetStanding, points_pb.GetStandingRequest(member_id=member_id))),
        "wallet": ("member", ask(to.wallet.GetWallet, points_pb.GetWalletRequest(member_id=member_id))),
        "tags": ("member", ask(to.tags.ListTags, pb.ListTagsRequest(member_id=member_id))),
        "wishes": ("member", ask(to.profile.ListWishes, points_pb.ListWishesRequest(member_id=member_id))),
        "timeline": ("member", ask(to.timeline.ListTimeline, timeline)),
        "offers": ("member", ask(to.surveys.ListOffers, pb.ListOffersRequest(member_id=member_id))),
        "orders": ("order", ask(to.orders.ListOrders, orders)),
        "cart": ("order", ask(to.carts.GetCart, cart_pb.GetCartRequest(member_id=member_id))),
        "binding": (
            "attribution",
            ask(to.bindings.GetBinding, attribution_pb.GetBindingRequest(member_id=member_id)),
        ),
    }


async def _stock(ask: Ask, skus: list[str], found: Found) -> dict[str, int]:
    """How much of each wish this store has."""
    own = ask.principal.location_ids[0] if ask.principal.location_ids else ""
    request = stock_pb.GetAvailabilityRequest(skus=skus, location_ids=[own])
    held = await gathered({"stock": ("inventory", ask(ask.to.stock.GetAvailability, request))})
    found.missing |= held.missing
    return {row.sku: row.available for row in held.list("stock", "levels")}


def _open(offer: profile_pb2.SurveyOffer) -> bool:
    return offer.state == profile_pb2.OFFER_STATE_OPEN


def _waits(order: order_pb2.Order) -> bool:
    return any(one.state in _OPEN for one in order.fulfilments)
