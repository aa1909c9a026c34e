"""Timelines, what is noted on them, call lists and looks as gRPC."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from google.protobuf.message import Message

from kit import access, fields, pages, requests
from kit.access import Kind as Who
from kit.errors import invalid
from kit.postgres import Tx
from omo.member.v1 import profile_service_pb2 as pb
from omo.member.v1 import profile_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.ground import Ground
from services.member.identity import reading
from services.member.profile import calls, history, store_looks, store_timeline, wire_calls, wire_timeline
from services.member.profile.domain_timeline import Kind, Look
from services.member.profile.history import Shown
from services.member.profile.moments import Moment, Moments

R = TypeVar("R", bound=Message)

_TEXT, _SKUS, _MINUTES = 2_000, 20, 24 * 60
_CHANNELS = ("store", "chat", "phone", "email", "web")


class TimelineServicer(rpc.TimelineServiceServicer):
    """Unwrap, one use case, wrap; answers are remembered without what was said."""

    def __init__(self, ground: Ground, moments: Moments) -> None:
        self._g = ground
        self._moments = moments

    async def ListTimeline(self, request: pb.ListTimelineRequest, context: Any) -> pb.ListTimelineResponse:
        """As far as the caller may see; the look is written down."""
        member_id = _member(request)
        size, key = pages.page_size(request.page_size), self._g.page_key
        cursor = pages.decode(request.page_token, key)
        before = (datetime.fromisoformat(cursor["t"]), cursor["r"]) if cursor else None
        kinds, now = wire_timeline.kinds(request.kinds), self._g.clock()
        async with self._g.db.transaction() as tx:
            found = await history.page(tx, self._g.vault, member_id, kinds, before, size, now)
            await _noted(tx, now, "ListTimeline", member_id)
        last = found[-1].row if len(found) == size else None
        token = pages.encode({"t": last.business_time.isoformat(), "r": last.record_id}, key) if last else ""
        return pb.ListTimelineResponse(records=map(wire_timeline.record, found), next_page_token=token)

    async def RecordTrial(self, request: pb.RecordTrialRequest, context: Any) -> pb.RecordTrialResponse:
        """What was tried at the counter."""
        member_id = _member(request)
        skus = [fields.code("skus", sku) for sku in dict.fromkeys(request.skus)]
        if not 1 <= len(skus) <= _SKUS:
            raise invalid("skus", f"must be 1 to {_SKUS}")
        outcome = wire_timeline.outcome(request.outcome)
        note = fields.text("note", request.note, _TEXT, empty=True)

        async def work(tx: Tx) -> Shown:
            return await self._moments.trial(tx, member_id, skus, outcome, note, wish=request.wish)

        return await self._keep("RecordTrial", request, "note", pb.RecordTrialResponse, work, note)

    async def RecordVisit(self, request: pb.RecordVisitRequest, context: Any) -> pb.RecordVisitResponse:
        """The member was here."""
        member_id = _member(request)
        if not 0 <= request.minutes <= _MINUTES:
            raise invalid("minutes", f"must be 0 to {_MINUTES}")
        note = fields.text("note", request.note, _TEXT, empty=True)
        noted = Moment(Kind.VISIT, {"minutes": request.minutes}, "", note)
        return await self._keep(
            "RecordVisit", request, "note", pb.RecordVisitResponse, self._of(member_id, noted), note
        )

    async def AddNote(self, request: pb.AddNoteRequest, context: Any) -> pb.AddNoteResponse:
        """Something worth remembering."""
        member_id = _member(request)
        text = fields.text("text", request.text, _TEXT)
        work = self._of(member_id, Moment(Kind.NOTE, {}, "", text))
        return await self._keep("AddNote", request, "text", pb.AddNoteResponse, work, text)

    async def RecordComplaint(self, request: pb.RecordComplaintRequest, context: Any) -> pb.RecordComplaintResponse:
        """Something went wrong for the member."""
        member_id = _member(request)
        if request.channel not in _CHANNELS:
            raise invalid("channel", f"must be one of {', '.join(_CHANNELS)}")
        order_id = fields.identifier("order_id", request.order_id) if request.order_id else ""
        text = fields.text("text", request.text, _TEXT)
        work = self._of(member_id, Moment(Kind.COMPLAINT, {"channel": request.channel}, order_id, text))
        return await self._keep("RecordComplaint", request, "text", pb.RecordComplaintResponse, work, text)

    async def SettleComplaint(self, request: pb.SettleComplaintRequest, context: Any) -> pb.SettleComplaintResponse:
        """It has been dealt with."""
        member_id = _member(request)
        record_id = fields.identifier("record_id", request.record_id)
        text = fields.text("text", request.text, _TEXT, empty=True)

        async def work(tx: Tx) -> Shown:
            return await self._moments.settle(tx, member_id, record_id, text)

        return await self._keep("SettleComplaint", request, "text", pb.SettleComplaintResponse, work, text)

    async def RecordCall(self, request: pb.RecordCallRequest, context: Any) -> pb.RecordCallResponse:
        """Somebody spoke to the member, or tried to."""
        member_id = _member(request)
        data = wire_calls.call(request.reason, request.outcome)
        note = fields.text("note", request.note, _TEXT, empty=True)
        work = self._of(member_id, Moment(Kind.CALL, data, "", note))
        return await self._keep("RecordCall", request, "note", pb.RecordCallResponse, work, note)

    async def RecordBrowsing(self, request: pb.RecordBrowsingRequest, context: Any) -> pb.RecordBrowsingResponse:
        """What he looked at; each look has a natural key, so nothing else makes it once."""
        member_id = _member(request)
        views = wire_timeline.views(request.views)

        async def work(tx: Tx) -> pb.RecordBrowsingResponse:
            return pb.RecordBrowsingResponse(kept=await self._moments.browsed(tx, member_id, views))

        asked_ = requests.Request.of("RecordBrowsing", request)
        return await requests.once(self._g.db, asked_, work, pb.RecordBrowsingResponse)

    async def ListCalls(self, request: pb.ListCallsRequest, context: Any) -> pb.ListCallsResponse:
        """Staff see their own list; managers and headquarters anybody's."""
        principal = access.current()
        own = request.staff_code or principal.staff_code
        if principal.kind is Who.STAFF and own != principal.staff_code and "manager" not in principal.roles:
            raise access.Denied("a call list is shown to its own staff member and to managers", field="staff_code")
        size, now = pages.page_size(request.limit), self._g.clock()
        async with self._g.db.transaction() as tx:
            found = await calls.of_staff(tx, self._g, fields.code("staff_code", own), size)
            for one in found:
                await _noted(tx, now, "ListCalls", one.entry.member_id)
        return pb.ListCallsResponse(entries=map(wire_calls.entry, found))

    async def ListReads(self, request: pb.ListReadsRequest, context: Any) -> pb.ListReadsResponse:
        """Who looked at whom; a member is told of himself only."""
        access.require_member(request.member_id)
        if bool(request.member_id) == bool(request.actor_id):
            raise invalid("member_id", "must be given, or actor_id, and not both")
        size, key = pages.page_size(request.page_size), self._g.page_key
        cursor = pages.decode(request.page_token, key)
        before = (datetime.fromisoformat(cursor["t"]), cursor["r"]) if cursor else history.END
        async with self._g.db.read() as tx:
            found = await self._looks(tx, request, before, size)
        last = found[-1] if len(found) == size else None
        token = pages.encode({"t": last.record_time.isoformat(), "r": last.read_id}, key) if last else ""
        return pb.ListReadsResponse(reads=map(wire_timeline.look, found), next_page_token=token)

    async def _looks(
        self, tx: Tx, request: pb.ListReadsRequest, before: tuple[datetime, str], size: int
    ) -> Sequence[Look]:
        if request.actor_id:
            return await store_looks.of_actor(tx, request.actor_id, before, size)
        ids = await store_timeline.ids(tx, fields.identifier("member_id", request.member_id))
        return await store_looks.of_member(tx, ids, before, size)

    def _of(self, member_id: str, noted: Moment) -> Callable[[Tx], Awaitable[Shown]]:
        async def work(tx: Tx) -> Shown:
            return await self._moments.keep(tx, member_id, noted)

        return work

    async def _keep(
        self, name: str, request: Any, hidden: str, made: type[R], work: Callable[[Tx], Awaitable[Shown]], text: str
    ) -> R:
        async def told(tx: Tx) -> R:
            record = wire_timeline.record(await work(tx))
            record.text = ""  # answers are remembered in clear
            return made(record=record)

        reply = await requests.once(self._g.db, asked(self._g.vault, name, request, hidden), told, made)
        reply.record.text = text  # type: ignore[attr-defined]
        return reply


def _member(request: Any) -> str:
    member_id = fields.identifier("member_id", request.member_id)
    access.require_member(member_id)
    return member_id


async def _noted(tx: Tx, now: datetime, name: str, member_id: str) -> None:
    if access.current().kind is not Who.MEMBER:
        await reading.note(tx, now, name, member_id=member_id)
