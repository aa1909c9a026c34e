"""Consents, exports, erasures and retention, as every audience sees them."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.asking import Ask
from gateway.http.shapes.fields import Asked, MemberId, Shown, Time, Version, Whole, eg, kinds
from gateway.http.shapes.profiled import RECORD, Actor
from omo.member.v1 import privacy_pb2
from omo.member.v1 import privacy_service_pb2 as pb

ExportPath = Annotated[str, Path(min_length=36, max_length=36, examples=[RECORD], description="The export.")]
ErasurePath = Annotated[str, Path(min_length=36, max_length=36, examples=[RECORD], description="The erasure.")]
_PURPOSE = "MARKETING and SERVICE by channel; BROWSING: keep what he looks at; SHARING: show it to serving staff."


class ConsentIn(Asked):
    """One choice."""

    purpose: Annotated[str, kinds(privacy_pb2.ConsentPurpose, "MARKETING", _PURPOSE)]
    channel: Annotated[str, eg("line", "email, sms, line, push or phone; empty for BROWSING and SHARING.")] = ""
    choice: Annotated[str, kinds(privacy_pb2.ConsentChoice, "GRANTED", "What he said.")]


class SetConsents(Asked):
    """What a member chooses, and to which words."""

    consents: Annotated[list[ConsentIn], Field(min_length=1, max_length=20)]
    source: Annotated[Literal["app", "web", "store", "service"], eg("app", "Where he said it.")] = "app"
    text_version: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("2026-11", "Which wording he saw.")]


class Consent(Shown):
    """A choice on record."""

    record_id: Annotated[str, eg(RECORD, "The record's own id.")]
    purpose: Annotated[str | None, kinds(privacy_pb2.ConsentPurpose, "MARKETING", _PURPOSE)]
    channel: Annotated[str | None, eg("line", "Null for BROWSING and SHARING.")]
    choice: Annotated[
        str | None, kinds(privacy_pb2.ConsentChoice, "GRANTED", "Null: as if unsaid, a merge was undone.")
    ]
    source: Annotated[str, eg("app", "app, web, store, service, import, merge, or message:<id> for a link in one.")]
    text_version: Annotated[str | None, eg("2026-11", "Which wording he saw.")]
    actor: Actor
    business_time: Time | None


class ConsentsKept(Shown):
    """The choices as they are on record now."""

    consents: list[Consent]


class Consents(Shown):
    """What holds now, and every choice ever made, newest first."""

    consents: list[Consent]
    history: list[Consent]


class Export(Shown):
    """Everything that is kept of a person, as one file."""

    export_id: Annotated[str, eg(RECORD, "The export's own id.")]
    member_id: MemberId
    state: Annotated[str | None, kinds(privacy_pb2.ExportState, "READY", "How far it is.")]
    request_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it was asked for.")]
    ready_time: Annotated[Time | None, eg("2026-11-22T09:30:02.000Z", "Since when it can be fetched.")]
    expire_time: Annotated[Time | None, eg("2026-11-29T09:30:02.000Z", "Until when it can be fetched.")]
    download_time: Annotated[Time | None, eg(None, "When it was fetched.")]
    size_bytes: Annotated[int, eg(4_711, "How long the file is.")]
    waiting_for: Annotated[list[str], eg([], "Which services have not delivered their part yet.")]
    download_token: Annotated[
        str | None, eg("<signed token>", "For the member himself while READY: the end of /v1/exports/…")
    ]


class ExportAnswer(Shown):
    """How far the export is."""

    export: Export


class Blocker(Shown):
    """Why a person cannot be forgotten yet."""

    reason: Annotated[str, eg("OPEN_ORDER", "OPEN_ORDER, VALUE_HELD …")]
    count: Annotated[int, eg(1, "How many.")]
    amount: Annotated[int, eg(2_480, "Minor units, or points, as the reason means.")]
    subject_id: Annotated[str | None, eg("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55", "The order or holding.")]


class Receipt(Shown):
    """A service's word that it has forgotten."""

    service: Annotated[str, eg("order", "Which service.")]
    rows: Annotated[int, eg(3, "How many rows it changed or removed.")]
    business_time: Time | None


