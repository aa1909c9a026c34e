"""Signing in by LINE and by passkey."""

import json
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, Shown, Time, eg
from gateway.http.shapes.recognised import (
    STATE,
    Anonymous,
    Challenge,
    Credential,
    JoinHistory,
    PasskeyAnswer,
    PasskeyPath,
    Passkeys,
    Source,
    ToSign,
)
from gateway.http.shop.auth import DeviceId, SignedIn
from omo.member.v1 import signin_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Sign in"])

JoinToken = Annotated[str, StringConstraints(min_length=1, max_length=128), eg("<join token>", "Of the LINE login.")]


class BeginLine(Asked):
    """Who goes to LINE, and where the browser is to come back to."""

    device_id: DeviceId
    redirect_uri: Annotated[
        str, StringConstraints(max_length=512), eg("https://shop.example/line", "One that the brand has set up.")
    ]


class LineBegun(Shown):
    """Where to send the browser."""

    authorize_url: Annotated[str, eg("https://access.line.me/oauth2/v2.1/authorize?…", "LINE's own page.")]
    state: Annotated[str, eg(STATE, "Comes back with the browser.")]
    expire_time: Annotated[Time | None, eg("2026-11-22T09:40:00.000Z", "Until when it must be back.")]


class FinishLine(Asked):
    """What the browser came back with."""

    state: Annotated[str, StringConstraints(min_length=1, max_length=128), eg(STATE, "As the browser brought it.")]
    code: Annotated[str, StringConstraints(min_length=1, max_length=512), eg("<code>", "As the browser brought it.")]
    device_id: DeviceId
    anonymous_id: Anonymous = ""
    source: Source = ""
    join_history: JoinHistory = False


class LineFinished(Shown):
    """In; or a token with which the code to the phone gives the LINE account to whoever holds the number."""

    signed_in: Annotated[SignedIn | None, Field(description="The session; null while nobody has this LINE account.")]
    join_token: Annotated[str | None, eg(None, "For /v1/auth/otp/verify, or /v1/auth/line/join.")]
    join_expire_time: Annotated[Time | None, eg(None, "Until when.")]


class JoinByLine(Asked):
    """Who goes on without a telephone."""

    join_token: JoinToken
    device_id: DeviceId
    display_name: Annotated[str, StringConstraints(max_length=100), eg("小明", "Empty: as LINE tells it.")] = ""
    anonymous_id: Anonymous = ""
    source: Source = ""
    join_history: JoinHistory = False


class SignedInAnswer(Shown):
    """A shopper's session."""

    signed_in: Annotated[SignedIn, Field(description="The session, and whose it is.")]


class BeginPasskey(Asked):
    """Which device signs in."""

    device_id: DeviceId


class FinishPasskey(Asked):
    """What the device signed."""

    challenge_id: Challenge
    credential: Credential
    device_id: DeviceId
    anonymous_id: Anonymous = ""
    join_history: JoinHistory = False


class AddPasskey(Asked):
    """What the device made."""

    challenge_id: Challenge
    credential: Credential
    name: Annotated[str, StringConstraints(max_length=100), eg("我的手機", "As the member calls it.")] = ""


@router.post("/v1/auth/line", operation_id="begin_line_login", response_model=LineBegun)
async def begin_line_login(body: BeginLine, ask: Asking) -> Response:
    """Where to send the browser to sign in with LINE."""
    request = pb.BeginLineLoginRequest(device_id=body.device_id, redirect_uri=body.redirect_uri)
    return asking.answer(LineBegun, await ask(ask.to.signin.BeginLineLogin, request))


@router.post("/v1/auth/line/finish", operation_id="finish_line_login", response_model=LineFinished)
async def finish_line_login(body: FinishLine, ask: Asking) -> Response:
    """Signs in with what LINE sent the browser back with."""
    request = translation.fill(pb.FinishLineLoginRequest(), body)
    return asking.answer(LineFinished, await ask(ask.to.signin.FinishLineLogin, request))


