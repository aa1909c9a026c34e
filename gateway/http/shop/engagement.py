"""What a shopper says of messages, which missions he is in, whom he brought, and where links in messages lead."""

import base64
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Path, status
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import campaigned, messaged
from gateway.http.shapes.fields import PageSize, PageToken
from omo.member.v1 import campaigns_service_pb2 as campaigns_pb
from omo.member.v1 import engagement_events_pb2, messages_pb2
from omo.member.v1 import messages_service_pb2 as pb
from omo.member.v1 import referrals_service_pb2 as referrals_pb

router = APIRouter(route_class=Door, tags=["Me"])

_SAMPLE = "bwGZpcRxsXG4y8AAAAAAAAAAAAAAAAAAAAAAAAA"
TokenPath = Annotated[
    str, Path(min_length=1, max_length=64, examples=[_SAMPLE], description="The signed token of a link in a message.")
]
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NEVER = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}
_PAGE = (
    '<!doctype html><html lang="zh-Hant"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><p>{text}</p>{form}</html>"
)
_ASK = '<form method="post"><button>確認 Confirm</button></form>'
_CLICKED, _STOPPED = engagement_events_pb2.TOUCH_KIND_CLICKED, engagement_events_pb2.TOUCH_KIND_UNSUBSCRIBED
_FOLLOWED: dict[int | str, dict[str, Any]] = {
    "200": {
        "description": "A picture of one pixel, or a page that asks whether to stop.",
        "content": {
            "image/gif": {"schema": {"type": "string", "format": "binary"}, "example": "GIF89a…"},
            "text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"},
        },
    },
    "302": {
        "description": "Where the link leads.",
        "content": {"text/html": {"schema": {"type": "string"}, "example": ""}},
    },
}


@router.get("/v1/t/{token}", operation_id="follow_link", response_class=HTMLResponse, responses=_FOLLOWED)
async def follow_link(token: TokenPath, ask: Asking) -> Response:
    """Notes that a message was opened or its link followed, and goes there; to stop it asks first."""
    reply = await ask(ask.to.messages.FollowLink, pb.FollowLinkRequest(token=token))
    if reply.kind == _CLICKED and reply.target:
        return RedirectResponse(reply.target, status.HTTP_302_FOUND, headers=_NEVER)
    if reply.kind == _STOPPED:
        return _said("不再收到這類訊息？ Stop these messages?", form=_ASK)
    return Response(_PIXEL, media_type="image/gif", headers=_NEVER)


@router.post(
    "/v1/t/{token}", operation_id="confirm_link", response_class=HTMLResponse, responses={"200": _FOLLOWED["200"]}
)
async def confirm_link(token: TokenPath, ask: Asking) -> Response:
    """Stops messages of that kind by that channel; mail programs call it by themselves when they are asked to."""
    await ask(ask.to.messages.FollowLink, pb.FollowLinkRequest(token=token, confirm=True))
    return _said("您不會再收到這類訊息。 You will get no more of these messages.")


def _said(text: str, form: str = "") -> Response:
    return HTMLResponse(_PAGE.format(title="OMO", text=escape(text), form=form), headers=_NEVER)


@router.get("/v1/me/messages", operation_id="list_messages", response_model=messaged.MessagePage)
async def list_messages(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """What was written to the shopper, newest first."""
    request = pb.ListMessagesRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.messages.ListMessages, request)
    return asking.page(messaged.Message, "messages", reply.messages, reply.next_page_token)


@router.get(
    "/v1/me/message-preferences", operation_id="get_message_preferences", response_model=messaged.PreferencesAnswer
)
async def get_message_preferences(ask: Asking) -> Response:
    """The shopper's language, hours in which nobody writes, and channels."""
    reply = await ask(ask.to.messages.GetPreferences, pb.GetPreferencesRequest(member_id=ask.me))
    return asking.answer(messaged.PreferencesAnswer, reply)


@router.put(
    "/v1/me/message-preferences", operation_id="put_message_preferences", response_model=messaged.PreferencesAnswer
)
async def put_message_preferences(body: messaged.PreferencesIn, ask: Asking) -> Response:
    """Changes them; what he agrees to is said with his consents."""
    liked = translation.fill(messages_pb2.MessagePreferences(member_id=ask.me), body)
    request = pb.PutPreferencesRequest(request_id=ask.key, preferences=liked)
    return asking.answer(messaged.PreferencesAnswer, await ask(ask.to.messages.PutPreferences, request))


@router.get("/v1/me/missions", operation_id="list_missions", response_model=campaigned.Missions)
async def list_missions(ask: Asking) -> Response:
    """The missions that the shopper is in, and how far he is."""
    reply = await ask(ask.to.campaigns.ListMissions, campaigns_pb.ListMissionsRequest(member_id=ask.me))
    return asking.answer(campaigned.Missions, reply)


@router.get("/v1/me/referral", operation_id="get_referral", response_model=campaigned.ReferralView)
async def get_referral(ask: Asking) -> Response:
    """The shopper's own code, and whom it brought."""
    owned = await ask(ask.to.referrals.GetReferralCode, referrals_pb.GetReferralCodeRequest(member_id=ask.me))
    brought = await ask(ask.to.referrals.ListReferrals, referrals_pb.ListReferralsRequest(member_id=ask.me))
    found = translation.show_all(campaigned.Referral, brought.referrals)
    return asking.encoded({"code": owned.code, "referrals": found})


@router.post(
    "/v1/me/referral",
    operation_id="bind_referral",
    response_model=campaigned.ReferralAnswer,
    status_code=status.HTTP_201_CREATED,
)
async def bind_referral(body: campaigned.BindReferral, ask: Asking) -> Response:
    """A new member says who brought him."""
    request = referrals_pb.BindReferralRequest(request_id=ask.key, member_id=ask.me, code=body.code)
    reply = await ask(ask.to.referrals.BindReferral, request)
    return asking.answer(campaigned.ReferralAnswer, reply, status.HTTP_201_CREATED)
