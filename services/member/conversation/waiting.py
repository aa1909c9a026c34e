"""Whoever waits too long for an answer, in hours of service, becomes somebody's task, and then somebody else's."""

from dataclasses import replace

from kit import outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.member.conversation import domain, store, store_entries, wire
from services.member.conversation.domain import Entry, Form, Kind, Queue, Task, TaskState, Thread
from services.member.conversation.entering import Scribe
from services.member.conversation.hours import ServiceHours

ANSWER = "conversations.answer"


class Waiting:
    """One timer for each thread in which somebody waits; each time it falls due the next are asked."""

    def __init__(self, scribe: Scribe, clock: Clock, hours: ServiceHours) -> None:
        self._scribe = scribe
        self._clock = clock
        self._hours = hours

    async def begins(self, tx: Tx, thread: Thread) -> None:
        """From now on somebody has to answer, or somebody else has."""
        await timers.schedule(tx, ANSWER, thread.conversation_id, await self._hours.patience(tx))

    async def ends(self, tx: Tx, thread: Thread) -> None:
        """Nobody waits any more."""
        await timers.cancel(tx, ANSWER, thread.conversation_id)
        await self._end_task(tx, thread, TaskState.DONE)

    async def moves(self, tx: Tx, thread: Thread) -> None:
        """Somebody else has it: his patience starts anew, and what was a task is nobody's until it ends."""
        if thread.waiting_since is not None:
            await self._end_task(tx, thread, TaskState.DONE)
            await self.begins(tx, thread)

    async def due(self, tx: Tx, due: Due) -> None:
        """Asks whose it is; asked before, gives it to the next."""
        thread = await store.lock(tx, due.key)
        if thread is None or thread.waiting_since is None:
            return
        late = replace(thread, level=thread.level + 1, version=thread.version + 1)
        if await self._end_task(tx, late, TaskState.ESCALATED):
            late = await self._escalate(tx, late)
        else:
            await self._scribe.save(tx, late)
        await self._raise(tx, late)
        if late.to.queue is not Queue.SERVICE:
            await self.begins(tx, late)

    async def _escalate(self, tx: Tx, thread: Thread) -> Thread:
        to, now = domain.escalated(thread.to), self._clock()
        moved = replace(thread, to=to, last_sequence=thread.last_sequence + 1)
        entry = Entry(uuid7(), moved.last_sequence, Kind.HANDOVER, now, Form.TEXT, handed_to=to)
        await self._scribe.enter(tx, moved, entry)
        return moved

    async def _raise(self, tx: Tx, thread: Thread) -> None:
        assert thread.waiting_since is not None
        head = (uuid7(), thread.conversation_id, TaskState.OPEN, thread.level, thread.to)
        task = Task(*head, thread.waiting_since, self._clock())
        await store_entries.raise_task(tx, task)
        await outbox.append(tx, wire.task_changed(thread, task, self._clock()))

    async def _end_task(self, tx: Tx, thread: Thread, state: TaskState) -> bool:
        task = await store_entries.end_task(tx, thread.conversation_id, state, self._clock())
        if task is not None:
            await outbox.append(tx, wire.task_changed(thread, task, self._clock()))
        return task is not None
