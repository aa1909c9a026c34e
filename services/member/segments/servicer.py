"""Segments as gRPC: unwrap, call one use case, wrap."""

from typing import Any

from kit import fields, pages
from kit.errors import invalid
from kit.postgres import Database
from kit.requests import Request, once
from omo.member.v1 import segments_pb2, segments_service_pb2_grpc
from omo.member.v1 import segments_service_pb2 as pb
from services.member.segments import store, wire
from services.member.segments.usecases import FIRST, Facts, Segments

_NAME = 100


_NAMED = 50


class SegmentServicer(segments_service_pb2_grpc.SegmentServiceServicer):
    """Whom a rule means."""

    def __init__(self, db: Database, segments: Segments, facts: Facts, page_key: bytes) -> None:
        self._db = db
        self._segments = segments
        self._facts = facts
        self._page_key = page_key

    async def PutSegment(self, request: pb.PutSegmentRequest, context: Any) -> pb.PutSegmentResponse:
        asked = request.segment
        segment_id = fields.code("segment.segment_id", asked.segment_id)
        name = fields.text("segment.name", asked.name, _NAME)
        rule = wire.rule(asked.rule, "segment.rule")

        async def work(tx: Any) -> pb.PutSegmentResponse:
            row = await self._segments.put(tx, segment_id, name, rule)
            return pb.PutSegmentResponse(segment=wire.segment_message(row))

        return await once(self._db, Request.of("PutSegment", request), work, pb.PutSegmentResponse)

    async def GetSegment(self, request: pb.GetSegmentRequest, context: Any) -> pb.GetSegmentResponse:
        async with self._db.read() as tx:
            row = await self._segments.row(tx, fields.code("segment_id", request.segment_id))
        return pb.GetSegmentResponse(segment=wire.segment_message(row))

    async def ListSegments(self, request: pb.ListSegmentsRequest, context: Any) -> pb.ListSegmentsResponse:
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key) or {}
        async with self._db.read() as tx:
            rows = await store.page(tx, cursor.get("segment", ""), size + 1)
        more = pages.encode({"segment": rows[size - 1]["segment_id"]}, self._page_key) if len(rows) > size else ""
        return pb.ListSegmentsResponse(segments=map(wire.segment_message, rows[:size]), next_page_token=more)

    async def PreviewSegment(self, request: pb.PreviewSegmentRequest, context: Any) -> pb.PreviewSegmentResponse:
        async with self._db.transaction() as tx:
            match request.WhichOneof("what"):
                case "rule":
                    rule = wire.rule(request.rule)
                case "segment_id":
                    rule = (await self._segments.get(tx, fields.code("segment_id", request.segment_id))).rule
                case _:
                    raise invalid("rule", "must be given, or segment_id")
            members, first = await self._segments.preview(tx, rule)
        return pb.PreviewSegmentResponse(members=members, member_ids=first)

    async def ListSegmentFields(
        self, request: pb.ListSegmentFieldsRequest, context: Any
    ) -> pb.ListSegmentFieldsResponse:
        return pb.ListSegmentFieldsResponse(fields=wire.known_fields())

    async def CheckMemberships(self, request: pb.CheckMembershipsRequest, context: Any) -> pb.CheckMembershipsResponse:
        member_id = fields.identifier("member_id", request.member_id)
        if not 1 <= len(request.segment_ids) <= _NAMED:
            raise invalid("segment_ids", f"must be 1 to {_NAMED}")
        async with self._db.read() as tx:
            found = await self._segments.of_member(tx, member_id, list(dict.fromkeys(request.segment_ids)))
        return pb.CheckMembershipsResponse(segment_ids=found)

    async def CountRfmGroups(self, request: pb.CountRfmGroupsRequest, context: Any) -> pb.CountRfmGroupsResponse:
        async with self._db.transaction() as tx:
            counted = await self._segments.groups(tx)
        found = (segments_pb2.RfmGroup(group=group, members=members) for group, members in counted.items())
        return pb.CountRfmGroupsResponse(groups=found)

    async def RefreshFacts(self, request: pb.RefreshFactsRequest, context: Any) -> pb.RefreshFactsResponse:
        member_id = fields.identifier("member_id", request.member_id)
        async with self._db.transaction() as tx:
            await self._facts.refresh(tx, [member_id])
        return pb.RefreshFactsResponse()

    async def RebuildFacts(self, request: pb.RebuildFactsRequest, context: Any) -> pb.RebuildFactsResponse:
        given = request.after_member_id
        after = fields.identifier("after_member_id", given) if given else FIRST
        async with self._db.transaction() as tx:
            members, orders = await self._facts.rebuild(tx, after)
        return pb.RebuildFactsResponse(members=len(members), orders=orders, next_member_id=(members or [""])[-1])
