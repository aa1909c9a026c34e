"""A member as staff meet him: his timeline, and what they note, tag and offer."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import consented, profiled, surveyed, tagged
from gateway.http.shapes.consented import Consents, ConsentsKept, SetConsents
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shapes.profiled import (
    CallIn,
    ComplaintIn,
    Kinds,
    NoteIn,
    OfferPath,
    RecordAnswer,
    RecordPath,
    SettleIn,
    TimelinePage,
    TrialIn,
    VisitIn,
)
from gateway.http.shapes.surveyed import AnswersIn, OfferAnswer, OfferIn, Offers, Questionnaires
from gateway.http.shapes.tagged import TagAnswer, TagChanges, TagDefinitions, TagIn, TagPath, Tags
from omo.member.v1 import profile_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: members"])

_M = "/v1/staff/members/{member_id}"
Why = Annotated[str, Query(max_length=300, examples=["no longer so"], description="Why, in a few words.")]


@router.get(f"{_M}/timeline", operation_id="list_timeline", response_model=TimelinePage)
async def list_timeline(
    member_id: MemberPath, ask: Asking, kind: Kinds = [], page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What happened, newest first, as far as the caller may see it; the look is written down."""
    return await profiled.timeline(ask, member_id, kind, page_size, page_token)


@router.post(f"{_M}/trials", operation_id="record_trial", response_model=RecordAnswer, status_code=201)
async def record_trial(member_id: MemberPath, body: TrialIn, ask: Asking) -> Response:
    """What was tried at the counter, and how it ended."""
    request = pb.RecordTrialRequest(request_id=ask.key, member_id=member_id)
    return await profiled.recorded(ask, ask.to.timeline.RecordTrial, request, body)


@router.post(f"{_M}/visits", operation_id="record_visit", response_model=RecordAnswer, status_code=201)
async def record_visit(member_id: MemberPath, ask: Asking, body: VisitIn | None = None) -> Response:
    """The member was in the store."""
    request = pb.RecordVisitRequest(request_id=ask.key, member_id=member_id)
    return await profiled.recorded(ask, ask.to.timeline.RecordVisit, request, body or VisitIn())


@router.post(f"{_M}/notes", operation_id="add_note", response_model=RecordAnswer, status_code=201)
async def add_note(member_id: MemberPath, body: NoteIn, ask: Asking) -> Response:
    """Something worth remembering."""
    request = pb.AddNoteRequest(request_id=ask.key, member_id=member_id)
    return await profiled.recorded(ask, ask.to.timeline.AddNote, request, body)


@router.post(f"{_M}/complaints", operation_id="record_complaint", response_model=RecordAnswer, status_code=201)
async def record_complaint(member_id: MemberPath, body: ComplaintIn, ask: Asking) -> Response:
    """What went wrong for the member."""
    return await profiled.complain(ask, member_id, body)


@router.post(
    f"{_M}/complaints/{{record_id}}/settle",
    operation_id="settle_complaint",
    response_model=RecordAnswer,
    status_code=201,
)
async def settle_complaint(
    member_id: MemberPath, record_id: RecordPath, ask: Asking, body: SettleIn | None = None
) -> Response:
    """It has been dealt with."""
    request = pb.SettleComplaintRequest(request_id=ask.key, member_id=member_id, record_id=record_id)
    return await profiled.recorded(ask, ask.to.timeline.SettleComplaint, request, body or SettleIn())


@router.post(f"{_M}/calls", operation_id="record_call", response_model=RecordAnswer, status_code=201)
async def record_call(member_id: MemberPath, body: CallIn, ask: Asking) -> Response:
    """Somebody spoke to the member, or tried to; he is left alone for a week."""
    request = pb.RecordCallRequest(request_id=ask.key, member_id=member_id)
    return await profiled.recorded(ask, ask.to.timeline.RecordCall, request, body)


@router.get("/v1/staff/tags", operation_id="list_tag_definitions", response_model=TagDefinitions)
async def list_tag_definitions(ask: Asking) -> Response:
    """The words that members may be tagged with."""
    reply = await ask(ask.to.tags.ListTagDefinitions, pb.ListTagDefinitionsRequest())
    return asking.answer(TagDefinitions, reply)


@router.get(f"{_M}/tags", operation_id="list_tags", response_model=Tags)
async def list_tags(member_id: MemberPath, ask: Asking) -> Response:
    """What the member is tagged with, by whomever."""
    return await tagged.tags(ask, member_id)


@router.put(f"{_M}/tags/{{tag}}", operation_id="set_tag", response_model=TagAnswer)
async def set_tag(member_id: MemberPath, tag: TagPath, ask: Asking, body: TagIn | None = None) -> Response:
    """Tags the member, or anew."""
    return await tagged.set_tag(ask, member_id, tag, body)


@router.delete(f"{_M}/tags/{{tag}}", operation_id="remove_tag", status_code=status.HTTP_204_NO_CONTENT)
async def remove_tag(member_id: MemberPath, tag: TagPath, ask: Asking, why: Why = "") -> Response:
    """Takes a tag away; one that is not there is no fault."""
    return await tagged.remove_tag(ask, member_id, tag, why)


@router.get(f"{_M}/tags/changes", operation_id="list_tag_changes", response_model=TagChanges)
async def list_tag_changes(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """Who gave and took which tag, when and why."""
    return await tagged.tag_changes(ask, member_id, page_size, page_token)


@router.get("/v1/staff/questionnaires", operation_id="list_questionnaires", response_model=Questionnaires)
async def list_questionnaires(ask: Asking) -> Response:
    """What can be offered."""
    return await surveyed.questionnaires(ask)


@router.get(f"{_M}/surveys", operation_id="list_offers", response_model=Offers)
async def list_offers(member_id: MemberPath, ask: Asking) -> Response:
    """What was offered to the member, by whom."""
    return await surveyed.offers(ask, member_id)


@router.post(f"{_M}/surveys", operation_id="offer_survey", response_model=OfferAnswer, status_code=201)
async def offer_survey(member_id: MemberPath, body: OfferIn, ask: Asking) -> Response:
    """Offers a questionnaire in the caller's name; one that is open is answered again."""
    request = pb.OfferSurveyRequest(request_id=ask.key, member_id=member_id, questionnaire_id=body.questionnaire_id)
    return asking.answer(OfferAnswer, await ask(ask.to.surveys.OfferSurvey, request), status.HTTP_201_CREATED)


@router.post(f"{_M}/surveys/{{offer_id}}/answers", operation_id="answer_for_member", response_model=OfferAnswer)
async def answer_for_member(member_id: MemberPath, offer_id: OfferPath, body: AnswersIn, ask: Asking) -> Response:
    """Answers at the counter, as the member says."""
    return await surveyed.answered(ask, member_id, offer_id, body)


@router.get(f"{_M}/consents", operation_id="list_member_consents", response_model=Consents)
async def list_member_consents(member_id: MemberPath, ask: Asking) -> Response:
    """What the member agreed to."""
    return await consented.consents(ask, member_id)


@router.put(f"{_M}/consents", operation_id="set_member_consents", response_model=ConsentsKept)
async def set_member_consents(member_id: MemberPath, body: SetConsents, ask: Asking) -> Response:
    """Records what the member says in the store; `source` is `store`."""
    return await consented.consented(ask, member_id, body)
