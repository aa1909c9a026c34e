"""Conversations as gRPC."""

from typing import Any

from kit import access, fields, pages, requests
from kit.clock import Clock
from kit.postgres import Database
from omo.member.v1 import conversation_service_pb2 as pb
from omo.member.v1 import conversation_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.conversation import desk, wire, wire_hours
from services.member.conversation.desk import Desk
from services.member.conversation.domain import APP, LONGEST, Thread
from services.member.conversation.hours import ServiceHours
from services.member.conversation.threads import Threads, Written
from services.member.identity import store as people
from services.member.points import reading
from services.member.vault import Vault

_FIRST = ("-infinity", "00000000-0000-0000-0000-000000000000")


class ConversationServicer(rpc.ConversationServiceServicer):
    """Unwrap, one verb, wrap. What was said is not kept with the request: answers are opened anew."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        threads: Threads,
        at_desk: Desk,
        hours: ServiceHours,
        clock: Clock,
        page_key: bytes,
    ) -> None:
        self._db = db
        self._vault = vault
        self._threads = threads
        self._desk = at_desk
        self._hours = hours
        self._clock = clock
        self._page_key = page_key

    async def WriteMessage(self, request: pb.WriteMessageRequest, context: Any) -> pb.WriteMessageResponse:
        """The shopper writes in the app."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        text = fields.text("text", request.text, LONGEST)

        async def work(tx: Any) -> pb.WriteMessageResponse:
            await reading.require_member(tx, member_id)
            meant = await people.resolve(tx, member_id)
            written = Written(APP, self._threads.app_door(meant), meant, self._clock(), text)
            thread, entry = await self._threads.write(tx, written)
            reply = pb.WriteMessageResponse(conversation_id=thread.conversation_id, entry=wire.entry(entry))
            reply.entry.text = ""
            return reply

        once = asked(self._vault, "WriteMessage", request, "text")
        reply = await requests.once(self._db, once, work, pb.WriteMessageResponse)
        reply.entry.text = text
        return reply

    async def ReadMessages(self, request: pb.ReadMessagesRequest, context: Any) -> pb.ReadMessagesResponse:
        """The shopper's own thread in the app."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            limit = pages.page_size(request.page_size)
            thread, entries = await self._threads.own(tx, member_id, request.after_sequence, limit)
        if thread is None:
            return pb.ReadMessagesResponse()
        shown = [wire.shown(one) for one in entries]
        return pb.ReadMessagesResponse(
            conversation_id=thread.conversation_id, entries=shown, last_sequence=thread.last_sequence
        )

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: Any
    ) -> pb.ListConversationsResponse:
        """Threads that the caller sees, who waits longest first."""
        limit = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (cursor["rank"], cursor["id"]) if cursor else _FIRST
        member_id = fields.identifier("member_id", request.member_id) if request.member_id else ""
        async with self._db.read() as tx:
            meant = await people.resolve(tx, member_id) if member_id else ""
            wanted = (request.state, request.queue, request.mine, request.location_id, meant)
            found = await desk.listed(tx, *wanted, after, limit + 1)
        return pb.ListConversationsResponse(
            conversations=[wire.conversation(thread) for thread, _ in found[:limit]],
            next_page_token=self._next(found, limit),
        )

    async def ReadConversation(self, request: pb.ReadConversationRequest, context: Any) -> pb.ReadConversationResponse:
        """A thread and what was said."""
        conversation_id = fields.identifier("conversation_id", request.conversation_id)
        limit = pages.page_size(request.page_size, default=50)
        async with self._db.transaction() as tx:
            thread, entries = await self._desk.read(tx, conversation_id, request.after_sequence, limit)
        return pb.ReadConversationResponse(
            conversation=wire.conversation(thread), entries=[wire.entry(one) for one in entries]
        )

    async def ReplyToConversation(
        self, request: pb.ReplyToConversationRequest, context: Any
    ) -> pb.ReplyToConversationResponse:
        """Answers the shopper."""
        conversation_id = fields.identifier("conversation_id", request.conversation_id)
        text = fields.text("text", request.text, LONGEST)

        async def work(tx: Any) -> pb.ReplyToConversationResponse:
            thread, entry = await self._desk.reply(tx, conversation_id, text, request.seen_sequence)
            reply = pb.ReplyToConversationResponse(conversation=wire.conversation(thread), entry=wire.entry(entry))
            reply.entry.text = ""
            return reply

        once = asked(self._vault, "ReplyToConversation", request, "text")
        reply = await requests.once(self._db, once, work, pb.ReplyToConversationResponse)
        reply.entry.text = text
        return reply

    async def RetryReply(self, request: pb.RetryReplyRequest, context: Any) -> pb.RetryReplyResponse:
        """Hands it over again."""
        conversation_id = fields.identifier("conversation_id", request.conversation_id)
        entry_id = fields.identifier("entry_id", request.entry_id)

        async def work(tx: Any) -> pb.RetryReplyResponse:
            thread, entry = await self._desk.retry(tx, conversation_id, entry_id)
            return pb.RetryReplyResponse(conversation=wire.conversation(thread), entry=wire.entry(entry))

        return await requests.once(self._db, requests.Request.of("RetryReply", request), work, pb.RetryReplyResponse)

    async def PutServiceHours(self, request: pb.PutServiceHoursRequest, context: Any) -> pb.PutServiceHoursResponse:
        """When the brand answers."""
        hours = wire_hours.hours(request.hours)

        async def work(tx: Any) -> pb.PutServiceHoursResponse:
            return pb.PutServiceHoursResponse(hours=wire_hours.message(await self._hours.put(tx, hours)))

        once = requests.Request.of("PutServiceHours", request)
        return await requests.once(self._db, once, work, pb.PutServiceHoursResponse)

    async def GetServiceHours(self, request: pb.GetServiceHoursRequest, context: Any) -> pb.GetServiceHoursResponse:
        """As it is now."""
        async with self._db.read() as tx:
            return pb.GetServiceHoursResponse(hours=wire_hours.message(await self._hours.get(tx)))

    async def AddConversationNote(
        self, request: pb.AddConversationNoteRequest, context: Any
    ) -> pb.AddConversationNoteResponse:
        """A word among colleagues."""
        conversation_id = fields.identifier("conversation_id", request.conversation_id)
        text = fields.text("text", request.text, LONGEST)

        async def work(tx: Any) -> pb.AddConversationNoteResponse:
            thread, entry = await self._desk.note(tx, conversation_id, text)
            reply = pb.AddConversationNoteResponse(conversation=wire.conversation(thread), entry=wire.entry(entry))
            reply.entry.text = ""
            return reply

        once = asked(self._vault, "AddConversationNote", request, "text")
        reply = await requests.once(self._db, once, work, pb.AddConversationNoteResponse)
        reply.entry.text = text
        return reply

    async def HandOverConversation(
        self, request: pb.HandOverConversationRequest, context: Any
    ) -> pb.HandOverConversationResponse:
        """Gives it to somebody else."""
        conversation_id = fields.identifier("conversation_id", request.conversation_id)
        to = wire.assignment(request.queue, request.staff_code, request.location_id)
        note = fields.text("note", request.note, LONGEST, empty=True)

        async def work(tx: Any) -> pb.HandOverConversationResponse:
            thread = await self._desk.hand_over(tx, conversation_id, to, request.version, note)
            return pb.HandOverConversationResponse(conversation=wire.conversation(thread))

        once = asked(self._vault, "HandOverConversation", request, "note")
        return await requests.once(self._db, once, work, pb.HandOverConversationResponse)

    async def CloseConversation(
        self, request: pb.CloseConversationRequest, context: Any
    ) -> pb.CloseConversationResponse:
        """Nothing more is to be answered."""
        conversation_id = fields.identifier("conversation_id", request.conversation_id)

        async def work(tx: Any) -> pb.CloseConversationResponse:
            thread = await self._desk.close(tx, conversation_id, request.version)
            return pb.CloseConversationResponse(conversation=wire.conversation(thread))

        once = requests.Request.of("CloseConversation", request)
        return await requests.once(self._db, once, work, pb.CloseConversationResponse)

    async def ListConversationTasks(
        self, request: pb.ListConversationTasksRequest, context: Any
    ) -> pb.ListConversationTasksResponse:
        """Who waits too long, the oldest first."""
        limit = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = cursor["task"] if cursor else _FIRST[1]
        async with self._db.read() as tx:
            found = await desk.tasks(tx, request.state, request.mine, request.location_id, after, limit + 1)
        more = pages.encode({"task": found[limit - 1].task_id}, self._page_key) if len(found) > limit else ""
        return pb.ListConversationTasksResponse(tasks=[wire.task(one) for one in found[:limit]], next_page_token=more)

    def _next(self, found: list[tuple[Thread, str]], limit: int) -> str:
        if len(found) <= limit:
            return ""
        thread, rank = found[limit - 1]
        return pages.encode({"rank": rank, "id": thread.conversation_id}, self._page_key)
