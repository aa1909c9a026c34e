"""Signing in by telephone, and what keeps a session alive."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, Shown, Time, eg
from gateway.http.shapes.members import Member
from kit import access
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import identity_service_pb2 as pb

router = APIRouter(route_class=Door)

DeviceId = Annotated[
    str, StringConstraints(max_length=128), eg("5f0c9d2e-phone", "Names the app or browser; a session is bound to it.")
]
RefreshToken = Annotated[str, StringConstraints(min_length=1, max_length=512), eg("3q2-7wEXAMPLE-refresh-token")]


class RequestOtp(Asked):
    """Whom to send a code."""

    phone: Annotated[str, StringConstraints(min_length=3, max_length=32), eg("0912345678", "In any notation.")]
    device_id: DeviceId = ""


class OtpSent(Shown):
    """A code is on its way; the answer is the same for known and unknown numbers."""

    challenge_id: Annotated[str, eg("0199a5bf-4d2c-7e90-b7a1-5c4d3e2f1a00")]
    expire_time: Time | None
    retry_after: Annotated[int, eg(60, "Seconds until another code may be asked for.")]


class VerifyOtp(Asked):
    """The code that arrived."""

    challenge_id: Annotated[str, StringConstraints(max_length=64), eg("0199a5bf-4d2c-7e90-b7a1-5c4d3e2f1a00")]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$"), eg("482913")]
    device_id: DeviceId = ""
    display_name: Annotated[str, StringConstraints(max_length=100), eg("陳小明", "Taken when the member is new.")] = ""
    source: Annotated[str, StringConstraints(pattern=r"^(|app|web)$"), eg("app", "app or web.")] = ""
    join_token: Annotated[
        str, StringConstraints(max_length=128), eg("", "Of a LINE login that waits for a proof of the telephone.")
    ] = ""
    anonymous_id: Annotated[
        str,
        StringConstraints(max_length=128),
        eg("", "How the browser or app called itself before, at least 16 characters that nobody else has."),
    ] = ""
    join_history: Annotated[bool, eg(False, "What he looked at before he signed in is to be his.")] = False


class Session(Shown):
    """Tokens: send the access token as `Authorization: Bearer …`; it lives ten minutes."""

    access_token: Annotated[str, eg("<access token>")]
    access_expire_time: Time | None
    refresh_token: Annotated[str, eg("3q2-7wEXAMPLE-refresh-token", "Rotated with each refresh: keep the newest.")]
    refresh_expire_time: Time | None
    principal_id: Annotated[str, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11")]


class SignedIn(Shown):
    """A shopper's session."""

    session: Session
    member: Member
    claimed_now: Annotated[bool, eg(True, "A store had made the account; it is the shopper's own now.")]
    created_now: Annotated[bool, eg(False, "There was no account.")]


class Refresh(Asked):
    """A session's refresh token, and the device that it is bound to."""

    refresh_token: RefreshToken
    device_id: DeviceId = ""


class SignOut(Asked):
    """The session to end."""

    refresh_token: RefreshToken


class Refreshed(Shown):
    """The session with new tokens."""

    session: Session


@router.post("/v1/auth/otp", tags=["Sign in"], operation_id="request_otp", response_model=OtpSent)
async def request_otp(body: RequestOtp, ask: Asking) -> Response:
    """Sends a login code to a telephone."""
    request = pb.RequestOtpRequest(phone=body.phone, device_id=body.device_id, client_address=ask.client)
    with access.acting_as(access.service("gateway", ask.principal.actor)):  # whose word on the address is believed
        return asking.answer(OtpSent, await ask(ask.to.identity.RequestOtp, request))


@router.post("/v1/auth/otp/verify", tags=["Sign in"], operation_id="verify_otp", response_model=SignedIn)
async def verify_otp(body: VerifyOtp, ask: Asking) -> Response:
    """Signs in by the code: as the member who holds the number, claiming what a store had made, or as a new one."""
    request = pb.VerifyOtpRequest(**body.model_dump())
    return asking.answer(SignedIn, await ask(ask.to.identity.VerifyOtp, request))


@router.post("/v1/auth/refresh", tags=["Sign in"], operation_id="refresh_session", response_model=Refreshed)
async def refresh_session(body: Refresh, ask: Asking) -> Response:
    """New tokens for a session; a refresh token that was used before ends the session everywhere."""
    return await refresh(body, ask)


@router.post("/v1/auth/signout", tags=["Sign in"], operation_id="end_session", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(body: SignOut, ask: Asking) -> Response:
    """Ends the session of that refresh token."""
    return await sign_out(body, ask)


async def refresh(body: Refresh, ask: Asking) -> Response:
    """The same for every audience."""
    request = access_pb.RefreshSessionRequest(refresh_token=body.refresh_token, device_id=body.device_id)
    return asking.answer(Refreshed, await ask(ask.to.access.RefreshSession, request))


async def sign_out(body: SignOut, ask: Asking) -> Response:
    """The same for every audience."""
    await ask(ask.to.access.EndSession, access_pb.EndSessionRequest(refresh_token=body.refresh_token))
    return Response(status_code=status.HTTP_204_NO_CONTENT)
