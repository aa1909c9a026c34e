"""Ordering without an account: a token for it, an order's own link, and what becomes of it once there is an account."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import fields
from gateway.http.shapes.fields import Asked, ContactId, OrderId, Shown, Time, eg
from gateway.http.shapes.sold import OrderAnswer
from kit import access
from omo.member.v1 import guest_service_pb2 as member_pb
from omo.order.v1 import guest_order_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Guests"])

GuestOrderPath = Annotated[str, Path(pattern=fields.UUID, examples=[fields.ORDER])]
Secret = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    eg("<secret>", "Of the order's link: whoever has it is its guest."),
]


class BeginGuest(Asked):
    """Whom to reach about the order: the telephone or the e-mail address must be given."""

    device_id: Annotated[
        str,
        StringConstraints(min_length=1, max_length=128),
        eg("5f0c9d2e-phone", "Names the app or browser; the same key from another one is another guest."),
    ]
    name: Annotated[
        str, StringConstraints(min_length=1, max_length=100), eg("陳小明", "To whom it is handed over or sent.")
    ]
    phone: Annotated[str, StringConstraints(max_length=32), eg("0912345678", "In any notation.")] = ""
    email: Annotated[
        str, StringConstraints(max_length=254), eg("", "Finds his orders once somebody proves that it is his.")
    ] = ""
    address: Annotated[str, StringConstraints(max_length=500), eg("台北市大安區和平東路二段 1 號")] = ""


class Guest(Shown):
    """A guest's token: send it as `Authorization: Bearer …`; it lives half an hour and opens his own orders."""

    guest_id: Annotated[str, eg("0199a5c0-9d11-7a01-8b22-3c4d5e6f7a81", "Whose orders they are, until a member's.")]
    access_token: Annotated[str, eg("<access token>", "It lives half an hour, and opens the guest's own orders.")]
    access_expire_time: Time | None
    contact_id: ContactId
    masked_name: Annotated[str, eg("陳○明")]


class Link(Shown):
    """What a link to the order carries; the same each time."""

    order_id: OrderId
    secret: Secret


class ByLink(Asked):
    """The secret of the link."""

    secret: Secret


class CancelByLink(ByLink):
    """The secret, and why."""

    reason: Annotated[str, StringConstraints(max_length=200), eg("CHANGED_MIND")] = "CHANGED_MIND"


class Claimed(Shown):
    """What was found."""

    guests: Annotated[int, eg(1, "How many guests were himself; their orders are in his list a moment later.")]


@router.post("/v1/guests", operation_id="begin_guest", response_model=Guest, status_code=status.HTTP_201_CREATED)
async def begin_guest(body: BeginGuest, ask: Asking) -> Response:
    """Lets somebody order without an account, by `POST /v1/orders` with this token and contact.

    A guest pays what everybody pays and as he orders; points, codes and value are members'. The same key and body give
    the same guest a fresh token.
    """
    request = member_pb.BeginGuestRequest(request_id=ask.key, client_address=ask.client, **body.model_dump())
    with access.acting_as(access.service("gateway", ask.principal.actor)):  # whose word on the address is believed
        return asking.answer(Guest, await ask(ask.to.guests.BeginGuest, request), status.HTTP_201_CREATED)


@router.get("/v1/guest-orders/{order_id}/link", operation_id="show_guest_link", response_model=Link)
async def show_guest_link(order_id: GuestOrderPath, ask: Asking) -> Response:
    """The secret by which the guest's order is followed when his token is over: for the page after paying, for mail."""
    return asking.answer(Link, await ask(ask.to.guest_orders.ShowGuestLink, pb.ShowGuestLinkRequest(order_id=order_id)))


@router.post("/v1/guest-orders/{order_id}", operation_id="get_guest_order", response_model=OrderAnswer)
async def get_guest_order(order_id: GuestOrderPath, body: ByLink, ask: Asking) -> Response:
    """An order by its link; the answer is the same for an order that there is not and a secret that is wrong."""
    request = pb.GetGuestOrderRequest(order_id=order_id, secret=body.secret, client_address=ask.client)
    with access.acting_as(access.service("gateway", ask.principal.actor)):
        return asking.answer(OrderAnswer, await ask(ask.to.guest_orders.GetGuestOrder, request))


@router.post("/v1/guest-orders/{order_id}/cancel", operation_id="cancel_guest_order", response_model=OrderAnswer)
async def cancel_guest_order(order_id: GuestOrderPath, body: CancelByLink, ask: Asking) -> Response:
    """Cancels an order by its link, as a member cancels his."""
    request = pb.CancelGuestOrderRequest(
        request_id=ask.key, order_id=order_id, secret=body.secret, reason=body.reason, client_address=ask.client
    )
    with access.acting_as(access.service("gateway", ask.principal.actor)):
        return asking.answer(OrderAnswer, await ask(ask.to.guest_orders.CancelGuestOrder, request))


@router.post("/v1/me/guest-orders/claim", operation_id="claim_guest_orders", response_model=Claimed)
async def claim_guest_orders(ask: Asking) -> Response:
    """Makes orders the member's that he made as a guest, by telephones and addresses proved within ten minutes.

    It happens by itself whenever he proves one: this is for what was ordered just after. What was proved longer ago may
    be somebody else's by now, and finds nothing; points and tier follow as of each order's own time.
    """
    request = member_pb.ClaimGuestsRequest(request_id=ask.key, member_id=ask.me)
    return asking.answer(Claimed, await ask(ask.to.guests.ClaimGuests, request))
