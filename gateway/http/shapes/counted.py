"""Counts as the API shows and takes them, and the calls that stores and headquarters share."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LocationId, NextPage, Shown, Sku, Time, Version, When, Whole, eg, kinds
from omo.inventory.v1 import counting_pb2
from omo.inventory.v1 import counting_service_pb2 as pb

COUNT = "0199a5c3-1c2d-7e3f-9a4b-5c6d7e8f9a01"
CountPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=[COUNT])]
State = Literal["", "OPEN", "SUBMITTED", "APPROVED", "CANCELLED"]


class OpenIn(Asked):
    """What is to be counted."""

    location_id: LocationId
    area: Annotated[str, StringConstraints(max_length=64), eg("north wall", "Empty: the whole store.")] = ""
    skus: Annotated[list[Sku], Field(max_length=500)] = []


class CountedIn(Asked):
    """What somebody counted of a good."""

    sku: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("COAT-CAMEL-M", "Or its barcode.")]
    quantity: Annotated[Whole, Field(ge=0, le=1_000_000), eg(20)]
    count_time: Annotated[When | None, eg(None, "When it was counted; null: now.")] = None


class CountsIn(Asked):
    """What somebody counted."""

    lines: Annotated[list[CountedIn], Field(min_length=1, max_length=500)]


class RecountIn(Asked):
    """What is to be counted again."""

    skus: Annotated[list[Sku], Field(min_length=1, max_length=500)]


class Line(Shown):
    """One good of a count."""

    sku: Sku
    status: Annotated[str | None, kinds(counting_pb2.CountLineStatus, "COUNTED")]
    quantity: Annotated[int, eg(20)]
    count_time: Time | None
    expected: Annotated[int, eg(24, "What the books had at the time of the count.")]
    adjustment: Annotated[int, eg(-4)]
    overtaken: Annotated[bool, eg(False, "A later count is in the books: recorded and ignored.")]
    recounts: Annotated[int, eg(0)]
    counted_by: Annotated[str, eg("A102")]


class Count(Shown):
    """A count; lists show it without its lines."""

    session_id: Annotated[str, eg(COUNT)]
    location_id: LocationId
    area: Annotated[str, eg("north wall")]
    state: Annotated[str | None, kinds(counting_pb2.CountState, "OPEN")]
    active_user: Annotated[str, eg("A102", "Who counts; empty: nobody.")]
    directed: Annotated[bool, eg(True, "Goods were named, so that others are undirected.")]
    lines: list[Line]
    create_time: Time | None
    approve_time: Annotated[Time | None, eg(None)]
    version: Version


class CountOut(Shown):
    """The count as it is now."""

    count: Count


class CountPage(Shown):
    """Counts, newest first."""

    counts: list[Count]
    next_page_token: NextPage


async def listed(ask: Asking, location: str, state: str, page_size: int, page_token: str) -> Response:
    """One page of counts."""
    request = pb.ListCountsRequest(location_id=location, page_size=page_size, page_token=page_token)
    translation.choose(request, state=state)
    reply = await ask(ask.to.counts.ListCounts, request)
    return asking.page(Count, "counts", reply.counts, reply.next_page_token)


async def opened(ask: Asking, body: OpenIn) -> Response:
    """A new count."""
    request = translation.fill(pb.OpenCountRequest(request_id=ask.key), body)
    return asking.answer(CountOut, await ask(ask.to.counts.OpenCount, request), 201)


async def shown(ask: Asking, session_id: str) -> Response:
    """One count with its lines."""
    return asking.answer(CountOut, await ask(ask.to.counts.GetCount, pb.GetCountRequest(session_id=session_id)))


async def recounted(ask: Asking, session_id: str, body: RecountIn) -> Response:
    """Lines to be counted again."""
    request = translation.fill(pb.RecountLinesRequest(request_id=ask.key, session_id=session_id), body)
    return asking.answer(CountOut, await ask(ask.to.counts.RecountLines, request))


async def approved(ask: Asking, session_id: str) -> Response:
    """The differences booked."""
    request = pb.ApproveCountRequest(request_id=ask.key, session_id=session_id)
    return asking.answer(CountOut, await ask(ask.to.counts.ApproveCount, request))


async def cancelled(ask: Asking, session_id: str) -> Response:
    """A count that books nothing."""
    request = pb.CancelCountRequest(request_id=ask.key, session_id=session_id)
    return asking.answer(CountOut, await ask(ask.to.counts.CancelCount, request))
