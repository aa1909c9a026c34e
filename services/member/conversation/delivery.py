"""Brings replies to shoppers through the channel by which they wrote."""

from collections.abc import Mapping
from datetime import timedelta

from kit import outbox, timers
from kit.clock import Clock
from kit.leases import TRIES, LeaseLost, backoff
from kit.postgres import Database, Tx
from kit.telemetry import logs
from kit.timers import Due
from services.member.channels.book import AddressBook
from services.member.channels.contract import MISCONFIGURED, UNKNOWN_ADDRESS, Channel, Letter, Refused, Unknown
from services.member.conversation import store, store_entries, wire
from services.member.conversation.domain import APP, Delivery, Entry, Thread
from services.member.conversation.entering import place
from services.member.conversation.replies import Replies
from services.member.conversation.threads import address_place
from services.member.identity.register import Register

DELIVER = "conversations.deliver"
# why a reply FAILED, beside the codes of what a channel refuses
_UNKNOWN, _BROKEN = "unknown", "broken"

logs.allow("entry")
_log = logs.get(__name__)


class Courier:
    """A reply is kept first and sent after; a crash between the two sends it again under the same id."""

    def __init__(
        self,
        db: Database,
        register: Register,
        book: AddressBook,
        channels: Mapping[str, Channel],
        replies: Replies,
        clock: Clock,
    ) -> None:
        self._db = db
        self._register = register
        self._book = book
        self._channels = channels
        self._replies = replies
        self._clock = clock

    def begins_as(self, thread: Thread) -> Delivery:
        """In the app a reply is simply there; elsewhere it has a way to go."""
        return Delivery.SENT if thread.channel == APP else Delivery.WAITING

    async def reaches(self, tx: Tx, thread: Thread) -> bool:
        """Whether the brand has the channel, and the address takes what it brings."""
        if thread.channel == APP:
            return True
        address = await self._address(tx, thread)
        lookup = self._book.lookup(thread.channel, address) if address else None
        return thread.channel in self._channels and lookup is not None and await self._book.reaches(tx, lookup)

    async def send(self, tx: Tx, entry: Entry) -> None:
        """Has it sent as soon as this transaction is done."""
        await timers.schedule(tx, DELIVER, entry.entry_id, self._clock())

    async def due(self, due: Due) -> None:
        """Sends one reply, outside of any transaction; what its last try breaks on, staff are to see."""
        try:
            await self._bring(due)
        except LeaseLost:
            raise
        except Exception:
            if due.attempt < TRIES:
                raise
            _log.exception("a reply could not be brought", entry=due.key)
            await self._give_up(due, _BROKEN)

    async def _bring(self, due: Due) -> None:
        async with self._db.read() as tx:
            found = await store_entries.get(tx, due.key)
            letter, thread = await self._letter(tx, found) if found else (None, None)
        if letter is None or thread is None:
            async with self._db.transaction() as tx:
                await self._end(tx, due, Delivery.REFUSED, UNKNOWN_ADDRESS)
            return
        try:
            sent = await self._carrier(letter).send(letter)
        except (Refused, Unknown) as error:
            await self._unsent(due, thread, letter, error)
            return
        async with self._db.transaction() as tx:
            await self._end(tx, due, Delivery.SENT, "", sent.provider_ref)

    def _carrier(self, letter: Letter) -> Channel:
        """The brand may have left a channel since somebody wrote by it."""
        channel = self._channels.get(letter.channel)
        if channel is None:
            raise Refused(MISCONFIGURED, permanent=True)
        return channel

    async def _letter(self, tx: Tx, found: tuple[str, store_entries.Kept]) -> tuple[Letter | None, Thread | None]:
        conversation_id, kept = found
        thread = await store.get(tx, conversation_id)
        if thread is None or kept.text_sealed is None or not thread.reachable:
            return None, None
        address = await self._address(tx, thread)
        text = await self._register.open(tx, thread.person_id, place(kept.entry.entry_id), kept.text_sealed)
        if not address or not text:
            return None, None
        return Letter(kept.entry.entry_id, thread.channel, address, "", text), thread

    async def _address(self, tx: Tx, thread: Thread) -> str:
        sealed = await store.address(tx, thread.conversation_id)
        if sealed is None:
            return ""
        return await self._register.open(tx, thread.person_id, address_place(thread.conversation_id), sealed)

    async def _unsent(self, due: Due, thread: Thread, letter: Letter, error: Refused | Unknown) -> None:
        """Later again, under the same id, which the channel knows; or never, if it is refused for good."""
        if due.attempt >= TRIES and not (isinstance(error, Refused) and error.permanent):
            await self._give_up(due, error.code if isinstance(error, Refused) else _UNKNOWN)
            return
        now = self._clock()
        async with self._db.transaction() as tx:
            if isinstance(error, Refused) and error.permanent:
                await self._end(tx, due, Delivery.REFUSED, error.code)
                if error.of_address:
                    await self._book.end(tx, letter.channel, letter.address, error.code, now, error.detail)
                    whose = thread.member_id or thread.person_id
                    await outbox.append(tx, wire.blocked(whose, letter.channel, letter.message_id, now))
                return
            wait = backoff(due.attempt)
            if isinstance(error, Refused) and error.retry_after:
                wait = max(wait, timedelta(seconds=error.retry_after))
            await timers.again(tx, due, now + wait, f"{type(error).__name__}: {error}")

    async def _give_up(self, due: Due, code: str) -> None:
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)
            await self._replies.failed(tx, due.key, code)

    async def _end(self, tx: Tx, due: Due, delivery: Delivery, code: str, provider_ref: str = "") -> None:
        await timers.finish(tx, due)
        await store_entries.delivered(tx, due.key, delivery, code, provider_ref)
