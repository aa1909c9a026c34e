"""Replies that could not be brought: staff see it, the shopper waits again, and one call has it tried anew."""

from dataclasses import replace

from kit.clock import Clock
from kit.postgres import Tx
from services.member.conversation import domain_replies, store, store_entries
from services.member.conversation.domain import Delivery, Entry, Thread
from services.member.conversation.domain_refusals import Unseen
from services.member.conversation.entering import Scribe
from services.member.conversation.waiting import Waiting


class Replies:
    """Both verbs under the thread's lock."""

    def __init__(self, scribe: Scribe, waiting: Waiting, clock: Clock) -> None:
        self._scribe = scribe
        self._waiting = waiting
        self._clock = clock

    async def failed(self, tx: Tx, entry_id: str, code: str) -> None:
        """It was tried until there was no sense in it."""
        found = await store_entries.get(tx, entry_id)
        thread = await store.lock(tx, found[0]) if found else None
        if found is None or thread is None:
            return
        await store_entries.delivered(tx, entry_id, Delivery.FAILED, code, "")
        after = domain_replies.unanswered(thread, found[1].entry, self._clock())
        await self._scribe.save(tx, after)
        if thread.waiting_since is None and after.waiting_since is not None:
            await self._waiting.begins(tx, after)

    async def again(self, tx: Tx, thread: Thread, entry_id: str) -> tuple[Thread, Entry]:
        """On its way once more, under the same id; the caller has locked the thread, and has it sent."""
        found = await store_entries.get(tx, entry_id)
        if found is None or found[0] != thread.conversation_id:
            raise Unseen("there is no such reply in this thread", field="entry_id")
        entry = found[1].entry
        spoke = await store_entries.spoke_since(tx, thread.conversation_id, entry.sequence)
        after = domain_replies.retried(thread, entry, spoke_since=spoke)
        await store_entries.delivered(tx, entry_id, Delivery.WAITING, "", "")
        await self._scribe.save(tx, after)
        if after.waiting_since is None:
            await self._waiting.ends(tx, after)
        return after, replace(entry, delivery=Delivery.WAITING, delivery_code="")
