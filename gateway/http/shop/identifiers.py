"""How the shopper is recognised: what he adds and proves, the card on his screen, and what he looked at before."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, Shown, Sku, Time, When, eg, kinds
from gateway.http.shapes.recognised import (
    ID,
    AddIdentifier,
    Challenge,
    Dispute,
    Disputed,
    HeldIdentifierAnswer,
    HeldIdentifiers,
    IdentifierPath,
)
from gateway.http.shop.auth import DeviceId, OtpSent
from omo.member.v1 import codes_service_pb2 as codes_pb
from omo.member.v1 import identifiers_service_pb2 as pb
from omo.member.v1 import visits_service_pb2 as visits_pb

router = APIRouter(route_class=Door, tags=["Me"])

_Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$"), eg("482913", "As it arrived.")]


class AskEmail(Asked):
    """Which address is to be proved."""

    email: Annotated[str, StringConstraints(min_length=3, max_length=254), eg("ming@example.com", "The address.")]


class ProveEmail(Asked):
    """The code that stood in the letter."""

    challenge_id: Challenge
    code: _Code


class FollowLink(Asked):
    """What the link of the letter holds."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=128), eg("<token>", "From the link.")]


class ProvePhone(Asked):
    """The code that /v1/auth/otp sent."""

    challenge_id: Challenge
    code: _Code
    device_id: DeviceId


class MemberCode(Shown):
    """What the member's screen shows as a QR code until it shows the next."""

    code: Annotated[str, eg("<signed code>", "Signed; tills verify it by the published keys.")]
    expire_time: Annotated[Time | None, eg("2026-11-22T09:31:00.000Z", "After it no till takes it.")]
    refresh_after: Annotated[int, eg(30, "Seconds until the screen should show the next.")]


class Visit(Asked):
    """One look."""

    visit_id: Annotated[str, StringConstraints(max_length=36), eg(ID, "Made by the caller.")]
    kind: Annotated[str, kinds(visits_pb.VisitKind, "VIEWED", "What was done with the product.")]
    sku: Sku
    business_time: Annotated[When, eg("2026-11-22T09:30:00+08:00", "When.")]


class Visits(Asked):
    """What somebody looked at who has not signed in."""

    anonymous_id: Annotated[
        str,
        StringConstraints(min_length=16, max_length=128),
        eg("0199a5c0-7c1e-7d2a-browser", "How the browser or app calls itself, the same when he signs in."),
    ]
    source: Annotated[str, StringConstraints(pattern=r"^(app|web)$"), eg("web", "app or web.")]
    consent: Annotated[bool, eg(True, "false: nothing is kept, and what was kept is forgotten.")]
    visits: Annotated[list[Visit], Field(max_length=100, description="At most 100.")] = []


class Kept(Shown):
    """How many looks were new."""

    kept: Annotated[int, eg(1, "How many were new.")]


@router.get("/v1/me/identifiers", operation_id="list_identifiers", response_model=HeldIdentifiers)
async def list_identifiers(ask: Asking) -> Response:
    """How the shopper is recognised, and how he was."""
    request = pb.ListIdentifiersRequest(member_id=ask.me)
    return asking.answer(HeldIdentifiers, await ask(ask.to.identifiers.ListIdentifiers, request))


@router.post("/v1/me/identifiers", operation_id="add_identifier", response_model=HeldIdentifierAnswer, status_code=201)
async def add_identifier(body: AddIdentifier, ask: Asking) -> Response:
    """Adds a card, an installation or a browser; adding it again changes nothing."""
    request = translation.fill(pb.AddIdentifierRequest(request_id=ask.key, member_id=ask.me), body)
    reply = await ask(ask.to.identifiers.AddIdentifier, request)
    return asking.answer(HeldIdentifierAnswer, reply, status.HTTP_201_CREATED)


@router.delete("/v1/me/identifiers/{identifier_id}", operation_id="remove_identifier", status_code=204)
async def remove_identifier(identifier_id: IdentifierPath, ask: Asking) -> Response:
    """Takes one away; the last way to sign in stays."""
    request = pb.RemoveIdentifierRequest(request_id=ask.key, member_id=ask.me, identifier_id=identifier_id)
    await ask(ask.to.identifiers.RemoveIdentifier, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/v1/me/email", operation_id="request_email_proof", response_model=OtpSent)
async def request_email_proof(body: AskEmail, ask: Asking) -> Response:
    """Sends a code and a link to an e-mail address that is to be the shopper's."""
    request = pb.RequestEmailProofRequest(member_id=ask.me, email=body.email)
    return asking.answer(OtpSent, await ask(ask.to.identifiers.RequestEmailProof, request))


@router.post("/v1/me/email/verify", operation_id="prove_email", response_model=HeldIdentifierAnswer)
async def prove_email(body: ProveEmail, ask: Asking) -> Response:
    """Proves the address by the code."""
    request = pb.ProveEmailRequest(member_id=ask.me, challenge_id=body.challenge_id, code=body.code)
    return asking.answer(HeldIdentifierAnswer, await ask(ask.to.identifiers.ProveEmail, request))


@router.post("/v1/auth/email/confirm", tags=["Sign in"], operation_id="follow_email_link", status_code=204)
async def follow_email_link(body: FollowLink, ask: Asking) -> Response:
    """Proves an address by the link of the letter, for whoever has it; signs nobody in."""
    await ask(ask.to.identifiers.FollowEmailLink, pb.FollowEmailLinkRequest(token=body.token))
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/v1/me/phone/verify", operation_id="prove_phone", response_model=HeldIdentifierAnswer)
async def prove_phone(body: ProvePhone, ask: Asking) -> Response:
    """Proves a telephone by the code of /v1/auth/otp; it takes the place of the one before."""
    request = translation.fill(pb.ProvePhoneRequest(member_id=ask.me), body)
    return asking.answer(HeldIdentifierAnswer, await ask(ask.to.identifiers.ProvePhone, request))


@router.post("/v1/me/code", operation_id="issue_member_code", response_model=MemberCode)
async def issue_member_code(ask: Asking) -> Response:
    """The code that the shopper's screen shows at the till; it changes every half minute."""
    request = codes_pb.IssueMemberCodeRequest(member_id=ask.me)
    return asking.answer(MemberCode, await ask(ask.to.codes.IssueMemberCode, request))


@router.post("/v1/visits", tags=["Sign in"], operation_id="record_visits", response_model=Kept)
async def record_visits(body: Visits, ask: Asking) -> Response:
    """Keeps what somebody looked at who agreed to that; it is his when he signs in with the same anonymous_id."""
    return asking.answer(
        Kept, await ask(ask.to.visits.RecordVisits, translation.fill(visits_pb.RecordVisitsRequest(), body))
    )


@router.post("/v1/me/identifiers/disputes", operation_id="dispute_identifier", response_model=Disputed)
async def dispute_identifier(body: Dispute, ask: Asking) -> Response:
    """Says that this account or number is not his: it is detached, and headquarters looks at it."""
    request = translation.fill(pb.DisputeIdentifierRequest(request_id=ask.key, member_id=ask.me), body)
    return asking.answer(Disputed, await ask(ask.to.identifiers.DisputeIdentifier, request))