class Erasure(Shown):
    """A person's wish to be forgotten."""

    erasure_id: Annotated[str, eg(RECORD, "The erasure's own id.")]
    member_id: MemberId
    state: Annotated[str | None, kinds(privacy_pb2.ErasureState, "DELAYED", "How far it is.")]
    request_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it was asked for.")]
    start_time: Annotated[Time | None, eg(None, "When the key was destroyed.")]
    end_time: Annotated[Time | None, eg(None, "When the last service had forgotten, or it was taken back.")]
    next_time: Annotated[Time | None, eg("2026-11-23T09:30:00.000Z", "When services are asked again.")]
    forfeit_value: Annotated[bool, eg(False, "The member gives up what he still has.")]
    blockers: Annotated[list[Blocker], eg([], "What stands in the way.")]
    receipts: Annotated[list[Receipt], eg([], "Which services have forgotten.")]


class ErasureAnswer(Shown):
    """How far the erasure is."""

    erasure: Erasure


class ErasureFound(ErasureAnswer):
    """How far the erasure is, and what claims the value that is given up."""

    claim_code: Annotated[
        str | None,
        eg(
            None,
            "For the member himself until he is forgotten: claims later what he gives up.",
        ),
    ]


class ClaimLeftValue(Asked):
    """The code that a member was given before he was forgotten."""

    claim_code: Annotated[str, StringConstraints(min_length=1, max_length=256), eg("<signed code>", "As it was shown.")]


class LeftValue(Shown):
    """It is the shopper's."""

    pieces: Annotated[int, eg(2, "How many lots of points and value.")]


class RequestErasure(Asked):
    """To be forgotten."""

    forfeit_value: Annotated[bool, eg(False, "Gives up points, credit and whatever else he still has.")] = False


class RetentionRule(Shown):
    """How long something is kept."""

    subject: Annotated[str, eg("timeline.BROWSING", "What it is about.")]
    keep_days: Annotated[int, eg(90, "0: as long as the member is one.")]
    basis: Annotated[str, eg("purpose: advice while it is fresh", "The law or purpose that says so.")]
    books: Annotated[bool, eg(False, "Books of account: never removed before, whatever a member asks.")]
    version: Version


class RetentionIn(Asked):
    """Another time."""

    keep_days: Annotated[Whole, Field(ge=0, le=36_500), eg(60, "0: as long as the member is one.")]
    basis: Annotated[str, StringConstraints(min_length=1, max_length=200), eg("purpose: advice", "Who says so.")]


class RetentionAnswer(Shown):
    """The rule as it is kept."""

    rule: RetentionRule


class RetentionRules(Shown):
    """Every clock."""

    rules: list[RetentionRule]


async def consents(ask: Ask, member_id: str) -> Response:
    """What a member agreed to."""
    request = pb.ListConsentsRequest(member_id=member_id)
    return asking.answer(Consents, await ask(ask.to.privacy.ListConsents, request))


async def consented(ask: Ask, member_id: str, body: SetConsents) -> Response:
    """Records what a member says."""
    request = translation.fill(pb.SetConsentsRequest(request_id=ask.key, member_id=member_id), body)
    return asking.answer(ConsentsKept, await ask(ask.to.privacy.SetConsents, request))


async def export(ask: Ask, member_id: str) -> Response:
    """Asks for everything."""
    request = pb.RequestExportRequest(request_id=ask.key, member_id=member_id)
    return asking.answer(ExportAnswer, await ask(ask.to.privacy.RequestExport, request), 202)


async def exported(ask: Ask, export_id: str) -> Response:
    """How far it is."""
    request = pb.GetExportRequest(export_id=export_id)
    return asking.answer(ExportAnswer, await ask(ask.to.privacy.GetExport, request))


async def erase(ask: Ask, member_id: str, body: RequestErasure | None) -> Response:
    """Asks to be forgotten."""
    forfeit = body.forfeit_value if body else False
    request = pb.RequestErasureRequest(request_id=ask.key, member_id=member_id, forfeit_value=forfeit)
    return asking.answer(ErasureAnswer, await ask(ask.to.privacy.RequestErasure, request), 202)


async def erased(ask: Ask, erasure_id: str) -> Response:
    """How far it is."""
    request = pb.GetErasureRequest(erasure_id=erasure_id)
    return asking.answer(ErasureFound, await ask(ask.to.privacy.GetErasure, request))


async def stay(ask: Ask, erasure_id: str) -> Response:
    """Takes it back."""
    request = pb.CancelErasureRequest(request_id=ask.key, erasure_id=erasure_id)
    return asking.answer(ErasureAnswer, await ask(ask.to.privacy.CancelErasure, request))
