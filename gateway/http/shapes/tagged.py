"""What members are tagged with, as every audience sees it."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.asking import Ask
from gateway.http.shapes.fields import Asked, LocationId, NextPage, Shown, StaffCode, Time, Version, eg, kinds
from gateway.http.shapes.profiled import RECORD, Actor
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb

TagPath = Annotated[str, Path(min_length=1, max_length=64, examples=["likes-camel"], description="The tag.")]
Why = Annotated[str, StringConstraints(max_length=300)]


class TagDefinition(Shown):
    """A word of the brand's list."""

    tag: Annotated[str, eg("likes-camel", "The tag's code.")]
    label: Annotated[str, eg("喜歡駝色", "As staff read it.")]
    label_en: Annotated[str, eg("likes camel", "The same in English.")]
    origins: Annotated[list[str], eg(["staff", "survey"], "Who gives it: staff, marketing, service, rule, survey.")]
    keep_days: Annotated[int, eg(365, "How long it is kept unless it is given again; 0: until it is taken away.")]
    active: Annotated[bool, eg(True, "False: no longer given.")]
    version: Version


class TagDefinitions(Shown):
    """The whole list."""

    definitions: list[TagDefinition]


class Tag(Shown):
    """A tag that a member has."""

    tag: Annotated[str, eg("likes-camel", "The tag's code.")]
    origin: Annotated[str | None, kinds(profile_pb2.TagOrigin, "STAFF", "In what role it was given.")]
    staff_code: Annotated[StaffCode | None, eg("A102", "Who gave it, where staff did.")]
    location_id: LocationId | None
    why: Annotated[str, eg("said so in the fitting room", "In the words of whoever gave it.")]
    set_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "Since when.")]
    expire_time: Annotated[Time | None, eg(None, "Until when; null: until it is taken away.")]


class Tags(Shown):
    """What a member is tagged with now."""

    tags: list[Tag]


class TagAnswer(Shown):
    """The tag as it is kept."""

    tag: Annotated[Tag, Field(description="What the member is tagged with.")]


class TagIn(Asked):
    """Why a member is tagged."""

    why: Annotated[Why, eg("said so in the fitting room", "In a few words.")] = ""


class TagChange(Shown):
    """One change: who, when, why."""

    change_id: Annotated[str, eg(RECORD, "The change's own id.")]
    tag: Annotated[str, eg("likes-camel", "The tag's code.")]
    kind: Annotated[str | None, kinds(profile_pb2.TagChangeKind, "SET", "What was done.")]
    origin: Annotated[str | None, kinds(profile_pb2.TagOrigin, "STAFF", "In what role.")]
    actor: Actor
    location_id: LocationId | None
    why: Annotated[str, eg("said so in the fitting room", "In the words of whoever did it.")]
    business_time: Time | None
    expire_time: Annotated[Time | None, eg(None, "Until when it was given.")]


class TagChanges(Shown):
    """Every change, newest first."""

    changes: list[TagChange]
    next_page_token: NextPage


async def tags(ask: Ask, member_id: str) -> Response:
    """What a member is tagged with."""
    return asking.answer(Tags, await ask(ask.to.tags.ListTags, pb.ListTagsRequest(member_id=member_id)))


async def set_tag(ask: Ask, member_id: str, tag: str, body: TagIn | None) -> Response:
    """Tags a member."""
    why = body.why if body else ""
    request = pb.SetTagRequest(request_id=ask.key, member_id=member_id, tag=tag, why=why)
    return asking.answer(TagAnswer, await ask(ask.to.tags.SetTag, request))


async def remove_tag(ask: Ask, member_id: str, tag: str, why: str) -> Response:
    """Takes a tag away."""
    request = pb.RemoveTagRequest(request_id=ask.key, member_id=member_id, tag=tag, why=why)
    await ask(ask.to.tags.RemoveTag, request)
    return Response(status_code=204)


async def tag_changes(ask: Ask, member_id: str, page_size: int, page_token: str) -> Response:
    """The history of a member's tags."""
    request = pb.ListTagChangesRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.tags.ListTagChanges, request)
    return asking.page(TagChange, "changes", reply.changes, reply.next_page_token)
