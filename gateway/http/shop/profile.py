"""What happened between a shopper and the brand, as he sees it; what he answers, complains of and looks at."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import profiled, surveyed
from gateway.http.shapes.fields import Asked, PageSize, PageToken, Shown, Sku, When, Whole, eg
from gateway.http.shapes.profiled import (
    ComplaintIn,
    Kinds,
    OfferPath,
    PersonalRead,
    PersonalReads,
    RecordAnswer,
    TimelinePage,
)
from gateway.http.shapes.surveyed import AnswersIn, OfferAnswer, Offers
from omo.member.v1 import profile_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Me"])


class View(Asked):
    """A look at a good."""

    sku: Sku
    view_time: Annotated[When, eg("2026-11-22T17:30:00+08:00", "When it was.")]
    seconds: Annotated[Whole, Field(ge=0, le=86_400), eg(40, "How long.")] = 0
    channel_id: Annotated[str, StringConstraints(max_length=64), eg("app", "In which channel.")] = ""


class BrowsingIn(Asked):
    """What the shopper looked at."""

    views: Annotated[list[View], Field(min_length=1, max_length=100)]


class BrowsingKept(Shown):
    """How much of it was kept."""

    kept: Annotated[int, eg(1, "0 where the shopper has not agreed to it.")]


@router.get("/v1/me/timeline", operation_id="list_my_timeline", response_model=TimelinePage)
async def list_my_timeline(
    ask: Asking, kind: Kinds = [], page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What happened, newest first."""
    return await profiled.timeline(ask, ask.me, kind, page_size, page_token)


@router.post("/v1/me/complaints", operation_id="complain", response_model=RecordAnswer, status_code=201)
async def complain(body: ComplaintIn, ask: Asking) -> Response:
    """Tells the brand that something went wrong."""
    return await profiled.complain(ask, ask.me, body)


@router.post("/v1/me/browsing", operation_id="record_browsing", response_model=BrowsingKept)
async def record_browsing(body: BrowsingIn, ask: Asking) -> Response:
    """Keeps what the shopper looked at, if he has agreed to it."""
    request = translation.fill(pb.RecordBrowsingRequest(request_id=ask.key, member_id=ask.me), body)
    return asking.answer(BrowsingKept, await ask(ask.to.timeline.RecordBrowsing, request))


@router.get("/v1/me/reads", operation_id="list_my_reads", response_model=PersonalReads)
async def list_my_reads(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Who looked at the shopper's data, newest first."""
    request = pb.ListReadsRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.timeline.ListReads, request)
    return asking.page(PersonalRead, "reads", reply.reads, reply.next_page_token)


@router.get("/v1/me/surveys", operation_id="list_my_offers", response_model=Offers)
async def list_my_offers(ask: Asking) -> Response:
    """Questionnaires that staff offered, newest first."""
    return await surveyed.offers(ask, ask.me)


@router.post("/v1/me/surveys/{offer_id}/answers", operation_id="answer_survey", response_model=OfferAnswer)
async def answer_survey(offer_id: OfferPath, body: AnswersIn, ask: Asking) -> Response:
    """Answers a questionnaire, once; what was promised for it is given at once."""
    return await surveyed.answered(ask, ask.me, offer_id, body)
