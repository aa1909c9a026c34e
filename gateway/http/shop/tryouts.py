"""Goods of a store that a shopper reserves to try on, without paying."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.tried import ReleaseTryout, ReserveTryout, Tryout, TryoutAnswer, TryoutPage, TryoutPath
from omo.order.v1 import tryout_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Tryouts"])


@router.post(
    "/v1/tryouts", operation_id="reserve_tryout", response_model=TryoutAnswer, status_code=status.HTTP_201_CREATED
)
async def reserve_tryout(body: ReserveTryout, ask: Asking) -> Response:
    """Holds goods of a store for 48 hours; two reservations at a time, and none for whoever never comes."""
    request = translation.fill(pb.ReserveTryoutRequest(request_id=ask.key, member_id=ask.me), body)
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.ReserveTryout, request), status.HTTP_201_CREATED)


@router.get("/v1/tryouts", operation_id="list_tryouts", response_model=TryoutPage)
async def list_tryouts(
    ask: Asking,
    open: Annotated[bool, Query(examples=[True], description="Only those that stand.")] = False,  # noqa: A002
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """One's own, newest first."""
    request = pb.ListTryoutsRequest(member_id=ask.me, open=open, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.tryouts.ListTryouts, request)
    return asking.page(Tryout, "tryouts", reply.tryouts, reply.next_page_token)


@router.get("/v1/tryouts/{tryout_id}", operation_id="get_tryout", response_model=TryoutAnswer)
async def get_tryout(tryout_id: TryoutPath, ask: Asking) -> Response:
    """One of one's own."""
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.GetTryout, pb.GetTryoutRequest(tryout_id=tryout_id)))


@router.post("/v1/tryouts/{tryout_id}/release", operation_id="release_tryout", response_model=TryoutAnswer)
async def release_tryout(tryout_id: TryoutPath, body: ReleaseTryout, ask: Asking) -> Response:
    """Gives it up: the goods are for sale again."""
    request = translation.fill(pb.ReleaseTryoutRequest(request_id=ask.key, tryout_id=tryout_id), body)
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.ReleaseTryout, request))
