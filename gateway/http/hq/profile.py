"""Headquarters: members' timelines, tags and questionnaires, and who looked at whom."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import profiled, surveyed, tagged
from gateway.http.shapes.fields import Asked, MemberPath, PageSize, PageToken, Shown, Whole, eg
from gateway.http.shapes.profiled import (
    ComplaintIn,
    Kinds,
    NoteIn,
    PersonalRead,
    PersonalReads,
    RecordAnswer,
    RecordPath,
    SettleIn,
    TimelinePage,
)
from gateway.http.shapes.surveyed import Offers, PutQuestionnaire, QuestionnaireAnswer, Questionnaires
from gateway.http.shapes.tagged import TagAnswer, TagChanges, TagDefinition, TagDefinitions, TagIn, TagPath, Tags
from omo.member.v1 import profile_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: members"])

_M = "/v1/hq/members/{member_id}"
_Label = StringConstraints(max_length=60)
Why = Annotated[str, Query(max_length=300, examples=["no longer so"], description="Why, in a few words.")]


class TagDefinitionIn(Asked):
    """A word that members may be tagged with."""

    label: Annotated[str, _Label, eg("喜歡駝色", "As staff read it.")]
    label_en: Annotated[str, _Label, eg("likes camel", "The same in English.")] = ""
    origins: Annotated[
        list[str], Field(min_length=1, max_length=5), eg(["staff"], "staff, marketing, service, rule or survey.")
    ]
    keep_days: Annotated[Whole, Field(ge=0, le=36_500), eg(365, "0: until it is taken away.")] = 0
    active: Annotated[bool, eg(True, "False: no longer given.")] = True


class TagDefinitionAnswer(Shown):
    """The word as it is kept."""

    definition: TagDefinition


@router.get(f"{_M}/timeline", operation_id="list_any_timeline", response_model=TimelinePage)
async def list_any_timeline(
    member_id: MemberPath, ask: Asking, kind: Kinds = [], page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What happened, newest first: service and marketing each see their kinds; the look is written down."""
    return await profiled.timeline(ask, member_id, kind, page_size, page_token)


@router.post(f"{_M}/notes", operation_id="add_any_note", response_model=RecordAnswer, status_code=201)
async def add_any_note(member_id: MemberPath, body: NoteIn, ask: Asking) -> Response:
    """Something worth remembering."""
    request = pb.AddNoteRequest(request_id=ask.key, member_id=member_id)
    return await profiled.recorded(ask, ask.to.timeline.AddNote, request, body)


@router.post(f"{_M}/complaints", operation_id="record_any_complaint", response_model=RecordAnswer, status_code=201)
async def record_any_complaint(member_id: MemberPath, body: ComplaintIn, ask: Asking) -> Response:
    """What went wrong for the member."""
    return await profiled.complain(ask, member_id, body)


@router.post(
    f"{_M}/complaints/{{record_id}}/settle",
    operation_id="settle_any_complaint",
    response_model=RecordAnswer,
    status_code=201,
)
async def settle_any_complaint(
    member_id: MemberPath, record_id: RecordPath, ask: Asking, body: SettleIn | None = None
) -> Response:
    """It has been dealt with."""
    request = pb.SettleComplaintRequest(request_id=ask.key, member_id=member_id, record_id=record_id)
    return await profiled.recorded(ask, ask.to.timeline.SettleComplaint, request, body or SettleIn())


@router.get(f"{_M}/reads", operation_id="list_reads_of_member", response_model=PersonalReads)
async def list_reads_of_member(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """Who looked at the member's data, newest first."""
    request = pb.ListReadsRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.timeline.ListReads, request)
    return asking.page(PersonalRead, "reads", reply.reads, reply.next_page_token)


@router.get("/v1/hq/reads", operation_id="list_reads_of_actor", response_model=PersonalReads)
async def list_reads_of_actor(
    ask: Asking,
    actor_id: Annotated[str, Query(min_length=1, max_length=64, examples=["A102"], description="Whose looks.")],
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """At whom one person looked, newest first."""
    request = pb.ListReadsRequest(actor_id=actor_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.timeline.ListReads, request)
    return asking.page(PersonalRead, "reads", reply.reads, reply.next_page_token)


@router.put("/v1/hq/tags/{tag}", operation_id="put_tag_definition", response_model=TagDefinitionAnswer)
async def put_tag_definition(tag: TagPath, body: TagDefinitionIn, ask: Asking) -> Response:
    """Makes or changes a word of the brand's list."""
    request = pb.PutTagDefinitionRequest(request_id=ask.key)
    translation.fill(request.definition, body, tag=tag)
    return asking.answer(TagDefinitionAnswer, await ask(ask.to.tags.PutTagDefinition, request))


@router.get("/v1/hq/tags", operation_id="list_all_tag_definitions", response_model=TagDefinitions)
async def list_all_tag_definitions(ask: Asking) -> Response:
    """The brand's list."""
    reply = await ask(ask.to.tags.ListTagDefinitions, pb.ListTagDefinitionsRequest())
    return asking.answer(TagDefinitions, reply)


@router.get(f"{_M}/tags", operation_id="list_any_tags", response_model=Tags)
async def list_any_tags(member_id: MemberPath, ask: Asking) -> Response:
    """What the member is tagged with, by whomever."""
    return await tagged.tags(ask, member_id)


@router.put(f"{_M}/tags/{{tag}}", operation_id="set_any_tag", response_model=TagAnswer)
async def set_any_tag(member_id: MemberPath, tag: TagPath, ask: Asking, body: TagIn | None = None) -> Response:
    """Tags the member as marketing or service."""
    return await tagged.set_tag(ask, member_id, tag, body)


@router.delete(f"{_M}/tags/{{tag}}", operation_id="remove_any_tag", status_code=status.HTTP_204_NO_CONTENT)
async def remove_any_tag(member_id: MemberPath, tag: TagPath, ask: Asking, why: Why = "") -> Response:
    """Takes a tag away; one that is not there is no fault."""
    return await tagged.remove_tag(ask, member_id, tag, why)


@router.get(f"{_M}/tags/changes", operation_id="list_any_tag_changes", response_model=TagChanges)
async def list_any_tag_changes(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """Who gave and took which tag, when and why."""
    return await tagged.tag_changes(ask, member_id, page_size, page_token)


@router.put("/v1/hq/questionnaires", operation_id="put_questionnaire", response_model=QuestionnaireAnswer)
async def put_questionnaire(body: PutQuestionnaire, ask: Asking) -> Response:
    """Publishes the next version; offers keep theirs."""
    request = translation.fill(pb.PutQuestionnaireRequest(request_id=ask.key), body)
    return asking.answer(QuestionnaireAnswer, await ask(ask.to.surveys.PutQuestionnaire, request))


@router.get("/v1/hq/questionnaires", operation_id="list_all_questionnaires", response_model=Questionnaires)
async def list_all_questionnaires(ask: Asking) -> Response:
    """Every questionnaire in its present version."""
    return await surveyed.questionnaires(ask)


@router.get(f"{_M}/surveys", operation_id="list_any_offers", response_model=Offers)
async def list_any_offers(member_id: MemberPath, ask: Asking) -> Response:
    """What was offered to the member, by whom."""
    return await surveyed.offers(ask, member_id)
