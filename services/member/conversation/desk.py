"""Staff and customer service at their threads: looking, answering, noting, handing over, closing."""

from dataclasses import replace
from datetime import datetime

from kit import access
from kit.access import Kind as Who
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.conversation import domain, store, store_entries
from services.member.conversation.delivery import Courier
from services.member.conversation.domain import Assignment, Delivery, Entry, Form, Kind, Queue, State, Thread, Viewer
from services.member.conversation.domain_refusals import Assigned, ChannelClosed, StaffUnknown, Unseen
from services.member.conversation.entering import Scribe
from services.member.conversation.replies import Replies
from services.member.conversation.threads import Threads
from services.member.conversation.waiting import Waiting
from services.member.identity import reading

EVERYTHING = tuple(Kind)


def viewer() -> Viewer:
    """Whoever calls."""
    caller = access.current()
    if caller.kind is Who.HQ:
        return Viewer(everywhere=True)
    return Viewer(False, caller.staff_code, caller.location_ids, "manager" in caller.roles)


class Desk:
    """Each verb is one transaction under the thread's lock, and refuses whoever has not seen what he decides on."""

    def __init__(
        self, threads: Threads, scribe: Scribe, waiting: Waiting, courier: Courier, replies: Replies, clock: Clock
    ) -> None:
        self._threads = threads
        self._scribe = scribe
        self._waiting = waiting
        self._courier = courier
        self._replies = replies
        self._clock = clock

    async def read(self, tx: Tx, conversation_id: str, after: int, limit: int) -> tuple[Thread, list[Entry]]:
        """A thread from an entry on; that somebody looked is written down."""
        thread = _seen(await store.get(tx, conversation_id))
        await reading.note(tx, self._clock(), "ReadConversation", member_id=thread.member_id or thread.person_id)
        return thread, await self._threads.entries(tx, thread, after, EVERYTHING, limit)

    async def reply(self, tx: Tx, conversation_id: str, text: str, seen_sequence: int) -> tuple[Thread, Entry]:
        """Answers; what was anybody's of a store is his from now on."""
        thread, now = await self._answerable(tx, conversation_id), self._clock()
        who, taken = viewer(), thread.to
        if thread.to.queue is Queue.STORE and who.staff_code:
            taken = replace(thread.to, queue=Queue.STAFF, staff_code=who.staff_code)
        after = domain.replied(thread, now, taken, seen_sequence)
        entry = self._entry(after, Kind.REPLY, now, text)
        entry = replace(entry, delivery=self._courier.begins_as(thread))
        await self._scribe.enter(tx, after, entry)
        await self._waiting.ends(tx, after)
        if entry.delivery is Delivery.WAITING:
            await self._courier.send(tx, entry)
        return after, entry

    async def retry(self, tx: Tx, conversation_id: str, entry_id: str) -> tuple[Thread, Entry]:
        """Hands a reply over again that could not be brought."""
        thread = await self._answerable(tx, conversation_id)
        after, entry = await self._replies.again(tx, thread, entry_id)
        await self._courier.send(tx, entry)
        return after, entry

    async def note(self, tx: Tx, conversation_id: str, text: str) -> tuple[Thread, Entry]:
        """A word among colleagues."""
        thread, now = await self._locked(tx, conversation_id), self._clock()
        after = domain.noted(thread, now)
        entry = self._entry(after, Kind.NOTE, now, text)
        await self._scribe.enter(tx, after, entry)
        return after, entry

    async def hand_over(self, tx: Tx, conversation_id: str, to: Assignment, version: int, note: str) -> Thread:
        """Gives it to somebody else, with all that was said; whoever waits waits for him now."""
        thread, now = await self._locked(tx, conversation_id), self._clock()
        after = domain.handed(thread, now, await self._whom(tx, thread, to, now), version)
        entry = replace(self._entry(after, Kind.HANDOVER, now, note), handed_to=after.to)
        await self._scribe.enter(tx, after, entry)
        await self._waiting.moves(tx, after)
        return after

    async def close(self, tx: Tx, conversation_id: str, version: int) -> Thread:
        """Nothing more is to be answered; closing what is closed changes nothing."""
        thread, now = await self._locked(tx, conversation_id), self._clock()
        if thread.state is State.CLOSED:
            return thread
        after = domain.closed(thread, now, version)
        await self._scribe.enter(tx, after, self._entry(after, Kind.CLOSED, now, ""))
        await self._waiting.ends(tx, after)
        return after

    async def _answerable(self, tx: Tx, conversation_id: str) -> Thread:
        """The thread, locked: the caller's to answer, and the shopper still there to hear it."""
        thread = await self._locked(tx, conversation_id)
        if not viewer().answers(thread.to):
            raise Assigned("it is another's to answer", queue=thread.to.queue.name, staff_code=thread.to.staff_code)
        if not thread.reachable or not await self._courier.reaches(tx, thread):
            raise ChannelClosed("the shopper cannot be reached there any more", channel=thread.channel)
        return thread

    async def _locked(self, tx: Tx, conversation_id: str) -> Thread:
        return _seen(await store.lock(tx, conversation_id))

    async def _whom(self, tx: Tx, thread: Thread, to: Assignment, now: datetime) -> Assignment:
        """Somebody who works here, in whose store it is then; a store; or customer service."""
        if to.queue is not Queue.STAFF:
            return Assignment(to.queue, location_id=to.location_id or thread.to.location_id)
        home = await store.staff_home(tx, to.staff_code, now)
        if home is None:
            raise StaffUnknown("nobody who works here has that code", staff_code=to.staff_code, field="staff_code")
        return replace(to, location_id=home)

    def _entry(self, after: Thread, kind: Kind, now: datetime, text: str) -> Entry:
        who = viewer()
        return Entry(
            uuid7(),
            after.last_sequence,
            kind,
            now,
            Form.TEXT,
            text,
            staff_code=who.staff_code,
            location_id=after.to.location_id,
        )


def _seen(thread: Thread | None) -> Thread:
    if thread is None or not viewer().sees(thread.to):
        raise Unseen("there is no such thread, or it is not yours to see")
    return thread


async def listed(
    tx: Tx, state: int, queue: int, mine: bool, location_id: str, member_id: str, after: tuple[str, str], limit: int
) -> list[tuple[Thread, str]]:
    """Threads that the caller sees."""
    return await store.page(tx, _narrowed(mine, location_id), state, queue, after, limit, member_id)


async def tasks(tx: Tx, state: int, mine: bool, location_id: str, after: str, limit: int) -> list[domain.Task]:
    """Tasks that the caller sees."""
    wanted = domain.TaskState(state or domain.TaskState.OPEN)
    return await store_entries.tasks(tx, _narrowed(mine, location_id), wanted, after, limit)


def _narrowed(mine: bool, location_id: str) -> Viewer:
    """The caller, looking at his own or at one store alone; never further than he may."""
    who = viewer()
    if mine:
        if not who.staff_code:
            raise invalid("mine", "only staff of stores have threads of their own")
        return Viewer(False, who.staff_code)
    if location_id:
        seen = who.everywhere or location_id in who.location_ids
        return Viewer(False, "", (location_id,) if seen else ())
    return who
