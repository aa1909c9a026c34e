"""Takes what shoppers write, and finds who is to answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.conversation import domain, store, store_entries
from services.member.conversation.domain import APP, Assignment, Entry, Form, Kind, Queue, State, Thread
from services.member.conversation.entering import SHARED, Scribe, place
from services.member.conversation.waiting import Waiting
from services.member.identity import store as people
from services.member.identity.register import Register
from services.member.vault import Vault

_ALIAS = "conversation"


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote, and through which door it came."""

    channel: str
    door: bytes
    # whose door it is, if anybody knows
    member_id: str | None
    at: datetime
    text: str = field(default="", repr=False)
    form: Form = Form.TEXT
    # where replies go; empty for the app, which comes and looks
    address: str = field(default="", repr=False)
    provider_ref: str = ""


class Threads:
    """One thread for each door: an address outside, or the member's own app."""

    def __init__(self, vault: Vault, register: Register, scribe: Scribe, waiting: Waiting, clock: Clock) -> None:
        self._vault = vault
        self._register = register
        self._scribe = scribe
        self._waiting = waiting
        self._clock = clock

    def app_door(self, member_id: str) -> bytes:
        """The door of a member's own app."""
        return self._vault.digest("conversation door", APP, member_id)

    async def write(self, tx: Tx, written: Written) -> tuple[Thread, Entry]:
        """Enters it; opens the thread if it is the first word, or if the last one was long answered."""
        before = await self._thread(tx, written)
        anew = None
        if before.state is State.CLOSED or not await self._stands(tx, before.to):
            anew = await self._route(tx, before.member_id)
        after = domain.written(before, written.at, anew)
        entry = Entry(
            uuid7(),
            after.last_sequence,
            Kind.INBOUND,
            written.at,
            written.form,
            written.text,
            location_id=after.to.location_id,
            provider_ref=written.provider_ref,
        )
        await self._scribe.enter(tx, after, entry)
        if before.waiting_since is None:
            await self._waiting.begins(tx, after)
        elif anew is not None:
            await self._waiting.moves(tx, after)
        return after, entry

    async def take_back(self, tx: Tx, door: bytes, provider_ref: str) -> None:
        """Forgets the words of a message that its writer took back."""
        thread = await store.lock_door(tx, door)
        if thread is not None and await store_entries.take_back(tx, thread.conversation_id, provider_ref):
            await self._scribe.save(tx, replace(thread, version=thread.version + 1))

    async def own(self, tx: Tx, member_id: str, after: int, limit: int) -> tuple[Thread | None, list[Entry]]:
        """A member's own thread in the app: what was said, without what staff keep among themselves."""
        meant = await people.resolve(tx, member_id)
        thread = await store.at_door(tx, self.app_door(meant))
        return thread, await self.entries(tx, thread, after, SHARED, limit) if thread else []

    async def entries(self, tx: Tx, thread: Thread, after: int, kinds: tuple[Kind, ...], limit: int) -> list[Entry]:
        """Entries with their words."""
        kept = await store_entries.page(tx, thread.conversation_id, after, kinds, limit)
        sealed = {place(one.entry.entry_id): one.text_sealed for one in kept if one.text_sealed is not None}
        words = await self._register.open_all(tx, thread.person_id, sealed)
        return [replace(one.entry, text=words.get(place(one.entry.entry_id), "")) for one in kept]

    async def arrived(self, tx: Tx, member_id: str) -> None:
        """Somebody has signed in: what his LINE account wrote before anybody knew whose it was is his from now on."""
        for door in await store.line_doors(tx, member_id):
            thread = await store.lock_door(tx, door)
            if thread is not None and not thread.member_id:
                await self._adopt(tx, thread, member_id)

    async def _adopt(self, tx: Tx, thread: Thread, member_id: str) -> Thread:
        """The unknown person turns out to be this member; who serves him has it, unless somebody took it already."""
        await people.alias(tx, thread.person_id, member_id, _ALIAS)
        known = replace(thread, member_id=member_id, version=thread.version + 1)
        if known.to.queue is Queue.SERVICE and known.state is State.OPEN:
            known = replace(known, to=await self._route(tx, member_id))
            await self._waiting.moves(tx, known)
        await self._scribe.save(tx, known)
        return known

    async def _thread(self, tx: Tx, written: Written) -> Thread:
        """The thread behind the door, locked."""
        thread = await store.lock_door(tx, written.door)
        if thread is not None and thread.member_id and thread.member_id != written.member_id:
            # the address has moved to somebody else, who must not read what was said here
            await store.retire(tx, thread.conversation_id)
            thread = None
        if thread is not None and not thread.member_id and written.member_id:
            thread = await self._adopt(tx, thread, written.member_id)
        return thread or await self._opened(tx, written)

    async def _opened(self, tx: Tx, written: Written) -> Thread:
        conversation_id, person_id = uuid7(), written.member_id or uuid7()
        to = await self._route(tx, written.member_id or "")
        fresh = Thread(
            conversation_id,
            person_id,
            written.member_id or "",
            written.channel,
            State.OPEN,
            to,
            version=0,
            last_sequence=0,
            reply_sequence=0,
            open_time=written.at,
            last_time=written.at,
        )
        sealed = None
        if written.address:
            sealed = await self._register.seal(tx, person_id, address_place(conversation_id), written.address)
        await store.open_door(tx, fresh, written.door, sealed)
        thread = await store.lock_door(tx, written.door)
        assert thread is not None, "ours, or of whoever was faster"
        return thread

    async def _route(self, tx: Tx, member_id: str) -> Assignment:
        if not member_id:
            return domain.routed("", "", "")
        staff_code, home = await store.adviser(tx, member_id, self._clock())
        return domain.routed(staff_code, home, await store.store_of(tx, member_id))

    async def _stands(self, tx: Tx, to: Assignment) -> bool:
        """Whether whoever has it is still here to answer."""
        if to.queue is not Queue.STAFF:
            return True
        return await store.staff_home(tx, to.staff_code, self._clock()) is not None


def address_place(conversation_id: str) -> str:
    """Where the address is sealed."""
    return f"conversation:{conversation_id}"
