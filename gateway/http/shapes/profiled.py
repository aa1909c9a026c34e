"""What happened between a member and the brand, and who looked, as every audience sees it."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.asking import Ask
from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    MemberId,
    NextPage,
    Shown,
    Sku,
    StaffCode,
    Time,
    Whole,
    eg,
    kinds,
)
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb
from omo.type.v1 import actor_pb2

RECORD = "0199a5c3-1a2b-7c3d-8e4f-5a6b7c8d9e0f"
OFFER = "0199a5c3-2b3c-7d4e-9f5a-6b7c8d9e0f1a"
RecordPath = Annotated[str, Path(min_length=36, max_length=36, examples=[RECORD], description="The record.")]
OfferPath = Annotated[str, Path(min_length=36, max_length=36, examples=[OFFER], description="The offer.")]
Kinds = Annotated[
    list[str],
    Query(max_length=20, examples=[["TRIAL", "NOTE"]], description="Only these kinds; none: all that you may see."),
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Remark = Annotated[str, StringConstraints(max_length=2_000)]


class TimelineRecord(Shown):
    """One thing that happened."""

    record_id: Annotated[str, eg(RECORD, "The record's own id.")]
    member_id: MemberId
    kind: Annotated[str | None, kinds(profile_pb2.TimelineKind, "TRIAL", "What happened.")]
    source: Annotated[str, eg("staff", "Who tells: order, staff, member, service, chat, campaign, app.")]
    business_time: Time | None
    location_id: LocationId | None
    staff_code: Annotated[StaffCode | None, eg("A102", "Who noted it, or sold.")]
    subject_id: Annotated[str | None, eg("COAT-CAMEL-M", "The order, SKU, conversation or record that it is about.")]
    data: Annotated[
        dict[str, str], eg({"outcome": "HESITATED", "skus": "COAT-CAMEL-M"}, "Codes, counts and ids by name.")
    ]
    text: Annotated[str, eg("sleeves too long", "What was said; empty for whoever may not read the words.")]


class TimelinePage(Shown):
    """The timeline, newest first, as far as the caller may see it."""

    records: list[TimelineRecord]
    next_page_token: NextPage


class RecordAnswer(Shown):
    """The record as it is kept."""

    record: TimelineRecord


class TrialIn(Asked):
    """What was tried at the counter."""

    skus: Annotated[list[Sku], Field(min_length=1, max_length=20), eg(["COAT-CAMEL-M"], "What was tried.")]
    outcome: Annotated[str, kinds(profile_pb2.TrialOutcome, "HESITATED", "How it ended.")]
    note: Annotated[Remark, eg("sleeves too long", "In the staff member's words.")] = ""
    wish: Annotated[bool, eg(True, "Also put it on the member's wish list.")] = False


class VisitIn(Asked):
    """The member was in the store."""

    minutes: Annotated[Whole, Field(ge=0, le=1_440), eg(20, "How long.")] = 0
    note: Annotated[Remark, eg("looked for a gift", "In the staff member's words.")] = ""


class NoteIn(Asked):
    """Something worth remembering."""

    text: Annotated[Words, eg("prefers to be called after six", "Never shown to the member or to marketing.")]


class ComplaintIn(Asked):
    """What went wrong."""

    channel: Annotated[str, eg("chat", "store, chat, phone, email or web.")]
    order_id: Annotated[str, StringConstraints(max_length=64), eg("", "The order that it is about, if one is.")] = ""
    text: Annotated[Words, eg("the zip broke on the second day", "In the member's words.")]


class SettleIn(Asked):
    """How a complaint was dealt with."""

    text: Annotated[Remark, eg("exchanged in the store", "What was done.")] = ""


class CallIn(Asked):
    """How a call ended."""

    reason: Annotated[str | None, kinds(profile_pb2.CallReason, "WISH_ON_OFFER", "Why he was called.")] = None
    outcome: Annotated[str, eg("reached", "reached, no_answer, later or not_again.")]
    note: Annotated[Remark, eg("comes on Saturday", "In the caller's words.")] = ""


class Actor(Shown):
    """Who did it."""

    kind: Annotated[str | None, kinds(actor_pb2.ActorKind, "STAFF")]
    id: Annotated[str, eg("A102", "A staff code, a user id, a member id or a service's name.")]
    terminal_id: Annotated[str | None, eg(None, "The till, where one was used.")]


class PersonalRead(Shown):
    """A look at a member's data."""

    read_id: Annotated[str, eg(RECORD, "The look's own id.")]
    member_id: Annotated[str | None, eg(None, "Whose data; null where nobody was found.")]
    rpc: Annotated[str, eg("ListTimeline", "The call that showed it.")]
    purpose: Annotated[str, eg("", "Why, where the call asks why.")]
    found: Annotated[bool, eg(True, "Whether there was something to see.")]
    actor: Actor
    business_time: Time | None


class PersonalReads(Shown):
    """Who looked, newest first."""

    reads: list[PersonalRead]
    next_page_token: NextPage


async def timeline(ask: Ask, member_id: str, wanted: list[str], page_size: int, page_token: str) -> Response:
    """A page of a timeline."""
    request = pb.ListTimelineRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    known = profile_pb2.TimelineKind.DESCRIPTOR
    short = set(translation.names(known).values())
    for one in wanted:
        # a kind that there is not is member's to refuse
        request.kinds.append(translation.number(known, one) if one in short else 0)  # type: ignore[arg-type]
    reply = await ask(ask.to.timeline.ListTimeline, request)
    return asking.page(TimelineRecord, "records", reply.records, reply.next_page_token)


async def recorded(ask: Ask, method: Any, request: Any, body: Asked) -> Response:
    """Keeps what was noted."""
    return asking.answer(RecordAnswer, await ask(method, translation.fill(request, body)), 201)


async def complain(ask: Ask, member_id: str, body: ComplaintIn) -> Response:
    """Keeps a complaint."""
    request = pb.RecordComplaintRequest(request_id=ask.key, member_id=member_id)
    return await recorded(ask, ask.to.timeline.RecordComplaint, request, body)
