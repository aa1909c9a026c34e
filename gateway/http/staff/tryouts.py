"""What a store lays out to be tried on, and how it ends; what is kept is bought at the till."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.tried import ReleaseTryout, Tryout, TryoutAnswer, TryoutPage, TryoutPath
from omo.order.v1 import tryout_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: tryouts"])


@router.get("/v1/staff/tryouts", operation_id="list_store_tryouts", response_model=TryoutPage)
async def list_store_tryouts(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="Whose.")],
    open: Annotated[bool, Query(examples=[True], description="Only those that stand.")] = True,  # noqa: A002
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """A store's, newest first."""
    request = pb.ListTryoutsRequest(location_id=location, open=open, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.tryouts.ListTryouts, request)
    return asking.page(Tryout, "tryouts", reply.tryouts, reply.next_page_token)


@router.get("/v1/staff/tryouts/{tryout_id}", operation_id="get_store_tryout", response_model=TryoutAnswer)
async def get_store_tryout(tryout_id: TryoutPath, ask: Asking) -> Response:
    """One of the store's."""
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.GetTryout, pb.GetTryoutRequest(tryout_id=tryout_id)))


@router.post("/v1/staff/tryouts/{tryout_id}/ready", operation_id="ready_tryout", response_model=TryoutAnswer)
async def ready_tryout(tryout_id: TryoutPath, ask: Asking) -> Response:
    """It is laid out; who does not come for it is counted."""
    request = pb.ReadyTryoutRequest(request_id=ask.key, tryout_id=tryout_id)
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.ReadyTryout, request))


@router.post("/v1/staff/tryouts/{tryout_id}/begin", operation_id="begin_tryout", response_model=TryoutAnswer)
async def begin_tryout(tryout_id: TryoutPath, ask: Asking) -> Response:
    """The shopper is there."""
    request = pb.BeginTryoutRequest(request_id=ask.key, tryout_id=tryout_id)
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.BeginTryout, request))


@router.post("/v1/staff/tryouts/{tryout_id}/release", operation_id="release_store_tryout", response_model=TryoutAnswer)
async def release_store_tryout(tryout_id: TryoutPath, body: ReleaseTryout, ask: Asking) -> Response:
    """Nothing is kept: all of it is for sale again."""
    request = translation.fill(pb.ReleaseTryoutRequest(request_id=ask.key, tryout_id=tryout_id), body)
    return asking.answer(TryoutAnswer, await ask(ask.to.tryouts.ReleaseTryout, request))
