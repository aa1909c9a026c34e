"""Store staff: counting while the store trades."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import counted
from gateway.http.shapes.counted import CountOut, CountPage, CountPath, CountsIn, OpenIn, RecountIn, State
from gateway.http.shapes.fields import PageSize, PageToken
from omo.inventory.v1 import counting_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: counts"])


@router.post("/v1/staff/counts", operation_id="open_my_count", response_model=CountOut, status_code=201)
async def open_my_count(body: OpenIn, ask: Asking) -> Response:
    """Opens a count of an area, or of the goods that are named; the store goes on trading."""
    return await counted.opened(ask, body)


@router.get("/v1/staff/counts", operation_id="list_my_counts", response_model=CountPage)
async def list_my_counts(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    state: Annotated[State, Query(examples=["SUBMITTED"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Counts, newest first."""
    return await counted.listed(ask, location, state, page_size, page_token)


@router.get("/v1/staff/counts/{session_id}", operation_id="get_my_count", response_model=CountOut)
async def get_my_count(session_id: CountPath, ask: Asking) -> Response:
    """A count with its lines, each beside what the books expect at its time."""
    return await counted.shown(ask, session_id)


@router.post("/v1/staff/counts/{session_id}/recount", operation_id="recount_my_lines", response_model=CountOut)
async def recount_my_lines(session_id: CountPath, body: RecountIn, ask: Asking) -> Response:
    """Sends lines back to be counted again."""
    return await counted.recounted(ask, session_id, body)


@router.post("/v1/staff/counts/{session_id}/approve", operation_id="approve_my_count", response_model=CountOut)
async def approve_my_count(session_id: CountPath, ask: Asking) -> Response:
    """Books what differs, each line against its own time."""
    return await counted.approved(ask, session_id)


@router.post("/v1/staff/counts/{session_id}/cancel", operation_id="cancel_my_count", response_model=CountOut)
async def cancel_my_count(session_id: CountPath, ask: Asking) -> Response:
    """Ends a count without booking."""
    return await counted.cancelled(ask, session_id)


@router.post("/v1/staff/counts/{session_id}/join", operation_id="join_count", response_model=CountOut)
async def join_count(session_id: CountPath, ask: Asking) -> Response:
    """The caller counts; one does at a time."""
    request = pb.JoinCountRequest(request_id=ask.key, session_id=session_id)
    return asking.answer(CountOut, await ask(ask.to.counts.JoinCount, request))


@router.post("/v1/staff/counts/{session_id}/release", operation_id="release_count", response_model=CountOut)
async def release_count(session_id: CountPath, ask: Asking) -> Response:
    """The caller counts no more; a manager may say so of others."""
    request = pb.ReleaseCountRequest(request_id=ask.key, session_id=session_id)
    return asking.answer(CountOut, await ask(ask.to.counts.ReleaseCount, request))


@router.post("/v1/staff/counts/{session_id}/lines", operation_id="record_counts", response_model=CountOut)
async def record_counts(session_id: CountPath, body: CountsIn, ask: Asking) -> Response:
    """What the caller counted; a later count of a good takes the place of an earlier one."""
    request = translation.fill(pb.RecordCountsRequest(request_id=ask.key, session_id=session_id), body)
    return asking.answer(CountOut, await ask(ask.to.counts.RecordCounts, request))


@router.post("/v1/staff/counts/{session_id}/submit", operation_id="submit_count", response_model=CountOut)
async def submit_count(session_id: CountPath, ask: Asking) -> Response:
    """All is counted."""
    request = pb.SubmitCountRequest(request_id=ask.key, session_id=session_id)
    return asking.answer(CountOut, await ask(ask.to.counts.SubmitCount, request))
