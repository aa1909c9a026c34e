"""Headquarters: its own users, and the keys that sign everybody's tokens."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import (
    Asked,
    Shown,
    Time,
    eg,
)
from gateway.http.shop import auth
from gateway.http.shop.auth import DeviceId, Refresh, Refreshed, Session, SignOut
from omo.member.v1 import access_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: access"])

HqRole = Literal["admin", "merchandiser", "service", "analyst"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Redeem(Asked):
    """The one-time link's secret."""

    invite_token: Annotated[str, StringConstraints(min_length=1, max_length=512), eg("<invite token>")]
    device_id: DeviceId = ""


class HqUser(Shown):
    """A user at headquarters."""

    user_id: Annotated[str, eg("0199a5be-0c10-7a55-9b66-4e5f60718293")]
    display_name: Annotated[str, eg("王雅婷")]
    roles: Annotated[list[str], eg(["admin"])]
    active: Annotated[bool, eg(True)]


class HqSignedIn(Shown):
    """A headquarters session."""

    session: Session
    user: HqUser


class Invite(Asked):
    """Whom to invite, as what."""

    display_name: Annotated[Name, eg("李建宏")]
    roles: Annotated[list[HqRole], Field(min_length=1, max_length=4), eg(["merchandiser"])]
    user_id: Annotated[
        str,
        StringConstraints(max_length=64),
        eg("", "A user who is known already and gets a new link; empty: a new one."),
    ] = ""


class Invited(Shown):
    """A one-time link for 24 hours; its token is shown once."""

    user_id: Annotated[str, eg("0199a5be-1d20-7b66-8c77-5f60718293a4")]
    invite_token: Annotated[str, eg("<invite token>")]
    expire_time: Time | None


class RotateKey(Asked):
    """Whether a key became known."""

    compromised: Annotated[bool, eg(False, "Every key is dropped: tokens end within minutes, sessions live on.")] = (
        False
    )


class KeyRotated(Shown):
    """The next signing key."""

    kid: Annotated[str, eg("2026-11-b")]
    active_time: Time | None


@router.post("/v1/hq/auth/redeem", tags=["Sign in"], operation_id="redeem_invite", response_model=HqSignedIn)
async def redeem_invite(body: Redeem, ask: Asking) -> Response:
    """Signs a headquarters user in by his one-time link."""
    request = pb.RedeemHqInviteRequest(**body.model_dump())
    return asking.answer(HqSignedIn, await ask(ask.to.access.RedeemHqInvite, request))


@router.post("/v1/hq/auth/refresh", tags=["Sign in"], operation_id="refresh_hq", response_model=Refreshed)
async def refresh_hq(body: Refresh, ask: Asking) -> Response:
    """New tokens for a headquarters session."""
    return await auth.refresh(body, ask)


@router.post("/v1/hq/auth/signout", tags=["Sign in"], operation_id="end_hq_session", status_code=204)
async def end_hq_session(body: SignOut, ask: Asking) -> Response:
    """Ends the headquarters session of that refresh token."""
    return await auth.sign_out(body, ask)


@router.post("/v1/hq/invites", operation_id="invite_hq_user", response_model=Invited, status_code=201)
async def invite_hq_user(body: Invite, ask: Asking) -> Response:
    """Invites a user to headquarters."""
    request = translation.fill(pb.InviteHqUserRequest(request_id=ask.key), body)
    return asking.answer(Invited, await ask(ask.to.access.InviteHqUser, request), 201)


@router.post("/v1/hq/keys/rotate", operation_id="rotate_signing_key", response_model=KeyRotated, status_code=201)
async def rotate_signing_key(body: RotateKey, ask: Asking) -> Response:
    """Makes the next key that signs tokens before its time."""
    request = pb.RotateSigningKeyRequest(request_id=ask.key, compromised=body.compromised)
    return asking.answer(KeyRotated, await ask(ask.to.access.RotateSigningKey, request), 201)