@router.post("/v1/auth/line/join", operation_id="join_by_line", response_model=SignedInAnswer)
async def join_by_line(body: JoinByLine, ask: Asking) -> Response:
    """Joins by LINE alone, without a telephone."""
    request = translation.fill(pb.JoinByLineRequest(), body)
    return asking.answer(SignedInAnswer, await ask(ask.to.signin.JoinByLine, request))


@router.post("/v1/me/line", operation_id="add_line_account", response_model=LineFinished)
async def add_line_account(body: FinishLine, ask: Asking) -> Response:
    """Gives the shopper the LINE account that his browser came back from; the one that he had goes."""
    request = translation.fill(pb.FinishLineLoginRequest(), body)
    return asking.answer(LineFinished, await ask(ask.to.signin.FinishLineLogin, request))


@router.post("/v1/auth/passkey", operation_id="begin_passkey_login", response_model=ToSign)
async def begin_passkey_login(body: BeginPasskey, ask: Asking) -> Response:
    """What a device with a passkey of the brand can sign."""
    request = pb.BeginPasskeyLoginRequest(device_id=body.device_id)
    begun = await ask(ask.to.signin.BeginPasskeyLogin, request)
    return _to_sign(begun)


@router.post("/v1/auth/passkey/finish", operation_id="finish_passkey_login", response_model=SignedInAnswer)
async def finish_passkey_login(body: FinishPasskey, ask: Asking) -> Response:
    """Signs in as the member whose passkey signed."""
    request = pb.FinishPasskeyLoginRequest(
        challenge_id=body.challenge_id,
        credential_json=json.dumps(body.credential),
        device_id=body.device_id,
        anonymous_id=body.anonymous_id,
        join_history=body.join_history,
    )
    return asking.answer(SignedInAnswer, await ask(ask.to.signin.FinishPasskeyLogin, request))


@router.get("/v1/me/passkeys", operation_id="list_passkeys", response_model=Passkeys)
async def list_passkeys(ask: Asking) -> Response:
    """The shopper's passkeys."""
    return asking.answer(Passkeys, await ask(ask.to.signin.ListPasskeys, pb.ListPasskeysRequest(member_id=ask.me)))


@router.post("/v1/me/passkeys/options", operation_id="begin_passkey", response_model=ToSign)
async def begin_passkey(ask: Asking) -> Response:
    """What the device needs to make a passkey."""
    begun = await ask(ask.to.signin.BeginPasskey, pb.BeginPasskeyRequest(member_id=ask.me))
    return _to_sign(begun)


@router.post("/v1/me/passkeys", operation_id="add_passkey", response_model=PasskeyAnswer, status_code=201)
async def add_passkey(body: AddPasskey, ask: Asking) -> Response:
    """Keeps the public half of the passkey that the device made."""
    request = pb.AddPasskeyRequest(
        member_id=ask.me,
        challenge_id=body.challenge_id,
        credential_json=json.dumps(body.credential),
        name=body.name,
    )
    return asking.answer(PasskeyAnswer, await ask(ask.to.signin.AddPasskey, request), status.HTTP_201_CREATED)


@router.delete("/v1/me/passkeys/{passkey_id}", operation_id="remove_passkey", status_code=204)
async def remove_passkey(passkey_id: PasskeyPath, ask: Asking) -> Response:
    """Forgets a passkey; the last way to sign in stays."""
    request = pb.RemovePasskeyRequest(request_id=ask.key, member_id=ask.me, passkey_id=passkey_id)
    await ask(ask.to.signin.RemovePasskey, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _to_sign(reply: pb.BeginPasskeyResponse | pb.BeginPasskeyLoginResponse) -> Response:
    shown = {"challenge_id": reply.challenge_id, "options": json.loads(reply.options_json or "{}")}
    return asking.encoded({**shown, "expire_time": translation.time(reply.expire_time)})
