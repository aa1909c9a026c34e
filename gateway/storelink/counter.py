"""What a till shows of a member and keeps of a trial: one call each, whatever owners it takes."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from gateway.storelink.callers import Callers, asking
from kit.errors import Code, Fault
from omo.attribution.v1 import attribution_service_pb2 as attribution
from omo.attribution.v1 import attribution_service_pb2_grpc as attribution_rpc
from omo.inventory.v1 import stock_service_pb2 as stock
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.member.v1 import identity_service_pb2 as identity
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.member.v1 import points_service_pb2 as points
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as profile
from omo.member.v1 import profile_service_pb2_grpc as profile_rpc
from omo.order.v1 import cart_service_pb2 as cart
from omo.order.v1 import cart_service_pb2_grpc as cart_rpc
from omo.order.v1 import order_service_pb2 as order
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.storelink.v1 import till_service_pb2 as pb
from omo.storelink.v1 import till_service_pb2_grpc as rpc

_LAST, _RECORDS, _SKUS = 5, 10, 20
_SECONDS = 1.5
# an owner that says one of these is away: its part is missing; any other refusal is an answer
_AWAY = {Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL}


class Counter(rpc.TillServiceServicer):
    """The part of the till's questions that is about one member."""

    def __init__(self, callers: Callers, member: Any, order_: Any, inventory: Any, attribution_: Any) -> None:
        self._callers = callers
        self._who = identity_rpc.IdentityServiceStub(member)
        self._standing = points_rpc.PointsServiceStub(member)
        self._wallets = points_rpc.WalletServiceStub(member)
        self._wishes = points_rpc.ProfileServiceStub(member)
        self._timeline = profile_rpc.TimelineServiceStub(member)
        self._tags = profile_rpc.TagServiceStub(member)
        self._surveys = profile_rpc.SurveyServiceStub(member)
        self._sold = order_rpc.OrderServiceStub(order_)
        self._carts = cart_rpc.CartServiceStub(order_)
        self._shelves = stock_rpc.StockServiceStub(inventory)
        self._bindings = attribution_rpc.BindingServiceStub(attribution_)

    async def GetMemberPanel(self, request: pb.GetMemberPanelRequest, context: Any) -> pb.GetMemberPanelResponse:
        """From every owner at once; whoever does not answer is missing."""
        missing: set[str] = set()
        with asking(await self._callers.staff(context)) as caller:
            found = await _gathered(self._asked(request.member_id, caller.location_id), missing)
            wishes = found["wishes"].wishes if found["wishes"] else []
            levels = stock.GetAvailabilityRequest(
                skus=[wish.sku for wish in wishes[:_SKUS]], location_ids=[caller.location_id]
            )
            shelf: dict[str, Any] = {"stock": None}
            if levels.skus:
                shelf = await _gathered(
                    {"stock": ("inventory", self._shelves.GetAvailability(levels, timeout=_SECONDS))}, missing
                )
        return _panel(found, shelf["stock"], missing)

    async def ListCalls(self, request: pb.ListCallsRequest, context: Any) -> pb.ListCallsResponse:
        """Of the staff member who is signed in."""
        missing: set[str] = set()
        asked = profile.ListCallsRequest(limit=request.limit)
        with asking(await self._callers.staff(context)):
            found = await _gathered(
                {"calls": ("member", self._timeline.ListCalls(asked, timeout=_SECONDS))}, missing, must="calls"
            )
        entries = found["calls"].entries if found["calls"] else []
        return pb.ListCallsResponse(entries=entries, missing=sorted(missing))

    async def RecordTrial(self, request: pb.RecordTrialRequest, context: Any) -> pb.RecordTrialResponse:
        """With the staff member and the store."""
        asked = profile.RecordTrialRequest(
            request_id=request.request_id,
            member_id=request.member_id,
            skus=request.skus,
            outcome=request.outcome,
            note=request.note,
            wish=request.wish,
        )
        with asking(await self._callers.staff(context)):
            kept = await self._timeline.RecordTrial(asked)
        return pb.RecordTrialResponse(record=kept.record)

    def _asked(self, member_id: str, location_id: str) -> Mapping[str, tuple[str, Awaitable[Any]]]:
        one = {"member_id": member_id}
        orders = order.ListOrdersRequest(location_id=location_id, member_id=member_id, page_size=_LAST)
        records = profile.ListTimelineRequest(member_id=member_id, page_size=_RECORDS)
        calls: dict[str, tuple[str, Any, Any]] = {
            "member": ("member", self._who.GetMember, identity.GetMemberRequest(**one)),
            "standing": ("member", self._standing.GetStanding, points.GetStandingRequest(**one)),
            "wallet": ("member", self._wallets.GetWallet, points.GetWalletRequest(**one)),
            "tags": ("member", self._tags.ListTags, profile.ListTagsRequest(**one)),
            "wishes": ("member", self._wishes.ListWishes, points.ListWishesRequest(**one)),
            "timeline": ("member", self._timeline.ListTimeline, records),
            "offers": ("member", self._surveys.ListOffers, profile.ListOffersRequest(**one)),
            "orders": ("order", self._sold.ListOrders, orders),
            "cart": ("order", self._carts.GetCart, cart.GetCartRequest(**one)),
            "binding": ("attribution", self._bindings.GetBinding, attribution.GetBindingRequest(**one)),
        }
        return {part: (owner, ask(request, timeout=_SECONDS)) for part, (owner, ask, request) in calls.items()}


async def _gathered(
    asked: Mapping[str, tuple[str, Awaitable[Any]]], missing: set[str], must: str = "member"
) -> dict[str, Any]:
    """Answers by part; an owner that is away is added to `missing`, a refusal of the part that must be is raised."""
    replies = await asyncio.gather(*(call for _, call in asked.values()), return_exceptions=True)
    kept: dict[str, Any] = {}
    for (part, (owner, _)), reply in zip(asked.items(), replies, strict=True):
        kept[part] = None if isinstance(reply, BaseException) else reply
        if not isinstance(reply, BaseException):
            continue
        if not isinstance(reply, Fault):
            raise reply
        if reply.code in _AWAY:
            missing.add(owner)
        elif part == must:
            raise reply
    return kept


def _panel(found: Mapping[str, Any], shelf: Any, missing: set[str]) -> pb.GetMemberPanelResponse:
    shown = pb.GetMemberPanelResponse(missing=sorted(missing))
    for part in ("member", "standing", "wallet", "cart", "binding"):
        if found[part] is not None and found[part].HasField(part):
            getattr(shown, part).CopyFrom(getattr(found[part], part))
    for part, name in (("tags", "tags"), ("wishes", "wishes"), ("timeline", "records"), ("orders", "orders")):
        if found[part] is not None:
            getattr(shown, part).extend(getattr(found[part], name))
    if found["offers"] is not None:
        shown.offers.extend(one for one in found["offers"].offers if one.state == profile_pb2.OFFER_STATE_OPEN)
    if shelf is not None:
        shown.stock.extend(shelf.levels)
    return shown
