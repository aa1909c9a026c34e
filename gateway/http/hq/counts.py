"""Headquarters: counts of stores, looked at and booked."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import counted
from gateway.http.shapes.counted import CountOut, CountPage, CountPath, OpenIn, RecountIn, State
from gateway.http.shapes.fields import PageSize, PageToken

router = APIRouter(route_class=Door, tags=["HQ: counts"])


@router.post("/v1/hq/counts", operation_id="open_count", response_model=CountOut, status_code=201)
async def open_count(body: OpenIn, ask: Asking) -> Response:
    """Opens a count of an area, or of the goods that are named; the store goes on trading."""
    return await counted.opened(ask, body)


@router.get("/v1/hq/counts", operation_id="list_counts", response_model=CountPage)
async def list_counts(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: all.")] = "",
    state: Annotated[State, Query(examples=["SUBMITTED"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Counts, newest first."""
    return await counted.listed(ask, location, state, page_size, page_token)


@router.get("/v1/hq/counts/{session_id}", operation_id="get_count", response_model=CountOut)
async def get_count(session_id: CountPath, ask: Asking) -> Response:
    """A count with its lines, each beside what the books expect at its time."""
    return await counted.shown(ask, session_id)


@router.post("/v1/hq/counts/{session_id}/recount", operation_id="recount_lines", response_model=CountOut)
async def recount_lines(session_id: CountPath, body: RecountIn, ask: Asking) -> Response:
    """Sends lines back to be counted again."""
    return await counted.recounted(ask, session_id, body)


@router.post("/v1/hq/counts/{session_id}/approve", operation_id="approve_count", response_model=CountOut)
async def approve_count(session_id: CountPath, ask: Asking) -> Response:
    """Books what differs, each line against its own time."""
    return await counted.approved(ask, session_id)


@router.post("/v1/hq/counts/{session_id}/cancel", operation_id="cancel_count", response_model=CountOut)
async def cancel_count(session_id: CountPath, ask: Asking) -> Response:
    """Ends a count without booking."""
    return await counted.cancelled(ask, session_id)
