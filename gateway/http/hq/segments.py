"""Headquarters: whom the brand means by what it knows of members."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import segmented
from gateway.http.shapes.fields import MEMBER, PageSize, PageToken
from gateway.http.shapes.segmented import (
    PreviewSegment,
    PutSegment,
    RfmGroups,
    SegmentAnswer,
    SegmentFields,
    SegmentPage,
    SegmentPreview,
)
from omo.member.v1 import segments_pb2
from omo.member.v1 import segments_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: segments"])

SegmentPath = Annotated[
    str, Path(min_length=1, max_length=64, examples=["store_only"], description="The brand's own code of a segment.")
]
MemberPath = Annotated[
    str, Path(min_length=36, max_length=36, examples=[MEMBER], description="The member, by any of his ids.")
]


@router.put("/v1/hq/segments/{segment_id}", operation_id="put_segment", response_model=SegmentAnswer)
async def put_segment(segment_id: SegmentPath, body: PutSegment, ask: Asking) -> Response:
    """Keeps a segment; a rule that cannot be meant is refused at the place where it is wrong."""
    told = segments_pb2.Segment(segment_id=segment_id, name=body.name, rule=segmented.asked(body.rule))
    reply = await ask(ask.to.segments.PutSegment, pb.PutSegmentRequest(request_id=ask.key, segment=told))
    return asking.encoded({"segment": segmented.segment(reply.segment)})


@router.get("/v1/hq/segments", operation_id="list_segments", response_model=SegmentPage)
async def list_segments(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """All segments."""
    reply = await ask(ask.to.segments.ListSegments, pb.ListSegmentsRequest(page_size=page_size, page_token=page_token))
    found = [segmented.segment(one) for one in reply.segments]
    return asking.encoded({"segments": found, "next_page_token": reply.next_page_token or None})


@router.get("/v1/hq/segments/fields", operation_id="list_segment_fields", response_model=SegmentFields)
async def list_segment_fields(ask: Asking) -> Response:
    """What rules may ask, and how."""
    return asking.answer(SegmentFields, await ask(ask.to.segments.ListSegmentFields, pb.ListSegmentFieldsRequest()))


@router.get("/v1/hq/segments/rfm", operation_id="count_rfm_groups", response_model=RfmGroups)
async def count_rfm_groups(ask: Asking) -> Response:
    """How many members each group of recency, frequency and money has now."""
    return asking.answer(RfmGroups, await ask(ask.to.segments.CountRfmGroups, pb.CountRfmGroupsRequest()))


@router.get("/v1/hq/segments/{segment_id}", operation_id="get_segment", response_model=SegmentAnswer)
async def get_segment(segment_id: SegmentPath, ask: Asking) -> Response:
    """A segment."""
    reply = await ask(ask.to.segments.GetSegment, pb.GetSegmentRequest(segment_id=segment_id))
    return asking.encoded({"segment": segmented.segment(reply.segment)})


@router.post("/v1/hq/segments/preview", operation_id="preview_segment", response_model=SegmentPreview)
async def preview_segment(body: PreviewSegment, ask: Asking) -> Response:
    """Counts whom a rule means now, before anything is done with it."""
    if body.rule is not None:
        request = pb.PreviewSegmentRequest(rule=segmented.asked(body.rule))
    else:
        request = pb.PreviewSegmentRequest(segment_id=body.segment_id or "")
    return asking.answer(SegmentPreview, await ask(ask.to.segments.PreviewSegment, request))


@router.post(
    "/v1/hq/members/{member_id}/facts/refresh", operation_id="refresh_facts", status_code=status.HTTP_204_NO_CONTENT
)
async def refresh_facts(member_id: MemberPath, ask: Asking) -> Response:
    """Works out anew what segments know of a member, after a drift was found."""
    await ask(ask.to.segments.RefreshFacts, pb.RefreshFactsRequest(member_id=member_id))
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/v1/hq/facts/rebuild", operation_id="rebuild_facts", response_model=segmented.Rebuilt)
async def rebuild_facts(body: segmented.RebuildFacts, ask: Asking) -> Response:
    """Fetches what segments know of orders from member's other books, for the next members; safe to repeat."""
    request = pb.RebuildFactsRequest(after_member_id=body.after_member_id)
    return asking.answer(segmented.Rebuilt, await ask(ask.to.segments.RebuildFacts, request))
