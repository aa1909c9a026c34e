"""Headquarters: what tills told of people that somebody should look at."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import people_reviewed as shapes
from gateway.http.shapes.fields import PageSize, PageToken
from omo.member.v1 import people_review_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: members"])


@router.get("/v1/hq/people-reviews", operation_id="list_people_reviews", response_model=shapes.PeopleReviews)
async def list_people_reviews(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Facts of tills about people that nobody has looked at, the oldest first."""
    request = pb.ListPeopleReviewsRequest(page_size=page_size, page_token=page_token)
    return asking.answer(shapes.PeopleReviews, await ask(ask.to.people_reviews.ListPeopleReviews, request))


@router.post(
    "/v1/hq/people-reviews/{terminal_id}/{sequence}/close",
    operation_id="close_people_review",
    response_model=shapes.PeopleReviewAnswer,
)
async def close_people_review(
    terminal_id: shapes.TerminalPath, sequence: shapes.SequencePath, body: shapes.ClosePeopleReview, ask: Asking
) -> Response:
    """Says that somebody has looked; the fact stays as the till told it."""
    request = pb.ClosePeopleReviewRequest(
        request_id=ask.key, terminal_id=terminal_id, sequence=sequence, reason=body.reason
    )
    return asking.answer(shapes.PeopleReviewAnswer, await ask(ask.to.people_reviews.ClosePeopleReview, request))
