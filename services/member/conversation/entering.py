"""Writes a thread's next entry with everything that follows from it: state, event, touch, timeline."""

from kit import access, outbox
from kit.access import Actor
from kit.postgres import Tx
from services.member.conversation import store, store_entries, wire
from services.member.conversation.domain import Entry, Kind, Thread
from services.member.identity.register import Register
from services.member.profile import timeline
from services.member.profile.timeline import Record
from services.member.vault import Vault

# what the shopper sees of it too
SHARED = (Kind.INBOUND, Kind.REPLY)


class Scribe:
    """One entry, one transaction; the words are sealed under the key of the person who is spoken to."""

    def __init__(self, vault: Vault, register: Register) -> None:
        self._vault = vault
        self._register = register

    async def enter(self, tx: Tx, thread: Thread, entry: Entry) -> None:
        """Keeps the entry and the thread as it stands with it; the caller has locked the thread."""
        sealed = None
        if entry.text:
            sealed = await self._register.seal(tx, thread.person_id, place(entry.entry_id), entry.text)
        actor = Actor(access.Kind.MEMBER, thread.person_id) if entry.kind is Kind.INBOUND else access.current().actor
        await store_entries.insert(tx, thread.conversation_id, entry, sealed, actor)
        await self.save(tx, thread, entry)
        if entry.kind in SHARED:
            await outbox.append(tx, wire.touch(thread, entry, actor))
            await timeline.append(tx, self._vault, [_record(thread, entry)])

    async def save(self, tx: Tx, thread: Thread, entry: Entry | None = None) -> None:
        """Keeps the thread, and says so."""
        await store.save(tx, thread)
        await outbox.append(tx, wire.changed(thread, entry.business_time if entry else thread.last_time))


def place(entry_id: str) -> str:
    """Where an entry's words are sealed."""
    return f"chat:{entry_id}"


def _record(thread: Thread, entry: Entry) -> Record:
    """Where to look it up: the words themselves stay in the thread."""
    return Record(
        record_id=entry.entry_id,
        member_id=thread.person_id,
        kind="CHAT",
        source=thread.channel,
        business_time=entry.business_time,
        location_id=entry.location_id,
        staff_code=entry.staff_code,
        subject_id=thread.conversation_id,
        data={"direction": entry.kind.name, "form": entry.form.name, "sequence": entry.sequence},
    )
